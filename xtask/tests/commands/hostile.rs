//! Documents written to do harm: each is refused with its place, in little time and memory, or its text stays text.
#![cfg(unix)]

use std::{
    fs,
    io::{Read as _, Write as _},
    net::TcpListener,
    path::{Path, PathBuf},
    process::{Command, Output},
    thread,
    time::{Duration, Instant},
};

use proc_macro2::{TokenStream, TokenTree};
use tempfile::TempDir;

use crate::support::{code, errors};

/// Each, what it must be told for, and where.
const REFUSED: &[(&str, &str, &str)] = &[
    (
        "aliases.yaml",
        "the aliases repeat too much",
        "(line 5, column 30)",
    ),
    (
        "alias-in-itself.yaml",
        "an alias inside its own anchor",
        "(line 3, column 5)",
    ),
    ("tag.yaml", "tags are not supported", "(line 3, column 8)"),
    (
        "two-documents.yaml",
        "a second document",
        "(line 4, column 1)",
    ),
    (
        "key-twice.yaml",
        "the key \"paths\" is repeated",
        "(line 4, column 1)",
    ),
    (
        "key-twice.json",
        "the key \"version\" is repeated",
        "(line 2, column 18)",
    ),
    (
        "tower-of-allOf.yaml",
        "more than 2000 schemas",
        "/components/schemas/S8",
    ),
    (
        "tower-of-anyOf.yaml",
        "more than 2000 schemas",
        "/components/schemas/S8",
    ),
    (
        "tower-of-oneOf.yaml",
        "more than 2000 schemas",
        "/components/schemas/S8",
    ),
    (
        "ring-of-allOf.yaml",
        "a cycle of references",
        "/components/schemas/S0/allOf/0",
    ),
    (
        "ring-of-anyOf.yaml",
        "a cycle of references",
        "/components/schemas/S0/anyOf/0",
    ),
    (
        "ring-of-oneOf.yaml",
        "a cycle of references",
        "/components/schemas/S0/oneOf/0",
    ),
    (
        "ring-of-references.yaml",
        "a cycle of references",
        "/components/schemas/S0 → /components/schemas/S1",
    ),
    (
        "ring-of-responses.yaml",
        "a cycle of references",
        "/components/responses/R → /components/responses/R",
    ),
    (
        "product-of-alternatives.yaml",
        "more than 2000 combinations",
        "/components/schemas/S0",
    ),
    (
        "types.yaml",
        "lists a type more than once",
        "/components/schemas/S0",
    ),
];

/// Nothing to a comparison, which sees sets and prints no code.
const REFUSED_FOR_CODE: &[(&str, &str, &str)] = &[
    (
        "merge-of-two-trees.yaml",
        "a cycle of references",
        "/components/schemas/A/properties/next",
    ),
    (
        "control-version.json",
        "a control character",
        "`version` at /info",
    ),
    (
        "control-path.json",
        "a control character",
        "at /paths/~1a1\\n",
    ),
    (
        "control-id.json",
        "a control character",
        "`operationId` at /paths/~1a/get",
    ),
    (
        "control-property.json",
        "a control character",
        "at /components/schemas/S0/properties/p\\n",
    ),
    (
        "control-parameter.json",
        "a control character",
        "`name` at /paths/~1a/get/parameters/0",
    ),
    (
        "control-title.json",
        "a control character",
        "`title` at /info",
    ),
];

/// Only `words.json`, whose words go into code.
const HARMLESS: usize = 1;

/// Generous: the slowest takes a tenth of it on a busy machine, and none of them ended before.
const SOON: Duration = Duration::from_secs(20);
/// In kilobytes of address space; the stack of the comparer is a part of that. More than one of them took gigabytes.
const MEMORY: &str = "1000000";

fn corpus() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/hostile")
}

/// Runs a command with bounded memory.
fn bounded(folder: &Path, arguments: &[&str]) -> Output {
    let begun = Instant::now();
    let output = Command::new("sh")
        .args(["-c", &format!("ulimit -v {MEMORY}; exec \"$0\" \"$@\"")])
        .arg(env!("CARGO_BIN_EXE_xtask"))
        .args(arguments)
        .current_dir(folder)
        .output()
        .expect("sh runs");
    assert!(
        begun.elapsed() < SOON,
        "{arguments:?} took {:?}",
        begun.elapsed()
    );
    output
}

/// A folder with a harmless document.
fn folder() -> TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    let plain = "openapi: 3.1.0\ninfo: {title: t, version: '1'}\npaths: {}\n";
    fs::write(folder.path().join("plain.yaml"), plain).expect("written");
    fs::write(folder.path().join("list.toml"), "[groups]\na = [\"a\"]\n").expect("written");
    folder
}

fn is_refused(output: &Output, name: &str, what: &str, place: &str) {
    let said = errors(output);
    assert_eq!(code(output), 2, "{name}: {said}");
    assert!(
        said.contains(what) && said.contains(place),
        "{name}: {said}"
    );
}

#[test]
fn every_document_of_the_corpus_is_refused_with_its_place() {
    let folder = folder();
    let run = |arguments: &[&str]| bounded(folder.path(), arguments);
    for (name, what, place) in REFUSED.iter().chain(REFUSED_FOR_CODE) {
        let path = corpus().join(name);
        let path = path.to_str().expect("a path");
        is_refused(
            &run(&["regen", "--document", path, "--out", "out"]),
            name,
            what,
            place,
        );
        assert!(!folder.path().join("out").exists(), "{name}");
        if *name == "control-id.json" {
            // No list of operations can name it.
            continue;
        }
        let sync = [
            "sync",
            "--from",
            path,
            "--operations",
            "list.toml",
            "--root",
            ".",
        ];
        if REFUSED.iter().any(|(refused, ..)| refused == name) {
            is_refused(&run(&["diff", path, "plain.yaml"]), name, what, place);
            is_refused(&run(&["diff", "plain.yaml", path]), name, what, place);
            is_refused(&run(&sync), name, what, place);
        } else if name.starts_with("control-") {
            is_refused(&run(&sync), name, what, place);
        }
    }
    let files = fs::read_dir(corpus()).expect("the corpus").count();
    assert_eq!(files, REFUSED.len() + REFUSED_FOR_CODE.len() + HARMLESS);
}

#[test]
fn endless_nesting_and_endless_files_are_refused() {
    let folder = folder();
    let write =
        |name: &str, text: String| fs::write(folder.path().join(name), text).expect("written");
    write("brackets.json", "[".repeat(200_000));
    write("brackets.yaml", format!("openapi: {}", "[".repeat(200_000)));
    write("blocks.yaml", "- ".repeat(100_000));
    for (name, what) in [
        (
            "brackets.json",
            "EOF while parsing a list (line 1, column 200000)",
        ),
        ("brackets.yaml", "recursion limit exceeded (line 1, column "),
        (
            "blocks.yaml",
            "nested deeper than 100 levels (line 1, column 201)",
        ),
        ("/dev/zero", "/dev/zero is longer than the limit of 32 MiB"),
    ] {
        is_refused(
            &bounded(folder.path(), &["diff", name, "plain.yaml"]),
            name,
            what,
            "",
        );
    }
    is_refused(
        &bounded(
            folder.path(),
            &[
                "sync",
                "--from",
                "plain.yaml",
                "--operations",
                "/dev/zero",
                "--root",
                ".",
            ],
        ),
        "operations",
        "/dev/zero is longer than the limit of 32 MiB",
        "",
    );
}

#[test]
fn an_endless_answer_is_abandoned() {
    let server = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = format!(
        "http://{}/openapi.json",
        server.local_addr().expect("an address")
    );
    let serving = thread::spawn(move || {
        let (mut connection, _) = server.accept().expect("a client");
        let mut request = [0; 1024];
        let _ = connection.read(&mut request);
        let _ = connection.write_all(b"HTTP/1.1 200 OK\r\n\r\n");
        let spaces = [b' '; 1 << 16];
        while connection.write_all(&spaces).is_ok() {}
    });
    let folder = folder();
    let given_up = bounded(folder.path(), &["diff", &address, "plain.yaml"]);
    is_refused(
        &given_up,
        "endless",
        "the answer is longer than the limit of 32 MiB",
        &address,
    );
    serving.join().expect("it ended");
}

#[test]
fn endless_combinations_are_abandoned() {
    // Whether the twentieth letter from the end is an `a`: a million sets of states.
    let reference = |level: usize| format!("{{$ref: '#/components/schemas/S{level}'}}");
    let states = |last: &str| {
        let mut text = "openapi: 3.1.0\ninfo: {title: t, version: '1'}\npaths: {/a: {get: {operationId: a, responses: {'200': \
             {description: d, content: {application/json: {schema: {$ref: '#/components/schemas/S0'}}}}}}}}\n\
             components:\n  schemas:\n"
            .to_owned();
        let (own, next) = (reference(0), reference(1));
        text += &format!("    S0: {{properties: {{a: {{allOf: [{own}, {next}]}}, b: {own}}}}}\n");
        for level in 1..20 {
            let next = reference(level + 1);
            text += &format!("    S{level}: {{properties: {{a: {next}, b: {next}}}}}\n");
        }
        text + &format!("    S20: {{properties: {{z: {{type: {last}}}}}}}\n")
    };
    let folder = folder();
    fs::write(folder.path().join("old.yaml"), states("string")).expect("written");
    fs::write(folder.path().join("new.yaml"), states("integer")).expect("written");
    let diff = bounded(folder.path(), &["diff", "old.yaml", "new.yaml"]);
    is_refused(
        &diff,
        "states",
        "too many combinations of schemas to compare at /",
        "",
    );
    let regen = bounded(
        folder.path(),
        &["regen", "--document", "old.yaml", "--out", "out"],
    );
    is_refused(
        &regen,
        "states",
        "a cycle of references",
        "/components/schemas/S0",
    );
}

#[test]
fn a_chain_of_thousands_of_schemas_is_abandoned() {
    let chain = |last: &str| {
        let mut text = "openapi: 3.1.0\ninfo: {title: t, version: '1'}\npaths: {/a: {get: {operationId: a, responses: {'200': \
             {description: d, content: {application/json: {schema: {$ref: '#/components/schemas/S0'}}}}}}}}\n\
             components:\n  schemas:\n"
            .to_owned();
        for level in 0..10_000 {
            let next = format!("{{$ref: '#/components/schemas/S{}'}}", level + 1);
            text += &format!("    S{level}: {{properties: {{x: {next}}}}}\n");
        }
        text + &format!("    S10000: {{type: {last}}}\n")
    };
    let folder = folder();
    fs::write(folder.path().join("old.yaml"), chain("string")).expect("written");
    fs::write(folder.path().join("new.yaml"), chain("integer")).expect("written");
    let diff = bounded(folder.path(), &["diff", "old.yaml", "new.yaml"]);
    let place = "/components/schemas/S2999/properties/x";
    is_refused(
        &diff,
        "chain",
        "too many combinations of schemas to compare",
        place,
    );
}

/// The doc comments of a file of generated code.
fn docs(path: &Path) -> Vec<String> {
    let code = fs::read_to_string(path).expect("generated");
    let mut docs = Vec::new();
    collect(code.parse().expect("Rust"), &mut docs);
    docs
}

fn collect(code: TokenStream, docs: &mut Vec<String>) {
    let mut before = String::new();
    for tree in code {
        match &tree {
            TokenTree::Group(group) => collect(group.stream(), docs),
            TokenTree::Literal(text) if before == "doc=" => {
                let text: syn::LitStr = syn::parse_str(&text.to_string()).expect("a text");
                docs.push(text.value());
            }
            _ => {}
        }
        match &tree {
            TokenTree::Punct(equals) if before == "doc" => before.push(equals.as_char()),
            other => before = other.to_string(),
        }
    }
}

/// What must not be in a doc comment, but for the examples that the generator writes and no test runs.
fn assert_harmless(docs: &[String]) {
    assert!(!docs.is_empty());
    for doc in docs {
        let mut in_example = false;
        let name = doc.rsplit("::").next().unwrap_or_default();
        let link = format!("[`Client::{name}`]");
        if *doc == format!("Builder for {link}\n\n{link}: super::Client::{name}") {
            continue;
        }
        for line in doc.lines() {
            match line {
                "```ignore" if !in_example => in_example = true,
                "```" if in_example => in_example = false,
                line if in_example => {
                    let call = line
                        .trim_start()
                        .split(['(', ' '])
                        .next()
                        .unwrap_or_default();
                    assert!(call == "let" || call.starts_with('.'), "{doc}");
                }
                line => {
                    let prose = line.trim();
                    for code in ["``", "~~~", "    ", "\t", "<b", "<s", "<i"] {
                        let outside = prose.split('`').step_by(2).collect::<Vec<_>>().join(" ");
                        let found = if code == "``" { prose } else { &outside };
                        assert!(!found.contains(code), "{code:?} in {doc}");
                    }
                    assert!(
                        !prose
                            .replace("\\[", "")
                            .replace("\\\\", "")
                            .split('`')
                            .step_by(2)
                            .any(|part| part.contains('[')),
                        "{doc}"
                    );
                }
            }
        }
        assert!(!in_example, "{doc}");
    }
}

#[test]
fn text_of_a_document_stays_text_in_the_code() {
    let folder = folder();
    let words = corpus().join("words.json");
    let arguments = [
        "regen",
        "--document",
        words.to_str().expect("a path"),
        "--out",
        "out",
    ];
    let done = bounded(folder.path(), &arguments);
    assert_eq!(code(&done), 0, "{}", errors(&done));
    let out = folder.path().join("out");
    let docs = docs(&out.join("src/generated.rs"));
    assert!(
        docs.iter().filter(|doc| doc.contains("Words.")).count() > 5,
        "{docs:?}"
    );
    assert_harmless(&docs);
    let manifest = fs::read_to_string(out.join("Cargo.toml")).expect("generated");
    assert!(manifest.contains("[lib]\ndoctest = false\n"), "{manifest}");
}

#[test]
fn no_doc_comment_of_the_client_of_this_project_runs() {
    let generated = Path::new(env!("CARGO_MANIFEST_DIR")).join("../client/src/generated");
    for module in ["license_keys.rs", "provisioning.rs"] {
        assert_harmless(&docs(&generated.join(module)));
    }
}
