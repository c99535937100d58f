//! The customer whose portal it is.

use std::sync::Arc;

use super::Call;
use crate::refusal::Refusal;
use crate::state::{Customer, Directory};

pub(super) fn portal_customer(
    call: &Call<'_>,
    directory: &Directory,
) -> Result<Arc<Customer>, Refusal> {
    let id = call.portal_customer().ok_or(Refusal::UNKNOWN)?;
    directory.customers.get(id).ok_or(Refusal::UNKNOWN)
}
