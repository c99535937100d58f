//! One sequence on a server and on the model.

use serde_json::json;

use super::execution::Execution;
use super::verify::verify;
use crate::cases::Api;
use crate::model::{Caller, Command, Keys, Place};
use crate::properties::script::Sent;
use crate::properties::search::Divergence;
use crate::properties::sequences::sequence::Sequence;
use crate::provision::ProvisionError;
use crate::session::Lease;
use crate::wire::Request;

/// Runs every command; stops at the first answer that differs from the model's.
pub(super) async fn run(lease: &Lease, sequence: &Sequence<Keys>) -> Result<(), Divergence> {
    let mut run = Execution::new(lease, &sequence.start, &sequence.commands).await?;
    for (number, command) in sequence.commands.iter().enumerate() {
        sequence.step();
        let when = format!("command {}", number + 1);
        let outcome = step(&mut run, &when, command).await;
        outcome.map_err(|divergence| sequence.shorten(divergence, &lease.target, number + 1))?;
    }
    for (key, start) in sequence.start.start().iter().enumerate() {
        let owner = match start.organization {
            Place::Abroad => Caller::Stranger,
            _ => Caller::Owner,
        };
        let get = Command::Get(Api::Core, owner, key);
        let outcome = step(&mut run, "in the end", &get).await;
        let all = sequence.commands.len();
        outcome.map_err(|divergence| sequence.shorten(divergence, &lease.target, all))?;
    }
    Ok(())
}

async fn step(run: &mut Execution<'_>, when: &str, command: &Command) -> Result<(), Divergence> {
    if let Command::Wait(hours) = command {
        let seconds = u64::from(*hours) * 3600;
        let body = json!({"seconds": seconds}).to_string();
        run.sent.push(Sent::new(
            Request::new("POST", "/_mock/clock/advance").json(&body),
        ));
        run.lease
            .server
            .advance(&seconds.to_string())
            .await
            .map_err(ProvisionError::from)?;
        run.model.apply(command);
        return Ok(());
    }
    let request = run.request(command);
    run.sent.push(Sent::new(request.clone()));
    let answer = run.lease.server.send(&request).await?;
    let expected = run.model.apply(command);
    let learnt = run.learn(command, &expected, &answer);
    if let (Some(learnt), Some(last)) = (learnt, run.sent.last_mut()) {
        last.learnt = Some(learnt);
    }
    verify(run, &expected, &answer).map_err(|mismatch| run.diverges(when, command, mismatch))
}
