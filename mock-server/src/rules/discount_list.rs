//! The order of discounts in a list (docs/behaviour.md#lists).

use std::cmp::Ordering;

use super::nulls_last;
use crate::state::Discount;

/// Compares two discounts by a criterion of `sorting`. The case of names does not matter.
pub fn compare_discounts(criterion: &str, a: &Discount, b: &Discount) -> Ordering {
    match criterion {
        "created_at" => a.created_at.cmp(&b.created_at),
        "name" => a.name.to_lowercase().cmp(&b.name.to_lowercase()),
        "code" => nulls_last(&a.code, &b.code),
        "redemptions_count" => a.redemptions_count.cmp(&b.redemptions_count),
        "ends_at" => nulls_last(&a.ends_at, &b.ends_at),
        _ => Ordering::Equal,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::rules::discount::tests::discount;

    #[test]
    fn discounts_are_compared_by_each_criterion() {
        let (early, late) = ("2026-01-01T00:00:00Z", "2026-01-02T00:00:00Z");
        for (criterion, a, b) in [
            (
                "created_at",
                json!({"created_at": early}),
                json!({"created_at": late}),
            ),
            ("name", json!({"name": "a"}), json!({"name": "B"})),
            ("code", json!({"code": "AAA"}), json!({})),
            (
                "redemptions_count",
                json!({}),
                json!({"redemptions_count": 1}),
            ),
            ("ends_at", json!({"ends_at": late}), json!({})),
        ] {
            let (a, b) = (discount(a), discount(b));
            assert_eq!(
                compare_discounts(criterion, &a, &b),
                Ordering::Less,
                "{criterion}"
            );
            assert_eq!(
                compare_discounts(criterion, &a, &a),
                Ordering::Equal,
                "{criterion}"
            );
        }
    }
}
