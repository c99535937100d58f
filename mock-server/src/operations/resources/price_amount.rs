//! What the kinds of prices say of the amount.

use serde_json::{Map, Value as Json, json};

use crate::state::Price;

/// Everything that the kind of a price says, given or not, in the order of the API.
pub(super) fn amount(price: &Price) -> Map<String, Json> {
    let given = |name: &str| field(&price.amount, name);
    let fields = match price.amount_type.as_str() {
        "custom" => vec![
            ("minimum_amount", or(given("minimum_amount"), json!(50))),
            ("maximum_amount", given("maximum_amount")),
            ("preset_amount", given("preset_amount")),
        ],
        "seat_based" => vec![("seat_tiers", seat_tiers(&given("seat_tiers")))],
        "unit_based" => vec![
            ("tiers", unit_tiers(&given("tiers"))),
            ("minimum_units", given("minimum_units")),
            ("unit_label", given("unit_label")),
            ("maximum_units", last(&given("tiers"), "bound")),
        ],
        "metered_unit" => vec![
            ("unit_amount", decimal(&given("unit_amount"))),
            ("cap_amount", given("cap_amount")),
            ("meter_id", given("meter_id")),
            ("meter", meter(given("meter_id"))),
        ],
        _ => return price.amount.clone(),
    };
    fields
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value))
        .collect()
}

fn field(object: &Map<String, Json>, name: &str) -> Json {
    object.get(name).cloned().unwrap_or_default()
}

fn or(value: Json, default: Json) -> Json {
    if value.is_null() { default } else { value }
}

fn tiers(of: &Json) -> &[Json] {
    of["tiers"].as_array().map_or(&[], Vec::as_slice)
}

fn last(of: &Json, name: &str) -> Json {
    tiers(of)
        .last()
        .map_or(Json::Null, |tier| tier[name].clone())
}

fn seat_tiers(given: &Json) -> Json {
    let shown: Vec<Json> = tiers(given)
        .iter()
        .map(|tier| {
            json!({
                "min_seats": tier["min_seats"],
                "max_seats": tier["max_seats"],
                "price_per_seat": tier["price_per_seat"],
            })
        })
        .collect();
    json!({
        "seat_tier_type": or(given["seat_tier_type"].clone(), json!("volume")),
        "tiers": shown,
        "minimum_seats": tiers(given).first().map_or(Json::Null, |tier| tier["min_seats"].clone()),
        "maximum_seats": last(given, "max_seats"),
    })
}

fn unit_tiers(given: &Json) -> Json {
    let shown: Vec<Json> = tiers(given)
        .iter()
        .map(|tier| json!({"bound": tier["bound"], "unit_amount": decimal(&tier["unit_amount"])}))
        .collect();
    json!({"type": given["type"], "tiers": shown})
}

/// Decimal numbers are texts in answers, without an exponent.
fn decimal(given: &Json) -> Json {
    match given {
        Json::Number(number) if number.is_f64() => number
            .as_f64()
            .map_or(Json::Null, |number| number.to_string().into()),
        Json::Number(number) => number.to_string().into(),
        other => other.clone(),
    }
}

/// Meters themselves are not part of this mock.
fn meter(id: Json) -> Json {
    json!({"id": id, "name": "", "unit": "scalar", "custom_label": null, "custom_multiplier": null})
}
