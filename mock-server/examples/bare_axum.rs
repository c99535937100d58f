//! What `cargo xtask bench` compares the mock with: a bare axum handler that parses the same body and answers the same
//! bytes, which it is given as a file. It prints its address and serves until it is killed.

use axum::body::Bytes;
use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::response::IntoResponse;
use axum::routing::post;
use axum::{Json, Router};
use serde::Deserialize;

/// The body of a validation, as an application would declare it.
#[derive(Deserialize)]
#[expect(
    dead_code,
    reason = "parsed, as a real handler would, and not looked at"
)]
struct Validate {
    key: String,
    organization_id: uuid::Uuid,
    activation_id: Option<uuid::Uuid>,
    benefit_id: Option<uuid::Uuid>,
    customer_id: Option<uuid::Uuid>,
    increment_usage: Option<i32>,
    #[serde(default)]
    conditions: serde_json::Map<String, serde_json::Value>,
}

async fn validate(State(answer): State<Bytes>, Json(_): Json<Validate>) -> impl IntoResponse {
    ([(CONTENT_TYPE, "application/json")], answer)
}

#[tokio::main]
async fn main() -> std::io::Result<()> {
    let file = std::env::args().nth(1).unwrap_or_default();
    let answer = Bytes::from(std::fs::read(file)?);
    let router = Router::new()
        .route("/v1/customer-portal/license-keys/validate", post(validate))
        .with_state(answer);
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    println!("http://{}", listener.local_addr()?);
    axum::serve(listener, router).await
}
