//! The progress of a run: a bar on a terminal, plain lines elsewhere.

use std::io::{IsTerminal as _, Write};

use indicatif::{ProgressBar, ProgressStyle};

use super::summary::{BAD, GOOD, ODD, failures};
use crate::audit::Finding;
use crate::suite::{ItemOutcome, Observer, Verdict};

/// Prints the progress to standard output.
#[derive(Debug, Default)]
pub struct Progress {
    bar: Option<ProgressBar>,
}

impl Observer for Progress {
    fn begin(&mut self, count: usize) {
        self.bar = bar(count);
    }

    fn item(&mut self, outcome: &ItemOutcome) {
        match &self.bar {
            Some(bar) => {
                bar.suspend(|| print_failures(outcome));
                bar.set_message(outcome.name.clone());
                bar.inc(1);
            }
            None => {
                print_line(outcome);
                print_failures(outcome);
            }
        }
    }

    fn end(&mut self) {
        if let Some(bar) = self.bar.take() {
            bar.finish_and_clear();
        }
    }
}

/// Shows the progress of an audit on a terminal.
#[derive(Debug, Default)]
pub struct AuditProgress {
    bar: Option<ProgressBar>,
}

impl AuditProgress {
    /// Starts with the number of corruptions; then takes each finding.
    pub fn watch(&mut self, count: usize, finding: Option<&Finding>) {
        match finding {
            None => self.bar = bar(count),
            Some(finding) => {
                if let Some(bar) = &self.bar {
                    bar.set_message(finding.corruption.to_string());
                    bar.inc(1);
                }
            }
        }
    }

    /// The audit is over.
    pub fn end(&mut self) {
        if let Some(bar) = self.bar.take() {
            bar.finish_and_clear();
        }
    }
}

fn bar(count: usize) -> Option<ProgressBar> {
    let watched = std::io::stdout().is_terminal() && std::io::stderr().is_terminal();
    let bar = watched.then(|| ProgressBar::new(u64::try_from(count).unwrap_or(u64::MAX)))?;
    if let Ok(style) =
        ProgressStyle::with_template("{bar:30.green/black} {pos}/{len} {wide_msg:.dim}")
    {
        bar.set_style(style);
    }
    Some(bar)
}

fn print_line(outcome: &ItemOutcome) {
    let steps = outcome.steps();
    let passed = steps.iter().filter(|step| step.passed()).count();
    let score = format!("{passed}/{}", steps.len());
    let (style, word, says) = match &outcome.verdict {
        Verdict::Skipped(reason) => (ODD, "skip", reason.clone()),
        Verdict::Ran(_) if passed == steps.len() => (GOOD, "ok", score),
        Verdict::Ran(_) if outcome.tolerated.is_some() => (ODD, "known", score),
        Verdict::Ran(_) => (BAD, "fail", score),
    };
    // Nobody reads a closed pipe.
    let _ = writeln!(
        anstream::stdout(),
        "{style}{word:<4}{style:#} {} {says}",
        outcome.name,
    );
}

fn print_failures(outcome: &ItemOutcome) {
    if outcome.tolerated.is_some() {
        return;
    }
    let _ = failures(&mut anstream::stdout(), outcome);
}
