//! The keys that a case asks for, and the world in which they live.
//!
//! Today the world is set as a whole (`PUT /_mock/state`). A case only says what it needs, so that the same case can be
//! given keys made through the public API.

use serde_json::{Value, json};

/// The organization whose keys a case uses.
pub(super) const ORGANIZATION: &str = "1c000000-0000-4000-8000-000000000001";
/// A token of that organization with every scope.
pub(super) const TOKEN: &str = "polar_oat_conformance_all";
/// A token of that organization that may only read.
pub(super) const READ_TOKEN: &str = "polar_oat_conformance_read";
/// A token of another organization.
pub(super) const OTHER_TOKEN: &str = "polar_oat_conformance_other";
const OTHER_ORGANIZATION: &str = "1c000000-0000-4000-8000-000000000002";

/// A key that a case needs.
#[derive(Debug, Clone)]
pub struct KeySpec {
    /// `granted`, `revoked` or `disabled`.
    pub status: &'static str,
    /// How many activations it allows; `None` means that it has none.
    pub limit_activations: Option<u32>,
    /// How much has been used.
    pub usage: i64,
    /// How much may be used.
    pub limit_usage: Option<u32>,
    /// When it expires.
    pub expires_at: Option<&'static str>,
    /// Activations that it has.
    pub activations: Vec<ActivationSpec>,
}

impl Default for KeySpec {
    fn default() -> Self {
        Self {
            status: "granted",
            limit_activations: Some(3),
            usage: 0,
            limit_usage: None,
            expires_at: None,
            activations: Vec::new(),
        }
    }
}

/// A moment that has passed.
pub(super) const PAST: Option<&str> = Some("2026-01-02T00:00:00Z");

/// An activation that a key has.
#[derive(Debug, Clone)]
pub struct ActivationSpec {
    /// What validate must name again; an empty object for none.
    pub conditions: Value,
}

impl ActivationSpec {
    /// Without conditions.
    pub fn plain() -> Self {
        Self {
            conditions: json!({}),
        }
    }

    /// With conditions.
    pub fn with(conditions: Value) -> Self {
        Self { conditions }
    }
}

/// A key as it was set up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seeded {
    /// Its id.
    pub id: String,
    /// The key itself.
    pub key: String,
    /// The ids of its activations.
    pub activations: Vec<String>,
}

/// The world of a case.
#[derive(Debug, Clone)]
pub struct World {
    /// Its keys, in the order in which they were asked for.
    pub keys: Vec<Seeded>,
    /// The organization.
    pub organization: &'static str,
    /// The customer and the benefit that every key belongs to.
    pub customer: &'static str,
    /// See `customer`.
    pub benefit: &'static str,
    /// Another customer and another benefit of the organization.
    pub other_customer: &'static str,
    /// See `other_customer`.
    pub other_benefit: &'static str,
}

impl World {
    /// The world with these keys, and the fixture that makes it.
    pub fn with(specs: &[KeySpec]) -> (Self, Value) {
        let world = Self {
            keys: specs
                .iter()
                .enumerate()
                .map(|(index, spec)| seeded(index, spec))
                .collect(),
            organization: ORGANIZATION,
            customer: "2c000000-0000-4000-8000-000000000001",
            benefit: "3c000000-0000-4000-8000-000000000001",
            other_customer: "2c000000-0000-4000-8000-000000000002",
            other_benefit: "3c000000-0000-4000-8000-000000000002",
        };
        let keys: Vec<Value> = specs
            .iter()
            .zip(&world.keys)
            .enumerate()
            .map(|(index, (spec, key))| world.key(index, spec, key))
            .collect();
        let fixture = json!({
            "organizations": [
                organization(ORGANIZATION, "conformance", &[(TOKEN, SCOPES), (READ_TOKEN, &["license_keys:read"])]),
                organization(OTHER_ORGANIZATION, "conformance-other", &[(OTHER_TOKEN, SCOPES)]),
            ],
            "customers": [
                customer(world.customer, "ada@example.com", "Ada Lovelace", "ext-ada", 1),
                customer(world.other_customer, "bob@example.com", "Bob Babbage", "ext-bob", 2),
            ],
            "benefits": [benefit(world.benefit, "Pro license", 1), benefit(world.other_benefit, "Other license", 2)],
            "license_keys": keys,
        });
        (world, fixture)
    }

    fn key(&self, index: usize, spec: &KeySpec, seeded: &Seeded) -> Value {
        let activations: Vec<Value> = spec
            .activations
            .iter()
            .zip(&seeded.activations)
            .enumerate()
            .map(|(at, (activation, id))| {
                json!({"id": id, "label": format!("device {at}"), "conditions": activation.conditions, "meta": {},
                       "created_at": format!("2026-02-02T00:00:{at:02}Z")})
            })
            .collect();
        json!({
            "id": seeded.id, "organization_id": ORGANIZATION, "customer_id": self.customer, "benefit_id": self.benefit,
            "key": seeded.key, "status": spec.status, "limit_activations": spec.limit_activations, "usage": spec.usage,
            "limit_usage": spec.limit_usage, "validations": 0, "last_validated_at": null, "expires_at": spec.expires_at,
            "created_at": format!("2026-02-01T00:00:{:02}Z", index + 1), "activations": activations,
        })
    }
}

const SCOPES: &[&str] = &[
    "organizations:read",
    "benefits:read",
    "customers:read",
    "customer_sessions:write",
    "customer_portal:read",
    "customer_portal:write",
    "license_keys:read",
    "license_keys:write",
];

fn seeded(index: usize, spec: &KeySpec) -> Seeded {
    Seeded {
        id: format!("6c000000-0000-4000-8000-{index:012}"),
        key: format!("CASE-A0000000-0000-4000-8000-{index:012}"),
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

fn customer(id: &str, email: &str, name: &str, external_id: &str, second: u32) -> Value {
    json!({"id": id, "organization_id": ORGANIZATION, "external_id": external_id, "email": email, "name": name,
           "created_at": format!("2026-01-01T00:00:{second:02}Z")})
}

fn benefit(id: &str, description: &str, second: u32) -> Value {
    json!({"id": id, "organization_id": ORGANIZATION, "type": "license_keys", "description": description,
           "created_at": format!("2026-01-01T00:01:{second:02}Z"),
           "properties": {"prefix": "CASE", "expires": null, "activations": {"limit": 3, "enable_customer_admin": true}, "limit_usage": null}})
}
