//! Limits hold under any interleaving (docs/behaviour.md#concurrency), and nothing that was changed is lost.

use std::collections::BTreeSet;

use polar_mock::MockServer;
use serde_json::{Value, json};

use crate::wire::{Answer, Ask, Connection, ask, get, post};
use crate::world::{
    BENEFIT, CUSTOMER, KEY_ID, OAT, PORTAL_DEACTIVATE, activate, one_key, portal_call,
    server_with_key, stored_key, validate,
};

/// Sends the same request on as many connections at once.
async fn at_once(server: &MockServer, count: usize, ask: &Ask) -> Vec<Answer> {
    let mut connections = Vec::new();
    for _ in 0..count {
        connections.push(Connection::open(server).await);
    }
    let barrier = std::sync::Arc::new(tokio::sync::Barrier::new(count));
    let tasks: Vec<_> = connections
        .into_iter()
        .map(|mut connection| {
            let (ask, barrier) = (ask.clone(), barrier.clone());
            tokio::spawn(async move {
                barrier.wait().await;
                connection.ask(&ask).await
            })
        })
        .collect();
    let mut answers = Vec::new();
    for task in tasks {
        answers.push(task.await.unwrap());
    }
    answers
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_twenty_activations_on_a_limit_of_three_exactly_three_succeed() {
    let server = server_with_key(json!({"limit_activations": 3})).await;
    let answers = at_once(&server, 20, &activate(json!({"label": "x"}))).await;
    let (taken, refused): (Vec<_>, Vec<_>) =
        answers.iter().partition(|answer| answer.status == 200);
    assert_eq!(taken.len(), 3);
    for answer in refused {
        answer.refused(
            403,
            "NotPermitted",
            "License key activation limit already reached",
        );
    }
    let ids: BTreeSet<String> = taken
        .iter()
        .map(|answer| answer.json()["id"].to_string())
        .collect();
    assert_eq!(ids.len(), 3);
    let stored = stored_key(&server).await;
    assert_eq!(stored["activations"].as_array().unwrap().len(), 3);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn fifty_validations_count_to_fifty() {
    let server = server_with_key(json!({})).await;
    let answers = at_once(&server, 50, &validate(json!({"increment_usage": 1}))).await;
    let usages: BTreeSet<u64> = answers
        .iter()
        .map(|answer| answer.expect(200)["usage"].as_u64().unwrap())
        .collect();
    assert_eq!(usages, (1..=50).collect());
    let stored = stored_key(&server).await;
    assert_eq!(
        (stored["usage"].as_u64(), stored["validations"].as_u64()),
        (Some(50), Some(50))
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_usage_limit_is_not_passed() {
    let server = server_with_key(json!({"limit_usage": 10})).await;
    let answers = at_once(&server, 50, &validate(json!({"increment_usage": 1}))).await;
    let (used, refused): (Vec<_>, Vec<_>) = answers.iter().partition(|answer| answer.status == 200);
    assert_eq!((used.len(), refused.len()), (10, 40));
    for answer in refused {
        answer.refused(400, "BadRequest", "License key only has 0 more usages.");
    }
    let stored = stored_key(&server).await;
    assert_eq!(
        (stored["usage"].as_u64(), stored["validations"].as_u64()),
        (Some(10), Some(10))
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_slot_is_freed_once_however_often_it_is_given_back() {
    let server = server_with_key(json!({"limit_activations": 1})).await;
    let activation = activate(json!({"label": "x"}))
        .send(&server)
        .await
        .expect(200);
    let back = portal_call(
        PORTAL_DEACTIVATE,
        json!({"activation_id": activation["id"]}),
    );
    let answers = at_once(&server, 20, &back).await;
    assert!(answers.iter().any(|answer| answer.status == 204));
    assert!(
        answers
            .iter()
            .all(|answer| [204, 404].contains(&answer.status))
    );
    let answers = at_once(&server, 20, &activate(json!({"label": "x"}))).await;
    assert_eq!(
        answers.iter().filter(|answer| answer.status == 200).count(),
        1
    );
}

/// What a client sets a field to in each round: the field and its value.
type Change = fn(usize) -> (&'static str, Value);

/// Has one client for each field change it again and again, all at once, and checks that each finds its own last change.
async fn each_its_own_field(server: &MockServer, path: &str, changes: &[Change]) {
    let mut tasks = Vec::new();
    for &change in changes {
        let (path, mut connection) = (path.to_owned(), Connection::open(server).await);
        tasks.push(tokio::spawn(async move {
            for round in 0..200 {
                let (name, value) = change(round);
                let change = ask("PATCH", &path).json(json!({name: value}).to_string());
                let changed = connection.ask(&change.bearer(OAT)).await.expect(200);
                assert_eq!(changed[name], value, "{changed}");
                let found = connection.ask(&get(&path).bearer(OAT)).await.expect(200);
                assert_eq!(found[name], value, "{name} of round {round} is lost");
            }
        }));
    }
    for task in tasks {
        task.await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn clients_that_change_different_fields_lose_nothing() {
    let server = MockServer::start().await.unwrap();
    let body = json!({"url": "http://localhost/", "format": "raw", "events": []});
    let endpoint = post("/v1/webhooks/endpoints", &body)
        .bearer(OAT)
        .send(&server)
        .await;
    let endpoint = endpoint.expect(201)["id"].as_str().unwrap().to_owned();
    each_its_own_field(
        &server,
        &format!("/v1/webhooks/endpoints/{endpoint}"),
        &[
            |round| ("url", json!(format!("http://localhost/{round}"))),
            |round| ("name", json!(format!("name {round}"))),
            |round| ("enabled", json!(round % 2 == 0)),
            |round| ("format", json!(["slack", "raw"][round % 2])),
        ],
    )
    .await;
    each_its_own_field(
        &server,
        &format!("/v1/customers/{CUSTOMER}"),
        &[
            |round| ("name", json!(format!("name {round}"))),
            |round| ("metadata", json!({"round": round})),
        ],
    )
    .await;
    each_its_own_field(
        &server,
        &format!("/v1/license-keys/{KEY_ID}"),
        &[
            |round| ("limit_activations", json!(round + 1)),
            |round| ("limit_usage", json!(round + 1)),
        ],
    )
    .await;
    let product = json!({"name": "Pro", "recurring_interval": "month", "prices": [{"amount_type": "fixed", "price_amount": 0}]});
    let product = post("/v1/products/", &product)
        .bearer(OAT)
        .send(&server)
        .await;
    let product = product.expect(201)["id"].as_str().unwrap().to_owned();
    each_its_own_field(
        &server,
        &format!("/v1/products/{product}"),
        &[
            |round| ("name", json!(format!("name {round}"))),
            |round| ("metadata", json!({"round": round})),
        ],
    )
    .await;
    let subscription = json!({"product_id": product, "customer_id": CUSTOMER});
    let subscription = post("/v1/subscriptions/", &subscription)
        .bearer(OAT)
        .send(&server)
        .await;
    let subscription = subscription.expect(201)["id"].as_str().unwrap().to_owned();
    each_its_own_field(
        &server,
        &format!("/v1/subscriptions/{subscription}"),
        &[|round| ("metadata", json!({"round": round}))],
    )
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn the_world_is_replaced_as_a_whole_while_it_is_used() {
    let server = server_with_key(json!({"limit_usage": 1_000_000})).await;
    // Two worlds that differ in everything that an answer shows.
    let worlds = ["one", "two"].map(|name| {
        let mut world = one_key(json!({"limit_usage": 1_000_000, "limit_activations": 1_000_000}));
        world["customers"][0]["name"] = json!(name);
        world["license_keys"][0]["limit_activations"] =
            json!(if name == "one" { 1_000 } else { 2_000 });
        world["benefits"][0]["id"] = json!(if name == "one" { BENEFIT } else { KEY_ID });
        world["license_keys"][0]["benefit_id"] = world["benefits"][0]["id"].clone();
        ask("PUT", "/_mock/state").json(world.to_string())
    });
    worlds[0].send(&server).await.expect(204);
    let mut tasks = Vec::new();
    for _ in 0..4 {
        let mut connection = Connection::open(&server).await;
        tasks.push(tokio::spawn(async move {
            for round in 0..200 {
                let ask = match round % 3 {
                    0 => activate(json!({"label": "x"})),
                    _ => validate(json!({"increment_usage": 1})),
                };
                let answer = connection.ask(&ask).await.expect(200);
                let key = if round % 3 == 0 {
                    &answer["license_key"]
                } else {
                    &answer
                };
                let seen = (
                    &key["customer"]["name"],
                    &key["limit_activations"],
                    &key["benefit_id"],
                );
                let one = (&json!("one"), &json!(1_000), &json!(BENEFIT));
                let two = (&json!("two"), &json!(2_000), &json!(KEY_ID));
                assert!(seen == one || seen == two, "{answer}");
            }
        }));
    }
    let mut connection = Connection::open(&server).await;
    for round in 0..100 {
        connection.ask(&worlds[round % 2]).await.expect(204);
    }
    for task in tasks {
        task.await.unwrap();
    }
    let stored = stored_key(&server).await;
    let (uses, activations) = (
        stored["usage"].as_u64().unwrap(),
        stored["activations"].as_array().unwrap().len(),
    );
    assert!(uses <= 800 && activations <= 800, "{stored}");
}
