//! Answers: one struct for each object that the server sends, written in the order in which it sends the fields.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context as _, bail};
use proc_macro2::{Ident, TokenStream};
use quote::quote;
use serde_json::Value;

use super::operations::{Body, Operation};
use super::schema::{Document, Property, Shape, Variant, field_name, type_name, words};

/// Objects that only a fixture makes. They are shown as they are kept.
const KEPT_AS_JSON: &[&str] = &["AttachedCustomField"];

/// The module, and the names of the types that borrow nothing.
pub(super) fn module(
    document: &Document<'_>,
    operations: &[Operation<'_>],
) -> anyhow::Result<(TokenStream, BTreeSet<String>)> {
    let mut types = Types {
        document,
        items: BTreeMap::new(),
        plain: BTreeSet::new(),
        fresh: BTreeSet::new(),
    };
    for operation in operations {
        if let Body::Json(schema) = operation.answer {
            types
                .of("", schema)
                .with_context(|| format!("the answer of {}", operation.id))?;
        }
    }
    let items = types.items.into_values();
    let module = quote! {
        //! What the operations answer: fields in the order in which the server sends them.

        use std::borrow::Cow;

        use serde::ser::{Serialize, SerializeMap, Serializer};
        use uuid::Uuid;

        use crate::answer::{Echo, Json, MetadataView, Resource, Since};
        use crate::state::Timestamp;

        #(#items)*
    };
    Ok((module, types.plain))
}

/// The types so far, by name.
struct Types<'d> {
    document: &'d Document<'d>,
    items: BTreeMap<String, TokenStream>,
    /// Those that borrow nothing.
    plain: BTreeSet<String>,
    /// Those that have no field to fill.
    fresh: BTreeSet<String>,
}

impl<'d> Types<'d> {
    /// The type of a schema; `hint` names an object that has no name of its own.
    fn of(&mut self, hint: &str, schema: &'d Value) -> anyhow::Result<TokenStream> {
        let (schema, nullable) = self.document.nullable(schema);
        let shape = self.document.shape(schema)?;
        self.shaped(hint, schema, shape, nullable)
    }

    fn property(&mut self, hint: &str, property: &Property<'d>) -> anyhow::Result<TokenStream> {
        let (schema, nullable) = self.document.nullable(property.schema);
        let shape = self.document.property_shape(property)?;
        self.shaped(hint, schema, shape, nullable)
    }

    fn shaped(
        &mut self,
        hint: &str,
        schema: &'d Value,
        shape: Shape<'d>,
        nullable: bool,
    ) -> anyhow::Result<TokenStream> {
        let inner = match shape {
            Shape::Uuid => quote!(Uuid),
            Shape::Moment => quote!(Timestamp),
            Shape::Text | Shape::Constant(Value::String(_)) => quote!(Cow<'a, str>),
            Shape::Constant(Value::Bool(_)) | Shape::Boolean => quote!(bool),
            Shape::Integer => quote!(i64),
            Shape::Number => quote!(f64),
            Shape::List(items) => {
                let item = self.of(&format!("{hint}Item"), items)?;
                quote!(Vec<#item>)
            }
            Shape::Map => quote!(MetadataView<'a>),
            Shape::Object(Some(name), _) if KEPT_AS_JSON.contains(&name.as_str()) => {
                quote!(Json<'a>)
            }
            Shape::Object(name, schema) => self.object(name.as_deref().unwrap_or(hint), schema)?,
            Shape::Union(name, variants) => {
                let (_, schema) = self.document.follow(schema)?;
                self.union(name.as_deref().unwrap_or(hint), schema, &variants)?
            }
            Shape::Constant(_) | Shape::Json => quote!(Json<'a>),
        };
        Ok(if nullable {
            quote!(Option<#inner>)
        } else {
            inner
        })
    }

    fn object(&mut self, name: &str, schema: &'d Value) -> anyhow::Result<TokenStream> {
        let properties = self.document.properties(schema)?;
        self.structure(name, schema, &properties)
            .with_context(|| format!("schema {name}"))
    }

    /// Several objects with the same fields in the same order are one struct, and so are those whose union has an `x-order`;
    /// others are an enum.
    fn union(
        &mut self,
        name: &str,
        schema: &'d Value,
        variants: &[Variant<'d>],
    ) -> anyhow::Result<TokenStream> {
        if let Some(properties) = self.common(schema, variants)? {
            return self
                .structure(name, schema, &properties)
                .with_context(|| format!("schema {name}"));
        }
        let ident = type_name(name);
        if self.items.contains_key(&ident.to_string()) {
            return Ok(quote!(#ident<'a>));
        }
        self.items.insert(ident.to_string(), TokenStream::new());
        let mut arms = Vec::new();
        for ((variant_name, variant), number) in variants.iter().zip(1..) {
            let variant_name = variant_name
                .clone()
                .unwrap_or_else(|| format!("{name}{number}"));
            arms.push((
                type_name(&variant_name),
                self.object(&variant_name, variant)?,
            ));
        }
        let (variants, types): (Vec<_>, Vec<_>) = arms.into_iter().unzip();
        let text = format!(" `{name}`: one of several objects.");
        let item = quote! {
            #[doc = #text]
            #[derive(Debug, Clone)]
            pub enum #ident<'a> { #(#variants(#types),)* }

            impl Resource for #ident<'_> {
                type Shape = #ident<'static>;
            }

            impl Serialize for #ident<'_> {
                fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                    match self { #(Self::#variants(object) => object.serialize(serializer),)* }
                }
            }
        };
        self.items.insert(ident.to_string(), item);
        Ok(quote!(#ident<'a>))
    }

    /// The fields of objects that are one struct.
    fn common(
        &self,
        union: &'d Value,
        variants: &[Variant<'d>],
    ) -> anyhow::Result<Option<Vec<Property<'d>>>> {
        if let Some(properties) = self.document.ordered(union, variants)? {
            return Ok(Some(properties));
        }
        let kinds = variants
            .iter()
            .map(|(_, variant)| self.document.properties(variant));
        let kinds = kinds.collect::<anyhow::Result<Vec<_>>>()?;
        let names = |kind: &[Property<'d>]| -> Vec<&str> {
            kind.iter().map(|property| property.name).collect()
        };
        let alike = kinds
            .windows(2)
            .all(|pair| names(&pair[0]) == names(&pair[1]));
        alike.then(|| self.document.merged(variants)).transpose()
    }

    /// What `x-extends` names: its name, its type and its fields.
    fn base(
        &mut self,
        schema: &'d Value,
    ) -> anyhow::Result<Option<(&'d str, TokenStream, Vec<Property<'d>>)>> {
        let Some(name) = schema.get("x-extends").and_then(Value::as_str) else {
            return Ok(None);
        };
        let schema = self.document.component(name)?;
        Ok(Some(match self.document.shape(schema)? {
            Shape::Union(_, variants) => {
                let properties = self.common(schema, &variants)?;
                let properties =
                    properties.with_context(|| format!("{name} has several kinds of fields"))?;
                (name, self.union(name, schema, &variants)?, properties)
            }
            _ => (
                name,
                self.object(name, schema)?,
                self.document.properties(schema)?,
            ),
        }))
    }

    /// A struct; another name of the one that it extends, if it adds nothing to that.
    fn structure(
        &mut self,
        name: &str,
        schema: &'d Value,
        properties: &[Property<'d>],
    ) -> anyhow::Result<TokenStream> {
        let ident = type_name(name);
        if self.items.contains_key(&ident.to_string()) {
            return Ok(self.reference(&ident));
        }
        // Reserves the name: an object may hold itself.
        self.items.insert(ident.to_string(), TokenStream::new());
        let base = self.base(schema)?;
        let text = words(schema).unwrap_or_else(|| format!(" `{name}`."));
        let mut base_names = Vec::new();
        let mut fields = Vec::new();
        let mut base_field = None;
        if let Some((base_name, base_type, inherited)) = &base {
            let own: Vec<&str> = properties.iter().map(|property| property.name).collect();
            if let Some(missing) = inherited.iter().find(|base| !own.contains(&base.name)) {
                bail!("it extends {base_name}, but has no `{}`", missing.name);
            }
            if own
                .iter()
                .eq(inherited.iter().map(|property| &property.name))
            {
                return Ok(self.alias(&ident, &text, base_type));
            }
            base_names = inherited.iter().map(|property| property.name).collect();
            let field = field_name(base_name);
            let text = format!(" The fields of `{base_name}`.");
            fields.push(quote!(#[doc = #text] pub #field: #base_type));
            base_field = Some(field);
        }
        let mut entries = Vec::new();
        for property in properties {
            let (key, field) = (property.name, field_name(property.name));
            if let Some(value) = property.schema.get("x-fresh") {
                // Nothing to say of a new object: then it is left out.
                if value.is_null() && may_be_absent(property) {
                    continue;
                }
                let value = literal(value).with_context(|| format!("x-fresh of `{key}`"))?;
                entries.push(quote!(map.serialize_entry(#key, &#value)?;));
                continue;
            }
            let inherited = base.as_ref().filter(|_| base_names.contains(&key));
            let owner = inherited.map_or(name, |(base_name, _, _)| base_name);
            let inner = self.property(&format!("{owner}_{key}"), property)?;
            if self.fresh.contains(&inner.to_string()) {
                entries.push(quote!(map.serialize_entry(#key, &#inner {})?;));
                continue;
            }
            if let Some(base) = base_field.as_ref().filter(|_| inherited.is_some()) {
                entries.push(entry(property, &quote!(self.#base.#field)));
                continue;
            }
            entries.push(entry(property, &quote!(self.#field)));
            let text = words_of(property);
            let kind = match since(property) {
                Some(version) => quote!(Since<#version, #inner>),
                None if property.schema.get("x-echo").is_some() => quote!(Echo<'a>),
                None if may_be_absent(property) => quote!(Option<#inner>),
                None => inner,
            };
            fields.push(quote!(#[doc = #text] pub #field: #kind));
        }
        let borrows = fields.iter().any(|field| field.to_string().contains("'a"));
        let (lifetime, any) = if borrows {
            (quote!(<'a>), quote!(<'_>))
        } else {
            (quote!(), quote!())
        };
        let shape = if borrows {
            quote!(#ident<'static>)
        } else {
            quote!(#ident)
        };
        let body = if entries.is_empty() {
            quote!(serializer.serialize_map(None)?.end())
        } else {
            quote! {
                let mut map = serializer.serialize_map(None)?;
                #(#entries)*
                map.end()
            }
        };
        let item = quote! {
            #[doc = #text]
            #[derive(Debug, Clone)]
            pub struct #ident #lifetime { #(#fields,)* }

            impl Resource for #ident #any {
                type Shape = #shape;
            }

            impl Serialize for #ident #any {
                fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                    #body
                }
            }
        };
        self.items.insert(ident.to_string(), item);
        if !borrows {
            self.plain.insert(ident.to_string());
        }
        if fields.is_empty() {
            self.fresh.insert(ident.to_string());
        }
        Ok(self.reference(&ident))
    }

    /// Another name of a type.
    fn alias(&mut self, ident: &Ident, text: &str, original: &TokenStream) -> TokenStream {
        let borrows = original.to_string().contains("'a");
        let lifetime = borrows.then(|| quote!(<'a>));
        let item = quote!(#[doc = #text] pub type #ident #lifetime = #original;);
        self.items.insert(ident.to_string(), item);
        if !borrows {
            self.plain.insert(ident.to_string());
        }
        self.reference(ident)
    }

    fn reference(&self, ident: &Ident) -> TokenStream {
        if self.plain.contains(&ident.to_string()) {
            quote!(#ident)
        } else {
            quote!(#ident<'a>)
        }
    }
}

/// A value that every answer has, as Rust.
fn literal(value: &Value) -> anyhow::Result<TokenStream> {
    Ok(match value {
        Value::Null => quote!(()),
        Value::Bool(flag) => quote!(#flag),
        Value::String(text) => quote!(#text),
        Value::Number(number) => match number.as_i64() {
            Some(number) => quote!(#number),
            None => bail!("{number} is no integer"),
        },
        Value::Array(items) if items.is_empty() => quote!([(); 0]),
        Value::Object(names) if names.is_empty() => quote!(serde_json::Map::new()),
        Value::Array(_) | Value::Object(_) => {
            bail!("only an empty list or object; write the values at the object's own properties")
        }
    })
}

/// The version in which a property appears.
fn since(property: &Property<'_>) -> Option<u32> {
    let version = property.schema.get("x-since")?.as_str()?;
    version.replace('-', "").parse().ok()
}

/// Whether a property is left out where it has no value.
fn may_be_absent(property: &Property<'_>) -> bool {
    property.partial || property.schema.get("x-absent").is_some()
}

/// What writes one field.
fn entry(property: &Property<'_>, value: &TokenStream) -> TokenStream {
    let key = property.name;
    let shown = match since(property) {
        Some(_) => quote!(#value.get()),
        None if may_be_absent(property) => quote!(&#value),
        None => return quote!(map.serialize_entry(#key, &#value)?;),
    };
    quote! {
        if let Some(value) = #shown {
            map.serialize_entry(#key, value)?;
        }
    }
}

/// The description of a field. That of a constant holds for one kind of object only.
fn words_of(property: &Property<'_>) -> String {
    let constant = property.schema.get("const").is_some();
    let words = words(property.schema).filter(|_| !constant);
    words.unwrap_or_else(|| format!(" `{}`.", property.name))
}
