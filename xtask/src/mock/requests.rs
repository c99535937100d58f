//! Requests: one struct for each operation, with what the decoder has checked in the types of Rust.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context as _, bail};
use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use serde_json::Value;

use super::operations::Operation;
use super::schema::{Document, Property, Shape, Variant, field_name, type_name, words};

/// What the mock takes and does not act on, by request or object: no field is written for it. The README of the mock has the
/// same in a table, with the reason. A field that is written is read, or the compiler calls it dead code.
const IGNORED: &[(&str, &[&str])] = &[
    // Polar ignores it without a `meter_interval`, and refuses every `meter_interval`.
    ("ProductCreate", &["meter_interval_count"]),
    // It has chosen the form of the body already.
    ("DiscountCreate", &["type"]),
    // It is always the same.
    ("CheckoutLinkCreate", &["payment_processor"]),
    // Checkouts are in English, whatever is asked for.
    ("CheckoutConfirmStripe", &["locale"]),
    ("CheckoutCreate", &["locale"]),
    ("CheckoutUpdate", &["locale"]),
    ("CheckoutUpdatePublic", &["locale"]),
];

/// `IGNORED`, name by name.
fn ignored() -> impl Iterator<Item = (&'static str, &'static str)> {
    let all = IGNORED.iter();
    all.flat_map(|(owner, names)| names.iter().map(|name| (*owner, *name)))
}

pub(super) fn module(
    document: &Document<'_>,
    operations: &[Operation<'_>],
) -> anyhow::Result<TokenStream> {
    let mut types = Types {
        document,
        items: BTreeMap::new(),
        met: BTreeSet::new(),
    };
    for operation in operations {
        types
            .request(operation)
            .with_context(|| format!("the request of {}", operation.id))?;
    }
    // A document without the owner has nothing to ignore of it.
    let mut stale = ignored().filter(|&(owner, name)| {
        types.items.contains_key(owner) && !types.met.contains(&(owner, name))
    });
    if let Some((owner, name)) = stale.next() {
        bail!("IGNORED names `{owner}.{name}`, which the request does not have; remove it");
    }
    let items = types.items.into_values();
    Ok(quote! {
        //! What the operations are asked, checked by the decoder.

        use uuid::Uuid;

        use crate::contract::{Arguments, Field, Mismatch, Moment, Patch};
        use crate::json::{Dict, Value};

        #(#items)*
    })
}

/// The types so far, by name.
struct Types<'d> {
    document: &'d Document<'d>,
    items: BTreeMap<String, TokenStream>,
    /// What of `IGNORED` came up.
    met: BTreeSet<(&'static str, &'static str)>,
}

impl<'d> Types<'d> {
    fn is_ignored(&mut self, owner: &str, name: &str) -> bool {
        let known = ignored().find(|known| *known == (owner, name));
        self.met.extend(known);
        known.is_some()
    }

    fn request(&mut self, operation: &Operation<'d>) -> anyhow::Result<()> {
        let ident = operation.type_name();
        let (mut fields, mut reads) = (Vec::new(), Vec::new());
        for parameter in &operation.parameters {
            let key = parameter["name"]
                .as_str()
                .context("a parameter without a name")?;
            if self.is_ignored(&ident.to_string(), key) {
                continue;
            }
            let required = parameter["required"] == true;
            let property = Property::new(key, &parameter["schema"], required);
            let kind = self.field(&ident.to_string(), &property, false)?;
            let (field, text) = (field_name(key), words(parameter).unwrap_or_default());
            fields.push(quote!(#[doc = #text] pub #field: #kind));
            reads.push(quote!(#field: Field::read(arguments.parameters.take(#key))?));
        }
        if let Some(schema) = operation.body {
            // A confirmation begins with a change.
            let patch = operation.method == "PATCH" || operation.id == "checkouts:client_confirm";
            let kind = self.of(&format!("{ident}Body"), schema, patch)?;
            fields.push(quote!(#[doc = " The body."] pub body: #kind));
            reads.push(quote!(body: Field::read(arguments.body)?));
        }
        let text = format!(
            " `{}`: {} {}",
            operation.id, operation.method, operation.path
        );
        let arguments = match (fields.len(), operation.body) {
            (0, _) => quote!(_),
            (1, Some(_)) => quote!(arguments),
            _ => quote!(mut arguments),
        };
        self.items.insert(
            ident.to_string(),
            quote! {
                #[doc = #text]
                #[derive(Debug)]
                pub struct #ident { #(#fields),* }

                impl #ident {
                    /// Takes what was asked out of a decoded request.
                    pub fn read(#arguments: Arguments) -> Result<Self, Mismatch> {
                        Ok(Self { #(#reads),* })
                    }
                }
            },
        );
        Ok(())
    }

    /// Objects of which one was chosen: all their fields. One may be missing unless every object has to have it.
    fn merged(
        &mut self,
        name: &str,
        variants: &[Variant<'d>],
        patch: bool,
    ) -> anyhow::Result<TokenStream> {
        self.object(name, None, &self.document.merged(variants)?, patch)
    }

    fn object(
        &mut self,
        name: &str,
        words: Option<String>,
        properties: &[Property<'d>],
        patch: bool,
    ) -> anyhow::Result<TokenStream> {
        let ident = type_name(name);
        if self.items.contains_key(&ident.to_string()) {
            return Ok(quote!(#ident));
        }
        self.items.insert(ident.to_string(), TokenStream::new());
        let (mut fields, mut reads) = (Vec::new(), Vec::new());
        for property in properties {
            let (key, field) = (property.name, field_name(property.name));
            if self.is_ignored(&ident.to_string(), key) {
                continue;
            }
            let kind = self.field(name, property, patch)?;
            let text =
                super::schema::words(property.schema).unwrap_or_else(|| format!(" `{key}`."));
            fields.push(quote!(#[doc = #text] pub #field: #kind));
            reads.push(quote!(#field: Field::read(given.take(#key))?));
        }
        let text = words.unwrap_or_else(|| format!(" `{name}`."));
        self.items.insert(
            ident.to_string(),
            quote! {
                #[doc = #text]
                #[derive(Debug)]
                pub struct #ident { #(#fields),* }

                impl Field for #ident {
                    fn read(given: Option<Value>) -> Result<Self, Mismatch> {
                        let mut given = Dict::read(given)?;
                        Ok(Self { #(#reads),* })
                    }
                }
            },
        );
        Ok(quote!(#ident))
    }

    fn field(
        &mut self,
        owner: &str,
        property: &Property<'d>,
        patch: bool,
    ) -> anyhow::Result<TokenStream> {
        let (schema, nullable) = self.document.nullable(property.schema);
        let is_null = schema.get("type").is_some_and(|kind| kind == "null");
        let nullable = nullable || is_null;
        let hint = format!("{owner}_{}", property.name);
        let kind = if property.schema.get("x-kept").is_some() {
            quote!(Dict)
        } else {
            let shape = self.document.property_shape(property)?;
            self.shaped(&hint, shape, schema, false)
                .with_context(|| format!("field {}", property.name))?
        };
        Ok(match (property.required, nullable) {
            (true, false) => kind,
            (false, true) if patch => {
                let patch = format_ident!("Patch");
                quote!(#patch<#kind>)
            }
            _ => quote!(Option<#kind>),
        })
    }

    fn of(&mut self, hint: &str, schema: &'d Value, patch: bool) -> anyhow::Result<TokenStream> {
        let shape = self.document.shape(schema)?;
        self.shaped(hint, shape, schema, patch)
    }

    fn shaped(
        &mut self,
        hint: &str,
        shape: Shape<'d>,
        schema: &'d Value,
        patch: bool,
    ) -> anyhow::Result<TokenStream> {
        Ok(match shape {
            Shape::Uuid => quote!(Uuid),
            Shape::Moment => quote!(Moment),
            Shape::Text | Shape::Constant(Value::String(_)) => quote!(String),
            Shape::Constant(Value::Bool(_)) | Shape::Boolean => quote!(bool),
            Shape::Integer => quote!(i128),
            Shape::Number => quote!(f64),
            Shape::List(items) if items.get("x-kept").is_some() => quote!(Vec<Dict>),
            Shape::List(items) => {
                let item = self.of(&format!("{hint}Item"), items, patch)?;
                quote!(Vec<#item>)
            }
            Shape::Map => quote!(Dict),
            Shape::Object(name, schema) => {
                let name = name.unwrap_or_else(|| hint.to_owned());
                self.object(
                    &name,
                    words(schema),
                    &self.document.properties(schema)?,
                    patch,
                )?
            }
            Shape::Union(name, variants) => {
                self.merged(name.as_deref().unwrap_or(hint), &variants, patch)?
            }
            Shape::Constant(_) | Shape::Json => match self.filter(schema)? {
                // A filter takes one value or several, and the decoder gives a list of either.
                Some(items) => self.of(hint, items, patch)?,
                None => quote!(Value),
            },
        })
    }

    /// The list form of a filter.
    fn filter(&self, schema: &'d Value) -> anyhow::Result<Option<&'d Value>> {
        let variants = schema.get("anyOf").and_then(Value::as_array);
        for variant in variants.into_iter().flatten() {
            if let Shape::List(_) = self.document.shape(variant)? {
                return Ok(Some(variant));
            }
        }
        Ok(None)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What stands between backticks.
    fn names(cell: &str) -> impl Iterator<Item = &str> {
        cell.split('`').skip(1).step_by(2)
    }

    #[test]
    fn the_readme_lists_what_is_ignored() {
        let readme = include_str!("../../../mock-server/README.md");
        let (_, section) = readme
            .split_once("### Accepted without effect")
            .expect("the section");
        let section = section.split("| `sorting` of |").next().expect("a part");
        let mut listed = BTreeSet::new();
        for row in section.lines().filter(|line| line.starts_with("| `")) {
            let cells: Vec<&str> = row.split('|').map(str::trim).collect();
            let [_, owners, fields, why, _] = cells[..] else {
                panic!("three columns: {row}");
            };
            assert!(!why.is_empty(), "{row}");
            for owner in names(owners) {
                listed.extend(names(fields).map(|field| (owner, field)));
            }
        }
        assert_eq!(listed, ignored().collect());
    }

    #[test]
    fn what_is_ignored_is_asked_of_the_mock() {
        let requests = include_str!("../../../mock-server/src/generated/requests.rs");
        for (owner, _) in IGNORED {
            assert!(
                requests.contains(&format!("pub struct {owner} ")),
                "{owner} is no request"
            );
        }
    }
}
