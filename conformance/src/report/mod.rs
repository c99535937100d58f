//! What a run says: on a terminal, and as files for other tools.

mod behaviour;
mod causes;
mod evidence;
mod files;
mod html;
mod overview;
mod summary;
mod terminal;

pub use behaviour::Behaviour;
pub use causes::{Cases, Cause, causes, print_causes};
pub use evidence::{Evidence, Verified};
pub use files::{ReportError, try_folder, write_files};
pub use overview::{Cell, GroupCoverage, Overview, Parity, Row, Share, TierScore};
pub use summary::{closing_line, contract, failures, left_out, scores};
pub use terminal::{AuditProgress, Progress};

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use crate::suite::{ItemOutcome, Run};

    /// A run on the mock with these items.
    pub(super) fn run_of(items: Vec<ItemOutcome>) -> Run {
        Run {
            target: "mock".to_owned(),
            at: "2026-11-21T12:00:00Z".parse().unwrap(),
            strict: false,
            seed: 1,
            items,
            stopped: None,
            requests: 0,
            tidied: None,
            took: Duration::ZERO,
        }
    }
}
