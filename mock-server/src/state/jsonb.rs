//! What the database makes of metadata and conditions: `jsonb` orders names and writes numbers out
//! (docs/behaviour.md#stored-metadata).

use num_bigint::BigInt;
use num_traits::Num;

use crate::json::{Dict, Value, python_float};

/// The object as it is read back later; `None` where the database refuses it (`NaN`, infinities).
pub fn stored(dict: &Dict) -> Option<Dict> {
    let mut entries: Vec<(String, Value)> = dict
        .iter()
        .map(|(name, value)| Some((name.to_owned(), stored_value(value)?)))
        .collect::<Option<_>>()?;
    entries.sort_by(|(a, _), (b, _)| {
        a.len()
            .cmp(&b.len())
            .then_with(|| a.as_bytes().cmp(b.as_bytes()))
    });
    Some(Dict::from_pairs(entries))
}

fn stored_value(value: &Value) -> Option<Value> {
    match value {
        Value::Float(number) => stored_float(*number),
        other => Some(other.clone()),
    }
}

/// Numbers are decimal there: what Python writes with a positive exponent comes back as an integer, minus zero as zero.
fn stored_float(number: f64) -> Option<Value> {
    if !number.is_finite() {
        return None;
    }
    if number == 0.0 {
        return Some(Value::Float(0.0));
    }
    let text = python_float(number);
    match text.split_once("e+") {
        Some((digits, exponent)) => {
            let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
            let zeros = exponent
                .parse::<usize>()
                .ok()?
                .checked_sub(fraction.len())?;
            let written_out = format!("{whole}{fraction}{}", "0".repeat(zeros));
            BigInt::from_str_radix(&written_out, 10)
                .ok()
                .map(Value::integer)
        }
        None => Some(Value::Float(number)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json::{parse, to_python_json};

    #[test]
    fn what_comes_back() {
        for (given, back) in [
            (
                r#"{"z":1,"a":2,"bb":3,"é":4}"#,
                r#"{"a":2,"z":1,"bb":3,"é":4}"#,
            ),
            (r#"{"a":1e16}"#, r#"{"a":10000000000000000}"#),
            (r#"{"a":1.5e17}"#, r#"{"a":150000000000000000}"#),
            (r#"{"a":1e23}"#, r#"{"a":100000000000000000000000}"#),
            (r#"{"a":-0.0}"#, r#"{"a":0.0}"#),
            (
                r#"{"a":1.0,"b":true,"c":"1","d":1e5}"#,
                r#"{"a":1.0,"b":true,"c":"1","d":100000.0}"#,
            ),
            (r#"{"a":1e-7}"#, r#"{"a":1e-07}"#),
            (
                r#"{"a":123456789012345678901234567890}"#,
                r#"{"a":123456789012345678901234567890}"#,
            ),
        ] {
            let value = parse(given.as_bytes()).unwrap();
            let back_again = stored(value.as_dict().unwrap()).unwrap();
            assert_eq!(to_python_json(&Value::Dict(back_again)), back, "{given}");
        }
    }

    #[test]
    fn what_is_refused() {
        for given in [r#"{"a":NaN}"#, r#"{"a":1,"b":-Infinity}"#] {
            assert_eq!(
                stored(parse(given.as_bytes()).unwrap().as_dict().unwrap()),
                None
            );
        }
    }
}
