//! Walks a value along the tree: a normalised value comes out, or everything that is wrong with it.

use super::checks::Check;
use super::errors::{Fault, Item, LocPart};
use super::scalars::{self, Exactness, Scalar};
use super::schema::{Field, Model, Node, NodeId, Tree, python_literal};
use super::url;
use crate::json::{Dict, Value};
use crate::timestamp::Timestamp;

/// Decodes a value that stands at `loc`. Errors are appended to `errors`; there is a value only if there were none.
/// What has to be in the future is after `now`.
pub fn decode(
    tree: &Tree,
    node: NodeId,
    value: &Value,
    loc: Vec<LocPart>,
    now: Timestamp,
    errors: &mut Vec<Item>,
) -> Option<Value> {
    let mut decoder = Decoder {
        tree,
        now,
        loc,
        errors: Vec::new(),
        fit: Fit::default(),
    };
    let decoded = decoder.value(node, value);
    errors.append(&mut decoder.errors);
    decoded
}

/// How the real server finds and names the values of a discriminator.
#[derive(Debug, Clone, Copy)]
struct Naming<'n> {
    /// `x-tag-function`.
    function: Option<&'n str>,
    /// `x-tag-enum`.
    enumeration: Option<&'n str>,
}

/// How well a value fits an alternative: a union takes the best one.
#[derive(Debug, Clone, Copy)]
struct Fit {
    exactness: Exactness,
    /// How many fields of a model were given.
    fields: Option<usize>,
}

impl Default for Fit {
    fn default() -> Self {
        Self {
            exactness: Exactness::Exact,
            fields: None,
        }
    }
}

impl Fit {
    fn is_better_than(&self, other: &Self) -> bool {
        match (self.fields, other.fields) {
            (Some(mine), Some(theirs)) if mine != theirs => mine > theirs,
            _ => self.exactness > other.exactness,
        }
    }
}

struct Decoder<'t> {
    tree: &'t Tree,
    now: Timestamp,
    loc: Vec<LocPart>,
    errors: Vec<Item>,
    fit: Fit,
}

impl Decoder<'_> {
    fn at<T>(&mut self, part: impl Into<LocPart>, inside: impl FnOnce(&mut Self) -> T) -> T {
        self.loc.push(part.into());
        let result = inside(self);
        self.loc.pop();
        result
    }

    fn fault(&mut self, fault: Fault, input: &Value) {
        self.errors.push(Item {
            kind: fault.kind,
            loc: self.loc.clone(),
            msg: fault.msg,
            input: input.clone(),
            ctx: fault.ctx,
        });
    }

    fn scalar(&mut self, scalar: Scalar, input: &Value) -> Option<Value> {
        match scalar {
            Ok((value, exactness)) => {
                self.fit.exactness = self.fit.exactness.min(exactness);
                Some(value)
            }
            Err(fault) => {
                self.fault(fault, input);
                None
            }
        }
    }

    fn value(&mut self, node: NodeId, value: &Value) -> Option<Value> {
        let tree = self.tree;
        match tree.node(node) {
            Node::Any => Some(value.clone()),
            Node::Null => {
                let fault = || Fault::plain("none_required", "Input should be None");
                self.scalar(
                    if *value == Value::Null {
                        Ok((Value::Null, Exactness::Exact))
                    } else {
                        Err(fault())
                    },
                    value,
                )
            }
            // Nothing looks into this value, so it stays broken until it is used.
            Node::Str {
                min: None,
                max: None,
                trim: false,
                ..
            } if *value == Value::BrokenStr => Some(Value::BrokenStr),
            Node::Str {
                min,
                max,
                trim,
                strip,
                list_error,
            } => {
                let checked = scalars::text(value).and_then(|(text, exactness)| {
                    let text = match text.as_str().filter(|_| *strip) {
                        Some(given) => Value::Str(scalars::stripped(given).to_owned()),
                        None => text,
                    };
                    let given = text.as_str().unwrap_or_default();
                    if *list_error {
                        list_length(given, *min, *max)?;
                    }
                    scalars::length(given, *min, *max)?;
                    Ok((if *trim { trimmed(given) } else { text }, exactness))
                });
                self.scalar(checked, value)
            }
            Node::Int(bounds) => {
                let checked = scalars::int(value).and_then(|(number, exactness)| {
                    scalars::int_bounds(&number, bounds).map(|()| (number, exactness))
                });
                self.scalar(checked, value)
            }
            Node::Float(bounds) => {
                let checked = scalars::float(value).and_then(|(number, exactness)| match number {
                    Value::Float(float) => {
                        scalars::float_bounds(float, bounds).map(|()| (number, exactness))
                    }
                    _ => Ok((number, exactness)),
                });
                self.scalar(checked, value)
            }
            Node::Decimal { bounds, digits } => {
                self.scalar(scalars::decimal(value, bounds, *digits), value)
            }
            Node::Bool => self.scalar(scalars::bool(value), value),
            Node::Uuid { v4 } => self.scalar(scalars::uuid(value, *v4), value),
            Node::DateTime { aware, future } => {
                let moment = scalars::datetime(value, *aware).and_then(|(moment, exactness)| {
                    if *future {
                        scalars::future(&moment, self.now)?;
                    }
                    Ok((moment, exactness))
                });
                self.scalar(moment, value)
            }
            Node::Email => self.scalar(scalars::email(value), value),
            Node::LanguageTag => self.scalar(scalars::language_tag(value), value),
            Node::Url {
                max,
                schemes,
                public,
            } => self.url(*max, schemes, *public, value),
            Node::Literal {
                values,
                enumeration,
            } => self.literal(values, enumeration.as_deref(), value),
            Node::Enum {
                values,
                upper: true,
                ..
            } => match value {
                Value::Str(text) => self.enumeration(values, &Value::Str(text.to_uppercase())),
                other => self.enumeration(values, other),
            },
            Node::Enum { values, .. } => self.enumeration(values, value),
            Node::List { item, min, max } => self.list(*item, *min, *max, value),
            Node::Tuple(places) => self.tuple(places, value),
            Node::Dict {
                key,
                value: entry,
                max,
            } => self.dict(*key, *entry, *max, value),
            Node::Model(model) => self.model(model, value),
            Node::Nullable(_) if *value == Value::Null => Some(Value::Null),
            Node::Nullable(inner) => self.value(*inner, value),
            Node::Union(members) => self.union(members, value),
            Node::FirstOf(members) => self.first_of(members, value),
            Node::Chosen {
                property,
                given,
                otherwise,
            } => {
                let chosen = match value.as_dict().and_then(|dict| dict.get(property)) {
                    None | Some(Value::Null) => otherwise,
                    Some(_) => given,
                };
                self.at(chosen.0.as_str(), |inside| inside.value(chosen.1, value))
            }
            Node::Filter(item) => self.filter(node, *item, value),
            Node::Tagged {
                discriminator,
                variants,
                default,
                function,
                enumeration,
                ..
            } => {
                let naming = Naming {
                    function: function.as_deref(),
                    enumeration: enumeration.as_deref(),
                };
                self.tagged(discriminator, variants, default.as_deref(), naming, value)
            }
        }
    }

    /// Errors show a URL without the blanks around it, except for a private host.
    fn url(
        &mut self,
        max: Option<usize>,
        schemes: &[String],
        public: bool,
        value: &Value,
    ) -> Option<Value> {
        let given = if public {
            url::stripped(value)
        } else {
            value.clone()
        };
        let (address, exactness) = match url::url(&given, max, schemes) {
            Ok(found) => found,
            Err(fault) => return self.scalar(Err(fault), &given),
        };
        let checked = if public {
            url::check_public(&address)
        } else {
            Ok(())
        };
        self.scalar(
            checked.map(|()| (Value::Str(address.to_string()), exactness)),
            value,
        )
    }

    fn literal(
        &mut self,
        expected: &[serde_json::Value],
        enumeration: Option<&str>,
        value: &Value,
    ) -> Option<Value> {
        let same = |constant: &serde_json::Value| match (constant, value) {
            (serde_json::Value::String(a), Value::Str(b)) => a == b,
            (serde_json::Value::Bool(a), Value::Bool(b)) => a == b,
            (serde_json::Value::Null, Value::Null) => true,
            (serde_json::Value::Number(a), Value::Int(b)) => a.as_i64() == Some(*b),
            _ => false,
        };
        if expected.iter().any(same) {
            return Some(value.clone());
        }
        let expected = alternatives(expected.iter().map(|constant| {
            let literal = python_literal(constant);
            match (enumeration, constant.as_str()) {
                (Some(enumeration), Some(member)) => format!("<{enumeration}.{member}: {literal}>"),
                _ => literal,
            }
        }));
        let fault = Fault::with(
            "literal_error",
            format!("Input should be {expected}"),
            vec![("expected", Value::Str(expected))],
        );
        self.fault(fault, value);
        None
    }

    fn enumeration(&mut self, values: &[String], value: &Value) -> Option<Value> {
        if value
            .as_str()
            .is_some_and(|text| values.iter().any(|known| known == text))
        {
            self.fit.exactness = self.fit.exactness.min(Exactness::Lax);
            return Some(value.clone());
        }
        let expected = alternatives(values.iter().map(|known| format!("'{known}'")));
        let fault = Fault::with(
            "enum",
            format!("Input should be {expected}"),
            vec![("expected", Value::Str(expected))],
        );
        self.fault(fault, value);
        None
    }

    fn list(
        &mut self,
        item: NodeId,
        min: Option<usize>,
        max: Option<usize>,
        value: &Value,
    ) -> Option<Value> {
        let Value::List(items) = value else {
            self.fault(
                Fault::plain("list_type", "Input should be a valid list"),
                value,
            );
            return None;
        };
        if let Some(max) = max.filter(|&max| items.len() > max) {
            self.fault(
                size_fault("too_long", "List", "most", "max_length", max, items.len()),
                value,
            );
            return None;
        }
        let before = self.errors.len();
        let decoded: Vec<Value> = items
            .iter()
            .enumerate()
            .filter_map(|(index, entry)| self.at(index, |inside| inside.value(item, entry)))
            .collect();
        if self.errors.len() > before {
            return None;
        }
        if let Some(min) = min.filter(|&min| items.len() < min) {
            self.fault(
                size_fault("too_short", "List", "least", "min_length", min, items.len()),
                value,
            );
            return None;
        }
        Some(Value::List(decoded))
    }

    fn tuple(&mut self, places: &[NodeId], value: &Value) -> Option<Value> {
        let Value::List(items) = value else {
            self.fault(
                Fault::plain("tuple_type", "Input should be a valid tuple"),
                value,
            );
            return None;
        };
        let before = self.errors.len();
        let mut decoded = Vec::with_capacity(places.len());
        for (index, &place) in places.iter().enumerate() {
            match items.get(index) {
                Some(item) => decoded.extend(self.at(index, |inside| inside.value(place, item))),
                None => self.at(index, |inside| inside.fault(missing(), value)),
            }
        }
        if items.len() > places.len() {
            self.fault(
                size_fault(
                    "too_long",
                    "Tuple",
                    "most",
                    "max_length",
                    places.len(),
                    items.len(),
                ),
                value,
            );
        }
        (self.errors.len() == before).then_some(Value::List(decoded))
    }

    fn dict(
        &mut self,
        key: (Option<usize>, Option<usize>),
        entry: NodeId,
        max: Option<usize>,
        value: &Value,
    ) -> Option<Value> {
        let Value::Dict(dict) = value else {
            self.fault(
                Fault::plain("dict_type", "Input should be a valid dictionary"),
                value,
            );
            return None;
        };
        let before = self.errors.len();
        if dict.has_broken_name() {
            self.scalar(scalars::text(&Value::BrokenStr), value);
        }
        let mut decoded = Dict::default();
        for (name, item) in dict.iter() {
            self.at(name, |inside| {
                if let Err(fault) = scalars::length(name, key.0, key.1) {
                    inside.at("[key]", |inside| {
                        inside.fault(fault, &Value::Str(name.to_owned()))
                    });
                }
                if let Some(item) = inside.value(entry, item) {
                    decoded.push(name, item);
                }
            });
        }
        if self.errors.len() > before {
            return None;
        }
        if let Some(max) = max.filter(|&max| dict.len() > max) {
            self.fault(
                size_fault(
                    "too_long",
                    "Dictionary",
                    "most",
                    "max_length",
                    max,
                    dict.len(),
                ),
                value,
            );
            return None;
        }
        Some(Value::Dict(decoded))
    }

    fn model(&mut self, model: &Model, value: &Value) -> Option<Value> {
        let Value::Dict(dict) = value else {
            let msg = "Input should be a valid dictionary or object to extract fields from";
            self.fault(Fault::plain("model_attributes_type", msg), value);
            return None;
        };
        let before = self.errors.len();
        let mut decoded = Dict::default();
        for field in &model.fields {
            let given = std::iter::once(&field.name)
                .chain(&field.aliases)
                .find_map(|name| dict.get(name));
            self.at(field.name.as_str(), |inside| match given {
                Some(given) => {
                    if let Some(given) = inside.field(model, field, given, &decoded) {
                        decoded.push(&field.name, given);
                    }
                }
                None if field.required => inside.fault(missing(), value),
                None if model.defaults => decoded.push(&field.name, field.default.clone()),
                None => {}
            });
        }
        if model.closed {
            let known = |name: &str| {
                model
                    .fields
                    .iter()
                    .any(|field| field.name == name || field.aliases.iter().any(|a| a == name))
            };
            for (name, extra) in dict.iter().filter(|(name, _)| !known(name)) {
                let fault = Fault::plain("extra_forbidden", "Extra inputs are not permitted");
                self.at(name, |inside| inside.fault(fault, extra));
            }
        }
        self.fit.fields = Some(self.fit.fields.unwrap_or(0) + decoded.len());
        if self.errors.len() == before {
            let none = Dict::default();
            match Check::run(&model.checks, Value::Dict(decoded), &none) {
                Ok(checked) => return Some(checked),
                Err(fault) => self.fault(fault, value),
            }
            return None;
        }
        None
    }

    /// A field's value; texts with U+0000 are refused wherever they stand in it, since the database cannot keep them.
    fn field(
        &mut self,
        model: &Model,
        field: &Field,
        given: &Value,
        before: &Dict,
    ) -> Option<Value> {
        let decoded = self.value(field.node, given)?;
        if model.no_nul && decoded.contains_nul() && !self.tree.is_model(field.node) {
            let fault = Fault::value_error("This value contains invalid characters");
            self.fault(fault, given);
            return None;
        }
        match Check::run(&field.checks, decoded, before) {
            Ok(checked) => Some(checked),
            Err(fault) => {
                self.fault(fault, given);
                None
            }
        }
    }

    fn first_of(&mut self, members: &[NodeId], value: &Value) -> Option<Value> {
        let tree = self.tree;
        let before = self.errors.len();
        let found = members
            .iter()
            .find_map(|&member| self.at(tree.name(member), |inside| inside.value(member, value)))?;
        self.errors.truncate(before);
        Some(found)
    }

    fn union(&mut self, members: &[NodeId], value: &Value) -> Option<Value> {
        let tree = self.tree;
        let outer = self.fit;
        let before = self.errors.len();
        let mut best: Option<(Value, Fit)> = None;
        for &member in members {
            self.fit = Fit::default();
            let found = self.at(tree.name(member), |inside| inside.value(member, value));
            if let Some(found) = found {
                let fit = self.fit;
                if fit.exactness == Exactness::Exact && fit.fields.is_none() {
                    best = Some((found, fit));
                    break;
                }
                if best
                    .as_ref()
                    .is_none_or(|(_, best)| fit.is_better_than(best))
                {
                    best = Some((found, fit));
                }
            }
        }
        self.fit = outer;
        let (found, fit) = best?;
        self.errors.truncate(before);
        self.fit.exactness = self.fit.exactness.min(fit.exactness);
        if let Some(fields) = fit.fields {
            self.fit.fields = Some(self.fit.fields.unwrap_or(0) + fields);
        }
        Some(found)
    }

    /// A query filter arrives as the list of all its values; the real server tries it as a single value first.
    fn filter(&mut self, node: NodeId, item: NodeId, value: &Value) -> Option<Value> {
        let tree = self.tree;
        let before = self.errors.len();
        self.at(tree.name(item), |inside| inside.value(item, value));
        let decoded = self.at(tree.name(node), |inside| {
            inside.list(item, None, None, value)
        })?;
        self.errors.truncate(before);
        Some(decoded)
    }

    fn tagged(
        &mut self,
        discriminator: &str,
        variants: &[(String, NodeId)],
        default: Option<&str>,
        naming: Naming<'_>,
        value: &Value,
    ) -> Option<Value> {
        let default = default.map(|tag| Value::Str(tag.to_owned()));
        let tag = match (value, &default) {
            (Value::Dict(dict), _) => dict.get(discriminator).or(default.as_ref()),
            (_, Some(_)) => default.as_ref(),
            (_, None) => {
                let msg = "Input should be a valid dictionary or object to extract fields from";
                self.fault(Fault::plain("model_attributes_type", msg), value);
                return None;
            }
        };
        let none = Dict::default();
        let dict = value.as_dict().unwrap_or(&none);
        let quoted = naming.function.map_or_else(
            || format!("'{discriminator}'"),
            |function| format!("{function}()"),
        );
        let Some(tag) = tag else {
            let msg = format!("Unable to extract tag using discriminator '{discriminator}'");
            self.fault(
                Fault::with(
                    "union_tag_not_found",
                    msg,
                    vec![("discriminator", Value::Str(quoted))],
                ),
                value,
            );
            return None;
        };
        match variants.iter().find(|(name, _)| tag.as_str() == Some(name)) {
            Some((_, node)) if let Some(taken_for) = self.taken_for(*node, dict) => {
                self.tagged(discriminator, variants, None, naming, &taken_for)
            }
            Some((name, node)) => self.at(name.as_str(), |inside| inside.value(*node, value)),
            None => {
                let tag = crate::json::to_python_text(tag);
                let known = variants
                    .iter()
                    .filter(|(_, node)| self.taken_for(*node, dict).is_none());
                let expected = known
                    .map(|(name, _)| match naming.enumeration {
                        Some(enumeration) => format!("<{enumeration}.{name}: '{name}'>"),
                        None => format!("'{name}'"),
                    })
                    .collect::<Vec<_>>()
                    .join(", ");
                let msg = format!(
                    "Input tag '{tag}' found using {quoted} does not match any of the expected tags: {expected}"
                );
                let ctx = vec![
                    ("discriminator", Value::Str(quoted)),
                    ("tag", Value::Str(tag)),
                    ("expected_tags", Value::Str(expected)),
                ];
                self.fault(Fault::with("union_tag_invalid", msg, ctx), value);
                None
            }
        }
    }
}

impl Decoder<'_> {
    /// Turns an object of an old form into the newer one, with the fields that both have.
    fn taken_for(&self, node: NodeId, given: &Dict) -> Option<Value> {
        let Node::Model(model) = self.tree.node(node) else {
            return None;
        };
        let mut taken_for = model.coerced_to.clone()?;
        for field in &model.fields {
            if let (None, Some(value)) = (taken_for.get(&field.name), given.get(&field.name)) {
                taken_for.push(&field.name, value.clone());
            }
        }
        Some(Value::Dict(taken_for))
    }
}

impl From<usize> for LocPart {
    fn from(index: usize) -> Self {
        Self::Index(index)
    }
}

fn missing() -> Fault {
    Fault::plain("missing", "Field required")
}

fn size_fault(
    kind: &'static str,
    what: &str,
    extreme: &str,
    key: &str,
    bound: usize,
    actual: usize,
) -> Fault {
    let items = if bound == 1 { "item" } else { "items" };
    let msg =
        format!("{what} should have at {extreme} {bound} {items} after validation, not {actual}");
    let ctx = vec![
        ("field_type", Value::Str(what.to_owned())),
        (key, Value::Int(bound as i64)),
        ("actual_length", Value::Int(actual as i64)),
    ];
    Fault::with(kind, msg, ctx)
}

/// `a`, `a or b`, `a, b or c`.
fn alternatives(words: impl Iterator<Item = String>) -> String {
    let words: Vec<String> = words.collect();
    match words.split_last() {
        Some((last, rest)) if !rest.is_empty() => format!("{} or {last}", rest.join(", ")),
        _ => words.concat(),
    }
}

/// A text's length, reported as if the text were a list.
fn list_length(text: &str, min: Option<usize>, max: Option<usize>) -> Result<(), Fault> {
    let count = text.chars().count();
    match (
        min.filter(|&min| count < min),
        max.filter(|&max| count > max),
    ) {
        (Some(min), _) => Err(size_fault(
            "too_short",
            "Value",
            "least",
            "min_length",
            min,
            count,
        )),
        (_, Some(max)) => Err(size_fault(
            "too_long",
            "Value",
            "most",
            "max_length",
            max,
            count,
        )),
        _ => Ok(()),
    }
}

fn trimmed(text: &str) -> Value {
    match scalars::stripped(text) {
        "" => Value::Null,
        text => Value::Str(text.to_owned()),
    }
}
