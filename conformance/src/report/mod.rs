//! What a run says: on a terminal, and as files for other tools.

mod files;
mod summary;
mod terminal;

pub use files::{ReportError, write_files};
pub use summary::{closing_line, contract, failures, left_out, scores};
pub use terminal::{AuditProgress, Progress};
