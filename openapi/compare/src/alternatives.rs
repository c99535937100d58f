//! Which member of a union became which, and which are gone or new.

use std::rc::Rc;

use crate::catalogue::MessageRule;
use crate::{
    pairs::{Own, Pair},
    place::Place,
    schemas::{Schemas, describe},
    shape::{Atom, Body, Shape, Strings},
};

impl<'d> Schemas<'d> {
    /// Alternatives of one type. Returns whether some are gone or new.
    pub(crate) fn alternatives(
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
        }
        let gone: Vec<_> = left_old
            .into_iter()
            .filter(|atom| !self.sets.covered(atom, &new.atoms, text))
            .collect();
        let come: Vec<_> = left_new
            .into_iter()
            .filter(|atom| !self.sets.covered(atom, &old.atoms, text))
            .collect();
        let rule = match (gone.is_empty(), come.is_empty()) {
            (true, true) => return false,
            (false, true) => MessageRule::UnionMemberRemoved,
            (true, false) => MessageRule::UnionMemberAdded,
            (false, false) => MessageRule::UnionMembersChanged,
        };
        let location = match (&gone[..], &come[..]) {
            ([], [member]) => self.member(&member.trail, &old.atoms),
            ([member], []) => self.member(&member.trail, &new.atoms),
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
            rule,
            of_list: false,
            location,
            message,
        });
        true
    }

    /// Which alternative became which.
    pub(crate) fn matched<'a>(
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
        let lone = |atoms: &[Atom<'d>], name: &str| {
            let of_name = |atom: &&Atom| atom.components().last() == Some(&name);
            atoms.iter().filter(of_name).count() == 1
        };
        let tests: [Test<'_, 'd>; 5] = [
            // A component is itself, even where another one allows the same.
            Box::new(
                |_, old, new| match (old.components().last(), new.components().last()) {
                    (Some(old), Some(new)) => old == new && lone(before, old) && lone(after, new),
                    _ => false,
                },
            ),
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
    pub(crate) fn tags(&mut self, atoms: &[Atom<'d>]) -> Vec<(Rc<str>, String)> {
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
}
