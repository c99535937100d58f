//! `cargo xtask diff`, run as a command.

use std::{fs, path::Path, process::Command};

use serde_json::{Value, json};
use tempfile::TempDir;

/// Exit code, standard output, standard error.
fn diff(root: &Path, arguments: &[&str]) -> (i32, String, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_xtask"))
        .arg("diff")
        .args(arguments)
        .current_dir(root)
        .output()
        .expect("xtask runs");
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let code = output.status.code().expect("an exit code");
    (code, text(&output.stdout), text(&output.stderr))
}

fn document(status: &[&str]) -> Value {
    let content = json!({"application/json": {"schema": {"$ref": "#/components/schemas/Status"}}});
    json!({
        "openapi": "3.1.0",
        "info": {"title": "t", "version": "1"},
        "paths": {"/keys": {"get": {
            "operationId": "keys:get",
            "responses": {"200": {"description": "d", "content": content}},
        }}},
        "components": {"schemas": {"Status": {"type": "string", "enum": status}}},
    })
}

/// `old.json`, and `new.yaml` with one more value.
fn two_documents() -> TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    let new = polar_openapi::load::to_yaml("", &document(&["granted", "revoked"])).expect("yaml");
    fs::write(
        folder.path().join("old.json"),
        document(&["granted"]).to_string(),
    )
    .expect("written");
    fs::write(folder.path().join("new.yaml"), new).expect("written");
    folder
}

#[test]
fn json_is_as_documented() {
    let folder = two_documents();
    let (code, out, err) = diff(folder.path(), &["old.json", "new.yaml", "--format", "json"]);
    assert_eq!((code, err.as_str()), (0, ""));
    let said: Value = serde_json::from_str(&out).expect("JSON");
    let expected = json!({
        "changes": [{
            "rule": "response-enum-value-added",
            "breaks": ["client"],
            "kind": "breaking",
            "operation": "keys:get",
            "direction": "response",
            "location": "/components/schemas/Status",
            "message": "values now with `revoked`",
        }],
        "summary": {"breaking": 1, "compatible": 0, "words": 0},
    });
    assert_eq!(said, expected);
}

#[test]
fn text_and_markdown_say_what_changed_whom_it_breaks_and_where() {
    let folder = two_documents();
    let (_, text, _) = diff(folder.path(), &["old.json", "new.yaml"]);
    for part in [
        "response-enum-value-added  breaks clients",
        "values now with `revoked`",
        "at /components/schemas/Status",
        "in response of keys:get",
        "1 breaking, 0 compatible, 0 words",
    ] {
        assert!(text.contains(part), "{part} is not in {text}");
    }
    let (_, markdown, _) = diff(
        folder.path(),
        &["old.json", "new.yaml", "--format", "markdown"],
    );
    for part in [
        "### Breaking",
        "- `response-enum-value-added` **breaks clients**: values now with `revoked`",
        "at `/components/schemas/Status`, response of `keys:get`",
    ] {
        assert!(markdown.contains(part), "{part} is not in {markdown}");
    }
}

#[test]
fn it_fails_on_breaking_changes_only_when_told_to() {
    let folder = two_documents();
    let (code, ..) = diff(
        folder.path(),
        &["old.json", "new.yaml", "--fail-on", "breaking"],
    );
    assert_eq!(code, 1);
    let (code, out, _) = diff(
        folder.path(),
        &["old.json", "old.json", "--fail-on", "breaking"],
    );
    assert_eq!((code, out.as_str()), (0, "no changes\n"));
}

#[test]
fn a_document_that_cannot_be_compared_is_named() {
    let folder = two_documents();
    let mut dangling = document(&[]);
    dangling["components"] = json!({});
    let write =
        |name: &str, text: &str| fs::write(folder.path().join(name), text).expect("written");
    write("page.json", "<!DOCTYPE html><html>");
    write("three-two.yaml", "openapi: 3.2.0");
    write("dangling.json", &dangling.to_string());
    for (name, part) in [
        (
            "page.json",
            "cannot use page.json: the input is an HTML page",
        ),
        ("three-two.yaml", "OpenAPI 3.2.0 is not supported"),
        ("nowhere.json", "cannot read nowhere.json"),
        (
            "dangling.json",
            "#/components/schemas/Status  at /paths/~1keys/get",
        ),
    ] {
        let (code, out, err) = diff(folder.path(), &["old.json", name]);
        assert_eq!((code, out.as_str()), (2, ""), "{name}");
        assert!(err.contains(part), "{name}: {err}");
    }
}
