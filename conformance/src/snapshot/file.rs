//! Snapshot files: a header in YAML, then the text.

use chrono::NaiveDate;
use polar_openapi::yaml;
use serde::{Deserialize, Serialize};

/// Where an answer comes from: the `info` of a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Info {
    /// The target: `mock`, or the base URL of a server.
    pub target: String,
    /// The day on which the answer was last confirmed, in UTC.
    pub date: NaiveDate,
    /// The version of the API that the answer names.
    pub api_version: String,
    /// The digest of the contract that validated the answer.
    pub document: String,
}

/// A file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SnapshotFile {
    /// The id of the operation in the document.
    pub operation: String,
    /// Where it comes from.
    pub info: Info,
    /// Request and answer.
    pub text: String,
}

/// A file that is not a snapshot of this suite.
#[derive(Debug, thiserror::Error)]
pub enum MalformedSnapshot {
    /// The header is missing or has no end.
    #[error("has no header between two lines of ---")]
    NoHead,
    /// The header is incomplete.
    #[error("has an invalid header: {0}")]
    Head(#[from] yaml::Error),
}

#[derive(Serialize, Deserialize)]
struct Head {
    source: String,
    description: String,
    info: Info,
}

impl SnapshotFile {
    /// Reads a file.
    ///
    /// # Errors
    /// When the header is missing or incomplete.
    pub fn parse(text: &str) -> Result<Self, MalformedSnapshot> {
        let rest = text
            .strip_prefix("---\n")
            .ok_or(MalformedSnapshot::NoHead)?;
        let (head, text) = rest
            .split_once("\n---\n")
            .ok_or(MalformedSnapshot::NoHead)?;
        let head: Head = yaml::from_str(head)?;
        Ok(Self {
            operation: head.description,
            info: head.info,
            text: text.trim_end().to_owned(),
        })
    }

    /// The file as insta writes it.
    ///
    /// # Errors
    /// Never: every header can be written.
    pub fn to_text(&self) -> Result<String, MalformedSnapshot> {
        let head = yaml::to_string(&Head {
            source: "conformance/tests/snapshots.rs".to_owned(),
            description: self.operation.clone(),
            info: self.info.clone(),
        })?;
        Ok(format!("---\n{head}---\n{}\n", self.text))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_survives_the_round_trip() {
        let file = SnapshotFile {
            operation: "license_keys:get".to_owned(),
            info: Info {
                target: "mock".to_owned(),
                date: NaiveDate::from_ymd_opt(2026, 11, 21).unwrap(),
                api_version: "2026-04".to_owned(),
                document: "00ff".to_owned(),
            },
            text: "GET /\n\n200\n---\n{}".to_owned(),
        };
        assert_eq!(SnapshotFile::parse(&file.to_text().unwrap()).unwrap(), file);
        assert!(SnapshotFile::parse("GET /").is_err());
        assert!(SnapshotFile::parse("---\nsource: x\n---\nGET /").is_err());
    }
}
