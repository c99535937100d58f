//! May this key be used now? (docs/behaviour.md#validate)

use uuid::Uuid;

use crate::json::{Dict, Value};
use crate::refusal::Refusal;
use crate::state::{LicenseKey, Status, Timestamp};

/// What a validation asks.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Validate {
    /// For this activation.
    pub activation_id: Option<Uuid>,
    /// Under these conditions.
    pub conditions: Dict,
    /// For this benefit.
    pub benefit_id: Option<Uuid>,
    /// For this customer.
    pub customer_id: Option<Uuid>,
    /// Using up this much of the quota; never negative.
    pub increment_usage: Option<i128>,
}

/// What a validation changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Validated {
    /// The usage from now on.
    pub usage: i32,
}

/// Whether a key has expired. Infinity cannot be compared with the present, and the real server fails.
pub(super) fn has_expired(key: &LicenseKey, now: Timestamp) -> Result<bool, Refusal> {
    match key.expires_at {
        Some(end) if end.is_infinite() => Err(Refusal::Crash),
        end => Ok(end.is_some_and(|end| now >= end)),
    }
}

/// Checks a key.
pub fn validate(key: &LicenseKey, ask: &Validate, now: Timestamp) -> Result<Validated, Refusal> {
    if key.status != Status::Granted {
        return Err(Refusal::NotFound("License key is no longer active."));
    }
    if has_expired(key, now)? {
        return Err(Refusal::NotFound("License key has expired."));
    }
    if let Some(id) = ask.activation_id {
        let activation = key.activation(id).ok_or(Refusal::UNKNOWN)?;
        let conditions = &activation.conditions.0;
        let given = Value::Dict(ask.conditions.clone());
        if !conditions.is_empty() && !given.python_eq(&Value::Dict(conditions.clone())) {
            return Err(Refusal::NotFound(
                "License key does not match required conditions",
            ));
        }
    }
    if ask.benefit_id.is_some_and(|id| id != key.benefit_id) {
        return Err(Refusal::NotFound(
            "License key does not match given benefit.",
        ));
    }
    if ask.customer_id.is_some_and(|id| id != key.customer_id) {
        return Err(Refusal::NotFound("License key does not match given user."));
    }
    let increment = ask.increment_usage.unwrap_or(0);
    if let Some(limit) = key.limit_usage.filter(|&limit| limit != 0 && increment > 0) {
        let remaining = i64::from(limit) - i64::from(key.usage);
        if increment > i128::from(remaining) {
            return Err(Refusal::UsageExceeded { remaining });
        }
    }
    let usage = i128::from(key.usage).saturating_add(increment);
    // The column has 32 bits.
    i32::try_from(usage)
        .map(|usage| Validated { usage })
        .map_err(|_| Refusal::Crash)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::activate::tests::{at, key};
    use crate::state::{Activation, Metadata};

    const NOW: &str = "2026-06-01T00:00:00Z";

    fn dict(text: &str) -> Dict {
        crate::json::parse(text.as_bytes())
            .unwrap()
            .as_dict()
            .unwrap()
            .clone()
    }

    fn activated(conditions: &str) -> (LicenseKey, Uuid) {
        let mut key = key();
        let id = crate::state::new_uuid();
        key.activations.push(Activation {
            id,
            label: "a".into(),
            conditions: Metadata(dict(conditions)),
            meta: Metadata::default(),
            created_at: at(NOW),
            modified_at: None,
        });
        (key, id)
    }

    #[test]
    fn the_first_refusal_in_order_wins() {
        // Everything is wrong at once; one thing after the other is mended.
        let (mut key, id) = activated(r#"{"v":1}"#);
        key.status = Status::Disabled;
        key.expires_at = Some(at(NOW));
        key.usage = 105;
        let mut ask = Validate {
            activation_id: Some(crate::state::new_uuid()),
            conditions: dict(r#"{"v":2}"#),
            benefit_id: Some(crate::state::new_uuid()),
            customer_id: Some(crate::state::new_uuid()),
            increment_usage: Some(1),
        };
        let refused = |key: &LicenseKey, ask: &Validate| validate(key, ask, at(NOW)).unwrap_err();

        assert_eq!(
            refused(&key, &ask),
            Refusal::NotFound("License key is no longer active.")
        );
        key.status = Status::Granted;
        assert_eq!(
            refused(&key, &ask),
            Refusal::NotFound("License key has expired.")
        );
        for infinite in ["0001-01-01T00:00:00Z", "9999-12-31T23:59:59.999999Z"] {
            key.expires_at = Some(at(infinite));
            assert_eq!(refused(&key, &ask), Refusal::Crash);
        }
        key.expires_at = Some(at("2026-06-01T00:00:00.000001Z"));
        assert_eq!(refused(&key, &ask), Refusal::NotFound("Not found"));
        ask.activation_id = Some(id);
        assert_eq!(
            refused(&key, &ask),
            Refusal::NotFound("License key does not match required conditions")
        );
        ask.conditions = dict(r#"{"v":true}"#);
        assert_eq!(
            refused(&key, &ask),
            Refusal::NotFound("License key does not match given benefit.")
        );
        ask.benefit_id = Some(key.benefit_id);
        assert_eq!(
            refused(&key, &ask),
            Refusal::NotFound("License key does not match given user.")
        );
        ask.customer_id = Some(key.customer_id);
        assert_eq!(
            refused(&key, &ask),
            Refusal::UsageExceeded { remaining: -5 }
        );
        ask.increment_usage = Some(0);
        assert_eq!(validate(&key, &ask, at(NOW)), Ok(Validated { usage: 105 }));
    }

    #[test]
    fn conditions_count_only_where_the_activation_has_some() {
        let (key, id) = activated("{}");
        let ask = Validate {
            activation_id: Some(id),
            conditions: dict(r#"{"x":1}"#),
            ..Validate::default()
        };
        assert!(validate(&key, &ask, at(NOW)).is_ok());
        let without = Validate {
            conditions: dict(r#"{"x":1}"#),
            ..Validate::default()
        };
        assert!(validate(&key, &without, at(NOW)).is_ok());
        let (key, id) = activated(r#"{"x":1}"#);
        for conditions in ["{}", r#"{"x":1,"y":2}"#, r#"{"x":"1"}"#, r#"{"X":1}"#] {
            let ask = Validate {
                activation_id: Some(id),
                conditions: dict(conditions),
                ..Validate::default()
            };
            assert!(validate(&key, &ask, at(NOW)).is_err(), "{conditions}");
        }
    }

    #[test]
    fn usage() {
        for (usage, limit, increment, outcome) in [
            (0, Some(10), 10, Ok(10)),
            (
                0,
                Some(10),
                11,
                Err(Refusal::UsageExceeded { remaining: 10 }),
            ),
            (10, Some(10), 0, Ok(10)),
            (
                10,
                Some(10),
                1,
                Err(Refusal::UsageExceeded { remaining: 0 }),
            ),
            (-3, Some(10), 13, Ok(10)),
            (0, None, i128::from(i32::MAX), Ok(i32::MAX)),
            (1, None, i128::from(i32::MAX), Err(Refusal::Crash)),
            (0, None, i128::MAX, Err(Refusal::Crash)),
            (
                0,
                Some(10),
                i128::MAX,
                Err(Refusal::UsageExceeded { remaining: 10 }),
            ),
        ] {
            let key = LicenseKey {
                usage,
                limit_usage: limit,
                ..key()
            };
            let ask = Validate {
                increment_usage: Some(increment),
                ..Validate::default()
            };
            assert_eq!(
                validate(&key, &ask, at(NOW)).map(|done| done.usage),
                outcome,
                "{usage} {limit:?} {increment}"
            );
        }
    }
}
