//! What a product may have.

use polar_mock::MockServer;
use serde_json::{Value, json};

use crate::wire::{ask, post};
use crate::world::OAT;

const NOTHING: &str = "0b1c2d3e-4f50-4a6b-8c7d-9e0f1a2b3c4d";

/// Place below the body and message of everything that is wrong.
async fn wrong(server: &MockServer, method: &str, path: &str, body: &Value) -> Vec<(Value, Value)> {
    let answer = ask(method, path).json(body.to_string()).bearer(OAT);
    let body = answer.send(server).await.expect(422);
    assert_eq!(body["error"], "PolarRequestValidationError");
    let errors = body["detail"].as_array().unwrap();
    errors
        .iter()
        .map(|error| {
            let mut loc = error["loc"].as_array().unwrap().clone();
            assert_eq!(loc.remove(0), "body");
            (json!(loc), error["msg"].clone())
        })
        .collect()
}

fn product(prices: Value) -> Value {
    json!({"name": "Pro", "recurring_interval": "month", "prices": prices})
}

#[tokio::test]
async fn prices_have_to_go_together() {
    let server = MockServer::start().await.unwrap();
    let one_fixed = "Only one fixed price is allowed.";
    let default = "The organization's default presentment currency must be present in the prices.";
    let same = "All price currencies must define the same set of price types.";
    let fixed = |currency: &str| json!({"amount_type": "fixed", "price_amount": 500, "price_currency": currency});
    let metered = json!({"amount_type": "metered_unit", "meter_id": NOTHING, "unit_amount": 1});
    for (prices, expected) in [
        (
            json!([{"amount_type": "free"}, fixed("usd")]),
            vec![(json!(["prices"]), one_fixed)],
        ),
        (json!([fixed("eur")]), vec![(json!(["prices"]), default)]),
        (
            json!([fixed("usd"), fixed("eur"), fixed("eur")]),
            vec![(json!(["prices"]), one_fixed)],
        ),
        (
            json!([fixed("usd"), {"amount_type": "custom", "price_currency": "eur"}]),
            vec![(json!(["prices"]), same)],
        ),
        (
            json!([fixed("usd"), metered]),
            vec![(json!(["prices", 1, "meter_id"]), "Meter does not exist.")],
        ),
        (
            json!([metered]),
            vec![
                (json!(["prices", 0, "meter_id"]), "Meter does not exist."),
                (json!(["prices"]), "At least one price is required."),
                (json!(["prices"]), default),
            ],
        ),
    ] {
        let body = product(prices);
        let expected: Vec<_> = expected
            .into_iter()
            .map(|(loc, text)| (loc, json!(text)))
            .collect();
        assert_eq!(
            wrong(&server, "POST", "/v1/products/", &body).await,
            expected,
            "{body}"
        );
    }
    let mut once = product(json!([fixed("usd"), metered]));
    once["recurring_interval"] = Value::Null;
    let message = "Metered pricing is not supported on one-time products.";
    let expected = [(json!(["prices", 1]), json!(message))];
    assert_eq!(
        wrong(&server, "POST", "/v1/products/", &once).await,
        expected
    );
    // Two currencies with one price each are fine.
    let two = product(json!([fixed("usd"), fixed("eur")]));
    post("/v1/products/", &two)
        .bearer(OAT)
        .send(&server)
        .await
        .expect(201);
}

#[tokio::test]
async fn what_is_attached_has_to_exist() {
    let server = MockServer::start().await.unwrap();
    let mut body = product(json!([{"amount_type": "free"}]));
    body["medias"] = json!([NOTHING]);
    body["attached_custom_fields"] = json!([{"custom_field_id": NOTHING, "required": true}]);
    let expected = [
        (
            json!(["medias", 0]),
            json!("File does not exist or is not yet uploaded."),
        ),
        (
            json!(["attached_custom_fields", 0]),
            json!("Custom field does not exist."),
        ),
    ];
    assert_eq!(
        wrong(&server, "POST", "/v1/products/", &body).await,
        expected
    );
    let made = product(json!([{"amount_type": "free"}]));
    let made = post("/v1/products/", &made)
        .bearer(OAT)
        .send(&server)
        .await
        .expect(201);
    let path = format!("/v1/products/{}/benefits", made["id"].as_str().unwrap());
    let benefits = json!({"benefits": [crate::world::BENEFIT, NOTHING]});
    let expected = [(json!(["benefits", 1]), json!("Benefit does not exist."))];
    assert_eq!(wrong(&server, "POST", &path, &benefits).await, expected);
}

#[tokio::test]
async fn some_things_cannot_be_changed() {
    let server = MockServer::start().await.unwrap();
    let made = async |body: Value| {
        let made = post("/v1/products/", &body)
            .bearer(OAT)
            .send(&server)
            .await
            .expect(201);
        format!("/v1/products/{}", made["id"].as_str().unwrap())
    };
    let free = json!([{"amount_type": "free"}]);
    let recurring = made(product(free.clone())).await;
    let once = made(json!({"name": "Once", "recurring_interval": null, "prices": free})).await;
    let trial = json!("Trial configuration is only supported on recurring products.");
    for (path, body, expected) in [
        (
            &recurring,
            json!({"recurring_interval": "year"}),
            vec![(
                json!(["recurring_interval"]),
                json!("Recurring interval cannot be changed."),
            )],
        ),
        (
            &recurring,
            json!({"prices": [{"id": NOTHING}, {"amount_type": "fixed", "price_amount": 100}]}),
            vec![(json!(["prices", 0]), json!("Price does not exist."))],
        ),
        (
            &once,
            json!({"trial_interval": "week", "trial_interval_count": 2}),
            vec![
                (json!(["trial_interval"]), trial.clone()),
                (json!(["trial_interval_count"]), trial.clone()),
            ],
        ),
    ] {
        assert_eq!(
            wrong(&server, "PATCH", path, &body).await,
            expected,
            "{body}"
        );
    }
    let body = json!({"trial_interval": "week", "trial_interval_count": 2});
    let trial = ask("PATCH", &recurring).json(body.to_string()).bearer(OAT);
    let changed = trial.send(&server).await.expect(200);
    assert_eq!(
        (&changed["trial_interval"], &changed["trial_interval_count"]),
        (&json!("week"), &json!(2))
    );
}
