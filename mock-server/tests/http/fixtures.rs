//! What is wrong with a fixture is told before it is served: all of it, each with its line.

use polar_mock::{Fixture, MockServer, builtin_fixture};
use serde_json::{Value, json};

use crate::wire::{Answer, ask, get};
use crate::world::{KEY_ID, alive_and_unchanged, control, one_key, state};

async fn put(server: &MockServer, text: &str) -> Answer {
    ask("PUT", "/_mock/state").body(text).send(server).await
}

/// The problems that a text is refused with: line, column and place of each.
async fn problems(server: &MockServer, text: &str) -> Vec<(u64, u64, String)> {
    let refused = put(server, text).await.expect(422);
    let problems = refused["problems"].as_array().unwrap().iter();
    let number = |value: &Value| value.as_u64().unwrap();
    problems
        .map(|it| {
            let place = it["place"].as_str().unwrap().to_owned();
            (number(&it["line"]), number(&it["column"]), place)
        })
        .collect()
}

#[tokio::test]
async fn a_world_made_in_code_is_checked_when_the_server_starts() {
    let mut fixture = builtin_fixture();
    let nobody = uuid::Uuid::from_u128(17);
    fixture.license_keys[0].benefit_id = nobody;
    fixture.customers[0].organization_id = nobody;
    fixture.customers[0].email = Some("ada".into());
    let refused = MockServer::builder().fixture(fixture).start().await;
    let told = refused.unwrap_err().to_string();
    for place in [
        "license_keys[0].benefit_id: there is no row with id 00000000",
        "customers[0].organization_id: there is no row with id",
        "customers[0].email: `ada` is not an e-mail address",
    ] {
        assert!(told.contains(place), "{place} is not in:\n{told}");
    }
}

#[tokio::test]
async fn what_a_world_made_in_code_leaves_out_is_made_up() {
    let mut world = one_key(json!({}));
    world["license_keys"][0]
        .as_object_mut()
        .unwrap()
        .remove("key");
    let fixture: Fixture = serde_json::from_value(world).unwrap();
    let server = MockServer::builder().fixture(fixture).start().await;
    let world = state(&server.unwrap()).await;
    let key = world["license_keys"][0]["key"].as_str().unwrap();
    assert!(key.starts_with("ONE-"), "{key}");
    assert_eq!(world["members"][0]["role"], "owner");
}

#[tokio::test]
async fn a_name_that_is_given_twice_is_refused() {
    let server = MockServer::start().await.unwrap();
    let before = state(&server).await;
    let text = "{\n  \"organizations\": [],\n  \"customers\": [],\n  \"customers\": []\n}";
    let expected = [(3, 3, "customers".to_owned())];
    assert_eq!(problems(&server, text).await, expected);

    let key = one_key(json!({"usage": 1}))["license_keys"][0].to_string();
    let key = key.replace("\"usage\":1", "\n\"usage\":1,\n\"us\\u0061ge\":2");
    let text = format!("{{\"license_keys\": [\n{key},\n{key}]}}");
    let expected = [
        (3, 1, "license_keys[0].usage".to_owned()),
        (6, 1, "license_keys[1].usage".to_owned()),
    ];
    assert_eq!(problems(&server, &text).await, expected);

    let refused = put(&server, "customers: []\nbenefits: []\ncustomers: []\n").await;
    let told = refused.expect(422)["detail"].to_string();
    assert!(
        told.contains("customers") && told.contains("line 3, column 1"),
        "{told}"
    );
    alive_and_unchanged(&server, &before).await;
}

#[tokio::test]
async fn words_that_nobody_knows_are_told() {
    let server = MockServer::start().await.unwrap();
    let before = state(&server).await;
    let mut world = before.clone();
    let customer = world["customers"][0]["id"].clone();
    let organization = world["organizations"][0]["id"].clone();
    world["organizations"][0]["access_tokens"][0]["scopes"][2] = json!("license_key:read");
    world["customers"][0]["email"] = json!("ada");
    world["members"][0]["email"] = json!("ada@");
    world["members"][0]["role"] = json!("boss");
    world["benefits"][0]["type"] = json!("license_key");
    world["benefits"][0]["visibility"] = json!("secret");
    world["benefits"][0]["properties"]["expires"] = json!({"ttl": 1, "timeframe": "fortnight"});
    let product = "11111111-1111-4111-8111-111111111111";
    world["products"] = json!([{
        "id": product, "organization_id": organization, "name": "Pro", "visibility": "open",
        "recurring_interval": "monthly", "trial_interval": "hour", "meter_interval": "decade",
        "prices": [{"amount_type": "fix"}],
    }]);
    world["subscriptions"] =
        json!([{"customer_id": customer, "product_id": product, "status": "cancelled"}]);
    world["webhook_endpoints"] = json!([{
        "organization_id": organization, "url": "http://localhost/", "format": "xml",
        "events": ["customer.created", "customer.create"],
    }]);
    let refused = control(&server, "PUT", "state", world).await.expect(422);
    let told: Vec<&str> = refused["problems"]
        .as_array()
        .unwrap()
        .iter()
        .map(|problem| problem["place"].as_str().unwrap())
        .collect();
    assert_eq!(
        told,
        [
            "organizations[0].access_tokens[0].scopes[2]",
            "customers[0].email",
            "members[0].email",
            "members[0].role",
            "benefits[0].type",
            "benefits[0].visibility",
            "benefits[0].properties.expires.timeframe",
            "products[0].visibility",
            "products[0].recurring_interval",
            "products[0].trial_interval",
            "products[0].meter_interval",
            "products[0].prices[0].amount_type",
            "subscriptions[0].status",
            "webhook_endpoints[0].format",
            "webhook_endpoints[0].events[1]",
        ]
    );
    assert_eq!(
        refused["problems"][0]["help"],
        "did you mean `license_keys:read`?"
    );
    alive_and_unchanged(&server, &before).await;
}

#[tokio::test]
async fn every_problem_has_its_line_and_column() {
    let server = MockServer::start().await.unwrap();
    let yaml = "\
organizations:
  - slug: x
    colour: red
license_keys:

  - key: A
    status: gone
licence_keys: []
";
    let json = r#"{
"organizations": [
  { "slug": "x",
    "colour": "red"}],
"license_keys": [
  {"key": "A",
    "status": "gone"} ],
"licence_keys": []}"#;
    let places = |places: [(u64, u64); 7]| {
        let names = [
            "organizations[0].name",
            "organizations[0].colour",
            "license_keys[0].organization_id",
            "license_keys[0].customer_id",
            "license_keys[0].benefit_id",
            "license_keys[0].status",
            "licence_keys",
        ];
        let all = places.into_iter().zip(names);
        all.map(|((line, column), name)| (line, column, name.to_owned()))
            .collect::<Vec<_>>()
    };
    assert_eq!(
        problems(&server, yaml).await,
        places([(2, 5), (3, 5), (6, 5), (6, 5), (6, 5), (7, 5), (8, 1)])
    );
    assert_eq!(
        problems(&server, json).await,
        places([(3, 3), (4, 5), (6, 3), (6, 3), (6, 3), (7, 5), (8, 1)])
    );

    // So has what only the rows together say.
    let mut world = one_key(json!({}));
    world["license_keys"][0]["benefit_id"] = json!(KEY_ID);
    let text = world
        .to_string()
        .replace("\"benefit_id\"", "\n \"benefit_id\"");
    let expected = [(2, 2, "license_keys[0].benefit_id".to_owned())];
    assert_eq!(problems(&server, &text).await, expected);
}

#[tokio::test]
async fn only_products_that_recur_have_subscriptions() {
    let server = MockServer::start().await.unwrap();
    let mut world = one_key(json!({}));
    let (organization, customer) = (&world["organizations"][0], &world["customers"][0]);
    let product = json!({"id": KEY_ID, "organization_id": organization["id"], "name": "Once"});
    let subscription = json!({"product_id": KEY_ID, "customer_id": customer["id"]});
    world["products"] = json!([product]);
    world["subscriptions"] = json!([subscription]);
    let refused = control(&server, "PUT", "state", world.clone())
        .await
        .expect(422);
    assert_eq!(
        refused["problems"][0]["place"],
        "subscriptions[0].product_id"
    );
    world["products"][0]["recurring_interval"] = json!("month");
    control(&server, "PUT", "state", world).await.expect(204);
}

#[tokio::test]
async fn of_very_many_problems_the_first_thousand_are_told() {
    let server = MockServer::start().await.unwrap();
    let text = format!("{{\"customers\": [{}{{}}]}}", "{},".repeat(4_999));
    let refused = put(&server, &text).await.expect(422);
    let told = refused["problems"].as_array().unwrap();
    assert_eq!(told.len(), 1_001);
    assert_eq!(told[1_000]["message"], "4000 more problems");
}

/// Documents that are small and become large, or deep.
fn bombs() -> Vec<(&'static str, String)> {
    let mut laughs = "a0: &a0 [lol, lol, lol, lol, lol, lol, lol, lol, lol]\n".to_owned();
    for level in 1..30 {
        let before = format!("*a{}, ", level - 1).repeat(9);
        laughs.push_str(&format!("a{level}: &a{level} [{before}]\n"));
    }
    vec![
        ("aliases", laughs),
        ("brackets", "[".repeat(200_000)),
        ("braces", "{".repeat(200_000)),
        ("keys", "{a: ".repeat(50_000)),
        ("dashes", "- ".repeat(100_000)),
        ("json", format!("{{\"customers\":[{}", "[".repeat(200_000))),
        (
            "balanced",
            format!(
                "{{\"products\":[{{\"attached_custom_fields\":{}{}}}]}}",
                "[".repeat(100_000),
                "]".repeat(100_000)
            ),
        ),
    ]
}

#[tokio::test]
async fn hostile_documents_are_refused_fast() {
    let server = MockServer::start().await.unwrap();
    let before = state(&server).await;
    for (name, text) in bombs() {
        let begun = std::time::Instant::now();
        let refused = put(&server, &text).await.expect(422);
        let told = refused.to_string();
        assert!(
            told.contains("line 1") || told.contains("line\":1") || told.contains("line 6"),
            "{name}: {told}"
        );
        assert!(begun.elapsed().as_secs() < 10, "{name}");
    }
    alive_and_unchanged(&server, &before).await;
}

#[tokio::test]
async fn others_are_answered_while_a_large_world_is_read() {
    let server = MockServer::start().await.unwrap();
    let mut world = one_key(json!({}));
    let key = world["license_keys"][0].clone();
    let keys = (0..10_000).map(|number: u128| {
        let mut key = key.clone();
        key["id"] = json!(uuid::Uuid::from_u128(number));
        key["key"] = json!(format!("KEY-{number}"));
        key
    });
    world["license_keys"] = keys.collect();
    let text = world.to_string();
    let begun = std::time::Instant::now();
    let mut put = std::pin::pin!(put(&server, &text));
    let mut longest = std::time::Duration::ZERO;
    loop {
        let asked = std::time::Instant::now();
        tokio::select! {
            biased;
            answer = &mut put => {
                longest = longest.max(asked.elapsed());
                answer.expect(204);
                break;
            }
            health = async { get("/_mock/health").send(&server).await } => {
                health.expect(200);
                longest = longest.max(asked.elapsed());
            }
        }
    }
    let took = begun.elapsed();
    assert!(longest * 2 < took, "{longest:?} of {took:?}");
    assert_eq!(
        state(&server).await["license_keys"]
            .as_array()
            .unwrap()
            .len(),
        10_000
    );
}
