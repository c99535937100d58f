//! What a buyer does: the calls of the page to pay on, and of the controls that stand in for it.

use http::StatusCode;
use serde_json::{Map, Value, json};

use crate::contract::{BodyInput, Contract, decode_request};
use crate::generated::operations::Operation;
use crate::operations::{self, Call};
use crate::reply::Reply;
use crate::settings::Settings;
use crate::shared::Shared;
use crate::version::Version;

/// The confirmation token of a payment that succeeds.
pub(crate) const SUCCEEDS: &str = "ctoken_ok";
/// The confirmation token of a payment that is declined at once.
pub(crate) const DECLINED: &str = "ctoken_declined";

/// A refusal of the API, in its own words.
#[derive(Debug)]
pub(crate) struct Refused {
    pub(crate) status: StatusCode,
    pub(crate) error: String,
    /// One message for each thing that is wrong: the field, where there is one, and what is wrong with it.
    pub(crate) messages: Vec<(Option<String>, String)>,
}

impl Refused {
    /// Everything that is wrong, in one line.
    pub(crate) fn text(&self) -> String {
        let messages = self.messages.iter().map(|(field, message)| match field {
            Some(field) => format!("{field}: {message}"),
            None => message.clone(),
        });
        messages.collect::<Vec<_>>().join("; ")
    }
}

/// Asks a public operation about the checkout with this client secret.
pub(crate) fn ask(
    shared: &Shared,
    operation: Operation,
    client_secret: &str,
    body: Option<&Value>,
) -> Result<Value, Refused> {
    read(&answer(shared, operation, client_secret, body))
}

fn answer(
    shared: &Shared,
    operation: Operation,
    client_secret: &str,
    body: Option<&Value>,
) -> Reply {
    let contract = Contract::bundled();
    let mut routes = contract.routes().iter();
    let Some(route) = routes.find(|route| route.id == operation.id()) else {
        return Reply::framework(404, "Not Found");
    };
    let input = match body {
        Some(body) => BodyInput::read(Some("application/json"), body.to_string().as_bytes()),
        None => BodyInput::Missing,
    };
    let (world, now) = (shared.run_due_jobs(), shared.clock.now());
    let path = [("client_secret", client_secret.to_owned())];
    let arguments = match decode_request(contract, route, &path, "", &input, now) {
        Ok(arguments) => arguments,
        Err(items) => return Reply::invalid_request(&items),
    };
    let mut settings = Settings::clone(&shared.settings());
    // Nobody waits for a payment provider here.
    settings.payments.delay_ms = 0;
    let call = Call {
        world,
        clock: &shared.clock,
        settings: &settings,
        version: Version::default(),
        caller: None,
        sent: None,
    };
    operations::answer(operation, &call, arguments)
}

fn read(reply: &Reply) -> Result<Value, Refused> {
    let body: Value = serde_json::from_slice(reply.body()).unwrap_or_default();
    let status = StatusCode::from_u16(reply.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    if status.is_success() {
        return Ok(body);
    }
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let messages = match &body["detail"] {
        Value::Array(items) => items
            .iter()
            .map(|item| (field(&item["loc"]), text(&item["msg"])))
            .collect(),
        Value::String(detail) => vec![(None, detail.clone())],
        _ => vec![(None, String::from_utf8_lossy(reply.body()).into_owned())],
    };
    Err(Refused {
        status,
        error: text(&body["error"]),
        messages,
    })
}

/// The field that an error is about: `["body", "customer_billing_address", "country"]` without its first part.
fn field(loc: &Value) -> Option<String> {
    let parts = loc.as_array()?.iter().skip(1);
    let parts: Vec<String> = parts
        .map(|part| match part {
            Value::String(name) => name.clone(),
            other => other.to_string(),
        })
        .collect();
    (!parts.is_empty()).then(|| parts.join("."))
}

/// What a buyer enters who enters only what has to be: the body of a confirmation of this checkout.
pub(crate) fn least(checkout: &Value, token: &str) -> Map<String, Value> {
    let mut body = Map::new();
    if checkout["customer_email"].is_null() && checkout["customer_id"].is_null() {
        body.insert("customer_email".into(), "buyer@example.com".into());
    }
    if checkout["is_payment_form_required"] == true {
        body.insert("confirmation_token_id".into(), token.into());
        if checkout["customer_billing_address"].is_null() {
            let address = json!({
                "line1": "1 Main Street", "city": "New York", "state": "NY", "postal_code": "10001", "country": "US",
            });
            body.insert("customer_billing_address".into(), address);
        }
    }
    if checkout["is_business_customer"] == true && checkout["customer_billing_name"].is_null() {
        body.insert("customer_billing_name".into(), "Buyer".into());
    }
    body
}
