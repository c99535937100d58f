//! What a PATCH makes of an order (docs/behaviour.md#orders).

use serde_json::Value as Json;

use super::customer::{keep_address, refuse, wrong};
use crate::refusal::{BusinessError, Refusal};
use crate::state::{Order, Timestamp};

/// The order with another name or address on its invoice. What was not given stays; country and state always do, once there
/// is an address.
pub fn update_order(
    old: &Order,
    billing_name: Option<Option<String>>,
    billing_address: Option<Option<Json>>,
    now: Timestamp,
) -> Result<Order, Refusal> {
    let mut order = old.clone();
    if let (Some(Some(given)), Some(kept)) = (&billing_address, &old.billing_address) {
        refuse(wrong_address(given, kept))?;
    }
    if let Some(address) = billing_address {
        order.billing_address = address.map(keep_address).transpose()?;
    }
    if let Some(name) = billing_name {
        // The database fails on U+0000.
        if name.as_ref().is_some_and(|name| name.contains('\0')) {
            return Err(Refusal::Crash);
        }
        order.billing_name = name;
    }
    if order != *old {
        order.modified_at = Some(now);
    }
    Ok(order)
}

fn wrong_address(given: &Json, kept: &Json) -> Vec<BusinessError> {
    let parts = [
        ("country", "Country cannot be changed"),
        ("state", "State cannot be changed"),
    ];
    let parts = parts
        .into_iter()
        .filter(|(part, _)| given[*part] != kept[*part]);
    let errors = parts.map(|(part, message)| {
        let mut error = wrong("billing_address", message, given[part].as_str());
        error.loc.push(crate::json::Value::Str(part.to_owned()));
        error
    });
    errors.collect()
}
