//! How events are signed (docs/behaviour.md#webhook-deliveries).

use standardwebhooks::{Webhook, WebhookError};

/// Signs with the whole text of the secret as the key, `whsec_` included.
pub(crate) fn signature(
    secret: &str,
    id: &str,
    seconds: i64,
    payload: &str,
) -> Result<String, WebhookError> {
    let signer = Webhook::from_bytes(secret.as_bytes().to_vec())?;
    signer.sign(id, seconds, payload.as_bytes())
}

#[cfg(test)]
mod tests {
    use base64::Engine as _;
    use base64::prelude::BASE64_STANDARD;
    use hmac::{Hmac, KeyInit, Mac};
    use sha2::Sha256;

    use super::*;

    #[test]
    fn a_signature_as_computed_by_hand() {
        let secret = "whsec_GoldenSecretGoldenSecretGoldenSecret00";
        let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).expect("any key");
        mac.update(b"id-1.1767225600.{\"a\":1}");
        let expected = format!("v1,{}", BASE64_STANDARD.encode(mac.finalize().into_bytes()));
        let given = signature(secret, "id-1", 1_767_225_600, "{\"a\":1}").expect("a signature");
        assert_eq!(given, expected);
    }
}
