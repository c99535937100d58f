//! `polar-mock [serve]` and `polar-mock fixture check | schema`.

mod exit;
mod fixture;
mod output;
mod serve;

use std::io::Write as _;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use exit::COULD_NOT_RUN;

/// A local Polar license-key server that behaves like the real one.
///
/// Point any Polar SDK, or curl, at the printed address. Without --fixture it serves the world of Polar's own
/// documentation. Control it under /_mock: health, state, reset, clock, settings, requests, events.
#[derive(Parser)]
#[command(name = "polar-mock", version, args_conflicts_with_subcommands = true, after_help = EXAMPLES)]
struct Arguments {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    serve: serve::Serve,
}

const EXAMPLES: &str = "\
Examples:
  polar-mock                                        serve the built-in world on http://127.0.0.1:7657
  polar-mock --fixture world.yaml --listen 127.0.0.1:0
  polar-mock --rate-limits sandbox                  apply the limits of Polar's sandbox
  polar-mock --webhooks http://localhost:3000/hook  send webhooks only to this URL
  polar-mock fixture check world.yaml               list every problem of a fixture
  polar-mock fixture schema > fixture.schema.json   JSON Schema, for completion in an editor";

#[derive(Subcommand)]
enum Command {
    /// Serve a world (the default command).
    Serve(serve::Serve),
    /// Check fixture files, or print their JSON Schema.
    #[command(subcommand)]
    Fixture(fixture::FixtureCommand),
}

/// Runs the command line.
pub async fn run() -> ExitCode {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(message) => return show(&message),
    };
    match arguments.command {
        Some(Command::Fixture(command)) => fixture::run(&command),
        Some(Command::Serve(serve)) => serve::run(serve).await,
        None => serve::run(arguments.serve).await,
    }
}

/// Prints the help or the version, or what is wrong with the arguments.
fn show(message: &clap::Error) -> ExitCode {
    let printed = message.print().and_then(|()| std::io::stdout().flush());
    if message.use_stderr() {
        return ExitCode::from(COULD_NOT_RUN);
    }
    output::checked(printed).err().unwrap_or(ExitCode::SUCCESS)
}
