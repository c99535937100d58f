//! `customer_portal:customers:get`, and the customer whose portal it is.

use std::sync::Arc;

use super::{Call, Outcome, resources};
use crate::edge::Reply;
use crate::rules::Refusal;
use crate::state::{Customer, Directory};

pub(super) fn customer(call: &Call<'_>) -> Outcome {
    let customer = portal_customer(call, &call.world.read())?;
    Ok(Reply::json(200, &resources::portal_customer(&customer)))
}

pub(super) fn portal_customer(
    call: &Call<'_>,
    directory: &Directory,
) -> Result<Arc<Customer>, Refusal> {
    let id = call.portal_customer().ok_or(Refusal::UNKNOWN)?;
    directory.customers.get(id).ok_or(Refusal::UNKNOWN)
}
