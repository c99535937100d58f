//! Upstream documents: from a file.

use std::fs;

use anyhow::Context;
use polar_openapi::upstream;
use serde_json::Value;

/// Reads the document at a path.
pub(crate) fn read(from: &str) -> anyhow::Result<Value> {
    let text =
        fs::read_to_string(from).with_context(|| format!("cannot read {from}; check the path"))?;
    upstream::document(&text).with_context(|| format!("cannot use {from}"))
}
