//! Named examples of one behaviour each, written once and run on every target that can do what they need.
//!
//! A case says which keys it needs and what must come back; it never asks which target it runs on.

mod case;
mod reply;
mod stage;
mod world;

mod activate_refusals;
mod activate_slots;
mod authentication;
mod deactivate;
mod portal_sessions;
mod read;
mod rotate;
mod update;
mod validate_activation;
mod validate_conditions;
mod validate_owner;
mod validate_precedence;
mod validate_status;
mod validate_usage;

pub use case::{Api, Case, CaseRun, all, perform};
pub use reply::{Outcome, Reply, Stop};
pub use stage::Stage;
pub(crate) use stage::{core_request, request};
pub use world::{ActivationSpec, KeySpec, Seeded, World};
