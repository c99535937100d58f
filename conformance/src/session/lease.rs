//! A session on a target, and a server of it for each item.

use std::sync::Arc;
use std::time::Duration;

use polar_mock::MockServer;

use super::error::TargetError;
use super::target::{Target, is_polars};
use super::world::World;
use crate::provision::{Cleaned, ProvisionError, Provisioner, Provisioning, Swept, clean};
use crate::server::{Capabilities, Credentials, Governor, Layer, Limits, Server};

/// The limits of a session.
#[derive(Debug, Clone, Copy)]
pub struct Budget {
    /// The number of requests.
    pub requests: Option<usize>,
    /// How long the session may last; until then `clean` leaves its things alone.
    pub time: Duration,
}

impl Default for Budget {
    fn default() -> Self {
        Self {
            requests: None,
            time: Duration::from_secs(2 * 3600),
        }
    }
}

/// A target whose capabilities are known.
#[derive(Clone)]
pub struct Session {
    target: Target,
    /// What it can do.
    pub can: Capabilities,
    governor: Arc<Governor>,
    provisioner: Option<Provisioner>,
    world: Option<Arc<World>>,
    layer: Option<Arc<dyn Layer>>,
}

impl std::fmt::Debug for Session {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Session")
            .field("target", &self.target)
            .field("can", &self.can)
            .finish_non_exhaustive()
    }
}

/// A server for the time of one item.
#[derive(Debug)]
pub struct Lease {
    /// The target, as `--target` names it.
    pub target: String,
    /// The server.
    pub server: Server,
    /// How keys are created on it.
    pub provisioning: Provisioning,
    /// What it can do.
    pub can: Capabilities,
    /// Stops the mock when the lease ends.
    _mock: Option<MockServer>,
}

impl Session {
    /// Opens a session: asks the target what it can do, and keeps the world of a mock that is running already.
    ///
    /// # Errors
    /// When it does not answer, is not the API, or nothing can be created there; before anything is sent, if a token
    /// would travel unencrypted.
    pub async fn open(
        target: &Target,
        credentials: Option<Credentials>,
        budget: Budget,
    ) -> Result<Self, TargetError> {
        if credentials.is_some()
            && let Target::Url(server) = target
            && !server.is_private()
        {
            return Err(TargetError::InTheClear(target.to_string()));
        }
        if credentials.is_none()
            && let Target::Url(server) = target
            && is_polars(server.host())
        {
            // Known without asking.
            return Err(TargetError::NoCredentials(target.to_string()));
        }
        let mut can = target.capabilities().await?;
        if budget.requests.is_some() && !can.seed && can.limits == Limits::None {
            // A guess: a budget has no requests to spend on finding out.
            can.limits = Limits::Sandbox;
        }
        let governor = Arc::new(Governor::new(can.limits, budget.requests));
        let provisioner = match (can.seed, credentials) {
            (true, _) => None,
            (false, None) => return Err(TargetError::NoCredentials(target.to_string())),
            (false, Some(credentials)) => Some(Provisioner::new(credentials, budget.time)),
        };
        let world = match target {
            Target::Url(server) if can.seed => {
                let kept = World::of(server).await;
                Some(Arc::new(kept.map_err(|source| TargetError::Keep {
                    target: target.to_string(),
                    source,
                })?))
            }
            _ => None,
        };
        Ok(Self {
            target: target.clone(),
            can,
            governor,
            provisioner,
            world,
            layer: None,
        })
    }

    /// A session on the mock in this process.
    ///
    /// # Errors
    /// When it does not start.
    pub async fn mock() -> Result<Self, TargetError> {
        Self::open(&Target::Mock, None, Budget::default()).await
    }

    /// The same session, but keys are created through the public API even if the target could be seeded.
    #[must_use]
    pub fn provisioned(mut self, credentials: Credentials) -> Self {
        self.can.seed = false;
        self.world = None;
        self.provisioner = Some(Provisioner::new(credentials, Budget::default().time));
        self
    }

    /// The same session with a layer in front of its servers.
    #[must_use]
    pub fn behind(mut self, layer: Arc<dyn Layer>) -> Self {
        self.layer = Some(layer);
        self
    }

    /// The target.
    pub fn target(&self) -> &Target {
        &self.target
    }

    /// The governor that admits all requests.
    pub fn governor(&self) -> &Governor {
        &self.governor
    }

    /// Creates keys through the public API, and removes them again.
    pub fn provisioner(&self) -> Option<&Provisioner> {
        self.provisioner.as_ref()
    }

    /// A server for one item: a fresh mock, or the shared server. If keys are created through the public API, the first
    /// lease checks that it is the right organization.
    ///
    /// # Errors
    /// When the mock does not start, or it is the wrong organization.
    pub async fn lease(&self) -> Result<Lease, TargetError> {
        let (server, mock) = self.target.server().await?;
        let provisioning = match &self.provisioner {
            Some(provisioner) => Provisioning::Provisioned(provisioner.clone()),
            None => Provisioning::Seeded(match self.can.limits {
                Limits::None => "off",
                Limits::Sandbox => "sandbox",
                Limits::Production => "production",
            }),
        };
        let mut server = server.governed(Arc::clone(&self.governor));
        if let Some(layer) = &self.layer {
            server = server.behind(Arc::clone(layer));
        }
        if let Some(provisioner) = &self.provisioner {
            provisioner.organization(&server).await?;
            provisioner.begin();
        }
        Ok(Lease {
            target: self.target.to_string(),
            server,
            provisioning,
            can: self.can,
            _mock: mock,
        })
    }

    /// Removes what was created through the public API; `None` if nothing is.
    pub async fn tidy_up(&self) -> Option<Cleaned> {
        let (provisioner, server) = self.maker()?;
        self.governor.lift_cap();
        Some(provisioner.clean(&server).await)
    }

    /// Puts back the world of a mock that was running already; `false` if there is none.
    ///
    /// # Errors
    /// When the mock does not answer, or refuses.
    pub async fn put_back(&self) -> Result<bool, TargetError> {
        let (Some(world), Target::Url(server)) = (&self.world, &self.target) else {
            return Ok(false);
        };
        let put_back = world.put_back(server).await;
        put_back.map_err(|source| TargetError::PutBack {
            target: self.target.to_string(),
            source,
        })?;
        Ok(true)
    }

    /// Removes what earlier runs created through the public API and left behind.
    ///
    /// # Errors
    /// When it is the wrong organization, or the lists cannot be read.
    pub async fn sweep(&self, insist: bool) -> Result<Swept, ProvisionError> {
        let Some((provisioner, server)) = self.maker() else {
            return Ok(Swept::default());
        };
        provisioner.organization(&server).await?;
        clean(&server, provisioner.token(), insist).await
    }

    fn maker(&self) -> Option<(&Provisioner, Server)> {
        match (&self.provisioner, &self.target) {
            (Some(provisioner), Target::Url(server)) => {
                let server = server.clone().governed(Arc::clone(&self.governor));
                Some((provisioner, server))
            }
            _ => None,
        }
    }

    /// How many items may run at a time: fresh servers do not disturb each other.
    pub fn lanes(&self) -> usize {
        match self.target {
            Target::Mock if self.provisioner.is_none() => {
                std::thread::available_parallelism().map_or(2, usize::from) * 2
            }
            _ => 1,
        }
    }
}
