//! What a seller or a buyer changes in an open checkout.

use serde_json::Value as Json;
use uuid::Uuid;

use super::{
    CURRENCY, Goods, PriceSet, SEATS_ONLY, UNITS_ONLY, check_amount, check_discount,
    check_quantities, check_tax_id, check_texts, success_url, trial_end,
};
use crate::contract::Patch;
use crate::json::{Dict, Value};
use crate::refusal::{CheckoutRefusal, Refusal};
use crate::rules::customer::normal_email;
use crate::rules::{is_applicable, keep_metadata};
use crate::state::{Checkout, Discount, Product, Timestamp};

/// What is to change.
#[derive(Debug, Default)]
pub struct CheckoutUpdate {
    /// The product.
    pub product_id: Patch<Uuid>,
    /// Its price.
    pub product_price_id: Patch<Uuid>,
    /// The currency.
    pub currency: Patch<String>,
    /// The amount, where it is free to choose.
    pub amount: Patch<i128>,
    /// How many seats.
    pub seats: Patch<i128>,
    /// How many units.
    pub units: Patch<i128>,
    /// The discount, and what stands for it in the request.
    pub discount: Patch<NamedDiscount>,
    /// Whether a buyer may enter a discount's code.
    pub allow_discount_codes: Patch<bool>,
    /// Whether the buyer gets the trial.
    pub allow_trial: Patch<bool>,
    /// The unit of the trial.
    pub trial_interval: Patch<String>,
    /// How many of them the trial lasts.
    pub trial_interval_count: Patch<i128>,
    /// Whether the buyer has to give the whole address.
    pub require_billing_address: Patch<bool>,
    /// Whether the buyer is a business.
    pub is_business_customer: Patch<bool>,
    /// The buyer's name.
    pub customer_name: Patch<String>,
    /// The buyer's e-mail address.
    pub customer_email: Patch<String>,
    /// The buyer's IP address.
    pub customer_ip_address: Patch<String>,
    /// The name on the invoice.
    pub customer_billing_name: Patch<String>,
    /// The address on the invoice.
    pub customer_billing_address: Patch<Json>,
    /// The tax number, without its kind.
    pub customer_tax_id: Patch<String>,
    /// What a customer who is made gets.
    pub customer_metadata: Patch<Dict>,
    /// How the buyer pays.
    pub payment_method_type: Patch<String>,
    /// Where the buyer goes after paying.
    pub success_url: Patch<String>,
    /// Where a buyer goes who does not pay.
    pub return_url: Patch<String>,
    /// The page that it is embedded in.
    pub embed_origin: Patch<String>,
    /// What the seller keeps with it.
    pub metadata: Option<Dict>,
}

/// A discount as a request names it.
#[derive(Debug, Clone, PartialEq)]
pub enum NamedDiscount {
    /// By its id.
    Id(Uuid),
    /// By its code; only where buyers may enter one.
    Code(String),
}

/// A changed checkout, and what it sells now.
pub struct UpdatedCheckout<'d> {
    /// The checkout, without its tax.
    pub row: Checkout,
    /// What it sells.
    pub goods: Goods<'d>,
}

/// Changes an open checkout. `products` are those to choose from, `discount` is the one that it has, and `found` the one of
/// the seller that the request names.
pub fn update_checkout<'d>(
    old: &Checkout,
    update: CheckoutUpdate,
    products: &[&'d Product],
    discount: Option<&'d Discount>,
    found: Option<&'d Discount>,
    now: Timestamp,
) -> Result<UpdatedCheckout<'d>, Refusal> {
    if old.status != "open" {
        let refusal = CheckoutRefusal::NotOpen(old.id, old.status.clone());
        return Err(Refusal::Checkout(refusal));
    }
    let mut row = old.clone();
    let product = choose(&mut row, &update, products)?;
    let discount = discount.filter(|discount| is_applicable(discount, product.id, &row.currency));
    row.discount_id = discount.map(|discount| discount.id);
    // The real server fails where the product lost the currency meanwhile.
    let prices = PriceSet::of(product, &row.currency).ok_or(Refusal::Crash)?;
    prices.check("product_id")?;
    if let (Some(price), Some(&amount)) = (prices.find("custom"), update.amount.value()) {
        row.amount = check_amount(price, amount, &row.currency)?;
    }
    check_quantities(&[("seats", update.seats.value().copied())], |_| SEATS_ONLY)?;
    check_quantities(&[("units", update.units.value().copied())], |_| UNITS_ONLY)?;
    let goods = Goods { product, discount };
    let discount = match &update.discount {
        Patch::Keep => discount,
        Patch::Null => None,
        Patch::Set(named) => {
            let named = match named {
                NamedDiscount::Id(id) => ("discount_id", Value::Str(id.to_string())),
                NamedDiscount::Code(_) => ("discount_code", Value::Null),
            };
            Some(check_discount(goods, &row.currency, found, named, now)?)
        }
    };
    row.discount_id = discount.map(|discount| discount.id);
    change_buyer(&mut row, &update)?;
    set_details(&mut row, update)?;
    row.trial_end = trial_end(&row, product, now);
    check_texts(&row)?;
    Ok(UpdatedCheckout {
        row,
        goods: Goods { product, discount },
    })
}

/// The product as it is chosen afterwards. A new one, or a new currency, brings its price.
fn choose<'d>(
    row: &mut Checkout,
    update: &CheckoutUpdate,
    products: &[&'d Product],
) -> Result<&'d Product, Refusal> {
    let refuse =
        |field, message, input: String| Refusal::invalid(field, message, Value::Str(input));
    let no_currency = |currency: &str| {
        let message = "Product is not available in the specified currency.";
        refuse("currency", message, currency.to_owned())
    };
    let listed = |id: Uuid| products.iter().copied().find(|product| product.id == id);
    let currency = update.currency.value().map(String::as_str);
    let (product, prices, currency) = match (update.product_id.value(), currency) {
        (None, None) => {
            let chosen = listed(row.product_id);
            return chosen.ok_or_else(|| Refusal::internal("a checkout has no product"));
        }
        (None, Some(currency)) => {
            let chosen = listed(row.product_id);
            let chosen = chosen.ok_or_else(|| Refusal::internal("a checkout has no product"))?;
            let prices = PriceSet::of(chosen, currency).ok_or_else(|| no_currency(currency))?;
            (chosen, prices, currency)
        }
        (Some(&id), currency) => {
            let unknown = "Product is not available in this checkout.";
            let chosen = listed(id).ok_or_else(|| refuse("product_id", unknown, id.to_string()))?;
            if chosen.is_archived {
                return Err(refuse("product_id", "Product is archived.", id.to_string()));
            }
            if let Some(&id) = update.product_price_id.value() {
                let price = super::all_offered(chosen).find(|price| price.id == id);
                let unknown = "Price is not available in this checkout.";
                let price =
                    price.ok_or_else(|| refuse("product_price_id", unknown, id.to_string()))?;
                (chosen, PriceSet(vec![price]), price.price_currency.as_str())
            } else if let Some(currency) = currency {
                let prices = PriceSet::of(chosen, currency).ok_or_else(|| no_currency(currency))?;
                (chosen, prices, currency)
            } else {
                let known = PriceSet::of(chosen, &row.currency).map(|prices| (prices, None));
                let usual = || Some((PriceSet::of(chosen, CURRENCY)?, Some(CURRENCY)));
                let (prices, changed) = known.or_else(usual).ok_or(Refusal::Crash)?;
                let currency = changed.map_or_else(|| row.currency.clone(), str::to_owned);
                set_price(row, chosen, &prices, &currency)?;
                return Ok(chosen);
            }
        }
    };
    set_price(row, product, &prices, currency)?;
    Ok(product)
}

fn set_price(
    row: &mut Checkout,
    product: &Product,
    prices: &PriceSet<'_>,
    currency: &str,
) -> Result<(), Refusal> {
    prices.check("product_id")?;
    let price = prices.main();
    let price = price.ok_or_else(|| Refusal::internal("a product has no price"))?;
    row.product_id = product.id;
    row.product_price_id = price.id;
    row.currency = currency.to_owned();
    row.amount = prices.amount(None);
    Ok(())
}

/// The buyer's address, and the tax number that goes with it.
fn change_buyer(row: &mut Checkout, update: &CheckoutUpdate) -> Result<(), Refusal> {
    if let Some(address) = update.customer_billing_address.value() {
        row.customer_billing_address = Some(address.clone());
    }
    if update.is_business_customer == Patch::Set(false) || update.customer_tax_id == Patch::Null {
        row.customer_tax_id = None;
        return Ok(());
    }
    let known = row.customer_tax_id.as_ref();
    let known = known.and_then(|known| known[0].as_str());
    let number = update.customer_tax_id.value().map(String::as_str).or(known);
    let address = row.customer_billing_address.as_ref();
    // One that stays has to fit the new country.
    let tax_id = number
        .map(|number| check_tax_id(number, address))
        .transpose()?;
    row.customer_tax_id = tax_id;
    Ok(())
}

/// What is taken as it is given.
fn set_details(row: &mut Checkout, update: CheckoutUpdate) -> Result<(), Refusal> {
    let is_private = update.is_business_customer == Patch::Set(false);
    set_flag(&mut row.allow_discount_codes, update.allow_discount_codes)?;
    set_flag(
        &mut row.require_billing_address,
        update.require_billing_address,
    )?;
    set_flag(&mut row.is_business_customer, update.is_business_customer)?;
    set(&mut row.allow_trial, update.allow_trial);
    set(&mut row.trial_interval, update.trial_interval);
    let count = |count: i128| i64::try_from(count);
    let count = update.trial_interval_count.try_map(count);
    let count = count.map_err(|_| Refusal::internal("a trial is too long to be kept"))?;
    set(&mut row.trial_interval_count, count);
    set(&mut row.customer_name, update.customer_name);
    // A known customer keeps their address.
    if row.customer_id.is_none() {
        set(&mut row.customer_email, update.customer_email);
        row.customer_email = row.customer_email.as_deref().map(normal_email);
    }
    set(&mut row.customer_ip_address, update.customer_ip_address);
    set(&mut row.customer_billing_name, update.customer_billing_name);
    if is_private {
        row.customer_billing_name = None;
    }
    set(&mut row.payment_method_type, update.payment_method_type);
    set(&mut row.success_url, update.success_url);
    row.success_url = row.success_url.as_deref().map(success_url);
    set(&mut row.return_url, update.return_url);
    set(&mut row.embed_origin, update.embed_origin);
    match update.customer_metadata {
        Patch::Keep => {}
        // The real server cannot keep this.
        Patch::Null => return Err(Refusal::Crash),
        Patch::Set(given) => row.customer_metadata = keep_metadata(&given)?,
    }
    if let Some(given) = update.metadata {
        row.metadata = keep_metadata(&given)?;
    }
    Ok(())
}

fn set<T>(place: &mut Option<T>, update: Patch<T>) {
    if let Some(value) = update.change() {
        *place = value;
    }
}

/// A flag that is always there: the real server fails on `null`.
fn set_flag(place: &mut bool, update: Patch<bool>) -> Result<(), Refusal> {
    match update {
        Patch::Keep => {}
        Patch::Null => return Err(Refusal::Crash),
        Patch::Set(flag) => *place = flag,
    }
    Ok(())
}
