//! The whole upstream document, which is never part of this repository. Without it these tests say so and pass.

use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
};

use polar_openapi::{
    bundled, descriptions, load,
    lock::{self, Lock},
    lower, refs, slice, upstream, walk,
};
use serde_json::Value;

/// The text of the newest document of `../shared/upstream`, beside the repository.
fn text() -> Option<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/upstream");
    let entries = std::fs::read_dir(&folder).into_iter().flatten().flatten();
    let mut documents: Vec<PathBuf> = entries
        .map(|entry| entry.path())
        .filter(|path| path.to_string_lossy().ends_with(".openapi.json"))
        .collect();
    documents.sort();
    let Some(newest) = documents.pop() else {
        eprintln!(
            "skipped: there is no upstream document in {}",
            folder.display()
        );
        return None;
    };
    Some(std::fs::read_to_string(newest).expect("the upstream document is readable"))
}

fn upstream() -> Option<Value> {
    Some(upstream::upgraded(&text()?).expect("an OpenAPI document"))
}

/// The same, when it is the one that the bundled document was sliced from.
fn locked() -> Option<Value> {
    let lock = Lock::parse(include_str!("../upstream.toml")).expect("a lock");
    if lock::digest(text()?.as_bytes()) != lock.digest {
        eprintln!("skipped: polar.yaml was sliced from another document, see upstream.toml");
        return None;
    }
    upstream()
}

#[test]
fn the_whole_document_can_be_lowered_and_parsed_as_3_0() {
    let Some(document) = upstream() else { return };
    let lowered = lower::lower(&document).expect("lowerable");
    assert!(
        lowered.losses.len() > 1_000,
        "only {} losses noted",
        lowered.losses.len()
    );
    refs::check(&lowered.document).expect("nothing dangles");
    walk::document(&lowered.document, &mut |kind, at, schema| {
        if kind == walk::Kind::Schema {
            assert!(
                schema.is_object() || at.ends_with("/additionalProperties"),
                "{at}: {schema}"
            );
            for gone in [
                "const",
                "anyOf",
                "prefixItems",
                "propertyNames",
                "title",
                "examples",
            ] {
                assert!(schema.get(gone).is_none(), "`{gone}` at {at}");
            }
            assert!(
                schema
                    .get("type")
                    .is_none_or(|name| name.is_string() && name != "null"),
                "{at}: {schema}"
            );
        }
    });
    serde_json::from_value::<openapiv3::OpenAPI>(lowered.document).expect("openapiv3 parses it");
}

#[test]
fn slicing_again_gives_the_bundled_document() {
    let Some(document) = locked() else { return };
    let mut sliced = slice::select(&document, &bundled::operations().all()).expect("sliceable");
    slice::strip(&mut sliced);
    descriptions::carry_over(&mut sliced, &bundled::document());
    let again = load::to_yaml("", &sliced).expect("yaml");
    assert!(
        bundled::DOCUMENT.ends_with(&format!(".\n{again}")),
        "polar.yaml is not what `cargo xtask sync` makes of the upstream document; run it"
    );
}

#[test]
fn no_text_of_the_upstream_document_is_in_the_bundled_one() {
    let Some(document) = upstream() else { return };
    // Short words and names may coincide; nobody owns `Name`.
    let texts = |document: &Value| {
        let mut texts = BTreeSet::new();
        collect_texts(document, &mut texts);
        texts.retain(|text| text.split_whitespace().count() > 4);
        texts
    };
    let theirs = texts(&document);
    let ours = texts(&bundled::document());
    let copied: Vec<_> = ours.intersection(&theirs).collect();
    assert!(copied.is_empty(), "copied from upstream: {copied:#?}");
}

fn collect_texts(value: &Value, texts: &mut BTreeSet<String>) {
    match value {
        Value::String(text) => {
            texts.insert(text.trim().trim_end_matches('.').to_lowercase());
        }
        Value::Array(items) => items.iter().for_each(|item| collect_texts(item, texts)),
        Value::Object(map) => map.values().for_each(|value| collect_texts(value, texts)),
        _ => {}
    }
}
