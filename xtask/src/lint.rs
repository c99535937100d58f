//! Reports which actions of `openapi/overlay.yaml` are out of date, for `sync` and `regen --check`.

use std::{
    fs,
    io::{self, Write},
    path::Path,
};

use anyhow::Context;
use polar_openapi::{
    lint::{self, Finding},
    overlay::Overlay,
};
use serde_json::Value;

/// The actions of the overlay that are out of date; none where there is no overlay. `before` is the document that the
/// overlay was written for.
pub(crate) fn lint(
    root: &Path,
    before: Option<&Value>,
    document: &Value,
) -> anyhow::Result<Vec<Finding>> {
    let overlay = overlay(root)?;
    let findings = overlay.map(|overlay| lint::lint(&overlay, before, document));
    Ok(findings.unwrap_or_default())
}

/// The overlay beside the document, if there is one.
pub(crate) fn overlay(root: &Path) -> anyhow::Result<Option<Overlay>> {
    let path = root.join("openapi/overlay.yaml");
    let text = match fs::read_to_string(&path) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => {
            return Err(error).with_context(|| format!("cannot read {}", path.display()));
        }
    };
    let overlay =
        Overlay::parse(&text).with_context(|| format!("cannot use {}", path.display()))?;
    Ok(Some(overlay))
}

/// Prints one line for each action. Returns whether one of them must be corrected.
pub(crate) fn print(findings: &[Finding], out: &mut dyn Write) -> io::Result<bool> {
    for finding in findings {
        writeln!(out, "overlay    {finding}")?;
    }
    Ok(findings.iter().any(|finding| finding.reason.is_error()))
}
