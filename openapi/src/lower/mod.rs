//! Lowers OpenAPI 3.1 to 3.0.3, shaped so that the client generator makes good types of it.
//!
//! Each rule is a small function in the file of its topic; this file sets the order in which they run. What 3.0 or the
//! generator cannot express is dropped or approximated, and every such loss is recorded.

mod annotations;
mod arrays;
mod document;
mod enums;
mod losses;
mod nullable;
mod numbers;
mod objects;
mod order;
mod parameters;
mod patch;
mod references;
mod requests;
mod responses;
mod scalars;
mod types;
mod unions;

use serde_json::{Map, Value};

pub use self::losses::Loss;
use self::losses::Losses;
use crate::{
    bounds::{self, BoundsError},
    names::{self, ControlCharacter},
    refs::{self, DanglingRefs},
    walk::{self, Kind},
};

/// A lowered document and what was lost.
#[derive(Debug, Clone)]
pub struct Lowered {
    /// OpenAPI 3.0.3.
    pub document: Value,
    /// What was lost, in the order of the rules and of the document.
    pub losses: Vec<Loss>,
}

/// Why a document cannot be lowered.
#[derive(Debug, thiserror::Error)]
pub enum LowerError {
    /// Not OpenAPI 3.1.
    #[error("the document to lower says `openapi: {0}`; only 3.1 can be lowered")]
    Version(String),
    /// The generator would panic on it.
    #[error("the document to lower has references without a target")]
    Dangling(#[source] DanglingRefs),
    /// A reference into something that 3.0 cannot hold, `$defs` for instance.
    #[error(
        "lowering removed the target of a reference; move it to components/schemas before lowering"
    )]
    Cut(#[source] DanglingRefs),
    /// It stands for too much once references are followed; the generator would not finish.
    #[error("the document to lower is too complex")]
    Bounds(#[from] BoundsError),
    /// A name in it has a control character.
    #[error("the document to lower has a name that cannot be written into code")]
    Names(#[from] ControlCharacter),
}

/// Turns OpenAPI 3.1 into 3.0.3.
///
/// # Errors
/// When the document is not 3.1, or a reference in it leads nowhere or to too much.
pub fn lower(document: &Value) -> Result<Lowered, LowerError> {
    let version = document.get("openapi").and_then(Value::as_str);
    if !version.is_some_and(|version| version.starts_with("3.1")) {
        let version = version.unwrap_or("nothing").to_owned();
        return Err(LowerError::Version(version));
    }
    refs::check(document).map_err(LowerError::Dangling)?;
    bounds::check(document)?;
    bounds::merges(document)?;
    names::check(document)?;

    let mut document = document.clone();
    let mut losses = Losses::default();

    document::head(&mut document, &mut losses);
    document::inline_components(&mut document);
    each_schema(&mut document, &mut losses, SCHEMA_RULES);
    each_schema(&mut document, &mut losses, LAST_SCHEMA_RULES);
    parameters::lower(&mut document, &mut losses);
    requests::strip_defaults(&mut document, &mut losses);
    patch::tell_null_from_absent(&mut document, &mut losses);
    responses::lower(&mut document, &mut losses);
    order::narrow_before_wide(&mut document);

    refs::check(&document).map_err(LowerError::Cut)?;
    Ok(Lowered {
        document,
        losses: losses.0,
    })
}

/// A rule for one schema, whose children have already passed all rules.
type SchemaRule = fn(&mut Map<String, Value>, &str, &mut Losses);

/// The rules for every schema, in this order.
const SCHEMA_RULES: &[SchemaRule] = &[
    annotations::lower,
    types::split_type_list,
    types::constant_to_enum,
    nullable::hoist_null,
    references::wrap_siblings,
    scalars::formats,
    scalars::content,
    numbers::exclusive_bounds,
    numbers::whole_bounds,
    arrays::tuple_to_items,
    arrays::give_items,
    objects::drop_property_names,
    objects::pattern_properties,
    unions::any_to_one,
    enums::colliding_names,
    types::drop_conditions,
];

/// The rules for every schema, once all schemas have passed those above.
const LAST_SCHEMA_RULES: &[SchemaRule] = &[nullable::lone_null, enums::null_among_values];

fn each_schema(document: &mut Value, losses: &mut Losses, rules: &[SchemaRule]) {
    walk::document_mut(document, &mut |kind, at, schema| {
        if kind != Kind::Schema {
            return;
        }
        types::boolean_schema(schema, at);
        if let Value::Object(schema) = schema {
            for rule in rules {
                rule(schema, at, losses);
            }
        }
    });
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// One rule on one schema.
    pub(super) fn apply(rule: SchemaRule, schema: Value) -> Value {
        apply_at(rule, "/components/schemas/A/properties/a", schema).0
    }

    /// One rule on a schema that stands at `at`, with the rules of the losses it noted.
    pub(super) fn apply_at(
        rule: SchemaRule,
        at: &str,
        schema: Value,
    ) -> (Value, Vec<&'static str>) {
        let Value::Object(mut schema) = schema else {
            panic!("a schema for a rule is an object")
        };
        let mut losses = Losses::default();
        rule(&mut schema, at, &mut losses);
        let rules = losses.0.iter().map(|loss| loss.rule).collect();
        (Value::Object(schema), rules)
    }

    /// A whole document with these schemas, lowered.
    pub(super) fn lowered(schemas: Value) -> Lowered {
        lower(&json!({
            "openapi": "3.1.0", "info": {"title": "t", "version": "1"}, "paths": {},
            "components": {"schemas": schemas},
        }))
        .expect("lowerable")
    }

    #[test]
    fn only_3_1_is_lowered() {
        let error = lower(&json!({"openapi": "3.0.3"})).expect_err("3.0");
        assert!(error.to_string().contains("`openapi: 3.0.3`"));
        assert!(lower(&json!({})).is_err());
    }

    #[test]
    fn a_dangling_reference_stops_it_before_the_generator_panics() {
        let document = json!({"openapi": "3.1.0", "components": {"schemas": {"A": {"prefixItems": [{"$ref": "#/components/schemas/TaxIDFormat"}]}}}});
        let error = lower(&document).expect_err("dangling");
        let LowerError::Dangling(DanglingRefs(list)) = error else {
            panic!("{error}")
        };
        assert_eq!(list[0].pointer, "/components/schemas/A/prefixItems/0");
    }

    #[test]
    fn a_reference_into_what_is_dropped_is_an_error() {
        let document = json!({"openapi": "3.1.0", "components": {"schemas": {
            "A": {"$defs": {"B": {"type": "string"}}, "$ref": "#/components/schemas/A/$defs/B"}}}});
        assert!(matches!(lower(&document), Err(LowerError::Cut(_))));
    }

    #[test]
    fn the_rules_work_together_on_nested_schemas() {
        let Lowered { document, losses } = lowered(json!({
            "Status": {"type": "string", "enum": ["a", "b"], "title": "Status"},
            "Key": {"type": "object", "title": "Key", "properties": {
                "status": {"anyOf": [{"$ref": "#/components/schemas/Status"}, {"type": "null"}], "title": "Status", "description": "Ours."},
                "limit": {"anyOf": [{"type": "integer", "exclusiveMinimum": 0.0, "maximum": 2147483647.0}, {"type": "null"}], "default": null},
                "kind": {"const": "key", "title": "Kind"},
                "tax_id": {"anyOf": [{"type": "array", "prefixItems": [{"type": "string"}, {"$ref": "#/components/schemas/Status"}], "minItems": 2, "maxItems": 2}, {"type": "null"}]},
                "any": true,
            }},
        }));
        assert_eq!(
            document["components"]["schemas"]["Key"]["properties"],
            json!({
                "status": {"allOf": [{"$ref": "#/components/schemas/Status"}], "description": "Ours.", "nullable": true},
                "limit": {"type": "integer", "minimum": 1, "maximum": 2147483647, "nullable": true},
                "kind": {"enum": ["key"], "type": "string"},
                "tax_id": {"type": "array", "minItems": 2, "maxItems": 2, "nullable": true,
                    "items": {"oneOf": [{"$ref": "#/components/schemas/Status"}, {"type": "string"}]}},
                "any": {},
            })
        );
        let rules: std::collections::BTreeSet<_> = losses.iter().map(|loss| loss.rule).collect();
        assert_eq!(rules.into_iter().collect::<Vec<_>>(), ["title", "tuple"]);
    }
}
