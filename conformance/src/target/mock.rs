//! The mock in this process.

use polar_mock::MockServer;

use super::choice::{Target, TargetError};
use super::server::Server;

/// Starts a mock of its own on a free port.
pub(super) async fn start() -> Result<(Server, MockServer), TargetError> {
    let mock = MockServer::start()
        .await
        .map_err(|error| TargetError::Mock(error.to_string()))?;
    match Target::parse(mock.url(), false)? {
        Target::Url(server) => Ok((server, mock)),
        Target::Mock => Err(TargetError::Mock(format!(
            "it says that it listens at {}",
            mock.url()
        ))),
    }
}
