//! What the mock needs of the contract, as Rust: a request type and an answer type for each operation, and a trait for each
//! tag with one method for each operation.
//!
//! The source is the server truth (document and overlay): `x-order` gives the order of an answer's fields, `x-since` makes
//! a field one of later versions, `x-extends` has one answer begin with another, `x-echo` lets a moment repeat what was
//! given, `x-fresh` is a value that the generator writes itself. A field that is neither required nor nullable may be left out.

mod answers;
mod operations;
mod requests;
mod schema;

use std::path::Path;

use anyhow::Context as _;
use proc_macro2::TokenStream;
use serde_json::Value;

use crate::{generate::HEADER, output::Generated};
use schema::Document;

const FOLDER: &str = "mock-server/src/generated";

/// The generated files. `truth` is the document with the overlay applied.
pub(crate) fn files(truth: &Value) -> anyhow::Result<Vec<Generated>> {
    let document = Document::new(truth);
    let operations = operations::all(&document)?;
    let (answers, plain) = answers::module(&document, &operations)?;
    let modules = [
        ("mod.rs", modules()),
        ("answers.rs", answers),
        ("requests.rs", requests::module(&document, &operations)?),
        (
            "operations.rs",
            operations::module(&document, &operations, &plain)?,
        ),
    ];
    let write = |(name, tokens): (&str, TokenStream)| {
        let file = syn::parse2(tokens).with_context(|| format!("{name} would not be Rust"))?;
        Ok(Generated {
            path: Path::new(FOLDER).join(name),
            content: format!("{HEADER}\n{}", prettyplease::unparse(&file)),
        })
    };
    modules.into_iter().map(write).collect()
}

fn modules() -> TokenStream {
    quote::quote! {
        //! The operations of the contract, their requests and their answers.

        pub mod answers;
        pub mod operations;
        pub mod requests;
    }
}
