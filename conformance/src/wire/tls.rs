//! Encrypted connections; trusts the certificates of the system.

use std::io;
use std::sync::{Arc, LazyLock};

use rustls_platform_verifier::ConfigVerifierExt as _;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_rustls::rustls::pki_types::ServerName;
use tokio_rustls::rustls::{self, ClientConfig};

static CONNECTOR: LazyLock<Result<TlsConnector, rustls::Error>> = LazyLock::new(|| {
    Ok(TlsConnector::from(Arc::new(
        ClientConfig::with_platform_verifier()?,
    )))
});

/// Encrypts a connection to this host.
///
/// # Errors
/// When the system does not trust the certificate of the host.
pub(super) async fn connect(host: &str, stream: TcpStream) -> io::Result<TlsStream<TcpStream>> {
    let connector = CONNECTOR
        .as_ref()
        .map_err(|problem| io::Error::other(problem.to_string()))?;
    let name = ServerName::try_from(host.to_owned()).map_err(io::Error::other)?;
    connector.connect(name, stream).await
}
