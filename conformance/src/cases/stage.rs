//! What a case works with: a server, one of the two APIs, and the requests that both have.

use serde_json::{Value, json};

use super::case::Api;
use super::reply::{Log, Reply, Stop};
use super::world::{KeySpec, ORGANIZATION, Seeded, TOKEN, World};
use crate::target::Server;
use crate::wire::Request;

/// The hands of a case.
#[derive(Debug)]
pub struct Stage {
    server: Server,
    api: Api,
    log: Log,
}

impl Stage {
    /// A stage on one API of a server.
    pub fn new(server: Server, api: Api) -> Self {
        let log = Log::new(server.base());
        Self { server, api, log }
    }

    pub(super) fn log(&self) -> Log {
        self.log.clone()
    }

    /// The API that the case runs on.
    pub fn api(&self) -> Api {
        self.api
    }

    /// A world with these keys and nothing else.
    ///
    /// # Errors
    /// When the target refuses it.
    pub async fn world(&self, keys: &[KeySpec]) -> Result<World, Stop> {
        let (world, fixture) = World::with(keys);
        self.server
            .load(&fixture.to_string(), r#"{"rate_limits":"off"}"#)
            .await?;
        Ok(world)
    }

    /// A world with this one key.
    ///
    /// # Errors
    /// When the target refuses it.
    pub async fn key(&self, spec: KeySpec) -> Result<Seeded, Stop> {
        let world = self.world(&[spec]).await?;
        Ok(world.keys.into_iter().next().unwrap_or_else(|| Seeded {
            id: String::new(),
            key: String::new(),
            activations: Vec::new(),
        }))
    }

    /// Validates a key; `more` are further fields of the body (POLAR.md 7).
    ///
    /// # Errors
    /// When there is no answer.
    pub async fn validate(&self, key: &Seeded, more: Value) -> Result<Reply, Stop> {
        self.post("validate", key, more).await
    }

    /// Activates a key (POLAR.md 8).
    ///
    /// # Errors
    /// When there is no answer.
    pub async fn activate(&self, key: &Seeded, more: Value) -> Result<Reply, Stop> {
        let mut body = json!({"label": "a device"});
        merge(&mut body, more);
        self.post("activate", key, body).await
    }

    /// Deactivates an activation of a key (POLAR.md 9).
    ///
    /// # Errors
    /// When there is no answer.
    pub async fn deactivate(&self, key: &Seeded, activation: &str) -> Result<Reply, Stop> {
        self.post("deactivate", key, json!({"activation_id": activation}))
            .await
    }

    /// Sends a request of the core API with the organization's token.
    ///
    /// # Errors
    /// When there is no answer.
    pub async fn core(&self, method: &str, path: &str, body: Option<Value>) -> Result<Reply, Stop> {
        self.as_caller(Some(TOKEN), method, path, body).await
    }

    /// Sends a request with this token, or with none.
    ///
    /// # Errors
    /// When there is no answer.
    pub async fn as_caller(
        &self,
        token: Option<&str>,
        method: &str,
        path: &str,
        body: Option<Value>,
    ) -> Result<Reply, Stop> {
        let path = self.log.fill(path)?;
        let mut request = Request::new(method, &path);
        if let Some(token) = token {
            request = request.header(
                "Authorization",
                &format!("Bearer {}", self.log.fill(token)?),
            );
        }
        if let Some(body) = body {
            request = request.json(&self.log.fill(&body.to_string())?);
        }
        let answer = self.server.send(&request).await?;
        Ok(Reply {
            name: format!("{method} {path}"),
            base: self.server.base().to_owned(),
            request,
            answer,
            log: self.log(),
        })
    }

    async fn post(&self, operation: &str, key: &Seeded, more: Value) -> Result<Reply, Stop> {
        let token = if self.api == Api::Core {
            Some(TOKEN)
        } else {
            None
        };
        let path = format!("{}/{operation}", self.api.prefix());
        self.as_caller(token, "POST", &path, Some(body_of(key, more)))
            .await
    }
}

/// The body that names a key, with further fields.
pub(super) fn body_of(key: &Seeded, more: Value) -> Value {
    let mut body = json!({"key": key.key, "organization_id": ORGANIZATION});
    merge(&mut body, more);
    body
}

fn merge(body: &mut Value, more: Value) {
    if let (Value::Object(body), Value::Object(more)) = (body, more) {
        body.extend(more);
    }
}

/// The request of an operation on a key, with the credentials that the API wants.
pub(crate) fn request(api: Api, operation: &str, key: &Seeded, more: Value) -> Request {
    let path = format!("{}/{operation}", api.prefix());
    let request = match api {
        Api::Core => core_request("POST", &path),
        Api::Portal => Request::new("POST", &path),
    };
    request.json(&body_of(key, more).to_string())
}

/// A request with the organization's token.
pub(crate) fn core_request(method: &str, path: &str) -> Request {
    Request::new(method, path).header("Authorization", &format!("Bearer {TOKEN}"))
}
