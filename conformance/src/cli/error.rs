//! Why a command could not do its work.

use std::path::{Path, PathBuf};

use polar_conformance::audit::AuditError;
use polar_conformance::differential::SideError;
use polar_conformance::provision::ProvisionError;
use polar_conformance::recordings::LibraryError;
use polar_conformance::report::ReportError;
use polar_conformance::session::TargetError;
use polar_conformance::snapshot::SnapshotError;

/// Why a command could not do its work.
#[derive(Debug, thiserror::Error)]
pub(super) enum CliError {
    #[error(transparent)]
    Target(#[from] TargetError),
    #[error(transparent)]
    Library(#[from] LibraryError),
    #[error(transparent)]
    Report(#[from] ReportError),
    #[error(transparent)]
    Snapshot(#[from] SnapshotError),
    #[error("{} is not a folder; name one with {option}", path.display())]
    NoFolder { path: PathBuf, option: &'static str },
    #[error("{} holds no {what}; name another folder", path.display())]
    Empty { path: PathBuf, what: &'static str },
    #[error("no item matches; `polar-conformance list` prints every name")]
    NothingMatches,
    #[error(transparent)]
    Provisioning(#[from] ProvisionError),
    #[error(transparent)]
    Audit(#[from] AuditError),
    #[error(transparent)]
    Side(#[from] SideError),
    #[error(
        "the variable {0} is empty; set it to an access token of an organization made for tests"
    )]
    NoToken(String),
    #[error(
        "both servers need a token of their own; name the variables with --against-token-env and --with-token-env"
    )]
    WhoseToken,
    #[error("cannot write the report: {0}")]
    Written(std::io::Error),
    #[error("cannot start: {0}")]
    Start(std::io::Error),
    #[error("interrupted before anything ran")]
    Interrupted,
}

impl CliError {
    pub(super) fn no_folder(path: &Path, option: &'static str) -> Self {
        let path = path.to_owned();
        Self::NoFolder { path, option }
    }

    pub(super) fn empty(path: &Path, what: &'static str) -> Self {
        let path = path.to_owned();
        Self::Empty { path, what }
    }
}
