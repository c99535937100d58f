//! Parallel activations: the limit holds.

use std::sync::Arc;

use futures::future::join_all;
use proptest::prelude::{Strategy, any};
use serde_json::json;

use super::sampling::Sampling;
use super::script::Sent;
use super::search::{Divergence, search};
use crate::cases::{Api, core_request, request};
use crate::compare::Mismatch;
use crate::json::{Value, parse};
use crate::outcome::StepOutcome;
use crate::provision::{ActivationSpec, KeySpec};
use crate::session::Lease;
use crate::wire::{Answer, Request};

/// Several parallel activations of a key that already has some.
#[derive(Debug, Clone)]
struct Burst {
    limit: usize,
    taken: usize,
    at_once: usize,
    core: bool,
}

fn bursts() -> impl Strategy<Value = Burst> {
    (1..=5_usize, 0..=2_usize, 1..=12_usize, any::<bool>()).prop_map(
        |(limit, taken, at_once, core)| Burst {
            limit,
            taken: taken.min(limit),
            at_once,
            core,
        },
    )
}

/// Tries the property.
pub(super) async fn check(lease: Arc<Lease>, sampling: Sampling) -> StepOutcome {
    search(lease, bursts(), sampling, run).await
}

async fn run(lease: &Lease, burst: &Burst) -> Result<(), Divergence> {
    let spec = KeySpec {
        limit_activations: u32::try_from(burst.limit).ok(),
        activations: vec![ActivationSpec::plain(); burst.taken],
        ..KeySpec::default()
    };
    let setup = lease.provisioning.setup(&lease.server, &[spec]).await?;
    let key = &setup.keys[0];
    let api = if burst.core { Api::Core } else { Api::Portal };
    let requests: Vec<Request> = (0..burst.at_once)
        .map(|n| {
            request(
                &lease.provisioning,
                api,
                "activate",
                key,
                json!({"label": format!("device {n}")}),
            )
        })
        .collect();
    let answers: Vec<Answer> = join_all(requests.iter().map(|request| lease.server.send(request)))
        .await
        .into_iter()
        .collect::<Result<_, _>>()?;

    let diverges = |path: &str, expected: usize, got: usize| {
        let mismatch = Mismatch::new(path, expected.to_string(), got.to_string(), "differs");
        Err(Divergence::new(
            mismatch,
            requests.iter().cloned().map(Sent::new).collect(),
        ))
    };
    let expected = burst.at_once.min(burst.limit - burst.taken);
    let with_status = |status: u16| {
        answers
            .iter()
            .filter(|answer| answer.status == status)
            .count()
    };
    if with_status(200) != expected {
        return diverges("answers with status 200", expected, with_status(200));
    }
    if with_status(403) != burst.at_once - expected {
        return diverges(
            "answers with status 403",
            burst.at_once - expected,
            with_status(403),
        );
    }
    let answer = lease
        .server
        .send(&core_request(
            &lease.provisioning,
            "GET",
            &format!("/v1/license-keys/{}", key.id),
        ))
        .await?;
    let body = parse(&answer.text()).unwrap_or(Value::Null);
    let live = body
        .get("activations")
        .and_then(Value::as_array)
        .unwrap_or_default()
        .len();
    if live == burst.taken + expected {
        Ok(())
    } else {
        diverges("live activations", burst.taken + expected, live)
    }
}
