//! References (`$ref`): where they are, what they point at, and whether that exists.

use std::fmt;

use serde_json::Value;

use crate::walk::{self, Kind};

/// A reference and the JSON Pointer of the object that holds it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reference {
    /// Where the `$ref` (or the discriminator mapping) stands.
    pub pointer: String,
    /// What it says, as written.
    pub target: String,
}

/// Why a reference has no target.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ResolveError {
    /// Only references into the same document are understood.
    #[error("`{0}` points outside the document; bundle everything into one file first")]
    External(String),
    /// The target does not exist.
    #[error("`{0}` has no target; add the target or remove the reference")]
    Missing(String),
}

/// All references of a document without a target.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}", list(.0))]
pub struct DanglingRefs(pub Vec<Reference>);

fn list(references: &[Reference]) -> String {
    use fmt::Write as _;
    let mut text = format!(
        "{} reference(s) without a target; add the targets or remove the references:",
        references.len()
    );
    for Reference { pointer, target } in references {
        // Writing to a string cannot fail.
        let _ = write!(text, "\n  {target}  at {pointer}");
    }
    text
}

/// What a `#/…` reference points at.
///
/// # Errors
/// When it points outside the document or at nothing.
pub fn resolve<'a>(root: &'a Value, reference: &str) -> Result<&'a Value, ResolveError> {
    let pointer = reference
        .strip_prefix('#')
        .ok_or_else(|| ResolveError::External(reference.to_owned()))?;
    root.pointer(&percent_decoded(pointer))
        .ok_or_else(|| ResolveError::Missing(reference.to_owned()))
}

/// Follows references until a value that is not one; that is `value` itself when it has no `$ref`.
///
/// # Errors
/// As [`resolve`]; a reference that leads back to itself is [`ResolveError::Missing`].
pub fn follow<'a>(root: &'a Value, value: &'a Value) -> Result<&'a Value, ResolveError> {
    let mut current = value;
    // A chain longer than this is a ring.
    for _ in 0..64 {
        match current.get("$ref").and_then(Value::as_str) {
            Some(reference) => current = resolve(root, reference)?,
            None => return Ok(current),
        }
    }
    let reference = value.get("$ref").and_then(Value::as_str).unwrap_or("#");
    Err(ResolveError::Missing(reference.to_owned()))
}

/// The section and the name of a component reference: `#/components/schemas/Pet` is `("schemas", "Pet")`.
pub fn component(reference: &str) -> Option<(&str, std::borrow::Cow<'_, str>)> {
    let rest = reference.strip_prefix("#/components/")?;
    let (section, name) = rest.split_once('/')?;
    let name = name.split('/').next().unwrap_or(name);
    Some((section, crate::pointer::unescape(name)))
}

/// Every reference in a document.
pub fn collect(root: &Value) -> Vec<Reference> {
    collect_part(Kind::Document, "", root)
}

/// Every reference in a part of a document that stands at `pointer`.
pub fn collect_part(kind: Kind, pointer: &str, value: &Value) -> Vec<Reference> {
    let mut found = Vec::new();
    walk::part(kind, pointer, value, &mut |kind, at, value| {
        let mut add = |target: &str| {
            found.push(Reference {
                pointer: at.to_owned(),
                target: target.to_owned(),
            });
        };
        if let Some(target) = value.get("$ref").and_then(Value::as_str) {
            add(target);
        }
        if kind == Kind::Schema {
            let mapping = value.pointer("/discriminator/mapping");
            for target in mapping.and_then(Value::as_object).into_iter().flatten() {
                match target.1.as_str() {
                    Some(target) if target.contains(['#', '/']) => add(target),
                    // A mapping may also name a schema without its path.
                    Some(name) => add(&format!("#/components/schemas/{name}")),
                    None => {}
                }
            }
        }
    });
    found
}

/// Checks that every reference has a target.
///
/// # Errors
/// With all references that have none.
pub fn check(root: &Value) -> Result<(), DanglingRefs> {
    let dangling: Vec<_> = collect(root)
        .into_iter()
        .filter(|reference| resolve(root, &reference.target).is_err())
        .collect();
    if dangling.is_empty() {
        Ok(())
    } else {
        Err(DanglingRefs(dangling))
    }
}

/// The JSON Pointer that a `#/…` reference means.
pub fn place(reference: &str) -> String {
    percent_decoded(reference.strip_prefix('#').unwrap_or(reference))
}

/// A reference is a URI fragment, so `%7Bid%7D` in it means `{id}`.
fn percent_decoded(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut index = 0;
    while index < bytes.len() {
        let hex = text.get(index + 1..index + 3);
        let code = hex.and_then(|hex| u8::from_str_radix(hex, 16).ok());
        match (bytes[index], code) {
            (b'%', Some(code)) => {
                out.push(code);
                index += 3;
            }
            (byte, _) => {
                out.push(byte);
                index += 1;
            }
        }
    }
    String::from_utf8(out).unwrap_or_else(|_| text.to_owned())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn escaped_and_percent_encoded_references_resolve() {
        let root = json!({"paths": {"/a/{id}": {"x": 1}}});
        assert_eq!(resolve(&root, "#/paths/~1a~1{id}/x"), Ok(&json!(1)));
        assert_eq!(resolve(&root, "#/paths/~1a~1%7Bid%7D/x"), Ok(&json!(1)));
        assert_eq!(resolve(&root, "#"), Ok(&root));
    }

    #[test]
    fn other_documents_and_missing_targets_are_told_apart() {
        let root = json!({});
        assert!(matches!(
            resolve(&root, "other.yaml#/a"),
            Err(ResolveError::External(_))
        ));
        assert!(matches!(
            resolve(&root, "#/a"),
            Err(ResolveError::Missing(_))
        ));
    }

    #[test]
    fn a_chain_is_followed_and_a_ring_is_an_error() {
        let root = json!({"a": {"$ref": "#/b"}, "b": {"type": "string"}, "c": {"$ref": "#/c"}});
        assert_eq!(follow(&root, &root["a"]), Ok(&root["b"]));
        assert!(follow(&root, &root["c"]).is_err());
    }

    #[test]
    fn every_dangling_reference_is_listed_with_its_place() {
        let root = json!({"components": {"schemas": {
            "A": {"prefixItems": [{"$ref": "#/components/schemas/Gone"}, {"$ref": "#/components/schemas/B"}]},
            "B": {"discriminator": {"propertyName": "k", "mapping": {"x": "#/components/schemas/AlsoGone", "y": "A"}}},
        }}});
        let error = check(&root).expect_err("two are missing");
        let text = error.to_string();
        assert_eq!(error.0.len(), 2);
        assert!(
            text.contains("#/components/schemas/Gone  at /components/schemas/A/prefixItems/0"),
            "{text}"
        );
        assert!(
            text.contains("#/components/schemas/AlsoGone  at /components/schemas/B"),
            "{text}"
        );
    }

    #[test]
    fn a_property_called_ref_and_data_with_ref_are_not_references() {
        let root = json!({"components": {"schemas": {"A": {
            "properties": {"$ref": {"type": "string"}},
            "default": {"$ref": "#/nowhere"},
        }}}});
        assert_eq!(check(&root), Ok(()));
    }

    #[test]
    fn component_names_are_unescaped() {
        let (section, name) = component("#/components/schemas/a~1b").expect("a component");
        assert_eq!((section, &*name), ("schemas", "a/b"));
        assert!(component("#/paths/x").is_none());
    }
}
