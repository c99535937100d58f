//! Grants and the keys that they give.

use super::command::Limits;
use crate::model::command::{Handle, Status};

/// A grant of a benefit, which comes from a subscription.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grant {
    /// The subscription.
    pub subscription: Handle,
    /// The benefit.
    pub benefit: Handle,
    /// Whether it is in force.
    pub granted: bool,
    /// The key that it gave.
    pub key: Option<Key>,
    /// How often it was changed.
    pub revision: u32,
}

/// A key, under the terms of the moment when it was last granted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Key {
    /// Its status.
    pub status: Status,
    /// Its limits.
    pub limits: Limits,
    /// How often it was changed.
    pub revision: u32,
}
