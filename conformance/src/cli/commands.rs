//! What the commands do.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use clap::Parser as _;
use polar_conformance::audit::{self, AuditError};
use polar_conformance::provision::{Cleaned, GroundError, Life};
use polar_conformance::recordings::{Library, LibraryError};
use polar_conformance::report::{
    AuditProgress, Progress, ReportError, closing_line, contract, left_out, scores, try_folder,
    write_files,
};
use polar_conformance::snapshot::{self, SnapshotError};
use polar_conformance::suite::{self, Item, Options, items};
use polar_conformance::target::{Budget, Credentials, Session, Target, TargetError};
use polar_conformance::wire::printable;
use tokio::runtime::Runtime;
#[cfg(unix)]
use tokio::signal::unix;
use tokio::sync::watch;
use tokio::time::{Instant, sleep_until, timeout};

use super::arguments::{Arguments, Audit, Choice, Clean, Command, List, Run};
use super::record::record;

pub(super) const CONFORMS: u8 = 0;
const DIFFERS: u8 = 1;
pub(super) const COULD_NOT_RUN: u8 = 2;

/// Where failing sequences are kept unless it is said.
const SEEDS: &str = "conformance/proptest-regressions";
/// Removing what was made may take this long, and in haste no longer than it takes until the limits of a server that does
/// not refuse allow more.
const TIDYING: Duration = Duration::from_secs(600);
const TIDYING_IN_HASTE: Duration = Duration::from_secs(75);

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
    #[error("{} is no folder: name the one with {option}", path.display())]
    NoFolder { path: PathBuf, option: &'static str },
    #[error("there is no {what} in {}", path.display())]
    Empty { path: PathBuf, what: &'static str },
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

impl Problem {
    pub(super) fn no_folder(path: &Path, option: &'static str) -> Self {
        let path = path.to_owned();
        Self::NoFolder { path, option }
    }

    fn empty(path: &Path, what: &'static str) -> Self {
        let path = path.to_owned();
        Self::Empty { path, what }
    }
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
            printable(&problem.to_string())
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
    if let Some(folder) = arguments.seeds.as_deref().map(Path::new)
        && !folder.is_dir()
    {
        return Err(Problem::no_folder(folder, "--seeds"));
    }
    if let Some(folder) = &arguments.report_dir {
        try_folder(folder)?;
    }
    let seeds = arguments.seeds.clone().unwrap_or_else(|| SEEDS.to_owned());
    let options = Options {
        strict: arguments.strict,
        first_failure_only: false,
        seed: arguments.seed.unwrap_or_else(any_seed),
        cases: arguments.cases,
        // Kept until the process ends, as the library of properties wants it.
        seeds: Some(seeds.leak()),
    };
    let end = Instant::now() + arguments.max_time;
    let budget = Budget {
        requests: arguments.max_requests,
        time: arguments.max_time + TIDYING,
    };
    let runtime = runtime()?;
    let interrupts = runtime.block_on(async { Interrupts::new() })?;
    let result = runtime.block_on(async {
        let interrupted = interrupts.next();
        let session = tokio::select! {
            session = target.open(Credentials::from_environment(), budget) => session?,
            () = interrupts.next() => return Err(Problem::Interrupted),
        };
        let stop = async {
            tokio::select! {
                () = interrupted => "interrupted".to_owned(),
                () = sleep_until(end) => {
                    let time = humantime::format_duration(arguments.max_time);
                    format!("--max-time {time} is over")
                }
            }
        };
        let mut run = suite::run(&session, items, options, &mut Progress::default(), stop).await;
        let spent = session.governor().spent();
        let tidied = tidy_up(&session, &interrupts).await;
        if let Ok(run) = &mut run {
            run.tidied = tidied;
            run.requests = session.governor().spent().0;
        }
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

/// Removes what the run made, for so long: after an interruption no 429 is waited out. One more interruption gives up;
/// `clean` does it later.
pub(super) async fn tidy_up(session: &Session, interrupts: &Interrupts) -> Option<Cleaned> {
    let mut out = anstream::stderr();
    let mut time = TIDYING;
    if interrupts.were_any() {
        session.governor().hurry();
        time = TIDYING_IN_HASTE;
    }
    let why = tokio::select! {
        cleaned = timeout(time, session.tidy_up()) => match cleaned {
            Ok(cleaned) => {
                let cleaned = cleaned?;
                say(&mut out, &cleaned);
                if !cleaned.left.is_empty() {
                    let _ = writeln!(out, "{REMOVES_THE_REST}");
                }
                return Some(cleaned);
            }
            Err(_) => "tidying up takes too long",
        },
        () = interrupts.next() => "interrupted while tidying up",
    };
    let _ = writeln!(out, "{why}: {REMOVES_THE_REST}");
    None
}

/// What to do about what is left.
const REMOVES_THE_REST: &str = "`polar-conformance clean` removes the rest";

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
    if let Some(folder) = &arguments.report_dir {
        try_folder(folder)?;
    }
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
    let mut out = anstream::stdout();
    let _ = audit::summary(&mut out, &audit);
    if let Some(folder) = &arguments.report_dir {
        let _ = writeln!(out, "report {}", folder.join("audit.json").display());
    }
    Ok(if audit.is_incomplete() {
        DIFFERS
    } else {
        CONFORMS
    })
}

fn clean(arguments: &Clean) -> Result<u8, Problem> {
    let target = Target::parse(&arguments.at.target, arguments.at.allow_production)?;
    if matches!(target, Target::Mock) {
        // The mock in this process begins anew every time.
        return Ok(CONFORMS);
    }
    let Some(credentials) = Credentials::from_environment() else {
        return Err(TargetError::NoCredentials(target.to_string()).into());
    };
    let swept = runtime()?.block_on(async {
        let budget = Budget::default();
        let mut session = target.open(Some(credentials.clone()), budget).await?;
        if session.provisioner().is_none() {
            session = session.provisioned(credentials);
        }
        Ok::<_, Problem>(session.sweep(arguments.running).await?)
    })?;
    let mut out = anstream::stdout();
    say(&mut out, &swept.cleaned);
    for (run, (life, count)) in &swept.spared {
        let until = match life {
            Life::Elsewhere(end) => format!("may go on until {}", end.format("%F %R UTC")),
            Life::Here | Life::Over => "goes on".to_owned(),
        };
        let _ = writeln!(
            out,
            "left alone: run {run}, which {until}, and {count} things of it; `clean --running` removes them, too"
        );
    }
    Ok(if swept.cleaned.left.is_empty() {
        let else_ = if swept.spared.is_empty() { "" } else { " else" };
        let _ = writeln!(out, "listed again: nothing{else_} is left");
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
        let _ = writeln!(out, "left: {}", printable(left));
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
        let _ = writeln!(out, "report {}", folder.join("index.html").display());
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
        Some(path) => {
            let library = Library::from_path(path)?;
            if library.scenarios.is_empty() {
                return Err(Problem::empty(path, "recording"));
            }
            library
        }
        None => Library::embedded()?,
    };
    let snapshots = match &choice.snapshots {
        Some(folder) if !folder.is_dir() => {
            return Err(Problem::no_folder(folder, "--snapshots"));
        }
        Some(folder) => {
            let snapshots = snapshot::from_folder(folder)?;
            if snapshots.is_empty() {
                return Err(Problem::empty(folder, "snapshot"));
            }
            snapshots
        }
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

/// Ctrl-C and the like: caught from the beginning, so that nothing made is left behind. The second of them ends the
/// process at once.
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
        #[cfg(unix)]
        let mut hung_up = unix::signal(unix::SignalKind::hangup()).map_err(Problem::Start)?;
        tokio::spawn(async move {
            loop {
                #[cfg(unix)]
                tokio::select! {
                    _ = terminated.recv() => {}
                    _ = interrupted.recv() => {}
                    _ = hung_up.recv() => {}
                }
                #[cfg(not(unix))]
                if tokio::signal::ctrl_c().await.is_err() {
                    return;
                }
                count.send_modify(|count| *count += 1);
                let mut out = anstream::stderr();
                if *count.borrow() == 1 {
                    let _ = writeln!(out, "interrupted: once more ends at once");
                    continue;
                }
                let _ = writeln!(
                    out,
                    "ended at once: where things were made, {REMOVES_THE_REST}"
                );
                std::process::exit(i32::from(COULD_NOT_RUN));
            }
        });
        Ok(Self(counted))
    }

    /// Whether there was one.
    fn were_any(&self) -> bool {
        *self.0.borrow() > 0
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
