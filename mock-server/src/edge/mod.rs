//! The way of a request, outermost judgement first (docs/behaviour.md#order-of-checks): version, CORS, size, prefix,
//! rate limit, token, route, JSON, caller and scope, contract, rule.

mod auth;
mod body;
mod connection;
mod connections;
mod cors;
mod http_errors;
mod journal;
mod pipeline;
mod rate_limit;
mod reply;
mod versions;

#[cfg(feature = "fuzzing")]
pub(crate) use connection::serve_connection;
pub(crate) use connection::{Service, serve_connections};
pub(crate) use connections::Connections;
pub use journal::{Exchange, Journal, Kept};
pub use rate_limit::{RateLimiter, RateLimits};
pub use reply::Reply;
pub use versions::Version;
