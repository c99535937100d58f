//! Rate limits (POLAR.md 15): fixed windows per counter, zones, groups, and the block that spreads to everything.

use std::collections::HashMap;
use std::net::IpAddr;

use http::HeaderMap;
use parking_lot::Mutex;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::state::{Caller, Timestamp, Token};

/// Which limits are in force.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum RateLimits {
    /// None, as in Polar's development setting.
    #[default]
    Off,
    /// Those of the sandbox, which also marks its answers.
    Sandbox,
    /// Those of production.
    Production,
}

/// Who a counter belongs to.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Identity {
    Address(String),
    /// A bearer that was not seen lately, or is invalid.
    PendingToken(String),
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

/// So many requests in so many seconds, and how long a caller is shut out who wants more.
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
    windows: HashMap<(Zone, Identity), Window>,
    blocked: HashMap<Identity, Timestamp>,
    /// Until when a token is known to stand for its caller.
    known: HashMap<String, Timestamp>,
}

/// Counts requests.
#[derive(Debug, Default)]
pub struct RateLimiter(Mutex<Counters>);

/// How long a token is remembered once it was seen.
const TOKEN_MEMORY_SECONDS: i64 = 300;

/// From this many counters on, those that have run out are swept.
const SWEEP_AT: usize = 10_000;

const PORTAL_PREFIX: &str = "/v1/customer-portal/license-keys/";
const PORTAL_ACTIONS: [&str; 3] = ["validate", "activate", "deactivate"];

impl RateLimiter {
    /// Counts a request. Returns how many seconds to wait if it is refused.
    pub(super) fn check(
        &self,
        limits: RateLimits,
        request: &Counted<'_>,
        now: Timestamp,
    ) -> Result<(), u64> {
        if limits == RateLimits::Off {
            return Ok(());
        }
        let mut counters = self.0.lock();
        let identity = counters.identify(request, now);
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
            .entry((rule.zone, identity.clone()))
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
        *self.0.lock() = Counters::default();
    }
}

/// What the limiter looks at in a request.
pub(super) struct Counted<'r> {
    pub(super) path: &'r str,
    pub(super) bearer: Option<&'r str>,
    pub(super) token: Option<&'r Token>,
    pub(super) headers: &'r HeaderMap,
    pub(super) peer: IpAddr,
}

impl Counters {
    fn identify(&mut self, request: &Counted<'_>, now: Timestamp) -> Identity {
        let Some(bearer) = request.bearer else {
            return Identity::Address(address(request));
        };
        let known = self.known.get(bearer).is_some_and(|&until| now < until);
        match request.token {
            Some(token) if known => match &token.caller {
                Caller::Organization(id) => Identity::Organization(*id),
                Caller::User { id, .. } => Identity::User(*id),
                Caller::Customer { customer_id } => Identity::Customer(*customer_id),
                Caller::Member { member_id, .. } => Identity::Member(*member_id),
            },
            Some(_) => {
                self.known
                    .insert(bearer.to_owned(), now.plus_seconds(TOKEN_MEMORY_SECONDS));
                Identity::PendingToken(bearer.to_owned())
            }
            None => Identity::PendingToken(bearer.to_owned()),
        }
    }

    fn sweep(&mut self, now: Timestamp) {
        if self.windows.len() + self.blocked.len() + self.known.len() > SWEEP_AT {
            self.windows.retain(|_, window| now < window.ends);
            self.blocked.retain(|_, end| now < *end);
            self.known.retain(|_, end| now < *end);
        }
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
fn address(request: &Counted<'_>) -> String {
    let header = |name: &str| {
        request
            .headers
            .get(name)
            .and_then(|value| value.to_str().ok())
            .map(str::trim)
    };
    if let Some(address) = header("true-client-ip").filter(|address| !address.is_empty()) {
        return address.to_owned();
    }
    let peer = request.peer.to_string();
    let forwarded = header("x-forwarded-for").filter(|_| peer == "127.0.0.1");
    let forwarded = forwarded.and_then(|hops| {
        hops.rsplit(',')
            .map(str::trim)
            .find(|hop| !hop.is_empty() && *hop != "127.0.0.1")
    });
    forwarded.map_or(peer, str::to_owned)
}

/// Whole seconds, to the nearest.
fn seconds_until(now: Timestamp, end: Timestamp) -> u64 {
    let left =
        chrono::DateTime::<chrono::Utc>::from(end) - chrono::DateTime::<chrono::Utc>::from(now);
    u64::try_from((left.num_milliseconds() + 500) / 1_000).unwrap_or(0)
}
