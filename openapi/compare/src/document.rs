//! The parts of a document outside its operations: `info`, tags, extensions and servers.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::catalogue::DocumentRule;
use crate::comparer::{Comparer, Here};
use crate::exchange::Direction;
use crate::{operations::Operation, place::Place, shape::canonical};

impl<'d> Comparer<'d> {
    pub(crate) fn root(&mut self, old: &Place<'d>, new: &Place<'d>) {
        if let (Some(before), Some(after)) = (old.get("info"), new.get("info")) {
            let mut keys: Vec<&str> = before.entries().iter().map(|(key, _)| *key).collect();
            keys.extend(after.entries().iter().map(|(key, _)| *key));
            keys.sort_unstable();
            keys.dedup();
            for key in keys.into_iter().filter(|key| !key.starts_with("x-")) {
                self.words("", &before, &after, &[(key, DocumentRule::InfoChanged)]);
            }
            self.extensions("", &before, &after, DocumentRule::InfoChanged);
        }
        self.words("", old, new, &[("externalDocs", DocumentRule::DocsChanged)]);
        self.extensions("", old, new, DocumentRule::DocumentExtensionChanged);
        self.tags(old, new);
        self.servers(old, new, "");
    }

    fn tags(&mut self, old: &Place<'d>, new: &Place<'d>) {
        let read = |place: &Place<'d>| -> BTreeMap<&'d str, Place<'d>> {
            let tags = place.list("tags").into_iter();
            tags.filter_map(|tag| Some((tag.text("name")?, tag)))
                .collect()
        };
        let (before, after) = (read(old), read(new));
        for (name, tag) in &after {
            let same = before
                .get(name)
                .is_some_and(|known| canonical(known.value) == canonical(tag.value));
            if !same {
                let message = format!("tag `{name}`");
                self.document_changed(
                    "",
                    Direction::None,
                    DocumentRule::TagChanged,
                    &tag.at,
                    message,
                );
            }
        }
        for (name, tag) in before.iter().filter(|(name, _)| !after.contains_key(*name)) {
            let message = format!("tag `{name}` is gone");
            self.document_changed(
                "",
                Direction::None,
                DocumentRule::TagChanged,
                &tag.at,
                message,
            );
        }
    }

    /// The servers of a path or an operation that override those of the document.
    pub(crate) fn own_servers(&mut self, old: &Operation<'d>, new: &Operation<'d>, here: &Here) {
        let own = |operation: &Operation<'d>| {
            let holders = [&operation.place, &operation.item];
            holders
                .into_iter()
                .find(|holder| holder.value.get("servers").is_some())
                .cloned()
        };
        let whole = [crate::sets::Side::Old, crate::sets::Side::New];
        let [old_root, new_root] = whole.map(|side| self.schemas.sets.document(side).whole());
        match (own(old), own(new)) {
            (None, None) => {}
            (before, after) => {
                let (before, after) = (before.unwrap_or(old_root), after.unwrap_or(new_root));
                self.servers(&before, &after, &here.operation);
            }
        }
    }

    fn servers(&mut self, old: &Place<'d>, new: &Place<'d>, operation: &str) {
        let (before, after) = (addresses(old), addresses(new));
        let gone: Vec<_> = before
            .keys()
            .filter(|url| !after.contains_key(*url))
            .collect();
        let come: Vec<_> = after
            .keys()
            .filter(|url| !before.contains_key(*url))
            .collect();
        let at = |all: &BTreeMap<String, Option<Place<'d>>>, url: &String| {
            let place = all.get(url).and_then(Option::as_ref);
            place.map_or_else(|| new.at.to_string(), |place| place.at.to_string())
        };
        let (rule, location, message) = match (&gone[..], &come[..]) {
            ([], []) => {
                for (url, server) in &after {
                    if let (Some(Some(twin)), Some(server)) = (before.get(url), server) {
                        self.words(
                            operation,
                            twin,
                            server,
                            &[("description", DocumentRule::ServerDescriptionChanged)],
                        );
                        self.extensions(
                            operation,
                            twin,
                            server,
                            DocumentRule::ServerDescriptionChanged,
                        );
                    }
                }
                return;
            }
            ([url, ..], []) => (
                DocumentRule::ServerRemoved,
                at(&before, url),
                format!("{} is gone", list(&gone)),
            ),
            ([], [url, ..]) => (
                DocumentRule::ServerAdded,
                at(&after, url),
                format!("{} is new", list(&come)),
            ),
            (_, [url, ..]) => (
                DocumentRule::ServersChanged,
                at(&after, url),
                format!("{} → {}", list(&gone), list(&come)),
            ),
        };
        self.document_changed(operation, Direction::None, rule, &location, message);
    }
}

fn list(urls: &[&String]) -> String {
    let urls: Vec<_> = urls.iter().map(|url| url.as_str()).collect();
    urls.join(", ")
}

/// The addresses that a list of servers stands for. Without a list it is `/`.
fn addresses<'d>(holder: &Place<'d>) -> BTreeMap<String, Option<Place<'d>>> {
    let servers = holder.list("servers");
    if servers.is_empty() {
        return [("/".to_owned(), None)].into();
    }
    let read = |server: Place<'d>| {
        let url = server.text("url").unwrap_or("/");
        let trimmed = url
            .strip_suffix('/')
            .filter(|url| !url.is_empty())
            .unwrap_or(url);
        let mut text = trimmed.to_owned();
        for (name, variable) in server.map("variables") {
            let values = variable.value.get("enum").and_then(Value::as_array);
            let mut values: Vec<_> = values.into_iter().flatten().map(canonical).collect();
            values.sort();
            text.push_str(&format!(" {name}={}", values.join("|")));
        }
        (text, Some(server))
    };
    servers.into_iter().map(read).collect()
}
