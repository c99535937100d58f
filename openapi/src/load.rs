//! Documents in and out: YAML or JSON text to a [`Value`] and back.

use std::{
    fs::File,
    io::{self, Read as _},
    path::{Path, PathBuf},
};

use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::yaml;

/// Why a text cannot be read as a document.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// The file cannot be read.
    #[error("cannot read {path}; check the path")]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// The file is larger than the limit, or endless.
    #[error("{} is longer than the limit of {} MiB", path.display(), yaml::MOST_BYTES >> 20)]
    TooLong {
        /// The file.
        path: PathBuf,
    },
    /// A problem with the content of a file.
    #[error("cannot use {path}")]
    In {
        /// The file.
        path: PathBuf,
        /// The problem.
        source: Box<LoadError>,
    },
    /// Nothing in it.
    #[error("the input is empty; give it an OpenAPI document as YAML or JSON")]
    Empty,
    /// A web page, usually an error page or a login.
    #[error(
        "the input is an HTML page, not a document; use the URL of the raw JSON or YAML (…/openapi.json)"
    )]
    Html,
    /// Not JSON, or beyond its limits.
    #[error("the input starts like JSON but cannot be read: {0}")]
    Json(yaml::Error),
    /// Not YAML, or beyond its limits.
    #[error("the input cannot be read as YAML: {0}")]
    Yaml(yaml::Error),
    /// Valid, but no object with `openapi` in it.
    #[error("not an OpenAPI document: it has no `openapi` key at the top; is it the right file?")]
    NotOpenApi,
    /// OpenAPI 2.
    #[error("this is a Swagger 2 document; convert it to OpenAPI 3.1 first")]
    Swagger2,
    /// OpenAPI, but not 3.1.
    #[error(
        "OpenAPI {0} is not supported, only 3.1 is; ask the publisher for a 3.1 document or convert it"
    )]
    Version(String),
}

/// Reads any YAML or JSON text. JSON is recognised by its first character, because the JSON reader is ten times faster.
///
/// # Errors
/// When the text is empty, HTML, or neither YAML nor JSON.
pub fn value(text: &str) -> Result<Value, LoadError> {
    match first_char(text) {
        None => Err(LoadError::Empty),
        Some('<') => Err(LoadError::Html),
        Some('{' | '[') => typed(text).map_err(LoadError::Json),
        Some(_) => typed(text).map_err(LoadError::Yaml),
    }
}

/// Reads a `T` from YAML or JSON.
pub(crate) fn typed<T: DeserializeOwned>(text: &str) -> Result<T, yaml::Error> {
    match first_char(text) {
        Some('{' | '[') => yaml::from_json(text),
        _ => yaml::from_str(text),
    }
}

fn first_char(text: &str) -> Option<char> {
    let text = text.trim_start_matches('\u{feff}').trim_start();
    text.chars().next()
}

/// Reads an OpenAPI 3.1 document, YAML or JSON.
///
/// # Errors
/// As [`value`], and when it is no OpenAPI document or of another version.
pub fn document(text: &str) -> Result<Value, LoadError> {
    let document = value(text)?;
    if document.is_null() {
        return Err(LoadError::Empty);
    }
    match document.get("openapi") {
        Some(Value::String(version)) if version == "3.1" || version.starts_with("3.1.") => {
            Ok(document)
        }
        Some(Value::String(version)) => Err(LoadError::Version(version.clone())),
        Some(version) => Err(LoadError::Version(version.to_string())),
        None if document.get("swagger").is_some() => Err(LoadError::Swagger2),
        None => Err(LoadError::NotOpenApi),
    }
}

/// Reads an OpenAPI 3.1 document from a file.
///
/// # Errors
/// As [`document`], with the path.
pub fn file(path: &Path) -> Result<Value, LoadError> {
    document(&text(path)?).map_err(|source| LoadError::In {
        path: path.to_owned(),
        source: Box::new(source),
    })
}

/// Reads the text of a file of up to [`yaml::MOST_BYTES`].
///
/// # Errors
/// When it cannot be read, is longer, or is no UTF-8.
pub fn text(path: &Path) -> Result<String, LoadError> {
    let unreadable = |source| LoadError::Read {
        path: path.to_owned(),
        source,
    };
    let file = File::open(path).map_err(unreadable)?;
    let mut bytes = Vec::new();
    let most = yaml::MOST_BYTES as u64;
    file.take(most + 1)
        .read_to_end(&mut bytes)
        .map_err(unreadable)?;
    if bytes.len() > yaml::MOST_BYTES {
        return Err(LoadError::TooLong {
            path: path.to_owned(),
        });
    }
    String::from_utf8(bytes)
        .map_err(|error| unreadable(io::Error::new(io::ErrorKind::InvalidData, error)))
}

/// Writes YAML in a stable form: keys in the order of the document, `header` as comment lines on top.
///
/// The same value always gives the same bytes, and reading them gives the same value.
///
/// # Errors
/// When the value cannot be said in YAML, which for a document that was read here does not happen.
pub fn to_yaml(header: &str, document: &Value) -> Result<String, LoadError> {
    let mut text = String::new();
    for line in header.lines() {
        text.push_str(if line.is_empty() { "#" } else { "# " });
        text.push_str(line);
        text.push('\n');
    }
    let mut written =
        yaml::to_string(&with_boolean_words_marked(document)).map_err(LoadError::Yaml)?;
    for word in BOOLEAN_WORDS {
        written = written.replace(&format!("{MARK}{word}"), &format!("'{word}'"));
    }
    text.push_str(&written);
    Ok(text)
}

/// Texts that readers of YAML 1.1 take for a boolean unless they are quoted, like Norway's country code.
const BOOLEAN_WORDS: [&str; 16] = [
    "yes", "Yes", "YES", "no", "No", "NO", "on", "On", "ON", "off", "Off", "OFF", "y", "Y", "n",
    "N",
];
/// Marks such a word until the text is written.
const MARK: &str = "YAML_1_1_BOOLEAN_";

/// The document with every text that is one of these words marked; nothing else can look like that afterwards.
fn with_boolean_words_marked(value: &Value) -> Value {
    match value {
        Value::String(text) if BOOLEAN_WORDS.contains(&text.as_str()) => {
            Value::String(format!("{MARK}{text}"))
        }
        Value::Array(items) => items.iter().map(with_boolean_words_marked).collect(),
        Value::Object(fields) => fields
            .iter()
            .map(|(name, value)| (name.clone(), with_boolean_words_marked(value)))
            .collect(),
        other => other.clone(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn yaml_and_json_give_the_same_value_in_the_same_order() {
        let yaml = "openapi: 3.1.0\nzeta: 1\nalpha:\n- 1.0\n- null\n- true\n";
        let json = r#"{"openapi": "3.1.0", "zeta": 1, "alpha": [1.0, null, true]}"#;
        let (from_yaml, from_json) = (document(yaml).expect("yaml"), document(json).expect("json"));
        assert_eq!(from_yaml.to_string(), from_json.to_string());
    }

    #[test]
    fn norway_stays_a_string_both_ways() {
        let read = value("countries: [NO, no, on, off, yes, y]").expect("yaml");
        assert_eq!(
            read["countries"],
            json!(["NO", "no", "on", "off", "yes", "y"])
        );
        let countries = json!({
            "enum": ["NO", "no", "yes", "true", "null", "1e3", "0x1F", "12:30", "~", ""],
            "texts": ["see - no", "One of:\n- no\n- later\n", "a: no"],
        });
        let text = to_yaml("", &countries).expect("yaml");
        assert_eq!(value(&text).expect("yaml"), countries, "{text}");
        // For readers of YAML 1.1, who see a boolean without the quotes.
        assert!(
            text.contains("- 'NO'\n") && text.contains("- 'no'\n"),
            "{text}"
        );
    }

    #[test]
    fn writing_is_stable_and_reading_gives_it_back() {
        let document = json!({
            "openapi": "3.1.0",
            "responses": {"200": {"description": "Line one.\n\nLine two: `x`, # no comment.\n"}},
            "maximum": 2147483647.0, "big": u64::MAX, "small": i64::MIN, "none": null, "empty": {}, "list": [],
            "long": "word ".repeat(60).trim(),
        });
        let text = to_yaml("Written by a test.\n\nSecond paragraph.", &document).expect("yaml");
        assert!(
            text.starts_with("# Written by a test.\n#\n# Second paragraph.\nopenapi: 3.1.0\n"),
            "{text}"
        );
        let back = value(&text).expect("yaml");
        assert_eq!(back.to_string(), document.to_string());
        assert_eq!(
            to_yaml("Written by a test.\n\nSecond paragraph.", &back).expect("yaml"),
            text
        );
    }

    #[test]
    fn status_codes_may_be_written_without_quotes() {
        assert_eq!(
            value("responses:\n  200: {}").expect("yaml"),
            json!({"responses": {"200": {}}})
        );
    }

    #[test]
    fn what_json_cannot_say_is_refused_with_its_place() {
        let error = value("a:\n  b: .nan").expect_err("not finite");
        assert_eq!(
            error.to_string(),
            "the input cannot be read as YAML: a number must be finite (line 2, column 6)"
        );
        assert!(value("a: !tag x").is_err());
        assert!(value("200: a\n'200': b").is_err());
        assert!(value("a: 1\na: 2").is_err());
    }

    #[test]
    fn wrong_input_is_named_for_what_it_is() {
        let message = |text| document(text).expect_err("refused").to_string();
        assert!(message(" \n").contains("empty"));
        assert!(message("# only a comment\n").contains("empty"));
        assert!(message("<!DOCTYPE html><html>").contains("HTML"));
        assert!(message(r#"{"swagger": "2.0"}"#).contains("Swagger 2"));
        assert!(message("openapi: 3.2.0").contains("OpenAPI 3.2.0 is not supported"));
        assert!(message("openapi: 3.0.3").contains("OpenAPI 3.0.3 is not supported"));
        assert!(
            message("openapi: 3.1").contains("OpenAPI 3.1"),
            "an unquoted version is a number"
        );
        assert!(message("hello").contains("no `openapi` key"));
        assert!(message("{").contains("starts like JSON"));
        assert!(message("a: [").contains("as YAML"));
    }

    #[test]
    fn a_missing_file_and_one_without_end_are_named() {
        #[cfg(unix)]
        assert_eq!(
            text(Path::new("/dev/zero"))
                .expect_err("endless")
                .to_string(),
            "/dev/zero is longer than the limit of 32 MiB"
        );
        let error = file(Path::new("/nowhere/polar.yaml")).expect_err("missing");
        assert!(
            error
                .to_string()
                .starts_with("cannot read /nowhere/polar.yaml")
        );
    }
}
