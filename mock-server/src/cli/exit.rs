//! Exit codes.

/// The fixture has problems.
pub(super) const BAD_INPUT: u8 = 1;
/// The command could not run: bad arguments, an unreadable file, a port in use.
pub(super) const COULD_NOT_RUN: u8 = 2;
