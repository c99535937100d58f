//! What an endpoint is sent, and what a change makes of it (docs/behaviour.md#webhook-endpoints).

use uuid::Uuid;

use crate::contract::takes_webhooks;
use crate::json::Value;
use crate::refusal::Refusal;
use crate::state::{Timestamp, WebhookEndpoint};

/// What is to change; what was not given stays, and so does what was given as `null`.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct EndpointUpdate {
    /// Where events go.
    pub url: Option<String>,
    /// The name.
    pub name: Option<String>,
    /// What deliveries are signed with.
    pub secret: Option<String>,
    /// `raw`, `discord` or `slack`.
    pub format: Option<String>,
    /// Which events.
    pub events: Option<Vec<String>>,
    /// Whether any are sent.
    pub enabled: Option<bool>,
}

/// Whether an event of this kind in this organization is one for the endpoint.
pub fn wants(endpoint: &WebhookEndpoint, organization_id: Uuid, kind: &str) -> bool {
    endpoint.organization_id == organization_id
        && is_in_use(endpoint)
        && endpoint.events.iter().any(|event| event == kind)
}

/// Whether events are sent to the endpoint. This mock writes the format `raw` only.
pub fn is_sent_to(endpoint: &WebhookEndpoint) -> bool {
    is_in_use(endpoint) && endpoint.format == "raw"
}

fn is_in_use(endpoint: &WebhookEndpoint) -> bool {
    endpoint.enabled && endpoint.deleted_at.is_none()
}

/// The endpoint as it is afterwards. `modified_at` moves if anything but null is given, even the same. One that may not be sent to cannot be
/// enabled, whatever URL it gets with that.
pub fn update_endpoint(
    old: &WebhookEndpoint,
    update: EndpointUpdate,
    now: Timestamp,
) -> Result<WebhookEndpoint, Refusal> {
    if update == EndpointUpdate::default() {
        return Ok(old.clone());
    }
    if update.enabled == Some(true) && !old.enabled && !takes_webhooks(&old.url) {
        return Err(Refusal::invalid(
            "enabled",
            "Cannot enable a webhook endpoint with an invalid URL. Please update the URL first.",
            Value::Bool(true),
        ));
    }
    Ok(WebhookEndpoint {
        url: update.url.unwrap_or_else(|| old.url.clone()),
        name: update.name.or_else(|| old.name.clone()),
        secret: update.secret.unwrap_or_else(|| old.secret.clone()),
        format: update.format.unwrap_or_else(|| old.format.clone()),
        events: update.events.unwrap_or_else(|| old.events.clone()),
        enabled: update.enabled.unwrap_or(old.enabled),
        modified_at: Some(now),
        ..old.clone()
    })
}

/// The endpoint with another secret.
pub fn reset_secret(old: &WebhookEndpoint, secret: String, now: Timestamp) -> WebhookEndpoint {
    WebhookEndpoint {
        secret,
        modified_at: Some(now),
        ..old.clone()
    }
}

/// The endpoint when it is deleted. It is kept: deliveries to it are still remembered.
pub fn delete_endpoint(old: &WebhookEndpoint, now: Timestamp) -> WebhookEndpoint {
    WebhookEndpoint {
        deleted_at: Some(now),
        modified_at: Some(now),
        ..old.clone()
    }
}

/// Whether the status of an answer is of a class like `4xx`; no answer is of none.
pub fn is_of_class(http_code: Option<u16>, class: &str) -> bool {
    http_code.is_some_and(|code| code.to_string().get(..1) == class.get(..1))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::activate::tests::at;

    const NOW: &str = "2026-06-01T00:00:00Z";

    fn endpoint() -> WebhookEndpoint {
        serde_json::from_value(serde_json::json!({
            "organization_id": Uuid::from_u128(1),
            "url": "https://example.com/",
            "name": "main",
            "secret": "whsec_old",
            "events": ["customer.created", "customer.deleted"],
        }))
        .unwrap()
    }

    #[test]
    fn an_endpoint_gets_the_events_it_asks_for_while_it_is_in_use() {
        let disabled = WebhookEndpoint {
            enabled: false,
            ..endpoint()
        };
        let deleted = delete_endpoint(&endpoint(), at(NOW));
        let slack = WebhookEndpoint {
            format: "slack".into(),
            ..endpoint()
        };
        for (endpoint, organization, kind, wanted, sent) in [
            (&endpoint(), 1, "customer.created", true, true),
            (&endpoint(), 1, "customer.deleted", true, true),
            (&endpoint(), 1, "customer.updated", false, true),
            (&endpoint(), 2, "customer.created", false, true),
            (&disabled, 1, "customer.created", false, false),
            (&deleted, 1, "customer.created", false, false),
            (&slack, 1, "customer.created", true, false),
        ] {
            let organization = Uuid::from_u128(organization);
            assert_eq!(wants(endpoint, organization, kind), wanted, "{endpoint:?}");
            assert_eq!(is_sent_to(endpoint), sent, "{endpoint:?}");
        }
    }

    #[test]
    fn an_update_changes_what_is_given() {
        let old = endpoint();
        let same = EndpointUpdate {
            url: Some(old.url.clone()),
            ..EndpointUpdate::default()
        };
        let touched = WebhookEndpoint {
            modified_at: Some(at(NOW)),
            ..old.clone()
        };
        assert_eq!(
            update_endpoint(&old, EndpointUpdate::default(), at(NOW)),
            Ok(old.clone())
        );
        assert_eq!(update_endpoint(&old, same, at(NOW)), Ok(touched));
        let update = EndpointUpdate {
            url: Some("https://example.org/".into()),
            name: Some("other".into()),
            secret: Some("mine".into()),
            format: Some("slack".into()),
            events: Some(vec![]),
            enabled: Some(false),
        };
        let expected = WebhookEndpoint {
            url: "https://example.org/".into(),
            name: Some("other".into()),
            secret: "mine".into(),
            format: "slack".into(),
            events: vec![],
            enabled: false,
            modified_at: Some(at(NOW)),
            ..old.clone()
        };
        assert_eq!(update_endpoint(&old, update, at(NOW)), Ok(expected));
    }

    #[test]
    fn only_an_endpoint_that_may_be_sent_to_is_enabled() {
        for (url, was_enabled, enabled, done) in [
            ("https://example.com/", false, true, true),
            ("http://127.0.0.1:8000/", false, true, true),
            ("https://10.0.0.1/", false, true, false),
            ("https://a_b.example/", false, true, false),
            ("https://10.0.0.1/", true, true, true),
            ("https://10.0.0.1/", false, false, true),
        ] {
            let old = WebhookEndpoint {
                url: url.into(),
                enabled: was_enabled,
                ..endpoint()
            };
            let update = EndpointUpdate {
                url: Some("https://example.org/".into()),
                enabled: Some(enabled),
                ..EndpointUpdate::default()
            };
            let updated = update_endpoint(&old, update, at(NOW));
            assert_eq!(updated.is_ok(), done, "{url} {was_enabled} {enabled}");
        }
    }

    #[test]
    fn a_new_secret_and_the_end_of_an_endpoint() {
        let old = endpoint();
        let reset = WebhookEndpoint {
            secret: "whsec_new".into(),
            modified_at: Some(at(NOW)),
            ..old.clone()
        };
        assert_eq!(reset_secret(&old, "whsec_new".into(), at(NOW)), reset);
        let deleted = WebhookEndpoint {
            deleted_at: Some(at(NOW)),
            modified_at: Some(at(NOW)),
            ..old.clone()
        };
        assert_eq!(delete_endpoint(&old, at(NOW)), deleted);
    }

    #[test]
    fn classes_of_answers() {
        for (code, class, is) in [
            (Some(200), "2xx", true),
            (Some(299), "2xx", true),
            (Some(404), "2xx", false),
            (Some(404), "4xx", true),
            (None, "4xx", false),
        ] {
            assert_eq!(is_of_class(code, class), is, "{code:?} {class}");
        }
    }
}
