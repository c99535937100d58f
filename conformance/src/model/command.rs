//! The commands of the model. The `Debug` form of a command is the Rust expression that makes it.

use crate::cases::Api;

/// An activation, numbered in the order in which they were made.
pub type Handle = usize;

/// A key at the start: granted, unused, without expiry and activations.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Start {
    /// The activation limit; `None` means that the key cannot be activated.
    pub limit_activations: Option<u32>,
    /// The usage limit.
    pub limit_usage: Option<u32>,
    /// Its organization. The n-th keys of both organizations have the same text.
    pub organization: Place,
}

/// Where something belongs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Place {
    /// The organization of the suite, and the one customer and benefit of it that have keys.
    Home,
    /// A customer or a benefit of that organization that has no keys.
    Beside,
    /// Another organization, and the one customer and benefit of it that have keys.
    Abroad,
}

/// Who sends the request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Caller {
    /// A token of the home organization with every scope.
    Owner,
    /// A token of the home organization that may only read keys.
    Reader,
    /// A token of the other organization with every scope.
    Stranger,
    /// A session of the home organization's customer; it lasts an hour.
    Customer,
    /// No token.
    Nobody,
    /// A token that does not exist.
    Forged,
}

/// How a key is written in a body.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Spelling {
    /// As it is now.
    Current,
    /// As it was before the last rotation.
    Former,
    /// In lower case.
    Lower,
}

/// The key and the organization that a body names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Name {
    /// Which key.
    pub key: usize,
    /// How it is written.
    pub spelling: Spelling,
    /// `organization_id`.
    pub organization: Place,
}

/// The activation that a request names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Device {
    /// One that was made, for any key, live or not.
    Made(Handle),
    /// One that never existed.
    Unmade,
}

/// Conditions, of an activation or of a validation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Conditions {
    /// The field is missing.
    Omitted,
    /// `{}`
    Empty,
    /// `{"major": 1}`
    One,
    /// `{"major": 1.0}`
    OneAsFloat,
    /// `{"major": true}`
    OneAsTrue,
    /// `{"major": "1"}`
    OneAsText,
    /// `{"major": 2}`
    Two,
    /// `{"major": 1, "minor": 2}`
    OneAndMore,
}

impl Conditions {
    /// Every way to write them.
    pub const ALL: &[Self] = &[
        Self::Omitted,
        Self::Empty,
        Self::One,
        Self::OneAsFloat,
        Self::OneAsTrue,
        Self::OneAsText,
        Self::Two,
        Self::OneAndMore,
    ];

    /// The JSON text; `None` if the field is missing.
    pub fn json(self) -> Option<&'static str> {
        Some(match self {
            Self::Omitted => return None,
            Self::Empty => "{}",
            Self::One => r#"{"major":1}"#,
            Self::OneAsFloat => r#"{"major":1.0}"#,
            Self::OneAsTrue => r#"{"major":true}"#,
            Self::OneAsText => r#"{"major":"1"}"#,
            Self::Two => r#"{"major":2}"#,
            Self::OneAndMore => r#"{"major":1,"minor":2}"#,
        })
    }
}

/// What a validation may name beyond the key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Claims {
    /// `activation_id`
    pub activation: Option<Device>,
    /// `conditions`
    pub conditions: Conditions,
    /// `benefit_id`
    pub benefit: Option<Place>,
    /// `customer_id`
    pub customer: Option<Place>,
    /// `increment_usage`
    pub increment: Option<u32>,
}

/// The status of a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, strum::IntoStaticStr)]
#[strum(serialize_all = "snake_case")]
pub enum Status {
    /// It can be used.
    Granted,
    /// It was revoked.
    Revoked,
    /// It was disabled.
    Disabled,
}

/// The fields of a PATCH; an outer `None` leaves the field out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Change {
    /// `status`
    pub status: Option<Status>,
    /// `usage`
    pub usage: Option<i32>,
    /// `limit_activations`
    pub limit_activations: Option<Option<u32>>,
    /// `limit_usage`
    pub limit_usage: Option<Option<u32>>,
    /// `expires_at`, in half hours since the start; an odd number, so that it is never exactly now.
    pub expires_at: Option<Option<i32>>,
}

/// The filters of a list and its page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Listing {
    /// `organization_id`
    pub organization: Option<Place>,
    /// `benefit_id`
    pub benefit: Option<Place>,
    /// `status`
    pub status: Option<Status>,
    /// `page`
    pub page: u32,
    /// `limit`
    pub limit: u32,
}

/// One request, or a step in time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Command {
    /// POST activate
    Activate(Api, Caller, Name, Conditions),
    /// POST validate
    Validate(Api, Caller, Name, Claims),
    /// POST deactivate
    Deactivate(Api, Caller, Name, Device),
    /// PATCH of a key, by its number
    Update(Caller, usize, Change),
    /// POST rotate of a key, by its number
    Rotate(Api, Caller, usize),
    /// GET of a key, by its number
    Get(Api, Caller, usize),
    /// GET of an activation of a key, by its number
    GetActivation(Caller, usize, Device),
    /// GET of the list
    List(Api, Caller, Listing),
    /// This many hours pass.
    Wait(u32),
}

impl Command {
    /// The numbers of the key and the activation that it names.
    pub fn uses(&self) -> (Option<usize>, Option<Handle>) {
        let made = |device: &Device| match device {
            Device::Made(handle) => Some(*handle),
            Device::Unmade => None,
        };
        match self {
            Self::Activate(_, _, name, _) => (Some(name.key), None),
            Self::Validate(_, _, name, claims) => {
                (Some(name.key), claims.activation.as_ref().and_then(made))
            }
            Self::Deactivate(_, _, name, device) => (Some(name.key), made(device)),
            Self::GetActivation(_, key, device) => (Some(*key), made(device)),
            Self::Update(_, key, _) | Self::Rotate(_, _, key) | Self::Get(_, _, key) => {
                (Some(*key), None)
            }
            Self::List(..) | Self::Wait(_) => (None, None),
        }
    }

    /// Who sends the request; `None` if only time passes.
    pub fn caller(&self) -> Option<Caller> {
        match self {
            Self::Activate(_, caller, ..)
            | Self::Validate(_, caller, ..)
            | Self::Deactivate(_, caller, ..)
            | Self::Update(caller, ..)
            | Self::Rotate(_, caller, _)
            | Self::Get(_, caller, _)
            | Self::GetActivation(caller, ..)
            | Self::List(_, caller, _) => Some(*caller),
            Self::Wait(_) => None,
        }
    }
}

/// Every name that a printed sequence uses, for tests that are pasted from a report.
pub mod prelude {
    pub use super::{
        Caller::*, Change, Claims, Command::*, Conditions::*, Device::*, Listing, Name, Place::*,
        Spelling::*, Start, Status::*,
    };
    pub use crate::cases::Api::*;
}
