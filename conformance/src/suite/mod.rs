//! Everything that can be run, and running it.

mod expectations;
mod item;
mod outcome;
mod plan;
mod run;

pub use expectations::{Expectations, Known, Surprise, Tolerance};
pub use item::{Item, items};
pub use outcome::{ItemOutcome, Lost, Run, Score, StepOutcome, Verdict};
pub use plan::by_information;
pub use run::{LEFT_OUT, Observer, Options, perform, run};
