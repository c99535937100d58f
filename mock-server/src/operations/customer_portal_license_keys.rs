//! `customer_portal:license_keys:*`: validate, activate and deactivate for anybody, the rest for the key's holder.

use std::sync::Arc;

use super::license_keys::{self, Reach, activation_views, page_of_keys};
use super::resources::Tail;
use super::{Call, Outcome};
use crate::edge::Reply;
use crate::rules::{Page, Refusal};
use crate::state::{Caller, KeyCell};

pub(super) fn validate(call: &Call<'_>) -> Outcome {
    license_keys::validate_within(call, &Reach::Everything)
}

pub(super) fn activate(call: &Call<'_>) -> Outcome {
    license_keys::activate_within(call, &Reach::Everything)
}

pub(super) fn deactivate(call: &Call<'_>) -> Outcome {
    license_keys::deactivate_within(call, &Reach::Everything)
}

pub(super) fn list(call: &Call<'_>) -> Outcome {
    let asked = &call.arguments;
    let page = Page::new(asked.integer("page"), asked.integer("limit"))?;
    let benefit = asked.uuid("benefit_id");
    let id = call.portal_customer().ok_or(Refusal::UNKNOWN)?;
    let customer = call
        .world
        .read()
        .customers
        .get(id)
        .ok_or(Refusal::UNKNOWN)?;
    let all = call.world.keys.list(&[customer.organization_id], |cell| {
        benefit.is_none_or(|id| id == cell.benefit_id) && call.holds(cell)
    });
    let cells: Vec<Arc<KeyCell>> = all
        .iter()
        .skip(page.skip)
        .take(page.take)
        .cloned()
        .collect();
    page_of_keys(call, &cells, page, all.len())
}

pub(super) fn get(call: &Call<'_>) -> Outcome {
    let key = held_key(call)?.row.lock().clone();
    let benefit = call.world.read().benefits.get(key.benefit_id);
    let shown = benefit.is_some_and(|benefit| benefit.enable_customer_admin());
    let activations = if shown {
        activation_views(&key)
    } else {
        Vec::new()
    };
    Ok(Reply::json(
        200,
        &call.key_view(key, Tail::Activations(activations))?,
    ))
}

pub(super) fn rotate(call: &Call<'_>) -> Outcome {
    license_keys::rotate_key(call, &held_key(call)?)
}

fn held_key(call: &Call<'_>) -> Result<Arc<KeyCell>, Refusal> {
    let cell = call
        .arguments
        .uuid("id")
        .and_then(|id| call.world.keys.get(id));
    cell.filter(|cell| call.holds(cell)).ok_or(Refusal::UNKNOWN)
}

impl Call<'_> {
    /// The customer whose portal it is.
    pub(super) fn portal_customer(&self) -> Option<uuid::Uuid> {
        match self.caller.as_ref()? {
            Caller::Customer { customer_id } | Caller::Member { customer_id, .. } => {
                Some(*customer_id)
            }
            Caller::Organization(_) | Caller::User { .. } => None,
        }
    }

    /// Whether the caller holds a key: a customer all of theirs, a member only their own.
    fn holds(&self, cell: &KeyCell) -> bool {
        match &self.caller {
            Some(Caller::Customer { customer_id }) => cell.customer_id == *customer_id,
            Some(Caller::Member {
                member_id,
                customer_id,
            }) => cell.customer_id == *customer_id && cell.row.lock().member_id == Some(*member_id),
            _ => false,
        }
    }
}
