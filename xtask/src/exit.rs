//! The exit codes of every command.

/// Done, or nothing to do.
pub(crate) const DONE: u8 = 0;
/// `--check` found a stale file, `--fail-on` a change, or a measurement missed its goal.
pub(crate) const STALE: u8 = 1;
/// The command could not run.
pub(crate) const BROKEN: u8 = 2;
