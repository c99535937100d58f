//! Named examples of one behaviour each, written once and run on every target with the necessary capabilities.
//!
//! A case declares the keys that it needs and the answers that it expects; it never depends on the target.

mod api;
mod case;
mod context;
mod received;
mod registry;

mod activate_refusals;
mod activate_slots;
mod authentication;
mod bodies;
mod changes;
mod deactivate;
mod grants;
mod lifecycle;
mod list;
mod portal_sessions;
mod read;
mod requests;
mod rotate;
mod sale;
mod statements;
mod things;
mod update;
mod validate_activation;
mod validate_conditions;
mod validate_owner;
mod validate_precedence;
mod validate_status;
mod validate_usage;

pub use api::Api;
use case::case;
pub use case::{Case, CaseRun, Need, perform};
pub use context::Context;
pub(crate) use context::{core_request, request};
pub use received::{Outcome, Received, Stop};
pub use registry::all;
pub use statements::{STATEMENTS, Statement};

/// The id of no activation.
const UNKNOWN_ACTIVATION: &str = "7c000000-0000-4000-8fff-000000000000";
/// The id of no key.
const UNKNOWN_ID: &str = "6c000000-0000-4000-8fff-000000000000";
