//! Which activation goes? (docs/behaviour.md#deactivate)

use uuid::Uuid;

use crate::refusal::Refusal;
use crate::state::LicenseKey;

/// The place of the activation that goes. Neither the key's status nor its expiry matters.
pub fn deactivate(key: &LicenseKey, activation_id: Uuid) -> Result<usize, Refusal> {
    key.activations
        .iter()
        .position(|activation| activation.id == activation_id)
        .ok_or(Refusal::UNKNOWN)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::activate::tests::{activation, at, key};
    use crate::state::Status;

    #[test]
    fn only_a_live_activation_of_the_key_goes_whatever_the_keys_state() {
        let mut key = key();
        key.activations = vec![activation(), activation()];
        key.status = Status::Revoked;
        key.expires_at = Some(at("2020-01-01T00:00:00Z"));
        assert_eq!(deactivate(&key, key.activations[1].id), Ok(1));
        assert_eq!(deactivate(&key, activation().id), Err(Refusal::UNKNOWN));
    }
}
