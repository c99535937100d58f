//! Masks secrets in everything that is printed or written.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{LazyLock, PoisonError, RwLock};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use regex::{Captures, Regex};

use super::Answer;
use crate::tokens::Kind;

/// The prefixes of tokens and webhook secrets.
const PREFIXES: &str = "polar_(?:oat|pat|cst|mst|whs|at|rt)_|whsec_";

#[expect(
    clippy::unwrap_used,
    reason = "a constant pattern, compiled by the tests below"
)]
static SECRET: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(&format!(r"(?i)\b({PREFIXES})[A-Za-z0-9_+/=-]+")).unwrap());

/// The same in other encodings: a text that contains an encoded prefix is masked as a whole.
#[expect(
    clippy::unwrap_used,
    reason = "a constant pattern, compiled by the tests below"
)]
static DISGUISED: LazyLock<Regex> = LazyLock::new(|| {
    let kinds = ["oat", "pat", "cst", "mst", "whs", "at", "rt"];
    let starts: Vec<String> = kinds
        .iter()
        .map(|kind| format!("polar_{kind}_"))
        .chain(["whsec_".to_owned()])
        .flat_map(|start| {
            let [escaped, hex, base64] = disguises(&start);
            [
                format!("{escaped}(?:{ESCAPE}|[A-Za-z0-9_+/=-])+"),
                format!("[0-9A-Fa-f]*{hex}[0-9A-Fa-f]+"),
                format!("[A-Za-z0-9+/_-]*{base64}[A-Za-z0-9+/_=-]+"),
            ]
        })
        .collect();
    Regex::new(&starts.join("|")).unwrap()
});

#[expect(
    clippy::unwrap_used,
    reason = "a constant pattern, compiled by the tests below"
)]
static BEARER: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"(?i)\b(bearer +)[^\s'\x22$]+").unwrap());

/// A key with a prefix, and one in capitals without.
#[expect(
    clippy::unwrap_used,
    reason = "a constant pattern, compiled by the tests below"
)]
static KEY: LazyLock<Regex> = LazyLock::new(|| {
    let key = Kind::Key.pattern();
    Regex::new(&format!(r"(\b[A-Za-z0-9_]+-)(?i:{key})\b|\b{key}\b")).unwrap()
});

/// What may be a key without a prefix in lower case, or an id.
#[expect(
    clippy::unwrap_used,
    reason = "a constant pattern, compiled by the tests below"
)]
static SMALL: LazyLock<Regex> = LazyLock::new(|| {
    let key = Kind::Key.pattern();
    Regex::new(&format!(r"\b(?i:{key})\b")).unwrap()
});

/// Whether to mask license keys.
static KEYS: AtomicBool = AtomicBool::new(false);

/// The keys without a prefix that were seen in capitals, in lower case.
static SEEN: RwLock<BTreeSet<String>> = RwLock::new(BTreeSet::new());

/// Secrets without a known prefix, in every encoding.
static PROTECTED: RwLock<Vec<(String, Regex)>> = RwLock::new(Vec::new());

/// A character as a URL or JSON may escape it.
const ESCAPE: &str = r"%[0-9A-Fa-f]{2}|\\u00[0-9A-Fa-f]{2}";

/// Patterns of a text with characters escaped as in a URL or in JSON, in hex, and in Base64.
fn disguises(text: &str) -> [String; 3] {
    let escaped = text.chars().map(|c| {
        let plain = regex::escape(&c.to_string());
        let bytes = c.to_string().into_bytes().into_iter();
        let url: String = bytes.map(|byte| format!("%{byte:02x}")).collect();
        format!(r"(?:{plain}|(?i:{url})|\\u(?i:{:04x}))", u32::from(c))
    });
    let hex: String = text.bytes().map(|byte| format!("{byte:02x}")).collect();
    // The letters at both ends depend on what surrounds the text; those in between do not.
    let base64: Vec<String> = (0..3)
        .map(|before| {
            let mut bytes = vec![0; before];
            bytes.extend(text.bytes());
            let encoded = STANDARD_NO_PAD.encode(&bytes);
            let inner = &encoded[(before * 8).div_ceil(6)..bytes.len() * 8 / 6];
            inner.replace('+', "[+-]").replace('/', "[/_]")
        })
        .collect();
    [
        escaped.collect(),
        format!("(?i:{hex})"),
        format!("(?:{})", base64.join("|")),
    ]
}

/// From now on masks this text in every encoding.
pub fn protect(secret: &str) {
    let mut protected = PROTECTED.write().unwrap_or_else(PoisonError::into_inner);
    // A shorter text may be part of ordinary words.
    if secret.len() < 8 || protected.iter().any(|(known, _)| known == secret) {
        return;
    }
    let [escaped, hex, base64] = disguises(secret);
    let pattern = format!("(?i:{escaped})|{hex}|[A-Za-z0-9+/_-]?{base64}[A-Za-z0-9+/_-]?=*");
    if let Ok(pattern) = Regex::new(&pattern) {
        protected.push((secret.to_owned(), pattern));
    }
}

/// From now on masks license keys, too: on a real target they may be other people's. Keys of a mock stay, so that
/// printed `curl` lines work.
pub fn protect_keys() {
    KEYS.store(true, Ordering::Relaxed);
}

/// Learns the keys in an answer, if keys are masked: from now on they are masked in lower case, too, where they look like ids.
pub(crate) fn learn_keys(answer: &Answer) {
    if KEYS.load(Ordering::Relaxed) {
        learn(&answer.text());
    }
}

fn learn(text: &str) {
    let mut seen = SEEN.write().unwrap_or_else(PoisonError::into_inner);
    for key in KEY.find_iter(text) {
        let bare = SMALL.find(key.as_str());
        seen.extend(bare.map(|bare| bare.as_str().to_lowercase()));
    }
}

/// The text with every token, webhook secret and bearer value replaced by its kind and `***`.
pub fn mask(text: &str) -> Cow<'_, str> {
    let protected = PROTECTED.read().unwrap_or_else(PoisonError::into_inner);
    let mut masked = mask_known(text);
    if KEYS.load(Ordering::Relaxed) {
        masked = then(masked, mask_keys);
    }
    for (_, secret) in protected.iter() {
        masked = then(masked, |text| secret.replace_all(text, "***"));
    }
    masked
}

fn mask_known(text: &str) -> Cow<'_, str> {
    let masked = SECRET.replace_all(text, "${1}***");
    let masked = then(masked, |text| DISGUISED.replace_all(text, "***"));
    then(masked, mask_bearer)
}

fn mask_keys(text: &str) -> Cow<'_, str> {
    let masked = KEY.replace_all(text, "${1}***");
    let seen = SEEN.read().unwrap_or_else(PoisonError::into_inner);
    then(masked, |text| {
        SMALL.replace_all(text, |found: &Captures<'_>| {
            if seen.contains(&found[0].to_lowercase()) {
                "***".to_owned()
            } else {
                found[0].to_owned()
            }
        })
    })
}

fn mask_bearer(text: &str) -> Cow<'_, str> {
    BEARER.replace_all(text, |found: &Captures<'_>| {
        // Neither a challenge (`Bearer realm="polar"`) nor a masked value is a secret.
        if found[0].ends_with("***") || found[0].contains('=') {
            found[0].to_owned()
        } else {
            format!("{}***", &found[1])
        }
    })
}

/// Applies one more replacement.
fn then<'a>(text: Cow<'a, str>, replace: impl Fn(&str) -> Cow<'_, str>) -> Cow<'a, str> {
    match replace(&text) {
        Cow::Borrowed(_) => text,
        Cow::Owned(replaced) => Cow::Owned(replaced),
    }
}

/// The text for a terminal: masked, and control and direction characters escaped as `\u{…}`.
pub fn printable(text: &str) -> String {
    visible(&mask(text))
}

/// The text with only characters that XML allows and a terminal shows; the others are escaped as `\u{…}`.
pub fn visible(text: &str) -> String {
    let mut visible = String::with_capacity(text.len());
    for c in text.chars() {
        let steers = c.is_control() && !matches!(c, '\n' | '\t');
        let turns = matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
        if steers || turns || matches!(c, '\u{fffe}' | '\u{ffff}') {
            visible.extend(c.escape_unicode());
        } else {
            visible.push(c);
        }
    }
    visible
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

    #[test]
    fn an_encoded_token_disappears() {
        use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
        let odd = "odd~token?0815";
        protect(odd);
        for token in ["polar_oat_abcDEF123", "whsec_abcDEF123", odd] {
            let mut spelled = Vec::new();
            for around in ["", "a", "ab", "Bearer ", "user:"] {
                let text = format!("{around}{token}");
                spelled.push(STANDARD.encode(&text));
                spelled.push(URL_SAFE_NO_PAD.encode(format!("{text}{around}")));
            }
            let bytes = |write: fn(u8) -> String| token.bytes().map(write).collect::<String>();
            spelled.push(bytes(|byte| format!("{byte:02x}")));
            spelled.push(bytes(|byte| format!("{byte:02X}")));
            spelled.push(bytes(|byte| format!("%{byte:02X}")));
            spelled.push(bytes(|byte| format!("\\u{:04x}", byte)));
            spelled.push(
                token
                    .replace('_', "%5f")
                    .replace('~', "%7e")
                    .replace('?', "%3F"),
            );
            for secret in spelled {
                let masked = mask(&format!("got <{secret}>!")).into_owned();
                assert!(
                    masked.starts_with("got <") && masked.ends_with(">!"),
                    "{masked}"
                );
                // Nothing of the token itself may be left.
                assert!(
                    masked.contains("***") && masked.len() < 30,
                    "{token} {secret}: {masked}"
                );
            }
        }
        assert!(!mask("ODD~TOKEN?0815").contains("0815"));
        let ids = "0b8a7cde-3a5b-4c6d-8e9f-0a1b2c3d4e5f of cG9sYXI= is no token";
        assert_eq!(mask_known(ids), ids);
    }

    #[test]
    fn keys_disappear_in_lower_case_too_and_ids_stay() {
        let key = "0B8A7CDE-3A5B-4C6D-8E9F-0A1B2C3D4E5F";
        let id = key.to_lowercase();
        assert_eq!(
            mask_keys(&format!("CASE-{key} {key} {id}")),
            format!("CASE-*** *** {id}")
        );
        assert_eq!(mask_keys(&format!("case-{id}")), "case-***");
    }

    #[test]
    fn a_key_that_was_seen_disappears_in_lower_case_too() {
        let key = "1B8A7CDE-3A5B-4C6D-8E9F-0A1B2C3D4E5F";
        let (small, id) = (
            key.to_lowercase(),
            key.to_lowercase().replace("1b8a", "1b8b"),
        );
        for text in [
            format!(r#"{{"key":"{key}","id":"{id}"}}"#),
            format!("CASE-{key}"),
        ] {
            learn(&text);
            assert_eq!(mask_keys(&format!("{small} {id}")), format!("*** {id}"));
        }
    }

    #[test]
    fn what_steers_a_terminal_is_spelled_out() {
        assert_eq!(
            printable("a\u{1b}[2Jb\r\u{7}\u{9b}c\u{202e}\u{fffe}\td\né"),
            "a\\u{1b}[2Jb\\u{d}\\u{7}\\u{9b}c\\u{202e}\\u{fffe}\td\né"
        );
    }
}
