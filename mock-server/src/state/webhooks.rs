//! Events on their way to webhook endpoints (docs/behaviour.md#webhook-deliveries): one at a time to each endpoint, and
//! again after a failure.

use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};
use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

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
/// How much of them is remembered, in bytes of their payloads.
const REMEMBERED_BYTES: usize = 16 << 20;
/// How many finished events for endpoints are kept, with their deliveries.
const KEPT: usize = 2_000;
/// How many events may wait for their endpoints. Beyond it the oldest are dropped and counted.
const WAITING: usize = 10_000;
/// How long all payloads for endpoints may be together, in bytes; finished ones are dropped first.
const KEPT_BYTES: usize = 64 << 20;
/// How many deliveries of one event are kept: it may be sent again by hand as often as one likes.
const KEPT_DELIVERIES: usize = 100;

/// An event for one endpoint.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct WebhookEvent {
    /// Its id, sent as `webhook-id`; generated if left out.
    #[serde(default = "new_uuid")]
    #[schemars(default)]
    pub id: Uuid,
    /// Where it goes.
    pub webhook_endpoint_id: Uuid,
    /// What happened, like `benefit_grant.created`.
    #[serde(rename = "type")]
    pub kind: String,
    /// The JSON text that is sent.
    pub payload: Arc<str>,
    /// The status of the last answer; `null` before one.
    #[serde(default)]
    pub last_http_code: Option<u16>,
    /// Whether it arrived; `null` while it is still tried.
    #[serde(default)]
    pub succeeded: Option<bool>,
    /// Whether it was not sent at all.
    #[serde(default)]
    pub skipped: bool,
    /// How many attempts failed.
    #[serde(default)]
    pub failures: u32,
    /// When it is sent next; `null` once it is finished.
    #[serde(default)]
    pub next_attempt_at: Option<Timestamp>,
    /// When it was created.
    #[serde(default)]
    pub created_at: Timestamp,
    /// When it last changed.
    #[serde(default)]
    pub modified_at: Option<Timestamp>,
}

/// An attempt to deliver an event.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct WebhookDelivery {
    /// Its id; generated if left out.
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
    /// The endpoint did not answer, and why.
    Unreachable(String),
    /// The endpoint is not one to send to.
    Skipped,
}

/// Events for endpoints with the attempts to deliver them, and those still to be sent. The oldest are forgotten.
#[derive(Debug, Default)]
pub struct Webhooks {
    /// By running number, oldest first.
    events: BTreeMap<u64, Sent>,
    numbers: HashMap<Uuid, u64>,
    /// Numbers of the finished events, which are not sent any more.
    over: BTreeSet<u64>,
    /// The length of all payloads.
    bytes: usize,
    /// By running number, oldest first.
    deliveries: BTreeMap<u64, Arc<WebhookDelivery>>,
    /// How many events and deliveries there have ever been.
    count: u64,
    queues: HashMap<Uuid, Queue>,
    happened: VecDeque<Happened>,
    happened_bytes: usize,
    dropped_unsent: u64,
}

/// An event for an endpoint, and the numbers of its deliveries.
#[derive(Debug)]
struct Sent {
    row: Arc<WebhookEvent>,
    deliveries: VecDeque<u64>,
}

/// The events that an endpoint still has to get, and whether the first one is on its way.
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

impl Happened {
    fn bytes(&self) -> usize {
        self.event.payload.as_ref().map_or(0, |text| text.len())
    }
}

impl Webhooks {
    /// Records an event, and queues it for these endpoints.
    pub fn happened<'e>(
        &mut self,
        event: Event,
        endpoints: impl Iterator<Item = &'e WebhookEndpoint>,
    ) {
        let mut sent_as = Vec::new();
        for (endpoint, payload) in endpoints.zip(event.payload.iter().cycle()) {
            let row = WebhookEvent {
                id: new_uuid(),
                webhook_endpoint_id: endpoint.id,
                kind: event.kind.clone(),
                payload: payload.clone(),
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
        let event = Arc::new(event);
        let happened = Happened { event, sent_as };
        self.happened_bytes += happened.bytes();
        self.happened.push_back(happened);
        while self.happened.len() > REMEMBERED
            || (self.happened_bytes > REMEMBERED_BYTES && self.happened.len() > 1)
        {
            let oldest = self.happened.pop_front();
            self.happened_bytes -= oldest.map_or(0, |oldest| oldest.bytes());
        }
    }

    /// Adds an event for an endpoint; it waits in line if it is still to be sent.
    pub fn put_event(&mut self, row: WebhookEvent) {
        if row.next_attempt_at.is_some() {
            let queue = self.queues.entry(row.webhook_endpoint_id).or_default();
            queue.waiting.push_back(row.id);
        }
        self.store(row);
        self.forget();
    }

    /// Adds an event or replaces the one with its id.
    fn store(&mut self, row: WebhookEvent) {
        let number = *self.numbers.entry(row.id).or_insert_with(|| {
            self.count += 1;
            self.count
        });
        if row.next_attempt_at.is_some() {
            self.over.remove(&number);
        } else {
            self.over.insert(number);
        }
        self.bytes += row.payload.len();
        let row = Arc::new(row);
        match self.events.get_mut(&number) {
            Some(known) => {
                self.bytes -= known.row.payload.len();
                known.row = row;
            }
            None => {
                let deliveries = VecDeque::new();
                self.events.insert(number, Sent { row, deliveries });
            }
        }
    }

    /// Drops the oldest events beyond the limits: finished ones first, then waiting ones.
    fn forget(&mut self) {
        while self.over.len() > KEPT || (self.bytes > KEPT_BYTES && !self.over.is_empty()) {
            if let Some(number) = self.over.pop_first() {
                self.remove(number);
            }
        }
        while self.events.len() - self.over.len() > WAITING || self.bytes > KEPT_BYTES {
            let idle = self.events.iter().find(|(number, sent)| {
                !self.over.contains(number) && !self.is_on_its_way(&sent.row)
            });
            let Some((&number, sent)) = idle else {
                return;
            };
            if let Some(queue) = self.queues.get_mut(&sent.row.webhook_endpoint_id)
                && let Some(place) = queue.waiting.iter().position(|id| *id == sent.row.id)
            {
                queue.waiting.remove(place);
            }
            self.remove(number);
            self.dropped_unsent += 1;
        }
    }

    fn is_on_its_way(&self, row: &WebhookEvent) -> bool {
        let queue = self.queues.get(&row.webhook_endpoint_id);
        queue.is_some_and(|queue| queue.sending && queue.waiting.front() == Some(&row.id))
    }

    fn remove(&mut self, number: u64) {
        if let Some(sent) = self.events.remove(&number) {
            self.bytes -= sent.row.payload.len();
            self.numbers.remove(&sent.row.id);
            for delivery in sent.deliveries {
                self.deliveries.remove(&delivery);
            }
        }
    }

    /// Adds an attempt that was made, unless its event is forgotten.
    pub fn put_delivery(&mut self, row: WebhookDelivery) {
        let number = self.numbers.get(&row.webhook_event_id);
        let Some(sent) = number.and_then(|number| self.events.get_mut(number)) else {
            return;
        };
        self.count += 1;
        sent.deliveries.push_back(self.count);
        self.deliveries.insert(self.count, Arc::new(row));
        if sent.deliveries.len() > KEPT_DELIVERIES
            && let Some(oldest) = sent.deliveries.pop_front()
        {
            self.deliveries.remove(&oldest);
        }
    }

    /// The event for an endpoint with this id.
    pub fn event(&self, id: Uuid) -> Option<&Arc<WebhookEvent>> {
        let number = self.numbers.get(&id)?;
        self.events.get(number).map(|sent| &sent.row)
    }

    /// All events for endpoints, oldest first.
    pub fn events(&self) -> impl Iterator<Item = &Arc<WebhookEvent>> {
        self.events.values().map(|sent| &sent.row)
    }

    /// All attempts, oldest first.
    pub fn deliveries(&self) -> impl DoubleEndedIterator<Item = &Arc<WebhookDelivery>> {
        self.deliveries.values()
    }

    /// The attempts to deliver an event, oldest first.
    pub fn deliveries_of(&self, id: Uuid) -> impl Iterator<Item = &Arc<WebhookDelivery>> {
        let sent = self.numbers.get(&id).and_then(|it| self.events.get(it));
        let numbers = sent.into_iter().flat_map(|sent| &sent.deliveries);
        numbers.filter_map(|number| self.deliveries.get(number))
    }

    /// What happened lately, oldest first.
    pub fn remembered(&self) -> impl Iterator<Item = &Happened> {
        self.happened.iter()
    }

    /// How many events were dropped before they were sent, because too many were waiting.
    pub fn dropped_unsent(&self) -> u64 {
        self.dropped_unsent
    }

    /// Queues an event again, after those that are waiting, whatever became of it before.
    pub fn redeliver(&mut self, id: Uuid, now: Timestamp) {
        let known = self.event(id).filter(|row| row.next_attempt_at.is_none());
        if let Some(row) = known.cloned() {
            self.put_event(WebhookEvent {
                failures: 0,
                next_attempt_at: Some(now),
                ..WebhookEvent::clone(&row)
            });
        }
    }

    /// Events to send now, at most one for each endpoint. They count as on their way until [`Self::record`].
    pub fn take_due(&mut self, now: Timestamp) -> Vec<Arc<WebhookEvent>> {
        let idle = self.queues.values().filter(|queue| !queue.sending);
        let heads = idle.filter_map(|queue| self.event(*queue.waiting.front()?));
        let due: Vec<Arc<WebhookEvent>> = heads
            .filter(|row| row.next_attempt_at.is_some_and(|at| at <= now))
            .cloned()
            .collect();
        for row in &due {
            if let Some(queue) = self.queues.get_mut(&row.webhook_endpoint_id) {
                queue.sending = true;
            }
        }
        due
    }

    /// When the next event is due that is not on its way.
    pub fn next_moment(&self) -> Option<Timestamp> {
        let idle = self.queues.values().filter(|queue| !queue.sending);
        let heads = idle.filter_map(|queue| queue.waiting.front());
        heads
            .filter_map(|&id| self.event(id)?.next_attempt_at)
            .min()
    }

    /// Records how sending an event went.
    pub fn record(&mut self, id: Uuid, attempt: Attempt, now: Timestamp) {
        let Some(row) = self.event(id) else {
            return;
        };
        let mut row = WebhookEvent::clone(row);
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
                row.next_attempt_at = Some(now.after_milliseconds(backoff(row.failures)));
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
        self.store(row);
        self.forget();
    }
}

/// How long to wait after this many failures, in milliseconds.
fn backoff(failures: u32) -> u64 {
    BACKOFF
        .saturating_mul(2_u64.saturating_pow(failures.saturating_sub(1)))
        .min(LONGEST_BACKOFF)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn endpoint(id: u128) -> WebhookEndpoint {
        let (id, organization) = (Uuid::from_u128(id), Uuid::from_u128(1));
        let row = serde_json::json!({"id": id, "organization_id": organization, "url": "http://localhost/"});
        serde_json::from_value(row).unwrap()
    }

    fn happen(webhooks: &mut Webhooks, kind: usize, length: usize, endpoint: &WebhookEndpoint) {
        let event = Event {
            id: new_uuid(),
            organization_id: endpoint.organization_id,
            kind: kind.to_string(),
            created_at: Timestamp::default(),
            payload: Some("x".repeat(length).into()),
        };
        webhooks.happened(event, std::iter::once(endpoint));
    }

    fn answered() -> Attempt {
        Attempt::Answered(200, "ok".into())
    }

    fn send_all(webhooks: &mut Webhooks) {
        let now = Timestamp::default();
        loop {
            let due = webhooks.take_due(now);
            if due.is_empty() {
                break;
            }
            for row in due {
                webhooks.record(row.id, answered(), now);
            }
        }
    }

    fn kinds(webhooks: &Webhooks) -> Vec<usize> {
        let kinds = webhooks.events().map(|row| row.kind.parse());
        kinds.collect::<Result<_, _>>().unwrap()
    }

    #[test]
    fn of_what_was_sent_the_newest_is_kept_with_its_deliveries() {
        let (mut webhooks, endpoint) = (Webhooks::default(), endpoint(2));
        for kind in 0..KEPT * 3 {
            happen(&mut webhooks, kind, 10, &endpoint);
            if kind % 500 == 0 {
                send_all(&mut webhooks);
            }
        }
        send_all(&mut webhooks);
        assert_eq!(kinds(&webhooks), (KEPT * 2..KEPT * 3).collect::<Vec<_>>());
        assert_eq!(webhooks.deliveries().count(), KEPT);
        for row in webhooks.events() {
            assert_eq!(webhooks.deliveries_of(row.id).count(), 1);
        }
        assert_eq!(webhooks.remembered().count(), REMEMBERED);
        assert_eq!(webhooks.dropped_unsent(), 0);
        assert_eq!(webhooks.bytes, KEPT * 10);
    }

    #[test]
    fn what_waits_is_kept_longer_and_counted_when_it_is_dropped() {
        let (mut webhooks, endpoint) = (Webhooks::default(), endpoint(2));
        for kind in 0..WAITING {
            happen(&mut webhooks, kind, 10, &endpoint);
        }
        assert_eq!(kinds(&webhooks), (0..WAITING).collect::<Vec<_>>());
        let first = webhooks.take_due(Timestamp::default());
        for kind in WAITING..WAITING + 5 {
            happen(&mut webhooks, kind, 10, &endpoint);
        }
        // The one on its way stays; the five behind it are gone.
        let left: Vec<usize> = std::iter::once(0).chain(6..WAITING + 5).collect();
        assert_eq!(kinds(&webhooks), left);
        assert_eq!(webhooks.dropped_unsent(), 5);
        webhooks.record(first[0].id, answered(), Timestamp::default());
        let next = webhooks.take_due(Timestamp::default());
        assert_eq!(next[0].kind, "6");
    }

    #[test]
    fn long_payloads_are_forgotten_sooner() {
        let (mut webhooks, endpoint) = (Webhooks::default(), endpoint(2));
        for kind in 0..100 {
            happen(&mut webhooks, kind, 4 << 20, &endpoint);
            if kind < 50 {
                send_all(&mut webhooks);
            }
        }
        assert!(webhooks.bytes <= KEPT_BYTES);
        assert!(webhooks.happened_bytes <= REMEMBERED_BYTES);
        assert_eq!(kinds(&webhooks), (84..100).collect::<Vec<_>>());
        assert_eq!(webhooks.dropped_unsent(), 34);
        assert_eq!(webhooks.remembered().count(), 4);
    }

    #[test]
    fn of_an_event_that_is_sent_again_and_again_the_last_deliveries_are_kept() {
        let (mut webhooks, endpoint) = (Webhooks::default(), endpoint(2));
        happen(&mut webhooks, 0, 10, &endpoint);
        let id = webhooks.events().next().unwrap().id;
        for _ in 0..KEPT_DELIVERIES + 10 {
            send_all(&mut webhooks);
            webhooks.redeliver(id, Timestamp::default());
        }
        assert_eq!(webhooks.deliveries_of(id).count(), KEPT_DELIVERIES);
        assert_eq!(webhooks.deliveries().count(), KEPT_DELIVERIES);
    }

    #[test]
    fn each_wait_is_twice_the_one_before_up_to_twenty_minutes() {
        let waits: Vec<u64> = (1..=12).map(backoff).collect();
        assert_eq!(&waits[..3], [2_000, 4_000, 8_000]);
        assert_eq!(&waits[9..], [1_024_000, 1_200_000, 1_200_000]);
    }
}
