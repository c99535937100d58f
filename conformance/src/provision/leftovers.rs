//! What earlier runs left behind, because they were killed or lost their connection.

use super::PREFIX;
use super::error::GroundError;
use super::ledger::{Cleaned, Kind, remove};
use crate::json::{Value, parse};
use crate::target::{Credentials, Server};
use crate::wire::Request;

/// Removes everything whose name begins as the suite's names do, and nothing else.
///
/// # Errors
/// When the lists cannot be read.
pub async fn clean(server: &Server, credentials: &Credentials) -> Result<Cleaned, GroundError> {
    let mut things = Vec::new();
    for kind in Kind::ALL {
        for item in all(server, credentials.token(), kind).await? {
            if is_ours(kind, &item)
                && let Some(id) = item.get("id").and_then(Value::as_str)
            {
                things.push((kind, id.to_owned()));
            }
        }
    }
    Ok(remove(server, credentials.token(), things).await)
}

async fn all(server: &Server, token: &str, kind: Kind) -> Result<Vec<Value>, GroundError> {
    let slash = if kind == Kind::WebhookEndpoint {
        ""
    } else {
        "/"
    };
    let more = if kind == Kind::Product {
        "&is_archived=false"
    } else {
        ""
    };
    let mut items = Vec::new();
    for page in 1.. {
        let path = format!("{}{slash}?limit=100&page={page}{more}", kind.path());
        let request =
            Request::new("GET", &path).header("Authorization", &format!("Bearer {token}"));
        let answer = server.send(&request).await?;
        if answer.status != 200 {
            return Err(GroundError::refused(&request, &answer));
        }
        let body = parse(&answer.text()).unwrap_or(Value::Null);
        let found = body.get("items").and_then(Value::as_array);
        let Some(found) = found.filter(|found| !found.is_empty()) else {
            break;
        };
        items.extend(found.iter().cloned());
    }
    Ok(items)
}

fn is_ours(kind: Kind, item: &Value) -> bool {
    let (field, contained) = match kind {
        Kind::WebhookEndpoint => ("url", true),
        Kind::Customer => ("external_id", false),
        Kind::Benefit => ("description", false),
        Kind::Product => ("name", false),
    };
    item.get(field)
        .and_then(Value::as_str)
        .is_some_and(|name| name.starts_with(PREFIX) || (contained && name.contains(PREFIX)))
}
