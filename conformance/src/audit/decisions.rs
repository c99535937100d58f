//! The wrong decisions of every operation: on license keys those of their rules, elsewhere those that the contract names.

use serde_json::Value;

use super::behaviour::Behaviour;
use super::checks::{ACTIVATE, Check, VALIDATE};
use super::corruption::{Act, Corruption, Kind};
use super::fields::{optional_fields, query_parameters};
use super::repair::Repair;
use crate::contract::Surface;

/// Every wrong decision of every operation.
pub(super) fn decisions(document: &Value) -> Vec<Corruption> {
    let mut all = on_keys();
    for (_, operation) in Surface::bundled().operations() {
        if Surface::bundled().is_about_keys(&operation.id) {
            continue;
        }
        let mut add = |kind: Kind, what: String, behaviour: Behaviour| {
            all.push(Corruption {
                kind,
                operation: operation.id.clone(),
                what,
                act: Act::Behaviour(behaviour),
            });
        };
        let declared = document.pointer(&operation.pointer).unwrap_or(&Value::Null);
        if operation.method == "GET" {
            let what = "until the next world".to_owned();
            add(Kind::StaleRead, what, Behaviour::Stale);
        } else {
            add(Kind::Forgotten, "all".to_owned(), Behaviour::Forget);
        }
        add(Kind::Token, "any will do".to_owned(), Behaviour::AnyToken);
        for name in query_parameters(document, declared) {
            let what = format!("{name} ignored");
            add(Kind::Query, what, Behaviour::WithoutQuery(name));
        }
        for name in optional_fields(document, declared) {
            let what = format!("{name} ignored");
            add(Kind::Forgotten, what, Behaviour::WithoutField(name));
        }
    }
    all
}

/// The wrong decisions of the operations on license keys.
fn on_keys() -> Vec<Corruption> {
    let mut all = Vec::new();
    for operation in Surface::bundled().about_keys() {
        let operation = operation.id.as_str();
        let mut add = |kind: Kind, what: String, behaviour: Behaviour| {
            all.push(Corruption {
                kind,
                operation: operation.to_owned(),
                what,
                act: Act::Behaviour(behaviour),
            });
        };
        let name = operation.rsplit(':').next().unwrap_or_default();
        let checks: &[Check] = match name {
            "validate" => &VALIDATE,
            "activate" => &ACTIVATE,
            "deactivate" => &[Check::Activation],
            _ => &[],
        };
        for (index, first) in checks.iter().enumerate() {
            add(
                Kind::CheckSkipped,
                format!("{first:?}"),
                Behaviour::Skipped(*first),
            );
            for second in &checks[index + 1..] {
                if can_both_refuse(*first, *second) {
                    add(
                        Kind::CheckOrder,
                        format!("{second:?} before {first:?}"),
                        Behaviour::Swapped(*first, *second),
                    );
                }
            }
        }
        if !checks.is_empty() {
            add(
                Kind::CheckOrder,
                "key before body".to_owned(),
                Behaviour::Swapped(Check::Body, Check::Activation),
            );
            add(
                Kind::CheckSkipped,
                "letters of the key".to_owned(),
                Behaviour::AnyCase,
            );
        }
        match name {
            "validate" => {
                for field in ["validations", "usage", "last_validated_at", "modified_at"] {
                    add(
                        Kind::Forgotten,
                        field.to_owned(),
                        Behaviour::ForgetField(field),
                    );
                }
                for (field, refusals) in [("validations", true), ("usage", false), ("usage", true)]
                {
                    let of = if refusals { "refusals" } else { "successes" };
                    add(
                        Kind::SideEffect,
                        format!("{field} of {of}"),
                        Behaviour::Count { field, refusals },
                    );
                }
                for by in [1, -1] {
                    add(
                        Kind::OffByOne,
                        format!("limit_usage{by:+}"),
                        Behaviour::Limit("limit_usage", by),
                    );
                }
                add(
                    Kind::CheckAdded,
                    "wants an activation".to_owned(),
                    Behaviour::WantsActivation,
                );
                for field in [
                    "increment_usage",
                    "conditions",
                    "activation_id",
                    "benefit_id",
                    "customer_id",
                ] {
                    add(
                        Kind::Lenient,
                        format!("{field} ignored"),
                        Behaviour::WithoutField(field.to_owned()),
                    );
                }
                add(
                    Kind::Lenient,
                    "negative increment".to_owned(),
                    Behaviour::Repaired(Repair::Increment),
                );
            }
            "activate" => {
                for by in [1, -1] {
                    add(
                        Kind::OffByOne,
                        format!("limit_activations{by:+}"),
                        Behaviour::Limit("limit_activations", by),
                    );
                }
                for field in ["validations", "usage"] {
                    add(
                        Kind::SideEffect,
                        format!("{field} of successes"),
                        Behaviour::Count {
                            field,
                            refusals: false,
                        },
                    );
                }
                for field in ["conditions", "meta"] {
                    add(
                        Kind::Forgotten,
                        field.to_owned(),
                        Behaviour::WithoutField(field.to_owned()),
                    );
                    add(
                        Kind::Lenient,
                        format!("{field} cut"),
                        Behaviour::Repaired(Repair::Dictionary(field)),
                    );
                }
                add(
                    Kind::Lenient,
                    "label missing".to_owned(),
                    Behaviour::Repaired(Repair::Label),
                );
                add(Kind::Forgotten, "all".to_owned(), Behaviour::Forget);
            }
            "deactivate" => {
                add(Kind::Forgotten, "all".to_owned(), Behaviour::Forget);
                add(
                    Kind::CheckAdded,
                    "wants a granted key".to_owned(),
                    Behaviour::WantsGranted,
                );
            }
            "rotate" => {
                add(Kind::Forgotten, "all".to_owned(), Behaviour::Forget);
                add(
                    Kind::CheckAdded,
                    "wants a granted key".to_owned(),
                    Behaviour::WantsGranted,
                );
            }
            "update" => {
                add(Kind::Forgotten, "all".to_owned(), Behaviour::Forget);
                for field in [
                    "status",
                    "usage",
                    "limit_usage",
                    "limit_activations",
                    "expires_at",
                    "modified_at",
                ] {
                    add(
                        Kind::Forgotten,
                        field.to_owned(),
                        Behaviour::ForgetField(field),
                    );
                }
                for field in [
                    "status",
                    "usage",
                    "limit_usage",
                    "limit_activations",
                    "expires_at",
                ] {
                    add(
                        Kind::Lenient,
                        format!("{field} ignored when wrong"),
                        Behaviour::Repaired(Repair::Drop(field)),
                    );
                }
            }
            "list" => {
                for parameter in ["page", "limit", "benefit_id"] {
                    add(
                        Kind::Query,
                        format!("{parameter} ignored"),
                        Behaviour::WithoutQuery(parameter.to_owned()),
                    );
                }
                if operation == "license_keys:list" {
                    for parameter in ["status", "organization_id"] {
                        add(
                            Kind::Query,
                            format!("{parameter} ignored"),
                            Behaviour::WithoutQuery(parameter.to_owned()),
                        );
                    }
                }
                add(
                    Kind::Query,
                    "limit=9 by default".to_owned(),
                    Behaviour::DefaultQuery("limit", "9"),
                );
                for parameter in ["page", "limit"] {
                    add(
                        Kind::Lenient,
                        format!("{parameter} below 1"),
                        Behaviour::Repaired(Repair::Page(parameter)),
                    );
                }
            }
            _ => {}
        }
        if matches!(name, "list" | "get" | "get_activation") {
            add(
                Kind::StaleRead,
                "until the next world".to_owned(),
                Behaviour::Stale,
            );
        }
        if operation.starts_with("license_keys:") {
            add(Kind::Token, "any will do".to_owned(), Behaviour::AnyToken);
        } else if matches!(name, "validate" | "activate" | "deactivate") {
            add(Kind::Token, "not looked at".to_owned(), Behaviour::NoToken);
        }
    }
    all
}

/// Some pairs exclude each other: a key without activations cannot be full, and conditions need a live activation.
fn can_both_refuse(first: Check, second: Check) -> bool {
    !matches!(
        (first, second),
        (Check::Support, Check::Slots) | (Check::Activation, Check::Conditions)
    )
}
