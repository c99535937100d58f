//! Which operation a request is for.

use polar_openapi::bundled;
use serde_json::Value;

/// The license-key operations of the document, with their paths.
#[derive(Debug)]
pub(super) struct Routes(Vec<Route>);

#[derive(Debug)]
struct Route {
    method: String,
    segments: Vec<String>,
    operation: String,
}

impl Routes {
    /// Those of the first group of `operations.toml`.
    pub(super) fn bundled(document: &Value) -> Self {
        let operations = bundled::operations();
        let wanted = operations.groups().first().map(|group| &group.operations);
        let paths = document["paths"].as_object().into_iter().flatten();
        let routes = paths.flat_map(|(path, item)| {
            let methods = item.as_object().into_iter().flatten();
            methods.filter_map(|(method, operation)| {
                let id = operation.get("operationId")?.as_str()?;
                wanted?.iter().any(|known| known == id).then(|| Route {
                    method: method.to_uppercase(),
                    segments: path.split('/').map(str::to_owned).collect(),
                    operation: id.to_owned(),
                })
            })
        });
        let mut routes: Vec<Route> = routes.collect();
        // `/validate` before `/{id}`.
        routes.sort_by_key(|route| {
            route
                .segments
                .iter()
                .filter(|segment| segment.starts_with('{'))
                .count()
        });
        Self(routes)
    }

    /// The ids of the operations.
    pub(super) fn operations(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|route| route.operation.as_str())
    }

    /// The operation of a method and a path, which may have a query.
    pub(super) fn find(&self, method: &str, path: &str) -> Option<&str> {
        let path = path.split('?').next().unwrap_or_default();
        let path = path.strip_prefix("/api").unwrap_or(path);
        let given: Vec<&str> = path.split('/').collect();
        let route = self.0.iter().find(|route| {
            route.method == method
                && route.segments.len() == given.len()
                && route
                    .segments
                    .iter()
                    .zip(&given)
                    .all(|(segment, given)| segment.starts_with('{') || segment == given)
        });
        route.map(|route| route.operation.as_str())
    }
}
