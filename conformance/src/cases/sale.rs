//! What a case sells: a benefit that grants keys, a product with it, and a customer who subscribes.

use serde_json::{Value, json};

use super::context::Context;
use super::received::{Outcome, Received, Stop};

/// A product that grants keys, and a customer who subscribes to it.
pub(super) struct Sale {
    pub benefit: String,
    pub product: String,
    pub customer: String,
}

/// Creates something; returns its id.
pub(super) async fn make(context: &Context, path: &str, body: Value) -> Result<String, Stop> {
    let reply = context.core("POST", path, Some(body)).await?;
    let id = reply.body()["id"].as_str().unwrap_or_default().to_owned();
    reply.has_status(201)?;
    Ok(id)
}

impl Sale {
    /// Creates the benefit and the product. The customer may have other keys.
    pub async fn open(context: &Context) -> Result<Self, Stop> {
        let customer = context.setup(&[]).await?.customer;
        let benefit = json!({"type": "license_keys", "description": context.name("sold"),
            "properties": Self::terms(2)});
        let benefit = make(context, "/v1/benefits/", benefit).await?;
        let product = json!({"name": context.name("product"), "recurring_interval": "month",
            "prices": [{"amount_type": "free"}]});
        let product = make(context, "/v1/products/", product).await?;
        let sale = Self {
            benefit,
            product,
            customer,
        };
        sale.grant(context, &[&sale.benefit]).await?;
        Ok(sale)
    }

    /// The benefit's properties, with this limit of activations.
    pub fn terms(activations: u64) -> Value {
        json!({"prefix": "sold", "expires": {"ttl": 1, "timeframe": "day"},
            "activations": {"limit": activations, "enable_customer_admin": false}, "limit_usage": 7})
    }

    /// Makes these the product's benefits.
    pub async fn grant(&self, context: &Context, benefits: &[&str]) -> Outcome {
        let path = format!("/v1/products/{}/benefits", self.product);
        context
            .core("POST", &path, Some(json!({"benefits": benefits})))
            .await?
            .has_status(200)
    }

    /// Subscribes the customer; returns the subscription's id.
    pub async fn subscribe(&self, context: &Context) -> Result<String, Stop> {
        let body = json!({"product_id": self.product, "customer_id": self.customer});
        let reply = context
            .core("POST", "/v1/subscriptions/", Some(body))
            .await?;
        let id = reply.body()["id"].as_str().unwrap_or_default().to_owned();
        reply.shows(201, &[("status", json!("active"))])?;
        Ok(id)
    }

    /// The list of the benefit's keys.
    pub fn keys(&self) -> String {
        format!("/v1/license-keys/?benefit_id={}", self.benefit)
    }

    /// The list of the benefit's keys, once there are so many: grants happen in the background.
    pub async fn granted(&self, context: &Context, count: u64) -> Result<Received, Stop> {
        let complete = |list: &Value| list["pagination"]["total_count"] == json!(count);
        context.until(&self.keys(), complete).await
    }
}
