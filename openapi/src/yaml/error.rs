//! What cannot be read, and where it stands.

use std::fmt;

use saphyr_parser::{Marker, ScanError};

/// A position in a text, both counted from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Position {
    /// The line.
    pub line: usize,
    /// The column.
    pub column: usize,
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}, column {}", self.line, self.column)
    }
}

impl From<Marker> for Position {
    fn from(marker: Marker) -> Self {
        Self {
            line: marker.line(),
            column: marker.col() + 1,
        }
    }
}

/// Why a text cannot be read, or a value not be written.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct Error {
    /// What is wrong, without its position.
    pub message: String,
    /// Where; nowhere when it is about the whole.
    pub position: Option<Position>,
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.position {
            Some(position) => write!(f, "{} ({position})", self.message),
            None => f.write_str(&self.message),
        }
    }
}

impl From<ScanError> for Error {
    fn from(error: ScanError) -> Self {
        Self {
            message: error.info().to_owned(),
            position: Some((*error.marker()).into()),
        }
    }
}

impl From<serde_yaml::Error> for Error {
    fn from(error: serde_yaml::Error) -> Self {
        let position = error.location();
        Self::placed(
            error.to_string(),
            position.map(|at| (at.line(), at.column())),
        )
    }
}

impl From<serde_json::Error> for Error {
    fn from(error: serde_json::Error) -> Self {
        // The first column is 0 in errors at the end of a line.
        Self::placed(
            error.to_string(),
            Some((error.line(), error.column().max(1))),
        )
    }
}

impl Error {
    /// Both crates end their messages with the position.
    fn placed(message: String, position: Option<(usize, usize)>) -> Self {
        let end = message.rfind(" at line ").unwrap_or(message.len());
        Self {
            message: match position {
                Some(_) => message[..end].to_owned(),
                None => message,
            },
            position: position.map(|(line, column)| Position { line, column }),
        }
    }
}
