//! The report of an audit.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Write};
use std::path::Path;

use anstyle::{AnsiColor, Style};
use serde_json::json;

use super::Kind;
use super::run::{Audit, Noticed};

const GOOD: Style = AnsiColor::Green.on_default();
const BAD: Style = AnsiColor::Red.on_default().bold();
const ODD: Style = AnsiColor::Yellow.on_default();

impl Audit {
    /// Whether the suite has a gap: a corruption that it misses, or that none of its requests can show.
    pub fn is_incomplete(&self) -> bool {
        let findings = &mut self.findings.iter();
        findings.any(|finding| missed(&finding.noticed) || never_shown(&finding.noticed))
    }

    fn kinds(&self) -> BTreeSet<Kind> {
        let findings = self.findings.iter();
        findings.map(|finding| finding.corruption.kind).collect()
    }

    fn count(&self, kind: Option<Kind>, which: fn(&Noticed) -> bool) -> usize {
        self.findings
            .iter()
            .filter(|finding| kind.is_none_or(|kind| finding.corruption.kind == kind))
            .filter(|finding| which(&finding.noticed))
            .count()
    }
}

fn anywhere(noticed: &Noticed) -> bool {
    matches!(noticed, Noticed::Anywhere(_))
}

fn by_recording(noticed: &Noticed) -> bool {
    matches!(noticed, Noticed::ByRecording(_))
}

fn noticed(noticed: &Noticed) -> bool {
    anywhere(noticed) || by_recording(noticed)
}

fn explained(noticed: &Noticed) -> bool {
    matches!(noticed, Noticed::Explained(_))
}

fn missed(noticed: &Noticed) -> bool {
    matches!(noticed, Noticed::Missed(_))
}

fn never_shown(noticed: &Noticed) -> bool {
    matches!(noticed, Noticed::NeverShown)
}

/// Prints a table by kind, the missed and the never-shown corruptions, and a closing line.
///
/// # Errors
/// When the output cannot be written.
pub fn summary(out: &mut dyn Write, audit: &Audit) -> io::Result<()> {
    let kinds = audit.kinds();
    writeln!(
        out,
        "\n{:<14} {:>11} {:>8} {:>14} {:>7} {:>9} {:>12}",
        "kind", "corruptions", "by cases", "by recordings", "missed", "explained", "never shown"
    )?;
    for kind in &kinds {
        let count = |which| audit.count(Some(*kind), which);
        let style = if count(missed) > 0 { BAD } else { GOOD };
        writeln!(
            out,
            "{style}{:<14}{style:#} {:>11} {:>8} {:>14} {:>7} {:>9} {:>12}",
            kind.name(),
            count(|_| true),
            count(anywhere),
            count(by_recording),
            count(missed),
            count(explained),
            count(never_shown)
        )?;
    }
    let mut explanations: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    let mut unshown: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for finding in &audit.findings {
        match finding.noticed {
            Noticed::Missed(times) => {
                writeln!(
                    out,
                    "{BAD}missed{BAD:#} {} ({times} times)",
                    finding.corruption
                )?;
            }
            Noticed::Explained(reason) => explanations
                .entry(reason)
                .or_default()
                .push(finding.corruption.to_string()),
            Noticed::NeverShown => unshown
                .entry(finding.corruption.kind.name())
                .or_default()
                .push(format!(
                    "{}/{}",
                    finding.corruption.operation, finding.corruption.what
                )),
            _ => {}
        }
    }
    for (reason, names) in explanations {
        writeln!(
            out,
            "{ODD}explained{ODD:#}: {reason}\n  {}",
            names.join(", ")
        )?;
    }
    if !unshown.is_empty() {
        writeln!(
            out,
            "{ODD}never shown{ODD:#}: no answer of the suite has the field (it is null, or in an empty list), or the honest answer\n\
             is the same"
        )?;
        for (kind, places) in unshown {
            writeln!(out, "  {kind}: {}", places.join(", "))?;
        }
    }
    writeln!(
        out,
        "{} corruptions of {} kinds: {} noticed ({} by cases alone), {} missed, {} explained, {} never shown, in {:.0?}",
        audit.findings.len(),
        kinds.len(),
        audit.count(None, noticed),
        audit.count(None, anywhere),
        audit.count(None, missed),
        audit.count(None, explained),
        audit.count(None, never_shown),
        audit.took
    )
}

/// Writes every finding, and the counts by kind, to `audit.json` in a folder.
///
/// # Errors
/// When the file cannot be written.
pub fn write_file(folder: &Path, audit: &Audit) -> io::Result<()> {
    std::fs::create_dir_all(folder)?;
    let counts = |kind: Option<Kind>| {
        json!({
            "noticed": audit.count(kind, noticed), "missed": audit.count(kind, missed),
            "explained": audit.count(kind, explained), "never_shown": audit.count(kind, never_shown),
        })
    };
    let kinds = audit.kinds().into_iter();
    let kinds: BTreeMap<_, _> = kinds
        .map(|kind| (kind.name(), counts(Some(kind))))
        .collect();
    let report = json!({"seconds": audit.took.as_secs_f64(), "total": counts(None), "kinds": kinds,
        "findings": audit.findings});
    std::fs::write(
        folder.join("audit.json"),
        serde_json::to_string_pretty(&report)?,
    )
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::audit::catalogue::catalogue;
    use crate::audit::run::Finding;

    /// Corruptions that nobody can notice count in the sum, too.
    #[test]
    fn every_corruption_is_counted_once() {
        let outcomes = [
            Noticed::Anywhere("case/a".to_owned()),
            Noticed::ByRecording("recording/b".to_owned()),
            Noticed::Missed(2),
            Noticed::Explained("because"),
            Noticed::NeverShown,
            Noticed::NeverShown,
        ];
        let corruptions = catalogue(std::iter::empty());
        let check_order = corruptions
            .into_iter()
            .filter(|corruption| corruption.kind == Kind::CheckOrder);
        let findings = check_order.zip(outcomes);
        let audit = Audit {
            findings: findings
                .map(|(corruption, noticed)| Finding {
                    corruption,
                    noticed,
                })
                .collect(),
            took: Duration::from_secs(1),
        };
        assert!(audit.is_incomplete());
        let mut text = Vec::new();
        summary(&mut text, &audit).unwrap();
        let text = String::from_utf8(text).unwrap();
        let closing = "6 corruptions of 1 kinds: 2 noticed (1 by cases alone), 1 missed, 1 explained, 2 never shown";
        assert!(text.lines().last().unwrap().starts_with(closing), "{text}");

        let folder = tempfile::tempdir().unwrap();
        write_file(folder.path(), &audit).unwrap();
        let report = std::fs::read(folder.path().join("audit.json")).unwrap();
        let report: serde_json::Value = serde_json::from_slice(&report).unwrap();
        let counts = json!({"noticed": 2, "missed": 1, "explained": 1, "never_shown": 2});
        assert_eq!(report["total"], counts);
        assert_eq!(report["kinds"], json!({"check-order": counts}));
    }
}
