//! The commands, run as commands.

mod ci;
mod diff;
mod regen;
mod standalone;
mod support;
mod sync;
