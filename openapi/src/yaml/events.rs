//! The events of a text: what its parser says, one after the other.

use saphyr_parser::{Event, Parser};

use super::error::{Error, Position};

/// What the parser says, and where it begins.
pub(super) type Placed<'t> = Result<(Event<'t>, Position), Error>;

/// The events of YAML.
pub(super) fn yaml(text: &str) -> impl Iterator<Item = Placed<'_>> {
    Parser::new_from_str(text).map(|event| {
        let (event, span) = event?;
        Ok((event, span.start.into()))
    })
}
