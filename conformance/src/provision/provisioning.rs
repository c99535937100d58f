//! Where keys come from.

use super::error::ProvisionError;
use super::provisioner::Provisioner;
use super::seeded;
use super::setup::Setup;
use super::spec::KeySpec;
use crate::server::Server;
use crate::wire::Request;

/// Where the keys of an item come from.
#[derive(Debug, Clone)]
pub enum Provisioning {
    /// The whole world is set (`PUT /_mock/state`), its rate limits to these.
    Seeded(&'static str),
    /// They are made through the public API.
    Provisioned(Provisioner),
}

impl Provisioning {
    /// Keys that belong to one customer and come from one benefit, which others may share.
    ///
    /// # Errors
    /// When the target refuses it.
    pub async fn setup(&self, server: &Server, keys: &[KeySpec]) -> Result<Setup, ProvisionError> {
        match self {
            Self::Seeded(limits) => seeded::load(server, keys, limits).await,
            Self::Provisioned(provisioner) => provisioner.setup(server, keys).await,
        }
    }

    /// Keys whose customer and benefit nobody else has.
    ///
    /// # Errors
    /// When the target refuses it.
    pub async fn own_setup(
        &self,
        server: &Server,
        keys: &[KeySpec],
    ) -> Result<Setup, ProvisionError> {
        match self {
            Self::Seeded(limits) => seeded::load(server, keys, limits).await,
            Self::Provisioned(provisioner) => provisioner.own_setup(server, keys).await,
        }
    }

    /// The request that sets a world with these keys, on a target that can be seeded.
    pub fn request(&self, keys: &[KeySpec]) -> Option<Request> {
        matches!(self, Self::Seeded(_)).then(|| seeded::request(keys))
    }

    /// An access token of the organization that may do everything.
    pub fn token(&self) -> &str {
        match self {
            Self::Seeded(_) => seeded::TOKEN,
            Self::Provisioned(provisioner) => provisioner.token(),
        }
    }

    /// A name for something that a case makes itself.
    pub fn name(&self, what: &str) -> String {
        match self {
            Self::Seeded(_) => format!("{}mock {what}", super::PREFIX),
            Self::Provisioned(provisioner) => provisioner.name(what),
        }
    }

    /// An e-mail address for a customer that a case makes itself.
    pub fn email(&self, who: &str) -> String {
        match self {
            Self::Seeded(_) => format!("{who}@example.com"),
            Self::Provisioned(provisioner) => provisioner.email(who),
        }
    }

    /// What is on the ledger when a case makes something itself.
    pub fn provisioner(&self) -> Option<&Provisioner> {
        match self {
            Self::Seeded(_) => None,
            Self::Provisioned(provisioner) => Some(provisioner),
        }
    }
}
