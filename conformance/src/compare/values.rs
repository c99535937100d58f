//! Compares values.

use std::sync::LazyLock;

use regex::Regex;

use super::Mismatch;
use crate::json::{Object, Style, Value, write};
use crate::tokens::Bindings;

/// How to compare.
#[derive(Debug, Clone, Copy, Default)]
pub struct Comparison<'a> {
    /// Also compare the spelling of numbers and the order of keys.
    pub strict: bool,
    /// Lists without an order, by their path with every index written as `[*]`.
    pub unordered: &'a [String],
}

/// Every difference between a template and a value; binds the tokens of the template in `known`.
pub fn compare(
    expected: &Value,
    actual: &Value,
    known: &mut Bindings,
    how: Comparison<'_>,
) -> Vec<Mismatch> {
    let mut walk = Walk {
        known,
        how,
        found: Vec::new(),
    };
    walk.value(expected, actual, "$");
    walk.found
}

/// The kind of a value.
fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(number)
            if number
                .text()
                .bytes()
                .all(|byte| byte != b'.' && byte != b'e' && byte != b'E') =>
        {
            "integer"
        }
        Value::Number(_) => "number",
        Value::String(_) => "text",
        Value::Array(_) => "list",
        Value::Object(_) => "object",
    }
}

struct Walk<'a, 'b> {
    known: &'b mut Bindings,
    how: Comparison<'a>,
    found: Vec<Mismatch>,
}

impl Walk<'_, '_> {
    fn value(&mut self, expected: &Value, actual: &Value, path: &str) {
        match (expected, actual) {
            (Value::String(template), Value::Null) if template == "<time|null>" => {}
            (Value::String(template), Value::String(text)) => {
                let template = if template == "<time|null>" {
                    "<time>"
                } else {
                    template
                };
                if let Err(why) = self.known.match_text(template, text) {
                    self.found.push(Mismatch::new(path, template, text, why));
                }
            }
            (Value::Number(wanted), Value::Number(number)) => {
                if !wanted.same(number) || (self.how.strict && wanted.text() != number.text()) {
                    self.found
                        .push(Mismatch::values(path, expected, actual, "differs"));
                }
            }
            (Value::Object(wanted), Value::Object(object)) => self.object(wanted, object, path),
            (Value::Array(wanted), Value::Array(items)) => self.array(wanted, items, path),
            (Value::Bool(wanted), Value::Bool(flag)) if wanted == flag => {}
            (Value::Null, Value::Null) => {}
            _ => {
                let why = match [kind(expected), kind(actual)] {
                    [same, other] if same == other => "differs".to_owned(),
                    [wanted, found] => format!("{wanted} expected, {found} found"),
                };
                self.found
                    .push(Mismatch::values(path, expected, actual, why));
            }
        }
    }

    fn object(&mut self, expected: &Object, actual: &Object, path: &str) {
        for (name, wanted) in expected {
            let path = format!("{path}.{name}");
            match actual.get(name) {
                Some(value) => self.value(wanted, value, &path),
                None => self.found.push(Mismatch::new(
                    path,
                    wanted.display(),
                    "(missing)",
                    "missing",
                )),
            }
        }
        let newer = self.known.newer();
        let counted: Vec<&str> = actual
            .keys()
            .map(String::as_str)
            .filter(|name| expected.contains_key(*name) || !newer.allow(name))
            .collect();
        let unexpected: Vec<&str> = counted
            .iter()
            .copied()
            .filter(|name| !expected.contains_key(*name))
            .collect();
        for name in &unexpected {
            self.found.push(Mismatch::new(
                format!("{path}.{name}"),
                "(nothing)",
                actual[*name].display(),
                "unexpected",
            ));
        }
        let same_names = unexpected.is_empty() && counted.len() == expected.len();
        if self.how.strict && same_names && !expected.keys().eq(counted.iter().copied()) {
            let wanted: Vec<&str> = expected.keys().map(String::as_str).collect();
            self.found.push(Mismatch::new(
                path,
                wanted.join(", "),
                counted.join(", "),
                "order of keys",
            ));
        }
    }

    fn array(&mut self, expected: &[Value], actual: &[Value], path: &str) {
        if expected.len() != actual.len() {
            self.found.push(Mismatch::new(
                path,
                format!("{} items", expected.len()),
                format!("{} items", actual.len()),
                "length",
            ));
        }
        let arranged = if self.is_unordered(path) {
            self.arrange(expected, actual)
        } else {
            None
        };
        let items = arranged.unwrap_or_else(|| actual.iter().collect());
        for (index, (wanted, item)) in expected.iter().zip(items).enumerate() {
            self.value(wanted, item, &format!("{path}[{index}]"));
        }
    }

    fn is_unordered(&self, path: &str) -> bool {
        #[expect(
            clippy::unwrap_used,
            reason = "a constant pattern, compiled by the tests below"
        )]
        static INDEX: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"\[[0-9]+\]").unwrap());
        !self.how.unordered.is_empty()
            && self
                .how
                .unordered
                .iter()
                .any(|name| *name == INDEX.replace_all(path, "[*]"))
    }

    /// The items in the order of the templates that they match; `None` if a template matches none.
    fn arrange<'v>(&self, expected: &[Value], actual: &'v [Value]) -> Option<Vec<&'v Value>> {
        let mut rest: Vec<&Value> = actual.iter().collect();
        let mut arranged = Vec::with_capacity(actual.len());
        let mut trial = self.known.clone();
        for wanted in expected {
            let (at, learnt) = rest.iter().enumerate().find_map(|(at, item)| {
                let mut attempt = trial.clone();
                compare(wanted, item, &mut attempt, self.how)
                    .is_empty()
                    .then_some((at, attempt))
            })?;
            arranged.push(rest.remove(at));
            trial = learnt;
        }
        arranged.extend(rest);
        Some(arranged)
    }
}

/// Whether the text is the value in exactly this style.
pub(crate) fn has_style(value: &Value, style: Style, text: &str) -> bool {
    write(value, style) == text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json::parse;
    use crate::tokens::NewerFields;

    fn differences(expected: &str, actual: &str, strict: bool, unordered: &[&str]) -> Vec<String> {
        let unordered: Vec<String> = unordered.iter().map(|path| (*path).to_owned()).collect();
        let how = Comparison {
            strict,
            unordered: &unordered,
        };
        compare(
            &parse(expected).unwrap(),
            &parse(actual).unwrap(),
            &mut Bindings::new("http://x"),
            how,
        )
        .iter()
        .map(|found| format!("{} {}", found.path, found.why))
        .collect()
    }

    #[track_caller]
    fn same(expected: &str, actual: &str) {
        assert_eq!(
            differences(expected, actual, true, &[]),
            Vec::<String>::new()
        );
    }

    #[track_caller]
    fn differs(expected: &str, actual: &str, found: &[&str]) {
        assert_eq!(differences(expected, actual, false, &[]), found);
    }

    #[test]
    fn equal_values_are_equal() {
        same(
            r#"{"a":[1,1.0,true,null,"x",{}]}"#,
            r#"{"a":[1,1.0,true,null,"x",{}]}"#,
        );
    }

    #[test]
    fn kinds_are_kept_apart() {
        for (expected, actual, why) in [
            ("1", "1.0", "differs"),
            ("1", "true", "integer expected, boolean found"),
            ("0", "false", "integer expected, boolean found"),
            ("1", "\"1\"", "integer expected, text found"),
            ("1.5", "\"1\"", "number expected, text found"),
            ("null", "0", "null expected, integer found"),
            ("[]", "{}", "list expected, object found"),
            ("true", "false", "differs"),
        ] {
            differs(expected, actual, &[&format!("$ {why}")]);
        }
    }

    #[test]
    fn a_field_may_be_neither_missing_nor_added() {
        differs(r#"{"a":1,"b":2}"#, r#"{"a":1}"#, &["$.b missing"]);
        differs(r#"{"a":1}"#, r#"{"a":1,"b":2}"#, &["$.b unexpected"]);
        differs(
            r#"{"a":{"b":[0,{"c":1}]}}"#,
            r#"{"a":{"b":[0,{"c":2}]}}"#,
            &["$.a.b[1].c differs"],
        );
    }

    #[test]
    fn newer_fields_are_no_difference() {
        differs(r#"{"a":1}"#, r#"{"a":1,"is_deletable":true}"#, &[]);
        differs(
            r#"{"a":1}"#,
            r#"{"a":1,"member":null}"#,
            &["$.member unexpected"],
        );
        let mut known = Bindings::new("http://x");
        known.set_newer(NewerFields::of_version(Some("2026-10")));
        let found = compare(
            &parse("{}").unwrap(),
            &parse(r#"{"member":null}"#).unwrap(),
            &mut known,
            Comparison::default(),
        );
        assert_eq!(found, []);
        assert_eq!(
            differences(
                r#"{"a":1,"b":2}"#,
                r#"{"a":1,"is_deletable":true,"b":2}"#,
                true,
                &[]
            ),
            Vec::<String>::new()
        );
    }

    #[test]
    fn strict_looks_at_spelling_and_order() {
        assert_eq!(differences("1.0", "1.00", false, &[]), Vec::<String>::new());
        assert_eq!(differences("1.0", "1.00", true, &[]), ["$ differs"]);
        assert_eq!(
            differences(r#"{"a":1,"b":2}"#, r#"{"b":2,"a":1}"#, false, &[]),
            Vec::<String>::new()
        );
        assert_eq!(
            differences(r#"{"a":1,"b":2}"#, r#"{"b":2,"a":1}"#, true, &[]),
            ["$ order of keys"]
        );
        assert_eq!(
            differences(r#"{"a":1,"b":2}"#, r#"{"b":2,"c":1}"#, true, &[]),
            ["$.a missing", "$.c unexpected"]
        );
    }

    #[test]
    fn time_or_null() {
        differs("\"<time|null>\"", "null", &[]);
        differs("\"<time|null>\"", "\"2026-01-01T00:00:00Z\"", &[]);
        differs("\"<time|null>\"", "\"soon\"", &["$ differs"]);
        differs("\"<time|null>\"", "0", &["$ text expected, integer found"]);
    }

    #[test]
    fn lists_have_an_order_unless_said_otherwise() {
        differs("[1,2]", "[2,1]", &["$[0] differs", "$[1] differs"]);
        differs("[1,2]", "[1]", &["$ length"]);
        assert_eq!(
            differences("[1,2]", "[2,1]", true, &["$"]),
            Vec::<String>::new()
        );
        assert_eq!(
            differences(r#"[{"a":[1,2]}]"#, r#"[{"a":[2,1]}]"#, true, &["$[*].a"]),
            Vec::<String>::new()
        );
        assert_eq!(differences("[1,2]", "[2,3]", true, &["$"]).len(), 2);
        assert_eq!(
            differences("[1,1]", "[1,2]", true, &["$"]),
            ["$[1] differs"]
        );
    }

    #[test]
    fn identity_is_compared_across_an_unordered_list() {
        let one = "11111111-1111-4111-8111-111111111111";
        let two = "22222222-2222-4222-9222-222222222222";
        let template = r#"{"first":"<activation:1>","all":[{"id":"<activation:2>","n":2},{"id":"<activation:1>","n":1}]}"#;
        let answer = |first: &str, second: &str| {
            format!(
                r#"{{"first":"{one}","all":[{{"id":"{first}","n":1}},{{"id":"{second}","n":2}}]}}"#
            )
        };
        assert_eq!(
            differences(template, &answer(one, two), false, &["$.all"]),
            Vec::<String>::new()
        );
        assert!(!differences(template, &answer(two, one), false, &["$.all"]).is_empty());
    }

    #[test]
    fn style_is_the_exact_text() {
        let text = r#"{"a": 1, "b": "é/"}"#;
        let value = parse(text).unwrap();
        assert!(has_style(&value, Style::Spaced, text));
        assert!(!has_style(&value, Style::Compact, text));
        assert!(!has_style(
            &parse(r#"{"a":"\u00e9"}"#).unwrap(),
            Style::Compact,
            r#"{"a":"\u00e9"}"#
        ));
    }
}
