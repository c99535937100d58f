//! Standard output that nobody reads any more, or that has no room.
#![cfg(target_os = "linux")]

use std::{
    fs::{self, File},
    io::{BufRead as _, BufReader},
    process::{Command, Output, Stdio},
};

use tempfile::TempDir;

use crate::support::{code, errors};

/// Two documents with a breaking change and thousands of others.
fn two_documents() -> TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    let document = |type_name: &str| {
        let paths: String = (0..2_000)
            .map(|number| format!("  /{number}: {{get: {{operationId: o{number}, parameters: [{{name: a, in: query, schema: {{type: {type_name}}}}}], responses: {{}}}}}}\n"))
            .collect();
        format!("openapi: 3.1.0\ninfo: {{title: t, version: '1'}}\npaths:\n{paths}")
    };
    fs::write(folder.path().join("old.yaml"), document("boolean")).expect("written");
    fs::write(folder.path().join("new.yaml"), document("integer")).expect("written");
    folder
}

fn xtask(folder: &TempDir, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_xtask"));
    command.args(arguments).current_dir(folder.path());
    command
}

/// Reads one line and goes, as `head -1` does.
fn head(mut command: Command) -> Output {
    let mut child = command
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("xtask runs");
    let mut line = String::new();
    let mut reader = BufReader::with_capacity(16, child.stdout.take().expect("a pipe"));
    reader.read_line(&mut line).expect("a line");
    drop(reader);
    child.wait_with_output().expect("it ends")
}

#[test]
fn a_reader_that_stops_reading_is_no_error() {
    let folder = two_documents();
    for format in ["text", "json", "markdown"] {
        let arguments = ["diff", "old.yaml", "new.yaml", "--format", format];
        let ended = head(xtask(&folder, &arguments));
        assert_eq!(
            (code(&ended), errors(&ended)),
            (0, String::new()),
            "{format}"
        );
        let failing = [&arguments[..], &["--fail-on", "breaking"]].concat();
        let ended = head(xtask(&folder, &failing));
        assert_eq!(
            (code(&ended), errors(&ended)),
            (1, String::new()),
            "{format}"
        );
    }
    let regen = [
        "regen",
        "--document",
        "old.yaml",
        "--out",
        "out",
        "--verbose",
    ];
    let ended = head(xtask(&folder, &regen));
    assert_eq!((code(&ended), errors(&ended)), (0, String::new()));
    assert!(folder.path().join("out/Cargo.toml").exists());
}

#[test]
fn a_full_disk_is_an_error() {
    let folder = two_documents();
    for arguments in [
        &["diff", "old.yaml", "new.yaml"][..],
        &["diff", "old.yaml", "old.yaml", "--format", "json"],
        &["regen", "--document", "old.yaml", "--out", "out"],
        &["sync", "--from", "old.yaml"],
        &["--help"],
    ] {
        let full = File::create("/dev/full").expect("a device");
        let ended = xtask(&folder, arguments)
            .stdout(full)
            .output()
            .expect("xtask runs");
        assert_eq!(code(&ended), 2, "{arguments:?}");
        let help = arguments == ["--help"];
        assert!(
            help || errors(&ended).starts_with("error: cannot write to standard output"),
            "{}",
            errors(&ended)
        );
    }
    let full = || Stdio::from(File::create("/dev/full").expect("a device"));
    let mut silent = xtask(&folder, &["diff", "nowhere", "nowhere"]);
    let ended = silent
        .stdout(full())
        .stderr(full())
        .status()
        .expect("xtask runs");
    assert_eq!(ended.code(), Some(2));
}
