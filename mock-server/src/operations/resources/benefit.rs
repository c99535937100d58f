//! `Benefit`.

use std::sync::Arc;

use serde::ser::{Serialize, SerializeMap, Serializer};
use serde_json::{Map, Value as Json};

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
        map.serialize_entry("properties", &properties(row))?;
        map.serialize_entry("visibility_configurable", &true)?;
        map.end()
    }
}

/// The properties of a benefit: of type `license_keys` all of them, given or not, in the order of the API.
pub(super) fn properties(row: &Benefit) -> Map<String, Json> {
    if row.kind != "license_keys" {
        return row.properties.clone();
    }
    let property = |name: &str| row.properties.get(name).cloned().unwrap_or_default();
    let ordered = |name: &str, fields: [&str; 2]| match property(name) {
        Json::Object(mut given) => fields
            .map(|field| (field, given.remove(field).unwrap_or_default()))
            .into_iter()
            .collect(),
        other => other,
    };
    [
        ("prefix", property("prefix")),
        ("expires", ordered("expires", ["ttl", "timeframe"])),
        (
            "activations",
            ordered("activations", ["limit", "enable_customer_admin"]),
        ),
        ("limit_usage", property("limit_usage")),
    ]
    .map(|(name, value)| (name.to_owned(), value))
    .into_iter()
    .collect()
}
