//! What can be changed while the server runs.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Settings of a running server.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Settings {
    /// Which rate limits apply; `sandbox` also marks answers as the sandbox does.
    pub rate_limits: RateLimits,
    /// How long a grant takes to appear, in milliseconds on the world's clock.
    pub grant_delay_ms: u64,
    /// What stands in for the payment provider.
    pub payments: Payments,
}

/// What stands in for the payment provider.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Payments {
    /// How long the provider takes to report what became of a payment, in milliseconds on the world's clock. A late failure
    /// takes three times as long.
    pub delay_ms: u64,
    /// What becomes of a payment whose confirmation token has no name that decides it.
    pub default: Payment,
    /// The tax rates.
    pub taxes: TaxRates,
}

impl Default for Payments {
    fn default() -> Self {
        Self {
            delay_ms: 500,
            default: Payment::default(),
            taxes: TaxRates::default(),
        }
    }
}

/// What becomes of a payment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Payment {
    /// It succeeds.
    #[default]
    Succeeds,
    /// The card is declined at once.
    Declined,
    /// The card has too little on it.
    InsufficientFunds,
    /// It is accepted, and declined later.
    Late,
    /// It succeeds now, and is declined at every renewal.
    RenewalDeclined,
    /// The buyer has to confirm it, and never does.
    ActionRequired,
}

/// Tax rates in percent by country, two capital letters; elsewhere there is no tax.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct TaxRates(pub BTreeMap<String, u8>);

impl Default for TaxRates {
    fn default() -> Self {
        let rates = [
            ("CA", 5),
            ("DE", 19),
            ("FR", 20),
            ("GB", 20),
            ("IE", 23),
            ("NL", 21),
        ];
        Self(
            rates
                .map(|(country, rate)| (country.to_owned(), rate))
                .into(),
        )
    }
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
