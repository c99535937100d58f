//! Finds actions of an overlay that are out of date: they match nothing, repeat what the document now says, or contradict it.

use std::{collections::BTreeSet, fmt};

use serde_json::Value;

use crate::{
    overlay::{Action, ActionProblem, Change, Overlay, reference_goes},
    pointer, refs,
};

/// An action that is out of date.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// Its place in `actions`, from 0.
    pub index: usize,
    /// Its target.
    pub target: String,
    /// Why.
    pub reason: Reason,
}

/// Why an action is out of date.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reason {
    /// It can no longer be applied.
    DoesNotApply(ActionProblem),
    /// At some of the places it matches, the document says the same without it.
    Redundant {
        /// The JSON Pointers of those places.
        places: Vec<String>,
        /// How many places the target matches.
        of: usize,
    },
    /// At these places the document now says something else, which the action overwrites.
    Conflict(Vec<String>),
    /// It refers to these targets, which no longer exist.
    DanglingReference(Vec<String>),
}

impl Reason {
    /// Whether the overlay must be corrected before it can be used.
    pub fn is_error(&self) -> bool {
        matches!(self, Self::DoesNotApply(_) | Self::DanglingReference(_))
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "action {} ({}): ", self.index, self.target)?;
        match &self.reason {
            Reason::DoesNotApply(problem) => write!(f, "{problem}"),
            Reason::Redundant { places, of } if places.len() == *of => {
                write!(f, "the document now says this itself; remove the action")
            }
            Reason::Redundant { places, of } => {
                let first = places.first().map_or("", String::as_str);
                let many = places.len();
                write!(
                    f,
                    "the document now says this itself at {many} of {of} places, first at {first}; narrow the target"
                )
            }
            Reason::Conflict(places) => write!(
                f,
                "the document now says something else at {}, and the action overwrites it; check which is right",
                places.join(", ")
            ),
            Reason::DanglingReference(targets) => write!(
                f,
                "it refers to {}, which no longer exists; correct the reference",
                targets.join(", ")
            ),
        }
    }
}

/// Every action of the overlay that is out of date for this document. `before` is the document that the overlay was
/// written for.
pub fn lint(overlay: &Overlay, before: Option<&Value>, document: &Value) -> Vec<Finding> {
    let (mut before, mut document) = (before.cloned(), document.clone());
    let mut found = Vec::new();
    for (index, action) in overlay.actions.iter().enumerate() {
        let mut add = |reason| {
            found.push(Finding {
                index,
                target: action.target.clone(),
                reason,
            });
        };
        if let Change::Update(update) = &action.change {
            let all = action.places(&document);
            let said = |place: &&String| {
                let target = document.pointer(place);
                target.is_some_and(|target| says(&document, target, update))
            };
            let places: Vec<_> = all.iter().filter(said).cloned().collect();
            if !places.is_empty() {
                let of = all.len();
                add(Reason::Redundant { places, of });
            }
        }
        if let Some(before) = &mut before {
            let known = replaced(action, before);
            let fresh = replaced(action, &document);
            let fresh: Vec<_> = fresh.difference(&known).cloned().collect();
            if !fresh.is_empty() {
                add(Reason::Conflict(fresh));
            }
            // Only what no longer fits now matters, so a failure here is ignored.
            let _ = action.apply(before);
        }
        match (action.apply(&mut document), &action.change) {
            (Ok(()), _) => {}
            // The document no longer has what the action removes.
            (Err(ActionProblem::NoMatch), Change::Remove) => add(Reason::Redundant {
                places: Vec::new(),
                of: 0,
            }),
            (Err(problem), _) => add(Reason::DoesNotApply(problem)),
        }
    }
    // An action may refer to what a later one adds.
    for (index, action) in overlay.actions.iter().enumerate() {
        let mut lost = BTreeSet::new();
        if let Change::Update(update) = &action.change {
            dangling(update, &document, &mut lost);
        }
        if !lost.is_empty() {
            found.push(Finding {
                index,
                target: action.target.clone(),
                reason: Reason::DanglingReference(lost.into_iter().collect()),
            });
        }
    }
    found.sort_by_key(|one| one.index);
    found
}

/// References in an update whose target the document does not have.
fn dangling(update: &Value, document: &Value, lost: &mut BTreeSet<String>) {
    match update {
        Value::Object(map) => {
            if let Some(Value::String(target)) = map.get("$ref")
                && refs::resolve(document, target).is_err()
            {
                lost.insert(target.clone());
            }
            map.values()
                .for_each(|value| dangling(value, document, lost));
        }
        Value::Array(items) => items
            .iter()
            .for_each(|value| dangling(value, document, lost)),
        _ => {}
    }
}

/// Places where the document says something else than the action.
fn replaced(action: &Action, document: &Value) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    if let Change::Update(update) = &action.change {
        for place in action.places(document) {
            if let Some(target) = document.pointer(&place) {
                differing(&place, target, update, &mut found);
            }
        }
    }
    found
}

fn differing(at: &str, target: &Value, update: &Value, found: &mut BTreeSet<String>) {
    match (target, update) {
        (Value::Object(target), Value::Object(update)) => {
            if reference_goes(target, update) {
                found.insert(pointer::join(at, "$ref"));
            }
            for (key, update) in update {
                if let Some(target) = target.get(key) {
                    differing(&pointer::join(at, key), target, update, found);
                }
            }
        }
        // An action adds to a list and overwrites nothing in it.
        (Value::Array(_), _) => {}
        (target, update) if target == update => {}
        _ => {
            found.insert(at.to_owned());
        }
    }
}

/// Whether the target already says everything that the update would add.
fn says(document: &Value, target: &Value, update: &Value) -> bool {
    match (target, update) {
        (Value::Object(target), Value::Object(update)) => update.iter().all(|(key, update)| {
            let known = target.get(key);
            known.is_some_and(|known| says(document, known, update))
        }),
        (Value::Array(known), Value::Array(more)) => more
            .iter()
            .all(|entry| known.iter().any(|known| is_entry(document, known, entry))),
        (Value::Array(known), entry) => known.iter().any(|known| is_entry(document, known, entry)),
        (target, update) => target == update,
    }
}

/// Whether two entries of a list are the same: equal values, or parameters of the same name.
fn is_entry(document: &Value, known: &Value, entry: &Value) -> bool {
    let parameter = |value| {
        let value = refs::follow(document, value).ok()?;
        let name = value.get("name")?.as_str()?.to_lowercase();
        Some((name, value.get("in")?.as_str()?))
    };
    known == entry || parameter(entry).is_some_and(|entry| parameter(known) == Some(entry))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn overlay(actions: Value) -> Overlay {
        let text =
            json!({"overlay": "1.0.0", "info": {"title": "t", "version": "1"}, "actions": actions});
        Overlay::parse(&text.to_string()).expect("an overlay")
    }

    #[test]
    fn an_action_that_fits_and_adds_something_is_accepted() {
        let overlay = overlay(json!([
            {"target": "$.a", "update": {"x": 1}, "x-evidence": "r"},
            {"target": "$.a", "update": {"y": {"z": 1}}, "x-evidence": "r"},
            {"target": "$.l", "update": 3, "x-evidence": "r"},
            {"target": "$.gone", "remove": true, "x-evidence": "r"},
        ]));
        let document = json!({"a": {"x": 2, "y": {}}, "l": [1], "gone": 1});
        assert_eq!(lint(&overlay, None, &document), []);
    }

    #[test]
    fn actions_that_match_nothing_or_repeat_the_document_are_reported() {
        let overlay = overlay(json!([
            {"target": "$.nowhere", "update": {"x": 1}, "x-evidence": "r"},
            {"target": "$.a", "update": {"x": 1, "l": [1]}, "x-evidence": "r"},
            {"target": "$.all.*", "update": {"x": 1}, "x-evidence": "r"},
            {"target": "$.gone", "remove": true, "x-evidence": "r"},
        ]));
        let document = json!({
            "a": {"x": 1, "l": [0, 1], "more": 2}, "all": {"b": {"x": 1}, "c": {"x": 2}},
        });
        let found = lint(&overlay, None, &document);
        let errors: Vec<_> = found.iter().map(|one| one.reason.is_error()).collect();
        assert_eq!(errors, [true, false, false, false]);
        let reported: Vec<_> = found.iter().map(ToString::to_string).collect();
        assert!(
            reported[0].starts_with("action 0 ($.nowhere): the target matches nothing"),
            "{reported:?}"
        );
        assert!(
            reported[1].starts_with("action 1 ($.a): the document now says this itself"),
            "{reported:?}"
        );
        assert!(
            reported[2].contains("1 of 2 places, first at /all/b"),
            "{reported:?}"
        );
        assert!(
            reported[3].starts_with("action 3 ($.gone): the document now says this itself"),
            "{reported:?}"
        );
    }

    #[test]
    fn what_an_action_refers_to_must_exist() {
        let reference = |name: &str| json!({"$ref": format!("#/components/{name}")});
        let overlay = overlay(json!([
            {"target": "$.a", "update": {"x": [reference("old")], "y": reference("later")}, "x-evidence": "r"},
            {"target": "$.components", "update": {"later": {}}, "x-evidence": "r"},
        ]));
        let found = lint(&overlay, None, &json!({"a": {}, "components": {"new": {}}}));
        let reported: Vec<_> = found.iter().map(|one| (one.index, &one.reason)).collect();
        let lost = Reason::DanglingReference(vec!["#/components/old".to_owned()]);
        assert_eq!(reported, [(0, &lost)]);
        assert_eq!(
            lint(&overlay, None, &json!({"a": {}, "components": {"old": {}}})),
            []
        );
    }

    #[test]
    fn a_parameter_of_the_same_name_is_the_same_however_it_is_written() {
        let overlay = overlay(json!([
            {"target": "$", "update": {"components": {"parameters": {"V": {"name": "Polar-Version", "in": "header"}}}}, "x-evidence": "r"},
            {"target": "$.get", "update": {"parameters": [{"$ref": "#/components/parameters/V"}]}, "x-evidence": "r"},
        ]));
        let own = json!({"get": {"parameters": [{"name": "polar-version", "in": "header", "schema": {}}]}});
        let found = lint(&overlay, None, &own);
        assert_eq!(found.iter().map(|one| one.index).collect::<Vec<_>>(), [1]);
        assert_eq!(
            lint(&overlay, None, &json!({"get": {"parameters": []}})),
            []
        );
    }

    #[test]
    fn a_new_contradiction_is_reported() {
        let overlay = overlay(json!([
            {"target": "$.a", "update": {"most": 5, "kind": "x", "list": [1]}, "x-evidence": "r"},
        ]));
        let before = json!({"a": {"kind": "y", "list": []}});
        let after = json!({"a": {"kind": "z", "list": [2], "most": 6}});
        let found = lint(&overlay, Some(&before), &after);
        let reported: Vec<_> = found.iter().map(|one| &one.reason).collect();
        assert_eq!(reported, [&Reason::Conflict(vec!["/a/most".to_owned()])]);
        assert_eq!(lint(&overlay, Some(&before), &before), []);
    }
}
