//! `polar-mock fixture check FILE` and `polar-mock fixture schema`

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Subcommand;
use polar_mock::{Fixture, FixtureError, Timestamp, fixture_schema};

use super::{BAD_INPUT, COULD_NOT_RUN};

#[derive(Subcommand)]
pub(super) enum FixtureCommand {
    /// Say everything that is wrong with a fixture. Exits with 1 if anything is.
    Check {
        /// The fixture, YAML or JSON.
        file: PathBuf,
    },
    /// Print the JSON Schema of fixtures.
    Schema,
}

pub(super) fn run(command: &FixtureCommand) -> ExitCode {
    match command {
        FixtureCommand::Schema => {
            println!("{:#}", fixture_schema());
            ExitCode::SUCCESS
        }
        FixtureCommand::Check { file } => match read(file) {
            Ok(fixture) => {
                println!(
                    "{}: fine; {} organizations, {} customers, {} benefits, {} license keys",
                    file.display(),
                    fixture.organizations.len(),
                    fixture.customers.len(),
                    fixture.benefits.len(),
                    fixture.license_keys.len()
                );
                ExitCode::SUCCESS
            }
            Err(code) => code,
        },
    }
}

/// Reads a fixture, or says what is wrong with it.
pub(super) fn read(file: &Path) -> Result<Fixture, ExitCode> {
    let text = std::fs::read_to_string(file).map_err(|error| {
        eprintln!("polar-mock: cannot read {}: {error}", file.display());
        ExitCode::from(COULD_NOT_RUN)
    })?;
    Fixture::from_text(&text, Timestamp::now()).map_err(|error| {
        let file = file.display();
        match error {
            FixtureError::Invalid(problems) => {
                for problem in &problems {
                    eprintln!("{file}:{problem}");
                }
                let count = problems.len();
                let problems = if count == 1 { "problem" } else { "problems" };
                eprintln!("polar-mock: {count} {problems} in {file}");
            }
            FixtureError::Unreadable {
                format,
                reason,
                place: Some(place),
            } => eprintln!(
                "{file}:{}:{}: not readable as {format}: {reason}",
                place.line, place.column
            ),
            unreadable => eprintln!("polar-mock: {file}: {unreadable}"),
        }
        ExitCode::from(BAD_INPUT)
    })
}
