//! `upstream.toml`: which document `polar.yaml` was sliced from.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// Where a slice came from.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Lock {
    /// The address of the document, or the name of its file.
    pub source: String,
    /// `info.version` of the document.
    pub version: String,
    /// The day it was taken, `YYYY-MM-DD` in UTC.
    pub date: String,
    /// SHA-256 of its bytes: `sha256:` and 64 digits.
    pub digest: String,
}

const HEADER: &str = "\
# Where polar.yaml was sliced from. Written by `cargo xtask sync`; do not edit.
";

/// The digest of a document, as a lock gives it.
pub fn digest(bytes: &[u8]) -> String {
    let digits: String = Sha256::digest(bytes)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    format!("sha256:{digits}")
}

impl Lock {
    /// Reads the text of an `upstream.toml`.
    ///
    /// # Errors
    /// When it is not TOML with exactly these keys.
    pub fn parse(text: &str) -> Result<Self, toml::de::Error> {
        toml::from_str(text)
    }

    /// The text of an `upstream.toml`.
    ///
    /// # Errors
    /// Never for a lock, which holds nothing but texts.
    pub fn to_toml(&self) -> Result<String, toml::ser::Error> {
        Ok(format!("{HEADER}{}", toml::to_string(self)?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lock_is_read_back_as_it_was_written() {
        let lock = Lock {
            source: "https://example.com/openapi.json".to_owned(),
            version: "2026-04".to_owned(),
            date: "2026-11-20".to_owned(),
            digest: digest(b"abc"),
        };
        let text = lock.to_toml().expect("written");
        assert!(text.starts_with("# Where polar.yaml"), "{text}");
        assert_eq!(Lock::parse(&text).as_ref(), Ok(&lock));
        // The example of FIPS 180-2.
        let abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!(lock.digest, format!("sha256:{abc}"));
        assert!(Lock::parse("source = 'a'").is_err());
    }
}
