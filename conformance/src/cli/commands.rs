//! What the commands do.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use clap::Parser as _;
use polar_conformance::audit::{self, AuditError};
use polar_conformance::provision::{self, Cleaned, GroundError};
use polar_conformance::recordings::{Library, LibraryError};
use polar_conformance::report::{
    AuditProgress, Progress, ReportError, closing_line, contract, left_out, scores, write_files,
};
use polar_conformance::snapshot::{self, SnapshotError};
use polar_conformance::suite::{self, Item, Options, items};
use polar_conformance::target::{Credentials, Governor, Session, Target, TargetError};
use polar_conformance::wire::mask;
use tokio::runtime::Runtime;
#[cfg(unix)]
use tokio::signal::unix;
use tokio::sync::watch;

use super::arguments::{Arguments, Audit, Choice, Clean, Command, List, Run};
use super::record::record;

pub(super) const CONFORMS: u8 = 0;
const DIFFERS: u8 = 1;
pub(super) const COULD_NOT_RUN: u8 = 2;

/// Why nothing could be said about the target.
#[derive(Debug, thiserror::Error)]
pub(super) enum Problem {
    #[error(transparent)]
    Target(#[from] TargetError),
    #[error(transparent)]
    Library(#[from] LibraryError),
    #[error(transparent)]
    Report(#[from] ReportError),
    #[error(transparent)]
    Snapshot(#[from] SnapshotError),
    #[error("{} is no folder: name the one with --snapshots", .0.display())]
    NoFolder(PathBuf),
    #[error("nothing matches: `polar-conformance list` prints every name")]
    NothingMatches,
    #[error(transparent)]
    Ground(#[from] GroundError),
    #[error(transparent)]
    Audit(#[from] AuditError),
    #[error("the report cannot be written: {0}")]
    Written(std::io::Error),
    #[error("cannot start: {0}")]
    Start(std::io::Error),
    #[error("interrupted before anything ran")]
    Interrupted,
}

/// Parses the arguments, runs the command, reports a problem in one line.
pub(crate) fn main() -> ExitCode {
    let result = match Arguments::parse().command {
        Command::Run(arguments) => run(&arguments),
        Command::List(arguments) => list(&arguments),
        Command::Audit(arguments) => audit(&arguments),
        Command::Record(arguments) => record(&arguments),
        Command::Clean(arguments) => clean(&arguments),
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
    let target = Target::parse(&arguments.at.target, arguments.at.allow_production)?;
    let mut items = chosen(&arguments.choice)?;
    if let Some(partition) = arguments.partition {
        items = partition.of(items);
        if items.is_empty() {
            return Err(Problem::NothingMatches);
        }
    }
    if arguments.max_requests.is_some() {
        items = suite::by_information(items);
    }
    let options = Options {
        strict: arguments.strict,
        first_failure_only: false,
        seed: arguments.seed.unwrap_or_else(any_seed),
        cases: arguments.cases,
        // Kept until the process ends, as the library of properties wants it.
        seeds: Some(arguments.seeds.clone().leak()),
    };
    let runtime = runtime()?;
    let interrupts = runtime.block_on(async { Interrupts::new() })?;
    let result = runtime.block_on(async {
        let stop = interrupts.next();
        let session = tokio::select! {
            session = target.open(Credentials::from_environment(), arguments.max_requests) => session?,
            () = interrupts.next() => return Err(Problem::Interrupted),
        };
        let run = suite::run(&session, items, options, &mut Progress::default(), stop).await;
        let spent = session.governor().spent();
        tidy_up(&session, &interrupts).await;
        Ok((run, spent))
    });
    // What an interruption left under way must not keep the process.
    runtime.shutdown_background();
    let (run, (sent, refused)) = result?;
    let run = run?;
    let mut out = anstream::stdout();
    if let Some(cap) = arguments.max_requests {
        let _ = left_out(&mut out, &run, sent, cap);
    }
    if refused > 0 {
        let _ = writeln!(out, "{refused} requests met a 429 and were sent again");
    }
    report(&run, arguments.report_dir.as_deref())
}

/// Removes what the run made. A second interruption gives up; `clean` does it later.
pub(super) async fn tidy_up(session: &Session, interrupts: &Interrupts) {
    let Some(provisioner) = session.provisioner() else {
        return;
    };
    session.governor().lift_cap();
    let Target::Url(server) = session.target() else {
        return;
    };
    let mut out = anstream::stderr();
    let cleaned = tokio::select! {
        cleaned = provisioner.clean(server) => cleaned,
        () = interrupts.next() => {
            let _ = writeln!(out, "interrupted while tidying up: `polar-conformance clean` removes the rest");
            return;
        }
    };
    say(&mut out, &cleaned);
}

/// One seed and few sequences: what is noticed by luck is not noticed.
const AUDIT: Options = Options {
    strict: false,
    first_failure_only: true,
    seed: 1,
    cases: 6,
    seeds: None,
};

fn audit(arguments: &Audit) -> Result<u8, Problem> {
    let items = items(Library::embedded()?, snapshot::embedded()?);
    let wanted = |name: &str| {
        let filter = arguments.filter.as_ref();
        filter.is_none_or(|filter| filter.is_match(name))
    };
    let runtime = runtime()?;
    let interrupts = runtime.block_on(async { Interrupts::new() })?;
    let mut progress = AuditProgress::default();
    let result = runtime.block_on(async {
        tokio::select! {
            audit = audit::audit(items, AUDIT, wanted, |count, finding| progress.watch(count, finding)) => Ok(audit?),
            () = interrupts.next() => Err(Problem::Interrupted),
        }
    });
    runtime.shutdown_background();
    progress.end();
    let audit = result?;
    if audit.findings.is_empty() {
        return Err(Problem::NothingMatches);
    }
    if let Some(folder) = &arguments.report_dir {
        audit::write_file(folder, &audit).map_err(Problem::Written)?;
    }
    let _ = audit::summary(&mut anstream::stdout(), &audit);
    Ok(if audit.missed().next().is_some() {
        DIFFERS
    } else {
        CONFORMS
    })
}

fn clean(arguments: &Clean) -> Result<u8, Problem> {
    let target = Target::parse(&arguments.at.target, arguments.at.allow_production)?;
    let Target::Url(server) = &target else {
        // The mock in this process begins anew every time.
        return Ok(CONFORMS);
    };
    let Some(credentials) = Credentials::from_environment() else {
        return Err(TargetError::NoCredentials(target.to_string()).into());
    };
    let cleaned = runtime()?.block_on(async {
        let limits = target.capabilities().await?.limits;
        let server = server
            .clone()
            .governed(Arc::new(Governor::new(limits, None)));
        Ok::<_, Problem>(provision::clean(&server, &credentials).await?)
    })?;
    say(&mut anstream::stdout(), &cleaned);
    Ok(if cleaned.left.is_empty() {
        CONFORMS
    } else {
        COULD_NOT_RUN
    })
}

fn say(out: &mut dyn Write, cleaned: &Cleaned) {
    let _ = writeln!(
        out,
        "removed {} things that the suite had made",
        cleaned.removed
    );
    for left in &cleaned.left {
        let _ = writeln!(out, "left: {}", mask(left));
    }
}

pub(super) fn runtime() -> Result<Runtime, Problem> {
    tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(Problem::Start)
}

/// Prints the scores and writes the files; the exit code says how it went.
fn report(run: &suite::Run, folder: Option<&Path>) -> Result<u8, Problem> {
    let mut out = anstream::stdout();
    let _ = scores(&mut out, run);
    let _ = contract(&mut out, run);
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
    let snapshots = match &choice.snapshots {
        Some(folder) => snapshot::from_folder(folder)?,
        None => snapshot::embedded()?,
    };
    let mut items = items(library, snapshots);
    if let Some(filter) = &choice.filter {
        items.retain(|item| filter.is_match(&item.name()));
    }
    if items.is_empty() {
        Err(Problem::NothingMatches)
    } else {
        Ok(items)
    }
}

/// Ctrl-C and the like: caught from the beginning, so that nothing made is left behind.
pub(super) struct Interrupts(watch::Receiver<u32>);

impl Interrupts {
    /// Begins to listen.
    pub(super) fn new() -> Result<Self, Problem> {
        let (count, counted) = watch::channel(0);
        #[cfg(unix)]
        let mut terminated = unix::signal(unix::SignalKind::terminate()).map_err(Problem::Start)?;
        #[cfg(unix)]
        let mut interrupted =
            unix::signal(unix::SignalKind::interrupt()).map_err(Problem::Start)?;
        tokio::spawn(async move {
            loop {
                #[cfg(unix)]
                tokio::select! {
                    _ = terminated.recv() => {}
                    _ = interrupted.recv() => {}
                }
                #[cfg(not(unix))]
                if tokio::signal::ctrl_c().await.is_err() {
                    return;
                }
                count.send_modify(|count| *count += 1);
            }
        });
        Ok(Self(counted))
    }

    /// Waits for one more than there have been.
    pub(super) fn next(&self) -> impl Future<Output = ()> + use<> {
        let mut counted = self.0.clone();
        counted.mark_unchanged();
        async move {
            if counted.changed().await.is_err() {
                std::future::pending::<()>().await;
            }
        }
    }
}

/// A seed that is new every time, short enough to be typed.
fn any_seed() -> u64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(1, |since| u64::from(since.subsec_nanos()) ^ since.as_secs())
        % 1_000_000
}
