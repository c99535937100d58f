//! `GET /_mock/openapi.json`: the control API in its own OpenAPI document.

use axum::Json;
use schemars::generate::{SchemaGenerator, SchemaSettings};
use schemars::{JsonSchema, Schema};
use serde_json::{Map, Value, json};

use super::clock::{Advance, Setting};
use super::events::{Events, Trigger};
use super::health::Health;
use super::paths::ROOT;
use super::refused::Refused;
use super::requests::Requests;
use super::settings::Change;
use crate::settings::Settings;
use crate::state::{ClockView, Fixture};

pub(super) async fn get() -> Json<Value> {
    Json(document())
}

fn document() -> Value {
    let mut calls = Calls {
        schemas: SchemaSettings::draft2020_12()
            .with(|settings| {
                settings.definitions_path = "/components/schemas".into();
                settings.meta_schema = None;
            })
            .into_generator(),
        paths: Map::new(),
    };
    calls.call(
        "GET",
        "/health",
        "Whether it is ready, and what it is",
        None,
        Some(body::<Health>),
    );
    calls.call(
        "GET",
        "/state",
        "The whole world as a fixture",
        None,
        Some(body::<Fixture>),
    );
    calls.call(
        "PUT",
        "/state",
        "Replaces the world, or lists every problem of the new one",
        Some(body::<Fixture>),
        None,
    );
    calls.call(
        "POST",
        "/reset",
        "Restores the world, settings and clock of the start",
        None,
        None,
    );
    calls.call(
        "GET",
        "/clock",
        "How the world's clock runs and what it shows",
        None,
        Some(body::<ClockView>),
    );
    calls.call(
        "PUT",
        "/clock",
        "Freezes the clock, or lets it run",
        Some(body::<Setting>),
        Some(body::<ClockView>),
    );
    calls.call(
        "POST",
        "/clock/advance",
        "Moves the clock forward",
        Some(body::<Advance>),
        Some(body::<ClockView>),
    );
    calls.call(
        "GET",
        "/settings",
        "The settings",
        None,
        Some(body::<Settings>),
    );
    calls.call(
        "PUT",
        "/settings",
        "Changes settings",
        Some(body::<Change>),
        Some(body::<Settings>),
    );
    calls.call(
        "GET",
        "/requests",
        "The last requests and their answers, secrets masked",
        None,
        Some(body::<Requests>),
    );
    calls.call("DELETE", "/requests", "Forgets the requests", None, None);
    calls.call(
        "GET",
        "/events",
        "Webhook events and the attempts to deliver them",
        None,
        Some(body::<Events>),
    );
    calls.call(
        "POST",
        "/events/trigger",
        "Sends an event about the newest object of its kind, or about the one with this id",
        Some(body::<Trigger>),
        None,
    );
    for (action, summary) in [
        (
            "pay",
            "Pays a checkout; what the body leaves out is made up",
        ),
        (
            "decline",
            "Tries to pay a checkout with a card that is declined",
        ),
    ] {
        let path = format!("/checkouts/{{checkout}}/{action}");
        let given = Some(body::<Map<String, Value>> as Body);
        let call = calls.call("POST", &path, summary, given, given);
        call["requestBody"]["required"] = false.into();
    }
    calls.call(
        "POST",
        "/checkouts/{checkout}/expire",
        "Expires an open checkout at once",
        None,
        None,
    );
    calls.call(
        "GET",
        "/openapi.json",
        "This document",
        None,
        Some(body::<Map<String, Value>>),
    );
    let refused = calls.schemas.subschema_for::<Refused>();
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "The controls of polar-mock",
            "version": env!("CARGO_PKG_VERSION"),
            "description": "Shows and replaces the world of a mock, and moves its clock. Not part of Polar's API.",
        },
        "paths": calls.paths,
        "components": {
            "schemas": calls.schemas.take_definitions(true),
            "responses": {"Refused": {
                "description": "Why nothing was done",
                "content": {"application/json": {"schema": refused}},
            }},
            "securitySchemes": {"control_token": {
                "type": "http", "scheme": "bearer", "description": "Required if the server was started with --control-token",
            }},
        },
        "security": [{}, {"control_token": []}],
    })
}

/// The schema of a body.
fn body<T: JsonSchema>(schemas: &mut SchemaGenerator) -> Schema {
    schemas.subschema_for::<T>()
}

type Body = fn(&mut SchemaGenerator) -> Schema;

struct Calls {
    schemas: SchemaGenerator,
    paths: Map<String, Value>,
}

impl Calls {
    fn call(
        &mut self,
        method: &str,
        path: &str,
        summary: &str,
        request: Option<Body>,
        answer: Option<Body>,
    ) -> &mut Value {
        let mut content =
            |body: Body| json!({"application/json": {"schema": body(&mut self.schemas)}});
        let mut operation = json!({"summary": summary, "responses": {
            "default": {"$ref": "#/components/responses/Refused"},
        }});
        let (status, done) = match answer {
            Some(body) => (
                "200",
                json!({"description": "Done", "content": content(body)}),
            ),
            None => ("204", json!({"description": "Done"})),
        };
        operation["responses"][status] = done;
        if let Some(body) = request {
            operation["requestBody"] = json!({"required": true, "content": content(body)});
        }
        let names = path
            .split('/')
            .filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'));
        let parameters: Vec<Value> = names
            .map(|name| json!({"name": name, "in": "path", "required": true, "schema": {"type": "string"}}))
            .collect();
        if !parameters.is_empty() {
            operation["parameters"] = parameters.into();
        }
        let path = self
            .paths
            .entry(format!("{ROOT}{path}"))
            .or_insert_with(|| json!({}));
        let place = &mut path[method.to_ascii_lowercase()];
        *place = operation;
        place
    }
}
