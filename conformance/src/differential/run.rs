//! Draws sequences, sends them to both servers, and groups what differs.

use std::collections::{BTreeMap, HashSet};
use std::sync::atomic::Ordering;
use std::time::Duration;

use tokio::time::timeout;

use super::chance::Chance;
use super::difference::Cause;
use super::minimise::{Shown, minimise, needed, reduce};
use super::replay::{Both, Done};
use super::side::{Side, SideError};
use super::steps::{Kind, Requests, Step};
use crate::session::Lease;
use crate::wire::{Request, WireError, curl};

/// How long a read is repeated while the answers differ.
const PATIENCE: Duration = Duration::from_secs(15);
/// How long a comparison that must stop waits for pending answers.
const LAST_ANSWERS: Duration = Duration::from_secs(5);
/// Single requests of one set-up; what they change adds up.
const SINGLE: usize = 40;
/// The causes that get a short example; servers with more are different servers.
const EXAMPLES: usize = 150;
/// The access token of the mock's built-in world.
const BUILT_IN: &str = "polar_oat_mock";

/// What to send.
#[derive(Debug, Clone)]
pub struct Choices {
    /// Where the random choices start from.
    pub seed: u64,
    /// How many requests of each kind, without set-ups.
    pub requests: usize,
    /// How many requests a stateful sequence has after its set-up.
    pub steps: usize,
    /// The kinds.
    pub kinds: Vec<Kind>,
}

/// Operations that showed a difference, and how often.
pub type Places = BTreeMap<String, usize>;

/// All differences with one cause.
#[derive(Debug, Clone)]
pub struct Cluster {
    /// Where it was seen.
    pub places: Places,
    /// The kind of request that showed it first.
    pub kind: Kind,
    /// The number of the sequence that showed it first.
    pub sequence: u64,
    /// The requests of the example, as `curl` lines, for each server.
    pub curls: [Vec<String>; 2],
    /// The last answers of the example.
    pub answers: [String; 2],
}

/// What a run found.
#[derive(Debug, Default)]
pub struct Differences {
    /// The base URLs.
    pub servers: [String; 2],
    /// Where the random choices started from.
    pub seed: u64,
    /// How many requests each server got, without those that made examples shorter.
    pub compared: usize,
    /// The differences by their cause.
    pub clusters: BTreeMap<Cause, Cluster>,
    /// Where differences were seen that the mock's README declares, by the number of its row.
    pub deviations: BTreeMap<u8, Places>,
    /// Why the run ended early, if it did.
    pub stopped: Option<String>,
}

/// Watches a run: the kind, how many requests were compared, of how many, and how many causes were found.
pub type Watcher<'a> = &'a mut dyn FnMut(Kind, usize, usize, usize);

/// Compares two servers. `stop` ends the run early and gives the reason; what was found until then is kept.
///
/// # Errors
/// When a server does not answer at the beginning.
pub async fn run(
    leases: [&Lease; 2],
    choices: &Choices,
    watch: Watcher<'_>,
    stop: impl Future<Output = String>,
) -> Result<Differences, SideError> {
    let mut sides = Vec::new();
    for lease in leases {
        let provisioner = lease.provisioning.provisioner();
        let token = provisioner.map_or(BUILT_IN, |provisioner| provisioner.token());
        let token = token.to_owned();
        sides.push(Side::open(lease.server.clone(), token, provisioner.cloned()).await?);
    }
    let mark = leases
        .iter()
        .find(|lease| lease.provisioning.provisioner().is_some())
        .unwrap_or(&leases[0])
        .provisioning
        .name("")
        .trim()
        .to_owned();
    let mut sides = sides.into_iter();
    let (Some(against), Some(with)) = (sides.next(), sides.next()) else {
        unreachable!("there are two leases");
    };
    let mut found = Differences {
        servers: [against.base().to_owned(), with.base().to_owned()],
        seed: choices.seed,
        ..Differences::default()
    };
    let mocks = leases.map(|lease| lease.can.clock);
    let mut both = Both::new([against, with], mocks);
    let requests = Requests::new(&mark);
    let brake = both.brake();
    let ended = {
        let all = all(&mut both, &requests, choices, &mut found, watch);
        tokio::pin!(all);
        tokio::select! {
            ended = &mut all => ended.err().map(|error| error.to_string()),
            why = stop => {
                brake.store(true, Ordering::Relaxed);
                // What the pending requests create must be registered. If they take longer, `clean` finds it.
                let _ = timeout(LAST_ANSWERS, all).await;
                Some(why)
            }
        }
    };
    found.stopped = ended;
    Ok(found)
}

async fn all(
    both: &mut Both,
    requests: &Requests,
    choices: &Choices,
    found: &mut Differences,
    watch: Watcher<'_>,
) -> Result<(), WireError> {
    let mut number = 0;
    for kind in &choices.kinds {
        let mut sent = 0;
        while sent < choices.requests && !both.is_stopped() {
            number += 1;
            let left = choices.requests - sent;
            let length = match kind {
                Kind::Stateful => choices.steps,
                Kind::Validation | Kind::Edge => SINGLE,
            };
            let length = length.min(left);
            let mut chance = Chance::new(choices.seed, number);
            one(both, requests, *kind, number, length, &mut chance, found).await?;
            sent += length;
            watch(*kind, sent, choices.requests, found.clusters.len());
        }
    }
    Ok(())
}

/// One sequence. After a difference it goes on: what the answers show alike can still be used.
async fn one(
    both: &mut Both,
    requests: &Requests,
    kind: Kind,
    number: u64,
    length: usize,
    chance: &mut Chance,
    found: &mut Differences,
) -> Result<(), WireError> {
    let (mut steps, mut pool) = requests.setup();
    let setup = steps.len();
    for at in setup..setup + length {
        let (request, makes) = match kind {
            Kind::Validation => (requests.validation(chance, &pool), None),
            Kind::Edge => (requests.edge(chance, &pool), None),
            Kind::Stateful => requests.stateful(chance, &pool),
        };
        if let Some(makes) = makes {
            pool.add(makes, at);
        }
        steps.push(Step {
            number: at,
            request,
            required: false,
        });
    }
    let mut known: HashSet<Cause> = found.clusters.keys().cloned().collect();
    let mut sequence = both.begin(kind);
    let mut new = Vec::new();
    let mut sent = BTreeMap::new();
    for (at, step) in steps.iter().enumerate() {
        let Some(done) = both.step(&mut sequence, step, &known, PATIENCE).await? else {
            continue;
        };
        found.compared += 1;
        sent.insert(step.number, done.requests.clone());
        let operation = step.operation();
        for number in &done.deviations {
            let places = found.deviations.entry(*number).or_default();
            *places.entry(operation.clone()).or_default() += 1;
        }
        for cause in &done.causes {
            if let Some(cluster) = found.clusters.get_mut(cause) {
                *cluster.places.entry(operation.clone()).or_default() += 1;
                continue;
            }
            known.insert(cause.clone());
            let mut cluster = Cluster {
                places: BTreeMap::from([(operation.clone(), 1)]),
                kind,
                sequence: number,
                curls: curls(both, [&done.requests]),
                answers: answers(&done),
            };
            if kind == Kind::Stateful {
                new.push((at, cause.clone()));
            } else if found.clusters.len() < EXAMPLES {
                let smaller = reduce(both, &mut sequence, step, cause).await?;
                let (step, done) = match &smaller {
                    Some((step, done)) => (step, done),
                    None => (step, &done),
                };
                let before = needed(&steps[..at], step);
                let before = before.iter().filter_map(|step| sent.get(&step.number));
                cluster.curls = curls(both, before.chain([&done.requests]));
                cluster.answers = answers(done);
            }
            found.clusters.insert(cause.clone(), cluster);
        }
        let is_change = step.request.method != "GET";
        if kind == Kind::Stateful && is_change && !done.deviations.is_empty() {
            // From here on, both have to differ.
            break;
        }
    }
    for (at, cause) in new {
        if found.clusters.len() > EXAMPLES {
            break;
        }
        let shown = minimise(both, kind, &steps[..=at], &cause).await?;
        if let (Some(Shown { done, .. }), Some(cluster)) = (shown, found.clusters.get_mut(&cause)) {
            cluster.curls = curls(both, done.iter().map(|done| &done.requests));
            if let Some(last) = done.last() {
                cluster.answers = answers(last);
            }
        }
    }
    Ok(())
}

fn curls<'a>(
    both: &Both,
    requests: impl IntoIterator<Item = &'a [Request; 2]>,
) -> [Vec<String>; 2] {
    let mut curls = [Vec::new(), Vec::new()];
    for pair in requests {
        for (at, request) in pair.iter().enumerate() {
            curls[at].push(curl(both.sides[at].base(), request));
        }
    }
    curls
}

fn answers(done: &Done) -> [String; 2] {
    done.answers
        .each_ref()
        .map(|answer| format!("{} {}", answer.status, answer.text()))
}
