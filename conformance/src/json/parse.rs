//! A strict reader on `serde_json`'s [`RawValue`]: it checks the grammar, and leaves the spelling of numbers and the order of
//! names to us. The last of several equal names wins.

use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

use super::{Number, Object, Value};

/// Deeper nesting than any answer of the API has; keeps a hostile answer from exhausting the stack.
const DEPTH: usize = 500;
/// Each level of nesting reads its text again. A text may be read this often as a whole …
const READS: usize = 32;
/// … plus this many bytes: a text that is both long and deep would take too much time.
const BYTES: usize = 1 << 20;

/// Why a text is not JSON.
#[derive(Debug, thiserror::Error)]
pub enum ParseError {
    /// It is malformed; the message says where.
    #[error(transparent)]
    Syntax(#[from] serde_json::Error),
    /// It is nested too deeply.
    #[error("nested too deeply")]
    TooDeep,
}

/// Reads one JSON value that fills the whole text.
///
/// # Errors
/// When the text is malformed, or nested too deeply.
pub fn parse(text: &str) -> Result<Value, ParseError> {
    let whole: &RawValue = serde_json::from_str(text)?;
    value(whole, 0, &mut (READS * text.len() + BYTES))
}

fn value(raw: &RawValue, depth: usize, budget: &mut usize) -> Result<Value, ParseError> {
    let text = raw.get();
    Ok(match text.as_bytes().first() {
        Some(b'n') => Value::Null,
        Some(b't') => Value::Bool(true),
        Some(b'f') => Value::Bool(false),
        Some(b'"') => Value::String(string(text)),
        Some(b'[') => {
            descend(text, depth, budget)?;
            let items: Vec<&RawValue> = serde_json::from_str(text)?;
            let items = items.into_iter().map(|item| value(item, depth + 1, budget));
            Value::Array(items.collect::<Result<_, _>>()?)
        }
        Some(b'{') => {
            descend(text, depth, budget)?;
            let Entries(entries) = serde_json::from_str(text)?;
            let mut object = Object::with_capacity(entries.len());
            for (name, item) in entries {
                object.insert(string(name.get()), value(item, depth + 1, budget)?);
            }
            Value::Object(object)
        }
        _ => Value::Number(Number::from_checked(text)),
    })
}

fn descend(text: &str, depth: usize, budget: &mut usize) -> Result<(), ParseError> {
    let left = budget.checked_sub(text.len()).filter(|_| depth < DEPTH);
    *budget = left.ok_or(ParseError::TooDeep)?;
    Ok(())
}

/// Half a surrogate pair is not a character: a string with one keeps its spelling, and so equals nothing else.
fn string(quoted: &str) -> String {
    serde_json::from_str(quoted).unwrap_or_else(|_| quoted[1..quoted.len() - 1].to_owned())
}

/// The entries of an object as they are written.
struct Entries<'a>(Vec<(&'a RawValue, &'a RawValue)>);

impl<'de> Deserialize<'de> for Entries<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Names;

        impl<'de> Visitor<'de> for Names {
            type Value = Entries<'de>;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut entries = Vec::new();
                while let Some(entry) = map.next_entry()? {
                    entries.push(entry);
                }
                Ok(Entries(entries))
            }
        }

        deserializer.deserialize_map(Names)
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Style, write};
    use super::*;

    #[test]
    fn what_is_read_is_written_the_same() {
        for text in [
            r#"{"b":1,"a":[1.0,1e5,-0,-0.0,100000000000000000000],"c":{"d":null,"e":true,"f":false},"g":""}"#,
            r#"["é🔑/","\b\t\n\f\r\u0001\"\\"]"#,
            "[]",
            "{}",
        ] {
            assert_eq!(write(&parse(text).unwrap(), Style::Compact), text);
        }
    }

    #[test]
    fn escapes_become_characters() {
        assert_eq!(
            parse(r#""\u00e9\ud83d\udd11\/""#).unwrap(),
            Value::from("é🔑/")
        );
        assert_ne!(parse(r#""\ud800""#).unwrap(), parse(r#""\ud801""#).unwrap());
        assert_eq!(
            parse(r#"{"\ud800":1}"#).unwrap().get(r"\ud800"),
            Some(&Value::Number(1.into()))
        );
    }

    #[test]
    fn the_last_of_equal_names_wins() {
        assert_eq!(
            write(&parse(r#"{"a":1,"b":2,"a":3}"#).unwrap(), Style::Compact),
            r#"{"a":3,"b":2}"#
        );
    }

    #[test]
    fn what_is_not_json_is_refused() {
        for text in [
            "",
            "{",
            "[1,]",
            "{\"a\":1,}",
            "01",
            "1.",
            "+1",
            "nul",
            "\"\n\"",
            "\"\\x41\"",
            "[1] 2",
            "'a'",
            "NaN",
            "\"\\u12g4\"",
        ] {
            assert!(parse(text).is_err(), "{text:?}");
        }
        let error = parse("[1 2]").unwrap_err().to_string();
        assert!(error.ends_with("at line 1 column 4"), "{error}");
    }

    #[test]
    fn numbers_that_no_double_holds_keep_their_spelling() {
        for text in ["1e400", "-1E+400", &"9".repeat(400)] {
            assert_eq!(
                parse(text).unwrap().as_number().map(Number::text),
                Some(text)
            );
        }
    }

    #[test]
    fn a_hostile_text_costs_no_stack_and_little_time() {
        let nested = |levels: usize, inner: &str| {
            parse(&format!(
                "{}{inner}{}",
                "[".repeat(levels),
                "]".repeat(levels)
            ))
        };
        assert!(nested(DEPTH, "").is_ok());
        assert!(matches!(nested(DEPTH + 1, ""), Err(ParseError::TooDeep)));
        assert!(matches!(nested(100_000, ""), Err(ParseError::TooDeep)));
        assert!(parse(&"[".repeat(100_000)).is_err());
        let long = format!("\"{}\"", "a".repeat(1 << 20));
        assert!(nested(READS, &long).is_ok());
        assert!(matches!(nested(2 * READS, &long), Err(ParseError::TooDeep)));
    }
}
