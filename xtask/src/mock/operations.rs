//! Operations: a trait for each tag, and the way from an operation's name to its method.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::Context as _;
use heck::{ToSnakeCase as _, ToUpperCamelCase as _};
use polar_openapi::walk;
use proc_macro2::{Ident, Span, TokenStream};
use quote::{format_ident, quote};
use serde_json::Value;

use super::schema::{Document, Shape, field_name, type_name};

/// An operation of the contract.
pub(super) struct Operation<'d> {
    pub(super) id: &'d str,
    pub(super) method: String,
    pub(super) path: String,
    /// Path and query parameters, in the order of the document.
    pub(super) parameters: Vec<&'d Value>,
    pub(super) body: Option<&'d Value>,
    pub(super) status: u16,
    pub(super) answer: Body<'d>,
}

/// What an operation answers with.
pub(super) enum Body<'d> {
    /// Nothing.
    None,
    /// `null`: the server's function returns nothing, which the document gives an empty schema.
    Null,
    /// JSON of this schema.
    Json(&'d Value),
    /// Something else than JSON, or a way to another place: the method writes the whole answer.
    Other,
}

impl Operation<'_> {
    /// `license_keys:list` is `LicenseKeysList`.
    pub(super) fn type_name(&self) -> Ident {
        Ident::new(&self.id.to_upper_camel_case(), Span::call_site())
    }

    /// `LicenseKeys` and `list`: the trait and its method.
    fn home(&self) -> (String, Ident) {
        let (tag, name) = self.id.rsplit_once(':').unwrap_or(("", self.id));
        (tag.to_upper_camel_case(), field_name(&name.to_snake_case()))
    }
}

/// Every operation of the document: where it is, its id and what it says.
fn found<'d>(document: &Document<'d>) -> Vec<(String, &'d str, &'d Value)> {
    let mut found = Vec::new();
    walk::document(document.root, &mut |kind, at, value| {
        if kind == walk::Kind::Operation && at.starts_with("/paths/") {
            let id = value["operationId"].as_str().unwrap_or_default();
            found.push((at.to_owned(), id, value));
        }
    });
    found
}

pub(super) fn all<'d>(document: &Document<'d>) -> anyhow::Result<Vec<Operation<'d>>> {
    let mut operations = Vec::new();
    for (at, id, value) in found(document) {
        let made = operation(document, &at, id, value);
        operations.push(made.with_context(|| format!("operation {id}"))?);
    }
    Ok(operations)
}

fn operation<'d>(
    document: &Document<'d>,
    at: &str,
    id: &'d str,
    value: &'d Value,
) -> anyhow::Result<Operation<'d>> {
    let mut steps = at.split('/').skip(2).map(polar_openapi::pointer::unescape);
    let path = steps.next().unwrap_or_default().into_owned();
    let method = steps.next().unwrap_or_default().to_uppercase();
    let given = value.get("parameters").and_then(Value::as_array);
    let mut parameters = Vec::new();
    for parameter in given.into_iter().flatten() {
        let (_, parameter) = document.follow(parameter)?;
        if parameter["in"] != "header" {
            parameters.push(parameter);
        }
    }
    let json = |value: &'d Value| value.pointer("/content/application~1json/schema");
    let body = match value.get("requestBody") {
        Some(body) => json(document.follow(body)?.1),
        None => None,
    };
    let responses = value["responses"]
        .as_object()
        .context("it has no responses")?;
    let success = responses
        .iter()
        .find(|(status, _)| status.starts_with(['2', '3']));
    let (status, response) = success.context("it has no 2xx or 3xx response")?;
    let (_, response) = document.follow(response)?;
    let is_other = status.starts_with('3') || response.get("content").is_some();
    Ok(Operation {
        id,
        method,
        path,
        parameters,
        body,
        status: status.parse()?,
        answer: match json(response) {
            None if is_other => Body::Other,
            None => Body::None,
            Some(schema) if schema.as_object().is_some_and(|schema| schema.is_empty()) => {
                Body::Null
            }
            Some(schema) => Body::Json(schema),
        },
    })
}

/// `plain`: the names of answers that borrow nothing.
pub(super) fn module(
    document: &Document<'_>,
    operations: &[Operation<'_>],
    plain: &BTreeSet<String>,
) -> anyhow::Result<TokenStream> {
    let mut tags: BTreeMap<String, Vec<TokenStream>> = BTreeMap::new();
    let mut arms = Vec::new();
    for operation in operations {
        let (tag, method) = operation.home();
        let request = operation.type_name();
        let answer = match operation.answer {
            Body::Other => quote!(Result<Reply, Refusal>),
            Body::None => quote!(Outcome<()>),
            Body::Null => quote!(Outcome<Null>),
            Body::Json(schema) => match document.shape(schema)? {
                Shape::Object(Some(name), _) | Shape::Union(Some(name), _) => {
                    let name = type_name(&name);
                    if plain.contains(&name.to_string()) {
                        quote!(Outcome<answers::#name>)
                    } else {
                        quote!(Outcome<answers::#name<'static>>)
                    }
                }
                _ => anyhow::bail!("the answer of {} has no name", operation.id),
            },
        };
        let text = format!(
            " `{}`: {} {}",
            operation.id, operation.method, operation.path
        );
        tags.entry(tag.clone()).or_default().push(quote! {
            #[doc = #text]
            fn #method(&self, asked: requests::#request) -> #answer;
        });
        let (status, tag) = (operation.status, format_ident!("{tag}"));
        let reply = match operation.answer {
            Body::Other => quote!(),
            _ => quote!(.reply(#status)),
        };
        arms.push(quote! {
            Operation::#request => {
                let asked = requests::#request::read(arguments)?;
                #tag::#method(call, asked)?#reply
            }
        });
    }
    let names: Vec<Ident> = tags.keys().map(|tag| format_ident!("{tag}")).collect();
    let traits = tags.into_iter().map(|(tag, methods)| {
        let name = format_ident!("{tag}");
        let text = format!(" The operations of `{tag}`.");
        quote!(#[doc = #text] pub trait #name { #(#methods)* })
    });
    let identity = identity(document);
    Ok(quote! {
        //! One method for each operation, and the way to it.

        use super::{answers, requests};
        use crate::answer::{Null, Outcome};
        use crate::contract::Arguments;
        use crate::reply::Reply;
        use crate::refusal::Refusal;

        #identity

        #(#traits)*

        /// Answers a call of an operation with these arguments.
        pub fn answer<C: #(#names)+*>(
            operation: Operation,
            call: &C,
            arguments: Arguments,
        ) -> Result<Reply, Refusal> {
            Ok(match operation { #(#arms)* })
        }
    })
}

/// `enum Operation`: one variant for each operation of the document.
fn identity(document: &Document<'_>) -> TokenStream {
    let ids: Vec<&str> = found(document).iter().map(|(_, id, _)| *id).collect();
    let names: Vec<Ident> = ids.iter().map(|id| type_name(id)).collect();
    let texts = ids.iter().map(|id| format!(" `{id}`."));
    let count = ids.len();
    quote! {
        /// An operation of the contract.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum Operation { #(#[doc = #texts] #names,)* }

        impl Operation {
            /// Every operation.
            pub const ALL: [Self; #count] = [#(Self::#names),*];

            /// Its `operationId`.
            pub fn id(self) -> &'static str {
                match self { #(Self::#names => #ids,)* }
            }
        }
    }
}
