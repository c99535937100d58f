//! What happened in a world, as webhooks report it (docs/behaviour.md#webhook-events).

use std::sync::Arc;

use uuid::Uuid;

use super::Timestamp;

/// Something that happened.
#[derive(Debug, Clone, PartialEq)]
pub struct Event {
    /// Its id, which deliveries carry as `webhook-id`.
    pub id: Uuid,
    /// Where it happened.
    pub organization_id: Uuid,
    /// What happened, like `benefit_grant.created`.
    pub kind: String,
    /// When.
    pub created_at: Timestamp,
    /// The JSON text that is sent: `{"type", "timestamp", "data"}`; `None` if it would be long and no endpoint wants it.
    pub payload: Option<Arc<str>>,
}
