//! `index.html`, `report.json` and `junit.xml`.

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use quick_junit::{NonSuccessKind, Report, TestCase, TestCaseStatus, TestSuite};
use serde_json::json;

use super::causes::causes;
use super::html::page;
use super::overview::Overview;
use super::summary::closing_line;
use crate::contract::{Coverage, Validator};
use crate::suite::{ItemOutcome, Run, Verdict};
use crate::wire::{mask, visible};

/// Why a report could not be written.
#[derive(Debug, thiserror::Error)]
#[error("cannot write {path}: {problem}")]
pub struct ReportError {
    path: PathBuf,
    problem: String,
}

impl ReportError {
    fn of(path: &Path, problem: impl ToString) -> Self {
        Self {
            path: path.to_owned(),
            problem: problem.to_string(),
        }
    }
}

/// Checks that reports can be written to a folder, before the run; creates a missing
/// folder.
///
/// # Errors
/// When it cannot be created, or nothing can be written there.
pub fn try_folder(folder: &Path) -> Result<(), ReportError> {
    fs::create_dir_all(folder).map_err(|problem| ReportError::of(folder, problem))?;
    let path = folder.join(".polar-conformance");
    fs::write(&path, "a try")
        .and_then(|()| fs::remove_file(&path))
        .map_err(|problem| ReportError::of(folder, problem))
}

/// Writes `index.html`, `report.json` and `junit.xml` to a folder; creates a missing one. Masks secrets.
/// An old file is replaced as a whole, or not at all.
///
/// # Errors
/// When a file cannot be written.
pub fn write_files(folder: &Path, run: &Run) -> Result<(), ReportError> {
    fs::create_dir_all(folder).map_err(|problem| ReportError::of(folder, problem))?;
    let overview = Overview::of(run);
    let write = |name: &str, text: &str| {
        replace(folder, name, mask(text).as_bytes())
            .map_err(|problem| ReportError::of(&folder.join(name), problem))
    };
    write(
        "report.json",
        &json(run, &overview)
            .map_err(|problem| ReportError::of(&folder.join("report.json"), problem))?,
    )?;
    write("index.html", &page(run, &overview))?;
    let junit =
        junit(run).map_err(|problem| ReportError::of(&folder.join("junit.xml"), problem))?;
    // The library drops most of what XML forbids, but not all of it.
    write("junit.xml", &visible(&junit))
}

/// Writes beside the file, and then puts it in its place.
fn replace(folder: &Path, name: &str, bytes: &[u8]) -> io::Result<()> {
    let beside = folder.join(format!("{name}.part"));
    let written = File::create(&beside)
        .and_then(|mut file| {
            file.write_all(bytes)?;
            file.sync_all()
        })
        .and_then(|()| fs::rename(&beside, folder.join(name)));
    if written.is_err() {
        let _ = fs::remove_file(&beside);
    }
    written
}

fn json(run: &Run, overview: &Overview) -> serde_json::Result<String> {
    let mut report = serde_json::to_value(run)?;
    if let Some(fields) = report.as_object_mut() {
        fields.insert("total".to_owned(), json!(run.total()));
        fields.insert("groups".to_owned(), json!(run.groups()));
        let causes = causes(run)
            .into_iter()
            .map(|(cause, cases)| json!({"cause": cause, "shown": cases}));
        fields.insert("causes".to_owned(), causes.collect());
        let seen = run.seen();
        fields.insert("contract".to_owned(), contract(&seen));
        fields.insert("overview".to_owned(), json!(overview));
        fields.insert("summary".to_owned(), json!(closing_line(run)));
    }
    serde_json::to_string_pretty(&report)
}

/// The results of the contract validation.
fn contract(seen: &Coverage) -> serde_json::Value {
    let gaps: Vec<_> = seen
        .gaps
        .iter()
        .map(|(gap, count)| {
            let mut row = json!(gap);
            if let (Some(row), serde_json::Value::Object(count)) =
                (row.as_object_mut(), json!(count))
            {
                row.extend(count);
            }
            row
        })
        .collect();
    json!({
        "version": Validator::bundled().version,
        "digest": Validator::bundled().digest,
        "validated": seen.validated,
        "outside": seen.outside,
        "gaps": gaps,
    })
}

fn junit(run: &Run) -> Result<String, quick_junit::SerializeError> {
    let mut report = Report::new("polar-conformance");
    report.set_time(run.took);
    for group in run.groups().keys() {
        let mut suite = TestSuite::new(*group);
        suite.add_test_cases(
            run.items
                .iter()
                .filter(|item| item.group == *group)
                .map(test_case),
        );
        report.add_test_suite(suite);
    }
    report.to_string()
}

fn test_case(item: &ItemOutcome) -> TestCase {
    let failures: Vec<String> = item
        .failures()
        .flat_map(|step| {
            step.mismatches
                .iter()
                .map(move |found| visible(&format!("{}: {found}", step.name)))
        })
        .collect();
    let status = match &item.verdict {
        Verdict::Ran(_) if item.tolerated.is_some() => {
            let mut status = TestCaseStatus::skipped();
            if let Some(known) = &item.tolerated {
                status.set_message(format!("tolerated until {}: {}", known.until, known.reason));
            }
            status
        }
        Verdict::Skipped(reason) => {
            let mut status = TestCaseStatus::skipped();
            status.set_message(reason.as_str());
            status
        }
        Verdict::Ran(_) if failures.is_empty() => TestCaseStatus::success(),
        Verdict::Ran(steps) => {
            let mut status = TestCaseStatus::non_success(NonSuccessKind::Failure);
            status.set_message(format!(
                "{} of {} steps differ",
                item.failures().count(),
                steps.len()
            ));
            status.set_description(failures.join("\n"));
            status
        }
    };
    let mut case = TestCase::new(item.name.as_str(), status);
    case.set_classname(item.group.as_str());
    case.set_time(item.took);
    case
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compare::Mismatch;
    use crate::outcome::StepOutcome;
    use crate::report::tests::run_of;

    #[test]
    fn junit_has_only_what_xml_allows_whatever_a_server_says() {
        let mut said: String = (0..0x300u32).filter_map(char::from_u32).collect();
        said.push_str("\u{fffd}\u{fffe}\u{ffff}\u{10ffff}");
        let step = StepOutcome::new(&*said, vec![Mismatch::new("$", &*said, &*said, "differs")]);
        let mut item = ItemOutcome::new(said.clone(), said.clone(), String::new());
        item.verdict = Verdict::Ran(vec![step]);
        let mut skipped = item.clone();
        skipped.verdict = Verdict::Skipped(said);
        let folder = tempfile::tempdir().unwrap();
        write_files(folder.path(), &run_of(vec![item, skipped])).unwrap();
        let text = fs::read_to_string(folder.path().join("junit.xml")).unwrap();
        let forbidden = |c: &char| !matches!(c, '\t' | '\n' | '\r' | ' '..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..);
        assert_eq!(text.chars().find(forbidden), None);
        assert!(
            text.contains(r"\u{fffe}") && text.contains(r"\u{1b}"),
            "{text}"
        );
    }
}
