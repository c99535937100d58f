//! Every rule has its cases.

use std::collections::BTreeSet;

use polar_openapi::compare;

use crate::{documents::PLACES, exchanges, schemas};

#[test]
fn every_rule_has_a_case_and_no_case_is_about_a_rule_that_is_not_there() {
    let known: BTreeSet<String> = compare::rules().into_iter().map(|rule| rule.id).collect();
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
    let rules = compare::rules();
    let ids = rules.iter().map(|rule| {
        let stem = PLACES.iter().rev().find_map(|place| {
            let stem = rule.id.strip_prefix(place)?.strip_prefix('-')?;
            listed.contains(stem).then_some(stem)
        });
        stem.unwrap_or(&rule.id)
    });
    assert_eq!(listed, ids.collect());
}

#[test]
fn rules_are_told_once_and_say_why() {
    let rules = compare::rules();
    let ids: BTreeSet<_> = rules.iter().map(|rule| &rule.id).collect();
    assert_eq!(ids.len(), rules.len());
    for rule in &rules {
        assert!(
            !rule.reason.is_empty() && !rule.reason.contains('\n'),
            "{}",
            rule.id
        );
        assert!(!rule.words || rule.breaks.is_empty(), "{}", rule.id);
        assert_eq!(compare::rule(&rule.id).as_ref(), Some(rule));
    }
}
