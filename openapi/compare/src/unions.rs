//! What one or the other of several schemas allows, each value said once.

use std::rc::Rc;

use crate::{
    sets::Sets,
    shape::{Atom, Body, Numbers, Shape},
};

impl<'d> Sets<'d> {
    /// Whether two members of a `oneOf` may have a value in common.
    pub(crate) fn overlap(
        &mut self,
        members: &[Rc<Shape<'d>>],
        discriminator: Option<&str>,
    ) -> bool {
        for (index, one) in members.iter().enumerate() {
            for other in &members[index + 1..] {
                for left in &one.atoms {
                    for right in &other.atoms {
                        if !self.apart(left, right, discriminator) {
                            return true;
                        }
                    }
                }
            }
        }
        false
    }

    /// Whether two atoms surely have no value in common.
    pub(crate) fn apart(
        &mut self,
        one: &Atom<'d>,
        other: &Atom<'d>,
        discriminator: Option<&str>,
    ) -> bool {
        if one.body.kind() != other.body.kind() {
            return true;
        }
        match (&one.body, &other.body) {
            (Body::Object(left), Body::Object(right)) => {
                for (name, property) in &left.properties {
                    let Some(twin) = right.properties.get(name) else {
                        continue;
                    };
                    let both = property.required && twin.required || discriminator == Some(name);
                    if !both || self.open.contains(&property.node) || self.open.contains(&twin.node)
                    {
                        continue;
                    }
                    let (left, right) = (self.shape(property.node), self.shape(twin.node));
                    let scalar = |shape: &Shape| {
                        shape
                            .atoms
                            .iter()
                            .all(|atom| !matches!(atom.body, Body::Object(_) | Body::Array(_)))
                    };
                    if !scalar(&left) || !scalar(&right) {
                        continue;
                    }
                    let mut pairs = left
                        .atoms
                        .iter()
                        .flat_map(|one| right.atoms.iter().map(move |other| (one, other)));
                    if pairs.all(|(one, other)| self.apart(one, other, None)) {
                        return true;
                    }
                }
                false
            }
            (Body::String(left), Body::String(right)) => match (&left.values, &right.values) {
                (Some(left), Some(right)) => left.value.is_disjoint(&right.value),
                (Some(values), None) => {
                    !values.value.iter().any(|text| self.text_fits(right, text))
                }
                (None, Some(values)) => !values.value.iter().any(|text| self.text_fits(left, text)),
                (None, None) => crate::formats::apart(left.formats.keys(), right.formats.keys()),
            },
            _ => self
                .intersection(std::slice::from_ref(one), std::slice::from_ref(other))
                .is_empty(),
        }
    }

    /// A union without what another member says already.
    pub(crate) fn simplified(&mut self, atoms: Vec<Atom<'d>>, text: bool) -> Vec<Atom<'d>> {
        let mut all: Vec<Atom<'d>> = Vec::new();
        for atom in atoms {
            let twin = all.iter_mut().find(|known| merges(known, &atom));
            match twin {
                Some(known) => merge(known, atom),
                None => all.push(atom),
            }
        }
        let mut index = 0;
        while index < all.len() {
            if !self.spend(all.len(), all[index].trail.first()) {
                return all;
            }
            let scalar = !matches!(all[index].body, Body::Array(_) | Body::Object(_));
            let redundant = (scalar || text) && {
                let one = all[index].clone();
                let others: Vec<_> = all
                    .iter()
                    .enumerate()
                    .filter(|(place, _)| *place != index)
                    .map(|(_, atom)| atom.clone())
                    .collect();
                !others.is_empty() && self.covered(&one, &others, text)
            };
            if redundant {
                all.remove(index);
            } else {
                index += 1;
            }
        }
        all
    }
}

/// Whether two atoms of a union are one: lists of values, and ranges that meet.
fn merges(one: &Atom, other: &Atom) -> bool {
    if !one.conditions.is_empty() || !other.conditions.is_empty() {
        return false;
    }
    match (&one.body, &other.body) {
        (Body::Null, Body::Null) | (Body::Bool(_), Body::Bool(_)) => true,
        (Body::String(one), Body::String(other)) => one.values.is_some() && other.values.is_some(),
        (Body::Number(one), Body::Number(other)) => {
            if one.values.is_some() || other.values.is_some() {
                return one.values.is_some() && other.values.is_some();
            }
            let alike = one.whole == other.whole
                && one.multiples.is_empty()
                && other.multiples.is_empty()
                && one.formats.is_empty()
                && other.formats.is_empty()
                && one.excluded.is_empty()
                && other.excluded.is_empty();
            alike && meet(one, other) && meet(other, one)
        }
        _ => false,
    }
}

/// Whether no gap is between the upper end of the one and the lower end of the other.
fn meet(one: &Numbers, other: &Numbers) -> bool {
    match (one.bounds(one.whole).1, other.bounds(other.whole).0) {
        (Some(upper), Some(lower)) => {
            let step = if one.whole { 1.0 } else { 0.0 };
            lower.value < upper.value + step
                || lower.value == upper.value + step && !(lower.exclusive && upper.exclusive)
        }
        _ => true,
    }
}

fn merge<'d>(one: &mut Atom<'d>, other: Atom<'d>) {
    match (&mut one.body, other.body) {
        (Body::Bool(one), Body::Bool(other)) => {
            one.yes |= other.yes;
            one.no |= other.no;
        }
        (Body::String(one), Body::String(other)) => {
            if let (Some(one), Some(other)) = (&mut one.values, other.values) {
                one.value.extend(other.value);
            }
        }
        (Body::Number(one), Body::Number(other)) => {
            one.whole &= other.whole;
            match (&mut one.values, &other.values) {
                (Some(one), Some(other)) => one.value.extend(other.value.clone()),
                _ => {
                    let (lower, upper) = (one.bounds(false), other.bounds(false));
                    if crate::shape::above(lower.0, upper.0) {
                        one.lower = other.lower;
                    }
                    if crate::shape::below(lower.1, upper.1) {
                        one.upper = other.upper;
                    }
                }
            }
        }
        _ => {}
    }
    for place in other.trail {
        if !one.trail.iter().any(|known| known.at == place.at) {
            one.trail.push(place);
        }
    }
}
