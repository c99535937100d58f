//! May this key get a new text? (docs/behaviour.md#rotate)

use crate::refusal::Refusal;
use crate::state::{LicenseKey, Status};

/// Checks whether a key can be rotated: anything but revoked, expired or not.
pub fn rotate(key: &LicenseKey) -> Result<(), Refusal> {
    match key.status {
        Status::Granted | Status::Disabled => Ok(()),
        Status::Revoked => Err(Refusal::RotateNotPermitted(key.status)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::activate::tests::{at, key};

    #[test]
    fn only_a_revoked_key_cannot() {
        let mut key = LicenseKey {
            expires_at: Some(at("2020-01-01T00:00:00Z")),
            ..key()
        };
        assert_eq!(rotate(&key), Ok(()));
        key.status = Status::Disabled;
        assert_eq!(rotate(&key), Ok(()));
        key.status = Status::Revoked;
        assert_eq!(
            rotate(&key).unwrap_err().detail(),
            "License key cannot be rotated in its current status. Current status: revoked. Allowed statuses: disabled, granted."
        );
    }
}
