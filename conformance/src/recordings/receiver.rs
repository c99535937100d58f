//! A receiver of webhook deliveries on a free loopback port.

use std::io;
use std::sync::{Arc, Mutex, PoisonError};

use axum::body::Bytes;
use axum::extract::State;
use axum::http::HeaderMap;
use indexmap::IndexMap;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

/// One delivery.
#[derive(Debug, Clone)]
pub struct Delivery {
    /// Names in lower case.
    pub headers: IndexMap<String, String>,
    /// The body as it came.
    pub raw: Vec<u8>,
}

/// The receiver. Stops when dropped.
#[derive(Debug)]
pub struct WebhookReceiver {
    url: String,
    seen: Arc<Mutex<Vec<Delivery>>>,
    task: JoinHandle<()>,
}

impl WebhookReceiver {
    /// Listens on a free port.
    ///
    /// # Errors
    /// When no port is free.
    pub async fn start() -> io::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let url = format!("http://{}", listener.local_addr()?);
        let seen = Arc::<Mutex<Vec<Delivery>>>::default();
        let app = axum::Router::new()
            .fallback(receive)
            .with_state(Arc::clone(&seen));
        let task = tokio::spawn(async move {
            // Ends with the task; the sender reports the error of a connection.
            let _ = axum::serve(listener, app).await;
        });
        Ok(Self { url, seen, task })
    }

    /// The URL that receives deliveries.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// How many deliveries have arrived and were not taken yet.
    pub fn waiting(&self) -> usize {
        self.seen
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .len()
    }

    /// Takes all deliveries that have arrived.
    pub fn take(&self) -> Vec<Delivery> {
        std::mem::take(&mut self.seen.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Drop for WebhookReceiver {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn receive(State(seen): State<Arc<Mutex<Vec<Delivery>>>>, headers: HeaderMap, body: Bytes) {
    let text = |value: &axum::http::HeaderValue| {
        value.as_bytes().iter().copied().map(char::from).collect()
    };
    let headers = headers
        .iter()
        .map(|(name, value)| (name.as_str().to_owned(), text(value)))
        .collect();
    seen.lock()
        .unwrap_or_else(PoisonError::into_inner)
        .push(Delivery {
            headers,
            raw: body.to_vec(),
        });
}
