//! What a row keeps as JSON, whose names depend on its type. Requests and fixtures are checked for what a type needs, so it
//! is an internal error if that is missing here.

use std::borrow::Cow;
use std::panic::Location;

use serde_json::{Map, Value as Json};
use uuid::Uuid;

use crate::mistake;
use crate::refusal::Internal;

/// An object of a row.
#[derive(Clone, Copy, Default)]
pub(super) struct Kept<'r>(pub(super) Option<&'r Map<String, Json>>);

impl<'r> Kept<'r> {
    fn get(self, name: &str) -> Option<&'r Json> {
        self.0?.get(name)
    }

    /// The value; a default one, and an internal error, if it is missing.
    #[track_caller]
    fn needed<T: Default>(self, name: &str, value: Option<T>) -> T {
        if value.is_none() {
            mistake::report(&Internal {
                what: format!("a row lacks `{name}`, or it has another type"),
                place: Location::caller(),
            });
        }
        value.unwrap_or_default()
    }

    pub(super) fn some_text(self, name: &str) -> Option<Cow<'r, str>> {
        self.get(name)?.as_str().map(Cow::Borrowed)
    }

    #[track_caller]
    pub(super) fn text(self, name: &str) -> Cow<'r, str> {
        self.needed(name, self.some_text(name))
    }

    pub(super) fn some_integer(self, name: &str) -> Option<i64> {
        self.get(name)?.as_i64()
    }

    #[track_caller]
    pub(super) fn integer(self, name: &str) -> i64 {
        self.needed(name, self.some_integer(name))
    }

    pub(super) fn some_flag(self, name: &str) -> Option<bool> {
        self.get(name)?.as_bool()
    }

    #[track_caller]
    pub(super) fn flag(self, name: &str) -> bool {
        self.needed(name, self.some_flag(name))
    }

    #[track_caller]
    pub(super) fn id(self, name: &str) -> Uuid {
        self.needed(name, self.get(name).and_then(as_id))
    }

    pub(super) fn ids(self, name: &str) -> Vec<Uuid> {
        self.items(name).iter().filter_map(as_id).collect()
    }

    pub(super) fn texts(self, name: &str) -> Vec<Cow<'r, str>> {
        let texts = self.items(name).iter().filter_map(Json::as_str);
        texts.map(Cow::Borrowed).collect()
    }

    /// A number that is written as a text, without an exponent.
    #[track_caller]
    pub(super) fn decimal(self, name: &str) -> Cow<'r, str> {
        match self.get(name) {
            Some(Json::Number(number)) => match number.as_f64().filter(|_| number.is_f64()) {
                Some(number) => number.to_string().into(),
                None => number.to_string().into(),
            },
            _ => self.text(name),
        }
    }

    pub(super) fn json(self, name: &str) -> Option<Cow<'r, Json>> {
        self.get(name)
            .filter(|value| !value.is_null())
            .map(Cow::Borrowed)
    }

    pub(super) fn some_object(self, name: &str) -> Option<Self> {
        Some(Self(Some(self.get(name)?.as_object()?)))
    }

    #[track_caller]
    pub(super) fn object(self, name: &str) -> Self {
        self.needed(name, self.some_object(name))
    }

    pub(super) fn objects(self, name: &str) -> impl Iterator<Item = Self> {
        let objects = self.items(name).iter();
        objects.map(|item| Self(item.as_object()))
    }

    fn items(self, name: &str) -> &'r [Json] {
        let items = self.get(name).and_then(Json::as_array);
        items.map_or(&[], Vec::as_slice)
    }
}

fn as_id(value: &Json) -> Option<Uuid> {
    value.as_str()?.parse().ok()
}
