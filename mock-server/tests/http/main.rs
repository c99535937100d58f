//! The mock server from outside: over HTTP as a client sees it, and as a command.
//!
//! One binary, so that the crate is linked once.

#![allow(
    clippy::unwrap_used,
    reason = "a test that cannot go on fails, which is what unwrap does"
)]

mod around_keys;
mod checkouts;
mod cli_listen;
mod command_line;
mod command_line_access;
mod control_clock;
mod control_document;
mod control_guard;
mod control_limits;
mod control_requests;
mod control_secrets;
mod control_settings;
mod control_state;
mod customers;
mod discounts;
mod documentation;
mod fixtures;
mod foreign_pages;
mod hostile_bodies;
mod hostile_bytes;
mod long_lived;
mod orders;
mod own_thread;
mod pages;
mod parallel;
mod products;
mod properties;
mod provisioning;
mod rate_limits;
mod readme;
mod renewals;
mod routing;
mod sorting;
mod subscriptions;
mod webhook_targets;
mod webhooks;
mod wire;
mod world;
