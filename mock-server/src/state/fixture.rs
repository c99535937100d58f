//! Fixture files: read, checked as a whole, and every problem named with its place and what to write instead.

use std::collections::{HashMap, HashSet};
use std::fmt;
use std::sync::OnceLock;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{
    Benefit, Customer, CustomerSession, DueJob, Grant, LicenseKey, Member, Organization, Product,
    Subscription, Timestamp, WebhookDelivery, WebhookEndpoint, WebhookEvent, new_key,
};
use crate::contract::{Item, LocPart, NodeId, Tree, decode, schema_of};
use crate::json::{Dict, ParseError, Value, parse, to_python_json};

/// A whole world, as a file holds it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Fixture {
    /// Organizations and their tokens.
    pub organizations: Vec<Organization>,
    /// Their customers.
    pub customers: Vec<Customer>,
    /// Members of customers; the owner of each customer is made where an organization has members and none is listed.
    pub members: Vec<Member>,
    /// Benefits.
    pub benefits: Vec<Benefit>,
    /// Products.
    pub products: Vec<Product>,
    /// Subscriptions of customers to products.
    pub subscriptions: Vec<Subscription>,
    /// Benefits granted through subscriptions.
    pub benefit_grants: Vec<Grant>,
    /// License keys with their activations.
    pub license_keys: Vec<LicenseKey>,
    /// Sessions of the customer portal.
    pub customer_sessions: Vec<CustomerSession>,
    /// Webhook endpoints.
    pub webhook_endpoints: Vec<WebhookEndpoint>,
    /// Events for webhook endpoints.
    pub webhook_events: Vec<WebhookEvent>,
    /// Attempts to deliver them.
    pub webhook_deliveries: Vec<WebhookDelivery>,
    /// What is still to happen: grants that wait for `grant_delay_ms`.
    pub background_jobs: Vec<DueJob>,
}

/// One thing that is wrong with a fixture.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Problem {
    /// Where, like `license_keys[2].status`.
    pub place: String,
    /// What.
    pub message: String,
    /// What to write instead.
    pub help: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}; {}", self.place, self.message, self.help)
    }
}

/// Why a fixture is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FixtureError {
    /// It is neither YAML nor JSON.
    #[error("not readable as {format}: {reason}")]
    Unreadable {
        /// As what it was read.
        format: &'static str,
        /// What the reader says, with the place.
        reason: String,
    },
    /// It is readable but wrong.
    #[error("{} in the fixture:\n{}", count(.0.len()), .0.iter().map(|problem| format!("  {problem}")).collect::<Vec<_>>().join("\n"))]
    Invalid(Vec<Problem>),
}

fn count(problems: usize) -> String {
    if problems == 1 {
        "1 problem".into()
    } else {
        format!("{problems} problems")
    }
}

/// Rows in which a moment of creation may be left out.
const TABLES_WITH_CREATED_AT: [&str; 11] = [
    "organizations",
    "customers",
    "members",
    "benefits",
    "products",
    "subscriptions",
    "benefit_grants",
    "license_keys",
    "webhook_endpoints",
    "webhook_events",
    "webhook_deliveries",
];

impl Fixture {
    /// Reads a fixture, YAML or JSON. What was left out is made up; times are `now`.
    pub fn from_text(text: &str, now: Timestamp) -> Result<Self, FixtureError> {
        let value = if text.trim_start().starts_with('{') {
            read_json(text)?
        } else {
            read_yaml(text)?
        };
        let (tree, root) = fixture_tree();
        let mut errors = Vec::new();
        let decoded = decode(tree, *root, &value, Vec::new(), &mut errors);
        let Some(decoded) = decoded else {
            return Err(FixtureError::Invalid(
                errors
                    .iter()
                    .map(|item| problem(tree, *root, item))
                    .collect(),
            ));
        };
        let completed = to_python_json(&with_creation_times(decoded, now));
        let mut fixture: Self = serde_json::from_str(&completed).map_err(|error| {
            FixtureError::Invalid(vec![Problem {
                place: "fixture".into(),
                message: error.to_string(),
                help: "see `polar-mock fixture schema`".into(),
            }])
        })?;
        fixture.complete();
        let problems = fixture.problems();
        if problems.is_empty() {
            Ok(fixture)
        } else {
            Err(FixtureError::Invalid(problems))
        }
    }

    /// Makes up owners of customers, who holds a key or a session, and keys that were left out.
    fn complete(&mut self) {
        let with_members: HashSet<Uuid> = self
            .organizations
            .iter()
            .filter(|o| o.member_model)
            .map(|o| o.id)
            .collect();
        let mut owners: HashMap<Uuid, Uuid> = self
            .members
            .iter()
            .filter(|member| member.role == "owner")
            .map(|member| (member.customer_id, member.id))
            .collect();
        for customer in self
            .customers
            .iter()
            .filter(|customer| with_members.contains(&customer.organization_id))
        {
            owners.entry(customer.id).or_insert_with(|| {
                let owner = Member::owner_of(customer);
                let id = owner.id;
                self.members.push(owner);
                id
            });
        }
        let prefixes: HashMap<Uuid, Option<String>> = self
            .benefits
            .iter()
            .map(|benefit| (benefit.id, benefit.prefix().map(str::to_owned)))
            .collect();
        for key in &mut self.license_keys {
            key.member_id = key
                .member_id
                .or_else(|| owners.get(&key.customer_id).copied());
            if key.key.is_empty() {
                key.key = new_key(prefixes.get(&key.benefit_id).and_then(Option::as_deref));
            }
        }
        for session in &mut self.customer_sessions {
            session.member_id = session
                .member_id
                .or_else(|| owners.get(&session.customer_id).copied());
        }
    }

    /// What the rows say against each other.
    fn problems(&self) -> Vec<Problem> {
        let mut check = Check::default();
        check.unique(
            "organizations",
            "id",
            self.organizations.iter().map(|row| row.id),
        );
        check.unique("customers", "id", self.customers.iter().map(|row| row.id));
        check.unique("members", "id", self.members.iter().map(|row| row.id));
        check.unique("benefits", "id", self.benefits.iter().map(|row| row.id));
        check.unique(
            "license_keys",
            "id",
            self.license_keys.iter().map(|row| row.id),
        );
        check.unique(
            "license_keys",
            "key",
            self.license_keys
                .iter()
                .map(|row| (row.organization_id, row.key.as_str())),
        );
        check.unique(
            "customer_sessions",
            "token",
            self.customer_sessions.iter().map(|row| row.token.as_str()),
        );

        let organizations: HashSet<Uuid> = self.organizations.iter().map(|row| row.id).collect();
        let customers: HashMap<Uuid, Uuid> = self
            .customers
            .iter()
            .map(|row| (row.id, row.organization_id))
            .collect();
        let benefits: HashMap<Uuid, Uuid> = self
            .benefits
            .iter()
            .map(|row| (row.id, row.organization_id))
            .collect();
        let members: HashMap<Uuid, Uuid> = self
            .members
            .iter()
            .map(|row| (row.id, row.customer_id))
            .collect();
        for (i, customer) in self.customers.iter().enumerate() {
            check.known(
                format!("customers[{i}].organization_id"),
                customer.organization_id,
                organizations.contains(&customer.organization_id),
                "organizations",
            );
        }
        for (i, member) in self.members.iter().enumerate() {
            check.known(
                format!("members[{i}].customer_id"),
                member.customer_id,
                customers.contains_key(&member.customer_id),
                "customers",
            );
        }
        for (i, benefit) in self.benefits.iter().enumerate() {
            check.known(
                format!("benefits[{i}].organization_id"),
                benefit.organization_id,
                organizations.contains(&benefit.organization_id),
                "organizations",
            );
        }
        for (i, key) in self.license_keys.iter().enumerate() {
            let place = |field: &str| format!("license_keys[{i}].{field}");
            check.known(
                place("organization_id"),
                key.organization_id,
                organizations.contains(&key.organization_id),
                "organizations",
            );
            check.of_organization(
                place("customer_id"),
                key.customer_id,
                customers.get(&key.customer_id),
                key.organization_id,
                "customers",
            );
            check.of_organization(
                place("benefit_id"),
                key.benefit_id,
                benefits.get(&key.benefit_id),
                key.organization_id,
                "benefits",
            );
            let ids: Vec<Uuid> = key
                .activations
                .iter()
                .map(|activation| activation.id)
                .collect();
            check.unique(&place("activations"), "id", ids.into_iter());
        }
        for (i, session) in self.customer_sessions.iter().enumerate() {
            check.known(
                format!("customer_sessions[{i}].customer_id"),
                session.customer_id,
                customers.contains_key(&session.customer_id),
                "customers",
            );
            if let Some(member) = session.member_id {
                let fits = members.get(&member) == Some(&session.customer_id);
                check.known(
                    format!("customer_sessions[{i}].member_id"),
                    member,
                    fits,
                    "members",
                );
            }
        }
        let products: HashMap<Uuid, Uuid> = self
            .products
            .iter()
            .map(|row| (row.id, row.organization_id))
            .collect();
        for (i, product) in self.products.iter().enumerate() {
            let place = |field: &str| format!("products[{i}].{field}");
            check.known(
                place("organization_id"),
                product.organization_id,
                organizations.contains(&product.organization_id),
                "organizations",
            );
            for (j, benefit) in product.benefits.iter().enumerate() {
                check.of_organization(
                    format!("products[{i}].benefits[{j}]"),
                    *benefit,
                    benefits.get(benefit),
                    product.organization_id,
                    "benefits",
                );
            }
        }
        for (i, subscription) in self.subscriptions.iter().enumerate() {
            let place = |field: &str| format!("subscriptions[{i}].{field}");
            check.known(
                place("product_id"),
                subscription.product_id,
                products.contains_key(&subscription.product_id),
                "products",
            );
            check.known(
                place("customer_id"),
                subscription.customer_id,
                customers.contains_key(&subscription.customer_id),
                "customers",
            );
        }
        let subscriptions: HashSet<Uuid> = self.subscriptions.iter().map(|row| row.id).collect();
        let keys: HashSet<Uuid> = self.license_keys.iter().map(|row| row.id).collect();
        for (i, grant) in self.benefit_grants.iter().enumerate() {
            let place = |field: &str| format!("benefit_grants[{i}].{field}");
            check.known(
                place("customer_id"),
                grant.customer_id,
                customers.contains_key(&grant.customer_id),
                "customers",
            );
            check.known(
                place("benefit_id"),
                grant.benefit_id,
                benefits.contains_key(&grant.benefit_id),
                "benefits",
            );
            if let Some(subscription) = grant.subscription_id {
                check.known(
                    place("subscription_id"),
                    subscription,
                    subscriptions.contains(&subscription),
                    "subscriptions",
                );
            }
            if let Some(key) = grant.license_key_id {
                check.known(
                    place("license_key_id"),
                    key,
                    keys.contains(&key),
                    "license_keys",
                );
            }
        }
        for (i, endpoint) in self.webhook_endpoints.iter().enumerate() {
            check.known(
                format!("webhook_endpoints[{i}].organization_id"),
                endpoint.organization_id,
                organizations.contains(&endpoint.organization_id),
                "organizations",
            );
        }
        let endpoints: HashSet<Uuid> = self.webhook_endpoints.iter().map(|row| row.id).collect();
        for (i, event) in self.webhook_events.iter().enumerate() {
            check.known(
                format!("webhook_events[{i}].webhook_endpoint_id"),
                event.webhook_endpoint_id,
                endpoints.contains(&event.webhook_endpoint_id),
                "webhook_endpoints",
            );
        }
        let events: HashSet<Uuid> = self.webhook_events.iter().map(|row| row.id).collect();
        for (i, delivery) in self.webhook_deliveries.iter().enumerate() {
            check.known(
                format!("webhook_deliveries[{i}].webhook_event_id"),
                delivery.webhook_event_id,
                events.contains(&delivery.webhook_event_id),
                "webhook_events",
            );
        }
        check.problems
    }
}

impl Member {
    /// The owner that every customer of an organization with members has.
    pub fn owner_of(customer: &Customer) -> Self {
        Self {
            id: super::new_uuid(),
            customer_id: customer.id,
            email: customer.email.clone().unwrap_or_default(),
            name: customer.name.clone(),
            external_id: customer.external_id.clone(),
            role: "owner".into(),
            created_at: customer.created_at,
            modified_at: None,
        }
    }
}

/// Collects what does not fit together.
#[derive(Default)]
struct Check {
    problems: Vec<Problem>,
}

impl Check {
    fn unique<T: Eq + std::hash::Hash>(
        &mut self,
        table: &str,
        field: &str,
        values: impl Iterator<Item = T>,
    ) {
        let mut seen = HashMap::new();
        for (i, value) in values.enumerate() {
            if let Some(first) = seen.insert(value, i) {
                self.problems.push(Problem {
                    place: format!("{table}[{i}].{field}"),
                    message: format!("the same as {table}[{first}].{field}"),
                    help: format!(
                        "give every row its own {field}, or leave it out to have one made up"
                    ),
                });
            }
        }
    }

    fn known(&mut self, place: String, id: Uuid, known: bool, table: &str) {
        if !known {
            let message = format!("nothing under `{table}` has the id {id}");
            self.problems.push(Problem {
                place,
                message,
                help: format!("add it there, or write the id of a row of `{table}`"),
            });
        }
    }

    fn of_organization(
        &mut self,
        place: String,
        id: Uuid,
        found: Option<&Uuid>,
        organization: Uuid,
        table: &str,
    ) {
        match found {
            Some(owner) if *owner != organization => self.problems.push(Problem {
                place,
                message: format!(
                    "{id} belongs to organization {owner}, this row to {organization}"
                ),
                help: format!("write the id of a row of `{table}` of the same organization"),
            }),
            _ => self.known(place, id, found.is_some(), table),
        }
    }
}

fn read_json(text: &str) -> Result<Value, FixtureError> {
    parse(text.as_bytes()).map_err(|error| {
        let reason = match error {
            ParseError::Syntax { message, offset } => {
                let before: String = text.chars().take(offset).collect();
                let line = before.matches('\n').count() + 1;
                let column = before
                    .chars()
                    .rev()
                    .take_while(|&character| character != '\n')
                    .count()
                    + 1;
                format!("{message} (line {line}, column {column})")
            }
            ParseError::Unreadable => "nested too deeply, or a number is too long".into(),
        };
        FixtureError::Unreadable {
            format: "JSON",
            reason,
        }
    })
}

fn read_yaml(text: &str) -> Result<Value, FixtureError> {
    let unreadable = |reason: String| FixtureError::Unreadable {
        format: "YAML",
        reason,
    };
    if text.trim().is_empty() {
        return Err(unreadable(
            "it is empty; `polar-mock fixture schema` says what belongs in it".into(),
        ));
    }
    let value: serde_json::Value =
        serde_yaml::from_str(text).map_err(|error| unreadable(error.to_string()))?;
    parse(value.to_string().as_bytes())
        .map_err(|_| unreadable("nested too deeply, or a number is too long".into()))
}

fn with_creation_times(fixture: Value, now: Timestamp) -> Value {
    let Value::Dict(fixture) = fixture else {
        return fixture;
    };
    let tables = fixture.iter().map(|(table, rows)| {
        let rows = match rows {
            Value::List(rows) if TABLES_WITH_CREATED_AT.contains(&table) => Value::List(
                rows.iter()
                    .map(|row| with_creation_time(row, now))
                    .collect(),
            ),
            other => other.clone(),
        };
        (table.to_owned(), rows)
    });
    Value::Dict(tables.collect())
}

fn with_creation_time(row: &Value, now: Timestamp) -> Value {
    let Value::Dict(row) = row else {
        return row.clone();
    };
    let mut row: Dict = row.clone();
    if let Some(Value::List(activations)) = row.get("activations") {
        let activations = activations
            .iter()
            .map(|activation| with_creation_time(activation, now))
            .collect();
        let others = row
            .iter()
            .map(|(name, value)| (name.to_owned(), value.clone()));
        row = others
            .chain([("activations".to_owned(), Value::List(activations))])
            .collect();
    }
    if row.get("created_at").is_none() {
        row.push("created_at", Value::Str(now.to_string()));
    }
    Value::Dict(row)
}

/// The JSON Schema of fixture files.
pub fn fixture_schema() -> serde_json::Value {
    let mut schema = schemars::schema_for!(Fixture).to_value();
    schema["title"] = "A world for polar-mock".into();
    schema
}

fn fixture_tree() -> &'static (Tree, NodeId) {
    static TREE: OnceLock<(Tree, NodeId)> = OnceLock::new();
    TREE.get_or_init(|| schema_of(&fixture_schema()))
}

/// An error of the decoder in the words of a fixture's author.
fn problem(tree: &Tree, root: NodeId, item: &Item) -> Problem {
    let mut place = String::new();
    for part in &item.loc {
        match part {
            LocPart::Index(index) => place.push_str(&format!("[{index}]")),
            LocPart::Name(name) if place.is_empty() => place.push_str(name),
            LocPart::Name(name) => place.push_str(&format!(".{name}")),
        }
    }
    if place.is_empty() {
        place.push_str("fixture");
    }
    let help = match (item.kind, item.loc.last()) {
        ("missing", Some(LocPart::Name(name))) => format!("add `{name}`"),
        ("extra_forbidden", Some(LocPart::Name(name))) => {
            let known = tree.field_names(root, &item.loc[..item.loc.len() - 1]);
            let near = known
                .iter()
                .map(|known| (strsim::jaro_winkler(known, name), known))
                .max_by(|a, b| a.0.total_cmp(&b.0));
            match near {
                Some((likeness, near)) if likeness > 0.8 => format!("did you mean `{near}`?"),
                _ => format!("known here: {}", known.join(", ")),
            }
        }
        ("uuid_parsing" | "uuid_type", _) => {
            "write an id like 11111111-1111-4111-8111-111111111111".into()
        }
        ("datetime_type" | "datetime_parsing" | "datetime_from_date_parsing", _) => {
            "write a moment like 2026-01-31T12:00:00Z".into()
        }
        ("model_attributes_type" | "dict_type", _) => "write names and values here".into(),
        ("list_type", _) => "write a list here".into(),
        _ => format!("this was given: {}", to_python_json(&item.input)),
    };
    Problem {
        place,
        message: item.msg.clone().into_owned(),
        help,
    }
}
