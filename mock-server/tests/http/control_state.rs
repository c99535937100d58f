//! `/_mock/state` and `/_mock/reset`: the whole world, out and in again.

use polar_mock::MockServer;
use serde_json::{Value, json};

use crate::wire::{Answer, get, post};
use crate::world::{
    ACTIVATION, BENEFIT, CUSTOMER, KEY_ID, OAT, ORGANIZATION, PORTAL, UNLIMITED_KEY, activate,
    control, freeze, one_key, state, validate,
};

/// The keys of the built-in world.
const KEY_IDS: [&str; 5] = [
    KEY_ID,
    "0f0e6a52-8c7b-4d1e-9b3a-5a1c2d3e4f01",
    "0f0e6a52-8c7b-4d1e-9b3a-5a1c2d3e4f02",
    "0f0e6a52-8c7b-4d1e-9b3a-5a1c2d3e4f03",
    "0f0e6a52-8c7b-4d1e-9b3a-5a1c2d3e4f04",
];

/// The whole world, to the letter.
async fn text(server: &MockServer) -> String {
    get("/_mock/state").send(server).await.text().to_owned()
}

async fn put_text(server: &MockServer, world: &str) {
    let put = crate::wire::ask("PUT", "/_mock/state")
        .json(world)
        .send(server)
        .await;
    assert_eq!(put.status, 204, "{}", put.text());
}

/// What every read operation answers in the built-in world.
async fn all_reads(server: &MockServer) -> Vec<(String, Answer)> {
    let core = "/v1/license-keys";
    let portal = "/v1/customer-portal/license-keys";
    let mut paths = vec![
        (format!("{core}/"), OAT),
        (format!("{core}/?limit=2&page=2"), OAT),
        (format!("{core}/?status=revoked&status=disabled"), OAT),
        (
            format!("{core}/?organization_id={ORGANIZATION}&benefit_id={BENEFIT}"),
            OAT,
        ),
        (format!("{core}/{KEY_ID}/activations/{ACTIVATION}"), OAT),
        (format!("{portal}/?limit=100"), PORTAL),
        (format!("{portal}/?benefit_id={BENEFIT}"), PORTAL),
        (format!("{portal}/{KEY_ID}"), PORTAL),
    ];
    for key in KEY_IDS {
        paths.push((format!("{core}/{key}"), OAT));
    }
    for table in [
        "customers",
        "benefits",
        "products",
        "subscriptions",
        "organizations",
    ] {
        paths.push((format!("/v1/{table}/"), OAT));
    }
    paths.extend([
        (format!("/v1/customers/{CUSTOMER}"), OAT),
        ("/v1/customers/external/mock-customer".to_owned(), OAT),
        (format!("/v1/benefits/{BENEFIT}"), OAT),
        (format!("/v1/benefits/{BENEFIT}/grants"), OAT),
        (format!("/v1/organizations/{ORGANIZATION}"), OAT),
    ]);
    let mut answers = Vec::new();
    for (path, token) in paths {
        for version in ["2026-04", "2027-01"] {
            let mut answer = get(&path)
                .bearer(token)
                .header("Polar-Version", version)
                .send(server)
                .await;
            answer.headers.retain(|(name, _)| name != "date");
            answers.push((format!("{version} {path}"), answer));
        }
    }
    answers
}

/// Things happen: the world is no longer the one of the fixture.
async fn live_a_little(server: &MockServer) {
    let meta = json!({"z": 1, "aa": 1.5, "b": true, "é": "🔑", "long": "9".repeat(501)});
    // The long text becomes a number, longer than most parsers take: from here on the world is compared as text.
    let two = activate(json!({"label": "two", "conditions": {"v": 1.0}, "meta": meta}))
        .send(server)
        .await;
    assert_eq!(two.status, 200);
    validate(json!({"increment_usage": 7}))
        .send(server)
        .await
        .expect(200);
    validate(json!({"key": UNLIMITED_KEY}))
        .send(server)
        .await
        .expect(200);
    let key = format!("/v1/license-keys/{KEY_ID}");
    let change = json!({"expires_at": "2031-02-03T04:05:06.789+02:00", "limit_usage": null});
    crate::wire::ask("PATCH", &key)
        .bearer(OAT)
        .json(change.to_string())
        .send(server)
        .await
        .expect(200);
    crate::wire::ask("POST", &format!("{key}/rotate"))
        .bearer(OAT)
        .send(server)
        .await
        .expect(200);
    post("/v1/customer-sessions/", &json!({"customer_id": CUSTOMER}))
        .bearer(OAT)
        .send(server)
        .await
        .expect(201);
}

#[tokio::test]
async fn a_world_that_is_put_back_answers_as_before() {
    let server = MockServer::start().await.unwrap();
    live_a_little(&server).await;
    let (world, answers) = (text(&server).await, all_reads(&server).await);
    assert!(
        answers
            .iter()
            .any(|(_, answer)| answer.text().contains("two"))
    );

    let other = MockServer::start().await.unwrap();
    for server in [&server, &other] {
        put_text(server, &world).await;
        assert_eq!(text(server).await, world);
        for (before, after) in answers.iter().zip(all_reads(server).await) {
            assert_eq!(before, &after);
        }
    }
}

#[tokio::test]
async fn yaml_is_taken_too() {
    let server = MockServer::start().await.unwrap();
    let world = format!("organizations:\n  - {{id: {ORGANIZATION}, slug: \"no\", name: NO}}\n");
    let put = crate::wire::ask("PUT", "/_mock/state")
        .body(world)
        .send(&server)
        .await;
    put.expect(204);
    let world = state(&server).await;
    assert_eq!(world["organizations"][0]["name"], "NO");
    assert_eq!(world["license_keys"], json!([]));
}

#[tokio::test]
async fn a_bad_fixture_is_refused_with_every_problem_and_changes_nothing() {
    let server = MockServer::start().await.unwrap();
    let before = state(&server).await;
    let mut world =
        one_key(json!({"status": "gone", "usage": "many", "expires_at": "soon", "colour": "red"}));
    world["customers"][0]["id"] = json!("17");
    world["benefits"][0]
        .as_object_mut()
        .unwrap()
        .remove("description");
    world["organisations"] = json!([]);
    let refused = control(&server, "PUT", "state", world).await.expect(422);
    assert_eq!(refused["error"], "Invalid");
    assert_eq!(
        refused["detail"],
        "the fixture has problems; nothing was changed"
    );
    let expected = json!([
        {
            "place": "customers[0].id",
            "message": "Input should be a valid UUID, invalid length: expected length 32 for simple format, found 2",
            "help": "use an id like 11111111-1111-4111-8111-111111111111",
        },
        {"place": "benefits[0].description", "message": "Field required", "help": "add `description`"},
        {
            "place": "license_keys[0].status",
            "message": "Input should be 'granted', 'revoked' or 'disabled'",
            "help": "the value is \"gone\"",
        },
        {
            "place": "license_keys[0].usage",
            "message": "Input should be a valid integer, unable to parse string as an integer",
            "help": "the value is \"many\"",
        },
        {
            "place": "license_keys[0].expires_at",
            "message": "Input should be a valid datetime or date, input is too short",
            "help": "use a time like 2026-01-31T12:00:00Z",
        },
        {"place": "license_keys[0].colour", "message": "Extra inputs are not permitted"},
        {"place": "organisations", "message": "Extra inputs are not permitted", "help": "did you mean `organizations`?"},
    ]);
    let problems = refused["problems"].as_array().unwrap();
    assert_eq!(
        problems.len(),
        expected.as_array().unwrap().len(),
        "{refused:#}"
    );
    for (problem, expected) in problems.iter().zip(expected.as_array().unwrap()) {
        for (part, text) in expected.as_object().unwrap() {
            assert_eq!(&problem[part], text, "{refused:#}");
        }
    }
    let unknown = problems[5]["help"].as_str().unwrap();
    assert!(unknown.starts_with("use one of id, "), "{unknown}");
    assert_eq!(state(&server).await, before);
}

#[tokio::test]
async fn rows_that_do_not_fit_together_are_all_named() {
    let server = MockServer::start().await.unwrap();
    let before = state(&server).await;
    let stranger = "00000000-0000-4000-8000-000000000000";
    let mut world = one_key(json!({"customer_id": stranger, "benefit_id": stranger}));
    let twice = world["license_keys"][0].clone();
    world["license_keys"].as_array_mut().unwrap().push(twice);
    world["customer_sessions"] = json!([{"token": "polar_mst_x", "customer_id": stranger, "expires_at": "2099-01-01T00:00:00Z"}]);
    world["benefits"][0]["organization_id"] = json!(stranger);
    let refused = control(&server, "PUT", "state", world).await.expect(422);
    let mut places: Vec<&str> = refused["problems"]
        .as_array()
        .unwrap()
        .iter()
        .map(|problem| problem["place"].as_str().unwrap())
        .collect();
    places.sort_unstable();
    assert_eq!(
        places,
        [
            "benefits[0].organization_id",
            "customer_sessions[0].customer_id",
            "license_keys[0].benefit_id",
            "license_keys[0].customer_id",
            "license_keys[1].benefit_id",
            "license_keys[1].customer_id",
            "license_keys[1].id",
            "license_keys[1].key",
        ]
    );
    for problem in refused["problems"].as_array().unwrap() {
        assert!(
            !problem["message"].as_str().unwrap().is_empty(),
            "{problem}"
        );
        assert!(!problem["help"].as_str().unwrap().is_empty(), "{problem}");
    }
    assert_eq!(state(&server).await, before);
}

#[tokio::test]
async fn a_fixture_that_cannot_be_read_says_where() {
    let server = MockServer::start().await.unwrap();
    let before = state(&server).await;
    let deep = "[".repeat(100_000);
    let deep_json = format!("{{\"organizations\":{deep}");
    for (body, words) in [
        (
            &b"{\"organizations\": [\n  {\"id\" 1}]}"[..],
            "line 2, column 9",
        ),
        (b"organizations: [", "YAML"),
        (b"", "empty"),
        (b"\xff\xfe", "UTF-8"),
        (deep.as_bytes(), "YAML"),
        (deep_json.as_bytes(), "JSON"),
    ] {
        let refused = crate::wire::ask("PUT", "/_mock/state")
            .body(body)
            .send(&server)
            .await
            .expect(422);
        let detail = refused["detail"].as_str().unwrap();
        assert!(detail.contains(words), "{detail}");
    }
    for body in ["[]", "5", "organizations: 5"] {
        let refused = crate::wire::ask("PUT", "/_mock/state")
            .body(body)
            .send(&server)
            .await
            .expect(422);
        assert_eq!(
            refused["problems"].as_array().map(Vec::len),
            Some(1),
            "{refused}"
        );
    }
    assert_eq!(state(&server).await, before);
}

#[tokio::test]
async fn reset_goes_back_to_the_start() {
    let server = MockServer::start().await.unwrap();
    let initial = text(&server).await;
    live_a_little(&server).await;
    freeze(&server, "2040-01-01T00:00:00Z").await;
    assert_ne!(text(&server).await, initial);
    control(&server, "POST", "reset", Value::Null)
        .await
        .expect(204);
    assert_eq!(text(&server).await, initial);
    let clock = get("/_mock/clock").send(&server).await.expect(200);
    assert_eq!(clock["mode"], "real");
    assert_ne!(clock["now"].as_str().unwrap().get(..4), Some("2040"));
}

#[tokio::test]
async fn a_new_world_forgets_the_old_one() {
    let server = MockServer::start().await.unwrap();
    control(&server, "PUT", "state", one_key(json!({})))
        .await
        .expect(204);
    validate(json!({})).send(&server).await.expect(200);
    validate(json!({"key": UNLIMITED_KEY}))
        .send(&server)
        .await
        .refused(404, "ResourceNotFound", "Not found");
    get("/v1/customer-portal/license-keys/")
        .bearer(PORTAL)
        .send(&server)
        .await
        .expect(401);
}
