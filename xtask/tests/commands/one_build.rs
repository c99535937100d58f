//! Building and testing compile shared crates with the same features, so each is compiled once.

use std::collections::BTreeSet;
use std::process::Command;

use crate::support::repository;

/// Every crate with its features, following these kinds of dependencies.
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
fn tests_enable_no_feature_that_programs_lack() {
    let programs = crates("normal,build");
    let tests = crates("normal,build,dev");
    assert!(programs.len() > 200, "{programs:?}");
    let twice: Vec<_> = programs.difference(&tests).collect();
    assert!(
        twice.is_empty(),
        "these are compiled twice, because tests enable features of them that programs do not; add these to xtask/Cargo.toml: {twice:#?}"
    );
}
