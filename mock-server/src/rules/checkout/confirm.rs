//! The confirmation of a checkout: what it lacks, what the payment comes to, and what a failed payment leaves.

use super::create::has_address;
use super::{Goods, price_of, provider_secret};
use crate::json::{Dict, Value};
use crate::refusal::{BusinessError, CheckoutRefusal, Refusal};
use crate::rules::{LocationMissing, decide_payment, is_redeemable, payment_refusal};
use crate::settings::Payment;
use crate::state::{Checkout, Customer, Timestamp};

/// The name on every card.
const CARD_HOLDER: &str = "Card Holder";

/// Everything that a checkout lacks to be confirmed. A card brings a name where there is none.
pub fn missing_for_confirmation(
    row: &mut Checkout,
    goods: Goods<'_>,
    tax: Result<(), LocationMissing>,
    token: Option<&str>,
    now: Timestamp,
) -> Result<(), Refusal> {
    if let Some(discount) = goods
        .discount
        .filter(|discount| !is_redeemable(discount, now))
    {
        let id = Value::Str(discount.id.to_string());
        let message = "Discount is no longer redeemable.";
        return Err(Refusal::invalid("discount_id", message, id));
    }
    let mut errors = Vec::new();
    let address = "customer_billing_address";
    if tax == Err(LocationMissing) {
        let message = "Required tax location information is missing.";
        errors.push(at(&[address], message, Value::Null));
    }
    if price_of(goods.product, row).is_some_and(|price| price.is_archived) {
        let id = Value::Str(row.product_price_id.to_string());
        errors.push(at(&["product_price_id"], "Price is archived.", id));
    }
    if token.is_some() && row.customer_name.is_none() {
        row.customer_name = Some(CARD_HOLDER.to_owned());
    }
    let needs_card = goods.is_payment_form_required(row);
    let given = row.customer_billing_address.as_ref();
    let is_full = row.needs_full_address();
    let part = |name: &str| given.is_some_and(|address| !address[name].is_null());
    let business = row.is_business_customer;
    let fields: [(&[&str], bool, bool); 8] = [
        (
            &["customer_email"],
            row.customer_id.is_none(),
            row.customer_email.is_some(),
        ),
        (&[address, "country"], needs_card, part("country")),
        (&[address], needs_card || business, given.is_some()),
        (
            &[address, "state"],
            needs_card && row.needs_state(),
            part("state"),
        ),
        (&[address, "line1"], needs_card && is_full, part("line1")),
        (&[address, "city"], needs_card && is_full, part("city")),
        (
            &[address, "postal_code"],
            needs_card && is_full,
            part("postal_code"),
        ),
        (
            &["customer_billing_name"],
            business,
            row.customer_billing_name.is_some(),
        ),
    ];
    for (loc, is_required, is_given) in fields {
        if is_required && !is_given {
            errors.push(missing(loc, "Field is required."));
        }
    }
    if row.is_billing_address_required() && !given.is_some_and(has_address) {
        let input = given.map_or(Value::Null, shown);
        errors.push(at(&[address], "Full billing address is required.", input));
    }
    if needs_card && token.is_none() {
        let message = "Confirmation token is required.";
        errors.push(missing(&["confirmation_token_id"], message));
    }
    match errors.is_empty() {
        true => Ok(()),
        false => Err(Refusal::Invalid(errors)),
    }
}

fn at(loc: &[&str], message: &'static str, input: Value) -> BusinessError {
    let loc = loc.iter().map(|part| Value::Str((*part).to_owned()));
    BusinessError::at(loc.collect(), message, input)
}

fn missing(loc: &[&str], message: &'static str) -> BusinessError {
    BusinessError {
        kind: "missing",
        ..at(loc, message, Value::Null)
    }
}

/// An address as an error repeats it.
fn shown(address: &serde_json::Value) -> Value {
    let parts = ["line1", "line2", "postal_code", "city", "state", "country"];
    let parts = parts.map(|name| {
        let part = address[name].as_str();
        let part = part.map_or(Value::Null, |part| Value::Str(part.to_owned()));
        (name.to_owned(), part)
    });
    Value::Dict(Dict::from_pairs(parts.into()))
}

/// A confirmed checkout.
#[derive(Debug)]
pub struct Confirmation {
    /// The checkout.
    pub row: Checkout,
    /// What becomes of the payment.
    pub payment: Payment,
}

/// A payment that did not go through.
#[derive(Debug, PartialEq)]
pub struct Declined {
    /// What the buyer is told.
    pub refusal: Refusal,
    /// Whether the payment provider reports it as well.
    pub is_reported: bool,
}

/// Confirms a checkout for this customer. Whether a payment is refused, the name of the confirmation token decides, and
/// `default` where it has no name that does.
pub fn confirm_checkout(
    mut row: Checkout,
    goods: Goods<'_>,
    customer: &Customer,
    token: Option<&str>,
    default: Payment,
) -> Result<Confirmation, Declined> {
    let declined = |reason: String, is_reported| Declined {
        refusal: Refusal::Checkout(CheckoutRefusal::Payment(reason)),
        is_reported,
    };
    let is_paid_now = row.is_payment_required();
    let mut payment = Payment::Succeeds;
    row.customer_id = Some(customer.id);
    let metadata = &mut row.payment_processor_metadata;
    if let Some(id) = &customer.payment_processor_id {
        metadata.insert("customer_id".to_owned(), id.as_str().into());
    }
    if let Some(token) = token.filter(|_| goods.is_payment_form_required(&row)) {
        payment = decide_payment(token, default)
            .ok_or_else(|| declined(format!("No such confirmation token: '{token}'"), false))?;
        if let Some(reason) = payment_refusal(payment, is_paid_now) {
            return Err(declined(reason.to_owned(), is_paid_now));
        }
        // A card that is only kept is not asked for money, so that nothing can come later.
        if !is_paid_now {
            payment = Payment::Succeeds;
        }
        let kind = match is_paid_now {
            true => "pi",
            false => "seti",
        };
        let status = match payment {
            Payment::Late => "processing",
            Payment::ActionRequired => "requires_action",
            _ => "succeeded",
        };
        let secret = provider_secret(kind);
        row.payment_processor_metadata
            .insert("intent_client_secret".to_owned(), secret.into());
        row.payment_processor_metadata
            .insert("intent_status".to_owned(), status.into());
        row.confirmation_token_id = Some(token.to_owned());
    }
    row.status = "confirmed".to_owned();
    Ok(Confirmation { row, payment })
}

/// The checkout after a payment failed: the buyer may try another card. Nothing where it is over.
pub fn fail_checkout(row: &Checkout, now: Timestamp) -> Option<Checkout> {
    if matches!(row.status.as_str(), "expired" | "succeeded" | "failed") {
        return None;
    }
    let mut failed = Checkout {
        status: "open".to_owned(),
        ..row.clone()
    };
    for name in ["intent_status", "intent_client_secret"] {
        failed.payment_processor_metadata.shift_remove(name);
    }
    if failed != *row {
        failed.modified_at = Some(now);
    }
    Some(failed)
}
