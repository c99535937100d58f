//! Runs the suite against one corruption after the other.

use std::sync::Arc;
use std::time::{Duration, Instant};

use futures::stream::{self, StreamExt as _};
use serde::Serialize;

use super::catalogue::catalogue;
use super::corruption::{Act, Corruption};
use super::explained::explained;
use super::layer::{Corrupting, Recorder};
use crate::contract::operation_of;
use crate::server::{Exchange, Layer};
use crate::session::{Session, TargetError};
use crate::suite::{Item, ItemOutcome, Options, perform};

/// Why the audit could not run.
#[derive(Debug, thiserror::Error)]
pub enum AuditError {
    /// The mock did not start.
    #[error(transparent)]
    Target(#[from] TargetError),
    /// The suite fails without any corruption.
    #[error("{0} fails without any corruption; `polar-conformance run` says why")]
    Fails(String),
}

/// How the suite noticed a corruption.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Noticed {
    /// A case or property, which runs on every target, failed.
    Anywhere(String),
    /// Only a recording failed, which needs a server whose state can be replaced.
    ByRecording(String),
    /// Nothing failed, although the server was wrong this many times.
    Missed(usize),
    /// Nothing failed, and nothing could on a server like Polar's; the reason.
    Explained(&'static str),
    /// No request of the suite triggers it.
    NeverShown,
}

/// A corruption and its result.
#[derive(Debug, Clone, Serialize)]
pub struct Finding {
    /// The corruption.
    pub corruption: Corruption,
    /// How it was noticed.
    pub noticed: Noticed,
}

/// A whole audit.
#[derive(Debug)]
pub struct Audit {
    /// Every corruption, in the order of the catalogue.
    pub findings: Vec<Finding>,
    /// How long it took.
    pub took: Duration,
}

/// The exchanges of an item with an honest server.
struct Heard {
    item: Item,
    exchanges: Vec<(String, Exchange)>,
    took: Duration,
}

impl Heard {
    /// Whether the item could notice the corruption: for an edit of answers, whether it changes one of them.
    fn meets(&self, corruption: &Corruption) -> bool {
        let mut its = self
            .exchanges
            .iter()
            .filter(|(operation, _)| *operation == corruption.operation);
        match &corruption.act {
            Act::Answer(edit) => its.any(|(_, exchange)| edit.apply(&exchange.answer).is_some()),
            Act::Behaviour(_) => its.next().is_some(),
        }
    }
}

/// Audits all corruptions whose names `wanted` accepts; `watch` gets their number, and each finding.
///
/// # Errors
/// When the mock does not start, or the suite fails without any corruption.
pub async fn audit(
    items: Vec<Item>,
    options: Options,
    wanted: impl Fn(&str) -> bool,
    mut watch: impl FnMut(usize, Option<&Finding>),
) -> Result<Audit, AuditError> {
    let started = Instant::now();
    let session = Session::mock().await?;
    let heard = Arc::new(listen(&session, items, options).await?);
    let exchanges = heard.iter().flat_map(|heard| &heard.exchanges);
    let mut corruptions = catalogue(exchanges);
    corruptions.retain(|corruption| wanted(&corruption.to_string()));
    watch(corruptions.len(), None);
    let lanes = std::thread::available_parallelism().map_or(2, usize::from) * 2;
    let mut results = stream::iter(corruptions)
        .map(|corruption| {
            let job = find(
                session.clone(),
                Arc::clone(&heard),
                corruption.clone(),
                options,
            );
            async move {
                // A separate task, so that the lanes use every core.
                let noticed = tokio::spawn(job).await.unwrap_or(Noticed::Missed(0));
                Finding {
                    corruption,
                    noticed,
                }
            }
        })
        .buffered(lanes);
    let mut findings = Vec::new();
    while let Some(finding) = results.next().await {
        watch(0, Some(&finding));
        findings.push(finding);
    }
    Ok(Audit {
        findings,
        took: started.elapsed(),
    })
}

/// Runs everything once on an honest mock.
async fn listen(
    session: &Session,
    items: Vec<Item>,
    options: Options,
) -> Result<Vec<Heard>, AuditError> {
    let mut all = Vec::new();
    let mut results = stream::iter(items.into_iter().map(|item| async {
        let recorder = Arc::new(Recorder::default());
        let layer = Arc::clone(&recorder) as Arc<dyn Layer>;
        let outcome = perform(session.clone().behind(layer), item.clone(), options).await;
        (item, outcome, recorder.take())
    }))
    .buffered(session.lanes());
    while let Some((item, outcome, heard)) = results.next().await {
        if failed(&outcome) {
            return Err(AuditError::Fails(outcome.name));
        }
        let exchanges = heard
            .into_iter()
            .filter_map(|exchange| {
                let request = &exchange.request;
                let operation = operation_of(&request.method, &request.path)?;
                Some((operation.to_owned(), exchange))
            })
            .collect();
        all.push(Heard {
            item,
            exchanges,
            took: outcome.took,
        });
    }
    // What runs on every target comes first, then what is fast.
    all.sort_by_key(|heard| (matches!(heard.item, Item::Recording(_)), heard.took));
    Ok(all)
}

fn failed(outcome: &ItemOutcome) -> bool {
    outcome.failures().next().is_some()
}

async fn find(
    session: Session,
    heard: Arc<Vec<Heard>>,
    corruption: Corruption,
    options: Options,
) -> Noticed {
    let layer = Arc::new(Corrupting::new(corruption));
    let session = session.behind(Arc::clone(&layer) as Arc<dyn Layer>);
    let candidates = heard
        .iter()
        .filter(|candidate| candidate.meets(layer.corruption()));
    for candidate in candidates {
        let outcome = perform(session.clone(), candidate.item.clone(), options).await;
        if failed(&outcome) {
            return match candidate.item {
                Item::Recording(_) => Noticed::ByRecording(outcome.name),
                _ => Noticed::Anywhere(outcome.name),
            };
        }
    }
    match (layer.applied(), explained(&layer.corruption().to_string())) {
        (_, Some(reason)) => Noticed::Explained(reason),
        (0, None) => Noticed::NeverShown,
        (times, None) => Noticed::Missed(times),
    }
}
