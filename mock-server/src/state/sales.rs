//! Rows of what is sold: checkouts and the links to them, orders, refunds, discounts. Amounts are in cents.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use uuid::Uuid;

use super::table::Row;
use super::{Metadata, Timestamp, new_uuid};

/// The currency of a new organization, and of old clients that know no other.
const USD: &str = "usd";

/// How often the scheduler looks for expired checkouts.
const SCHEDULER_SECONDS: i64 = 900;

/// A discount.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Discount {
    /// Its id; made up where left out.
    #[serde(default = "new_uuid")]
    #[schemars(default)]
    pub id: Uuid,
    /// Whose discount it is.
    pub organization_id: Uuid,
    /// The name.
    pub name: String,
    /// What a buyer enters to get it.
    #[serde(default)]
    pub code: Option<String>,
    /// For how long a subscription gets it: `once`, `repeating` or `forever`.
    #[serde(default = "once")]
    pub duration: String,
    /// For how many months, where it is `repeating`.
    #[serde(default)]
    pub duration_in_months: Option<i64>,
    /// What it takes off, in hundredths of a percent; `null` where it takes off fixed amounts.
    #[serde(default)]
    pub basis_points: Option<i64>,
    /// What it takes off by currency, where it takes off fixed amounts.
    #[serde(default)]
    pub amounts: BTreeMap<String, i64>,
    /// When it begins.
    #[serde(default)]
    pub starts_at: Option<Timestamp>,
    /// When it ends.
    #[serde(default)]
    pub ends_at: Option<Timestamp>,
    /// How often it can be redeemed.
    #[serde(default)]
    pub max_redemptions: Option<i64>,
    /// How often one customer can redeem it.
    #[serde(default)]
    pub max_redemptions_per_customer: Option<i64>,
    /// How often it was redeemed.
    #[serde(default)]
    pub redemptions_count: i64,
    /// Ids of the products that it is for; all where there are none.
    #[serde(default)]
    pub products: Vec<Uuid>,
    /// What the seller keeps with it.
    #[serde(default)]
    pub metadata: Metadata,
    /// When it was made.
    #[serde(default)]
    pub created_at: Timestamp,
    /// When it last changed.
    #[serde(default)]
    pub modified_at: Option<Timestamp>,
    /// When it was deleted.
    #[serde(default)]
    pub deleted_at: Option<Timestamp>,
}

/// A link that opens a new checkout each time.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CheckoutLink {
    /// Its id; made up where left out.
    #[serde(default = "new_uuid")]
    #[schemars(default)]
    pub id: Uuid,
    /// Whose link it is.
    pub organization_id: Uuid,
    /// What its URL ends in.
    pub client_secret: String,
    /// A name for it.
    #[serde(default)]
    pub label: Option<String>,
    /// Ids of the products to choose from, the first one chosen.
    pub products: Vec<Uuid>,
    /// How many seats.
    #[serde(default)]
    pub seats: Option<i64>,
    /// How many units.
    #[serde(default)]
    pub units: Option<i64>,
    /// The discount that its checkouts begin with.
    #[serde(default)]
    pub discount_id: Option<Uuid>,
    /// Whether a buyer may enter a discount's code.
    #[serde(default = "yes")]
    pub allow_discount_codes: bool,
    /// Whether a buyer has to give the whole address.
    #[serde(default)]
    pub require_billing_address: bool,
    /// Where a buyer goes after paying.
    #[serde(default)]
    pub success_url: Option<String>,
    /// Where a buyer goes who does not pay.
    #[serde(default)]
    pub return_url: Option<String>,
    /// The unit of the trial.
    #[serde(default)]
    pub trial_interval: Option<String>,
    /// How many of them the trial lasts.
    #[serde(default)]
    pub trial_interval_count: Option<i64>,
    /// What its checkouts begin with.
    #[serde(default)]
    pub metadata: Metadata,
    /// When it was made.
    #[serde(default)]
    pub created_at: Timestamp,
    /// When it last changed.
    #[serde(default)]
    pub modified_at: Option<Timestamp>,
    /// When it was deleted.
    #[serde(default)]
    pub deleted_at: Option<Timestamp>,
}

/// A checkout: somebody about to buy.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Checkout {
    /// Its id; made up where left out.
    #[serde(default = "new_uuid")]
    #[schemars(default)]
    pub id: Uuid,
    /// Who sells.
    pub organization_id: Uuid,
    /// What the buyer's browser knows it by.
    pub client_secret: String,
    /// `open`, `expired`, `confirmed`, `succeeded` or `failed`.
    #[serde(default = "open")]
    pub status: String,
    /// When it expires.
    pub expires_at: Timestamp,
    /// Where the buyer goes after paying; the page of the checkout where left out.
    #[serde(default)]
    pub success_url: Option<String>,
    /// Where a buyer goes who does not pay.
    #[serde(default)]
    pub return_url: Option<String>,
    /// The page that it is embedded in.
    #[serde(default)]
    pub embed_origin: Option<String>,
    /// Ids of the products to choose from.
    pub products: Vec<Uuid>,
    /// The product that is chosen.
    pub product_id: Uuid,
    /// Its price.
    pub product_price_id: Uuid,
    /// The currency, in lower case.
    pub currency: String,
    /// What the product costs.
    pub amount: i64,
    /// What is left of that without discount and tax.
    pub net_amount: i64,
    /// How many seats.
    #[serde(default)]
    pub seats: Option<i64>,
    /// How many units.
    #[serde(default)]
    pub units: Option<i64>,
    /// The discount.
    #[serde(default)]
    pub discount_id: Option<Uuid>,
    /// Whether a buyer may enter a discount's code.
    #[serde(default = "yes")]
    pub allow_discount_codes: bool,
    /// The tax, where it is known.
    #[serde(default)]
    pub tax_amount: Option<i64>,
    /// Whether the amount includes it: `inclusive` or `exclusive`, where it is known.
    #[serde(default)]
    pub tax_behavior: Option<String>,
    /// Whether the buyer gets the trial of the product.
    #[serde(default = "maybe_yes")]
    pub allow_trial: Option<bool>,
    /// The unit of the trial that it has itself.
    #[serde(default)]
    pub trial_interval: Option<String>,
    /// How many of them that trial lasts.
    #[serde(default)]
    pub trial_interval_count: Option<i64>,
    /// When the trial will end.
    #[serde(default)]
    pub trial_end: Option<Timestamp>,
    /// Whether the buyer has to give the whole address.
    #[serde(default)]
    pub require_billing_address: bool,
    /// Whether the buyer is a business.
    #[serde(default)]
    pub is_business_customer: bool,
    /// The customer who buys, where known.
    #[serde(default)]
    pub customer_id: Option<Uuid>,
    /// The external id of the customer who buys.
    #[serde(default)]
    pub external_customer_id: Option<String>,
    /// The buyer's name.
    #[serde(default)]
    pub customer_name: Option<String>,
    /// The buyer's e-mail address.
    #[serde(default)]
    pub customer_email: Option<String>,
    /// The buyer's IP address.
    #[serde(default)]
    pub customer_ip_address: Option<String>,
    /// The name on the invoice.
    #[serde(default)]
    pub customer_billing_name: Option<String>,
    /// The address on the invoice.
    #[serde(default)]
    pub customer_billing_address: Option<Value>,
    /// The tax number and its format.
    #[serde(default)]
    pub customer_tax_id: Option<Value>,
    /// What a customer who is made gets.
    #[serde(default)]
    pub customer_metadata: Metadata,
    /// How the buyer pays.
    #[serde(default)]
    pub payment_method_type: Option<String>,
    /// What the payment provider says of it.
    #[serde(default)]
    pub payment_processor_metadata: Map<String, Value>,
    /// The confirmation token that it was paid with.
    #[serde(default)]
    pub confirmation_token_id: Option<String>,
    /// The free subscription that is upgraded, or the one that came out of it.
    #[serde(default)]
    pub subscription_id: Option<Uuid>,
    /// Answers to custom fields.
    #[serde(default)]
    pub custom_field_data: Metadata,
    /// What the seller keeps with it.
    #[serde(default)]
    pub metadata: Metadata,
    /// When it was made.
    #[serde(default)]
    pub created_at: Timestamp,
    /// When it last changed.
    #[serde(default)]
    pub modified_at: Option<Timestamp>,
}

/// An order: something bought, or a period of a subscription.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Order {
    /// Its id; made up where left out.
    #[serde(default = "new_uuid")]
    #[schemars(default)]
    pub id: Uuid,
    /// Who bought.
    pub customer_id: Uuid,
    /// What.
    pub product_id: Uuid,
    /// `pending`, `paid`, `refunded`, `partially_refunded` or `void`.
    #[serde(default = "paid")]
    pub status: String,
    /// Why it was made: `purchase`, `subscription_create`, `subscription_cycle` or `subscription_update`.
    #[serde(default = "purchase")]
    pub billing_reason: String,
    /// The currency, in lower case.
    #[serde(default = "usd")]
    pub currency: String,
    /// What its items cost together.
    #[serde(default)]
    pub subtotal_amount: i64,
    /// What the discount takes off.
    #[serde(default)]
    pub discount_amount: i64,
    /// What is left without tax.
    #[serde(default)]
    pub net_amount: i64,
    /// The tax.
    #[serde(default)]
    pub tax_amount: i64,
    /// What the customer's balance adds: less than 0 where it pays a part of it.
    #[serde(default)]
    pub applied_balance_amount: i64,
    /// What of the net amount was refunded.
    #[serde(default)]
    pub refunded_amount: i64,
    /// What of the tax was refunded.
    #[serde(default)]
    pub refunded_tax_amount: i64,
    /// What the seller pays Polar, once that is known.
    #[serde(default)]
    pub platform_fee_amount: Option<i64>,
    /// The name on the invoice.
    #[serde(default)]
    pub billing_name: Option<String>,
    /// The address on the invoice.
    #[serde(default)]
    pub billing_address: Option<Value>,
    /// The number of the invoice.
    #[serde(default)]
    pub invoice_number: Option<String>,
    /// Whether the invoice was asked for.
    #[serde(default)]
    pub is_invoice_generated: bool,
    /// The number of the receipt, once it was paid.
    #[serde(default)]
    pub receipt_number: Option<String>,
    /// How many seats.
    #[serde(default)]
    pub seats: Option<i64>,
    /// How many units.
    #[serde(default)]
    pub units: Option<i64>,
    /// The discount.
    #[serde(default)]
    pub discount_id: Option<Uuid>,
    /// The subscription that it is for.
    #[serde(default)]
    pub subscription_id: Option<Uuid>,
    /// The checkout that it came from.
    #[serde(default)]
    pub checkout_id: Option<Uuid>,
    /// When payment is tried again.
    #[serde(default)]
    pub next_payment_attempt_at: Option<Timestamp>,
    /// How often payment was tried in vain.
    #[serde(default)]
    pub failed_payments: u32,
    /// What was bought, line by line.
    #[serde(default)]
    pub items: Vec<OrderItem>,
    /// Answers to custom fields.
    #[serde(default)]
    pub custom_field_data: Metadata,
    /// What the seller keeps with it.
    #[serde(default)]
    pub metadata: Metadata,
    /// When it was made.
    #[serde(default)]
    pub created_at: Timestamp,
    /// When it last changed.
    #[serde(default)]
    pub modified_at: Option<Timestamp>,
}

/// A line of an order.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OrderItem {
    /// Its id; made up where left out.
    #[serde(default = "new_uuid")]
    #[schemars(default)]
    pub id: Uuid,
    /// What it says.
    pub label: String,
    /// What it costs.
    pub amount: i64,
    /// Whether it is for a part of a period.
    #[serde(default)]
    pub proration: bool,
    /// By which price.
    #[serde(default)]
    pub product_price_id: Option<Uuid>,
}

/// Money that went back to a customer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Refund {
    /// Its id; made up where left out.
    #[serde(default = "new_uuid")]
    #[schemars(default)]
    pub id: Uuid,
    /// The order.
    pub order_id: Uuid,
    /// `pending`, `succeeded`, `failed` or `canceled`.
    #[serde(default = "succeeded")]
    pub status: String,
    /// Why, like `customer_request`.
    pub reason: String,
    /// How much, without tax.
    pub amount: i64,
    /// How much tax.
    #[serde(default)]
    pub tax_amount: i64,
    /// What the seller says about it.
    #[serde(default)]
    pub comment: Option<String>,
    /// Whether the benefits are taken away.
    #[serde(default)]
    pub revoke_benefits: bool,
    /// What the seller keeps with it.
    #[serde(default)]
    pub metadata: Metadata,
    /// When it was made.
    #[serde(default)]
    pub created_at: Timestamp,
    /// When it last changed.
    #[serde(default)]
    pub modified_at: Option<Timestamp>,
}

impl Discount {
    /// `percentage` or `fixed`.
    pub fn kind(&self) -> &'static str {
        match self.basis_points {
            Some(_) => "percentage",
            None => "fixed",
        }
    }

    /// The currency and the amount that clients see that know only one: dollars, else the first.
    pub fn main_amount(&self) -> Option<(&str, i64)> {
        let amounts = &self.amounts;
        let found = amounts
            .get_key_value(USD)
            .or_else(|| amounts.first_key_value());
        found.map(|(currency, &amount)| (currency.as_str(), amount))
    }
}

impl Checkout {
    /// What is to be paid, with tax as far as it is known.
    pub fn total_amount(&self) -> i64 {
        self.net_amount + self.tax_amount.unwrap_or_default()
    }

    /// Whether something is to be paid now.
    pub fn is_payment_required(&self) -> bool {
        self.total_amount() > 0 && self.trial_end.is_none()
    }

    /// Whether the buyer has to give the whole address, wherever they are.
    pub fn is_billing_address_required(&self) -> bool {
        self.require_billing_address
            || self.is_business_customer
            || self.payment_method_type.as_deref() == Some("upi")
    }

    /// Whether a buyer who pays has to give the whole address: in the United States always.
    pub fn needs_full_address(&self) -> bool {
        self.is_billing_address_required() || self.country() == Some("US")
    }

    /// Whether a buyer who pays has to give the state.
    pub fn needs_state(&self) -> bool {
        matches!(self.country(), Some("US" | "CA"))
    }

    /// When the scheduler finds it expired.
    pub fn next_change(&self) -> Option<Timestamp> {
        let run = self.expires_at.next_multiple(SCHEDULER_SECONDS);
        (self.status == "open").then_some(run)
    }

    /// The country of the billing address.
    pub fn country(&self) -> Option<&str> {
        self.customer_billing_address.as_ref()?["country"].as_str()
    }
}

impl Order {
    /// What it costs, with tax.
    pub fn total_amount(&self) -> i64 {
        self.net_amount + self.tax_amount
    }

    /// What has to be paid, or had to be.
    pub fn due_amount(&self) -> i64 {
        (self.total_amount() + self.applied_balance_amount).max(0)
    }

    /// Whether it was paid, also where that was refunded.
    pub fn is_paid(&self) -> bool {
        matches!(
            self.status.as_str(),
            "paid" | "refunded" | "partially_refunded"
        )
    }

    /// What can still be refunded, without tax.
    pub fn refundable_amount(&self) -> i64 {
        (self.net_amount + self.applied_balance_amount - self.refunded_amount).max(0)
    }

    /// The tax that goes back if all of that is refunded.
    pub fn refundable_tax_amount(&self) -> i64 {
        (self.tax_amount - self.refunded_tax_amount).max(0)
    }

    /// The first price among its items.
    pub fn price_id(&self) -> Option<Uuid> {
        self.items.iter().find_map(|item| item.product_price_id)
    }
}

fn once() -> String {
    "once".into()
}

fn open() -> String {
    "open".into()
}

fn paid() -> String {
    "paid".into()
}

fn purchase() -> String {
    "purchase".into()
}

fn usd() -> String {
    USD.into()
}

fn succeeded() -> String {
    "succeeded".into()
}

fn yes() -> bool {
    true
}

fn maybe_yes() -> Option<bool> {
    Some(true)
}

impl Row for Discount {
    fn id(&self) -> Uuid {
        self.id
    }
}

impl Row for CheckoutLink {
    fn id(&self) -> Uuid {
        self.id
    }
}

impl Row for Checkout {
    fn id(&self) -> Uuid {
        self.id
    }
}

impl Row for Order {
    fn id(&self) -> Uuid {
        self.id
    }
}

impl Row for Refund {
    fn id(&self) -> Uuid {
        self.id
    }
}
