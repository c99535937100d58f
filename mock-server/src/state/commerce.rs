//! Rows of what stands behind a license key: products, subscriptions, grants.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::table::Row;
use super::{Metadata, Timestamp, new_uuid};

/// A product with its prices.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Product {
    /// Its id; generated if left out.
    #[serde(default = "new_uuid")]
    #[schemars(default)]
    pub id: Uuid,
    /// Whose product it is.
    pub organization_id: Uuid,
    /// The name.
    pub name: String,
    /// What is said about it.
    #[serde(default)]
    pub description: Option<String>,
    /// Who sees it: `draft`, `private` or `public`.
    #[serde(default = "public")]
    pub visibility: String,
    /// How often it is paid, `day`, `week`, `month` or `year`; `null` for once.
    #[serde(default)]
    pub recurring_interval: Option<String>,
    /// How many of these intervals lie between two payments.
    #[serde(default)]
    pub recurring_interval_count: Option<i64>,
    /// The unit of the trial.
    #[serde(default)]
    pub trial_interval: Option<String>,
    /// How many of them the trial lasts.
    #[serde(default)]
    pub trial_interval_count: Option<i64>,
    /// The unit of meter periods.
    #[serde(default)]
    pub meter_interval: Option<String>,
    /// How many of them a meter period lasts.
    #[serde(default)]
    pub meter_interval_count: Option<i64>,
    /// Whether it is no longer sold.
    #[serde(default)]
    pub is_archived: bool,
    /// What it costs.
    #[serde(default)]
    pub prices: Vec<Price>,
    /// Ids of the benefits that come with it, in order.
    #[serde(default)]
    pub benefits: Vec<Uuid>,
    /// Custom fields asked for at checkout; kept as they are.
    #[serde(default)]
    pub attached_custom_fields: Vec<serde_json::Value>,
    /// What the seller keeps with it.
    #[serde(default)]
    pub metadata: Metadata,
    /// When it was created.
    #[serde(default)]
    pub created_at: Timestamp,
    /// When it last changed.
    #[serde(default)]
    pub modified_at: Option<Timestamp>,
}

/// A price of a product.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Price {
    /// Its id; generated if left out.
    #[serde(default = "new_uuid")]
    #[schemars(default)]
    pub id: Uuid,
    /// `fixed`, `custom` …
    pub amount_type: String,
    /// The currency, in lower case.
    #[serde(default = "usd")]
    pub price_currency: String,
    /// Whether taxes are included.
    #[serde(default)]
    pub tax_behavior: Option<String>,
    /// Whether it is no longer offered.
    #[serde(default)]
    pub is_archived: bool,
    /// What the type of amount needs, like `price_amount` in cents.
    #[serde(default)]
    pub amount: serde_json::Map<String, serde_json::Value>,
    /// When it was created.
    #[serde(default)]
    pub created_at: Timestamp,
    /// When it last changed.
    #[serde(default)]
    pub modified_at: Option<Timestamp>,
}

impl Price {
    /// Whether it costs nothing.
    pub fn is_free(&self) -> bool {
        self.amount_type == "fixed"
            && self
                .amount
                .get("price_amount")
                .and_then(serde_json::Value::as_i64)
                == Some(0)
    }
}

/// A subscription of a customer to a product.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Subscription {
    /// Its id; generated if left out.
    #[serde(default = "new_uuid")]
    #[schemars(default)]
    pub id: Uuid,
    /// Who subscribed.
    pub customer_id: Uuid,
    /// To what.
    pub product_id: Uuid,
    /// `active`, `canceled` …
    #[serde(default = "active")]
    pub status: String,
    /// When it began.
    #[serde(default)]
    pub started_at: Timestamp,
    /// When the current period began.
    #[serde(default)]
    pub current_period_start: Timestamp,
    /// When the current period ends.
    #[serde(default)]
    pub current_period_end: Timestamp,
    /// The day of the month on which periods begin, where the month has it; that of the period's begin where left out.
    #[serde(default)]
    pub anchor_day: Option<u32>,
    /// How often it is paid; as its product where left out.
    #[serde(default)]
    pub recurring_interval: Option<String>,
    /// How many of these intervals a period lasts.
    #[serde(default)]
    pub recurring_interval_count: Option<i64>,
    /// Ids of the product's prices that it is paid by; those that the product offers where left out.
    #[serde(default)]
    pub prices: Vec<Uuid>,
    /// When the trial began.
    #[serde(default)]
    pub trial_start: Option<Timestamp>,
    /// When the trial ends or ended.
    #[serde(default)]
    pub trial_end: Option<Timestamp>,
    /// Whether it is paused with the current period's end.
    #[serde(default)]
    pub pause_at_period_end: bool,
    /// Since when it is paused.
    #[serde(default)]
    pub paused_at: Option<Timestamp>,
    /// When a pause ends by itself.
    #[serde(default)]
    pub resumes_at: Option<Timestamp>,
    /// A change that waits for the next period.
    #[serde(default)]
    pub pending_update: Option<PendingUpdate>,
    /// Whether it ends with the current period.
    #[serde(default)]
    pub cancel_at_period_end: bool,
    /// When it was canceled.
    #[serde(default)]
    pub canceled_at: Option<Timestamp>,
    /// When it ends or ended.
    #[serde(default)]
    pub ends_at: Option<Timestamp>,
    /// When it ended.
    #[serde(default)]
    pub ended_at: Option<Timestamp>,
    /// Why the customer canceled.
    #[serde(default)]
    pub customer_cancellation_reason: Option<String>,
    /// What the customer said about it.
    #[serde(default)]
    pub customer_cancellation_comment: Option<String>,
    /// What the seller keeps with it.
    #[serde(default)]
    pub metadata: Metadata,
    /// When it was created.
    #[serde(default)]
    pub created_at: Timestamp,
    /// When it last changed.
    #[serde(default)]
    pub modified_at: Option<Timestamp>,
}

/// A change of a subscription that waits for the next period.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PendingUpdate {
    /// Its id; generated if left out.
    #[serde(default = "new_uuid")]
    #[schemars(default)]
    pub id: Uuid,
    /// When it is said to take effect.
    pub applies_at: Timestamp,
    /// The product to change to.
    pub product_id: Uuid,
    /// When the period begins that the change brings.
    pub period_start: Timestamp,
    /// When it ends.
    pub period_end: Timestamp,
    /// When it was created.
    #[serde(default)]
    pub created_at: Timestamp,
    /// When it last changed.
    #[serde(default)]
    pub modified_at: Option<Timestamp>,
}

impl Subscription {
    /// Whether its benefits are granted.
    pub fn is_active(&self) -> bool {
        matches!(self.status.as_str(), "active" | "trialing")
    }

    /// Whether it has ended.
    pub fn is_ended(&self) -> bool {
        matches!(self.status.as_str(), "canceled" | "unpaid")
    }

    /// Whether it is in its trial.
    pub fn is_trialing(&self) -> bool {
        self.status == "trialing"
    }

    /// Whether it is paused.
    pub fn is_paused(&self) -> bool {
        self.status == "paused"
    }

    /// The prices of its product that it is paid by.
    pub fn prices_of<'p>(&'p self, product: &'p Product) -> impl Iterator<Item = &'p Price> {
        product.prices.iter().filter(|price| {
            if self.prices.is_empty() {
                !price.is_archived
            } else {
                self.prices.contains(&price.id)
            }
        })
    }

    /// The interval at which it is paid, and how many of them a period lasts.
    pub fn interval<'p>(&'p self, product: &'p Product) -> (Option<&'p str>, i64) {
        let own = self.recurring_interval.as_deref();
        let count = self.recurring_interval_count;
        (
            own.or(product.recurring_interval.as_deref()),
            count.or(product.recurring_interval_count).unwrap_or(1),
        )
    }

    /// When it changes by itself: its period ends and something waits for that, or its pause ends. A period
    /// that just goes on to the next one is not modelled.
    pub fn next_change(&self) -> Option<Timestamp> {
        if self.is_paused() {
            return self.resumes_at;
        }
        let waits = self.is_trialing()
            || self.cancel_at_period_end
            || self.pause_at_period_end
            || self.pending_update.is_some();
        // A fixture may leave its period out.
        let has_period = self.current_period_end > self.current_period_start;
        (self.is_active() && waits && has_period).then_some(self.current_period_end)
    }
}

/// A benefit granted to a customer through a subscription.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Grant {
    /// Its id; generated if left out.
    #[serde(default = "new_uuid")]
    #[schemars(default)]
    pub id: Uuid,
    /// The customer.
    pub customer_id: Uuid,
    /// The member of the customer.
    #[serde(default)]
    pub member_id: Option<Uuid>,
    /// The benefit.
    pub benefit_id: Uuid,
    /// The subscription that it comes from.
    #[serde(default)]
    pub subscription_id: Option<Uuid>,
    /// The license key that it stands for.
    #[serde(default)]
    pub license_key_id: Option<Uuid>,
    /// Since when it is granted; `null` while it is revoked.
    #[serde(default)]
    pub granted_at: Option<Timestamp>,
    /// Since when it is revoked; `null` while it is granted.
    #[serde(default)]
    pub revoked_at: Option<Timestamp>,
    /// When it was created.
    #[serde(default)]
    pub created_at: Timestamp,
    /// When it last changed.
    #[serde(default)]
    pub modified_at: Option<Timestamp>,
}

impl Grant {
    /// Whether it is in force.
    pub fn is_granted(&self) -> bool {
        self.granted_at.is_some()
    }
}

/// Where events are sent.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct WebhookEndpoint {
    /// Its id; generated if left out.
    #[serde(default = "new_uuid")]
    #[schemars(default)]
    pub id: Uuid,
    /// Whose events.
    pub organization_id: Uuid,
    /// Where to.
    pub url: String,
    /// A name for it.
    #[serde(default)]
    pub name: Option<String>,
    /// `raw`, `discord` or `slack`.
    #[serde(default = "raw")]
    pub format: String,
    /// What events are signed with; generated if left out.
    #[serde(default = "new_secret")]
    #[schemars(default)]
    pub secret: String,
    /// Which events.
    #[serde(default)]
    pub events: Vec<String>,
    /// Whether any are sent.
    #[serde(default = "yes")]
    pub enabled: bool,
    /// When it was deleted.
    #[serde(default)]
    pub deleted_at: Option<Timestamp>,
    /// When it was created.
    #[serde(default)]
    pub created_at: Timestamp,
    /// When it last changed.
    #[serde(default)]
    pub modified_at: Option<Timestamp>,
}

fn public() -> String {
    "public".into()
}

fn usd() -> String {
    "usd".into()
}

fn active() -> String {
    "active".into()
}

fn raw() -> String {
    "raw".into()
}

fn yes() -> bool {
    true
}

/// A new secret for webhooks.
pub fn new_secret() -> String {
    super::new_token("whsec_")
}

impl Row for Product {
    fn id(&self) -> Uuid {
        self.id
    }
}

impl Row for Subscription {
    fn id(&self) -> Uuid {
        self.id
    }
}

impl Row for Grant {
    fn id(&self) -> Uuid {
        self.id
    }
}

impl Row for WebhookEndpoint {
    fn id(&self) -> Uuid {
        self.id
    }
}
