//! May this key be activated once more? (docs/behaviour.md#activate)

use super::validate::has_expired;
use crate::refusal::Refusal;
use crate::state::{LicenseKey, Status, Timestamp};

/// Checks whether a key takes another activation.
pub fn activate(key: &LicenseKey, now: Timestamp) -> Result<(), Refusal> {
    if key.status != Status::Granted {
        return Err(Refusal::NotPermitted(
            "License key is no longer active. This license key can not be activated.",
        ));
    }
    if has_expired(key, now)? {
        return Err(Refusal::NotPermitted("License key has expired."));
    }
    let limit = match key.limit_activations {
        None | Some(0) => {
            return Err(Refusal::NotPermitted(
                "This license key does not support activations. Use the /validate endpoint instead to check license validity.",
            ));
        }
        Some(limit) => i64::from(limit),
    };
    if key.activations.len() as i64 >= limit {
        return Err(Refusal::NotPermitted(
            "License key activation limit already reached",
        ));
    }
    Ok(())
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::state::{Activation, Metadata, new_uuid};

    pub(in crate::rules) fn at(text: &str) -> Timestamp {
        Timestamp::parse(text).unwrap()
    }

    /// A key without limits that was never used.
    pub(in crate::rules) fn key() -> LicenseKey {
        LicenseKey {
            id: new_uuid(),
            organization_id: new_uuid(),
            customer_id: new_uuid(),
            member_id: None,
            benefit_id: new_uuid(),
            key: "KEY".into(),
            status: Status::Granted,
            limit_activations: None,
            usage: 0,
            limit_usage: Some(100),
            validations: 0,
            last_validated_at: None,
            expires_at: None,
            created_at: at("2026-01-01T00:00:00Z"),
            modified_at: None,
            activations: Vec::new(),
        }
    }

    pub(in crate::rules) fn activation() -> Activation {
        Activation {
            id: new_uuid(),
            label: "a".into(),
            conditions: Metadata::default(),
            meta: Metadata::default(),
            created_at: at("2026-01-01T00:00:00Z"),
            modified_at: None,
        }
    }

    #[test]
    fn the_first_refusal_in_order_wins() {
        let now = at("2026-06-01T00:00:00Z");
        let mut key = LicenseKey {
            status: Status::Revoked,
            expires_at: Some(now),
            ..key()
        };
        let refused = |key: &LicenseKey| activate(key, now).unwrap_err().detail();
        assert_eq!(
            refused(&key),
            "License key is no longer active. This license key can not be activated."
        );
        key.status = Status::Granted;
        assert_eq!(refused(&key), "License key has expired.");
        key.expires_at = Some(at("0001-01-01T00:00:00Z"));
        assert_eq!(activate(&key, now), Err(Refusal::Crash));
        key.expires_at = Some(at("2026-06-01T00:00:00.000001Z"));
        for none in [None, Some(0)] {
            key.limit_activations = none;
            assert!(refused(&key).starts_with("This license key does not support activations."));
        }
        key.limit_activations = Some(2);
        for _ in 0..2 {
            assert_eq!(activate(&key, now), Ok(()));
            key.activations.push(activation());
        }
        assert_eq!(
            refused(&key),
            "License key activation limit already reached"
        );
        key.limit_activations = Some(1);
        assert_eq!(
            refused(&key),
            "License key activation limit already reached"
        );
    }
}
