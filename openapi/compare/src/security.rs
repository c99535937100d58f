//! Who may send a request: the credentials that both documents ask for, side by side.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::catalogue::DocumentRule;
use crate::comparer::{Comparer, Here};
use crate::exchange::Direction;
use crate::{operations::Operation, place::Place, sets::Side, shape::canonical};

/// Credentials that together are enough: schemes with the scopes they must have.
type Alternative = BTreeMap<String, BTreeSet<String>>;

impl<'d> Comparer<'d> {
    pub(crate) fn security(&mut self, old: &Operation<'d>, new: &Operation<'d>, here: &Here) {
        let renamed = self.renamed_schemes();
        let before = self.alternatives(Side::Old, old, &renamed);
        let after = self.alternatives(Side::New, new, &BTreeMap::new());
        if let Some((rule, message)) = difference(&before, &after) {
            let holder = if new.place.value.get("security").is_some() {
                &new.place.at
            } else {
                ""
            };
            let location = match holder {
                "" if old.place.value.get("security").is_none() => "/security".to_owned(),
                _ => new.place.at.to_string(),
            };
            let root = self.schemas.sets.document(Side::New);
            let location = if location == "/security" && !root.has(&location) {
                String::new()
            } else {
                location
            };
            self.document_changed(
                &here.operation,
                Direction::Request,
                rule,
                &location,
                message,
            );
        }
        let used = |all: &[Alternative]| -> BTreeSet<String> {
            all.iter().flat_map(|one| one.keys().cloned()).collect()
        };
        for name in used(&before).intersection(&used(&after)) {
            let former = renamed
                .iter()
                .find(|(_, new)| *new == name)
                .map_or(name, |(old, _)| old);
            let schemes = (self.scheme(Side::Old, former), self.scheme(Side::New, name));
            if let (Some(old), Some(new)) = schemes {
                self.scheme_changes(&old, &new, name, here);
            }
        }
    }

    fn scheme_changes(&mut self, old: &Place<'d>, new: &Place<'d>, name: &str, here: &Here) {
        let operation = here.operation.as_str();
        let read = |place: &Place<'d>, keys: &[&str]| -> Vec<Option<String>> {
            keys.iter()
                .map(|key| {
                    place
                        .value
                        .get(key)
                        .map(|value| canonical(value).to_lowercase())
                })
                .collect()
        };
        let source = |place: &Place<'d>| {
            let mut flows = place.value.get("flows").cloned();
            let all = flows.as_mut().and_then(Value::as_object_mut);
            for (_, flow) in all.into_iter().flatten() {
                let scopes = flow.get_mut("scopes").and_then(Value::as_object_mut);
                for (_, words) in scopes.into_iter().flatten() {
                    *words = Value::Null;
                }
            }
            (
                flows.as_ref().map(canonical),
                place.value.get("openIdConnectUrl").map(canonical),
            )
        };
        let shown = ["type", "scheme", "in", "name"];
        if read(old, &shown) != read(new, &shown) {
            let message = format!("`{name}` is shown in another way");
            self.document_changed(
                operation,
                Direction::Request,
                DocumentRule::SecuritySchemeChanged,
                &new.at,
                message,
            );
        } else if source(old) != source(new) {
            let message = format!("`{name}` comes from elsewhere");
            self.document_changed(
                operation,
                Direction::Request,
                DocumentRule::SecuritySchemeSourceChanged,
                &new.at,
                message,
            );
        }
        let words = ["description", "bearerFormat"];
        if read(old, &words) != read(new, &words) {
            let message = format!("other words: `{name}`");
            self.document_changed(
                operation,
                Direction::Request,
                DocumentRule::SecuritySchemeDescriptionChanged,
                &new.at,
                message,
            );
        }
    }

    fn scheme(&self, side: Side, name: &str) -> Option<Place<'d>> {
        let document = self.schemas.sets.document(side);
        let place = document
            .whole()
            .get("components")?
            .get("securitySchemes")?
            .get(name)?;
        Some(document.follow(&place))
    }

    /// Schemes that are the same but for the name: one gone, one new.
    fn renamed_schemes(&self) -> BTreeMap<String, String> {
        let names = |side| -> Vec<&'d str> {
            let components = self.schemas.sets.document(side).whole().get("components");
            let schemes = components.map(|components| components.map("securitySchemes"));
            schemes
                .into_iter()
                .flatten()
                .map(|(name, _)| name)
                .collect()
        };
        let (before, after) = (names(Side::Old), names(Side::New));
        let mut fresh: Vec<_> = after.iter().filter(|name| !before.contains(name)).collect();
        let mut renamed = BTreeMap::new();
        for old in before.iter().filter(|name| !after.contains(name)) {
            let same = |new: &&str| {
                let schemes = (self.scheme(Side::Old, old), self.scheme(Side::New, new));
                matches!(schemes, (Some(old), Some(new)) if old.value == new.value)
            };
            if let Some(index) = fresh.iter().position(|new| same(new)) {
                renamed.insert((*old).to_owned(), (*fresh.remove(index)).to_owned());
            }
        }
        renamed
    }

    /// What is asked for, the operation's own or the document's. Nothing: anybody may.
    fn alternatives(
        &self,
        side: Side,
        operation: &Operation<'d>,
        renamed: &BTreeMap<String, String>,
    ) -> Vec<Alternative> {
        let whole = self.schemas.sets.document(side).whole();
        let listed = operation
            .place
            .value
            .get("security")
            .or_else(|| whole.value.get("security"));
        let list = listed
            .and_then(Value::as_array)
            .map(Vec::as_slice)
            .unwrap_or_default();
        let read = |requirement: &Value| -> Alternative {
            let schemes = requirement.as_object().into_iter().flatten();
            let entry = |(name, scopes): (&String, &Value)| {
                let name = renamed.get(name).unwrap_or(name).clone();
                let scopes = scopes.as_array().into_iter().flatten();
                (
                    name,
                    scopes
                        .filter_map(|scope| scope.as_str().map(str::to_owned))
                        .collect(),
                )
            };
            schemes.map(entry).collect()
        };
        if list.is_empty() {
            vec![Alternative::new()]
        } else {
            list.iter().map(read).collect()
        }
    }
}

/// Whether whoever has the one has the other too.
fn has(one: &Alternative, other: &Alternative) -> bool {
    other
        .iter()
        .all(|(name, scopes)| one.get(name).is_some_and(|known| scopes.is_subset(known)))
}

fn difference(before: &[Alternative], after: &[Alternative]) -> Option<(DocumentRule, String)> {
    let lone = |from: &[Alternative], other: &[Alternative]| -> Vec<Alternative> {
        let refused = |one: &&Alternative| !other.iter().any(|enough| has(one, enough));
        from.iter().filter(refused).cloned().collect()
    };
    let (gone, come) = (lone(before, after), lone(after, before));
    let names = |all: &[Alternative]| -> String {
        let one = |alternative: &Alternative| {
            if alternative.is_empty() {
                return "no credentials".to_owned();
            }
            let scheme = |(name, scopes): (&String, &BTreeSet<String>)| {
                let scopes: Vec<_> = scopes.iter().map(String::as_str).collect();
                if scopes.is_empty() {
                    name.clone()
                } else {
                    format!("{name} ({})", scopes.join(", "))
                }
            };
            alternative
                .iter()
                .map(scheme)
                .collect::<Vec<_>>()
                .join(" and ")
        };
        all.iter().map(one).collect::<Vec<_>>().join("; ")
    };
    let anybody = |all: &[Alternative]| all.iter().any(BTreeMap::is_empty);
    let schemes = |all: &[Alternative]| -> BTreeSet<Vec<String>> {
        all.iter()
            .map(|one| one.keys().cloned().collect())
            .collect()
    };
    let rescoped = schemes(before) == schemes(after);
    let rule = match (gone.is_empty(), come.is_empty()) {
        (true, true) => return None,
        (false, true) if anybody(before) && !anybody(after) => DocumentRule::SecurityRequired,
        (true, false) if anybody(after) && !anybody(before) => DocumentRule::SecurityDropped,
        (false, true) if rescoped => DocumentRule::SecurityScopeAdded,
        (true, false) if rescoped => DocumentRule::SecurityScopeRemoved,
        (false, true) if after.len() < before.len() => DocumentRule::SecurityAlternativeRemoved,
        (true, false) if after.len() > before.len() => DocumentRule::SecurityAlternativeAdded,
        (false, true) => DocumentRule::SecurityTightened,
        (true, false) => DocumentRule::SecurityLoosened,
        (false, false) => DocumentRule::SecurityChanged,
    };
    let message = format!("{} → {}", names(before), names(after));
    Some((rule, message))
}
