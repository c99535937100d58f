//! What a benefit is made of and how it changes (docs/behaviour.md#benefits).

use serde_json::{Map, Value as Json};
use uuid::Uuid;

use super::keep_metadata;
use super::price::{keep_json, place};
use super::product_update::set;
use crate::contract::Patch;
use crate::generated::requests::{BenefitCreate, BenefitsUpdateBody};
use crate::json::{Dict, Value};
use crate::refusal::{BusinessError, Refusal};
use crate::state::{Benefit, Timestamp};

/// A new benefit.
pub fn create_benefit(
    asked: &BenefitCreate,
    id: Uuid,
    organization_id: Uuid,
    now: Timestamp,
) -> Result<Benefit, Refusal> {
    let visibility = asked.visibility.clone();
    let metadata = asked.metadata.as_ref().map(keep_metadata).transpose()?;
    Ok(Benefit {
        id,
        organization_id,
        kind: asked.r#type.clone(),
        description: asked.description.clone(),
        visibility: visibility.unwrap_or_else(|| default_visibility(&asked.r#type)),
        deleted_at: None,
        properties: properties(&asked.properties)?,
        metadata: metadata.unwrap_or_default(),
        created_at: now,
        modified_at: None,
    })
}

/// Checks what a type of benefit needs that is not here: files, meters, accounts at other services. `old` is the benefit
/// so far, whose own are taken for existing; `is_organization` says whether the caller has an organization's token.
pub fn check_needs(
    kind: &str,
    given: &Dict,
    old: Option<&Benefit>,
    is_organization: bool,
) -> Result<(), Refusal> {
    let name = |name: &str| Value::Str(name.to_owned());
    let is_old = |field: &str, id: &Value| {
        let kept = old.and_then(|old| old.properties.get(field));
        kept.is_some_and(|kept| match kept {
            Json::Array(all) => all.iter().any(|one| one.as_str() == id.as_str()),
            one => one.as_str() == id.as_str(),
        })
    };
    let refuse = |kind, field: &str, message| {
        let input = given.get(field).cloned().unwrap_or(Value::Null);
        let is_known = kind == "value_error" && is_old(field, &input);
        let error = BusinessError {
            kind,
            loc: vec![name("properties"), name(field)],
            message,
            input,
        };
        if is_known {
            Ok(())
        } else {
            Err(Refusal::InvalidProperties(vec![error]))
        }
    };
    match kind {
        "slack_shared_channel" if old.is_none() => Err(Refusal::invalid(
            "type",
            "Slack shared channel benefit is not enabled for this organization.",
            name(kind),
        )),
        "slack_shared_channel" => refuse(
            "value_error",
            "slack_integration_id",
            "Slack integration not found.",
        ),
        "github_repository" if is_organization => refuse(
            "invalid_auth_subject",
            "repository_owner",
            "We do not yet support creating this benefit with an organization token.",
        ),
        "github_repository" => refuse(
            "invalid_user_auth",
            "repository_owner",
            "You have not authenticated with the github_repository_benefit app",
        ),
        "meter_credit" => refuse("value_error", "meter_id", "This meter does not exist."),
        "downloadables" => {
            let Some(Value::List(files)) = given.get("files") else {
                return Err(Refusal::internal("a benefit of files has none"));
            };
            let missing = files
                .iter()
                .enumerate()
                .filter(|(_, file)| !is_old("files", file));
            let missing = missing.map(|(index, file)| {
                let mut loc = vec![name("properties")];
                loc.extend(place("files", index));
                BusinessError::at(loc, "File not found.", file.clone())
            });
            let missing: Vec<_> = missing.collect();
            if missing.is_empty() {
                Ok(())
            } else {
                Err(Refusal::InvalidProperties(missing))
            }
        }
        _ => Ok(()),
    }
}

/// Only feature flags are private unless the body says so.
fn default_visibility(kind: &str) -> String {
    match kind {
        "feature_flag" => "private".to_owned(),
        _ => "public".to_owned(),
    }
}

/// The benefit as it is afterwards; `modified_at` stays where nothing differs.
pub fn update_benefit(
    old: &Benefit,
    asked: BenefitsUpdateBody,
    is_organization: bool,
    now: Timestamp,
) -> Result<Benefit, Refusal> {
    if asked.r#type != old.kind {
        // The answer repeats the type that it has, not the one that was asked for.
        return Err(Refusal::invalid(
            "type",
            "Benefit type cannot be changed.",
            Value::Str(old.kind.clone()),
        ));
    }
    let mut benefit = old.clone();
    if let Patch::Set(given) = &asked.properties {
        check_needs(&old.kind, given, Some(old), is_organization)?;
        benefit.properties = properties(given)?;
    }
    set(&mut benefit.description, asked.description)?;
    if let Some(visibility) = asked.visibility.change() {
        benefit.visibility = visibility.unwrap_or_else(|| default_visibility(&old.kind));
    }
    if let Some(metadata) = &asked.metadata {
        benefit.metadata = keep_metadata(metadata)?;
    }
    if benefit != *old {
        benefit.modified_at = Some(now);
    }
    Ok(benefit)
}

/// The benefit once it is deleted.
pub fn delete_benefit(old: &Benefit, now: Timestamp) -> Benefit {
    Benefit {
        deleted_at: Some(now),
        modified_at: Some(now),
        ..old.clone()
    }
}

/// Whether a change of a benefit reaches keys that were granted before. A new prefix alone does not.
pub fn reaches_keys(old: &Benefit, new: &Benefit) -> bool {
    ["expires", "activations", "limit_usage"]
        .iter()
        .any(|name| old.properties.get(*name) != new.properties.get(*name))
}

/// Properties as they are kept.
fn properties(given: &Dict) -> Result<Map<String, Json>, Refusal> {
    let kept = given.iter();
    let kept = kept.map(|(name, value)| Ok((name.to_owned(), keep_json(value)?)));
    kept.collect()
}

#[cfg(test)]
pub(super) mod tests {
    use serde_json::json;

    use super::*;
    use crate::rules::activate::tests::at;
    use crate::rules::price::tests::{read, shown};

    const NOW: &str = "2026-01-01T00:00:00Z";

    /// A benefit of license keys.
    pub fn benefit() -> Benefit {
        row(json!({
            "id": Uuid::from_u128(1), "organization_id": Uuid::from_u128(2), "type": "license_keys", "description": "Keys",
            "properties": {
                "prefix": "PRO", "expires": {"ttl": 1, "timeframe": "month"},
                "activations": {"limit": 3, "enable_customer_admin": true}, "limit_usage": 5,
            },
        }))
    }

    fn row(row: serde_json::Value) -> Benefit {
        serde_json::from_value(row).unwrap()
    }

    fn update(asked: &serde_json::Value) -> Result<Benefit, Refusal> {
        update_benefit(&benefit(), read(asked), true, at(NOW))
    }

    #[test]
    fn a_new_benefit_is_public_unless_it_is_a_feature_flag() {
        for (kind, given, visibility) in [
            ("custom", None, "public"),
            ("custom", Some("private"), "private"),
            ("feature_flag", None, "private"),
            ("feature_flag", Some("public"), "public"),
        ] {
            let asked = json!({
                "type": kind, "description": "x", "visibility": given, "properties": {"note": "n"}, "metadata": {"a": 1},
            });
            let (id, organization_id) = (Uuid::from_u128(1), Uuid::from_u128(2));
            let made = create_benefit(&read(&asked), id, organization_id, at(NOW));
            let expected = row(json!({
                "id": id, "organization_id": organization_id, "type": kind, "description": "x",
                "visibility": visibility, "properties": {"note": "n"}, "metadata": {"a": 1}, "created_at": NOW,
            }));
            assert_eq!(made, Ok(expected), "{asked}");
        }
    }

    #[test]
    fn what_a_type_needs_has_to_exist() {
        let id = Uuid::from_u128(9);
        let files = json!({"files": [id]});
        for (kind, given, kept, is_organization, expected) in [
            ("custom", json!({}), None, true, json!([])),
            (
                "downloadables",
                files.clone(),
                None,
                true,
                json!([[
                    "value_error",
                    ["properties", "files", 0],
                    "File not found.",
                    id
                ]]),
            ),
            ("downloadables", files.clone(), Some(files), true, json!([])),
            (
                "meter_credit",
                json!({"meter_id": id}),
                None,
                true,
                json!([[
                    "value_error",
                    ["properties", "meter_id"],
                    "This meter does not exist.",
                    id
                ]]),
            ),
            (
                "github_repository",
                json!({"repository_owner": "o"}),
                None,
                true,
                json!([[
                    "invalid_auth_subject",
                    ["properties", "repository_owner"],
                    "We do not yet support creating this benefit with an organization token.",
                    "o"
                ]]),
            ),
            (
                "github_repository",
                json!({"repository_owner": "o"}),
                None,
                false,
                json!([[
                    "invalid_user_auth",
                    ["properties", "repository_owner"],
                    "You have not authenticated with the github_repository_benefit app",
                    "o"
                ]]),
            ),
            // What the benefit has already exists.
            (
                "meter_credit",
                json!({"meter_id": id}),
                Some(json!({"meter_id": id})),
                true,
                json!([]),
            ),
            (
                "meter_credit",
                json!({"meter_id": id}),
                Some(json!({"meter_id": "another"})),
                true,
                json!([[
                    "value_error",
                    ["properties", "meter_id"],
                    "This meter does not exist.",
                    id
                ]]),
            ),
            (
                "slack_shared_channel",
                json!({"slack_integration_id": id}),
                Some(json!({"slack_integration_id": id})),
                true,
                json!([]),
            ),
            (
                "slack_shared_channel",
                json!({"slack_integration_id": id}),
                Some(json!({})),
                true,
                json!([[
                    "value_error",
                    ["properties", "slack_integration_id"],
                    "Slack integration not found.",
                    id
                ]]),
            ),
            (
                "github_repository",
                json!({"repository_owner": "o"}),
                Some(json!({"repository_owner": "o"})),
                true,
                json!([[
                    "invalid_auth_subject",
                    ["properties", "repository_owner"],
                    "We do not yet support creating this benefit with an organization token.",
                    "o"
                ]]),
            ),
        ] {
            let old = kept.map(|kept: serde_json::Value| Benefit {
                properties: kept.as_object().unwrap().clone(),
                ..benefit()
            });
            let outcome = check_needs(kind, &read(&given), old.as_ref(), is_organization);
            let errors = match outcome {
                Ok(()) => json!([]),
                Err(Refusal::InvalidProperties(errors)) => shown(&errors),
                Err(other) => panic!("{other:?}"),
            };
            assert_eq!(errors, expected, "{kind}");
        }
        let slack = check_needs("slack_shared_channel", &read(&json!({})), None, true);
        let message = "Slack shared channel benefit is not enabled for this organization.";
        let kind = Value::Str("slack_shared_channel".into());
        assert_eq!(slack, Err(Refusal::invalid("type", message, kind)));
    }

    #[test]
    fn what_is_not_given_stays() {
        for asked in [
            json!({"type": "license_keys"}),
            json!({"type": "license_keys", "visibility": null, "properties": null}),
            json!({"type": "license_keys", "description": "Keys", "metadata": {}}),
        ] {
            assert_eq!(update(&asked), Ok(benefit()), "{asked}");
        }
        let asked = json!({
            "type": "license_keys", "description": "New", "visibility": "private", "properties": {"limit_usage": 3},
            "metadata": {"a": 1},
        });
        let expected = Benefit {
            description: "New".into(),
            visibility: "private".into(),
            properties: properties(&read(&json!({"limit_usage": 3}))).unwrap(),
            metadata: serde_json::from_value(json!({"a": 1})).unwrap(),
            modified_at: Some(at(NOW)),
            ..benefit()
        };
        assert_eq!(update(&asked), Ok(expected));
        let null = json!({"type": "license_keys", "description": null});
        assert_eq!(update(&null), Err(Refusal::Crash));
        let other = json!({"type": "custom", "description": null});
        let message = "Benefit type cannot be changed.";
        let refused = Refusal::invalid("type", message, Value::Str("license_keys".into()));
        assert_eq!(update(&other), Err(refused));
    }

    #[test]
    fn a_deleted_benefit_is_kept_with_the_moment() {
        let deleted = Benefit {
            deleted_at: Some(at(NOW)),
            modified_at: Some(at(NOW)),
            ..benefit()
        };
        assert_eq!(delete_benefit(&benefit(), at(NOW)), deleted);
    }

    #[test]
    fn only_terms_reach_keys() {
        let with = |name: &str| {
            let mut benefit = benefit();
            benefit.properties.insert(name.to_owned(), json!(null));
            benefit
        };
        for (name, reaches) in [
            ("prefix", false),
            ("expires", true),
            ("activations", true),
            ("limit_usage", true),
        ] {
            assert_eq!(reaches_keys(&benefit(), &with(name)), reaches, "{name}");
        }
    }
}
