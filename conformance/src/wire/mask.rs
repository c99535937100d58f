//! Nothing that is printed or written holds a usable secret.

use std::borrow::Cow;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{LazyLock, PoisonError, RwLock};

use regex::Regex;

use crate::tokens::Kind;

#[expect(
    clippy::unwrap_used,
    reason = "a constant pattern, compiled by the tests below"
)]
static SECRET: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?i)\b(polar_(?:oat|pat|cst|mst|whs|at|rt)_|whsec_)[A-Za-z0-9_+/=-]+").unwrap()
});

#[expect(
    clippy::unwrap_used,
    reason = "a constant pattern, compiled by the tests below"
)]
static BEARER: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"(?i)\b(bearer +)[^\s'\x22$]+").unwrap());

#[expect(
    clippy::unwrap_used,
    reason = "a constant pattern, compiled by the tests below"
)]
static KEY: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(&format!(r"\b{}\b", Kind::Key.pattern())).unwrap());

/// Whether keys are somebody's.
static KEYS: AtomicBool = AtomicBool::new(false);

/// Secrets that do not look like one.
static PROTECTED: RwLock<Vec<String>> = RwLock::new(Vec::new());

/// From now on this text is masked wherever it appears.
pub fn protect(secret: &str) {
    let mut protected = PROTECTED.write().unwrap_or_else(PoisonError::into_inner);
    // What is shorter is part of ordinary words, and no secret.
    if secret.len() >= 8 && !protected.iter().any(|known| known == secret) {
        protected.push(secret.to_owned());
    }
}

/// From now on license keys are masked, too: on a real target they may be other people's. Those of a mock stay, so that
/// its `curl` lines can be run.
pub fn protect_keys() {
    KEYS.store(true, Ordering::Relaxed);
}

/// The text with every token, webhook secret and bearer value replaced by its kind and `***`.
pub fn mask(text: &str) -> Cow<'_, str> {
    let protected = PROTECTED.read().unwrap_or_else(PoisonError::into_inner);
    let mut masked = mask_known(text);
    if KEYS.load(Ordering::Relaxed) && KEY.is_match(&masked) {
        masked = Cow::Owned(KEY.replace_all(&masked, "***").into_owned());
    }
    for secret in protected.iter() {
        if masked.contains(secret.as_str()) {
            masked = Cow::Owned(masked.replace(secret.as_str(), "***"));
        }
    }
    masked
}

fn mask_known(text: &str) -> Cow<'_, str> {
    match SECRET.replace_all(text, "${1}***") {
        Cow::Borrowed(text) => mask_bearer(text),
        Cow::Owned(text) => Cow::Owned(mask_bearer(&text).into_owned()),
    }
}

fn mask_bearer(text: &str) -> Cow<'_, str> {
    BEARER.replace_all(text, |found: &regex::Captures<'_>| {
        // A challenge (`Bearer realm="polar"`) and what is masked already are no secrets.
        if found[0].ends_with("***") || found[0].contains('=') {
            found[0].to_owned()
        } else {
            format!("{}***", &found[1])
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_and_secrets_disappear() {
        assert_eq!(
            mask(r#"{"token":"polar_oat_abcDEF123","s":"whsec_a+b/c="}"#),
            r#"{"token":"polar_oat_***","s":"whsec_***"}"#
        );
        assert_eq!(
            mask("Authorization: Bearer xyz.123"),
            "Authorization: Bearer ***"
        );
        assert_eq!(
            mask("Authorization: bearer  polar_mst_abc"),
            "Authorization: bearer  polar_mst_***"
        );
        assert_eq!(
            mask("portal?customer_session_token=polar_cst_abc&email=x"),
            "portal?customer_session_token=polar_cst_***&email=x"
        );
    }

    #[test]
    fn a_challenge_is_no_secret() {
        let challenge = r#"Bearer realm="polar""#;
        assert_eq!(mask(challenge), challenge);
        assert_eq!(mask("nothing here"), "nothing here");
    }
}
