//! Compares the parameters of operations.

use serde_json::Value;

use crate::catalogue::MessageRule;
use crate::comparer::{Comparer, Here};
use crate::exchange::Flow;
use crate::{
    operations::{Operation, path_names, template},
    pairs::{Difference, PairId},
    place::Place,
    sets::Side,
    shape::Kind,
};

/// A parameter as it applies to an operation.
#[derive(Clone)]
struct Parameter<'d> {
    /// `query`, `path`, `header` or `cookie`.
    place_in: &'d str,
    name: String,
    at: Place<'d>,
}

impl Parameter<'_> {
    fn required(&self) -> bool {
        self.place_in == "path" || self.at.flag("required")
    }

    fn style(&self) -> &str {
        let usual = if matches!(self.place_in, "query" | "cookie") {
            "form"
        } else {
            "simple"
        };
        self.at.text("style").unwrap_or(usual)
    }

    fn explode(&self) -> bool {
        let usual = self.style() == "form";
        self.at
            .value
            .get("explode")
            .and_then(Value::as_bool)
            .unwrap_or(usual)
    }

    fn shown(&self) -> String {
        format!("{} parameter `{}`", self.place_in, self.name)
    }
}

/// Headers that OpenAPI describes elsewhere, and not as parameters.
const NOT_PARAMETERS: [&str; 3] = ["accept", "content-type", "authorization"];

impl<'d> Comparer<'d> {
    pub(crate) fn parameters(
        &mut self,
        old: &Operation<'d>,
        new: &Operation<'d>,
        here: &Here,
        roots: &mut Vec<PairId>,
    ) {
        let mut left = self.effective(Side::Old, old);
        let right = self.effective(Side::New, new);
        // A path parameter is its position in the path, whatever its name.
        let by_position = template(old.path) == template(new.path);
        let position = |operation: &Operation, parameter: &Parameter| {
            path_names(operation.path)
                .iter()
                .position(|name| **name == parameter.name)
        };
        let mut fresh = Vec::new();
        for parameter in right {
            let same = |known: &Parameter| {
                known.place_in == parameter.place_in
                    && if by_position && known.place_in == "path" {
                        position(old, known) == position(new, &parameter)
                    } else {
                        known.name == parameter.name
                    }
            };
            match left.iter().position(same) {
                Some(twin) => {
                    let twin = left.remove(twin);
                    self.parameter(&twin, &parameter, here, roots);
                }
                None => fresh.push(parameter),
            }
        }
        self.moved_parameters(&mut left, &mut fresh, here, roots);
        for parameter in left {
            let rule = if parameter.required() {
                MessageRule::RequiredParameterRemoved
            } else {
                MessageRule::ParameterRemoved
            };
            let message = format!("{} is gone", parameter.shown());
            self.about(here, rule, &parameter.at, message);
        }
        for parameter in fresh {
            let rule = if parameter.required() {
                MessageRule::RequiredParameterAdded
            } else {
                MessageRule::ParameterAdded
            };
            let need = if parameter.required() {
                "required "
            } else {
                ""
            };
            let message = format!("{need}{} is new", parameter.shown());
            self.about(here, rule, &parameter.at, message);
        }
    }

    /// Parameters of the path item, and those of the operation, which win.
    fn effective(&self, side: Side, operation: &Operation<'d>) -> Vec<Parameter<'d>> {
        let mut all: Vec<Parameter<'d>> = Vec::new();
        let lists = [&operation.item, &operation.place];
        for place in lists
            .into_iter()
            .flat_map(|holder| holder.list("parameters"))
        {
            let at = self.schemas.sets.document(side).follow(&place);
            let (Some(place_in), Some(name)) = (at.text("in"), at.text("name")) else {
                continue;
            };
            let name = if place_in == "header" {
                name.to_lowercase()
            } else {
                name.to_owned()
            };
            if place_in == "header" && NOT_PARAMETERS.contains(&name.as_str()) {
                continue;
            }
            all.retain(|known| known.place_in != place_in || known.name != name);
            all.push(Parameter { place_in, name, at });
        }
        all
    }

    /// What moved to another part of the request, or got another name.
    fn moved_parameters(
        &mut self,
        left: &mut Vec<Parameter<'d>>,
        fresh: &mut Vec<Parameter<'d>>,
        here: &Here,
        roots: &mut Vec<PairId>,
    ) {
        left.retain(|old| {
            let Some(twin) = fresh.iter().position(|new| new.name == old.name) else {
                return true;
            };
            let new = fresh.remove(twin);
            let message = format!("{} → {}", old.shown(), new.shown());
            self.about(here, MessageRule::ParameterMoved, &new.at, message);
            self.parameter_value(old, &new, here, roots);
            false
        });
        if let ([old], [new]) = (&left[..], &fresh[..])
            && old.place_in == new.place_in
            && old.required() == new.required()
            && self.alike(&old.at, &new.at)
        {
            let message = format!("{} → `{}`", old.shown(), new.name);
            self.about(here, MessageRule::ParameterRenamed, &new.at, message);
            left.clear();
            fresh.clear();
        }
    }

    /// Whether two parameters or headers have the same values.
    pub(crate) fn alike(&mut self, old: &Place<'d>, new: &Place<'d>) -> bool {
        let (Some(old), Some(new)) = (old.get("schema"), new.get("schema")) else {
            return false;
        };
        let old = self.schemas.sets.node(Side::Old, true, old);
        let new = self.schemas.sets.node(Side::New, true, new);
        self.schemas.sets.within(old, new) && self.schemas.sets.within(new, old)
    }

    fn parameter(
        &mut self,
        old: &Parameter<'d>,
        new: &Parameter<'d>,
        here: &Here,
        roots: &mut Vec<PairId>,
    ) {
        let shown = new.shown();
        if old.name != new.name {
            let message = format!("{} → `{}`", old.shown(), new.name);
            self.about(here, MessageRule::PathParameterRenamed, &new.at, message);
        }
        let marks = [
            (
                old.required(),
                new.required(),
                MessageRule::ParameterBecameRequired,
                MessageRule::ParameterBecameOptional,
                "required",
            ),
            (
                old.at.flag("deprecated"),
                new.at.flag("deprecated"),
                MessageRule::ParameterDeprecated,
                MessageRule::ParameterReinstated,
                "deprecated",
            ),
            (
                old.at.flag("allowEmptyValue"),
                new.at.flag("allowEmptyValue"),
                MessageRule::ParameterEmptyValueAllowed,
                MessageRule::ParameterEmptyValueForbidden,
                "allowed without a value",
            ),
            (
                old.at.flag("allowReserved"),
                new.at.flag("allowReserved"),
                MessageRule::ParameterReservedAllowed,
                MessageRule::ParameterReservedForbidden,
                "allowed with reserved characters",
            ),
        ];
        for (before, after, set, lifted, what) in marks {
            if before != after {
                let rule = if after { set } else { lifted };
                let not = if after { "" } else { "not " };
                let message = format!("{shown} is {not}{what} now");
                self.about(here, rule, &new.at, message);
            }
        }
        self.parameter_words(&old.at, &new.at, here, here.asked());
        self.parameter_value(old, new, here, roots);
    }

    fn parameter_value(
        &mut self,
        old: &Parameter<'d>,
        new: &Parameter<'d>,
        here: &Here,
        roots: &mut Vec<PairId>,
    ) {
        let Some(nested) = self.value(&old.at, &new.at, roots) else {
            let message = format!("{} is written differently", new.shown());
            self.about(
                here,
                MessageRule::ParameterSerialisationChanged,
                &new.at,
                message,
            );
            return;
        };
        let (before, after) = ((old.style(), old.explode()), (new.style(), new.explode()));
        if before == after || new.at.value.get("content").is_some() || old.place_in != new.place_in
        {
            return;
        }
        // A lone value is written the same by all styles that only say how to join several.
        let joins = |style: &str| {
            matches!(
                style,
                "form" | "spaceDelimited" | "pipeDelimited" | "simple"
            )
        };
        let same = !nested && (before.0 == after.0 || joins(before.0) && joins(after.0));
        let rule = if same {
            MessageRule::ParameterStyleNoted
        } else {
            MessageRule::ParameterStyleChanged
        };
        let exploded = |explode| if explode { ", exploded" } else { "" };
        let (from, to) = (exploded(before.1), exploded(after.1));
        let message = format!(
            "{}: style {}{from} → {}{to}",
            new.shown(),
            before.0,
            after.0
        );
        self.about(here, rule, &new.at, message);
    }

    /// Compares the value of a parameter or a header. `Some`: whether it may be a list or an object; `None`: it is
    /// written in ways that cannot be compared.
    pub(crate) fn value(
        &mut self,
        old: &Place<'d>,
        new: &Place<'d>,
        roots: &mut Vec<PairId>,
    ) -> Option<bool> {
        let content = |place: &Place<'d>| {
            let (media_type, content) = place.map("content").into_iter().next()?;
            Some((media_type, content.get("schema")))
        };
        match (content(old), content(new)) {
            (None, None) => {}
            (Some((before, old)), Some((after, new))) if before == after => {
                if let (Some(old), Some(new)) = (old, new) {
                    roots.extend(self.schemas.places(old, new, false));
                }
                return Some(false);
            }
            _ => return None,
        }
        let sides = [(Side::Old, old), (Side::New, new)];
        let nodes = sides.map(|(side, place)| match place.get("schema") {
            Some(schema) => self.schemas.sets.node(side, true, schema),
            None => self.schemas.sets.any(side, true),
        });
        let nested = |kind| matches!(kind, Kind::Array | Kind::Object);
        let nested = nodes.map(|node| {
            let shape = self.schemas.sets.shape(node);
            shape.atoms.iter().any(|atom| nested(atom.body.kind()))
        });
        roots.extend(self.schemas.compare(nodes[0], nodes[1]));
        Some(nested[0] || nested[1])
    }

    /// What is said about a parameter or a header besides.
    pub(crate) fn parameter_words(
        &mut self,
        old: &Place<'d>,
        new: &Place<'d>,
        here: &Here,
        flow: Flow,
    ) {
        for difference in crate::bodies::words_about(old, new) {
            self.message_changed(here, flow, difference);
        }
    }

    fn about(&mut self, here: &Here, rule: MessageRule, at: &Place<'d>, message: String) {
        let location = at.at.to_string();
        self.message_changed(here, here.asked(), Difference::new(rule, location, message));
    }
}
