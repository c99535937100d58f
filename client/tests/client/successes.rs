//! Every recorded success body decodes into the type that the client returns for its operation.

use std::{collections::BTreeSet, path::Path};

use polar_client::{Error, OperationFacts, ResponseValue, license_keys};
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::support::each_recording;

/// Decodes a body; the error says where in the body and why.
type Decode = fn(&str) -> Result<(), String>;

fn decode<T: DeserializeOwned>(body: &str) -> Result<(), String> {
    let mut deserializer = serde_json::Deserializer::from_str(body);
    match serde_path_to_error::deserialize::<_, T>(&mut deserializer) {
        Ok(_) => Ok(()),
        Err(error) => Err(format!("at `{}`: {}", error.path(), error.inner())),
    }
}

/// The decoder of what a call returns. The call is never made; it only names the type.
fn returned_by<C, F, T, E>(_: fn(&'static C) -> F) -> Decode
where
    F: Future<Output = Result<ResponseValue<T>, Error<E>>>,
    T: DeserializeOwned,
{
    decode::<T>
}

macro_rules! decoders {
    ($module:ident: $($operation:ident)*) => {
        [$((
            stringify!($operation),
            returned_by(|client: &$module::Client| client.$operation().send()),
        )),*]
    };
}

/// The decoder of each operation, by the name of its method.
fn decoders() -> Vec<(&'static str, Decode)> {
    let license_keys = decoders!(license_keys:
        license_keys_list license_keys_get license_keys_update license_keys_rotate
        license_keys_get_activation license_keys_validate license_keys_activate
        license_keys_deactivate customer_portal_license_keys_list customer_portal_license_keys_get
        customer_portal_license_keys_rotate customer_portal_license_keys_validate
        customer_portal_license_keys_activate customer_portal_license_keys_deactivate
        customer_sessions_create
    );
    #[cfg_attr(
        not(any(feature = "provisioning", feature = "sales")),
        expect(unused_mut, reason = "one group only")
    )]
    let mut all = license_keys.to_vec();
    #[cfg(feature = "provisioning")]
    {
        use polar_client::provisioning;
        all.extend(decoders!(provisioning:
            organizations_list organizations_get subscriptions_list subscriptions_create
            subscriptions_get subscriptions_update subscriptions_revoke benefits_list
            benefits_create benefits_get benefits_update benefits_delete benefits_grants
            benefit_grants_list webhooks_list_webhook_endpoints
            webhooks_create_webhook_endpoint webhooks_get_webhook_endpoint
            webhooks_update_webhook_endpoint webhooks_delete_webhook_endpoint
            webhooks_reset_webhook_endpoint_secret webhooks_list_webhook_deliveries
            webhooks_redeliver_webhook_event products_list products_create products_get
            products_update products_update_benefits customers_list customers_create
            customers_get customers_update customers_delete customers_get_external
            customers_update_external customers_delete_external customers_get_state
            customers_get_state_external customer_portal_benefit_grants_list
            customer_portal_benefit_grants_get customer_portal_customers_get
            customer_portal_orders_list customer_portal_orders_get
            customer_portal_subscriptions_list customer_portal_subscriptions_get
        ));
    }
    #[cfg(feature = "sales")]
    {
        use polar_client::sales;
        all.extend(decoders!(sales:
            orders_list orders_get orders_update orders_generate_invoice orders_invoice
            refunds_list refunds_create checkouts_list checkouts_create checkouts_get
            checkouts_update checkouts_client_get checkouts_client_update
            checkouts_client_confirm checkout_links_list checkout_links_create checkout_links_get
            checkout_links_update checkout_links_delete discounts_list discounts_create
            discounts_get discounts_update discounts_delete customer_portal_orders_update
            customer_portal_orders_generate_invoice customer_portal_orders_invoice
        ));
    }
    all
}

/// Every operation of the client.
fn operations() -> impl Iterator<Item = &'static OperationFacts> {
    const GROUPS: &[&[OperationFacts]] = &[
        license_keys::OPERATIONS,
        #[cfg(feature = "provisioning")]
        polar_client::provisioning::OPERATIONS,
        #[cfg(feature = "sales")]
        polar_client::sales::OPERATIONS,
    ];
    GROUPS.iter().copied().flatten()
}

/// The operation that a request asks for, if the client has it. A literal step of a path wins over a parameter.
fn operation(method: &str, target: &str) -> Option<&'static OperationFacts> {
    let path = target.split('?').next().unwrap_or(target);
    let path = percent_encoding::percent_decode_str(path).decode_utf8_lossy();
    let steps: Vec<_> = path.split('/').collect();
    let literal_steps = |facts: &&OperationFacts| {
        let wanted: Vec<_> = facts.path.split('/').collect();
        let mut pairs = wanted.iter().zip(&steps);
        let matches = wanted.len() == steps.len()
            && pairs.all(|(wanted, step)| wanted.starts_with('{') || wanted == step);
        let literals = wanted.iter().filter(|step| !step.starts_with('{')).count();
        (facts.method == method && matches).then_some(literals)
    };
    let candidates = operations().filter(|facts| literal_steps(facts).is_some());
    candidates.max_by_key(literal_steps)
}

#[test]
fn every_operation_of_the_client_has_a_decoder() {
    let named: BTreeSet<_> = decoders().into_iter().map(|(name, _)| name).collect();
    let known: BTreeSet<_> = operations().map(|facts| facts.name).collect();
    assert_eq!(named, known);
}

#[test]
fn every_recorded_success_body_decodes() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../conformance/recordings");
    let decoders = decoders();
    // Here the server repeats a moment as it was given, or shows one that no type of Rust's has.
    let repeated = [
        ("validate/laxities.json", &["day alone", "no offset"][..]),
        (
            "patch/expires-at-infinity.json",
            &[
                "first moment, read",
                "first moment, listed",
                "last moment, read",
            ],
        ),
        ("discounts/rules.json", &["moment without an offset"]),
    ];
    let (mut decoded, mut failures, mut unknown) = (BTreeSet::new(), Vec::new(), BTreeSet::new());
    each_recording(&root, &mut |file, recording| {
        each_success(recording, "", &mut |step, request, body| {
            let [method, target] = ["method", "path"].map(|name| request[name].as_str().unwrap());
            let Some(facts) = operation(method, target) else {
                unknown.insert(format!("{method} {target}"));
                return;
            };
            let decoder = decoders.iter().find(|(name, _)| *name == facts.name);
            let (name, decode) = decoder.unwrap();
            decoded.insert(*name);
            let is_repeated = repeated
                .iter()
                .any(|(known, steps)| file.ends_with(known) && steps.contains(&step));
            if let Err(error) = decode(&filled(body).to_string())
                && !is_repeated
            {
                failures.push(format!("{}, step `{step}`, {name} {error}", file.display()));
            }
        });
    });
    assert!(failures.is_empty(), "{}", failures.join("\n"));
    assert!(
        decoded.len() >= 12,
        "bodies of only a few operations were found: {decoded:?}"
    );
    #[cfg(all(feature = "provisioning", feature = "sales"))]
    {
        // The older paths of checkouts are in no document.
        unknown.retain(|request| !request.contains(" /v1/checkouts/custom/"));
        assert_eq!(unknown, BTreeSet::from(["GET /healthz".to_owned()]));
    }
}

/// Finds the requests that were answered from 200 to 299 with a JSON body, with the name of their step.
fn each_success(value: &Value, step: &str, found: &mut impl FnMut(&str, &Value, &Value)) {
    match value {
        Value::Object(fields) => {
            let step = value["name"].as_str().unwrap_or(step);
            let (request, response) = (&value["request"], &value["response"]);
            let status = response["status"].as_u64();
            if let (Some(200..=299), Some(body)) = (status, response.get("body")) {
                found(step, request, body);
            }
            for value in fields.values() {
                each_success(value, step, found);
            }
        }
        Value::Array(values) => {
            for value in values {
                each_success(value, step, found);
            }
        }
        _ => {}
    }
}

/// The body with a value for every placeholder (`conformance/recordings/README.md`).
fn filled(body: &Value) -> Value {
    match body {
        Value::String(text) => Value::String(fill(text)),
        Value::Array(items) => items.iter().map(filled).collect(),
        Value::Object(fields) => fields
            .iter()
            .map(|(name, value)| (name.clone(), filled(value)))
            .collect(),
        other => other.clone(),
    }
}

fn fill(text: &str) -> String {
    let Some((before, rest)) = text.split_once('<') else {
        return text.to_owned();
    };
    let Some((placeholder, after)) = rest.split_once('>') else {
        return text.to_owned();
    };
    let value = match placeholder.split([':', '+', '|']).next() {
        Some("time" | "now") => "2026-11-20T12:00:00.123456Z",
        Some("key") => "1C285B2D-6CE6-4BC7-B8BE-ADB6A7E304DA",
        Some("key_end") => "E304DA",
        Some("token" | "secret") => "a8Hn3kQ9sT2vXy5zB7cD",
        Some("frontend" | "base") => "https://polar.test",
        Some(_) if placeholder.contains(':') => "6a0e4a52-8c7b-4d1e-9b3a-5a1c2d3e4f01",
        // Not a placeholder, but text in angle brackets.
        _ => return format!("{before}<{}", fill(rest)),
    };
    format!("{before}{value}{}", fill(after))
}
