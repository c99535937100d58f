//! Schemas to the sets they stand for.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap, HashSet},
    rc::Rc,
    sync::LazyLock,
};

use serde_json::{Value, json};

use super::{
    place::{Document, Place, component},
    shape::{
        Arrays, Atom, Body, Bools, Bound, KINDS, Kind, NodeId, Numbers, Objects, Property, Said,
        Shape, Strings, both_numbers, both_strings, canonical, common, joined, stronger,
    },
};

/// Which of the two documents.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Side {
    Old,
    New,
}

/// A schema, or several that must all hold, at one place of one document.
struct Node<'d> {
    side: Side,
    text: bool,
    parts: Vec<Place<'d>>,
}

/// More combinations of alternatives than this are not spelled out.
const MANY: usize = 2_000;

static NEVER: Value = Value::Bool(false);
static TEXT: LazyLock<Value> = LazyLock::new(|| json!({"type": "string"}));

type Key = (Side, bool, Vec<Rc<str>>);

/// All schemas of both documents, as far as they were looked at.
pub(super) struct Sets<'d> {
    old: Document<'d>,
    new: Document<'d>,
    nodes: Vec<Node<'d>>,
    index: HashMap<Key, NodeId>,
    shapes: HashMap<NodeId, Rc<Shape<'d>>>,
    /// Nodes whose shape is being worked out.
    open: HashSet<NodeId>,
    expanded: HashMap<(Side, bool, Rc<str>), Rc<Shape<'d>>>,
    regexes: HashMap<String, Option<regress::Regex>>,
    pub(super) within: super::subset::Known,
}

impl<'d> Sets<'d> {
    pub(super) fn new(old: &'d Value, new: &'d Value) -> Self {
        Self {
            old: Document::new(old),
            new: Document::new(new),
            nodes: Vec::new(),
            index: HashMap::new(),
            shapes: HashMap::new(),
            open: HashSet::new(),
            expanded: HashMap::new(),
            regexes: HashMap::new(),
            within: super::subset::Known::default(),
        }
    }

    pub(super) fn document(&self, side: Side) -> &Document<'d> {
        match side {
            Side::Old => &self.old,
            Side::New => &self.new,
        }
    }

    fn intern(&mut self, side: Side, text: bool, parts: Vec<Place<'d>>) -> NodeId {
        let key = (
            side,
            text,
            parts.iter().map(|part| part.at.clone()).collect(),
        );
        if let Some(known) = self.index.get(&key) {
            return *known;
        }
        let id = NodeId(self.nodes.len());
        self.nodes.push(Node { side, text, parts });
        self.index.insert(key, id);
        id
    }

    /// The schema at this place. `text`: its values travel as text.
    pub(super) fn node(&mut self, side: Side, text: bool, place: Place<'d>) -> NodeId {
        self.intern(side, text, vec![place])
    }

    /// Anything at all.
    pub(super) fn any(&mut self, side: Side, text: bool) -> NodeId {
        self.intern(side, text, Vec::new())
    }

    /// Nothing at all.
    pub(super) fn never(&mut self, side: Side, text: bool) -> NodeId {
        self.intern(side, text, vec![Place::new("never", &NEVER)])
    }

    fn any_text(&mut self, side: Side) -> NodeId {
        self.intern(side, false, vec![Place::new("text", &TEXT)])
    }

    /// What both allow.
    fn both(&mut self, one: NodeId, other: NodeId) -> NodeId {
        let mut parts = self.nodes[one.0].parts.clone();
        for part in &self.nodes[other.0].parts {
            if !parts.iter().any(|known| known.at == part.at) {
                parts.push(part.clone());
            }
        }
        let Node { side, text, .. } = self.nodes[one.0];
        self.intern(side, text, parts)
    }

    pub(super) fn side(&self, node: NodeId) -> Side {
        self.nodes[node.0].side
    }

    pub(super) fn is_text(&self, node: NodeId) -> bool {
        self.nodes[node.0].text
    }

    /// The schemas of a node that stand in the document.
    pub(super) fn parts(&self, node: NodeId) -> &[Place<'d>] {
        &self.nodes[node.0].parts
    }

    /// Whether the schema is plainly `false`.
    pub(super) fn is_never(&self, node: NodeId) -> bool {
        let parts = &self.nodes[node.0].parts;
        parts.iter().any(|part| *part.value == NEVER)
    }

    /// Whether the schema allows everything.
    pub(super) fn is_any(&mut self, node: NodeId) -> bool {
        if self.nodes[node.0].parts.is_empty() {
            return true;
        }
        let text = self.is_text(node);
        let shape = self.shape(node);
        let mut kinds = KINDS.iter().filter(|kind| !(text && **kind == Kind::Null));
        kinds.all(|kind| {
            let mut atoms = shape.atoms.iter().filter(|atom| atom.body.kind() == *kind);
            atoms.any(|atom| self.unbound(atom))
        })
    }

    /// Whether an atom allows every value of its type.
    pub(super) fn unbound(&mut self, atom: &Atom<'d>) -> bool {
        if !atom.conditions.is_empty() {
            return false;
        }
        match &atom.body {
            Body::Null => true,
            Body::Bool(bools) => bools.yes && bools.no,
            Body::Number(n) => {
                !n.whole
                    && n.lower.is_none()
                    && n.upper.is_none()
                    && n.multiples.is_empty()
                    && n.formats.is_empty()
                    && n.values.is_none()
                    && n.excluded.is_empty()
            }
            Body::String(s) => {
                s.shortest.is_none()
                    && s.longest.is_none()
                    && s.patterns.is_empty()
                    && s.formats.is_empty()
                    && s.values.is_none()
                    && s.excluded.is_empty()
            }
            Body::Array(a) => {
                a.fewest.as_ref().is_none_or(|fewest| fewest.value <= 1)
                    && a.most.is_none()
                    && a.unique.is_none()
                    && a.values.is_none()
                    && a.prefix.is_empty()
                    && (self.open.contains(&a.rest) || self.is_any(a.rest))
            }
            Body::Object(o) => {
                o.fewest.is_none()
                    && o.most.is_none()
                    && o.values.is_none()
                    && o.dependents.is_empty()
                    && o.properties.is_empty()
                    && o.patterns.is_empty()
                    && self.parts(o.names).iter().all(|part| &*part.at == "text")
                    && (self.open.contains(&o.rest) || self.is_any(o.rest))
            }
        }
    }

    /// What a node allows.
    pub(super) fn shape(&mut self, node: NodeId) -> Rc<Shape<'d>> {
        if let Some(known) = self.shapes.get(&node) {
            return known.clone();
        }
        let Node {
            side,
            text,
            ref parts,
        } = self.nodes[node.0];
        let parts = parts.clone();
        if !self.open.insert(node) {
            // It is asked for while it is being worked out: only to see whether something is redundant in it.
            let atoms = self.atoms_of_anything(side, text, None);
            return Rc::new(Shape {
                atoms,
                ..Shape::default()
            });
        }
        let mut shape: Option<Shape<'d>> = None;
        for part in &parts {
            let Some(next) = self.expand(side, text, part, &mut Vec::new()) else {
                continue;
            };
            shape = Some(match shape {
                None => (*next).clone(),
                Some(mut all) => {
                    all.atoms = self.intersection(&all.atoms, &next.atoms);
                    all.layers.extend(next.layers.iter().cloned());
                    all.refuses_overlap |= next.refuses_overlap;
                    all
                }
            });
        }
        let mut shape = shape.unwrap_or_else(|| {
            let atoms = self.atoms_of_anything(side, text, None);
            Shape {
                atoms,
                ..Shape::default()
            }
        });
        if text {
            shape.atoms.retain(|atom| atom.body.kind() != Kind::Null);
        }
        shape.atoms = self.simplified(shape.atoms, text);
        self.open.remove(&node);
        let shape = Rc::new(shape);
        self.shapes.insert(node, shape.clone());
        shape
    }

    fn atoms_of_anything(
        &mut self,
        side: Side,
        text: bool,
        place: Option<&Place<'d>>,
    ) -> Vec<Atom<'d>> {
        let rest = self.any(side, text);
        let names = self.any_text(side);
        let trail: Vec<_> = place.into_iter().cloned().collect();
        let bodies = [
            Body::Null,
            Body::Bool(Bools {
                yes: true,
                no: true,
            }),
            Body::Number(Numbers::default()),
            Body::String(Strings::default()),
            Body::Array(Arrays {
                prefix: Vec::new(),
                rest,
                fewest: None,
                most: None,
                unique: None,
                values: None,
            }),
            Body::Object(Objects {
                properties: BTreeMap::new(),
                rest,
                rest_at: None,
                patterns: BTreeMap::new(),
                names,
                names_at: None,
                fewest: None,
                most: None,
                dependents: BTreeMap::new(),
                values: None,
            }),
        ];
        let atom = |body| Atom {
            trail: trail.clone(),
            body,
            conditions: BTreeMap::new(),
        };
        bodies.into_iter().map(atom).collect()
    }

    /// What one schema of the document allows; `None` when it is already being worked out further up.
    fn expand(
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

    fn expand_anew(
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
                shape.layers.extend(target.layers.iter().cloned());
                shape.refuses_overlap = target.refuses_overlap;
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
                shape.layers.extend(member.layers.iter().cloned());
                shape.refuses_overlap |= member.refuses_overlap;
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
                    && self.nodes[objects.rest.0].parts.is_empty()
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

    fn expand_union(
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
            shape.layers.extend(only.layers.iter().cloned());
            shape.refuses_overlap |= only.refuses_overlap;
        }
        if union == "oneOf" {
            let property = place.value.pointer("/discriminator/propertyName");
            let property = property.and_then(Value::as_str);
            shape.refuses_overlap |= self.overlap(&members, property);
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
    fn expand_conditions(
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
    fn without(
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

    /// What a schema says itself, references and combinations aside.
    fn own(&mut self, side: Side, text: bool, place: &Place<'d>) -> Vec<Atom<'d>> {
        let types: Option<Vec<&str>> = match place.value.get("type") {
            Some(Value::String(name)) => Some(vec![name]),
            Some(Value::Array(names)) => Some(names.iter().filter_map(Value::as_str).collect()),
            _ => None,
        };
        let named = |name: &str| types.as_ref().is_none_or(|types| types.contains(&name));
        let mut atoms = self.atoms_of_anything(side, text, Some(place));
        atoms.retain(|atom| match atom.body {
            Body::Number(_) => named("number") || named("integer"),
            _ => named(atom.body.name()),
        });
        if place.value.as_object().is_none_or(|map| map.is_empty()) {
            return atoms;
        }
        let mut values: Option<Vec<&Value>> = place
            .value
            .get("enum")
            .and_then(Value::as_array)
            .map(|list| list.iter().collect());
        if let Some(only) = place.value.get("const") {
            let both =
                values.is_none_or(|all| all.iter().any(|one| canonical(one) == canonical(only)));
            values = Some(if both { vec![only] } else { Vec::new() });
        }
        if let Some(values) = &values {
            atoms.retain(|atom| {
                values
                    .iter()
                    .any(|value| kind_of(value) == atom.body.kind())
            });
        }
        let values_at = place.at.clone();
        let among = |kind: Kind| {
            let all = values
                .iter()
                .flatten()
                .filter(move |value| kind_of(value) == kind);
            let said = Said {
                value: all.map(|value| canonical(value)).collect(),
                at: values_at.clone(),
            };
            values.as_ref().map(|_| said)
        };
        for atom in &mut atoms {
            match &mut atom.body {
                Body::Null => {}
                Body::Bool(bools) => {
                    if let Some(values) = &values {
                        bools.yes = values.contains(&&Value::Bool(true));
                        bools.no = values.contains(&&Value::Bool(false));
                    }
                }
                Body::Number(numbers) => {
                    *numbers = own_numbers(place);
                    numbers.whole |= !named("number");
                    numbers.values = values.as_ref().map(|values| Said {
                        value: values
                            .iter()
                            .filter(|value| value.is_number())
                            .map(|value| (canonical(value), (*value).clone()))
                            .collect(),
                        at: place.at.clone(),
                    });
                }
                Body::String(strings) => {
                    *strings = own_strings(place);
                    strings.values = values.as_ref().map(|values| Said {
                        value: values
                            .iter()
                            .filter_map(|value| value.as_str().map(str::to_owned))
                            .collect(),
                        at: place.at.clone(),
                    });
                }
                Body::Array(_) => {
                    atom.body = Body::Array(self.own_arrays(side, text, place, among(Kind::Array)));
                }
                Body::Object(_) => {
                    atom.body =
                        Body::Object(self.own_objects(side, text, place, among(Kind::Object)));
                }
            }
        }
        atoms
    }

    fn own_arrays(
        &mut self,
        side: Side,
        text: bool,
        place: &Place<'d>,
        values: Option<Said<BTreeSet<String>>>,
    ) -> Arrays {
        let prefix = place.list("prefixItems");
        let prefix = prefix
            .into_iter()
            .map(|item| self.node(side, text, item))
            .collect();
        let rest = match place.get("items") {
            Some(items) => self.node(side, text, items),
            None => self.any(side, text),
        };
        Arrays {
            prefix,
            rest,
            fewest: count(place, "minItems").filter(|fewest| fewest.value > 0),
            most: count(place, "maxItems"),
            unique: place.flag("uniqueItems").then(|| place.at.clone()),
            values,
        }
    }

    fn own_objects(
        &mut self,
        side: Side,
        text: bool,
        place: &Place<'d>,
        values: Option<Said<BTreeSet<String>>>,
    ) -> Objects {
        let any = self.any(side, text);
        let mut patterns = BTreeMap::new();
        for (pattern, schema) in place.map("patternProperties") {
            patterns.insert(pattern.to_owned(), self.node(side, text, schema));
        }
        let mut properties = BTreeMap::new();
        for (name, schema) in place.map("properties") {
            let at = schema.at.clone();
            let mut node = self.node(side, text, schema);
            for (pattern, more) in &patterns {
                if self.matches(pattern, name) == Some(true) {
                    node = self.both(node, *more);
                }
            }
            properties.insert(
                name.to_owned(),
                Property {
                    node,
                    required: false,
                    at,
                },
            );
        }
        for name in strings_of(place.value.get("required")) {
            let at = place.at.clone();
            let property = properties.entry(name.to_owned());
            property
                .or_insert(Property {
                    node: any,
                    required: true,
                    at,
                })
                .required = true;
        }
        let rest = place.get("additionalProperties");
        let names = place.get("propertyNames");
        let any_text = self.any_text(side);
        let mut dependents = BTreeMap::new();
        for (name, others) in place.map("dependentRequired") {
            let value: BTreeSet<_> = strings_of(Some(others.value)).map(str::to_owned).collect();
            if !value.is_empty() {
                dependents.insert(
                    name.to_owned(),
                    Said {
                        value,
                        at: others.at,
                    },
                );
            }
        }
        let rest_at = rest.as_ref().map(|_| place.at.clone());
        let names_at = names.as_ref().map(|_| place.at.clone());
        Objects {
            properties,
            rest: rest.map_or(any, |rest| self.node(side, text, rest)),
            rest_at,
            patterns,
            names: names.map_or(any_text, |names| {
                let names = self.node(side, false, names);
                self.both(any_text, names)
            }),
            names_at,
            fewest: count(place, "minProperties").filter(|fewest| fewest.value > 0),
            most: count(place, "maxProperties"),
            dependents,
            values,
        }
    }

    /// What both allow.
    fn intersection(&mut self, one: &[Atom<'d>], other: &[Atom<'d>]) -> Vec<Atom<'d>> {
        let mut all = Vec::new();
        for left in one {
            for right in other
                .iter()
                .filter(|right| right.body.kind() == left.body.kind())
            {
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

    fn both_arrays(&mut self, one: &Arrays, other: &Arrays) -> Arrays {
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

    fn both_objects(&mut self, one: &Objects, other: &Objects) -> Objects {
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

    /// What a property of this name must be, declared or not.
    pub(super) fn property(&mut self, objects: &Objects, name: &str) -> NodeId {
        if let Some(property) = objects.properties.get(name) {
            return property.node;
        }
        let mut found: Option<NodeId> = None;
        for (pattern, node) in &objects.patterns {
            if self.matches(pattern, name) == Some(true) {
                found = Some(found.map_or(*node, |known| self.both(known, *node)));
            }
        }
        found.unwrap_or(objects.rest)
    }

    /// Whether a text matches a pattern, when the pattern can be understood.
    pub(super) fn matches(&mut self, pattern: &str, text: &str) -> Option<bool> {
        if !self.regexes.contains_key(pattern) {
            let regex = regress::Regex::with_flags(pattern, "u").ok();
            self.regexes.insert(pattern.to_owned(), regex);
        }
        let regex = self.regexes.get(pattern)?.as_ref()?;
        Some(regex.find(text).is_some())
    }

    /// An atom without what says nothing; `None` when it allows nothing.
    fn tidied(&mut self, mut atom: Atom<'d>) -> Option<Atom<'d>> {
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
    pub(super) fn text_fits(&mut self, strings: &Strings, text: &str) -> bool {
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
                .all(|format| super::formats::holds(format, text) != Some(false))
            && strings
                .patterns
                .keys()
                .all(|pattern| self.matches(pattern, text) != Some(false))
    }

    /// Whether two members of a `oneOf` may have a value in common.
    fn overlap(&mut self, members: &[Rc<Shape<'d>>], discriminator: Option<&str>) -> bool {
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
    fn apart(&mut self, one: &Atom<'d>, other: &Atom<'d>, discriminator: Option<&str>) -> bool {
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
                (None, None) => super::formats::apart(left.formats.keys(), right.formats.keys()),
            },
            _ => self
                .intersection(std::slice::from_ref(one), std::slice::from_ref(other))
                .is_empty(),
        }
    }

    /// A union without what another member says already.
    fn simplified(&mut self, atoms: Vec<Atom<'d>>, text: bool) -> Vec<Atom<'d>> {
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
                    if super::shape::above(lower.0, upper.0) {
                        one.lower = other.lower;
                    }
                    if super::shape::below(lower.1, upper.1) {
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

impl Arrays {
    /// What stands at this position.
    pub(super) fn item(&self, index: usize) -> NodeId {
        self.prefix.get(index).copied().unwrap_or(self.rest)
    }

    /// Whether an array may be long enough to have this position.
    pub(super) fn reaches(&self, index: usize) -> bool {
        self.most
            .as_ref()
            .is_none_or(|most| most.value > index as u64)
    }
}

impl Atom<'_> {
    /// The components that had a say.
    pub(super) fn components(&self) -> Vec<&str> {
        let is_component = |place: &&Place| component(&place.at) == Some(&*place.at);
        self.trail
            .iter()
            .filter(is_component)
            .map(|place| &*place.at)
            .collect()
    }
}

fn kind_of(value: &Value) -> Kind {
    match value {
        Value::Null => Kind::Null,
        Value::Bool(_) => Kind::Bool,
        Value::Number(_) => Kind::Number,
        Value::String(_) => Kind::String,
        Value::Array(_) => Kind::Array,
        Value::Object(_) => Kind::Object,
    }
}

fn strings_of(list: Option<&Value>) -> impl Iterator<Item = &str> {
    list.and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
}

/// A count, which Polar writes as a float at times.
fn count(place: &Place, key: &str) -> Option<Said<u64>> {
    let value = place.value.get(key)?;
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a count that is no small whole number means nothing; the cast saturates"
    )]
    let value = value
        .as_u64()
        .or_else(|| value.as_f64().map(|count| count as u64))?;
    Some(Said {
        value,
        at: place.at.clone(),
    })
}

fn own_numbers(place: &Place) -> Numbers {
    let number = |key: &str| place.value.get(key).and_then(Value::as_f64);
    let end = |inclusive: &str, exclusive: &str| {
        let at = place.at.clone();
        let flag = place.flag(exclusive);
        let written = number(inclusive).map(|value| Bound {
            value,
            exclusive: flag,
        });
        let strict = number(exclusive).map(|value| Bound {
            value,
            exclusive: true,
        });
        let said = |bound: Option<Bound>| {
            bound.map(|value| Said {
                value,
                at: at.clone(),
            })
        };
        (said(written), said(strict))
    };
    let (lower, strictly_lower) = end("minimum", "exclusiveMinimum");
    let (upper, strictly_upper) = end("maximum", "exclusiveMaximum");
    let mut numbers = Numbers {
        lower,
        upper,
        ..Numbers::default()
    };
    let strict = Numbers {
        lower: strictly_lower,
        upper: strictly_upper,
        ..Numbers::default()
    };
    numbers = both_numbers(&numbers, &strict);
    numbers.multiples = number("multipleOf")
        .into_iter()
        .map(|value| Said {
            value,
            at: place.at.clone(),
        })
        .collect();
    let format = place
        .text("format")
        .filter(|format| super::formats::is_numeric(format));
    numbers
        .formats
        .extend(format.map(|format| (format.to_owned(), place.at.clone())));
    numbers
}

fn own_strings(place: &Place) -> Strings {
    let mut strings = Strings {
        shortest: count(place, "minLength"),
        longest: count(place, "maxLength"),
        ..Strings::default()
    };
    let pattern = place.text("pattern");
    strings
        .patterns
        .extend(pattern.map(|pattern| (pattern.to_owned(), place.at.clone())));
    let mut formats = Vec::new();
    match place
        .text("format")
        .filter(|format| !super::formats::is_numeric(format))
    {
        Some("byte") => formats.push("contentEncoding base64".to_owned()),
        Some("binary") => formats.push("contentMediaType application/octet-stream".to_owned()),
        Some(format) => formats.push(format.to_owned()),
        None => {}
    }
    for key in ["contentEncoding", "contentMediaType"] {
        formats.extend(place.text(key).map(|value| format!("{key} {value}")));
    }
    strings.formats = formats
        .into_iter()
        .map(|format| (format, place.at.clone()))
        .collect();
    strings
}

fn tidy_numbers(numbers: &mut Numbers) {
    use super::shape::is_multiple;
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
