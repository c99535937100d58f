//! What can be changed while the server runs.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::edge::RateLimits;

/// Settings of a running server.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Settings {
    /// Which rate limits are in force; `sandbox` also marks answers as the sandbox does.
    pub rate_limits: RateLimits,
    /// How long a grant takes to appear, in milliseconds on the world's clock.
    pub grant_delay_ms: u64,
}
