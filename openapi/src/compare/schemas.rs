//! What differs between two schemas, by name, at the most precise place.
//!
//! Two schemas are a pair. A pair has its own differences and leads to other pairs, those of its properties and items;
//! so a change of a shared schema is found once, and every operation that leads to it sees it.

use std::{
    collections::{BTreeSet, HashMap, HashSet},
    rc::Rc,
};

use serde_json::Value;

use super::{
    formats, notes,
    place::{Place, component, unchanged_schemas},
    rules::{Effect, stem},
    sets::{Sets, Side},
    shape::{
        Arrays, Atom, Body, Bound, KINDS, Kind, NodeId, Numbers, Objects, Property, Said, Shape,
        Strings, above, below, format_range, is_multiple,
    },
};
use crate::{refs, walk};

/// A difference, without who is broken by it: that depends on the way it travels.
#[derive(Debug, Clone)]
pub(super) struct Difference {
    pub(super) stem: &'static str,
    pub(super) location: String,
    pub(super) message: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct PairId(usize);

#[derive(Default)]
pub(super) struct Pair {
    pub(super) differences: Vec<Difference>,
    edges: Vec<Edge>,
}

enum Edge {
    /// Whatever is found there is found here.
    To(PairId),
    /// Whatever is found there is one difference here.
    Summed {
        to: PairId,
        stems: &'static Stems,
        swapped: bool,
        location: String,
        message: String,
    },
}

/// What a sum is called: less, more, both, neither.
struct Stems {
    narrows: &'static str,
    widens: &'static str,
    moves: &'static str,
    keeps: Option<&'static str>,
    /// Any difference counts both ways.
    mixed: bool,
}

static REPLACED: Stems = Stems {
    narrows: "schema-narrowed",
    widens: "schema-widened",
    moves: "schema-replaced",
    keeps: Some("schema-exchanged"),
    mixed: false,
};
static CONDITION: Stems = Stems {
    narrows: "condition-narrowed",
    widens: "condition-widened",
    moves: "condition-changed",
    keeps: None,
    mixed: false,
};
/// The condition of an `if` tells apart; any change of it goes both ways.
static ALTERNATIVE: Stems = Stems {
    narrows: "condition-changed",
    widens: "condition-changed",
    moves: "condition-changed",
    keeps: None,
    mixed: true,
};
static NAMES: Stems = Stems {
    narrows: "property-names-narrowed",
    widens: "property-names-widened",
    moves: "property-names-changed",
    keeps: None,
    mixed: false,
};

/// A difference at a schema itself. Several at one place are one difference.
struct Own {
    stem: &'static str,
    of_list: bool,
    location: String,
    message: String,
}

/// All pairs of schemas that were compared.
pub(super) struct Schemas<'d> {
    pub(super) sets: Sets<'d>,
    same: BTreeSet<String>,
    pairs: Vec<Pair>,
    known: HashMap<(NodeId, NodeId), PairId>,
}

impl<'d> Schemas<'d> {
    pub(super) fn new(old: &'d Value, new: &'d Value) -> Self {
        let sets = Sets::new(old, new);
        let same = unchanged_schemas(sets.document(Side::Old), sets.document(Side::New));
        Self {
            sets,
            same,
            pairs: Vec::new(),
            known: HashMap::new(),
        }
    }

    /// Compares two schemas of the documents. `None`: they are the same.
    pub(super) fn places(&mut self, old: Place<'d>, new: Place<'d>, text: bool) -> Option<PairId> {
        let old = self.sets.node(Side::Old, text, old);
        let new = self.sets.node(Side::New, text, new);
        self.compare(old, new)
    }

    pub(super) fn compare(&mut self, old: NodeId, new: NodeId) -> Option<PairId> {
        if let Some(known) = self.known.get(&(old, new)) {
            return Some(*known);
        }
        if self.untouched(old, new) {
            return None;
        }
        let id = self.fresh();
        self.known.insert((old, new), id);
        let (before, after) = (self.sets.shape(old), self.sets.shape(new));
        let pair = self.shapes(&before, &after, self.sets.is_text(new));
        self.pairs[id.0] = pair;
        Some(id)
    }

    fn fresh(&mut self) -> PairId {
        self.pairs.push(Pair::default());
        PairId(self.pairs.len() - 1)
    }

    /// Whether two schemas are word for word the same, and all they refer to.
    fn untouched(&self, old: NodeId, new: NodeId) -> bool {
        let dialects = [Side::Old, Side::New].map(|side| self.sets.document(side).old_dialect);
        let (old, new) = (self.sets.parts(old), self.sets.parts(new));
        let settled = |part: &Place| {
            let references = refs::collect_part(walk::Kind::Schema, "", part.value);
            references
                .iter()
                .all(|reference| self.same.contains(&reference.target))
        };
        dialects[0] == dialects[1]
            && old.len() == new.len()
            && old
                .iter()
                .zip(new)
                .all(|(old, new)| old.value == new.value && settled(new))
    }

    /// Everything that differs from this pair on.
    pub(super) fn collect(
        &self,
        from: PairId,
        seen: &mut HashSet<PairId>,
        found: &mut Vec<Difference>,
    ) {
        let mut queue = vec![from];
        while let Some(id) = queue.pop() {
            if !seen.insert(id) {
                continue;
            }
            let pair = &self.pairs[id.0];
            found.extend(pair.differences.iter().cloned());
            // In the order of the document.
            for edge in pair.edges.iter().rev() {
                match edge {
                    Edge::To(next) => queue.push(*next),
                    Edge::Summed {
                        to,
                        stems,
                        swapped,
                        location,
                        message,
                    } => {
                        let effect = self.effect(*to);
                        let stem = match (effect, swapped) {
                            (Effect::Moves, _) => Some(stems.moves),
                            (Effect::Narrows, false) | (Effect::Widens, true) => {
                                Some(stems.narrows)
                            }
                            (Effect::Widens, false) | (Effect::Narrows, true) => Some(stems.widens),
                            (Effect::Keeps, _) => stems.keeps,
                            (Effect::Words, _) => None,
                        };
                        let (location, message) = (location.clone(), message.clone());
                        found.extend(stem.map(|stem| Difference {
                            stem,
                            location,
                            message,
                        }));
                    }
                }
            }
        }
    }

    /// The sum of everything from this pair on. `Words`: nothing but words, or nothing at all.
    fn effect(&self, from: PairId) -> Effect {
        let (mut narrows, mut widens, mut keeps) = (false, false, false);
        let mut seen = HashSet::new();
        let mut queue = vec![(from, false, false)];
        while let Some((id, swapped, mixed)) = queue.pop() {
            if !seen.insert((id, swapped, mixed)) {
                continue;
            }
            let pair = &self.pairs[id.0];
            for difference in &pair.differences {
                let effect = stem(difference.stem).map_or(Effect::Words, |stem| stem.effect);
                let (less, more) = (effect.narrows(), effect.widens());
                narrows |= if swapped { more } else { less } || mixed && more;
                widens |= if swapped { less } else { more } || mixed && less;
                keeps |= effect == Effect::Keeps;
            }
            for edge in &pair.edges {
                queue.push(match edge {
                    Edge::To(next) => (*next, swapped, mixed),
                    Edge::Summed {
                        to,
                        stems,
                        swapped: turned,
                        ..
                    } => (*to, swapped != *turned, mixed || stems.mixed),
                });
            }
        }
        match Effect::of(narrows, widens) {
            Effect::Keeps if !keeps => Effect::Words,
            effect => effect,
        }
    }

    fn shapes(&mut self, old: &Shape<'d>, new: &Shape<'d>, text: bool) -> Pair {
        let mut pair = Pair::default();
        let mut own = Vec::new();
        let mut retyped = false;
        let mut regrouped = false;
        if old.atoms.is_empty() || new.atoms.is_empty() {
            let stem = match (old.atoms.is_empty(), new.atoms.is_empty()) {
                (true, true) => None,
                (false, _) => Some(("schema-forbidden", "nothing fits any more")),
                (true, _) => Some(("schema-allowed", "nothing could fit, now something does")),
            };
            if let Some((stem, message)) = stem {
                let location = self.locate(&old.layers, &new.layers, None, None);
                own.push(Own {
                    stem,
                    of_list: false,
                    location,
                    message: message.to_owned(),
                });
            }
        } else {
            retyped = self.types(old, new, text, &mut own);
            for kind in KINDS {
                let of_kind = |shape: &Shape<'d>| -> Vec<Atom<'d>> {
                    shape
                        .atoms
                        .iter()
                        .filter(|atom| atom.body.kind() == kind)
                        .cloned()
                        .collect()
                };
                let (before, after) = (of_kind(old), of_kind(new));
                if !before.is_empty() && !after.is_empty() {
                    regrouped |=
                        self.alternatives((old, &before), (new, &after), text, &mut own, &mut pair);
                }
            }
            if old.refuses_overlap != new.refuses_overlap
                && old.atoms.len() > 1
                && new.atoms.len() > 1
            {
                let (stem, message) = if new.refuses_overlap {
                    (
                        "overlap-forbidden",
                        "exactly one alternative must fit now (oneOf)",
                    )
                } else {
                    (
                        "overlap-allowed",
                        "several alternatives may fit now (anyOf)",
                    )
                };
                let location = self.locate(&old.layers, &new.layers, None, None);
                own.push(Own {
                    stem,
                    of_list: false,
                    location,
                    message: message.to_owned(),
                });
            }
        }
        pair.differences.extend(merged(own));
        let skip = notes::Skip {
            default: retyped,
            discriminator: regrouped,
        };
        self.notes(&old.layers, &new.layers, skip, &mut pair.differences);
        pair
    }

    /// Types that only one of them allows. Returns whether there are any.
    fn types(&mut self, old: &Shape<'d>, new: &Shape<'d>, text: bool, own: &mut Vec<Own>) -> bool {
        let lone = |sets: &mut Sets<'d>, from: &Shape<'d>, other: &Shape<'d>| -> Vec<Atom<'d>> {
            let atoms = from
                .atoms
                .iter()
                .filter(|atom| !Sets::has_kind(&other.atoms, atom.body.kind()));
            atoms
                .filter(|atom| !sets.covered(atom, &other.atoms, text))
                .cloned()
                .collect()
        };
        let gone = lone(&mut self.sets, old, new);
        let come = lone(&mut self.sets, new, old);
        if gone.is_empty() && come.is_empty() {
            return false;
        }
        let is_null = |atoms: &[Atom]| atoms.iter().all(|atom| atom.body.kind() == Kind::Null);
        let stem = match (gone.is_empty(), come.is_empty()) {
            (true, _) if is_null(&come) => "became-nullable",
            (_, true) if is_null(&gone) => "became-not-nullable",
            (true, _) => "type-widened",
            (_, true) => "type-narrowed",
            _ => "type-changed",
        };
        let location = match (&gone[..], &come[..]) {
            ([gone], [come]) => self.locate(&gone.trail, &come.trail, None, None),
            _ => self.locate(&old.layers, &new.layers, None, None),
        };
        let message = match stem {
            "became-nullable" => "null is allowed now".to_owned(),
            "became-not-nullable" => "null is not allowed any more".to_owned(),
            _ => format!("{} → {}", type_names(old), type_names(new)),
        };
        own.push(Own {
            stem,
            of_list: false,
            location,
            message,
        });
        true
    }

    /// Alternatives of one type. Returns whether some are gone or new.
    fn alternatives(
        &mut self,
        (old, before): (&Shape<'d>, &[Atom<'d>]),
        (new, after): (&Shape<'d>, &[Atom<'d>]),
        text: bool,
        own: &mut Vec<Own>,
        pair: &mut Pair,
    ) -> bool {
        if let ([before], [after]) = (before, after) {
            self.atoms(before, after, own, pair);
            return false;
        }
        let (matched, left_old, left_new) = self.matched((old, before), (new, after), text);
        for (before, after) in matched {
            self.atoms(before, after, own, pair);
            let beyond = |atom: &Atom<'d>, shape: &Shape<'d>| -> Vec<Place<'d>> {
                let shared =
                    |place: &&Place| !shape.layers.iter().any(|layer| layer.at == place.at);
                atom.trail.iter().filter(shared).cloned().collect()
            };
            let (inner, outer) = (beyond(before, old), beyond(after, new));
            self.notes(
                &inner,
                &outer,
                notes::Skip::default(),
                &mut pair.differences,
            );
        }
        let gone: Vec<_> = left_old
            .into_iter()
            .filter(|atom| !self.sets.covered(atom, &new.atoms, text))
            .collect();
        let come: Vec<_> = left_new
            .into_iter()
            .filter(|atom| !self.sets.covered(atom, &old.atoms, text))
            .collect();
        let stem = match (gone.is_empty(), come.is_empty()) {
            (true, true) => return false,
            (false, true) => "union-member-removed",
            (true, false) => "union-member-added",
            (false, false) => "union-members-changed",
        };
        let location = match (&gone[..], &come[..]) {
            ([], [member]) => self.member(&member.trail, &old.layers),
            ([member], []) => self.member(&member.trail, &new.layers),
            _ => self.locate(&old.layers, &new.layers, None, None),
        };
        let names = |atoms: &[&Atom<'d>]| -> Vec<String> {
            atoms.iter().map(|atom| describe(atom)).collect()
        };
        let mut parts = Vec::new();
        if !gone.is_empty() {
            parts.push(format!("without {}", names(&gone).join(", ")));
        }
        if !come.is_empty() {
            parts.push(format!("with {}", names(&come).join(", ")));
        }
        let message = format!("alternatives now {}", parts.join(" and "));
        own.push(Own {
            stem,
            of_list: false,
            location,
            message,
        });
        true
    }

    /// Which alternative became which.
    #[expect(
        clippy::type_complexity,
        reason = "pairs and what is left of both sides, used in one place"
    )]
    fn matched<'a>(
        &mut self,
        (old, before): (&Shape<'d>, &'a [Atom<'d>]),
        (new, after): (&Shape<'d>, &'a [Atom<'d>]),
        text: bool,
    ) -> (
        Vec<(&'a Atom<'d>, &'a Atom<'d>)>,
        Vec<&'a Atom<'d>>,
        Vec<&'a Atom<'d>>,
    ) {
        let mut pairs = Vec::new();
        let mut left: Vec<&Atom<'d>> = before.iter().collect();
        let mut right: Vec<&Atom<'d>> = after.iter().collect();
        let (old_tags, new_tags) = (self.tags(before), self.tags(after));
        type Test<'t, 'd> = Box<dyn FnMut(&mut Schemas<'d>, &Atom<'d>, &Atom<'d>) -> bool + 't>;
        let tests: [Test<'_, 'd>; 4] = [
            Box::new(|all, old, new| {
                let (old, new) = (std::slice::from_ref(old), std::slice::from_ref(new));
                all.sets.covered(&old[0], new, text) && all.sets.covered(&new[0], old, text)
            }),
            Box::new(
                |all, old, new| match (old.components().last(), new.components().last()) {
                    (Some(old), Some(new)) => all.same_name(old, new),
                    _ => false,
                },
            ),
            Box::new(|_, old, new| {
                let tag = |tags: &[(Rc<str>, String)], atom: &Atom| -> Vec<String> {
                    let here = atom.trail.last().map(|place| place.at.clone());
                    let own = tags.iter().filter(|(at, _)| Some(at) == here.as_ref());
                    own.map(|(_, tag)| tag.clone()).collect()
                };
                let (old, new) = (tag(&old_tags, old), tag(&new_tags, new));
                old.iter().any(|tag| new.contains(tag))
            }),
            Box::new(|_, before, after| {
                let inline = before.components().is_empty() && after.components().is_empty();
                let first = |atom: &Atom<'d>, shape: &Shape<'d>| {
                    let known =
                        |place: &&Place| !shape.layers.iter().any(|layer| layer.at == place.at);
                    atom.trail.iter().find(known).map(|place| place.at.clone())
                };
                inline && first(before, old).is_some() && first(before, old) == first(after, new)
            }),
        ];
        for mut test in tests {
            left.retain(|old| {
                let place = right.iter().position(|new| test(self, old, new));
                if let Some(place) = place {
                    pairs.push((*old, right.remove(place)));
                }
                place.is_none()
            });
        }
        if let ([old], [new]) = (&left[..], &right[..]) {
            let named = !old.components().is_empty() && !new.components().is_empty();
            if !named {
                pairs.push((*old, *new));
                left.clear();
                right.clear();
            }
        }
        (pairs, left, right)
    }

    /// Constants that tell alternatives apart: which atom (by its last schema), and property with value.
    fn tags(&mut self, atoms: &[Atom<'d>]) -> Vec<(Rc<str>, String)> {
        let mut tags = Vec::new();
        for atom in atoms {
            let (Body::Object(objects), Some(last)) = (&atom.body, atom.trail.last()) else {
                continue;
            };
            for (name, property) in &objects.properties {
                let shape = self.sets.shape(property.node);
                if let [
                    Atom {
                        body:
                            Body::String(Strings {
                                values: Some(values),
                                ..
                            }),
                        ..
                    },
                ] = &shape.atoms[..]
                    && values.value.len() == 1
                {
                    let tag = values.value.iter().map(|value| format!("{name}={value}"));
                    tags.extend(tag.map(|tag| (last.at.clone(), tag)));
                }
            }
        }
        let unique = |tag: &str| tags.iter().filter(|(_, other)| other == tag).count() == 1;
        tags.iter()
            .filter(|(_, tag)| unique(tag))
            .cloned()
            .collect()
    }

    /// Two atoms of one type.
    fn atoms(&mut self, old: &Atom<'d>, new: &Atom<'d>, own: &mut Vec<Own>, pair: &mut Pair) {
        let nested = matches!(old.body, Body::Array(_) | Body::Object(_));
        if nested && self.replaced(old, new) {
            let names = |one: &Atom, other: &Atom| {
                let others = other.components();
                let lone = one
                    .components()
                    .into_iter()
                    .filter(|name| !others.contains(name));
                lone.map(last_step).collect::<Vec<_>>().join(" and ")
            };
            let message = format!("{} → {}", names(old, new), names(new, old));
            let to = self.fresh();
            let mut inner = Pair::default();
            let mut inner_own = Vec::new();
            self.bodies(old, new, &mut inner_own, &mut inner);
            inner.differences.extend(merged(inner_own));
            self.pairs[to.0] = inner;
            let location = self.locate(&old.trail, &new.trail, None, None);
            let stems = &REPLACED;
            pair.edges.push(Edge::Summed {
                to,
                stems,
                swapped: false,
                location,
                message,
            });
        } else {
            self.bodies(old, new, own, pair);
        }
    }

    /// Whether one component stands where another stood, and neither is the other renamed.
    fn replaced(&self, old: &Atom, new: &Atom) -> bool {
        let (before, after) = (old.components(), new.components());
        let gone: Vec<_> = before.iter().filter(|name| !after.contains(name)).collect();
        let come: Vec<_> = after.iter().filter(|name| !before.contains(name)).collect();
        let renamed = gone
            .iter()
            .zip(&come)
            .all(|(old, new)| self.same_name(old, new));
        !gone.is_empty() && !come.is_empty() && !(gone.len() == come.len() && renamed)
    }

    /// Whether two components are one: of one name, or one gone and the other new.
    fn same_name(&self, old: &str, new: &str) -> bool {
        let renamed =
            || !self.sets.document(Side::New).has(old) && !self.sets.document(Side::Old).has(new);
        old == new || renamed()
    }

    fn bodies(&mut self, old: &Atom<'d>, new: &Atom<'d>, own: &mut Vec<Own>, pair: &mut Pair) {
        let mut facets = Facets {
            found: Vec::new(),
            of_list: false,
        };
        match (&old.body, &new.body) {
            (Body::Bool(old), Body::Bool(new)) => {
                let values = |bools: &super::shape::Bools| {
                    let mut values = BTreeSet::new();
                    values.extend(bools.yes.then_some("true".to_owned()));
                    values.extend(bools.no.then_some("false".to_owned()));
                    values
                };
                facets.lists(&values(old), &values(new), None, None);
            }
            (Body::Number(old), Body::Number(new)) => numbers(old, new, &mut facets),
            (Body::String(old), Body::String(new)) => self.strings(old, new, &mut facets),
            (Body::Array(before), Body::Array(after)) => {
                facets.of_list = true;
                arrays(before, after, &mut facets);
                self.items(before, after, pair);
            }
            (Body::Object(before), Body::Object(after)) => {
                self.objects((old, before), (new, after), pair);
            }
            _ => {}
        }
        for facet in facets.found {
            let location = self.locate(
                &old.trail,
                &new.trail,
                facet.old.as_ref(),
                facet.new.as_ref(),
            );
            own.push(Own {
                stem: facet.stem,
                of_list: facets.of_list,
                location,
                message: facet.message,
            });
        }
        self.conditions(old, new, pair);
    }

    fn strings(&mut self, old: &Strings, new: &Strings, facets: &mut Facets) {
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
                let inside = after
                    .value
                    .iter()
                    .all(|value| self.sets.text_fits(old, value));
                let stem = if inside {
                    "enum-set"
                } else {
                    "enum-values-changed"
                };
                facets.add(
                    stem,
                    None,
                    Some(&after.at),
                    format!("any text → {}", shown(&after.value)),
                );
            }
            (Some(before), None) => {
                let inside = before
                    .value
                    .iter()
                    .all(|value| self.sets.text_fits(new, value));
                let stem = if inside {
                    "enum-lifted"
                } else {
                    "enum-values-changed"
                };
                facets.add(
                    stem,
                    Some(&before.at),
                    None,
                    format!("{} → any text", shown(&before.value)),
                );
            }
            (None, None) => {
                facets.formats(&old.formats, &new.formats);
                facets.patterns(old, new);
                facets.counts(&old.shortest, &new.shortest, &MIN_LENGTH);
                facets.counts(&old.longest, &new.longest, &MAX_LENGTH);
                facets.excluded(&old.excluded, &new.excluded);
            }
        }
    }

    fn items(&mut self, old: &Arrays, new: &Arrays, pair: &mut Pair) {
        let length = old.prefix.len().max(new.prefix.len());
        for index in (0..=length).filter(|index| old.reaches(*index) && new.reaches(*index)) {
            let to = self.compare(old.item(index), new.item(index));
            pair.edges.extend(to.map(Edge::To));
        }
    }

    fn conditions(&mut self, old: &Atom<'d>, new: &Atom<'d>, pair: &mut Pair) {
        let keys: BTreeSet<&String> = old.conditions.keys().chain(new.conditions.keys()).collect();
        for key in keys {
            let location = self.locate(&old.trail, &new.trail, None, None);
            let word = key.split(' ').next().unwrap_or(key);
            match (old.conditions.get(key), new.conditions.get(key)) {
                (Some(before), Some(after)) => {
                    let stems = if key == "if" {
                        &ALTERNATIVE
                    } else {
                        &CONDITION
                    };
                    if let Some(to) = self.compare(before.value, after.value) {
                        let message = format!("`{word}` says something else");
                        let swapped = key == "not";
                        pair.edges.push(Edge::Summed {
                            to,
                            stems,
                            swapped,
                            location,
                            message,
                        });
                    }
                }
                (before, _) => {
                    let (stem, what) = match before {
                        None => ("condition-added", "is new"),
                        Some(_) => ("condition-removed", "is gone"),
                    };
                    let message = format!("`{word}` {what}");
                    pair.differences.push(Difference {
                        stem,
                        location,
                        message,
                    });
                }
            }
        }
    }

    fn objects(
        &mut self,
        (old, before): (&Atom<'d>, &Objects),
        (new, after): (&Atom<'d>, &Objects),
        pair: &mut Pair,
    ) {
        let here = self.locate(&old.trail, &new.trail, None, None);
        if before.values.is_some() || after.values.is_some() {
            let values = |objects: &Objects| objects.values.as_ref().map(|said| said.value.clone());
            let (values, others) = (values(before), values(after));
            let within = |one: &Option<BTreeSet<String>>, other: &Option<BTreeSet<String>>| match (
                one, other,
            ) {
                (_, None) => true,
                (None, Some(_)) => false,
                (Some(one), Some(other)) => one.is_subset(other),
            };
            let stem = match (within(&values, &others), within(&others, &values)) {
                (true, true) => None,
                (true, false) => Some("enum-value-added"),
                (false, true) => Some("enum-value-removed"),
                (false, false) => Some("enum-values-changed"),
            };
            let message = "the list of allowed objects changed".to_owned();
            let location = here.clone();
            pair.differences.extend(stem.map(|stem| Difference {
                stem,
                location,
                message,
            }));
        }
        let mut gone = Vec::new();
        let mut come = Vec::new();
        for (name, property) in &before.properties {
            match after.properties.get(name) {
                Some(twin) => {
                    if property.required != twin.required {
                        let (stem, message) = if twin.required {
                            (
                                "property-became-required",
                                format!("property `{name}` is required now"),
                            )
                        } else {
                            (
                                "property-became-optional",
                                format!("property `{name}` may be left out now"),
                            )
                        };
                        let location = twin.at.to_string();
                        pair.differences.push(Difference {
                            stem,
                            location,
                            message,
                        });
                    }
                    let to = self.compare(property.node, twin.node);
                    pair.edges.extend(to.map(Edge::To));
                }
                None => gone.push((name, property)),
            }
        }
        come.extend(
            after
                .properties
                .iter()
                .filter(|(name, _)| !before.properties.contains_key(*name)),
        );
        if !self.renamed((before, &gone), (after, &come), pair) {
            for (name, property) in gone {
                let other = self.sets.property(after, name);
                let stem = self.lone_property(property, other, true);
                let message = format!("property `{name}` is gone");
                let location = property.at.to_string();
                pair.differences.extend(stem.map(|stem| Difference {
                    stem,
                    location,
                    message,
                }));
            }
            for (name, property) in come {
                let other = self.sets.property(before, name);
                let stem = self.lone_property(property, other, false);
                let need = if property.required { "required " } else { "" };
                let message = format!("{need}property `{name}` is new");
                let location = property.at.to_string();
                pair.differences.extend(stem.map(|stem| Difference {
                    stem,
                    location,
                    message,
                }));
            }
        }
        self.undeclared((old, before), (new, after), pair);
        self.sizes(&here, before, after, pair);
    }

    /// A property that only one of them declares. `other`: what the other one says about it nevertheless.
    fn lone_property(
        &mut self,
        property: &Property,
        other: NodeId,
        gone: bool,
    ) -> Option<&'static str> {
        let required = property.required;
        if self.sets.is_any(other) {
            if self.sets.is_never(property.node) {
                return Some(if gone {
                    "property-admitted"
                } else {
                    "property-forbidden"
                });
            }
            return Some(match (gone, required) {
                (true, true) => "required-property-removed",
                (true, false) => "property-removed",
                (false, true) => "required-property-added",
                (false, false) => "property-added",
            });
        }
        if self.sets.is_never(other) {
            return Some(match (gone, required) {
                (true, true) => "required-property-expelled",
                (true, false) => "property-forbidden",
                (false, true) => "required-property-admitted",
                (false, false) => "property-admitted",
            });
        }
        let (inside, outside) = (
            self.sets.within(property.node, other),
            self.sets.within(other, property.node),
        );
        let (narrows, widens) = if gone {
            (!inside, !outside || required)
        } else {
            (!outside || required, !inside)
        };
        Some(match Effect::of(narrows, widens) {
            Effect::Narrows => "property-restricted",
            Effect::Widens => "property-relaxed",
            Effect::Moves => "property-redefined",
            _ if gone => "property-removed",
            _ => "property-added",
        })
    }

    /// One property gone, another of the same schema new: renamed.
    fn renamed(
        &mut self,
        (before, gone): (&Objects, &[(&String, &Property)]),
        (after, come): (&Objects, &[(&String, &Property)]),
        pair: &mut Pair,
    ) -> bool {
        let ([(old_name, old)], [(new_name, new)]) = (gone, come) else {
            return false;
        };
        let alike = old.required == new.required
            && !self.sets.parts(old.node).is_empty()
            && !self.sets.parts(new.node).is_empty()
            && self.sets.within(old.node, new.node)
            && self.sets.within(new.node, old.node);
        if !alike {
            return false;
        }
        let open = [before.rest, after.rest].map(|rest| self.sets.is_any(rest));
        let closed = [before.rest, after.rest].map(|rest| self.sets.is_never(rest));
        let stem = match (open, closed, new.required) {
            ([true, true], _, true) => "required-property-renamed",
            ([true, true], _, false) => "property-renamed",
            (_, [true, true], _) => "property-renamed-when-closed",
            _ => return false,
        };
        let message = format!("property `{old_name}` is called `{new_name}` now");
        pair.differences.push(Difference {
            stem,
            location: new.at.to_string(),
            message,
        });
        true
    }

    /// Properties that are not declared: what they may be, and how they may be called.
    fn undeclared(
        &mut self,
        (old, before): (&Atom<'d>, &Objects),
        (new, after): (&Atom<'d>, &Objects),
        pair: &mut Pair,
    ) {
        let any = [before.rest, after.rest].map(|rest| self.sets.is_any(rest));
        let never = [before.rest, after.rest].map(|rest| self.sets.is_never(rest));
        let stem = match (any, never) {
            ([true, true], _) | (_, [true, true]) => None,
            (_, [true, false]) => Some(("additional-properties-allowed", "are allowed now")),
            (_, [false, true]) => Some(("additional-properties-forbidden", "are refused now")),
            ([true, false], _) => {
                Some(("additional-properties-restricted", "must fit a schema now"))
            }
            ([false, true], _) => {
                Some(("additional-properties-unrestricted", "may be anything now"))
            }
            _ => {
                let to = self.compare(before.rest, after.rest);
                pair.edges.extend(to.map(Edge::To));
                None
            }
        };
        if let Some((stem, what)) = stem {
            let at = (before.rest_at.as_ref(), after.rest_at.as_ref());
            let location = self.locate(&old.trail, &new.trail, at.0, at.1);
            let message = format!("undeclared properties {what}");
            pair.differences.push(Difference {
                stem,
                location,
                message,
            });
        }
        let patterns: BTreeSet<&String> = before
            .patterns
            .keys()
            .chain(after.patterns.keys())
            .collect();
        for pattern in patterns {
            let here = self.locate(&old.trail, &new.trail, None, None);
            let optional = |node: NodeId| Property {
                node,
                required: false,
                at: Rc::from(here.as_str()),
            };
            let message = |what: &str| format!("properties like `{pattern}` are {what}");
            let (stem, message) = match (before.patterns.get(pattern), after.patterns.get(pattern))
            {
                (Some(node), Some(twin)) => {
                    let to = self.compare(*node, *twin);
                    pair.edges.extend(to.map(Edge::To));
                    continue;
                }
                (Some(node), None) => (
                    self.lone_property(&optional(*node), after.rest, true),
                    message("not declared any more"),
                ),
                (None, Some(node)) => (
                    self.lone_property(&optional(*node), before.rest, false),
                    message("declared now"),
                ),
                (None, None) => continue,
            };
            pair.differences.extend(stem.map(|stem| Difference {
                stem,
                location: here.clone(),
                message,
            }));
        }
        let nameless = |objects: &Objects, never: bool| never && objects.patterns.is_empty();
        if !(nameless(before, never[0]) && nameless(after, never[1]))
            && let Some(to) = self.compare(before.names, after.names)
        {
            let at = (before.names_at.as_ref(), after.names_at.as_ref());
            let location = self.locate(&old.trail, &new.trail, at.0, at.1);
            let message = "other names of properties are allowed".to_owned();
            pair.edges.push(Edge::Summed {
                to,
                stems: &NAMES,
                swapped: false,
                location,
                message,
            });
        }
    }

    /// How many properties there may be, and which demand others.
    fn sizes(&mut self, here: &str, old: &Objects, new: &Objects, pair: &mut Pair) {
        let required = |objects: &Objects| {
            objects
                .properties
                .values()
                .filter(|property| property.required)
                .count() as u64
        };
        // What is required must be there; a count that asks for no more says nothing.
        let least = required(old).max(required(new));
        let speaks = |said: &Option<Said<u64>>| said.clone().filter(|said| said.value > least);
        let mut facets = Facets {
            found: Vec::new(),
            of_list: false,
        };
        facets.counts(&speaks(&old.fewest), &speaks(&new.fewest), &MIN_PROPERTIES);
        facets.counts(&old.most, &new.most, &MAX_PROPERTIES);
        for facet in facets.found {
            let Facet { stem, message, .. } = facet;
            pair.differences.push(Difference {
                stem,
                location: here.to_owned(),
                message,
            });
        }
        let demands = |one: &Objects, other: &Objects| {
            one.dependents.iter().any(|(name, said)| {
                let known = other.dependents.get(name).map(|known| &known.value);
                said.value.iter().any(|demanded| {
                    let always = other
                        .properties
                        .get(demanded)
                        .is_some_and(|property| property.required);
                    !always && !known.is_some_and(|known| known.contains(demanded))
                })
            })
        };
        let stem = match (demands(new, old), demands(old, new)) {
            (false, false) => return,
            (true, false) => "dependent-required-added",
            (false, true) => "dependent-required-removed",
            (true, true) => "dependent-required-changed",
        };
        let message = "which properties demand which others changed".to_owned();
        pair.differences.push(Difference {
            stem,
            location: here.to_owned(),
            message,
        });
    }

    /// Defaults, titles and other things that allow and refuse nothing.
    fn notes(
        &mut self,
        old: &[Place<'d>],
        new: &[Place<'d>],
        skip: notes::Skip,
        found: &mut Vec<Difference>,
    ) {
        let place = |old: &[Place<'d>], new: &[Place<'d>]| self.locate(old, new, None, None);
        let same = |before: &str, after: &str| before == after || self.renamed_place(before, after);
        // Where one component stands for another, what each says besides is no news.
        let lone = |one: &[Place<'d>], other: &[Place<'d>]| {
            let is_component = |place: &&Place| component(&place.at) == Some(&*place.at);
            let mut components = one.iter().filter(is_component);
            components.any(|place| {
                !other
                    .iter()
                    .any(|known| same(&place.at, &known.at) || same(&known.at, &place.at))
            })
        };
        if lone(old, new) && lone(new, old) {
            let shared = |one: &[Place<'d>], other: &[Place<'d>]| -> Vec<Place<'d>> {
                let known = |place: &&Place| {
                    other
                        .iter()
                        .any(|known| same(&known.at, &place.at) || same(&place.at, &known.at))
                };
                one.iter().filter(known).cloned().collect()
            };
            let (old, new) = (shared(old, new), shared(new, old));
            found.extend(notes::compare(&old, &new, skip, &same, &place));
        } else {
            found.extend(notes::compare(old, new, skip, &same, &place));
        }
    }

    /// Where a difference stands: at the schema that says it when both documents come by there, otherwise at the last
    /// one both do come by.
    fn locate(
        &self,
        old: &[Place<'d>],
        new: &[Place<'d>],
        said_old: Option<&Rc<str>>,
        said_new: Option<&Rc<str>>,
    ) -> String {
        let known = |at: &str| {
            old.iter()
                .any(|place| &*place.at == at || self.renamed_place(&place.at, at))
        };
        if let Some(said) = said_new.filter(|said| known(said)) {
            return said.to_string();
        }
        if let (None, Some(said)) = (said_new, said_old)
            && new.iter().any(|place| place.at == *said)
        {
            return said.to_string();
        }
        let shared = new.iter().rev().find(|place| known(&place.at));
        let somewhere = shared.or(new.first()).or(old.first());
        somewhere
            .map(|place| place.at.to_string())
            .unwrap_or_default()
    }

    /// Where a member of a union stands: the first schema on the way to it that the others do not share.
    fn member(&self, trail: &[Place<'d>], shared: &[Place<'d>]) -> String {
        let known = |place: &&Place| shared.iter().any(|other| other.at == place.at);
        let last = trail.iter().rposition(|place| known(&place));
        let first_own = trail.get(last.map_or(0, |last| last + 1));
        first_own
            .or(trail.last())
            .map(|place| place.at.to_string())
            .unwrap_or_default()
    }

    /// Whether two places are the same place of a component that got another name.
    fn renamed_place(&self, old: &str, new: &str) -> bool {
        let (Some(before), Some(after)) = (component(old), component(new)) else {
            return false;
        };
        before != after
            && self.same_name(before, after)
            && old.get(before.len()..) == new.get(after.len()..)
    }
}

/// A bound that changed.
struct Facet {
    stem: &'static str,
    old: Option<Rc<str>>,
    new: Option<Rc<str>>,
    message: String,
}

struct Facets {
    found: Vec<Facet>,
    of_list: bool,
}

/// What changes of a count are called.
struct Counted {
    name: &'static str,
    set: &'static str,
    lifted: &'static str,
    raised: &'static str,
    lowered: &'static str,
}

macro_rules! counted {
    ($constant:ident, $name:literal, $stem:literal) => {
        const $constant: Counted = Counted {
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
    fn add(
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
    fn lists(
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

    fn counts(&mut self, old: &Option<Said<u64>>, new: &Option<Said<u64>>, counted: &Counted) {
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

    fn formats(
        &mut self,
        old: &std::collections::BTreeMap<String, Rc<str>>,
        new: &std::collections::BTreeMap<String, Rc<str>>,
    ) {
        let within = |inner: &std::collections::BTreeMap<String, Rc<str>>, outer: &String| {
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
        let names = |formats: &std::collections::BTreeMap<String, Rc<str>>| {
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

    fn patterns(&mut self, old: &Strings, new: &Strings) {
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

    fn excluded(&mut self, old: &BTreeSet<String>, new: &BTreeSet<String>) {
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

fn numbers(old: &Numbers, new: &Numbers, facets: &mut Facets) {
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

fn steps(old: &Numbers, new: &Numbers, facets: &mut Facets) {
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

fn arrays(old: &Arrays, new: &Arrays, facets: &mut Facets) {
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

/// Several differences at one place are one: it is one value whose bounds changed.
fn merged(own: Vec<Own>) -> Vec<Difference> {
    let mut groups: Vec<(String, Vec<Own>)> = Vec::new();
    for one in own {
        match groups
            .iter_mut()
            .find(|(location, _)| *location == one.location)
        {
            Some((_, group)) => group.push(one),
            None => groups.push((one.location.clone(), vec![one])),
        }
    }
    let merge = |(location, mut group): (String, Vec<Own>)| {
        if group.len() == 1
            && let Some(Own { stem, message, .. }) = group.pop()
        {
            return Difference {
                stem,
                location,
                message,
            };
        }
        let effect = |one: &Own| stem(one.stem).map_or(Effect::Keeps, |stem| stem.effect);
        let narrows = group.iter().any(|one| effect(one).narrows());
        let widens = group.iter().any(|one| effect(one).widens());
        let of_list = group.iter().all(|one| one.of_list);
        let stem = match (of_list, narrows, widens) {
            (true, true, false) => "list-narrowed",
            (true, false, _) => "list-widened",
            (true, true, true) => "list-changed",
            (false, true, false) => "values-narrowed",
            (false, false, _) => "values-widened",
            (false, true, true) => "values-changed",
        };
        let messages: Vec<_> = group.into_iter().map(|one| one.message).collect();
        Difference {
            stem,
            location,
            message: messages.join(", "),
        }
    };
    groups.into_iter().map(merge).collect()
}

/// A few values, in quotes.
fn shown(values: &BTreeSet<String>) -> String {
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

fn type_names(shape: &Shape) -> String {
    let mut names: Vec<&str> = Vec::new();
    for atom in &shape.atoms {
        let name = atom.body.name();
        if !names.contains(&name) {
            names.push(name);
        }
    }
    if names.len() == KINDS.len() {
        "anything".to_owned()
    } else {
        names.join(" or ")
    }
}

/// An alternative in a few words.
fn describe(atom: &Atom) -> String {
    if let Some(name) = atom.components().last() {
        return last_step(name);
    }
    match &atom.body {
        Body::String(Strings {
            values: Some(values),
            ..
        }) => shown(&values.value),
        Body::String(strings) if !strings.formats.is_empty() => {
            let formats: Vec<_> = strings.formats.keys().map(String::as_str).collect();
            format!("string ({})", formats.join(", "))
        }
        body => body.name().to_owned(),
    }
}

fn last_step(pointer: &str) -> String {
    crate::pointer::split_last(pointer)
        .map_or_else(|| pointer.to_owned(), |(_, last)| last.into_owned())
}
