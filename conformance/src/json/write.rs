//! Writing, in the two styles that Polar's answers have (docs/behaviour.md#error-bodies).

use super::Value;

/// Where spaces stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Style {
    /// No spaces.
    Compact,
    /// One space after every `:` and `,`.
    Spaced,
}

/// The text of a value; numbers as they were spelled, everything but control characters, `"` and `\` verbatim.
pub fn write(value: &Value, style: Style) -> String {
    let mut out = String::new();
    append(&mut out, value, style);
    out
}

impl Value {
    /// The text of a string, or the compact JSON of anything else: what a report shows.
    pub fn display(&self) -> String {
        match self {
            Self::String(text) => text.clone(),
            other => write(other, Style::Compact),
        }
    }
}

fn append(out: &mut String, value: &Value, style: Style) {
    let (comma, colon) = match style {
        Style::Compact => (",", ":"),
        Style::Spaced => (", ", ": "),
    };
    match value {
        Value::Null => out.push_str("null"),
        Value::Bool(flag) => out.push_str(if *flag { "true" } else { "false" }),
        Value::Number(number) => out.push_str(number.text()),
        Value::String(text) => quote(out, text),
        Value::Array(items) => {
            out.push('[');
            for (index, item) in items.iter().enumerate() {
                if index > 0 {
                    out.push_str(comma);
                }
                append(out, item, style);
            }
            out.push(']');
        }
        Value::Object(entries) => {
            out.push('{');
            for (index, (name, item)) in entries.iter().enumerate() {
                if index > 0 {
                    out.push_str(comma);
                }
                quote(out, name);
                out.push_str(colon);
                append(out, item, style);
            }
            out.push('}');
        }
    }
}

fn quote(out: &mut String, text: &str) {
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\u{8}' => out.push_str("\\b"),
            '\t' => out.push_str("\\t"),
            '\n' => out.push_str("\\n"),
            '\u{c}' => out.push_str("\\f"),
            '\r' => out.push_str("\\r"),
            c if c < ' ' => out.push_str(&format!("\\u{:04x}", u32::from(c))),
            c => out.push(c),
        }
    }
    out.push('"');
}

#[cfg(test)]
mod tests {
    use super::super::parse;
    use super::*;

    #[test]
    fn spaced_has_one_blank_after_colon_and_comma() {
        let value = parse(r#"{"error":"invalid_token","list":[1,2]}"#).unwrap();
        assert_eq!(
            write(&value, Style::Spaced),
            r#"{"error": "invalid_token", "list": [1, 2]}"#
        );
    }
}
