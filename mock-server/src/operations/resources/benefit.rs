//! `Benefit`.

use std::sync::Arc;

use serde::ser::{Serialize, SerializeMap, Serializer};
use serde_json::{Map, Value as Json, json};

use crate::answer::MetadataView;
use crate::json::Dict;
use crate::state::Benefit;

/// `Benefit`.
#[derive(Clone)]
pub(in crate::operations) struct BenefitView {
    row: Arc<Benefit>,
    metadata: Option<Dict>,
}

impl BenefitView {
    pub(in crate::operations) fn new(row: Arc<Benefit>) -> Self {
        Self {
            row,
            metadata: None,
        }
    }

    /// Shows metadata as it was just given.
    pub(in crate::operations) fn with_metadata(self, metadata: Option<Dict>) -> Self {
        Self { metadata, ..self }
    }
}

impl Serialize for BenefitView {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let row = &*self.row;
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("id", &row.id)?;
        map.serialize_entry("created_at", &row.created_at)?;
        map.serialize_entry("modified_at", &row.modified_at)?;
        map.serialize_entry("type", &row.kind)?;
        map.serialize_entry("description", &row.description)?;
        map.serialize_entry("selectable", &true)?;
        map.serialize_entry("deletable", &true)?;
        map.serialize_entry("is_deleted", &row.deleted_at.is_some())?;
        map.serialize_entry("organization_id", &row.organization_id)?;
        map.serialize_entry(
            "metadata",
            &MetadataView(self.metadata.as_ref().unwrap_or(&row.metadata.0)),
        )?;
        map.serialize_entry("visibility", &row.visibility)?;
        map.serialize_entry("properties", &properties(row))?;
        map.serialize_entry("visibility_configurable", &true)?;
        map.end()
    }
}

/// The properties of a benefit: all that its type has, given or not, in the order of the API.
pub(super) fn properties(row: &Benefit) -> Map<String, Json> {
    let given = |name: &str| row.properties.get(name).cloned().unwrap_or_default();
    let otherwise = |name: &str, default: Json| match given(name) {
        Json::Null => default,
        value => value,
    };
    let ordered = |name: &str, fields: [&str; 2]| match given(name) {
        Json::Object(mut given) => fields
            .map(|field| (field, given.remove(field).unwrap_or_default()))
            .into_iter()
            .collect(),
        other => other,
    };
    let properties = match row.kind.as_str() {
        "license_keys" => vec![
            ("prefix", given("prefix")),
            ("expires", ordered("expires", ["ttl", "timeframe"])),
            (
                "activations",
                ordered("activations", ["limit", "enable_customer_admin"]),
            ),
            ("limit_usage", given("limit_usage")),
        ],
        "custom" => vec![("note", given("note"))],
        "downloadables" => vec![
            ("archived", otherwise("archived", json!({}))),
            ("files", given("files")),
        ],
        // Which guild a token is for, only Discord knows.
        "discord" => vec![
            ("guild_id", given("guild_token")),
            ("role_id", given("role_id")),
            ("kick_member", given("kick_member")),
            ("guild_token", given("guild_token")),
        ],
        "slack_shared_channel" => vec![
            ("slack_integration_id", given("slack_integration_id")),
            ("channel_name_template", given("channel_name_template")),
            ("private", otherwise("private", json!(true))),
            ("welcome_message", given("welcome_message")),
            (
                "archive_on_revoke",
                otherwise("archive_on_revoke", json!(true)),
            ),
            ("team_invitees", otherwise("team_invitees", json!([]))),
        ],
        _ => return row.properties.clone(),
    };
    properties
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value))
        .collect()
}
