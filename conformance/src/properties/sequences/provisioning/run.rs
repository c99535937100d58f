//! One sequence on a server and on the model.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tokio::time::{Instant, sleep};

use super::execution::Execution;
use super::verify::verify;
use crate::model::Caller;
use crate::model::provisioning::{Call, Command, World};
use crate::properties::script::Sent;
use crate::properties::search::Divergence;
use crate::properties::sequences::sequence::Sequence;
use crate::provision::ProvisionError;
use crate::session::Lease;
use crate::wire::Request;

/// Forty days.
const PERIOD: &str = "3456000";

/// How long to wait for what happens in the background.
#[derive(Debug)]
pub(super) struct Patience {
    at_first: Duration,
    /// Whether it was in vain once: from then on there is less of it, as shrinking repeats a failure many times.
    is_short: AtomicBool,
}

impl Patience {
    pub(super) fn of(lease: &Lease) -> Self {
        Self {
            // A seeded target grants at once.
            at_first: match lease.can.seed {
                true => Duration::ZERO,
                false => Duration::from_secs(60),
            },
            is_short: AtomicBool::new(false),
        }
    }

    fn now(&self) -> Duration {
        match self.is_short.load(Ordering::Relaxed) {
            true => self.at_first / 10,
            false => self.at_first,
        }
    }
}

/// Runs every command; stops at the first answer that differs from the model's.
pub(super) async fn run(
    lease: &Lease,
    sequence: &Sequence<World>,
    patience: &Patience,
) -> Result<(), Divergence> {
    let mut run = Execution::new(lease).await?;
    for (number, command) in sequence.commands.iter().enumerate() {
        sequence.step();
        let when = format!("command {}", number + 1);
        let outcome = step(&mut run, &when, command, patience).await;
        outcome.map_err(|divergence| sequence.shorten(divergence, &lease.target, number + 1))?;
    }
    Ok(())
}

async fn step(
    run: &mut Execution<'_>,
    when: &str,
    command: &Command,
    patience: &Patience,
) -> Result<(), Divergence> {
    let before = run.model.clone();
    if let Command::NextPeriod = command {
        let body = format!(r#"{{"seconds":{PERIOD}}}"#);
        let advance = Request::new("POST", "/_mock/clock/advance").json(&body);
        run.sent.push(Sent::new(advance));
        let advanced = run.lease.server.advance(PERIOD).await;
        advanced.map_err(ProvisionError::from)?;
        run.model.apply(command);
    } else if let Command::Core(Caller::Owner, read @ Call::GetState(_)) = *command {
        // What a customer has now is told in the background, too.
        settle(run, when, read, patience).await?;
    } else {
        let request = run.request(command);
        run.sent.push(Sent::new(request.clone()));
        let answer = run.lease.server.send(&request).await?;
        if let Some(provisioner) = run.lease.provisioning.provisioner() {
            provisioner.note(&request, &answer);
        }
        let expected = run.model.apply(command);
        run.learn(&expected, &answer);
        verify(run, command, &expected, (&request, &answer))
            .map_err(|mismatch| run.diverges(when, command, mismatch))?;
    }
    for read in run.model.follows(&before) {
        settle(run, when, read, patience).await?;
    }
    Ok(())
}

/// Repeats a read until it shows what the model expects: grants and keys follow in the background.
async fn settle(
    run: &mut Execution<'_>,
    when: &str,
    read: Call,
    patience: &Patience,
) -> Result<(), Divergence> {
    let command = Command::Core(Caller::Owner, read);
    let request = run.request(&command);
    run.sent.push(Sent::new(request.clone()));
    let expected = run.model.clone().apply(&command);
    let started = Instant::now();
    let mut pause = Duration::from_millis(50);
    loop {
        let answer = run.lease.server.send(&request).await?;
        let Err(mismatch) = verify(run, &command, &expected, (&request, &answer)) else {
            return Ok(());
        };
        if started.elapsed() >= patience.now() {
            patience.is_short.store(true, Ordering::Relaxed);
            return Err(run.diverges(&format!("{when} and what follows"), &command, mismatch));
        }
        sleep(pause).await;
        pause = (pause * 2).min(Duration::from_secs(3));
    }
}
