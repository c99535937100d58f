//! Organizations as they are answered, to the seller and to customers. What cannot be set here has the value of a new
//! organization.

use std::borrow::Cow;

use uuid::Uuid;

use crate::generated::answers::{
    BenefitSubscriberOrganization, CustomerOrganization, CustomerOrganizationFeatureSettings,
    Organization, OrganizationFeatureSettings,
};
use crate::state;

/// What the seller sees.
pub(in crate::operations) fn organization(row: &state::Organization) -> Organization<'_> {
    Organization {
        benefit_subscriber_organization: subscriber_organization(row),
        account_id: Some(of_its_own(row, 1)),
        payout_account_id: Some(of_its_own(row, 2)),
    }
}

/// The id of something that every organization has one of, and nothing else is known of.
fn of_its_own(row: &state::Organization, number: u128) -> Uuid {
    Uuid::from_u128(row.id.as_u128() ^ number)
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
            seat_based_pricing_enabled: row.member_model,
            member_model_enabled: row.member_model,
        },
    }
}

/// What a customer sees with a subscription.
pub(in crate::operations) fn customer_organization(
    row: &state::Organization,
) -> CustomerOrganization<'_> {
    CustomerOrganization {
        benefit_subscriber_organization: subscriber_organization(row),
        organization_features: CustomerOrganizationFeatureSettings {
            member_model_enabled: row.member_model,
        },
    }
}
