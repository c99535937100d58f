//! Compares two schemas and reports each difference at the most precise place.
//!
//! Two schemas form a pair. A pair has differences and leads to other pairs, those of its properties and items.

use std::collections::{BTreeSet, HashMap};

use serde_json::Value;

use crate::catalogue::MessageRule;
use crate::{
    annotations,
    facets::{Facets, MAX_LENGTH, MIN_LENGTH, arrays, numbers, shown},
    pairs::{
        ALTERNATIVE, CONDITION, Difference, Edge, Own, Pair, PairId, Pairs, REPLACED, TUPLE, merged,
    },
    place::{Place, unchanged_schemas},
    sets::{DEEPEST, Sets, Side},
    shape::{Arrays, Atom, Body, KINDS, Kind, NodeId, Overlap, Shape, Strings},
};
use polar_openapi::{refs, walk};

/// Whether another component stands where one stood, and neither is the other renamed.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Replaced {
    No,
    ByAnother,
    /// A component on one side only.
    ByItsText,
}

/// Whether other types are allowed than before.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Retyped {
    No,
    /// Some besides those that stay.
    Partly,
    /// Others instead.
    Wholly,
}

/// All pairs of schemas that were compared.
pub(crate) struct Schemas<'d> {
    pub(crate) sets: Sets<'d>,
    same: BTreeSet<String>,
    pub(crate) pairs: Pairs,
    known: HashMap<(NodeId, NodeId), PairId>,
    depth: usize,
}

impl<'d> Schemas<'d> {
    pub(crate) fn new(old: &'d Value, new: &'d Value) -> Self {
        let sets = Sets::new(old, new);
        let same = unchanged_schemas(sets.document(Side::Old), sets.document(Side::New));
        Self {
            sets,
            same,
            pairs: Pairs::default(),
            known: HashMap::new(),
            depth: 0,
        }
    }

    /// Compares two schemas of the documents. `None`: they are the same.
    pub(crate) fn places(&mut self, old: Place<'d>, new: Place<'d>, text: bool) -> Option<PairId> {
        let old = self.sets.node(Side::Old, text, old);
        let new = self.sets.node(Side::New, text, new);
        self.compare(old, new)
    }

    pub(crate) fn compare(&mut self, old: NodeId, new: NodeId) -> Option<PairId> {
        if let Some(known) = self.known.get(&(old, new)) {
            return Some(*known);
        }
        if self.untouched(old, new) {
            return None;
        }
        if self.depth == DEEPEST {
            let part = self.sets.parts(new).first().cloned();
            self.sets.stop(part.as_ref());
        }
        if self.sets.stopped.is_some() {
            return None;
        }
        let id = self.pairs.add(Pair::default());
        self.known.insert((old, new), id);
        self.depth += 1;
        let (before, after) = (self.sets.shape(old), self.sets.shape(new));
        let any = [old, new].map(|node| self.sets.is_any(node));
        let (mut pair, skip) = if any[0] == any[1] {
            self.shapes(&before, &after, self.sets.is_text(new))
        } else {
            let same = self.sets.within(old, new) && self.sets.within(new, old);
            let difference = (!same).then(|| self.any_or_some(&before, &after, any[1]));
            let differences = difference.into_iter().collect();
            let edges = Vec::new();
            (
                Pair { differences, edges },
                annotations::Skip::of_another(!same),
            )
        };
        pair.differences.extend(self.notes(old, new, skip));
        self.pairs.set(id, pair);
        self.depth -= 1;
        Some(id)
    }

    /// One side allows anything: a single difference says so, instead of one for each limit of the other side.
    fn any_or_some(&self, old: &Shape<'d>, new: &Shape<'d>, widened: bool) -> Difference {
        let rule = if widened {
            MessageRule::TypeWidened
        } else {
            MessageRule::TypeNarrowed
        };
        let names = |shape: &Shape, any| {
            if any {
                "anything".to_owned()
            } else {
                type_names(shape)
            }
        };
        let message = format!("{} → {}", names(old, !widened), names(new, widened));
        let location = self.locate(&old.layers, &new.layers, None, None);
        Difference::new(rule, location, message)
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

    fn shapes(
        &mut self,
        old: &Shape<'d>,
        new: &Shape<'d>,
        text: bool,
    ) -> (Pair, annotations::Skip) {
        let mut pair = Pair::default();
        let mut own = Vec::new();
        let mut retyped = Retyped::No;
        let mut regrouped = false;
        if old.atoms.is_empty() || new.atoms.is_empty() {
            let rule = match (old.atoms.is_empty(), new.atoms.is_empty()) {
                (true, true) => None,
                (false, _) => Some((MessageRule::SchemaForbidden, "nothing fits any more")),
                (true, _) => Some((
                    MessageRule::SchemaAllowed,
                    "nothing could fit, now something does",
                )),
            };
            if let Some((rule, message)) = rule {
                retyped = Retyped::Wholly;
                let location = self.locate(&old.layers, &new.layers, None, None);
                own.push(Own {
                    rule,
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
            // An overlap that comes of a change inside a member is told by that change.
            let overlap = match (old.overlap, new.overlap) {
                (Overlap::Allowed, Overlap::Refused) => Some((
                    MessageRule::OverlapForbidden,
                    "exactly one alternative must fit now (oneOf)",
                )),
                (Overlap::Refused, Overlap::Allowed) => Some((
                    MessageRule::OverlapAllowed,
                    "several alternatives may fit now (anyOf)",
                )),
                _ => None,
            };
            if let Some((rule, message)) = overlap
                && old.atoms.len() > 1
                && new.atoms.len() > 1
            {
                let location = self.locate(&old.layers, &new.layers, None, None);
                own.push(Own {
                    rule,
                    of_list: false,
                    location,
                    message: message.to_owned(),
                });
            }
        }
        pair.differences.extend(merged(own));
        let skip = annotations::Skip {
            default: retyped != Retyped::No,
            alternatives: regrouped || retyped != Retyped::No,
            words: retyped == Retyped::Wholly,
        };
        (pair, skip)
    }

    /// Types that only one of them allows.
    fn types(
        &mut self,
        old: &Shape<'d>,
        new: &Shape<'d>,
        text: bool,
        own: &mut Vec<Own>,
    ) -> Retyped {
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
            return Retyped::No;
        }
        let is_null = |atoms: &[Atom]| atoms.iter().all(|atom| atom.body.kind() == Kind::Null);
        let rule = match (gone.is_empty(), come.is_empty()) {
            (true, _) if is_null(&come) => MessageRule::BecameNullable,
            (_, true) if is_null(&gone) => MessageRule::BecameNotNullable,
            (true, _) => MessageRule::TypeWidened,
            (_, true) => MessageRule::TypeNarrowed,
            _ => MessageRule::TypeChanged,
        };
        let location = match (&gone[..], &come[..]) {
            ([gone, ..], []) => self
                .union(&gone.trail, &new.atoms)
                .unwrap_or_else(|| self.locate(&gone.trail, &new.layers, None, None)),
            ([], [come, ..]) => self
                .union(&come.trail, &old.atoms)
                .unwrap_or_else(|| self.locate(&old.layers, &come.trail, None, None)),
            ([gone], [come]) => self.locate(&gone.trail, &come.trail, None, None),
            _ => self.locate(&old.layers, &new.layers, None, None),
        };
        let message = match rule {
            MessageRule::BecameNullable => "null is allowed now".to_owned(),
            MessageRule::BecameNotNullable => "null is not allowed any more".to_owned(),
            _ => format!("{} → {}", type_names(old), type_names(new)),
        };
        own.push(Own {
            rule,
            of_list: false,
            location,
            message,
        });
        match rule {
            MessageRule::TypeChanged => Retyped::Wholly,
            _ => Retyped::Partly,
        }
    }

    /// Two atoms of one type.
    pub(crate) fn atoms(
        &mut self,
        old: &Atom<'d>,
        new: &Atom<'d>,
        own: &mut Vec<Own>,
        pair: &mut Pair,
    ) {
        let nested = matches!(old.body, Body::Array(_) | Body::Object(_));
        let replaced = if nested {
            self.replaced(old, new)
        } else {
            Replaced::No
        };
        if replaced != Replaced::No {
            let names = |one: &Atom, other: &Atom| {
                let others = other.components();
                let lone = one
                    .components()
                    .into_iter()
                    .filter(|name| !others.contains(name));
                let lone: Vec<_> = lone.map(last_step).collect();
                if lone.is_empty() {
                    "an inline schema".to_owned()
                } else {
                    lone.join(" and ")
                }
            };
            let message = format!("{} → {}", names(old, new), names(new, old));
            let mut inner = Pair::default();
            let mut inner_own = Vec::new();
            self.bodies(old, new, &mut inner_own, &mut inner);
            inner.differences.extend(merged(inner_own));
            let to = self.pairs.add(inner);
            let location = self.locate(&old.trail, &new.trail, None, None);
            let rules = &REPLACED;
            pair.edges.push(Edge::Summed {
                to,
                rules,
                swapped: false,
                unless_single: replaced == Replaced::ByItsText,
                location,
                message,
            });
        } else {
            self.bodies(old, new, own, pair);
        }
    }

    /// Whether another component stands here, or one where a schema was written out.
    fn replaced(&self, old: &Atom, new: &Atom) -> Replaced {
        let (before, after) = (old.components(), new.components());
        let gone: Vec<_> = before.iter().filter(|name| !after.contains(name)).collect();
        let come: Vec<_> = after.iter().filter(|name| !before.contains(name)).collect();
        let renamed = gone
            .iter()
            .zip(&come)
            .all(|(old, new)| self.same_name(old, new));
        let all = gone.len() == come.len() && renamed;
        match (gone.is_empty(), come.is_empty()) {
            _ if all => Replaced::No,
            (false, false) => Replaced::ByAnother,
            _ => Replaced::ByItsText,
        }
    }

    /// Whether two components are one: of one name, or one gone and the other new.
    pub(crate) fn same_name(&self, old: &str, new: &str) -> bool {
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
                let values = |bools: &crate::shape::Bools| {
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
                self.items((old, before), (new, after), pair);
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
                rule: facet.rule,
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
                let rule = if inside {
                    MessageRule::EnumSet
                } else {
                    MessageRule::EnumValuesChanged
                };
                facets.add(
                    rule,
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
                let rule = if inside {
                    MessageRule::EnumLifted
                } else {
                    MessageRule::EnumValuesChanged
                };
                facets.add(
                    rule,
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

    fn items(
        &mut self,
        (old, before): (&Atom<'d>, &Arrays),
        (new, after): (&Atom<'d>, &Arrays),
        pair: &mut Pair,
    ) {
        let length = before.prefix.len().max(after.prefix.len());
        let mut items = Vec::new();
        for index in (0..=length).filter(|index| before.reaches(*index) && after.reaches(*index)) {
            items.extend(self.compare(before.item(index), after.item(index)));
        }
        let grave = |one: &Difference| one.rule.effect().narrows() || one.rule.effect().widens();
        let own = |id: &&PairId| self.pairs.get(**id).differences.iter().any(grave);
        if items.iter().filter(own).count() < 2 {
            pair.edges.extend(items.into_iter().map(Edge::To));
            return;
        }
        // Several positions of a tuple that changed are one change: it is a swap as likely as not.
        let to = self.pairs.add(Pair {
            differences: Vec::new(),
            edges: items.into_iter().map(Edge::To).collect(),
        });
        pair.edges.push(Edge::Summed {
            to,
            rules: &TUPLE,
            swapped: false,
            unless_single: true,
            location: self.locate(&old.trail, &new.trail, None, None),
            message: "several positions of the tuple changed".to_owned(),
        });
    }

    fn conditions(&mut self, old: &Atom<'d>, new: &Atom<'d>, pair: &mut Pair) {
        let keys: BTreeSet<&String> = old.conditions.keys().chain(new.conditions.keys()).collect();
        for key in keys {
            let location = self.locate(&old.trail, &new.trail, None, None);
            let word = key.split(' ').next().unwrap_or(key);
            match (old.conditions.get(key), new.conditions.get(key)) {
                (Some(before), Some(after)) => {
                    let rules = if key == "if" {
                        &ALTERNATIVE
                    } else {
                        &CONDITION
                    };
                    if let Some(to) = self.compare(before.value, after.value) {
                        let message = format!("`{word}` says something else");
                        let swapped = key == "not";
                        pair.edges.push(Edge::Summed {
                            to,
                            rules,
                            swapped,
                            unless_single: false,
                            location,
                            message,
                        });
                    }
                }
                (before, _) => {
                    let (rule, what) = match before {
                        None => (MessageRule::ConditionAdded, "is new"),
                        Some(_) => (MessageRule::ConditionRemoved, "is gone"),
                    };
                    let message = format!("`{word}` {what}");
                    pair.differences
                        .push(Difference::new(rule, location, message));
                }
            }
        }
    }

    /// Defaults, titles and other things that allow and refuse nothing.
    fn notes(&self, old: NodeId, new: NodeId, skip: annotations::Skip) -> Vec<Difference> {
        let all =
            |side, node| annotations::together(self.sets.document(side), self.sets.parts(node));
        let (old, new) = (all(Side::Old, old), all(Side::New, new));
        let same = |before: &str, after: &str| before == after || self.renamed_place(before, after);
        annotations::compare(&old, &new, skip, &same)
    }
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
pub(crate) fn describe(atom: &Atom) -> String {
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
    polar_openapi::pointer::split_last(pointer)
        .map_or_else(|| pointer.to_owned(), |(_, last)| last.into_owned())
}
