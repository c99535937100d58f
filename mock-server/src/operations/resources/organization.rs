//! `Organization`, and what a customer sees of one.

use std::sync::Arc;

use serde::ser::{Serialize, SerializeMap, Serializer};
use serde_json::{Value as Json, json};

use crate::state::Organization;

/// `Organization`. What cannot be set here has the value of a new organization.
pub(in crate::operations) struct OrganizationView(pub(in crate::operations) Arc<Organization>);

impl Serialize for OrganizationView {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let row = &*self.0;
        let mut map = serializer.serialize_map(None)?;
        base_entries(row, &mut map)?;
        contact_entries(row, &mut map)?;
        map.serialize_entry("onboarding_resubmission_requested_at", &())?;
        map.serialize_entry("sso_enforced", &false)?;
        map.serialize_entry("default_presentment_currency", "usd")?;
        map.serialize_entry("default_tax_behavior", "location")?;
        settings_entries(row, &mut map)?;
        map.serialize_entry("customer_portal_settings", &customer_portal_settings())?;
        map.serialize_entry(
            "dispute_settings",
            &json!({"auto_accept_below_amount": null}),
        )?;
        map.serialize_entry::<_, [(); 0]>("embed_hosts", &[])?;
        map.serialize_entry("embed_hosts_enforced", &false)?;
        for name in ["country", "account_id", "payout_account_id"] {
            map.serialize_entry(name, &())?;
        }
        map.serialize_entry(
            "capabilities",
            &json!({
                "checkout_payments": true,
                "subscription_renewals": true,
                "payouts": true,
                "refunds": true,
                "api_access": true,
                "dashboard_access": true,
            }),
        )?;
        map.end()
    }
}

/// `BenefitSubscriberOrganization`, with the older fields that the document leaves out and the server still sends.
pub(super) struct PublicOrganizationView(pub(super) Arc<Organization>);

impl Serialize for PublicOrganizationView {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        public_entries(&self.0, &mut map)?;
        map.end()
    }
}

/// `CustomerOrganization`, with the same older fields.
pub(super) struct CustomerOrganizationView(pub(super) Arc<Organization>);

impl Serialize for CustomerOrganizationView {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let row = &*self.0;
        let mut map = serializer.serialize_map(None)?;
        public_entries(row, &mut map)?;
        map.serialize_entry("customer_portal_settings", &customer_portal_settings())?;
        map.serialize_entry(
            "organization_features",
            &json!({
                "member_model_enabled": row.member_model,
                "checkout_localization_enabled": false,
            }),
        )?;
        map.end()
    }
}

fn public_entries<M: SerializeMap>(row: &Organization, map: &mut M) -> Result<(), M::Error> {
    base_entries(row, map)?;
    contact_entries(row, map)?;
    settings_entries(row, map)
}

fn base_entries<M: SerializeMap>(row: &Organization, map: &mut M) -> Result<(), M::Error> {
    map.serialize_entry("created_at", &row.created_at)?;
    map.serialize_entry("modified_at", &())?;
    map.serialize_entry("id", &row.id)?;
    map.serialize_entry("name", &row.name)?;
    map.serialize_entry("slug", &row.slug)?;
    map.serialize_entry("avatar_url", &())?;
    map.serialize_entry("proration_behavior", "prorate")?;
    map.serialize_entry("allow_customer_updates", &true)?;
    for name in ["bio", "company", "blog", "location", "twitter_username"] {
        map.serialize_entry(name, &())?;
    }
    map.serialize_entry("pledge_minimum_amount", &0)?;
    map.serialize_entry("pledge_badge_show_amount", &false)?;
    map.serialize_entry("default_upfront_split_to_contributors", &())
}

fn contact_entries<M: SerializeMap>(row: &Organization, map: &mut M) -> Result<(), M::Error> {
    map.serialize_entry("email", &format!("{}@example.com", row.slug))?;
    map.serialize_entry("website", &())?;
    map.serialize_entry::<_, [(); 0]>("socials", &[])?;
    map.serialize_entry("status", "active")?;
    map.serialize_entry("details_submitted_at", &row.created_at)
}

fn settings_entries<M: SerializeMap>(row: &Organization, map: &mut M) -> Result<(), M::Error> {
    map.serialize_entry(
        "feature_settings",
        &json!({
            "issue_funding_enabled": false,
            "seat_based_pricing_enabled": true,
            "unit_based_pricing_enabled": false,
            "wallets_enabled": false,
            "member_model_enabled": row.member_model,
            "checkout_localization_enabled": false,
            "overview_metrics": null,
            "reset_proration_behavior_enabled": false,
            "off_session_charges_enabled": false,
            "meter_cycling_enabled": false,
            "slack_benefit_enabled": false,
            "preview_access_enabled": false,
            "disputes_enabled": false,
            "sso_enabled": false,
            "dispute_auto_accept_enabled": false,
            "compass_enabled": false,
            "merchant_migration_enabled": false,
        }),
    )?;
    map.serialize_entry(
        "subscription_settings",
        &json!({
            "allow_multiple_subscriptions": false,
            "proration_behavior": "prorate",
            "benefit_revocation_grace_period": 0,
            "prevent_trial_abuse": false,
            "allow_customer_updates": true,
        }),
    )?;
    map.serialize_entry(
        "customer_email_settings",
        &json!({
            "order_confirmation": true,
            "payment_method_expiration_reminder": true,
            "subscription_cancellation": true,
            "subscription_confirmation": true,
            "subscription_cycled": true,
            "subscription_cycled_after_trial": true,
            "subscription_past_due": true,
            "subscription_paused": true,
            "subscription_resumed": true,
            "subscription_renewal_reminder": true,
            "subscription_revoked": true,
            "subscription_trial_conversion_reminder": true,
            "subscription_uncanceled": true,
            "subscription_updated": true,
        }),
    )
}

fn customer_portal_settings() -> Json {
    json!({
        "usage": {"show": true},
        "subscription": {"update_seats": true, "update_plan": true, "pause": false},
        "customer": {"allow_email_change": false},
    })
}
