//! Invalid bodies: the errors, their order and their messages (docs/behaviour.md#bodies and
//! docs/behaviour.md#validation-errors).

use serde_json::{Value, json};

use super::case::{BOTH, CORE, Case, case};
use super::context::Context;
use super::received::Outcome;
use crate::provision::KeySpec;
use crate::wire::Request;

pub(super) const CASES: &[Case] = &[
    case!(
        BOTH,
        "validation-errors",
        "body/key-missing",
        "validate requires a key",
        |context| problem(context, "validate", json!({"key": REMOVED}), missing("key"))
    ).core(),
    case!(
        BOTH,
        "validation-errors",
        "body/organization-missing",
        "validate requires an organization",
        |context| problem(
            context,
            "validate",
            json!({"organization_id": REMOVED}),
            missing("organization_id")
        )
    ).says(&["guide/one-organization", "reference/validation-error"]).core(),
    case!(
        BOTH,
        "validation-errors",
        "body/activation-missing",
        "deactivate requires an activation",
        |context| problem(
            context,
            "deactivate",
            json!({"activation_id": REMOVED}),
            missing("activation_id")
        )
    ),
    case!(
        BOTH,
        "validation-errors",
        "body/key-number",
        "a key cannot be a number",
        |context| problem(context, "validate", json!({"key": 5}), string("key", 5))
    ),
    case!(BOTH, "validation-errors", "body/key-null", "a key cannot be null", |context| problem(
        context,
        "activate",
        json!({"key": null}),
        string("key", Value::Null)
    )),
    case!(
        BOTH,
        "validation-errors",
        "body/label-boolean",
        "a label must be a string; other values are not converted",
        |context| problem(
            context,
            "activate",
            json!({"label": true}),
            string("label", true)
        )
    ),
    case!(
        BOTH,
        "validation-errors",
        "body/organization-number",
        "an id must be a string",
        |context| problem(
            context,
            "validate",
            json!({"organization_id": 7}),
            json!({"type": "uuid_type", "loc": ["body", "organization_id"],
                "msg": "UUID input should be a string, bytes or UUID object", "input": 7})
        )
    ),
    case!(
        BOTH,
        "validation-errors",
        "body/organization-word",
        "a malformed id is refused, and the message names the first wrong character",
        |context| problem(
            context,
            "validate",
            json!({"organization_id": "nonsense"}),
            uuid(
                "organization_id",
                "nonsense",
                "invalid character: found `n` at 1"
            )
        )
    ),
    case!(
        BOTH,
        "validation-errors",
        "body/activation-empty",
        "an empty id is refused as too short",
        |context| problem(
            context,
            "validate",
            json!({"activation_id": ""}),
            uuid(
                "activation_id",
                "",
                "invalid length: expected length 32 for simple format, found 0"
            )
        )
    ),
    case!(
        BOTH,
        "validation-errors",
        "body/benefit-of-another-version",
        "an id must be a UUID of version 4",
        |context| problem(
            context,
            "validate",
            json!({"benefit_id": NIL}),
            json!({"type": "uuid_version", "loc": ["body", "benefit_id"], "msg": "UUID version 4 expected",
                "input": NIL, "ctx": {"expected_version": 4}})
        )
    ),
    case!(
        BOTH,
        "validation-errors",
        "body/increment-negative",
        "an increment cannot be negative",
        |context| problem(
            context,
            "validate",
            json!({"increment_usage": -1}),
            json!({"type": "greater_than_equal", "loc": ["body", "increment_usage"],
                "msg": "Input should be greater than or equal to 0", "input": -1, "ctx": {"ge": 0}})
        )
    ),
    case!(
        BOTH,
        "validation-errors",
        "body/increment-fraction",
        "an increment cannot have a fraction",
        |context| problem(
            context,
            "validate",
            json!({"increment_usage": 1.5}),
            json!({"type": "int_from_float", "loc": ["body", "increment_usage"],
                "msg": "Input should be a valid integer, got a number with a fractional part", "input": 1.5})
        )
    ),
    case!(
        BOTH,
        "validation-errors",
        "body/increment-word",
        "an increment cannot be a word",
        |context| problem(
            context,
            "validate",
            json!({"increment_usage": "many"}),
            json!({"type": "int_parsing", "loc": ["body", "increment_usage"],
                "msg": "Input should be a valid integer, unable to parse string as an integer", "input": "many"})
        )
    ),
    case!(
        BOTH,
        "validation-errors",
        "body/increment-list",
        "an increment cannot be a list",
        |context| problem(
            context,
            "validate",
            json!({"increment_usage": [1]}),
            json!({"type": "int_type", "loc": ["body", "increment_usage"],
                "msg": "Input should be a valid integer", "input": [1]})
        )
    ),
    case!(
        BOTH,
        "lax-conversions",
        "body/increment-spelled",
        "an increment may be a string that holds a number, a float without a fraction, or a boolean",
        increment_spelled
    ),
    case!(
        BOTH,
        "validation-errors",
        "body/conditions-null",
        "conditions may be omitted but not null",
        |context| problem(
            context,
            "activate",
            json!({"conditions": null}),
            dictionary("conditions", Value::Null)
        )
    ),
    case!(
        BOTH,
        "validation-errors",
        "body/meta-list",
        "meta must be an object",
        |context| problem(
            context,
            "activate",
            json!({"meta": [1]}),
            dictionary("meta", json!([1]))
        )
    ),
    case!(
        BOTH,
        "validation-errors",
        "body/meta-key-long",
        "a name in meta may have 40 characters at most",
        |context| {
            let name = "n".repeat(41);
            let problem_of_name = json!({"type": "string_too_long", "loc": ["body", "meta", name, "[key]"],
                "msg": "String should have at most 40 characters", "input": name, "ctx": {"max_length": 40}});
            problem(
                context,
                "activate",
                json!({"meta": {name: 1}}),
                problem_of_name,
            )
        }
    ).says(&["reference/condition-limits"]),
    case!(
        BOTH,
        "validation-errors",
        "body/meta-key-empty",
        "a name in meta cannot be empty",
        |context| problem(
            context,
            "activate",
            json!({"meta": {"": 1}}),
            json!({"type": "string_too_short", "loc": ["body", "meta", "", "[key]"],
                "msg": "String should have at least 1 character", "input": "", "ctx": {"min_length": 1}})
        )
    ),
    case!(
        BOTH,
        "validation-errors",
        "body/conditions-51",
        "more than 50 conditions are refused",
        conditions_51
    ).says(&["reference/condition-limits"]),
    case!(
        BOTH,
        "validation-errors",
        "body/conditions-50",
        "50 conditions are accepted",
        conditions_50
    ),
    case!(
        BOTH,
        "validation-errors",
        "body/meta-value-object",
        "a value in meta must be a string, an integer, a float or a boolean; the answer lists one error for each",
        meta_value_object
    ).says(&["reference/condition-limits"]),
    case!(
        BOTH,
        "validation-errors",
        "body/nul-character",
        "a NUL character is refused",
        |context| problem(
            context,
            "validate",
            json!({"key": "A\0B"}),
            json!({"type": "value_error", "loc": ["body", "key"],
                "msg": "Value error, This value contains invalid characters", "input": "A\0B", "ctx": {"error": {}}})
        )
    ),
    case!(
        BOTH,
        "validation-errors",
        "body/everything-wrong",
        "every invalid field is reported, in the order of the fields",
        everything_wrong
    ).says(&["reference/validation-error"])
    .strict(),
    case!(
        BOTH,
        "validation-errors",
        "body/two-ids-wrong",
        "each malformed id is reported, with the reason",
        two_ids_wrong
    ),
    case!(
        BOTH,
        "bodies",
        "body/unknown-fields",
        "unknown fields are ignored",
        unknown_fields
    ),
    case!(
        BOTH,
        "lax-conversions",
        "body/id-spellings",
        "an id may be in upper case, without hyphens, in braces, or a URN",
        id_spellings
    ),
    case!(
        BOTH,
        "bodies",
        "body/empty",
        "an empty body counts as missing",
        |context| raw(context, "application/json", "", nothing())
    ),
    case!(
        BOTH,
        "bodies",
        "body/null",
        "a body of null counts as missing",
        |context| raw(context, "application/json", "null", nothing())
    ),
    case!(BOTH, "bodies", "body/list", "a list is refused: the body must be an object", |context| raw(
        context,
        "application/json",
        "[]",
        no_object(json!([]))
    )),
    case!(
        BOTH,
        "bodies",
        "body/text-plain",
        "without a JSON content type, the body is read as a string",
        |context| raw(context, "text/plain", "{}", no_object(json!("{}")))
    ),
    case!(
        BOTH,
        "bodies",
        "body/malformed",
        "malformed JSON is refused, and the error says what is wrong and where",
        |context| raw(
            context,
            "application/json",
            "{\"key\": }",
            json!({"type": "json_invalid", "loc": ["body", 8], "msg": "JSON decode error", "input": {},
                "ctx": {"error": "Expecting value"}})
        )
    )
    .strict(),
    case!(
        BOTH,
        "bodies",
        "body/vendor-json",
        "a content type that ends in +json counts as JSON",
        vendor_json
    ),
    case!(
        BOTH,
        "bodies",
        "body/duplicate-names",
        "the last of two fields with the same name counts",
        duplicate_names
    ),
    case!(
        CORE,
        "order-of-checks",
        "body/malformed-before-token",
        "malformed JSON is refused before a missing token",
        malformed_before_token
    )
    .strict(),
    case!(
        CORE,
        "order-of-checks",
        "body/token-before-fields",
        "a missing token is refused before invalid fields",
        token_before_fields
    )
    .strict(),
];

const REMOVED: &str = "(removed)";
const NIL: &str = "00000000-0000-0000-0000-000000000000";

fn missing(field: &str) -> Value {
    json!({"type": "missing", "loc": ["body", field], "msg": "Field required", "input": "(body)"})
}

fn string(field: &str, input: impl Into<Value>) -> Value {
    json!({"type": "string_type", "loc": ["body", field], "msg": "Input should be a valid string", "input": input.into()})
}

fn uuid(field: &str, input: &str, reason: &str) -> Value {
    json!({"type": "uuid_parsing", "loc": ["body", field], "msg": format!("Input should be a valid UUID, {reason}"),
        "input": input, "ctx": {"error": reason}})
}

fn dictionary(field: &str, input: Value) -> Value {
    json!({"type": "dict_type", "loc": ["body", field], "msg": "Input should be a valid dictionary", "input": input})
}

fn nothing() -> Value {
    json!({"type": "missing", "loc": ["body"], "msg": "Field required", "input": null})
}

fn no_object(input: Value) -> Value {
    json!({"type": "model_attributes_type", "loc": ["body"],
        "msg": "Input should be a valid dictionary or object to extract fields from", "input": input})
}

/// Sends a valid body with these fields changed; the answer must be this one error.
async fn problem(context: Context, operation: &str, change: Value, mut expected: Value) -> Outcome {
    let key = context.key(KeySpec::default()).await?;
    let mut body = json!({"key": key.key, "organization_id": key.organization});
    match operation {
        "activate" => body["label"] = json!("a device"),
        "deactivate" => body["activation_id"] = json!(super::UNKNOWN_ACTIVATION),
        _ => {}
    }
    if let (Value::Object(body), Value::Object(change)) = (&mut body, change) {
        for (name, value) in change {
            if value == REMOVED {
                body.remove(&name);
            } else {
                body.insert(name, value);
            }
        }
    }
    // The error of a missing field quotes the whole body.
    if expected["input"] == "(body)" {
        expected["input"] = body.clone();
    }
    send(&context, operation, body).await?.invalid(&[expected])
}

async fn send(
    context: &Context,
    operation: &str,
    body: Value,
) -> Result<super::Received, super::Stop> {
    let token = (context.api() == super::Api::Core).then(|| context.token());
    let path = format!("{}/{operation}", context.api().prefix());
    context.as_caller(token, "POST", &path, Some(body)).await
}

/// Sends these bytes to validate.
async fn raw(context: Context, content_type: &str, text: &str, expected: Value) -> Outcome {
    context.setup(&[]).await?;
    let request = request(&context, content_type, text);
    context.send(request).await?.invalid(&[expected])
}

fn request(context: &Context, content_type: &str, text: &str) -> Request {
    let path = format!("{}/validate", context.api().prefix());
    let mut request = Request::new("POST", &path).header("Content-Type", content_type);
    if context.api() == super::Api::Core {
        request = request.header("Authorization", &format!("Bearer {}", context.token()));
    }
    request.body = Some(text.as_bytes().to_vec());
    request
}

async fn increment_spelled(context: Context) -> Outcome {
    let key = context.key(KeySpec::default()).await?;
    for (increment, usage) in [
        (json!("3"), 3),
        (json!(2.0), 5),
        (json!(" 1 "), 6),
        (json!("1_0"), 16),
        (json!(true), 17),
        (json!(null), 17),
    ] {
        context
            .validate(&key, json!({"increment_usage": increment}))
            .await?
            .shows(200, &[("usage", json!(usage))])?;
    }
    Ok(())
}

fn conditions(count: usize) -> Value {
    (0..count).map(|n| (format!("c{n}"), json!(n))).collect()
}

async fn conditions_51(context: Context) -> Outcome {
    let given = conditions(51);
    let expected = json!({"type": "too_long", "loc": ["body", "conditions"],
        "msg": "Dictionary should have at most 50 items after validation, not 51", "input": given,
        "ctx": {"field_type": "Dictionary", "max_length": 50, "actual_length": 51}});
    problem(context, "activate", json!({"conditions": given}), expected).await
}

async fn conditions_50(context: Context) -> Outcome {
    let key = context.key(KeySpec::default()).await?;
    let given = json!({"conditions": conditions(50)});
    context.activate(&key, given).await?.has_status(200)
}

async fn meta_value_object(context: Context) -> Outcome {
    let key = context.key(KeySpec::default()).await?;
    let item = |kind: &str, member: &str, msg: &str| json!({"type": kind, "loc": ["body", "meta", "a", member], "msg": msg, "input": {}});
    let body = json!({"key": key.key, "organization_id": key.organization, "label": "x", "meta": {"a": {}}});
    send(&context, "activate", body).await?.invalid(&[
        item(
            "string_type",
            "constrained-str",
            "Input should be a valid string",
        ),
        item("int_type", "int", "Input should be a valid integer"),
        item("float_type", "float", "Input should be a valid number"),
        item("bool_type", "bool", "Input should be a valid boolean"),
    ])
}

async fn everything_wrong(context: Context) -> Outcome {
    context.setup(&[]).await?;
    let body = json!({"meta": 1, "conditions": 2, "organization_id": [], "key": {}});
    send(&context, "activate", body.clone()).await?.invalid(&[
        string("key", json!({})),
        json!({"type": "uuid_type", "loc": ["body", "organization_id"],
            "msg": "UUID input should be a string, bytes or UUID object", "input": []}),
        json!({"type": "missing", "loc": ["body", "label"], "msg": "Field required", "input": body}),
        dictionary("conditions", json!(2)),
        dictionary("meta", json!(1)),
    ])
}

async fn two_ids_wrong(context: Context) -> Outcome {
    context.setup(&[]).await?;
    let body = json!({"key": "ANY", "organization_id": "", "activation_id": "x"});
    let found = "invalid character: found `x` at 1";
    send(&context, "deactivate", body).await?.invalid(&[
        uuid(
            "organization_id",
            "",
            "invalid length: expected length 32 for simple format, found 0",
        ),
        uuid("activation_id", "x", found),
    ])
}

async fn unknown_fields(context: Context) -> Outcome {
    let key = context.key(KeySpec::default()).await?;
    let more = json!({"label": "ignored", "nobody": {"asked": null}});
    context
        .validate(&key, more)
        .await?
        .shows(200, &[("id", json!(key.id))])
}

async fn id_spellings(context: Context) -> Outcome {
    let key = context.key(KeySpec::default()).await?;
    let id = &key.organization;
    for spelling in [
        id.to_uppercase(),
        id.replace('-', ""),
        format!("{{{id}}}"),
        format!("urn:uuid:{id}"),
    ] {
        context
            .validate(&key, json!({"organization_id": spelling}))
            .await?
            .has_status(200)?;
    }
    Ok(())
}

async fn vendor_json(context: Context) -> Outcome {
    let key = context.key(KeySpec::default()).await?;
    let body = json!({"key": key.key, "organization_id": key.organization});
    let request = request(&context, "application/vnd.api+json; v=1", &body.to_string());
    context.send(request).await?.has_status(200)
}

async fn duplicate_names(context: Context) -> Outcome {
    let key = context.key(KeySpec::default()).await?;
    let body = json!({"organization_id": key.organization, "key": key.key}).to_string();
    let body = body.replacen('{', "{\"key\":\"CASE-NO-SUCH-KEY\",", 1);
    let request = request(&context, "application/json", &body);
    context.send(request).await?.has_status(200)
}

async fn malformed_before_token(context: Context) -> Outcome {
    context.setup(&[]).await?;
    let mut request = Request::new("POST", "/v1/license-keys/validate")
        .header("Content-Type", "application/json");
    request.body = Some(b"{".to_vec());
    context.send(request).await?.shows(
        422,
        &[
            ("detail.0.type", json!("json_invalid")),
            ("detail.0.loc", json!(["body", 1])),
        ],
    )
}

async fn token_before_fields(context: Context) -> Outcome {
    context.setup(&[]).await?;
    let body = Some(json!({"key": 5}));
    context
        .as_caller(None, "POST", "/v1/license-keys/validate", body)
        .await?
        .refuses(401, "Unauthorized", "Unauthorized")
}
