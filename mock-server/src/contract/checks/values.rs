//! The values of fields that checks look at.

use crate::json::{Dict, Value};

/// The value of a field, if it is there and not null.
pub(super) fn given<'d>(dict: &'d Dict, name: &str) -> Option<&'d Value> {
    dict.get(name).filter(|value| **value != Value::Null)
}

/// An integer of any size that a check can calculate with.
pub(super) fn integer(value: &Value) -> Option<i128> {
    use num_traits::ToPrimitive as _;
    match value {
        Value::Int(number) => Some((*number).into()),
        Value::BigInt(number) => number.to_i128(),
        _ => None,
    }
}
