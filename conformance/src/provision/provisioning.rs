//! How keys are created.

use super::error::ProvisionError;
use super::provisioner::Provisioner;
use super::seeded;
use super::setup::Setup;
use super::spec::KeySpec;
use crate::server::Server;
use crate::wire::{Answer, Request};

/// How the keys of an item are created.
#[derive(Debug, Clone)]
pub enum Provisioning {
    /// By replacing the server's state (`PUT /_mock/state`), with these rate limits.
    Seeded(&'static str),
    /// Through the public API.
    Provisioned(Provisioner),
}

impl Provisioning {
    /// Keys of one customer and one benefit, which other keys may share.
    ///
    /// # Errors
    /// When the target refuses it.
    pub async fn setup(&self, server: &Server, keys: &[KeySpec]) -> Result<Setup, ProvisionError> {
        match self {
            Self::Seeded(limits) => seeded::load(server, keys, limits).await,
            Self::Provisioned(provisioner) => provisioner.setup(server, keys).await,
        }
    }

    /// Keys with their own customer and benefit.
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

    /// The request that seeds these keys, on a target that can be seeded.
    pub fn request(&self, keys: &[KeySpec]) -> Option<Request> {
        matches!(self, Self::Seeded(_)).then(|| seeded::request(keys))
    }

    /// An access token of the organization with every scope.
    pub fn token(&self) -> &str {
        match self {
            Self::Seeded(_) => seeded::TOKEN,
            Self::Provisioned(provisioner) => provisioner.token(),
        }
    }

    /// A name for something that a case creates itself.
    pub fn name(&self, what: &str) -> String {
        match self {
            Self::Seeded(_) => format!("{}mock {what}", super::PREFIX),
            Self::Provisioned(provisioner) => provisioner.name(what),
        }
    }

    /// An e-mail address for a customer that a case creates itself.
    pub fn email(&self, who: &str) -> String {
        match self {
            Self::Seeded(_) => format!("{who}@example.com"),
            Self::Provisioned(provisioner) => provisioner.email(who),
        }
    }

    /// Registers what an exchange of an item created and may have changed.
    pub fn note(&self, request: &Request, answer: &Answer) {
        if let Self::Provisioned(provisioner) = self {
            provisioner.note(request, answer);
        }
    }

    /// An item that passed gives back its keys.
    pub fn give_back(&self) {
        if let Self::Provisioned(provisioner) = self {
            provisioner.give_back();
        }
    }

    /// The provisioner, which registers what a case creates itself.
    pub fn provisioner(&self) -> Option<&Provisioner> {
        match self {
            Self::Seeded(_) => None,
            Self::Provisioned(provisioner) => Some(provisioner),
        }
    }
}
