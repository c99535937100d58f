//! The rules about operations, parameters, bodies, answers, security and servers.

use polar_openapi_compare::Direction;
use serde_json::{Value, json};

use crate::documents::{broken, changes, document, operation, rules};

pub(crate) struct Case {
    pub(crate) rule: &'static str,
    breaks: &'static str,
    direction: Direction,
    /// A change that the rule is about.
    holds: [Value; 2],
    /// A change that it is not about.
    looks: [Value; 2],
}

fn case(
    rule: &'static str,
    breaks: &'static str,
    direction: Direction,
    holds: [Value; 2],
    looks: [Value; 2],
) -> Case {
    Case {
        rule,
        breaks,
        direction,
        holds,
        looks,
    }
}

pub(crate) fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    cases.extend(operations());
    cases.extend(webhooks());
    cases.extend(parameters());
    cases.extend(styles());
    cases.extend(bodies());
    cases.extend(answers());
    cases.extend(headers());
    cases.extend(security());
    cases.extend(surroundings());
    cases
}

/// Two cases, one the mirror of the other.
fn twins(
    (there, back): (&'static str, &'static str),
    (breaks, breaks_back): (&'static str, &'static str),
    direction: Direction,
    holds: [Value; 2],
    looks: [Value; 2],
) -> Vec<Case> {
    let turned = |[one, other]: [Value; 2]| [other, one];
    vec![
        case(there, breaks, direction, holds.clone(), looks.clone()),
        case(back, breaks_back, direction, turned(holds), turned(looks)),
    ]
}

fn path(path: &str, method: &str, id: &str) -> Value {
    document(json!({path: {method: {"operationId": id, "responses": {}}}}))
}

fn operations() -> Vec<Case> {
    let none = Direction::None;
    let get = path("/a", "get", "a:get");
    let both = document(json!({"/a": {
        "get": {"operationId": "a:get", "responses": {}}, "put": {"operationId": "a:put", "responses": {}}}}));
    let said = |key: &str, value: Value| operation(json!({key: value}));
    let item = |key: &str, value: Value| {
        let mut document = operation(json!({}));
        document["paths"]["/things"][key] = value;
        document
    };
    let mut cases = vec![
        case(
            "operation-path-changed",
            "cs",
            none,
            [get.clone(), path("/b", "get", "a:get")],
            [
                path("/a/{x}", "get", "a:get"),
                path("/a/{y}", "get", "a:get"),
            ],
        ),
        case(
            "operation-method-changed",
            "cs",
            none,
            [get.clone(), path("/a", "post", "a:get")],
            [get.clone(), both.clone()],
        ),
        case(
            "operation-id-changed",
            "",
            none,
            [get.clone(), path("/a", "get", "a:read")],
            [get.clone(), path("/b", "get", "a:read")],
        ),
        case(
            "operation-summary-changed",
            "",
            none,
            [said("summary", json!("A")), said("summary", json!("B"))],
            [said("summary", json!("A")), said("summary", json!("A"))],
        ),
        case(
            "operation-description-changed",
            "",
            none,
            [said("description", json!("A")), operation(json!({}))],
            [said("summary", json!("A")), said("summary", json!("B"))],
        ),
        case(
            "operation-tags-changed",
            "",
            none,
            [said("tags", json!(["a"])), said("tags", json!(["b"]))],
            [said("tags", json!(["a"])), said("tags", json!(["a"]))],
        ),
        case(
            "operation-docs-changed",
            "",
            none,
            [
                operation(json!({})),
                said("externalDocs", json!({"url": "https://a"})),
            ],
            [operation(json!({})), said("summary", json!("https://a"))],
        ),
        case(
            "operation-extension-changed",
            "",
            none,
            [said("x-a", json!(1)), said("x-a", json!(2))],
            [
                said("x-a", json!({"b": 1, "c": 2})),
                said("x-a", json!({"c": 2, "b": 1})),
            ],
        ),
        case(
            "path-summary-changed",
            "",
            none,
            [item("summary", json!("A")), item("summary", json!("B"))],
            [said("summary", json!("A")), said("summary", json!("B"))],
        ),
        case(
            "path-description-changed",
            "",
            none,
            [
                item("description", json!("A")),
                item("description", json!("B")),
            ],
            [
                said("description", json!("A")),
                said("description", json!("B")),
            ],
        ),
        case(
            "path-extension-changed",
            "",
            none,
            [item("x-a", json!("A")), item("x-a", json!("B"))],
            [said("x-a", json!("A")), said("x-a", json!("B"))],
        ),
    ];
    cases.extend(twins(
        ("operation-added", "operation-removed"),
        ("s", "c"),
        none,
        [get.clone(), both.clone()],
        [get.clone(), path("/b", "get", "a:get")],
    ));
    cases.extend(twins(
        ("operation-deprecated", "operation-reinstated"),
        ("", ""),
        none,
        [operation(json!({})), said("deprecated", json!(true))],
        [operation(json!({})), said("deprecated", json!(false))],
    ));
    cases
}

fn webhooks() -> Vec<Case> {
    let none = Direction::None;
    let hooks = |hooks: Value| {
        let mut document = document(json!({}));
        document["webhooks"] = hooks;
        document
    };
    let hook = |id: &str| json!({"operationId": id, "responses": {}});
    let one = hooks(json!({"a": {"post": hook("a")}}));
    let two = hooks(json!({"a": {"post": hook("a")}, "b": {"post": hook("b")}}));
    let called = |back: Value| {
        operation(json!({"callbacks": {"done": {"{$request.body#/url}": {"post": back}}}}))
    };
    let mut cases = vec![
        case(
            "webhook-method-changed",
            "cs",
            none,
            [one.clone(), hooks(json!({"a": {"put": hook("a")}}))],
            [one.clone(), two.clone()],
        ),
        case(
            "webhook-renamed",
            "cs",
            none,
            [one.clone(), hooks(json!({"c": {"post": hook("a")}}))],
            [one.clone(), one.clone()],
        ),
        case(
            "webhook-description-changed",
            "",
            Direction::Request,
            [
                called(json!({"requestBody": {"description": "A"}})),
                called(json!({"requestBody": {"description": "B"}})),
            ],
            [
                called(json!({"description": "A"})),
                called(json!({"description": "B"})),
            ],
        ),
    ];
    cases.extend(twins(
        ("webhook-added", "webhook-removed"),
        ("c", "s"),
        none,
        [one.clone(), two],
        [one.clone(), one],
    ));
    cases
}

fn parameter(more: Value) -> Value {
    let mut parameter = json!({"name": "q", "in": "query", "schema": {"type": "string"}});
    for (key, value) in more.as_object().unwrap() {
        parameter[key] = value.clone();
    }
    parameter
}

fn asked(parameters: &[Value]) -> Value {
    operation(json!({"parameters": parameters}))
}

fn parameters() -> Vec<Case> {
    let request = Direction::Request;
    let (none, plain, required) = (
        asked(&[]),
        asked(&[parameter(json!({}))]),
        asked(&[parameter(json!({"required": true}))]),
    );
    let with = |more: Value| asked(&[parameter(more)]);
    // The parameter of the path item is the operation's, until the operation has one of its own.
    let mut inherited = operation(json!({}));
    inherited["paths"]["/things"]["parameters"] = json!([parameter(json!({}))]);
    let at = |path: &str, name: &str| {
        document(json!({path: {"get": {"operationId": "get", "responses": {},
        "parameters": [{"name": name, "in": "path", "required": true, "schema": {"type": "string"}}]}}}))
    };
    let mut cases = vec![
        case(
            "request-parameter-renamed",
            "cs",
            request,
            [plain.clone(), with(json!({"name": "search"}))],
            [
                with(json!({"in": "header"})),
                with(json!({"in": "header", "name": "Q"})),
            ],
        ),
        case(
            "request-parameter-moved",
            "cs",
            request,
            [plain.clone(), with(json!({"in": "header"}))],
            [plain.clone(), inherited.clone()],
        ),
        case(
            "request-path-parameter-renamed",
            "",
            request,
            [at("/a/{id}", "id"), at("/a/{key}", "key")],
            [at("/a/{id}", "id"), at("/b/{id}", "id")],
        ),
        case(
            "request-parameter-serialisation-changed",
            "cs",
            request,
            [
                plain.clone(),
                asked(&[
                    json!({"name": "q", "in": "query", "content": {"application/json": {"schema": {"type": "string"}}}}),
                ]),
            ],
            [plain.clone(), with(json!({"style": "form"}))],
        ),
    ];
    cases.extend(twins(
        ("request-parameter-added", "request-parameter-removed"),
        ("s", "c"),
        request,
        [none.clone(), plain.clone()],
        [plain.clone(), inherited],
    ));
    cases.extend(twins(
        (
            "request-required-parameter-added",
            "request-required-parameter-removed",
        ),
        ("cs", "cs"),
        request,
        [none.clone(), required.clone()],
        [none.clone(), plain.clone()],
    ));
    cases.extend(twins(
        (
            "request-parameter-became-required",
            "request-parameter-became-optional",
        ),
        ("c", "s"),
        request,
        [plain.clone(), required],
        [plain.clone(), with(json!({"required": false}))],
    ));
    cases.extend(twins(
        (
            "request-parameter-deprecated",
            "request-parameter-reinstated",
        ),
        ("", ""),
        request,
        [plain.clone(), with(json!({"deprecated": true}))],
        [plain.clone(), with(json!({"deprecated": false}))],
    ));
    cases.extend(twins(
        (
            "request-parameter-empty-value-allowed",
            "request-parameter-empty-value-forbidden",
        ),
        ("s", "c"),
        request,
        [plain.clone(), with(json!({"allowEmptyValue": true}))],
        [plain.clone(), with(json!({"allowEmptyValue": false}))],
    ));
    cases.extend(twins(
        (
            "request-parameter-reserved-allowed",
            "request-parameter-reserved-forbidden",
        ),
        ("s", "c"),
        request,
        [plain.clone(), with(json!({"allowReserved": true}))],
        [plain, with(json!({"allowReserved": false}))],
    ));
    cases
}

fn styles() -> Vec<Case> {
    let request = Direction::Request;
    let list = |more: Value| {
        let mut parameter = parameter(more);
        parameter["schema"] = json!({"type": "array", "items": {"type": "string"}});
        asked(&[parameter])
    };
    let plain = |more: Value| asked(&[parameter(more)]);
    vec![
        case(
            "request-parameter-style-changed",
            "cs",
            request,
            [list(json!({})), list(json!({"explode": false}))],
            [
                list(json!({})),
                list(json!({"style": "form", "explode": true})),
            ],
        ),
        case(
            "request-parameter-style-noted",
            "",
            request,
            [plain(json!({})), plain(json!({"explode": false}))],
            [list(json!({})), list(json!({"style": "pipeDelimited"}))],
        ),
    ]
}

fn sending(body: Value) -> Value {
    operation(json!({"requestBody": body}))
}

fn bodies() -> Vec<Case> {
    let request = Direction::Request;
    let json = json!({"application/json": {"schema": {"type": "object"}}});
    let optional = json!({"content": json});
    let required = json!({"content": json, "required": true});
    let of = |names: &[&str]| {
        let content: serde_json::Map<_, _> = names
            .iter()
            .map(|name| ((*name).to_owned(), json!({"schema": {"type": "object"}})))
            .collect();
        sending(json!({"content": content}))
    };
    let encoded = |media: &str, encoding: Value| {
        sending(json!({"content": {media: {"schema": {"type": "object"}, "encoding": encoding}}}))
    };
    let piped = json!({"a": {"style": "pipeDelimited"}});
    let form = "application/x-www-form-urlencoded";
    let mut cases = vec![
        case(
            "request-media-types-changed",
            "cs",
            request,
            [of(&["application/json"]), of(&["text/json"])],
            [
                of(&["application/json"]),
                of(&["application/json; charset=utf-8"]),
            ],
        ),
        case(
            "request-encoding-changed",
            "cs",
            request,
            [encoded(form, json!({})), encoded(form, piped.clone())],
            [
                encoded("application/json", json!({})),
                encoded("application/json", piped.clone()),
            ],
        ),
        case(
            "request-encoding-noted",
            "",
            request,
            [
                encoded("application/json", json!({})),
                encoded("application/json", piped.clone()),
            ],
            [encoded(form, json!({})), encoded(form, piped)],
        ),
    ];
    cases.extend(twins(
        (
            "request-optional-body-added",
            "request-optional-body-removed",
        ),
        ("s", "c"),
        request,
        [operation(json!({})), sending(optional.clone())],
        [operation(json!({})), sending(required.clone())],
    ));
    cases.extend(twins(
        (
            "request-required-body-added",
            "request-required-body-removed",
        ),
        ("cs", "cs"),
        request,
        [operation(json!({})), sending(required.clone())],
        [operation(json!({})), sending(optional.clone())],
    ));
    cases.extend(twins(
        (
            "request-body-became-required",
            "request-body-became-optional",
        ),
        ("c", "s"),
        request,
        [sending(optional.clone()), sending(required)],
        [
            sending(optional.clone()),
            sending(json!({"content": json, "required": false})),
        ],
    ));
    cases.extend(twins(
        ("request-media-type-added", "request-media-type-removed"),
        ("s", "c"),
        request,
        [
            of(&["application/json"]),
            of(&["application/json", "text/csv"]),
        ],
        [of(&["text/*"]), of(&["text/*", "text/csv"])],
    ));
    cases
}

fn answering(responses: Value) -> Value {
    operation(json!({"responses": responses}))
}

fn answers() -> Vec<Case> {
    let response = Direction::Response;
    let of = |names: &[&str]| {
        let content: serde_json::Map<_, _> = names
            .iter()
            .map(|name| ((*name).to_owned(), json!({"schema": {"type": "object"}})))
            .collect();
        answering(json!({"200": {"description": "d", "content": content}}))
    };
    let linked = |links: Value| answering(json!({"200": {"description": "d", "links": links}}));
    let encoded = |media: &str, encoding: Value| {
        answering(
            json!({"200": {"description": "d", "content": {media: {"schema": {"type": "object"}, "encoding": encoding}}}}),
        )
    };
    let binary = json!({"a": {"contentType": "image/png"}});
    let (ok, gone) = (json!({"description": "d"}), json!({"description": "d"}));
    let mut cases = vec![
        case(
            "response-status-changed",
            "cs",
            response,
            [answering(json!({"200": ok})), answering(json!({"201": ok}))],
            [
                answering(json!({"200": ok})),
                answering(json!({"200": ok, "201": ok})),
            ],
        ),
        case(
            "response-body-changed",
            "cs",
            response,
            [of(&[]), of(&["application/json"])],
            [of(&["text/csv"]), of(&["text/csv", "text/plain"])],
        ),
        case(
            "response-media-types-changed",
            "cs",
            response,
            [of(&["application/json"]), of(&["text/json"])],
            [of(&["application/json"]), of(&["Application/Json"])],
        ),
        case(
            "response-links-changed",
            "",
            response,
            [
                linked(json!({})),
                linked(json!({"next": {"operationId": "things:do"}})),
            ],
            [
                linked(json!({"next": {"operationId": "things:do"}})),
                linked(json!({"next": {"operationId": "things:do", "description": "d"}})),
            ],
        ),
        case(
            "response-encoding-changed",
            "cs",
            response,
            [
                encoded("multipart/form-data", json!({})),
                encoded("multipart/form-data", binary.clone()),
            ],
            [
                encoded("text/plain", json!({})),
                encoded("text/plain", binary.clone()),
            ],
        ),
        case(
            "response-encoding-noted",
            "",
            response,
            [
                encoded("text/plain", json!({})),
                encoded("text/plain", binary.clone()),
            ],
            [
                encoded("multipart/form-data", json!({})),
                encoded("multipart/form-data", binary),
            ],
        ),
    ];
    cases.extend(twins(
        ("response-status-added", "response-status-removed"),
        ("c", "s"),
        response,
        [
            answering(json!({"200": ok})),
            answering(json!({"200": ok, "404": gone})),
        ],
        [
            answering(json!({"200": ok, "default": gone})),
            answering(json!({"200": ok, "404": gone, "default": gone})),
        ],
    ));
    cases.extend(twins(
        ("response-media-type-added", "response-media-type-removed"),
        ("c", "s"),
        response,
        [
            of(&["application/json"]),
            of(&["application/json", "text/csv"]),
        ],
        [of(&["*/*"]), of(&["*/*", "text/csv"])],
    ));
    cases
}

fn headers() -> Vec<Case> {
    let response = Direction::Response;
    let with = |headers: Value| answering(json!({"204": {"description": "d", "headers": headers}}));
    let header = |more: Value| {
        let mut header = json!({"schema": {"type": "string"}});
        for (key, value) in more.as_object().unwrap() {
            header[key] = value.clone();
        }
        with(json!({"X-A": header}))
    };
    let plain = header(json!({}));
    let mut cases = vec![case(
        "response-header-serialisation-changed",
        "cs",
        response,
        [
            plain.clone(),
            with(json!({"X-A": {"content": {"application/json": {"schema": {"type": "string"}}}}})),
        ],
        [
            plain.clone(),
            with(json!({"x-a": {"schema": {"type": "string"}}})),
        ],
    )];
    let called = |name: &str, required: bool| {
        with(json!({name: {"schema": {"type": "string"}, "required": required}}))
    };
    cases.push(case(
        "response-required-header-renamed",
        "cs",
        response,
        [called("X-A", true), called("X-B", true)],
        [called("X-A", true), called("x-a", true)],
    ));
    cases.push(case(
        "response-header-renamed",
        "",
        response,
        [called("X-A", false), called("X-B", false)],
        [called("X-A", true), called("X-B", true)],
    ));
    cases.extend(twins(
        ("response-header-added", "response-header-removed"),
        ("", ""),
        response,
        [with(json!({})), plain.clone()],
        [
            with(json!({})),
            with(json!({"Content-Type": {"schema": {"type": "string"}}})),
        ],
    ));
    cases.extend(twins(
        (
            "response-required-header-added",
            "response-required-header-removed",
        ),
        ("s", "c"),
        response,
        [with(json!({})), header(json!({"required": true}))],
        [with(json!({})), plain.clone()],
    ));
    cases.extend(twins(
        (
            "response-header-became-required",
            "response-header-became-optional",
        ),
        ("s", "c"),
        response,
        [plain.clone(), header(json!({"required": true}))],
        [plain.clone(), header(json!({"required": false}))],
    ));
    cases.extend(twins(
        ("response-header-deprecated", "response-header-reinstated"),
        ("", ""),
        response,
        [plain.clone(), header(json!({"deprecated": true}))],
        [plain.clone(), header(json!({"deprecated": false}))],
    ));
    cases
}

fn security() -> Vec<Case> {
    let request = Direction::Request;
    let schemes = json!({
        "pat": {"type": "http", "scheme": "bearer"}, "oat": {"type": "http", "scheme": "bearer"},
        "oidc": {"type": "openIdConnect", "openIdConnectUrl": "https://a"},
    });
    let secured = |security: Value| {
        let mut document = operation(json!({"security": security}));
        document["components"]["securitySchemes"] = schemes.clone();
        document
    };
    let scheme = |more: Value| {
        let mut document = secured(json!([{"pat": []}]));
        for (key, value) in more.as_object().unwrap() {
            document["components"]["securitySchemes"]["pat"][key] = value.clone();
        }
        document
    };
    let unused = {
        let mut document = secured(json!([{"pat": []}]));
        document["components"]["securitySchemes"]["oat"]["scheme"] = json!("basic");
        document
    };
    let renamed = {
        let mut document = secured(json!([{"token": []}]));
        let all = document["components"]["securitySchemes"]
            .as_object_mut()
            .unwrap();
        let pat = all.remove("pat").unwrap();
        all.insert("token".to_owned(), pat);
        document
    };
    // Of the document, where the operation says nothing.
    let inherited = {
        let mut document = operation(json!({}));
        document["components"]["securitySchemes"] = schemes.clone();
        document["security"] = json!([{"pat": []}]);
        document
    };
    let one = secured(json!([{"pat": []}]));
    let mut cases = vec![
        case(
            "security-changed",
            "cs",
            request,
            [one.clone(), secured(json!([{"oat": []}]))],
            [one.clone(), renamed],
        ),
        case(
            "security-scheme-changed",
            "cs",
            request,
            [
                one.clone(),
                scheme(json!({"type": "apiKey", "in": "header", "name": "X-Key"})),
            ],
            [one.clone(), unused],
        ),
        case(
            "security-scheme-source-changed",
            "",
            request,
            [secured(json!([{"oidc": []}])), {
                let mut document = secured(json!([{"oidc": []}]));
                document["components"]["securitySchemes"]["oidc"]["openIdConnectUrl"] =
                    json!("https://b");
                document
            }],
            [one.clone(), scheme(json!({"bearerFormat": "JWT"}))],
        ),
        case(
            "security-scheme-description-changed",
            "",
            request,
            [one.clone(), scheme(json!({"description": "d"}))],
            [one.clone(), scheme(json!({"scheme": "Bearer"}))],
        ),
    ];
    cases.extend(twins(
        ("security-alternative-added", "security-alternative-removed"),
        ("s", "c"),
        request,
        [one.clone(), secured(json!([{"pat": []}, {"oat": []}]))],
        [
            one.clone(),
            secured(json!([{"pat": []}, {"pat": [], "oat": []}])),
        ],
    ));
    cases.extend(twins(
        ("security-scope-added", "security-scope-removed"),
        ("c", "s"),
        request,
        [
            secured(json!([{"oidc": ["a"]}])),
            secured(json!([{"oidc": ["a", "b"]}])),
        ],
        [
            secured(json!([{"oidc": ["a", "b"]}])),
            secured(json!([{"oidc": ["b", "a"]}])),
        ],
    ));
    cases.extend(twins(
        ("security-required", "security-dropped"),
        ("c", "s"),
        request,
        [secured(json!([])), one.clone()],
        [inherited, one.clone()],
    ));
    cases.extend(twins(
        ("security-tightened", "security-loosened"),
        ("c", "s"),
        request,
        [one.clone(), secured(json!([{"pat": [], "oat": []}]))],
        [one.clone(), secured(json!([{"pat": []}, {"pat": []}]))],
    ));
    cases
}

fn surroundings() -> Vec<Case> {
    let none = Direction::None;
    let plain = operation(json!({}));
    let with = |edit: &dyn Fn(&mut Value)| {
        let mut document = operation(json!({}));
        edit(&mut document);
        document
    };
    let servers = |servers: Value| with(&|document| document["servers"] = servers.clone());
    let one = servers(json!([{"url": "https://a"}]));
    let two = servers(json!([{"url": "https://a"}, {"url": "https://b"}]));
    let tagged = |tags: Value| with(&|document| document["tags"] = tags.clone());
    let mut cases = vec![
        case(
            "servers-changed",
            "cs",
            none,
            [one.clone(), servers(json!([{"url": "https://b"}]))],
            [
                two.clone(),
                servers(json!([{"url": "https://b/"}, {"url": "https://a"}])),
            ],
        ),
        case(
            "server-description-changed",
            "",
            none,
            [
                one.clone(),
                servers(json!([{"url": "https://a", "description": "d"}])),
            ],
            [one.clone(), one.clone()],
        ),
        case(
            "info-changed",
            "",
            none,
            [
                plain.clone(),
                with(&|document| document["info"]["version"] = json!("2")),
            ],
            [
                plain.clone(),
                with(&|document| document["openapi"] = json!("3.1.1")),
            ],
        ),
        case(
            "tag-changed",
            "",
            none,
            [
                tagged(json!([{"name": "a"}])),
                tagged(json!([{"name": "a", "description": "d"}])),
            ],
            [
                tagged(json!([{"name": "a"}, {"name": "b"}])),
                tagged(json!([{"name": "b"}, {"name": "a"}])),
            ],
        ),
        case(
            "docs-changed",
            "",
            none,
            [
                plain.clone(),
                with(&|document| document["externalDocs"] = json!({"url": "https://a"})),
            ],
            [plain.clone(), plain.clone()],
        ),
        case(
            "document-extension-changed",
            "",
            none,
            [plain.clone(), with(&|document| document["x-a"] = json!(1))],
            [
                plain.clone(),
                with(&|document| document["info"]["x-a"] = json!(1)),
            ],
        ),
    ];
    cases.extend(twins(
        ("server-added", "server-removed"),
        ("s", "c"),
        none,
        [one.clone(), two],
        [
            one.clone(),
            servers(json!([{"url": "https://a"}, {"url": "https://a/"}])),
        ],
    ));
    let described = |text: &str| asked(&[parameter(json!({"description": text}))]);
    cases.push(case(
        "request-description-changed",
        "",
        Direction::Request,
        [described("A"), described("B")],
        [described("A"), described("A")],
    ));
    let shown = |value: Value| asked(&[parameter(json!({"example": value}))]);
    cases.push(case(
        "request-examples-changed",
        "",
        Direction::Request,
        [shown(json!("A")), shown(json!("B"))],
        [shown(json!("A")), shown(json!("A"))],
    ));
    cases
}

#[test]
fn every_rule_holds_where_it_should_and_breaks_whom_it_should() {
    for Case {
        rule,
        breaks,
        direction,
        holds: [old, new],
        ..
    } in cases()
    {
        let found = changes(&old, &new);
        let names: Vec<_> = found.iter().map(|change| change.rule.id()).collect();
        assert_eq!(names, [rule]);
        let change = &found[0];
        assert_eq!(
            (broken(change).as_str(), change.direction),
            (breaks, direction),
            "{rule}"
        );
        let there =
            new.pointer(&change.location).is_some() || old.pointer(&change.location).is_some();
        assert!(there, "{rule}: nothing at {}", change.location);
    }
}

#[test]
fn no_rule_holds_where_it_only_looks_like_it() {
    for Case {
        rule,
        looks: [old, new],
        ..
    } in cases()
    {
        let found = rules(&old, &new);
        assert!(!found.contains(&rule), "{rule}: {found:?}");
    }
}

#[test]
fn a_callback_is_the_servers_request() {
    let back = |schema: Value| {
        let body = json!({"content": {"application/json": {"schema": schema}}});
        operation(
            json!({"callbacks": {"done": {"{$request.body#/url}": {"post": {"operationId": "done", "requestBody": body}}}}}),
        )
    };
    let found = changes(
        &back(json!({"enum": ["a"]})),
        &back(json!({"enum": ["a", "b"]})),
    );
    assert_eq!(found.len(), 1);
    assert_eq!(
        (found[0].rule.id(), broken(&found[0]).as_str()),
        ("webhook-enum-value-added", "c")
    );
    assert_eq!(found[0].operation, "things:do → done");
}
