//! Differential runs: the same random requests to two servers, and what their answers differ in, up to ids and times.
//!
//! No model is involved, so this finds what the models do not know. The differences are grouped by cause; each cause has one
//! example, as short as it could be made.

mod chance;
mod deviations;
mod difference;
mod edge;
mod minimise;
mod pool;
mod replay;
mod report;
mod run;
mod side;
mod steps;
mod values;

pub use difference::Cause;
pub use report::{summary, write_file};
pub use run::{Choices, Cluster, Differences, Watcher, run};
pub use side::SideError;
pub use steps::Kind;
