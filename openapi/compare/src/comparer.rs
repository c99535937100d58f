//! Collects the changes between two documents.

use std::collections::HashSet;

use serde_json::Value;

use crate::{
    catalogue::{DocumentRule, MessageRule},
    change::Change,
    exchange::{Direction, Flow},
    pairs::{Difference, PairId},
    rules::Rule,
    schemas::Schemas,
};

/// Compares two documents and collects the changes.
pub(crate) struct Comparer<'d> {
    pub(crate) schemas: Schemas<'d>,
    pub(crate) changes: Vec<Change>,
}

/// An operation that both documents have.
pub(crate) struct Here {
    /// Its name in a report.
    pub(crate) operation: String,
    /// Whether the server sends the request: a webhook or a callback.
    pub(crate) from_server: bool,
}

impl Here {
    pub(crate) fn asked(&self) -> Flow {
        if self.from_server {
            Flow::Webhook
        } else {
            Flow::Request
        }
    }

    pub(crate) fn answered(&self) -> Flow {
        if self.from_server {
            Flow::WebhookAnswer
        } else {
            Flow::Response
        }
    }
}

impl<'d> Comparer<'d> {
    pub(crate) fn new(old: &'d Value, new: &'d Value) -> Self {
        Self {
            schemas: Schemas::new(old, new),
            changes: Vec::new(),
        }
    }

    /// Notes a change of a message.
    pub(crate) fn message_changed(&mut self, here: &Here, flow: Flow, difference: Difference) {
        let Difference {
            rule,
            location,
            message,
        } = difference;
        let rule = Rule::message(flow, rule);
        self.note(&here.operation, flow.direction(), rule, location, message);
    }

    /// Notes a change of an operation or of the document as a whole.
    pub(crate) fn document_changed(
        &mut self,
        operation: &str,
        direction: Direction,
        rule: DocumentRule,
        location: &str,
        message: String,
    ) {
        let rule = Rule::document(rule);
        self.note(operation, direction, rule, location.to_owned(), message);
    }

    /// Notes everything that pairs of schemas lead to.
    pub(crate) fn schemas_changed(&mut self, here: &Here, flow: Flow, roots: &[PairId]) {
        let mut seen = HashSet::new();
        let mut found = Vec::new();
        for root in roots {
            self.schemas.pairs.collect(*root, &mut seen, &mut found);
        }
        let all = found.clone();
        for difference in found {
            if !self.follows(&difference, &all, here) {
                self.message_changed(here, flow, difference);
            }
        }
    }

    /// Whether a default is new because what it is for may be left out now, or gone because it must not.
    fn follows(&self, difference: &Difference, all: &[Difference], here: &Here) -> bool {
        use MessageRule::*;
        let (property, parameter) = match difference.rule {
            DefaultSet => (PropertyBecameOptional, ParameterBecameOptional),
            DefaultLifted => (PropertyBecameRequired, ParameterBecameRequired),
            _ => return false,
        };
        let of_property =
            |one: &Difference| one.rule == property && one.location == difference.location;
        let of_parameter = |one: &Change| {
            one.rule.is(parameter)
                && difference.location.strip_suffix("/schema") == Some(one.location.as_str())
        };
        all.iter().any(of_property) || self.noted(&here.operation).any(of_parameter)
    }

    fn note(
        &mut self,
        operation: &str,
        direction: Direction,
        rule: Rule,
        location: String,
        message: String,
    ) {
        let same = |known: &Change| {
            known.rule == rule && known.location == location && known.direction == direction
        };
        if !self.noted(operation).any(same) {
            self.changes.push(Change {
                rule,
                breaks: rule.breaks(),
                severity: rule.severity(),
                operation: operation.to_owned(),
                direction,
                location,
                message,
            });
        }
    }

    /// The changes noted for the operation that is being compared: they are the last ones.
    fn noted(&self, operation: &str) -> impl Iterator<Item = &Change> {
        let changes = self.changes.iter().rev();
        changes.take_while(move |change| change.operation == operation)
    }
}
