//! A world in which every operation has something to work on, and asking it one thing at a time.

use std::cell::RefCell;

use polar_mock::{Fixture, MockServer, Timestamp};
use serde_json::{Value, json};
use tokio::runtime::Runtime;

use super::contract::Operation;
use crate::wire::{Answer, Ask, Connection, ask, post};
use crate::world::{ACTIVATION, BENEFIT, CUSTOMER, KEY_ID, OAT, ORGANIZATION, PORTAL, state};

pub struct Stage {
    runtime: Runtime,
    _server: MockServer,
    connection: RefCell<Connection>,
    ids: Ids,
}

/// What the operations work on, beside what the built-in world has.
struct Ids {
    product: String,
    subscription: String,
    endpoint: String,
    grant: String,
}

async fn begun() -> (MockServer, Ids) {
    let first = MockServer::start().await.unwrap();
    let create = async |path: &str, body: Value| {
        let made = post(path, &body).bearer(OAT).send(&first).await;
        assert!(matches!(made.status, 200 | 201), "{}", made.text());
        made.json()["id"].as_str().expect("an id").to_owned()
    };
    let free =
        json!({"name": "Pro", "recurring_interval": "month", "prices": [{"amount_type": "free"}]});
    let product = create("/v1/products/", free).await;
    let benefits = json!({"benefits": [BENEFIT]});
    create(&format!("/v1/products/{product}/benefits"), benefits).await;
    let order = json!({"product_id": product, "customer_id": CUSTOMER});
    let subscription = create("/v1/subscriptions/", order).await;
    let hook =
        json!({"url": "https://example.com/", "format": "raw", "events": ["customer.created"]});
    let endpoint = create("/v1/webhooks/endpoints", hook).await;
    let world = state(&first).await;
    let ids = Ids {
        product,
        subscription,
        endpoint,
        grant: world["benefit_grants"][0]["id"]
            .as_str()
            .expect("an id")
            .to_owned(),
    };
    // A reset goes back to what a server was started with.
    let fixture = Fixture::from_text(&world.to_string(), Timestamp::now()).unwrap();
    let server = MockServer::builder()
        .fixture(fixture)
        .start()
        .await
        .unwrap();
    (server, ids)
}

impl Stage {
    pub fn new() -> Self {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        let (server, ids) = runtime.block_on(begun());
        let connection = runtime.block_on(Connection::open(&server));
        Self {
            runtime,
            _server: server,
            connection: RefCell::new(connection),
            ids,
        }
    }

    /// The path of an operation, with this id or one that is known.
    pub fn path(&self, operation: &Operation, id: Option<&str>) -> String {
        let known = match operation.path.split('/').nth(2) {
            Some("organizations") => ORGANIZATION,
            Some("customers") => CUSTOMER,
            Some("benefits") => BENEFIT,
            Some("products") => &self.ids.product,
            Some("subscriptions") => &self.ids.subscription,
            Some("webhooks") => &self.ids.endpoint,
            Some("customer-portal") if operation.id.contains("grants") => &self.ids.grant,
            Some("customer-portal") if operation.id.contains("subscriptions") => {
                &self.ids.subscription
            }
            _ => KEY_ID,
        };
        operation
            .path
            .replace("{id}", id.unwrap_or(known))
            .replace("{activation_id}", id.unwrap_or(ACTIVATION))
            .replace("{external_id}", id.unwrap_or("mock-customer"))
    }

    /// Begins a call of an operation by somebody who may make it.
    pub fn call(&self, operation: &Operation, target: &str) -> Ask {
        let call = ask(&operation.method, target);
        if operation.portal {
            call.bearer(PORTAL)
        } else {
            call.bearer(OAT)
        }
    }

    /// The answer of a world in which nothing has happened yet.
    pub fn answer(&self, ask: &Ask) -> Answer {
        let reset = crate::wire::ask("POST", "/_mock/reset");
        let mut connection = self.connection.borrow_mut();
        self.runtime.block_on(async {
            connection.ask(&reset).await.expect(204);
            connection.ask(ask).await
        })
    }
}
