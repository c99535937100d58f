//! `cargo xtask regen` and `sync`, run as a command on a copy of what they read.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Output},
};

use tempfile::TempDir;

fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// A folder with what is generated from, and nothing that is generated.
fn copy() -> TempDir {
    let copy = tempfile::tempdir().expect("a folder");
    let openapi = copy.path().join("openapi");
    fs::create_dir_all(&openapi).expect("a folder");
    for name in ["polar.yaml", "operations.toml"] {
        let from = repository().join("openapi").join(name);
        fs::copy(from, openapi.join(name)).expect("copied");
    }
    copy
}

fn xtask(root: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_xtask"))
        .args(arguments)
        .arg("--root")
        .arg(root)
        .env_remove("CI")
        .output()
        .expect("xtask runs")
}

fn text(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn code(output: &Output) -> i32 {
    output.status.code().expect("an exit code")
}

/// A small group, so that the tests are quick.
fn only_deactivate(root: &Path) {
    let operations = "[groups]\nlicense-keys = [\"license_keys:deactivate\"]\n";
    fs::write(root.join("openapi/operations.toml"), operations).expect("written");
}

fn edit_document(root: &Path, edit: impl FnOnce(String) -> String) {
    let path = root.join("openapi/polar.yaml");
    let text = fs::read_to_string(&path).expect("readable");
    let edited = edit(text.clone());
    assert_ne!(edited, text, "the edit changes nothing");
    fs::write(path, edited).expect("written");
}

#[test]
fn an_edited_schema_is_stale_with_a_diff_until_it_is_regenerated() {
    let root = copy();
    only_deactivate(root.path());
    let module = root.path().join("client/src/generated/license_keys.rs");
    assert_eq!(code(&xtask(root.path(), &["regen"])), 0);
    assert_eq!(code(&xtask(root.path(), &["regen", "--check"])), 0);

    let before = fs::read_to_string(&module).expect("generated");
    edit_document(root.path(), |text| {
        let head = "\n    LicenseKeyDeactivate:\n";
        let (start, schema) = text.split_once(head).expect("the schema is there");
        let schema = schema.replacen(
            "properties:\n",
            "properties:\n        reason_why:\n          type: string\n",
            1,
        );
        format!("{start}{head}{schema}")
    });
    let check = xtask(root.path(), &["regen", "--check"]);
    assert_eq!(code(&check), 1);
    let said = text(&check);
    assert!(
        said.contains("--- client/src/generated/license_keys.rs (in the tree)"),
        "{said}"
    );
    assert!(
        said.contains("+        pub reason_why: ::std::option::Option<::std::string::String>,"),
        "{said}"
    );
    assert!(said.contains("run `cargo xtask regen`"), "{said}");
    assert!(!said.contains('\x1b'), "colours where there is no terminal");
    assert_eq!(
        fs::read_to_string(&module).expect("there"),
        before,
        "--check changed a file"
    );

    let regen = xtask(root.path(), &["regen"]);
    assert_eq!(code(&regen), 0);
    assert!(text(&regen).contains("written    client/src/generated/license_keys.rs"));
    let check = xtask(root.path(), &["regen", "--check"]);
    assert_eq!((code(&check), text(&check).contains("stale")), (0, false));
}

#[test]
fn the_client_in_the_tree_is_up_to_date() {
    let check = xtask(&repository(), &["regen", "--check"]);
    assert_eq!(code(&check), 0, "{}", text(&check));
}

#[test]
fn what_cannot_be_generated_is_broken_and_not_stale() {
    let root = copy();
    edit_document(root.path(), |text| {
        text.replacen("schemas/ResourceNotFound'", "schemas/Gone'", 1)
    });
    let check = xtask(root.path(), &["regen", "--check"]);
    assert_eq!(code(&check), 2);
    let said = String::from_utf8_lossy(&check.stderr).into_owned();
    assert!(
        said.contains("#/components/schemas/Gone  at /paths/"),
        "{said}"
    );

    fs::write(root.path().join("openapi/polar.yaml"), "").expect("written");
    let check = xtask(root.path(), &["regen", "--check"]);
    assert_eq!(code(&check), 2);
    let said = String::from_utf8_lossy(&check.stderr).into_owned();
    assert!(said.contains("polar.yaml: the input is empty"), "{said}");
}

#[test]
fn verbose_says_what_was_lost_and_how_long_it_took() {
    let root = copy();
    only_deactivate(root.path());
    let said = text(&xtask(root.path(), &["regen", "--verbose"]));
    assert!(
        said.contains("losses of `license-keys` on the way from OpenAPI 3.1 to 3.0:"),
        "{said}"
    );
    assert!(
        said.contains("  demand-something         1\n    /components/schemas/HTTPValidationError"),
        "{said}"
    );
    assert!(said.contains(" ms\n"), "{said}");
}

#[test]
fn syncing_from_ones_own_document_keeps_every_word() {
    let root = copy();
    let path = root.path().join("openapi/polar.yaml");
    let before = fs::read_to_string(&path).expect("readable");
    let from = path.to_str().expect("a path");
    let sync = xtask(root.path(), &["sync", "--from", from]);
    assert_eq!(code(&sync), 0);
    assert!(
        fs::read_to_string(&path).expect("readable") == before,
        "sync changed the document"
    );

    // A word of somebody else beside ours does not get in.
    let theirs = root.path().join("theirs.yaml");
    let foreign = before.replacen(
        "operationId:",
        "x-codeSamples: [words]\n      operationId:",
        1,
    );
    assert_ne!(foreign, before);
    fs::write(&theirs, foreign).expect("written");
    let sync = xtask(
        root.path(),
        &[
            "sync",
            "--check",
            "--from",
            theirs.to_str().expect("a path"),
        ],
    );
    assert_eq!(code(&sync), 0, "{}", text(&sync));
}

#[test]
fn a_changed_structure_is_stale_and_a_missing_operation_is_broken() {
    let root = copy();
    let path = root.path().join("openapi/polar.yaml");
    let ours = fs::read_to_string(&path).expect("readable");
    let theirs = root.path().join("theirs.yaml");
    let from = theirs.to_str().expect("a path");

    fs::write(&theirs, ours.replacen("maxLength: ", "maxLength: 1", 1)).expect("written");
    let sync = xtask(root.path(), &["sync", "--check", "--from", from]);
    assert_eq!(code(&sync), 1, "{}", text(&sync));
    assert!(
        fs::read_to_string(&path).expect("readable") == ours,
        "--check changed the document"
    );

    fs::write(
        &theirs,
        ours.replacen("license_keys:deactivate", "license_keys:release", 1),
    )
    .expect("written");
    let sync = xtask(root.path(), &["sync", "--from", from]);
    assert_eq!(code(&sync), 2);
    let said = String::from_utf8_lossy(&sync.stderr).into_owned();
    assert!(
        said.contains("has no operation(s) `license_keys:deactivate`"),
        "{said}"
    );
}
