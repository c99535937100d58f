//! `cargo xtask ci`

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt as _;

use crate::support::{code, errors, text, xtask};

#[test]
fn the_script_decides() {
    let root = tempfile::tempdir().unwrap();
    let run = || xtask(root.path(), &["ci"]);
    let missing = run();
    assert_eq!(code(&missing), 2, "{missing:?}");
    assert!(errors(&missing).contains(".ci/run"), "{missing:?}");
    fs::create_dir(root.path().join(".ci")).unwrap();
    let script = root.path().join(".ci/run");
    for (line, expected) in [("echo fine", 0), ("echo not fine; exit 7", 1)] {
        fs::write(&script, format!("#!/bin/sh\n{line}\n")).unwrap();
        fs::set_permissions(&script, Permissions::from_mode(0o755)).unwrap();
        let output = run();
        assert_eq!(code(&output), expected, "{output:?}");
        assert!(text(&output).contains("fine"), "{output:?}");
    }
}
