//! Sends a sequence to both servers, and compares answer with answer.

use std::collections::{BTreeSet, HashSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tokio::time::sleep;

use super::deviations::deviation;
use super::difference::{Cause, Pairs};
use super::side::Side;
use super::steps::{Kind, OWNER, Step};
use crate::json::{Value, parse};
use crate::wire::{Answer, Request, WireError};

/// The first pause before a read is repeated; it doubles each time.
const FIRST_PAUSE: Duration = Duration::from_millis(100);
/// How long a change may take that happens in the background.
const BACKGROUND: Duration = Duration::from_millis(700);

/// After this many steps in a row without an answer, the comparison ends.
const LOST_IN_A_ROW: usize = 3;

/// Both servers.
pub(super) struct Both {
    pub(super) sides: [Side; 2],
    /// The last number that a request got.
    serial: u64,
    /// How many steps in a row got no answer.
    lost: usize,
    /// Whether nothing more is sent.
    stopped: Arc<AtomicBool>,
    /// Which of them are mocks: nothing happens there after an answer.
    mocks: [bool; 2],
}

/// One step, done.
pub(super) struct Done {
    /// The requests as they were sent.
    pub(super) requests: [Request; 2],
    /// The answers.
    pub(super) answers: [Answer; 2],
    /// What they differ in.
    pub(super) causes: BTreeSet<Cause>,
    /// The deviations of the mock that they show, by number.
    pub(super) deviations: BTreeSet<u8>,
}

/// The state of a sequence.
#[derive(Clone)]
pub(super) struct Sequence {
    pairs: Pairs,
    kind: Kind,
    /// Whether background jobs make the same on both servers in the end.
    settles: bool,
}

impl Both {
    pub(super) fn new(sides: [Side; 2], mocks: [bool; 2]) -> Self {
        Self {
            sides,
            serial: 0,
            lost: 0,
            stopped: Arc::default(),
            mocks,
        }
    }

    /// What stops it: a step whose requests were sent still ends, so that what it creates is registered.
    pub(super) fn brake(&self) -> Arc<AtomicBool> {
        Arc::clone(&self.stopped)
    }

    /// Whether it was stopped.
    pub(super) fn is_stopped(&self) -> bool {
        self.stopped.load(Ordering::Relaxed)
    }

    /// Begins a sequence: earlier answers are forgotten.
    pub(super) fn begin(&mut self, kind: Kind) -> Sequence {
        for side in &mut self.sides {
            side.begin();
        }
        Sequence {
            pairs: Pairs::new(self.sides[0].base()),
            kind,
            settles: true,
        }
    }

    /// Sends one step; `None` if it refers to something that earlier answers lack, or gets no answer in time. A read that differs is repeated for a
    /// while, as changes may happen in the background, unless all of its causes are known.
    ///
    /// # Errors
    /// When a server does not answer.
    pub(super) async fn step(
        &mut self,
        sequence: &mut Sequence,
        step: &Step,
        known: &HashSet<Cause>,
        patience: Duration,
    ) -> Result<Option<Done>, WireError> {
        if self.is_stopped() {
            return Ok(None);
        }
        self.serial += 1;
        let serial = self.serial;
        let [Some(first), Some(second)] = self
            .sides
            .each_ref()
            .map(|side| side.fill(&step.request, serial))
        else {
            return Ok(None);
        };
        let requests = [first, second];
        let mut waited = Duration::ZERO;
        let mut pause = FIRST_PAUSE;
        loop {
            let [against, with] = &self.sides;
            let (first, second) = tokio::join!(against.send(&requests[0]), with.send(&requests[1]));
            let answers = match (first, second) {
                (Ok(first), Ok(second)) => [first, second],
                (Err(WireError::Timeout(_)), _) | (_, Err(WireError::Timeout(_)))
                    if self.lost < LOST_IN_A_ROW =>
                {
                    self.lost += 1;
                    return Ok(None);
                }
                (Err(error), _) | (_, Err(error)) => return Err(error),
            };
            self.lost = 0;
            let edge = sequence.kind == Kind::Edge && !step.required;
            let mut causes = sequence.causes(&self.sides, &answers, &step.request, edge);
            let mut deviations = BTreeSet::new();
            if self.mocks[0] != self.mocks[1] {
                let operation = step.operation();
                causes.retain(|cause| {
                    let number = deviation(cause, &operation, self.mocks[0]);
                    deviations.extend(number);
                    number.is_none()
                });
            }
            let bodies = answers
                .each_ref()
                .map(|answer| parse(&answer.text()).unwrap_or(Value::Null));
            let mut empty = false;
            if step.request.method != "DELETE" {
                for (side, (answer, body)) in self.sides.iter_mut().zip(answers.iter().zip(&bodies))
                {
                    if (200..300).contains(&answer.status) {
                        empty |= !side.learn(step.number, body, step.required);
                    }
                }
            }
            let unsettled = !causes.is_empty() && !causes.iter().all(|cause| known.contains(cause));
            let again = step.request.method == "GET"
                && if step.required { empty } else { unsettled }
                && waited < patience
                && !self.is_stopped();
            if !again {
                let later = !step.required
                    && answers
                        .iter()
                        .any(|answer| (200..300).contains(&answer.status));
                if self.mocks.contains(&false) && later && happens_later(&step.request) {
                    self.settle(sequence, patience).await?;
                }
                return Ok(Some(Done {
                    requests,
                    answers,
                    causes,
                    deviations,
                }));
            }
            sleep(pause).await;
            waited += pause;
            pause *= 2;
        }
    }

    /// Waits until background jobs have made the same of all grants.
    async fn settle(&self, sequence: &mut Sequence, patience: Duration) -> Result<(), WireError> {
        let grants = Request::new("GET", "/v1/benefit-grants/?limit=100&sorting=-created_at");
        let grants = grants.header("Authorization", OWNER);
        let mut waited = Duration::ZERO;
        let mut pause = FIRST_PAUSE;
        while waited < patience && sequence.settles && !self.is_stopped() {
            sleep(pause).await;
            waited += pause;
            pause *= 2;
            let mut answers = Vec::new();
            for side in &self.sides {
                let Some(request) = side.fill(&grants, 0) else {
                    return Ok(());
                };
                answers.push(side.send(&request).await?);
            }
            let Ok(answers) = <[Answer; 2]>::try_from(answers) else {
                return Ok(());
            };
            let mut trial = sequence.clone();
            if trial
                .causes(&self.sides, &answers, &grants, false)
                .is_empty()
            {
                return Ok(());
            }
        }
        // What is not the same by now stays so.
        sequence.settles = false;
        sleep(BACKGROUND).await;
        Ok(())
    }
}

impl Sequence {
    fn causes(
        &mut self,
        sides: &[Side; 2],
        answers: &[Answer; 2],
        request: &Request,
        headers: bool,
    ) -> BTreeSet<Cause> {
        let root = root_of(&request.path);
        let sorting = sorting_of(&request.path);
        self.pairs.causes(sides, answers, root, sorting, headers)
    }
}

/// By which field the answer to this path is sorted, if ties in it are left to the database.
fn sorting_of(path: &str) -> Option<&str> {
    let (_, query) = path.split_once('?')?;
    let sorting = query
        .split('&')
        .find_map(|pair| pair.strip_prefix("sorting="))?;
    let field = sorting.trim_start_matches('-');
    (field != "created_at").then_some(field)
}

/// Whether a request has effects after its answer.
fn happens_later(request: &Request) -> bool {
    let path = request.path.as_str();
    match request.method.as_str() {
        "POST" => path.starts_with("/v1/subscriptions") || path.ends_with("/benefits"),
        "PATCH" => [
            "/v1/subscriptions",
            "/v1/license-keys",
            "/v1/benefits",
            "/v1/customers",
        ]
        .iter()
        .any(|start| path.starts_with(start)),
        "DELETE" => !path.starts_with("/v1/webhooks"),
        _ => false,
    }
}

/// What the `id` in an answer to this path identifies.
fn root_of(path: &str) -> &'static str {
    let path = path
        .trim_start_matches("/v1")
        .trim_start_matches("/customer-portal");
    let names = [
        ("/license-keys", "license_key"),
        ("/customers", "customer"),
        ("/benefits", "benefit"),
        ("/benefit-grants", "benefit_grant"),
        ("/products", "product"),
        ("/subscriptions", "subscription"),
        ("/customer-sessions", "customer_session"),
        ("/webhooks", "webhook_endpoint"),
        ("/orders", "order"),
    ];
    if path.contains("/grants") {
        return "benefit_grant";
    }
    let found = names.iter().find(|(start, _)| path.starts_with(start));
    found.map_or("id", |(_, kind)| kind)
}
