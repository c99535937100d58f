//! What is cited exists: sections of `docs/behaviour.md`, the recordings that show a behaviour, and what Markdown links to.
//!
//! Outside a checkout these tests say so and pass.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Component, Path, PathBuf};
use std::process::Command;

use polar_openapi::bundled;
use regress::Regex;
use serde::Deserialize;
use serde_json::Value;

const BEHAVIOUR: &str = "docs/behaviour.md";

/// How a statement is known that no recording shows.
const UNRECORDED: [&str; 3] = [
    "measured, no recording kept",
    "learnt from the open backend",
    "seen in the official SDKs",
];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// The texts that git tracks, by their path in the repository.
fn tracked() -> Option<BTreeMap<String, String>> {
    if !root().join(".git").exists() {
        eprintln!("skipped: this is no checkout of the repository");
        return None;
    }
    let mut git = Command::new("git");
    let output = git.args(["ls-files", "-z"]).current_dir(root()).output();
    let output = output.expect("git runs");
    assert!(output.status.success(), "git ls-files fails: {output:?}");
    let paths = String::from_utf8(output.stdout).expect("paths in UTF-8");
    let texts = paths.split_terminator('\0').filter_map(|path| {
        let text = std::fs::read_to_string(root().join(path)).ok()?;
        Some((path.to_owned(), text))
    });
    Some(texts.collect())
}

/// Every match of a pattern's first group, with the number of its line.
fn found<'t>(pattern: &str, text: &'t str) -> Vec<(usize, &'t str)> {
    let pattern = Regex::new(pattern).expect("a pattern");
    let mut all = Vec::new();
    for (number, line) in text.lines().enumerate() {
        for found in pattern.find_iter(line) {
            let range = found.group(1).expect("a first group");
            all.push((number + 1, &line[range]));
        }
    }
    all
}

/// A Markdown text without what stands in fences: as many lines as before.
fn prose(markdown: &str) -> String {
    let mut fenced = false;
    let lines = markdown.lines().map(|line| {
        let fence = line.trim_start().starts_with("```");
        fenced ^= fence;
        if fence || fenced { "" } else { line }
    });
    lines.collect::<Vec<_>>().join("\n")
}

/// The anchors that GitHub makes of the headings of a Markdown text.
fn anchors(markdown: &str) -> BTreeSet<String> {
    let mut anchors = BTreeSet::new();
    for (_, heading) in found("^#{1,6} +(.+)", &prose(markdown)) {
        let kept = |sign: &char| sign.is_alphanumeric() || "-_ ".contains(*sign);
        let slug: String = heading.to_lowercase().chars().filter(kept).collect();
        let slug = slug.replace(' ', "-");
        let numbered = (1..).map(|number| format!("{slug}-{number}"));
        let mut free = std::iter::once(slug.clone()).chain(numbered);
        anchors.extend(free.find(|anchor| !anchors.contains(anchor)));
    }
    anchors
}

/// The path that a link in a file leads to, as git writes it.
fn target(file: &str, link: &str) -> String {
    let mut target = PathBuf::new();
    let parent = Path::new(file).parent().unwrap_or(Path::new(""));
    for part in parent.join(link).components() {
        match part {
            Component::ParentDir => assert!(target.pop(), "{file}: {link} leaves the repository"),
            Component::Normal(name) => target.push(name),
            _ => {}
        }
    }
    target.to_string_lossy().into_owned()
}

/// As much of a recording as is cited. Its bodies hold numbers that no reader of ours takes.
#[derive(Deserialize)]
struct Recording {
    steps: Vec<Step>,
}

#[derive(Deserialize)]
struct Step {
    name: Option<String>,
    eventually: Option<Box<Step>>,
}

/// Every recording with the names of its steps.
fn recordings(files: &BTreeMap<String, String>) -> BTreeMap<String, BTreeSet<String>> {
    let texts = files.iter().filter_map(|(path, text)| {
        let path = path.strip_prefix("conformance/recordings/")?;
        Some((path.strip_suffix(".json")?.to_owned(), text))
    });
    let recordings = texts.map(|(name, text)| {
        let recording: Recording = serde_json::from_str(text).expect("a recording");
        let steps = recording.steps.into_iter();
        let names = steps.filter_map(|step| step.name.or_else(|| step.eventually?.name));
        (name, names.collect())
    });
    recordings.collect()
}

/// Whether this is a recording (`group/name`) or a step of one (`group/name :: step`).
fn recorded(recordings: &BTreeMap<String, BTreeSet<String>>, citation: &str) -> bool {
    match citation.split_once(" :: ") {
        Some((name, step)) => recordings
            .get(name)
            .is_some_and(|steps| steps.contains(step)),
        None => recordings.contains_key(citation),
    }
}

fn assert_none(problems: &[String], what: &str) {
    assert!(problems.is_empty(), "{what}:\n{}", problems.join("\n"));
}

#[test]
fn every_cited_section_exists() {
    let Some(files) = tracked() else { return };
    let anchors = anchors(&files[BEHAVIOUR]);
    let mut problems = Vec::new();
    for (path, text) in files.iter().filter(|(_, text)| text.contains(BEHAVIOUR)) {
        for (line, anchor) in found(r"docs/behaviour\.md#([\w-]+)", text) {
            if !anchors.contains(anchor) {
                problems.push(format!("{path}:{line}: {BEHAVIOUR} has no #{anchor}"));
            }
        }
    }
    assert_none(&problems, "cited, but not there");
}

#[test]
fn nothing_cites_notes_that_are_not_in_the_repository() {
    let Some(files) = tracked() else { return };
    let names = ["POLAR", "SDKS"].map(|name| format!("{name}.md"));
    let mut problems = Vec::new();
    for (path, text) in &files {
        for (line, text) in text.lines().enumerate() {
            if names.iter().any(|name| text.contains(name)) {
                problems.push(format!("{path}:{}: {text}", line + 1));
            }
        }
    }
    assert_none(&problems, "cite a section of docs/behaviour.md instead");
}

#[test]
fn every_link_in_markdown_leads_somewhere() {
    let Some(files) = tracked() else { return };
    let folders: BTreeSet<&Path> = files
        .keys()
        .flat_map(|path| Path::new(path).ancestors())
        .collect();
    let mut problems = Vec::new();
    for (path, text) in files.iter().filter(|(path, _)| path.ends_with(".md")) {
        for (line, link) in found(r"\]\(([^)\s]+)\)", &prose(text)) {
            if link.contains("://") || link.starts_with("mailto:") {
                continue;
            }
            let (file, anchor) = link.split_once('#').unwrap_or((link, ""));
            let target = match file {
                "" => path.clone(),
                _ => target(path, file),
            };
            let exists = folders.contains(Path::new(&target));
            let markdown = files.get(&target).filter(|_| target.ends_with(".md"));
            let anchored = anchor.is_empty()
                || markdown.is_some_and(|markdown| anchors(markdown).contains(anchor));
            if !exists || !anchored {
                problems.push(format!("{path}:{line}: {link}"));
            }
        }
    }
    assert_none(&problems, "links that lead nowhere");
}

#[test]
fn every_statement_says_how_it_is_known() {
    let Some(files) = tracked() else { return };
    let recordings = recordings(&files);
    let groups: BTreeSet<&str> = recordings
        .keys()
        .filter_map(|name| Some(name.split_once('/')?.0))
        .collect();
    let page = prose(&files[BEHAVIOUR]);
    let mut problems = Vec::new();

    // Wherever the page names a recording.
    for (line, span) in found("`([^`]+)`", &page) {
        let group = span.split_once('/').map(|(group, _)| group);
        let meant = span.contains(" :: ") || group.is_some_and(|group| groups.contains(group));
        if meant && !recorded(&recordings, span) {
            problems.push(format!("{BEHAVIOUR}:{line}: no recording is `{span}`"));
        }
    }

    // Every row of a table that has the column.
    let mut wanted = false;
    for (number, line) in page.lines().enumerate() {
        let Some(row) = line.strip_prefix('|') else {
            wanted = false;
            continue;
        };
        let cell = row.trim_end_matches('|').rsplit('|').next().unwrap_or("");
        let header = cell.trim() == "shown by";
        let shown = UNRECORDED.iter().any(|words| cell.contains(words))
            || found("`([^`]+)`", cell)
                .iter()
                .any(|(_, span)| recorded(&recordings, span));
        let rule = cell.starts_with("---");
        if wanted && !shown && !rule {
            problems.push(format!("{BEHAVIOUR}:{}: nothing shows {line}", number + 1));
        }
        wanted |= header;
    }
    assert_none(&problems, "statements without evidence");
}

#[test]
fn the_evidence_of_the_overlay_exists() {
    let Some(files) = tracked() else { return };
    let recordings = recordings(&files);
    let mut problems = Vec::new();
    for action in bundled::overlay().actions {
        let evidence = match action.evidence {
            Value::Array(list) => list,
            one => vec![one],
        };
        for citation in evidence {
            let text = citation.as_str().unwrap_or_default();
            // That its section exists is checked with every other citation.
            if !text.starts_with("docs/behaviour.md#") && !recorded(&recordings, text) {
                problems.push(format!("{}: {citation}", action.target));
            }
        }
    }
    assert_none(&problems, "neither a section nor a recorded step");
}

#[test]
fn anchors_are_those_of_github() {
    let page = "# Key text\n\n```\n# no heading\n```\n## `a/b`: C, d_e\n## Key text\n";
    let expected = ["key-text", "ab-c-d_e", "key-text-1"];
    assert_eq!(anchors(page), expected.map(str::to_owned).into());
}
