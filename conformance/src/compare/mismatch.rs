//! One difference.

use std::fmt;

use serde::Serialize;

use crate::json::Value;

/// Where an answer differs from what was expected.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Mismatch {
    /// JSON path in the body (`$.items[0].id`), or `status`, `body`, `header content-type` …
    pub path: String,
    /// The expected value.
    pub expected: String,
    /// The received value.
    pub got: String,
    /// What is wrong, in a few words.
    pub why: String,
}

impl Mismatch {
    /// A difference between two texts.
    pub fn new(
        path: impl Into<String>,
        expected: impl Into<String>,
        got: impl Into<String>,
        why: impl Into<String>,
    ) -> Self {
        Self {
            path: path.into(),
            expected: expected.into(),
            got: got.into(),
            why: why.into(),
        }
    }

    /// A difference between two JSON values.
    pub fn values(path: &str, expected: &Value, got: &Value, why: impl Into<String>) -> Self {
        // A string must not look like the number that it spells.
        let alike = std::mem::discriminant(expected) != std::mem::discriminant(got)
            && expected.display() == got.display();
        let show = |value: &Value| {
            if alike {
                crate::json::write(value, crate::json::Style::Compact)
            } else {
                value.display()
            }
        };
        Self::new(path, show(expected), show(got), why)
    }
}

impl fmt::Display for Mismatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{}: {}: expected {} got {}",
            self.path, self.why, self.expected, self.got
        )
    }
}
