//! Reads documents as they are published: OpenAPI 3.1 or 3.0.

use serde_json::Value;

use crate::{
    load::{self, LoadError},
    upgrade,
};

/// Reads an OpenAPI document of version 3.0 or 3.1, YAML or JSON, as it is.
///
/// # Errors
/// As [`load::value`], and when it is no OpenAPI document or of another version.
pub fn document(text: &str) -> Result<Value, LoadError> {
    let document = load::value(text)?;
    if document.is_null() {
        return Err(LoadError::Empty);
    }
    let known = |version: &str| {
        let mut parts = version.split('.');
        parts.next() == Some("3") && matches!(parts.next(), Some("0" | "1"))
    };
    match document.get("openapi") {
        Some(Value::String(version)) if known(version) => Ok(document),
        Some(Value::String(version)) => Err(LoadError::Version(version.clone())),
        Some(version) => Err(LoadError::Version(version.to_string())),
        None if document.get("swagger").is_some() => Err(LoadError::Swagger2),
        None => Err(LoadError::NotOpenApi),
    }
}

/// Reads an OpenAPI document of version 3.0 or 3.1, YAML or JSON, as 3.1.
///
/// # Errors
/// As [`document`].
pub fn upgraded(text: &str) -> Result<Value, LoadError> {
    let mut document = document(text)?;
    upgrade::upgrade(&mut document);
    Ok(document)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_versions_are_read_and_others_named() {
        for version in ["3.0", "3.0.3", "3.1", "3.1.0"] {
            assert!(
                document(&format!("openapi: '{version}'")).is_ok(),
                "{version}"
            );
        }
        for (text, part) in [
            ("openapi: 3.2.0", "OpenAPI 3.2.0"),
            ("openapi: 3.10.0", "OpenAPI 3.10.0"),
            ("openapi: 3.1", "OpenAPI 3.1"),
            ("swagger: '2.0'", "Swagger 2"),
            ("a: b", "no `openapi`"),
            ("# nothing", "empty"),
            ("<html>", "HTML"),
        ] {
            let error = document(text).expect_err(text).to_string();
            assert!(error.contains(part), "{text}: {error}");
        }
    }
}
