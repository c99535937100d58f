//! The text about a finished run. Secrets are masked in everything that is printed.

use std::io::{self, Write};

use anstyle::{AnsiColor, Style};

use super::overview::{Overview, Share, percent};
use crate::contract::Validator;
use crate::outcome::StepOutcome;
use crate::suite::{ItemOutcome, LEFT_OUT, Run, Verdict};
use crate::wire::printable;

/// Longer values are cut; the report files have them whole.
const SHOWN: usize = 300;
/// More differences of one step than this are counted, not shown.
const DIFFERENCES: usize = 5;

/// Green.
pub(super) const GOOD: Style = AnsiColor::Green.on_default();
/// Red.
pub(super) const BAD: Style = AnsiColor::Red.on_default().bold();
/// Yellow.
pub(super) const ODD: Style = AnsiColor::Yellow.on_default();
/// Grey.
pub(super) const DIM: Style = AnsiColor::BrightBlack.on_default();

/// Every failing step of an item: JSON path, expected, got, and how to repeat it.
///
/// # Errors
/// When the output cannot be written.
pub fn failures(out: &mut dyn Write, item: &ItemOutcome) -> io::Result<()> {
    for step in item.failures() {
        failure(out, item, step)?;
    }
    Ok(())
}

/// A step that differs.
pub(super) fn failure(
    out: &mut dyn Write,
    item: &ItemOutcome,
    step: &StepOutcome,
) -> io::Result<()> {
    writeln!(
        out,
        "{BAD}FAIL{BAD:#} {} :: {}",
        item.name,
        printable(&step.name)
    )?;
    for mismatch in step.mismatches.iter().take(DIFFERENCES) {
        writeln!(
            out,
            "     {}: {}",
            printable(&mismatch.path),
            printable(&mismatch.why)
        )?;
        writeln!(out, "       expected {}", shown(&mismatch.expected))?;
        writeln!(out, "       got      {}", shown(&mismatch.got))?;
    }
    if step.mismatches.len() > DIFFERENCES {
        writeln!(out, "     and {} more", step.mismatches.len() - DIFFERENCES)?;
    }
    for text in step.curl.iter().chain(&step.test) {
        for line in text.lines() {
            writeln!(out, "     {DIM}{}{DIM:#}", printable(line))?;
        }
    }
    Ok(())
}

/// One line of a value, cut when it is long.
fn shown(text: &str) -> String {
    let text = printable(text).replace('\n', "\\n");
    match text.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}

/// The score of every group, and why items were skipped.
///
/// # Errors
/// When the output cannot be written.
pub fn scores(out: &mut dyn Write, run: &Run) -> io::Result<()> {
    let groups = run.groups();
    let width = groups
        .keys()
        .map(|group| group.len())
        .max()
        .unwrap_or_default()
        .max("group".len());
    writeln!(
        out,
        "\n{:<width$}  {:>13}  {:>11}",
        "group", "steps", "items"
    )?;
    let (ran, idle): (Vec<_>, Vec<_>) = groups
        .iter()
        .partition(|(_, score)| score.items + score.tolerated > 0);
    for (group, score) in ran {
        let style = if score.steps_failed() > 0 {
            BAD
        } else if score.steps == 0 {
            ODD
        } else {
            GOOD
        };
        let (steps, items) = (
            format!("{} / {}", score.steps_passed, score.steps),
            format!("{} / {}", score.items_passed, score.items),
        );
        write!(
            out,
            "{group:<width$}  {style}{steps:>13}{style:#}  {items:>11}"
        )?;
        if score.skipped > 0 {
            write!(out, "  {ODD}{} skipped{ODD:#}", score.skipped)?;
        }
        writeln!(out)?;
    }
    if !idle.is_empty() {
        let names: Vec<&str> = idle.iter().map(|(group, _)| **group).collect();
        writeln!(out, "{ODD}nothing ran{ODD:#} in {}", names.join(", "))?;
    }
    for tier in Overview::of(run).tiers {
        if let Some(score) = tier.score() {
            let style = if tier.failed > 0 { BAD } else { GOOD };
            writeln!(
                out,
                "tier {:<9} {style}{:>7}{style:#}  {} passed, {} failed",
                tier.tier.name(),
                percent(score),
                tier.passed,
                tier.failed
            )?;
        }
    }
    let mut reasons: Vec<(&str, usize)> = Vec::new();
    for item in &run.items {
        if let Verdict::Skipped(reason) = &item.verdict {
            match reasons.iter_mut().find(|(known, _)| known == reason) {
                Some((_, count)) => *count += 1,
                None => reasons.push((reason, 1)),
            }
        }
    }
    for (reason, count) in reasons {
        writeln!(out, "{ODD}skipped{ODD:#} {count}: {reason}")?;
    }
    for item in &run.items {
        if let Some(known) = &item.tolerated {
            writeln!(
                out,
                "{ODD}known{ODD:#} {} until {}: {}",
                item.name, known.until, known.reason
            )?;
        }
    }
    if let Some(reason) = &run.stopped {
        writeln!(
            out,
            "{ODD}stopped{ODD:#} after {} items: {}",
            run.items.len(),
            printable(reason)
        )?;
    }
    Ok(())
}

/// How much of the budget was used, and how many items did not fit into it.
///
/// # Errors
/// When the output cannot be written.
pub fn left_out(out: &mut dyn Write, run: &Run, sent: usize, cap: usize) -> io::Result<()> {
    let left_out = |item: &&ItemOutcome| matches!(&item.verdict, Verdict::Skipped(reason) if reason == LEFT_OUT);
    let count = run.items.iter().filter(left_out).count();
    writeln!(
        out,
        "{sent} of {cap} requests sent, {count} of {} items did not fit into the budget",
        run.items.len()
    )
}

/// The results of the contract validation, if any answer was validated.
///
/// # Errors
/// When the output cannot be written.
pub fn contract(out: &mut dyn Write, run: &Run) -> io::Result<()> {
    let seen = run.seen();
    if seen.validated == 0 {
        return Ok(());
    }
    let nowhere = seen.gaps.keys().filter(|gap| !gap.in_overlay).count();
    writeln!(
        out,
        "document {}: {} answers validated, {} to requests outside the document; {} gaps in the published document, {nowhere} of them not in the overlay either",
        Validator::bundled().version,
        seen.validated,
        seen.outside,
        seen.gaps.len()
    )?;
    for coverage in &Overview::of(run).coverage {
        let share = |share: &Share| format!("{}/{}", share.seen, share.known);
        writeln!(
            out,
            "coverage of {:<13} operations {}, statuses {}, error texts {}, schema branches {}, enum values {}",
            coverage.group,
            share(&coverage.operations),
            share(&coverage.statuses),
            share(&coverage.texts),
            share(&coverage.branches),
            share(&coverage.values)
        )?;
    }
    Ok(())
}

/// `N passed, N failed`, and `, N skipped` when there are any.
pub fn closing_line(run: &Run) -> String {
    let total = run.total();
    let mut line = format!(
        "{} passed, {} failed",
        total.steps_passed,
        total.steps_failed()
    );
    if total.skipped > 0 {
        line.push_str(&format!(", {} skipped", total.skipped));
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compare::Mismatch;
    use crate::report::tests::run_of;

    fn item(name: &str, verdict: Verdict) -> ItemOutcome {
        let group = name.split('/').next().unwrap().to_owned();
        ItemOutcome {
            verdict,
            ..ItemOutcome::new(name.to_owned(), group, String::new())
        }
    }

    fn run() -> Run {
        let mut bad = StepOutcome::new(
            "second",
            vec![Mismatch::new(
                "$.token",
                "polar_mst_abc",
                "polar_oat_def",
                "differs",
            )],
        );
        bad.curl = Some("curl -i 'http://x'".to_owned());
        let steps = vec![StepOutcome::new("first", Vec::new()), bad];
        let items = vec![
            item("a/one", Verdict::Ran(steps)),
            item("b/two", Verdict::Skipped("no clock".to_owned())),
        ];
        run_of(items)
    }

    fn plain(write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> String {
        let mut out = Vec::new();
        write(&mut out).unwrap();
        anstream::adapter::strip_str(&String::from_utf8(out).unwrap()).to_string()
    }

    #[test]
    fn a_failure_says_where_what_and_how_to_repeat_it_without_secrets() {
        let text = plain(|out| failures(out, &run().items[0]));
        assert_eq!(
            text,
            "FAIL a/one :: second\n     $.token: differs\n       expected polar_mst_***\n       got      polar_oat_***\n     curl -i 'http://x'\n"
        );
    }

    #[test]
    fn steps_are_counted_and_skips_are_explained() {
        assert_eq!(closing_line(&run()), "1 passed, 1 failed, 1 skipped");
        let text = plain(|out| scores(out, &run()));
        assert!(
            text.contains("1 / 2")
                && text.contains("skipped 1: no clock")
                && text.contains("nothing ran in b\n"),
            "{text}"
        );
    }

    #[test]
    fn what_a_server_said_does_not_steer_the_terminal() {
        let said = "\u{1b}]0;owned\u{7}";
        let mut step = StepOutcome::new(said, vec![Mismatch::new(said, said, said, said)]);
        step.curl = Some(format!("curl -i '{said}'"));
        let mut run = run_of(vec![item("a/one", Verdict::Ran(vec![step]))]);
        run.stopped = Some(said.to_owned());
        let text = plain(|out| {
            failures(out, &run.items[0])?;
            scores(out, &run)
        });
        assert_eq!(text.matches(r"\u{1b}]0;owned\u{7}").count(), 7, "{text}");
        assert!(!text.contains('\u{7}'), "{text}");
    }

    #[test]
    fn long_values_are_cut_between_characters() {
        assert_eq!(shown(&"é".repeat(400)).chars().count(), 301);
        assert_eq!(shown("a\nb"), "a\\nb");
    }
}
