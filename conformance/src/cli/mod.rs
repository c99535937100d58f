//! The command line: arguments in, a call into the library, an exit code out.

mod arguments;
mod commands;
mod compare;
mod error;
mod process;
mod record;

pub(crate) use commands::main;
