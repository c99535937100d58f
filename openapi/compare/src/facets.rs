//! Compares the limits on one value, such as `maxLength`.

use std::{
    collections::{BTreeMap, BTreeSet},
    rc::Rc,
};

use crate::catalogue::{Effect, MessageRule};
use crate::{
    formats,
    shape::{Arrays, Bound, Numbers, Said, Strings, above, below, format_range, is_multiple},
};

/// A limit that changed.
pub(crate) struct Facet {
    pub(crate) rule: MessageRule,
    pub(crate) old: Option<Rc<str>>,
    pub(crate) new: Option<Rc<str>>,
    pub(crate) message: String,
}

pub(crate) struct Facets {
    pub(crate) found: Vec<Facet>,
    pub(crate) of_list: bool,
}

/// The rules for a limit that is a number.
pub(crate) struct Counted {
    name: &'static str,
    set: MessageRule,
    lifted: MessageRule,
    raised: MessageRule,
    lowered: MessageRule,
}

macro_rules! counted {
    ($constant:ident, $name:literal, $set:ident, $lifted:ident, $raised:ident, $lowered:ident) => {
        pub(crate) const $constant: Counted = Counted {
            name: $name,
            set: MessageRule::$set,
            lifted: MessageRule::$lifted,
            raised: MessageRule::$raised,
            lowered: MessageRule::$lowered,
        };
    };
}

counted!(
    MIN_LENGTH,
    "minLength",
    MinLengthSet,
    MinLengthLifted,
    MinLengthRaised,
    MinLengthLowered
);
counted!(
    MAX_LENGTH,
    "maxLength",
    MaxLengthSet,
    MaxLengthLifted,
    MaxLengthRaised,
    MaxLengthLowered
);
counted!(
    MINIMUM,
    "minimum",
    MinimumSet,
    MinimumLifted,
    MinimumRaised,
    MinimumLowered
);
counted!(
    MAXIMUM,
    "maximum",
    MaximumSet,
    MaximumLifted,
    MaximumRaised,
    MaximumLowered
);
counted!(
    MIN_ITEMS,
    "minItems",
    MinItemsSet,
    MinItemsLifted,
    MinItemsRaised,
    MinItemsLowered
);
counted!(
    MAX_ITEMS,
    "maxItems",
    MaxItemsSet,
    MaxItemsLifted,
    MaxItemsRaised,
    MaxItemsLowered
);
counted!(
    MIN_PROPERTIES,
    "minProperties",
    MinPropertiesSet,
    MinPropertiesLifted,
    MinPropertiesRaised,
    MinPropertiesLowered
);
counted!(
    MAX_PROPERTIES,
    "maxProperties",
    MaxPropertiesSet,
    MaxPropertiesLifted,
    MaxPropertiesRaised,
    MaxPropertiesLowered
);

impl Facets {
    pub(crate) fn add(
        &mut self,
        rule: MessageRule,
        old: Option<&Rc<str>>,
        new: Option<&Rc<str>>,
        message: String,
    ) {
        self.found.push(Facet {
            rule,
            old: old.cloned(),
            new: new.cloned(),
            message,
        });
    }

    /// Two lists of allowed values.
    pub(crate) fn lists(
        &mut self,
        before: &BTreeSet<String>,
        after: &BTreeSet<String>,
        old: Option<&Rc<str>>,
        new: Option<&Rc<str>>,
    ) {
        let gone: BTreeSet<_> = before.difference(after).cloned().collect();
        let come: BTreeSet<_> = after.difference(before).cloned().collect();
        let rule = match (gone.is_empty(), come.is_empty()) {
            (true, true) => return,
            (false, true) => MessageRule::EnumValueRemoved,
            (true, false) => MessageRule::EnumValueAdded,
            (false, false) if before.len() == 1 && after.len() == 1 => MessageRule::ConstChanged,
            (false, false) => MessageRule::EnumValuesChanged,
        };
        let mut parts = Vec::new();
        if !gone.is_empty() {
            parts.push(format!("without {}", shown(&gone)));
        }
        if !come.is_empty() {
            parts.push(format!("with {}", shown(&come)));
        }
        self.add(
            rule,
            old,
            new,
            format!("values now {}", parts.join(" and ")),
        );
    }

    pub(crate) fn counts(
        &mut self,
        old: &Option<Said<u64>>,
        new: &Option<Said<u64>>,
        counted: &Counted,
    ) {
        #[expect(clippy::cast_precision_loss, reason = "lengths are small")]
        let bound = |said: &Option<Said<u64>>| {
            let said = said.as_ref()?;
            Some(Bound {
                value: said.value as f64,
                exclusive: false,
            })
        };
        let at = (
            old.as_ref().map(|said| &said.at),
            new.as_ref().map(|said| &said.at),
        );
        self.bounds(bound(old), bound(new), at, counted);
    }

    fn bounds(
        &mut self,
        old: Option<Bound>,
        new: Option<Bound>,
        (old_at, new_at): (Option<&Rc<str>>, Option<&Rc<str>>),
        counted: &Counted,
    ) {
        let text = |bound: Bound| {
            let end = if bound.exclusive { " (exclusive)" } else { "" };
            format!("{}{end}", bound.value)
        };
        let name = counted.name;
        match (old, new) {
            (None, Some(new)) => {
                self.add(
                    counted.set,
                    old_at,
                    new_at,
                    format!("{name} {} is new", text(new)),
                );
            }
            (Some(old), None) => {
                self.add(
                    counted.lifted,
                    old_at,
                    new_at,
                    format!("{name} {} is gone", text(old)),
                );
            }
            (Some(old), Some(new)) if old != new => {
                let lower = above(Some(old), Some(new)) && name.starts_with("min")
                    || below(Some(new), Some(old)) && name.starts_with("max");
                let rule = if lower {
                    counted.lowered
                } else {
                    counted.raised
                };
                self.add(
                    rule,
                    old_at,
                    new_at,
                    format!("{name} {} → {}", text(old), text(new)),
                );
            }
            _ => {}
        }
    }

    pub(crate) fn formats(
        &mut self,
        old: &BTreeMap<String, Rc<str>>,
        new: &BTreeMap<String, Rc<str>>,
    ) {
        let within = |inner: &BTreeMap<String, Rc<str>>, outer: &String| {
            inner.keys().any(|inner| formats::within(inner, outer))
        };
        let narrows = new.keys().any(|format| !within(old, format));
        let widens = old.keys().any(|format| !within(new, format));
        let rule = match (old.is_empty(), new.is_empty(), Effect::of(narrows, widens)) {
            (_, _, Effect::Keeps | Effect::Words) => return,
            (true, ..) => MessageRule::FormatSet,
            (_, true, _) => MessageRule::FormatLifted,
            (.., Effect::Narrows) => MessageRule::FormatNarrowed,
            (.., Effect::Widens) => MessageRule::FormatWidened,
            (.., Effect::Moves) => MessageRule::FormatChanged,
        };
        let names = |formats: &BTreeMap<String, Rc<str>>| {
            let names: Vec<_> = formats.keys().map(String::as_str).collect();
            if names.is_empty() {
                "none".to_owned()
            } else {
                names.join(" and ")
            }
        };
        let message = format!("format {} → {}", names(old), names(new));
        self.add(rule, old.values().next(), new.values().next(), message);
    }

    pub(crate) fn patterns(&mut self, old: &Strings, new: &Strings) {
        let gone: Vec<_> = old
            .patterns
            .keys()
            .filter(|pattern| !new.patterns.contains_key(*pattern))
            .collect();
        let come: Vec<_> = new
            .patterns
            .keys()
            .filter(|pattern| !old.patterns.contains_key(*pattern))
            .collect();
        let (rule, message) = match (&gone[..], &come[..]) {
            ([], []) => return,
            ([], [come, ..]) => (MessageRule::PatternSet, format!("pattern `{come}` is new")),
            ([gone, ..], []) => (
                MessageRule::PatternLifted,
                format!("pattern `{gone}` is gone"),
            ),
            ([gone, ..], [come, ..]) => (
                MessageRule::PatternChanged,
                format!("pattern `{gone}` → `{come}`"),
            ),
        };
        let at = |strings: &Strings, all: &[&String]| {
            all.first()
                .and_then(|pattern| strings.patterns.get(*pattern))
                .cloned()
        };
        let (old, new) = (at(old, &gone), at(new, &come));
        self.add(rule, old.as_ref(), new.as_ref(), message);
    }

    pub(crate) fn excluded(&mut self, old: &BTreeSet<String>, new: &BTreeSet<String>) {
        let come: BTreeSet<_> = new.difference(old).cloned().collect();
        let gone: BTreeSet<_> = old.difference(new).cloned().collect();
        let (rule, message) = match (come.is_empty(), gone.is_empty()) {
            (true, true) => return,
            (false, true) => (
                MessageRule::ValueExcluded,
                format!("all but {}", shown(&come)),
            ),
            (true, false) => (
                MessageRule::ValueReadmitted,
                format!("{} too", shown(&gone)),
            ),
            (false, false) => (
                MessageRule::ValuesChanged,
                format!("all but {}, {} too", shown(&come), shown(&gone)),
            ),
        };
        self.add(rule, None, None, message);
    }
}

pub(crate) fn numbers(old: &Numbers, new: &Numbers, facets: &mut Facets) {
    use crate::subset::numbers_within;
    let keys = |numbers: &Numbers| -> Option<BTreeSet<String>> {
        let values = numbers.values.as_ref()?;
        Some(values.value.keys().cloned().collect())
    };
    let at = |numbers: &Numbers| numbers.values.as_ref().map(|values| values.at.clone());
    let (old_at, new_at) = (at(old), at(new));
    match (keys(old), keys(new)) {
        (Some(before), Some(after)) => {
            facets.lists(&before, &after, old_at.as_ref(), new_at.as_ref());
            return;
        }
        (None, Some(after)) => {
            if numbers_within(new, old) && numbers_within(old, new) {
                return;
            }
            let rule = if numbers_within(new, old) {
                MessageRule::EnumSet
            } else {
                MessageRule::EnumValuesChanged
            };
            facets.add(
                rule,
                None,
                new_at.as_ref(),
                format!("any number → {}", shown(&after)),
            );
            return;
        }
        (Some(before), None) => {
            if numbers_within(new, old) && numbers_within(old, new) {
                return;
            }
            let rule = if numbers_within(old, new) {
                MessageRule::EnumLifted
            } else {
                MessageRule::EnumValuesChanged
            };
            facets.add(
                rule,
                old_at.as_ref(),
                None,
                format!("{} → any number", shown(&before)),
            );
            return;
        }
        (None, None) => {}
    }
    if old.whole != new.whole {
        let (rule, message) = if new.whole {
            (MessageRule::TypeNarrowed, "number → integer")
        } else {
            (MessageRule::TypeWidened, "integer → number")
        };
        facets.add(rule, None, None, message.to_owned());
    }
    let whole = old.whole || new.whole;
    let is_range = |numbers: &Numbers| {
        numbers
            .formats
            .keys()
            .any(|format| format_range(format).is_some())
    };
    if old.formats.keys().ne(new.formats.keys()) && (is_range(old) || is_range(new)) {
        // A format like int32 is a range; what matters is the range that comes of it.
        let ((low, high), (new_low, new_high)) = (old.range(whole), new.range(whole));
        let narrows = !above(low, new_low) || !below(high, new_high);
        let widens = !above(new_low, low) || !below(new_high, high);
        let rule = match (
            old.formats.is_empty(),
            new.formats.is_empty(),
            Effect::of(narrows, widens),
        ) {
            (_, _, Effect::Keeps | Effect::Words) => None,
            (true, false, Effect::Narrows) => Some(MessageRule::FormatSet),
            (false, true, Effect::Widens) => Some(MessageRule::FormatLifted),
            (.., Effect::Narrows) => Some(MessageRule::FormatNarrowed),
            (.., Effect::Widens) => Some(MessageRule::FormatWidened),
            (.., Effect::Moves) => Some(MessageRule::FormatChanged),
        };
        let name = |numbers: &Numbers| {
            numbers
                .formats
                .keys()
                .next()
                .cloned()
                .unwrap_or_else(|| "none".to_owned())
        };
        let message = format!("format {} → {}", name(old), name(new));
        if let Some(rule) = rule {
            facets.add(
                rule,
                old.formats.values().next(),
                new.formats.values().next(),
                message,
            );
        }
    } else {
        facets.formats(&old.formats, &new.formats);
        let ((low, high), (new_low, new_high)) = (old.bounds(whole), new.bounds(whole));
        let (range, new_range) = (old.range(whole), new.range(whole));
        let at = |said: &Option<Said<Bound>>| said.as_ref().map(|said| said.at.clone());
        // An end beyond that of the format says nothing.
        if range.0 != new_range.0 {
            let at = (at(&old.lower), at(&new.lower));
            facets.bounds(low, new_low, (at.0.as_ref(), at.1.as_ref()), &MINIMUM);
        }
        if range.1 != new_range.1 {
            let at = (at(&old.upper), at(&new.upper));
            facets.bounds(high, new_high, (at.0.as_ref(), at.1.as_ref()), &MAXIMUM);
        }
    }
    steps(old, new, facets);
    facets.excluded(&old.excluded, &new.excluded);
}

pub(crate) fn steps(old: &Numbers, new: &Numbers, facets: &mut Facets) {
    let values = |numbers: &Numbers| -> Vec<f64> {
        numbers.multiples.iter().map(|step| step.value).collect()
    };
    let (before, after) = (values(old), values(new));
    let implied = |known: &Numbers, step: f64| {
        known
            .multiples
            .iter()
            .any(|known| is_multiple(known.value, step))
            || known.whole && is_multiple(1.0, step)
    };
    let narrows = after.iter().any(|step| !implied(old, *step));
    let widens = before.iter().any(|step| !implied(new, *step));
    let rule = match (
        before.is_empty(),
        after.is_empty(),
        Effect::of(narrows, widens),
    ) {
        (_, _, Effect::Keeps | Effect::Words) => return,
        (true, ..) => MessageRule::MultipleOfSet,
        (_, true, _) => MessageRule::MultipleOfLifted,
        (.., Effect::Narrows) => MessageRule::MultipleOfNarrowed,
        (.., Effect::Widens) => MessageRule::MultipleOfWidened,
        (.., Effect::Moves) => MessageRule::MultipleOfChanged,
    };
    let at = |numbers: &Numbers| numbers.multiples.first().map(|step| step.at.clone());
    let text = |steps: &[f64]| steps.first().map_or("none".to_owned(), f64::to_string);
    let message = format!("multipleOf {} → {}", text(&before), text(&after));
    facets.add(rule, at(old).as_ref(), at(new).as_ref(), message);
}

pub(crate) fn arrays(old: &Arrays, new: &Arrays, facets: &mut Facets) {
    facets.counts(&old.fewest, &new.fewest, &MIN_ITEMS);
    facets.counts(&old.most, &new.most, &MAX_ITEMS);
    match (&old.unique, &new.unique) {
        (None, Some(at)) => {
            facets.add(
                MessageRule::UniqueItemsSet,
                None,
                Some(at),
                "items must differ now".to_owned(),
            );
        }
        (Some(at), None) => {
            facets.add(
                MessageRule::UniqueItemsLifted,
                Some(at),
                None,
                "items may be alike now".to_owned(),
            );
        }
        _ => {}
    }
    match (&old.values, &new.values) {
        (Some(before), Some(after)) => {
            facets.lists(
                &before.value,
                &after.value,
                Some(&before.at),
                Some(&after.at),
            );
        }
        (None, Some(after)) => {
            facets.add(
                MessageRule::EnumSet,
                None,
                Some(&after.at),
                "only listed values are allowed now".to_owned(),
            );
        }
        (Some(before), None) => {
            facets.add(
                MessageRule::EnumLifted,
                Some(&before.at),
                None,
                "any list is allowed now".to_owned(),
            );
        }
        (None, None) => {}
    }
}

/// A few values, in quotes.
pub(crate) fn shown(values: &BTreeSet<String>) -> String {
    const FEW: usize = 5;
    let mut list: Vec<_> = values
        .iter()
        .take(FEW)
        .map(|value| format!("`{value}`"))
        .collect();
    if values.len() > FEW {
        list.push(format!("{} more", values.len() - FEW));
    }
    list.join(", ")
}
