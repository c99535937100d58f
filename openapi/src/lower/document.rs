//! The document around the schemas: version, what 3.0 does not know, shared parts.

use serde_json::{Map, Value, json};

use super::losses::Losses;
use crate::{
    refs,
    walk::{self, Kind},
};

/// Sets the version to 3.0.3, and drops what that version does not know.
pub(super) fn head(document: &mut Value, losses: &mut Losses) {
    let Value::Object(map) = document else { return };
    map.insert("openapi".to_owned(), json!("3.0.3"));
    for key in ["webhooks", "jsonSchemaDialect"] {
        drop_noted(map, "", key, losses);
    }
    for (holder, key) in [("info", "summary"), ("components", "pathItems")] {
        if let Some(Value::Object(map)) = map.get_mut(holder) {
            drop_noted(map, &format!("/{holder}"), key, losses);
        }
    }
    if let Some(Value::Object(license)) =
        map.get_mut("info").and_then(|info| info.get_mut("license"))
    {
        drop_noted(license, "/info/license", "identifier", losses);
    }
    // Optional in 3.1, required in 3.0.
    map.entry("paths").or_insert_with(|| json!({}));
}

fn drop_noted(map: &mut Map<String, Value>, at: &str, key: &str, losses: &mut Losses) {
    if map.shift_remove(key).is_some() {
        losses.note("only-in-3.1", at, format!("`{key}` dropped"));
    }
}

/// Replaces references to shared parameters, request bodies and responses by what they refer to, so that the other rules
/// see it there.
pub(super) fn inline_components(document: &mut Value) {
    let whole = document.clone();
    walk::document_mut(document, &mut |kind, _, value| {
        if matches!(kind, Kind::Parameter | Kind::RequestBody | Kind::Response)
            && value.get("$ref").is_some()
            && let Ok(target) = refs::follow(&whole, value)
        {
            *value = target.clone();
        }
    });
    if let Some(Value::Object(components)) = document.get_mut("components") {
        for section in ["parameters", "requestBodies", "responses"] {
            components.shift_remove(section);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_head_is_3_0_and_says_what_it_lost() {
        let mut document = json!({"openapi": "3.1.0", "webhooks": {}, "jsonSchemaDialect": "x",
            "info": {"title": "t", "summary": "s", "license": {"name": "MIT", "identifier": "MIT"}}});
        let mut losses = Losses::default();
        head(&mut document, &mut losses);
        assert_eq!(
            document,
            json!({"openapi": "3.0.3", "info": {"title": "t", "license": {"name": "MIT"}}, "paths": {}})
        );
        assert_eq!(losses.0.len(), 4);
    }

    #[test]
    fn shared_parts_stand_where_they_are_used() {
        let mut document = json!({
            "paths": {"/a": {"parameters": [{"$ref": "#/components/parameters/P"}],
                "get": {"responses": {"200": {"$ref": "#/components/responses/R"}}}}},
            "components": {"parameters": {"P": {"name": "p"}}, "responses": {"R": {"description": "r"}}, "schemas": {}},
        });
        inline_components(&mut document);
        assert_eq!(
            document,
            json!({
                "paths": {"/a": {"parameters": [{"name": "p"}], "get": {"responses": {"200": {"description": "r"}}}}},
                "components": {"schemas": {}},
            })
        );
    }
}
