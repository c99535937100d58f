//! One attempt to deliver one event.

use std::time::Duration;

use bytes::Bytes;
use chrono::{DateTime, Utc};
use http::{Method, Request, header};
use http_body_util::{BodyExt, Full, Limited};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use standardwebhooks::{HEADER_WEBHOOK_ID, HEADER_WEBHOOK_SIGNATURE, HEADER_WEBHOOK_TIMESTAMP};
use tokio::net::TcpStream;
use url::Url;

use crate::loopback::addresses;
use crate::signature::signature;
use crate::state::{Attempt, Timestamp, WebhookEndpoint, WebhookEvent};
use crate::targets::Targets;

/// How long an endpoint has to answer, in the machine's time.
const PATIENCE: Duration = Duration::from_secs(10);
/// How much of an answer is read.
const LONGEST_ANSWER: usize = 64 * 1024;

type Error = Box<dyn std::error::Error + Send + Sync>;

/// Sends an event, unless the URL is not plain HTTP to this machine or not allowed, or the format is not `raw`.
pub(super) async fn send(
    targets: &Targets,
    endpoint: &WebhookEndpoint,
    event: &WebhookEvent,
    now: Timestamp,
) -> Attempt {
    let url = match Url::parse(&endpoint.url) {
        Ok(url) if targets.allow(&url) => url,
        _ => return Attempt::Skipped,
    };
    match tokio::time::timeout(PATIENCE, post(&url, endpoint, event, now)).await {
        Ok(Ok((status, text))) => Attempt::Answered(status, text),
        Ok(Err(error)) => Attempt::Unreachable(error.to_string()),
        Err(_) => Attempt::Unreachable("no answer within 10 seconds".into()),
    }
}

async fn post(
    url: &Url,
    endpoint: &WebhookEndpoint,
    event: &WebhookEvent,
    now: Timestamp,
) -> Result<(u16, String), Error> {
    let id = event.id.to_string();
    let seconds = DateTime::<Utc>::from(now).timestamp();
    let signature = signature(&endpoint.secret, &id, seconds, &event.payload)?;
    let stream = TcpStream::connect(addresses(url).as_slice()).await?;
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
    let path = &url[url::Position::BeforePath..url::Position::AfterQuery];
    let request = Request::builder()
        .method(Method::POST)
        .uri(path)
        .header(
            header::HOST,
            &url[url::Position::BeforeHost..url::Position::AfterPort],
        )
        .header(header::USER_AGENT, "polar.sh webhooks")
        .header(header::CONTENT_TYPE, "application/json")
        .header(HEADER_WEBHOOK_ID, id)
        .header(HEADER_WEBHOOK_TIMESTAMP, seconds)
        .header(HEADER_WEBHOOK_SIGNATURE, signature)
        .body(Full::new(Bytes::copy_from_slice(event.payload.as_bytes())))?;
    let exchange = async {
        let answer = sender.send_request(request).await?;
        let status = answer.status().as_u16();
        let body = Limited::new(answer.into_body(), LONGEST_ANSWER).collect();
        let text = body
            .await
            .map(|body| String::from_utf8_lossy(&body.to_bytes()).into_owned());
        Ok::<_, Error>((status, text.unwrap_or_default()))
    };
    tokio::pin!(exchange);
    tokio::select! {
        outcome = &mut exchange => outcome,
        ended = connection => {
            ended?;
            exchange.await
        }
    }
}
