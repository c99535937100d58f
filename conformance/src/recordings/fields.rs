//! Reading the fields of a recording, with messages that say where and what.

use std::time::Duration;

use crate::json::{Number, Object, Value};

/// What is wrong with a recording.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{place}: {problem}")]
pub struct FormatError {
    /// The place in the file, as a JSON path.
    pub place: String,
    /// What the place should hold.
    pub problem: String,
}

/// An object of a recording, and its place.
#[derive(Clone)]
pub(super) struct Fields<'a> {
    entries: &'a Object,
    place: String,
}

impl<'a> Fields<'a> {
    pub(super) fn of(value: &'a Value, place: impl Into<String>) -> Result<Self, FormatError> {
        let place = place.into();
        match value.as_object() {
            Some(entries) => Ok(Self { entries, place }),
            None => Err(FormatError {
                place,
                problem: "should be an object".to_owned(),
            }),
        }
    }

    pub(super) fn place(&self, name: &str) -> String {
        format!("{}.{name}", self.place)
    }

    pub(super) fn wrong<T>(&self, name: &str, problem: &str) -> Result<T, FormatError> {
        Err(FormatError {
            place: self.place(name),
            problem: problem.to_owned(),
        })
    }

    pub(super) fn get(&self, name: &str) -> Option<&'a Value> {
        self.entries.get(name)
    }

    pub(super) fn need(&self, name: &str) -> Result<&'a Value, FormatError> {
        self.get(name)
            .map_or_else(|| self.wrong(name, "is missing"), Ok)
    }

    pub(super) fn text(&self, name: &str) -> Result<String, FormatError> {
        self.need(name)?.as_str().map_or_else(
            || self.wrong(name, "should be a string"),
            |text| Ok(text.to_owned()),
        )
    }

    pub(super) fn text_or_empty(&self, name: &str) -> Result<String, FormatError> {
        if self.get(name).is_some() {
            self.text(name)
        } else {
            Ok(String::new())
        }
    }

    pub(super) fn texts(&self, name: &str) -> Result<Vec<String>, FormatError> {
        self.items(name)?
            .iter()
            .map(|item| {
                item.as_str().map_or_else(
                    || self.wrong(name, "should be a list of strings"),
                    |text| Ok(text.to_owned()),
                )
            })
            .collect()
    }

    pub(super) fn flag(&self, name: &str) -> Result<bool, FormatError> {
        match self.get(name) {
            None => Ok(false),
            Some(Value::Bool(flag)) => Ok(*flag),
            Some(_) => self.wrong(name, "should be true or false"),
        }
    }

    pub(super) fn items(&self, name: &str) -> Result<&'a [Value], FormatError> {
        match self.get(name) {
            None => Ok(&[]),
            Some(value) => value
                .as_array()
                .map_or_else(|| self.wrong(name, "should be a list"), Ok),
        }
    }

    /// The members of an object; none if it is missing.
    pub(super) fn members(&self, name: &str) -> Result<Vec<(&'a String, &'a Value)>, FormatError> {
        match self.get(name) {
            None => Ok(Vec::new()),
            Some(value) => value.as_object().map_or_else(
                || self.wrong(name, "should be an object"),
                |found| Ok(found.iter().collect()),
            ),
        }
    }

    pub(super) fn number(&self, name: &str) -> Result<&'a Number, FormatError> {
        self.need(name)?
            .as_number()
            .map_or_else(|| self.wrong(name, "should be a number"), Ok)
    }

    /// A number, or a string that holds one.
    pub(super) fn whole<T: std::str::FromStr>(&self, name: &str) -> Result<T, FormatError> {
        whole(self.need(name)?).map_or_else(|| self.wrong(name, "should be an integer"), Ok)
    }

    pub(super) fn seconds(&self, name: &str) -> Result<Duration, FormatError> {
        Duration::try_from_secs_f64(self.number(name)?.to_f64())
            .or_else(|_| self.wrong(name, "should be a number of seconds"))
    }
}

/// An integer, or a string that holds one.
pub(super) fn whole<T: std::str::FromStr>(value: &Value) -> Option<T> {
    match value {
        Value::Number(number) => number.text().parse().ok(),
        Value::String(text) => text.parse().ok(),
        _ => None,
    }
}
