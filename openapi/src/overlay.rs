//! OpenAPI Overlay 1.0: changes to a document, each with its reason.
//!
//! Beyond the specification, every action here must name in `x-evidence` the recording that shows it, and must match a
//! target: an action that no longer matches is an error, never a silent no-op.

use serde::Deserialize;
use serde_json::{Map, Value};
use serde_json_path::JsonPath;

use crate::{
    load::{self, LoadError},
    pointer, yaml,
};

/// A parsed overlay.
#[derive(Debug, Clone)]
pub struct Overlay {
    /// `info.title`.
    pub title: String,
    /// `info.version`.
    pub version: String,
    /// The document it was written for, as written.
    pub extends: Option<String>,
    /// What it changes, in order.
    pub actions: Vec<Action>,
}

/// One change.
#[derive(Debug, Clone)]
pub struct Action {
    /// The JSONPath of what to change, as written.
    pub target: String,
    /// What it is for.
    pub description: Option<String>,
    /// Which recording or test shows that the server behaves so.
    pub evidence: Value,
    /// What to do.
    pub change: Change,
    path: JsonPath,
}

/// What an action does.
#[derive(Debug, Clone, PartialEq)]
pub enum Change {
    /// Merge this into every target.
    Update(Value),
    /// Remove every target.
    Remove,
}

/// Why an overlay cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum OverlayError {
    /// Neither YAML nor JSON.
    #[error("the overlay cannot be read")]
    Load(#[from] LoadError),
    /// Not of the shape of an overlay.
    #[error(
        "not an OpenAPI Overlay 1.0; it must have `overlay`, `info` with title and version, and `actions`: {0}"
    )]
    Shape(yaml::Error),
    /// Another version.
    #[error("overlay version {0} is not supported, only 1.0 is; write `overlay: 1.0.0`")]
    Version(String),
    /// Something is wrong with one action.
    #[error("action {index} ({target}): {problem}")]
    Action {
        /// Its place in `actions`, from 0.
        index: usize,
        /// Its target.
        target: String,
        /// What is wrong.
        problem: ActionProblem,
    },
}

/// What can be wrong with one action.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ActionProblem {
    /// The target is not a JSONPath.
    #[error("the target is not a JSONPath (RFC 9535): {0}")]
    BadTarget(String),
    /// No reason given.
    #[error("has no `x-evidence`; name the recording that shows what it says")]
    NoEvidence,
    /// Neither `update` nor `remove`, or both.
    #[error("must have either `update` or `remove: true`")]
    NoChange,
    /// The document has nothing there.
    #[error("the target matches nothing in the document; correct or remove the action")]
    NoMatch,
    /// An object cannot be merged into a string.
    #[error(
        "the target at `{0}` is neither an object nor an array; target the object that holds it"
    )]
    NotAContainer(String),
    /// An array cannot be merged into an object.
    #[error("the target at `{0}` is an object, but the update is not; make it an object")]
    NotAnObject(String),
    /// The document itself cannot be removed.
    #[error("the whole document cannot be removed; target a part of it")]
    RemovesRoot,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    overlay: String,
    info: FileInfo,
    extends: Option<String>,
    actions: Vec<FileAction>,
}

#[derive(Deserialize)]
struct FileInfo {
    title: String,
    version: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FileAction {
    target: String,
    description: Option<String>,
    update: Option<Value>,
    #[serde(default)]
    remove: bool,
    #[serde(default, rename = "x-evidence")]
    evidence: Value,
}

impl Overlay {
    /// Reads an overlay, YAML or JSON.
    ///
    /// # Errors
    /// When it is no Overlay 1.0, or an action has no evidence or a target that is no JSONPath.
    pub fn parse(text: &str) -> Result<Self, OverlayError> {
        let file: File = match load::typed(text) {
            Ok(file) => file,
            Err(error) => {
                load::value(text)?;
                return Err(OverlayError::Shape(error));
            }
        };
        if file.overlay != "1.0" && !file.overlay.starts_with("1.0.") {
            return Err(OverlayError::Version(file.overlay));
        }
        let mut actions = Vec::with_capacity(file.actions.len());
        for (index, action) in file.actions.into_iter().enumerate() {
            let target = action.target.clone();
            let action = read_action(action).map_err(|problem| OverlayError::Action {
                index,
                target,
                problem,
            })?;
            actions.push(action);
        }
        Ok(Self {
            title: file.info.title,
            version: file.info.version,
            extends: file.extends,
            actions,
        })
    }

    /// Applies the actions in order. Returns an [`OverlayError::Action`] for each that does not fit; those change nothing.
    pub fn apply(&self, document: &mut Value) -> Vec<OverlayError> {
        let mut misfits = Vec::new();
        for (index, action) in self.actions.iter().enumerate() {
            if let Err(problem) = action.apply(document) {
                misfits.push(OverlayError::Action {
                    index,
                    target: action.target.clone(),
                    problem,
                });
            }
        }
        misfits
    }
}

fn read_action(action: FileAction) -> Result<Action, ActionProblem> {
    let path = JsonPath::parse(&action.target)
        .map_err(|error| ActionProblem::BadTarget(error.to_string()))?;
    let evident = match &action.evidence {
        Value::String(text) => !text.trim().is_empty(),
        Value::Array(list) => !list.is_empty(),
        Value::Object(map) => !map.is_empty(),
        _ => false,
    };
    if !evident {
        return Err(ActionProblem::NoEvidence);
    }
    let change = match (action.update, action.remove) {
        (Some(update), false) => Change::Update(update),
        (None, true) => Change::Remove,
        _ => return Err(ActionProblem::NoChange),
    };
    Ok(Action {
        target: action.target,
        description: action.description,
        evidence: action.evidence,
        change,
        path,
    })
}

impl Action {
    /// The JSON Pointers of what it changes.
    pub(crate) fn places(&self, document: &Value) -> Vec<String> {
        let found = self.path.query_located(document);
        let places = found.locations();
        places.map(|place| place.to_json_pointer()).collect()
    }

    /// Changes the document everywhere, or nowhere.
    pub(crate) fn apply(&self, document: &mut Value) -> Result<(), ActionProblem> {
        let places = self.places(document);
        if places.is_empty() {
            return Err(ActionProblem::NoMatch);
        }
        match &self.change {
            Change::Update(update) => {
                places
                    .iter()
                    .try_for_each(|place| fits(document, place, update))?;
                for place in &places {
                    apply_update(document, place, update);
                }
                Ok(())
            }
            Change::Remove => remove_all(document, places),
        }
    }
}

/// Checks that an update can be merged into the target.
fn fits(document: &Value, place: &str, update: &Value) -> Result<(), ActionProblem> {
    match (document.pointer(place), update) {
        (Some(Value::Object(_)), Value::Object(_)) | (Some(Value::Array(_)), _) => Ok(()),
        (Some(Value::Object(_)), _) => Err(ActionProblem::NotAnObject(place.to_owned())),
        _ => Err(ActionProblem::NotAContainer(place.to_owned())),
    }
}

fn apply_update(document: &mut Value, place: &str, update: &Value) {
    match (document.pointer_mut(place), update) {
        (Some(Value::Object(target)), Value::Object(update)) => merge(target, update),
        (Some(Value::Array(target)), update) => append(target, update),
        _ => {}
    }
}

/// Whether merging an update drops the reference: a union beside it would not widen it.
pub(crate) fn reference_goes(target: &Map<String, Value>, update: &Map<String, Value>) -> bool {
    target.contains_key("$ref") && update.contains_key("anyOf") && !update.contains_key("$ref")
}

/// Objects merge key by key, arrays are appended to, anything else is replaced.
fn merge(target: &mut Map<String, Value>, update: &Map<String, Value>) {
    if reference_goes(target, update) {
        target.shift_remove("$ref");
    }
    for (key, update) in update {
        match (target.get_mut(key), update) {
            (Some(Value::Object(target)), Value::Object(update)) => merge(target, update),
            (Some(Value::Array(target)), Value::Array(_)) => append(target, update),
            _ => {
                target.insert(key.clone(), update.clone());
            }
        }
    }
}

/// Appends each entry of an array, or anything else as one entry. Entries that exist are not repeated: the lists of a
/// document are sets (`required`, `enum`, branches of unions).
fn append(target: &mut Vec<Value>, update: &Value) {
    let entries = match update {
        Value::Array(entries) => entries,
        entry => std::slice::from_ref(entry),
    };
    for entry in entries {
        if !target.contains(entry) {
            target.push(entry.clone());
        }
    }
}

fn remove_all(document: &mut Value, mut places: Vec<String>) -> Result<(), ActionProblem> {
    // From the last to the first, so that the indices of those still to go stay right.
    let index = |place: &str| {
        let (_, last) = pointer::split_last(place)?;
        last.parse::<usize>().ok()
    };
    places.sort_by_key(|place| std::cmp::Reverse(index(place)));
    for place in places {
        let Some((parent, last)) = pointer::split_last(&place) else {
            return Err(ActionProblem::RemovesRoot);
        };
        match document.pointer_mut(parent) {
            Some(Value::Object(map)) => {
                map.shift_remove(&*last);
            }
            Some(Value::Array(list)) => {
                if let Some(index) = index(&place).filter(|index| *index < list.len()) {
                    list.remove(index);
                }
            }
            // Already removed, together with a parent that was a target too.
            _ => {}
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn overlay(actions: Value) -> Overlay {
        try_overlay(actions).expect("well-formed")
    }

    fn try_overlay(actions: Value) -> Result<Overlay, OverlayError> {
        let file =
            json!({"overlay": "1.0.0", "info": {"title": "t", "version": "1"}, "actions": actions});
        Overlay::parse(&file.to_string())
    }

    fn applied(document: Value, actions: Value) -> Value {
        let mut document = document;
        let misfits = overlay(actions).apply(&mut document);
        assert!(misfits.is_empty(), "{misfits:?}");
        document
    }

    #[test]
    fn objects_merge_deeply_arrays_append_and_the_rest_is_replaced() {
        let document = json!({"a": {"keep": 1, "deep": {"x": 1}, "list": [1], "was": "old"}});
        let update = json!({"deep": {"y": 2}, "list": [2], "was": {"now": "new"}});
        let changed = applied(
            document,
            json!([{"target": "$.a", "update": update, "x-evidence": "r"}]),
        );
        assert_eq!(
            changed,
            json!({"a": {"keep": 1, "deep": {"x": 1, "y": 2}, "list": [1, 2], "was": {"now": "new"}}})
        );
    }

    #[test]
    fn a_union_takes_the_place_of_a_reference() {
        let changed = applied(
            json!({"schema": {"$ref": "#/A", "title": "t"}}),
            json!([{"target": "$.schema", "update": {"anyOf": [{"$ref": "#/A"}, {"$ref": "#/B"}]}, "x-evidence": "r"}]),
        );
        let union = json!({"title": "t", "anyOf": [{"$ref": "#/A"}, {"$ref": "#/B"}]});
        assert_eq!(changed["schema"], union);
    }

    #[test]
    fn what_a_list_has_is_not_added_again() {
        let changed = applied(
            json!({"required": ["a", "b"]}),
            json!([{"target": "$", "update": {"required": ["b", "c"]}, "x-evidence": "r"}]),
        );
        assert_eq!(changed["required"], json!(["a", "b", "c"]));
    }

    #[test]
    fn an_array_target_gets_one_more_entry() {
        let changed = applied(
            json!({"a": [1]}),
            json!([{"target": "$.a", "update": {"x": 1}, "x-evidence": "r"}]),
        );
        assert_eq!(changed, json!({"a": [1, {"x": 1}]}));
    }

    #[test]
    fn every_match_is_changed_paths_with_slashes_too() {
        let document = json!({"paths": {"/a": {"get": {}}, "/b": {"get": {}, "put": {}}}});
        let changed = applied(
            document,
            json!([{"target": "$.paths.*.get", "update": {"x": 1}, "x-evidence": ["r"]}]),
        );
        assert_eq!(
            changed,
            json!({"paths": {"/a": {"get": {"x": 1}}, "/b": {"get": {"x": 1}, "put": {}}}})
        );
        let changed = applied(
            changed,
            json!([{"target": "$['paths']['/b'].put", "update": {"y": 1}, "x-evidence": "r"}]),
        );
        assert_eq!(changed["paths"]["/b"]["put"], json!({"y": 1}));
    }

    #[test]
    fn removal_takes_all_matches_of_a_list_and_keeps_the_order_of_keys() {
        let document =
            json!({"l": [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11], "m": {"a": 1, "b": 2, "c": 3}});
        let changed = applied(
            document,
            json!([
                {"target": "$.l[?@ > 1 && @ < 11]", "remove": true, "x-evidence": "r"},
                {"target": "$.m.a", "remove": true, "x-evidence": "r"},
            ]),
        );
        assert_eq!(changed.to_string(), r#"{"l":[0,1,11],"m":{"b":2,"c":3}}"#);
    }

    #[test]
    fn actions_see_what_those_before_them_did() {
        let changed = applied(
            json!({}),
            json!([
                {"target": "$", "update": {"a": {}}, "x-evidence": "r"},
                {"target": "$.a", "update": {"b": 1}, "x-evidence": "r"},
            ]),
        );
        assert_eq!(changed, json!({"a": {"b": 1}}));
    }

    #[test]
    fn what_does_not_fit_is_listed_and_changes_nothing() {
        let mut document = json!({"a": {}, "b": {}, "s": "text"});
        let misfits = overlay(json!([
            {"target": "$.a", "update": {"x": 1}, "x-evidence": "r"},
            {"target": "$.gone", "update": {"x": 1}, "x-evidence": "r"},
            {"target": "$['b','s']", "update": {"x": 1}, "x-evidence": "r"},
            {"target": "$.a", "update": [1], "x-evidence": "r"},
            {"target": "$", "remove": true, "x-evidence": "r"},
        ]))
        .apply(&mut document);
        assert_eq!(document, json!({"a": {"x": 1}, "b": {}, "s": "text"}));
        let lines: Vec<String> = misfits.iter().map(ToString::to_string).collect();
        let starts = [
            "action 1 ($.gone): the target matches nothing",
            "action 2 ($['b','s']): the target at `/s` is neither",
            "action 3 ($.a): the target at `/a` is an object",
            "action 4 ($): the whole document",
        ];
        assert_eq!(lines.len(), starts.len(), "{lines:?}");
        for (line, start) in lines.iter().zip(starts) {
            assert!(line.starts_with(start), "{line}");
        }
    }

    #[test]
    fn every_action_must_say_where_it_is_known_from() {
        for evidence in [json!(null), json!(""), json!([]), json!(true)] {
            let error =
                try_overlay(json!([{"target": "$.a", "remove": true, "x-evidence": evidence}]));
            let text = error.expect_err("no evidence").to_string();
            assert!(text.contains("x-evidence"), "{text}");
        }
    }

    #[test]
    fn malformed_overlays_are_refused() {
        assert!(
            try_overlay(json!([{"target": "a b", "remove": true, "x-evidence": "r"}])).is_err()
        );
        assert!(try_overlay(json!([{"target": "$", "x-evidence": "r"}])).is_err());
        assert!(
            try_overlay(json!([{"target": "$", "update": {}, "remove": true, "x-evidence": "r"}]))
                .is_err()
        );
        assert!(try_overlay(json!([{"target": "$", "updates": {}, "x-evidence": "r"}])).is_err());
        assert!(matches!(
            Overlay::parse("{overlay: 2.0.0, info: {title: t, version: '1'}, actions: []}"),
            Err(OverlayError::Load(_) | OverlayError::Version(_))
        ));
    }

    #[test]
    fn a_wrong_shape_is_named_with_its_place() {
        let start = "not an OpenAPI Overlay 1.0; it must have `overlay`, `info` with title and version, and `actions`: ";
        for (text, end) in [
            (
                "overlay: 1.0.0\nactions: []",
                "missing field `info` (line 1, column 1)",
            ),
            (
                "overlay: 1.0.0\ninfo: {title: t, version: '1'}\nactions:\n- target: $\n  updates: {}\n",
                "actions[0]: unknown field `updates`, expected one of `target`, `description`, `update`, `remove`, `x-evidence` (line 5, column 3)",
            ),
            (
                "{\"overlay\": \"1.0.0\",\n\"actions\": 1}",
                "invalid type: integer `1`, expected a sequence (line 2, column 12)",
            ),
        ] {
            let error = Overlay::parse(text).expect_err("refused");
            assert_eq!(error.to_string(), format!("{start}{end}"));
        }
    }
}
