//! Creates many customers through the public API, each with a key.

use std::io::{self, Write as _};
use std::time::{Duration, Instant};

use anyhow::{Context, Result};

use super::load::{Connection, runtime};

/// The token of the built-in world.
const TOKEN: &str = "polar_oat_mock";
/// How many parts of equal size the customers are split into; the costs of the parts are compared.
const PARTS: usize = 10;
/// The size of the longest page of a list.
const PAGE: usize = 100;
/// How often a page is requested.
const LOOKS: usize = 21;

/// What it costs.
pub(super) struct Cost {
    /// A customer, a subscription and the key that comes with it, for each part.
    pub(super) each: Vec<Duration>,
    /// The first page of the list of keys.
    pub(super) first_page: Duration,
    /// The last one, and its number.
    pub(super) last_page: (usize, Duration),
}

/// Creates this many customers on a server with the built-in world, then lists their keys.
pub(super) fn provision(address: &str, customers: usize) -> Result<Cost> {
    runtime()?.block_on(async {
        let mut api = Api(Connection::open(address).await?);
        let benefit = r#"{"type":"license_keys","description":"Bench","properties":{}}"#;
        let benefit = api.make("/v1/benefits/", benefit).await?;
        let product =
            r#"{"name":"Bench","recurring_interval":"month","prices":[{"amount_type":"free"}]}"#;
        let product = api.make("/v1/products/", product).await?;
        let attach = format!(r#"{{"benefits":["{benefit}"]}}"#);
        api.make(&format!("/v1/products/{product}/benefits"), &attach)
            .await?;
        let part = customers.div_ceil(PARTS).max(1);
        let mut each = Vec::new();
        let mut begun = Instant::now();
        for number in 1..=customers {
            let customer = format!(r#"{{"email":"bench-{number}@example.com"}}"#);
            let customer = api.make("/v1/customers/", &customer).await?;
            let subscription =
                format!(r#"{{"product_id":"{product}","customer_id":"{customer}"}}"#);
            api.make("/v1/subscriptions/", &subscription).await?;
            if number % part == 0 {
                each.push(begun.elapsed() / u32::try_from(part)?);
                // Progress is nothing to fail for.
                let _ = writeln!(io::stderr(), "{number} customers of {customers}");
                begun = Instant::now();
            }
        }
        let last = customers.div_ceil(PAGE).max(1);
        let mut page = async |number: usize| {
            let path = format!("/v1/license-keys/?benefit_id={benefit}&limit={PAGE}&page={number}");
            let mut times = Vec::new();
            for _ in 0..LOOKS {
                let begun = Instant::now();
                api.ask("GET", &path, "").await?;
                times.push(begun.elapsed());
            }
            times.sort_unstable();
            anyhow::Ok(times[LOOKS / 2])
        };
        Ok(Cost {
            each,
            first_page: page(1).await?,
            last_page: (last, page(last).await?),
        })
    })
}

struct Api(Connection);

impl Api {
    async fn ask(&mut self, method: &str, path: &str, body: &str) -> Result<()> {
        let request = format!(
            "{method} {path} HTTP/1.1\r\nhost: bench\r\nauthorization: Bearer {TOKEN}\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
            body.len()
        );
        self.0.exchange(request.as_bytes()).await
    }

    /// Creates something and returns its id.
    async fn make(&mut self, path: &str, body: &str) -> Result<String> {
        self.ask("POST", path, body).await?;
        let answer: serde_json::Value = serde_json::from_slice(self.0.body())?;
        let id = answer["id"].as_str();
        Ok(id
            .with_context(|| format!("POST {path} answered without an id"))?
            .to_owned())
    }
}
