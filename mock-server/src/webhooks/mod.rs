//! Delivers webhooks: signed as the real server signs them (docs/behaviour.md#webhook-deliveries), one event at a time to
//! each endpoint, and retried on the world's clock. Only the loopback interface ever receives them, or less (`--webhooks`).

mod send;

use std::sync::{Arc, Weak};
use std::time::Duration;

use chrono::{DateTime, Utc};
use tokio::sync::watch;
use tokio::task::JoinSet;
use uuid::Uuid;

use crate::shared::Shared;
use crate::state::{Attempt, ClockMode, Timestamp, WebhookEndpoint, WebhookEvent, World};

/// Delivers until the server stops or is dropped.
pub(crate) async fn deliver(shared: Weak<Shared>, mut stop: watch::Receiver<bool>) {
    let mut sending = JoinSet::new();
    loop {
        let Some((world, wait)) = shared.upgrade().map(|shared| begin(&shared, &mut sending))
        else {
            return;
        };
        let rest = async {
            match wait {
                Some(wait) => tokio::time::sleep(wait).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            () = world.bell.notified() => {}
            () = rest => {}
            Some(_) = sending.join_next() => {}
            _ = stop.changed() => return,
        }
    }
}

/// Starts sending what is due; returns the world, and how long until something else is due.
fn begin(shared: &Arc<Shared>, sending: &mut JoinSet<()>) -> (Arc<World>, Option<Duration>) {
    let world = shared.run_due_jobs();
    let clock = shared.clock.view();
    let due = world.write().webhooks.take_due(clock.now);
    for event in due {
        let endpoint = world
            .read()
            .webhook_endpoints
            .get(event.webhook_endpoint_id);
        sending.spawn(attempt(shared.clone(), world.clone(), event, endpoint));
    }
    // A frozen clock makes nothing due; moving it rings the bell.
    let wait = world
        .next_moment()
        .filter(|_| clock.mode == ClockMode::Real)
        .map(|next| until(clock.now, next));
    (world, wait)
}

fn until(now: Timestamp, then: Timestamp) -> Duration {
    let (now, then): (DateTime<Utc>, DateTime<Utc>) = (now.into(), then.into());
    (then - now).to_std().unwrap_or_default()
}

async fn attempt(
    shared: Arc<Shared>,
    world: Arc<World>,
    event: Arc<WebhookEvent>,
    endpoint: Option<Arc<WebhookEndpoint>>,
) {
    let outcome =
        match endpoint.filter(|endpoint| endpoint.enabled && endpoint.deleted_at.is_none()) {
            None => Attempt::Skipped,
            Some(endpoint) => {
                send::send(
                    &shared.access.webhooks,
                    &endpoint,
                    &event,
                    shared.clock.now(),
                )
                .await
            }
        };
    record(&world, event.id, outcome, shared.clock.now());
}

fn record(world: &World, id: Uuid, outcome: Attempt, now: Timestamp) {
    world.write().webhooks.record(id, outcome, now);
    world.bell.notify_one();
}
