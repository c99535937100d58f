//! Where recordings come from: embedded in the binary, or a folder.

use std::path::{Path, PathBuf};
use std::{fs, io};

use super::{FormatError, Scenario};
use crate::json::{ParseError, parse};

include!(concat!(env!("OUT_DIR"), "/embedded.rs"));

/// Why recordings could not be read.
#[derive(Debug, thiserror::Error)]
pub enum LibraryError {
    /// The file or folder cannot be read.
    #[error("cannot read {path}: {source}")]
    Read {
        /// Which.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// A file is not JSON.
    #[error("{file} is malformed JSON: {problem}")]
    NotJson {
        /// Which.
        file: String,
        /// Where and why.
        problem: ParseError,
    },
    /// A file is JSON, but not a recording.
    #[error("{file} is not a recording: {problem}")]
    NotARecording {
        /// Which.
        file: String,
        /// Where and why.
        problem: FormatError,
    },
}

/// A set of recordings, sorted by path.
#[derive(Debug, Clone, Default)]
pub struct Library {
    /// The recordings.
    pub scenarios: Vec<Scenario>,
}

impl Library {
    /// The recordings that this crate was built with.
    ///
    /// # Errors
    /// When one of them is malformed.
    pub fn embedded() -> Result<Self, LibraryError> {
        let mut library = Self::default();
        for (file, text) in EMBEDDED {
            library.add(file, text)?;
        }
        Ok(library)
    }

    /// A single recording, or every recording below a folder.
    ///
    /// # Errors
    /// When a file cannot be read or is malformed. JSON files without `steps` are skipped.
    pub fn from_path(path: &Path) -> Result<Self, LibraryError> {
        let mut files = Vec::new();
        collect(path, &mut files).map_err(|source| LibraryError::Read {
            path: path.to_owned(),
            source,
        })?;
        files.sort();
        let mut library = Self::default();
        for file in files {
            let text = fs::read_to_string(&file).map_err(|source| LibraryError::Read {
                path: file.clone(),
                source,
            })?;
            library.add(&file.display().to_string(), &text)?;
        }
        Ok(library)
    }

    fn add(&mut self, file: &str, text: &str) -> Result<(), LibraryError> {
        let value = parse(text).map_err(|problem| LibraryError::NotJson {
            file: file.to_owned(),
            problem,
        })?;
        if value.get("steps").is_some() {
            let scenario =
                Scenario::from_json(&value).map_err(|problem| LibraryError::NotARecording {
                    file: file.to_owned(),
                    problem,
                })?;
            self.scenarios.push(scenario);
        }
        Ok(())
    }
}

fn collect(path: &Path, files: &mut Vec<PathBuf>) -> io::Result<()> {
    if !path.is_dir() {
        files.push(path.to_owned());
        return Ok(());
    }
    for entry in fs::read_dir(path)? {
        let path = entry?.path();
        if path.is_dir() {
            collect(&path, files)?;
        } else if path
            .extension()
            .is_some_and(|extension| extension == "json")
        {
            files.push(path);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_embedded_recording_is_well_formed_and_says_where_it_comes_from() {
        let library = Library::embedded().unwrap();
        assert!(library.scenarios.len() >= 223);
        for scenario in &library.scenarios {
            assert!(!scenario.steps.is_empty(), "{}", scenario.name);
            assert!(
                !scenario.origin.server.is_empty() && !scenario.origin.recorded.is_empty(),
                "{}",
                scenario.name
            );
        }
    }

    #[test]
    fn names_are_the_paths_of_the_files() {
        let library = Library::embedded().unwrap();
        for (scenario, (file, _)) in library.scenarios.iter().zip(EMBEDDED) {
            assert_eq!(format!("{}.json", scenario.name), *file);
        }
    }
}
