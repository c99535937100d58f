//! A schema of the document, with its references and combinations, to the set it stands for.

use std::{collections::BTreeMap, rc::Rc};

use serde_json::Value;

use crate::{
    place::Place,
    sets::{NEVER, Sets, Side},
    shape::{Atom, Body, Kind, NodeId, Numbers, Overlap, Said, Shape, Strings, canonical},
};

/// More combinations of alternatives than this are not spelled out.
const MANY: usize = 2_000;

impl<'d> Sets<'d> {
    /// What one schema of the document allows; `None` when it is already being worked out further up.
    pub(crate) fn expand(
        &mut self,
        side: Side,
        text: bool,
        place: &Place<'d>,
        above: &mut Vec<Rc<str>>,
    ) -> Option<Rc<Shape<'d>>> {
        let key = (side, text, place.at.clone());
        if let Some(known) = self.expanded.get(&key) {
            return Some(known.clone());
        }
        if above.contains(&place.at) {
            return None;
        }
        above.push(place.at.clone());
        let shape = Rc::new(self.expand_anew(side, text, place, above));
        above.pop();
        self.expanded.insert(key, shape.clone());
        Some(shape)
    }

    pub(crate) fn expand_anew(
        &mut self,
        side: Side,
        text: bool,
        place: &Place<'d>,
        above: &mut Vec<Rc<str>>,
    ) -> Shape<'d> {
        let mut shape = Shape {
            layers: vec![place.clone()],
            ..Shape::default()
        };
        if *place.value == NEVER {
            return shape;
        }
        let old_dialect = self.document(side).old_dialect;
        if let Some(target) = self.document(side).target(place) {
            let target = self.expand(side, text, &target, above);
            if let Some(target) = target {
                self.layer(&mut shape.layers, &target.layers);
                shape.overlap = target.overlap;
                shape.atoms = target.atoms.clone();
                for atom in &mut shape.atoms {
                    atom.trail.insert(0, place.clone());
                }
            } else {
                shape.atoms = self.atoms_of_anything(side, text, Some(place));
            }
            let alone = place.value.as_object().is_some_and(|map| map.len() == 1);
            if old_dialect || alone {
                return shape;
            }
            let own = self.own(side, text, place);
            shape.atoms = self.intersection(&own, &shape.atoms);
        } else {
            shape.atoms = self.own(side, text, place);
        }

        for member in place.list("allOf") {
            if let Some(member) = self.expand(side, text, &member, above) {
                shape.atoms = self.intersection(&shape.atoms, &member.atoms);
                self.layer(&mut shape.layers, &member.layers);
                shape.overlap = shape.overlap.max(member.overlap);
            }
        }
        for union in ["anyOf", "oneOf"] {
            if place.value.get(union).is_some_and(Value::is_array) {
                self.expand_union(side, text, place, union, &mut shape, above);
            }
        }
        self.expand_conditions(side, text, place, &mut shape, above);
        if let Some(rest) = place.get("unevaluatedProperties") {
            let rest = self.node(side, text, rest);
            for atom in &mut shape.atoms {
                if let Body::Object(objects) = &mut atom.body
                    && self.parts(objects.rest).is_empty()
                {
                    objects.rest = rest;
                    objects.rest_at = Some(place.at.clone());
                }
            }
        }
        let nullable = old_dialect && place.flag("nullable");
        if nullable
            && !shape
                .atoms
                .iter()
                .any(|atom| atom.body.kind() == Kind::Null)
        {
            shape.atoms.push(Atom {
                trail: vec![place.clone()],
                body: Body::Null,
                conditions: BTreeMap::new(),
            });
        }
        shape.atoms = std::mem::take(&mut shape.atoms)
            .into_iter()
            .filter_map(|atom| self.tidied(atom))
            .collect();
        shape
    }

    pub(crate) fn expand_union(
        &mut self,
        side: Side,
        text: bool,
        place: &Place<'d>,
        union: &str,
        shape: &mut Shape<'d>,
        above: &mut Vec<Rc<str>>,
    ) {
        let mut members = Vec::new();
        for member in place.list(union) {
            if let Some(member) = self.expand(side, text, &member, above) {
                members.push(member);
            }
        }
        let is_null = |shape: &Shape| {
            !shape.atoms.is_empty()
                && shape
                    .atoms
                    .iter()
                    .all(|atom| atom.body.kind() == Kind::Null)
        };
        let mut others = members.iter().filter(|member| !is_null(member));
        if let (Some(only), None) = (others.next(), others.next()) {
            self.layer(&mut shape.layers, &only.layers);
            shape.overlap = shape.overlap.max(only.overlap);
        }
        if union == "oneOf" {
            let property = place.value.pointer("/discriminator/propertyName");
            let property = property.and_then(Value::as_str);
            let overlap = match members.len() {
                0 | 1 => Overlap::Allowed,
                _ if self.overlap(&members, property) => Overlap::Refused,
                _ => Overlap::Absent,
            };
            shape.overlap = shape.overlap.max(overlap);
        }
        let mut all: Vec<Atom<'d>> = members
            .iter()
            .flat_map(|member| member.atoms.iter().cloned())
            .collect();
        if shape.atoms.len() * all.len() > MANY {
            let key = format!("{union} of many");
            let narrowed = self.node(side, text, place.clone());
            let said = Said {
                value: narrowed,
                at: place.at.clone(),
            };
            for atom in &mut shape.atoms {
                atom.conditions.insert(key.clone(), said.clone());
            }
            return;
        }
        all = self.simplified(all, text);
        shape.atoms = self.intersection(&shape.atoms, &all);
    }

    /// `not`, `if`, `contains` and the like: what is not worked into the sets stays beside them.
    pub(crate) fn expand_conditions(
        &mut self,
        side: Side,
        text: bool,
        place: &Place<'d>,
        shape: &mut Shape<'d>,
        above: &mut Vec<Rc<str>>,
    ) {
        if let Some(not) = place.get("not")
            && let Some(refused) = self.expand(side, text, &not, above)
        {
            let said = Said {
                value: self.node(side, text, not.clone()),
                at: not.at,
            };
            shape.atoms = self.without(std::mem::take(&mut shape.atoms), &refused.atoms, &said);
        }
        let mut conditions: Vec<(String, Option<Kind>, Place<'d>)> = Vec::new();
        if place.value.get("if").is_some() {
            for key in ["if", "then", "else"] {
                conditions.extend(place.get(key).map(|found| (key.to_owned(), None, found)));
            }
        }
        if let Some(found) = place.get("contains") {
            let count = |key| place.value.get(key).map(canonical).unwrap_or_default();
            let key = format!("contains {} {}", count("minContains"), count("maxContains"));
            conditions.push((key, Some(Kind::Array), found));
        }
        if let Some(found) = place.get("unevaluatedItems") {
            conditions.push(("unevaluatedItems".to_owned(), Some(Kind::Array), found));
        }
        for (name, found) in place.map("dependentSchemas") {
            conditions.push((
                format!("dependentSchemas {name}"),
                Some(Kind::Object),
                found,
            ));
        }
        for (key, kind, found) in conditions {
            let at = found.at.clone();
            let node = self.node(side, text, found);
            for atom in &mut shape.atoms {
                if kind.is_none_or(|kind| kind == atom.body.kind()) {
                    let said = Said {
                        value: node,
                        at: at.clone(),
                    };
                    atom.conditions.insert(key.clone(), said);
                }
            }
        }
    }

    /// `atoms` without what `refused` allows.
    pub(crate) fn without(
        &mut self,
        atoms: Vec<Atom<'d>>,
        refused: &[Atom<'d>],
        not: &Said<NodeId>,
    ) -> Vec<Atom<'d>> {
        let mut left = Vec::new();
        'atoms: for mut atom in atoms {
            let kind = atom.body.kind();
            for refused in refused.iter().filter(|other| other.body.kind() == kind) {
                if self.unbound(refused) {
                    continue 'atoms;
                }
                let conditioned = !refused.conditions.is_empty();
                match (&mut atom.body, &refused.body) {
                    (
                        Body::String(strings),
                        Body::String(Strings {
                            values: Some(values),
                            ..
                        }),
                    ) if !conditioned => {
                        strings.excluded.extend(values.value.iter().cloned());
                    }
                    (
                        Body::Number(numbers),
                        Body::Number(Numbers {
                            values: Some(values),
                            ..
                        }),
                    ) if !conditioned => {
                        numbers.excluded.extend(values.value.keys().cloned());
                    }
                    (Body::Bool(bools), Body::Bool(no)) if !conditioned => {
                        bools.yes &= !no.yes;
                        bools.no &= !no.no;
                    }
                    _ => {
                        atom.conditions.insert("not".to_owned(), not.clone());
                    }
                }
            }
            left.push(atom);
        }
        left
    }
}
