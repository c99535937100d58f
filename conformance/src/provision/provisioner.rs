//! Creates keys through the public API (docs/behaviour.md#provisioning).

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use serde_json::json;
use tokio::sync::{Mutex, OnceCell};
use tokio::time::{Instant, sleep};

use super::cleanup::{Cleaned, CleanupRegistry};
use super::error::ProvisionError;
use super::mark::Mark;
use super::setup::{Setup, TestKey};
use super::spec::{ActivationSpec, KeySpec};
use crate::json::{Value, parse};
use crate::server::{Credentials, Server};
use crate::wire::{Answer, Request, protect_keys};

/// How many shared keys to create at a time: one list then shows them all.
const BATCH: usize = 6;
/// The longest page of a list.
const PAGE: usize = 100;
/// How long to wait for grants, which happen in the background.
const GRANT_PATIENCE: Duration = Duration::from_secs(60);
/// The pause before the list is read again; it doubles each time, up to [`LONGEST_PAUSE`].
const FIRST_PAUSE: Duration = Duration::from_millis(50);
const LONGEST_PAUSE: Duration = Duration::from_secs(3);

/// Creates keys on one target, and removes what it created.
#[derive(Debug, Clone)]
pub struct Provisioner(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    credentials: Credentials,
    mark: Mark,
    cleanup: CleanupRegistry,
    organization: OnceCell<String>,
    email: OnceLock<(String, String)>,
    shared: Mutex<Option<Site>>,
}

/// A customer, a product that grants one benefit, and the keys of this customer.
#[derive(Debug)]
struct Site {
    setup: Setup,
    product: String,
    /// How many keys were granted.
    granted: usize,
    /// The ids of all keys so far.
    known: Vec<String>,
    /// The keys that no case has used yet.
    spare: Vec<TestKey>,
}

impl Provisioner {
    /// Creates nothing before the first keys are needed. `lasts` goes into the mark of everything that is created.
    pub fn new(credentials: Credentials, lasts: Duration) -> Self {
        protect_keys();
        Self(Arc::new(Inner {
            credentials,
            mark: Mark::new(lasts),
            cleanup: CleanupRegistry::default(),
            organization: OnceCell::new(),
            email: OnceLock::new(),
            shared: Mutex::new(None),
        }))
    }

    /// The access token.
    pub fn token(&self) -> &str {
        self.0.credentials.token()
    }

    /// A name that shows which run created something.
    pub fn name(&self, what: &str) -> String {
        format!("{} {what}", self.0.mark.name())
    }

    /// An address in the organization's own mailbox, so that no stranger gets mail.
    pub fn email(&self, who: &str) -> String {
        let (user, domain) = self
            .0
            .email
            .get()
            .map_or(("", "example.com"), |(user, domain)| (user, domain));
        let plus = if user.is_empty() { "" } else { "+" };
        format!("{user}{plus}{}-{who}@{domain}", self.0.mark.name())
    }

    /// Registers what an exchange created, so that the clean-up removes it.
    pub fn note(&self, request: &Request, answer: &Answer) {
        self.0.cleanup.note(request, answer);
    }

    /// Removes everything that was created.
    pub async fn clean(&self, server: &Server) -> Cleaned {
        *self.0.shared.lock().await = None;
        self.0.cleanup.clean(server, self.token()).await
    }

    /// Keys of the shared customer and benefit.
    pub(super) async fn setup(
        &self,
        server: &Server,
        specs: &[KeySpec],
    ) -> Result<Setup, ProvisionError> {
        let mut shared = self.0.shared.lock().await;
        let site = match &mut *shared {
            Some(site) => site,
            empty => empty.insert(self.site(server, "").await?),
        };
        if site.spare.len() < specs.len() {
            let missing = specs.len() - site.spare.len();
            self.grant(server, site, missing.max(BATCH)).await?;
        }
        let keys = site.spare.drain(..specs.len()).collect();
        let setup = Setup {
            keys,
            ..site.setup.clone()
        };
        drop(shared);
        self.adapt(server, setup, specs).await
    }

    /// Keys with their own customer and benefit.
    pub(super) async fn own_setup(
        &self,
        server: &Server,
        specs: &[KeySpec],
    ) -> Result<Setup, ProvisionError> {
        let mut site = self.site(server, "own ").await?;
        self.grant(server, &mut site, specs.len()).await?;
        let setup = Setup {
            keys: site.spare,
            ..site.setup
        };
        self.adapt(server, setup, specs).await
    }

    async fn site(&self, server: &Server, which: &str) -> Result<Site, ProvisionError> {
        let properties =
            json!({"prefix": "CASE", "activations": {"limit": 3, "enable_customer_admin": true}});
        let benefit = |what: &str| json!({"type": "license_keys", "description": self.name(what), "properties": properties});
        let organization = self.organization(server).await?.to_owned();
        let ours = self
            .make(server, "/v1/benefits/", benefit(&format!("{which}pro")))
            .await?;
        let product = json!({"name": self.name("product"), "recurring_interval": "month", "prices": [{"amount_type": "free"}]});
        let product = id(&self.make(server, "/v1/products/", product).await?);
        let attach = json!({"benefits": [id(&ours)]});
        self.call(
            server,
            "POST",
            &format!("/v1/products/{product}/benefits"),
            Some(attach),
        )
        .await?;
        let unique = self.unique();
        let customer = |who: &str| {
            let external = format!("{}-{who}-{unique}", self.0.mark.name());
            json!({"email": self.email(&format!("{who}-{unique}")), "name": self.name(who), "external_id": external})
        };
        let ada = customer("ada");
        let mut setup = Setup {
            organization,
            benefit: id(&ours),
            external_customer: ada["external_id"].as_str().unwrap_or_default().to_owned(),
            email: ada["email"].as_str().unwrap_or_default().to_owned(),
            customer: id(&self.make(server, "/v1/customers/", ada).await?),
            ..Setup::default()
        };
        if which.is_empty() {
            setup.other_benefit = id(&self.make(server, "/v1/benefits/", benefit("other")).await?);
            setup.other_customer =
                id(&self.make(server, "/v1/customers/", customer("bob")).await?);
        }
        Ok(Site {
            setup,
            product,
            granted: 0,
            known: Vec::new(),
            spare: Vec::new(),
        })
    }

    /// The id of the token's organization, if it is the right one. Also learns the organization's mailbox. Asked
    /// once, before anything is created.
    ///
    /// # Errors
    /// When it is another organization, or cannot be read.
    pub async fn organization(&self, server: &Server) -> Result<&str, ProvisionError> {
        let asking = || self.ask_organization(server);
        let id = self.0.organization.get_or_try_init(asking).await?;
        Ok(id)
    }

    async fn ask_organization(&self, server: &Server) -> Result<String, ProvisionError> {
        let path = "/v1/organizations/?limit=100";
        let body = self.call(server, "GET", path, None).await?;
        let Some(items) = body.get("items").and_then(Value::as_array) else {
            return Err(ProvisionError::lacks(&Request::new("GET", path), "items"));
        };
        let [organization] = items else {
            return Err(ProvisionError::NotOneOrganization(items.len()));
        };
        let actual = id(organization);
        if let Some(expected) = self.0.credentials.organization_id()
            && expected != actual
        {
            return Err(ProvisionError::OtherOrganization {
                expected: expected.to_owned(),
                actual,
            });
        }
        if !server.is_loopback()
            && let Some((user, domain)) = text(organization, "email").split_once('@')
        {
            let _ = self.0.email.set((user.to_owned(), domain.to_owned()));
        }
        Ok(actual)
    }

    /// Subscribes the customer this many times, and waits for the keys.
    async fn grant(
        &self,
        server: &Server,
        site: &mut Site,
        count: usize,
    ) -> Result<(), ProvisionError> {
        let subscription = json!({"product_id": site.product, "customer_id": site.setup.customer});
        for _ in 0..count {
            self.make(server, "/v1/subscriptions/", subscription.clone())
                .await?;
        }
        let before = site.granted;
        site.granted += count;
        let started = Instant::now();
        let mut pause = FIRST_PAUSE;
        loop {
            let new = self.new_keys(server, site, before / PAGE + 1).await?;
            let appeared = site.known.len() + new.len();
            if appeared >= site.granted {
                site.known.extend(new.iter().map(|key| key.id.clone()));
                site.spare.extend(new);
                return Ok(());
            }
            if started.elapsed() > GRANT_PATIENCE {
                return Err(ProvisionError::NoKeys {
                    expected: site.granted,
                    appeared,
                    waited: GRANT_PATIENCE,
                });
            }
            sleep(pause).await;
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
    }

    /// The keys from this page on that nobody knows yet, in the order of the list: grants that run in parallel may appear in
    /// another order.
    async fn new_keys(
        &self,
        server: &Server,
        site: &Site,
        first: usize,
    ) -> Result<Vec<TestKey>, ProvisionError> {
        let mut new = Vec::new();
        for page in first..=site.granted.div_ceil(PAGE) {
            let path = format!(
                "/v1/license-keys/?benefit_id={}&limit={PAGE}&page={page}",
                site.setup.benefit
            );
            let body = self.call(server, "GET", &path, None).await?;
            let items = body.get("items").and_then(Value::as_array);
            for item in items.unwrap_or_default() {
                let id = id(item);
                if !site.known.contains(&id) {
                    new.push(TestKey {
                        id,
                        key: text(item, "key"),
                        organization: site.setup.organization.clone(),
                        activations: Vec::new(),
                    });
                }
            }
        }
        Ok(new)
    }

    /// Brings fresh keys into the required state.
    async fn adapt(
        &self,
        server: &Server,
        mut setup: Setup,
        specs: &[KeySpec],
    ) -> Result<Setup, ProvisionError> {
        for (seeded, spec) in setup.keys.iter_mut().zip(specs) {
            let mut now = KeySpec::default();
            let room = u32::try_from(spec.activations.len()).unwrap_or(u32::MAX);
            if now.limit_activations < Some(room) {
                let limit = KeySpec {
                    limit_activations: Some(room),
                    ..now.clone()
                };
                self.patch(server, seeded, limit.difference(&now)).await?;
                now = limit;
            }
            for (index, activation) in spec.activations.iter().enumerate() {
                let body = json!({
                    "key": seeded.key, "organization_id": seeded.organization,
                    "label": ActivationSpec::label(index), "conditions": activation.conditions,
                });
                let made = self
                    .call(server, "POST", "/v1/license-keys/activate", Some(body))
                    .await?;
                seeded.activations.push(id(&made));
            }
            self.patch(server, seeded, spec.difference(&now)).await?;
        }
        Ok(setup)
    }

    async fn patch(
        &self,
        server: &Server,
        seeded: &TestKey,
        body: serde_json::Value,
    ) -> Result<(), ProvisionError> {
        if body.as_object().is_none_or(|fields| !fields.is_empty()) {
            let path = format!("/v1/license-keys/{}", seeded.id);
            self.call(server, "PATCH", &path, Some(body)).await?;
        }
        Ok(())
    }

    /// Creates something; the answer has an id.
    async fn make(
        &self,
        server: &Server,
        path: &str,
        body: serde_json::Value,
    ) -> Result<Value, ProvisionError> {
        let made = self.call(server, "POST", path, Some(body)).await?;
        if id(&made).is_empty() {
            return Err(ProvisionError::lacks(&Request::new("POST", path), "id"));
        }
        Ok(made)
    }

    async fn call(
        &self,
        server: &Server,
        method: &str,
        path: &str,
        body: Option<serde_json::Value>,
    ) -> Result<Value, ProvisionError> {
        let request = self.request(method, path, body);
        let answer = server.send(&request).await?;
        self.note(&request, &answer);
        if !(200..300).contains(&answer.status) {
            return Err(ProvisionError::refused(&request, &answer));
        }
        Ok(parse(&answer.text()).unwrap_or(Value::Null))
    }

    fn request(&self, method: &str, path: &str, body: Option<serde_json::Value>) -> Request {
        let request =
            Request::new(method, path).header("Authorization", &format!("Bearer {}", self.token()));
        match body {
            Some(body) => request.json(&body.to_string()),
            None => request,
        }
    }

    /// A number that no other customer of this run has.
    fn unique(&self) -> u32 {
        static NEXT: std::sync::atomic::AtomicU32 = std::sync::atomic::AtomicU32::new(1);
        NEXT.fetch_add(1, std::sync::atomic::Ordering::Relaxed)
    }
}

fn text(value: &Value, field: &str) -> String {
    value
        .get(field)
        .and_then(Value::as_str)
        .unwrap_or_default()
        .to_owned()
}

fn id(value: &Value) -> String {
    text(value, "id")
}
