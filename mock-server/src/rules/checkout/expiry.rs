//! When checkouts expire for the seller: with a run of the scheduler. For the buyer the clock decides.

use crate::state::{Checkout, Timestamp};

/// The checkout as the scheduler leaves it, if its time is over.
pub fn expire_checkout(row: &Checkout, now: Timestamp) -> Option<Checkout> {
    (row.status == "open" && row.expires_at <= now).then(|| Checkout {
        status: "expired".to_owned(),
        modified_at: Some(now),
        ..row.clone()
    })
}
