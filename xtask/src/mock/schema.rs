//! Schemas of the server truth, as far as Rust types need them.

use anyhow::{Context as _, bail};
use heck::{ToSnakeCase as _, ToUpperCamelCase as _};
use polar_openapi::refs;
use proc_macro2::{Ident, Span};
use serde_json::Value;

/// Objects that the slice never makes: unions leave them out.
const NEVER_MADE: &[&str] = &[
    "BenefitGrantDiscordProperties",
    "BenefitGrantDownloadablesProperties",
    // It is empty, as `BenefitGrantCustomProperties` is.
    "BenefitGrantFeatureFlagProperties",
    "BenefitGrantGitHubRepositoryProperties",
    "BenefitGrantMeterCreditProperties",
    "BenefitGrantSlackSharedChannelProperties",
    "LegacyRecurringProductPrice",
];

/// The document that types are made from.
pub(super) struct Document<'d> {
    pub(super) root: &'d Value,
}

/// What a schema comes to, references followed and `null` taken apart.
pub(super) enum Shape<'d> {
    Uuid,
    Moment,
    Text,
    Constant(&'d Value),
    Integer,
    Number,
    Boolean,
    List(&'d Value),
    /// Names that the document does not know, with single values: metadata.
    Map,
    /// An object with a name of its own, or one within another schema.
    Object(Option<String>, &'d Value),
    /// Several kinds of objects.
    Union(Option<String>, Vec<Variant<'d>>),
    /// Anything else is kept as JSON.
    Json,
}

/// One of several objects: its name, where it has one.
pub(super) type Variant<'d> = (Option<String>, &'d Value);

/// A property of an object.
#[derive(Clone)]
pub(super) struct Property<'d> {
    pub(super) name: &'d str,
    pub(super) schema: &'d Value,
    pub(super) required: bool,
    /// Whether some objects of a union that is written as one object do not have it.
    pub(super) partial: bool,
    /// What other objects of a union say of the same property.
    pub(super) others: Vec<&'d Value>,
}

impl<'d> Property<'d> {
    pub(super) fn new(name: &'d str, schema: &'d Value, required: bool) -> Self {
        Self {
            name,
            schema,
            required,
            partial: false,
            others: Vec::new(),
        }
    }
}

impl<'d> Document<'d> {
    pub(super) fn new(root: &'d Value) -> Self {
        Self { root }
    }

    /// Follows a reference, and says what it is called.
    pub(super) fn follow(&self, schema: &'d Value) -> anyhow::Result<(Option<String>, &'d Value)> {
        let Some(reference) = schema.get("$ref").and_then(Value::as_str) else {
            return Ok((None, schema));
        };
        let target = refs::follow(self.root, schema)
            .with_context(|| format!("{reference} leads nowhere"))?;
        // A part of a component has a name only if it stands for another component.
        if reference.matches('/').count() > 3 {
            let part = self.root.pointer(&reference[1..]);
            let part = part.with_context(|| format!("{reference} leads nowhere"))?;
            return self.follow(part);
        }
        let name = refs::component(reference).map(|(_, name)| name.into_owned());
        Ok((name, target))
    }

    /// A component schema by name.
    pub(super) fn component(&self, name: &str) -> anyhow::Result<&'d Value> {
        let schemas = &self.root["components"]["schemas"];
        schemas
            .get(name)
            .with_context(|| format!("there is no schema {name}"))
    }

    /// A schema without its `null`, and whether it had one.
    pub(super) fn nullable(&self, schema: &'d Value) -> (&'d Value, bool) {
        let target = refs::follow(self.root, schema).unwrap_or(schema);
        let Some(variants) = target.get("anyOf").and_then(Value::as_array) else {
            return (schema, false);
        };
        let is_null = |variant: &&Value| variant.get("type").is_some_and(|kind| kind == "null");
        match variants.as_slice() {
            [only, null] | [null, only] if is_null(&null) && !is_null(&only) => {
                (self.nullable(only).0, true)
            }
            _ => (schema, variants.iter().any(|variant| is_null(&variant))),
        }
    }

    pub(super) fn shape(&self, schema: &'d Value) -> anyhow::Result<Shape<'d>> {
        let (name, schema) = self.follow(schema)?;
        if let Some(constant) = schema.get("const") {
            return Ok(Shape::Constant(constant));
        }
        for union in ["anyOf", "oneOf"] {
            if let Some(variants) = schema.get(union).and_then(Value::as_array) {
                return self.union(name, variants);
            }
        }
        if let Some([only]) = schema
            .get("allOf")
            .and_then(Value::as_array)
            .map(Vec::as_slice)
            && schema.get("properties").is_none()
        {
            return self.shape(only);
        }
        let format = schema.get("format").and_then(Value::as_str);
        Ok(match schema.get("type").and_then(Value::as_str) {
            Some("string") => match format {
                Some("uuid" | "uuid4") => Shape::Uuid,
                Some("date-time") => Shape::Moment,
                _ => Shape::Text,
            },
            Some("integer") => Shape::Integer,
            Some("number") => Shape::Number,
            Some("boolean") => Shape::Boolean,
            Some("array") => match schema.get("items") {
                Some(items) if schema.get("prefixItems").is_none() => Shape::List(items),
                _ => Shape::Json,
            },
            _ if schema.get("properties").is_some() => Shape::Object(name, schema),
            Some("object") if schema.pointer("/additionalProperties/type").is_none() => Shape::Map,
            _ => Shape::Json,
        })
    }

    fn union(&self, name: Option<String>, variants: &'d [Value]) -> anyhow::Result<Shape<'d>> {
        let mut made = Vec::new();
        for variant in variants {
            if !is_never_made(self.follow(variant)?.0.as_deref()) {
                made.push(variant);
            }
        }
        if let [only] = made.as_slice() {
            return self.shape(only);
        }
        let mut objects = Vec::new();
        for variant in made {
            match self.shape(variant)? {
                Shape::Object(name, schema) => objects.push((name, schema)),
                Shape::Union(_, more) => objects.extend(more),
                _ if variant.get("type").is_some_and(|kind| kind == "null") => {}
                _ => return Ok(Shape::Json),
            }
        }
        Ok(Shape::Union(name, objects))
    }

    /// The properties of several objects as those of one. One may be missing unless every object has to have it.
    pub(super) fn merged(&self, variants: &[Variant<'d>]) -> anyhow::Result<Vec<Property<'d>>> {
        let mut all: Vec<Property<'d>> = Vec::new();
        for (_, variant) in variants {
            for mut property in self.properties(variant)? {
                match all.iter_mut().find(|known| known.name == property.name) {
                    Some(known) => {
                        // A nullable form is the wider one.
                        if self.nullable(property.schema).1 {
                            std::mem::swap(&mut known.schema, &mut property.schema);
                        }
                        known.others.push(property.schema);
                        known.required &= property.required;
                    }
                    None => all.push(property),
                }
            }
        }
        for property in &mut all {
            property.required &= property.others.len() + 1 == variants.len();
        }
        Ok(all)
    }

    /// The shape of a property: a union where several objects have different objects there.
    pub(super) fn property_shape(&self, property: &Property<'d>) -> anyhow::Result<Shape<'d>> {
        let mut objects: Vec<Variant<'d>> = Vec::new();
        for schema in [property.schema].iter().chain(&property.others) {
            let found = match self.shape(self.nullable(schema).0)? {
                Shape::Object(name, schema) => vec![(name, schema)],
                Shape::Union(_, variants) => variants,
                _ => return self.shape(self.nullable(property.schema).0),
            };
            for variant in found {
                if !objects.contains(&variant) && !is_never_made(variant.0.as_deref()) {
                    objects.push(variant);
                }
            }
        }
        if property
            .others
            .iter()
            .all(|other| *other == property.schema)
        {
            return self.shape(self.nullable(property.schema).0);
        }
        Ok(match objects.pop() {
            Some((name, schema)) if objects.is_empty() => Shape::Object(name, schema),
            last => {
                objects.extend(last);
                Shape::Union(None, objects)
            }
        })
    }

    /// The properties of an object in the order of an answer, those of `allOf` included.
    pub(super) fn properties(&self, schema: &'d Value) -> anyhow::Result<Vec<Property<'d>>> {
        let mut properties: Vec<Property<'d>> = Vec::new();
        for part in schema
            .get("allOf")
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
        {
            let (_, part) = self.follow(part)?;
            for property in self.properties(part)? {
                put(&mut properties, property);
            }
        }
        let own = schema.get("properties").and_then(Value::as_object);
        let required: Vec<&str> = texts(schema.get("required"));
        for (name, schema) in own.into_iter().flatten() {
            let required = required.contains(&name.as_str());
            put(&mut properties, Property::new(name, schema, required));
        }
        sort(&mut properties, schema)?;
        Ok(properties)
    }

    /// The properties of several objects that `x-order` on their union puts in one order; nothing where it does not.
    pub(super) fn ordered(
        &self,
        union: &'d Value,
        variants: &[Variant<'d>],
    ) -> anyhow::Result<Option<Vec<Property<'d>>>> {
        if union.get("x-order").is_none() {
            return Ok(None);
        }
        let mut properties = self.merged(variants)?;
        for property in &mut properties {
            property.partial = property.others.len() + 1 < variants.len();
        }
        sort(&mut properties, union)?;
        Ok(Some(properties))
    }
}

/// Puts properties in the order that `x-order` gives; the others follow as they are.
fn sort(properties: &mut [Property<'_>], schema: &Value) -> anyhow::Result<()> {
    let order = texts(schema.get("x-order"));
    if let Some(unknown) = order
        .iter()
        .find(|name| !properties.iter().any(|property| property.name == **name))
    {
        bail!("x-order names `{unknown}`, which is no property");
    }
    let place = |property: &Property| {
        order
            .iter()
            .position(|name| *name == property.name)
            .unwrap_or(order.len())
    };
    properties.sort_by_key(place);
    Ok(())
}

/// Whether the slice never makes an object of this name.
fn is_never_made(name: Option<&str>) -> bool {
    name.is_some_and(|name| NEVER_MADE.contains(&name))
}

fn put<'d>(properties: &mut Vec<Property<'d>>, property: Property<'d>) {
    match properties
        .iter_mut()
        .find(|known| known.name == property.name)
    {
        // What any part requires is required.
        Some(known) => {
            *known = Property {
                required: known.required || property.required,
                ..property
            }
        }
        None => properties.push(property),
    }
}

fn texts(list: Option<&Value>) -> Vec<&str> {
    let items = list.and_then(Value::as_array).into_iter().flatten();
    items.filter_map(Value::as_str).collect()
}

/// The name of a type: `ListResource_LicenseKeyRead_` is `ListResourceLicenseKeyRead`.
pub(super) fn type_name(name: &str) -> Ident {
    Ident::new(&name.to_upper_camel_case(), Span::call_site())
}

/// The name of a field, which may be a word of Rust's.
pub(super) fn field_name(name: &str) -> Ident {
    let name = name.to_snake_case();
    syn::parse_str(&name).unwrap_or_else(|_| Ident::new_raw(&name, Span::call_site()))
}

/// The description of a schema or property as one line of documentation.
pub(super) fn words(schema: &Value) -> Option<String> {
    let text = schema.get("description").and_then(Value::as_str)?;
    Some(format!(" {}", text.replace('\n', " ").replace('[', "\\[")))
}
