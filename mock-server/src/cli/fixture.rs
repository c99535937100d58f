//! `polar-mock fixture check FILE` and `polar-mock fixture schema`

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Subcommand;
use polar_mock::{Fixture, FixtureError, Timestamp, fixture_schema};

use super::exit::{BAD_INPUT, COULD_NOT_RUN};
use super::output::{complain, print};

#[derive(Subcommand)]
pub(super) enum FixtureCommand {
    /// List every problem of a fixture; exits with 1 if there is one.
    Check {
        /// The fixture file, YAML or JSON.
        file: PathBuf,
    },
    /// Print the JSON Schema of fixtures.
    Schema,
}

pub(super) fn run(command: &FixtureCommand) -> ExitCode {
    let done = match command {
        FixtureCommand::Schema => print(format_args!("{:#}", fixture_schema())),
        FixtureCommand::Check { file } => read(file).and_then(|fixture| {
            print(format_args!(
                "{}: no problems; {} organizations, {} customers, {} benefits, {} license keys",
                file.display(),
                fixture.organizations.len(),
                fixture.customers.len(),
                fixture.benefits.len(),
                fixture.license_keys.len()
            ))
        }),
    };
    done.err().unwrap_or(ExitCode::SUCCESS)
}

/// Reads a fixture, or prints its problems.
pub(super) fn read(file: &Path) -> Result<Fixture, ExitCode> {
    let text = std::fs::read_to_string(file).map_err(|error| {
        complain(format_args!("cannot read {}: {error}", file.display()));
        ExitCode::from(COULD_NOT_RUN)
    })?;
    Fixture::from_text(&text, Timestamp::now()).map_err(|error| {
        let file = file.display();
        match error {
            FixtureError::Invalid(problems) => {
                for problem in &problems {
                    let _ = writeln!(std::io::stderr(), "{file}:{problem}");
                }
                let count = problems.len();
                let problems = if count == 1 { "problem" } else { "problems" };
                complain(format_args!("{count} {problems} in {file}"));
            }
            FixtureError::Unreadable {
                format,
                reason,
                position: Some(position),
            } => {
                let (line, column) = (position.line, position.column);
                let _ = writeln!(
                    std::io::stderr(),
                    "{file}:{line}:{column}: invalid {format}: {reason}"
                );
            }
            unreadable => complain(format_args!("{file}: {unreadable}")),
        }
        ExitCode::from(BAD_INPUT)
    })
}
