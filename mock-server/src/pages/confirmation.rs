//! `/checkout/{client_secret}/confirmation`: what became of a checkout, and the license keys that came out of it.

use std::sync::Arc;

use axum::extract::{Path, Query, State};
use axum::response::{IntoResponse, Redirect, Response};
use http::StatusCode;
use maud::{Markup, html};
use serde::Deserialize;
use serde_json::Value;

use super::checkout::{text, with_token};
use super::layout::{message, page};
use crate::buyer;
use crate::generated::operations::Operation;
use crate::shared::Shared;
use crate::state::World;

/// How often a page that waits looks again, in seconds.
const AGAIN: u32 = 1;

#[derive(Debug, Deserialize)]
pub(super) struct Session {
    customer_session_token: Option<String>,
}

pub(super) async fn show(
    State(shared): State<Arc<Shared>>,
    Path(secret): Path<String>,
    Query(session): Query<Session>,
) -> Response {
    let checkout = match buyer::ask(&shared, Operation::CheckoutsClientGet, &secret, None) {
        Ok(checkout) => checkout,
        Err(refused) => {
            return message(refused.status, "This checkout is over", &refused.text());
        }
    };
    let name = text(&checkout["product"]["name"]);
    let token = session.customer_session_token.as_deref();
    match text(&checkout["status"]) {
        "open" => Redirect::to(&format!("/checkout/{secret}")).into_response(),
        "confirmed" => page(name, Some(AGAIN), &waiting(name)).into_response(),
        "succeeded" => {
            let keys = keys(&shared.run_due_jobs(), &secret);
            page(name, None, &done(&checkout, &keys, token)).into_response()
        }
        status => message(
            StatusCode::OK,
            "Nothing was bought",
            &format!("The checkout is {status}."),
        ),
    }
}

fn waiting(name: &str) -> Markup {
    html! {
        h1 { (name) }
        p role="status" { "The payment is being processed." }
    }
}

fn done(checkout: &Value, keys: &[String], token: Option<&str>) -> Markup {
    let success_url = text(&checkout["success_url"]);
    let own = success_url.starts_with(text(&checkout["url"]));
    html! {
        h1 { (text(&checkout["product"]["name"])) }
        p.good role="status" { "Thank you. Your order is complete." }
        @for key in keys {
            p { "License key: " code { (key) } }
        }
        @if !own { p { a href=(with_token(success_url, token)) { "Continue" } } }
    }
}

/// The license keys that came out of a checkout.
fn keys(world: &World, secret: &str) -> Vec<String> {
    let directory = world.read();
    let Some(checkout) = directory.checkout_by_secret(secret) else {
        return Vec::new();
    };
    let orders = checkout.customer_id.map(|id| directory.orders_of(id));
    let orders = orders.into_iter().flatten();
    let mut keys = Vec::new();
    for order in orders.filter(|order| order.checkout_id == Some(checkout.id)) {
        let grants = match order.subscription_id {
            Some(subscription) => directory.grants_of_subscription(subscription),
            None => directory.grants_of_order(order.id),
        };
        let ids = grants.iter().filter_map(|grant| grant.license_key_id);
        let rows = ids.filter_map(|id| world.keys.get(id));
        keys.extend(rows.map(|cell| cell.row.lock().key.clone()));
    }
    keys
}
