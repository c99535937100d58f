//! Bounds of numbers.

use serde_json::{Map, Number, Value, json};

use super::losses::Losses;

/// A numeric `exclusiveMinimum` is the next whole number as `minimum` for integers, and a flag for other numbers. Where
/// both kinds of bound stand, the tighter one wins.
pub(super) fn exclusive_bounds(schema: &mut Map<String, Value>, _: &str, _: &mut Losses) {
    let integer = schema.get("type").is_some_and(|name| name == "integer");
    for (bound, exclusive, sign) in [
        ("minimum", "exclusiveMinimum", 1.0),
        ("maximum", "exclusiveMaximum", -1.0),
    ] {
        let Some(limit) = schema.get(exclusive).and_then(Value::as_f64) else {
            continue;
        };
        let inclusive = schema.get(bound).and_then(Value::as_f64);
        if integer {
            schema.shift_remove(exclusive);
            // The first whole number beyond the limit.
            let next = if sign > 0.0 {
                limit.floor() + 1.0
            } else {
                limit.ceil() - 1.0
            };
            let tighter = inclusive.is_none_or(|inclusive| (next - inclusive) * sign > 0.0);
            if tighter && let Some(next) = Number::from_f64(next) {
                schema.insert(bound.to_owned(), Value::Number(next));
            }
        } else {
            let tighter = inclusive.is_none_or(|inclusive| (limit - inclusive) * sign >= 0.0);
            if tighter {
                let limit = schema.get(exclusive).cloned().unwrap_or_default();
                schema.insert(bound.to_owned(), limit);
                schema.insert(exclusive.to_owned(), json!(true));
            } else {
                schema.shift_remove(exclusive);
            }
        }
    }
}

/// Keywords whose value counts something.
const COUNTS: [&str; 6] = [
    "minLength",
    "maxLength",
    "minItems",
    "maxItems",
    "minProperties",
    "maxProperties",
];

/// `2147483647.0` is a whole number too, but the parser of 3.0 documents wants it written as one.
pub(super) fn whole_bounds(schema: &mut Map<String, Value>, at: &str, losses: &mut Losses) {
    for key in COUNTS {
        write_whole(schema, key, f64::trunc, at, losses);
    }
    if schema.get("type").is_some_and(|name| name == "integer") {
        write_whole(schema, "minimum", f64::ceil, at, losses);
        write_whole(schema, "maximum", f64::floor, at, losses);
        write_whole(schema, "multipleOf", f64::trunc, at, losses);
    }
}

fn write_whole(
    schema: &mut Map<String, Value>,
    key: &str,
    round: fn(f64) -> f64,
    at: &str,
    losses: &mut Losses,
) {
    // Exactly representable, so that the comparison is exact too.
    const TWO_TO_63: f64 = 9_223_372_036_854_775_808.0;
    let Some(Value::Number(number)) = schema.get(key) else {
        return;
    };
    if number.is_i64() {
        return;
    }
    let whole = number.as_f64().map(round);
    match whole.filter(|whole| (-TWO_TO_63..TWO_TO_63).contains(whole)) {
        Some(whole) => {
            // In range by the filter, whole by the rounding.
            #[allow(clippy::cast_possible_truncation)]
            schema.insert(key.to_owned(), json!(whole as i64));
        }
        None => {
            losses.note(
                "bounds",
                at,
                format!("`{key}: {number}` dropped, because it does not fit 64 bits"),
            );
            schema.shift_remove(key);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{apply, apply_at};
    use super::*;

    fn bounds(schema: Value) -> Value {
        apply(whole_bounds, apply(exclusive_bounds, schema))
    }

    #[test]
    fn integers_start_at_the_next_whole_number() {
        assert_eq!(
            bounds(json!({"type": "integer", "exclusiveMinimum": 0})),
            json!({"type": "integer", "minimum": 1})
        );
        assert_eq!(
            bounds(json!({"type": "integer", "exclusiveMaximum": 5.0})),
            json!({"type": "integer", "maximum": 4})
        );
        assert_eq!(
            bounds(json!({"type": "integer", "exclusiveMinimum": 0.5})),
            json!({"type": "integer", "minimum": 1})
        );
    }

    #[test]
    fn the_tighter_bound_wins() {
        let schema = json!({"type": "integer", "minimum": -2147483648.0, "exclusiveMinimum": 0.0, "maximum": 2147483647.0});
        assert_eq!(
            bounds(schema),
            json!({"type": "integer", "minimum": 1, "maximum": 2147483647})
        );
        let schema = json!({"type": "integer", "minimum": 10, "exclusiveMinimum": 0, "exclusiveMaximum": 9, "maximum": 5});
        assert_eq!(
            bounds(schema),
            json!({"type": "integer", "minimum": 10, "maximum": 5})
        );
    }

    #[test]
    fn numbers_get_a_flag() {
        assert_eq!(
            bounds(json!({"type": "number", "exclusiveMinimum": 0.5})),
            json!({"type": "number", "exclusiveMinimum": true, "minimum": 0.5})
        );
        assert_eq!(
            bounds(json!({"type": "number", "minimum": 1, "exclusiveMinimum": 0})),
            json!({"type": "number", "minimum": 1})
        );
        assert_eq!(
            bounds(json!({"type": "number", "maximum": 1, "exclusiveMaximum": 1})),
            json!({"type": "number", "maximum": 1, "exclusiveMaximum": true})
        );
    }

    #[test]
    fn whole_numbers_are_written_as_such_and_others_round_inwards() {
        let text = bounds(json!({"type": "integer", "minimum": 1.0, "maximum": 9.5})).to_string();
        assert_eq!(text, r#"{"type":"integer","minimum":1,"maximum":9}"#);
        assert_eq!(
            bounds(json!({"type": "string", "maxLength": 3.0})).to_string(),
            r#"{"type":"string","maxLength":3}"#
        );
        assert_eq!(
            bounds(json!({"type": "number", "minimum": 1.5})),
            json!({"type": "number", "minimum": 1.5})
        );
    }

    #[test]
    fn a_bound_beyond_64_bits_goes_with_a_note() {
        let (schema, losses) = apply_at(
            whole_bounds,
            "",
            json!({"type": "integer", "maximum": 1e30}),
        );
        assert_eq!(
            (schema, losses),
            (json!({"type": "integer"}), vec!["bounds"])
        );
    }
}
