//! No value of `sorting` is ignored in silence (docs/behaviour.md#lists): each changes the order of a list, or the README says
//! that it does not.

use std::collections::BTreeSet;

use polar_mock::MockServer;
use serde_json::{Value, json};

use crate::wire::{ask, get};
use crate::world::{OAT, PORTAL};

const USER: &str = "polar_pat_sorting";

fn id(kind: u32, number: usize) -> String {
    format!("{kind}0000000-0000-4000-8000-00000000000{number}")
}

/// Three of everything, made one after the other. By whatever else they could be sorted, the second stands before the
/// first and the third behind it.
fn world() -> Value {
    let three = |row: &dyn Fn(usize, usize, &str) -> Value| -> Vec<Value> {
        let rows = [1, 0, 2].into_iter().zip(["b", "a", "c"]).enumerate();
        rows.map(|(number, (rank, text))| row(number, rank, text))
            .collect()
    };
    let made = |number: usize| format!("2026-01-0{}T00:00:00Z", number + 1);
    let moment = |rank: usize| format!("2026-02-0{}T00:00:00Z", rank + 1);
    let subscriptions = |of: &dyn Fn(usize) -> (String, String, Value)| {
        three(&|number, rank, _| {
            let (id, customer_id, metadata) = of(number);
            json!({
                "id": id, "customer_id": customer_id, "product_id": self::id(4, number), "metadata": metadata,
                "status": (["active", "past_due", "unpaid"][rank]), "created_at": made(number),
                "started_at": moment(rank), "current_period_start": moment(rank), "current_period_end": moment(rank),
                "ends_at": moment(rank), "ended_at": moment(rank), "discount_id": self::id(5, number),
            })
        })
    };
    // The customer of the portal stands beside the three.
    let guest =
        json!({"id": id(2, 3), "organization_id": id(1, 0), "email": "d@example.com", "name": "d"});
    let scopes = json!([
        "organizations:read",
        "products:read",
        "benefits:read",
        "subscriptions:read",
        "customers:read",
        "discounts:read",
        "checkout_links:read",
        "checkouts:read",
        "orders:read",
        "refunds:read",
    ]);
    let mut customers = three(&|number, _, text| {
        json!({
            "id": id(2, number), "organization_id": id(1, 0), "email": format!("{text}@example.com"), "name": text,
            "created_at": made(number),
        })
    });
    customers.push(guest);
    let mut all = subscriptions(&|number| (id(5, number), id(2, number), json!({"of": "seller"})));
    all.extend(subscriptions(&|number| {
        (id(7, number), id(2, 3), json!({}))
    }));
    let orders = |of: &dyn Fn(usize) -> (String, String, String, Value)| {
        three(&|number, rank, text| {
            let (id, customer_id, subscription_id, metadata) = of(number);
            json!({
                "id": id, "customer_id": customer_id, "product_id": self::id(4, number), "metadata": metadata,
                "status": (["paid", "refunded", "void"][rank]), "invoice_number": text, "net_amount": rank,
                "subtotal_amount": rank, "discount_id": self::id(5, number), "subscription_id": subscription_id,
                "created_at": made(number),
            })
        })
    };
    let seller = json!({"of": "seller"});
    let mut all_orders =
        orders(&|number| (id(5, number), id(2, number), id(5, number), seller.clone()));
    all_orders.extend(orders(&|number| {
        (id(7, number), id(2, 3), id(7, number), json!({}))
    }));
    let orders = all_orders;
    let mut grants = three(&|number, rank, _| {
        json!({
            "id": id(6, number), "customer_id": id(2, 3), "benefit_id": id(3, number), "subscription_id": id(7, 0),
            "created_at": made(number), "granted_at": moment(rank),
        })
    });
    grants.extend(three(&|number, rank, _| {
        json!({
            "id": id(8, number), "customer_id": id(2, number), "benefit_id": id(3, number), "subscription_id": id(5, 0),
            "created_at": made(number), "revoked_at": moment(rank),
        })
    }));
    json!({
        "organizations": three(&|number, _, text| {
            let mut tokens = vec![json!({"token": USER, "scopes": scopes})];
            if number == 0 {
                tokens.push(json!({"token": OAT, "scopes": scopes}));
            }
            json!({"id": id(1, number), "slug": text, "name": text, "created_at": made(number), "access_tokens": tokens})
        }),
        "customers": customers,
        "customer_sessions": [{"token": PORTAL, "customer_id": id(2, 3), "expires_at": "9999-01-01T00:00:00Z"}],
        "benefits": three(&|number, rank, text| json!({
            "id": id(3, number), "organization_id": id(1, 0), "description": text, "created_at": made(number),
            "visibility": "public",
            "type": (["custom", "feature_flag", "license_keys"][rank]), "properties": {},
        })),
        "products": three(&|number, rank, text| json!({
            "id": id(4, number), "organization_id": id(1, 0), "name": text, "recurring_interval": "month",
            "created_at": made(number), "benefits": [id(3, 1), id(3, 0), id(3, 2)],
            "prices": [{"id": id(9, number), "amount_type": (["custom", "fixed", "seat_based"][rank]), "amount": {"minimum_amount": 500, "price_amount": (rank + 1) * 1_000, "seat_tiers": {"tiers": [{"min_seats": 1, "max_seats": null, "price_per_seat": (rank + 1) * 1_000}]}}}],
        })),
        "discounts": three(&|number, rank, text| json!({
            "id": id(5, number), "organization_id": id(1, 0), "name": text, "code": text, "basis_points": 1,
            "redemptions_count": rank, "ends_at": moment(rank), "created_at": made(number),
        })),
        "checkout_links": three(&|number, rank, text| json!({
            "id": id(6, number), "organization_id": id(1, 0), "client_secret": text, "products": [id(4, 0)],
            "label": text, "success_url": text, "allow_discount_codes": rank > 0, "created_at": made(number),
        })),
        "checkouts": three(&|number, rank, text| json!({
            "id": id(6, number), "organization_id": id(1, 0), "client_secret": text, "products": [id(4, 0)],
            "product_id": id(4, 0), "product_price_id": id(9, 0), "currency": "usd", "amount": 500, "net_amount": 500,
            "status": (["confirmed", "expired", "open"][rank]), "created_at": made(number),
            "expires_at": moment(rank).replace("2026", "9998"),
        })),
        "orders": orders,
        "refunds": three(&|number, rank, _| json!({
            "id": id(6, number), "order_id": id(5, 0), "reason": "other", "amount": rank + 1, "created_at": made(number),
        })),
        "subscriptions": all,
        "benefit_grants": grants,
    })
}

/// The lists that can be sorted, and by what.
fn sortings(document: &Value) -> Vec<(String, Vec<String>)> {
    let mut found = Vec::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        let parameters = item["get"]["parameters"].as_array();
        for parameter in parameters.into_iter().flatten() {
            // The world has no grants that the portal shows.
            if parameter["name"] != "sorting" || path == "/v1/customer-portal/benefit-grants/" {
                continue;
            }
            let alternatives = parameter["schema"]["anyOf"].as_array().unwrap();
            let items = alternatives.iter().find_map(|kind| kind.get("items"));
            let reference = items.unwrap()["$ref"].as_str().unwrap();
            let criteria = &document.pointer(&reference[1..]).unwrap()["enum"];
            let criteria = criteria.as_array().unwrap().iter();
            let names = criteria.map(|name| name.as_str().unwrap());
            let names = names.filter(|name| !name.starts_with('-'));
            found.push((path.clone(), names.map(str::to_owned).collect()));
        }
    }
    found
}

async fn order(server: &MockServer, path: &str, criterion: &str) -> Vec<char> {
    let token = match path {
        "/v1/organizations/" => USER,
        path if path.starts_with("/v1/customer-portal/") => PORTAL,
        _ => OAT,
    };
    let filter = match path {
        "/v1/benefit-grants/" if !criterion.ends_with("revoked_at") => "&is_granted=true",
        "/v1/subscriptions/" | "/v1/orders/" => "&metadata[of]=seller",
        "/v1/benefit-grants/" => "&is_granted=false",
        _ => "",
    };
    let answer = get(&format!("{path}?sorting={criterion}{filter}")).bearer(token);
    let answer = answer.send(server).await.expect(200);
    let items = answer["items"].as_array().unwrap().iter();
    items
        .map(|item| item["id"].as_str().unwrap().chars().last().unwrap())
        .filter(|number| *number != '3')
        .collect()
}

/// The table of the README: lists and what sorts nothing in them.
fn listed() -> BTreeSet<(String, String)> {
    let (_, section) = include_str!("../../README.md")
        .split_once("| `sorting` of | by | why it changes nothing |")
        .expect("the table");
    let rows = section.lines().skip(2);
    let rows = rows.take_while(|line| line.starts_with('|'));
    let names = |cell: &str| -> Vec<String> {
        let names = cell.split('`').skip(1).step_by(2);
        names.map(str::to_owned).collect()
    };
    rows.flat_map(|row| {
        let cells: Vec<&str> = row.split('|').collect();
        let path = names(cells[1]).remove(0);
        names(cells[2])
            .into_iter()
            .map(move |name| (path.clone(), name))
    })
    .collect()
}

#[tokio::test]
async fn every_criterion_sorts_or_is_listed() {
    let server = MockServer::start().await.unwrap();
    let put = ask("PUT", "/_mock/state").json(world().to_string());
    let loaded = put.send(&server).await;
    assert_eq!(loaded.status, 204, "{}", loaded.text());
    let document = get("/2026-04/openapi.json").send(&server).await.expect(200);
    let mut without_effect = BTreeSet::new();
    for (path, criteria) in sortings(&document) {
        for criterion in criteria {
            let up = order(&server, &path, &criterion).await;
            let down = order(&server, &path, &format!("-{criterion}")).await;
            let reversed: Vec<char> = up.iter().rev().copied().collect();
            assert_eq!(down, reversed, "{path} {criterion}");
            let sorts = match criterion.as_str() {
                "created_at" | "subscription" => up == ['0', '1', '2'],
                "days_in_status" => up == ['2', '1', '0'],
                _ => up == ['1', '0', '2'],
            };
            if !sorts {
                without_effect.insert((path.clone(), criterion));
            }
        }
    }
    assert_eq!(without_effect, listed());
}
