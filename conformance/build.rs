//! Embeds every recording and every snapshot, so that the installed binary works without a checkout.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

fn main() -> io::Result<()> {
    embed("recordings", "json", "embedded.rs")?;
    embed("snapshots", "snap", "snapshots.rs")
}

/// Writes the path below a folder and the text of every file with this extension as a constant.
fn embed(folder: &str, extension: &str, into: &str) -> io::Result<()> {
    let root = PathBuf::from(variable("CARGO_MANIFEST_DIR")?).join(folder);
    println!("cargo::rerun-if-changed={}", root.display());
    let mut files = Vec::new();
    collect(&root, extension, &mut files)?;
    files.sort();
    let mut source = format!(
        "/// Path below `{folder}/` and text of every file.\n#[rustfmt::skip]\npub(super) static EMBEDDED: &[(&str, &str)] = &[\n",
    );
    for file in &files {
        let name = file.strip_prefix(&root).unwrap_or(file);
        // Writing to a string cannot fail.
        let _ = writeln!(
            source,
            "    ({:?}, include_str!({:?})),",
            name.display().to_string(),
            file.display().to_string()
        );
    }
    source.push_str("];\n");
    fs::write(PathBuf::from(variable("OUT_DIR")?).join(into), source)
}

fn collect(folder: &Path, extension: &str, files: &mut Vec<PathBuf>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            println!("cargo::rerun-if-changed={}", path.display());
            collect(&path, extension, files)?;
        } else if path.extension().is_some_and(|found| found == extension) {
            files.push(path);
        }
    }
    Ok(())
}

fn variable(name: &str) -> io::Result<String> {
    env::var(name).map_err(|error| io::Error::other(format!("{name}: {error}")))
}
