//! What the periods of a subscription cost, and what a change in the middle of one is worth
//! (docs/behaviour.md#paid-subscriptions).

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::order_items::period_label;
use super::{TaxLocation, amount_off, new_order, tax};
use crate::settings::TaxRates;
use crate::state::{Customer, Discount, Order, OrderItem, Price, Product, Subscription, Timestamp};

/// Who is billed for what.
#[derive(Debug, Clone, Copy)]
pub struct Billed<'b> {
    /// The subscription.
    pub subscription: &'b Subscription,
    /// What it is to.
    pub product: &'b Product,
    /// Whose it is.
    pub customer: &'b Customer,
    /// Its discount.
    pub discount: Option<&'b Discount>,
}

/// The order of a subscription that brings these items, pending. The tax is 0 where nobody knows where the customer is.
pub fn subscription_order(
    id: Uuid,
    billed: Billed<'_>,
    items: Vec<OrderItem>,
    reason: &str,
    rates: &TaxRates,
    now: Timestamp,
) -> Order {
    let Billed {
        subscription,
        product,
        customer,
        discount,
    } = billed;
    let currency = subscription.currency(product);
    // Parts of periods have had their discount.
    let periods = items.iter().filter(|item| !item.proration);
    let periods = periods.map(|item| item.amount).sum();
    let discount_amount = discount.map_or(0, |discount| amount_off(discount, periods, currency));
    let order = new_order(id, customer, product.id, items, now);
    let taxed = order.subtotal_amount - discount_amount;
    let address = customer.billing_address.as_ref();
    let location = address.and_then(|address| TaxLocation::of(address, customer.tax_id.is_some()));
    // What the customer gets back is taxed as what the customer pays.
    let behavior = subscription.tax_behavior.as_deref();
    let due = location.filter(|_| taxed != 0);
    let due = due.and_then(|location| tax(rates, location, taxed.abs(), behavior).ok());
    let tax_amount = due.map_or(0, |tax| tax.amount * taxed.signum());
    let is_inclusive = due.is_some_and(|tax| tax.is_inclusive);
    let net_amount = if is_inclusive {
        taxed - tax_amount
    } else {
        taxed
    };
    let total = net_amount + tax_amount;
    Order {
        billing_reason: reason.to_owned(),
        currency: currency.to_owned(),
        discount_amount,
        net_amount,
        tax_amount,
        applied_balance_amount: match total {
            0.. => -total.min(customer.balance),
            _ => (-total).min((-customer.balance).max(0)),
        },
        discount_id: discount.map(|discount| discount.id),
        subscription_id: Some(subscription.id),
        metadata: subscription.metadata.clone(),
        ..order
    }
}

/// The balance of a customer who gets an order: what the order takes from it, or what it gives back.
pub fn balance_after(customer: &Customer, order: &Order) -> i64 {
    let total = order.total_amount();
    customer.balance
        + match total {
            0.. => order.applied_balance_amount,
            _ => -total,
        }
}

/// A part of a period that is paid for, or given back.
#[derive(Debug, Clone, Copy)]
pub struct Part<'p> {
    /// The product.
    pub product: &'p Product,
    /// The discount on the period.
    pub discount: Option<&'p Discount>,
    /// The period.
    pub period: (Timestamp, Timestamp),
    /// When the part begins; it ends with the period.
    pub from: Timestamp,
}

impl Part<'_> {
    /// The items that give the part back.
    pub fn given_back<'a>(
        self,
        prices: impl Iterator<Item = &'a Price>,
        currency: &str,
        new_id: impl Fn() -> Uuid,
    ) -> Vec<OrderItem> {
        let mut items = self.paid(prices, currency, new_id);
        for item in &mut items {
            item.amount = -item.amount;
            item.label.insert_str(0, "Remaining time on ");
        }
        items
    }

    /// The items that the part is paid for with.
    pub fn paid<'a>(
        self,
        prices: impl Iterator<Item = &'a Price>,
        currency: &str,
        new_id: impl Fn() -> Uuid,
    ) -> Vec<OrderItem> {
        // What costs nothing and what is paid by use is not told.
        let fixed = prices.filter(|price| price.amount_type == "fixed" && !price.is_free());
        let items = fixed.map(|price| {
            let amount = price.fixed_amount();
            let off = |discount| amount_off(discount, amount, currency);
            OrderItem {
                id: new_id(),
                label: period_label(self.product, self.from, self.period.1),
                amount: self.share(amount - self.discount.map_or(0, off)),
                proration: true,
                product_price_id: Some(price.id),
            }
        });
        items.collect()
    }

    /// What of an amount falls to the part, to the nearest cent; half a cent goes to the even one.
    fn share(self, amount: i64) -> i64 {
        let [start, end, from] =
            [self.period.0, self.period.1, self.from].map(DateTime::<Utc>::from);
        let micros = |from: DateTime<Utc>| (end - from).num_microseconds().unwrap_or(i64::MAX);
        let (whole, rest) = (i128::from(micros(start)), i128::from(micros(from)));
        if rest <= 0 || whole <= 0 {
            return 0;
        }
        let product = i128::from(amount) * rest;
        let (quotient, twice) = (product.div_euclid(whole), product.rem_euclid(whole) * 2);
        let is_up = twice > whole || (twice == whole && quotient % 2 != 0);
        i64::try_from(quotient + i128::from(is_up)).unwrap_or(i64::MAX)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::rules::activate::tests::at;
    use crate::rules::discount::tests::discount;
    use crate::rules::period_items;
    use crate::rules::revoke_subscription::tests::subscription;
    use crate::rules::subscribe::tests::product;

    fn paid(amount: i64) -> Product {
        let mut product = product();
        let price = &mut product.prices[0];
        price.amount.insert("price_amount".into(), amount.into());
        product
    }

    fn customer(balance: i64, country: Option<&str>) -> Customer {
        serde_json::from_value(json!({
            "id": Uuid::from_u128(3), "organization_id": Uuid::from_u128(2), "email": "ada@example.com",
            "balance": balance, "billing_address": country.map(|country| json!({"country": country})),
        }))
        .unwrap()
    }

    fn item(amount: i64, proration: bool) -> OrderItem {
        OrderItem {
            id: Uuid::nil(),
            label: String::new(),
            amount,
            proration,
            product_price_id: None,
        }
    }

    #[test]
    fn an_order_comes_to_its_items_less_the_discount_with_tax_and_balance() {
        let half = discount(json!({"basis_points": 5000}));
        let whole = || vec![item(2000, false)];
        // Subtotal, discount, net, tax, applied balance, due, and the balance afterwards.
        for (items, discount, country, balance, expected) in [
            (
                whole(),
                None,
                Some("FR"),
                0,
                [2000, 0, 1667, 333, 0, 2000, 0],
            ),
            (
                whole(),
                None,
                Some("CA"),
                0,
                [2000, 0, 2000, 100, 0, 2100, 0],
            ),
            (whole(), None, Some("US"), 0, [2000, 0, 2000, 0, 0, 2000, 0]),
            (whole(), None, None, 0, [2000, 0, 2000, 0, 0, 2000, 0]),
            (
                whole(),
                Some(&half),
                Some("FR"),
                0,
                [2000, 1000, 833, 167, 0, 1000, 0],
            ),
            // Parts of periods have had their discount.
            (
                vec![item(-1000, true), item(2000, false)],
                Some(&half),
                None,
                0,
                [1000, 1000, 0, 0, 0, 0, 0],
            ),
            (
                vec![item(-666, true)],
                None,
                Some("FR"),
                0,
                [-666, 0, -555, -111, 0, 0, 666],
            ),
            (
                whole(),
                None,
                Some("FR"),
                666,
                [2000, 0, 1667, 333, -666, 1334, 0],
            ),
            (
                whole(),
                None,
                None,
                3000,
                [2000, 0, 2000, 0, -2000, 0, 1000],
            ),
            (whole(), None, None, -30, [2000, 0, 2000, 0, 30, 2030, 0]),
            (
                vec![item(-20, true)],
                None,
                None,
                -30,
                [-20, 0, -20, 0, 20, 0, -10],
            ),
        ] {
            let (product, row) = (paid(2000), subscription());
            let customer = customer(balance, country);
            let billed = Billed {
                subscription: &row,
                product: &product,
                customer: &customer,
                discount,
            };
            let rates = TaxRates::default();
            let now = at("2026-06-15T00:00:00Z");
            let order = subscription_order(
                Uuid::nil(),
                billed,
                items,
                "subscription_cycle",
                &rates,
                now,
            );
            let found = [
                order.subtotal_amount,
                order.discount_amount,
                order.net_amount,
                order.tax_amount,
                order.applied_balance_amount,
                order.due_amount(),
                balance_after(&customer, &order),
            ];
            assert_eq!(found, expected, "{country:?} {balance}");
        }
    }

    #[test]
    fn a_period_has_an_item_for_each_price_that_has_an_amount() {
        let mut product = paid(2000);
        let metered = Price {
            amount_type: "metered_unit".into(),
            ..product.prices[0].clone()
        };
        product.prices.push(metered);
        let items = period_items(&subscription(), &product, Uuid::nil);
        let expected = OrderItem {
            label: "Plan — From Jun 1, 2026 to Jul 1, 2026".into(),
            product_price_id: Some(product.prices[0].id),
            ..item(2000, false)
        };
        assert_eq!(items, [expected]);
    }

    #[test]
    fn a_part_of_a_period_costs_its_share() {
        let start = at("2026-06-01T00:00:00Z");
        let end = at("2026-07-01T00:00:00Z");
        for (amount, basis_points, from, share) in [
            (3000, None, "2026-06-11T00:00:00Z", 2000),
            (2000, None, "2026-06-11T00:00:00Z", 1333),
            (3000, Some(2500), "2026-06-11T00:00:00Z", 1500),
            // Half a cent goes to the even one.
            (1, None, "2026-06-16T00:00:00Z", 0),
            (3, None, "2026-06-16T00:00:00Z", 2),
            (3000, None, "2026-07-02T00:00:00Z", 0),
        ] {
            let product = paid(amount);
            let off = basis_points.map(|points: i64| discount(json!({"basis_points": points})));
            let part = Part {
                product: &product,
                discount: off.as_ref(),
                period: (start, end),
                from: at(from),
            };
            let paid = part.paid(product.prices.iter(), "usd", Uuid::nil);
            assert_eq!(
                (paid[0].amount, paid[0].proration),
                (share, true),
                "{amount} {from}"
            );
            let back = part.given_back(product.prices.iter(), "usd", Uuid::nil);
            assert_eq!(back[0].amount, -share);
            assert!(back[0].label.starts_with("Remaining time on Plan — From "));
        }
        let free = Part {
            product: &product(),
            discount: None,
            period: (start, end),
            from: start,
        };
        assert_eq!(free.paid(product().prices.iter(), "usd", Uuid::nil), []);
    }
}
