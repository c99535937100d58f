//! From an operation to the method that answers it.

use super::Call;
use crate::contract::Arguments;
use crate::generated::operations::{self as generated, Operation};
use crate::reply::Reply;

/// Answers a call of an operation.
pub fn answer(operation: Operation, call: &Call<'_>, arguments: Arguments) -> Reply {
    generated::answer(operation, call, arguments).unwrap_or_else(|refusal| Reply::refusal(&refusal))
}
