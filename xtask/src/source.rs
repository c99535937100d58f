//! Upstream documents: from a file, or from an address.

use std::{path::Path, time::Duration};

use anyhow::{Context, ensure};
use polar_openapi::{load, upstream, yaml::MOST_BYTES};
use serde_json::Value;

/// A document as it was found.
pub(crate) struct Source {
    /// The address, or the name of the file without its folder.
    pub(crate) name: String,
    pub(crate) text: String,
}

/// How long a server may take for all of a document.
const PATIENCE: Duration = Duration::from_secs(60);

/// Takes what is at a path or at an address. Nothing is asked of any server unless an address is given.
pub(crate) fn take(from: &str) -> anyhow::Result<Source> {
    if from.starts_with("http://") || from.starts_with("https://") {
        let text = fetch(from).with_context(|| format!("cannot fetch {from}"))?;
        let name = from.to_owned();
        return Ok(Source { name, text });
    }
    let text = load::text(Path::new(from))?;
    let name = Path::new(from).file_name();
    let name = name.map_or_else(
        || from.to_owned(),
        |name| name.to_string_lossy().into_owned(),
    );
    Ok(Source { name, text })
}

/// Reads the document at a path or at an address, as it is.
pub(crate) fn read(from: &str) -> anyhow::Result<Value> {
    upstream::document(&take(from)?.text).with_context(|| format!("cannot use {from}"))
}

fn fetch(address: &str) -> anyhow::Result<String> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    runtime.block_on(async {
        let client = reqwest::Client::builder().timeout(PATIENCE).build()?;
        let mut response = client.get(address).send().await?;
        let status = response.status();
        ensure!(
            status.is_success(),
            "the server answers {status}; check the address"
        );
        let mut bytes = Vec::new();
        while let Some(chunk) = response.chunk().await? {
            bytes.extend_from_slice(&chunk);
            ensure!(
                bytes.len() <= MOST_BYTES,
                "the answer is longer than {} MiB, the most that is read",
                MOST_BYTES >> 20
            );
        }
        String::from_utf8(bytes).context("the answer is no UTF-8 text")
    })
}
