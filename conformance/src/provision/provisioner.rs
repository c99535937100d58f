//! Creates keys through the public API (docs/behaviour.md#provisioning).

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use serde_json::json;
use tokio::sync::{Mutex, OnceCell};
use tokio::time::{Instant, sleep};

use super::cleanup::{Cleaned, CleanupRegistry};
use super::error::ProvisionError;
use super::loans::Loans;
use super::mark::Mark;
use super::setup::{Setup, TestKey};
use super::site::{Site, text};
use super::spec::{ActivationSpec, KeySpec};
use crate::json::{Value, parse};
use crate::server::{Credentials, Server};
use crate::wire::{Answer, Request, protect_keys};

/// How many benefits the shared product has. Each subscription grants one key of each.
const BENEFITS: usize = 5;
/// How many subscriptions a shared customer has at most: one page of a list shows all the keys.
const SUBSCRIPTIONS: usize = PAGE / BENEFITS;
/// How many subscriptions are made when the first keys are needed; later as many as there are.
const FIRST_SUBSCRIPTIONS: usize = 2;
/// The longest page of a list.
const PAGE: usize = 100;
/// How long to wait for grants, which happen in the background.
pub const GRANT_PATIENCE: Duration = Duration::from_secs(60);
/// The pause before a list is read again; it doubles each time, up to [`LONGEST_PAUSE`].
pub const FIRST_PAUSE: Duration = Duration::from_millis(200);
/// The longest pause before a list is read again.
pub const LONGEST_PAUSE: Duration = Duration::from_secs(3);

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
    loans: Loans,
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
            loans: Loans::default(),
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

    /// Registers what an exchange of an item created, so that the clean-up removes it, and whether it may have changed
    /// anything: no read does, no refusal, and no new session of a customer.
    pub fn note(&self, request: &Request, answer: &Answer) {
        self.0.cleanup.note(request, answer);
        self.0.loans.note(request, answer);
    }

    /// An item begins: what an earlier one did not give back is used up.
    pub fn begin(&self) {
        self.0.loans.begin();
    }

    /// An item that passed gives back its keys. Unless it changed anything, others can use them. Only for items whose every
    /// exchange is noted.
    pub fn give_back(&self) {
        self.0.loans.give_back();
    }

    /// Removes everything that was created.
    pub async fn clean(&self, server: &Server) -> Cleaned {
        *self.0.shared.lock().await = None;
        self.0.cleanup.clean(server, self.token()).await
    }

    /// Keys of a shared customer, and of one benefit.
    pub(super) async fn setup(
        &self,
        server: &Server,
        specs: &[KeySpec],
    ) -> Result<Setup, ProvisionError> {
        if let Some(setup) = self.0.loans.borrow(false, specs) {
            return Ok(setup);
        }
        let mut shared = self.0.shared.lock().await;
        let fits = |site: &Site| {
            let room = SUBSCRIPTIONS - site.subscriptions;
            site.spare() + room >= specs.len()
        };
        let site = match shared.take() {
            Some(site) if fits(&site) => shared.insert(site),
            full => {
                let mut site = self.site(server, "", BENEFITS).await?;
                site.setup.other_customer = match full {
                    Some(full) => full.setup.other_customer,
                    None => self.customer(server, "bob").await?.customer,
                };
                shared.insert(site)
            }
        };
        if site.spare() < specs.len() {
            let missing = specs.len() - site.spare();
            let more = site.subscriptions.max(FIRST_SUBSCRIPTIONS);
            let room = SUBSCRIPTIONS - site.subscriptions;
            self.grant(server, site, missing.max(more.min(room)))
                .await?;
        }
        let setup = site.take(specs.len());
        drop(shared);
        self.adapt(server, false, setup, specs).await
    }

    /// Keys with their own customer and benefit.
    pub(super) async fn own_setup(
        &self,
        server: &Server,
        specs: &[KeySpec],
    ) -> Result<Setup, ProvisionError> {
        if let Some(setup) = self.0.loans.borrow(true, specs) {
            return Ok(setup);
        }
        let mut site = self.site(server, "own ", 1).await?;
        self.grant(server, &mut site, specs.len()).await?;
        let setup = site.take(specs.len());
        self.adapt(server, true, setup, specs).await
    }

    async fn site(
        &self,
        server: &Server,
        which: &str,
        benefits: usize,
    ) -> Result<Site, ProvisionError> {
        let organization = self.organization(server).await?.to_owned();
        let properties =
            json!({"prefix": "CASE", "activations": {"limit": 3, "enable_customer_admin": true}});
        let benefit = json!({"type": "license_keys", "description": self.name(&format!("{which}pro")), "properties": properties});
        let mut made = Vec::with_capacity(benefits);
        for _ in 0..benefits {
            made.push(id(&self
                .make(server, "/v1/benefits/", benefit.clone())
                .await?));
        }
        let product = json!({"name": self.name("product"), "recurring_interval": "month", "prices": [{"amount_type": "free"}]});
        let product = id(&self.make(server, "/v1/products/", product).await?);
        self.call(
            server,
            "POST",
            &format!("/v1/products/{product}/benefits"),
            Some(json!({"benefits": made})),
        )
        .await?;
        let setup = Setup {
            organization,
            ..self.customer(server, "ada").await?
        };
        Ok(Site::new(setup, product, made))
    }

    /// A set-up with a new customer, and nothing else.
    async fn customer(&self, server: &Server, who: &str) -> Result<Setup, ProvisionError> {
        let unique = self.unique();
        let setup = Setup {
            external_customer: format!("{}-{who}-{unique}", self.0.mark.name()),
            email: self.email(&format!("{who}-{unique}")),
            ..Setup::default()
        };
        let body = json!({"email": setup.email, "name": self.name(who), "external_id": setup.external_customer});
        Ok(Setup {
            customer: id(&self.make(server, "/v1/customers/", body).await?),
            ..setup
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
        site.subscriptions += count;
        let expected = site.subscriptions * site.benefits.len();
        let of_benefits: String = site
            .benefits
            .iter()
            .map(|id| format!("&benefit_id={id}"))
            .collect();
        let path = format!("/v1/license-keys/?limit={PAGE}{of_benefits}");
        let started = Instant::now();
        let mut pause = FIRST_PAUSE;
        loop {
            let body = self.call(server, "GET", &path, None).await?;
            let items = body
                .get("items")
                .and_then(Value::as_array)
                .unwrap_or_default();
            if items.len() >= expected {
                site.stock(items);
                return Ok(());
            }
            if started.elapsed() > GRANT_PATIENCE {
                return Err(ProvisionError::NoKeys {
                    expected,
                    appeared: items.len(),
                    waited: GRANT_PATIENCE,
                });
            }
            sleep(pause).await;
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
    }

    /// Brings fresh keys into the required state, and lends them.
    async fn adapt(
        &self,
        server: &Server,
        own: bool,
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
        self.0.loans.lend(own, specs, &setup);
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
        self.0.cleanup.note(&request, &answer);
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

fn id(value: &Value) -> String {
    text(value, "id")
}
