//! What of an overlay has been overtaken: actions that find nothing, and those that say what the document says itself.

use std::{collections::BTreeSet, fmt};

use serde_json::Value;

use crate::{
    overlay::{Action, ActionProblem, Change, Overlay, reference_goes},
    pointer, refs,
};

/// An action that wants looking after.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Overtaken {
    /// Its place in `actions`, from 0.
    pub index: usize,
    /// Its target.
    pub target: String,
    /// Why.
    pub reason: Reason,
}

/// What became of an action.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reason {
    /// It cannot be applied any more.
    DoesNotApply(ActionProblem),
    /// At these places, of so many, the document says it without the action.
    SaidAlready {
        /// JSON Pointers.
        places: Vec<String>,
        /// How many places the target matches.
        of: usize,
    },
    /// At these places the document says something else now, which the action replaces.
    SaidOtherwise(Vec<String>),
    /// It refers to these, which are not there any more.
    RefersToNothing(Vec<String>),
}

impl Reason {
    /// Whether the overlay is of no use as long as this is so.
    pub fn is_grave(&self) -> bool {
        matches!(self, Self::DoesNotApply(_) | Self::RefersToNothing(_))
    }
}

impl fmt::Display for Overtaken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "action {} ({}): ", self.index, self.target)?;
        match &self.reason {
            Reason::DoesNotApply(problem) => write!(f, "{problem}"),
            Reason::SaidAlready { places, of } if places.len() == *of => {
                write!(f, "the document says this itself now; remove the action")
            }
            Reason::SaidAlready { places, of } => {
                let first = places.first().map_or("", String::as_str);
                let many = places.len();
                write!(
                    f,
                    "the document says this itself now at {many} of {of} places, the first is {first}; narrow the target"
                )
            }
            Reason::SaidOtherwise(places) => write!(
                f,
                "the document says something else now, which the action replaces, at {}; see which is right",
                places.join(", ")
            ),
            Reason::RefersToNothing(targets) => write!(
                f,
                "it refers to {}, which is not there any more; correct the names",
                targets.join(", ")
            ),
        }
    }
}

/// Every action of the overlay that this document has overtaken. `before`: the document that it fitted.
pub fn overtaken(overlay: &Overlay, before: Option<&Value>, document: &Value) -> Vec<Overtaken> {
    let (mut before, mut document) = (before.cloned(), document.clone());
    let mut found = Vec::new();
    for (index, action) in overlay.actions.iter().enumerate() {
        let mut add = |reason| {
            found.push(Overtaken {
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
                add(Reason::SaidAlready { places, of });
            }
        }
        if let Some(before) = &mut before {
            let known = replaced(action, before);
            let fresh = replaced(action, &document);
            let fresh: Vec<_> = fresh.difference(&known).cloned().collect();
            if !fresh.is_empty() {
                add(Reason::SaidOtherwise(fresh));
            }
            // What did not fit then is not what is looked for.
            let _ = action.apply(before);
        }
        match (action.apply(&mut document), &action.change) {
            (Ok(()), _) => {}
            // What was to be removed is gone.
            (Err(ActionProblem::NoMatch), Change::Remove) => add(Reason::SaidAlready {
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
            found.push(Overtaken {
                index,
                target: action.target.clone(),
                reason: Reason::RefersToNothing(lost.into_iter().collect()),
            });
        }
    }
    found.sort_by_key(|one| one.index);
    found
}

/// References in an update that lead nowhere in the document.
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

/// Places that say something else than an action does.
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
        // A list is added to.
        (Value::Array(_), _) => {}
        (target, update) if target == update => {}
        _ => {
            found.insert(at.to_owned());
        }
    }
}

/// Whether merging the update in would say nothing that is not said.
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

/// Whether two entries of a list are one: the same value, or the same parameter by name.
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
    fn what_fits_and_says_something_is_left_alone() {
        let overlay = overlay(json!([
            {"target": "$.a", "update": {"x": 1}, "x-evidence": "r"},
            {"target": "$.a", "update": {"y": {"z": 1}}, "x-evidence": "r"},
            {"target": "$.l", "update": 3, "x-evidence": "r"},
            {"target": "$.gone", "remove": true, "x-evidence": "r"},
        ]));
        let document = json!({"a": {"x": 2, "y": {}}, "l": [1], "gone": 1});
        assert_eq!(overtaken(&overlay, None, &document), []);
    }

    #[test]
    fn what_finds_nothing_and_what_is_said_already_is_told() {
        let overlay = overlay(json!([
            {"target": "$.nowhere", "update": {"x": 1}, "x-evidence": "r"},
            {"target": "$.a", "update": {"x": 1, "l": [1]}, "x-evidence": "r"},
            {"target": "$.all.*", "update": {"x": 1}, "x-evidence": "r"},
            {"target": "$.gone", "remove": true, "x-evidence": "r"},
        ]));
        let document = json!({
            "a": {"x": 1, "l": [0, 1], "more": 2}, "all": {"b": {"x": 1}, "c": {"x": 2}},
        });
        let found = overtaken(&overlay, None, &document);
        let grave: Vec<_> = found.iter().map(|one| one.reason.is_grave()).collect();
        assert_eq!(grave, [true, false, false, false]);
        let told: Vec<_> = found.iter().map(ToString::to_string).collect();
        assert!(
            told[0].starts_with("action 0 ($.nowhere): the target matches nothing"),
            "{told:?}"
        );
        assert!(
            told[1].starts_with("action 1 ($.a): the document says this itself"),
            "{told:?}"
        );
        assert!(
            told[2].contains("1 of 2 places, the first is /all/b"),
            "{told:?}"
        );
        assert!(
            told[3].starts_with("action 3 ($.gone): the document says this itself"),
            "{told:?}"
        );
    }

    #[test]
    fn what_an_action_refers_to_must_be_there() {
        let reference = |name: &str| json!({"$ref": format!("#/components/{name}")});
        let overlay = overlay(json!([
            {"target": "$.a", "update": {"x": [reference("old")], "y": reference("later")}, "x-evidence": "r"},
            {"target": "$.components", "update": {"later": {}}, "x-evidence": "r"},
        ]));
        let found = overtaken(&overlay, None, &json!({"a": {}, "components": {"new": {}}}));
        let told: Vec<_> = found.iter().map(|one| (one.index, &one.reason)).collect();
        let lost = Reason::RefersToNothing(vec!["#/components/old".to_owned()]);
        assert_eq!(told, [(0, &lost)]);
        assert_eq!(
            overtaken(&overlay, None, &json!({"a": {}, "components": {"old": {}}})),
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
        let found = overtaken(&overlay, None, &own);
        assert_eq!(found.iter().map(|one| one.index).collect::<Vec<_>>(), [1]);
        assert_eq!(
            overtaken(&overlay, None, &json!({"get": {"parameters": []}})),
            []
        );
    }

    #[test]
    fn what_the_document_says_otherwise_now_is_told() {
        let overlay = overlay(json!([
            {"target": "$.a", "update": {"most": 5, "kind": "x", "list": [1]}, "x-evidence": "r"},
        ]));
        let before = json!({"a": {"kind": "y", "list": []}});
        let after = json!({"a": {"kind": "z", "list": [2], "most": 6}});
        let found = overtaken(&overlay, Some(&before), &after);
        let told: Vec<_> = found.iter().map(|one| &one.reason).collect();
        assert_eq!(told, [&Reason::SaidOtherwise(vec!["/a/most".to_owned()])]);
        assert_eq!(overtaken(&overlay, Some(&before), &before), []);
    }
}
