//! Carries our own words over from the existing document into a freshly taken slice.
//!
//! A slice comes without a word. Whatever we wrote about a thing stays with it as long as it is recognisably the same
//! thing: the same name in the same place, of the same type, format, constant or reference.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use crate::{
    pointer, renames,
    slice::neutral_response,
    walk::{Kind, Shape, holds},
};

/// What became of the words. All entries are JSON Pointers.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct WordsReport {
    /// How many words (summaries, descriptions, examples …) were carried over.
    pub kept: usize,
    /// Places in the new document that have no words and deserve some.
    pub wanting: Vec<String>,
    /// Places that kept their words although a detail beside them changed: to be read again.
    pub reread: Vec<String>,
    /// Places of the old document whose words have no home any more.
    pub dropped: Vec<String>,
}

/// Puts the words of `old` into `new`, wherever the thing they describe is still there.
///
/// A schema that got another name and is the same otherwise is still there. The keys of an object that both have keep the order of `old`, so that doing it again changes nothing.
pub fn keep(new: &mut Value, old: &Value) -> WordsReport {
    let old = renames::adopted(old, new);
    let mut report = WordsReport::default();
    merge(Kind::Document, "", new, Some(&old), &mut report);
    report
}

/// Puts no words in, and reports where they are missing.
pub fn wanting(document: &Value) -> Vec<String> {
    let mut found = Vec::new();
    crate::walk::document(document, &mut |kind, at, value| {
        if wants_words(kind, at, value) {
            found.push(at.to_owned());
        }
    });
    found
}

fn merge(kind: Kind, at: &str, new: &mut Value, old: Option<&Value>, report: &mut WordsReport) {
    let same = old.filter(|old| identity(kind, new) == identity(kind, old));
    if let (None, Some(old)) = (same, old)
        && has_words(kind, at, old)
    {
        report.dropped.push(at.to_owned());
    }
    if let Some(new) = new.as_object_mut() {
        let old = same.and_then(Value::as_object);
        merge_children(kind, at, new, old, report);
        if let Some(old) = old {
            merge_own(kind, at, new, old, report);
        }
    }
    if wants_words(kind, at, new) {
        report.wanting.push(at.to_owned());
    }
}

/// The words of this very object, and the order of its keys.
fn merge_own(
    kind: Kind,
    at: &str,
    new: &mut Map<String, Value>,
    old: &Map<String, Value>,
    report: &mut WordsReport,
) {
    let mut rest = std::mem::take(new);
    let mut carried = 0;
    for (key, value) in old {
        if is_word(kind, key) {
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
        report.reread.push(at.to_owned());
    }
}

fn merge_children(
    kind: Kind,
    at: &str,
    new: &mut Map<String, Value>,
    old: Option<&Map<String, Value>>,
    report: &mut WordsReport,
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
                    if !entries.contains_key(name) && has_words(child, &at, old) {
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
            && has_words_below(kind, key, &at, old)
        {
            report.dropped.push(at);
        }
    }
}

/// Entries of a list belong together by what they are; where several are alike, by their place.
fn merge_list(child: Kind, at: &str, new: &mut [Value], old: &[Value], report: &mut WordsReport) {
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
        if !taken.contains(&place) && has_words(child, &at, old) {
            report.dropped.push(at);
        }
    }
}

/// What makes a thing the same thing, beside the place where it stands.
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

/// What is said about a thing in a few keys of its own: a change here may make the words wrong.
fn details(kind: Kind, map: &Map<String, Value>) -> Map<String, Value> {
    let own = |key: &str| !is_word(kind, key) && holds(kind, key).is_none() && key != "required";
    map.iter()
        .filter(|(key, _)| own(key))
        .map(|(key, value)| (key.clone(), value.clone()))
        .collect()
}

fn is_word(kind: Kind, key: &str) -> bool {
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

/// Whether words of ours stand in this object or below it.
fn has_words(kind: Kind, at: &str, value: &Value) -> bool {
    let mut found = false;
    crate::walk::part(kind, at, value, &mut |kind, at, value| {
        let own = value.as_object().into_iter().flatten();
        let mut words = own.filter(|(key, _)| is_word(kind, key));
        found |= words.any(|(key, word)| !is_neutral(kind, at, key, word));
    });
    found
}

fn has_words_below(kind: Kind, key: &str, at: &str, value: &Value) -> bool {
    let mut parent = Map::new();
    parent.insert(key.to_owned(), value.clone());
    let (at, _) = pointer::split_last(at).unwrap_or_default();
    has_words(kind, at, &Value::Object(parent))
}

fn is_neutral(kind: Kind, at: &str, key: &str, word: &Value) -> bool {
    let status = at.rsplit('/').next().unwrap_or_default();
    kind == Kind::Response && key == "description" && *word == neutral_response(status)
}

/// Operations want a summary; tags, parameters, schemas by name and their properties want a description.
fn wants_words(kind: Kind, at: &str, value: &Value) -> bool {
    let lacks = |key: &str| value.get(key).is_none();
    // What is only a reference is described where it points; a constant says all there is to say.
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
    fn words_stay_where_the_thing_is_the_same() {
        let old = json!({
            "info": {"title": "Ours", "description": "Ours.", "version": "1"},
            "paths": {"/a": {"get": {"operationId": "a", "summary": "Get a", "responses": {"404": {"description": "No such a."}}}}},
            "components": {"schemas": {"A": {"description": "An a.", "type": "object", "properties": {
                "title": {"type": "string", "description": "Its title.", "examples": ["x"]}}}}},
        });
        let mut new = old.clone();
        crate::slice::strip(&mut new);
        new["info"]["version"] = json!("2");
        let report = keep(&mut new, &old);
        let mut wanted = old.clone();
        wanted["info"]["version"] = json!("2");
        assert_eq!(new.to_string(), wanted.to_string());
        assert_eq!(report.dropped, [""; 0]);
        assert_eq!(report.wanting, [""; 0]);
        assert_eq!(report.reread, ["/info"]);
        assert_eq!(report.kept, 7);
    }

    #[test]
    fn keeping_twice_changes_nothing() {
        let old = schema(
            json!({"b": {"type": "string", "description": "B."}, "a": {"description": "A.", "type": "integer"}}),
        );
        let mut once = schema(
            json!({"a": {"type": "integer"}, "b": {"type": "string"}, "c": {"type": "null"}}),
        );
        keep(&mut once, &old);
        let mut twice = once.clone();
        crate::slice::strip(&mut twice);
        keep(&mut twice, &once);
        assert_eq!(
            once["components"].to_string(),
            twice["components"].to_string()
        );
    }

    #[test]
    fn words_about_something_else_are_dropped_and_reported() {
        let old = schema(json!({
            "a": {"type": "string", "description": "Text."},
            "gone": {"type": "string", "description": "Gone."},
        }));
        let mut new = schema(json!({"a": {"type": "integer"}, "fresh": {"type": "string"}}));
        let report = keep(&mut new, &old);
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
            report.wanting,
            [
                "/components/schemas/A/properties/a",
                "/components/schemas/A/properties/fresh",
                "/components/schemas/A",
            ]
        );
    }

    #[test]
    fn a_schema_with_another_name_keeps_its_words() {
        let named = |inner: &str, outer: &str, words: bool| {
            let mut document = json!({"components": {"schemas": {
                inner: {"type": "object", "properties": {"a": {"type": "string", "description": "A."}}},
                outer: {"type": "object", "properties": {"in": {"$ref": format!("#/components/schemas/{inner}"), "description": "In."}}},
                "Alike": {"type": "integer"}, format!("{inner}Alike"): {"type": "integer"},
            }}});
            if !words {
                crate::slice::strip(&mut document);
            }
            document
        };
        let mut new = named("NewInner", "NewOuter", false);
        let report = keep(&mut new, &named("Inner", "Outer", true));
        assert_eq!(new, named("NewInner", "NewOuter", true));
        assert_eq!((report.kept, report.dropped), (2, vec![]));
    }

    #[test]
    fn a_changed_detail_keeps_the_words_and_asks_to_read_them_again() {
        let old =
            schema(json!({"a": {"type": "string", "maxLength": 5, "description": "Up to five."}}));
        let mut new = schema(json!({"a": {"type": "string", "maxLength": 6}}));
        let report = keep(&mut new, &old);
        assert_eq!(
            new["components"]["schemas"]["A"]["properties"]["a"]["description"],
            "Up to five."
        );
        assert_eq!(report.reread, ["/components/schemas/A/properties/a"]);
    }

    #[test]
    fn parameters_and_alternatives_are_found_again_when_they_move() {
        let old = json!({"paths": {"/a": {"parameters": [
            {"name": "page", "in": "query", "description": "Page.", "schema": {"anyOf": [{"type": "null"}, {"type": "string", "description": "S."}]}},
        ]}}});
        let mut new = json!({"paths": {"/a": {"parameters": [
            {"name": "first", "in": "query", "schema": {}},
            {"name": "page", "in": "query", "schema": {"anyOf": [{"type": "string"}, {"type": "null"}]}},
        ]}}});
        let report = keep(&mut new, &old);
        assert_eq!(new["paths"]["/a"]["parameters"][1]["description"], "Page.");
        assert_eq!(
            new["paths"]["/a"]["parameters"][1]["schema"]["anyOf"][0]["description"],
            "S."
        );
        assert_eq!(report.wanting, ["/paths/~1a/parameters/0"]);
        assert_eq!(report.dropped, [""; 0]);
    }

    #[test]
    fn the_neutral_words_of_a_lost_response_are_no_loss() {
        let old = json!({"paths": {"/a": {"get": {"responses": {"404": {"description": "Not found."}, "409": {"description": "Our own."}}}}}});
        let mut new = json!({"paths": {"/a": {"get": {"responses": {}}}}});
        assert_eq!(
            keep(&mut new, &old).dropped,
            ["/paths/~1a/get/responses/409"]
        );
    }
}
