//! HTTP: connections and their limits, and the checks that need only a request's head and body.

pub(crate) mod auth;
pub(crate) mod body;
mod connection;
mod connections;
pub(crate) mod cors;
mod head;
pub(crate) mod http_errors;

#[cfg(feature = "fuzzing")]
pub(crate) use connection::serve_connection;
pub(crate) use connection::{Ends, Handler, serve_connections};
pub(crate) use connections::Connections;
