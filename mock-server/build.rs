//! Embeds the contract as JSON: parsing it at start-up is several times faster than YAML.

use std::path::PathBuf;

use sha2::{Digest, Sha256};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let out = PathBuf::from(std::env::var("OUT_DIR")?);
    let document = polar_openapi::bundled::document();
    let server_truth = polar_openapi::bundled::server_truth();
    std::fs::write(out.join("document.json"), serde_json::to_vec(&document)?)?;
    std::fs::write(
        out.join("server-truth.json"),
        serde_json::to_vec(&server_truth)?,
    )?;
    let digest = Sha256::digest(polar_openapi::bundled::DOCUMENT);
    let hex: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
    println!("cargo::rustc-env=POLAR_CONTRACT_SHA256={hex}");
    Ok(())
}
