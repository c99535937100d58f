//! Checks the names in a document: names, ids, paths and versions must be one line of text.

use serde_json::Value;

use crate::walk;

/// A name that could look like something else where it is printed or written into code.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a control character in `{key}` at {}; names, ids, paths and versions must be one line of text", at.escape_debug())]
pub struct ControlCharacter {
    /// Where it stands.
    at: String,
    /// The key whose value has it; `$name` when it is in the name of the place itself.
    key: String,
}

/// Whether a character is invisible, breaks a line or turns the direction of a text.
pub fn is_control(character: char) -> bool {
    let directions = '\u{202a}'..='\u{202e}';
    let isolates = '\u{2066}'..='\u{2069}';
    let marks = ['\u{200e}', '\u{200f}', '\u{2028}', '\u{2029}', '\u{feff}'];
    character.is_control()
        || directions.contains(&character)
        || isolates.contains(&character)
        || marks.contains(&character)
}

/// Keys whose text may have several lines, or is data.
const FREE: [&str; 8] = [
    "description",
    "summary",
    "example",
    "examples",
    "default",
    "const",
    "enum",
    "$comment",
];

/// Checks every name in a document.
///
/// # Errors
/// With the first name that has a control character.
pub fn check(document: &Value) -> Result<(), ControlCharacter> {
    let mut result = Ok(());
    walk::document(document, &mut |_, at, value| {
        if result.is_ok() {
            result = check_one(at, value);
        }
    });
    result
}

fn check_one(at: &str, value: &Value) -> Result<(), ControlCharacter> {
    let refused = |key: &str| ControlCharacter {
        at: at.to_owned(),
        key: key.escape_debug().to_string(),
    };
    if at.contains(is_control) {
        return Err(refused("$name"));
    }
    for (key, value) in value.as_object().into_iter().flatten() {
        let free = FREE.contains(&key.as_str());
        if key.contains(is_control) || !free && has_control(value) {
            return Err(refused(key));
        }
    }
    Ok(())
}

/// Whether a text, or one in a list, has a control character. What is deeper is visited on its own.
fn has_control(value: &Value) -> bool {
    match value {
        Value::String(text) => text.contains(is_control),
        Value::Array(items) => items
            .iter()
            .any(|item| item.as_str().is_some_and(|text| text.contains(is_control))),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn names_are_one_line_and_words_may_have_more() {
        let words = json!({"info": {"title": "t", "version": "1", "description": "a\nb"},
            "paths": {"/a": {"get": {"operationId": "a", "summary": "s\n", "responses": {}}}},
            "components": {"schemas": {"A": {"const": "a\nb", "enum": ["a\nb"], "examples": ["\n"]}}}});
        assert_eq!(check(&words), Ok(()));
        for (document, message) in [
            (
                json!({"info": {"version": "1\n```"}}),
                "`version` at /info;",
            ),
            (
                json!({"info": {"title": "a\u{202e}b"}}),
                "`title` at /info;",
            ),
            (json!({"paths": {"/a\n": {}}}), "`$name` at /paths/~1a\\n;"),
            (
                json!({"paths": {"/a": {"get": {"operationId": "a\r"}}}}),
                "`operationId` at /paths/~1a/get;",
            ),
            (
                json!({"paths": {"/a": {"get": {"tags": ["a\u{0}"]}}}}),
                "`tags` at /paths/~1a/get;",
            ),
            (
                json!({"components": {"schemas": {"A\n": {}}}}),
                "`$name` at /components/schemas/A\\n;",
            ),
            (
                json!({"components": {"schemas": {"A": {"properties": {"default": {"properties": {"\t": {}}}}}}}}),
                "`$name` at",
            ),
            (
                json!({"components": {"schemas": {"A": {"required": ["a\n"]}}}}),
                "`required` at",
            ),
        ] {
            let error = check(&document).expect_err("refused").to_string();
            assert!(error.contains(message), "{error}");
        }
    }
}
