//! `benefits:*` and `benefit-grants:list`

use std::cmp::Ordering;
use std::sync::Arc;

use serde_json::{Map, Value as Json};

use super::customers::{given_metadata, kept_metadata, plain_json};
use super::resources::{BenefitView, GrantView, page_of, sorted};
use super::{Call, Outcome};
use crate::contract::Arguments;
use crate::json::Value;
use crate::reply::Reply;
use crate::rules::Refusal;
use crate::state::{Benefit, Directory, Grant, Job, new_uuid};

pub(super) fn list(call: &Call<'_>) -> Outcome {
    let asked = &call.arguments;
    let organizations = call.organizations();
    let (types, ids, excluded) = (
        asked.texts("type"),
        asked.uuids("id"),
        asked.uuids("exclude_id"),
    );
    let query = asked.text("query").map(str::to_lowercase);
    let wanted_organizations = asked.uuids("organization_id");
    let directory = call.world.read();
    let mut rows: Vec<Arc<Benefit>> = directory
        .benefits
        .iter()
        .filter(|benefit| {
            organizations.contains(&benefit.organization_id) && benefit.deleted_at.is_none()
        })
        .filter(|benefit| {
            wanted_organizations
                .as_ref()
                .is_none_or(|wanted| wanted.contains(&benefit.organization_id))
        })
        .filter(|benefit| {
            types
                .as_ref()
                .is_none_or(|types| types.contains(&benefit.kind.as_str()))
        })
        .filter(|benefit| call.wants_metadata(&benefit.metadata))
        .filter(|benefit| ids.as_ref().is_none_or(|ids| ids.contains(&benefit.id)))
        .filter(|benefit| {
            excluded
                .as_ref()
                .is_none_or(|ids| !ids.contains(&benefit.id))
        })
        .filter(|benefit| {
            query
                .as_ref()
                .is_none_or(|query| benefit.description.to_lowercase().contains(query))
        })
        .cloned()
        .collect();
    drop(directory);
    sorted(
        asked,
        &["-created_at"],
        &mut rows,
        |criterion, a, b| match criterion {
            "created_at" => a.created_at.cmp(&b.created_at),
            "description" => a.description.cmp(&b.description),
            "type" => a.kind.cmp(&b.kind),
            _ => Ordering::Equal,
        },
    );
    page_of(asked, rows, |benefit| Ok(BenefitView::new(benefit)))
}

pub(super) fn create(call: &Call<'_>) -> Outcome {
    let asked = &call.arguments;
    let organization_id = call.payload_organization(call.arguments.uuid("organization_id"))?;
    let metadata = given_metadata(asked);
    let kind = asked.text("type").unwrap_or_default().to_owned();
    let usual = match kind.as_str() {
        "feature_flag" => "private",
        _ => "public",
    };
    let benefit = Benefit {
        id: new_uuid(),
        organization_id,
        properties: properties(asked, &kind).unwrap_or_default(),
        kind,
        description: asked.text("description").unwrap_or_default().to_owned(),
        visibility: asked.text("visibility").unwrap_or(usual).to_owned(),
        deleted_at: None,
        metadata: kept_metadata(metadata.as_ref())?,
        created_at: call.clock.now(),
        modified_at: None,
    };
    let mut directory = call.world.write();
    let view = BenefitView::new(directory.benefits.put(benefit));
    call.scene()
        .emit(&mut directory, organization_id, "benefit.created", &view);
    drop(directory);
    Ok(Reply::json(201, &view.with_metadata(metadata)))
}

/// The properties of the body; those of license keys are all there, the prefix without blanks around it.
fn properties(asked: &Arguments, kind: &str) -> Option<Map<String, Json>> {
    let given = asked.object("properties")?;
    if kind != "license_keys" {
        return match plain_json(&Value::Dict(given.clone())) {
            Json::Object(properties) => Some(properties),
            _ => None,
        };
    }
    let prefix = given
        .get("prefix")
        .and_then(Value::as_str)
        .map(str::trim)
        .filter(|prefix| !prefix.is_empty());
    let property = |name: &str| {
        (
            name.to_owned(),
            given.get(name).map_or(Json::Null, plain_json),
        )
    };
    let prefix = ("prefix".to_owned(), prefix.map_or(Json::Null, Json::from));
    Some(
        [
            prefix,
            property("expires"),
            property("activations"),
            property("limit_usage"),
        ]
        .into_iter()
        .collect(),
    )
}

pub(super) fn get(call: &Call<'_>) -> Outcome {
    let benefit = asked_benefit(call, &call.world.read())?;
    Ok(Reply::json(200, &BenefitView::new(benefit)))
}

pub(super) fn update(call: &Call<'_>) -> Outcome {
    let asked = &call.arguments;
    let mut directory = call.world.write();
    let old = asked_benefit(call, &directory)?;
    if asked.text("type").is_some_and(|kind| kind != old.kind) {
        // The answer repeats the type that it has, not the one that was asked for.
        return Err(Refusal::invalid(
            "type",
            "Benefit type cannot be changed.",
            Value::Str(old.kind.clone()),
        ));
    }
    let mut benefit = Benefit::clone(&old);
    if asked.body_has("description") && asked.text("description").is_none() {
        // The column takes no null.
        return Err(Refusal::Crash);
    }
    if let Some(description) = asked.text("description") {
        benefit.description = description.to_owned();
    }
    if let Some(visibility) = asked.text("visibility") {
        benefit.visibility = visibility.to_owned();
    }
    if let Some(properties) = properties(asked, &benefit.kind) {
        benefit.properties = properties;
    }
    let metadata = given_metadata(asked);
    if metadata.is_some() {
        benefit.metadata = kept_metadata(metadata.as_ref())?;
    }
    let changed = benefit != *old;
    if changed {
        benefit.modified_at = Some(call.clock.now());
    }
    // A new prefix alone reaches no existing key.
    let terms = |benefit: &Benefit| {
        ["expires", "activations", "limit_usage"].map(|name| benefit.properties.get(name).cloned())
    };
    let reaches_keys = terms(&benefit) != terms(&old);
    let view = BenefitView::new(directory.benefits.put(benefit));
    if changed {
        call.scene().emit(
            &mut directory,
            old.organization_id,
            "benefit.updated",
            &view,
        );
    }
    drop(directory);
    if reaches_keys {
        call.background(Job::BenefitChanged(old.id));
    }
    Ok(Reply::json(200, &view.with_metadata(metadata)))
}

pub(super) fn delete(call: &Call<'_>) -> Outcome {
    let mut directory = call.world.write();
    let old = asked_benefit(call, &directory)?;
    let now = call.clock.now();
    directory.benefits.put(Benefit {
        deleted_at: Some(now),
        modified_at: Some(now),
        ..Benefit::clone(&old)
    });
    drop(directory);
    call.background(Job::BenefitDeleted(old.id));
    Ok(Reply::no_content())
}

pub(super) fn grants(call: &Call<'_>) -> Outcome {
    let asked = &call.arguments;
    let directory = call.world.read();
    let benefit = asked_benefit(call, &directory)?;
    let mut rows = directory.grants_of_benefit(benefit.id);
    let (customers, members) = (asked.uuids("customer_id"), asked.uuids("member_id"));
    rows.retain(|grant| {
        asked
            .flag("is_granted")
            .is_none_or(|granted| granted == grant.is_granted())
    });
    rows.retain(|grant| {
        customers
            .as_ref()
            .is_none_or(|ids| ids.contains(&grant.customer_id))
    });
    rows.retain(|grant| {
        members
            .as_ref()
            .is_none_or(|ids| grant.member_id.is_some_and(|id| ids.contains(&id)))
    });
    page_of_grants(call, &directory, rows)
}

pub(super) fn list_grants(call: &Call<'_>) -> Outcome {
    let asked = &call.arguments;
    let organizations = call.organizations();
    let directory = call.world.read();
    let customers = asked.uuids("customer_id");
    let external_ids = asked.texts("external_customer_id");
    if external_ids.iter().flatten().any(|id| id.contains('\0')) {
        // The real server's database fails on it.
        return Err(Refusal::Crash);
    }
    let wanted_organizations = asked.uuids("organization_id");
    let rows = directory.grants.iter().filter(|grant| {
        let Some(customer) = directory.customers.get(grant.customer_id) else {
            return false;
        };
        let external_id = customer.external_id.as_deref();
        organizations.contains(&customer.organization_id)
            && wanted_organizations
                .as_ref()
                .is_none_or(|ids| ids.contains(&customer.organization_id))
            && asked
                .flag("is_granted")
                .is_none_or(|granted| granted == grant.is_granted())
            && customers
                .as_ref()
                .is_none_or(|ids| ids.contains(&grant.customer_id))
            && external_ids
                .as_ref()
                .is_none_or(|ids| external_id.is_some_and(|id| ids.contains(&id)))
    });
    let rows = rows.cloned().collect();
    page_of_grants(call, &directory, rows)
}

fn page_of_grants(call: &Call<'_>, directory: &Directory, mut rows: Vec<Arc<Grant>>) -> Outcome {
    sorted(
        &call.arguments,
        &["-created_at"],
        &mut rows,
        |criterion, a, b| match criterion {
            "created_at" => a.created_at.cmp(&b.created_at),
            "granted_at" => a.granted_at.cmp(&b.granted_at),
            "revoked_at" => a.revoked_at.cmp(&b.revoked_at),
            _ => Ordering::Equal,
        },
    );
    page_of(&call.arguments, rows, |grant| {
        GrantView::new(directory, &call.world.keys, grant)
    })
}

fn asked_benefit(call: &Call<'_>, directory: &Directory) -> Result<Arc<Benefit>, Refusal> {
    let found = call
        .arguments
        .uuid("id")
        .and_then(|id| directory.benefits.get(id));
    let mine = |benefit: &Arc<Benefit>| {
        call.organizations().contains(&benefit.organization_id) && benefit.deleted_at.is_none()
    };
    found.filter(mine).ok_or(Refusal::UNKNOWN)
}
