//! Statements about any sequence of requests, tried on random sequences; a failing one is shrunk.

mod parallel_activations;
mod parallel_histories;
mod property;
mod sampling;
mod script;
mod search;
mod sequences;

pub use property::{ALL, Property, check};
pub use sampling::Sampling;
pub use sequences::keys::repeat;
pub use sequences::provisioning::repeat_provisioning;
