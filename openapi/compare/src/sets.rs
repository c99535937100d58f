//! Turns schemas into the sets of values that they allow.

use std::{
    collections::{BTreeMap, HashMap, HashSet},
    rc::Rc,
    sync::LazyLock,
};

use serde_json::{Value, json};

use crate::{
    place::{Document, Place, component},
    shape::{Arrays, Atom, Body, Bools, KINDS, Kind, NodeId, Numbers, Objects, Shape, Strings},
};

/// Which of the two documents.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Side {
    Old,
    New,
}

/// A schema, or several that must all hold, at one place of one document.
pub(crate) struct Node<'d> {
    side: Side,
    text: bool,
    parts: Vec<Place<'d>>,
}

pub(crate) static NEVER: Value = Value::Bool(false);
static TEXT: LazyLock<Value> = LazyLock::new(|| json!({"type": "string"}));

type Key = (Side, bool, Vec<Rc<str>>);

/// The schemas of both documents that were needed so far.
pub(crate) struct Sets<'d> {
    old: Document<'d>,
    new: Document<'d>,
    pub(crate) nodes: Vec<Node<'d>>,
    index: HashMap<Key, NodeId>,
    shapes: HashMap<NodeId, Rc<Shape<'d>>>,
    /// Nodes whose shape is being worked out.
    pub(crate) open: HashSet<NodeId>,
    pub(crate) expanded: HashMap<(Side, bool, Rc<str>), Rc<Shape<'d>>>,
    pub(crate) regexes: HashMap<String, Option<regress::Regex>>,
    pub(crate) within: Inclusions,
    /// A rough count of the work done.
    work: usize,
    /// Where the work became too much. From then on, nothing more is expanded.
    pub(crate) stopped: Option<Rc<str>>,
}

/// Which schemas are known to lie within which, and what is assumed while that is being found out.
#[derive(Debug, Default)]
pub(crate) struct Inclusions {
    pub(crate) yes: HashSet<(NodeId, NodeId)>,
    pub(crate) no: HashSet<(NodeId, NodeId)>,
    pub(crate) assumed: HashSet<(NodeId, NodeId)>,
    /// True if what is assumed is true.
    pub(crate) provisional: Vec<(NodeId, NodeId)>,
}

/// Five times the work for a change of every schema in all of Polar's document.
const MOST_WORK: usize = 1_000_000;
/// How deep schemas may be nested.
pub(crate) const DEEPEST: usize = 3_000;

impl<'d> Sets<'d> {
    pub(crate) fn new(old: &'d Value, new: &'d Value) -> Self {
        Self {
            old: Document::new(old),
            new: Document::new(new),
            nodes: Vec::new(),
            index: HashMap::new(),
            shapes: HashMap::new(),
            open: HashSet::new(),
            expanded: HashMap::new(),
            regexes: HashMap::new(),
            within: Inclusions::default(),
            work: 0,
            stopped: None,
        }
    }

    /// Counts work that is about to be done. Returns whether it is still within the limit.
    pub(crate) fn spend(&mut self, work: usize, at: Option<&Place<'d>>) -> bool {
        self.work = self.work.saturating_add(work);
        if self.work > MOST_WORK {
            self.stop(at);
        }
        self.stopped.is_none()
    }

    /// Stops the comparison at a place.
    pub(crate) fn stop(&mut self, at: Option<&Place<'d>>) {
        self.stopped.get_or_insert_with(|| {
            at.map_or_else(|| Rc::from("the whole document"), |place| place.at.clone())
        });
    }

    pub(crate) fn document(&self, side: Side) -> &Document<'d> {
        match side {
            Side::Old => &self.old,
            Side::New => &self.new,
        }
    }

    pub(crate) fn intern(&mut self, side: Side, text: bool, parts: Vec<Place<'d>>) -> NodeId {
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
    pub(crate) fn node(&mut self, side: Side, text: bool, place: Place<'d>) -> NodeId {
        self.intern(side, text, vec![place])
    }

    /// Anything at all.
    pub(crate) fn any(&mut self, side: Side, text: bool) -> NodeId {
        self.intern(side, text, Vec::new())
    }

    pub(crate) fn any_text(&mut self, side: Side) -> NodeId {
        self.intern(side, false, vec![Place::new("text", &TEXT)])
    }

    /// What both allow.
    pub(crate) fn both(&mut self, one: NodeId, other: NodeId) -> NodeId {
        let mut parts = self.nodes[one.0].parts.clone();
        for part in &self.nodes[other.0].parts {
            if !parts.iter().any(|known| known.at == part.at) {
                parts.push(part.clone());
            }
        }
        let Node { side, text, .. } = self.nodes[one.0];
        self.intern(side, text, parts)
    }

    pub(crate) fn is_text(&self, node: NodeId) -> bool {
        self.nodes[node.0].text
    }

    /// The schemas of a node that are in the document.
    pub(crate) fn parts(&self, node: NodeId) -> &[Place<'d>] {
        &self.nodes[node.0].parts
    }

    /// Whether the schema is plainly `false`.
    pub(crate) fn is_never(&self, node: NodeId) -> bool {
        let parts = &self.nodes[node.0].parts;
        parts.iter().any(|part| *part.value == NEVER)
    }

    /// Whether the schema allows everything.
    pub(crate) fn is_any(&mut self, node: NodeId) -> bool {
        if self.nodes[node.0].parts.is_empty() {
            return true;
        }
        let text = self.is_text(node);
        let shape = self.shape(node);
        // Everything sent as text is a text, except lists and objects.
        let as_text = |kind: Kind| matches!(kind, Kind::String | Kind::Array | Kind::Object);
        let mut kinds = KINDS.iter().filter(|kind| !text || as_text(**kind));
        kinds.all(|kind| {
            let mut atoms = shape.atoms.iter().filter(|atom| atom.body.kind() == *kind);
            atoms.any(|atom| self.unbound(atom))
        })
    }

    /// Whether an atom allows every value of its type.
    pub(crate) fn unbound(&mut self, atom: &Atom<'d>) -> bool {
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

    /// The set of values that a node allows.
    pub(crate) fn shape(&mut self, node: NodeId) -> Rc<Shape<'d>> {
        if let Some(known) = self.shapes.get(&node) {
            return known.clone();
        }
        let Node {
            side,
            text,
            ref parts,
        } = self.nodes[node.0];
        let parts = parts.clone();
        if !self.spend(parts.len(), parts.first()) || !self.open.insert(node) {
            // It is asked for while it is being worked out: only to see whether something is redundant in it. Or there
            // is no time left.
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
                    self.layer(&mut all.layers, &next.layers);
                    all.overlap = all.overlap.max(next.overlap);
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

    /// Adds the layers that are not there yet.
    pub(crate) fn layer(&mut self, layers: &mut Vec<Place<'d>>, more: &[Place<'d>]) {
        self.spend(layers.len() + more.len(), layers.first());
        let known: HashSet<_> = layers.iter().map(|layer| layer.at.clone()).collect();
        layers.extend(
            more.iter()
                .filter(|layer| !known.contains(&layer.at))
                .cloned(),
        );
    }

    pub(crate) fn atoms_of_anything(
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

    /// What a property of this name must be, declared or not.
    pub(crate) fn property(&mut self, objects: &Objects, name: &str) -> NodeId {
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
    pub(crate) fn matches(&mut self, pattern: &str, text: &str) -> Option<bool> {
        if !self.regexes.contains_key(pattern) {
            let regex = regress::Regex::with_flags(pattern, "u").ok();
            self.regexes.insert(pattern.to_owned(), regex);
        }
        let regex = self.regexes.get(pattern)?.as_ref()?;
        Some(regex.find(text).is_some())
    }
}

impl Arrays {
    /// What stands at this position.
    pub(crate) fn item(&self, index: usize) -> NodeId {
        self.prefix.get(index).copied().unwrap_or(self.rest)
    }

    /// Whether an array may be long enough to have this position.
    pub(crate) fn reaches(&self, index: usize) -> bool {
        self.most
            .as_ref()
            .is_none_or(|most| most.value > index as u64)
    }
}

impl Atom<'_> {
    /// The components that had a say.
    pub(crate) fn components(&self) -> Vec<&str> {
        let is_component = |place: &&Place| component(&place.at) == Some(&*place.at);
        self.trail
            .iter()
            .filter(is_component)
            .map(|place| &*place.at)
            .collect()
    }
}
