//! `/checkout/{client_secret}`: what is bought, the form, and the buttons that decide what becomes of it.

use std::sync::Arc;

use axum::extract::{Form, Path, State};
use axum::response::{IntoResponse, Redirect, Response};
use http::StatusCode;
use maud::{Markup, html};
use serde::Deserialize;
use serde_json::{Map, Value};
use url::Url;

use super::layout::{message, page};
use super::money::money;
use crate::buyer::{self, Refused};
use crate::generated::operations::Operation;
use crate::operations;
use crate::shared::Shared;

/// The cards to choose from: the confirmation token of each, and what happens with it.
const CARDS: [(&str, &str); 5] = [
    (buyer::SUCCEEDS, "pays"),
    ("ctoken_funds", "has insufficient funds"),
    ("ctoken_late", "is declined a second later"),
    (
        "ctoken_renewno",
        "pays now and is declined at every renewal",
    ),
    (buyer::DECLINED, "is declined"),
];

/// The parts of an address, as the API names them and as people do.
const ADDRESS: [(&str, &str); 6] = [
    ("country", "Country, two letters"),
    ("line1", "Address"),
    ("line2", "Address, second line"),
    ("postal_code", "Postal code"),
    ("city", "City"),
    ("state", "State"),
];

/// What the form sends. A field that is left empty is not given.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Entered {
    email: String,
    name: String,
    country: String,
    line1: String,
    line2: String,
    postal_code: String,
    city: String,
    state: String,
    amount: String,
    discount_code: String,
    product_id: String,
    card: String,
}

impl Entered {
    fn part(&self, name: &str) -> &str {
        match name {
            "country" => &self.country,
            "line1" => &self.line1,
            "line2" => &self.line2,
            "postal_code" => &self.postal_code,
            "city" => &self.city,
            _ => &self.state,
        }
    }

    /// What a buyer gives who confirms.
    fn body(&self) -> Map<String, Value> {
        let mut body = Map::new();
        let mut give = |name: &str, text: &str| {
            if !text.is_empty() {
                body.insert(name.to_owned(), text.into());
            }
        };
        give("customer_email", &self.email);
        give("customer_name", &self.name);
        let parts = ADDRESS.iter().map(|(name, _)| (*name, self.part(name)));
        let address: Map<String, Value> = parts
            .filter(|(_, text)| !text.is_empty())
            .map(|(name, text)| (name.to_owned(), text.into()))
            .collect();
        if !address.is_empty() {
            body.insert("customer_billing_address".into(), address.into());
        }
        body
    }

    /// What a buyer gives who changes what is bought.
    fn choice(&self) -> Map<String, Value> {
        let mut body = Map::new();
        if let Ok(amount) = self.amount.trim().parse::<i64>() {
            body.insert("amount".into(), amount.into());
        }
        if !self.product_id.is_empty() {
            body.insert("product_id".into(), self.product_id.as_str().into());
        }
        let code = match self.discount_code.trim() {
            "" => Value::Null,
            code => code.into(),
        };
        body.insert("discount_code".into(), code);
        body
    }
}

pub(super) async fn show(
    State(shared): State<Arc<Shared>>,
    Path(secret): Path<String>,
) -> Response {
    shown(&shared, &secret, None)
}

/// The page of a checkout, with what was refused.
fn shown(shared: &Shared, secret: &str, refused: Option<&Refused>) -> Response {
    let checkout = match buyer::ask(shared, Operation::CheckoutsClientGet, secret, None) {
        Ok(checkout) => checkout,
        Err(refused) => {
            let title = match refused.status {
                StatusCode::GONE => "This checkout has expired",
                _ => "There is no such checkout",
            };
            return message(refused.status, title, &refused.text());
        }
    };
    if checkout["status"] != "open" {
        return Redirect::to(&format!("/checkout/{secret}/confirmation")).into_response();
    }
    let title = text(&checkout["product"]["name"]).to_owned();
    let status = refused.map_or(StatusCode::OK, |refused| refused.status);
    (
        status,
        page(&title, None, &form(secret, &checkout, refused)),
    )
        .into_response()
}

fn form(secret: &str, checkout: &Value, refused: Option<&Refused>) -> Markup {
    let required = |name: &str| &checkout["billing_address_fields"][name] == "required";
    let pays = checkout["is_payment_form_required"] == true;
    let given = |name: &str| text(&checkout[name]).to_owned();
    html! {
        h1 { (text(&checkout["product"]["name"])) }
        p { "Sold by " (text(&checkout["organization"]["name"])) }
        (sum(checkout))
        @if let Some(refused) = refused {
            div.error role="alert" {
                @for (field, message) in &refused.messages {
                    p { @if let Some(field) = field { b { (field) } ": " } (message) }
                }
            }
        }
        form method="post" action={ "/checkout/" (secret) "/update" } { (choice(checkout)) }
        form method="post" action={ "/checkout/" (secret) "/pay" } {
            (input("email", "E-mail address", "email", &given("customer_email"), checkout["customer_id"].is_null()))
            (input("name", "Name", "text", &given("customer_name"), false))
            @if pays {
                @for (name, label) in ADDRESS {
                    @if checkout["billing_address_fields"][name] != "disabled" {
                        (input(name, label, "text", text(&checkout["customer_billing_address"][name]), required(name)))
                    }
                }
                label for="card" { "Card" }
                select #card name="card" {
                    @for (token, outcome) in CARDS { option value=(token) { "A card that " (outcome) } }
                }
            }
            button.pay type="submit" { @if pays { "Pay" } @else { "Confirm" } }
            @if pays {
                button type="submit" formaction={ "/checkout/" (secret) "/decline" } { "Decline" }
            }
            button type="submit" formnovalidate formaction={ "/checkout/" (secret) "/expire" } { "Expire" }
        }
        @if let Some(url) = checkout["return_url"].as_str() { p { a href=(url) { "Back" } } }
    }
}

/// What is to be paid.
fn sum(checkout: &Value) -> Markup {
    let currency = text(&checkout["currency"]);
    let amount = |name: &str| money(checkout[name].as_i64().unwrap_or_default(), currency);
    let interval = checkout["product"]["recurring_interval"].as_str();
    html! {
        dl {
            dt { "Price" @if let Some(interval) = interval { ", every " (interval) } }
            dd { (amount("amount")) }
            @if checkout["discount_amount"].as_i64().is_some_and(|off| off > 0) {
                dt { "Discount " (text(&checkout["discount"]["name"])) }
                dd { "−" (amount("discount_amount")) }
            }
            dt { "Tax" @if checkout["tax_behavior"] == "inclusive" { ", included" } }
            dd { @if checkout["tax_amount"].is_null() { "by address" } @else { (amount("tax_amount")) } }
            dt.total { "Total" }
            dd.total { (amount("total_amount")) }
            @if let Some(end) = checkout["trial_end"].as_str() { dt { "Free until" } dd { (end) } }
        }
    }
}

/// What a buyer may choose: the product, the amount, a discount.
fn choice(checkout: &Value) -> Markup {
    let products = checkout["products"]
        .as_array()
        .map_or(&[][..], Vec::as_slice);
    let is_custom = checkout["product_price"]["amount_type"] == "custom";
    let takes_codes = checkout["allow_discount_codes"] == true;
    html! {
        @if products.len() > 1 {
            label for="product_id" { "Product" }
            select #product_id name="product_id" {
                @for product in products {
                    option value=(text(&product["id"])) selected[product["id"] == checkout["product_id"]] {
                        (text(&product["name"]))
                    }
                }
            }
        }
        @if is_custom {
            (input("amount", "Amount in cents", "number", &checkout["amount"].to_string(), true))
        }
        @if takes_codes {
            (input("discount_code", "Discount code", "text", text(&checkout["discount"]["code"]), false))
        }
        @if products.len() > 1 || is_custom || takes_codes {
            button type="submit" { "Update" }
        }
    }
}

fn input(name: &str, label: &str, kind: &str, value: &str, required: bool) -> Markup {
    html! {
        label for=(name) { (label) }
        input id=(name) name=(name) type=(kind) value=(value) required[required];
    }
}

pub(super) async fn pay(
    State(shared): State<Arc<Shared>>,
    Path(secret): Path<String>,
    Form(entered): Form<Entered>,
) -> Response {
    let card = match entered.card.as_str() {
        "" => buyer::SUCCEEDS,
        card => card,
    };
    confirm(&shared, &secret, &entered, card)
}

pub(super) async fn decline(
    State(shared): State<Arc<Shared>>,
    Path(secret): Path<String>,
    Form(entered): Form<Entered>,
) -> Response {
    confirm(&shared, &secret, &entered, buyer::DECLINED)
}

fn confirm(shared: &Shared, secret: &str, entered: &Entered, card: &str) -> Response {
    let mut body = entered.body();
    body.insert("confirmation_token_id".into(), card.into());
    match buyer::ask(
        shared,
        Operation::CheckoutsClientConfirm,
        secret,
        Some(&Value::Object(body)),
    ) {
        Ok(confirmed) => Redirect::to(&next(shared, secret, &confirmed)).into_response(),
        Err(refused) => shown(shared, secret, Some(&refused)),
    }
}

/// Where a buyer goes after confirming: to the seller once the payment has gone through, else to our own page.
fn next(shared: &Shared, secret: &str, confirmed: &Value) -> String {
    let token = confirmed["customer_session_token"].as_str();
    let success_url = text(&confirmed["success_url"]);
    let own = success_url.starts_with(text(&confirmed["url"]));
    let now = buyer::ask(shared, Operation::CheckoutsClientGet, secret, None);
    let has_succeeded = now.is_ok_and(|now| now["status"] == "succeeded");
    if !own && has_succeeded {
        return with_token(success_url, token);
    }
    let page = format!("/checkout/{secret}/confirmation");
    match token {
        Some(token) => format!("{page}?customer_session_token={token}"),
        None => page,
    }
}

/// The seller's URL with the token of the buyer's session.
pub(super) fn with_token(success_url: &str, token: Option<&str>) -> String {
    match (Url::parse(success_url), token) {
        (Ok(mut url), Some(token)) => {
            url.query_pairs_mut()
                .append_pair("customer_session_token", token);
            url.into()
        }
        _ => success_url.to_owned(),
    }
}

pub(super) async fn update(
    State(shared): State<Arc<Shared>>,
    Path(secret): Path<String>,
    Form(entered): Form<Entered>,
) -> Response {
    let body = Value::Object(entered.choice());
    match buyer::ask(
        &shared,
        Operation::CheckoutsClientUpdate,
        &secret,
        Some(&body),
    ) {
        Ok(_) => Redirect::to(&format!("/checkout/{secret}")).into_response(),
        Err(refused) => shown(&shared, &secret, Some(&refused)),
    }
}

pub(super) async fn expire(
    State(shared): State<Arc<Shared>>,
    Path(secret): Path<String>,
) -> Response {
    match operations::expire_checkout(
        &shared.run_due_jobs(),
        &shared.settings(),
        shared.clock.now(),
        &secret,
    ) {
        Ok(()) => shown(&shared, &secret, None),
        Err(refusal) => message(StatusCode::CONFLICT, "It cannot expire", &refusal.detail()),
    }
}

pub(super) fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}
