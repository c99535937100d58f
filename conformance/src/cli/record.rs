//! `polar-conformance record`: takes the snapshots again.

use std::io::Write as _;
use std::path::Path;
use std::pin::pin;
use std::time::Duration;

use chrono::{NaiveTime, Utc};
use polar_conformance::server::Credentials;
use polar_conformance::session::{Budget, Session, Target};
use polar_conformance::snapshot::{self, SPECS, Snapshot, SnapshotSpec, Snapshots, TakeError};
use polar_conformance::wire::printable;

use tokio::time::timeout;

use super::arguments::Record;
use super::error::CliError;
use super::process::{CONFORMS, COULD_NOT_RUN, Interrupts, put_back, runtime, tidy_up};

/// How long to wait for a pending answer after an interruption.
const LAST_ANSWER: Duration = Duration::from_secs(5);

/// Takes the chosen snapshots and writes them; an unchanged one gets today's date.
pub(super) fn record(arguments: &Record) -> Result<u8, CliError> {
    let target = Target::parse(&arguments.at.target, arguments.at.allow_production)?;
    let folder = arguments.snapshots.as_path();
    if !folder.is_dir() {
        return Err(CliError::no_folder(folder, "--snapshots"));
    }
    let kept = snapshot::from_folder(folder)?;
    let chosen = chosen(arguments, &kept);
    let runtime = runtime()?;
    let interrupts = runtime.block_on(async { Interrupts::new() })?;
    let code = runtime.block_on(async {
        let session = tokio::select! {
            session = Session::open(&target, Credentials::from_environment(), Budget::default()) => session?,
            () = interrupts.next() => return Err(CliError::Interrupted),
        };
        let mut taking = pin!(take_all(&session, &chosen, &kept, folder));
        let result = tokio::select! {
            result = &mut taking => result,
            () = interrupts.next() => {
                // The pending request may create something, which the clean-up must know about.
                session.governor().close();
                let _ = timeout(LAST_ANSWER, taking).await;
                Err(CliError::Interrupted)
            }
        };
        tidy_up(&session, &interrupts).await;
        put_back(&session).await.and(result)
    });
    runtime.shutdown_background();
    code
}

/// The snapshots that match the filter and are old enough, or were never taken.
fn chosen(arguments: &Record, kept: &Snapshots) -> Vec<&'static SnapshotSpec> {
    let is_stale = |snapshot: &Snapshot| {
        let Some(age) = arguments.older_than else {
            return true;
        };
        let taken = snapshot.info.date.and_time(NaiveTime::MIN).and_utc();
        (Utc::now() - taken).to_std().is_ok_and(|since| since > age)
    };
    let mut chosen: Vec<&SnapshotSpec> = SPECS.iter().collect();
    if let Some(filter) = &arguments.filter {
        chosen.retain(|spec| filter.is_match(&spec.name()));
    }
    chosen.retain(|spec| {
        let mut known = kept
            .iter()
            .filter(|kept| kept.spec.operation == spec.operation);
        known.next().is_none_or(is_stale)
    });
    chosen
}

async fn take_all(
    session: &Session,
    chosen: &[&SnapshotSpec],
    kept: &Snapshots,
    folder: &Path,
) -> Result<u8, CliError> {
    let mut out = anstream::stdout();
    let mut code = CONFORMS;
    for spec in chosen {
        if session.governor().left() == Some(0) {
            break;
        }
        let lease = session.lease().await?;
        let target = session.target().to_string();
        let taken = snapshot::take(spec, &lease).await;
        let made = taken.and_then(|taken| {
            Ok::<_, TakeError>(Snapshot {
                spec: **spec,
                info: taken.info(&target),
                text: taken.text(spec)?,
            })
        });
        match made {
            Ok(snapshot) => {
                snapshot.write(folder)?;
                let same = kept.iter().any(|kept| {
                    kept.spec.operation == spec.operation && kept.text == snapshot.text
                });
                let word = if same { "same" } else { "new " };
                let _ = writeln!(out, "{word} {}", spec.name());
            }
            Err(error) => {
                code = COULD_NOT_RUN;
                let _ = writeln!(
                    out,
                    "kept the old {}: {}",
                    spec.name(),
                    printable(&error.to_string())
                );
            }
        }
    }
    let _ = writeln!(
        out,
        "{} of {} snapshots were due",
        chosen.len(),
        SPECS.len()
    );
    Ok(code)
}
