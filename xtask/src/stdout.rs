//! Standard output. A reader that stops reading is no error; a full disk is.

use std::{
    io::{self, Write},
    process::ExitCode,
};

use crate::exit::{BROKEN, DONE};

/// Where the commands write.
pub(crate) fn output() -> impl Write {
    Output {
        inner: io::stdout().lock(),
        closed: false,
    }
}

/// Prints help, or an error in the arguments.
pub(crate) fn print(help: &clap::Error) -> ExitCode {
    match help.print().and_then(|()| io::stdout().flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => ExitCode::from(BROKEN),
        _ if help.use_stderr() => ExitCode::from(BROKEN),
        _ => ExitCode::from(DONE),
    }
}

/// Discards everything once nobody reads any more, so that a command still finishes and sets its exit code.
struct Output<W> {
    inner: W,
    closed: bool,
}

impl<W: Write> Output<W> {
    fn unless_closed<T>(
        &mut self,
        nothing: T,
        write: impl FnOnce(&mut W) -> io::Result<T>,
    ) -> io::Result<T> {
        if self.closed {
            return Ok(nothing);
        }
        match write(&mut self.inner) {
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => {
                self.closed = true;
                Ok(nothing)
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => Err(error),
            Err(error) => Err(io::Error::new(
                error.kind(),
                format!("cannot write to standard output: {error}"),
            )),
            done => done,
        }
    }
}

impl<W: Write> Write for Output<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.unless_closed(bytes.len(), |inner| inner.write(bytes))
    }

    fn flush(&mut self) -> io::Result<()> {
        self.unless_closed((), Write::flush)
    }
}
