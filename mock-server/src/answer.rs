//! What an operation answers: written from its own type, in the order that the contract gives.

use std::marker::PhantomData;

use serde::ser::{Serialize, Serializer};

use crate::json::Dict;
use crate::refusal::Refusal;
use crate::reply::Reply;
use crate::state::{Timestamp, serialize_dict};
use crate::version::Version;

/// What an operation comes to.
pub type Outcome<T> = Result<Answer<T>, Refusal>;

/// A written answer of this type.
#[derive(Debug)]
pub struct Answer<T> {
    body: Vec<u8>,
    of: PhantomData<fn() -> T>,
}

/// A type of answer, which may borrow what it shows.
pub trait Resource: Serialize {
    /// The type without what it borrows.
    type Shape;
}

/// Room for a license key and its customer.
const USUAL_LENGTH: usize = 2048;

impl<T> Answer<T> {
    /// Writes an answer.
    pub fn of(answer: &impl Resource<Shape = T>) -> Outcome<T> {
        let mut body = Vec::with_capacity(USUAL_LENGTH);
        serde_json::to_writer(&mut body, answer)
            .map_err(|error| Refusal::internal(format!("an answer cannot be written: {error}")))?;
        Ok(Self {
            body,
            of: PhantomData,
        })
    }

    /// The answer with the status that the contract names.
    pub fn reply(self, status: u16) -> Reply {
        Reply::json_text(status, self.body)
    }
}

impl Answer<()> {
    /// An answer without a body.
    pub fn empty() -> Outcome<()> {
        Ok(Self {
            body: Vec::new(),
            of: PhantomData,
        })
    }
}

/// The answer of an operation that answers `null`.
#[derive(Debug, Clone, Copy)]
pub struct Null;

impl Resource for Null {
    type Shape = Self;
}

impl Serialize for Null {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_unit()
    }
}

/// A value that is shown from a version on, written as a number: 202610 is 2026-10.
#[derive(Debug, Clone)]
pub struct Since<const VERSION: u32, T>(Option<T>);

impl<const VERSION: u32, T> Since<VERSION, T> {
    /// Makes the value if the version that was asked for shows it.
    pub fn new(asked: Version, value: impl FnOnce() -> T) -> Self {
        Self((asked.number() >= VERSION).then(value))
    }

    /// The value, where it is shown.
    pub fn get(&self) -> Option<&T> {
        self.0.as_ref()
    }
}

/// A moment that a change repeats as it was given.
#[derive(Debug, Clone)]
pub enum Echo<'a> {
    /// The moment as it is stored.
    Stored(Option<Timestamp>),
    /// The text as it was given.
    Given(&'a str),
}

impl Serialize for Echo<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Stored(moment) => moment.serialize(serializer),
            Self::Given(text) => text.serialize(serializer),
        }
    }
}

/// An object that this server never makes: it has no value.
#[derive(Debug, Clone, Copy)]
pub enum Never {}

impl Serialize for Never {
    fn serialize<S: Serializer>(&self, _: S) -> Result<S::Ok, S::Error> {
        match *self {}
    }
}

/// JSON that no type describes.
pub type Json<'a> = std::borrow::Cow<'a, serde_json::Value>;

/// Metadata, or an activation's `meta`.
#[derive(Debug, Clone)]
pub struct MetadataView<'a>(pub &'a Dict);

impl Serialize for MetadataView<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serialize_dict(self.0, serializer)
    }
}
