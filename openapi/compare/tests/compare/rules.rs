//! Every rule has its cases.

use std::collections::BTreeSet;

use polar_openapi_compare::Rule;

use crate::{documents::PLACES, exchanges, schemas};

#[test]
fn every_rule_has_a_case_and_no_case_is_about_a_rule_that_is_not_there() {
    let known: BTreeSet<String> = Rule::all()
        .into_iter()
        .map(|rule| rule.id().to_owned())
        .collect();
    let mut tested = BTreeSet::new();
    for row in schemas::rows() {
        tested.extend(PLACES.map(|place| format!("{place}-{}", row.stem)));
    }
    for case in exchanges::cases() {
        tested.insert(case.rule.to_owned());
    }
    // Rules about the two halves of an exchange hold for webhooks as well, by the same code; one half is tested.
    let untested: Vec<_> = known
        .difference(&tested)
        .filter(|rule| {
            !(rule.starts_with("webhook-")
                && tested.contains(
                    &rule
                        .replacen("webhook-answer-", "response-", 1)
                        .replacen("webhook-", "request-", 1),
                ))
        })
        .collect();
    assert!(untested.is_empty(), "without a case: {untested:#?}");
    let unknown: Vec<_> = tested.difference(&known).collect();
    assert!(unknown.is_empty(), "no such rule: {unknown:#?}");
    assert!(known.len() >= 120, "only {} rules", known.len());
}

#[test]
fn the_readme_lists_every_rule_and_no_other() {
    let readme = include_str!("../../README.md");
    let table = readme.split("\n## Rules\n").nth(1).unwrap();
    let rows = table.lines().filter(|line| line.starts_with('|'));
    let listed: BTreeSet<_> = rows
        .flat_map(|row| row.split('`').skip(1).step_by(2))
        .collect();
    let rules = Rule::all();
    let ids = rules.iter().map(|rule| {
        let general = PLACES.iter().rev().find_map(|place| {
            let general = rule.id().strip_prefix(place)?.strip_prefix('-')?;
            listed.contains(general).then_some(general)
        });
        general.unwrap_or(rule.id())
    });
    assert_eq!(listed, ids.collect());
}

#[test]
fn every_rule_has_an_id_of_its_own_and_a_reason_of_one_line() {
    let rules = Rule::all();
    let ids: BTreeSet<_> = rules.iter().map(|rule| rule.id()).collect();
    assert_eq!(ids.len(), rules.len());
    for rule in &rules {
        let reason = rule.reason();
        assert!(
            !reason.is_empty() && !reason.contains('\n'),
            "{}",
            rule.id()
        );
    }
}
