//! What happened in a world, as webhooks tell it (POLAR.md 20).

use serde::Serialize;
use uuid::Uuid;

use super::Timestamp;

/// Something that happened.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Event {
    /// Its id, which deliveries carry as `webhook-id`.
    pub id: Uuid,
    /// Where it happened.
    pub organization_id: Uuid,
    /// What happened, like `benefit_grant.created`.
    #[serde(rename = "type")]
    pub kind: String,
    /// When.
    pub created_at: Timestamp,
    /// The JSON text that is sent: `{"type", "timestamp", "data"}`.
    #[serde(skip)]
    pub payload: String,
}
