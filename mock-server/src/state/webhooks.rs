//! Events on their way to webhook endpoints (POLAR.md 20): one after the other to each endpoint, again when it fails.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::table::{Row, Table};
use super::{Event, Timestamp, WebhookEndpoint, new_uuid};

/// How often an event is sent before it counts as failed.
const ATTEMPTS: u32 = 10;
/// How long after the first failure an event is sent again, in milliseconds; twice as long after each further one.
const BACKOFF: u64 = 2_000;
/// No wait is longer than this, in milliseconds.
const LONGEST_BACKOFF: u64 = 20 * 60_000;
/// How much of an endpoint's answer is kept, in characters.
const KEPT_OF_ANSWER: usize = 2_048;
/// How many events are remembered for `GET /_mock/events`.
const REMEMBERED: usize = 1_000;

/// An event for one endpoint.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct WebhookEvent {
    /// Its id, sent as `webhook-id`; made up where left out.
    #[serde(default = "new_uuid")]
    #[schemars(default)]
    pub id: Uuid,
    /// Where it goes.
    pub webhook_endpoint_id: Uuid,
    /// What happened, like `benefit_grant.created`.
    #[serde(rename = "type")]
    pub kind: String,
    /// The JSON text that is sent.
    pub payload: String,
    /// The status of the last answer; `null` before one.
    #[serde(default)]
    pub last_http_code: Option<u16>,
    /// Whether it arrived; `null` while it is still tried.
    #[serde(default)]
    pub succeeded: Option<bool>,
    /// Whether it was not sent at all.
    #[serde(default)]
    pub skipped: bool,
    /// How often it was sent in vain.
    #[serde(default)]
    pub failures: u32,
    /// When it is sent next; `null` when that is over.
    #[serde(default)]
    pub next_attempt_at: Option<Timestamp>,
    /// When it was made.
    #[serde(default)]
    pub created_at: Timestamp,
    /// When it last changed.
    #[serde(default)]
    pub modified_at: Option<Timestamp>,
}

impl Row for WebhookEvent {
    fn id(&self) -> Uuid {
        self.id
    }
}

/// An attempt to deliver an event.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct WebhookDelivery {
    /// Its id; made up where left out.
    #[serde(default = "new_uuid")]
    #[schemars(default)]
    pub id: Uuid,
    /// What was sent.
    pub webhook_event_id: Uuid,
    /// Whether it arrived.
    pub succeeded: bool,
    /// The status of the answer; `null` without one.
    #[serde(default)]
    pub http_code: Option<u16>,
    /// The beginning of the answer, or why there is none.
    #[serde(default)]
    pub response: Option<String>,
    /// When.
    #[serde(default)]
    pub created_at: Timestamp,
}

/// How sending went.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Attempt {
    /// The endpoint answered with this status and text.
    Answered(u16, String),
    /// It did not, and why.
    Unreachable(String),
    /// It is not one that is sent to.
    Skipped,
}

/// All events for endpoints, and those still to be sent.
#[derive(Debug, Default)]
pub struct Webhooks {
    /// Events for endpoints.
    pub events: Table<WebhookEvent>,
    deliveries: Vec<Arc<WebhookDelivery>>,
    queues: HashMap<Uuid, Queue>,
    happened: VecDeque<Happened>,
}

/// The events that an endpoint still has to get, and whether one is on its way.
#[derive(Debug, Default)]
struct Queue {
    waiting: VecDeque<Uuid>,
    sending: bool,
}

/// Something that happened, and the events it became.
#[derive(Debug, Clone)]
pub struct Happened {
    /// What happened.
    pub event: Arc<Event>,
    /// Ids of the events for endpoints.
    pub sent_as: Vec<Uuid>,
}

impl Webhooks {
    /// Takes note of something that happened, and has it sent to these endpoints.
    pub fn happened<'e>(
        &mut self,
        event: Event,
        endpoints: impl Iterator<Item = &'e WebhookEndpoint>,
    ) {
        let mut sent_as = Vec::new();
        for endpoint in endpoints {
            let row = WebhookEvent {
                id: new_uuid(),
                webhook_endpoint_id: endpoint.id,
                kind: event.kind.clone(),
                payload: event.payload.clone(),
                last_http_code: None,
                succeeded: None,
                skipped: false,
                failures: 0,
                next_attempt_at: Some(event.created_at),
                created_at: event.created_at,
                modified_at: None,
            };
            sent_as.push(row.id);
            self.put_event(row);
        }
        if self.happened.len() == REMEMBERED {
            self.happened.pop_front();
        }
        let event = Arc::new(event);
        self.happened.push_back(Happened { event, sent_as });
    }

    /// Adds an event for an endpoint; it waits in line if it is still to be sent.
    pub fn put_event(&mut self, row: WebhookEvent) {
        if row.next_attempt_at.is_some() {
            let queue = self.queues.entry(row.webhook_endpoint_id).or_default();
            queue.waiting.push_back(row.id);
        }
        self.events.put(row);
    }

    /// Adds an attempt that was made.
    pub fn put_delivery(&mut self, row: WebhookDelivery) {
        self.deliveries.push(Arc::new(row));
    }

    /// All attempts, oldest first.
    pub fn deliveries(&self) -> &[Arc<WebhookDelivery>] {
        &self.deliveries
    }

    /// What happened lately, oldest first.
    pub fn remembered(&self) -> impl Iterator<Item = &Happened> {
        self.happened.iter()
    }

    /// Sends an event once more, behind what is waiting, whatever became of it before.
    pub fn redeliver(&mut self, id: Uuid, now: Timestamp) {
        let Some(row) = self.events.get(id) else {
            return;
        };
        if row.next_attempt_at.is_none() {
            self.put_event(WebhookEvent {
                failures: 0,
                next_attempt_at: Some(now),
                ..WebhookEvent::clone(&row)
            });
        }
    }

    /// Events to send now, at most one for each endpoint. They count as on their way until [`Self::record`].
    pub fn take_due(&mut self, now: Timestamp) -> Vec<Arc<WebhookEvent>> {
        let mut due = Vec::new();
        for queue in self.queues.values_mut().filter(|queue| !queue.sending) {
            let head = queue.waiting.front().and_then(|&id| self.events.get(id));
            if let Some(row) = head.filter(|row| row.next_attempt_at.is_some_and(|at| at <= now)) {
                queue.sending = true;
                due.push(row);
            }
        }
        due
    }

    /// When the next event is due that is not on its way.
    pub fn next_moment(&self) -> Option<Timestamp> {
        let idle = self.queues.values().filter(|queue| !queue.sending);
        let heads = idle.filter_map(|queue| queue.waiting.front());
        heads
            .filter_map(|&id| self.events.get(id)?.next_attempt_at)
            .min()
    }

    /// Records how sending an event went.
    pub fn record(&mut self, id: Uuid, attempt: Attempt, now: Timestamp) {
        let Some(row) = self.events.get(id) else {
            return;
        };
        let mut row = WebhookEvent::clone(&row);
        row.modified_at = Some(now);
        row.skipped = attempt == Attempt::Skipped;
        let (http_code, response) = match attempt {
            Attempt::Skipped => (None, None),
            Attempt::Answered(status, text) => (Some(status), Some(text)),
            Attempt::Unreachable(reason) => (None, Some(reason)),
        };
        let arrived = http_code.is_some_and(|status| (200..300).contains(&status));
        if row.skipped {
            row.next_attempt_at = None;
        } else {
            row.last_http_code = http_code;
            row.failures += u32::from(!arrived);
            let given_up = row.failures >= ATTEMPTS;
            if arrived || given_up {
                row.succeeded = Some(arrived);
                row.next_attempt_at = None;
            } else {
                row.next_attempt_at = now.after_milliseconds(backoff(row.failures));
            }
            self.put_delivery(WebhookDelivery {
                id: new_uuid(),
                webhook_event_id: id,
                succeeded: arrived,
                http_code,
                response: response
                    .filter(|text| !text.is_empty())
                    .map(|text| text.chars().take(KEPT_OF_ANSWER).collect()),
                created_at: now,
            });
        }
        if let Some(queue) = self.queues.get_mut(&row.webhook_endpoint_id) {
            queue.sending = false;
            if row.next_attempt_at.is_none() {
                queue.waiting.pop_front();
            }
        }
        self.events.put(row);
    }
}

/// How long to wait after that many failures, in milliseconds.
fn backoff(failures: u32) -> u64 {
    BACKOFF
        .saturating_mul(2_u64.saturating_pow(failures.saturating_sub(1)))
        .min(LONGEST_BACKOFF)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_wait_is_twice_the_one_before_up_to_twenty_minutes() {
        let waits: Vec<u64> = (1..=12).map(backoff).collect();
        assert_eq!(&waits[..3], [2_000, 4_000, 8_000]);
        assert_eq!(&waits[9..], [1_024_000, 1_200_000, 1_200_000]);
    }
}
