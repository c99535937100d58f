//! Lists: pages, filters, and ignored parameters (docs/behaviour.md#list-and-read).

use serde_json::{Value, json};

use super::case::{CORE, Case, case};
use super::context::Context;
use super::received::Outcome;
use crate::provision::{ActivationSpec, KeySpec, Setup};

pub(super) const CASES: &[Case] = &[
    case!(
        CORE,
        "list-and-read",
        "list/first-page",
        "by default a list shows page 1 with ten keys",
        first_page
    )
    .says(&["api/page", "api/limit", "api/pagination"]),
    case!(
        CORE,
        "list-and-read",
        "list/limit-above-100",
        "a page limit above 100 counts as 100",
        limit_above_100
    )
    .says(&["api/limit"]),
    case!(
        CORE,
        "list-and-read",
        "list/page-zero",
        "page 0 is refused",
        |context| refused(context, "page=0", greater_than("page", "0"))
    ),
    case!(
        CORE,
        "list-and-read",
        "list/page-negative",
        "a negative page is refused",
        |context| refused(context, "page=-1", greater_than("page", "-1"))
    ),
    case!(
        CORE,
        "list-and-read",
        "list/limit-word",
        "a limit must be a number",
        |context| refused(
            context,
            "limit=all",
            json!({"type": "int_parsing", "loc": ["query", "limit"],
                "msg": "Input should be a valid integer, unable to parse string as an integer", "input": "all"})
        )
    ),
    case!(
        CORE,
        "lax-conversions",
        "list/limit-spelled",
        "a limit may be written as a float without a fraction",
        limit_spelled
    ),
    case!(
        CORE,
        "list-and-read",
        "list/page-repeated",
        "the last of two page parameters counts",
        page_repeated
    ),
    case!(
        CORE,
        "list-and-read",
        "list/by-benefit",
        "a benefit filter shows only the keys of that benefit; several show the keys of each",
        by_benefit
    ),
    case!(
        CORE,
        "list-and-read",
        "list/unknown-benefit",
        "an unknown benefit has no keys",
        |context| empty(context, format!("benefit_id={}", super::UNKNOWN_ID))
    ),
    case!(
        CORE,
        "list-and-read",
        "list/unknown-organization",
        "the keys of another organization are not shown",
        |context| empty(context, format!("organization_id={}", super::UNKNOWN_ID))
    ),
    case!(
        CORE,
        "list-and-read",
        "list/by-organization",
        "a filter for one's own organization changes nothing",
        by_organization
    ),
    case!(
        CORE,
        "list-and-read",
        "list/filters-together",
        "different filters must all match",
        filters_together
    ),
    case!(
        CORE,
        "list-and-read",
        "list/unknown-parameters",
        "a list ignores unknown parameters",
        unknown_parameters
    ),
    case!(
        CORE,
        "validation-errors",
        "list/unknown-status",
        "an unknown status is reported twice: as one value and as a list of values",
        unknown_status
    )
    .strict(),
    case!(
        CORE,
        "validation-errors",
        "list/benefit-word",
        "a malformed id is reported twice: as one value and as a list of values",
        benefit_word
    )
    .strict(),
    case!(
        CORE,
        "list-and-read",
        "list/both-wrong",
        "every invalid parameter is reported, in the order of the document",
        both_wrong
    )
    .strict(),
    case!(
        CORE,
        "list-and-read",
        "list/path-is-no-id",
        "the path of a key must hold a valid id",
        path_is_no_id
    ),
    case!(
        CORE,
        "lax-conversions",
        "list/id-without-hyphens",
        "an id in the path may be spelled as freely as one in a body",
        id_without_hyphens
    ),
    case!(
        CORE,
        "list-and-read",
        "list/other-key's-activation",
        "an activation is found only under its own key",
        other_keys_activation
    ),
    case!(
        CORE,
        "without-order",
        "list/order-of-activations",
        "a key shows all its activations, in any order",
        order_of_activations
    ),
    case!(
        CORE,
        "list-and-read",
        "list/no-list-of-activations",
        "there is no list of a key's activations",
        no_list_of_activations
    ),
];

async fn three(context: &Context) -> Result<Setup, super::Stop> {
    context
        .own_setup(&[KeySpec::default(), KeySpec::default(), KeySpec::default()])
        .await
}

fn path(setup: &Setup, query: &str) -> String {
    format!("/v1/license-keys/?benefit_id={}&{query}", setup.benefit)
}

fn greater_than(parameter: &str, input: &str) -> Value {
    json!({"type": "greater_than", "loc": ["query", parameter], "msg": "Input should be greater than 0",
        "input": input, "ctx": {"gt": 0}})
}

async fn refused(context: Context, query: &str, expected: Value) -> Outcome {
    context.setup(&[]).await?;
    let path = format!("/v1/license-keys/?{query}");
    context.core("GET", &path, None).await?.invalid(&[expected])
}

async fn empty(context: Context, query: String) -> Outcome {
    context.key(KeySpec::default()).await?;
    let path = format!("/v1/license-keys/?{query}");
    context.core("GET", &path, None).await?.is(
        200,
        json!({"items": [], "pagination": {"total_count": 0, "max_page": 0}}),
    )
}

async fn first_page(context: Context) -> Outcome {
    let keys = vec![KeySpec::default(); 11];
    let setup = context.own_setup(&keys).await?;
    let list = format!("/v1/license-keys/?benefit_id={}", setup.benefit);
    let first = [
        ("items.0.id", json!(setup.keys[0].id)),
        ("items.9.id", json!(setup.keys[9].id)),
        ("pagination", json!({"total_count": 11, "max_page": 2})),
    ];
    context.core("GET", &list, None).await?.shows(200, &first)?;
    let second = [("items.0.id", json!(setup.keys[10].id))];
    context
        .core("GET", &format!("{list}&page=2"), None)
        .await?
        .shows(200, &second)
}

async fn limit_above_100(context: Context) -> Outcome {
    let setup = three(&context).await?;
    let shown = [
        ("items.2.id", json!(setup.keys[2].id)),
        ("pagination", json!({"total_count": 3, "max_page": 1})),
    ];
    context
        .core("GET", &path(&setup, "limit=100000"), None)
        .await?
        .shows(200, &shown)
}

async fn limit_spelled(context: Context) -> Outcome {
    let setup = three(&context).await?;
    let pages = [("pagination", json!({"total_count": 3, "max_page": 2}))];
    context
        .core("GET", &path(&setup, "limit=2.0"), None)
        .await?
        .shows(200, &pages)
}

async fn page_repeated(context: Context) -> Outcome {
    let setup = three(&context).await?;
    let shown = [("items.0.id", json!(setup.keys[1].id))];
    context
        .core("GET", &path(&setup, "limit=1&page=3&page=2"), None)
        .await?
        .shows(200, &shown)
}

async fn by_benefit(context: Context) -> Outcome {
    let setup = three(&context).await?;
    let both = format!("benefit_id={}", super::UNKNOWN_ID);
    for query in ["limit=3", both.as_str()] {
        context
            .core("GET", &path(&setup, query), None)
            .await?
            .shows(200, &[("pagination.total_count", json!(3))])?;
    }
    Ok(())
}

async fn by_organization(context: Context) -> Outcome {
    let setup = three(&context).await?;
    let query = format!("organization_id={}", setup.organization);
    context
        .core("GET", &path(&setup, &query), None)
        .await?
        .shows(200, &[("pagination.total_count", json!(3))])
}

async fn filters_together(context: Context) -> Outcome {
    let revoked = KeySpec::revoked();
    let setup = context.own_setup(&[KeySpec::default(), revoked]).await?;
    let shown = [
        ("items.0.id", json!(setup.keys[1].id)),
        ("pagination.total_count", json!(1)),
    ];
    let query = format!("status=revoked&organization_id={}", setup.organization);
    context
        .core("GET", &path(&setup, &query), None)
        .await?
        .shows(200, &shown)
}

async fn unknown_parameters(context: Context) -> Outcome {
    let setup = three(&context).await?;
    let query = format!(
        "customer_id={0}&sorting=-created_at&organization_id[]={0}",
        super::UNKNOWN_ID
    );
    let shown = [
        ("items.0.id", json!(setup.keys[0].id)),
        ("pagination.total_count", json!(3)),
    ];
    context
        .core("GET", &path(&setup, &query), None)
        .await?
        .shows(200, &shown)
}

/// The location of a value when a filter is read as a list.
fn in_list(filter: &str, of: &str) -> Value {
    let list = format!(
        "json-or-python[json=list[{of}],python=chain[is-instance[Sequence],function-wrap[sequence_validator()]]]"
    );
    json!(["query", filter, list, 0])
}

async fn unknown_status(context: Context) -> Outcome {
    context.setup(&[]).await?;
    let expected = "'granted', 'revoked' or 'disabled'";
    let problem = |loc: Value, input: Value| {
        json!({"type": "enum", "loc": loc, "msg": format!("Input should be {expected}"), "input": input,
            "ctx": {"expected": expected}})
    };
    let one = json!(["query", "status", "str-enum[LicenseKeyStatus]"]);
    let each = in_list("status", "str-enum[LicenseKeyStatus]");
    context
        .core("GET", "/v1/license-keys/?status=expired", None)
        .await?
        .invalid(&[
            problem(one, json!(["expired"])),
            problem(each, json!("expired")),
        ])
}

async fn benefit_word(context: Context) -> Outcome {
    context.setup(&[]).await?;
    let reason = "invalid character: found `p` at 1";
    context
        .core("GET", "/v1/license-keys/?benefit_id=pro", None)
        .await?
        .invalid(&[
            json!({"type": "uuid_type", "loc": ["query", "benefit_id", "uuid"],
                "msg": "UUID input should be a string, bytes or UUID object", "input": ["pro"]}),
            json!({"type": "uuid_parsing", "loc": in_list("benefit_id", "uuid"),
                "msg": format!("Input should be a valid UUID, {reason}"), "input": "pro", "ctx": {"error": reason}}),
        ])
}

async fn both_wrong(context: Context) -> Outcome {
    context.setup(&[]).await?;
    context
        .core("GET", "/v1/license-keys/?limit=0&page=0", None)
        .await?
        .invalid(&[greater_than("page", "0"), greater_than("limit", "0")])
}

async fn path_is_no_id(context: Context) -> Outcome {
    context.setup(&[]).await?;
    let reason = "invalid character: found `v` at 1";
    context
        .core("GET", "/v1/license-keys/validate", None)
        .await?
        .invalid(&[json!({"type": "uuid_parsing", "loc": ["path", "id"],
            "msg": format!("Input should be a valid UUID, {reason}"), "input": "validate", "ctx": {"error": reason}})])
}

async fn id_without_hyphens(context: Context) -> Outcome {
    let key = context.key(KeySpec::default()).await?;
    let path = format!(
        "/v1/license-keys/{}",
        key.id.replace('-', "").to_uppercase()
    );
    context
        .core("GET", &path, None)
        .await?
        .shows(200, &[("id", json!(key.id))])
}

async fn other_keys_activation(context: Context) -> Outcome {
    let setup = context
        .setup(&[KeySpec::default(), KeySpec::activated()])
        .await?;
    let path = format!(
        "/v1/license-keys/{}/activations/{}",
        setup.keys[0].id, setup.keys[1].activations[0]
    );
    context.core("GET", &path, None).await?.not_found()
}

async fn order_of_activations(context: Context) -> Outcome {
    let key = context
        .key(KeySpec {
            activations: vec![ActivationSpec::plain(); 3],
            ..KeySpec::default()
        })
        .await?;
    let expected = key.activations.iter().enumerate().map(|(index, id)| {
        json!({"id": id, "license_key_id": key.id, "label": format!("device {index}"), "meta": {},
            "created_at": "<time>", "modified_at": null})
    });
    context
        .core("GET", &format!("/v1/license-keys/{}", key.id), None)
        .await?
        .shows_in_any_order("activations", expected.collect())
}

async fn no_list_of_activations(context: Context) -> Outcome {
    let key = context.key(KeySpec::default()).await?;
    let path = format!("/v1/license-keys/{}/activations", key.id);
    context
        .core("GET", &path, None)
        .await?
        .is(404, json!({"detail": "Not Found"}))
}
