//! `cargo xtask regen --document`, run as a command.

use std::{fs, path::Path, process::Command};

use crate::support::{code, errors, repository, text, xtask};
use serde_json::json;

fn path(path: &Path) -> &str {
    path.to_str().expect("a path")
}

#[test]
fn a_crate_of_its_own_comes_of_any_document() {
    let root = tempfile::tempdir().expect("a folder");
    let document = json!({
        "openapi": "3.0.3",
        "info": {"title": "Small API", "version": "1"},
        "paths": {"/a": {"get": {"operationId": "a:get", "responses": {"200": {"description": "d", "content": {
            "application/json": {"schema": {"type": "string", "nullable": true}}}}}}}},
    });
    let from = root.path().join("small.json");
    fs::write(&from, document.to_string()).expect("written");
    let out = root.path().join("client");
    let arguments = ["regen", "--document", path(&from), "--out", path(&out)];
    let done = xtask(root.path(), &arguments);
    assert_eq!(code(&done), 0, "{}", errors(&done));
    let generated = out.join("src/generated.rs");
    let client = fs::read_to_string(&generated).expect("generated");
    assert!(client.contains("pub fn a_get(&self)"), "{client}");
    let manifest = fs::read_to_string(out.join("Cargo.toml")).expect("generated");
    assert!(manifest.contains("name = \"small-api\""), "{manifest}");

    let check = [&arguments[..], &["--check"]].concat();
    assert_eq!(code(&xtask(root.path(), &check)), 0);
    fs::write(&generated, "").expect("written");
    let stale = xtask(root.path(), &check);
    assert_eq!(code(&stale), 1);
    assert!(text(&stale).contains("stale      src/generated.rs"));
    assert_eq!(fs::read_to_string(&generated).expect("there"), "");
    // One without the other is no request.
    assert_eq!(code(&xtask(root.path(), &arguments[..3])), 2);
}

#[test]
#[ignore = "compiles a client of 188 operations, which takes minutes: cargo test -p xtask -- --ignored"]
fn the_client_of_the_whole_upstream_document_compiles() {
    let document = repository().join("../shared/upstream/polar-2026-04.openapi.json");
    if !document.exists() {
        eprintln!("skipped: there is no {}", document.display());
        return;
    }
    let root = tempfile::tempdir().expect("a folder");
    let out = root.path().join("client");
    let done = xtask(
        root.path(),
        &["regen", "--document", path(&document), "--out", path(&out)],
    );
    assert_eq!(code(&done), 0, "{}", errors(&done));
    // The versions that are here already.
    fs::copy(repository().join("Cargo.lock"), out.join("Cargo.lock")).expect("copied");
    let check = Command::new(env!("CARGO"))
        .args(["check", "--offline", "--manifest-path"])
        .arg(out.join("Cargo.toml"))
        .env("CARGO_TARGET_DIR", root.path().join("target"))
        .output()
        .expect("cargo runs");
    assert!(check.status.success(), "{}", errors(&check));
}
