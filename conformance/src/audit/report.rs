//! What an audit says.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::path::Path;

use anstyle::{AnsiColor, Style};
use serde_json::json;

use super::Kind;
use super::run::{Audit, Finding, Noticed};

const GOOD: Style = AnsiColor::Green.on_default();
const BAD: Style = AnsiColor::Red.on_default().bold();
const ODD: Style = AnsiColor::Yellow.on_default();

impl Audit {
    /// The corruptions that nothing in the suite notices.
    pub fn missed(&self) -> impl Iterator<Item = &Finding> {
        self.findings
            .iter()
            .filter(|finding| matches!(finding.noticed, Noticed::Missed(_)))
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

fn explained(noticed: &Noticed) -> bool {
    matches!(noticed, Noticed::Explained(_))
}

fn missed(noticed: &Noticed) -> bool {
    matches!(noticed, Noticed::Missed(_))
}

fn never_shown(noticed: &Noticed) -> bool {
    matches!(noticed, Noticed::NeverShown)
}

/// A table by kinds, what was missed, what could not be shown, and a closing line.
///
/// # Errors
/// When the output cannot be written.
pub fn summary(out: &mut dyn Write, audit: &Audit) -> io::Result<()> {
    let mut kinds: Vec<Kind> = audit
        .findings
        .iter()
        .map(|finding| finding.corruption.kind)
        .collect();
    kinds.sort();
    kinds.dedup();
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
            Noticed::Explained(reason) => {
                writeln!(
                    out,
                    "{ODD}explained{ODD:#} {}: {reason}",
                    finding.corruption
                )?;
            }
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
    if !unshown.is_empty() {
        writeln!(
            out,
            "{ODD}never shown{ODD:#}: declared, but no answer of the suite has it (null there, or an empty list), or no honest\n\
             answer would be another"
        )?;
        for (kind, places) in unshown {
            writeln!(out, "  {kind}: {}", places.join(", "))?;
        }
    }
    let shown = audit.findings.len() - audit.count(None, never_shown);
    writeln!(
        out,
        "{} corruptions of {} kinds could show: {} noticed ({} by cases alone), {} missed, {} explained, in {:.0?}",
        shown,
        kinds.len(),
        shown - audit.count(None, missed) - audit.count(None, explained),
        audit.count(None, anywhere),
        audit.count(None, missed),
        audit.count(None, explained),
        audit.took
    )
}

/// Writes every finding into `audit.json` of a folder.
///
/// # Errors
/// When the file cannot be written.
pub fn write_file(folder: &Path, audit: &Audit) -> io::Result<()> {
    std::fs::create_dir_all(folder)?;
    let report = json!({"seconds": audit.took.as_secs_f64(), "findings": audit.findings});
    std::fs::write(
        folder.join("audit.json"),
        serde_json::to_string_pretty(&report)?,
    )
}
