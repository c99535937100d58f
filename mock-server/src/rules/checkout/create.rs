//! A new checkout: what is refused, and what it begins with.

use serde_json::{Map, Value as Json};
use uuid::Uuid;

use super::{
    CURRENCY, Goods, PriceSet, SEATS_ONLY, UNITS_ONLY, check_amount, check_custom_fields,
    check_discount, check_quantities, check_tax_id, check_texts, success_url, trial_end,
};
use crate::generated::requests::CheckoutCreate;
use crate::json::Value;
use crate::refusal::{BusinessError, Refusal};
use crate::rules::customer::{address, normal_email};
use crate::rules::keep_metadata;
use crate::rules::price::place;
use crate::settings::TaxRates;
use crate::state::{
    Checkout, Customer, CustomerType, Discount, Member, Metadata, Product, Subscription, Timestamp,
};

/// What every browser gets to talk to the payment provider with. There is none.
const PUBLISHABLE_KEY: &str = "pk_test_PolarMockTakesNoRealMoney";

/// How long a checkout lasts.
const LIFETIME_SECONDS: i64 = 86_400;

/// The products of a new checkout, and the prices of the first one that are asked for.
pub struct Choice<'p> {
    products: Vec<&'p Product>,
    product: &'p Product,
    prices: PriceSet<'p>,
    currency: String,
}

impl<'p> Choice<'p> {
    /// What a request asks for. `product` finds a product of the caller's, and `product_of` the one that has a price.
    pub fn of(
        asked: &CheckoutCreate,
        product: impl Fn(Uuid) -> Option<&'p Product>,
        product_of: impl Fn(Uuid) -> Option<&'p Product>,
    ) -> Result<Self, Refusal> {
        if asked.prices.is_some() {
            return Err(Refusal::NotModelled("`prices` made for one checkout"));
        }
        let currency = asked.currency.as_deref().unwrap_or(CURRENCY);
        let (field, products, loc) = if let Some(ids) = &asked.products {
            ("products", all_sold(ids, product)?, place("products", 0))
        } else if let Some(id) = asked.product_id {
            let loc = vec![Value::Str("product_id".to_owned())];
            let found = sold(product(id)).map_err(|message| refuse(&loc, message, id))?;
            ("product_id", vec![found], loc)
        } else {
            let id = asked.product_price_id.unwrap_or_default();
            return Self::of_price(product_of(id), id);
        };
        let [first, ..] = products[..] else {
            return Err(Refusal::internal("a checkout asks for nothing"));
        };
        Self::of_products(products, first, currency, field)?.ok_or_else(|| {
            let message = "Product is not available in the specified currency.";
            refuse(&loc, message, first.id)
        })
    }

    /// Some products of which this one is chosen, if it has a price in the currency. `field` is where it was asked for.
    pub fn of_products(
        products: Vec<&'p Product>,
        product: &'p Product,
        currency: &str,
        field: &str,
    ) -> Result<Option<Self>, Refusal> {
        let Some(prices) = PriceSet::of(product, currency) else {
            return Ok(None);
        };
        prices.check(field)?;
        Ok(Some(Self {
            products,
            product,
            prices,
            currency: currency.to_owned(),
        }))
    }

    fn of_price(product: Option<&'p Product>, id: Uuid) -> Result<Self, Refusal> {
        let refuse = |message| {
            let input = Value::Str(id.to_string());
            Refusal::invalid("product_price_id", message, input)
        };
        let unknown = || refuse("Price does not exist.");
        let product = product.ok_or_else(unknown)?;
        let mut prices = product.prices.iter();
        let price = prices.find(|price| price.id == id).ok_or_else(unknown)?;
        if price.is_archived {
            return Err(refuse("Price is archived."));
        }
        if product.is_archived {
            return Err(refuse("Product is archived."));
        }
        let prices = PriceSet(vec![price]);
        prices.check("product_price_id")?;
        Ok(Self {
            products: vec![product],
            product,
            prices,
            currency: price.price_currency.clone(),
        })
    }

    /// Who sells.
    pub fn organization_id(&self) -> Uuid {
        self.product.organization_id
    }

    /// An amount that somebody chose, where the price is free to choose; elsewhere it does not matter.
    pub fn chosen_amount(&self, amount: Option<i128>) -> Result<Option<i64>, Refusal> {
        let custom = self.prices.find("custom");
        let chosen = custom.zip(amount);
        chosen
            .map(|(price, amount)| check_amount(price, amount, &self.currency))
            .transpose()
    }

    /// An open checkout of this, about which nothing else is known.
    pub fn open(
        &self,
        id: Uuid,
        client_secret: String,
        amount: Option<i64>,
        now: Timestamp,
    ) -> Result<Checkout, Refusal> {
        let price = self.prices.main();
        let price = price.ok_or_else(|| Refusal::internal("a checkout has no price"))?;
        let amount = self.prices.amount(amount);
        let key = ("publishable_key".to_owned(), PUBLISHABLE_KEY.into());
        Ok(Checkout {
            id,
            organization_id: self.organization_id(),
            client_secret,
            status: "open".to_owned(),
            expires_at: now.plus_seconds(LIFETIME_SECONDS),
            success_url: None,
            return_url: None,
            embed_origin: None,
            products: self.products.iter().map(|product| product.id).collect(),
            product_id: self.product.id,
            product_price_id: price.id,
            currency: self.currency.clone(),
            amount,
            net_amount: amount,
            seats: None,
            units: None,
            discount_id: None,
            allow_discount_codes: true,
            tax_amount: None,
            tax_behavior: None,
            allow_trial: Some(true),
            trial_interval: None,
            trial_interval_count: None,
            trial_end: None,
            require_billing_address: false,
            is_business_customer: false,
            customer_id: None,
            external_customer_id: None,
            customer_name: None,
            customer_email: None,
            customer_ip_address: None,
            customer_billing_name: None,
            customer_billing_address: None,
            customer_tax_id: None,
            customer_metadata: Metadata::default(),
            payment_method_type: None,
            payment_processor_metadata: Map::from_iter([key]),
            confirmation_token_id: None,
            subscription_id: None,
            custom_field_data: Metadata::default(),
            metadata: Metadata::default(),
            created_at: now,
            modified_at: None,
        })
    }

    /// Gives a new checkout its trial and its tax. That a location is missing is said when it is confirmed.
    pub fn complete(
        &self,
        mut row: Checkout,
        discount: Option<&Discount>,
        rates: &TaxRates,
        now: Timestamp,
    ) -> Checkout {
        let product = self.product;
        row.trial_end = trial_end(&row, product, now);
        let _missing = Goods { product, discount }.tax(&mut row, rates);
        row
    }
}

/// What a request names beside the products.
pub struct NewCheckout<'n> {
    /// The request.
    pub asked: &'n CheckoutCreate,
    /// The discount of the seller with the id asked for.
    pub discount: Option<&'n Discount>,
    /// The subscription of the seller with the id asked for, and what it is to.
    pub subscription: Option<(&'n Subscription, &'n Product)>,
    /// The customer asked for, by an id or as the one of the subscription.
    pub customer: Option<&'n Customer>,
    /// The owner of that customer.
    pub owner: Option<&'n Member>,
}

/// Makes the checkout that a request asks for.
pub fn create_checkout(
    id: Uuid,
    client_secret: String,
    choice: &Choice<'_>,
    new: &NewCheckout<'_>,
    rates: &TaxRates,
    now: Timestamp,
) -> Result<Checkout, Refusal> {
    let asked = new.asked;
    let amount = choice.chosen_amount(asked.amount)?;
    let goods = Goods {
        product: choice.product,
        discount: None,
    };
    let discount = asked.discount_id.map(|id| {
        let named = ("discount_id", Value::Str(id.to_string()));
        check_discount(goods, &choice.currency, new.discount, named, now)
    });
    let discount = discount.transpose()?;
    let address = asked.customer_billing_address.as_ref().map(address);
    let number = asked.customer_tax_id.as_deref();
    let tax_id = number.map(|number| check_tax_id(number, address.as_ref()));
    let tax_id = tax_id.transpose()?;
    check_seats_and_units(asked)?;
    check_named(new)?;
    check_custom_fields(choice.product, asked.custom_field_data.as_ref())?;
    let mut row = choice.open(id, client_secret, amount, now)?;
    row.discount_id = asked.discount_id;
    row.allow_discount_codes = asked.allow_discount_codes.unwrap_or(true);
    row.allow_trial = asked.allow_trial.or(row.allow_trial);
    row.trial_interval = asked.trial_interval.clone();
    row.trial_interval_count = asked
        .trial_interval_count
        .and_then(|count| count.try_into().ok());
    row.require_billing_address =
        asked.require_billing_address == Some(true) || address.as_ref().is_some_and(asks_for_more);
    row.is_business_customer = asked.is_business_customer.unwrap_or_default();
    row.external_customer_id = asked.external_customer_id.clone();
    row.customer_name = asked.customer_name.clone();
    row.customer_email = asked.customer_email.as_deref().map(normal_email);
    row.customer_ip_address = asked.customer_ip_address.clone();
    row.customer_billing_name = asked.customer_billing_name.clone();
    row.customer_billing_address = address;
    row.customer_tax_id = tax_id;
    row.success_url = asked.success_url.as_deref().map(success_url);
    row.return_url = asked.return_url.clone();
    row.embed_origin = asked.embed_origin.clone();
    row.subscription_id = asked.subscription_id;
    let metadata = |given: &Option<_>| given.as_ref().map(keep_metadata).transpose();
    row.metadata = metadata(&asked.metadata)?.unwrap_or_default();
    row.customer_metadata = metadata(&asked.customer_metadata)?.unwrap_or_default();
    if let Some(customer) = new.customer {
        fill_in(
            &mut row,
            customer,
            new.owner,
            asked.is_business_customer.is_some(),
        );
    }
    check_texts(&row)?;
    Ok(choice.complete(row, discount, rates, now))
}

/// What is known of a customer goes where the request says nothing.
fn fill_in(row: &mut Checkout, customer: &Customer, owner: Option<&Member>, is_kind_given: bool) {
    let set = |place: &mut Option<String>, known: &Option<String>| {
        if place.is_none() {
            place.clone_from(known);
        }
    };
    row.customer_id = Some(customer.id);
    set(&mut row.customer_email, &customer.email);
    set(&mut row.customer_billing_name, &customer.billing_name);
    set(&mut row.customer_billing_name, &customer.name);
    if row.customer_billing_address.is_none() {
        row.customer_billing_address = customer.billing_address.clone();
    }
    if row.customer_tax_id.is_none() {
        row.customer_tax_id = customer.tax_id.clone();
    }
    // The name of a team is not that of who buys.
    if customer.kind != CustomerType::Team {
        set(&mut row.customer_name, &customer.name);
    } else if let Some(owner) = owner {
        set(&mut row.customer_email, &Some(owner.email.clone()));
    }
    let is_business = customer.billing_name.is_some()
        && customer.billing_address.as_ref().is_some_and(has_address);
    if is_business && !is_kind_given {
        row.is_business_customer = true;
    }
    if customer.payment_processor_id.is_some() {
        let secret = super::provider_secret("cuss");
        let metadata = &mut row.payment_processor_metadata;
        metadata.insert("customer_session_client_secret".to_owned(), secret.into());
    }
}

/// Whether an address says more than the country.
pub(super) fn has_address(address: &Json) -> bool {
    let parts = ["line1", "line2", "city", "postal_code"];
    parts.iter().any(|part| !address[*part].is_null())
}

/// Whether an address that comes with a new checkout makes the buyer give all of it.
fn asks_for_more(address: &Json) -> bool {
    let has_states = matches!(address["country"].as_str(), Some("US" | "CA"));
    has_address(address) || (!address["state"].is_null() && !has_states)
}

fn refuse(loc: &[Value], message: &'static str, id: Uuid) -> Refusal {
    let input = Value::Str(id.to_string());
    Refusal::Invalid(vec![BusinessError::at(loc.to_vec(), message, input)])
}

/// The product, if it can be sold.
fn sold(found: Option<&Product>) -> Result<&Product, &'static str> {
    let product = found.ok_or("Product does not exist.")?;
    if product.is_archived {
        return Err("Product is archived.");
    }
    match product.visibility.as_str() {
        "draft" => Err("Product is a draft."),
        _ => Ok(product),
    }
}

/// All products of a list, or what is wrong with them.
pub(in crate::rules) fn all_sold<'p>(
    ids: &[Uuid],
    product: impl Fn(Uuid) -> Option<&'p Product>,
) -> Result<Vec<&'p Product>, Refusal> {
    let mut errors = Vec::new();
    let mut products = Vec::new();
    for (index, &id) in ids.iter().enumerate() {
        match sold(product(id)) {
            Ok(product) => products.push(product),
            Err(message) => {
                let input = Value::Str(id.to_string());
                errors.push(BusinessError::at(place("products", index), message, input));
            }
        }
    }
    let mut sellers = products.windows(2);
    if sellers.any(|pair| pair[0].organization_id != pair[1].organization_id) {
        let message = "Products must all belong to the same organization.";
        let loc = vec![Value::Str("products".to_owned())];
        let input = ids.iter().map(|id| Value::Str(id.to_string())).collect();
        errors.push(BusinessError::at(loc, message, Value::List(input)));
    }
    match errors.is_empty() {
        true => Ok(products),
        false => Err(Refusal::Invalid(errors)),
    }
}

fn check_seats_and_units(asked: &CheckoutCreate) -> Result<(), Refusal> {
    let bounds = |name: &str| match name {
        "min_seats" => "min_seats can only be set for seat-based pricing.",
        "max_seats" => "max_seats can only be set for seat-based pricing.",
        "min_units" => "min_units can only be set for unit-based pricing.",
        _ => "max_units can only be set for unit-based pricing.",
    };
    check_quantities(
        &[
            ("min_seats", asked.min_seats),
            ("max_seats", asked.max_seats),
        ],
        bounds,
    )?;
    check_quantities(&[("seats", asked.seats)], |_| SEATS_ONLY)?;
    check_quantities(
        &[
            ("min_units", asked.min_units),
            ("max_units", asked.max_units),
        ],
        bounds,
    )?;
    check_quantities(&[("units", asked.units)], |_| UNITS_ONLY)
}

/// Checks that the subscription or the customer that is named is there.
fn check_named(new: &NewCheckout<'_>) -> Result<(), Refusal> {
    let refuse = |field, message, id: Uuid| {
        Err(Refusal::invalid(field, message, Value::Str(id.to_string())))
    };
    match (new.asked.subscription_id, new.asked.customer_id) {
        (Some(id), _) => match new.subscription {
            None => refuse("subscription_id", "Subscription does not exist.", id),
            Some((row, product)) if row.prices_of(product).any(|price| !price.is_free()) => {
                let message = "Only free subscriptions can be upgraded.";
                refuse("subscription_id", message, id)
            }
            Some(_) => Ok(()),
        },
        (None, Some(id)) if new.customer.is_none() => {
            refuse("customer_id", "Customer does not exist.", id)
        }
        _ => Ok(()),
    }
}
