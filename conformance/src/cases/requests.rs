//! Everything in a request except its body: credentials, paths, methods, versions, headers (docs/behaviour.md#headers,
//! docs/behaviour.md#order-of-checks, docs/behaviour.md#authentication and docs/behaviour.md#versions).

use serde_json::json;

use super::api::Api;
use super::case::{BOTH, CORE, Case, PORTAL, case};
use super::context::{Context, SESSION, body_of};
use super::received::{Outcome, Received, Stop};
use crate::provision::{KeySpec, TestKey};
use crate::wire::Request;

pub(super) const CASES: &[Case] = &[
    case!(
        CORE,
        "authentication",
        "token/lower-case-scheme",
        "the Bearer scheme may be in any case, and followed by several blanks",
        lower_case_scheme
    )
    .says(&["api/organization-token"]),
    case!(
        CORE,
        "authentication",
        "token/basic",
        "a token of another scheme is not accepted",
        |context| anonymous(context, "Basic YTpi")
    ),
    case!(
        CORE,
        "authentication",
        "token/empty",
        "a scheme without a token is not accepted",
        |context| anonymous(context, "Bearer")
    ),
    case!(
        CORE,
        "authentication",
        "token/in-the-query",
        "a token in the query is not accepted",
        in_the_query
    ),
    case!(
        CORE,
        "authentication",
        "token/challenge",
        "a missing and an unknown token get different challenges",
        challenge
    )
    .strict(),
    case!(
        CORE,
        "authentication",
        "token/of-a-session",
        "the core API does not accept a customer's session token",
        of_a_session
    )
    .says(&["api/two-apis"]),
    case!(
        PORTAL,
        "authentication",
        "token/of-an-organization",
        "the customer's list does not accept an organization's token",
        of_an_organization
    ),
    case!(
        PORTAL,
        "authentication",
        "token/not-needed",
        "a valid token changes nothing where none is needed",
        not_needed
    )
    .says(&["reference/public"]),
    case!(
        BOTH,
        "order-of-checks",
        "token/unknown-on-unknown-path",
        "an unknown token is refused before an unknown path",
        unknown_on_unknown_path
    )
    .strict(),
    case!(
        BOTH,
        "paths-and-methods",
        "path/unknown",
        "an unknown path gets 404, with another body than an unknown key",
        unknown_path
    ),
    case!(
        BOTH,
        "paths-and-methods",
        "path/wrong-method",
        "a wrong method gets 405",
        wrong_method
    ),
    case!(
        CORE,
        "paths-and-methods",
        "path/without-slash",
        "a list path without its final slash redirects",
        without_slash
    )
    .strict(),
    case!(
        BOTH,
        "headers",
        "path/old-prefix",
        "the old prefix works, with a deprecation notice",
        old_prefix
    )
    .strict(),
    case!(
        BOTH,
        "versions",
        "version/echoed",
        "an answer names its API version",
        version_echoed
    ),
    case!(
        BOTH,
        "versions",
        "version/unknown",
        "an unknown version gets 404",
        version_unknown
    ),
    case!(
        BOTH,
        "newer-versions",
        "version/members",
        "from version 2026-10 on, a key shows its member",
        version_members
    ),
    case!(
        BOTH,
        "headers",
        "header/never-stored",
        "an answer is JSON and must not be cached",
        never_stored
    ),
    case!(
        PORTAL,
        "headers",
        "header/of-a-session",
        "an answer to a customer is JSON and must not be cached",
        of_a_customer
    ),
    case!(
        BOTH,
        "headers",
        "header/nothing-content-type",
        "an answer without a body still has a content type",
        nothing_content_type
    )
    .strict(),
    case!(
        BOTH,
        "order-of-checks",
        "header/no-length",
        "a request without a Content-Length is refused",
        no_length
    )
    .strict(),
];

/// A valid validation, to be changed.
async fn fine(context: &Context) -> Result<(TestKey, Request), Stop> {
    let key = context.key(KeySpec::default()).await?;
    let path = format!("{}/validate", context.api().prefix());
    let request = Request::new("POST", &path).json(&body_of(&key, json!({})).to_string());
    Ok((key, request))
}

/// The same, with a token if the API requires one.
async fn allowed(context: &Context) -> Result<(TestKey, Request), Stop> {
    let (key, request) = fine(context).await?;
    Ok(match context.api() {
        Api::Core => {
            let token = format!("Bearer {}", context.token());
            (key, request.header("Authorization", &token))
        }
        Api::Portal => (key, request),
    })
}

async fn lower_case_scheme(context: Context) -> Outcome {
    let (_, request) = fine(&context).await?;
    let token = format!("bearer  {}", context.token());
    let request = request.header("Authorization", &token);
    context.send(request).await?.has_status(200)
}

async fn anonymous(context: Context, authorization: &str) -> Outcome {
    let (_, request) = fine(&context).await?;
    let request = request.header("Authorization", authorization);
    context
        .send(request)
        .await?
        .refuses(401, "Unauthorized", "Unauthorized")
}

async fn in_the_query(context: Context) -> Outcome {
    let (_, mut request) = fine(&context).await?;
    request
        .path
        .push_str("?access_token=polar_oat_in_the_query");
    context
        .send(request)
        .await?
        .refuses(401, "Unauthorized", "Unauthorized")
}

async fn challenge(context: Context) -> Outcome {
    let (_, request) = fine(&context).await?;
    context
        .send(request.clone())
        .await?
        .has_headers(401, &[("www-authenticate", Some("Bearer realm=\"polar\""))])?;
    let description =
        "The access token provided is expired, revoked, malformed, or invalid for other reasons.";
    let challenge = format!(
        "Bearer realm=\"polar\", error=\"invalid_token\", error_description=\"{description}\""
    );
    let request = request.header("Authorization", "Bearer polar_oat_nobody_has_this");
    context.send(request).await?.has_headers(
        401,
        &[
            ("www-authenticate", Some(challenge.as_str())),
            ("cache-control", Some("no-store")),
            ("pragma", Some("no-cache")),
        ],
    )
}

/// Opens a session of a customer with a key.
async fn session(context: &Context) -> Result<TestKey, Stop> {
    let setup = context.setup(&[KeySpec::default()]).await?;
    context.open_session(&setup.customer).await?;
    Ok(setup.keys.into_iter().next().unwrap_or_default())
}

async fn of_a_session(context: Context) -> Outcome {
    session(&context).await?;
    context
        .as_caller(Some(SESSION), "GET", "/v1/license-keys/", None)
        .await?
        .refuses(401, "Unauthorized", "Unauthorized")
}

async fn of_an_organization(context: Context) -> Outcome {
    context.setup(&[]).await?;
    context
        .core("GET", "/v1/customer-portal/license-keys/", None)
        .await?
        .refuses(401, "Unauthorized", "Unauthorized")
}

async fn not_needed(context: Context) -> Outcome {
    let (key, request) = fine(&context).await?;
    let token = format!("Bearer {}", context.token());
    let request = request.header("Authorization", &token);
    context
        .send(request)
        .await?
        .shows(200, &[("id", json!(key.id))])
}

async fn unknown_on_unknown_path(context: Context) -> Outcome {
    context.setup(&[]).await?;
    let path = format!("{}/no/such/path", context.api().prefix());
    let reply = context
        .as_caller(Some("polar_oat_nobody_has_this"), "GET", &path, None)
        .await?;
    reply.shows(401, &[("error", json!("invalid_token"))])
}

async fn unknown_path(context: Context) -> Outcome {
    context.setup(&[]).await?;
    let path = format!("{}/no/such/path", context.api().prefix());
    context
        .as_caller(None, "GET", &path, None)
        .await?
        .is(404, json!({"detail": "Not Found"}))
}

async fn wrong_method(context: Context) -> Outcome {
    let path = format!("{}/validate", context.api().prefix());
    let (_, mut request) = fine(&context).await?;
    request.method = "PUT".to_owned();
    request.path = path;
    context
        .send(request)
        .await?
        .is(405, json!({"detail": "Method Not Allowed"}))
}

async fn without_slash(context: Context) -> Outcome {
    context.setup(&[]).await?;
    context
        .core("GET", "/v1/license-keys?page=1", None)
        .await?
        .has_status(307)
}

async fn old_prefix(context: Context) -> Outcome {
    let (_, mut request) = allowed(&context).await?;
    request.path.insert_str(0, "/api");
    let notice = "The API root has moved from /api/v1 to /v1. Please update your integration.";
    context
        .send(request)
        .await?
        .has_headers(200, &[("x-polar-deprecation-notice", Some(notice))])
}

async fn versioned(context: &Context, version: Option<&str>) -> Result<Received, Stop> {
    let (_, mut request) = allowed(context).await?;
    if let Some(version) = version {
        request = request.header("Polar-Version", version);
    }
    context.send(request).await
}

async fn version_echoed(context: Context) -> Outcome {
    for (asked, answered) in [
        (None, "2026-04"),
        (Some("2026-04"), "2026-04"),
        (Some("2026-10"), "2026-10"),
    ] {
        versioned(&context, asked)
            .await?
            .has_headers(200, &[("polar-version", Some(answered))])?;
    }
    Ok(())
}

async fn version_unknown(context: Context) -> Outcome {
    for version in ["2020-01", "latest"] {
        versioned(&context, Some(version))
            .await?
            .is(404, json!({"detail": "Not Found"}))?;
    }
    Ok(())
}

async fn version_members(context: Context) -> Outcome {
    let spec = KeySpec::activated();
    let setup = context.own_setup(&[spec]).await?;
    let key = &setup.keys[0];
    let member =
        json!({"id": "<member:1>", "email": setup.email, "external_id": setup.external_customer});
    let prefix = context.api().prefix();
    let one = format!("{prefix}/{}", key.id);
    let token = context.reader(&setup).await?;
    let newer = |method: &str, path: &str| {
        let request = Request::new(method, path).header("Polar-Version", "2026-10");
        request.header("Authorization", &format!("Bearer {token}"))
    };
    let validate = newer("POST", &format!("{prefix}/validate"));
    let mut requests = vec![
        (validate.json(&body_of(key, json!({})).to_string()), ""),
        (
            newer("GET", &format!("{prefix}/?benefit_id={}", setup.benefit)),
            "items.0.",
        ),
        (newer("GET", &one), ""),
    ];
    if context.api() == Api::Core {
        let activation = format!("{one}/activations/{}", key.activations[0]);
        requests.push((newer("GET", &activation), "license_key."));
        requests.push((newer("PATCH", &one).json(r#"{"usage":1}"#), ""));
    }
    requests.push((newer("POST", &format!("{one}/rotate")), ""));
    let mut replies = Vec::new();
    for (request, at) in requests {
        replies.push((context.send(request).await?, at));
    }
    if replies.iter().all(|(reply, _)| reply.lacks("member_id")) {
        return Err(Stop::Older(
            "the target is an older server: it does not send `member_id` in version 2026-10 yet",
        ));
    }
    for (reply, at) in replies {
        let (id, whole) = (format!("{at}member_id"), format!("{at}member"));
        let fields = [
            (id.as_str(), json!("<member:1>")),
            (whole.as_str(), member.clone()),
        ];
        reply.shows(200, &fields)?;
    }
    Ok(())
}

async fn never_stored(context: Context) -> Outcome {
    let (_, request) = allowed(&context).await?;
    let headers = [
        ("content-type", Some("application/json")),
        ("cache-control", Some("private, no-store")),
        ("etag", None),
    ];
    context.send(request).await?.has_headers(200, &headers)
}

async fn of_a_customer(context: Context) -> Outcome {
    let key = session(&context).await?;
    let list = "/v1/customer-portal/license-keys/";
    let headers = [
        ("content-type", Some("application/json")),
        ("cache-control", Some("private, no-store")),
        ("polar-version", Some("2026-04")),
    ];
    let one = format!("{list}{}", key.id);
    for (method, path) in [
        ("GET", list.to_owned()),
        ("GET", one.clone()),
        ("POST", format!("{one}/rotate")),
    ] {
        context
            .as_caller(Some(SESSION), method, &path, None)
            .await?
            .has_headers(200, &headers)?;
    }
    Ok(())
}

async fn nothing_content_type(context: Context) -> Outcome {
    let key = context.key(KeySpec::activated()).await?;
    context
        .deactivate(&key, &key.activations[0])
        .await?
        .has_headers(204, &[("content-type", Some("application/json"))])
}

async fn no_length(context: Context) -> Outcome {
    context.setup(&[]).await?;
    let path = format!("{}/validate", context.api().prefix());
    let mut request = Request::new("POST", &path);
    request.headers.push(("Content-Length".to_owned(), None));
    let again = request.clone();
    context.send(request).await?.is(
        411,
        json!({"error": "LengthRequired", "detail": "A Content-Length header is required."}),
    )?;
    let headers = [("cache-control", None), ("polar-version", Some("2026-04"))];
    context.send(again).await?.has_headers(411, &headers)
}
