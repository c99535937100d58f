use serde_json::{Value as Json, json};
use uuid::Uuid;

use super::*;
use crate::contract::Patch;
use crate::rules::activate::tests::at;
use crate::settings::Payment;
use crate::state::Customer;

const NOW: &str = "2026-06-01T00:00:00Z";
const PRODUCT: Uuid = Uuid::from_u128(2);
const PRICE: Uuid = Uuid::from_u128(3);

fn product(with: Json, price: Json) -> Product {
    let mut price_row =
        json!({"id": PRICE, "amount_type": "fixed", "amount": {"price_amount": 1000}});
    price_row
        .as_object_mut()
        .unwrap()
        .extend(price.as_object().unwrap().clone());
    let mut row = json!({
        "id": PRODUCT, "organization_id": Uuid::from_u128(1), "name": "Pro", "prices": [price_row],
    });
    row.as_object_mut()
        .unwrap()
        .extend(with.as_object().unwrap().clone());
    serde_json::from_value(row).unwrap()
}

fn checkout(with: Json) -> Checkout {
    let mut row = json!({
        "id": Uuid::from_u128(9), "organization_id": Uuid::from_u128(1), "client_secret": "polar_c_1",
        "expires_at": "2026-06-02T00:00:00Z", "products": [PRODUCT], "product_id": PRODUCT,
        "product_price_id": PRICE, "currency": "usd", "amount": 1000, "net_amount": 1000, "created_at": NOW,
    });
    row.as_object_mut()
        .unwrap()
        .extend(with.as_object().unwrap().clone());
    serde_json::from_value(row).unwrap()
}

fn discount(with: Json) -> Discount {
    let mut row = json!({
        "id": Uuid::from_u128(4), "organization_id": Uuid::from_u128(1), "name": "Off", "created_at": NOW,
    });
    row.as_object_mut()
        .unwrap()
        .extend(with.as_object().unwrap().clone());
    serde_json::from_value(row).unwrap()
}

fn customer() -> Customer {
    serde_json::from_value(
        json!({"organization_id": Uuid::from_u128(1), "payment_processor_id": "cus_1"}),
    )
    .unwrap()
}

/// Where errors are, and what they are.
fn wrong(refusal: Refusal) -> Vec<(String, &'static str)> {
    let Refusal::Invalid(errors) = refusal else {
        panic!("{refusal:?}");
    };
    let loc = |error: &BusinessError| {
        let parts = error.loc.iter().filter_map(Value::as_str);
        parts.collect::<Vec<_>>().join(".")
    };
    errors
        .iter()
        .map(|error| (loc(error), error.kind))
        .collect()
}

#[test]
fn the_net_amount_is_without_discount_and_tax() {
    let monthly = json!({"recurring_interval": "month"});
    let half = discount(json!({"basis_points": 5000}));
    let all = discount(json!({"basis_points": 10_000}));
    let for_ever = discount(json!({"basis_points": 10_000, "duration": "forever"}));
    let france = json!({"customer_billing_address": {"country": "FR"}});
    let canada = json!({"customer_billing_address": {"country": "CA"}});
    for (product_with, row, discount, net, tax, total, needs_card) in [
        (json!({}), json!({}), None, 1000, None, 1000, true),
        (json!({}), france.clone(), None, 833, Some(167), 1000, true),
        (json!({}), canada.clone(), None, 1000, Some(50), 1050, true),
        (
            json!({}),
            france.clone(),
            Some(&half),
            417,
            Some(83),
            500,
            true,
        ),
        // Nothing is owed, so that nobody asks for the tax.
        (json!({}), json!({}), Some(&all), 0, Some(0), 0, false),
        // The card is for later.
        (
            monthly.clone(),
            france.clone(),
            Some(&all),
            0,
            Some(0),
            0,
            true,
        ),
        (monthly, france, Some(&for_ever), 0, Some(0), 0, false),
    ] {
        let product = product(product_with, json!({}));
        let goods = Goods {
            product: &product,
            discount,
        };
        let mut row = checkout(row);
        goods.tax(&mut row, &TaxRates::default()).unwrap();
        let found = (row.net_amount, row.tax_amount, row.total_amount());
        assert_eq!(found, (net, tax, total), "{row:?}");
        assert_eq!(goods.is_payment_form_required(&row), needs_card, "{row:?}");
    }
}

#[test]
fn an_amount_that_is_free_to_choose_has_bounds() {
    let price = |amount: Json| {
        product(
            json!({}),
            json!({"amount_type": "custom", "amount": amount}),
        )
    };
    let bounds = json!({"minimum_amount": 0, "maximum_amount": 10_000, "preset_amount": 1500});
    for (amount, chosen, outcome) in [
        (bounds.clone(), 0, Ok(0)),
        (bounds.clone(), 49, Err("invalid_amount")),
        (bounds.clone(), 50, Ok(50)),
        (bounds.clone(), 10_000, Ok(10_000)),
        (bounds.clone(), 10_001, Err("less_than_equal")),
        (
            json!({"minimum_amount": 500}),
            499,
            Err("greater_than_equal"),
        ),
        (json!({}), 99_999_999, Ok(99_999_999)),
        (json!({}), 100_000_000, Err("less_than_equal")),
    ] {
        let product = price(amount);
        let found = check_amount(&product.prices[0], chosen, "usd");
        let found = found.map_err(|refusal| wrong(refusal)[0].1);
        assert_eq!(found, outcome, "{chosen}");
    }
    let of = |amount| PriceSet::of(&price(amount), "usd").map(|prices| prices.amount(None));
    assert_eq!(of(bounds), Some(1500));
    assert_eq!(of(json!({"minimum_amount": 500})), Some(500));
    assert_eq!(PriceSet::of(&price(json!({})), "eur").map(|_| ()), None);
}

#[test]
fn a_confirmation_says_everything_that_is_missing() {
    let product = product(json!({}), json!({}));
    let full =
        json!({"country": "US", "state": "US-NY", "line1": "1", "city": "C", "postal_code": "1"});
    for (row, token, missing) in [
        (
            json!({}),
            None,
            vec![
                "customer_email",
                "customer_billing_address.country",
                "customer_billing_address",
                "confirmation_token_id",
            ],
        ),
        (
            json!({"customer_email": "a@example.com", "customer_billing_address": {"country": "FR"}}),
            Some("ctoken_ok"),
            vec![],
        ),
        (
            json!({"customer_id": Uuid::from_u128(5), "customer_billing_address": {"country": "US"}}),
            Some("ctoken_ok"),
            vec![
                "customer_billing_address",
                "customer_billing_address.state",
                "customer_billing_address.line1",
                "customer_billing_address.city",
                "customer_billing_address.postal_code",
            ],
        ),
        (
            json!({"customer_email": "a@example.com", "customer_billing_address": full}),
            Some("ctoken_ok"),
            vec![],
        ),
        (
            json!({
                "customer_email": "a@example.com", "customer_billing_address": {"country": "FR"},
                "is_business_customer": true,
            }),
            Some("ctoken_ok"),
            vec![
                "customer_billing_address.line1",
                "customer_billing_address.city",
                "customer_billing_address.postal_code",
                "customer_billing_name",
                "customer_billing_address",
            ],
        ),
    ] {
        let goods = Goods {
            product: &product,
            discount: None,
        };
        let mut row = checkout(row);
        let tax = goods.tax(&mut row, &TaxRates::default());
        let found = missing_for_confirmation(&mut row, goods, tax, token, at(NOW));
        let found = found.map_or_else(wrong, |()| Vec::new());
        let found: Vec<String> = found.into_iter().map(|(loc, _)| loc).collect();
        assert_eq!(found, missing, "{row:?}");
        assert_eq!(row.customer_name.is_some(), token.is_some());
    }
}

#[test]
fn the_token_decides_what_a_confirmation_comes_to() {
    let once = product(json!({}), json!({}));
    let declined = |message: &str, is_reported| {
        let refusal = Refusal::Checkout(crate::refusal::CheckoutRefusal::Payment(message.into()));
        Err(Declined {
            refusal,
            is_reported,
        })
    };
    let funds = "Your card has insufficient funds.";
    let unknown = "No such confirmation token: 'abc'";
    for (token, trial, outcome) in [
        ("ctoken_ok", None, Ok((Payment::Succeeds, "succeeded"))),
        ("ctoken_late", None, Ok((Payment::Late, "processing"))),
        (
            "ctoken_action",
            None,
            Ok((Payment::ActionRequired, "requires_action")),
        ),
        ("ctoken_funds", None, declined(funds, true)),
        ("abc", None, declined(unknown, false)),
        // The card is only kept: neither a lack of money nor a late failure matters.
        (
            "ctoken_funds",
            Some(NOW),
            Ok((Payment::Succeeds, "succeeded")),
        ),
        (
            "ctoken_late",
            Some(NOW),
            Ok((Payment::Succeeds, "succeeded")),
        ),
    ] {
        let monthly = product(json!({"recurring_interval": "month"}), json!({}));
        let goods = Goods {
            product: if trial.is_some() { &monthly } else { &once },
            discount: None,
        };
        let row = checkout(json!({"trial_end": trial}));
        let found = confirm_checkout(row, goods, &customer(), Some(token), Payment::Succeeds);
        let status = |row: &Checkout| row.payment_processor_metadata["intent_status"].clone();
        match (found, outcome) {
            (Ok(found), Ok((payment, expected))) => {
                assert_eq!(
                    (found.payment, status(&found.row)),
                    (payment, json!(expected)),
                    "{token}"
                );
                assert_eq!(found.row.status, "confirmed");
            }
            (Err(found), Err(expected)) => assert_eq!(found, expected, "{token}"),
            (found, _) => panic!("{token}: {found:?}"),
        }
    }
}

#[test]
fn a_failed_payment_opens_the_checkout_unless_it_is_over() {
    for (status, is_opened) in [
        ("open", true),
        ("confirmed", true),
        ("succeeded", false),
        ("expired", false),
    ] {
        let row = checkout(json!({
            "status": status, "payment_processor_metadata": {"customer_id": "c", "intent_status": "processing"},
        }));
        let found = fail_checkout(&row, at(NOW));
        let found = found.map(|row| (row.status, json!(row.payment_processor_metadata)));
        let opened = ("open".to_owned(), json!({"customer_id": "c"}));
        assert_eq!(found, is_opened.then_some(opened), "{status}");
    }
}

#[test]
fn a_change_brings_what_belongs_to_it() {
    let one = product(json!({}), json!({}));
    let other_price = Uuid::from_u128(7);
    let other = product(
        json!({"id": Uuid::from_u128(6)}),
        json!({"id": other_price, "amount": {"price_amount": 2000}}),
    );
    let archived = product(
        json!({"id": Uuid::from_u128(8), "is_archived": true}),
        json!({}),
    );
    let only_one = discount(json!({"basis_points": 1000, "products": [PRODUCT]}));
    let change = |update| {
        let old = checkout(
            json!({"discount_id": only_one.id, "products": [PRODUCT, other.id, archived.id]}),
        );
        let products = [&one, &other, &archived];
        let changed = update_checkout(&old, update, &products, Some(&only_one), None, at(NOW));
        changed.map(|changed| changed.row)
    };
    let to = |id| CheckoutUpdate {
        product_id: Patch::Set(id),
        ..CheckoutUpdate::default()
    };
    let row = change(to(other.id)).unwrap();
    assert_eq!(
        (row.amount, row.product_price_id, row.discount_id),
        (2000, other_price, None)
    );
    let row = change(CheckoutUpdate::default()).unwrap();
    assert_eq!((row.amount, row.discount_id), (1000, Some(only_one.id)));
    for (update, loc) in [
        (to(archived.id), "product_id"),
        (to(Uuid::nil()), "product_id"),
        (
            CheckoutUpdate {
                currency: Patch::Set("eur".into()),
                ..CheckoutUpdate::default()
            },
            "currency",
        ),
        (
            CheckoutUpdate {
                discount: Patch::Set(NamedDiscount::Code("NONE".into())),
                ..CheckoutUpdate::default()
            },
            "discount_code",
        ),
        (
            CheckoutUpdate {
                customer_tax_id: Patch::Set("FR61954506077".into()),
                ..CheckoutUpdate::default()
            },
            "customer_billing_address",
        ),
    ] {
        assert_eq!(wrong(change(update).unwrap_err())[0].0, loc);
    }
}

#[test]
fn the_scheduler_runs_every_quarter_of_an_hour() {
    for (expires, run) in [
        ("2026-06-02T00:00:00Z", "2026-06-02T00:00:00Z"),
        ("2026-06-02T00:00:00.5Z", "2026-06-02T00:15:00Z"),
        ("2026-06-02T00:14:59Z", "2026-06-02T00:15:00Z"),
    ] {
        let row = checkout(json!({"expires_at": expires}));
        assert_eq!(row.next_change(), Some(at(run)), "{expires}");
        assert_eq!(expire_checkout(&row, at("2026-06-01T23:59:59Z")), None);
        assert!(expire_checkout(&row, at(run)).is_some());
    }
}
