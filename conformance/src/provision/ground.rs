//! Where keys come from.

use super::error::GroundError;
use super::provisioner::Provisioner;
use super::seeded;
use super::spec::KeySpec;
use super::world::World;
use crate::target::Server;
use crate::wire::Request;

/// Where the keys of an item come from.
#[derive(Debug, Clone)]
pub enum Ground {
    /// The whole world is set (`PUT /_mock/state`), its rate limits to these.
    Seeded(&'static str),
    /// They are made through the public API.
    Provisioned(Provisioner),
}

impl Ground {
    /// Keys that belong to one customer and come from one benefit, which others may share.
    ///
    /// # Errors
    /// When the target refuses it.
    pub async fn world(&self, server: &Server, keys: &[KeySpec]) -> Result<World, GroundError> {
        match self {
            Self::Seeded(limits) => seeded::load(server, keys, limits).await,
            Self::Provisioned(provisioner) => provisioner.world(server, keys).await,
        }
    }

    /// Keys whose customer and benefit nobody else has.
    ///
    /// # Errors
    /// When the target refuses it.
    pub async fn world_of_its_own(
        &self,
        server: &Server,
        keys: &[KeySpec],
    ) -> Result<World, GroundError> {
        match self {
            Self::Seeded(limits) => seeded::load(server, keys, limits).await,
            Self::Provisioned(provisioner) => provisioner.world_of_its_own(server, keys).await,
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
