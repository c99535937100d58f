//! What earlier runs left behind, because they were killed or lost their connection.

use std::collections::BTreeMap;

use chrono::Utc;

use super::cleanup::{Cleaned, Kind, remove};
use super::error::ProvisionError;
use super::mark::{Life, life, run_of};
use crate::json::{Value, parse};
use crate::server::Server;
use crate::wire::Request;

/// The longest page of a list, and the most pages that are read.
const PAGE: usize = 100;
const PAGES: usize = 1000;

/// The result of `clean`.
#[derive(Debug, Default)]
pub struct Swept {
    /// What was removed, and what is left.
    pub cleaned: Cleaned,
    /// The runs that were left alone, each with the number of its things.
    pub spared: BTreeMap<String, (Life, usize)>,
}

/// Removes everything with the suite's prefix, and nothing else; then lists everything again. Leaves alone
/// what belongs to a run that is, or may be, still going, unless `insist` is set.
///
/// # Errors
/// When the lists cannot be read.
pub async fn clean(server: &Server, token: &str, insist: bool) -> Result<Swept, ProvisionError> {
    let mut swept = Swept::default();
    let mut lives = BTreeMap::new();
    let now = Utc::now();
    for kind in Kind::ALL {
        let mut things = Vec::new();
        for (run, id) in ours(server, token, kind).await? {
            let life = *lives.entry(run.clone()).or_insert_with(|| life(&run, now));
            if insist || life == Life::Over {
                things.push((kind, id));
            } else {
                swept.spared.entry(run).or_insert((life, 0)).1 += 1;
            }
        }
        let cleaned = remove(server, token, things).await;
        swept.cleaned.removed += cleaned.removed;
        swept.cleaned.left.extend(cleaned.left);
    }
    if swept.cleaned.left.is_empty() {
        for kind in Kind::ALL {
            let still = ours(server, token, kind).await?.into_iter();
            let still = still.filter(|(run, _)| !swept.spared.contains_key(run));
            let told = still.map(|(run, id)| format!("{kind} {id} of {run}: still listed"));
            swept.cleaned.left.extend(told);
        }
    }
    Ok(swept)
}

/// Everything with the mark of a run: the run and the id.
async fn ours(
    server: &Server,
    token: &str,
    kind: Kind,
) -> Result<Vec<(String, String)>, ProvisionError> {
    let (slash, more) = match kind {
        Kind::WebhookEndpoint => ("", ""),
        Kind::Product => ("/", "&is_archived=false"),
        Kind::Subscription => ("/", "&active=true"),
        Kind::Customer | Kind::Benefit => ("/", ""),
    };
    let mut ours = Vec::new();
    for page in 1..=PAGES {
        let path = format!("{}{slash}?limit={PAGE}&page={page}{more}", kind.path());
        let request =
            Request::new("GET", &path).header("Authorization", &format!("Bearer {token}"));
        let answer = server.send(&request).await?;
        if answer.status != 200 {
            return Err(ProvisionError::refused(&request, &answer));
        }
        let body = parse(&answer.text()).unwrap_or(Value::Null);
        let Some(items) = body.get("items").and_then(Value::as_array) else {
            return Err(ProvisionError::lacks(&request, "items"));
        };
        ours.extend(items.iter().filter_map(|item| {
            let run = run_that_made(kind, item)?;
            Some((run, item.get("id")?.as_str()?.to_owned()))
        }));
        if items.len() < PAGE {
            return Ok(ours);
        }
    }
    Err(ProvisionError::Endless(kind))
}

/// The run that created something. Any of its names may show it: cases use different ones.
fn run_that_made(kind: Kind, item: &Value) -> Option<String> {
    let names: &[&[&str]] = match kind {
        Kind::WebhookEndpoint => &[&["name"], &["url"]],
        Kind::Customer => &[&["name"], &["external_id"], &["email"]],
        Kind::Subscription => &[
            &["product", "name"],
            &["customer", "name"],
            &["customer", "external_id"],
            &["customer", "email"],
        ],
        Kind::Benefit => &[&["description"]],
        Kind::Product => &[&["name"]],
    };
    names.iter().find_map(|path| {
        let found = path.iter().try_fold(item, |at, field| at.get(field))?;
        // The path of an address may begin with the mark.
        let text = found.as_str()?;
        let text = text.split_once("://").map_or(text, |(_, rest)| {
            rest.split_once('/').map_or("", |(_, path)| path)
        });
        run_of(text).map(str::to_owned)
    })
}
