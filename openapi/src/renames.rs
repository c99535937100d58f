//! Finds schemas that were only renamed.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use crate::{
    refs, slice,
    walk::{self, Kind},
};

const SCHEMAS: &str = "/components/schemas";

/// The old document, with the new names of schemas that were only renamed.
pub(crate) fn adopted(old: &Value, new: &Value) -> Value {
    let renamed = renamed(old, new);
    let mut adopted = old.clone();
    if renamed.is_empty() {
        return adopted;
    }
    walk::document_mut(&mut adopted, &mut |_, _, value| {
        let target = value.get("$ref").and_then(Value::as_str);
        let target = target.and_then(|target| renamed.get(target));
        if let Some(target) = target {
            value["$ref"] = json!(target);
        }
    });
    if let Some(Value::Object(schemas)) = adopted.pointer_mut(SCHEMAS) {
        let named = |(name, schema): (String, Value)| {
            let new = renamed
                .get(&reference(&name))
                .and_then(|new| refs::component(new));
            (new.map_or(name, |(_, new)| new.into_owned()), schema)
        };
        *schemas = std::mem::take(schemas).into_iter().map(named).collect();
    }
    adopted
}

fn reference(name: &str) -> String {
    format!("#{}", crate::pointer::join(SCHEMAS, name))
}

/// References of the old document, each with the one of the new document that is the same schema.
fn renamed(old: &Value, new: &Value) -> BTreeMap<String, String> {
    let schemas = |document: &Value| -> Map<String, Value> {
        let all = document.pointer(SCHEMAS).and_then(Value::as_object);
        all.cloned().unwrap_or_default()
    };
    let (before, after) = (schemas(old), schemas(new));
    let lone = |from: &Map<String, Value>, other: &Map<String, Value>| {
        // Without words, and with the names that are not in both documents left open.
        let mut by_text: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for (name, schema) in from.iter().filter(|(name, _)| !other.contains_key(*name)) {
            let mut whole = json!({"components": {"schemas": {name: schema}}});
            slice::strip(&mut whole);
            let mut schema = whole["components"]["schemas"][name].take();
            walk::part_mut(Kind::Schema, "", &mut schema, &mut |_, _, value| {
                let target = value.get("$ref").and_then(Value::as_str);
                let known = target.and_then(refs::component);
                if known.is_some_and(|(_, name)| !other.contains_key(&*name)) {
                    value["$ref"] = json!("");
                }
            });
            schema.sort_all_objects();
            by_text
                .entry(schema.to_string())
                .or_default()
                .push(name.clone());
        }
        by_text
    };
    let (gone, come) = (lone(&before, &after), lone(&after, &before));
    let mut pairs = BTreeMap::new();
    for (text, names) in gone {
        // If several are alike, nobody can tell which is which.
        if let ([old], Some([new])) = (&names[..], come.get(&text).map(Vec::as_slice)) {
            pairs.insert(reference(old), reference(new));
        }
    }
    pairs
}
