//! What a benefit is made of and how it changes (docs/behaviour.md#benefits).

use serde_json::{Map, Value as Json};
use uuid::Uuid;

use super::price::keep_json;
use super::product::set;
use super::{Refusal, keep_metadata};
use crate::contract::Patch;
use crate::generated::requests::{BenefitCreate, BenefitsUpdateBody};
use crate::json::{Dict, Value};
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
