//! A checkout that a link opens (docs/behaviour.md#opening-a-link): what its query says is used if it fits, and else ignored.

use url::Url;
use uuid::Uuid;

use super::{CURRENCY, Choice, Goods, check_discount, check_texts};
use crate::contract::is_email;
use crate::generated::requests::CheckoutLinksRedirect;
use crate::json::Value;
use crate::refusal::{CheckoutRefusal, Refusal};
use crate::rules::keep_metadata;
use crate::settings::TaxRates;
use crate::state::{Checkout, CheckoutLink, Discount, Product, Timestamp};

/// What the directory knows of a link.
pub struct OpenedLink<'l> {
    /// The link.
    pub link: &'l CheckoutLink,
    /// Its products.
    pub products: Vec<&'l Product>,
    /// Its discount.
    pub discount: Option<&'l Discount>,
    /// The discount with the code of the query.
    pub named: Option<&'l Discount>,
    /// The address of who opens it.
    pub address: Option<String>,
}

/// The new checkout.
pub fn open_link(
    id: Uuid,
    client_secret: String,
    opened: OpenedLink<'_>,
    asked: &CheckoutLinksRedirect,
    rates: &TaxRates,
    now: Timestamp,
) -> Result<Checkout, Refusal> {
    // No organization has named sites that may embed its checkouts.
    if let Some(origin) = asked.embed_origin.as_deref().and_then(origin) {
        return Err(Refusal::Checkout(CheckoutRefusal::EmbedHost(origin)));
    }
    let OpenedLink {
        link, mut products, ..
    } = opened;
    products.retain(|product| !product.is_archived && product.visibility != "draft");
    let mut wanted = products
        .iter()
        .filter(|product| Some(product.id) == asked.product_id);
    // The real server fails where nothing is left to sell.
    let product = wanted
        .next()
        .or(products.first())
        .copied()
        .ok_or(Refusal::Crash)?;
    let choice = Choice::of_products(products, product, CURRENCY, "products")?;
    let choice = choice.ok_or_else(|| {
        let message = "Product is not available in the specified currency.";
        Refusal::invalid("products", message, Value::Str(product.id.to_string()))
    })?;
    let amount = fitting(choice.chosen_amount(whole(asked.amount.as_deref())?))?.flatten();
    let goods = Goods {
        product,
        discount: None,
    };
    let usable = |found| {
        fitting(check_discount(
            goods,
            CURRENCY,
            found,
            ("discount", Value::Null),
            now,
        ))
    };
    let discount = match usable(opened.named)? {
        Some(discount) => Some(discount),
        None => usable(opened.discount)?,
    };
    let mut metadata = link.metadata.0.clone();
    for (name, given) in [
        ("reference_id", &asked.reference_id),
        ("utm_source", &asked.utm_source),
        ("utm_medium", &asked.utm_medium),
        ("utm_campaign", &asked.utm_campaign),
        ("utm_term", &asked.utm_term),
        ("utm_content", &asked.utm_content),
    ] {
        if let (None, Some(given)) = (metadata.get(name), given) {
            // The database fails on U+0000.
            if given.contains('\0') {
                return Err(Refusal::Crash);
            }
            metadata.push(name, Value::Str(given.clone()));
        }
    }
    let email = asked.customer_email.clone();
    let row = Checkout {
        discount_id: discount.map(|discount| discount.id),
        allow_discount_codes: link.allow_discount_codes,
        trial_interval: link.trial_interval.clone(),
        trial_interval_count: link.trial_interval_count,
        require_billing_address: link.require_billing_address,
        customer_name: asked.customer_name.clone(),
        customer_email: email.filter(|email| is_email(email)),
        customer_ip_address: opened.address,
        success_url: link.success_url.clone(),
        return_url: link.return_url.clone(),
        metadata: keep_metadata(&metadata)?,
        ..choice.open(id, client_secret, amount, now)?
    };
    check_texts(&row)?;
    Ok(choice.complete(row, discount, rates, now))
}

/// What was found to be right; nothing where the query is wrong.
fn fitting<T>(checked: Result<T, Refusal>) -> Result<Option<T>, Refusal> {
    match checked {
        Ok(found) => Ok(Some(found)),
        Err(Refusal::Invalid(_)) => Ok(None),
        Err(refusal) => Err(refusal),
    }
}

/// An amount without what is behind its point. The real server fails on an infinite one.
#[allow(clippy::cast_possible_truncation)]
fn whole(amount: Option<&str>) -> Result<Option<i128>, Refusal> {
    match amount.and_then(|amount| amount.parse::<f64>().ok()) {
        Some(amount) if amount.is_infinite() => Err(Refusal::Crash),
        Some(amount) if amount.is_nan() => Ok(None),
        amount => Ok(amount.map(|amount| amount as i128)),
    }
}

/// The origin of a page.
fn origin(page: &str) -> Option<String> {
    let page = Url::parse(page).ok()?;
    let host = page.host_str().filter(|host| !host.contains('*'))?;
    let port = page
        .port()
        .map(|port| format!(":{port}"))
        .unwrap_or_default();
    Some(format!("{}://{host}{port}", page.scheme()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_amount_is_a_number_without_its_fraction() {
        for (given, amount) in [
            (None, Ok(None)),
            (Some("700.9"), Ok(Some(700))),
            (Some("1e3"), Ok(Some(1000))),
            (Some("-0.5"), Ok(Some(0))),
            (Some("abc"), Ok(None)),
            (Some("nan"), Ok(None)),
            (Some("inf"), Err(Refusal::Crash)),
        ] {
            assert_eq!(whole(given), amount, "{given:?}");
        }
    }

    #[test]
    fn an_origin_has_a_host() {
        for (page, expected) in [
            ("https://a.example/x?y", Some("https://a.example")),
            ("https://a.example:443", Some("https://a.example")),
            ("http://localhost:3000/", Some("http://localhost:3000")),
            ("xx", None),
            ("file:///x", None),
            ("https://*.example", None),
        ] {
            assert_eq!(origin(page).as_deref(), expected, "{page}");
        }
    }
}
