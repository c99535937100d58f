//! The way of a request, outermost judgement first (docs/behaviour.md#order-of-checks): version, CORS, size, prefix,
//! rate limit, token, route, JSON, caller and scope, contract, rule.

pub(crate) mod auth;
pub(crate) mod body;
mod connection;
mod connections;
pub(crate) mod cors;
pub(crate) mod http_errors;

#[cfg(feature = "fuzzing")]
pub(crate) use connection::serve_connection;
pub(crate) use connection::{Handler, serve_connections};
pub(crate) use connections::Connections;
