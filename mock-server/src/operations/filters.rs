//! What every list is filtered by alike.

use crate::contract::Moment;
use crate::json::{Dict, Value};
use crate::refusal::Refusal;
use crate::rules;

/// The database fails on U+0000, and on moments that it cannot keep.
pub(super) fn check_filters(
    external_ids: Option<&Vec<String>>,
    metadata: Option<&Dict>,
    moments: &[&Option<Moment>],
) -> Result<(), Refusal> {
    let ids = external_ids.into_iter().flatten().map(String::as_str);
    let wanted = metadata.into_iter().flat_map(Dict::iter);
    let values = wanted.flat_map(|(_, values)| match values {
        Value::List(values) => values.as_slice(),
        _ => &[],
    });
    for text in ids.chain(values.filter_map(Value::as_str)) {
        rules::search(Some(text))?;
    }
    let mut given = moments.iter().copied().flatten();
    match given.any(|moment| moment.timestamp().is_none()) {
        true => Err(Refusal::Crash),
        false => Ok(()),
    }
}

/// The moment that a list is filtered by.
pub(super) fn moment(given: &Option<Moment>) -> Option<crate::state::Timestamp> {
    given.as_ref().and_then(Moment::timestamp)
}
