//! Bounds of a value that changed, by name.

use std::{
    collections::{BTreeMap, BTreeSet},
    rc::Rc,
};

use super::{
    formats,
    rules::Effect,
    shape::{Arrays, Bound, Numbers, Said, Strings, above, below, format_range, is_multiple},
};

/// A bound that changed.
pub(super) struct Facet {
    pub(super) stem: &'static str,
    pub(super) old: Option<Rc<str>>,
    pub(super) new: Option<Rc<str>>,
    pub(super) message: String,
}

pub(super) struct Facets {
    pub(super) found: Vec<Facet>,
    pub(super) of_list: bool,
}

/// What changes of a count are called.
pub(super) struct Counted {
    name: &'static str,
    set: &'static str,
    lifted: &'static str,
    raised: &'static str,
    lowered: &'static str,
}

macro_rules! counted {
    ($constant:ident, $name:literal, $stem:literal) => {
        pub(super) const $constant: Counted = Counted {
            name: $name,
            set: concat!($stem, "-set"),
            lifted: concat!($stem, "-lifted"),
            raised: concat!($stem, "-raised"),
            lowered: concat!($stem, "-lowered"),
        };
    };
}

counted!(MIN_LENGTH, "minLength", "min-length");
counted!(MAX_LENGTH, "maxLength", "max-length");
counted!(MINIMUM, "minimum", "minimum");
counted!(MAXIMUM, "maximum", "maximum");
counted!(MIN_ITEMS, "minItems", "min-items");
counted!(MAX_ITEMS, "maxItems", "max-items");
counted!(MIN_PROPERTIES, "minProperties", "min-properties");
counted!(MAX_PROPERTIES, "maxProperties", "max-properties");

impl Facets {
    pub(super) fn add(
        &mut self,
        stem: &'static str,
        old: Option<&Rc<str>>,
        new: Option<&Rc<str>>,
        message: String,
    ) {
        self.found.push(Facet {
            stem,
            old: old.cloned(),
            new: new.cloned(),
            message,
        });
    }

    /// Two lists of allowed values.
    pub(super) fn lists(
        &mut self,
        before: &BTreeSet<String>,
        after: &BTreeSet<String>,
        old: Option<&Rc<str>>,
        new: Option<&Rc<str>>,
    ) {
        let gone: BTreeSet<_> = before.difference(after).cloned().collect();
        let come: BTreeSet<_> = after.difference(before).cloned().collect();
        let stem = match (gone.is_empty(), come.is_empty()) {
            (true, true) => return,
            (false, true) => "enum-value-removed",
            (true, false) => "enum-value-added",
            (false, false) if before.len() == 1 && after.len() == 1 => "const-changed",
            (false, false) => "enum-values-changed",
        };
        let mut parts = Vec::new();
        if !gone.is_empty() {
            parts.push(format!("without {}", shown(&gone)));
        }
        if !come.is_empty() {
            parts.push(format!("with {}", shown(&come)));
        }
        self.add(
            stem,
            old,
            new,
            format!("values now {}", parts.join(" and ")),
        );
    }

    pub(super) fn counts(
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
                let stem = if lower {
                    counted.lowered
                } else {
                    counted.raised
                };
                self.add(
                    stem,
                    old_at,
                    new_at,
                    format!("{name} {} → {}", text(old), text(new)),
                );
            }
            _ => {}
        }
    }

    pub(super) fn formats(
        &mut self,
        old: &BTreeMap<String, Rc<str>>,
        new: &BTreeMap<String, Rc<str>>,
    ) {
        let within = |inner: &BTreeMap<String, Rc<str>>, outer: &String| {
            inner.keys().any(|inner| formats::within(inner, outer))
        };
        let narrows = new.keys().any(|format| !within(old, format));
        let widens = old.keys().any(|format| !within(new, format));
        let stem = match (old.is_empty(), new.is_empty(), Effect::of(narrows, widens)) {
            (_, _, Effect::Keeps | Effect::Words) => return,
            (true, ..) => "format-set",
            (_, true, _) => "format-lifted",
            (.., Effect::Narrows) => "format-narrowed",
            (.., Effect::Widens) => "format-widened",
            (.., Effect::Moves) => "format-changed",
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
        self.add(stem, old.values().next(), new.values().next(), message);
    }

    pub(super) fn patterns(&mut self, old: &Strings, new: &Strings) {
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
        let (stem, message) = match (&gone[..], &come[..]) {
            ([], []) => return,
            ([], [come, ..]) => ("pattern-set", format!("pattern `{come}` is new")),
            ([gone, ..], []) => ("pattern-lifted", format!("pattern `{gone}` is gone")),
            ([gone, ..], [come, ..]) => ("pattern-changed", format!("pattern `{gone}` → `{come}`")),
        };
        let at = |strings: &Strings, all: &[&String]| {
            all.first()
                .and_then(|pattern| strings.patterns.get(*pattern))
                .cloned()
        };
        let (old, new) = (at(old, &gone), at(new, &come));
        self.add(stem, old.as_ref(), new.as_ref(), message);
    }

    pub(super) fn excluded(&mut self, old: &BTreeSet<String>, new: &BTreeSet<String>) {
        let come: BTreeSet<_> = new.difference(old).cloned().collect();
        let gone: BTreeSet<_> = old.difference(new).cloned().collect();
        let (stem, message) = match (come.is_empty(), gone.is_empty()) {
            (true, true) => return,
            (false, true) => ("value-excluded", format!("all but {}", shown(&come))),
            (true, false) => ("value-readmitted", format!("{} too", shown(&gone))),
            (false, false) => (
                "values-changed",
                format!("all but {}, {} too", shown(&come), shown(&gone)),
            ),
        };
        self.add(stem, None, None, message);
    }
}

pub(super) fn numbers(old: &Numbers, new: &Numbers, facets: &mut Facets) {
    use super::subset::numbers_within;
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
            let stem = if numbers_within(new, old) {
                "enum-set"
            } else {
                "enum-values-changed"
            };
            facets.add(
                stem,
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
            let stem = if numbers_within(old, new) {
                "enum-lifted"
            } else {
                "enum-values-changed"
            };
            facets.add(
                stem,
                old_at.as_ref(),
                None,
                format!("{} → any number", shown(&before)),
            );
            return;
        }
        (None, None) => {}
    }
    if old.whole != new.whole {
        let (stem, message) = if new.whole {
            ("type-narrowed", "number → integer")
        } else {
            ("type-widened", "integer → number")
        };
        facets.add(stem, None, None, message.to_owned());
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
        let stem = match (
            old.formats.is_empty(),
            new.formats.is_empty(),
            Effect::of(narrows, widens),
        ) {
            (_, _, Effect::Keeps | Effect::Words) => None,
            (true, false, Effect::Narrows) => Some("format-set"),
            (false, true, Effect::Widens) => Some("format-lifted"),
            (.., Effect::Narrows) => Some("format-narrowed"),
            (.., Effect::Widens) => Some("format-widened"),
            (.., Effect::Moves) => Some("format-changed"),
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
        if let Some(stem) = stem {
            facets.add(
                stem,
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

pub(super) fn steps(old: &Numbers, new: &Numbers, facets: &mut Facets) {
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
    let stem = match (
        before.is_empty(),
        after.is_empty(),
        Effect::of(narrows, widens),
    ) {
        (_, _, Effect::Keeps | Effect::Words) => return,
        (true, ..) => "multiple-of-set",
        (_, true, _) => "multiple-of-lifted",
        (.., Effect::Narrows) => "multiple-of-narrowed",
        (.., Effect::Widens) => "multiple-of-widened",
        (.., Effect::Moves) => "multiple-of-changed",
    };
    let at = |numbers: &Numbers| numbers.multiples.first().map(|step| step.at.clone());
    let text = |steps: &[f64]| steps.first().map_or("none".to_owned(), f64::to_string);
    let message = format!("multipleOf {} → {}", text(&before), text(&after));
    facets.add(stem, at(old).as_ref(), at(new).as_ref(), message);
}

pub(super) fn arrays(old: &Arrays, new: &Arrays, facets: &mut Facets) {
    facets.counts(&old.fewest, &new.fewest, &MIN_ITEMS);
    facets.counts(&old.most, &new.most, &MAX_ITEMS);
    match (&old.unique, &new.unique) {
        (None, Some(at)) => {
            facets.add(
                "unique-items-set",
                None,
                Some(at),
                "items must differ now".to_owned(),
            );
        }
        (Some(at), None) => {
            facets.add(
                "unique-items-lifted",
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
                "enum-set",
                None,
                Some(&after.at),
                "only listed values are allowed now".to_owned(),
            );
        }
        (Some(before), None) => {
            facets.add(
                "enum-lifted",
                Some(&before.at),
                None,
                "any list is allowed now".to_owned(),
            );
        }
        (None, None) => {}
    }
}

/// A few values, in quotes.
pub(super) fn shown(values: &BTreeSet<String>) -> String {
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
