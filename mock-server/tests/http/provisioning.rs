//! From a benefit to a key and back, through the API alone.

use polar_mock::MockServer;
use serde_json::{Value, json};

use crate::wire::{Ask, ask, get, post};
use crate::world::{CUSTOMER, KEY, OAT, ORGANIZATION, PORTAL, advance, control, freeze, state};

async fn created(server: &MockServer, path: &str, body: Value) -> Value {
    post(path, &body).bearer(OAT).send(server).await.expect(201)
}

fn id(row: &Value) -> &str {
    row["id"].as_str().expect("an id")
}

/// A benefit of these properties on a free product.
async fn product_with_key(server: &MockServer, properties: Value) -> (Value, Value) {
    let benefit = created(
        server,
        "/v1/benefits/",
        json!({"type": "license_keys", "description": "Pro license", "properties": properties}),
    )
    .await;
    let product = created(
        server,
        "/v1/products/",
        json!({"name": "Pro", "recurring_interval": "month", "prices": [{"amount_type": "free"}]}),
    )
    .await;
    attach(server, &product, &[id(&benefit)]).await;
    (benefit, product)
}

async fn attach(server: &MockServer, product: &Value, benefits: &[&str]) {
    let path = format!("/v1/products/{}/benefits", id(product));
    post(&path, &json!({"benefits": benefits}))
        .bearer(OAT)
        .send(server)
        .await
        .expect(200);
}

async fn subscribe(server: &MockServer, product: &Value, customer: &str) -> Value {
    created(
        server,
        "/v1/subscriptions/",
        json!({"product_id": id(product), "customer_id": customer}),
    )
    .await
}

/// The keys of a benefit, as the seller sees them.
async fn keys(server: &MockServer, benefit: &Value) -> Vec<Value> {
    let path = format!("/v1/license-keys/?benefit_id={}", id(benefit));
    let list = get(&path).bearer(OAT).send(server).await.expect(200);
    list["items"].as_array().expect("items").clone()
}

fn status_of(keys: &[Value]) -> Vec<&str> {
    keys.iter()
        .map(|key| key["status"].as_str().expect("a status"))
        .collect()
}

#[tokio::test]
async fn a_subscription_brings_a_key_and_takes_it_along() {
    let server = MockServer::start().await.unwrap();
    let properties = json!({
        "prefix": " pro ", "limit_usage": 7,
        "expires": {"ttl": 1, "timeframe": "month"},
        "activations": {"limit": 2, "enable_customer_admin": true},
    });
    let (benefit, product) = product_with_key(&server, properties).await;
    let customer = created(
        &server,
        "/v1/customers/",
        json!({"email": "ada@example.com"}),
    )
    .await;
    let subscription = subscribe(&server, &product, id(&customer)).await;

    let found = keys(&server, &benefit).await;
    assert_eq!(found.len(), 1);
    let key = &found[0];
    assert!(key["key"].as_str().unwrap().starts_with("PRO-"), "{key}");
    assert_eq!(
        (
            &key["limit_activations"],
            &key["limit_usage"],
            &key["expires_at"]
        ),
        (&json!(2), &json!(7), &Value::Null),
        "the key of a subscription never expires"
    );
    let call = json!({"key": key["key"], "organization_id": ORGANIZATION});
    let validate = post("/v1/customer-portal/license-keys/validate", &call);
    validate.send(&server).await.expect(200);

    // Taken off the product, it is revoked; put back, it is the same key again.
    attach(&server, &product, &[]).await;
    assert_eq!(status_of(&keys(&server, &benefit).await), ["revoked"]);
    validate.send(&server).await.refused(
        404,
        "ResourceNotFound",
        "License key is no longer active.",
    );
    attach(&server, &product, &[id(&benefit)]).await;
    let again = keys(&server, &benefit).await;
    assert_eq!(
        (&again[0]["id"], &again[0]["key"]),
        (&key["id"], &key["key"])
    );
    assert_eq!(status_of(&again), ["granted"]);

    let path = format!("/v1/subscriptions/{}", id(&subscription));
    ask("DELETE", &path)
        .bearer(OAT)
        .send(&server)
        .await
        .expect(200);
    assert_eq!(status_of(&keys(&server, &benefit).await), ["revoked"]);
}

#[tokio::test]
async fn customers_read_their_own_in_the_portal_and_nobody_elses() {
    let server = MockServer::start().await.unwrap();
    let (benefit, product) = product_with_key(&server, json!({})).await;
    let subscription = subscribe(&server, &product, CUSTOMER).await;
    let other = created(
        &server,
        "/v1/customers/",
        json!({"email": "bo@example.com"}),
    )
    .await;
    let strange = subscribe(&server, &product, id(&other)).await;

    let read = |path: String| get(&format!("/v1/customer-portal/{path}")).bearer(PORTAL);
    let me = read("customers/me".into()).send(&server).await.expect(200);
    assert_eq!(id(&me), CUSTOMER);
    let subscriptions = read("subscriptions/".into())
        .send(&server)
        .await
        .expect(200);
    assert_eq!(subscriptions["items"].as_array().unwrap().len(), 1);
    assert_eq!(
        subscriptions["items"][0]["product"]["benefits"][0]["id"],
        benefit["id"]
    );
    let path = format!("subscriptions/{}", id(&subscription));
    let one = read(path).send(&server).await.expect(200);
    assert_eq!(one, subscriptions["items"][0]);
    let path = format!("subscriptions/{}", id(&strange));
    read(path)
        .send(&server)
        .await
        .refused(404, "ResourceNotFound", "Not found");
    let orders = read("orders/".into()).send(&server).await.expect(200);
    assert_eq!(
        orders,
        json!({"items": [], "pagination": {"total_count": 0, "max_page": 0}})
    );

    let grants = read("benefit-grants/".into())
        .send(&server)
        .await
        .expect(200);
    assert_eq!(grants["pagination"]["total_count"], 1);
    let grant = &grants["items"][0];
    assert_eq!(
        (
            &grant["customer"]["id"],
            &grant["benefit"]["organization"]["slug"]
        ),
        (&json!(CUSTOMER), &json!("mock"))
    );
    // A revoked grant is no longer shown.
    let path = format!("/v1/subscriptions/{}", id(&subscription));
    ask("DELETE", &path)
        .bearer(OAT)
        .send(&server)
        .await
        .expect(200);
    let path = format!("benefit-grants/{}", id(grant));
    read(path)
        .send(&server)
        .await
        .refused(404, "ResourceNotFound", "Not found");
}

#[tokio::test]
async fn with_a_delay_keys_come_when_the_worlds_clock_says_so() {
    let server = MockServer::start().await.unwrap();
    freeze(&server, "2026-01-01T00:00:00Z").await;
    control(&server, "PUT", "settings", json!({"grant_delay_ms": 500}))
        .await
        .expect(200);
    let (benefit, product) = product_with_key(&server, json!({})).await;
    subscribe(&server, &product, CUSTOMER).await;
    advance(&server, 0.499).await;
    assert_eq!(keys(&server, &benefit).await, Vec::<Value>::new());
    // However late somebody looks: it appeared when it was due.
    advance(&server, 60.0).await;
    let found = keys(&server, &benefit).await;
    assert_eq!(found.len(), 1);
    assert_eq!(found[0]["created_at"], "2026-01-01T00:00:00.500000Z");
}

#[tokio::test]
async fn a_seller_reads_the_organization_of_the_token() {
    let server = MockServer::start().await.unwrap();
    let list = get("/v1/organizations/?slug=mock")
        .bearer(OAT)
        .send(&server)
        .await
        .expect(200);
    assert_eq!(list["pagination"]["total_count"], 1);
    let path = format!("/v1/organizations/{ORGANIZATION}");
    let one = get(&path).bearer(OAT).send(&server).await.expect(200);
    assert_eq!(one, list["items"][0]);
    get(&path.replace("fda84e25", "0da84e25"))
        .bearer(OAT)
        .send(&server)
        .await
        .refused(404, "ResourceNotFound", "Not found");
    let none = get("/v1/organizations/?slug=other")
        .bearer(OAT)
        .send(&server)
        .await
        .expect(200);
    assert_eq!(none["pagination"]["total_count"], 0);
}

/// Numbers that look random and are the same each time (a linear congruential generator).
struct Dice(u64);

impl Dice {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).expect("31 bits") % limit
    }

    fn pick<'r>(&mut self, rows: &'r [String]) -> &'r str {
        &rows[self.below(rows.len())]
    }
}

/// One thing that happens in a random history. Refusals are part of it.
async fn happen(server: &MockServer, dice: &mut Dice, ids: &mut Ids, number: usize) {
    let (kind, asked) = match dice.below(12) {
        0 => (
            "customers",
            post(
                "/v1/customers/",
                &json!({
                    "email": format!("user{number}@example.com"), "external_id": format!("ext-{number}"),
                    "metadata": {"b": number, "a": 1.5, "long key": true},
                }),
            ),
        ),
        1 => (
            "benefits",
            post(
                "/v1/benefits/",
                &json!({
                    "type": "license_keys", "description": "Some license",
                    "properties": {"prefix": "H", "activations": {"limit": 2, "enable_customer_admin": number.is_multiple_of(2)}},
                }),
            ),
        ),
        2 => (
            "products",
            post(
                "/v1/products/",
                &json!({
                    "name": format!("Product {number}"), "recurring_interval": "year", "prices": [{"amount_type": "free"}],
                }),
            ),
        ),
        3 => {
            let path = format!("/v1/products/{}/benefits", dice.pick(&ids.products));
            let chosen: Vec<&str> = (0..dice.below(3))
                .map(|_| dice.pick(&ids.benefits))
                .collect();
            ("", post(&path, &json!({"benefits": chosen})))
        }
        4 | 5 => (
            "subscriptions",
            post(
                "/v1/subscriptions/",
                &json!({
                    "product_id": dice.pick(&ids.products), "customer_id": dice.pick(&ids.customers),
                }),
            ),
        ),
        6 => (
            "",
            ask(
                "DELETE",
                &format!("/v1/subscriptions/{}", dice.pick(&ids.subscriptions)),
            ),
        ),
        7 => (
            "",
            post(
                "/v1/customer-portal/license-keys/activate",
                &json!({
                    "key": KEY, "organization_id": ORGANIZATION, "label": format!("machine {number}"),
                    "conditions": {"major": 1.0}, "meta": {"zz": 1, "a": "x"},
                }),
            ),
        ),
        8 => (
            "",
            post(
                "/v1/customer-portal/license-keys/validate",
                &json!({
                    "key": KEY, "organization_id": ORGANIZATION, "increment_usage": dice.below(5),
                }),
            ),
        ),
        9 => (
            "",
            post(
                &format!("/v1/license-keys/{}/rotate", dice.pick(&ids.keys)),
                &json!({}),
            ),
        ),
        10 => {
            let change = [
                json!({"status": "disabled"}),
                json!({"status": "granted"}),
                json!({"usage": 3}),
            ];
            let path = format!("/v1/license-keys/{}", dice.pick(&ids.keys));
            (
                "",
                ask("PATCH", &path).json(change[dice.below(3)].to_string()),
            )
        }
        _ => (
            "",
            ask(
                "DELETE",
                &format!("/v1/customers/{}", dice.pick(&ids.customers)),
            ),
        ),
    };
    let asked = asked.bearer(OAT);
    let answer = asked.send(server).await;
    assert!(answer.status < 500, "{asked:?}: {}", answer.text());
    if answer.status == 201 {
        let rows = match kind {
            "customers" => &mut ids.customers,
            "benefits" => &mut ids.benefits,
            "products" => &mut ids.products,
            _ => &mut ids.subscriptions,
        };
        rows.push(id(&answer.json()).to_owned());
    }
}

struct Ids {
    customers: Vec<String>,
    benefits: Vec<String>,
    products: Vec<String>,
    subscriptions: Vec<String>,
    keys: Vec<String>,
}

/// Everything that can be read in a world: page by page, and each thing by itself.
async fn read_all(server: &MockServer) -> Vec<(String, u16, Vec<u8>)> {
    let mut asked: Vec<(String, Ask)> = Vec::new();
    let lists = [
        "customers",
        "benefits",
        "products",
        "subscriptions",
        "license-keys",
        "benefit-grants",
        "organizations",
    ];
    for list in lists {
        let every = format!("/v1/{list}/?limit=100");
        let items = get(&every).bearer(OAT).send(server).await.expect(200);
        asked.push((every.clone(), get(&every).bearer(OAT)));
        for page in 1..4 {
            let path = format!("/v1/{list}/?limit=7&page={page}");
            asked.push((path.clone(), get(&path).bearer(OAT)));
        }
        for item in items["items"].as_array().unwrap() {
            let mut paths = vec![format!("/v1/{list}/{}", id(item))];
            match list {
                "customers" => paths.push(format!("/v1/customers/{}/state", id(item))),
                "benefits" => paths.push(format!("/v1/benefits/{}/grants", id(item))),
                "benefit-grants" => paths.clear(),
                _ => {}
            }
            asked.extend(
                paths
                    .into_iter()
                    .map(|path| (path.clone(), get(&path).bearer(OAT))),
            );
        }
    }
    for path in [
        "license-keys/",
        "benefit-grants/",
        "subscriptions/",
        "customers/me",
    ] {
        let path = format!("/v1/customer-portal/{path}");
        asked.push((path.clone(), get(&path).bearer(PORTAL)));
    }
    let mut answers = Vec::new();
    for (path, ask) in asked {
        let answer = ask.send(server).await;
        answers.push((path, answer.status, answer.body));
    }
    answers
}

#[tokio::test]
async fn a_world_that_is_taken_out_and_put_back_answers_to_the_byte_as_before() {
    let server = MockServer::start().await.unwrap();
    freeze(&server, "2026-01-01T00:00:00Z").await;
    let (benefit, product) = product_with_key(&server, json!({"prefix": "H"})).await;
    let subscription = subscribe(&server, &product, CUSTOMER).await;
    let mut ids = Ids {
        customers: vec![CUSTOMER.into()],
        benefits: vec![id(&benefit).into()],
        products: vec![id(&product).into()],
        subscriptions: vec![id(&subscription).into()],
        keys: Vec::new(),
    };
    let mut dice = Dice(20_261_121);
    for number in 0..300 {
        let list = get("/v1/license-keys/?limit=100")
            .bearer(OAT)
            .send(&server)
            .await
            .expect(200);
        ids.keys = list["items"]
            .as_array()
            .unwrap()
            .iter()
            .map(|key| id(key).to_owned())
            .collect();
        happen(&server, &mut dice, &mut ids, number).await;
        advance(&server, 0.25).await;
    }
    let before = read_all(&server).await;
    assert!(before.len() > 150, "{} things to read", before.len());
    let world = state(&server).await;

    let other = MockServer::start().await.unwrap();
    let now = get("/_mock/clock").send(&server).await.expect(200);
    freeze(&other, now["now"].as_str().unwrap()).await;
    control(&other, "PUT", "state", world.clone())
        .await
        .expect(204);
    for (before, after) in before.iter().zip(&read_all(&other).await) {
        assert_eq!(
            (&before.0, before.1, String::from_utf8_lossy(&before.2)),
            (&after.0, after.1, String::from_utf8_lossy(&after.2))
        );
    }
    assert_eq!(state(&other).await, world);
}

#[tokio::test]
async fn a_benefit_keeps_its_type() {
    let server = MockServer::start().await.unwrap();
    let benefit = created(
        &server,
        "/v1/benefits/",
        json!({"type": "custom", "description": "Thanks", "properties": {"note": "Hello"}}),
    )
    .await;
    let path = format!("/v1/benefits/{}", id(&benefit));
    let change = json!({"type": "license_keys", "properties": {}});
    let refused = ask("PATCH", &path)
        .json(change.to_string())
        .bearer(OAT)
        .send(&server)
        .await;
    let wrong = json!({
        "type": "value_error", "loc": ["body", "type"], "msg": "Benefit type cannot be changed.", "input": "custom",
    });
    assert_eq!(
        refused.expect(422),
        json!({"error": "PolarRequestValidationError", "detail": [wrong]})
    );
    let kept = get(&path).bearer(OAT).send(&server).await.expect(200);
    assert_eq!(kept, benefit);
}

#[tokio::test]
async fn an_address_that_is_none_is_refused_with_the_reason() {
    let server = MockServer::start().await.unwrap();
    let refused = post("/v1/customers/", &json!({"email": "nobody"}))
        .bearer(OAT)
        .send(&server)
        .await
        .expect(422);
    let reason = "An email address must have an @-sign.";
    assert_eq!(
        refused["detail"],
        json!([{
            "type": "value_error", "loc": ["body", "individual", "email"],
            "msg": format!("value is not a valid email address: {reason}"),
            "input": "nobody", "ctx": {"reason": reason},
        }])
    );
}
