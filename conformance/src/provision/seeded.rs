//! Seeding: replaces the whole state of a target.

use serde_json::{Value, json};

use super::error::ProvisionError;
use super::setup::{Abroad, Setup, TestKey};
use super::spec::{ActivationSpec, KeySpec};
use crate::server::Server;
use crate::wire::Request;

const ORGANIZATION: &str = "1c000000-0000-4000-8000-000000000001";
const OTHER_ORGANIZATION: &str = "1c000000-0000-4000-8000-000000000002";
const MEMBER: &str = "4c000000-0000-4000-8000-000000000001";
const OTHER_MEMBER: &str = "4c000000-0000-4000-8000-000000000002";
const MEMBER_ABROAD: &str = "4c000000-0000-4000-8000-000000000003";
/// A token of the organization with every scope.
pub(super) const TOKEN: &str = "polar_oat_conformance_all";
/// A token of the organization that may only read keys.
pub const READ_TOKEN: &str = "polar_oat_conformance_read";
/// A token of another organization.
pub const OTHER_TOKEN: &str = "polar_oat_conformance_other";

const SCOPES: &[&str] = &[
    "organizations:read",
    "organizations:write",
    "products:read",
    "products:write",
    "benefits:read",
    "benefits:write",
    "subscriptions:read",
    "subscriptions:write",
    "customers:read",
    "customers:write",
    "members:read",
    "members:write",
    "customer_sessions:write",
    "customer_portal:read",
    "customer_portal:write",
    "webhooks:read",
    "webhooks:write",
    "license_keys:read",
    "license_keys:write",
];

/// Replaces the target's state: these keys and nothing else.
pub(super) async fn load(
    server: &Server,
    keys: &[KeySpec],
    rate_limits: &str,
) -> Result<Setup, ProvisionError> {
    let (setup, fixture) = setup(keys);
    let settings = json!({"rate_limits": rate_limits});
    server
        .load(&fixture.to_string(), &settings.to_string())
        .await?;
    Ok(setup)
}

/// The request with which [`load`] replaces the state.
pub(super) fn request(keys: &[KeySpec]) -> Request {
    Request::new("PUT", "/_mock/state").json(&setup(keys).1.to_string())
}

fn setup(specs: &[KeySpec]) -> (Setup, Value) {
    let setup = Setup {
        keys: specs
            .iter()
            .enumerate()
            .map(|(index, spec)| {
                let same = specs[..index]
                    .iter()
                    .filter(|other| other.abroad == spec.abroad);
                seeded(index, same.count(), spec)
            })
            .collect(),
        organization: ORGANIZATION.to_owned(),
        customer: "2c000000-0000-4000-8000-000000000001".to_owned(),
        external_customer: "ext-ada".to_owned(),
        email: "ada@example.com".to_owned(),
        benefit: "3c000000-0000-4000-8000-000000000001".to_owned(),
        other_customer: "2c000000-0000-4000-8000-000000000002".to_owned(),
        other_benefit: "3c000000-0000-4000-8000-000000000002".to_owned(),
        abroad: Abroad {
            organization: OTHER_ORGANIZATION.to_owned(),
            customer: "2c000000-0000-4000-8000-000000000003".to_owned(),
            benefit: "3c000000-0000-4000-8000-000000000003".to_owned(),
        },
    };
    let keys: Vec<Value> = specs
        .iter()
        .zip(&setup.keys)
        .enumerate()
        .map(|(index, (spec, seeded))| key(&setup, index, spec, seeded))
        .collect();
    let read: &[&str] = &["license_keys:read"];
    let fixture = json!({
        "organizations": [
            organization(ORGANIZATION, "conformance", &[(TOKEN, SCOPES), (READ_TOKEN, read)]),
            organization(OTHER_ORGANIZATION, "conformance-other", &[(OTHER_TOKEN, SCOPES)]),
        ],
        "customers": [
            customer(&setup.customer, ORGANIZATION, &setup.email, "Ada Lovelace", &setup.external_customer, 1),
            customer(&setup.other_customer, ORGANIZATION, "bob@example.com", "Bob Babbage", "ext-bob", 2),
            customer(&setup.abroad.customer, OTHER_ORGANIZATION, "eve@example.com", "Eve Euler", "ext-eve", 3),
        ],
        "members": [
            member(MEMBER, &setup.customer, &setup.email, &setup.external_customer),
            member(OTHER_MEMBER, &setup.other_customer, "bob@example.com", "ext-bob"),
            member(MEMBER_ABROAD, &setup.abroad.customer, "eve@example.com", "ext-eve"),
        ],
        "benefits": [
            benefit(&setup.benefit, ORGANIZATION, "Pro license", 1),
            benefit(&setup.other_benefit, ORGANIZATION, "Other license", 2),
            benefit(&setup.abroad.benefit, OTHER_ORGANIZATION, "License abroad", 3),
        ],
        "license_keys": keys,
    });
    (setup, fixture)
}

fn key(setup: &Setup, index: usize, spec: &KeySpec, seeded: &TestKey) -> Value {
    let activations: Vec<Value> = spec
        .activations
        .iter()
        .zip(&seeded.activations)
        .enumerate()
        .map(|(at, (activation, id))| {
            json!({
                "id": id, "label": ActivationSpec::label(at), "conditions": activation.conditions, "meta": {},
                "created_at": format!("2026-02-02T00:00:{at:02}Z"),
            })
        })
        .collect();
    let (customer, member, benefit) = if spec.abroad {
        let abroad = &setup.abroad;
        (&abroad.customer, MEMBER_ABROAD, &abroad.benefit)
    } else {
        (&setup.customer, MEMBER, &setup.benefit)
    };
    json!({
        "id": seeded.id, "organization_id": seeded.organization, "customer_id": customer, "member_id": member,
        "benefit_id": benefit, "key": seeded.key, "status": spec.status,
        "limit_activations": spec.limit_activations, "usage": spec.usage, "limit_usage": spec.limit_usage,
        "validations": 0, "last_validated_at": null, "expires_at": spec.expires_at,
        "created_at": format!("2026-02-01T00:00:{:02}Z", index + 1), "activations": activations,
    })
}

/// The key with this index among all, and with this index in its organization.
fn seeded(index: usize, among_its_own: usize, spec: &KeySpec) -> TestKey {
    let organization = if spec.abroad {
        OTHER_ORGANIZATION
    } else {
        ORGANIZATION
    };
    TestKey {
        id: format!("6c000000-0000-4000-8000-{index:012}"),
        key: format!("CASE-A0000000-0000-4000-8000-{among_its_own:012}"),
        organization: organization.to_owned(),
        activations: (0..spec.activations.len())
            .map(|at| format!("7c000000-0000-4000-8{index:03}-{at:012}"))
            .collect(),
    }
}

fn organization(id: &str, slug: &str, tokens: &[(&str, &[&str])]) -> Value {
    let tokens: Vec<Value> = tokens
        .iter()
        .map(|(token, scopes)| json!({"token": token, "scopes": scopes}))
        .collect();
    json!({"id": id, "slug": slug, "name": slug, "member_model": true, "access_tokens": tokens})
}

fn customer(
    id: &str,
    organization: &str,
    email: &str,
    name: &str,
    external_id: &str,
    second: u32,
) -> Value {
    json!({
        "id": id, "organization_id": organization, "external_id": external_id, "email": email, "name": name,
        "created_at": format!("2026-01-01T00:00:{second:02}Z"),
    })
}

/// The customer as their own member, as in every new organization.
fn member(id: &str, customer: &str, email: &str, external_id: &str) -> Value {
    json!({
        "id": id, "customer_id": customer, "email": email, "external_id": external_id, "role": "owner",
        "created_at": "2026-01-01T00:00:03Z",
    })
}

fn benefit(id: &str, organization: &str, description: &str, second: u32) -> Value {
    json!({
        "id": id, "organization_id": organization, "type": "license_keys", "description": description,
        "created_at": format!("2026-01-01T00:01:{second:02}Z"),
        "properties": {
            "prefix": "CASE", "expires": null, "activations": {"limit": 3, "enable_customer_admin": true},
            "limit_usage": null,
        },
    })
}
