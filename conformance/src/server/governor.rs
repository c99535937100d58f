//! Keeps the rate limits of a real server (docs/behaviour.md#rate-limits) on our side, and counts requests.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::{Instant, sleep_until};

use crate::wire::{Answer, Denied, Request};

/// The rate limits of a server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Limits {
    /// None are known. A 429 changes that.
    None,
    /// 100 requests a minute.
    Sandbox,
    /// 500 requests a minute.
    Production,
}

/// A number of requests in a period.
#[derive(Debug, Clone, Copy)]
struct Quota {
    requests: usize,
    within: Duration,
}

/// Three in a second; one more blocks the caller for a minute. The server's second begins when the first request
/// arrives, so a delayed first and a fast fourth could meet: we keep more than a second between them.
const PORTAL: Quota = Quota {
    requests: 3,
    within: Duration::from_millis(1600),
};
/// Two fewer than allowed, in a little more than a minute, for the same reason.
const SANDBOX: Quota = Quota {
    requests: 98,
    within: Duration::from_secs(62),
};
const PRODUCTION: Quota = Quota {
    requests: 490,
    within: Duration::from_secs(62),
};
/// How long to wait after a 429 without `Retry-After`.
const DEFAULT_WAIT: Duration = Duration::from_secs(60);
/// The longest wait that an answer can ask for.
const LONGEST_WAIT: Duration = Duration::from_secs(120);

/// Admits every request to a target.
#[derive(Debug)]
pub struct Governor {
    state: Mutex<State>,
    closing: Notify,
}

#[derive(Debug)]
struct State {
    limits: Limits,
    cap: Option<usize>,
    sent: usize,
    refused: usize,
    core: VecDeque<Instant>,
    portal: VecDeque<Instant>,
    closed_until: Option<Instant>,
    closed: bool,
    hurried: bool,
}

impl Governor {
    /// Keeps these limits, and admits no more than `cap` requests in total.
    pub fn new(limits: Limits, cap: Option<usize>) -> Self {
        Self {
            state: Mutex::new(State {
                limits,
                cap,
                sent: 0,
                refused: 0,
                core: VecDeque::new(),
                portal: VecDeque::new(),
                closed_until: None,
                closed: false,
                hurried: false,
            }),
            closing: Notify::new(),
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits until the request may be sent, and counts it.
    ///
    /// # Errors
    /// When the budget is used up, or after a 429 that there is no time to wait for.
    pub async fn admit(&self, request: &Request) -> Result<(), Denied> {
        loop {
            // Registered before the state is read, or a change right after it would be missed.
            let closing = self.closing.notified();
            let wait = self.lock().try_admit(request, Instant::now())?;
            match wait {
                None => return Ok(()),
                Some(until) => tokio::select! {
                    () = sleep_until(until) => {}
                    () = closing => {}
                },
            }
        }
    }

    /// Counts a request that is sent without waiting.
    ///
    /// # Errors
    /// When the budget is used up.
    pub fn count(&self) -> Result<(), Denied> {
        self.lock().count()
    }

    /// Handles a 429: nothing is sent until its `Retry-After` is over, and from now on limits apply.
    pub fn refused(&self, answer: &Answer) {
        let wait = answer
            .header("retry-after")
            .and_then(|seconds| seconds.trim().parse().ok())
            .map_or(DEFAULT_WAIT, Duration::from_secs)
            .min(LONGEST_WAIT);
        let mut state = self.lock();
        state.refused += 1;
        if state.limits == Limits::None {
            state.limits = Limits::Sandbox;
        }
        // A little longer, for a clock that counts whole seconds.
        let until = Instant::now() + wait + Duration::from_millis(250);
        state.closed_until = state.closed_until.max(Some(until));
    }

    /// How many requests were sent, and how many of them got an unexpected 429.
    pub fn spent(&self) -> (usize, usize) {
        let state = self.lock();
        (state.sent, state.refused)
    }

    /// How many requests are left of the budget, if there is one.
    pub fn left(&self) -> Option<usize> {
        let state = self.lock();
        state.cap.map(|cap| cap.saturating_sub(state.sent))
    }

    /// Admits nothing more; whoever waits gets an error at once.
    pub fn close(&self) {
        let mut state = self.lock();
        state.cap = Some(state.sent);
        state.closed = true;
        drop(state);
        self.closing.notify_waiters();
    }

    /// Calls of the control API are no requests, but end with them.
    ///
    /// # Errors
    /// When the governor is closed.
    pub fn stays_open(&self) -> Result<(), Denied> {
        let state = self.lock();
        match state.closed {
            true => Err(Denied::Spent(state.sent)),
            false => Ok(()),
        }
    }

    /// Admits requests beyond the budget: for the clean-up.
    pub fn lift_cap(&self) {
        let mut state = self.lock();
        state.cap = None;
        state.closed = false;
    }

    /// From now on waits for no 429: an earlier one is ignored, and after a new one nothing is sent.
    pub fn hurry(&self) {
        let mut state = self.lock();
        state.closed_until = None;
        state.hurried = true;
    }
}

impl State {
    fn count(&mut self) -> Result<(), Denied> {
        self.within_cap()?;
        self.sent += 1;
        Ok(())
    }

    fn within_cap(&self) -> Result<(), Denied> {
        match self.cap {
            Some(cap) if self.sent >= cap => Err(Denied::Spent(cap)),
            _ => Ok(()),
        }
    }

    /// Counts the request, or says when to try again.
    fn try_admit(&mut self, request: &Request, now: Instant) -> Result<Option<Instant>, Denied> {
        self.within_cap()?;
        if let Some(until) = self.closed_until.filter(|until| now < *until) {
            return if self.hurried {
                Err(Denied::Refused)
            } else {
                Ok(Some(until))
            };
        }
        let zone = match (self.limits, zone(&request.path)) {
            (Limits::None, _) | (_, Zone::Free) => None,
            (_, Zone::Portal) => Some((&mut self.portal, PORTAL)),
            (Limits::Sandbox, Zone::Core) => Some((&mut self.core, SANDBOX)),
            (Limits::Production, Zone::Core) => Some((&mut self.core, PRODUCTION)),
        };
        let Some((sent, quota)) = zone else {
            return self.count().map(|()| None);
        };
        while sent
            .front()
            .is_some_and(|first| *first + quota.within <= now)
        {
            sent.pop_front();
        }
        if sent.len() >= quota.requests
            && let Some(first) = sent.front()
        {
            return Ok(Some(*first + quota.within));
        }
        sent.push_back(now);
        self.count().map(|()| None)
    }
}

enum Zone {
    /// Validate, activate and deactivate of the portal, together.
    Portal,
    /// Everything else below `/v1`.
    Core,
    /// Paths without limits.
    Free,
}

fn zone(path: &str) -> Zone {
    let path = path.strip_prefix("/api").unwrap_or(path);
    let Some(rest) = path.strip_prefix("/v1") else {
        return Zone::Free;
    };
    match rest.strip_prefix("/customer-portal/license-keys/") {
        Some(rest)
            if ["validate", "activate", "deactivate"]
                .iter()
                .any(|operation| rest.starts_with(operation)) =>
        {
            Zone::Portal
        }
        _ => Zone::Core,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn portal() -> Request {
        Request::new("POST", "/v1/customer-portal/license-keys/validate")
    }

    fn core() -> Request {
        Request::new("GET", "/v1/license-keys/")
    }

    /// The moments, in milliseconds, at which so many requests are admitted.
    async fn admitted(governor: &Governor, request: &Request, count: usize) -> Vec<u128> {
        let start = Instant::now();
        let mut moments = Vec::new();
        for _ in 0..count {
            governor.admit(request).await.unwrap();
            moments.push(start.elapsed().as_millis());
        }
        moments
    }

    fn refusal(seconds: &str) -> Answer {
        Answer {
            status: 429,
            headers: [("retry-after".to_owned(), seconds.to_owned())].into(),
            body: Vec::new(),
        }
    }

    #[tokio::test(start_paused = true)]
    async fn never_four_portal_requests_within_a_second() {
        let governor = Governor::new(Limits::Sandbox, None);
        let moments = admitted(&governor, &portal(), 20).await;
        assert!(
            moments.windows(4).all(|four| four[3] - four[0] > 1500),
            "{moments:?}"
        );
        // The core API has its own limit.
        assert_eq!(admitted(&governor, &core(), 5).await, [0; 5]);
    }

    #[tokio::test(start_paused = true)]
    async fn never_a_hundred_and_one_core_requests_within_a_minute() {
        let governor = Governor::new(Limits::Sandbox, None);
        let moments = admitted(&governor, &core(), 310).await;
        assert!(
            moments
                .windows(101)
                .all(|some| some[100] - some[0] > 60_000),
            "{moments:?}"
        );
        let governor = Governor::new(Limits::None, None);
        assert_eq!(admitted(&governor, &core(), 300).await, [0; 300]);
    }

    #[tokio::test(start_paused = true)]
    async fn a_429_closes_everything_for_as_long_as_it_says() {
        let governor = Governor::new(Limits::None, None);
        governor.refused(&refusal("7"));
        assert_eq!(admitted(&governor, &core(), 1).await, [7250]);
        // From now on limits apply.
        assert!(admitted(&governor, &portal(), 4).await[3] > 1500);
        assert_eq!(governor.spent(), (5, 1));
    }

    #[tokio::test(start_paused = true)]
    async fn closing_ends_every_wait_and_haste_begins_none() {
        let governor = std::sync::Arc::new(Governor::new(Limits::None, None));
        governor.refused(&refusal("100"));
        let start = Instant::now();
        let waiting = tokio::spawn({
            let governor = std::sync::Arc::clone(&governor);
            async move { governor.admit(&core()).await }
        });
        tokio::task::yield_now().await;
        governor.close();
        assert_eq!(waiting.await.unwrap(), Err(Denied::Spent(0)));
        assert_eq!(governor.stays_open(), Err(Denied::Spent(0)));
        // The clean-up is sent nevertheless, until it gets a 429 itself.
        governor.lift_cap();
        governor.hurry();
        assert_eq!(governor.admit(&core()).await, Ok(()));
        governor.refused(&refusal("100"));
        assert_eq!(governor.admit(&core()).await, Err(Denied::Refused));
        assert_eq!(start.elapsed(), Duration::ZERO);
    }

    #[tokio::test]
    async fn the_budget_is_never_exceeded() {
        let governor = Governor::new(Limits::None, Some(2));
        assert_eq!(governor.admit(&core()).await, Ok(()));
        assert_eq!(governor.count(), Ok(()));
        assert_eq!(governor.admit(&core()).await, Err(Denied::Spent(2)));
        assert_eq!(
            (governor.count(), governor.left()),
            (Err(Denied::Spent(2)), Some(0))
        );
        governor.lift_cap();
        assert_eq!(governor.admit(&core()).await, Ok(()));
    }
}
