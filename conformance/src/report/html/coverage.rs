//! What was seen of the API, and what the published document does not say.

use std::collections::{BTreeMap, BTreeSet};

use maud::{Markup, html};

use super::parts::bar;
use crate::contract::{Aspect, Coverage};
use crate::report::overview::{GroupCoverage, Overview, Share, percent};

/// How many missing things are listed.
const LISTED: usize = 400;

/// The section.
pub(super) fn coverage(overview: &Overview) -> Markup {
    html! {
        section #coverage {
            h2 { "Coverage" }
            p.lead { "How much of the API this run has seen, whether the answers were right or wrong." }
            @for group in &overview.coverage { (of_group(group)) }
        }
    }
}

fn of_group(coverage: &GroupCoverage) -> Markup {
    let shares = [
        ("operations", "answered at least once", &coverage.operations),
        (
            "status codes",
            "of each operation, as declared (overlay included)",
            &coverage.statuses,
        ),
        (
            "error texts",
            "recorded from the real server",
            &coverage.texts,
        ),
        (
            "schema branches",
            "of anyOf and oneOf in answers",
            &coverage.branches,
        ),
        ("enum values", "in schemas of answers", &coverage.values),
    ];
    html! {
        h3 { (coverage.group) }
        div.shares {
            @for (name, about, share) in shares { (one(name, about, share)) }
            @if !coverage.new_texts.is_empty() {
                details.share {
                    summary { strong { "new error texts" } span.count { (coverage.new_texts.len()) } span.dim { "not in any recording" } }
                    ul.missing { @for text in &coverage.new_texts { li { (text) } } }
                }
            }
        }
    }
}

fn one(name: &str, about: &str, share: &Share) -> Markup {
    let part = if share.known == 0 {
        0.0
    } else {
        share.seen as f64 / share.known as f64
    };
    html! {
        details.share {
            summary {
                strong { (name) }
                span.count { (share.seen) " / " (share.known) " · " (percent(part)) }
                (bar(part))
                span.dim { (about) }
            }
            @if share.missing.is_empty() {
                p.small { "Complete." }
            } @else {
                ul.missing { @for name in share.missing.iter().take(LISTED) { li { (name) } } }
                @if share.missing.len() > LISTED { p.small { "… and " (share.missing.len() - LISTED) " more" } }
            }
        }
    }
}

/// Gaps in the same object.
#[derive(Debug, Default)]
struct Together {
    names: BTreeSet<String>,
    answers: usize,
    operations: BTreeSet<&'static str>,
    statuses: BTreeSet<u16>,
}

/// The gaps of the published document, fields of one object in one row.
pub(super) fn gaps(seen: &Coverage) -> Markup {
    let mut rows: BTreeMap<(Aspect, String, String, bool), Together> = BTreeMap::new();
    for (gap, count) in &seen.gaps {
        let (place, name) = match gap.place.rsplit_once('.') {
            Some((parent, name)) if gap.aspect == Aspect::Field => (parent, name),
            _ => ("", gap.place.as_str()),
        };
        let key = (
            gap.aspect,
            place.to_owned(),
            gap.says.clone(),
            gap.in_overlay,
        );
        let row = rows.entry(key).or_default();
        row.names.insert(name.to_owned());
        row.answers = row.answers.max(count.answers);
        row.operations.extend(&count.operations);
        row.statuses.extend(&count.statuses);
    }
    html! {
        section #gaps {
            h2 { "Gaps of the published document" }
            p.lead {
                "What the server does and Polar's published document does not say. These are not failures: "
                "the overlay describes them, or they are additional fields, which clients must accept."
            }
            @if rows.is_empty() {
                p { "No answer showed a gap." }
            } @else {
                div.scroll tabindex="0" role="region" aria-label="Gaps" {
                    table {
                        thead { tr { th scope="col" { "what" } th scope="col" { "where" } th scope="col" { "the published document" }
                            th scope="col" { "the overlay" } th scope="col" { "operations" } th scope="col" { "answers" } } }
                        tbody {
                            @for ((aspect, place, says, in_overlay), row) in &rows {
                                tr {
                                    td { (aspect.name()) }
                                    td { (names(place, row)) }
                                    td { (says) }
                                    td { @if *in_overlay { "described" } @else { strong { "not described" } } }
                                    td { span title=(joined(&row.operations)) { (row.operations.len()) } }
                                    td { (row.answers) }
                                }
                            }
                        }
                    }
                }
            }
            @if seen.outside > 0 {
                p.small.dim { (seen.outside) " answers were to requests outside the document, which says nothing about them." }
            }
        }
    }
}

fn names(place: &str, row: &Together) -> Markup {
    html! {
        @if !place.is_empty() { code { (place) } ": " }
        @for (index, name) in row.names.iter().enumerate() { @if index > 0 { ", " } code { (name) } }
        @if place.is_empty() && row.statuses.len() == 1 && !row.names.iter().all(|name| name.parse::<u16>().is_ok()) {
            " with " @for status in &row.statuses { (status) }
        }
    }
}

fn joined(operations: &BTreeSet<&'static str>) -> String {
    operations.iter().copied().collect::<Vec<_>>().join("\n")
}
