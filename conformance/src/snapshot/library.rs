//! Where snapshots come from: embedded in the binary, or a folder.

use std::io;
use std::path::{Path, PathBuf};

use super::file::{Info, MalformedSnapshot, SnapshotFile};
use super::specs::SPECS;
use super::take::SnapshotSpec;

mod files {
    include!(concat!(env!("OUT_DIR"), "/snapshots.rs"));
}

/// One operation and its kept answer.
#[derive(Debug, Clone)]
pub struct Snapshot {
    /// The operation.
    pub spec: SnapshotSpec,
    /// Where the answer comes from.
    pub info: Info,
    /// Request and answer.
    pub text: String,
}

/// Every snapshot there is.
pub type Snapshots = Vec<Snapshot>;

/// Why snapshots cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum SnapshotError {
    /// A file cannot be read or written.
    #[error("{path}: {source}")]
    File {
        /// Which.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// A file is not a snapshot.
    #[error("{path} {problem}")]
    Malformed {
        /// Which.
        path: PathBuf,
        /// Why.
        problem: MalformedSnapshot,
    },
}

impl SnapshotSpec {
    /// The name of the file without its folder.
    pub fn file_name(&self) -> String {
        format!("{}.snap", self.name())
    }

    /// The operation, spelled as a file name.
    pub fn name(&self) -> String {
        self.operation.replace(':', ".")
    }
}

/// The snapshots that this crate was built with.
///
/// # Errors
/// When one of them is malformed.
pub fn embedded() -> Result<Snapshots, SnapshotError> {
    let mut snapshots = Vec::new();
    for spec in SPECS {
        let name = spec.file_name();
        if let Some((_, text)) = files::EMBEDDED.iter().find(|(known, _)| *known == name) {
            snapshots.push(read(spec, Path::new(&name), text)?);
        }
    }
    Ok(snapshots)
}

/// The snapshots of a folder; operations without a file there are left out.
///
/// # Errors
/// When a file cannot be read or is malformed.
pub fn from_folder(folder: &Path) -> Result<Snapshots, SnapshotError> {
    let mut snapshots = Vec::new();
    for spec in SPECS {
        let path = folder.join(spec.file_name());
        match std::fs::read_to_string(&path) {
            Ok(text) => snapshots.push(read(spec, &path, &text)?),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(source) => return Err(SnapshotError::File { path, source }),
        }
    }
    Ok(snapshots)
}

fn read(spec: &SnapshotSpec, path: &Path, text: &str) -> Result<Snapshot, SnapshotError> {
    let file = SnapshotFile::parse(text).map_err(|problem| SnapshotError::Malformed {
        path: path.to_owned(),
        problem,
    })?;
    Ok(Snapshot {
        spec: *spec,
        info: file.info,
        text: file.text,
    })
}

impl Snapshot {
    /// Writes it into a folder.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn write(&self, folder: &Path) -> Result<PathBuf, SnapshotError> {
        let path = folder.join(self.spec.file_name());
        let file = SnapshotFile {
            operation: self.spec.operation.to_owned(),
            info: self.info.clone(),
            text: self.text.clone(),
        };
        let text = file.to_text().map_err(|problem| SnapshotError::Malformed {
            path: path.clone(),
            problem,
        })?;
        std::fs::write(&path, text).map_err(|source| SnapshotError::File {
            path: path.clone(),
            source,
        })?;
        Ok(path)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::mask;

    #[test]
    fn every_operation_has_a_snapshot_without_secrets() {
        let snapshots = embedded().unwrap();
        let names: Vec<_> = snapshots
            .iter()
            .map(|snapshot| snapshot.spec.operation)
            .collect();
        let wanted: Vec<_> = SPECS.iter().map(|spec| spec.operation).collect();
        assert_eq!(names, wanted);
        for (name, text) in files::EMBEDDED {
            assert_eq!(mask(text), *text, "{name}");
            // A key, a session token or an address that is not a reference token.
            for pattern in [
                r"[0-9A-F]{8}-[0-9A-F]{4}-4",
                "polar_[a-z]+_[A-Za-z0-9]",
                "@",
            ] {
                let pattern = regex::Regex::new(pattern).unwrap();
                assert!(!pattern.is_match(text), "{name}: {pattern}");
            }
        }
    }
}
