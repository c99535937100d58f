//! `cargo xtask sync`, run as a command on a copy of what it reads.

use std::{
    fs,
    io::{Read, Write},
    net::TcpListener,
    path::Path,
    process::Output,
    thread,
};

use crate::support::{code, copy, errors, text, xtask};
use polar_openapi::{load, lock::Lock};
use serde_json::{Value, json};

fn read(root: &Path, name: &str) -> String {
    fs::read_to_string(root.join("openapi").join(name)).expect("readable")
}

fn ours(root: &Path) -> Value {
    load::document(&read(root, "polar.yaml")).expect("a document")
}

/// Syncs from this document.
fn sync(root: &Path, document: &Value, more: &[&str]) -> Output {
    let from = root.join("theirs.json");
    fs::write(&from, document.to_string()).expect("written");
    let from = from.to_str().expect("a path");
    xtask(root, &[&["sync", "--from", from], more].concat())
}

/// An operation of nobody, and what makes a file an upstream document.
fn small(operation: &str) -> Value {
    json!({"openapi": "3.1.0", "info": {"title": "t", "version": "9"}, "paths": {"/a": {"get": {
        "operationId": operation, "responses": {"200": {"description": "Their text.", "content": {"application/json": {
            "schema": {"$ref": "#/components/schemas/A"}}}}}}}},
        "components": {"schemas": {"A": {"type": "object", "description": "Their text.", "properties": {"id": {"type": "string"}}}}}})
}

fn only(root: &Path, operations: &[&str]) {
    let text = format!("[groups]\nlicense-keys = {operations:?}\n");
    fs::write(root.join("openapi/operations.toml"), text).expect("written");
}

#[test]
fn syncing_from_our_own_document_changes_only_the_lock() {
    let root = copy();
    let before = read(root.path(), "polar.yaml");
    let mut theirs = ours(root.path());
    // A text of theirs beside ours does not get in.
    let items = theirs["paths"].as_object_mut().expect("paths");
    for operation in items
        .values_mut()
        .flat_map(|item| item.as_object_mut().expect("an item").values_mut())
    {
        if operation.get("operationId").is_some() {
            operation["x-codeSamples"] = json!(["Their text."]);
            operation["description"] = json!("Their text.");
        }
    }
    let done = sync(root.path(), &theirs, &[]);
    assert_eq!(code(&done), 0, "{}", errors(&done));
    assert!(text(&done).contains("\nno changes\n"), "{}", text(&done));
    assert!(
        read(root.path(), "polar.yaml") == before,
        "sync changed the document"
    );

    let lock = Lock::parse(&read(root.path(), "upstream.toml")).expect("a lock");
    let version = ours(root.path())["info"]["version"].clone();
    assert_eq!(
        (lock.source.as_str(), json!(lock.version)),
        ("theirs.json", version)
    );
    // Again, with a lock of the same bytes from another day.
    let earlier = Lock {
        date: "2001-01-01".to_owned(),
        ..lock
    };
    let earlier = earlier.to_toml().expect("written");
    fs::write(root.path().join("openapi/upstream.toml"), &earlier).expect("written");
    let again = sync(root.path(), &theirs, &["--check"]);
    assert_eq!(code(&again), 0, "{}", text(&again));
    assert_eq!(read(root.path(), "upstream.toml"), earlier);
}

#[test]
fn a_change_is_reported_and_written_only_without_check() {
    let root = copy();
    let before = read(root.path(), "polar.yaml");
    let mut theirs = ours(root.path());
    let key = &mut theirs["components"]["schemas"]["LicenseKeyRead"];
    key["properties"]["planted"] =
        json!({"type": "string", "title": "Planted", "description": "Their text."});
    key["required"]
        .as_array_mut()
        .expect("a list")
        .push(json!("planted"));

    let check = sync(root.path(), &theirs, &["--check"]);
    assert_eq!(code(&check), 1, "{}", errors(&check));
    for part in [
        "response-required-property-added  breaks servers",
        " to write\n",
        "             /components/schemas/LicenseKeyRead/properties/planted\n",
        "stale      openapi/polar.yaml",
        "error: generated files are stale; run `cargo xtask sync --from ",
    ] {
        assert!(
            text(&check).contains(part),
            "{part} is not in {}",
            text(&check)
        );
    }
    assert!(
        read(root.path(), "polar.yaml") == before,
        "--check changed the document"
    );

    assert_eq!(code(&sync(root.path(), &theirs, &[])), 0);
    let written = read(root.path(), "polar.yaml");
    assert!(!written.contains("Their text") && !written.contains("Planted"));
    assert_eq!(
        ours(root.path()).pointer("/components/schemas/LicenseKeyRead/properties/planted"),
        Some(&json!({"type": "string"}))
    );
    assert_eq!(
        code(&sync(root.path(), &theirs, &["--check"])),
        0,
        "not stable"
    );
}

#[test]
fn an_unusable_document_is_named_and_nothing_is_written() {
    let root = copy();
    only(root.path(), &["a:get"]);
    let files = ["polar.yaml", "upstream.toml"];
    let before = files.map(|name| read(root.path(), name));
    let mut dangling = small("a:get");
    dangling["components"] = json!({});
    let mut newer = small("a:get");
    newer["openapi"] = json!("3.2.0");
    for (theirs, part) in [
        (
            small("a:read").to_string(),
            "the document has no operation(s) `a:get`",
        ),
        (
            dangling.to_string(),
            "#/components/schemas/A  at /paths/~1a/get/responses/200",
        ),
        (newer.to_string(), "OpenAPI 3.2.0 is not supported"),
        (
            "<!DOCTYPE html><html></html>".to_owned(),
            "the input is an HTML page",
        ),
        ("{".to_owned(), "starts like JSON but cannot be read"),
        (String::new(), "the input is empty"),
    ] {
        let from = root.path().join("theirs");
        fs::write(&from, theirs).expect("written");
        let from = from.to_str().expect("a path");
        let refused = xtask(root.path(), &["sync", "--from", from]);
        assert_eq!(code(&refused), 2, "{part}: {}", text(&refused));
        assert!(
            errors(&refused).contains(part),
            "{part} is not in {}",
            errors(&refused)
        );
        assert!(errors(&refused).contains(from), "{}", errors(&refused));
        assert!(
            files.map(|name| read(root.path(), name)) == before,
            "{part}"
        );
    }
}

#[test]
fn openapi_3_0_gives_the_same_document() {
    let root = copy();
    only(root.path(), &["a:get"]);
    let with = |version: &str, schema: Value| {
        let mut document = small("a:get");
        document["openapi"] = json!(version);
        document["components"]["schemas"]["A"] =
            json!({"type": "object", "properties": {"a": schema}});
        document
    };
    let new = with(
        "3.1.0",
        json!({"anyOf": [{"type": "integer", "exclusiveMinimum": 0}, {"type": "null"}]}),
    );
    let old = with(
        "3.0.3",
        json!({"type": "integer", "minimum": 0, "exclusiveMinimum": true, "nullable": true}),
    );
    assert_eq!(code(&sync(root.path(), &new, &[])), 0);
    let before = read(root.path(), "polar.yaml");
    let done = sync(root.path(), &old, &[]);
    assert!(text(&done).contains("\nno changes\n"), "{}", text(&done));
    assert!(
        read(root.path(), "polar.yaml") == before,
        "{}",
        read(root.path(), "polar.yaml")
    );
}

#[test]
fn other_operations_and_webhooks_by_name_can_be_taken() {
    let root = copy();
    let list = root.path().join("mine.toml");
    fs::write(&list, "[groups]\na = ['a:get', 'a.done', '_posted']").expect("written");
    let mut theirs = small("a:get");
    let hook = |id: &str, schema: &str| {
        json!({"post": {"operationId": id, "responses": {}, "requestBody": {"content": {
        "application/json": {"schema": {"$ref": format!("#/components/schemas/{schema}")}}}}}})
    };
    theirs["webhooks"] = json!({"a.done": hook("_done", "Done"), "a.posted": hook("_posted", "Posted"), "b": hook("b", "B")});
    for name in ["Done", "Posted", "B"] {
        theirs["components"]["schemas"][name] = json!({"type": "object"});
    }
    let done = sync(
        root.path(),
        &theirs,
        &["--operations", list.to_str().expect("a path")],
    );
    assert_eq!(code(&done), 0, "{}", errors(&done));
    let written = ours(root.path());
    let names = |at: &str| -> Vec<String> {
        let map = written.pointer(at).and_then(Value::as_object);
        map.into_iter()
            .flatten()
            .map(|(name, _)| name.clone())
            .collect()
    };
    assert_eq!(names("/webhooks"), ["a.done", "a.posted"]);
    assert_eq!(names("/components/schemas"), ["A", "Done", "Posted"]);
}

#[test]
fn actions_of_the_overlay_that_are_out_of_date_are_reported() {
    let root = copy();
    only(root.path(), &["a:get"]);
    let overlay = json!({"overlay": "1.0.0", "info": {"title": "t", "version": "1"}, "actions": [
        {"target": "$.components.schemas.A", "update": {"type": "object"}, "x-evidence": "r"},
        {"target": "$.components.schemas.B", "update": {"type": "object"}, "x-evidence": "r"},
    ]});
    fs::write(
        root.path().join("openapi/overlay.yaml"),
        overlay.to_string(),
    )
    .expect("written");
    let done = sync(root.path(), &small("a:get"), &[]);
    assert_eq!(code(&done), 0, "{}", errors(&done));
    let regen = xtask(root.path(), &["regen"]);
    assert_eq!(code(&regen), 0, "{}", errors(&regen));
    let check = xtask(root.path(), &["regen", "--check"]);
    assert_eq!(code(&check), 1, "{}", text(&check));
    for said in [text(&done), text(&check)] {
        assert!(
            said.contains(
                "overlay    action 0 ($.components.schemas.A): the document now says this itself"
            ),
            "{said}"
        );
        assert!(
            said.contains(
                "overlay    action 1 ($.components.schemas.B): the target matches nothing"
            ),
            "{said}"
        );
    }
}

#[test]
fn a_document_is_fetched_from_a_url_and_a_refusal_is_reported() {
    let root = copy();
    only(root.path(), &["a:get"]);
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address");
    let server = thread::spawn(move || {
        for status in ["200 OK", "404 Not Found"] {
            let (mut stream, _) = listener.accept().expect("a request");
            let mut head = [0; 1024];
            let read = stream.read(&mut head).expect("readable");
            assert!(head[..read].starts_with(b"GET /openapi.json "));
            let body = small("a:get").to_string();
            let length = body.len();
            write!(
                stream,
                "HTTP/1.1 {status}\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{body}"
            )
            .expect("sent");
        }
    });
    let from = format!("http://{address}/openapi.json");
    let done = xtask(root.path(), &["sync", "--from", &from]);
    assert_eq!(code(&done), 0, "{}", errors(&done));
    let lock = Lock::parse(&read(root.path(), "upstream.toml")).expect("a lock");
    assert_eq!((lock.source, lock.version.as_str()), (from.clone(), "9"));
    let refused = xtask(root.path(), &["sync", "--from", &from]);
    assert_eq!(code(&refused), 2);
    assert!(
        errors(&refused).contains("the server answers 404 Not Found; check the URL"),
        "{}",
        errors(&refused)
    );
    server.join().expect("two requests");
}
