//! License keys and activations as they are answered.

use std::borrow::Cow;

use super::customer::{customer, public_name, text};
use crate::answer::{Echo, MetadataView, Since};
use crate::generated::answers::{
    LicenseKeyActivationBase, LicenseKeyMember, LicenseKeyRead, LicenseKeySubscription,
    LicenseKeyUser,
};
use crate::json::Dict;
use crate::refusal::Refusal;
use crate::state::{Activation, Customer, Directory, LicenseKey, Order, Subscription};
use crate::version::Version;

/// What is read of a key. A key always has a customer; losing one is a mistake of this server.
pub(in crate::operations) fn key_read<'a>(
    directory: &'a Directory,
    version: Version,
    key: &'a LicenseKey,
) -> Result<LicenseKeyRead<'a>, Refusal> {
    let holder = directory.customers.find(key.customer_id);
    let holder = holder.ok_or_else(|| Refusal::internal("a license key has no customer"))?;
    let customer = customer(directory, holder);
    Ok(LicenseKeyRead {
        id: key.id,
        created_at: key.created_at,
        modified_at: key.modified_at,
        organization_id: key.organization_id,
        user_id: key.customer_id,
        customer_id: key.customer_id,
        user: key_user(directory, holder, customer.avatar_url.clone()),
        customer,
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

/// The customer in the shape of older clients.
pub(super) fn key_user<'a>(
    directory: &'a Directory,
    row: &'a Customer,
    avatar_url: Option<Cow<'a, str>>,
) -> LicenseKeyUser<'a> {
    let email = directory.contact_email(row);
    LicenseKeyUser {
        id: row.id,
        email: email.map(Cow::Borrowed),
        public_name: public_name(row.name.as_deref(), email).to_string().into(),
        avatar_url,
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

/// The order that a key came with, where what was bought is no subscription.
pub(in crate::operations) fn key_order<'a>(
    directory: &'a Directory,
    key: &LicenseKey,
) -> Option<&'a Order> {
    let grant = directory.grant_of_key(key.id)?;
    directory.orders.find(grant.order_id?)
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
