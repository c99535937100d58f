//! Upstream documents: from a file or a URL.

use std::{path::Path, time::Duration};

use anyhow::{Context, ensure};
use polar_openapi::{load, upstream, yaml::MOST_BYTES};
use serde_json::Value;

/// The text of a document.
pub(crate) struct Source {
    /// The URL, or the name of the file without its folder.
    pub(crate) name: String,
    pub(crate) text: String,
}

/// How long a server may take to send a document.
const TIMEOUT: Duration = Duration::from_secs(60);

/// Reads the text at a path or a URL.
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

/// Reads the document at a path or a URL, as it is.
pub(crate) fn read(from: &str) -> anyhow::Result<Value> {
    upstream::document(&take(from)?.text).with_context(|| format!("cannot use {from}"))
}

fn fetch(address: &str) -> anyhow::Result<String> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    runtime.block_on(async {
        let client = reqwest::Client::builder().timeout(TIMEOUT).build()?;
        let mut response = client.get(address).send().await?;
        let status = response.status();
        ensure!(
            status.is_success(),
            "the server answers {status}; check the URL"
        );
        let mut bytes = Vec::new();
        while let Some(chunk) = response.chunk().await? {
            bytes.extend_from_slice(&chunk);
            ensure!(
                bytes.len() <= MOST_BYTES,
                "the answer is longer than the limit of {} MiB",
                MOST_BYTES >> 20
            );
        }
        String::from_utf8(bytes).context("the answer is not UTF-8 text")
    })
}
