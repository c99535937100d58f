//! What can be changed while the server runs.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Settings of a running server.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Settings {
    /// Which rate limits apply; `sandbox` also marks answers as the sandbox does.
    pub rate_limits: RateLimits,
    /// How long a grant takes to appear, in milliseconds on the world's clock.
    pub grant_delay_ms: u64,
}

/// Which rate limits apply.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum RateLimits {
    /// None, as in Polar's development setting.
    #[default]
    Off,
    /// Those of the sandbox, which also marks its answers.
    Sandbox,
    /// Those of production.
    Production,
}
