//! `POST /_mock/checkouts/{checkout}/pay`, `…/decline` and `…/expire`: what a buyer does, for tests.

use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, State};
use http::StatusCode;
use serde_json::{Map, Value};
use uuid::Uuid;

use super::refused::{Refused, read};
use crate::buyer;
use crate::generated::operations::Operation;
use crate::operations;
use crate::shared::Shared;

const ENTERED: &str = r#"{"customer_email":"ada@example.com"}, or nothing"#;

/// Confirms a checkout with a card that pays. What the body does not give and has to be there is made up.
pub(super) async fn pay(
    State(shared): State<Arc<Shared>>,
    Path(name): Path<String>,
    body: Bytes,
) -> Result<Json<Value>, Refused> {
    confirm(&shared, &name, &body, buyer::SUCCEEDS)
}

/// The same with a card that is declined: always a refusal.
pub(super) async fn decline(
    State(shared): State<Arc<Shared>>,
    Path(name): Path<String>,
    body: Bytes,
) -> Result<Json<Value>, Refused> {
    confirm(&shared, &name, &body, buyer::DECLINED)
}

/// Expires an open checkout at once.
pub(super) async fn expire(
    State(shared): State<Arc<Shared>>,
    Path(name): Path<String>,
) -> Result<StatusCode, Refused> {
    let secret = secret(&shared, &name)?;
    let world = shared.run_due_jobs();
    match operations::expire_checkout(&world, &shared.settings(), shared.clock.now(), &secret) {
        Ok(()) => Ok(StatusCode::NO_CONTENT),
        Err(refusal) => Err(Refused::new(
            StatusCode::CONFLICT,
            "NotOpen",
            refusal.detail(),
        )),
    }
}

fn confirm(shared: &Shared, name: &str, body: &[u8], card: &str) -> Result<Json<Value>, Refused> {
    let given: Map<String, Value> = match body {
        [] => Map::new(),
        body => read(body, ENTERED)?,
    };
    let secret = secret(shared, name)?;
    let checkout = buyer::ask(shared, Operation::CheckoutsClientGet, &secret, None)?;
    let mut entered = buyer::least(&checkout, card);
    entered.extend(given);
    let entered = Value::Object(entered);
    let operation = Operation::CheckoutsClientConfirm;
    Ok(Json(buyer::ask(
        shared,
        operation,
        &secret,
        Some(&entered),
    )?))
}

/// The client secret of the checkout with this id or client secret.
fn secret(shared: &Shared, name: &str) -> Result<String, Refused> {
    let world = shared.run_due_jobs();
    let directory = world.read();
    let found = match Uuid::parse_str(name) {
        Ok(id) => directory.checkouts.get(id),
        Err(_) => directory.checkout_by_secret(name),
    };
    found
        .map(|checkout| checkout.client_secret.clone())
        .ok_or_else(|| {
            let detail = format!(
                "there is no checkout {name:.100}; use the `id` or the `client_secret` of one"
            );
            Refused::new(StatusCode::NOT_FOUND, "NotFound", detail)
        })
}

impl From<buyer::Refused> for Refused {
    fn from(refused: buyer::Refused) -> Self {
        let (status, error) = (refused.status, &refused.error);
        let detail = format!("the checkout was refused: {error}: {}", refused.text());
        Self::new(status, "CheckoutRefused", detail)
    }
}
