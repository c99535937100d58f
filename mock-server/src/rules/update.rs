//! What a PATCH makes of a key (docs/behaviour.md#update).

use crate::refusal::Refusal;
use crate::state::{LicenseKey, Status, Timestamp};

/// What is to change; what was not given stays.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Update {
    /// The status; `null` is accepted and then fails.
    pub status: Option<Option<Status>>,
    /// The usage.
    pub usage: Option<i32>,
    /// The activation limit.
    pub limit_activations: Option<Option<i32>>,
    /// The quota.
    pub limit_usage: Option<Option<i32>>,
    /// The expiry.
    pub expires_at: Option<Option<Expiry>>,
}

/// An expiry as it was given.
#[derive(Debug, Clone, PartialEq)]
pub struct Expiry {
    /// The moment; `None` if it leaves the years 1 to 9999 in UTC.
    pub moment: Option<Timestamp>,
    /// Whether it named an offset. Without one it never equals what is stored, even if it is the same moment.
    pub zoned: bool,
}

/// The key as it is afterwards. Nothing is written, and `modified_at` stays, where nothing differs.
pub fn update(key: &LicenseKey, update: &Update, now: Timestamp) -> Result<LicenseKey, Refusal> {
    let mut changed = key.clone();
    let mut touched = false;
    if let Some(status) = update.status {
        // The column takes no null.
        changed.status = status.ok_or(Refusal::Crash)?;
    }
    if let Some(usage) = update.usage {
        changed.usage = usage;
    }
    if let Some(limit) = update.limit_activations {
        changed.limit_activations = limit;
    }
    if let Some(limit) = update.limit_usage {
        changed.limit_usage = limit;
    }
    if let Some(expiry) = &update.expires_at {
        changed.expires_at = match expiry {
            None => None,
            Some(expiry) => {
                touched = !expiry.zoned;
                Some(expiry.moment.ok_or(Refusal::Crash)?)
            }
        };
    }
    if touched || changed != *key {
        changed.modified_at = Some(now);
    }
    Ok(changed)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::activate::tests::{at, key};

    const NOW: &str = "2026-06-01T00:00:00Z";

    fn expiry(text: &str, zoned: bool) -> Update {
        Update {
            expires_at: Some(Some(Expiry {
                moment: Timestamp::parse(text),
                zoned,
            })),
            ..Update::default()
        }
    }

    #[test]
    fn what_is_not_given_stays() {
        let key = LicenseKey {
            usage: 7,
            expires_at: Some(at(NOW)),
            ..key()
        };
        assert_eq!(update(&key, &Update::default(), at(NOW)), Ok(key.clone()));
        let same = Update {
            usage: Some(7),
            ..expiry(NOW, true)
        };
        assert_eq!(update(&key, &same, at(NOW)), Ok(key.clone()));
        let without_zone = update(&key, &expiry(NOW, false), at(NOW)).unwrap();
        assert_eq!(
            without_zone,
            LicenseKey {
                modified_at: Some(at(NOW)),
                ..key
            }
        );
    }

    #[test]
    fn null_clears() {
        let key = LicenseKey {
            expires_at: Some(at(NOW)),
            limit_activations: Some(3),
            ..key()
        };
        let nulls = Update {
            limit_activations: Some(None),
            limit_usage: Some(None),
            expires_at: Some(None),
            ..Update::default()
        };
        let cleared = update(&key, &nulls, at(NOW)).unwrap();
        assert_eq!(
            (
                cleared.limit_activations,
                cleared.limit_usage,
                cleared.expires_at
            ),
            (None, None, None)
        );
        assert_eq!(cleared.modified_at, Some(at(NOW)));
    }

    #[test]
    fn any_status_follows_any_other() {
        for from in [Status::Granted, Status::Revoked, Status::Disabled] {
            for to in [Status::Granted, Status::Revoked, Status::Disabled] {
                let key = LicenseKey {
                    status: from,
                    ..key()
                };
                let ask = Update {
                    status: Some(Some(to)),
                    ..Update::default()
                };
                assert_eq!(update(&key, &ask, at(NOW)).unwrap().status, to);
            }
        }
    }

    #[test]
    fn what_the_database_refuses() {
        let null = Update {
            status: Some(None),
            usage: Some(5),
            ..Update::default()
        };
        assert_eq!(update(&key(), &null, at(NOW)), Err(Refusal::Crash));
        assert_eq!(
            update(&key(), &expiry("9999-12-31T23:59:59-05:00", true), at(NOW)),
            Err(Refusal::Crash)
        );
    }
}
