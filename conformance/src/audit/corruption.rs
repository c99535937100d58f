//! A corruption: one way in which a server can be wrong.

use std::fmt;

use serde::{Serialize, Serializer};

use super::answers::AnswerEdit;
use super::behaviour::Behaviour;

/// The kinds of corruption.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, strum::IntoStaticStr, Serialize,
)]
#[strum(serialize_all = "kebab-case")]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// A required field is missing.
    DropField,
    /// A field has a value of another type.
    ChangeType,
    /// A field is null that never is.
    NullField,
    /// Another value of an enumeration, or an unknown one.
    EnumValue,
    /// A number is off by one, a text is altered, a list is reversed.
    Value,
    /// An undeclared field.
    ExtraField,
    /// Another status.
    Status,
    /// Another text of a refusal.
    ErrorText,
    /// Another class of a refusal.
    ErrorClass,
    /// An error of a 422 is missing or different.
    Problem,
    /// A header is missing or has another value.
    Header,
    /// Two checks are in the wrong order.
    CheckOrder,
    /// A check is missing.
    CheckSkipped,
    /// A check that Polar does not make.
    CheckAdded,
    /// A limit is off by one.
    OffByOne,
    /// A write is confirmed but lost, in whole or in part.
    Forgotten,
    /// A read that does not see the last write.
    StaleRead,
    /// Something is written that should not be.
    SideEffect,
    /// A token is not checked closely enough.
    Token,
    /// A filter or page parameter is ignored.
    Query,
    /// A request that should be refused is accepted.
    Lenient,
}

impl Kind {
    /// Its name in reports.
    pub fn name(self) -> &'static str {
        self.into()
    }
}

/// One corruption of one operation.
#[derive(Debug, Clone)]
pub struct Corruption {
    /// Its kind.
    pub kind: Kind,
    /// The operation whose answers or behaviour are corrupted.
    pub operation: String,
    /// What exactly is wrong.
    pub what: String,
    pub(super) act: Act,
}

#[derive(Debug, Clone)]
pub(super) enum Act {
    Answer(AnswerEdit),
    Behaviour(Behaviour),
}

impl fmt::Display for Corruption {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}/{}", self.kind.name(), self.operation, self.what)
    }
}

impl Serialize for Corruption {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}
