//! `cargo xtask diff`: shows what changed between two documents, and whom it breaks.

use std::io::Write;

use anyhow::Context;
use clap::{Args, ValueEnum};
use polar_openapi_compare::compare;

use crate::{report, source};

/// Show what changed between two OpenAPI documents, and whom it breaks.
///
/// A change breaks clients when a request that was allowed is now refused, or when an answer can come that could not
/// come before. It breaks servers when a request is now allowed that was refused, or when an answer that was allowed no
/// longer is.
#[derive(Args)]
pub(crate) struct Diff {
    /// The old document: a file or an http(s) URL; JSON or YAML; OpenAPI 3.0 or 3.1.
    #[arg(value_name = "OLD")]
    old: String,
    /// The new document.
    #[arg(value_name = "NEW")]
    new: String,
    /// How to print the changes.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
    /// Exit with 1 if there is a change of this kind.
    #[arg(long, value_enum, value_name = "KIND")]
    fail_on: Option<FailOn>,
}

/// How the changes are printed.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For a terminal.
    Text,
    /// For a program.
    Json,
    /// For a pull request.
    Markdown,
}

/// What makes the comparison fail.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum FailOn {
    /// A change that breaks clients or servers.
    Breaking,
}

impl Diff {
    /// Returns whether there is a change to fail on.
    pub(crate) fn run(&self, out: &mut dyn Write) -> anyhow::Result<bool> {
        let old = source::read(&self.old)?;
        let new = source::read(&self.new)?;
        let comparison = compare(&old, &new)
            .with_context(|| format!("cannot compare {} with {}", self.old, self.new))?;
        match self.format {
            Format::Text => report::text(&comparison, out)?,
            Format::Markdown => report::markdown(&comparison, out)?,
            Format::Json => {
                serde_json::to_writer_pretty(&mut *out, &comparison)?;
                writeln!(out)?;
            }
        }
        Ok(self.fail_on == Some(FailOn::Breaking) && comparison.summary.breaking > 0)
    }
}
