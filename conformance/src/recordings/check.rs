//! Compares an answer with the recorded one.

use super::format::{Content, ResponseTemplate};
use crate::compare::{Comparison, Mismatch, compare, has_style};
use crate::json::{Style, parse};
use crate::tokens::Bindings;
use crate::wire::Answer;

/// Every difference between an answer and the expected one.
pub(super) fn check(
    wanted: &ResponseTemplate,
    answer: &Answer,
    known: &mut Bindings,
    strict: bool,
) -> Vec<Mismatch> {
    let mut found = Vec::new();
    if wanted.status != answer.status {
        found.push(Mismatch::new(
            "status",
            wanted.status.to_string(),
            answer.status.to_string(),
            "differs",
        ));
    }
    headers(wanted, answer, known, &mut found);
    match &wanted.content {
        Content::Any => {}
        Content::Text(text) => {
            let (expected, text) = (text.join(), answer.text());
            if let Err(why) = known.match_text(&expected, &text) {
                found.push(Mismatch::new("body", expected, text, why));
            }
        }
        Content::Json(expected) => {
            let text = answer.text();
            let Ok(actual) = parse(&text) else {
                found.push(Mismatch::new("body", "JSON", text, "is not JSON"));
                return found;
            };
            let how = Comparison {
                strict: strict && wanted.key_order,
                unordered: &wanted.unordered,
            };
            found.extend(compare(expected, &actual, known, how));
            if strict
                && let Some(style) = wanted.style
                && !has_style(&actual, style, &text)
            {
                let name = if style == Style::Compact {
                    "compact JSON"
                } else {
                    "spaced JSON"
                };
                found.push(Mismatch::new("body", name, text, "style"));
            }
        }
    }
    found
}

fn headers(
    wanted: &ResponseTemplate,
    answer: &Answer,
    known: &mut Bindings,
    found: &mut Vec<Mismatch>,
) {
    for (name, template) in &wanted.headers {
        let path = format!("header {name}");
        match answer.header(name) {
            None => found.push(Mismatch::new(path, template, "(missing)", "missing")),
            Some(value) => {
                if let Err(why) = known.match_text(template, value) {
                    found.push(Mismatch::new(path, template, value, why));
                }
            }
        }
    }
    for name in &wanted.absent_headers {
        if let Some(value) = answer.header(name) {
            found.push(Mismatch::new(
                format!("header {name}"),
                "(absent)",
                value,
                "unexpected",
            ));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::format::{Action, Scenario};
    use super::*;

    fn template(response: &str) -> ResponseTemplate {
        let text = format!(
            r#"{{"name":"a/b","fixture":{{}},"steps":[{{"request":{{"method":"GET","path":"/"}},"response":{response}}}]}}"#
        );
        let scenario = Scenario::from_json(&parse(&text).unwrap()).unwrap();
        match scenario.steps.into_iter().next().unwrap().action {
            Action::Ask(exchange) => exchange.response,
            other => panic!("{other:?}"),
        }
    }

    fn answer(status: u16, headers: &[(&str, &str)], body: &str) -> Answer {
        let headers = headers
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect();
        Answer {
            status,
            headers,
            body: body.as_bytes().to_vec(),
        }
    }

    fn found(response: &str, answer: &Answer, strict: bool) -> Vec<String> {
        let found = check(
            &template(response),
            answer,
            &mut Bindings::new("http://x"),
            strict,
        );
        found
            .into_iter()
            .map(|found| format!("{} {}", found.path, found.why))
            .collect()
    }

    const NONE: [&str; 0] = [];

    #[test]
    fn the_status_counts() {
        assert_eq!(
            found(r#"{"status":404}"#, &answer(404, &[], "x"), false),
            NONE
        );
        assert_eq!(
            found(r#"{"status":404}"#, &answer(403, &[], "x"), false),
            ["status differs"]
        );
    }

    #[test]
    fn named_headers_count_and_others_do_not() {
        let wanted = r#"{"status":200,"headers":{"a":"1","b":"<time>"},"absent_headers":["c"]}"#;
        let fine = [("a", "1"), ("b", "2026-01-01T00:00:00Z"), ("other", "x")];
        assert_eq!(found(wanted, &answer(200, &fine, ""), false), NONE);
        assert_eq!(
            found(wanted, &answer(200, &[("a", "2"), ("c", "3")], ""), false),
            [
                "header a differs",
                "header b missing",
                "header c unexpected"
            ]
        );
    }

    #[test]
    fn a_text_is_exact() {
        assert_eq!(
            found(r#"{"status":429,"text":""}"#, &answer(429, &[], ""), false),
            NONE
        );
        assert_eq!(
            found(
                r#"{"status":429,"text":""}"#,
                &answer(429, &[], "{}"),
                false
            ),
            ["body differs"]
        );
        assert_eq!(
            found(
                r#"{"status":500,"text":["a",{"text":"b","times":2}]}"#,
                &answer(500, &[], "abb"),
                false
            ),
            NONE
        );
    }

    #[test]
    fn a_body_is_json() {
        assert_eq!(
            found(
                r#"{"status":200,"body":{}}"#,
                &answer(200, &[], "<html>"),
                false
            ),
            ["body is not JSON"]
        );
        assert_eq!(
            found(
                r#"{"status":200,"body":{"a":1}}"#,
                &answer(200, &[], r#"{"a":2}"#),
                false
            ),
            ["$.a differs"]
        );
    }

    #[test]
    fn style_and_order_count_in_strict_mode_only() {
        let wanted =
            r#"{"status":200,"key_order":true,"json_style":"compact","body":{"a":1,"b":2}}"#;
        let odd = answer(200, &[], r#"{"b": 2, "a": 1}"#);
        assert_eq!(found(wanted, &odd, false), NONE);
        assert_eq!(found(wanted, &odd, true), ["$ order of keys", "body style"]);
        let unmarked = r#"{"status":200,"body":{"a":1,"b":2}}"#;
        assert_eq!(found(unmarked, &odd, true), NONE);
    }
}
