//! `index.html`, `report.json` and `junit.xml`.

use std::path::{Path, PathBuf};
use std::{fs, io};

use quick_junit::{NonSuccessKind, Report, TestCase, TestCaseStatus, TestSuite};
use serde_json::json;

use super::html::page;
use super::overview::Overview;
use super::summary::closing_line;
use crate::judge::{Contract, Sightings};
use crate::suite::{ItemOutcome, Run, Verdict};
use crate::wire::mask;

/// Why a report could not be written.
#[derive(Debug, thiserror::Error)]
#[error("cannot write {path}: {problem}")]
pub struct ReportError {
    path: PathBuf,
    problem: String,
}

/// Writes `index.html`, `report.json` and `junit.xml` into a folder, which is made when it is missing. Secrets are masked.
///
/// # Errors
/// When a file cannot be written.
pub fn write_files(folder: &Path, run: &Run) -> Result<(), ReportError> {
    let failed = |path: &Path| {
        let path = path.to_owned();
        move |problem: io::Error| ReportError {
            path,
            problem: problem.to_string(),
        }
    };
    fs::create_dir_all(folder).map_err(failed(folder))?;
    let overview = Overview::of(run);
    let write = |name: &str, text: &str| {
        let path = folder.join(name);
        fs::write(&path, mask(text).as_bytes()).map_err(failed(&path))
    };
    write(
        "report.json",
        &json(run, &overview).map_err(|problem| ReportError {
            path: folder.join("report.json"),
            problem: problem.to_string(),
        })?,
    )?;
    write("index.html", &page(run, &overview))?;
    write(
        "junit.xml",
        &junit(run).map_err(|problem| ReportError {
            path: folder.join("junit.xml"),
            problem: problem.to_string(),
        })?,
    )
}

fn json(run: &Run, overview: &Overview) -> serde_json::Result<String> {
    let mut report = serde_json::to_value(run)?;
    if let Some(fields) = report.as_object_mut() {
        fields.insert("total".to_owned(), json!(run.total()));
        fields.insert("groups".to_owned(), json!(run.groups()));
        let seen = run.seen();
        fields.insert("contract".to_owned(), contract(&seen));
        fields.insert("overview".to_owned(), json!(overview));
        fields.insert("summary".to_owned(), json!(closing_line(run)));
    }
    serde_json::to_string_pretty(&report)
}

/// How the answers stand to the document: gaps of the published one apart.
fn contract(seen: &Sightings) -> serde_json::Value {
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
        "version": Contract::bundled().version,
        "digest": Contract::bundled().digest,
        "judged": seen.judged,
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
                .map(move |found| format!("{}: {found}", step.name))
        })
        .collect();
    let status = match &item.verdict {
        Verdict::Ran(_) if item.tolerated.is_some() => {
            let mut status = TestCaseStatus::skipped();
            if let Some(known) = &item.tolerated {
                status.set_message(format!(
                    "put up with until {}: {}",
                    known.until, known.reason
                ));
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
