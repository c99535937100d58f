//! `Customer`, `CustomerPortalCustomer`, `Member`, and the customer as older clients know it.

use std::borrow::Cow;

use sha2::{Digest, Sha256};

use crate::answer::MetadataView;
use crate::generated::answers;
use crate::state::{Customer, Directory, Member};

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
        external_id: text(&row.external_id).or_else(|| kept_external_id(row)),
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
        r#type: Some(row.kind.name().into()),
        locale: text(&row.locale),
    }
}

/// The external id of a deleted customer, which is kept with the metadata.
fn kept_external_id(row: &Customer) -> Option<Cow<'_, str>> {
    let kept = row.metadata.0.get("__external_id")?.as_str()?;
    Some(Cow::Borrowed(kept))
}

pub(super) fn text(text: &Option<String>) -> Option<Cow<'_, str>> {
    text.as_deref().map(Cow::Borrowed)
}

pub(super) fn address(kept: &serde_json::Value) -> answers::Address<'_> {
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
