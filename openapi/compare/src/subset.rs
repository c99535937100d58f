//! Whether one schema allows everything that another one allows.

use std::{collections::HashSet, rc::Rc};

use crate::{
    formats,
    sets::{DEEPEST, Sets},
    shape::{
        Arrays, Atom, Body, Kind, NodeId, Numbers, Objects, Overlap, Shape, Strings, above, below,
        is_multiple,
    },
};

impl<'d> Sets<'d> {
    /// Whether every value of `inner` is a value of `outer`. A schema that contains itself is taken to lie within
    /// unless something shows otherwise.
    pub(crate) fn within(&mut self, inner: NodeId, outer: NodeId) -> bool {
        let pair = (inner, outer);
        if inner == outer || self.parts(outer).is_empty() || self.is_never(inner) {
            return true;
        }
        if self.within.yes.contains(&pair) || self.within.assumed.contains(&pair) {
            return true;
        }
        if self.within.no.contains(&pair) {
            return false;
        }
        if self.within.assumed.len() > DEEPEST {
            let part = self.parts(inner).first().cloned();
            self.stop(part.as_ref());
        }
        if !self.spend(1, None) {
            return true;
        }
        let start = self.within.provisional.len();
        self.within.assumed.insert(pair);
        let (left, right) = (self.shape(inner), self.shape(outer));
        let text = self.is_text(inner) || self.is_text(outer);
        let answer = left
            .atoms
            .iter()
            .all(|atom| self.covered(atom, &right.atoms, text))
            && (right.overlap < Overlap::Refused || left.overlap > Overlap::Allowed);
        self.within.assumed.remove(&pair);
        if answer {
            self.within.provisional.push(pair);
            if self.within.assumed.is_empty() {
                self.within.yes.extend(self.within.provisional.drain(..));
            }
        } else {
            self.within.provisional.truncate(start);
            self.within.no.insert(pair);
        }
        answer
    }

    /// Whether a union allows all of an atom.
    pub(crate) fn covered(&mut self, atom: &Atom<'d>, union: &[Atom<'d>], text: bool) -> bool {
        if union
            .iter()
            .any(|other| self.atom_within(atom, other, text))
        {
            return true;
        }
        if !atom.conditions.is_empty() {
            return false;
        }
        // Each value may be in a different member.
        let one = |body| Atom {
            trail: Vec::new(),
            body,
            conditions: atom.conditions.clone(),
        };
        let parts: Vec<Atom<'d>> = match &atom.body {
            Body::Bool(bools) if bools.yes && bools.no => {
                let single = |yes| one(Body::Bool(crate::shape::Bools { yes, no: !yes }));
                vec![single(true), single(false)]
            }
            Body::String(Strings {
                values: Some(values),
                ..
            }) if values.value.len() > 1 => {
                let single = |value: &String| {
                    let mut said = values.clone();
                    said.value = [value.clone()].into();
                    one(Body::String(Strings {
                        values: Some(said),
                        ..Strings::default()
                    }))
                };
                values.value.iter().map(single).collect()
            }
            Body::Number(Numbers {
                values: Some(values),
                ..
            }) if values.value.len() > 1 => {
                let single = |(text, value): (&String, &serde_json::Value)| {
                    let mut said = values.clone();
                    said.value = [(text.clone(), value.clone())].into();
                    one(Body::Number(Numbers {
                        values: Some(said),
                        ..Numbers::default()
                    }))
                };
                values.value.iter().map(single).collect()
            }
            _ => return false,
        };
        parts.iter().all(|part| {
            union
                .iter()
                .any(|other| self.atom_within(part, other, text))
        })
    }

    fn atom_within(&mut self, inner: &Atom<'d>, outer: &Atom<'d>, text: bool) -> bool {
        if !self.spend(1, inner.trail.first()) {
            return true;
        }
        for (key, said) in &outer.conditions {
            let same = inner.conditions.get(key).map(|known| known.value);
            let holds = match same {
                Some(known) if known == said.value => true,
                Some(known) if key == "not" => self.within(said.value, known),
                Some(known) if key == "if" => {
                    self.within(said.value, known) && self.within(known, said.value)
                }
                Some(known) => self.within(known, said.value),
                None => false,
            };
            if !holds {
                return false;
            }
        }
        match (&inner.body, &outer.body) {
            (Body::Null, Body::Null) => true,
            (Body::Bool(inner), Body::Bool(outer)) => {
                (!inner.yes || outer.yes) && (!inner.no || outer.no)
            }
            (Body::Number(inner), Body::Number(outer)) => numbers_within(inner, outer),
            (Body::String(inner), Body::String(outer)) => self.strings_within(inner, outer),
            (Body::Array(inner), Body::Array(outer)) => self.arrays_within(inner, outer),
            (Body::Object(inner), Body::Object(outer)) => self.objects_within(inner, outer),
            _ if text => self.text_within(inner, outer),
            _ => false,
        }
    }

    fn strings_within(&mut self, inner: &Strings, outer: &Strings) -> bool {
        match (&inner.values, &outer.values) {
            (Some(inner), Some(outer)) => inner.value.is_subset(&outer.value),
            (Some(inner), None) => inner.value.iter().all(|value| self.text_fits(outer, value)),
            (None, Some(_)) => false,
            (None, None) => {
                let shortest =
                    |strings: &Strings| strings.shortest.as_ref().map_or(0, |said| said.value);
                let longest = |strings: &Strings| {
                    strings.longest.as_ref().map_or(u64::MAX, |said| said.value)
                };
                let formats = |outer: &String| {
                    inner
                        .formats
                        .keys()
                        .any(|inner| formats::within(inner, outer))
                };
                shortest(inner) >= shortest(outer)
                    && longest(inner) <= longest(outer)
                    && outer
                        .patterns
                        .keys()
                        .all(|pattern| inner.patterns.contains_key(pattern))
                    && outer.formats.keys().all(formats)
                    && outer.excluded.is_subset(&inner.excluded)
            }
        }
    }

    fn arrays_within(&mut self, inner: &Arrays, outer: &Arrays) -> bool {
        if let Some(values) = &outer.values {
            return inner
                .values
                .as_ref()
                .is_some_and(|known| known.value.is_subset(&values.value));
        }
        let fewest = |arrays: &Arrays| arrays.fewest.as_ref().map_or(0, |said| said.value);
        let most = |arrays: &Arrays| arrays.most.as_ref().map_or(u64::MAX, |said| said.value);
        if fewest(inner) < fewest(outer)
            || most(inner) > most(outer)
            || outer.unique.is_some() && inner.unique.is_none() && most(inner) > 1
        {
            return false;
        }
        let length = inner.prefix.len().max(outer.prefix.len());
        (0..=length)
            .filter(|index| inner.reaches(*index))
            .all(|index| self.within(inner.item(index), outer.item(index)))
    }

    fn objects_within(&mut self, inner: &Objects, outer: &Objects) -> bool {
        if let Some(values) = &outer.values {
            return inner
                .values
                .as_ref()
                .is_some_and(|known| known.value.is_subset(&values.value));
        }
        let needs = |objects: &Objects, name: &String| {
            objects
                .properties
                .get(name)
                .is_some_and(|property| property.required)
        };
        let fewest = |objects: &Objects| {
            let required = objects
                .properties
                .values()
                .filter(|property| property.required)
                .count();
            objects
                .fewest
                .as_ref()
                .map_or(0, |said| said.value)
                .max(required as u64)
        };
        let most = |objects: &Objects| objects.most.as_ref().map_or(u64::MAX, |said| said.value);
        let dependents = outer.dependents.iter().all(|(name, said)| {
            let known = inner.dependents.get(name).map(|known| &known.value);
            let mut others = said.value.iter();
            others.all(|other| {
                needs(inner, other) || known.is_some_and(|known| known.contains(other))
            })
        });
        // What the outer one demands besides names is met by as many names as it demands.
        let demanded = outer.fewest.as_ref().map_or(0, |said| said.value);
        if !dependents || demanded > fewest(inner) || most(inner) > most(outer) {
            return false;
        }
        let names: HashSet<&String> = inner
            .properties
            .keys()
            .chain(outer.properties.keys())
            .collect();
        for name in names {
            if needs(outer, name) && !needs(inner, name) {
                return false;
            }
            let (left, right) = (self.property(inner, name), self.property(outer, name));
            if !self.within(left, right) {
                return false;
            }
        }
        for (pattern, right) in &outer.patterns {
            let left = inner.patterns.get(pattern).copied().unwrap_or(inner.rest);
            if !self.within(left, *right) {
                return false;
            }
        }
        for (pattern, left) in &inner.patterns {
            if !outer.patterns.contains_key(pattern) && !self.within(*left, outer.rest) {
                return false;
            }
        }
        self.within(inner.rest, outer.rest)
            && (self.is_never(inner.rest) && inner.patterns.is_empty()
                || self.within(inner.names, outer.names))
    }

    /// Values of different types that are written the same where all values are texts.
    fn text_within(&mut self, inner: &Atom<'d>, outer: &Atom<'d>) -> bool {
        let words = |strings: &Strings, all: &mut dyn FnMut(&str) -> bool| {
            strings
                .values
                .as_ref()
                .is_some_and(|values| values.value.iter().all(|value| all(value)))
        };
        match (&inner.body, &outer.body) {
            (Body::Array(arrays), _) => {
                // One item alone is written like the item.
                arrays.most.as_ref().is_some_and(|most| most.value <= 1) && {
                    let item: Rc<Shape<'d>> = self.shape(arrays.item(0));
                    let outer = [outer.clone()];
                    item.atoms
                        .iter()
                        .all(|atom| self.covered(atom, &outer, true))
                }
            }
            (_, Body::Array(arrays)) => {
                let one = arrays
                    .fewest
                    .as_ref()
                    .is_none_or(|fewest| fewest.value <= 1);
                one && arrays.reaches(0) && arrays.values.is_none() && {
                    let item = self.shape(arrays.item(0));
                    // A list inside a list cannot be written.
                    let scalar =
                        |atom: &&Atom<'d>| !matches!(atom.body, Body::Array(_) | Body::Object(_));
                    let items: Vec<_> = item.atoms.iter().filter(scalar).cloned().collect();
                    self.covered(inner, &items, true)
                }
            }
            (Body::Bool(bools), Body::String(strings)) => {
                let mut words = Vec::new();
                words.extend(bools.yes.then_some("true"));
                words.extend(bools.no.then_some("false"));
                words.iter().all(|word| self.word_within(word, strings))
            }
            (Body::Number(numbers), Body::String(strings)) => match &numbers.values {
                Some(values) => values
                    .value
                    .keys()
                    .all(|value| self.word_within(value, strings)),
                None => {
                    strings.values.is_none()
                        && strings.longest.is_none()
                        && strings
                            .shortest
                            .as_ref()
                            .is_none_or(|shortest| shortest.value <= 1)
                        && strings.patterns.is_empty()
                        && strings.formats.is_empty()
                        && strings.excluded.is_empty()
                }
            },
            (Body::String(strings), Body::Bool(bools)) => words(strings, &mut |word| match word {
                "true" => bools.yes,
                "false" => bools.no,
                _ => false,
            }),
            (Body::String(strings), Body::Number(numbers)) => words(strings, &mut |word| {
                let number = serde_json::from_str(word);
                number.is_ok_and(|number: serde_json::Value| numbers.holds(&number))
            }),
            _ => false,
        }
    }

    fn word_within(&mut self, word: &str, strings: &Strings) -> bool {
        match &strings.values {
            Some(values) => values.value.contains(word),
            None => self.text_fits(strings, word),
        }
    }

    /// Whether some atom is of this type.
    pub(crate) fn has_kind(atoms: &[Atom<'d>], kind: Kind) -> bool {
        atoms.iter().any(|atom| atom.body.kind() == kind)
    }
}

/// Every number of a short range of whole numbers, and perhaps more.
fn each_whole(numbers: &Numbers) -> Option<impl Iterator<Item = serde_json::Value>> {
    const SHORT: f64 = 100.0;
    let (Some(lower), Some(upper)) = numbers.range(true) else {
        return None;
    };
    #[expect(
        clippy::cast_possible_truncation,
        reason = "whole numbers of a short range; the cast saturates"
    )]
    let range = (lower.value as i64)..=(upper.value as i64);
    let short = numbers.whole && upper.value - lower.value <= SHORT;
    short.then(|| range.map(serde_json::Value::from))
}

pub(crate) fn numbers_within(inner: &Numbers, outer: &Numbers) -> bool {
    if let Some(values) = &inner.values {
        return values.value.values().all(|value| outer.holds(value));
    }
    if outer.values.is_some() {
        return each_whole(inner).is_some_and(|mut all| all.all(|value| outer.holds(&value)));
    }
    let whole = inner.whole;
    let ((low, high), (lowest, highest)) = (inner.range(whole), outer.range(whole));
    let formats = |outer: &String| {
        crate::shape::format_range(outer).is_some()
            || inner
                .formats
                .keys()
                .any(|inner| formats::within(inner, outer))
    };
    let stepped = |outer: f64| {
        whole && is_multiple(1.0, outer)
            || inner
                .multiples
                .iter()
                .any(|inner| is_multiple(inner.value, outer))
    };
    (inner.whole || !outer.whole)
        && above(low, lowest)
        && below(high, highest)
        && outer.multiples.iter().all(|step| stepped(step.value))
        && outer.formats.keys().all(formats)
        && outer.excluded.is_subset(&inner.excluded)
}
