//! The progress of a run: a bar on a terminal, plain lines elsewhere.

use std::io::{IsTerminal as _, Write};

use indicatif::{ProgressBar, ProgressStyle};

use super::summary::{BAD, GOOD, ODD};
use crate::audit::Finding;
use crate::suite::{ItemOutcome, Observer, Verdict};

/// Prints the progress to standard output.
#[derive(Debug, Default)]
pub struct Progress {
    bar: Option<ProgressBar>,
    /// The items that are running, the oldest first.
    running: Vec<String>,
}

impl Progress {
    /// Names the item that has been running for longest.
    fn name(&self) {
        if let (Some(bar), Some(oldest)) = (&self.bar, self.running.first()) {
            bar.set_message(oldest.clone());
        }
    }
}

impl Observer for Progress {
    fn begin(&mut self, count: usize) {
        self.bar = bar(count);
    }

    fn starts(&mut self, name: &str) {
        self.running.push(name.to_owned());
        self.name();
    }

    fn item(&mut self, outcome: &ItemOutcome) {
        self.running.retain(|name| *name != outcome.name);
        self.name();
        let failed = outcome.tolerated.is_none() && outcome.failures().next().is_some();
        match &self.bar {
            Some(bar) => {
                if failed {
                    bar.suspend(|| print_line(outcome));
                }
                bar.inc(1);
            }
            None => print_line(outcome),
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bar_names_what_is_running() {
        let mut progress = Progress {
            bar: Some(ProgressBar::hidden()),
            ..Progress::default()
        };
        let named = |progress: &Progress| progress.bar.as_ref().map(ProgressBar::message);
        let done = |name: &str| ItemOutcome::new(name.to_owned(), String::new(), String::new());
        progress.starts("a/one");
        progress.starts("a/two");
        assert_eq!(named(&progress).as_deref(), Some("a/one"));
        progress.item(&done("a/one"));
        assert_eq!(named(&progress).as_deref(), Some("a/two"));
    }
}
