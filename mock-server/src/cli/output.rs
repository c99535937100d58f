//! What the command prints. A reader that goes away is no error, a full disk is one.

use std::fmt::Display;
use std::io::{self, ErrorKind, Write as _};
use std::process::ExitCode;

use super::exit::COULD_NOT_RUN;

/// Prints a line to standard output.
pub(super) fn print(line: impl Display) -> Result<(), ExitCode> {
    let mut out = io::stdout().lock();
    checked(writeln!(out, "{line}").and_then(|()| out.flush()))
}

/// Says how printing went.
pub(super) fn checked(printed: io::Result<()>) -> Result<(), ExitCode> {
    match printed {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => {
            complain(format_args!("cannot write to standard output: {error}"));
            Err(ExitCode::from(COULD_NOT_RUN))
        }
        _ => Ok(()),
    }
}

/// Prints what is wrong to standard error. Where that cannot be written, the exit code says it.
pub(super) fn complain(problem: impl Display) {
    let _ = writeln!(io::stderr(), "polar-mock: {problem}");
}
