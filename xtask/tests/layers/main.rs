//! No two modules of a crate import each other.
//!
//! # The rule
//!
//! A module is a file. What is declared in braces within a file (`mod view { … }`) is a part of that file, and code under
//! `#[cfg(test)]` is not read: a test may use all that it tests.
//!
//! A module *imports* another when a path in it leads there: `use crate::…`, `super::…`, or the same paths inside code and
//! macros. Two modules that do not lie within each other are compared where their paths part: `pipeline.rs` importing
//! `edge/auth.rs` makes `pipeline -> edge`; `edge/connection.rs` importing `edge/connections.rs` makes
//! `edge/connection -> edge/connections`.
//!
//! The file of a folder (`edge/mod.rs`, `lib.rs`) counts as one more module beside its children:
//!
//! * It may declare its children and re-export what they have; that imports nothing. Whoever takes an item through such a
//!   re-export imports the child that has it: with `pub use one::One` in `a/mod.rs`, a `super::One` in `a/two.rs` is
//!   `a/two -> a/one`.
//! * Its own code may use its children, or be used by them, but not both: constants and types that children share, beside
//!   the functions that call those children, make a circle. Move what is shared to a child of its own.
//!
//! A circle is reported with one place for each import: `a -> b -> a: a/inner.rs:2, b.rs:1`.

mod crates;
mod graph;

use std::path::Path;

use crates::Crate;
use graph::circles;

/// Packages whose circles are still being mended.
const NOT_YET: &[&str] = &[];

const PACKAGES: &[&str] = &[
    "client",
    "conformance",
    "mock-server",
    "openapi",
    "openapi/compare",
    "xtask",
];

/// The circles of a package: those of its library and those of its program.
fn circles_of(package: &Path) -> Vec<String> {
    ["lib.rs", "main.rs"]
        .map(|root| package.join("src").join(root))
        .iter()
        .filter(|root| root.exists())
        .flat_map(|root| circles(&Crate::read(root)))
        .collect()
}

#[test]
fn no_two_modules_import_each_other() {
    // Asked when it runs, so that a test that is built in one copy of the repository can read another one.
    let package = std::env::var_os("CARGO_MANIFEST_DIR").expect("cargo sets it");
    let workspace = Path::new(&package).join("..");
    // `LAYERS=openapi` shows the circles of one package, also of one that is not mended yet.
    let asked = std::env::var("LAYERS").ok();
    let wanted = |package: &&&str| match &asked {
        Some(asked) => asked == *package,
        None => !NOT_YET.contains(package),
    };
    let found: Vec<String> = PACKAGES
        .iter()
        .filter(wanted)
        .flat_map(|package| {
            let circles = circles_of(&workspace.join(package));
            circles
                .into_iter()
                .map(move |it| format!("{package}: {it}"))
        })
        .collect();
    assert!(
        found.is_empty(),
        "{} circles:\n{}",
        found.len(),
        found.join("\n")
    );
}

/// The circles of a library of these files.
fn circles_among(files: &[(&str, &str)]) -> Vec<String> {
    let folder = tempfile::tempdir().expect("a temporary folder");
    for (path, text) in files {
        let path = folder.path().join("src").join(path);
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        std::fs::write(path, text).expect("a file");
    }
    circles_of(folder.path())
}

#[test]
fn every_package_of_the_workspace_is_read() {
    let manifest = include_str!("../../../Cargo.toml");
    let manifest: toml::Value = toml::from_str(manifest).expect("TOML");
    let members = manifest["workspace"]["members"].as_array().expect("a list");
    let mut members: Vec<_> = members.iter().filter_map(toml::Value::as_str).collect();
    members.sort_unstable();
    assert_eq!(members, PACKAGES);
}

#[test]
fn a_circle_is_told_with_its_places() {
    let found = circles_among(&[
        ("lib.rs", "mod a;\nmod b;\nmod c;"),
        ("a/mod.rs", "mod inner;\n"),
        ("a/inner.rs", "\nuse crate::b::B;"),
        ("b.rs", "pub struct B(crate::c::C);"),
        (
            "c.rs",
            "pub struct C;\nfn f() { print!(\"{}\", crate::a::X); }",
        ),
    ]);
    assert_eq!(found, ["a -> b -> c -> a: a/inner.rs:2, b.rs:1, c.rs:2"]);
}

#[test]
fn what_a_parent_re_exports_is_its_childs() {
    let parent = "mod one;\nmod two;\npub use one::One;\n";
    let one = ("a/one.rs", "pub struct One;");
    let two = ("a/two.rs", "use super::One;\npub fn two(_: One) {}");
    let lib = ("lib.rs", "mod a;");
    assert!(circles_among(&[lib, ("a/mod.rs", parent), one, two]).is_empty());
    let back = (
        "a/one.rs",
        "pub struct One;\nfn f() { super::two::two(One) }",
    );
    assert_eq!(
        circles_among(&[lib, ("a/mod.rs", parent), back, two]),
        ["a/one -> a/two -> a/one: a/one.rs:2, a/two.rs:1"]
    );
}

#[test]
fn a_parent_uses_its_children_or_is_used_by_them() {
    let lib = ("lib.rs", "mod a;");
    let calls = (
        "a/mod.rs",
        "mod one;\npub fn f() { one::f() }\nconst N: u8 = 1;",
    );
    let apart = ("a/one.rs", "pub fn f() {}");
    let calls_back = ("a/one.rs", "use super::N;\npub fn f() { let _ = N; }");
    assert!(circles_among(&[lib, calls, apart]).is_empty());
    assert_eq!(
        circles_among(&[lib, calls, calls_back]),
        ["a/mod.rs -> a/one -> a/mod.rs: a/mod.rs:2, a/one.rs:1"]
    );
    let shares = ("a/mod.rs", "mod one;\npub use one::f;\nconst N: u8 = 1;");
    assert!(circles_among(&[lib, shares, calls_back]).is_empty());
}

#[test]
fn tests_may_use_what_they_test() {
    let found = circles_among(&[
        ("lib.rs", "mod a;\nmod b;"),
        (
            "a.rs",
            "pub fn f() {}\n#[cfg(test)]\nmod tests {\n use crate::b::g;\n}",
        ),
        ("b.rs", "use crate::a::f;\npub fn g() { f() }"),
    ]);
    assert!(found.is_empty(), "{found:?}");
}
