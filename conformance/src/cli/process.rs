//! What every command that runs something needs: exit codes, a runtime, interruptions, and the clean-up at the end.

use std::io::Write;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use polar_conformance::provision::Cleaned;
use polar_conformance::session::Session;
use polar_conformance::wire::printable;
use tokio::runtime::Runtime;
#[cfg(unix)]
use tokio::signal::unix;
use tokio::sync::watch;
use tokio::time::timeout;

use super::error::CliError;

/// Exit code: the target conforms.
pub(super) const CONFORMS: u8 = 0;
/// Exit code: the target differs.
pub(super) const DIFFERS: u8 = 1;
/// Exit code: the run was not possible or not complete.
pub(super) const COULD_NOT_RUN: u8 = 2;

/// The clean-up may take this long.
pub(super) const TIDYING: Duration = Duration::from_secs(600);
/// After an interruption it may take this long: a minute's rate limit passes in the meantime.
const TIDYING_IN_HASTE: Duration = Duration::from_secs(75);

/// Removes what the run created. After an interruption it waits out no 429. One more interruption gives up; `clean` can do it
/// later.
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
                print_cleanup(&mut out, &cleaned);
                if !cleaned.left.is_empty() {
                    let _ = writeln!(out, "{REMOVES_THE_REST}");
                }
                return Some(cleaned);
            }
            Err(_) => "the clean-up takes too long",
        },
        () = interrupts.next() => "interrupted during the clean-up",
    };
    let _ = writeln!(out, "{why}: {REMOVES_THE_REST}");
    None
}

/// Puts back the world of a mock that was running already, and says so.
pub(super) async fn put_back(session: &Session) -> Result<(), CliError> {
    if session.put_back().await? {
        let _ = writeln!(
            anstream::stderr(),
            "put back the world of {}",
            session.target()
        );
    }
    Ok(())
}

/// What to do about the rest.
const REMOVES_THE_REST: &str = "`polar-conformance clean` removes the rest";

/// Prints what the clean-up removed and what it left.
pub(super) fn print_cleanup(out: &mut dyn Write, cleaned: &Cleaned) {
    let _ = writeln!(
        out,
        "removed {} things that the suite created",
        cleaned.removed
    );
    for left in &cleaned.left {
        let _ = writeln!(out, "left: {}", printable(left));
    }
}

/// A runtime on every core.
pub(super) fn runtime() -> Result<Runtime, CliError> {
    tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(CliError::Start)
}

/// A new seed for each run, short enough to type.
pub(super) fn any_seed() -> u64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(1, |since| u64::from(since.subsec_nanos()) ^ since.as_secs())
        % 1_000_000
}

/// Ctrl-C and other requests to stop. They are caught from the beginning, so that the suite removes what it created. The second
/// one exits at once.
pub(super) struct Interrupts(watch::Receiver<u32>);

impl Interrupts {
    /// Starts to listen.
    pub(super) fn new() -> Result<Self, CliError> {
        let (count, counted) = watch::channel(0);
        #[cfg(unix)]
        let mut terminated =
            unix::signal(unix::SignalKind::terminate()).map_err(CliError::Start)?;
        #[cfg(unix)]
        let mut interrupted =
            unix::signal(unix::SignalKind::interrupt()).map_err(CliError::Start)?;
        #[cfg(unix)]
        let mut hung_up = unix::signal(unix::SignalKind::hangup()).map_err(CliError::Start)?;
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
                    let _ = writeln!(
                        out,
                        "interrupted: the clean-up starts; interrupt again to exit at once"
                    );
                    continue;
                }
                let _ = writeln!(out, "stopped without a clean-up: {REMOVES_THE_REST}");
                std::process::exit(i32::from(COULD_NOT_RUN));
            }
        });
        Ok(Self(counted))
    }

    /// Whether there has been one.
    fn were_any(&self) -> bool {
        *self.0.borrow() > 0
    }

    /// Waits for the next one.
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
