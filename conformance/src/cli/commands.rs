//! What the commands do.

use std::io::Write as _;
use std::path::Path;
use std::process::ExitCode;
use std::time::{SystemTime, UNIX_EPOCH};

use clap::Parser as _;
use polar_conformance::recordings::{Library, LibraryError};
use polar_conformance::report::{Progress, ReportError, closing_line, scores, write_files};
use polar_conformance::suite::{self, Item, Options, items};
use polar_conformance::target::{Target, TargetError};
use polar_conformance::wire::mask;

use super::arguments::{Arguments, Choice, Command, List, Run};

const CONFORMS: u8 = 0;
const DIFFERS: u8 = 1;
const COULD_NOT_RUN: u8 = 2;

/// Why nothing could be said about the target.
#[derive(Debug, thiserror::Error)]
enum Problem {
    #[error(transparent)]
    Target(#[from] TargetError),
    #[error(transparent)]
    Library(#[from] LibraryError),
    #[error(transparent)]
    Report(#[from] ReportError),
    #[error("nothing matches: `polar-conformance list` prints every name")]
    NothingMatches,
    #[error("cannot start: {0}")]
    Runtime(std::io::Error),
}

/// Parses the arguments, runs the command, reports a problem in one line.
pub(crate) fn main() -> ExitCode {
    let result = match Arguments::parse().command {
        Command::Run(arguments) => run(&arguments),
        Command::List(arguments) => list(&arguments),
    };
    ExitCode::from(result.unwrap_or_else(|problem| {
        let _ = writeln!(
            anstream::stderr(),
            "polar-conformance: {}",
            mask(&problem.to_string())
        );
        COULD_NOT_RUN
    }))
}

fn list(arguments: &List) -> Result<u8, Problem> {
    let mut out = std::io::stdout().lock();
    for item in chosen(&arguments.choice)? {
        // Whoever reads may have read enough.
        if writeln!(out, "{}\t{}", item.name(), item.about()).is_err() {
            break;
        }
    }
    Ok(CONFORMS)
}

fn run(arguments: &Run) -> Result<u8, Problem> {
    let target = Target::parse(&arguments.target, arguments.allow_production)?;
    let items = chosen(&arguments.choice)?;
    let options = Options {
        strict: arguments.strict,
        first_failure_only: false,
        seed: arguments.seed.unwrap_or_else(any_seed),
        cases: arguments.cases,
    };
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(Problem::Runtime)?;
    let result = runtime.block_on(suite::run(
        &target,
        items,
        options,
        &mut Progress::default(),
        interrupted(),
    ));
    // What an interruption left under way must not keep the process.
    runtime.shutdown_background();
    report(&result?, arguments.report_dir.as_deref())
}

/// Prints the scores and writes the files; the exit code says how it went.
fn report(run: &suite::Run, folder: Option<&Path>) -> Result<u8, Problem> {
    let mut out = anstream::stdout();
    let _ = scores(&mut out, run);
    if run.items.iter().any(|item| item.group == "property") {
        let _ = writeln!(out, "seed {}", run.seed);
    }
    if let Some(folder) = folder {
        write_files(folder, run)?;
    }
    let _ = writeln!(out, "{}", closing_line(run));
    let total = run.total();
    Ok(if run.stopped.is_some() || total.steps == 0 {
        if run.stopped.is_none() {
            let _ = writeln!(
                anstream::stderr(),
                "polar-conformance: nothing could be run against {}",
                run.target
            );
        }
        COULD_NOT_RUN
    } else if total.steps_failed() > 0 {
        DIFFERS
    } else {
        CONFORMS
    })
}

/// The items whose names match.
fn chosen(choice: &Choice) -> Result<Vec<Item>, Problem> {
    let library = match &choice.recordings {
        Some(path) => Library::from_path(path)?,
        None => Library::embedded()?,
    };
    let mut items = items(library);
    if let Some(filter) = &choice.filter {
        items.retain(|item| filter.is_match(&item.name()));
    }
    if items.is_empty() {
        Err(Problem::NothingMatches)
    } else {
        Ok(items)
    }
}

async fn interrupted() {
    if tokio::signal::ctrl_c().await.is_err() {
        // Without a handler an interruption ends the process as it always does.
        std::future::pending::<()>().await;
    }
}

/// A seed that is new every time, short enough to be typed.
fn any_seed() -> u64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(1, |since| u64::from(since.subsec_nanos()) ^ since.as_secs())
        % 1_000_000
}
