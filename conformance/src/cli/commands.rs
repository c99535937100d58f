//! What the commands do.

use std::io::Write as _;
use std::path::Path;
use std::process::ExitCode;

use clap::Parser as _;
use polar_conformance::audit;
use polar_conformance::properties::Sampling;
use polar_conformance::provision::Life;
use polar_conformance::recordings::Library;
use polar_conformance::report::{
    AuditProgress, Progress, closing_line, contract, left_out, print_causes, scores, try_folder,
    write_files,
};
use polar_conformance::server::Credentials;
use polar_conformance::session::{Budget, Session, Target, TargetError};
use polar_conformance::snapshot;
use polar_conformance::suite::{self, Item, Options, items};
use polar_conformance::wire::printable;
use tokio::time::{Instant, sleep_until};

use super::arguments::{Arguments, Audit, Choice, Clean, Command, List, Run};
use super::compare::compare;
use super::error::CliError;
use super::process::{
    CONFORMS, COULD_NOT_RUN, DIFFERS, Interrupts, TIDYING, any_seed, print_cleanup, put_back,
    runtime, tidy_up,
};
use super::record::record;

/// The default folder for the seeds of failing sequences.
const SEEDS: &str = "conformance/proptest-regressions";

/// Parses the arguments, runs the command, and reports an error in one line.
pub(crate) fn main() -> ExitCode {
    let result = match Arguments::parse().command {
        Command::Run(arguments) => run(&arguments),
        Command::List(arguments) => list(&arguments),
        Command::Audit(arguments) => audit(&arguments),
        Command::Record(arguments) => record(&arguments),
        Command::Compare(arguments) => compare(&arguments),
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

fn list(arguments: &List) -> Result<u8, CliError> {
    let mut out = std::io::stdout().lock();
    for item in chosen(&arguments.choice)? {
        // The reader may have closed the pipe.
        if writeln!(out, "{}\t{}", item.name(), item.about()).is_err() {
            break;
        }
    }
    Ok(CONFORMS)
}

fn run(arguments: &Run) -> Result<u8, CliError> {
    let target = Target::parse(&arguments.at.target, arguments.at.allow_production)?;
    let mut items = chosen(&arguments.choice)?;
    if let Some(partition) = arguments.partition {
        items = partition.of(items);
        if items.is_empty() {
            return Err(CliError::NothingMatches);
        }
    }
    if arguments.max_requests.is_some() {
        items = suite::by_information(items);
    }
    if let Some(folder) = arguments.seeds.as_deref().map(Path::new)
        && !folder.is_dir()
    {
        return Err(CliError::no_folder(folder, "--seeds"));
    }
    if let Some(folder) = &arguments.report_dir {
        try_folder(folder)?;
    }
    let seeds = arguments.seeds.clone().unwrap_or_else(|| SEEDS.to_owned());
    let options = Options {
        strict: arguments.strict,
        first_failure_only: false,
        sampling: Sampling {
            seed: arguments.seed.unwrap_or_else(any_seed),
            cases: arguments.cases,
            shrink: true,
            // proptest wants a static path.
            seeds: Some(seeds.leak()),
        },
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
            session = Session::open(&target, Credentials::from_environment(), budget) => session?,
            () = interrupts.next() => return Err(CliError::Interrupted),
        };
        let stop = async {
            tokio::select! {
                () = interrupted => "interrupted".to_owned(),
                () = sleep_until(end) => {
                    let time = humantime::format_duration(arguments.max_time);
                    format!("--max-time {time} has passed")
                }
            }
        };
        let mut run = suite::run(&session, items, options, &mut Progress::default(), stop).await;
        let spent = session.governor().spent();
        let tidied = tidy_up(&session, &interrupts).await;
        let put_back = put_back(&session).await;
        if let Ok(run) = &mut run {
            run.tidied = tidied;
            if let Err(problem) = put_back {
                run.stopped.get_or_insert(problem.to_string());
            }
            run.requests = session.governor().spent().0;
        }
        Ok((run, spent))
    });
    // Tasks that are still running after an interruption must not keep the process alive.
    runtime.shutdown_background();
    let (run, (sent, refused)) = result?;
    let run = run?;
    let mut out = anstream::stdout();
    if let Some(cap) = arguments.max_requests {
        let _ = left_out(&mut out, &run, sent, cap);
    }
    if refused > 0 {
        let _ = writeln!(out, "{refused} requests got a 429 and were sent again");
    }
    report(&run, arguments.report_dir.as_deref())
}

/// One seed and few sequences: what the suite notices by luck does not count.
const AUDIT: Options = Options {
    strict: false,
    first_failure_only: true,
    sampling: Sampling {
        seed: 1,
        cases: 6,
        shrink: false,
        seeds: None,
    },
};

fn audit(arguments: &Audit) -> Result<u8, CliError> {
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
            () = interrupts.next() => Err(CliError::Interrupted),
        }
    });
    runtime.shutdown_background();
    progress.end();
    let audit = result?;
    if audit.findings.is_empty() {
        return Err(CliError::NothingMatches);
    }
    if let Some(folder) = &arguments.report_dir {
        audit::write_file(folder, &audit).map_err(CliError::Written)?;
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

fn clean(arguments: &Clean) -> Result<u8, CliError> {
    let target = Target::parse(&arguments.at.target, arguments.at.allow_production)?;
    if matches!(target, Target::Mock) {
        // Every mock in this process starts empty.
        return Ok(CONFORMS);
    }
    let Some(credentials) = Credentials::from_environment() else {
        return Err(TargetError::NoCredentials(target.to_string()).into());
    };
    let swept = runtime()?.block_on(async {
        let budget = Budget::default();
        let mut session = Session::open(&target, Some(credentials.clone()), budget).await?;
        if session.provisioner().is_none() {
            session = session.provisioned(credentials);
        }
        Ok::<_, CliError>(session.sweep(arguments.running).await?)
    })?;
    let mut out = anstream::stdout();
    print_cleanup(&mut out, &swept.cleaned);
    for (run, (life, count)) in &swept.spared {
        let until = match life {
            Life::Elsewhere(end) => format!("may run until {}", end.format("%F %R UTC")),
            Life::Here | Life::Over => "is still running".to_owned(),
        };
        let _ = writeln!(
            out,
            "left alone: {count} things of run {run}, which {until}; `clean --running` removes them, too"
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

/// Prints the scores and writes the files; returns the exit code.
fn report(run: &suite::Run, folder: Option<&Path>) -> Result<u8, CliError> {
    let mut out = anstream::stdout();
    let _ = print_causes(&mut out, run);
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
                "polar-conformance: no item could run against {}",
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

/// The items that were chosen.
fn chosen(choice: &Choice) -> Result<Vec<Item>, CliError> {
    let library = match &choice.recordings {
        Some(path) => {
            let library = Library::from_path(path)?;
            if library.scenarios.is_empty() {
                return Err(CliError::empty(path, "recording"));
            }
            library
        }
        None => Library::embedded()?,
    };
    let snapshots = match &choice.snapshots {
        Some(folder) if !folder.is_dir() => {
            return Err(CliError::no_folder(folder, "--snapshots"));
        }
        Some(folder) => {
            let snapshots = snapshot::from_folder(folder)?;
            if snapshots.is_empty() {
                return Err(CliError::empty(folder, "snapshot"));
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
        Err(CliError::NothingMatches)
    } else {
        Ok(items)
    }
}
