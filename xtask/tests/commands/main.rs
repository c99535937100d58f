//! The commands, run as commands.

mod diff;
mod regen;
mod standalone;
mod support;
mod sync;
