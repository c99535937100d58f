//! The values of the tokens in one conversation.

use std::collections::HashMap;
use std::sync::{LazyLock, RwLock};

use chrono::{DateTime, TimeDelta, Utc};
use indexmap::IndexMap;
use regex::{Captures, Regex};

use super::kinds::is_moment;
use super::{Kind, NewerFields, PLACEHOLDERS};

/// A request uses a token that no earlier answer has bound.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("<{0}> is not known yet")]
pub struct Unbound(String);

/// The tokens bound so far, and those known from the start.
#[derive(Debug, Clone)]
pub struct Bindings {
    base: String,
    hooks: String,
    now: DateTime<Utc>,
    moments: HashMap<String, String>,
    values: IndexMap<(Kind, String), String>,
    newer: NewerFields,
}

/// One placeholder of a template.
enum Token<'t> {
    Learnt(Kind, &'t str),
    AnyTime,
    Words(&'t str),
    Fixed(String),
    Literal,
}

/// What a group of the compiled template captures.
enum Slot<'t> {
    Value(Kind, &'t str),
    Words(&'t str),
}

impl Bindings {
    /// Only `<base>` is bound.
    pub fn new(base: &str) -> Self {
        Self {
            base: base.to_owned(),
            hooks: String::new(),
            now: Utc::now(),
            moments: HashMap::new(),
            values: IndexMap::new(),
            newer: NewerFields::of_version(None),
        }
    }

    /// Binds `<hooks>`.
    pub fn set_hooks(&mut self, url: &str) {
        url.clone_into(&mut self.hooks);
    }

    /// Sets the time from which a new `<now+4s>` counts.
    pub fn set_now(&mut self, now: DateTime<Utc>) {
        self.now = now;
    }

    /// Sets the additional fields that the next answer may have.
    pub fn set_newer(&mut self, newer: NewerFields) {
        self.newer = newer;
    }

    /// The additional fields that an answer may have.
    pub fn newer(&self) -> NewerFields {
        self.newer
    }

    /// Whether a text has a `<now…>` token that is not bound yet.
    pub fn needs_now(&self, text: &str) -> bool {
        PLACEHOLDERS
            .captures_iter(text)
            .filter_map(|found| found.name("offset"))
            .any(|offset| !self.moments.contains_key(offset.as_str()))
    }

    /// Replaces every token of a request or fixture by its value.
    ///
    /// # Errors
    /// When a token is not bound yet.
    pub fn fill(&mut self, text: &str) -> Result<String, Unbound> {
        let mut filled = String::with_capacity(text.len());
        let mut last = 0;
        for found in PLACEHOLDERS.captures_iter(text) {
            let whole = found.get_match();
            filled.push_str(&text[last..whole.start()]);
            last = whole.end();
            match self.token(&found) {
                Token::Fixed(value) => filled.push_str(&value),
                Token::Learnt(kind, number) => match self.values.get(&(kind, number.to_owned())) {
                    Some(value) => filled.push_str(value),
                    None => return Err(Unbound(format!("{}:{number}", kind.name()))),
                },
                Token::AnyTime | Token::Words(_) | Token::Literal => {
                    filled.push_str(whole.as_str())
                }
            }
        }
        filled.push_str(&text[last..]);
        Ok(filled)
    }

    /// Compares a text with a template and binds new tokens.
    ///
    /// # Errors
    /// What is wrong, in a few words.
    pub fn match_text(&mut self, template: &str, actual: &str) -> Result<(), String> {
        if !template.contains('<') {
            return if template == actual {
                Ok(())
            } else {
                Err("differs".to_owned())
            };
        }
        let mut pattern = String::new();
        let mut slots = Vec::new();
        let mut last = 0;
        for found in PLACEHOLDERS.captures_iter(template) {
            let whole = found.get_match();
            let token = self.token(&found);
            if matches!(token, Token::Literal) {
                continue;
            }
            pattern.push_str(&regex::escape(&template[last..whole.start()]));
            last = whole.end();
            match token {
                Token::Fixed(value) => pattern.push_str(&regex::escape(&value)),
                Token::AnyTime => pattern.push_str(Kind::Time.pattern()),
                Token::Words(words) => {
                    pattern.push_str("(.*?)");
                    slots.push(Slot::Words(words));
                }
                Token::Learnt(kind, number) => {
                    pattern.push_str(&format!("({})", kind.pattern()));
                    slots.push(Slot::Value(kind, number));
                }
                Token::Literal => {}
            }
        }
        pattern.push_str(&regex::escape(&template[last..]));
        let values = captured(&pattern, actual).ok_or("differs")?;
        for (slot, value) in slots.into_iter().zip(values) {
            match slot {
                Slot::Words(words) if !same_words(words, value) => {
                    return Err(format!("expected these words in any order: {words}"));
                }
                Slot::Words(_) => {}
                Slot::Value(kind, number) => self.learn(kind, number, value)?,
            }
        }
        Ok(())
    }

    fn token<'t>(&mut self, found: &Captures<'t>) -> Token<'t> {
        let text = |name| found.name(name).map(|hit| hit.as_str());
        if let (Some(kind), Some(number)) = (text("kind"), text("number")) {
            Kind::named(kind).map_or(Token::Literal, |kind| Token::Learnt(kind, number))
        } else if text("time").is_some() {
            Token::AnyTime
        } else if let Some(words) = text("set") {
            Token::Words(words)
        } else if text("base").is_some() {
            Token::Fixed(self.base.clone())
        } else if text("hooks").is_some() {
            Token::Fixed(self.hooks.clone())
        } else {
            text("offset")
                .and_then(|offset| self.moment(offset))
                .map_or(Token::Literal, Token::Fixed)
        }
    }

    /// The time this many seconds after the first use; the same at every later use.
    fn moment(&mut self, offset: &str) -> Option<String> {
        if let Some(known) = self.moments.get(offset) {
            return Some(known.clone());
        }
        let seconds = TimeDelta::try_seconds(offset.parse().ok()?)?;
        let moment = self
            .now
            .checked_add_signed(seconds)?
            .format("%Y-%m-%dT%H:%M:%SZ")
            .to_string();
        self.moments.insert(offset.to_owned(), moment.clone());
        Some(moment)
    }

    fn learn(&mut self, kind: Kind, number: &str, value: &str) -> Result<(), String> {
        let name = || format!("<{}:{number}>", kind.name());
        if kind == Kind::Time && !is_moment(value) {
            return Err("is not a valid time".to_owned());
        }
        let key = (kind, number.to_owned());
        let known = match self.values.get(&key) {
            None if kind == Kind::KeyEnd => self
                .values
                .get(&(Kind::Key, number.to_owned()))
                .map(|key| end_of(key)),
            known => known.map(String::as_str),
        };
        match known {
            Some(known) if known != value => return Err(format!("{} was {known} before", name())),
            None if kind.must_differ() => {
                if let Some(((_, other), _)) = self
                    .values
                    .iter()
                    .find(|((other, _), taken)| *other == kind && *taken == value)
                {
                    return Err(format!(
                        "{} and <{}:{other}> must differ",
                        name(),
                        kind.name()
                    ));
                }
            }
            _ => {}
        }
        if kind == Kind::Key
            && let Some(end) = self.values.get(&(Kind::KeyEnd, number.to_owned()))
            && end_of(value) != end
        {
            return Err(format!("{} does not end in {end}", name()));
        }
        self.values.insert(key, value.to_owned());
        Ok(())
    }
}

fn end_of(key: &str) -> &str {
    key.len()
        .checked_sub(6)
        .and_then(|start| key.get(start..))
        .unwrap_or(key)
}

fn same_words(expected: &str, actual: &str) -> bool {
    let sorted = |text: &str| {
        let mut words: Vec<String> = text.split_whitespace().map(str::to_owned).collect();
        words.sort();
        words
    };
    sorted(expected) == sorted(actual)
}

/// The groups of a pattern that covers the whole text. Compiled patterns are kept: most templates are a single token.
fn captured<'a>(pattern: &str, actual: &'a str) -> Option<Vec<&'a str>> {
    static COMPILED: LazyLock<RwLock<HashMap<String, Regex>>> = LazyLock::new(RwLock::default);
    let known = COMPILED
        .read()
        .ok()
        .and_then(|compiled| compiled.get(pattern).cloned());
    let regex = match known {
        Some(regex) => regex,
        None => {
            let regex = Regex::new(&format!(r"\A(?s:{pattern})\z")).ok()?;
            if let Ok(mut compiled) = COMPILED.write() {
                compiled.insert(pattern.to_owned(), regex.clone());
            }
            regex
        }
    };
    let groups = regex.captures(actual)?;
    Some(
        groups
            .iter()
            .skip(1)
            .flatten()
            .map(|group| group.as_str())
            .collect(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    const ONE: &str = "11111111-1111-4111-8111-111111111111";
    const TWO: &str = "22222222-2222-4222-9222-222222222222";

    fn bindings() -> Bindings {
        Bindings::new("http://127.0.0.1:7657")
    }

    #[test]
    fn a_token_is_learnt_once_and_then_stands_for_that_value() {
        let mut known = bindings();
        known.match_text("<activation:1>", ONE).unwrap();
        known.match_text("<activation:1>", ONE).unwrap();
        assert_eq!(
            known.match_text("<activation:1>", TWO).unwrap_err(),
            format!("<activation:1> was {ONE} before")
        );
        assert_eq!(
            known.fill("/v1/x/<activation:1>?y").unwrap(),
            format!("/v1/x/{ONE}?y")
        );
    }

    #[test]
    fn two_tokens_of_one_kind_differ_and_of_two_kinds_need_not() {
        let mut known = bindings();
        known.match_text("<activation:1>", ONE).unwrap();
        assert_eq!(
            known.match_text("<activation:2>", ONE).unwrap_err(),
            "<activation:2> and <activation:1> must differ"
        );
        known.match_text("<benefit:1>", ONE).unwrap();
        known
            .match_text("<time:1>", "2026-01-01T00:00:00Z")
            .unwrap();
        known
            .match_text("<time:2>", "2026-01-01T00:00:00Z")
            .unwrap();
    }

    #[test]
    fn an_unknown_token_cannot_be_sent() {
        assert_eq!(
            bindings().fill("<customer:1>").unwrap_err().to_string(),
            "<customer:1> is not known yet"
        );
        assert_eq!(
            bindings()
                .fill("<b>bold</b> <time> <set:a b> <thing:1>")
                .unwrap(),
            "<b>bold</b> <time> <set:a b> <thing:1>"
        );
    }

    #[test]
    fn ids_are_version_4_in_lower_case() {
        for wrong in [
            "11111111-1111-1111-8111-111111111111",
            "11111111-1111-4111-1111-111111111111",
            "AAAAAAAA-1111-4111-8111-111111111111",
            "",
            "x",
        ] {
            assert_eq!(
                bindings().match_text("<id:1>", wrong).unwrap_err(),
                "differs",
                "{wrong}"
            );
        }
    }

    #[test]
    fn a_key_has_a_literal_prefix_and_its_end_agrees() {
        let mut known = bindings();
        known
            .match_text(
                "GOLDEN-<key:1>",
                "GOLDEN-AAAAAAAA-1111-4111-8111-111111ABCDEF",
            )
            .unwrap();
        known.match_text("****-<key_end:1>", "****-ABCDEF").unwrap();
        assert!(known.match_text("****-<key_end:1>", "****-ABCDE0").is_err());

        let mut end_first = bindings();
        end_first
            .match_text("****-<key_end:1>", "****-ABCDE0")
            .unwrap();
        let why = end_first
            .match_text("<key:1>", "AAAAAAAA-1111-4111-8111-111111ABCDEF")
            .unwrap_err();
        assert_eq!(why, "<key:1> does not end in ABCDE0");
    }

    #[test]
    fn times_have_six_digits_or_none_and_exist() {
        for (text, fine) in [
            ("2026-01-01T00:00:00Z", true),
            ("2026-01-01T00:00:00.123456Z", true),
            ("2026-01-01T00:00:00.123Z", false),
            ("2026-01-01T00:00:00+00:00", false),
            ("2026-02-30T00:00:00Z", false),
        ] {
            assert_eq!(
                bindings().match_text("<time:1>", text).is_ok(),
                fine,
                "{text}"
            );
        }
        bindings()
            .match_text("<time>", "2026-01-01T00:00:00Z")
            .unwrap();
    }

    #[test]
    fn words_come_in_any_order() {
        let template = r#"scope="<set:a:read a:write>", error="x""#;
        bindings()
            .match_text(template, r#"scope="a:write a:read", error="x""#)
            .unwrap();
        assert!(
            bindings()
                .match_text(template, r#"scope="a:write", error="x""#)
                .is_err()
        );
        assert!(
            bindings()
                .match_text(template, r#"scope="a:write a:read a:read", error="x""#)
                .is_err()
        );
    }

    #[test]
    fn base_hooks_and_moments_are_known() {
        let mut known = bindings();
        known.set_hooks("http://127.0.0.1:1");
        known.set_now("2026-01-01T00:00:00.9Z".parse().unwrap());
        assert!(known.needs_now("<now+4s>"));
        assert_eq!(
            known.fill("<base>/a <hooks> <now+4s> <now-61s>").unwrap(),
            "http://127.0.0.1:7657/a http://127.0.0.1:1 2026-01-01T00:00:04Z 2025-12-31T23:58:59Z"
        );
        assert!(!known.needs_now("<now+4s>"));
        known.set_now("2026-06-01T00:00:00Z".parse().unwrap());
        known
            .match_text("<now+4s>", "2026-01-01T00:00:04Z")
            .unwrap();
        assert!(known.match_text("<base>", "http://127x0.0.1:7657").is_err());
    }

    #[test]
    fn text_beside_a_token_is_literal() {
        let mut known = bindings();
        assert!(
            known
                .match_text("a.b <time>", "axb 2026-01-01T00:00:00Z")
                .is_err()
        );
        assert!(
            known
                .match_text("<time>", "2026-01-01T00:00:00Z\n")
                .is_err()
        );
        known
            .match_text("<thing:1> & <b>", "<thing:1> & <b>")
            .unwrap();
    }
}
