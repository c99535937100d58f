//! Writes JSON the way Python's `json.dumps(…, ensure_ascii=False)` does, with no blanks: the style of the real server's
//! validation errors.

use std::fmt::Write as _;

use super::Value;

/// The text of a value; call it only where [`Value::is_unserialisable`] is false.
pub fn to_python_json(value: &Value) -> String {
    let mut out = String::new();
    write_value(&mut out, value);
    out
}

fn write_value(out: &mut String, value: &Value) {
    match value {
        Value::Null => out.push_str("null"),
        Value::Bool(flag) => out.push_str(if *flag { "true" } else { "false" }),
        Value::Int(number) => {
            let _ = write!(out, "{number}");
        }
        Value::BigInt(number) => {
            let _ = write!(out, "{number}");
        }
        Value::Float(number) => out.push_str(&python_float(*number)),
        Value::Str(text) => write_text(out, text),
        Value::BrokenStr => write_text(out, "\u{FFFD}"),
        Value::List(items) => {
            out.push('[');
            for (i, item) in items.iter().enumerate() {
                if i > 0 {
                    out.push(',');
                }
                write_value(out, item);
            }
            out.push(']');
        }
        Value::Dict(dict) => {
            out.push('{');
            for (i, (name, item)) in dict.iter().enumerate() {
                if i > 0 {
                    out.push(',');
                }
                write_text(out, name);
                out.push(':');
                write_value(out, item);
            }
            out.push('}');
        }
    }
}

/// A value as Python's `str` writes it; texts within it as `repr` does.
pub fn to_python_text(value: &Value) -> String {
    match value {
        Value::Str(text) => text.clone(),
        other => python_repr(other),
    }
}

/// Python's `repr` of a value.
pub fn python_repr(value: &Value) -> String {
    match value {
        Value::Null => "None".to_owned(),
        Value::Bool(true) => "True".to_owned(),
        Value::Bool(false) => "False".to_owned(),
        Value::Float(number) if number.is_nan() => "nan".to_owned(),
        Value::Float(number) if number.is_infinite() => number.to_string(),
        Value::Str(text) => repr_of_text(text),
        Value::List(items) => {
            let items: Vec<String> = items.iter().map(python_repr).collect();
            format!("[{}]", items.join(", "))
        }
        Value::Dict(dict) => {
            let entry = |(name, value)| format!("{}: {}", repr_of_text(name), python_repr(value));
            let entries: Vec<String> = dict.iter().map(entry).collect();
            format!("{{{}}}", entries.join(", "))
        }
        other => to_python_json(other),
    }
}

fn repr_of_text(text: &str) -> String {
    let quote = if text.contains('\'') && !text.contains('"') {
        '"'
    } else {
        '\''
    };
    let mut out = String::from(quote);
    for character in text.chars() {
        match character {
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            quoted if quoted == quote => out.extend(['\\', quote]),
            control if control.is_control() => {
                let _ = write!(out, "\\x{:02x}", u32::from(control));
            }
            other => out.push(other),
        }
    }
    out.push(quote);
    out
}

fn write_text(out: &mut String, text: &str) {
    out.push_str(&serde_json::to_string(text).unwrap_or_default());
}

/// Python's `repr` of a float: the shortest digits, positional from 1e-4 up to below 1e16, else `d.ddde±XX`.
pub fn python_float(number: f64) -> String {
    if number.is_nan() {
        return "NaN".into();
    }
    if number.is_infinite() {
        return if number > 0.0 {
            "Infinity".into()
        } else {
            "-Infinity".into()
        };
    }
    let scientific = format!("{number:e}");
    let (digits, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    if (-4..16).contains(&exponent) {
        let plain = format!("{number}");
        if plain.contains('.') {
            plain
        } else {
            format!("{plain}.0")
        }
    } else {
        let sign = if exponent < 0 { '-' } else { '+' };
        format!("{digits}e{sign}{:02}", exponent.abs())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json::parse;

    #[test]
    fn floats_as_python_writes_them() {
        for (number, text) in [
            (1.0, "1.0"),
            (-0.0, "-0.0"),
            (1e15, "1000000000000000.0"),
            (1e16, "1e+16"),
            (1.5e20, "1.5e+20"),
            (1e-4, "0.0001"),
            (1e-5, "1e-05"),
            (1.25e-7, "1.25e-07"),
            (1e300, "1e+300"),
            (0.1, "0.1"),
            (123456789012345680.0, "1.2345678901234568e+17"),
        ] {
            assert_eq!(python_float(number), text);
        }
    }

    #[test]
    fn texts_are_escaped_as_little_as_python_does() {
        let value = parse(br#"{"a\"\\\u0001\b\f\n\r\t/":["\u00e9\u007f\u2028",1.0,true,null,123456789012345678901234567890]}"#).unwrap();
        assert_eq!(
            to_python_json(&value),
            "{\"a\\\"\\\\\\u0001\\b\\f\\n\\r\\t/\":[\"é\u{7f}\u{2028}\",1.0,true,null,123456789012345678901234567890]}"
        );
    }

    #[test]
    fn python_s_repr_quotes_and_escapes() {
        for (json, repr) in [
            ("null", "None"),
            ("true", "True"),
            ("1.0", "1.0"),
            (r#""a""#, "'a'"),
            (r#""it's""#, r#""it's""#),
            (r#""both ' and \"""#, r#"'both \' and "'"#),
            (r#""a\nb\\""#, r"'a\nb\\'"),
            (r#"{"a": [1, "b"]}"#, "{'a': [1, 'b']}"),
        ] {
            let value = crate::json::parse(json.as_bytes()).expect("JSON");
            assert_eq!(python_repr(&value), repr, "{json}");
        }
    }
}
