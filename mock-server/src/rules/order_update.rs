//! What a PATCH makes of an order (docs/behaviour.md#orders).

use serde_json::Value as Json;

use super::customer::{keep_address, refuse, wrong};
use crate::refusal::{BusinessError, Refusal};
use crate::state::{Order, Timestamp};

/// The order with another name or address on its invoice. What was not given stays; country and state always do, once there
/// is an address.
pub fn update_order(
    old: &Order,
    billing_name: Option<Option<String>>,
    billing_address: Option<Option<Json>>,
    now: Timestamp,
) -> Result<Order, Refusal> {
    let mut order = old.clone();
    if let (Some(Some(given)), Some(kept)) = (&billing_address, &old.billing_address) {
        refuse(wrong_address(given, kept))?;
    }
    if let Some(address) = billing_address {
        order.billing_address = address.map(keep_address).transpose()?;
    }
    if let Some(name) = billing_name {
        // The database fails on U+0000.
        if name.as_ref().is_some_and(|name| name.contains('\0')) {
            return Err(Refusal::Crash);
        }
        order.billing_name = name;
    }
    if order != *old {
        order.modified_at = Some(now);
    }
    Ok(order)
}

fn wrong_address(given: &Json, kept: &Json) -> Vec<BusinessError> {
    let parts = [
        ("country", "Country cannot be changed"),
        ("state", "State cannot be changed"),
    ];
    let parts = parts
        .into_iter()
        .filter(|(part, _)| given[*part] != kept[*part]);
    let errors = parts.map(|(part, message)| {
        let mut error = wrong("billing_address", message, given[part].as_str());
        error.loc.push(crate::json::Value::Str(part.to_owned()));
        error
    });
    errors.collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::rules::activate::tests::at;

    const NOW: &str = "2026-06-15T00:00:00Z";

    fn order(address: &Json) -> Order {
        serde_json::from_value(json!({
            "id": uuid::Uuid::from_u128(1), "customer_id": uuid::Uuid::nil(), "product_id": uuid::Uuid::nil(),
            "billing_name": "Ann", "billing_address": address,
        }))
        .unwrap()
    }

    #[test]
    fn the_address_of_an_order_stays_in_its_country_and_state() {
        let kept = json!({"country": "US", "state": "US-CA", "city": null});
        for (kept, given, wrong) in [
            (
                &kept,
                json!({"country": "US", "state": "US-CA", "city": "Ort"}),
                "",
            ),
            (&kept, json!({"country": "US", "state": null}), "state"),
            (
                &kept,
                json!({"country": "DE", "state": null}),
                "country state",
            ),
            (&Json::Null, json!({"country": "DE", "state": null}), ""),
        ] {
            let outcome = update_order(&order(kept), None, Some(Some(given.clone())), at(NOW));
            let expected = Order {
                billing_address: Some(given.clone()),
                modified_at: Some(at(NOW)),
                ..order(kept)
            };
            match outcome {
                Ok(order) => assert_eq!((wrong, order), ("", expected), "{given}"),
                Err(Refusal::Invalid(errors)) => {
                    let parts = errors.iter().filter_map(|error| error.loc[1].as_str());
                    assert_eq!(parts.collect::<Vec<_>>().join(" "), wrong, "{given}");
                    assert!(
                        errors
                            .iter()
                            .all(|error| error.loc[0].as_str() == Some("billing_address"))
                    );
                }
                other => panic!("{given}: {other:?}"),
            }
        }
    }

    #[test]
    fn what_is_not_given_stays_and_null_goes() {
        let old = order(&json!({"country": "US", "state": null}));
        assert_eq!(update_order(&old, None, None, at(NOW)), Ok(old.clone()));
        let emptied = Order {
            billing_name: None,
            billing_address: None,
            modified_at: Some(at(NOW)),
            ..old.clone()
        };
        assert_eq!(
            update_order(&old, Some(None), Some(None), at(NOW)),
            Ok(emptied)
        );
        for (name, address) in [
            (Some(Some("\0".to_owned())), None),
            (
                None,
                Some(Some(json!({"country": "US", "state": null, "city": "\0"}))),
            ),
        ] {
            assert_eq!(
                update_order(&old, name, address, at(NOW)),
                Err(Refusal::Crash)
            );
        }
    }
}
