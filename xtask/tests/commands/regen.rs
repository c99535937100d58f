//! `cargo xtask regen`, run as a command on a copy of what it reads.

use std::{fs, path::Path};

use crate::support::{code, copy, errors, repository, text, xtask};

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
fn a_document_that_cannot_be_generated_from_is_an_error_and_not_stale() {
    let root = copy();
    edit_document(root.path(), |text| {
        text.replacen("schemas/ResourceNotFound'", "schemas/Gone'", 1)
    });
    let check = xtask(root.path(), &["regen", "--check"]);
    assert_eq!(code(&check), 2);
    let said = errors(&check);
    assert!(
        said.contains("#/components/schemas/Gone  at /paths/"),
        "{said}"
    );

    fs::write(root.path().join("openapi/polar.yaml"), "").expect("written");
    let check = xtask(root.path(), &["regen", "--check"]);
    assert_eq!(code(&check), 2);
    let said = errors(&check);
    assert!(said.contains("polar.yaml: the input is empty"), "{said}");
}

#[test]
fn verbose_shows_what_was_lost_and_how_long_it_took() {
    let root = copy();
    only_deactivate(root.path());
    let said = text(&xtask(root.path(), &["regen", "--verbose"]));
    assert!(
        said.contains("lost from `license-keys` in lowering OpenAPI 3.1 to 3.0:"),
        "{said}"
    );
    let row = said
        .lines()
        .find(|line| line.contains("detail made required"));
    let cells: Vec<_> = row.unwrap_or_default().split("  ").map(str::trim).collect();
    assert_eq!(
        cells.iter().find(|cell| !cell.is_empty()),
        Some(&"require-something"),
        "{said}"
    );
    assert_eq!(
        cells.last(),
        Some(&"/components/schemas/HTTPValidationError"),
        "{said}"
    );
    assert!(said.contains("\n  require-something      1\n"), "{said}");
    assert!(said.contains(" ms\n"), "{said}");
}
