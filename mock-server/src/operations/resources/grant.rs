//! `BenefitGrant`.

use std::sync::Arc;

use serde::Serialize;
use serde::ser::{SerializeMap, Serializer};
use uuid::Uuid;

use super::benefit::BenefitView;
use super::customer::{CustomerView, MemberView};
use super::license_key::display_key;
use crate::rules::Refusal;
use crate::state::{Directory, Grant, KeyTable};

/// The properties of a grant of a license key; none before there is a key.
#[derive(Clone, Default, Serialize)]
pub(in crate::operations) struct GrantProperties {
    #[serde(skip_serializing_if = "Option::is_none")]
    license_key_id: Option<Uuid>,
    #[serde(skip_serializing_if = "Option::is_none")]
    display_key: Option<String>,
}

impl GrantProperties {
    /// What is said of the key that a grant stands for now.
    pub(in crate::operations) fn of(keys: &KeyTable, grant: &Grant) -> Self {
        let cell = grant.license_key_id.and_then(|id| keys.get(id));
        Self {
            license_key_id: grant.license_key_id,
            display_key: cell.map(|cell| display_key(&cell.row.lock().key)),
        }
    }
}

/// `BenefitGrant` with its customer, member and benefit.
pub(in crate::operations) struct GrantView {
    row: Arc<Grant>,
    customer: CustomerView,
    member: Option<MemberView>,
    benefit: BenefitView,
    properties: GrantProperties,
    previous: Option<GrantProperties>,
}

impl GrantView {
    /// A grant always has a customer and a benefit; losing one is this server's mistake.
    pub(in crate::operations) fn new(
        directory: &Directory,
        keys: &KeyTable,
        row: Arc<Grant>,
    ) -> Result<Self, Refusal> {
        Ok(Self {
            customer: CustomerView::new(
                directory,
                directory
                    .customers
                    .get(row.customer_id)
                    .ok_or_else(|| Refusal::internal("a grant has no customer"))?,
            ),
            member: row
                .member_id
                .and_then(|id| directory.members.get(id))
                .map(|member| MemberView::new(&member)),
            benefit: BenefitView::new(
                directory
                    .benefits
                    .get(row.benefit_id)
                    .ok_or_else(|| Refusal::internal("a grant has no benefit"))?,
            ),
            properties: GrantProperties::of(keys, &row),
            previous: None,
            row,
        })
    }

    /// Adds what its properties were, as events do.
    pub(in crate::operations) fn with_previous(self, previous: GrantProperties) -> Self {
        Self {
            previous: Some(previous),
            ..self
        }
    }
}

impl Serialize for GrantView {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let row = &*self.row;
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("created_at", &row.created_at)?;
        map.serialize_entry("modified_at", &row.modified_at)?;
        map.serialize_entry("id", &row.id)?;
        map.serialize_entry("granted_at", &row.granted_at)?;
        map.serialize_entry("is_granted", &row.granted_at.is_some())?;
        map.serialize_entry("revoked_at", &row.revoked_at)?;
        map.serialize_entry("is_revoked", &row.revoked_at.is_some())?;
        map.serialize_entry("subscription_id", &row.subscription_id)?;
        map.serialize_entry("order_id", &())?;
        map.serialize_entry("customer_id", &row.customer_id)?;
        map.serialize_entry("member_id", &row.member_id)?;
        map.serialize_entry("benefit_id", &row.benefit_id)?;
        map.serialize_entry("error", &())?;
        map.serialize_entry("customer", &self.customer)?;
        map.serialize_entry("member", &self.member)?;
        map.serialize_entry("benefit", &self.benefit)?;
        map.serialize_entry("properties", &self.properties)?;
        if let Some(previous) = &self.previous {
            map.serialize_entry("previous_properties", previous)?;
        }
        map.serialize_entry("user_id", &row.customer_id)?;
        map.end()
    }
}
