//! Generates ids, keys and tokens.

use uuid::Uuid;

/// A new id.
pub fn new_uuid() -> Uuid {
    Uuid::new_v4()
}

/// A new license key: the benefit's prefix in upper case, a dash, and a UUID in upper case
/// (docs/behaviour.md#key-text).
pub fn new_key(prefix: Option<&str>) -> String {
    let random = Uuid::new_v4().to_string().to_uppercase();
    match prefix.map(str::trim).filter(|prefix| !prefix.is_empty()) {
        Some(prefix) => format!("{}-{random}", prefix.to_uppercase()),
        None => random,
    }
}

/// Letters and digits.
const TOKEN_ALPHABET: &[u8; 62] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

/// How many characters follow a token's prefix.
const TOKEN_LENGTH: usize = 43;

/// A new token: a prefix that shows its kind, and random letters and digits.
pub fn new_token(prefix: &str) -> String {
    let mut random = (0..).flat_map(|_| Uuid::new_v4().into_bytes());
    let letters = (0..TOKEN_LENGTH).map(|_| {
        // Bytes beyond the last whole multiple of the alphabet would favour its first letters.
        let byte = random
            .by_ref()
            .find(|&byte| usize::from(byte) < 4 * TOKEN_ALPHABET.len())
            .unwrap_or_default();
        char::from(TOKEN_ALPHABET[usize::from(byte) % TOKEN_ALPHABET.len()])
    });
    std::iter::once(prefix.to_owned())
        .chain(letters.map(String::from))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys() {
        assert!(new_key(Some(" myapp ")).starts_with("MYAPP-"));
        for prefix in [None, Some(""), Some("  ")] {
            let key = new_key(prefix);
            assert_eq!(key.len(), 36);
            assert_eq!(key, key.to_uppercase());
        }
    }

    #[test]
    fn tokens() {
        let token = new_token("polar_mst_");
        let random = token.strip_prefix("polar_mst_").unwrap();
        assert_eq!(random.len(), TOKEN_LENGTH);
        assert!(random.bytes().all(|byte| byte.is_ascii_alphanumeric()));
        assert_ne!(token, new_token("polar_mst_"));
    }
}
