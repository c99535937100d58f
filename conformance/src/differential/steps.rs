//! Random requests: the set-up of a sequence, requests of every operation, raw oddities.

use polar_openapi::bundled;
use polar_openapi::refs::resolve;
use serde_json::{Value, json};

use super::chance::Chance;
use super::edge::oddity;
use super::pool::Pool;
use super::side::REFERENCE;
use super::values::{STRANGER, Values};
use crate::contract::{Operation, Surface, operation_of};
use crate::wire::Request;

/// The kinds of random requests.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, strum::Display, strum::EnumString, strum::VariantArray,
)]
#[strum(serialize_all = "lowercase")]
pub enum Kind {
    /// Single requests of every operation, from valid to very wrong.
    Validation,
    /// Sequences of requests that build on each other.
    Stateful,
    /// Raw HTTP oddities.
    Edge,
}

/// One request with references to earlier answers (`«4.id»`) in it.
#[derive(Debug, Clone)]
pub(super) struct Step {
    /// What the later steps call its answer.
    pub(super) number: usize,
    /// The request; `«owner»` is the access token, `«serial»` a number that no other request has.
    pub(super) request: Request,
    /// Whether the rest is of no use without a success.
    pub(super) required: bool,
}

impl Step {
    /// The operation, or the method and path.
    pub(super) fn operation(&self) -> String {
        let request = &self.request;
        operation_of(&request.method, &request.path).map_or_else(
            || {
                let path = request.path.split('?').next().unwrap_or_default();
                let path: Vec<&str> = path
                    .split('/')
                    .map(|part| if part.contains('«') { ":" } else { part })
                    .collect();
                format!("{} {}", request.method, path.join("/"))
            },
            str::to_owned,
        )
    }
}

/// Draws requests.
pub(super) struct Requests {
    document: Value,
    mark: String,
}

/// The parameters that say which part of a list is asked for.
const PAGING: &[&str] = &["query", "limit", "page", "sorting"];

/// The `Authorization` header of the organization's own token.
pub(super) const OWNER: &str = "Bearer «owner»";

impl Requests {
    /// Requests whose texts begin with this mark.
    pub(super) fn new(mark: &str) -> Self {
        Self {
            document: bundled::server_truth(),
            mark: mark.to_owned(),
        }
    }

    /// What every sequence begins with: a customer with a key, an activation, a session, a webhook endpoint.
    pub(super) fn setup(&self) -> (Vec<Step>, Pool) {
        let mark = &self.mark;
        let key = json!({"key": "«5.key»", "organization_id": "«organization»", "label": "first"});
        let requests = [
            (
                "customer",
                owner(
                    "POST",
                    "/v1/customers/",
                    json!({"email": format!("{mark}-«serial»@example.com"), "name": format!("{mark} Ada «serial»"), "external_id": format!("{mark}-«serial»")}),
                ),
            ),
            (
                "benefit",
                owner(
                    "POST",
                    "/v1/benefits/",
                    json!({"type": "license_keys", "description": format!("{mark} pro «serial»"), "properties": {"prefix": "CASE", "activations": {"limit": 3, "enable_customer_admin": true}, "limit_usage": 10}}),
                ),
            ),
            (
                "product",
                owner(
                    "POST",
                    "/v1/products/",
                    json!({"name": format!("{mark} product «serial»"), "recurring_interval": "month", "prices": [{"amount_type": "free"}]}),
                ),
            ),
            (
                "",
                owner(
                    "POST",
                    "/v1/products/«2.id»/benefits",
                    json!({"benefits": ["«1.id»"]}),
                ),
            ),
            (
                "subscription",
                owner(
                    "POST",
                    "/v1/subscriptions/",
                    json!({"product_id": "«2.id»", "customer_id": "«0.id»"}),
                ),
            ),
            (
                "license_key",
                bare("GET", "/v1/license-keys/?benefit_id=«1.id»").header("Authorization", OWNER),
            ),
            (
                "customer_session",
                owner(
                    "POST",
                    "/v1/customer-sessions/",
                    json!({"customer_id": "«0.id»"}),
                ),
            ),
            (
                "activation",
                bare("POST", "/v1/customer-portal/license-keys/activate").json(&key.to_string()),
            ),
            (
                "webhook_endpoint",
                owner(
                    "POST",
                    "/v1/webhooks/endpoints",
                    json!({"url": format!("https://polar-conformance.invalid/{mark}"), "format": "raw", "events": ["refund.created"]}),
                ),
            ),
        ];
        let mut pool = Pool::default();
        let mut steps = Vec::new();
        for (number, (kind, request)) in requests.into_iter().enumerate() {
            if !kind.is_empty() {
                pool.add(kind, number);
            }
            steps.push(Step {
                number,
                request,
                required: true,
            });
        }
        (steps, pool)
    }

    /// A request of any operation, from valid to very wrong.
    pub(super) fn validation(&self, chance: &mut Chance, pool: &Pool) -> Request {
        let operations: Vec<&Operation> = Surface::bundled().operations().map(|(_, o)| o).collect();
        let Some(operation) = chance.one(&operations) else {
            return bare("GET", "/v1/organizations/");
        };
        let faults = match chance.below(10) {
            0..3 => 0,
            3..8 => 1,
            _ => 1 + chance.below(4),
        };
        let mut request = self.request(operation, faults, chance, pool);
        if request.method == "DELETE" {
            // The later requests need what the set-up created.
            let path = REFERENCE.replace_all(&request.path, STRANGER);
            request.path = path.into_owned();
        }
        request
    }

    /// A request that mostly succeeds, and what it creates.
    pub(super) fn stateful(
        &self,
        chance: &mut Chance,
        pool: &Pool,
    ) -> (Request, Option<&'static str>) {
        // Changes are more telling than reads.
        const OPERATIONS: &[(usize, &str, Option<&str>)] = &[
            (3, "customers:create", Some("customer")),
            (3, "customers:update", None),
            (1, "customers:delete", None),
            (2, "customers:get", None),
            (2, "customers:list", None),
            (2, "customers:get_state", None),
            (1, "customers:get_external", None),
            (1, "customers:update_external", None),
            (1, "customers:get_state_external", None),
            (3, "benefits:create", Some("benefit")),
            (3, "benefits:update", None),
            (1, "benefits:delete", None),
            (2, "benefits:get", None),
            (1, "benefits:list", None),
            (2, "benefits:grants", None),
            (2, "benefit-grants:list", Some("benefit_grant")),
            (3, "products:create", Some("product")),
            (3, "products:update", None),
            (3, "products:update_benefits", None),
            (1, "products:get", None),
            (1, "products:list", None),
            (4, "subscriptions:create", Some("subscription")),
            (6, "subscriptions:update", None),
            (1, "subscriptions:revoke", None),
            (2, "subscriptions:get", None),
            (2, "subscriptions:list", None),
            (3, "license_keys:list", Some("license_key")),
            (2, "license_keys:get", None),
            (2, "license_keys:update", None),
            (1, "license_keys:rotate", None),
            (2, "license_keys:validate", None),
            (2, "license_keys:activate", Some("activation")),
            (1, "license_keys:deactivate", None),
            (2, "license_keys:get_activation", None),
            (1, "customer_portal:license_keys:list", Some("license_key")),
            (1, "customer_portal:license_keys:get", None),
            (1, "customer_portal:license_keys:rotate", None),
            (1, "customer_portal:license_keys:validate", None),
            (
                1,
                "customer_portal:license_keys:activate",
                Some("activation"),
            ),
            (1, "customer_portal:license_keys:deactivate", None),
            (2, "customer-sessions:create", Some("customer_session")),
            (1, "customer_portal:customers:get", None),
            (1, "customer_portal:subscriptions:list", None),
            (1, "customer_portal:subscriptions:get", None),
            (1, "customer_portal:orders:list", Some("order")),
            (
                1,
                "customer_portal:benefit-grants:list",
                Some("benefit_grant"),
            ),
            (1, "customer_portal:benefit-grants:get", None),
            (1, "customer_portal:orders:get", None),
            (1, "customers:delete_external", None),
            (1, "organizations:get", None),
            (1, "organizations:list", None),
            (
                1,
                "webhooks:create_webhook_endpoint",
                Some("webhook_endpoint"),
            ),
            (2, "webhooks:update_webhook_endpoint", None),
            (1, "webhooks:get_webhook_endpoint", None),
            (1, "webhooks:list_webhook_endpoints", None),
            (1, "webhooks:reset_webhook_endpoint_secret", None),
            (1, "webhooks:delete_webhook_endpoint", None),
            (1, "webhooks:list_webhook_deliveries", None),
            (1, "webhooks:redeliver_webhook_event", None),
        ];
        let total = OPERATIONS.iter().map(|(weight, ..)| weight).sum();
        let mut at = chance.below(total);
        let chosen = OPERATIONS.iter().find(|(weight, ..)| {
            let found = at < *weight;
            at = at.saturating_sub(*weight);
            found
        });
        let operation = chosen.and_then(|(_, id, _)| Surface::bundled().operation(id));
        match (chosen, operation) {
            (Some((_, _, makes)), Some(operation)) => {
                let faults = usize::from(chance.percent(5));
                (self.request(operation, faults, chance, pool), *makes)
            }
            _ => (bare("GET", "/v1/organizations/"), None),
        }
    }

    fn request(
        &self,
        operation: &Operation,
        faults: usize,
        chance: &mut Chance,
        pool: &Pool,
    ) -> Request {
        let declared = self.document.pointer(&operation.pointer);
        let declared = declared.unwrap_or(&Value::Null);
        let mut faults_left = faults;
        let mut path = operation.path.clone();
        let mut query = Vec::new();
        let paged = self.page(declared, chance, &mut query);
        for parameter in declared["parameters"].as_array().into_iter().flatten() {
            let parameter = parameter["$ref"]
                .as_str()
                .and_then(|to| resolve(&self.document, to).ok())
                .unwrap_or(parameter);
            let name = parameter["name"].as_str().unwrap_or_default();
            match parameter["in"].as_str() {
                Some("path") => {
                    let spoilt = faults_left > 0 && chance.percent(25);
                    faults_left -= usize::from(spoilt);
                    let value = path_value(&operation.path, name, spoilt, chance, pool);
                    path = path.replace(&format!("{{{name}}}"), &value);
                }
                Some("query") if chance.percent(25) && !(paged && PAGING.contains(&name)) => {
                    let spoilt = faults_left > 0 && chance.percent(50);
                    faults_left -= usize::from(spoilt);
                    self.query(parameter, name, spoilt, chance, pool, &mut query);
                }
                _ => {}
            }
        }
        if faults_left > 0 && operation.method == "GET" {
            query.push(
                chance
                    .text(&[
                        "limit=0",
                        "limit=101",
                        "limit=-1",
                        "limit=a",
                        "limit=",
                        "limit=1.0",
                        "page=0",
                        "page=-1",
                        "page=",
                        "page=1.5",
                        "page=99999999999999999999",
                        "sorting=nope",
                        "sorting=",
                        "sorting=-",
                        "unknown=1",
                        "limit=1&limit=2",
                        "metadata[a]=b",
                        "metadata=x",
                        "metadata[]=x",
                        "organization_id=x",
                    ])
                    .to_owned(),
            );
        }
        if !query.is_empty() {
            path = format!("{path}?{}", query.join("&"));
        }
        let mut request = bare(&operation.method, &path);
        let portal = operation.path.starts_with("/v1/customer-portal/");
        let caller = match (portal, declared["security"].is_array()) {
            _ if chance.percent(4) => chance
                .text(&["", "Bearer polar_oat_wrong", "Bearer «6.token»", OWNER])
                .to_owned(),
            (true, true) => pool
                .session(chance)
                .map_or_else(String::new, |token| format!("Bearer {token}")),
            (true, false) => String::new(),
            _ => OWNER.to_owned(),
        };
        if !caller.is_empty() {
            request = request.header("Authorization", &caller);
        }
        if chance.percent(8) {
            let version = chance.text(&["2026-04", "2026-10"]);
            request = request.header("Polar-Version", version);
        }
        let schema = declared["requestBody"]["content"]
            .as_object()
            .and_then(|content| content.values().next())
            .map(|media| &media["schema"]);
        if let Some(schema) = schema {
            let mut values = Values {
                document: &self.document,
                chance,
                pool,
                mark: &self.mark,
            };
            let mut body = values.valid(schema, "", 0);
            for _ in 0..faults_left {
                values.spoil(&mut body);
            }
            request = request.json(&body.to_string());
        }
        request
    }

    /// Asks some lists for one of their pages: only of what the run created, newest or oldest first.
    fn page(&self, declared: &Value, chance: &mut Chance, query: &mut Vec<String>) -> bool {
        let parameters = declared["parameters"].as_array();
        let mut parameters = parameters.into_iter().flatten();
        let can = parameters.any(|parameter| parameter["name"] == "query");
        if !can || !chance.percent(30) {
            return false;
        }
        query.extend([
            format!("query={}", self.mark),
            format!("limit={}", 1 + chance.below(3)),
            format!("page={}", 1 + chance.below(3)),
        ]);
        if chance.percent(50) {
            let sorting = chance.text(&["created_at", "-created_at"]);
            query.push(format!("sorting={sorting}"));
        }
        true
    }

    fn query(
        &self,
        parameter: &Value,
        name: &str,
        spoilt: bool,
        chance: &mut Chance,
        pool: &Pool,
        query: &mut Vec<String>,
    ) {
        let mut values = Values {
            document: &self.document,
            chance,
            pool,
            mark: &self.mark,
        };
        let value = if spoilt {
            values.odd()
        } else if name == "page" {
            json!(1)
        } else if name == "limit" {
            json!(100)
        } else {
            values.valid(&parameter["schema"], name, 2)
        };
        let text = |value: &Value| match value {
            Value::String(text) => encoded(text),
            Value::Null => String::new(),
            other => encoded(&other.to_string()),
        };
        match &value {
            Value::Array(items) if !spoilt => {
                query.extend(items.iter().map(|item| format!("{name}={}", text(item))));
            }
            Value::Object(entries) if !spoilt => {
                let pairs = entries.iter();
                query.extend(
                    pairs.map(|(key, value)| format!("{name}[{}]={}", encoded(key), text(value))),
                );
            }
            value => query.push(format!("{name}={}", text(value))),
        }
    }

    /// A request that only its bytes make odd.
    pub(super) fn edge(&self, chance: &mut Chance, pool: &Pool) -> Request {
        let mut request = loop {
            let (request, _) = self.stateful(chance, pool);
            if request.method != "DELETE" && !request.path.ends_with("/rotate") {
                break request;
            }
        };
        for _ in 0..=usize::from(chance.percent(20)) {
            oddity(&mut request, chance);
        }
        request
    }
}

fn bare(method: &str, path: &str) -> Request {
    Request::new(method, path)
}

#[expect(
    clippy::needless_pass_by_value,
    reason = "a body is written where it is used"
)]
fn owner(method: &str, path: &str, body: Value) -> Request {
    bare(method, path)
        .header("Authorization", OWNER)
        .json(&body.to_string())
}

fn path_value(path: &str, name: &str, spoilt: bool, chance: &mut Chance, pool: &Pool) -> String {
    if spoilt {
        return chance
            .text(&[
                STRANGER,
                "x",
                "7F3C2A10-4B5D-4E8F-9A6B-0C1D2E3F4A5B",
                "7f3c2a104b5d4e8f9a6b0c1d2e3f4a5b",
                "{7f3c2a10-4b5d-4e8f-9a6b-0c1d2e3f4a5b}",
                "urn:uuid:7f3c2a10-4b5d-4e8f-9a6b-0c1d2e3f4a5b",
                "00000000-0000-0000-0000-000000000000",
                "00000000-0000-1000-8000-000000000000",
                "7f3c2a10-4b5d-4e8f-ca6b-0c1d2e3f4a5b",
                "%20",
                "a%2Fb",
                "%00",
                "ä",
                "1",
                "null",
            ])
            .to_owned();
    }
    if name == "external_id" {
        return pool.external(chance).unwrap_or_else(|| "nobody".to_owned());
    }
    let kind = match name {
        "activation_id" => "activation",
        _ if path.contains("/benefit-grants/") => "benefit_grant",
        _ if path.contains("/license-keys/") => "license_key",
        _ if path.contains("/subscriptions/") => "subscription",
        _ if path.contains("/benefits/") => "benefit",
        _ if path.contains("/products/") => "product",
        _ if path.contains("/customers/") => "customer",
        _ if path.contains("/endpoints/") => "webhook_endpoint",
        _ if path.contains("/organizations/") => return "«organization»".to_owned(),
        _ if path.contains("/orders/") => "order",
        _ => "",
    };
    pool.id(kind, chance).unwrap_or_else(|| STRANGER.to_owned())
}

/// A text for a query; references stay.
fn encoded(text: &str) -> String {
    let mut out = String::new();
    for character in text.chars() {
        match character {
            'a'..='z' | 'A'..='Z' | '0'..='9' | '-' | '_' | '.' | '~' | '«' | '»' => {
                out.push(character);
            }
            other => {
                let mut buffer = [0; 4];
                for byte in other.encode_utf8(&mut buffer).bytes() {
                    out.push_str(&format!("%{byte:02X}"));
                }
            }
        }
    }
    out
}
