//! Organizations as they are answered, to the seller and to customers. What cannot be set here has the value of a new
//! organization.

use std::borrow::Cow;
use std::sync::Arc;

use serde::ser::{Serialize, SerializeMap, Serializer};
use serde_json::json;

use crate::generated::answers::{
    BenefitSubscriberOrganization, Organization, OrganizationFeatureSettings,
};
use crate::state;

/// What the seller sees.
pub(in crate::operations) fn organization(row: &state::Organization) -> Organization<'_> {
    Organization {
        benefit_subscriber_organization: subscriber_organization(row),
    }
}

/// What a customer sees with a grant.
pub(in crate::operations) fn subscriber_organization(
    row: &state::Organization,
) -> BenefitSubscriberOrganization<'_> {
    BenefitSubscriberOrganization {
        created_at: row.created_at,
        id: row.id,
        name: Cow::Borrowed(&row.name),
        slug: Cow::Borrowed(&row.slug),
        email: Some(format!("{}@example.com", row.slug).into()),
        details_submitted_at: Some(row.created_at),
        feature_settings: OrganizationFeatureSettings {
            member_model_enabled: row.member_model,
        },
    }
}

/// What a customer sees with a subscription.
pub(super) struct CustomerOrganizationView(pub(super) Arc<state::Organization>);

impl Serialize for CustomerOrganizationView {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let row = &*self.0;
        let subscriber = serde_json::to_value(subscriber_organization(row));
        let subscriber = subscriber.map_err(serde::ser::Error::custom)?;
        let mut map = serializer.serialize_map(None)?;
        for (name, value) in subscriber.as_object().into_iter().flatten() {
            map.serialize_entry(name, value)?;
        }
        let settings = json!({
            "usage": {"show": true},
            "subscription": {"update_seats": true, "update_plan": true, "pause": false},
            "customer": {"allow_email_change": false},
        });
        map.serialize_entry("customer_portal_settings", &settings)?;
        let features = json!({
            "member_model_enabled": row.member_model,
            "checkout_localization_enabled": false,
        });
        map.serialize_entry("organization_features", &features)?;
        map.end()
    }
}
