//! What becomes of a confirmed checkout (docs/behaviour.md#fulfilment).

use serde_json::json;

use crate::state::Checkout;

/// The checkout when what was bought is there.
pub fn succeeded_checkout(checkout: &Checkout) -> Checkout {
    let mut checkout = Checkout {
        status: "succeeded".into(),
        ..checkout.clone()
    };
    let provider = &mut checkout.payment_processor_metadata;
    provider.insert("intent_status".into(), json!("succeeded"));
    checkout
}

#[cfg(test)]
mod tests {
    use super::*;

    fn confirmed() -> Checkout {
        serde_json::from_value(json!({
            "organization_id": uuid::Uuid::nil(), "client_secret": "polar_c_1", "status": "confirmed",
            "expires_at": "2026-06-02T00:00:00Z", "products": [], "product_id": uuid::Uuid::nil(),
            "product_price_id": uuid::Uuid::nil(), "currency": "usd", "amount": 1000, "net_amount": 1000,
            "payment_processor_metadata": {
                "publishable_key": "pk", "customer_id": "cus", "intent_client_secret": "pi", "intent_status": "pending",
            },
        }))
        .unwrap()
    }

    #[test]
    fn the_provider_says_that_a_checkout_has_succeeded() {
        let checkout = succeeded_checkout(&confirmed());
        let provider = json!({
            "publishable_key": "pk", "customer_id": "cus", "intent_client_secret": "pi", "intent_status": "succeeded",
        });
        assert_eq!(checkout.status, "succeeded");
        assert_eq!(json!(checkout.payment_processor_metadata), provider);
    }
}
