//! The specification of the keys that a case needs.

use serde_json::{Value, json};

/// A key that a case needs.
#[derive(Debug, Clone, PartialEq)]
pub struct KeySpec {
    /// `granted`, `revoked` or `disabled`.
    pub status: &'static str,
    /// The activation limit; `None` means that the key cannot be activated.
    pub limit_activations: Option<u32>,
    /// The usage so far.
    pub usage: i64,
    /// The usage limit.
    pub limit_usage: Option<u32>,
    /// When it expires.
    pub expires_at: Option<&'static str>,
    /// Its activations.
    pub activations: Vec<ActivationSpec>,
    /// Whether it belongs to another organization, which only a seeded target has. The n-th keys of both organizations
    /// have the same text.
    pub abroad: bool,
}

impl Default for KeySpec {
    /// What the suite's benefit grants: three activations, no other limit.
    fn default() -> Self {
        Self {
            status: "granted",
            limit_activations: Some(3),
            usage: 0,
            limit_usage: None,
            expires_at: None,
            activations: Vec::new(),
            abroad: false,
        }
    }
}

/// A time in the past.
pub const PAST: Option<&str> = Some("2026-01-02T00:00:00Z");

impl KeySpec {
    /// A revoked key.
    pub fn revoked() -> Self {
        Self {
            status: "revoked",
            ..Self::default()
        }
    }

    /// A disabled key.
    pub fn disabled() -> Self {
        Self {
            status: "disabled",
            ..Self::default()
        }
    }

    /// A granted key that has expired.
    pub fn expired() -> Self {
        Self {
            expires_at: PAST,
            ..Self::default()
        }
    }

    /// A key with one activation without conditions.
    pub fn activated() -> Self {
        Self {
            activations: vec![ActivationSpec::plain()],
            ..Self::default()
        }
    }

    /// The fields that differ from another key, as a PATCH body.
    pub(super) fn difference(&self, other: &Self) -> Value {
        let mut body = json!({});
        if self.status != other.status {
            body["status"] = json!(self.status);
        }
        if self.limit_activations != other.limit_activations {
            body["limit_activations"] = json!(self.limit_activations);
        }
        if self.usage != other.usage {
            body["usage"] = json!(self.usage);
        }
        if self.limit_usage != other.limit_usage {
            body["limit_usage"] = json!(self.limit_usage);
        }
        if self.expires_at != other.expires_at {
            body["expires_at"] = json!(self.expires_at);
        }
        body
    }
}

/// An activation of a key.
#[derive(Debug, Clone, PartialEq)]
pub struct ActivationSpec {
    /// The conditions that validate must repeat; an empty object for none.
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

    /// Its label.
    pub(super) fn label(index: usize) -> String {
        format!("device {index}")
    }
}
