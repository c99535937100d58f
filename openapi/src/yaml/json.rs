//! The events of JSON text, as the parser of YAML gives those of YAML.

use std::borrow::Cow;

use saphyr_parser::{Event, ScalarStyle};

use super::{error::Position, events::Placed};

/// The events of a text that is known to be JSON; of any other text they mean nothing.
pub(super) struct Events<'t> {
    rest: &'t str,
    position: Position,
}

impl<'t> Events<'t> {
    pub(super) fn new(text: &'t str) -> Self {
        Self {
            rest: text,
            position: Position { line: 1, column: 1 },
        }
    }

    /// Takes so many bytes.
    fn advance(&mut self, length: usize) -> &'t str {
        let (taken, rest) = self.rest.split_at(length);
        self.rest = rest;
        for character in taken.chars() {
            if character == '\n' {
                self.position.line += 1;
                self.position.column = 1;
            } else {
                self.position.column += 1;
            }
        }
        taken
    }

    fn until(&self, pattern: impl Fn(char) -> bool) -> usize {
        self.rest.find(pattern).unwrap_or(self.rest.len())
    }
}

impl<'t> Iterator for Events<'t> {
    type Item = Placed<'t>;

    fn next(&mut self) -> Option<Self::Item> {
        let is_between = |c: char| c.is_ascii_whitespace() || c == ',' || c == ':';
        self.advance(self.until(|c| !is_between(c)));
        let position = self.position;
        let event = match self.rest.chars().next()? {
            '{' => Event::MappingStart(0, None),
            '[' => Event::SequenceStart(0, None),
            '}' => Event::MappingEnd,
            ']' => Event::SequenceEnd,
            '"' => {
                let text = self.advance(end_of_string(self.rest));
                let text = match serde_json::from_str(text) {
                    Ok(text) => Cow::Owned(text),
                    Err(_) => Cow::Borrowed(text),
                };
                return Some(Ok((
                    Event::Scalar(text, ScalarStyle::DoubleQuoted, 0, None),
                    position,
                )));
            }
            _ => {
                let word = self.advance(self.until(|c| is_between(c) || "{}[]\"".contains(c)));
                return Some(Ok((
                    Event::Scalar(word.into(), ScalarStyle::Plain, 0, None),
                    position,
                )));
            }
        };
        self.advance(1);
        Some(Ok((event, position)))
    }
}

/// How long the string is with both its quotes.
fn end_of_string(text: &str) -> usize {
    let mut escaped = false;
    for (at, character) in text.bytes().enumerate().skip(1) {
        match character {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'"' => return at + 1,
            _ => {}
        }
    }
    text.len()
}
