//! Bodies and answers of both documents side by side.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::catalogue::MessageRule;
use crate::comparer::{Comparer, Here};
use crate::exchange::Flow;
use crate::{
    annotations,
    pairs::{Difference, PairId},
    place::Place,
    sets::Side,
    shape::canonical,
};

impl<'d> Comparer<'d> {
    pub(crate) fn request_body(
        &mut self,
        old: &Place<'d>,
        new: &Place<'d>,
        here: &Here,
        roots: &mut Vec<PairId>,
    ) {
        let flow = here.asked();
        let old = self.followed(Side::Old, old.get("requestBody"));
        let new = self.followed(Side::New, new.get("requestBody"));
        let (rule, place, message) = match (&old, &new) {
            (None, None) => return,
            (None, Some(new)) if new.flag("required") => (
                MessageRule::RequiredBodyAdded,
                new,
                "a required body is new",
            ),
            (None, Some(new)) => (
                MessageRule::OptionalBodyAdded,
                new,
                "an optional body is new",
            ),
            (Some(old), None) if old.flag("required") => (
                MessageRule::RequiredBodyRemoved,
                old,
                "the required body is gone",
            ),
            (Some(old), None) => (
                MessageRule::OptionalBodyRemoved,
                old,
                "the optional body is gone",
            ),
            (Some(old), Some(new)) => {
                let at = new.at.to_string();
                let difference = match (old.flag("required"), new.flag("required")) {
                    (false, true) => {
                        Some((MessageRule::BodyBecameRequired, "the body is required now"))
                    }
                    (true, false) => Some((
                        MessageRule::BodyBecameOptional,
                        "the body may be left out now",
                    )),
                    _ => None,
                };
                if let Some((rule, message)) = difference {
                    let message = message.to_owned();
                    self.message_changed(here, flow, Difference::new(rule, at, message));
                }
                for difference in words_about(old, new) {
                    self.message_changed(here, flow, difference);
                }
                self.contents(old, new, here, flow, roots);
                return;
            }
        };
        let (location, message) = (place.at.to_string(), message.to_owned());
        self.message_changed(here, flow, Difference::new(rule, location, message));
    }

    fn followed(&self, side: Side, place: Option<Place<'d>>) -> Option<Place<'d>> {
        place.map(|place| self.schemas.sets.document(side).follow(&place))
    }

    /// Bodies by media type.
    fn contents(
        &mut self,
        old: &Place<'d>,
        new: &Place<'d>,
        here: &Here,
        flow: Flow,
        roots: &mut Vec<PairId>,
    ) {
        let (before, after) = (old.map("content"), new.map("content"));
        let covering = |all: &[(&'d str, Place<'d>)], wanted: &str| -> Option<Place<'d>> {
            let fitting = all.iter().filter(|(name, _)| covers(name, wanted));
            // The most precise one counts.
            let best = fitting.max_by_key(|(name, _)| (!name.contains('*'), name.len()));
            best.map(|(_, place)| place.clone())
        };
        let mut gone = Vec::new();
        let mut come = Vec::new();
        for (name, media) in &before {
            match covering(&after, name) {
                Some(twin) => self.media_type(media, &twin, here, flow, roots),
                None => gone.push((*name, media)),
            }
        }
        for (name, media) in &after {
            match covering(&before, name) {
                // Where the new one is the more precise, the pair has not been looked at yet.
                Some(twin) => self.media_type(&twin, media, here, flow, roots),
                None => come.push((*name, media)),
            }
        }
        let names = |all: &[(&str, &Place<'d>)]| -> String {
            let names: Vec<_> = all.iter().map(|(name, _)| format!("`{name}`")).collect();
            names.join(", ")
        };
        let (rule, location, message) = match (&gone[..], &come[..]) {
            ([], []) => return,
            ([(_, place), ..], []) => (
                MessageRule::MediaTypeRemoved,
                place.at.to_string(),
                format!("{} is gone", names(&gone)),
            ),
            ([], [(_, place), ..]) => (
                MessageRule::MediaTypeAdded,
                place.at.to_string(),
                format!("{} is new", names(&come)),
            ),
            (_, [(_, place), ..]) => {
                let message = format!("{} → {}", names(&gone), names(&come));
                (
                    MessageRule::MediaTypesChanged,
                    place.at.to_string(),
                    message,
                )
            }
        };
        // An answer that had no body now has one, or the other way round.
        let bare = flow == here.answered() && (before.is_empty() || after.is_empty());
        let rule = if bare { MessageRule::BodyChanged } else { rule };
        self.message_changed(here, flow, Difference::new(rule, location, message));
    }

    fn media_type(
        &mut self,
        old: &Place<'d>,
        new: &Place<'d>,
        here: &Here,
        flow: Flow,
        roots: &mut Vec<PairId>,
    ) {
        let sides = [(Side::Old, old), (Side::New, new)];
        let nodes = sides.map(|(side, place)| match place.get("schema") {
            Some(schema) => self.schemas.sets.node(side, false, schema),
            None => self.schemas.sets.any(side, false),
        });
        let pair = self.schemas.compare(nodes[0], nodes[1]);
        roots.extend(pair.filter(|pair| !roots.contains(pair)));
        for difference in words_about(old, new) {
            self.message_changed(here, flow, difference);
        }
        let encoding = |place: &Place| place.value.get("encoding").map(without_words);
        if encoding(old) != encoding(new) {
            let form = new.at.contains("form");
            let rule = if form {
                MessageRule::EncodingChanged
            } else {
                MessageRule::EncodingNoted
            };
            let message = "parts are encoded in another way".to_owned();
            self.message_changed(
                here,
                flow,
                Difference::new(rule, new.at.to_string(), message),
            );
        }
    }

    pub(crate) fn responses(
        &mut self,
        old: &Place<'d>,
        new: &Place<'d>,
        here: &Here,
        roots: &mut Vec<PairId>,
    ) {
        let flow = here.answered();
        let before = Answers::new(old);
        let after = Answers::new(new);
        let mut gone = Vec::new();
        let mut come = Vec::new();
        let statuses: BTreeSet<&str> = before.statuses().chain(after.statuses()).collect();
        for status in statuses {
            match (before.answer(status), after.answer(status)) {
                (Some(old), Some(new)) => {
                    let old = self.followed(Side::Old, Some(old));
                    let new = self.followed(Side::New, Some(new));
                    if let (Some(old), Some(new)) = (old, new) {
                        self.response(&old, &new, here, roots);
                    }
                }
                (Some(old), None) => gone.push((status, old)),
                (None, Some(new)) => come.push((status, new)),
                (None, None) => {}
            }
        }
        if let ([(old_status, old)], [(new_status, new)]) = (&gone[..], &come[..]) {
            let bodies = |place: &Place<'d>| place.value.get("content").map(canonical);
            let reference = |place: &Place<'d>| place.text("$ref").map(str::to_owned);
            if bodies(old) == bodies(new) && reference(old) == reference(new) {
                let message = format!("status {old_status} → {new_status}");
                let location = new.at.to_string();
                self.message_changed(
                    here,
                    flow,
                    Difference::new(MessageRule::StatusChanged, location, message),
                );
                return;
            }
        }
        for (status, place) in gone {
            let message = format!("status {status} is gone");
            let location = place.at.to_string();
            self.message_changed(
                here,
                flow,
                Difference::new(MessageRule::StatusRemoved, location, message),
            );
        }
        for (status, place) in come {
            let message = format!("status {status} is new");
            let location = place.at.to_string();
            self.message_changed(
                here,
                flow,
                Difference::new(MessageRule::StatusAdded, location, message),
            );
        }
    }

    fn response(&mut self, old: &Place<'d>, new: &Place<'d>, here: &Here, roots: &mut Vec<PairId>) {
        let flow = here.answered();
        for difference in words_about(old, new) {
            self.message_changed(here, flow, difference);
        }
        let links = |place: &Place| place.value.get("links").cloned().unwrap_or_default();
        let (before, after) = (links(old), links(new));
        let (rule, message) = if without_words(&before) != without_words(&after) {
            (MessageRule::LinksChanged, "`links` changed")
        } else {
            (
                MessageRule::DescriptionChanged,
                "`links` has another description",
            )
        };
        if canonical(&before) != canonical(&after) {
            let (location, message) = (new.at.to_string(), message.to_owned());
            let difference = Difference::new(rule, location, message);
            self.message_changed(here, flow, difference);
        }
        self.headers(old, new, here, roots);
        self.contents(old, new, here, flow, roots);
    }
}

/// The answers of an operation by status; `4XX` and `default` stand for those that are not listed.
struct Answers<'d> {
    listed: Vec<(&'d str, Place<'d>)>,
}

impl<'d> Answers<'d> {
    fn new(operation: &Place<'d>) -> Self {
        let listed = operation.map("responses").into_iter();
        Self {
            listed: listed
                .filter(|(status, _)| !status.starts_with("x-"))
                .collect(),
        }
    }

    fn statuses(&self) -> impl Iterator<Item = &'d str> {
        self.listed.iter().map(|(status, _)| *status)
    }

    fn answer(&self, status: &str) -> Option<Place<'d>> {
        let named = |name: &str| {
            let mut listed = self.listed.iter();
            listed
                .find(|(known, _)| known.eq_ignore_ascii_case(name))
                .map(|(_, place)| place.clone())
        };
        let range = || {
            let class = status
                .get(..1)
                .filter(|class| class.as_bytes()[0].is_ascii_digit())?;
            named(&format!("{class}XX"))
        };
        named(status).or_else(range).or_else(|| named("default"))
    }
}

/// Whether bodies of one media type are of another, which may be a range.
fn covers(range: &str, wanted: &str) -> bool {
    let parts = |name: &str| -> (String, Vec<String>) {
        let mut parts = name.split(';').map(|part| part.trim().to_lowercase());
        let essence = parts.next().unwrap_or_default();
        // Every body here is UTF-8, said or not.
        let mut rest: Vec<_> = parts.filter(|part| part != "charset=utf-8").collect();
        rest.sort();
        (essence, rest)
    };
    let ((range, parameters), (wanted, asked)) = (parts(range), parts(wanted));
    if range == wanted {
        return parameters == asked;
    }
    let family = range.strip_suffix("/*");
    family.is_some_and(|family| family == "*" || wanted.split('/').next() == Some(family))
}

/// What is said about a body, an answer, a parameter or a header besides.
pub(crate) fn words_about(old: &Place, new: &Place) -> Vec<Difference> {
    let mut found = Vec::new();
    let mut compare = |rule, what: &str, before: Option<String>, after: Option<String>| {
        if before != after {
            let message = format!("`{what}` says something else");
            found.push(Difference::new(rule, new.at.to_string(), message));
        }
    };
    let text = |place: &Place, key: &str| place.value.get(key).map(canonical);
    compare(
        MessageRule::DescriptionChanged,
        "description",
        text(old, "description"),
        text(new, "description"),
    );
    let examples = |place: &Place| {
        let all = ["example", "examples"].map(|key| text(place, key));
        all.iter().any(Option::is_some).then(|| format!("{all:?}"))
    };
    compare(
        MessageRule::ExamplesChanged,
        "examples",
        examples(old),
        examples(new),
    );
    let extensions = |place: &Place| {
        let own = annotations::extensions(place.value.as_object()?)?;
        Some(canonical(&own))
    };
    compare(
        MessageRule::ExtensionChanged,
        "x-…",
        extensions(old),
        extensions(new),
    );
    found
}

/// A text of a value for comparison, descriptions and extensions aside.
fn without_words(value: &Value) -> String {
    fn stripped(value: &Value) -> Value {
        match value {
            Value::Object(map) => {
                let kept = map
                    .iter()
                    .filter(|(key, _)| *key != "description" && !key.starts_with("x-"));
                Value::Object(
                    kept.map(|(key, value)| (key.clone(), stripped(value)))
                        .collect(),
                )
            }
            Value::Array(items) => items.iter().map(stripped).collect(),
            other => other.clone(),
        }
    }
    canonical(&stripped(value))
}
