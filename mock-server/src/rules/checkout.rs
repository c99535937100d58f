//! Checkouts: what they come to, and what a buyer still has to give (docs/behaviour.md#checkouts). What no recording shows
//! is learnt from the open backend.

mod buyer;
mod confirm;
mod create;
mod expiry;
mod link;
mod update;

pub use buyer::{is_same_buyer, known_buyer, new_buyer};
pub use confirm::{
    Confirmation, Declined, confirm_checkout, fail_checkout, missing_for_confirmation,
};
pub(super) use create::all_sold;
pub use create::{Choice, NewCheckout, create_checkout};
pub use expiry::expire_checkout;
pub use link::{OpenedLink, open_link};
pub use update::{CheckoutUpdate, NamedDiscount, UpdatedCheckout, update_checkout};

use std::borrow::Cow;

use super::subscribe::offered;
use super::{LocationMissing, TaxLocation, amount_off, is_applicable, is_redeemable, tax, tax_id};
use crate::contract::Currency;
use crate::json::{Dict, Value};
use crate::refusal::{BusinessError, Refusal};
use crate::settings::TaxRates;
use crate::state::{Checkout, Discount, Price, Product, Timestamp, new_token};

/// The currency that every organization has.
const CURRENCY: &str = "usd";

/// What the chosen product of a checkout costs.
#[derive(Debug, Clone, Copy)]
pub struct Goods<'d> {
    /// The product.
    pub product: &'d Product,
    /// The discount.
    pub discount: Option<&'d Discount>,
}

impl<'d> Goods<'d> {
    /// The prices that the product is still offered at.
    fn prices(self) -> impl Iterator<Item = &'d Price> {
        all_offered(self.product)
    }

    /// Whether a discount can take something off.
    pub fn is_discount_applicable(self) -> bool {
        self.prices().any(|price| !price.is_free())
    }

    /// Whether the product costs nothing.
    pub fn is_free(self) -> bool {
        self.prices().all(Price::is_free)
    }

    /// What the discount takes off.
    pub fn discount_amount(self, row: &Checkout) -> i64 {
        self.discount.map_or(0, |discount| {
            amount_off(discount, row.amount, &row.currency)
        })
    }

    /// Whether the buyer has to give a card for later, whatever is to be paid now.
    pub fn is_payment_setup_required(self, row: &Checkout) -> bool {
        let is_metered = self
            .prices()
            .any(|price| price.amount_type == "metered_unit");
        let is_free_for_ever = self.discount.is_some_and(|discount| {
            discount.duration == "forever" && discount.basis_points == Some(10_000)
        });
        self.product.recurring_interval.is_some()
            && !self.is_free()
            && (row.amount != 0 || is_metered)
            && !is_free_for_ever
    }

    /// Whether the buyer has to give a card.
    pub fn is_payment_form_required(self, row: &Checkout) -> bool {
        row.is_payment_required() || self.is_payment_setup_required(row)
    }

    /// Works out the tax. Without an address it stays as it was.
    pub fn tax(self, row: &mut Checkout, rates: &TaxRates) -> Result<(), LocationMissing> {
        let base = row.amount - self.discount_amount(row);
        // Whether a card is needed is asked with the tax of before.
        row.net_amount = base;
        if !self.is_payment_form_required(row) {
            row.tax_amount = Some(0);
            return Ok(());
        }
        let address = row.customer_billing_address.as_ref();
        let has_tax_id = row.customer_tax_id.is_some();
        let Some(location) = address.and_then(|address| TaxLocation::of(address, has_tax_id))
        else {
            return Ok(());
        };
        let price = price_of(self.product, row);
        let behavior = price.and_then(|price| price.tax_behavior.as_deref());
        match tax(rates, location, base, behavior) {
            Ok(tax) => {
                row.tax_amount = Some(tax.amount);
                row.tax_behavior = Some(tax.behavior().to_owned());
                if tax.is_inclusive {
                    row.net_amount = base - tax.amount;
                }
                Ok(())
            }
            Err(missing) => {
                row.tax_amount = None;
                row.tax_behavior = None;
                Err(missing)
            }
        }
    }

    /// Forgets how the buyer wanted to pay where nothing is to be paid.
    pub fn forget_payment(self, row: &mut Checkout) {
        if self.is_payment_form_required(row) {
            return;
        }
        row.payment_method_type = None;
        if !row.require_billing_address {
            row.is_business_customer = false;
            row.customer_tax_id = None;
            row.customer_billing_name = None;
        }
    }
}

/// All prices that a product is still offered at.
fn all_offered(product: &Product) -> impl Iterator<Item = &Price> {
    product.prices.iter().filter(|price| !price.is_archived)
}

/// The price of a checkout, also where it is no longer offered.
pub fn price_of<'p>(product: &'p Product, row: &Checkout) -> Option<&'p Price> {
    let mut prices = product.prices.iter();
    prices.find(|price| price.id == row.product_price_id)
}

/// The trial that a buyer gets: its unit and how many of them.
pub fn active_trial<'r>(row: &'r Checkout, product: &'r Product) -> Option<(&'r str, i64)> {
    if row.allow_trial != Some(true) || product.recurring_interval.is_none() {
        return None;
    }
    let unit = row
        .trial_interval
        .as_ref()
        .or(product.trial_interval.as_ref())?;
    let count = row.trial_interval_count.or(product.trial_interval_count)?;
    Some((unit, count))
}

fn trial_end(row: &Checkout, product: &Product, now: Timestamp) -> Option<Timestamp> {
    let (unit, count) = active_trial(row, product)?;
    super::add_interval(now, unit, count)
}

/// The prices in one currency that a buyer pays together.
struct PriceSet<'p>(Vec<&'p Price>);

impl<'p> PriceSet<'p> {
    /// The prices of a product in a currency, if it has any.
    fn of(product: &'p Product, currency: &str) -> Option<Self> {
        let prices: Vec<&Price> = offered(product, currency).collect();
        (!prices.is_empty()).then_some(Self(prices))
    }

    fn find(&self, kind: &str) -> Option<&'p Price> {
        let mut prices = self.0.iter();
        prices.find(|price| price.amount_type == kind).copied()
    }

    /// The price that decides how the checkout looks: one that does not depend on use, if there is one.
    fn main(&self) -> Option<&'p Price> {
        let mut prices = self.0.iter();
        let fixed = prices.find(|price| price.amount_type != "metered_unit");
        fixed.or(self.0.first()).copied()
    }

    /// What is paid at once. `chosen` is what the buyer wants to pay where that is free to choose.
    fn amount(&self, chosen: Option<i64>) -> i64 {
        let amount = |price: &&Price| match price.amount_type.as_str() {
            "custom" => {
                let bound = |name| bound(price, name);
                let preset = || bound("preset_amount").unwrap_or_else(|| minimum(price));
                chosen.unwrap_or_else(preset)
            }
            _ => price.fixed_amount(),
        };
        self.0.iter().map(amount).sum()
    }

    /// This server has neither seats nor units.
    fn check(&self, input: &str) -> Result<(), Refusal> {
        let by_quantity = ["seat_based", "unit_based"];
        match by_quantity.iter().any(|kind| self.find(kind).is_some()) {
            true => Err(Refusal::NotModelled(match input {
                "product_price_id" => "`product_price_id` of a price by seats or units",
                "products" => "`products` that are paid for by seats or units",
                _ => "`product_id` of a product that is paid for by seats or units",
            })),
            false => Ok(()),
        }
    }
}

fn bound(price: &Price, name: &str) -> Option<i64> {
    price.amount.get(name)?.as_i64()
}

/// The least that can be paid where the buyer chooses.
fn minimum(price: &Price) -> i64 {
    bound(price, "minimum_amount").unwrap_or(50)
}

/// Checks the amount that a buyer wants to pay.
fn check_amount(price: &Price, amount: i128, currency: &str) -> Result<i64, Refusal> {
    let refuse = |kind, message: Cow<'static, str>| {
        let input = Value::integer(amount.into());
        let error = BusinessError::at(vec![Value::Str("amount".to_owned())], message, input);
        Err(Refusal::Invalid(vec![BusinessError { kind, ..error }]))
    };
    let currency = Currency::of(currency)
        .ok_or_else(|| Refusal::internal("a checkout has no known currency"))?;
    let within = |bound: Option<i64>| bound.is_none_or(|bound| amount <= i128::from(bound));
    if amount < i128::from(minimum(price)) {
        return refuse("greater_than_equal", "Amount is below minimum.".into());
    }
    if amount > 0 && amount < i128::from(currency.least()) {
        let least = currency.write(currency.least());
        return refuse(
            "invalid_amount",
            format!("Amount must be 0 or at least {least}.").into(),
        );
    }
    if !within(bound(price, "maximum_amount")) {
        return refuse("less_than_equal", "Amount is above maximum.".into());
    }
    if !within(Some(currency.greatest())) {
        let greatest = currency.write(currency.greatest());
        let message = format!("Amount must be at most {greatest}.");
        return refuse("less_than_equal", message.into());
    }
    i64::try_from(amount).map_err(|_| Refusal::internal("an amount within bounds is too large"))
}

/// Checks a discount that is named in `field`, as `input`. `found` is the one of the seller that is meant.
fn check_discount<'d>(
    goods: Goods<'_>,
    currency: &str,
    found: Option<&'d Discount>,
    (field, input): (&'static str, Value),
    now: Timestamp,
) -> Result<&'d Discount, Refusal> {
    if !goods.is_discount_applicable() {
        let message = "Discounts are not applicable to this product.";
        return Err(Refusal::invalid(field, message, input));
    }
    let usable = |discount: &&Discount| {
        is_applicable(discount, goods.product.id, currency) && is_redeemable(discount, now)
    };
    found
        .filter(usable)
        .ok_or_else(|| Refusal::invalid(field, "Discount does not exist.", input))
}

/// A tax number with its kind.
fn check_tax_id(
    number: &str,
    billing_address: Option<&serde_json::Value>,
) -> Result<serde_json::Value, Refusal> {
    tax_id(number, billing_address).map_err(|refusal| match refusal {
        Refusal::Invalid(errors) => Refusal::Invalid(errors.into_iter().map(of_checkout).collect()),
        other => other,
    })
}

/// What is wrong with a customer's tax number, said of a checkout's.
fn of_checkout(error: BusinessError) -> BusinessError {
    let loc = error.loc.iter().map(|part| match part.as_str() {
        Some(name) => Value::Str(format!("customer_{name}")),
        None => part.clone(),
    });
    BusinessError {
        kind: match error.kind {
            "missing" => "missing",
            _ => "value_error",
        },
        loc: loc.collect(),
        ..error
    }
}

/// Seats and units that are given for a product without them.
fn check_quantities(
    given: &[(&'static str, Option<i128>)],
    message: impl Fn(&str) -> &'static str,
) -> Result<(), Refusal> {
    let wrong = given.iter().filter_map(|&(name, number)| {
        let loc = vec![Value::Str(name.to_owned())];
        Some(BusinessError::at(
            loc,
            message(name),
            Value::integer(number?.into()),
        ))
    });
    let wrong: Vec<_> = wrong.collect();
    match wrong.is_empty() {
        true => Ok(()),
        false => Err(Refusal::Invalid(wrong)),
    }
}

const SEATS_ONLY: &str = "Seats can only be set for seat-based pricing.";
const UNITS_ONLY: &str = "Units can only be set for unit-based pricing.";

/// Answers to custom fields. No product has any unless a fixture says so; answers to others are dropped, as there.
pub fn check_custom_fields(product: &Product, answers: Option<&Dict>) -> Result<(), Refusal> {
    match answers.is_some() && !product.attached_custom_fields.is_empty() {
        true => Err(Refusal::NotModelled(
            "`custom_field_data` of products with custom fields",
        )),
        false => Ok(()),
    }
}

/// A URL to go to after paying, as it is kept: the place of the checkout's id is not escaped.
pub(super) fn success_url(given: &str) -> String {
    given.replace("%7BCHECKOUT_ID%7D", "{CHECKOUT_ID}")
}

/// Something that a browser would show to the payment provider.
fn provider_secret(kind: &str) -> String {
    format!(
        "{}_secret_{}",
        new_token(&format!("{kind}_")),
        new_token("")
    )
}

/// The database fails on U+0000.
fn check_texts(row: &Checkout) -> Result<(), Refusal> {
    let texts = [
        &row.external_customer_id,
        &row.customer_name,
        &row.customer_billing_name,
        &row.payment_method_type,
        &row.embed_origin,
    ];
    let address = row.customer_billing_address.iter();
    let parts = address.filter_map(|address| address.as_object());
    let parts = parts.flat_map(|address| address.values());
    let mut all = texts.into_iter().flatten().map(String::as_str);
    let mut parts = parts.filter_map(|part| part.as_str());
    match all.any(|text| text.contains('\0')) || parts.any(|text| text.contains('\0')) {
        true => Err(Refusal::Crash),
        false => Ok(()),
    }
}

#[cfg(test)]
mod tests;
