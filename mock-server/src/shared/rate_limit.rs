//! Rate limits (docs/behaviour.md#rate-limits): fixed windows per counter, zones, groups, and the block that spreads to
//! everything.

use std::borrow::Cow;
use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};
use std::net::IpAddr;

use http::HeaderMap;
use parking_lot::Mutex;
use uuid::Uuid;

use crate::settings::RateLimits;
use crate::state::{Caller, Timestamp, Token};

/// Who a counter belongs to. Texts that a client chooses are kept as their hash, however long they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Identity {
    Address(u64),
    /// A token that was not seen lately, or is invalid.
    PendingToken(u64),
    Organization(Uuid),
    User(Uuid),
    Customer(Uuid),
    Member(Uuid),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Zone {
    /// Validate, activate and deactivate of the portal, together.
    LicenseKeys,
    /// Everything else.
    Api,
}

/// How many requests are allowed in how many seconds, and how long a caller who sends more is blocked.
#[derive(Debug, Clone, Copy)]
struct Rule {
    zone: Zone,
    limit: u32,
    seconds: i64,
    block: Option<i64>,
}

#[derive(Debug)]
struct Window {
    left: u32,
    ends: Timestamp,
}

#[derive(Debug, Default)]
struct Counters {
    /// By the hash of zone and identity: there may be hundreds of thousands in a minute.
    windows: HashMap<u64, Window>,
    blocked: HashMap<Identity, Timestamp>,
    /// Until when a token, stored as its hash, is remembered with its caller.
    known: HashMap<u64, Timestamp>,
    /// When they are swept next, however few there are.
    sweep_at: Timestamp,
    /// At how many they are swept early.
    sweep_from: usize,
}

/// Counts requests.
#[derive(Debug, Default)]
pub struct RateLimiter {
    counters: Mutex<Counters>,
    hasher: RandomState,
}

/// How long a token is remembered once it was seen.
const TOKEN_MEMORY_SECONDS: i64 = 300;

/// How often counters that have run out are swept.
const SWEEP_SECONDS: i64 = 60;
/// Fewer counters than this are swept no more often.
const SWEEP_FROM: usize = 10_000;

const PORTAL_PREFIX: &str = "/v1/customer-portal/license-keys/";
const PORTAL_ACTIONS: [&str; 3] = ["validate", "activate", "deactivate"];

impl RateLimiter {
    /// Counts a request. Returns how many seconds to wait if it is refused.
    pub(crate) fn check(
        &self,
        limits: RateLimits,
        request: &Counted<'_>,
        now: Timestamp,
    ) -> Result<(), u64> {
        if limits == RateLimits::Off {
            return Ok(());
        }
        let who = match request.bearer {
            Some(bearer) => self.hasher.hash_one(bearer),
            None => self.hasher.hash_one(address(request)),
        };
        let mut counters = self.counters.lock();
        let identity = counters.identify(request, who, now);
        let Some(rule) = rule(limits, request.path, &identity) else {
            return Ok(());
        };
        counters.sweep(now);
        // Less than half a second counts as none.
        let blocked = counters.blocked.get(&identity);
        let left = blocked.map_or(0, |end| seconds_until(now, *end));
        if left > 0 {
            return Err(left);
        }
        let window = counters
            .windows
            .entry(self.hasher.hash_one((rule.zone, identity)))
            .or_insert_with(|| Window {
                left: rule.limit,
                ends: now.plus_seconds(rule.seconds),
            });
        if window.ends <= now {
            *window = Window {
                left: rule.limit,
                ends: now.plus_seconds(rule.seconds),
            };
        }
        if window.left > 0 {
            window.left -= 1;
            return Ok(());
        }
        match rule.block {
            Some(block) => {
                counters.blocked.insert(identity, now.plus_seconds(block));
                Err(block as u64)
            }
            None => Err(rule.seconds as u64),
        }
    }

    /// Forgets everything.
    pub fn clear(&self) {
        *self.counters.lock() = Counters::default();
    }
}

/// What the limiter reads of a request.
pub(crate) struct Counted<'r> {
    pub(crate) path: &'r str,
    pub(crate) bearer: Option<&'r str>,
    pub(crate) token: Option<&'r Token>,
    pub(crate) headers: &'r HeaderMap,
    pub(crate) peer: IpAddr,
}

impl Counters {
    fn identify(&mut self, request: &Counted<'_>, who: u64, now: Timestamp) -> Identity {
        if request.bearer.is_none() {
            return Identity::Address(who);
        }
        let Some(token) = request.token else {
            return Identity::PendingToken(who);
        };
        let known = self.known.get(&who).is_some_and(|&until| now < until);
        if !known {
            self.known
                .insert(who, now.plus_seconds(TOKEN_MEMORY_SECONDS));
            return Identity::PendingToken(who);
        }
        match &token.caller {
            Caller::Organization(id) => Identity::Organization(*id),
            Caller::User { id, .. } => Identity::User(*id),
            Caller::Customer { customer_id } => Identity::Customer(*customer_id),
            Caller::Member { member_id, .. } => Identity::Member(*member_id),
        }
    }

    /// Forgets what has run out: every minute, and whenever the counters have doubled since the last sweep, so that the cost
    /// per request stays constant.
    fn sweep(&mut self, now: Timestamp) {
        if now < self.sweep_at && self.len() < self.sweep_from {
            return;
        }
        self.windows.retain(|_, window| now < window.ends);
        self.blocked.retain(|_, end| now < *end);
        self.known.retain(|_, end| now < *end);
        self.sweep_at = now.plus_seconds(SWEEP_SECONDS);
        self.sweep_from = SWEEP_FROM.max(2 * self.len());
        let room = self.sweep_from;
        self.windows.shrink_to(room);
        self.blocked.shrink_to(room);
        self.known.shrink_to(room);
    }

    fn len(&self) -> usize {
        self.windows.len() + self.blocked.len() + self.known.len()
    }
}

fn rule(limits: RateLimits, path: &str, identity: &Identity) -> Option<Rule> {
    let portal = path
        .strip_prefix(PORTAL_PREFIX)
        .is_some_and(|rest| PORTAL_ACTIONS.iter().any(|action| rest.starts_with(action)));
    if portal {
        return Some(Rule {
            zone: Zone::LicenseKeys,
            limit: 3,
            seconds: 1,
            block: Some(60),
        });
    }
    let limit = match (identity, limits) {
        (Identity::PendingToken(_), _) => 60,
        (_, RateLimits::Production) => 500,
        (_, RateLimits::Sandbox | RateLimits::Off) => 100,
    };
    path.starts_with("/v1").then_some(Rule {
        zone: Zone::Api,
        limit,
        seconds: 60,
        block: None,
    })
}

/// The client's address: what the proxy in front says, else the end of the connection.
fn address<'r>(request: &Counted<'r>) -> Cow<'r, str> {
    let header = |name: &str| {
        request
            .headers
            .get(name)
            .and_then(|value| value.to_str().ok())
            .map(str::trim)
    };
    if let Some(address) = header("true-client-ip").filter(|address| !address.is_empty()) {
        return address.into();
    }
    let peer = request.peer.to_string();
    let forwarded = header("x-forwarded-for").filter(|_| peer == "127.0.0.1");
    let forwarded = forwarded.and_then(|hops| {
        hops.rsplit(',')
            .map(str::trim)
            .find(|hop| !hop.is_empty() && *hop != "127.0.0.1")
    });
    forwarded.map_or(peer.into(), Cow::from)
}

/// Whole seconds, to the nearest.
fn seconds_until(now: Timestamp, end: Timestamp) -> u64 {
    let left =
        chrono::DateTime::<chrono::Utc>::from(end) - chrono::DateTime::<chrono::Utc>::from(now);
    u64::try_from((left.num_milliseconds() + 500) / 1_000).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;
    use std::time::Instant;

    use http::HeaderValue;

    use super::*;

    fn check(limiter: &RateLimiter, address: &str, now: Timestamp) -> Result<(), u64> {
        let mut headers = HeaderMap::new();
        headers.insert("true-client-ip", HeaderValue::from_str(address).unwrap());
        let request = Counted {
            path: "/v1/customer-portal/license-keys/validate",
            bearer: None,
            token: None,
            headers: &headers,
            peer: Ipv4Addr::LOCALHOST.into(),
        };
        limiter.check(RateLimits::Sandbox, &request, now)
    }

    #[test]
    fn many_addresses_at_one_moment_do_not_slow_down_the_next() {
        let limiter = RateLimiter::default();
        let now = Timestamp::default();
        let mut ten_thousand = (0..6).map(|part| {
            let begun = Instant::now();
            for number in 0..10_000 {
                let address = format!("{part} {number}");
                assert_eq!(check(&limiter, &address, now), Ok(()));
            }
            begun.elapsed()
        });
        let first = ten_thousand.next().unwrap();
        let last = ten_thousand.last().unwrap();
        assert!(last < first * 50, "{first:?}, then {last:?}");
        // All of them still count.
        for passed in [Ok(()), Ok(()), Err(60)] {
            assert_eq!(check(&limiter, "0 0", now), passed);
        }
    }

    #[test]
    fn what_has_run_out_is_forgotten_as_time_passes() {
        let limiter = RateLimiter::default();
        let mut now = Timestamp::default();
        for second in 0..30 {
            for number in 0..1_000 {
                let address = format!("{second} {number}");
                assert_eq!(check(&limiter, &address, now), Ok(()));
            }
            assert!(limiter.counters.lock().len() <= SWEEP_FROM);
            now = now.plus_seconds(1);
        }
        now = now.plus_seconds(SWEEP_SECONDS);
        assert_eq!(check(&limiter, "late", now), Ok(()));
        let counters = limiter.counters.lock();
        assert_eq!(counters.len(), 1);
        assert!(counters.windows.capacity() < 4 * SWEEP_FROM);
    }

    #[test]
    fn long_addresses_are_told_apart_by_all_of_them() {
        let limiter = RateLimiter::default();
        let now = Timestamp::default();
        let long = "x".repeat(100_000);
        for last in ["a", "b"] {
            let address = format!("{long}{last}");
            for passed in [Ok(()), Ok(()), Ok(()), Err(60), Err(60)] {
                assert_eq!(check(&limiter, &address, now), passed);
            }
        }
    }
}
