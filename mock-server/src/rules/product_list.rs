//! The order of products in a list (docs/behaviour.md#lists).

use std::cmp::Ordering;

use super::nulls_last;
use crate::state::Product;

/// Compares two products by a criterion of `sorting`.
pub fn compare_products(criterion: &str, a: &Product, b: &Product) -> Ordering {
    match criterion {
        "created_at" => a.created_at.cmp(&b.created_at),
        "name" => a.name.cmp(&b.name),
        "price_amount" => nulls_last(&amount(a), &amount(b)),
        "price_amount_type" => nulls_last(&amount_type(a), &amount_type(b)),
        _ => Ordering::Equal,
    }
}

/// What the first price asks for at least; nothing for seats and use.
fn amount(product: &Product) -> Option<i64> {
    let price = product.prices.iter().find(|price| !price.is_archived)?;
    let name = match price.amount_type.as_str() {
        "custom" => "minimum_amount",
        "fixed" => "price_amount",
        _ => return None,
    };
    price.amount.get(name)?.as_i64()
}

/// Custom prices come before fixed ones.
fn amount_type(product: &Product) -> Option<u8> {
    let price = product.prices.iter().find(|price| !price.is_archived)?;
    match price.amount_type.as_str() {
        "custom" => Some(1),
        "fixed" => Some(2),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::rules::activate::tests::at;
    use crate::rules::subscribe::tests::product;

    #[test]
    fn products_are_sorted_by_themselves_and_by_their_first_price() {
        let priced = |amount_type: &str, amount: serde_json::Value| {
            let archived =
                json!({"amount_type": "fixed", "is_archived": true, "amount": {"price_amount": 1}});
            let price = json!({"amount_type": amount_type, "amount": amount});
            Product {
                prices: serde_json::from_value(json!([archived, price])).unwrap(),
                ..product()
            }
        };
        let custom = priced("custom", json!({"minimum_amount": 50}));
        let fixed = priced("fixed", json!({"price_amount": 40}));
        let seats = priced("seat_based", json!({}));
        let named = |name: &str, created_at| Product {
            name: name.into(),
            created_at: at(created_at),
            ..product()
        };
        let a = named("A", "2026-01-02T00:00:00Z");
        let b = named("B", "2026-01-01T00:00:00Z");
        for (criterion, a, b, order) in [
            ("price_amount", &fixed, &custom, Ordering::Less),
            ("price_amount", &custom, &seats, Ordering::Less),
            ("price_amount_type", &custom, &fixed, Ordering::Less),
            ("price_amount_type", &fixed, &seats, Ordering::Less),
            ("name", &fixed, &seats, Ordering::Equal),
            ("name", &a, &b, Ordering::Less),
            ("created_at", &b, &a, Ordering::Less),
            ("unknown", &a, &b, Ordering::Equal),
        ] {
            assert_eq!(compare_products(criterion, a, b), order, "{criterion}");
            assert_eq!(
                compare_products(criterion, b, a),
                order.reverse(),
                "{criterion}"
            );
        }
    }
}
