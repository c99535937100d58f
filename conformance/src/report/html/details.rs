//! The items: what differs with all there is to know about it, and a list of all.

use maud::{Markup, html};
use similar::{ChangeTag, TextDiff};

use super::parts::word;
use crate::compare::Mismatch;
use crate::outcome::StepOutcome;
use crate::report::behaviour::Behaviour;
use crate::suite::{ItemOutcome, Run, Verdict};

/// Longer values are compared as a whole: a diff of them would be slow, and nobody would read it.
const DIFFED: usize = 20_000;

/// Every difference that is not tolerated.
pub(super) fn differences(run: &Run) -> Markup {
    let bad: Vec<&ItemOutcome> = run
        .items
        .iter()
        .filter(|item| item.tolerated.is_none() && item.failures().next().is_some())
        .collect();
    html! {
        @if !bad.is_empty() {
            section #differences {
                h2 { "What differs" }
                p.legend { del { "expected" } " " ins { "received" } }
                @for (index, item) in bad.iter().enumerate() {
                    details.item.differs open[index < 3] {
                        summary { (name(item)) span.dim { (item.about) } }
                        @for step in item.failures() { (difference(step)) }
                    }
                }
            }
        }
    }
}

/// Every tolerated difference.
pub(super) fn tolerated(run: &Run) -> Markup {
    let known: Vec<_> = run
        .items
        .iter()
        .filter_map(|item| Some((item, item.tolerated.as_ref()?)))
        .collect();
    html! {
        @if !known.is_empty() {
            section #tolerated {
                h2 { "Tolerated differences" }
                @for (item, tolerance) in known {
                    details.item {
                        summary { (name(item)) span.dim { "until " (tolerance.until) ": " (tolerance.reason) } }
                        @for step in item.failures() { (difference(step)) }
                    }
                }
            }
        }
    }
}

fn name(item: &ItemOutcome) -> Markup {
    html! { code { (item.name) } " " span.tag { (item.tier.name()) } }
}

fn difference(step: &StepOutcome) -> Markup {
    html! {
        div.step {
            h4 { (step.name) @if let Some(operation) = step.operation { " " code.dim { (operation) } } }
            @for mismatch in &step.mismatches { (changed(mismatch)) }
            @if let Some(curl) = &step.curl {
                p.small.dim { "Repeat it from a shell:" }
                pre.curl { (curl) }
            }
            @if let Some(test) = &step.test {
                p.small.dim { "Repeat it as a Rust test:" }
                pre.curl { (test) }
            }
        }
    }
}

fn changed(mismatch: &Mismatch) -> Markup {
    html! {
        div.mismatch {
            p { code { (mismatch.path) } " " span.dim { (mismatch.why) } }
            pre.diff { (diff(&mismatch.expected, &mismatch.got)) }
        }
    }
}

/// What was expected and what came, word by word.
fn diff(expected: &str, got: &str) -> Markup {
    if expected.len() + got.len() > DIFFED {
        return html! { del { (expected) } "\n" ins { (got) } };
    }
    let diff = TextDiff::from_words(expected, got);
    let mut parts: Vec<(ChangeTag, String)> = Vec::new();
    for change in diff.iter_all_changes() {
        match parts.last_mut() {
            Some((tag, text)) if *tag == change.tag() => text.push_str(change.value()),
            _ => parts.push((change.tag(), change.value().to_owned())),
        }
    }
    html! {
        @for (tag, text) in &parts {
            wbr;
            @match tag {
                ChangeTag::Equal => (text),
                ChangeTag::Delete => del { (text) },
                ChangeTag::Insert => ins { (text) },
            }
        }
    }
}

/// Every item, to be searched.
pub(super) fn items(run: &Run) -> Markup {
    html! {
        section #items {
            h2 { "All items" }
            form #filter {
                input #search type="search" placeholder="Search: validate, 404, expired …" aria-label="Search the items";
                fieldset {
                    legend { "Show" }
                    @for (value, label) in [("", "all"), ("same", "same"), ("differs", "differs"), ("known", "tolerated"), ("skipped", "skipped")] {
                        label { input type="radio" name="show" value=(value) checked[value.is_empty()]; " " (label) }
                    }
                }
                output #shown { (run.items.len()) " items" }
            }
            ul #list { @for item in &run.items { (entry(item)) } }
        }
    }
}

fn entry(item: &ItemOutcome) -> Markup {
    let differs = item.failures().next().is_some();
    let word = word(&item.verdict, differs, item.tolerated.is_some());
    let sign = match word {
        "same" => "✓",
        "differs" => "✗",
        "known" => "~",
        _ => "○",
    };
    let mut operations: Vec<&str> = item.seen.statuses.keys().map(|(id, _)| *id).collect();
    operations.dedup();
    let passed = item.steps().iter().filter(|step| step.passed()).count();
    html! {
        li class=(word) data-word=(word) data-behaviour=(Behaviour::of(&item.group, &item.name).title())
            data-operations=(operations.join(" ")) {
            span.sign title=(word) { (sign) }
            span.what { (name(item)) span.dim { (item.about) }
                @if let Verdict::Skipped(reason) = &item.verdict { span.dim { (reason) } }
            }
            span.steps { @if !item.steps().is_empty() { (passed) "/" (item.steps().len()) } }
        }
    }
}
