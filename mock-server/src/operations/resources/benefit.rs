//! `Benefit`.

use std::sync::Arc;

use serde::ser::{Serialize, SerializeMap, Serializer};
use serde_json::Value as Json;

use super::customer::MetadataView;
use crate::json::Dict;
use crate::state::Benefit;

/// `BenefitLicenseKeys`, and the other types with their properties as they were given.
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
        if row.kind == "license_keys" {
            map.serialize_entry("properties", &LicenseKeysProperties(&row.properties))?;
        } else {
            map.serialize_entry("properties", &row.properties)?;
        }
        map.serialize_entry("visibility_configurable", &true)?;
        map.end()
    }
}

/// All properties of a benefit of type `license_keys`, given or not, in the order of the API.
struct LicenseKeysProperties<'b>(&'b serde_json::Map<String, Json>);

impl Serialize for LicenseKeysProperties<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let property = |name: &str| self.0.get(name).unwrap_or(&Json::Null);
        let ordered = |name: &str, fields: [&str; 2]| match property(name) {
            Json::Object(given) => fields
                .map(|field| (field, given.get(field).cloned().unwrap_or_default()))
                .into_iter()
                .collect(),
            other => other.clone(),
        };
        let mut map = serializer.serialize_map(Some(4))?;
        map.serialize_entry("prefix", property("prefix"))?;
        map.serialize_entry("expires", &ordered("expires", ["ttl", "timeframe"]))?;
        map.serialize_entry(
            "activations",
            &ordered("activations", ["limit", "enable_customer_admin"]),
        )?;
        map.serialize_entry("limit_usage", property("limit_usage"))?;
        map.end()
    }
}
