//! Everything about a request but its body: credentials, paths, methods, versions, headers (docs/behaviour.md#headers,
//! docs/behaviour.md#order-of-checks, docs/behaviour.md#authentication and docs/behaviour.md#versions).

use serde_json::json;

use super::case::{Api, BOTH, CORE, Case, PORTAL, case};
use super::reply::{Outcome, Reply, Stop};
use super::stage::{Stage, body_of};
use crate::provision::{ActivationSpec, KeySpec, Seeded};
use crate::wire::Request;

pub(super) const CASES: &[Case] = &[
    case!(
        CORE,
        "authentication",
        "token/lower-case-scheme",
        "the scheme of a token may be written in any case, with more blanks",
        lower_case_scheme
    )
    .says(&["api/organization-token"]),
    case!(
        CORE,
        "authentication",
        "token/basic",
        "another scheme is no token",
        |stage| anonymous(stage, "Basic YTpi")
    ),
    case!(
        CORE,
        "authentication",
        "token/empty",
        "a scheme alone is no token",
        |stage| anonymous(stage, "Bearer")
    ),
    case!(
        CORE,
        "authentication",
        "token/in-the-query",
        "a token in the query is none",
        in_the_query
    ),
    case!(
        CORE,
        "authentication",
        "token/challenge",
        "a missing and an unknown token are challenged differently",
        challenge
    )
    .strict(),
    case!(
        CORE,
        "authentication",
        "token/of-a-session",
        "a customer's session is no token of the core API",
        of_a_session
    )
    .says(&["api/two-apis"]),
    case!(
        PORTAL,
        "authentication",
        "token/of-an-organization",
        "an organization's token opens no customer's list",
        of_an_organization
    ),
    case!(
        PORTAL,
        "authentication",
        "token/not-needed",
        "a valid token where none is needed changes nothing",
        not_needed
    )
    .says(&["reference/public"]),
    case!(
        BOTH,
        "order-of-checks",
        "token/unknown-on-unknown-path",
        "an unknown token is told before an unknown path",
        unknown_on_unknown_path
    )
    .strict(),
    case!(
        BOTH,
        "paths-and-methods",
        "path/unknown",
        "an unknown path is not found, in other words than a key",
        unknown_path
    ),
    case!(
        BOTH,
        "paths-and-methods",
        "path/wrong-method",
        "a path has its methods",
        wrong_method
    ),
    case!(
        CORE,
        "paths-and-methods",
        "path/without-slash",
        "a list without its last slash is elsewhere",
        without_slash
    )
    .strict(),
    case!(
        BOTH,
        "headers",
        "path/old-prefix",
        "the old prefix works, with a notice",
        old_prefix
    )
    .strict(),
    case!(
        BOTH,
        "versions",
        "version/echoed",
        "an answer says which version of the API it is of",
        version_echoed
    ),
    case!(
        BOTH,
        "versions",
        "version/unknown",
        "a version that is none is not found",
        version_unknown
    ),
    case!(
        BOTH,
        "newer-versions",
        "version/members",
        "from 2026-10 on, a key tells the member that it belongs to",
        version_members
    ),
    case!(
        BOTH,
        "headers",
        "header/never-stored",
        "answers are JSON and not to be stored",
        never_stored
    ),
    case!(
        PORTAL,
        "headers",
        "header/of-a-session",
        "so are those that a customer gets",
        of_a_customer
    ),
    case!(
        BOTH,
        "headers",
        "header/nothing-content-type",
        "an answer without a body has a content type",
        nothing_content_type
    )
    .strict(),
    case!(
        BOTH,
        "order-of-checks",
        "header/no-length",
        "a body comes with its length",
        no_length
    )
    .strict(),
];

/// A validation that would be fine, to be sent in another way.
async fn fine(stage: &Stage) -> Result<(Seeded, Request), Stop> {
    let key = stage.key(KeySpec::default()).await?;
    let path = format!("{}/validate", stage.api().prefix());
    let request = Request::new("POST", &path).json(&body_of(&key, json!({})).to_string());
    Ok((key, request))
}

/// The same, with the token where one is needed.
async fn allowed(stage: &Stage) -> Result<(Seeded, Request), Stop> {
    let (key, request) = fine(stage).await?;
    Ok(match stage.api() {
        Api::Core => {
            let token = format!("Bearer {}", stage.token());
            (key, request.header("Authorization", &token))
        }
        Api::Portal => (key, request),
    })
}

async fn lower_case_scheme(stage: Stage) -> Outcome {
    let (_, request) = fine(&stage).await?;
    let token = format!("bearer  {}", stage.token());
    let request = request.header("Authorization", &token);
    stage.send(request).await?.has_status(200)
}

async fn anonymous(stage: Stage, authorization: &str) -> Outcome {
    let (_, request) = fine(&stage).await?;
    let request = request.header("Authorization", authorization);
    stage
        .send(request)
        .await?
        .refuses(401, "Unauthorized", "Unauthorized")
}

async fn in_the_query(stage: Stage) -> Outcome {
    let (_, mut request) = fine(&stage).await?;
    request
        .path
        .push_str("?access_token=polar_oat_in_the_query");
    stage
        .send(request)
        .await?
        .refuses(401, "Unauthorized", "Unauthorized")
}

async fn challenge(stage: Stage) -> Outcome {
    let (_, request) = fine(&stage).await?;
    stage
        .send(request.clone())
        .await?
        .has_headers(401, &[("www-authenticate", Some("Bearer realm=\"polar\""))])?;
    let description =
        "The access token provided is expired, revoked, malformed, or invalid for other reasons.";
    let challenge = format!(
        "Bearer realm=\"polar\", error=\"invalid_token\", error_description=\"{description}\""
    );
    let request = request.header("Authorization", "Bearer polar_oat_nobody_has_this");
    stage.send(request).await?.has_headers(
        401,
        &[
            ("www-authenticate", Some(challenge.as_str())),
            ("cache-control", Some("no-store")),
            ("pragma", Some("no-cache")),
        ],
    )
}

/// A token of the customer that has the keys.
async fn session(stage: &Stage) -> Result<(), Stop> {
    let world = stage.world(&[KeySpec::default()]).await?;
    stage
        .core(
            "POST",
            "/v1/customer-sessions/",
            Some(json!({"customer_id": world.customer})),
        )
        .await?
        .shows(201, &[("token", json!("polar_mst_<token:1>"))])
}

async fn of_a_session(stage: Stage) -> Outcome {
    session(&stage).await?;
    stage
        .as_caller(
            Some("polar_mst_<token:1>"),
            "GET",
            "/v1/license-keys/",
            None,
        )
        .await?
        .refuses(401, "Unauthorized", "Unauthorized")
}

async fn of_an_organization(stage: Stage) -> Outcome {
    stage.world(&[]).await?;
    stage
        .core("GET", "/v1/customer-portal/license-keys/", None)
        .await?
        .refuses(401, "Unauthorized", "Unauthorized")
}

async fn not_needed(stage: Stage) -> Outcome {
    let (key, request) = fine(&stage).await?;
    let token = format!("Bearer {}", stage.token());
    let request = request.header("Authorization", &token);
    stage
        .send(request)
        .await?
        .shows(200, &[("id", json!(key.id))])
}

async fn unknown_on_unknown_path(stage: Stage) -> Outcome {
    stage.world(&[]).await?;
    let path = format!("{}/no/such/path", stage.api().prefix());
    let reply = stage
        .as_caller(Some("polar_oat_nobody_has_this"), "GET", &path, None)
        .await?;
    reply.shows(401, &[("error", json!("invalid_token"))])
}

async fn unknown_path(stage: Stage) -> Outcome {
    stage.world(&[]).await?;
    let path = format!("{}/no/such/path", stage.api().prefix());
    stage
        .as_caller(None, "GET", &path, None)
        .await?
        .is(404, json!({"detail": "Not Found"}))
}

async fn wrong_method(stage: Stage) -> Outcome {
    let path = format!("{}/validate", stage.api().prefix());
    let (_, mut request) = fine(&stage).await?;
    request.method = "PUT".to_owned();
    request.path = path;
    stage
        .send(request)
        .await?
        .is(405, json!({"detail": "Method Not Allowed"}))
}

async fn without_slash(stage: Stage) -> Outcome {
    stage.world(&[]).await?;
    stage
        .core("GET", "/v1/license-keys?page=1", None)
        .await?
        .has_status(307)
}

async fn old_prefix(stage: Stage) -> Outcome {
    let (_, mut request) = allowed(&stage).await?;
    request.path.insert_str(0, "/api");
    let notice = "The API root has moved from /api/v1 to /v1. Please update your integration.";
    stage
        .send(request)
        .await?
        .has_headers(200, &[("x-polar-deprecation-notice", Some(notice))])
}

async fn versioned(stage: &Stage, version: Option<&str>) -> Result<Reply, Stop> {
    let (_, mut request) = allowed(stage).await?;
    if let Some(version) = version {
        request = request.header("Polar-Version", version);
    }
    stage.send(request).await
}

async fn version_echoed(stage: Stage) -> Outcome {
    for (asked, answered) in [
        (None, "2026-04"),
        (Some("2026-04"), "2026-04"),
        (Some("2026-10"), "2026-10"),
    ] {
        versioned(&stage, asked)
            .await?
            .has_headers(200, &[("polar-version", Some(answered))])?;
    }
    Ok(())
}

async fn version_unknown(stage: Stage) -> Outcome {
    for version in ["2020-01", "latest"] {
        versioned(&stage, Some(version))
            .await?
            .is(404, json!({"detail": "Not Found"}))?;
    }
    Ok(())
}

async fn version_members(stage: Stage) -> Outcome {
    let spec = KeySpec {
        activations: vec![ActivationSpec::plain()],
        ..KeySpec::default()
    };
    let world = stage.world_of_its_own(&[spec]).await?;
    let key = &world.keys[0];
    let member =
        json!({"id": "<member:1>", "email": world.email, "external_id": world.external_customer});
    let prefix = stage.api().prefix();
    let one = format!("{prefix}/{}", key.id);
    let token = match stage.api() {
        Api::Core => stage.token().to_owned(),
        Api::Portal => {
            let session = json!({"customer_id": world.customer});
            stage
                .core("POST", "/v1/customer-sessions/", Some(session))
                .await?
                .shows(201, &[("token", json!("polar_mst_<token:1>"))])?;
            "polar_mst_<token:1>".to_owned()
        }
    };
    let newer = |method: &str, path: &str| {
        let request = Request::new(method, path).header("Polar-Version", "2026-10");
        request.header("Authorization", &format!("Bearer {token}"))
    };
    let validate = newer("POST", &format!("{prefix}/validate"));
    let mut requests = vec![
        (validate.json(&body_of(key, json!({})).to_string()), ""),
        (
            newer("GET", &format!("{prefix}/?benefit_id={}", world.benefit)),
            "items.0.",
        ),
        (newer("GET", &one), ""),
    ];
    if stage.api() == Api::Core {
        let activation = format!("{one}/activations/{}", key.activations[0]);
        requests.push((newer("GET", &activation), "license_key."));
        requests.push((newer("PATCH", &one).json(r#"{"usage":1}"#), ""));
    }
    requests.push((newer("POST", &format!("{one}/rotate")), ""));
    for (request, at) in requests {
        let (id, whole) = (format!("{at}member_id"), format!("{at}member"));
        let fields = [
            (id.as_str(), json!("<member:1>")),
            (whole.as_str(), member.clone()),
        ];
        stage.send(request).await?.shows(200, &fields)?;
    }
    Ok(())
}

async fn never_stored(stage: Stage) -> Outcome {
    let (_, request) = allowed(&stage).await?;
    let headers = [
        ("content-type", Some("application/json")),
        ("cache-control", Some("private, no-store")),
        ("etag", None),
    ];
    stage.send(request).await?.has_headers(200, &headers)
}

async fn of_a_customer(stage: Stage) -> Outcome {
    session(&stage).await?;
    let list = "/v1/customer-portal/license-keys/";
    let reply = stage
        .as_caller(Some("polar_mst_<token:1>"), "GET", list, None)
        .await?;
    let first = reply.body()["items"][0]["id"].clone();
    let headers = [
        ("content-type", Some("application/json")),
        ("cache-control", Some("private, no-store")),
        ("polar-version", Some("2026-04")),
    ];
    reply.has_headers(200, &headers)?;
    let one = format!("{list}{}", first.as_str().unwrap_or_default());
    for (method, path) in [("GET", one.clone()), ("POST", format!("{one}/rotate"))] {
        stage
            .as_caller(Some("polar_mst_<token:1>"), method, &path, None)
            .await?
            .has_headers(200, &headers)?;
    }
    Ok(())
}

async fn nothing_content_type(stage: Stage) -> Outcome {
    let key = stage
        .key(KeySpec {
            activations: vec![ActivationSpec::plain()],
            ..KeySpec::default()
        })
        .await?;
    stage
        .deactivate(&key, &key.activations[0])
        .await?
        .has_headers(204, &[("content-type", Some("application/json"))])
}

async fn no_length(stage: Stage) -> Outcome {
    stage.world(&[]).await?;
    let path = format!("{}/validate", stage.api().prefix());
    let mut request = Request::new("POST", &path);
    request.headers.push(("Content-Length".to_owned(), None));
    let again = request.clone();
    stage.send(request).await?.is(
        411,
        json!({"error": "LengthRequired", "detail": "A Content-Length header is required."}),
    )?;
    let headers = [("cache-control", None), ("polar-version", Some("2026-04"))];
    stage.send(again).await?.has_headers(411, &headers)
}
