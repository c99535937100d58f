//! YAML and JSON text to values and back, within limits. The only module that knows the YAML crates.
//!
//! The crate that makes values of YAML takes minutes and gigabytes for a few kilobytes of nested brackets or aliases.
//! So the `guard` reads the events of a text first, in time and memory proportional to its length, and refuses what nobody
//! writes on purpose.

mod error;
mod events;
mod guard;
mod json;
mod positions;

use serde::{Serialize, de::DeserializeOwned, de::IgnoredAny};

pub use self::{
    error::{Error, Position},
    positions::positions,
};

/// The longest text that is read, in bytes.
pub const MOST_BYTES: usize = 32 << 20;

/// Reads one YAML document.
///
/// # Errors
/// When it is not YAML, is not a `T`, or contains what is refused: more than [`MOST_BYTES`], half a million values or a
/// hundred levels, aliases that repeat much, a key twice in a mapping, a key must be text, a tag, a number that is not
/// finite, another document behind it.
pub fn from_str<T: DeserializeOwned>(text: &str) -> Result<T, Error> {
    let text = within_bytes(text)?;
    guard::check(events::yaml(text), guard::MOST_IN_YAML)?;
    Ok(serde_yaml::from_str(text)?)
}

/// Reads JSON, with the limits of [`from_str`], but a million values.
///
/// # Errors
/// As [`from_str`].
pub fn from_json<T: DeserializeOwned>(text: &str) -> Result<T, Error> {
    let text = within_bytes(text)?;
    serde_json::from_str::<IgnoredAny>(text)?;
    guard::check(json::Events::new(text), guard::MOST_IN_JSON)?;
    Ok(serde_json::from_str(text)?)
}

/// Writes YAML.
///
/// # Errors
/// When YAML cannot say it.
pub fn to_string<T: Serialize>(value: &T) -> Result<String, Error> {
    Ok(serde_yaml::to_string(value)?)
}

/// The text without its byte order mark.
fn within_bytes(text: &str) -> Result<&str, Error> {
    if text.len() > MOST_BYTES {
        return Err(Error {
            message: format!(
                "it is longer than the limit of {} MiB; make it smaller",
                MOST_BYTES >> 20
            ),
            position: None,
        });
    }
    Ok(text.strip_prefix('\u{feff}').unwrap_or(text))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn refusal(text: &str) -> String {
        from_str::<Value>(text).expect_err("refused").to_string()
    }

    #[test]
    fn plain_yaml_and_json_are_read() {
        let yaml = "a: &a\n- 1\n- 1.5\n- 'no'\n- no\nb: *a\nc: ~\n200: {}\n";
        let value =
            json!({"a": [1, 1.5, "no", "no"], "b": [1, 1.5, "no", "no"], "c": null, "200": {}});
        assert_eq!(from_str::<Value>(yaml), Ok(value.clone()));
        assert_eq!(from_json::<Value>(&value.to_string()), Ok(value));
        let face = json!({"face": "\u{1f600}"});
        assert_eq!(
            from_json::<Value>("\u{feff}{\"face\": \"\\ud83d\\ude00\"}"),
            Ok(face)
        );
    }

    #[test]
    fn nesting_is_limited() {
        for open in ["[", "{a: ", "- ", "[{a: "] {
            let error = refusal(&open.repeat(200_000));
            // The parser itself gives up on brackets when 256 stand in one line.
            let known = [
                "nested deeper than 100 levels (line 1, column ",
                "recursion limit exceeded (line 1, column ",
            ];
            assert!(
                known.iter().any(|known| error.starts_with(known)),
                "{open}: {error}"
            );
        }
        let mut block = String::new();
        for depth in 0..1000 {
            block.push_str(&format!("{}a:\n", " ".repeat(depth)));
        }
        assert_eq!(
            refusal(&block),
            "nested deeper than 100 levels (line 101, column 101)"
        );
        let error = from_json::<Value>(&format!("{}{}", "[".repeat(101), "]".repeat(101)));
        let error = error.expect_err("refused").to_string();
        assert_eq!(error, "nested deeper than 100 levels (line 1, column 101)");
        assert!(from_str::<Value>(&format!("{}{}", "[".repeat(100), "]".repeat(100))).is_ok());
    }

    #[test]
    fn aliases_are_counted_with_what_they_repeat() {
        let mut laughs = "a0: &a0 [lol]\n".to_owned();
        for level in 1..40 {
            let before = format!("*a{}, ", level - 1).repeat(10);
            laughs.push_str(&format!("a{level}: &a{level} [{before}]\n"));
        }
        let error = refusal(&laughs);
        assert!(
            error.starts_with("the aliases repeat too much") && error.contains("(line 6, "),
            "{error}"
        );

        let long = format!(
            "a: &a {}\nb: [{}]",
            "x".repeat(100_000),
            "*a, ".repeat(5_000)
        );
        assert!(refusal(&long).starts_with("the aliases repeat too much"));
        let many = format!("a: &a {{}}\nb: [{}]", "*a,".repeat(900_000));
        assert!(refusal(&many).starts_with("the aliases repeat too much"));
        assert_eq!(
            refusal("a: &a\n- b\n- *a\n"),
            "an alias inside its own anchor (line 3, column 3)"
        );
    }

    #[test]
    fn many_values_and_long_texts_are_limited() {
        let many = "-\n".repeat(500_001);
        assert_eq!(
            refusal(&many),
            "more than 500000 values (line 500000, column 2)"
        );
        let many = format!("[{}0]", "0,".repeat(1_000_000));
        let error = from_json::<Value>(&many).expect_err("refused").to_string();
        assert!(error.starts_with("more than 1000000 values"), "{error}");
        let long = " ".repeat(MOST_BYTES + 1);
        assert_eq!(
            refusal(&long),
            "it is longer than the limit of 32 MiB; make it smaller"
        );
    }

    #[test]
    fn the_same_key_twice_is_refused() {
        let twice = "the key \"a\" is repeated; remove one, the first is in line 1";
        assert_eq!(
            refusal("a: 1\nb: {a: 2}\na: 3\n"),
            format!("{twice} (line 3, column 1)")
        );
        let error = from_json::<Value>("{\"a\": 1,\n \"\\u0061\": 2}").expect_err("refused");
        assert_eq!(error.to_string(), format!("{twice} (line 2, column 2)"));
        assert_eq!(error.position, Some(Position { line: 2, column: 2 }));
        assert!(refusal("200: a\n'200': b").contains("is repeated"));
    }

    #[test]
    fn what_json_cannot_say_is_refused() {
        for (text, message) in [
            (
                "a: !tag x",
                "tags are not supported; write plain YAML (line 1, column 4)",
            ),
            (
                "a: !!str 5",
                "tags are not supported; write plain YAML (line 1, column 4)",
            ),
            ("a: 1\n? [b]\n: c", "a key must be text (line 2, column 3)"),
            ("a: &x b\n*x : c", "a key must be text (line 2, column 1)"),
            (
                "a:\n  b: .nan",
                "a number must be finite (line 2, column 6)",
            ),
            ("a: -.INF", "a number must be finite (line 1, column 4)"),
            (
                "a: 1\n---\nb: 2",
                "a second document; write only one (line 2, column 1)",
            ),
        ] {
            assert_eq!(refusal(text), message, "{text}");
        }
    }

    #[test]
    fn syntax_and_type_errors_name_their_place() {
        assert_eq!(refusal("a: [\nb"), "invalid indentation (line 2, column 1)");
        let error = from_json::<Value>("{\n  \"a\": trux\n}").expect_err("refused");
        assert_eq!(error.to_string(), "expected ident (line 2, column 11)");
        let error = from_str::<Vec<u8>>("- 1\n- x\n").expect_err("refused");
        assert_eq!(
            error.to_string(),
            ".[1]: invalid type: string \"x\", expected u8 (line 2, column 3)"
        );
    }
}
