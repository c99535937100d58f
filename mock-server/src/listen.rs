//! What `polar listen` reads: server-sent events, one for each event of an organization (docs/behaviour.md#listen).

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use chrono::{DateTime, Utc};
use standardwebhooks::{
    HEADER_WEBHOOK_ID, HEADER_WEBHOOK_SIGNATURE, HEADER_WEBHOOK_TIMESTAMP, WebhookError,
};
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::{broadcast, mpsc};
use tokio::time::{Instant, interval_at, sleep_until};
use uuid::Uuid;

use crate::json::{Value, to_python_json};
use crate::mistake;
use crate::refusal::Refusal;
use crate::signature::signature;
use crate::state::{Event, Timestamp, new_uuid};

/// How often a listener hears that the server is still there.
const PING: Duration = Duration::from_secs(15);
/// How long one stream lasts; the client opens the next one.
const LIFETIME: Duration = Duration::from_secs(600);
/// How many messages may be on their way to a client.
const ON_THEIR_WAY: usize = 16;

/// The events of an organization as messages, until the client leaves, the server stops, or the time is over.
pub(crate) fn messages(
    organization_id: Uuid,
    now: Timestamp,
    events: broadcast::Receiver<Arc<Event>>,
) -> mpsc::Receiver<Bytes> {
    let (sender, messages) = mpsc::channel(ON_THEIR_WAY);
    let secret = organization_id.simple().to_string();
    let hello = object([
        ("key", text("connected")),
        ("ts", text(python_moment(now.into()))),
        ("secret", text(secret.as_str())),
    ]);
    tokio::spawn(async move {
        if sender.send(data(hello)).await.is_ok() {
            follow(organization_id, &secret, events, &sender).await;
        }
    });
    messages
}

async fn follow(
    organization_id: Uuid,
    secret: &str,
    mut events: broadcast::Receiver<Arc<Event>>,
    sender: &mpsc::Sender<Bytes>,
) {
    let end = sleep_until(Instant::now() + LIFETIME);
    let mut pings = interval_at(Instant::now() + PING, PING);
    tokio::pin!(end);
    loop {
        let (message, is_last) = tokio::select! {
            event = events.recv() => match event {
                Ok(event) if event.organization_id != organization_id => continue,
                Ok(event) => match told(&event, secret) {
                    Ok(Some(message)) => (message, false),
                    Ok(None) => continue,
                    Err(error) => {
                        let what = format!("{} cannot be signed: {error}", event.kind);
                        mistake::report_refusal(&Refusal::internal(what));
                        continue;
                    }
                },
                Err(RecvError::Lagged(count)) => {
                    (comment(&format!("polar-mock dropped {count} events: this client reads too slowly")), false)
                }
                Err(RecvError::Closed) => return,
            },
            _ = pings.tick() => (comment(&format!("ping - {}", python_moment(Utc::now()))), false),
            () = &mut end => (data(object([("type", text("reconnect"))])), true),
            () = sender.closed() => return,
        };
        if sender.send(message).await.is_err() || is_last {
            return;
        }
    }
}

/// The message about an event, unless nothing was written about it.
fn told(event: &Event, secret: &str) -> Result<Option<Bytes>, WebhookError> {
    let Some(payload) = &event.payload else {
        return Ok(None);
    };
    let id = new_uuid().to_string();
    let seconds = DateTime::<Utc>::from(event.created_at).timestamp();
    let signature = signature(secret, &id, seconds, payload)?;
    let headers = object([
        ("user-agent", text("polar.sh webhooks")),
        ("content-type", text("application/json")),
        (HEADER_WEBHOOK_ID, text(id.as_str())),
        (HEADER_WEBHOOK_TIMESTAMP, text(seconds.to_string())),
        (HEADER_WEBHOOK_SIGNATURE, text(signature)),
    ]);
    let body = object([
        ("webhook_event_id", text(id)),
        ("payload", text(&**payload)),
    ]);
    Ok(Some(data(object([
        ("id", text(new_uuid().to_string())),
        ("key", text("webhook.created")),
        ("payload", body),
        ("headers", headers),
    ]))))
}

/// A text in JSON, in ASCII only.
fn text(text: impl Into<String>) -> String {
    let mut ascii = String::new();
    for character in to_python_json(&Value::Str(text.into())).chars() {
        if (' '..='~').contains(&character) {
            ascii.push(character);
        } else {
            let units = character.encode_utf16(&mut [0; 2]).to_vec();
            ascii.extend(units.iter().map(|unit| format!("\\u{unit:04x}")));
        }
    }
    ascii
}

/// An object with blanks behind colons and commas, as Python's `json.dumps` writes it. The values are JSON.
fn object<const N: usize>(fields: [(&str, String); N]) -> String {
    let fields = fields.map(|(name, value)| format!("\"{name}\": {value}"));
    format!("{{{}}}", fields.join(", "))
}

fn data(json: String) -> Bytes {
    format!("data: {json}\r\n\r\n").into()
}

fn comment(text: &str) -> Bytes {
    format!(": {text}\r\n\r\n").into()
}

/// A moment as Python prints it.
fn python_moment(moment: DateTime<Utc>) -> String {
    let format = match moment.timestamp_subsec_micros() {
        0 => "%Y-%m-%d %H:%M:%S+00:00",
        _ => "%Y-%m-%d %H:%M:%S%.6f+00:00",
    };
    moment.format(format).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::Listeners;

    const OURS: Uuid = Uuid::from_u128(1);

    fn event(organization_id: Uuid, payload: &str) -> Arc<Event> {
        Arc::new(Event {
            id: new_uuid(),
            organization_id,
            kind: "order.paid".into(),
            created_at: Timestamp::parse("2026-01-01T00:00:00Z").expect("a moment"),
            payload: Some(payload.into()),
        })
    }

    async fn next(messages: &mut mpsc::Receiver<Bytes>) -> Option<String> {
        let message = messages.recv().await?;
        Some(String::from_utf8(message.to_vec()).expect("text"))
    }

    fn listen(listeners: &Listeners) -> mpsc::Receiver<Bytes> {
        let now = Timestamp::parse("2026-11-21T12:24:57.004315Z").expect("a moment");
        messages(OURS, now, listeners.listen())
    }

    const HELLO: &str = "data: {\"key\": \"connected\", \"ts\": \"2026-11-21 12:24:57.004315+00:00\", \
                         \"secret\": \"00000000000000000000000000000001\"}\r\n\r\n";

    #[tokio::test(start_paused = true)]
    async fn a_listener_hears_the_events_of_its_organization_signed() {
        let listeners = Listeners::default();
        let mut messages = listen(&listeners);
        assert_eq!(next(&mut messages).await.as_deref(), Some(HELLO));
        listeners.tell(&event(Uuid::from_u128(2), "{}"));
        listeners.tell(&event(OURS, "{\"é😀\":1}"));
        let message = next(&mut messages).await.expect("a message");
        assert!(message.contains(r#""payload": "{\"\u00e9\ud83d\ude00\":1}""#));
        let message = message.strip_prefix("data: ").expect("data");
        let message: serde_json::Value = serde_json::from_str(message).expect("JSON");
        let (id, headers) = (&message["payload"]["webhook_event_id"], &message["headers"]);
        assert_eq!(message["key"], "webhook.created");
        assert_eq!(message["payload"]["payload"], "{\"é😀\":1}");
        assert_eq!(headers["webhook-id"], *id);
        assert_eq!(headers["webhook-timestamp"], "1767225600");
        let secret = OURS.simple().to_string();
        let id = id.as_str().expect("an id");
        let expected = signature(&secret, id, 1_767_225_600, "{\"é😀\":1}").expect("a signature");
        assert_eq!(headers["webhook-signature"], expected.as_str());
    }

    #[tokio::test(start_paused = true)]
    async fn it_is_pinged_and_sent_away_after_ten_minutes() {
        let listeners = Listeners::default();
        let mut messages = listen(&listeners);
        next(&mut messages).await;
        let mut pings = 0;
        loop {
            let message = next(&mut messages).await.expect("a message");
            if !message.starts_with(": ping - ") {
                assert_eq!(message, "data: {\"type\": \"reconnect\"}\r\n\r\n");
                break;
            }
            pings += 1;
        }
        assert!((39..=40).contains(&pings), "{pings}");
        assert_eq!(next(&mut messages).await, None);
        assert!(!listeners.any());
    }

    #[tokio::test(start_paused = true)]
    async fn it_ends_when_the_server_stops() {
        let listeners = Listeners::default();
        let mut messages = listen(&listeners);
        next(&mut messages).await;
        listeners.close();
        assert_eq!(next(&mut messages).await, None);
        let mut late = listen(&listeners);
        assert_eq!(next(&mut late).await.as_deref(), Some(HELLO));
        assert_eq!(next(&mut late).await, None);
    }

    #[tokio::test(start_paused = true)]
    async fn what_a_slow_listener_misses_is_counted() {
        let listeners = Listeners::default();
        let mut messages = listen(&listeners);
        next(&mut messages).await;
        for _ in 0..1000 {
            listeners.tell(&event(OURS, "{}"));
        }
        let mut comments = 0;
        while let Ok(Some(message)) =
            tokio::time::timeout(Duration::from_secs(1), next(&mut messages)).await
        {
            if message.starts_with(": polar-mock dropped ") {
                comments += 1;
            }
        }
        assert_eq!(comments, 1);
    }
}
