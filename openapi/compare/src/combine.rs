//! What two schemas both allow, without what says nothing.

use std::{
    collections::{BTreeMap, BTreeSet},
    rc::Rc,
};

use crate::{
    sets::Sets,
    shape::{
        Arrays, Atom, Body, Bools, Numbers, Objects, Property, Said, Strings, both_numbers,
        both_strings, common, joined, stronger,
    },
};

impl<'d> Sets<'d> {
    /// What both allow.
    pub(crate) fn intersection(&mut self, one: &[Atom<'d>], other: &[Atom<'d>]) -> Vec<Atom<'d>> {
        let mut all = Vec::new();
        for left in one {
            for right in other
                .iter()
                .filter(|right| right.body.kind() == left.body.kind())
            {
                let work = left.work() + right.work();
                if !self.spend(work, left.trail.first()) {
                    return all;
                }
                let body = match (&left.body, &right.body) {
                    (Body::Bool(one), Body::Bool(other)) => Body::Bool(Bools {
                        yes: one.yes && other.yes,
                        no: one.no && other.no,
                    }),
                    (Body::Number(one), Body::Number(other)) => {
                        Body::Number(both_numbers(one, other))
                    }
                    (Body::String(one), Body::String(other)) => {
                        Body::String(both_strings(one, other))
                    }
                    (Body::Array(one), Body::Array(other)) => {
                        Body::Array(self.both_arrays(one, other))
                    }
                    (Body::Object(one), Body::Object(other)) => {
                        Body::Object(self.both_objects(one, other))
                    }
                    _ => Body::Null,
                };
                let mut trail = left.trail.clone();
                for place in &right.trail {
                    if !trail.iter().any(|known| known.at == place.at) {
                        trail.push(place.clone());
                    }
                }
                let conditions = joined(&left.conditions, &right.conditions);
                let atom = self.tidied(Atom {
                    trail,
                    body,
                    conditions,
                });
                all.extend(atom);
            }
        }
        all
    }

    pub(crate) fn both_arrays(&mut self, one: &Arrays, other: &Arrays) -> Arrays {
        let length = one.prefix.len().max(other.prefix.len());
        let prefix = (0..length).map(|index| self.both(one.item(index), other.item(index)));
        Arrays {
            prefix: prefix.collect(),
            rest: self.both(one.rest, other.rest),
            fewest: stronger(&one.fewest, &other.fewest, |one, other| other > one),
            most: stronger(&one.most, &other.most, |one, other| other < one),
            unique: one.unique.clone().or_else(|| other.unique.clone()),
            values: common(&one.values, &other.values),
        }
    }

    pub(crate) fn both_objects(&mut self, one: &Objects, other: &Objects) -> Objects {
        let mut properties = BTreeMap::new();
        let names: BTreeSet<&String> = one
            .properties
            .keys()
            .chain(other.properties.keys())
            .collect();
        for name in names {
            let (left, right) = (self.property(one, name), self.property(other, name));
            let node = self.both(left, right);
            let declared = one
                .properties
                .get(name)
                .or_else(|| other.properties.get(name));
            let required =
                |all: &Objects| all.properties.get(name).is_some_and(|known| known.required);
            if let Some(declared) = declared {
                // Where a schema is, rather than where the property is only said to be required.
                let better = other
                    .properties
                    .get(name)
                    .filter(|_| self.parts(declared.node).is_empty());
                let at = better.unwrap_or(declared).at.clone();
                let required = required(one) || required(other);
                properties.insert(name.clone(), Property { node, required, at });
            }
        }
        let mut dependents = joined(&one.dependents, &other.dependents);
        for (name, said) in &mut dependents {
            for all in [one, other] {
                let more = all.dependents.get(name).map(|more| more.value.clone());
                said.value.extend(more.unwrap_or_default());
            }
        }
        let mut patterns = one.patterns.clone();
        for (pattern, node) in &other.patterns {
            let node = match patterns.get(pattern) {
                Some(known) => self.both(*known, *node),
                None => *node,
            };
            patterns.insert(pattern.clone(), node);
        }
        Objects {
            properties,
            rest: self.both(one.rest, other.rest),
            rest_at: one.rest_at.clone().or_else(|| other.rest_at.clone()),
            patterns,
            names: self.both(one.names, other.names),
            names_at: one.names_at.clone().or_else(|| other.names_at.clone()),
            fewest: stronger(&one.fewest, &other.fewest, |one, other| other > one),
            most: stronger(&one.most, &other.most, |one, other| other < one),
            dependents,
            values: common(&one.values, &other.values),
        }
    }

    /// An atom without what says nothing; `None` when it allows nothing.
    pub(crate) fn tidied(&mut self, mut atom: Atom<'d>) -> Option<Atom<'d>> {
        match &mut atom.body {
            Body::Null => {}
            Body::Bool(bools) => {
                if !bools.yes && !bools.no {
                    return None;
                }
            }
            Body::Number(numbers) => {
                tidy_numbers(numbers);
                if let Some(mut values) = numbers.values.take() {
                    values.value.retain(|_, value| numbers.holds(value));
                    if values.value.is_empty() {
                        return None;
                    }
                    *numbers = Numbers {
                        whole: numbers.whole,
                        values: Some(values),
                        ..Numbers::default()
                    };
                } else if let (Some(lower), Some(upper)) = numbers.range(numbers.whole) {
                    let touching = lower.value == upper.value;
                    if lower.value > upper.value || touching && (lower.exclusive || upper.exclusive)
                    {
                        return None;
                    }
                }
            }
            Body::String(strings) => {
                strings.shortest = strings
                    .shortest
                    .take()
                    .filter(|shortest| shortest.value > 0);
                strings.patterns.retain(|pattern, _| {
                    !matches!(pattern.as_str(), "" | "^" | "$" | ".*" | "^.*$")
                });
                if let Some(mut values) = strings.values.take() {
                    let kept: BTreeSet<_> = values
                        .value
                        .iter()
                        .filter(|value| self.text_fits(strings, value))
                        .cloned()
                        .collect();
                    if kept.is_empty() {
                        return None;
                    }
                    values.value = kept;
                    *strings = Strings {
                        values: Some(values),
                        ..Strings::default()
                    };
                } else if let (Some(shortest), Some(longest)) =
                    (&strings.shortest, &strings.longest)
                    && shortest.value > longest.value
                {
                    return None;
                }
            }
            Body::Array(arrays) => {
                if arrays
                    .values
                    .as_ref()
                    .is_some_and(|values| values.value.is_empty())
                {
                    return None;
                }
                let at = atom
                    .trail
                    .first()
                    .map_or_else(|| Rc::from(""), |place| place.at.clone());
                let stop = arrays.prefix.iter().position(|item| self.is_never(*item));
                let stop =
                    stop.or_else(|| self.is_never(arrays.rest).then_some(arrays.prefix.len()));
                if let Some(stop) = stop {
                    let end = Some(Said {
                        value: stop as u64,
                        at,
                    });
                    arrays.most = stronger(&arrays.most, &end, |one, other| other < one);
                }
                if let Some(most) = &arrays.most {
                    arrays
                        .prefix
                        .truncate(usize::try_from(most.value).unwrap_or(usize::MAX));
                    if most.value <= 1 {
                        arrays.unique = None;
                    }
                    if arrays
                        .fewest
                        .as_ref()
                        .is_some_and(|fewest| fewest.value > most.value)
                    {
                        return None;
                    }
                }
            }
            Body::Object(objects) => {
                if objects
                    .values
                    .as_ref()
                    .is_some_and(|values| values.value.is_empty())
                {
                    return None;
                }
                let closed = self.is_never(objects.rest);
                let impossible = |property: &Property, all: &Self| {
                    property.required && all.is_never(property.node)
                };
                if objects
                    .properties
                    .values()
                    .any(|property| impossible(property, self))
                {
                    return None;
                }
                objects
                    .properties
                    .retain(|_, property| !(closed && self.is_never(property.node)));
                if let (Some(fewest), Some(most)) = (&objects.fewest, &objects.most)
                    && fewest.value > most.value
                {
                    return None;
                }
            }
        }
        Some(atom)
    }

    /// Whether a text is within everything but a list of values. What cannot be checked is taken for granted.
    pub(crate) fn text_fits(&mut self, strings: &Strings, text: &str) -> bool {
        let length = text.chars().count() as u64;
        strings
            .shortest
            .as_ref()
            .is_none_or(|shortest| length >= shortest.value)
            && strings
                .longest
                .as_ref()
                .is_none_or(|longest| length <= longest.value)
            && !strings.excluded.contains(text)
            && strings
                .formats
                .keys()
                .all(|format| crate::formats::holds(format, text) != Some(false))
            && strings
                .patterns
                .keys()
                .all(|pattern| self.matches(pattern, text) != Some(false))
    }
}

impl Atom<'_> {
    /// How much it takes to combine it with another one, by a rough count.
    fn work(&self) -> usize {
        let within = match &self.body {
            Body::Object(objects) => objects.properties.len() + objects.patterns.len(),
            Body::Array(arrays) => arrays.prefix.len(),
            Body::String(strings) => strings.values.as_ref().map_or(0, |said| said.value.len()),
            Body::Number(numbers) => numbers.values.as_ref().map_or(0, |said| said.value.len()),
            Body::Null | Body::Bool(_) => 0,
        };
        1 + self.trail.len() + within
    }
}

fn tidy_numbers(numbers: &mut Numbers) {
    use crate::shape::is_multiple;
    if numbers
        .multiples
        .iter()
        .any(|step| step.value.fract() == 0.0 && step.value > 0.0)
    {
        numbers.whole = true;
    }
    let whole = numbers.whole;
    let mut kept: Vec<Said<f64>> = Vec::new();
    for step in std::mem::take(&mut numbers.multiples) {
        let said_already = whole && is_multiple(1.0, step.value)
            || kept
                .iter()
                .any(|known| is_multiple(known.value, step.value));
        if !said_already && step.value > 0.0 {
            kept.retain(|known| !is_multiple(step.value, known.value));
            kept.push(step);
        }
    }
    numbers.multiples = kept;
}
