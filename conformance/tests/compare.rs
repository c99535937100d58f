//! `polar-conformance compare`: two servers that are the same, one that is not, one that is gone.

#![expect(clippy::unwrap_used, reason = "the helpers of a test are part of it")]

mod common;

use std::io::Read as _;
use std::process::{Command, Stdio};

use common::*;

fn compare(arguments: &[&str]) -> Command {
    let mut command = run_with_token(&["compare", "--seed", "5"]);
    command.args(arguments);
    command
}

#[test]
fn two_mocks_are_the_same() {
    let output = compare(&["--against", "mock", "--with", "mock", "--requests", "80"])
        .output()
        .unwrap();
    let text = stdout(&output) + &stderr(&output);
    assert_eq!(code(&output), 0, "{text}");
    assert!(text.contains("seed 5: 0 causes"), "{text}");
}

#[test]
fn a_difference_is_named_with_a_short_example() {
    with_real_target(|url| {
        let proxy = corrupting(url, |answer| {
            let text = String::from_utf8_lossy(&answer);
            let text = text.replace(r#""label":"first""#, r#""label":"fIrst""#);
            text.into_bytes()
        });
        let folder = tempfile::tempdir().unwrap();
        let output = compare(&["--against", "mock", "--with", &proxy])
            .args(["--kind", "stateful", "--requests", "24", "--report-dir"])
            .arg(folder.path())
            .output()
            .unwrap();
        let text = stdout(&output) + &stderr(&output);
        assert_eq!(code(&output), 1, "{text}");
        let cause = r#"$.label: "first" against "fIrst" – customer_portal:license_keys:activate"#;
        assert!(text.contains(cause), "{text}");
        assert!(!text.contains(TOKEN), "{text}");

        let report: serde_json::Value =
            serde_json::from_str(&read(&folder.path().join("compare.json"))).unwrap();
        let causes = report["causes"].as_array().unwrap();
        let cause = causes
            .iter()
            .find(|cause| cause["cause"]["place"] == "$.label")
            .unwrap();
        // Customer, benefit, product, its benefits, subscription, key, activation: nothing else is needed.
        let curls = cause["with"]["curl"].as_array().unwrap();
        assert!(curls.len() <= 7, "{curls:?}");
        let last = curls.last().unwrap().as_str().unwrap();
        assert!(last.contains("/activate"), "{last}");
    });
}

#[test]
fn an_interruption_removes_everything() {
    with_real_target(|url| {
        let mut child = compare(&["--against", "mock", "--with", url, "--requests", "100000"])
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        // The first line tells that things have been made.
        let mut first = [0; 16];
        let told = child.stderr.as_mut().unwrap();
        told.read_exact(&mut first).unwrap();
        interrupt(&child);
        let output = child.wait_with_output().unwrap();
        assert_eq!(code(&output), 2);
        let text = stderr(&output);
        assert!(text.contains("removed "), "{text}");
        assert!(text.contains("stopped: interrupted"), "{text}");
    });
}

#[test]
fn what_cannot_be_compared_is_told() {
    let gone = "http://127.0.0.1:9";
    let other = "http://127.0.0.1:10";
    for (arguments, says) in [
        (&["--against", gone][..], "does not answer"),
        (
            &["--against", gone, "--with", other][..],
            "both servers need a token",
        ),
        (
            &["--against", gone, "--against-token-env", "NO_SUCH_VARIABLE"][..],
            "NO_SUCH_VARIABLE is empty",
        ),
    ] {
        let output = compare(arguments).output().unwrap();
        assert_eq!(code(&output), 2, "{arguments:?}");
        let text = stderr(&output);
        assert!(text.contains(says), "{text}");
    }
}
