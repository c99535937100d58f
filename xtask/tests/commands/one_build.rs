//! Building and testing compile shared crates with the same features, so that each is compiled once.

use std::collections::BTreeSet;
use std::process::Command;

use crate::support::repository;

/// Every crate with its features, along these kinds of dependencies.
fn crates(kinds: &str) -> BTreeSet<String> {
    let output = Command::new(env!("CARGO"))
        .args([
            "tree",
            "--workspace",
            "--offline",
            "--locked",
            "--no-dedupe",
        ])
        .args(["--prefix", "none", "--format", "{p} {f}", "--edges", kinds])
        .current_dir(repository())
        .output()
        .expect("cargo runs");
    assert!(output.status.success(), "{output:?}");
    let text = String::from_utf8(output.stdout).expect("UTF-8");
    text.lines().map(str::to_owned).collect()
}

#[test]
fn tests_turn_on_no_feature_that_programs_do_without() {
    let programs = crates("normal,build");
    let tests = crates("normal,build,dev");
    assert!(programs.len() > 200, "{programs:?}");
    let twice: Vec<_> = programs.difference(&tests).collect();
    assert!(
        twice.is_empty(),
        "compiled once more for tests, with other features; give xtask/Cargo.toml these: {twice:#?}"
    );
}
