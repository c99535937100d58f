//! License keys and activations as they are answered.

use std::borrow::Cow;

use super::customer::{avatar_url, public_name};
use crate::answer::{Echo, MetadataView, Since};
use crate::generated::answers::{
    Address, LicenseKeyActivationBase, LicenseKeyCustomer, LicenseKeyMember, LicenseKeyRead,
    LicenseKeySubscription, LicenseKeyUser,
};
use crate::json::Dict;
use crate::rules::Refusal;
use crate::state::{Activation, Customer, Directory, LicenseKey, Subscription};
use crate::version::Version;

/// What is read of a key. A key always has a customer; losing one is a mistake of this server.
pub(in crate::operations) fn key_read<'a>(
    directory: &'a Directory,
    version: Version,
    key: &'a LicenseKey,
) -> Result<LicenseKeyRead<'a>, Refusal> {
    let customer = directory.customers.find(key.customer_id);
    let customer = customer.ok_or_else(|| Refusal::internal("a license key has no customer"))?;
    let email = directory.contact_email(customer);
    let avatar_url = email.map(avatar_url);
    Ok(LicenseKeyRead {
        id: key.id,
        created_at: key.created_at,
        modified_at: key.modified_at,
        organization_id: key.organization_id,
        user_id: key.customer_id,
        customer_id: key.customer_id,
        user: LicenseKeyUser {
            id: customer.id,
            email: email.map(Cow::Borrowed),
            public_name: public_name(customer.name.as_deref(), email)
                .to_string()
                .into(),
            avatar_url: avatar_url.clone().map(Cow::Owned),
        },
        customer: key_customer(customer, avatar_url),
        member_id: Since::new(version, || key.member_id),
        member: Since::new(version, || {
            let member = key.member_id.and_then(|id| directory.members.find(id));
            member.map(|member| LicenseKeyMember {
                id: member.id,
                email: Cow::Borrowed(&member.email),
                external_id: text(&member.external_id),
            })
        }),
        benefit_id: key.benefit_id,
        key: Cow::Borrowed(&key.key),
        display_key: display_key(&key.key).into(),
        status: key.status.name().into(),
        limit_activations: key.limit_activations.map(i64::from),
        usage: key.usage.into(),
        limit_usage: key.limit_usage.map(i64::from),
        validations: key.validations,
        last_validated_at: key.last_validated_at,
        expires_at: Echo::Stored(key.expires_at),
    })
}

fn key_customer(row: &Customer, avatar_url: Option<String>) -> LicenseKeyCustomer<'_> {
    LicenseKeyCustomer {
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

fn text(text: &Option<String>) -> Option<Cow<'_, str>> {
    text.as_deref().map(Cow::Borrowed)
}

fn address(kept: &serde_json::Value) -> Address<'_> {
    let part = |name: &str| kept[name].as_str().map(Cow::Borrowed);
    Address {
        line1: part("line1"),
        line2: part("line2"),
        postal_code: part("postal_code"),
        city: part("city"),
        state: part("state"),
        country: part("country").unwrap_or_default(),
    }
}

/// The subscription that a key came with, as validate and activate show it.
pub(in crate::operations) fn key_subscription<'a>(
    directory: &'a Directory,
    key: &LicenseKey,
) -> Option<&'a Subscription> {
    let grant = directory.grant_of_key(key.id)?;
    directory.subscriptions.find(grant.subscription_id?)
}

pub(in crate::operations) fn subscription_of_key(row: &Subscription) -> LicenseKeySubscription<'_> {
    LicenseKeySubscription {
        id: row.id,
        status: Cow::Borrowed(&row.status),
        current_period_start: row.current_period_start,
        current_period_end: row.current_period_end,
        cancel_at_period_end: row.cancel_at_period_end,
        ends_at: row.ends_at,
    }
}

/// An activation without its key. `meta` is shown as it was just given, where it was.
pub(in crate::operations) fn activation_base<'a>(
    key: &LicenseKey,
    activation: &'a Activation,
    meta: Option<&'a Dict>,
) -> LicenseKeyActivationBase<'a> {
    LicenseKeyActivationBase {
        id: activation.id,
        license_key_id: key.id,
        label: Cow::Borrowed(&activation.label),
        meta: MetadataView(meta.unwrap_or(&activation.meta.0)),
        created_at: activation.created_at,
        modified_at: activation.modified_at,
    }
}

/// A key of which only the last six characters can be read.
pub(super) fn display_key(key: &str) -> String {
    let sixth_last = key.char_indices().rev().nth(5);
    let end = sixth_last.map_or(key, |(place, _)| &key[place..]);
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
}
