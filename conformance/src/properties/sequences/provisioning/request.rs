//! The requests of commands.

use serde_json::{Map, Value as Json, json};

use super::execution::Execution;
use crate::model::provisioning::{
    BenefitChange, Call, Command, CustomerChange, Limits, Page, Plan, ProductChange, Terms, Thing,
    View, Who,
};
use crate::model::{Caller, Handle};
use crate::properties::sequences::FORGED;
use crate::provision::{OTHER_TOKEN, READ_TOKEN};
use crate::wire::Request;

impl Execution<'_> {
    /// The request of a command.
    pub(super) fn request(&self, command: &Command) -> Request {
        match *command {
            Command::Core(caller, call) => {
                let token = match caller {
                    Caller::Owner => Some(self.lease.provisioning.token()),
                    Caller::Reader => Some(READ_TOKEN),
                    Caller::Stranger => Some(OTHER_TOKEN),
                    Caller::Forged => Some(FORGED),
                    Caller::Customer | Caller::Nobody => None,
                };
                let (method, path, body) = self.call(call);
                request(token, method, &path, body)
            }
            Command::Portal(customer, view) => {
                let token = self.sessions.get(&customer).map(String::as_str);
                let path = match view {
                    View::Me => "customers/me".to_owned(),
                    View::MySubscriptions => "subscriptions/?limit=100".to_owned(),
                    View::MySubscription(at) => {
                        format!("subscriptions/{}", self.id(Thing::Subscription(at)))
                    }
                    View::MyGrants => "benefit-grants/?limit=100".to_owned(),
                    View::MyGrant(at) => format!("benefit-grants/{}", self.id(Thing::Grant(at))),
                };
                request(token, "GET", &format!("/v1/customer-portal/{path}"), None)
            }
            // Not a request; `step` handles it.
            Command::NextPeriod => Request::new("POST", "/_mock/clock/advance"),
        }
    }

    fn call(&self, call: Call) -> (&'static str, String, Option<Json>) {
        let customer = |who: Who| match who {
            Who::Id(at) => format!("/v1/customers/{}", self.id(Thing::Customer(at))),
            Who::External(text) => format!("/v1/customers/external/{}", self.external(text)),
        };
        let benefit = |at: Handle| format!("/v1/benefits/{}", self.id(Thing::Benefit(at)));
        let product = |at: Handle| format!("/v1/products/{}", self.id(Thing::Product(at)));
        let subscription =
            |at: Handle| format!("/v1/subscriptions/{}", self.id(Thing::Subscription(at)));
        let get = |path: String| ("GET", path, None);
        match call {
            Call::CreateCustomer {
                email,
                external,
                name,
            } => {
                let fields = self.customer_fields(CustomerChange {
                    email: Some(email),
                    external,
                    name,
                });
                ("POST", "/v1/customers/".to_owned(), Some(fields))
            }
            Call::GetCustomer(who) => get(customer(who)),
            Call::GetState(who) => get(customer(who) + "/state"),
            Call::UpdateCustomer(who, change) => {
                ("PATCH", customer(who), Some(self.customer_fields(change)))
            }
            Call::DeleteCustomer(who) => ("DELETE", customer(who), None),
            Call::ListCustomers(email) => {
                let email = self.email(email).replace('+', "%2B");
                get(format!("/v1/customers/?limit=100&email={email}"))
            }
            Call::OpenSession(who) => (
                "POST",
                "/v1/customer-sessions/".to_owned(),
                Some(Json::Object(Map::from_iter([self.named(who)]))),
            ),
            Call::CreateBenefit(terms) => {
                let body = json!({"type": kind(terms), "description": self.text("b", 0),
                    "properties": properties(terms)});
                ("POST", "/v1/benefits/".to_owned(), Some(body))
            }
            Call::GetBenefit(at) => get(benefit(at)),
            Call::UpdateBenefit(at, change) => {
                let body = self.benefit_fields(at, change);
                ("PATCH", benefit(at), Some(body))
            }
            Call::DeleteBenefit(at) => ("DELETE", benefit(at), None),
            Call::ListBenefits(page) => {
                let ids = 0..self.model.benefits.len();
                let ids = self.ids(ids.map(Thing::Benefit));
                get(format!("/v1/benefits/?{}{ids}", paged(page)))
            }
            Call::ListGrantsOfBenefit(at, holder, granted) => {
                let holder = holder.map(|at| self.id(Thing::Customer(at)));
                get(format!(
                    "{}/grants?limit=100{}{}",
                    benefit(at),
                    filter("customer_id", holder),
                    filter("is_granted", granted)
                ))
            }
            Call::ListGrants(at, granted) => get(format!(
                "/v1/benefit-grants/?limit=100&customer_id={}{}",
                self.id(Thing::Customer(at)),
                filter("is_granted", granted)
            )),
            Call::CreateProduct(plan) => (
                "POST",
                "/v1/products/".to_owned(),
                Some(self.product_fields(plan)),
            ),
            Call::GetProduct(at) => get(product(at)),
            Call::UpdateProduct(at, change) => {
                ("PATCH", product(at), Some(self.product_change(change)))
            }
            Call::SetBenefits(at, benefits) => {
                let benefits = benefits.into_iter().flatten();
                let ids: Vec<&str> = benefits.map(|at| self.id(Thing::Benefit(at))).collect();
                let body = json!({"benefits": ids});
                ("POST", product(at) + "/benefits", Some(body))
            }
            Call::ListProducts(archived, recurring, page) => {
                let ids = 0..self.model.products.len();
                let ids = self.ids(ids.map(Thing::Product));
                get(format!(
                    "/v1/products/?{}{}{}{ids}",
                    paged(page),
                    filter("is_archived", archived),
                    filter("is_recurring", recurring)
                ))
            }
            Call::Subscribe(at, who) => {
                let id = json!(self.id(Thing::Product(at)));
                let fields = [("product_id".to_owned(), id), self.named(who)];
                let body = Json::Object(Map::from_iter(fields));
                ("POST", "/v1/subscriptions/".to_owned(), Some(body))
            }
            Call::GetSubscription(at) => get(subscription(at)),
            Call::ListSubscriptions(at, of, active, page) => {
                let of = of.map(|at| self.id(Thing::Product(at)));
                get(format!(
                    "/v1/subscriptions/?{}&customer_id={}{}{}",
                    paged(page),
                    self.id(Thing::Customer(at)),
                    filter("product_id", of),
                    filter("active", active)
                ))
            }
            Call::Cancel(at, cancel) => {
                let body = json!({"cancel_at_period_end": cancel});
                ("PATCH", subscription(at), Some(body))
            }
            Call::ChangeProduct(at, to) => {
                let body = json!({"product_id": self.id(Thing::Product(to))});
                ("PATCH", subscription(at), Some(body))
            }
            Call::Revoke(at, true) => ("DELETE", subscription(at), None),
            Call::Revoke(at, false) => ("PATCH", subscription(at), Some(json!({"revoke": true}))),
            Call::ListKeys(at, status) => get(format!(
                "/v1/license-keys/?limit=100&benefit_id={}{}",
                self.id(Thing::Benefit(at)),
                filter("status", status.map(<&str>::from))
            )),
            Call::SetStatus(at, status) => {
                let path = format!("/v1/license-keys/{}", self.id(Thing::Key(at)));
                let body = json!({"status": <&str>::from(status)});
                ("PATCH", path, Some(body))
            }
        }
    }

    fn customer_fields(&self, change: CustomerChange) -> Json {
        let mut fields = json!({});
        if let Some(email) = change.email {
            fields["email"] = json!(self.email(email));
        }
        if let Some(external) = change.external {
            fields["external_id"] = json!(self.external(external));
        }
        if let Some(name) = change.name {
            fields["name"] = json!(self.text("n", name));
        }
        fields
    }

    /// A customer in a body.
    fn named(&self, who: Who) -> (String, Json) {
        match who {
            Who::Id(at) => (
                "customer_id".to_owned(),
                json!(self.id(Thing::Customer(at))),
            ),
            Who::External(text) => (
                "external_customer_id".to_owned(),
                json!(self.external(text)),
            ),
        }
    }

    fn benefit_fields(&self, at: Handle, change: BenefitChange) -> Json {
        let terms = self.model.benefits[at].terms;
        let mut fields = json!({"type": kind(terms)});
        if let Some(description) = change.description {
            fields["description"] = json!(self.text("b", description));
        }
        if let Some(limits) = change.limits {
            fields["properties"] = properties(Terms::Keys(limits));
        }
        fields
    }

    fn product_fields(&self, plan: Plan) -> Json {
        let price = match plan {
            Plan::Free | Plan::Once => json!({"amount_type": "free"}),
            Plan::Paid => json!({"amount_type": "fixed", "price_amount": 1000}),
        };
        let interval = (plan != Plan::Once).then_some("month");
        json!({"name": self.text("p", 0), "recurring_interval": interval, "prices": [price]})
    }

    fn product_change(&self, change: ProductChange) -> Json {
        let mut fields = json!({});
        if let Some(name) = change.name {
            fields["name"] = json!(self.text("p", name));
        }
        if let Some(archived) = change.archived {
            fields["is_archived"] = json!(archived);
        }
        fields
    }

    fn ids(&self, things: impl Iterator<Item = Thing>) -> String {
        things
            .map(|thing| format!("&id={}", self.id(thing)))
            .collect()
    }
}

fn request(token: Option<&str>, method: &str, path: &str, body: Option<Json>) -> Request {
    let mut request = Request::new(method, path);
    if let Some(token) = token {
        request = request.header("Authorization", &format!("Bearer {token}"));
    }
    match body {
        Some(body) => request.json(&body.to_string()),
        None => request,
    }
}

fn paged(page: Page) -> String {
    format!("page={}&limit={}", page.page, page.limit)
}

fn filter(name: &str, value: Option<impl ToString>) -> String {
    value.map_or_else(String::new, |value| {
        format!("&{name}={}", value.to_string())
    })
}

fn kind(terms: Terms) -> &'static str {
    match terms {
        Terms::Custom => "custom",
        Terms::Keys(_) => "license_keys",
    }
}

/// The properties of a benefit, as a request and an answer have them.
pub(super) fn properties(terms: Terms) -> Json {
    match terms {
        Terms::Custom => json!({"note": null}),
        Terms::Keys(Limits { activations, usage }) => {
            let activations =
                activations.map(|limit| json!({"limit": limit, "enable_customer_admin": true}));
            json!({"prefix": "SEQ", "expires": null, "activations": activations, "limit_usage": usage})
        }
    }
}
