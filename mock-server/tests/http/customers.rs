//! What a customer may be.

use polar_mock::MockServer;
use serde_json::{Value, json};

use crate::wire::{Answer, ask, get, post};
use crate::world::{OAT, ORGANIZATION};

async fn change(server: &MockServer, customer: &Value, body: Value) -> Answer {
    let path = format!("/v1/customers/{}", customer["id"].as_str().unwrap());
    let request = ask("PATCH", &path).json(body.to_string()).bearer(OAT);
    request.send(server).await
}

async fn created(server: &MockServer, body: Value) -> Value {
    post("/v1/customers/", &body)
        .bearer(OAT)
        .send(server)
        .await
        .expect(201)
}

/// Everything that is wrong: type, field, message.
fn wrong(answer: &Answer) -> Vec<[String; 3]> {
    let body = answer.expect(422);
    assert_eq!(body["error"], "PolarRequestValidationError");
    let errors = body["detail"].as_array().unwrap();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    errors
        .iter()
        .map(|error| {
            [
                text(&error["type"]),
                text(&error["loc"][1]),
                text(&error["msg"]),
            ]
        })
        .collect()
}

#[tokio::test]
async fn everything_that_is_taken_is_told() {
    let server = MockServer::start().await.unwrap();
    let first = json!({"email": "First@example.com", "external_id": "ext-1"});
    created(&server, first).await;
    let again = json!({"email": "first@EXAMPLE.com", "external_id": "ext-1"});
    let answer = post("/v1/customers/", &again)
        .bearer(OAT)
        .send(&server)
        .await;
    let email = [
        "value_error",
        "email",
        "A customer with this email address already exists.",
    ];
    let id = [
        "value_error",
        "external_id",
        "A customer with this external ID already exists.",
    ];
    assert_eq!(wrong(&answer), [email, id]);
    let second = created(&server, json!({"email": "second@example.com"})).await;
    let answer = change(&server, &second, again).await;
    assert_eq!(wrong(&answer), [email, id]);
    // One's own address in other letters is no change.
    let answer = change(&server, &second, json!({"email": "SECOND@example.com"})).await;
    let body = answer.expect(200);
    assert_eq!(
        (&body["email"], &body["modified_at"]),
        (&json!("second@example.com"), &Value::Null)
    );
}

#[tokio::test]
async fn some_things_cannot_be_taken_back() {
    let server = MockServer::start().await.unwrap();
    let team = json!({
        "type": "team",
        "name": "Team",
        "external_id": "ext-team",
        "owner": {"email": "owner@example.com"},
    });
    let team = created(&server, team).await;
    let body = json!({"billing_address": null, "external_id": "other", "type": "individual"});
    let expected = [
        [
            "value_error",
            "billing_address",
            "Customer billing address cannot be reset to null once set.",
        ],
        [
            "value_error",
            "external_id",
            "Customer external ID cannot be updated.",
        ],
        [
            "value_error",
            "type",
            "Customer type cannot be downgraded from 'team' to 'individual'.",
        ],
    ];
    assert_eq!(wrong(&change(&server, &team, body).await), expected);
    let one = created(&server, json!({"email": "one@example.com"})).await;
    let changed = change(&server, &one, json!({"type": "team"}))
        .await
        .expect(200);
    assert_eq!(changed["type"], "team");
}

#[tokio::test]
async fn an_address_has_a_country_and_a_state_that_are_known() {
    let server = MockServer::start().await.unwrap();
    let us = "Value error, Invalid US state";
    let canada = "Value error, Invalid CA subdivision";
    let cases = [
        (
            json!({"country": "us", "state": " TX "}),
            Ok(json!("US-TX")),
        ),
        (
            json!({"country": "CA", "state": "CA-ON"}),
            Ok(json!("CA-ON")),
        ),
        (json!({"country": "FR", "state": "tx"}), Ok(json!("tx"))),
        (json!({"country": "US", "state": " "}), Ok(json!(null))),
        (json!({"country": "US", "state": "tx"}), Err(us)),
        (json!({"country": "CA", "state": "TX"}), Err(canada)),
    ];
    for (place, (address, outcome)) in cases.into_iter().enumerate() {
        let email = format!("{place}@example.com");
        let body = json!({"email": email, "billing_address": address});
        let answer = post("/v1/customers/", &body)
            .bearer(OAT)
            .send(&server)
            .await;
        match outcome {
            Ok(state) => {
                let customer = answer.expect(201);
                assert_eq!(customer["billing_address"]["state"], state, "{address}");
            }
            Err(message) => {
                let error = &answer.expect(422)["detail"][0];
                assert_eq!(
                    error["loc"],
                    json!(["body", "individual", "billing_address"])
                );
                assert_eq!(error["msg"], message, "{address}");
            }
        }
    }
    let body = json!({"email": "a@example.com", "billing_address": {"country": "xx"}});
    let answer = post("/v1/customers/", &body)
        .bearer(OAT)
        .send(&server)
        .await;
    let error = &answer.expect(422)["detail"][0];
    assert_eq!(
        (&error["type"], &error["input"]),
        (&json!("enum"), &json!("XX"))
    );
}

#[tokio::test]
async fn a_team_has_an_address_or_an_owner() {
    let server = MockServer::start().await.unwrap();
    for email in [json!({}), json!({"email": null}), json!({"owner": null})] {
        let mut body = json!({"type": "team"});
        body.as_object_mut()
            .unwrap()
            .extend(email.as_object().unwrap().clone());
        let answer = post("/v1/customers/", &body)
            .bearer(OAT)
            .send(&server)
            .await;
        let error = &answer.expect(422)["detail"][0];
        assert_eq!(error["loc"], json!(["body", "team"]), "{body}");
    }
}

#[tokio::test]
async fn a_tax_number_needs_a_country() {
    let server = MockServer::start().await.unwrap();
    let country = [
        "missing",
        "billing_address",
        "Country is required to validate tax ID.",
    ];
    let body = json!({"email": "tax@example.com", "tax_id": "FR61954506077"});
    let answer = post("/v1/customers/", &body)
        .bearer(OAT)
        .send(&server)
        .await;
    assert_eq!(wrong(&answer), [country]);
    let customer = created(&server, json!({"email": "tax@example.com"})).await;
    let number = json!({"tax_id": "FR61954506077"});
    assert_eq!(wrong(&change(&server, &customer, number).await), [country]);
    let both = json!({"tax_id": "FR61954506077", "billing_address": {"country": "FR"}});
    let changed = change(&server, &customer, both).await.expect(200);
    assert_eq!(changed["tax_id"], json!(["FR61954506077", "eu_vat"]));
    let moved = change(
        &server,
        &customer,
        json!({"billing_address": {"country": "FJ"}}),
    )
    .await;
    assert_eq!(wrong(&moved), [["invalid", "tax_id", "Invalid tax ID."]]);
}

#[tokio::test]
async fn a_new_address_is_the_owners_too() {
    let server = MockServer::start().await.unwrap();
    let customer = created(&server, json!({"email": "old@example.com"})).await;
    change(&server, &customer, json!({"email": "new@example.com"}))
        .await
        .expect(200);
    let state = get("/_mock/state").send(&server).await.expect(200);
    let members = state["members"].as_array().unwrap();
    let owner = members
        .iter()
        .find(|member| member["customer_id"] == customer["id"]);
    assert_eq!(owner.unwrap()["email"], "new@example.com");
}

#[tokio::test]
async fn a_query_looks_into_names_and_at_the_beginning_of_external_ids() {
    let server = MockServer::start().await.unwrap();
    created(
        &server,
        json!({"email": "q@example.com", "name": "Quentin", "external_id": "abc-def"}),
    )
    .await;
    for (query, count) in [("uenti", 1), ("ABC", 1), ("def", 0)] {
        let list = get(&format!("/v1/customers/?query={query}")).bearer(OAT);
        let list = list.send(&server).await.expect(200);
        assert_eq!(list["items"].as_array().unwrap().len(), count, "{query}");
    }
}

#[tokio::test]
async fn a_list_can_be_of_one_organization() {
    let server = MockServer::start().await.unwrap();
    let all = get("/v1/customers/").bearer(OAT);
    let all = all.send(&server).await.expect(200)["pagination"]["total_count"].clone();
    let other = "11111111-1111-4111-8111-111111111111";
    for (organization, count) in [(ORGANIZATION, all), (other, json!(0))] {
        let list = get(&format!("/v1/customers/?organization_id={organization}")).bearer(OAT);
        let list = list.send(&server).await.expect(200);
        assert_eq!(list["pagination"]["total_count"], count, "{organization}");
    }
}
