//! The API's resources, fields in the order in which the real server writes them (POLAR.md 6).

use serde::Serialize;
use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::edge::Version;
use crate::json::Dict;
use crate::rules::Pagination;
use crate::state::{
    Activation, Customer, CustomerType, LicenseKey, Member, Metadata, Status, Timestamp, World,
    serialize_dict,
};

/// A page of a list.
#[derive(Serialize)]
pub(super) struct ListResource<T> {
    pub(super) items: Vec<T>,
    pub(super) pagination: Pagination,
}

/// `Customer`, and `LicenseKeyCustomer`, which has the same fields.
#[derive(Serialize)]
pub(super) struct CustomerView<'c> {
    id: Uuid,
    created_at: Timestamp,
    modified_at: Option<Timestamp>,
    metadata: &'c Metadata,
    external_id: Option<&'c str>,
    email: Option<&'c str>,
    email_verified: bool,
    #[serde(rename = "type")]
    kind: CustomerType,
    name: Option<&'c str>,
    billing_name: Option<&'c str>,
    billing_address: Option<&'c serde_json::Value>,
    tax_id: Option<&'c serde_json::Value>,
    locale: Option<&'c str>,
    organization_id: Uuid,
    default_payment_method_id: Option<Uuid>,
    deleted_at: Option<Timestamp>,
    first_user_event_at: Option<Timestamp>,
    avatar_url: Option<String>,
}

impl<'c> CustomerView<'c> {
    pub(super) fn new(customer: &'c Customer, avatar_url: Option<String>) -> Self {
        Self {
            id: customer.id,
            created_at: customer.created_at,
            modified_at: customer.modified_at,
            metadata: &customer.metadata,
            external_id: customer.external_id.as_deref(),
            email: customer.email.as_deref(),
            email_verified: customer.email_verified,
            kind: customer.kind,
            name: customer.name.as_deref(),
            billing_name: customer
                .billing_name
                .as_deref()
                .or(customer.name.as_deref()),
            billing_address: customer.billing_address.as_ref(),
            tax_id: customer.tax_id.as_ref(),
            locale: customer.locale.as_deref(),
            organization_id: customer.organization_id,
            default_payment_method_id: None,
            deleted_at: customer.deleted_at,
            first_user_event_at: None,
            avatar_url,
        }
    }
}

/// The e-mail address that stands for a customer: its own, or its owner's.
pub(super) fn contact_email(world: &World, customer: &Customer) -> Option<String> {
    customer.email.clone().or_else(|| {
        let members = world.members_of(customer.id);
        members
            .iter()
            .find(|member| member.role == "owner")
            .map(|owner| owner.email.clone())
    })
}

/// The picture that goes with an e-mail address.
pub(super) fn avatar_url(email: &str) -> String {
    let digest = Sha256::digest(email.to_lowercase());
    let hex: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
    format!("https://www.gravatar.com/avatar/{hex}?d=404")
}

/// The customer once more, in the shape of older clients.
#[derive(Serialize)]
struct UserView {
    id: Uuid,
    email: Option<String>,
    public_name: char,
    avatar_url: Option<String>,
}

#[derive(Serialize)]
struct MemberView<'m> {
    id: Uuid,
    email: &'m str,
    external_id: Option<&'m str>,
}

/// `LicenseKeyActivationBase`.
#[derive(Serialize)]
pub(super) struct ActivationView<'a> {
    id: Uuid,
    license_key_id: Uuid,
    label: &'a str,
    meta: MetaView<'a>,
    created_at: Timestamp,
    modified_at: Option<Timestamp>,
}

struct MetaView<'a>(&'a Dict);

impl Serialize for MetaView<'_> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serialize_dict(self.0, serializer)
    }
}

impl<'a> ActivationView<'a> {
    pub(super) fn new(license_key_id: Uuid, activation: &'a Activation) -> Self {
        Self::with_meta(license_key_id, activation, &activation.meta.0)
    }

    /// With metadata as it was given, not as it was stored.
    pub(super) fn with_meta(
        license_key_id: Uuid,
        activation: &'a Activation,
        meta: &'a Dict,
    ) -> Self {
        Self {
            id: activation.id,
            license_key_id,
            label: &activation.label,
            meta: MetaView(meta),
            created_at: activation.created_at,
            modified_at: activation.modified_at,
        }
    }
}

/// `LicenseKeyActivationRead`: an activation and its key.
#[derive(Serialize)]
pub(super) struct ActivationWithKey<'a, K> {
    #[serde(flatten)]
    pub(super) activation: ActivationView<'a>,
    pub(super) license_key: K,
}

/// What stands at the end of a license key, depending on the operation.
#[derive(Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Tail<'k> {
    /// Nothing more: `LicenseKeyRead`.
    Plain,
    /// `ValidatedLicenseKey`.
    Activation(Option<ActivationView<'k>>),
    /// `LicenseKeyWithActivations`.
    Activations(Vec<ActivationView<'k>>),
    /// The key inside the answer to an activation.
    Activated,
}

/// An expiry: as stored, or as the PATCH that set it gave it.
#[derive(Serialize)]
#[serde(untagged)]
pub(super) enum ExpiryView<'k> {
    Stored(Timestamp),
    Echo(&'k str),
}

/// Everything that is said about a license key.
pub(super) struct KeyView<'k> {
    pub(super) world: &'k World,
    pub(super) version: Version,
    pub(super) key: &'k LicenseKey,
    /// What a PATCH gave as the new expiry.
    pub(super) expires_at_echo: Option<&'k str>,
    pub(super) tail: Tail<'k>,
}

impl Serialize for KeyView<'_> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        use serde::ser::{Error, SerializeMap};
        let key = self.key;
        let customer = self
            .world
            .customer(key.customer_id)
            .ok_or_else(|| S::Error::custom("a key without a customer"))?;
        let email = contact_email(self.world, &customer);
        let avatar = email.as_deref().map(avatar_url);
        let public_name = [customer.name.as_deref(), email.as_deref()]
            .into_iter()
            .flatten()
            .find_map(|text| text.chars().next());
        let user = UserView {
            id: customer.id,
            email,
            public_name: public_name.unwrap_or('?'),
            avatar_url: avatar.clone(),
        };
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("id", &key.id)?;
        map.serialize_entry("created_at", &key.created_at)?;
        map.serialize_entry("modified_at", &key.modified_at)?;
        map.serialize_entry("organization_id", &key.organization_id)?;
        map.serialize_entry("user_id", &key.customer_id)?;
        map.serialize_entry("customer_id", &key.customer_id)?;
        map.serialize_entry("user", &user)?;
        map.serialize_entry("customer", &CustomerView::new(&customer, avatar))?;
        if self.version >= Version::V2026_10 {
            map.serialize_entry("member_id", &key.member_id)?;
            let member = key.member_id.and_then(|id| self.world.member(id));
            map.serialize_entry("member", &member.as_deref().map(MemberView::new))?;
        }
        map.serialize_entry("benefit_id", &key.benefit_id)?;
        map.serialize_entry("key", &key.key)?;
        map.serialize_entry("display_key", &display_key(&key.key))?;
        map.serialize_entry("status", &Status::name(key.status))?;
        map.serialize_entry("limit_activations", &key.limit_activations)?;
        map.serialize_entry("usage", &key.usage)?;
        map.serialize_entry("limit_usage", &key.limit_usage)?;
        map.serialize_entry("validations", &key.validations)?;
        map.serialize_entry("last_validated_at", &key.last_validated_at)?;
        let expires_at = self
            .expires_at_echo
            .map(ExpiryView::Echo)
            .or(key.expires_at.map(ExpiryView::Stored));
        map.serialize_entry("expires_at", &expires_at)?;
        if self.version >= Version::V2027_01
            && matches!(self.tail, Tail::Activation(_) | Tail::Activated)
        {
            // Keys of a fixture come from no subscription and no order.
            for name in ["subscription_id", "subscription", "order_id", "order"] {
                map.serialize_entry(name, &())?;
            }
        }
        match &self.tail {
            Tail::Plain | Tail::Activated => {}
            Tail::Activation(activation) => map.serialize_entry("activation", activation)?,
            Tail::Activations(activations) => map.serialize_entry("activations", activations)?,
        }
        map.end()
    }
}

impl<'m> MemberView<'m> {
    fn new(member: &'m Member) -> Self {
        Self {
            id: member.id,
            email: &member.email,
            external_id: member.external_id.as_deref(),
        }
    }
}

fn display_key(key: &str) -> String {
    let characters = key.chars().count();
    let end: String = key.chars().skip(characters.saturating_sub(6)).collect();
    format!("****-{end}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_shown_of_a_key() {
        for (key, shown) in [
            ("1C285B2D-6CE6-4BC7-B8BE-ADB6A7E304DA", "****-E304DA"),
            ("abc", "****-abc"),
            ("", "****-"),
            ("é🔑12345", "****-🔑12345"),
        ] {
            assert_eq!(display_key(key), shown);
        }
    }

    #[test]
    fn the_picture_of_an_address_in_any_case() {
        let expected = "https://www.gravatar.com/avatar/b5fc85e55755f9e0d030a10ab4429b6b2944855f9a0d60077fe832becbc41d72?d=404";
        assert_eq!(avatar_url("Ada@Example.com"), expected);
    }
}
