//! What the README says: its `curl`s are run and answered as it shows, and CI runs every other command of it.

use std::path::{Path, PathBuf};
use std::process::Command;

use chrono::DateTime;
use polar_mock::MockServer;
use serde_json::Value;
use uuid::Uuid;

fn workspace() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn readme() -> String {
    std::fs::read_to_string(workspace().join("README.md")).unwrap()
}

/// The fenced blocks of a Markdown text: language and text.
fn blocks(text: &str) -> Vec<(&str, String)> {
    let mut blocks = Vec::new();
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        if let Some(language) = line.strip_prefix("```") {
            let body: Vec<&str> = lines.by_ref().take_while(|line| *line != "```").collect();
            blocks.push((language, body.join("\n")));
        }
    }
    blocks
}

/// Whether an answer shows this much: all of it but for moments, ids that no two runs share, and what was left out.
fn shows(shown: &Value, given: &Value) -> bool {
    let is_time = |text: &str| DateTime::parse_from_rfc3339(text).is_ok();
    let is_id = |text: &str| Uuid::parse_str(text).is_ok();
    match (shown, given) {
        (Value::Object(shown), Value::Object(given)) => shown
            .iter()
            .all(|(name, value)| given.get(name).is_some_and(|given| shows(value, given))),
        (Value::Array(shown), Value::Array(given)) => {
            shown.len() <= given.len() && shown.iter().zip(given).all(|(a, b)| shows(a, b))
        }
        (Value::String(a), Value::String(b)) => {
            a == b || (is_time(a) && is_time(b)) || (is_id(a) && is_id(b))
        }
        _ => shown == given,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_examples_answer_as_shown() {
    let server = MockServer::start().await.unwrap();
    let text = readme();
    let blocks = blocks(&text);
    let examples: Vec<_> = blocks
        .iter()
        .zip(blocks.iter().skip(1))
        .filter(|((language, body), _)| *language == "sh" && body.contains("curl "))
        .collect();
    assert_eq!(examples.len(), 6);
    for ((_, command), (language, shown)) in examples {
        assert_eq!(*language, "json", "an answer follows {command}");
        assert!(command.contains("http://127.0.0.1:7657"), "{command}");
        let command = command
            .replace("http://127.0.0.1:7657", server.url())
            .replace("curl ", "curl --silent --show-error ");
        let output = Command::new("sh").args(["-c", &command]).output().unwrap();
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{command}: {errors}");
        let given: Value = serde_json::from_slice(&output.stdout).unwrap();
        let shown: Value = serde_json::from_str(shown).unwrap();
        assert!(shows(&shown, &given), "{command}\nnow answers\n{given}");
    }
}

#[test]
fn ci_runs_the_other_commands() {
    let script = std::fs::read_to_string(workspace().join(".ci/run")).unwrap();
    let text = readme();
    let commands: Vec<String> = blocks(&text)
        .into_iter()
        .filter(|(language, body)| *language == "sh" && !body.contains("curl "))
        .flat_map(|(_, body)| body.lines().map(str::to_owned).collect::<Vec<_>>())
        .collect();
    assert!(commands.len() >= 5, "{commands:?}");
    for command in commands {
        // What stands before the program is the reader's own credentials.
        let from = command.find("cargo ").expect("a command of cargo's");
        let command = &command[from..];
        let run = script.lines().any(|line| {
            line.split_once(command).is_some_and(|(_, rest)| {
                rest.is_empty() || [" >", " ||"].iter().any(|end| rest.starts_with(end))
            })
        });
        assert!(run, ".ci/run does not run `{command}`");
    }
}
