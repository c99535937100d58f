//! `GET`, `PUT /_mock/settings`

use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use schemars::JsonSchema;
use serde::Deserialize;

use super::refused::{Refused, read};
use crate::settings::{Payment, Payments, RateLimits, Settings, TaxRates};
use crate::shared::Shared;

/// Settings that are left out do not change.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Change {
    rate_limits: Option<RateLimits>,
    grant_delay_ms: Option<u64>,
    payments: Option<PaymentsChange>,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct PaymentsChange {
    delay_ms: Option<u64>,
    default: Option<Payment>,
    /// The whole table: countries that are left out have no tax.
    taxes: Option<TaxRates>,
}

/// What a change has to look like.
const EXAMPLE: &str = r#"{"rate_limits":"off"|"sandbox"|"production","grant_delay_ms":0,"payments":{"delay_ms":500,"default":"succeeds"|"declined"|"insufficient_funds"|"late"|"renewal_declined"|"action_required","taxes":{"FR":20}}}"#;

pub(super) async fn get(State(shared): State<Arc<Shared>>) -> Json<Settings> {
    Json(Settings::clone(&shared.settings()))
}

pub(super) async fn put(
    State(shared): State<Arc<Shared>>,
    body: Bytes,
) -> Result<Json<Settings>, Refused> {
    let change: Change = read(&body, EXAMPLE)?;
    let old = shared.settings();
    let payments = match change.payments {
        None => old.payments.clone(),
        Some(change) => Payments {
            delay_ms: change.delay_ms.unwrap_or(old.payments.delay_ms),
            default: change.default.unwrap_or(old.payments.default),
            taxes: change.taxes.unwrap_or_else(|| old.payments.taxes.clone()),
        },
    };
    if let Some(country) = payments.taxes.0.keys().find(|country| !is_country(country)) {
        let detail = format!("{country:?} is not a country of two capital letters; send {EXAMPLE}");
        return Err(Refused::invalid(detail));
    }
    shared.replace_settings(Settings {
        rate_limits: change.rate_limits.unwrap_or(old.rate_limits),
        grant_delay_ms: change.grant_delay_ms.unwrap_or(old.grant_delay_ms),
        payments,
    });
    Ok(get(State(shared)).await)
}

fn is_country(code: &str) -> bool {
    code.len() == 2 && code.bytes().all(|letter| letter.is_ascii_uppercase())
}
