//! Under which terms a grant gives a key (docs/behaviour.md#key-terms).

use chrono::{DateTime, Days, Months, Utc};
use serde_json::Value as Json;

use crate::state::{Benefit, Timestamp};

/// What a key may.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KeyTerms {
    /// How many activations.
    pub limit_activations: Option<i32>,
    /// How much usage.
    pub limit_usage: Option<i32>,
    /// Until when.
    pub expires_at: Option<Timestamp>,
}

/// The terms of a benefit. Keys of subscriptions never expire by themselves: the subscription does.
pub fn key_terms(benefit: &Benefit, by_subscription: bool, now: Timestamp) -> KeyTerms {
    let properties = Json::Object(benefit.properties.clone());
    let int32 = |pointer: &str| {
        properties
            .pointer(pointer)
            .and_then(Json::as_i64)
            .and_then(|number| i32::try_from(number).ok())
    };
    let expires_at = properties
        .get("expires")
        .filter(|_| !by_subscription)
        .and_then(|expires| {
            add_interval(
                now,
                expires.get("timeframe")?.as_str()?,
                expires.get("ttl")?.as_i64()?,
            )
        });
    KeyTerms {
        limit_activations: int32("/activations/limit"),
        limit_usage: int32("/limit_usage"),
        expires_at,
    }
}

/// So many days, weeks, months or years later, up to the last moment there is. Months and years keep the day, or take the
/// last one of a shorter month. Nothing where the unit is unknown or the count negative.
pub fn add_interval(from: Timestamp, unit: &str, count: i64) -> Option<Timestamp> {
    let count = u64::try_from(count).ok()?;
    let from = DateTime::<Utc>::from(from);
    let months = |count: u64| u32::try_from(count).ok().map(Months::new);
    let to = match unit {
        "day" => from.checked_add_days(Days::new(count)),
        "week" => from.checked_add_days(Days::new(count.saturating_mul(7))),
        "month" => months(count).and_then(|months| from.checked_add_months(months)),
        "year" => {
            months(count.saturating_mul(12)).and_then(|months| from.checked_add_months(months))
        }
        _ => return None,
    };
    Some(to.map_or(Timestamp::LAST, Timestamp::new))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::{Metadata, new_uuid};

    fn at(text: &str) -> Timestamp {
        Timestamp::parse(text).unwrap()
    }

    #[test]
    fn intervals_follow_the_calendar() {
        for (from, unit, count, to) in [
            ("2026-01-31T12:00:00Z", "month", 1, "2026-02-28T12:00:00Z"),
            ("2024-01-31T12:00:00Z", "month", 1, "2024-02-29T12:00:00Z"),
            ("2024-02-29T12:00:00Z", "year", 1, "2025-02-28T12:00:00Z"),
            ("2026-12-31T12:00:00Z", "day", 1, "2027-01-01T12:00:00Z"),
            ("2026-12-31T12:00:00Z", "week", 2, "2027-01-14T12:00:00Z"),
        ] {
            assert_eq!(
                add_interval(at(from), unit, count),
                Some(at(to)),
                "{from} + {count} {unit}"
            );
        }
        assert_eq!(
            add_interval(at("2026-01-01T00:00:00Z"), "fortnight", 1),
            None
        );
        assert_eq!(add_interval(at("2026-01-01T00:00:00Z"), "day", -1), None);
        for unit in ["day", "week", "month", "year"] {
            for count in [8_000_000, i64::MAX] {
                let end = add_interval(at("2026-01-01T00:00:00Z"), unit, count);
                assert_eq!(end, Some(Timestamp::LAST), "{count} {unit}");
            }
        }
    }

    #[test]
    fn keys_of_subscriptions_never_expire() {
        let properties = serde_json::json!({
            "prefix": "P",
            "expires": {"ttl": 1, "timeframe": "month"},
            "activations": {"limit": 3, "enable_customer_admin": true},
            "limit_usage": 5
        });
        let benefit = Benefit {
            id: new_uuid(),
            organization_id: new_uuid(),
            kind: "license_keys".into(),
            description: String::new(),
            visibility: "public".into(),
            deleted_at: None,
            properties: properties.as_object().unwrap().clone(),
            metadata: Metadata::default(),
            created_at: at("2026-01-01T00:00:00Z"),
            modified_at: None,
        };
        let now = at("2026-01-31T00:00:00Z");
        let terms = |by_subscription| key_terms(&benefit, by_subscription, now);
        let limits = KeyTerms {
            limit_activations: Some(3),
            limit_usage: Some(5),
            expires_at: None,
        };
        assert_eq!(terms(true), limits);
        assert_eq!(
            terms(false),
            KeyTerms {
                expires_at: Some(at("2026-02-28T00:00:00Z")),
                ..limits
            }
        );
    }
}
