//! `Customer`, `Member`, and the customer as older clients know it.

use std::borrow::Cow;
use std::sync::Arc;

use serde::ser::{Serialize, SerializeMap, Serializer};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::license_key::{address, text};
use crate::answer::MetadataView;
use crate::generated::answers;
use crate::json::Dict;
use crate::state::{Customer, Directory, Member, Timestamp};

/// `Customer`, which keys, subscriptions and grants show as well.
pub(in crate::operations) fn customer<'a>(
    directory: &Directory,
    row: &'a Customer,
) -> answers::Customer<'a> {
    let avatar_url = directory.contact_email(row).map(avatar_url);
    answers::Customer {
        id: row.id,
        created_at: row.created_at,
        modified_at: row.modified_at,
        metadata: MetadataView(&row.metadata.0),
        external_id: text(&row.external_id),
        email: text(&row.email),
        email_verified: row.email_verified,
        r#type: row.kind.name().into(),
        name: text(&row.name),
        billing_name: text(&row.billing_name).or_else(|| text(&row.name)),
        billing_address: row.billing_address.as_ref().map(address),
        tax_id: row.tax_id.as_ref().map(Cow::Borrowed),
        locale: text(&row.locale),
        organization_id: row.organization_id,
        default_payment_method_id: None,
        deleted_at: row.deleted_at,
        first_user_event_at: None,
        avatar_url: avatar_url.map(Cow::Owned),
    }
}

/// `CustomerPortalCustomer`: a customer in their own portal.
pub(in crate::operations) fn portal_customer(
    row: &Customer,
) -> answers::CustomerPortalCustomer<'_> {
    answers::CustomerPortalCustomer {
        created_at: row.created_at,
        modified_at: row.modified_at,
        id: row.id,
        email: text(&row.email),
        email_verified: row.email_verified,
        name: text(&row.name),
        billing_name: text(&row.billing_name).or_else(|| text(&row.name)),
        billing_address: row.billing_address.as_ref().map(address),
        tax_id: row.tax_id.as_ref().map(Cow::Borrowed),
        default_payment_method_id: None,
        r#type: Some(row.kind.name().into()),
        locale: text(&row.locale),
    }
}

/// `Member`.
pub(in crate::operations) fn member(row: &Member) -> answers::Member<'_> {
    answers::Member {
        id: row.id,
        created_at: row.created_at,
        modified_at: row.modified_at,
        customer_id: row.customer_id,
        email: Cow::Borrowed(&row.email),
        name: text(&row.name),
        external_id: text(&row.external_id),
        role: Cow::Borrowed(&row.role),
    }
}

/// `Customer`; `LicenseKeyCustomer` and `SubscriptionCustomer` have the same fields.
#[derive(Clone)]
pub(in crate::operations) struct CustomerView {
    row: Arc<Customer>,
    email: Option<String>,
    avatar_url: Option<String>,
    metadata: Option<Dict>,
}

impl CustomerView {
    pub(in crate::operations) fn new(directory: &Directory, row: Arc<Customer>) -> Self {
        let email = directory.contact_email(&row).map(str::to_owned);
        Self {
            row,
            avatar_url: email.as_deref().map(avatar_url),
            email,
            metadata: None,
        }
    }

    /// Shows metadata as it was just given.
    pub(in crate::operations) fn with_metadata(self, metadata: Option<Dict>) -> Self {
        Self { metadata, ..self }
    }

    /// The customer in the shape of older clients.
    pub(in crate::operations) fn user(&self) -> UserView {
        UserView {
            id: self.row.id,
            public_name: public_name(self.row.name.as_deref(), self.email.as_deref()),
            avatar_url: self.avatar_url.clone(),
            email: self.email.clone(),
            github_username: None,
        }
    }
}

impl CustomerView {
    /// Writes the fields into an object that goes on behind them.
    pub(in crate::operations) fn entries<M: SerializeMap>(
        &self,
        map: &mut M,
    ) -> Result<(), M::Error> {
        let row = &*self.row;
        map.serialize_entry("id", &row.id)?;
        map.serialize_entry("created_at", &row.created_at)?;
        map.serialize_entry("modified_at", &row.modified_at)?;
        map.serialize_entry(
            "metadata",
            &MetadataView(self.metadata.as_ref().unwrap_or(&row.metadata.0)),
        )?;
        map.serialize_entry("external_id", &row.external_id)?;
        map.serialize_entry("email", &row.email)?;
        map.serialize_entry("email_verified", &row.email_verified)?;
        map.serialize_entry("type", &row.kind)?;
        map.serialize_entry("name", &row.name)?;
        map.serialize_entry(
            "billing_name",
            &row.billing_name.as_ref().or(row.name.as_ref()),
        )?;
        map.serialize_entry("billing_address", &row.billing_address)?;
        map.serialize_entry("tax_id", &row.tax_id)?;
        map.serialize_entry("locale", &row.locale)?;
        map.serialize_entry("organization_id", &row.organization_id)?;
        map.serialize_entry("default_payment_method_id", &())?;
        map.serialize_entry("deleted_at", &row.deleted_at)?;
        map.serialize_entry("first_user_event_at", &())?;
        map.serialize_entry("avatar_url", &self.avatar_url)
    }
}

impl Serialize for CustomerView {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        self.entries(&mut map)?;
        map.end()
    }
}

/// The customer once more, in the shape of older clients.
#[derive(serde::Serialize)]
pub(in crate::operations) struct UserView {
    id: Uuid,
    email: Option<String>,
    public_name: char,
    avatar_url: Option<String>,
    /// Shown with subscriptions only.
    #[serde(skip_serializing_if = "Option::is_none")]
    github_username: Option<Option<String>>,
}

impl UserView {
    /// As a subscription shows it.
    pub(in crate::operations) fn with_github_username(self) -> Self {
        Self {
            github_username: Some(None),
            ..self
        }
    }
}

pub(super) fn public_name(name: Option<&str>, email: Option<&str>) -> char {
    [name, email]
        .into_iter()
        .flatten()
        .find_map(|text| text.chars().next())
        .unwrap_or('?')
}

/// The picture that goes with an e-mail address.
pub(in crate::operations) fn avatar_url(email: &str) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let digest = Sha256::digest(email.to_lowercase());
    let hex = digest
        .iter()
        .flat_map(|&byte| [byte >> 4, byte & 15])
        .map(|nibble| char::from(DIGITS[usize::from(nibble)]));
    let mut url = String::with_capacity(100);
    url.push_str("https://www.gravatar.com/avatar/");
    url.extend(hex);
    url.push_str("?d=404");
    url
}

/// `Member`.
#[derive(Clone, serde::Serialize)]
pub(in crate::operations) struct MemberView {
    id: Uuid,
    created_at: Timestamp,
    modified_at: Option<Timestamp>,
    customer_id: Uuid,
    email: String,
    name: Option<String>,
    external_id: Option<String>,
    role: String,
}

impl MemberView {
    pub(in crate::operations) fn new(member: &Member) -> Self {
        Self {
            id: member.id,
            created_at: member.created_at,
            modified_at: member.modified_at,
            customer_id: member.customer_id,
            email: member.email.clone(),
            name: member.name.clone(),
            external_id: member.external_id.clone(),
            role: member.role.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_picture_of_an_address_in_any_case() {
        let expected = "https://www.gravatar.com/avatar/b5fc85e55755f9e0d030a10ab4429b6b2944855f9a0d60077fe832becbc41d72?d=404";
        assert_eq!(avatar_url("Ada@Example.com"), expected);
    }

    #[test]
    fn public_names() {
        assert_eq!(public_name(Some("Éric"), Some("e@example.com")), 'É');
        assert_eq!(public_name(Some(""), Some("e@example.com")), 'e');
        assert_eq!(public_name(None, Some("e@example.com")), 'e');
        assert_eq!(public_name(None, None), '?');
    }
}
