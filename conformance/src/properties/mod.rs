//! Statements about any sequence of requests, tried on random ones that shrink to a shortest failing sequence.

mod parallel_activations;
mod parallel_histories;
mod property;
mod search;
mod slot_sequences;

pub use property::{ALL, Property, check};
