//! `LicenseKeyRead` and its relatives, and activations.

use std::sync::Arc;

use serde::Serialize;
use serde::ser::{SerializeMap, Serializer};
use uuid::Uuid;

use super::customer::{CustomerView, MetadataView};
use crate::edge::Version;
use crate::json::Dict;
use crate::rules::Refusal;
use crate::state::{Activation, Directory, Grant, LicenseKey, Member, Subscription, Timestamp};

/// `LicenseKeyActivationBase`.
pub(in crate::operations) struct ActivationView {
    license_key_id: Uuid,
    activation: Activation,
    meta: Option<Dict>,
}

impl ActivationView {
    pub(in crate::operations) fn new(license_key_id: Uuid, activation: Activation) -> Self {
        Self {
            license_key_id,
            activation,
            meta: None,
        }
    }

    /// Shows metadata as it was just given, not as it was stored.
    pub(in crate::operations) fn with_meta(self, meta: Dict) -> Self {
        Self {
            meta: Some(meta),
            ..self
        }
    }

    fn entries<M: SerializeMap>(&self, map: &mut M) -> Result<(), M::Error> {
        let row = &self.activation;
        map.serialize_entry("id", &row.id)?;
        map.serialize_entry("license_key_id", &self.license_key_id)?;
        map.serialize_entry("label", &row.label)?;
        map.serialize_entry(
            "meta",
            &MetadataView(self.meta.as_ref().unwrap_or(&row.meta.0)),
        )?;
        map.serialize_entry("created_at", &row.created_at)?;
        map.serialize_entry("modified_at", &row.modified_at)
    }
}

impl Serialize for ActivationView {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        self.entries(&mut map)?;
        map.end()
    }
}

/// `LicenseKeyActivationRead`: an activation and its key.
pub(in crate::operations) struct ActivationWithKey {
    pub(in crate::operations) activation: ActivationView,
    pub(in crate::operations) license_key: KeyView,
}

impl Serialize for ActivationWithKey {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        self.activation.entries(&mut map)?;
        map.serialize_entry("license_key", &self.license_key)?;
        map.end()
    }
}

/// What stands at the end of a license key, depending on the operation.
pub(in crate::operations) enum Tail {
    /// Nothing more: `LicenseKeyRead`.
    Plain,
    /// `ValidatedLicenseKey`.
    Activation(Option<ActivationView>),
    /// `LicenseKeyWithActivations`.
    Activations(Vec<ActivationView>),
    /// The key inside the answer to an activation.
    Activated,
}

/// `LicenseKeyRead` and its relatives.
pub(in crate::operations) struct KeyView {
    version: Version,
    key: LicenseKey,
    customer: CustomerView,
    member: Option<Arc<Member>>,
    subscription: Option<Arc<Subscription>>,
    expires_at_echo: Option<String>,
    tail: Tail,
}

impl KeyView {
    /// Everything that is shown of a key. A key always has a customer; losing one is this server's mistake.
    pub(in crate::operations) fn new(
        directory: &Directory,
        version: Version,
        key: LicenseKey,
        tail: Tail,
    ) -> Result<Self, Refusal> {
        let customer = directory
            .customers
            .get(key.customer_id)
            .ok_or(Refusal::Crash)?;
        let newer = version >= Version::V2026_10;
        let grant = if version >= Version::V2027_01 {
            directory.grant_of_key(key.id)
        } else {
            None
        };
        let subscription =
            grant.and_then(|grant: Arc<Grant>| directory.subscriptions.get(grant.subscription_id?));
        Ok(Self {
            version,
            customer: CustomerView::new(directory, customer),
            member: key
                .member_id
                .filter(|_| newer)
                .and_then(|id| directory.members.get(id)),
            subscription,
            key,
            expires_at_echo: None,
            tail,
        })
    }

    /// Shows the expiry as a PATCH just gave it.
    pub(in crate::operations) fn with_expires_at(self, echo: Option<&str>) -> Self {
        Self {
            expires_at_echo: echo.map(str::to_owned),
            ..self
        }
    }
}

impl Serialize for KeyView {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let key = &self.key;
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("id", &key.id)?;
        map.serialize_entry("created_at", &key.created_at)?;
        map.serialize_entry("modified_at", &key.modified_at)?;
        map.serialize_entry("organization_id", &key.organization_id)?;
        map.serialize_entry("user_id", &key.customer_id)?;
        map.serialize_entry("customer_id", &key.customer_id)?;
        map.serialize_entry("user", &self.customer.user())?;
        map.serialize_entry("customer", &self.customer)?;
        if self.version >= Version::V2026_10 {
            map.serialize_entry("member_id", &key.member_id)?;
            map.serialize_entry("member", &self.member.as_deref().map(KeyMemberView::new))?;
        }
        map.serialize_entry("benefit_id", &key.benefit_id)?;
        map.serialize_entry("key", &key.key)?;
        map.serialize_entry("display_key", &display_key(&key.key))?;
        map.serialize_entry("status", key.status.name())?;
        map.serialize_entry("limit_activations", &key.limit_activations)?;
        map.serialize_entry("usage", &key.usage)?;
        map.serialize_entry("limit_usage", &key.limit_usage)?;
        map.serialize_entry("validations", &key.validations)?;
        map.serialize_entry("last_validated_at", &key.last_validated_at)?;
        match &self.expires_at_echo {
            Some(echo) => map.serialize_entry("expires_at", echo)?,
            None => map.serialize_entry("expires_at", &key.expires_at)?,
        }
        if self.version >= Version::V2027_01
            && matches!(self.tail, Tail::Activation(_) | Tail::Activated)
        {
            let subscription = self.subscription.as_deref();
            map.serialize_entry(
                "subscription_id",
                &subscription.map(|subscription| subscription.id),
            )?;
            map.serialize_entry("subscription", &subscription.map(KeySubscriptionView::new))?;
            map.serialize_entry("order_id", &())?;
            map.serialize_entry("order", &())?;
        }
        match &self.tail {
            Tail::Plain | Tail::Activated => {}
            Tail::Activation(activation) => map.serialize_entry("activation", activation)?,
            Tail::Activations(activations) => map.serialize_entry("activations", activations)?,
        }
        map.end()
    }
}

#[derive(Serialize)]
struct KeyMemberView<'m> {
    id: Uuid,
    email: &'m str,
    external_id: Option<&'m str>,
}

impl<'m> KeyMemberView<'m> {
    fn new(member: &'m Member) -> Self {
        Self {
            id: member.id,
            email: &member.email,
            external_id: member.external_id.as_deref(),
        }
    }
}

#[derive(Serialize)]
struct KeySubscriptionView<'s> {
    id: Uuid,
    status: &'s str,
    current_period_start: Timestamp,
    current_period_end: Timestamp,
    cancel_at_period_end: bool,
    ends_at: Option<Timestamp>,
}

impl<'s> KeySubscriptionView<'s> {
    fn new(subscription: &'s Subscription) -> Self {
        Self {
            id: subscription.id,
            status: &subscription.status,
            current_period_start: subscription.current_period_start,
            current_period_end: subscription.current_period_end,
            cancel_at_period_end: subscription.cancel_at_period_end,
            ends_at: subscription.ends_at,
        }
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
