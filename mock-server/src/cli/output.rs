//! Printing. A closed pipe is not an error, a full disk is.

use std::fmt::Display;
use std::io::{self, ErrorKind, Write as _};
use std::process::ExitCode;

use super::exit::COULD_NOT_RUN;

/// Prints a line to standard output.
pub(super) fn print(line: impl Display) -> Result<(), ExitCode> {
    let mut out = io::stdout().lock();
    checked(writeln!(out, "{line}").and_then(|()| out.flush()))
}

/// Turns a failure to print into an exit code.
pub(super) fn checked(printed: io::Result<()>) -> Result<(), ExitCode> {
    match printed {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => {
            complain(format_args!("cannot write to standard output: {error}"));
            Err(ExitCode::from(COULD_NOT_RUN))
        }
        _ => Ok(()),
    }
}

/// Prints a problem to standard error. If that fails, only the exit code says so.
pub(super) fn complain(problem: impl Display) {
    let _ = writeln!(io::stderr(), "polar-mock: {problem}");
}
