//! `Customer`, `CustomerPortalCustomer`, `Member`, and the customer as older clients know it.

use std::borrow::Cow;
use std::sync::Arc;

use serde::ser::{Serialize, Serializer};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::answer::MetadataView;
use crate::generated::answers;
use crate::state::{Customer, Directory, Member, Timestamp};

/// `Customer`, which keys, subscriptions and grants show as well.
pub(in crate::operations) fn customer<'a>(
    directory: &Directory,
    row: &'a Customer,
) -> answers::Customer<'a> {
    let avatar_url = directory.contact_email(row).map(avatar_url);
    customer_with(row, avatar_url.map(Cow::Owned))
}

fn customer_with<'a>(row: &'a Customer, avatar_url: Option<Cow<'a, str>>) -> answers::Customer<'a> {
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
        deleted_at: row.deleted_at,
        avatar_url,
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
        r#type: Some(row.kind.name().into()),
        locale: text(&row.locale),
    }
}

pub(super) fn text(text: &Option<String>) -> Option<Cow<'_, str>> {
    text.as_deref().map(Cow::Borrowed)
}

fn address(kept: &serde_json::Value) -> answers::Address<'_> {
    let part = |name: &str| kept[name].as_str().map(Cow::Borrowed);
    answers::Address {
        line1: part("line1"),
        line2: part("line2"),
        postal_code: part("postal_code"),
        city: part("city"),
        state: part("state"),
        country: part("country").unwrap_or_default(),
    }
}

/// `Customer` within views that are not generated yet.
#[derive(Clone)]
pub(in crate::operations) struct CustomerView {
    row: Arc<Customer>,
    email: Option<String>,
    avatar_url: Option<String>,
}

impl CustomerView {
    pub(in crate::operations) fn new(directory: &Directory, row: Arc<Customer>) -> Self {
        let email = directory.contact_email(&row).map(str::to_owned);
        Self {
            row,
            avatar_url: email.as_deref().map(avatar_url),
            email,
        }
    }

    /// The customer in the shape that older clients know.
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

impl Serialize for CustomerView {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        customer_with(&self.row, text(&self.avatar_url)).serialize(serializer)
    }
}

/// The customer in the shape that older clients know.
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

/// Where the picture of an e-mail address may be found.
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
