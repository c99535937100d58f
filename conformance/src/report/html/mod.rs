//! `index.html`: one page that needs nothing else, for a person.

mod coverage;
mod details;
mod matrix;
mod parts;

use maud::{DOCTYPE, Markup, PreEscaped, html};

use self::parts::bar;
use super::overview::{Overview, TierScore, percent};
use crate::contract::Validator;
use crate::outcome::Tier;
use crate::suite::Run;

const STYLE: &str = include_str!("report.css");
const SCRIPT: &str = include_str!("report.js");

/// The whole page. Secrets are not masked yet.
pub(super) fn page(run: &Run, overview: &Overview) -> String {
    let markup = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                title { (verdict(run)) " · " (run.target) }
                style { (PreEscaped(STYLE)) }
            }
            body {
                header { (head(run)) }
                main {
                    (tiers(overview))
                    (details::differences(run))
                    (details::tolerated(run))
                    (matrix::matrix(overview))
                    (coverage::coverage(overview))
                    (coverage::gaps(&run.seen()))
                    (details::items(run))
                }
                footer {
                    p { "Written by polar-conformance. Secrets are masked; the page loads nothing from the network." }
                }
                script { (PreEscaped(SCRIPT)) }
            }
        }
    };
    markup.into_string()
}

/// The verdict, which readers want first.
fn verdict(run: &Run) -> String {
    let total = run.total();
    let failed = total.items - total.items_passed;
    if run.stopped.is_some() {
        "Incomplete".to_owned()
    } else if total.steps == 0 {
        "Nothing ran".to_owned()
    } else if failed == 0 {
        "Conforms".to_owned()
    } else if failed == 1 {
        "1 item differs".to_owned()
    } else {
        format!("{failed} items differ")
    }
}

fn head(run: &Run) -> Markup {
    let total = run.total();
    let good = run.stopped.is_none() && total.steps > 0 && total.steps_failed() == 0;
    let contract = Validator::bundled();
    let seen = run.seen();
    html! {
        p.eyebrow { "Polar license keys · conformance" }
        h1.good[good].bad[!good] { (verdict(run)) }
        p.lead {
            strong { (run.target) } " on "
            time datetime=(run.at.to_rfc3339()) { (run.at.format("%-d %B %Y, %H:%M UTC")) }
            ". " (total.items_passed) " of " (total.items) " items and " (total.steps_passed) " of "
            (total.steps) " steps are as expected."
            @if total.skipped > 0 { " " (total.skipped) " items could not run on this target." }
        }
        @if let Some(reason) = &run.stopped { p.notice { "The run ended early: " (reason) } }
        dl.facts {
            div { dt { "took" } dd { (format!("{:.1} s", run.took.as_secs_f64())) } }
            div { dt { "comparison" } dd { @if run.strict { "exact" } @else { "by value" } } }
            div { dt { "seed" } dd { (run.seed) } }
            div { dt { "document" } dd { (contract.version) " " code title=(contract.digest) { (contract.digest[..8]) } } }
            div { dt { "answers validated" } dd { (seen.validated) } }
        }
        nav {
            a href="#matrix" { "Parity" }
            a href="#coverage" { "Coverage" }
            a href="#gaps" { "Gaps" }
            a href="#items" { "Items" }
        }
    }
}

fn tiers(overview: &Overview) -> Markup {
    html! {
        section #tiers aria-label="Tiers" {
            @for tier in &overview.tiers { (card(tier)) }
        }
    }
}

fn card(tier: &TierScore) -> Markup {
    let about = match tier.tier {
        Tier::Core => "what every app that checks keys relies on",
        Tier::Complete => "everything documented or measured",
        Tier::Strict => "exact texts, order of checks, limits",
    };
    let score = tier.score();
    html! {
        article.card {
            h2 { (tier.tier.name()) }
            p.score.good[score == Some(1.0)].bad[score.is_some_and(|score| score < 1.0)] {
                @match score { Some(score) => (percent(score)), None => "–" }
            }
            (bar(score.unwrap_or_default()))
            p.small {
                (tier.passed) " passed, " (tier.failed) " failed"
                @if tier.tolerated > 0 { ", " (tier.tolerated) " tolerated" }
                @if tier.skipped > 0 { ", " (tier.skipped) " skipped" }
            }
            p.small.dim { (about) }
        }
    }
}

#[cfg(test)]
mod tests {
    use scraper::{Html, Selector};

    use super::*;
    use crate::compare::Mismatch;
    use crate::outcome::StepOutcome;
    use crate::report::tests::run_of;
    use crate::suite::{ItemOutcome, Tolerance, Verdict};

    fn sample() -> Run {
        let mut good = ItemOutcome::new(
            "case/usage/x/core".to_owned(),
            "case/usage".to_owned(),
            "about <it>".to_owned(),
        );
        good.seen.statuses.insert(("license_keys:validate", 200), 2);
        good.verdict = Verdict::Ran(vec![StepOutcome::new("POST /validate", Vec::new())]);
        let mut bad = ItemOutcome::new("auth/bad".to_owned(), "auth".to_owned(), String::new());
        let mut step = StepOutcome::new(
            "list <all>",
            vec![Mismatch::new(
                "$.detail",
                "License key has expired.",
                "License key has </script> lapsed.",
                "differs",
            )],
        );
        step.operation = Some("license_keys:list");
        step.curl = Some("curl -i 'http://x/?a=1&b=2'".to_owned());
        bad.verdict = Verdict::Ran(vec![step.clone()]);
        let mut known = ItemOutcome::new("auth/known".to_owned(), "auth".to_owned(), String::new());
        known.verdict = Verdict::Ran(vec![step]);
        known.tolerated = Some(Tolerance {
            reason: "their word".to_owned(),
            until: "2027-01-31".parse().unwrap(),
        });
        let mut skipped = ItemOutcome::new(
            "webhooks/x".to_owned(),
            "webhooks".to_owned(),
            String::new(),
        );
        skipped.verdict = Verdict::Skipped("no clock".to_owned());
        run_of(vec![good, bad, known, skipped])
    }

    fn parsed(run: &Run) -> (String, Html) {
        let text = page(run, &Overview::of(run));
        let html = Html::parse_document(&text);
        (text, html)
    }

    fn texts(html: &Html, selector: &str) -> Vec<String> {
        html.select(&Selector::parse(selector).unwrap())
            .map(|element| element.text().collect())
            .collect()
    }

    #[test]
    fn the_page_is_well_formed_and_needs_nothing_from_elsewhere() {
        let (text, html) = parsed(&sample());
        assert_eq!(html.errors, [""; 0], "{text}");
        for outside in ["<link", "<img", "src=", "@import", "url(", "http-equiv"] {
            assert!(!text.contains(outside), "{outside}");
        }
        // Every anchor leads somewhere.
        for link in html.select(&Selector::parse("a[href]").unwrap()) {
            let target = link.value().attr("href").unwrap();
            assert!(target.starts_with('#'), "{target}");
            assert_eq!(
                html.select(&Selector::parse(target).unwrap()).count(),
                1,
                "{target}"
            );
        }
    }

    #[test]
    fn the_verdict_comes_first() {
        let (_, html) = parsed(&sample());
        assert_eq!(texts(&html, "h1"), ["1 item differs"]);
        let run = run_of(vec![sample().items.remove(0)]);
        assert_eq!(texts(&parsed(&run).1, "h1"), ["Conforms"]);
        let mut run = run_of(Vec::new());
        assert_eq!(texts(&parsed(&run).1, "h1"), ["Nothing ran"]);
        run.stopped = Some("interrupted".to_owned());
        assert_eq!(texts(&parsed(&run).1, "h1"), ["Incomplete"]);
    }

    #[test]
    fn the_matrix_has_a_row_for_each_operation() {
        let (_, html) = parsed(&sample());
        let rows = texts(&html, "#matrix tbody th[scope=row]");
        assert_eq!(
            rows.len(),
            crate::contract::Surface::bundled().operations().count()
        );
        assert!(rows[0].contains("license_keys:list"));
        assert_eq!(texts(&html, "#matrix td.same button").len(), 1);
        assert_eq!(texts(&html, "#matrix td.differs button").len(), 1);
        assert!(texts(&html, "#matrix td.not-tried button").len() > 30);
    }

    #[test]
    fn a_difference_has_a_diff_and_a_curl_line() {
        let (_, html) = parsed(&sample());
        assert_eq!(texts(&html, "#differences .diff del"), ["expired."]);
        assert_eq!(
            texts(&html, "#differences .diff ins"),
            ["</script> lapsed."]
        );
        assert_eq!(
            texts(&html, "#differences pre.curl"),
            ["curl -i 'http://x/?a=1&b=2'"]
        );
        assert!(texts(&html, "#tolerated")[0].contains("their word"));
        assert!(texts(&html, "#items")[0].contains("no clock"));
    }
}
