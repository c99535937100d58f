//! Carries our descriptions over from the existing document into a new slice.
//!
//! A new slice has no titles, summaries, descriptions or examples. Ours stay with whatever they describe as long as it is
//! recognisably the same: the same name in the same place, with the same type, format, constant or reference.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use crate::{
    pointer, renames,
    slice::neutral_response,
    walk::{Kind, Shape, holds},
};

/// What became of our descriptions. All entries are JSON Pointers.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Report {
    /// How many texts (titles, summaries, descriptions, examples …) were carried over.
    pub kept: usize,
    /// Places in the new document that have no description and should have one.
    pub missing: Vec<String>,
    /// Places that kept their descriptions although a detail beside them changed; someone should review these.
    pub to_review: Vec<String>,
    /// Places in the old document whose descriptions no longer describe anything.
    pub dropped: Vec<String>,
}

/// Copies the descriptions of `old` into `new`, wherever `new` still has what they describe.
///
/// A schema that was only renamed still counts as the same. Keys that both objects have keep the order of `old`, so a
/// second run changes nothing.
pub fn carry_over(new: &mut Value, old: &Value) -> Report {
    let old = renames::adopted(old, new);
    let mut report = Report::default();
    merge(Kind::Document, "", new, Some(&old), &mut report);
    report
}

/// Places that have no description and should have one.
pub fn missing(document: &Value) -> Vec<String> {
    let mut found = Vec::new();
    crate::walk::document(document, &mut |kind, at, value| {
        if lacks_description(kind, at, value) {
            found.push(at.to_owned());
        }
    });
    found
}

fn merge(kind: Kind, at: &str, new: &mut Value, old: Option<&Value>, report: &mut Report) {
    let same = old.filter(|old| identity(kind, new) == identity(kind, old));
    if let (None, Some(old)) = (same, old)
        && has_texts(kind, at, old)
    {
        report.dropped.push(at.to_owned());
    }
    if let Some(new) = new.as_object_mut() {
        let old = same.and_then(Value::as_object);
        merge_children(kind, at, new, old, report);
        if let Some(old) = old {
            merge_object(kind, at, new, old, report);
        }
    }
    if lacks_description(kind, at, new) {
        report.missing.push(at.to_owned());
    }
}

/// Copies the descriptions of this object, not of those inside it, and restores the order of its keys.
fn merge_object(
    kind: Kind,
    at: &str,
    new: &mut Map<String, Value>,
    old: &Map<String, Value>,
    report: &mut Report,
) {
    let mut rest = std::mem::take(new);
    let mut carried = 0;
    for (key, value) in old {
        if is_text(kind, key) {
            rest.shift_remove(key);
            new.insert(key.clone(), value.clone());
            carried += 1;
        } else if let Some(value) = rest.shift_remove(key) {
            new.insert(key.clone(), value);
        }
    }
    new.append(&mut rest);
    report.kept += carried;
    if carried > 0 && details(kind, new) != details(kind, old) {
        report.to_review.push(at.to_owned());
    }
}

fn merge_children(
    kind: Kind,
    at: &str,
    new: &mut Map<String, Value>,
    old: Option<&Map<String, Value>>,
    report: &mut Report,
) {
    let mut children: BTreeSet<String> = BTreeSet::new();
    for (key, held) in new.iter_mut() {
        let Some((shape, child)) = holds(kind, key) else {
            continue;
        };
        children.insert(key.clone());
        let at = pointer::join(at, key);
        let old = old.and_then(|old| old.get(key));
        match (shape, held) {
            (Shape::One, held) => merge(child, &at, held, old, report),
            (Shape::List, Value::Array(items)) => {
                let old = old.and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
                merge_list(child, &at, items, old, report);
            }
            (Shape::Map, Value::Object(entries)) => {
                for (name, entry) in entries.iter_mut() {
                    let old = old.and_then(|old| old.get(name));
                    merge(child, &pointer::join(&at, name), entry, old, report);
                }
                for (name, old) in old.and_then(Value::as_object).into_iter().flatten() {
                    let at = pointer::join(&at, name);
                    if !entries.contains_key(name) && has_texts(child, &at, old) {
                        report.dropped.push(at);
                    }
                }
            }
            _ => {}
        }
    }
    for (key, old) in old.into_iter().flatten() {
        let at = pointer::join(at, key);
        if holds(kind, key).is_some()
            && !children.contains(key)
            && has_texts_below(kind, key, &at, old)
        {
            report.dropped.push(at);
        }
    }
}

/// Pairs the entries of two lists by what they are, and by position where several are alike.
fn merge_list(child: Kind, at: &str, new: &mut [Value], old: &[Value], report: &mut Report) {
    let mut taken = BTreeSet::new();
    for (index, item) in new.iter_mut().enumerate() {
        let wanted = identity(child, item);
        let fits = |place: &usize| {
            !taken.contains(place)
                && old
                    .get(*place)
                    .is_some_and(|old| identity(child, old) == wanted)
        };
        let place = Some(index)
            .filter(fits)
            .or_else(|| (0..old.len()).find(fits));
        taken.extend(place);
        let old = place.and_then(|place| old.get(place));
        merge(
            child,
            &pointer::join(at, &index.to_string()),
            item,
            old,
            report,
        );
    }
    for (place, old) in old.iter().enumerate() {
        let at = pointer::join(at, &place.to_string());
        if !taken.contains(&place) && has_texts(child, &at, old) {
            report.dropped.push(at);
        }
    }
}

/// What makes something the same as before, apart from its place.
fn identity(kind: Kind, value: &Value) -> Vec<Option<&Value>> {
    let keys: &[&str] = match kind {
        Kind::Schema => &["$ref", "type", "format", "const"],
        Kind::Parameter => &["$ref", "name", "in"],
        Kind::Operation => &["operationId"],
        Kind::Server => &["url"],
        Kind::Tag => &["name"],
        Kind::SecurityScheme => &["type", "scheme"],
        _ => &[],
    };
    keys.iter().map(|key| value.get(*key)).collect()
}

/// The keys beside a description that it may be about: if these change, it may be wrong.
fn details(kind: Kind, map: &Map<String, Value>) -> Map<String, Value> {
    let is_detail =
        |key: &str| !is_text(kind, key) && holds(kind, key).is_none() && key != "required";
    map.iter()
        .filter(|(key, _)| is_detail(key))
        .map(|(key, value)| (key.clone(), value.clone()))
        .collect()
}

fn is_text(kind: Kind, key: &str) -> bool {
    match kind {
        Kind::Document | Kind::PathItem if key == "externalDocs" => true,
        Kind::Info => key != "version",
        Kind::Components => key == "examples",
        Kind::Document | Kind::Callback | Kind::Pagination => false,
        Kind::Schema => matches!(
            key,
            "title" | "description" | "example" | "examples" | "externalDocs"
        ),
        _ => matches!(
            key,
            "summary" | "description" | "example" | "examples" | "externalDocs"
        ),
    }
}

/// Whether this object, or one inside it, has a description of ours.
fn has_texts(kind: Kind, at: &str, value: &Value) -> bool {
    let mut found = false;
    crate::walk::part(kind, at, value, &mut |kind, at, value| {
        let entries = value.as_object().into_iter().flatten();
        let mut texts = entries.filter(|(key, _)| is_text(kind, key));
        found |= texts.any(|(key, text)| !is_neutral(kind, at, key, text));
    });
    found
}

fn has_texts_below(kind: Kind, key: &str, at: &str, value: &Value) -> bool {
    let mut parent = Map::new();
    parent.insert(key.to_owned(), value.clone());
    let (at, _) = pointer::split_last(at).unwrap_or_default();
    has_texts(kind, at, &Value::Object(parent))
}

fn is_neutral(kind: Kind, at: &str, key: &str, text: &Value) -> bool {
    let status = at.rsplit('/').next().unwrap_or_default();
    kind == Kind::Response && key == "description" && *text == neutral_response(status)
}

/// Operations need a summary; tags, parameters, named schemas and their properties need a description.
fn lacks_description(kind: Kind, at: &str, value: &Value) -> bool {
    let lacks = |key: &str| value.get(key).is_none();
    // A reference is described at its target; a constant needs no description.
    let plain = value.is_object() && lacks("$ref") && lacks("const");
    match kind {
        Kind::Operation => lacks("summary"),
        Kind::Info | Kind::Tag => lacks("description"),
        Kind::Parameter => lacks("description") && lacks("$ref"),
        Kind::Schema if plain && lacks("description") => {
            let (parent, _) = pointer::split_last(at).unwrap_or_default();
            parent.ends_with("/properties") || parent == "/components/schemas"
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn schema(properties: Value) -> Value {
        json!({"components": {"schemas": {"A": {"type": "object", "properties": properties}}}})
    }

    #[test]
    fn descriptions_stay_with_what_they_describe() {
        let old = json!({
            "info": {"title": "Ours", "description": "Ours.", "version": "1"},
            "paths": {"/a": {"get": {"operationId": "a", "summary": "Get a", "responses": {"404": {"description": "No such a."}}}}},
            "components": {"schemas": {"A": {"description": "An a.", "type": "object", "properties": {
                "title": {"type": "string", "description": "Its title.", "examples": ["x"]}}}}},
        });
        let mut new = old.clone();
        crate::slice::strip(&mut new);
        new["info"]["version"] = json!("2");
        let report = carry_over(&mut new, &old);
        let mut wanted = old.clone();
        wanted["info"]["version"] = json!("2");
        assert_eq!(new.to_string(), wanted.to_string());
        assert_eq!(report.dropped, [""; 0]);
        assert_eq!(report.missing, [""; 0]);
        assert_eq!(report.to_review, ["/info"]);
        assert_eq!(report.kept, 7);
    }

    #[test]
    fn a_second_run_changes_nothing() {
        let old = schema(
            json!({"b": {"type": "string", "description": "B."}, "a": {"description": "A.", "type": "integer"}}),
        );
        let mut once = schema(
            json!({"a": {"type": "integer"}, "b": {"type": "string"}, "c": {"type": "null"}}),
        );
        carry_over(&mut once, &old);
        let mut twice = once.clone();
        crate::slice::strip(&mut twice);
        carry_over(&mut twice, &once);
        assert_eq!(
            once["components"].to_string(),
            twice["components"].to_string()
        );
    }

    #[test]
    fn descriptions_of_what_is_gone_are_dropped_and_reported() {
        let old = schema(json!({
            "a": {"type": "string", "description": "Text."},
            "gone": {"type": "string", "description": "Gone."},
        }));
        let mut new = schema(json!({"a": {"type": "integer"}, "fresh": {"type": "string"}}));
        let report = carry_over(&mut new, &old);
        assert!(
            new.pointer("/components/schemas/A/properties/a/description")
                .is_none()
        );
        assert_eq!(
            report.dropped,
            [
                "/components/schemas/A/properties/a",
                "/components/schemas/A/properties/gone"
            ]
        );
        assert_eq!(
            report.missing,
            [
                "/components/schemas/A/properties/a",
                "/components/schemas/A/properties/fresh",
                "/components/schemas/A",
            ]
        );
    }

    #[test]
    fn a_renamed_schema_keeps_its_descriptions() {
        let named = |inner: &str, outer: &str, described: bool| {
            let mut document = json!({"components": {"schemas": {
                inner: {"type": "object", "properties": {"a": {"type": "string", "description": "A."}}},
                outer: {"type": "object", "properties": {"in": {"$ref": format!("#/components/schemas/{inner}"), "description": "In."}}},
                "Alike": {"type": "integer"}, format!("{inner}Alike"): {"type": "integer"},
            }}});
            if !described {
                crate::slice::strip(&mut document);
            }
            document
        };
        let mut new = named("NewInner", "NewOuter", false);
        let report = carry_over(&mut new, &named("Inner", "Outer", true));
        assert_eq!(new, named("NewInner", "NewOuter", true));
        assert_eq!((report.kept, report.dropped), (2, vec![]));
    }

    #[test]
    fn a_changed_detail_keeps_the_description_and_asks_for_a_review() {
        let old =
            schema(json!({"a": {"type": "string", "maxLength": 5, "description": "Up to five."}}));
        let mut new = schema(json!({"a": {"type": "string", "maxLength": 6}}));
        let report = carry_over(&mut new, &old);
        assert_eq!(
            new["components"]["schemas"]["A"]["properties"]["a"]["description"],
            "Up to five."
        );
        assert_eq!(report.to_review, ["/components/schemas/A/properties/a"]);
    }

    #[test]
    fn parameters_and_alternatives_keep_their_descriptions_when_they_move() {
        let old = json!({"paths": {"/a": {"parameters": [
            {"name": "page", "in": "query", "description": "Page.", "schema": {"anyOf": [{"type": "null"}, {"type": "string", "description": "S."}]}},
        ]}}});
        let mut new = json!({"paths": {"/a": {"parameters": [
            {"name": "first", "in": "query", "schema": {}},
            {"name": "page", "in": "query", "schema": {"anyOf": [{"type": "string"}, {"type": "null"}]}},
        ]}}});
        let report = carry_over(&mut new, &old);
        assert_eq!(new["paths"]["/a"]["parameters"][1]["description"], "Page.");
        assert_eq!(
            new["paths"]["/a"]["parameters"][1]["schema"]["anyOf"][0]["description"],
            "S."
        );
        assert_eq!(report.missing, ["/paths/~1a/parameters/0"]);
        assert_eq!(report.dropped, [""; 0]);
    }

    #[test]
    fn dropping_a_response_with_our_neutral_description_is_no_loss() {
        let old = json!({"paths": {"/a": {"get": {"responses": {"404": {"description": "Not found."}, "409": {"description": "Our own."}}}}}});
        let mut new = json!({"paths": {"/a": {"get": {"responses": {}}}}});
        assert_eq!(
            carry_over(&mut new, &old).dropped,
            ["/paths/~1a/get/responses/409"]
        );
    }
}
