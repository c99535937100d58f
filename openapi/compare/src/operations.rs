//! Pairs the operations of both documents and compares each pair.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::catalogue::DocumentRule;
use crate::comparer::{Comparer, Here};
use crate::exchange::Direction;
use crate::{pairs::PairId, place::Place, sets::Side, shape::canonical};
use polar_openapi::walk::METHODS;

/// An operation with the path item it belongs to.
#[derive(Clone)]
pub(crate) struct Operation<'d> {
    /// The path, or the name of a webhook.
    pub(crate) path: &'d str,
    pub(crate) method: &'static str,
    pub(crate) item: Place<'d>,
    pub(crate) place: Place<'d>,
}

impl Operation<'_> {
    fn id(&self) -> Option<&str> {
        self.place.text("operationId")
    }

    /// What it is called in a report.
    pub(crate) fn name(&self) -> String {
        let unnamed = || format!("{} {}", self.method.to_uppercase(), self.path);
        self.id().map_or_else(unnamed, str::to_owned)
    }

    /// What identifies an operation in a request; the names of path parameters do not.
    fn key(&self) -> (String, &'static str) {
        (template(self.path), self.method)
    }
}

/// A path without the names of its parameters.
pub(crate) fn template(path: &str) -> String {
    let mut text = String::new();
    let mut inside = false;
    for c in path.chars() {
        match c {
            '{' => {
                inside = true;
                text.push_str("{}");
            }
            '}' => inside = false,
            c if !inside => text.push(c),
            _ => {}
        }
    }
    text
}

/// The names of the parameters of a path, in order.
pub(crate) fn path_names(path: &str) -> Vec<&str> {
    let parts = path.split('{').skip(1);
    parts
        .filter_map(|part| part.split_once('}').map(|(name, _)| name))
        .collect()
}

impl<'d> Comparer<'d> {
    pub(crate) fn document(&mut self) {
        let whole = [Side::Old, Side::New].map(|side| self.schemas.sets.document(side).whole());
        let [old, new] = &whole;
        self.root(old, new);
        let before = self.operations(Side::Old, old.map("paths"));
        let after = self.operations(Side::New, new.map("paths"));
        self.side_by_side(before, after, false, "");
        let before = self.operations(Side::Old, old.map("webhooks"));
        let after = self.operations(Side::New, new.map("webhooks"));
        self.side_by_side(before, after, true, "");
    }

    pub(crate) fn operations(
        &self,
        side: Side,
        items: Vec<(&'d str, Place<'d>)>,
    ) -> Vec<Operation<'d>> {
        let mut all = Vec::new();
        for (path, item) in items
            .into_iter()
            .filter(|(path, _)| !path.starts_with("x-"))
        {
            let item = self.schemas.sets.document(side).follow(&item);
            for method in METHODS {
                let operation = item.get(method).map(|place| Operation {
                    path,
                    method,
                    item: item.clone(),
                    place,
                });
                all.extend(operation);
            }
        }
        all
    }

    /// `from_server`: whether the server sends the requests. `within`: the operation that has them as callbacks.
    fn side_by_side(
        &mut self,
        old: Vec<Operation<'d>>,
        new: Vec<Operation<'d>>,
        from_server: bool,
        within: &str,
    ) {
        let mut left: Vec<Option<Operation<'d>>> = old.into_iter().map(Some).collect();
        let mut keys = BTreeMap::new();
        for (index, operation) in left.iter().enumerate() {
            keys.extend(operation.as_ref().map(|operation| (operation.key(), index)));
        }
        let mut pairs: Vec<(Option<Operation<'d>>, Operation<'d>)> = Vec::new();
        for operation in new {
            let twin = keys
                .get(&operation.key())
                .and_then(|index| left[*index].take());
            pairs.push((twin, operation));
        }
        // What is at another path or under another method is found by its name.
        for (twin, operation) in &mut pairs {
            if twin.is_none() && operation.id().is_some() {
                let same = |old: &Option<Operation>| {
                    old.as_ref().is_some_and(|old| old.id() == operation.id())
                };
                *twin = left.iter_mut().find(|old| same(old)).and_then(Option::take);
            }
        }
        let label = |name: String| {
            if within.is_empty() {
                name
            } else {
                format!("{within} → {name}")
            }
        };
        for (old, new) in pairs {
            let name = label(new.name());
            match old {
                Some(old) => self.operation(
                    &old,
                    &new,
                    Here {
                        operation: name,
                        from_server,
                    },
                ),
                None => {
                    let rule = if from_server {
                        DocumentRule::WebhookAdded
                    } else {
                        DocumentRule::OperationAdded
                    };
                    let message = format!("{} {} is new", new.method.to_uppercase(), new.path);
                    self.document_changed(&name, Direction::None, rule, &new.place.at, message);
                }
            }
        }
        for old in left.into_iter().flatten() {
            let rule = if from_server {
                DocumentRule::WebhookRemoved
            } else {
                DocumentRule::OperationRemoved
            };
            let message = format!("{} {} is gone", old.method.to_uppercase(), old.path);
            self.document_changed(
                &label(old.name()),
                Direction::None,
                rule,
                &old.place.at,
                message,
            );
        }
    }

    fn operation(&mut self, old: &Operation<'d>, new: &Operation<'d>, here: Here) {
        if !here.from_server {
            self.moved(old, new, &here);
        } else if old.method != new.method {
            let message = format!(
                "{} → {}",
                old.method.to_uppercase(),
                new.method.to_uppercase()
            );
            self.document_changed(
                &here.operation,
                Direction::None,
                DocumentRule::WebhookMethodChanged,
                &new.place.at,
                message,
            );
        } else if old.path != new.path {
            let message = format!("{} → {}", old.path, new.path);
            self.document_changed(
                &here.operation,
                Direction::None,
                DocumentRule::WebhookRenamed,
                &new.place.at,
                message,
            );
        }
        self.said_about(old, new, &here);
        if !here.from_server {
            self.security(old, new, &here);
            self.own_servers(old, new, &here);
        }
        let mut asked: Vec<PairId> = Vec::new();
        self.parameters(old, new, &here, &mut asked);
        self.request_body(&old.place, &new.place, &here, &mut asked);
        self.schemas_changed(&here, here.asked(), &asked);
        let mut answered: Vec<PairId> = Vec::new();
        self.responses(&old.place, &new.place, &here, &mut answered);
        self.schemas_changed(&here, here.answered(), &answered);
        self.callbacks(old, new, &here);
    }

    fn moved(&mut self, old: &Operation<'d>, new: &Operation<'d>, here: &Here) {
        let name = &here.operation;
        let at = &new.place.at;
        if template(old.path) != template(new.path) {
            let message = format!("{} → {}", old.path, new.path);
            self.document_changed(
                name,
                Direction::None,
                DocumentRule::OperationPathChanged,
                at,
                message,
            );
        } else if old.method != new.method {
            let message = format!(
                "{} → {}",
                old.method.to_uppercase(),
                new.method.to_uppercase()
            );
            self.document_changed(
                name,
                Direction::None,
                DocumentRule::OperationMethodChanged,
                at,
                message,
            );
        }
    }

    fn said_about(&mut self, old: &Operation<'d>, new: &Operation<'d>, here: &Here) {
        let name = here.operation.clone();
        let (before, after) = (&old.place, &new.place);
        if old.id() != new.id() {
            let id = |operation: &Operation| operation.id().unwrap_or("none").to_owned();
            let message = format!("operationId {} → {}", id(old), id(new));
            self.document_changed(
                &name,
                Direction::None,
                DocumentRule::OperationIdChanged,
                &after.at,
                message,
            );
        }
        match (before.flag("deprecated"), after.flag("deprecated")) {
            (false, true) => {
                let message = "deprecated now".to_owned();
                self.document_changed(
                    &name,
                    Direction::None,
                    DocumentRule::OperationDeprecated,
                    &after.at,
                    message,
                );
            }
            (true, false) => {
                let message = "not deprecated any more".to_owned();
                self.document_changed(
                    &name,
                    Direction::None,
                    DocumentRule::OperationReinstated,
                    &after.at,
                    message,
                );
            }
            _ => {}
        }
        self.words(
            &name,
            before,
            after,
            &[
                ("summary", DocumentRule::OperationSummaryChanged),
                ("description", DocumentRule::OperationDescriptionChanged),
                ("tags", DocumentRule::OperationTagsChanged),
                ("externalDocs", DocumentRule::OperationDocsChanged),
            ],
        );
        self.extensions(
            &name,
            before,
            after,
            DocumentRule::OperationExtensionChanged,
        );
        self.words(
            &name,
            &old.item,
            &new.item,
            &[
                ("summary", DocumentRule::PathSummaryChanged),
                ("description", DocumentRule::PathDescriptionChanged),
            ],
        );
        self.extensions(
            &name,
            &old.item,
            &new.item,
            DocumentRule::PathExtensionChanged,
        );
    }

    /// Compares the texts under these keys, each with its rule.
    pub(crate) fn words(
        &mut self,
        operation: &str,
        old: &Place<'d>,
        new: &Place<'d>,
        keys: &[(&str, DocumentRule)],
    ) {
        for (key, rule) in keys.iter().copied() {
            let text = |place: &Place| place.value.get(key).map(canonical);
            if text(old) != text(new) {
                let message = format!("`{key}` says something else");
                self.document_changed(operation, Direction::None, rule, &new.at, message);
            }
        }
    }

    pub(crate) fn extensions(
        &mut self,
        operation: &str,
        old: &Place<'d>,
        new: &Place<'d>,
        rule: DocumentRule,
    ) {
        let read = |place: &Place| {
            place
                .value
                .as_object()
                .and_then(crate::annotations::extensions)
        };
        let text = |value: Option<Value>| value.map(|value| canonical(&value));
        if text(read(old)) != text(read(new)) {
            let message = "an extension (x-…) says something else".to_owned();
            self.document_changed(operation, Direction::None, rule, &new.at, message);
        }
    }

    fn callbacks(&mut self, old: &Operation<'d>, new: &Operation<'d>, here: &Here) {
        let mut sides = Vec::new();
        for (side, operation) in [(Side::Old, old), (Side::New, new)] {
            let mut items = Vec::new();
            for (_, callback) in operation.place.map("callbacks") {
                let callback = self.schemas.sets.document(side).follow(&callback);
                items.extend(callback.entries());
            }
            sides.push(self.operations(side, items));
        }
        let (Some(after), Some(before)) = (sides.pop(), sides.pop()) else {
            return;
        };
        if !(before.is_empty() && after.is_empty()) {
            self.side_by_side(before, after, !here.from_server, &here.operation);
        }
    }
}
