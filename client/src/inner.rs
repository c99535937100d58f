//! What every generated client carries along, and the hooks around its requests.

use progenitor_client::ClientHooks;

/// State of the hand-written part, shared by the generated clients.
#[derive(Debug, Clone, Default)]
pub struct Inner {}

impl ClientHooks<Inner> for crate::license_keys::Client {}

#[cfg(feature = "provisioning")]
impl ClientHooks<Inner> for crate::provisioning::Client {}
