//! Makes the example of a difference shorter, for as long as it shows the same cause.

use std::collections::{BTreeSet, HashSet};
use std::time::Duration;

use serde_json::Value;

use super::difference::Cause;
use super::replay::{Both, Done, Sequence};
use super::side::REFERENCE;
use super::steps::{Kind, Step};
use super::values::pointers;
use crate::wire::{Request, WireError};

/// How often a sequence is sent again for one cause: a short one, a longer one.
const TRIES: [usize; 2] = [30, 8];
/// A sequence with more steps is a longer one.
const SHORT: usize = 2;
/// How long a changed read is repeated there.
const PATIENCE: Duration = Duration::from_millis(1500);

/// A sequence that shows a cause in its last step.
pub(super) struct Shown {
    /// The steps.
    pub(super) steps: Vec<Step>,
    /// How they went.
    pub(super) done: Vec<Done>,
}

/// A smaller request with the same cause, sent after the same set-up; `None` if it is small already.
///
/// # Errors
/// When a server does not answer.
pub(super) async fn reduce(
    both: &mut Both,
    sequence: &mut Sequence,
    step: &Step,
    cause: &Cause,
) -> Result<Option<(Step, Done)>, WireError> {
    let nothing_known = HashSet::new();
    let mut best: Option<(Step, Done)> = None;
    let mut tries = TRIES[0];
    'smaller: loop {
        let now = best.as_ref().map_or(step, |(step, _)| step);
        for request in smaller_requests(&now.request) {
            if tries == 0 {
                break 'smaller;
            }
            tries -= 1;
            let smaller = Step {
                request,
                ..now.clone()
            };
            let done = both
                .step(sequence, &smaller, &nothing_known, Duration::ZERO)
                .await?;
            if let Some(done) = done
                && done.causes.contains(cause)
            {
                best = Some((smaller, done));
                continue 'smaller;
            }
        }
        break;
    }
    Ok(best)
}

struct Search<'a> {
    both: &'a mut Both,
    kind: Kind,
    cause: &'a Cause,
    tries: usize,
}

/// A shorter sequence with the same cause in its last step; `None` if the sequence does not show it again.
///
/// # Errors
/// When a server does not answer.
pub(super) async fn minimise(
    both: &mut Both,
    kind: Kind,
    steps: &[Step],
    cause: &Cause,
) -> Result<Option<Shown>, WireError> {
    let Some(last) = steps.last() else {
        return Ok(None);
    };
    let needed = needed(steps, last);
    let mut search = Search {
        both,
        kind,
        cause,
        tries: TRIES[usize::from(needed.len() > SHORT)],
    };
    let mut best = search.shows(&needed).await?;
    if best.is_none() {
        best = search.shows(steps).await?;
    }
    let Some(mut best) = best else {
        return Ok(None);
    };
    // Whole steps, larger pieces first.
    let mut piece = best.steps.len() / 2;
    while piece > 0 {
        let mut end = best.steps.len() - 1;
        while end > 0 {
            let start = end.saturating_sub(piece);
            let mut fewer = best.steps.clone();
            fewer.drain(start..end);
            if let Some(shown) = search.shows(&fewer).await? {
                best = shown;
            }
            end = start.min(best.steps.len() - 1);
        }
        piece /= 2;
    }
    // Parts of the last request.
    while let Some(smaller) = search.smaller(&best.steps).await? {
        best = smaller;
    }
    Ok(Some(best))
}

impl Search<'_> {
    /// Sends a sequence, if it may; whether its last step shows the cause.
    async fn shows(&mut self, steps: &[Step]) -> Result<Option<Shown>, WireError> {
        if self.tries == 0 {
            return Ok(None);
        }
        self.tries -= 1;
        let mut sequence = self.both.begin(self.kind);
        let mut shown = Shown {
            steps: Vec::new(),
            done: Vec::new(),
        };
        let nothing_known = HashSet::new();
        for step in steps {
            let done = self
                .both
                .step(&mut sequence, step, &nothing_known, PATIENCE);
            // A step that refers to one that was left out goes, too.
            if let Some(done) = done.await? {
                shown.steps.push(step.clone());
                shown.done.push(done);
            }
        }
        let last = steps.last().map(|step| step.number);
        let is_last = shown.steps.last().map(|step| step.number) == last;
        let causes = shown.done.last().map(|done| &done.causes);
        let found = is_last && causes.is_some_and(|causes| causes.contains(self.cause));
        Ok(found.then_some(shown))
    }

    /// The same sequence with a smaller last request.
    async fn smaller(&mut self, steps: &[Step]) -> Result<Option<Shown>, WireError> {
        let Some((last, before)) = steps.split_last() else {
            return Ok(None);
        };
        for request in smaller_requests(&last.request) {
            let mut steps = before.to_vec();
            steps.push(Step {
                request,
                ..last.clone()
            });
            if let Some(shown) = self.shows(&steps).await? {
                return Ok(Some(shown));
            }
        }
        Ok(None)
    }
}

/// The steps that a step refers to, directly or not, and itself.
pub(super) fn needed(steps: &[Step], last: &Step) -> Vec<Step> {
    let mut wanted = BTreeSet::from([last.number]);
    for step in steps.iter().rev() {
        if wanted.contains(&step.number) {
            wanted.extend(references(&step.request));
        }
    }
    // A key is there only after everything that grants it.
    if wanted.contains(&5) {
        wanted.extend(0..5);
    }
    let kept = steps.iter().filter(|step| wanted.contains(&step.number));
    kept.cloned().collect()
}

fn references(request: &Request) -> Vec<usize> {
    let headers = request
        .headers
        .iter()
        .filter_map(|(_, value)| value.clone());
    let body = String::from_utf8_lossy(request.body.as_deref().unwrap_or_default()).into_owned();
    let texts: Vec<String> = headers.chain([request.path.clone(), body]).collect();
    texts
        .iter()
        .flat_map(|text| REFERENCE.captures_iter(text))
        .filter_map(|found| found[1].split_once('.')?.0.parse().ok())
        .collect()
}

/// The request without one of its parts.
fn smaller_requests(request: &Request) -> Vec<Request> {
    let mut smaller = Vec::new();
    if let Some((path, query)) = request.path.split_once('?') {
        let pairs: Vec<&str> = query.split('&').collect();
        for left_out in 0..pairs.len() {
            let mut fewer = pairs.clone();
            fewer.remove(left_out);
            let path = if fewer.is_empty() {
                path.to_owned()
            } else {
                format!("{path}?{}", fewer.join("&"))
            };
            smaller.push(Request {
                path,
                ..request.clone()
            });
        }
    }
    for left_out in 0..request.headers.len() {
        let name = &request.headers[left_out].0;
        if !name.eq_ignore_ascii_case("authorization") && !name.eq_ignore_ascii_case("content-type")
        {
            let mut fewer = request.clone();
            fewer.headers.remove(left_out);
            smaller.push(fewer);
        }
    }
    let body = request.body.as_deref().unwrap_or_default();
    if let Ok(body) = serde_json::from_slice::<Value>(body) {
        let mut places = Vec::new();
        pointers(&body, "", &mut places);
        for place in places {
            let Some((parent, name)) = place.rsplit_once('/') else {
                continue;
            };
            let mut fewer = body.clone();
            let removed = match fewer.pointer_mut(parent) {
                Some(Value::Object(entries)) => {
                    entries.remove(&name.replace("~1", "/").replace("~0", "~"))
                }
                Some(Value::Array(items)) => name.parse().ok().map(|at: usize| items.remove(at)),
                _ => None,
            };
            if removed.is_some() {
                smaller.push(Request {
                    body: Some(fewer.to_string().into_bytes()),
                    ..request.clone()
                });
            }
        }
    }
    smaller
}
