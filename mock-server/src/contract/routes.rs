//! The operations of the contract and the way from a method and a path to one of them
//! (docs/behaviour.md#paths-and-methods).

use std::sync::OnceLock;

use serde_json::Value as Json;

use super::document::server_truth;
use super::schema::{Compiler, NodeId, Tree};

/// Who may call an operation (`x-polar-allowed-subjects`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Subject {
    /// An organization, by an organization access token.
    Organization,
    /// A user, by a personal access token.
    User,
    /// A customer, by a customer session.
    Customer,
    /// A member of a customer, by a member session.
    Member,
}

/// A parameter of an operation.
#[derive(Debug)]
pub(super) struct Parameter {
    pub(super) name: String,
    pub(super) required: bool,
    pub(super) node: NodeId,
}

/// The body of an operation.
#[derive(Debug)]
pub(super) struct Body {
    pub(super) required: bool,
    pub(super) node: NodeId,
}

/// The route of an operation: its method and path, and what it takes from whom.
#[derive(Debug)]
pub struct Route {
    /// The `operationId` as Polar names it.
    pub id: String,
    /// Its place in [`Contract::routes`].
    pub place: usize,
    /// The method, in upper case.
    pub method: String,
    segments: Vec<Segment>,
    /// The query parameters that all lists share. They are checked before all others.
    pub(super) list: Vec<Parameter>,
    pub(super) path: Vec<Parameter>,
    pub(super) query: Vec<Parameter>,
    /// Names of query parameters that are written `name[key]=value`.
    pub(super) deep_query: Vec<String>,
    pub(super) body: Option<Body>,
    /// Who may call it; empty for public operations.
    pub subjects: Vec<Subject>,
    /// Scopes of which a token needs one.
    pub scopes: Vec<String>,
}

#[derive(Debug, PartialEq)]
enum Segment {
    Literal(String),
    Parameter(String),
}

/// Where a request leads.
#[derive(Debug)]
pub enum RouteMatch<'c> {
    /// To a route, with the values of its path parameters.
    Found(&'c Route, Vec<(&'c str, String)>),
    /// The path is known, the method is not: the method of the first route that has the path.
    MethodNotAllowed(&'c str),
    /// No route has this path, but one has it with or without the final slash: that path.
    Redirect(String),
    /// Nothing.
    NotFound,
}

/// Everything the mock knows about the API's requests.
#[derive(Debug)]
pub struct Contract {
    routes: Vec<Route>,
    tree: Tree,
}

/// Query parameters that mean the same for every list.
const LIST_PARAMETERS: [&str; 3] = ["page", "limit", "sorting"];

const METHODS: [&str; 5] = ["get", "post", "put", "patch", "delete"];

impl Contract {
    /// The contract of the bundled document, compiled at first use.
    pub fn bundled() -> &'static Self {
        static CONTRACT: OnceLock<Contract> = OnceLock::new();
        CONTRACT.get_or_init(|| Self::compile(&server_truth()))
    }

    /// Compiles a document.
    pub fn compile(document: &Json) -> Self {
        let mut compiler = Compiler::new(document);
        let mut routes = Vec::new();
        let paths = document.get("paths").and_then(Json::as_object);
        for (path, item) in paths.into_iter().flatten() {
            // The order of an item's methods is the order in which the real server registers its routes.
            for (method, operation) in item.as_object().into_iter().flatten() {
                if METHODS.contains(&method.as_str()) {
                    let place = routes.len();
                    routes.push(compile_route(&mut compiler, place, path, method, operation));
                }
            }
        }
        Self {
            routes,
            tree: compiler.finish(),
        }
    }

    /// The schema tree of all operations.
    pub fn tree(&self) -> &Tree {
        &self.tree
    }

    /// All routes, in the order of the document.
    pub fn routes(&self) -> &[Route] {
        &self.routes
    }

    /// Finds the operation of a decoded path.
    pub fn route(&self, method: &str, path: &str) -> RouteMatch<'_> {
        let mut first: Option<&Route> = None;
        let parts: Vec<&str> = path.split('/').collect();
        for route in &self.routes {
            if let Some(parameters) = route.matches(&parts) {
                if route.method == method {
                    return RouteMatch::Found(route, parameters);
                }
                first.get_or_insert(route);
            }
        }
        if let Some(route) = first {
            return RouteMatch::MethodNotAllowed(&route.method);
        }
        // Like the real server's framework: add one slash, or remove all.
        let other = if path.ends_with('/') {
            path.trim_end_matches('/').to_owned()
        } else {
            format!("{path}/")
        };
        let parts: Vec<&str> = other.split('/').collect();
        if path != "/"
            && self
                .routes
                .iter()
                .any(|route| route.matches(&parts).is_some())
        {
            return RouteMatch::Redirect(other);
        }
        RouteMatch::NotFound
    }
}

impl Route {
    /// The values of the path parameters, if the parts are a path of this operation. The first part is empty.
    fn matches(&self, parts: &[&str]) -> Option<Vec<(&str, String)>> {
        let (root, parts) = parts.split_first()?;
        if !root.is_empty() || parts.len() != self.segments.len() {
            return None;
        }
        let mut parameters = Vec::new();
        for (segment, &part) in self.segments.iter().zip(parts) {
            match segment {
                Segment::Literal(literal) if literal == part => {}
                Segment::Parameter(name) if !part.is_empty() => {
                    parameters.push((name.as_str(), part.to_owned()))
                }
                _ => return None,
            }
        }
        Some(parameters)
    }

    /// Whether it takes a body at all; otherwise the real server ignores one.
    pub fn takes_body(&self) -> bool {
        self.body.is_some()
    }
}

fn compile_route(
    compiler: &mut Compiler<'_>,
    place: usize,
    path: &str,
    method: &str,
    operation: &Json,
) -> Route {
    let text = |key: &str| {
        operation
            .get(key)
            .and_then(Json::as_str)
            .unwrap_or_default()
            .to_owned()
    };
    let segments = path.trim_start_matches('/').split('/').map(|part| {
        match part
            .strip_prefix('{')
            .and_then(|part| part.strip_suffix('}'))
        {
            Some(name) => Segment::Parameter(name.to_owned()),
            None => Segment::Literal(part.to_owned()),
        }
    });
    let given = operation.get("parameters").and_then(Json::as_array);
    let deep = given
        .into_iter()
        .flatten()
        .filter(|parameter| parameter.get("style").and_then(Json::as_str) == Some("deepObject"));
    let deep_query = deep
        .filter_map(|parameter| Some(parameter.get("name")?.as_str()?.to_owned()))
        .collect();
    let mut parameters = |place: &str| -> Vec<Parameter> {
        let list = operation
            .get("parameters")
            .and_then(Json::as_array)
            .into_iter()
            .flatten();
        list.filter(|parameter| {
            parameter.get("in").and_then(Json::as_str) == Some(place)
                && parameter.get("style").is_none()
        })
        .filter_map(|parameter| {
            let schema = parameter.get("schema")?;
            Some(Parameter {
                name: parameter.get("name")?.as_str()?.to_owned(),
                required: parameter.get("required") == Some(&Json::Bool(true)),
                node: if place == "query" {
                    compiler.compile_query(schema)
                } else {
                    compiler.compile(schema)
                },
            })
        })
        .collect()
    };
    let (path_parameters, query) = (parameters("path"), parameters("query"));
    let (list, query) = query
        .into_iter()
        .partition(|parameter| LIST_PARAMETERS.contains(&parameter.name.as_str()));
    let body = operation.get("requestBody").and_then(|body| {
        let schema = body.pointer("/content/application~1json/schema")?;
        Some(Body {
            required: body.get("required") == Some(&Json::Bool(true)),
            node: compiler.compile(schema),
        })
    });
    Route {
        id: text("operationId"),
        place,
        method: method.to_ascii_uppercase(),
        segments: segments.collect(),
        list,
        path: path_parameters,
        query,
        deep_query,
        body,
        subjects: subjects(operation),
        scopes: scopes(operation),
    }
}

/// Who may call an operation: those it names, or, where it names nobody, whose tokens `security` takes.
fn subjects(operation: &Json) -> Vec<Subject> {
    if let Some(named) = operation
        .get("x-polar-allowed-subjects")
        .and_then(Json::as_array)
    {
        let named = named.iter().filter_map(Json::as_str);
        return named
            .filter_map(|subject| match subject {
                "Organization" => Some(Subject::Organization),
                "User" => Some(Subject::User),
                "Customer" => Some(Subject::Customer),
                "Member" => Some(Subject::Member),
                _ => None,
            })
            .collect();
    }
    let alternatives = operation.get("security").and_then(Json::as_array);
    let schemes = alternatives
        .into_iter()
        .flatten()
        .filter_map(Json::as_object)
        .flat_map(|alternative| alternative.keys());
    schemes
        .filter_map(|scheme| match scheme.as_str() {
            "oat" => Some(Subject::Organization),
            "pat" => Some(Subject::User),
            "customer_session" => Some(Subject::Customer),
            "member_session" => Some(Subject::Member),
            _ => None,
        })
        .collect()
}

/// The scopes of an operation: every alternative of `security` names the same ones.
fn scopes(operation: &Json) -> Vec<String> {
    let alternatives = operation
        .get("security")
        .and_then(Json::as_array)
        .into_iter()
        .flatten();
    let first = alternatives
        .filter_map(Json::as_object)
        .flat_map(|alternative| alternative.values())
        .next();
    first
        .and_then(Json::as_array)
        .into_iter()
        .flatten()
        .filter_map(Json::as_str)
        .map(str::to_owned)
        .collect()
}
