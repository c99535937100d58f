//! Standard output: a reader that has seen enough is no error, a disk that is full is one.

use std::{
    io::{self, Write},
    process::ExitCode,
};

/// Nothing to do, or done.
pub(crate) const DONE: u8 = 0;
/// `--check` found a stale file, `--fail-on` a change, or a measurement fell short of its goal.
pub(crate) const STALE: u8 = 1;
/// It could not be done.
pub(crate) const BROKEN: u8 = 2;

/// Where the commands write to.
pub(crate) fn output() -> impl Write {
    Output {
        inner: io::stdout().lock(),
        gone: false,
    }
}

/// Prints what the parser of the command line has to say.
pub(crate) fn say(help: &clap::Error) -> ExitCode {
    match help.print().and_then(|()| io::stdout().flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => ExitCode::from(BROKEN),
        _ if help.use_stderr() => ExitCode::from(BROKEN),
        _ => ExitCode::from(DONE),
    }
}

/// Takes everything once nobody reads any more, so that a command comes to its end and to its exit code.
struct Output<W> {
    inner: W,
    gone: bool,
}

impl<W: Write> Output<W> {
    fn unless_gone<T>(
        &mut self,
        nothing: T,
        write: impl FnOnce(&mut W) -> io::Result<T>,
    ) -> io::Result<T> {
        if self.gone {
            return Ok(nothing);
        }
        match write(&mut self.inner) {
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => {
                self.gone = true;
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
        self.unless_gone(bytes.len(), |inner| inner.write(bytes))
    }

    fn flush(&mut self) -> io::Result<()> {
        self.unless_gone((), Write::flush)
    }
}
