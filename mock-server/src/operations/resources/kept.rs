//! What a row keeps as JSON, whose names depend on its type. What a fixture leaves out is empty: no text, 0, false.

use std::borrow::Cow;

use serde_json::{Map, Value as Json};
use uuid::Uuid;

/// An object of a row.
#[derive(Clone, Copy)]
pub(super) struct Kept<'r>(pub(super) Option<&'r Map<String, Json>>);

impl<'r> Kept<'r> {
    fn get(self, name: &str) -> Option<&'r Json> {
        self.0?.get(name)
    }

    pub(super) fn some_text(self, name: &str) -> Option<Cow<'r, str>> {
        self.get(name)?.as_str().map(Cow::Borrowed)
    }

    pub(super) fn text(self, name: &str) -> Cow<'r, str> {
        self.some_text(name).unwrap_or_default()
    }

    pub(super) fn some_integer(self, name: &str) -> Option<i64> {
        self.get(name)?.as_i64()
    }

    pub(super) fn integer(self, name: &str) -> i64 {
        self.some_integer(name).unwrap_or_default()
    }

    pub(super) fn some_flag(self, name: &str) -> Option<bool> {
        self.get(name)?.as_bool()
    }

    pub(super) fn flag(self, name: &str) -> bool {
        self.some_flag(name).unwrap_or_default()
    }

    pub(super) fn id(self, name: &str) -> Uuid {
        self.get(name).and_then(as_id).unwrap_or_default()
    }

    pub(super) fn ids(self, name: &str) -> Vec<Uuid> {
        self.items(name).iter().filter_map(as_id).collect()
    }

    pub(super) fn texts(self, name: &str) -> Vec<Cow<'r, str>> {
        let texts = self.items(name).iter().filter_map(Json::as_str);
        texts.map(Cow::Borrowed).collect()
    }

    /// A number that is written as a text, without an exponent.
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

    pub(super) fn object(self, name: &str) -> Option<Self> {
        Some(Self(Some(self.get(name)?.as_object()?)))
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
