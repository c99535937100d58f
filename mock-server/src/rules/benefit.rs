//! What a benefit is made of and how it changes (docs/behaviour.md#benefits).

use serde_json::{Map, Value as Json};
use uuid::Uuid;

use super::keep_metadata;
use super::price::keep_json;
use super::product::set;
use crate::contract::Patch;
use crate::generated::requests::{BenefitCreate, BenefitsUpdateBody};
use crate::json::{Dict, Value};
use crate::refusal::Refusal;
use crate::state::{Benefit, Timestamp};

/// A new benefit. Only feature flags are private unless the body says so.
pub fn create_benefit(
    asked: &BenefitCreate,
    id: Uuid,
    organization_id: Uuid,
    now: Timestamp,
) -> Result<Benefit, Refusal> {
    let visibility = match asked.r#type.as_str() {
        "feature_flag" => "private",
        _ => "public",
    };
    let given = asked.visibility.as_deref();
    let metadata = asked.metadata.as_ref().map(keep_metadata).transpose()?;
    Ok(Benefit {
        id,
        organization_id,
        kind: asked.r#type.clone(),
        description: asked.description.clone(),
        visibility: given.unwrap_or(visibility).to_owned(),
        deleted_at: None,
        properties: properties(&asked.r#type, &asked.properties)?,
        metadata: metadata.unwrap_or_default(),
        created_at: now,
        modified_at: None,
    })
}

/// The benefit as it is afterwards; `modified_at` stays where nothing differs.
pub fn update_benefit(
    old: &Benefit,
    asked: BenefitsUpdateBody,
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
    set(&mut benefit.description, asked.description)?;
    if let Patch::Set(visibility) = asked.visibility {
        benefit.visibility = visibility;
    }
    if let Patch::Set(given) = &asked.properties {
        benefit.properties = properties(&old.kind, given)?;
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

/// Properties as they are kept: those of license keys are all there, the prefix without blanks around it.
fn properties(kind: &str, given: &Dict) -> Result<Map<String, Json>, Refusal> {
    if kind != "license_keys" {
        let kept = given.iter();
        let kept = kept.map(|(name, value)| Ok((name.to_owned(), keep_json(value)?)));
        return kept.collect();
    }
    let kept = ["prefix", "expires", "activations", "limit_usage"].map(|name| {
        let value = match given.get(name) {
            Some(Value::Str(prefix)) => match prefix.trim() {
                "" => Json::Null,
                prefix => Json::from(prefix),
            },
            Some(value) => keep_json(value)?,
            None => Json::Null,
        };
        Ok((name.to_owned(), value))
    });
    kept.into_iter().collect()
}

#[cfg(test)]
pub(super) mod tests {
    use serde_json::json;

    use super::*;
    use crate::rules::activate::tests::at;
    use crate::rules::price::tests::read;

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
        update_benefit(&benefit(), read(asked), at(NOW))
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
    fn the_properties_of_license_keys_are_all_kept() {
        let none =
            json!({"prefix": null, "expires": null, "activations": null, "limit_usage": null});
        let with = |name: &str, value: serde_json::Value| {
            let mut all = none.clone();
            all[name] = value;
            all
        };
        let expires = json!({"ttl": 1, "timeframe": "day"});
        for (given, kept) in [
            (json!({}), none.clone()),
            (json!({"prefix": "  ", "other": 1}), none.clone()),
            (json!({"prefix": " PRO "}), with("prefix", json!("PRO"))),
            (json!({"limit_usage": 3}), with("limit_usage", json!(3))),
            (
                json!({"expires": expires}),
                with("expires", expires.clone()),
            ),
        ] {
            let kept = kept.as_object().unwrap().clone();
            assert_eq!(properties("license_keys", &read(&given)), Ok(kept));
        }
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
            properties: properties("license_keys", &read(&json!({"limit_usage": 3}))).unwrap(),
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
