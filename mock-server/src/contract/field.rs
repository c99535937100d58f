//! Decoded values as Rust types: what generated requests are read through.

use std::panic::Location;

use num_traits::{Signed, ToPrimitive};
use uuid::Uuid;

use crate::json::{Dict, Value};
use crate::timestamp::Timestamp;

/// A decoded value does not have the type that the contract gives it.
#[derive(Debug)]
pub enum Mismatch {
    /// A text with a lone surrogate, on which the real server fails as well.
    BrokenText,
    /// The decoder and the generated types disagree: a mistake of this program.
    Type {
        /// What was expected.
        expected: &'static str,
        /// Where it was read.
        place: &'static Location<'static>,
    },
}

/// A type that a decoded value can be read as.
pub trait Field: Sized {
    /// Reads a value; `None` where it was not given.
    fn read(given: Option<Value>) -> Result<Self, Mismatch>;
}

/// What a PATCH says of a field that may be `null`.
#[derive(Debug, Clone, Default, PartialEq)]
pub enum Patch<T> {
    /// Nothing: it stays.
    #[default]
    Keep,
    /// `null`.
    Null,
    /// A value.
    Set(T),
}

impl<T> Patch<T> {
    /// The value, if there is one.
    pub fn value(&self) -> Option<&T> {
        match self {
            Self::Set(value) => Some(value),
            Self::Keep | Self::Null => None,
        }
    }

    /// The new value, if there is to be one.
    pub fn change(self) -> Option<Option<T>> {
        match self {
            Self::Keep => None,
            Self::Null => Some(None),
            Self::Set(value) => Some(Some(value)),
        }
    }

    /// Changes the value.
    pub fn try_map<U, E>(self, map: impl FnOnce(T) -> Result<U, E>) -> Result<Patch<U>, E> {
        Ok(match self {
            Self::Keep => Patch::Keep,
            Self::Null => Patch::Null,
            Self::Set(value) => Patch::Set(map(value)?),
        })
    }
}

/// A moment as the decoder leaves it: a normal form that keeps whether an offset was given.
#[derive(Debug, Clone, PartialEq)]
pub struct Moment(String);

impl Moment {
    /// The normal form.
    pub fn text(&self) -> &str {
        &self.0
    }

    /// The moment; `None` if it leaves the years 1 to 9999 in UTC.
    pub fn timestamp(&self) -> Option<Timestamp> {
        Timestamp::parse(&self.0)
    }

    /// Whether an offset was given.
    pub fn is_zoned(&self) -> bool {
        // The offset follows the time, which has 19 characters.
        self.0.len() > 19 && self.0[19..].contains(['Z', '+', '-'])
    }
}

impl<T: Field> Field for Option<T> {
    fn read(given: Option<Value>) -> Result<Self, Mismatch> {
        match given {
            None | Some(Value::Null) => Ok(None),
            given => T::read(given).map(Some),
        }
    }
}

impl<T: Field> Field for Patch<T> {
    fn read(given: Option<Value>) -> Result<Self, Mismatch> {
        match given {
            None => Ok(Self::Keep),
            Some(Value::Null) => Ok(Self::Null),
            given => T::read(given).map(Self::Set),
        }
    }
}

impl<T: Field> Field for Vec<T> {
    fn read(given: Option<Value>) -> Result<Self, Mismatch> {
        match given {
            Some(Value::List(items)) => items.into_iter().map(|item| T::read(Some(item))).collect(),
            given => wrong("a list", given),
        }
    }
}

impl Field for Value {
    fn read(given: Option<Value>) -> Result<Self, Mismatch> {
        given.map_or_else(|| wrong("a value", None), Ok)
    }
}

impl Field for Dict {
    fn read(given: Option<Value>) -> Result<Self, Mismatch> {
        match given {
            Some(Value::Dict(dict)) => Ok(dict),
            given => wrong("an object", given),
        }
    }
}

impl Field for String {
    fn read(given: Option<Value>) -> Result<Self, Mismatch> {
        match given {
            Some(Value::Str(text)) => Ok(text),
            given => wrong("a text", given),
        }
    }
}

impl Field for Moment {
    fn read(given: Option<Value>) -> Result<Self, Mismatch> {
        String::read(given).map(Self)
    }
}

impl Field for Uuid {
    fn read(given: Option<Value>) -> Result<Self, Mismatch> {
        match given {
            Some(Value::Str(text)) => Self::parse_str(&text).or_else(|_| wrong("a UUID", None)),
            given => wrong("a UUID", given),
        }
    }
}

impl Field for bool {
    fn read(given: Option<Value>) -> Result<Self, Mismatch> {
        match given {
            Some(Value::Bool(flag)) => Ok(flag),
            given => wrong("a truth value", given),
        }
    }
}

impl Field for f64 {
    fn read(given: Option<Value>) -> Result<Self, Mismatch> {
        match given {
            Some(Value::Float(number)) => Ok(number),
            Some(Value::Int(number)) => Ok(number as f64),
            given => wrong("a number", given),
        }
    }
}

/// What does not fit is clamped: everything that large overflows the real server's database as well.
impl Field for i128 {
    fn read(given: Option<Value>) -> Result<Self, Mismatch> {
        match given {
            Some(Value::Int(number)) => Ok(Self::from(number)),
            Some(Value::BigInt(number)) => {
                Ok(number.to_i128().unwrap_or(if number.is_negative() {
                    Self::MIN
                } else {
                    Self::MAX
                }))
            }
            given => wrong("an integer", given),
        }
    }
}

#[track_caller]
fn wrong<T>(expected: &'static str, given: Option<Value>) -> Result<T, Mismatch> {
    Err(match given {
        Some(Value::BrokenStr) => Mismatch::BrokenText,
        _ => Mismatch::Type {
            expected,
            place: Location::caller(),
        },
    })
}
