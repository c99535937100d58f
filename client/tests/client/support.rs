//! Servers to talk to: the mock with its built-in world, and one that notes what it gets and answers from a script.

use std::{
    collections::VecDeque,
    fs,
    path::Path,
    sync::{Arc, Mutex},
};

use axum::{
    Router,
    body::Body,
    extract::Request,
    http::{HeaderMap, Response},
};
use polar_client::Client;
use polar_mock::MockServer;
use serde_json::Value;
use tokio::{net::TcpListener, task::JoinHandle};

/// What the built-in world of the mock holds.
pub(crate) const ORGANIZATION: &str = "fda84e25-7b55-4d67-916d-60ead04ff61f";
pub(crate) const KEY: &str = "1C285B2D-6CE6-4BC7-B8BE-ADB6A7E304DA";
pub(crate) const KEY_ID: &str = "508176f7-065a-4b5d-b524-4e9c8a11ed63";
pub(crate) const ACTIVATION: &str = "b6724bc8-7ad9-4ca0-b143-7c896fcbb6fe";
pub(crate) const ACCESS_TOKEN: &str = "polar_oat_mock";
pub(crate) const SESSION_TOKEN: &str = "polar_mst_mock";

/// The mock, and a client of it with both tokens.
pub(crate) async fn mock() -> (MockServer, Client) {
    let server = MockServer::start().await.unwrap();
    let client = client(server.url());
    (server, client)
}

pub(crate) fn client(url: &str) -> Client {
    let builder = Client::builder(url.parse().unwrap());
    let builder = builder
        .access_token(ACCESS_TOKEN)
        .session_token(SESSION_TOKEN);
    builder.build().unwrap()
}

/// A request as it came in.
#[derive(Debug)]
pub(crate) struct Seen {
    pub(crate) method: String,
    pub(crate) uri: String,
    pub(crate) headers: HeaderMap,
    pub(crate) body: String,
}

impl Seen {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }
}

/// Status, headers and body of an answer.
pub(crate) type Answer = (u16, &'static [(&'static str, &'static str)], String);

/// A server that answers from a script, and 500 when the script is over. It stops when it is dropped.
pub(crate) struct Scripted {
    pub(crate) url: String,
    seen: Arc<Mutex<Vec<Seen>>>,
    task: JoinHandle<()>,
}

impl Scripted {
    pub(crate) async fn start(answers: impl IntoIterator<Item = Answer>) -> Self {
        let answers = Arc::new(Mutex::new(answers.into_iter().collect::<VecDeque<_>>()));
        let seen = Arc::new(Mutex::new(Vec::new()));
        let notes = Arc::clone(&seen);
        let router = Router::new().fallback(async move |request: Request| {
            let (parts, body) = request.into_parts();
            let body = axum::body::to_bytes(body, usize::MAX).await.unwrap();
            notes.lock().unwrap().push(Seen {
                method: parts.method.to_string(),
                uri: parts.uri.to_string(),
                headers: parts.headers,
                body: String::from_utf8(body.to_vec()).unwrap(),
            });
            let answer = answers.lock().unwrap().pop_front();
            let (status, headers, body) = answer.unwrap_or((500, &[], String::new()));
            let mut response = Response::builder().status(status);
            for (name, value) in headers {
                response = response.header(*name, *value);
            }
            response.body(Body::from(body)).unwrap()
        });
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let task = tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { url, seen, task }
    }

    /// The requests since the last time this was asked.
    pub(crate) fn seen(&self) -> Vec<Seen> {
        std::mem::take(&mut self.seen.lock().unwrap())
    }

    /// The JSON bodies of the requests since the last time.
    pub(crate) fn bodies(&self) -> Vec<Value> {
        let bodies = self.seen().into_iter().map(|seen| seen.body);
        bodies
            .map(|body| serde_json::from_str(&body).unwrap())
            .collect()
    }
}

impl Drop for Scripted {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Reads every recording in a folder and below.
pub(crate) fn each_recording(folder: &Path, found: &mut impl FnMut(&Path, &Value)) {
    // Nested too deep and with numbers too long for this reader, which is what they are about.
    let unreadable = ["body/nesting.json", "activate/long-strings-1.json"];
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            each_recording(&path, found);
        } else if path
            .extension()
            .is_some_and(|extension| extension == "json")
            && !unreadable.iter().any(|name| path.ends_with(name))
        {
            let recording = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
            found(&path, &recording);
        }
    }
}
