//! What a discount takes off, and for whom (docs/behaviour.md#discounts).

use uuid::Uuid;

use super::add_interval;
use crate::state::{Discount, Timestamp};

/// What a discount takes off an amount, in cents. Fixed discounts take no more than there is, and nothing in a currency that
/// they do not name.
pub fn amount_off(discount: &Discount, amount: i64, currency: &str) -> i64 {
    match discount.basis_points {
        // As the real server does, in floating point: half a cent off 0.285 of 100 is less than half there.
        #[allow(clippy::cast_precision_loss, clippy::cast_possible_truncation)]
        Some(basis_points) => (amount as f64 * (basis_points as f64 / 10_000.0)).round() as i64,
        None => {
            let off = discount.amounts.get(currency);
            off.map_or(0, |&off| off.min(amount))
        }
    }
}

/// Whether a product can be bought with a discount in a currency.
pub fn is_applicable(discount: &Discount, product: Uuid, currency: &str) -> bool {
    let has_amount = discount.basis_points.is_some() || discount.amounts.contains_key(currency);
    has_amount && (discount.products.is_empty() || discount.products.contains(&product))
}

/// Whether a discount can be redeemed now: it has begun, has not ended, and is not used up.
pub fn is_redeemable(discount: &Discount, now: Timestamp) -> bool {
    let is_left = |most| discount.redemptions_count < most;
    discount.deleted_at.is_none()
        && discount.starts_at.is_none_or(|start| start <= now)
        && discount.ends_at.is_none_or(|end| end >= now)
        && discount.max_redemptions.is_none_or(is_left)
}

/// Whether a discount that a subscription got in the period that began at `applied_at` still counts in the one that begins at
/// `period_start`. Months are those of the calendar, the first of them included.
pub fn is_still_applied(
    discount: &Discount,
    applied_at: Timestamp,
    period_start: Timestamp,
) -> bool {
    match (discount.duration.as_str(), discount.duration_in_months) {
        ("once", _) => period_start <= applied_at,
        ("repeating", Some(months)) => {
            add_interval(applied_at, "month", months - 1).is_some_and(|last| period_start <= last)
        }
        _ => true,
    }
}

/// Whether a buyer who enters this code means this discount. Case does not matter.
pub fn has_code(discount: &Discount, code: &str) -> bool {
    let own = discount.code.as_ref();
    own.is_some_and(|own| own.to_uppercase() == code.to_uppercase())
}

#[cfg(test)]
pub(super) mod tests {
    use serde_json::json;

    use super::*;
    use crate::rules::activate::tests::at;

    const NOW: &str = "2026-06-01T00:00:00Z";
    const PRODUCT: Uuid = Uuid::from_u128(7);

    pub(in crate::rules) fn discount(with: serde_json::Value) -> Discount {
        let mut row = json!({
            "id": Uuid::from_u128(1), "organization_id": Uuid::from_u128(2), "name": "Off", "created_at": NOW,
        });
        let with = with.as_object().unwrap().clone();
        row.as_object_mut().unwrap().extend(with);
        serde_json::from_value(row).unwrap()
    }

    #[test]
    fn a_discount_takes_off_a_part_or_an_amount() {
        for (with, amount, currency, off) in [
            (json!({"basis_points": 2500}), 2000, "usd", 500),
            (json!({"basis_points": 10_000}), 2000, "eur", 2000),
            (json!({"basis_points": 3333}), 1000, "usd", 333),
            // Half a cent counts as one, unless floating point makes it less.
            (json!({"basis_points": 1}), 5000, "usd", 1),
            (json!({"basis_points": 1}), 4999, "usd", 0),
            (json!({"basis_points": 2850}), 100, "usd", 28),
            (json!({"basis_points": 5000}), 0, "usd", 0),
            (
                json!({"amounts": {"usd": 500, "eur": 400}}),
                2000,
                "usd",
                500,
            ),
            (
                json!({"amounts": {"usd": 500, "eur": 400}}),
                2000,
                "eur",
                400,
            ),
            (json!({"amounts": {"usd": 500}}), 300, "usd", 300),
            (json!({"amounts": {"usd": 500}}), 2000, "gbp", 0),
        ] {
            let found = amount_off(&discount(with.clone()), amount, currency);
            assert_eq!(found, off, "{with} of {amount} {currency}");
        }
    }

    #[test]
    fn a_discount_is_for_its_products_and_currencies() {
        let other = Uuid::from_u128(8);
        for (with, is) in [
            (json!({"basis_points": 1}), true),
            (
                json!({"basis_points": 1, "products": [other, PRODUCT]}),
                true,
            ),
            (json!({"basis_points": 1, "products": [other]}), false),
            (json!({"amounts": {"usd": 0}}), true),
            (json!({"amounts": {"eur": 5}}), false),
            (json!({"amounts": {"usd": 5}, "products": [other]}), false),
        ] {
            assert_eq!(
                is_applicable(&discount(with.clone()), PRODUCT, "usd"),
                is,
                "{with}"
            );
        }
    }

    #[test]
    fn a_discount_is_redeemed_in_its_time_and_as_often_as_it_says() {
        let (before, after) = ("2026-05-31T23:59:59Z", "2026-06-01T00:00:01Z");
        for (with, is) in [
            (json!({}), true),
            (json!({"starts_at": before, "ends_at": after}), true),
            (json!({"starts_at": NOW, "ends_at": NOW}), true),
            (json!({"starts_at": after}), false),
            (json!({"ends_at": before}), false),
            (json!({"max_redemptions": 2, "redemptions_count": 1}), true),
            (json!({"max_redemptions": 2, "redemptions_count": 2}), false),
            (json!({"deleted_at": before}), false),
        ] {
            assert_eq!(
                is_redeemable(&discount(with.clone()), at(NOW)),
                is,
                "{with}"
            );
        }
    }

    #[test]
    fn a_discount_lasts_one_period_or_some_months_or_for_ever() {
        let months = |months| json!({"duration": "repeating", "duration_in_months": months});
        for (with, start, still) in [
            (json!({"duration": "once"}), NOW, true),
            (json!({"duration": "once"}), "2026-07-01T00:00:00Z", false),
            (json!({"duration": "forever"}), "2036-06-01T00:00:00Z", true),
            (months(1), NOW, true),
            (months(1), "2026-07-01T00:00:00Z", false),
            (months(3), "2026-08-01T00:00:00Z", true),
            (months(3), "2026-08-01T00:00:01Z", false),
        ] {
            let row = discount(with.clone());
            assert_eq!(
                is_still_applied(&row, at(NOW), at(start)),
                still,
                "{with} {start}"
            );
        }
    }

    #[test]
    fn a_code_is_found_in_any_case() {
        for (own, code, is) in [
            (json!("Save10"), "sAVE10", true),
            (json!("Save10"), "SAVE1", false),
            (json!(null), "", false),
        ] {
            assert_eq!(
                has_code(&discount(json!({"code": own})), code),
                is,
                "{own} {code}"
            );
        }
    }
}
