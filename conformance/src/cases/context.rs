//! What a case works with: a server, one of the two APIs, and the requests of both.

use std::time::Duration;

use chrono::{DateTime, Utc};
use serde_json::{Value, json};
use tokio::time::{Instant, sleep};

use super::api::Api;
use super::received::{Log, Received, Stop};
use crate::provision::{
    FIRST_PAUSE, GRANT_PATIENCE, KeySpec, LONGEST_PAUSE, Provisioning, Setup, TestKey,
};
use crate::server::Server;
use crate::session::Lease;
use crate::wire::{Answer, Request};

/// The token of the session that a case has opened.
pub(super) const SESSION: &str = "polar_mst_<token:1>";

/// The context of a case.
#[derive(Debug)]
pub struct Context {
    server: Server,
    provisioning: Provisioning,
    api: Api,
    log: Log,
}

impl Context {
    /// A context for one API of a server.
    pub fn new(lease: &Lease, api: Api) -> Self {
        Self {
            server: lease.server.clone(),
            provisioning: lease.provisioning.clone(),
            api,
            log: Log::new(lease.server.base()),
        }
    }

    pub(super) fn log(&self) -> Log {
        self.log.clone()
    }

    /// The API that the case runs on.
    pub fn api(&self) -> Api {
        self.api
    }

    /// The access token of the organization.
    pub fn token(&self) -> &str {
        self.provisioning.token()
    }

    /// The server's time; the local time if the server does not say.
    pub async fn now(&self) -> DateTime<Utc> {
        self.server.now().await
    }

    /// A name for something that the case creates itself.
    pub fn name(&self, what: &str) -> String {
        self.provisioning.name(what)
    }

    /// An e-mail address for a customer that the case creates itself.
    pub fn email(&self, who: &str) -> String {
        self.provisioning.email(who)
    }

    /// A set-up with these keys. Other keys may exist, also of the same customer and benefit.
    ///
    /// # Errors
    /// When the target refuses it.
    pub async fn setup(&self, keys: &[KeySpec]) -> Result<Setup, Stop> {
        Ok(self.provisioning.setup(&self.server, keys).await?)
    }

    /// A set-up with these keys, whose customer and benefit have no others.
    ///
    /// # Errors
    /// When the target refuses it.
    pub async fn own_setup(&self, keys: &[KeySpec]) -> Result<Setup, Stop> {
        Ok(self.provisioning.own_setup(&self.server, keys).await?)
    }

    /// A set-up with one key.
    ///
    /// # Errors
    /// When the target refuses it.
    pub async fn key(&self, spec: KeySpec) -> Result<TestKey, Stop> {
        let setup = self.setup(&[spec]).await?;
        Ok(setup.keys.into_iter().next().unwrap_or_default())
    }

    /// Opens a customer session and binds its token to `SESSION`.
    ///
    /// # Errors
    /// When the answer differs, or there is none.
    pub async fn open_session(&self, customer: &str) -> Result<(), Stop> {
        let body = json!({"customer_id": customer});
        let reply = self
            .core("POST", "/v1/customer-sessions/", Some(body))
            .await?;
        reply.shows(
            201,
            &[
                ("token", json!(SESSION)),
                ("customer_id", json!(customer)),
                ("customer.id", json!(customer)),
            ],
        )
    }

    /// A token that may read the keys of the set-up on this API.
    ///
    /// # Errors
    /// When a session cannot be opened.
    pub async fn reader(&self, setup: &Setup) -> Result<&str, Stop> {
        Ok(match self.api {
            Api::Core => self.token(),
            Api::Portal => {
                self.open_session(&setup.customer).await?;
                SESSION
            }
        })
    }

    /// Validates a key; `more` are further fields of the body (docs/behaviour.md#validate).
    ///
    /// # Errors
    /// When there is no answer.
    pub async fn validate(&self, key: &TestKey, more: Value) -> Result<Received, Stop> {
        self.post("validate", key, more).await
    }

    /// Activates a key (docs/behaviour.md#activate).
    ///
    /// # Errors
    /// When there is no answer.
    pub async fn activate(&self, key: &TestKey, more: Value) -> Result<Received, Stop> {
        let mut body = json!({"label": "a device"});
        merge(&mut body, more);
        self.post("activate", key, body).await
    }

    /// Deactivates an activation of a key (docs/behaviour.md#deactivate).
    ///
    /// # Errors
    /// When there is no answer.
    pub async fn deactivate(&self, key: &TestKey, activation: &str) -> Result<Received, Stop> {
        self.post("deactivate", key, json!({"activation_id": activation}))
            .await
    }

    /// Sends a request of the core API with the organization's token.
    ///
    /// # Errors
    /// When there is no answer.
    pub async fn core(
        &self,
        method: &str,
        path: &str,
        body: Option<Value>,
    ) -> Result<Received, Stop> {
        self.as_caller(Some(self.token()), method, path, body).await
    }

    /// Repeats a read of the core API until `done` accepts the answer, or the time is up; returns the last answer. What a
    /// subscription grants or revokes happens in the background on a real server.
    ///
    /// # Errors
    /// When there is no answer.
    pub async fn until(&self, path: &str, done: impl Fn(&Value) -> bool) -> Result<Received, Stop> {
        let started = Instant::now();
        let (mut pause, patience) = match self.provisioning {
            Provisioning::Provisioned(_) => (FIRST_PAUSE, GRANT_PATIENCE),
            Provisioning::Seeded(_) => (Duration::from_millis(50), Duration::from_millis(500)),
        };
        loop {
            let reply = self.core("GET", path, None).await?;
            if done(&reply.body()) || started.elapsed() > patience {
                return Ok(reply);
            }
            sleep(pause).await;
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
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
    ) -> Result<Received, Stop> {
        let mut request = Request::new(method, path);
        if let Some(token) = token {
            request = request.header("Authorization", &format!("Bearer {token}"));
        }
        if let Some(body) = body {
            request = request.json(&body.to_string());
        }
        self.send(request).await
    }

    /// Sends a request exactly as it is, with its reference tokens filled in.
    ///
    /// # Errors
    /// When there is no answer.
    pub async fn send(&self, request: Request) -> Result<Received, Stop> {
        let request = self.filled(request)?;
        let answer = self.server.send(&request).await?;
        Ok(self.reply(request, answer))
    }

    /// The same at once, whatever the limits: for tests of the limits.
    ///
    /// # Errors
    /// When there is no answer.
    pub async fn send_at_once(&self, request: Request) -> Result<Received, Stop> {
        let request = self.filled(request)?;
        let answer = self.server.send_at_once(&request).await?;
        Ok(self.reply(request, answer))
    }

    fn filled(&self, mut request: Request) -> Result<Request, Stop> {
        request.path = self.log.fill(&request.path)?;
        for (_, value) in &mut request.headers {
            if let Some(text) = value {
                *text = self.log.fill(text)?;
            }
        }
        if let Some(text) = request
            .body
            .as_deref()
            .and_then(|body| std::str::from_utf8(body).ok())
        {
            request.body = Some(self.log.fill(text)?.into_bytes());
        }
        Ok(request)
    }

    fn reply(&self, request: Request, answer: Answer) -> Received {
        self.provisioning.note(&request, &answer);
        Received {
            name: format!("{} {}", request.method, request.path),
            base: self.server.base().to_owned(),
            request,
            answer,
            log: self.log(),
        }
    }

    async fn post(&self, operation: &str, key: &TestKey, more: Value) -> Result<Received, Stop> {
        let token = (self.api == Api::Core).then(|| self.token());
        let path = format!("{}/{operation}", self.api.prefix());
        self.as_caller(token, "POST", &path, Some(body_of(key, more)))
            .await
    }
}

/// The body that names a key, with further fields.
pub(super) fn body_of(key: &TestKey, more: Value) -> Value {
    let mut body = json!({"key": key.key, "organization_id": key.organization});
    merge(&mut body, more);
    body
}

fn merge(body: &mut Value, more: Value) {
    if let (Value::Object(body), Value::Object(more)) = (body, more) {
        body.extend(more);
    }
}

/// The request of an operation on a key, with the credentials that the API needs.
pub(crate) fn request(
    provisioning: &Provisioning,
    api: Api,
    operation: &str,
    key: &TestKey,
    more: Value,
) -> Request {
    let path = format!("{}/{operation}", api.prefix());
    let request = match api {
        Api::Core => core_request(provisioning, "POST", &path),
        Api::Portal => Request::new("POST", &path),
    };
    request.json(&body_of(key, more).to_string())
}

/// A request with the organization's token.
pub(crate) fn core_request(provisioning: &Provisioning, method: &str, path: &str) -> Request {
    Request::new(method, path).header("Authorization", &format!("Bearer {}", provisioning.token()))
}
