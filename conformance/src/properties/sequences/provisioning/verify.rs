//! Compares an answer of the server with the model's.

use serde_json::{Value as Json, json};

use super::execution::{Execution, Seen};
use super::request::properties;
use crate::compare::{Comparison, Mismatch, compare};
use crate::json::{Value, parse};
use crate::model::provisioning::{
    Answer, Command, Key, Plan, Problem, Refused, Stage, Terms, Thing,
};
use crate::properties::sequences::{differs, display, shows};
use crate::tokens::Bindings;
use crate::wire::{self, Request};

type Outcome = Result<(), Mismatch>;

/// Compares them, and remembers everything that the answer shows.
pub(super) fn verify(
    run: &mut Execution<'_>,
    command: &Command,
    expected: &Answer,
    (request, answer): (&Request, &wire::Answer),
) -> Outcome {
    let status = expected.status();
    if answer.status != status {
        let got = answer.text().chars().take(200).collect::<String>();
        return Err(differs(
            "status",
            &format!("{status} ({expected:?})"),
            &format!("{} {got}", answer.status),
        ));
    }
    let body = parse(&answer.text()).unwrap_or(Value::Null);
    // The customer portal shows less.
    let shown = Shown {
        portal: matches!(command, Command::Portal(..)),
    };
    match expected {
        Answer::Refused(refused) => {
            let expected = match refused {
                Refused::Plainly(refusal) => refusal.answer().1,
                Refused::Invalid(problems) => told(problems, request),
            };
            let found = compare(
                &Value::from(&expected),
                &body,
                &mut Bindings::new(""),
                Comparison::default(),
            );
            found.into_iter().next().map_or(Ok(()), Err)
        }
        Answer::Done | Answer::Later => Ok(()),
        Answer::Made(thing) | Answer::Shown(thing) => shown.thing(run, "$", *thing, &body),
        Answer::Given(number, given) => {
            let id = json!(run.id(Thing::Key(*number)));
            shows("$", "id", &Value::from(&id), &body)?;
            key(run, "$", *number, given, &body)
        }
        Answer::Session(customer) => {
            let id = json!(run.id(Thing::Customer(*customer)));
            shows("$", "customer_id", &Value::from(&id), &body)?;
            let customer = Thing::Customer(*customer);
            shown.thing(run, "$.customer", customer, member(&body, "customer"))
        }
        Answer::State(customer, running, granted) => {
            shown.thing(run, "$", Thing::Customer(*customer), &body)?;
            for (field, things) in [
                ("active_subscriptions", running),
                ("granted_benefits", granted),
            ] {
                let at = format!("$.{field}");
                let rows = rows(run, &at, things, false, member(&body, field))?;
                for (thing, row) in rows {
                    in_state(run, &format!("{at}[*]"), thing, row)?;
                }
            }
            Ok(())
        }
        Answer::Page {
            things,
            ordered,
            total,
            pages,
        } => {
            let pagination = member(&body, "pagination");
            for (field, count) in [("total_count", total), ("max_page", pages)] {
                shows(
                    "$.pagination",
                    field,
                    &Value::from(&json!(count)),
                    pagination,
                )?;
            }
            let items = member(&body, "items");
            learn_grants(run, things, items);
            for (thing, row) in rows(run, "$.items", things, *ordered, items)? {
                shown.thing(run, "$.items[*]", thing, row)?;
            }
            Ok(())
        }
    }
}

/// The body of a 422.
fn told(problems: &[Problem], request: &Request) -> Json {
    let body = request.body.as_deref().unwrap_or_default();
    let body: Json = serde_json::from_slice(body).unwrap_or_default();
    let problems = problems.iter().map(|problem| {
        let mut place = vec![json!("body"), json!(problem.field)];
        let mut input = &body[problem.field];
        if let Some(index) = problem.index {
            place.push(json!(index));
            input = &input[index];
        }
        json!({"type": "value_error", "loc": place, "msg": problem.message, "input": input})
    });
    json!({"error": "PolarRequestValidationError", "detail": problems.collect::<Vec<_>>()})
}

/// Learns the ids of grants and keys: a grant is known by its subscription and its benefit.
fn learn_grants(run: &mut Execution<'_>, things: &[Thing], items: &Value) {
    for (place, item) in items.as_array().unwrap_or_default().iter().enumerate() {
        let text = |value: &Value, field: &str| display(value.get(field));
        let (subscription, benefit) = (text(item, "subscription_id"), text(item, "benefit_id"));
        let found = things.iter().find_map(|thing| match thing {
            Thing::Grant(at) => {
                let grant = &run.model.grants[*at];
                let is_it = run.id(Thing::Subscription(grant.subscription)) == subscription
                    && run.id(Thing::Benefit(grant.benefit)) == benefit;
                is_it.then_some(*at)
            }
            _ => None,
        });
        let Some(at) = found else { continue };
        let id = text(item, "id");
        run.learn_listed(Thing::Grant(at), &id, &format!("items[{place}].id"));
        if run.model.key(at).is_some() {
            let field = "properties.license_key_id";
            let id = text(member(item, "properties"), "license_key_id");
            run.learn_listed(Thing::Key(at), &id, &format!("items[{place}].{field}"));
        }
    }
}

/// The rows of a list, each with what it shows; an error if others are there, or these in another order.
fn rows<'b>(
    run: &Execution<'_>,
    at: &str,
    things: &[Thing],
    ordered: bool,
    list: &'b Value,
) -> Result<Vec<(Thing, &'b Value)>, Mismatch> {
    let mut things = things.to_vec();
    let mut rows: Vec<&Value> = list.as_array().unwrap_or_default().iter().collect();
    if !ordered {
        things.sort_by_key(|thing| run.id(*thing).to_owned());
        rows.sort_by_key(|row| display(row.get("id")));
    }
    let expected: Vec<&str> = things.iter().map(|thing| run.id(*thing)).collect();
    let got: Vec<String> = rows.iter().map(|row| display(row.get("id"))).collect();
    if expected != got || list.as_array().is_none() {
        return Err(differs(at, &expected.join(", "), &got.join(", ")));
    }
    Ok(things.into_iter().zip(rows).collect())
}

/// What a customer's state shows of a subscription and a grant.
fn in_state(run: &mut Execution<'_>, at: &str, thing: Thing, body: &Value) -> Outcome {
    match thing {
        Thing::Subscription(number) => {
            let row = &run.model.subscriptions[number];
            let fields = [
                ("status", json!("active")),
                ("product_id", json!(run.id(Thing::Product(row.product)))),
                ("cancel_at_period_end", json!(row.stage == Stage::Ending)),
                ("amount", json!(0)),
                ("metadata", json!({})),
            ];
            all(at, &fields, body)?;
        }
        Thing::Grant(number) => {
            let grant = &run.model.grants[number];
            let terms = run.model.benefits[grant.benefit].terms;
            let fields = [
                ("benefit_id", json!(run.id(Thing::Benefit(grant.benefit)))),
                ("benefit_type", json!(kind(terms))),
                ("benefit_metadata", json!({})),
            ];
            all(at, &fields, body)?;
            names_key(run, at, number, body)?;
        }
        _ => {}
    }
    remember(run, at, thing, body)
}

/// What the core API shows, or the customer portal.
struct Shown {
    portal: bool,
}

impl Shown {
    fn thing(&self, run: &mut Execution<'_>, at: &str, thing: Thing, body: &Value) -> Outcome {
        let id = json!(run.id(thing));
        shows(at, "id", &Value::from(&id), body)?;
        match thing {
            Thing::Customer(number) => self.customer(run, at, number, body)?,
            Thing::Benefit(number) => self.benefit(run, at, number, body)?,
            Thing::Product(number) => self.product(run, at, number, body)?,
            Thing::Subscription(number) => self.subscription(run, at, number, body)?,
            Thing::Grant(number) => self.grant(run, at, number, body)?,
            Thing::Key(number) => match run.model.key(number) {
                Some(given) => key(run, at, number, given, body)?,
                None => return Err(differs(at, "no key", &body.display())),
            },
        }
        remember(run, at, thing, body)
    }

    fn customer(&self, run: &Execution<'_>, at: &str, number: usize, body: &Value) -> Outcome {
        let customer = &run.model.customers[number];
        let name = customer.name.map(|name| run.text("n", name));
        let fields = [
            ("email", json!(run.email(customer.email))),
            ("email_verified", json!(false)),
            ("name", json!(name)),
            // The name, until there is another one.
            ("billing_name", json!(name)),
            ("type", json!("individual")),
            ("billing_address", Json::Null),
            ("tax_id", Json::Null),
            ("locale", Json::Null),
        ];
        all(at, &fields, body)?;
        if self.portal {
            return Ok(());
        }
        let external = customer.external.map(|external| run.external(external));
        let fields = [
            ("external_id", json!(external)),
            ("organization_id", json!(run.organization)),
            ("metadata", json!({})),
        ];
        all(at, &fields, body)?;
        told_when(at, "deleted_at", !customer.live, body)
    }

    fn benefit(&self, run: &Execution<'_>, at: &str, number: usize, body: &Value) -> Outcome {
        let benefit = &run.model.benefits[number];
        let fields = [
            ("type", json!(kind(benefit.terms))),
            ("description", json!(run.text("b", benefit.description))),
            ("organization_id", json!(run.organization)),
            ("selectable", json!(true)),
            ("deletable", json!(true)),
            ("is_deleted", json!(!benefit.live)),
        ];
        all(at, &fields, body)?;
        if self.portal {
            return Ok(());
        }
        let fields = [
            ("properties", properties(benefit.terms)),
            ("metadata", json!({})),
            ("visibility", json!("public")),
        ];
        all(at, &fields, body)
    }

    fn product(&self, run: &mut Execution<'_>, at: &str, number: usize, body: &Value) -> Outcome {
        let product = run.model.products[number].clone();
        let recurs = product.plan != Plan::Once;
        let fields = [
            ("name", json!(run.text("p", product.name))),
            ("description", Json::Null),
            ("visibility", json!("public")),
            ("is_archived", json!(product.archived)),
            ("is_recurring", json!(recurs)),
            ("recurring_interval", json!(recurs.then_some("month"))),
            ("recurring_interval_count", json!(recurs.then_some(1))),
            ("organization_id", json!(run.organization)),
            ("trial_interval", Json::Null),
            ("trial_interval_count", Json::Null),
            ("medias", json!([])),
        ];
        all(at, &fields, body)?;
        let price = member(body, "prices").as_array().unwrap_or_default();
        let [price] = price else {
            let count = price.len().to_string();
            return Err(differs(&format!("{at}.prices"), "one price", &count));
        };
        let cents = if product.plan == Plan::Paid { 1000 } else { 0 };
        let fields = [
            ("amount_type", json!("fixed")),
            ("price_amount", json!(cents)),
            ("price_currency", json!("usd")),
            ("is_archived", json!(false)),
            ("product_id", json!(run.id(Thing::Product(number)))),
        ];
        all(&format!("{at}.prices[0]"), &fields, price)?;
        let benefits: Vec<Thing> = product.benefits.into_iter().map(Thing::Benefit).collect();
        let at = format!("{at}.benefits");
        let order = run.lease.can.seed;
        for (thing, row) in rows(run, &at, &benefits, order, member(body, "benefits"))? {
            self.thing(run, &format!("{at}[*]"), thing, row)?;
        }
        Ok(())
    }

    fn subscription(
        &self,
        run: &mut Execution<'_>,
        at: &str,
        number: usize,
        body: &Value,
    ) -> Outcome {
        let row = run.model.subscriptions[number].clone();
        let (customer, product) = (Thing::Customer(row.customer), Thing::Product(row.product));
        let status = if row.runs() { "active" } else { "canceled" };
        let ends = matches!(row.stage, Stage::Ending | Stage::RanOut);
        let fields = [
            ("status", json!(status)),
            ("customer_id", json!(run.id(customer))),
            ("product_id", json!(run.id(product))),
            ("amount", json!(0)),
            ("currency", json!("usd")),
            ("recurring_interval", json!("month")),
            ("recurring_interval_count", json!(1)),
            ("pause_at_period_end", json!(false)),
            ("pending_update", Json::Null),
            ("discount_id", Json::Null),
            ("checkout_id", Json::Null),
            ("customer_cancellation_reason", Json::Null),
            ("customer_cancellation_comment", Json::Null),
        ];
        all(at, &fields, body)?;
        if ends || row.runs() {
            let ends = json!(ends);
            shows(at, "cancel_at_period_end", &Value::from(&ends), body)?;
        }
        told_when(at, "canceled_at", row.stage != Stage::Running, body)?;
        told_when(at, "ends_at", row.stage != Stage::Running, body)?;
        told_when(at, "ended_at", !row.runs(), body)?;
        for field in ["started_at", "current_period_start", "current_period_end"] {
            told_when(at, field, true, body)?;
        }
        let at_product = format!("{at}.product");
        self.thing(run, &at_product, product, member(body, "product"))?;
        if self.portal {
            return Ok(());
        }
        shows(at, "metadata", &Value::from(&json!({})), body)?;
        let at = format!("{at}.customer");
        self.thing(run, &at, customer, member(body, "customer"))
    }

    fn grant(&self, run: &mut Execution<'_>, at: &str, number: usize, body: &Value) -> Outcome {
        let grant = run.model.grants[number].clone();
        let customer = Thing::Customer(run.model.holder(&grant));
        let benefit = Thing::Benefit(grant.benefit);
        let subscription = Thing::Subscription(grant.subscription);
        let fields = [
            ("is_granted", json!(grant.granted)),
            ("is_revoked", json!(!grant.granted)),
            ("customer_id", json!(run.id(customer))),
            ("benefit_id", json!(run.id(benefit))),
            ("subscription_id", json!(run.id(subscription))),
            ("order_id", Json::Null),
            ("error", Json::Null),
        ];
        all(at, &fields, body)?;
        told_when(at, "granted_at", grant.granted, body)?;
        told_when(at, "revoked_at", !grant.granted, body)?;
        names_key(run, at, number, body)?;
        let whose = format!("{at}.customer");
        self.thing(run, &whose, customer, member(body, "customer"))?;
        let of = format!("{at}.benefit");
        self.thing(run, &of, benefit, member(body, "benefit"))
    }
}

/// A grant names its key.
fn names_key(run: &Execution<'_>, at: &str, grant: usize, body: &Value) -> Outcome {
    let at = format!("{at}.properties");
    let found = member(body, "properties").get("license_key_id");
    let key = run.model.key(grant);
    let expected = key.map_or("nothing", |_| run.id(Thing::Key(grant)));
    match display(found) {
        got if got == expected => Ok(()),
        got => Err(differs(&format!("{at}.license_key_id"), expected, &got)),
    }
}

fn key(run: &Execution<'_>, at: &str, number: usize, key: &Key, body: &Value) -> Outcome {
    let grant = &run.model.grants[number];
    let holder = run.model.holder(grant);
    let fields = [
        ("status", json!(<&str>::from(key.status))),
        ("limit_activations", json!(key.limits.activations)),
        ("limit_usage", json!(key.limits.usage)),
        ("usage", json!(0)),
        ("validations", json!(0)),
        ("expires_at", Json::Null),
        ("customer_id", json!(run.id(Thing::Customer(holder)))),
        ("benefit_id", json!(run.id(Thing::Benefit(grant.benefit)))),
        ("organization_id", json!(run.organization)),
    ];
    all(at, &fields, body)
}

/// `created_at` and `modified_at` are as when it was last seen, unless something changed since.
fn remember(run: &mut Execution<'_>, at: &str, thing: Thing, body: &Value) -> Outcome {
    let model = &run.model;
    let revision = match thing {
        Thing::Customer(number) => model.customers[number].revision,
        Thing::Benefit(number) => model.benefits[number].revision,
        Thing::Product(number) => model.products[number].revision,
        Thing::Subscription(number) => model.subscriptions[number].revision,
        Thing::Grant(number) => model.grants[number].revision,
        Thing::Key(number) => model.key(number).map_or(0, |key| key.revision),
    };
    let seen = Seen {
        revision,
        created_at: display(body.get("created_at")),
        modified_at: display(body.get("modified_at")),
    };
    let Some(before) = run.seen.insert(thing, seen.clone()) else {
        return Ok(());
    };
    let differs = |field: &str, before: &str, now: &str| {
        let path = format!("{at}.{field}");
        Err(differs(&path, before, now))
    };
    if before.created_at != seen.created_at {
        return differs("created_at", &before.created_at, &seen.created_at);
    }
    if before.revision == seen.revision && before.modified_at != seen.modified_at {
        return differs("modified_at", &before.modified_at, &seen.modified_at);
    }
    Ok(())
}

fn all(at: &str, fields: &[(&str, Json)], body: &Value) -> Outcome {
    for (field, expected) in fields {
        shows(at, field, &Value::from(expected), body)?;
    }
    Ok(())
}

/// A moment where something happened, null where it did not.
fn told_when(at: &str, field: &str, happened: bool, body: &Value) -> Outcome {
    let shown = body.get(field);
    let expected = if happened { "a moment" } else { "null" };
    match shown {
        Some(Value::String(_)) if happened => Ok(()),
        Some(Value::Null) if !happened => Ok(()),
        _ => Err(differs(&format!("{at}.{field}"), expected, &display(shown))),
    }
}

fn kind(terms: Terms) -> &'static str {
    match terms {
        Terms::Custom => "custom",
        Terms::Keys(_) => "license_keys",
    }
}

fn member<'b>(body: &'b Value, field: &str) -> &'b Value {
    body.get(field).unwrap_or(&Value::Null)
}
