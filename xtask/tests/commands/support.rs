//! The commands run on a copy of what they read.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Output},
};

use tempfile::TempDir;

pub(crate) fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// A folder with what is generated from, and nothing that is generated.
pub(crate) fn copy() -> TempDir {
    let copy = tempfile::tempdir().expect("a folder");
    let openapi = copy.path().join("openapi");
    fs::create_dir_all(&openapi).expect("a folder");
    for name in [
        "polar.yaml",
        "operations.toml",
        "overlay.yaml",
        "upstream.toml",
    ] {
        let from = repository().join("openapi").join(name);
        fs::copy(from, openapi.join(name)).expect("copied");
    }
    copy
}

pub(crate) fn xtask(root: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_xtask"))
        .args(arguments)
        .arg("--root")
        .arg(root)
        .env_remove("CI")
        .output()
        .expect("xtask runs")
}

pub(crate) fn text(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

pub(crate) fn code(output: &Output) -> i32 {
    output.status.code().expect("an exit code")
}

pub(crate) fn errors(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}
