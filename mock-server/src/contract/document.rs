//! The bundled document, embedded by `build.rs`.

use serde_json::Value as Json;

/// SHA-256 of `openapi/polar.yaml`, in hexadecimal.
pub const CONTRACT_SHA256: &str = env!("POLAR_CONTRACT_SHA256");

/// Polar's document with our descriptions, as JSON text.
pub fn document_json() -> &'static str {
    include_str!(concat!(env!("OUT_DIR"), "/document.json"))
}

/// The document with `overlay.yaml` applied: what the real server does. JSON text.
pub fn server_truth_json() -> &'static str {
    include_str!(concat!(env!("OUT_DIR"), "/server-truth.json"))
}

pub(super) fn server_truth() -> Json {
    serde_json::from_str(server_truth_json()).expect("build.rs wrote valid JSON")
}
