//! `polar-conformance compare`: the same random requests to two servers.

use std::io::Write as _;

use polar_conformance::differential::{self, Choices, Kind};
use polar_conformance::report::try_folder;
use polar_conformance::server::Credentials;
use polar_conformance::session::{Budget, Session, Target, TargetError};
use tokio::time::{Duration, Instant, sleep_until};

use super::arguments::Compare;
use super::error::CliError;
use super::process::{
    CONFORMS, COULD_NOT_RUN, DIFFERS, Interrupts, TIDYING, any_seed, runtime, tidy_up,
};

/// The longest run.
const LONGEST: Duration = Duration::from_secs(4 * 3600);

pub(super) fn compare(arguments: &Compare) -> Result<u8, CliError> {
    let names = [&arguments.against, &arguments.with];
    let mut targets = Vec::new();
    for name in names {
        targets.push(Target::parse(name, arguments.allow_production)?);
    }
    let credentials = credentials(arguments, &targets)?;
    if let Some(folder) = &arguments.report_dir {
        try_folder(folder)?;
    }
    let choices = Choices {
        seed: arguments.seed.unwrap_or_else(any_seed),
        requests: arguments.requests,
        steps: arguments.steps,
        kinds: if arguments.kind.is_empty() {
            vec![Kind::Validation, Kind::Stateful, Kind::Edge]
        } else {
            arguments.kind.clone()
        },
    };
    let runtime = runtime()?;
    let interrupts = runtime.block_on(async { Interrupts::new() })?;
    let found = runtime.block_on(async {
        let interrupted = interrupts.next();
        let opening = async {
            let mut sessions = Vec::new();
            for (target, credentials) in targets.iter().zip(&credentials) {
                sessions.push(open(target, credentials.clone()).await?);
            }
            let leases = [sessions[0].lease().await?, sessions[1].lease().await?];
            Ok::<_, CliError>((sessions, leases))
        };
        let (sessions, leases) = tokio::select! {
            opened = opening => opened?,
            () = interrupts.next() => return Err(CliError::Interrupted),
        };
        let stop = async {
            tokio::select! {
                () = interrupted => "interrupted".to_owned(),
                () = sleep_until(Instant::now() + LONGEST) => "it takes too long".to_owned(),
            }
        };
        let mut watch = |kind: Kind, sent: usize, all: usize, causes: usize| {
            let _ = writeln!(
                anstream::stderr(),
                "{kind}: {sent} of {all} requests, {causes} causes so far"
            );
        };
        let found = differential::run([&leases[0], &leases[1]], &choices, &mut watch, stop).await;
        for session in &sessions {
            tidy_up(session, &interrupts).await;
        }
        Ok(found?)
    });
    runtime.shutdown_background();
    let found = found?;
    let mut out = anstream::stdout();
    differential::summary(&mut out, &found).map_err(CliError::Written)?;
    if let Some(folder) = &arguments.report_dir {
        let path = differential::write_file(folder, &found).map_err(CliError::Written)?;
        let _ = writeln!(out, "report {}", path.display());
    }
    Ok(if let Some(why) = &found.stopped {
        let _ = writeln!(anstream::stderr(), "polar-conformance: stopped: {why}");
        COULD_NOT_RUN
    } else if found.clusters.is_empty() {
        CONFORMS
    } else {
        DIFFERS
    })
}

/// A session in which everything is created through the public API, also on a mock that is running already: its world stays.
async fn open(target: &Target, credentials: Option<Credentials>) -> Result<Session, CliError> {
    let budget = Budget {
        requests: None,
        time: LONGEST + TIDYING,
    };
    let session = Session::open(target, credentials.clone(), budget).await?;
    match (target, credentials, session.provisioner()) {
        (Target::Mock, ..) | (_, _, Some(_)) => Ok(session),
        (_, Some(credentials), None) => Ok(session.provisioned(credentials)),
        (_, None, None) => Err(TargetError::NoCredentials(target.to_string()).into()),
    }
}

/// The token of each target. `POLAR_ACCESS_TOKEN` is for one server: with two that are not `mock`, both variables must be named.
fn credentials(
    arguments: &Compare,
    targets: &[Target],
) -> Result<Vec<Option<Credentials>>, CliError> {
    let running = targets
        .iter()
        .filter(|target| !matches!(target, Target::Mock))
        .count();
    let options = [&arguments.against_token_env, &arguments.with_token_env];
    let mut all = Vec::new();
    for (target, option) in targets.iter().zip(options) {
        all.push(match (target, option) {
            (Target::Mock, _) => None,
            (_, Some(name)) => {
                let token = std::env::var(name).unwrap_or_default().trim().to_owned();
                if token.is_empty() {
                    return Err(CliError::NoToken(name.clone()));
                }
                Some(Credentials::new(token, None))
            }
            (_, None) if running > 1 => return Err(CliError::WhoseToken),
            (_, None) => Credentials::from_environment(),
        });
    }
    Ok(all)
}
