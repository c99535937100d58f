//! The commands, run as commands.

mod ci;
mod diff;
mod hostile;
mod one_build;
mod output;
mod regen;
mod standalone;
mod support;
mod sync;
