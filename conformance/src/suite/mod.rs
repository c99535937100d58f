//! The items of the suite, and running them.

mod expectations;
mod item;
mod plan;
mod results;
mod run;

pub use expectations::{Expectations, Known, Unexpected};
pub use item::{Item, items};
pub use plan::by_information;
pub use results::{ItemOutcome, Run, Score, Tolerance, Verdict};
pub use run::{LEFT_OUT, Observer, Options, perform, run};
