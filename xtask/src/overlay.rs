//! What the document has overtaken of `openapi/overlay.yaml`, for `sync` and `regen --check`.

use std::{
    fs,
    io::{self, Write},
    path::Path,
};

use anyhow::Context;
use polar_openapi::{
    overlay::Overlay,
    upkeep::{self, Overtaken},
};
use serde_json::Value;

/// Actions of the overlay beside the document that want looking after; none where there is no overlay. `before`: the
/// document that it fitted.
pub(crate) fn overtaken(
    root: &Path,
    before: Option<&Value>,
    document: &Value,
) -> anyhow::Result<Vec<Overtaken>> {
    let overlay = read(root)?;
    let overtaken = overlay.map(|overlay| upkeep::overtaken(&overlay, before, document));
    Ok(overtaken.unwrap_or_default())
}

/// The overlay beside the document, if there is one.
pub(crate) fn read(root: &Path) -> anyhow::Result<Option<Overlay>> {
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

/// One line an action. Returns whether one of them is of no use any more.
pub(crate) fn say(overtaken: &[Overtaken], out: &mut dyn Write) -> io::Result<bool> {
    for one in overtaken {
        writeln!(out, "overlay    {one}")?;
    }
    Ok(overtaken.iter().any(|one| one.reason.is_grave()))
}
