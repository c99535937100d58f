//! JSON Schema compiled into the tree that requests are decoded along.
//!
//! The tree says what pydantic's core schema said where the document was generated from; names that the real server puts
//! into error locations (`constrained-str`, `str-enum[…]`, class names) are worked out here, once.

use std::collections::HashMap;

use serde_json::Value as Json;

use super::checks::Check;
use super::errors::LocPart;
use crate::json::{Dict, Value};

/// Where a node stands in its [`Tree`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct NodeId(usize);

/// What a value has to be.
#[derive(Debug, Clone)]
pub enum Node {
    /// Anything.
    Any,
    /// `null` alone.
    Null,
    /// A text; lengths in code points.
    Str {
        /// Fewest code points.
        min: Option<usize>,
        /// Most code points.
        max: Option<usize>,
        /// Whether it is kept without blanks at its ends, and as `null` if nothing is left (`x-trim`).
        trim: bool,
        /// Whether blanks at its ends are removed (`x-trim`) and do not count towards its length.
        strip: bool,
        /// Whether a wrong length is reported as that of a list (`x-length-error`).
        list_error: bool,
    },
    /// An integer.
    Int(Bounds<i64>),
    /// A number.
    Float(Bounds<f64>),
    /// A decimal number, written as a number or as a text.
    Decimal {
        /// Its bounds.
        bounds: Bounds<f64>,
        /// Most digits before and after the point.
        digits: Option<(usize, usize)>,
    },
    /// A truth value.
    Bool,
    /// A UUID, of version 4 only where asked for.
    Uuid {
        /// Whether only version 4 will do.
        v4: bool,
    },
    /// A moment.
    DateTime {
        /// Whether it needs an offset (`x-time-zone`).
        aware: bool,
        /// Whether it has to be later than now (`x-future`).
        future: bool,
    },
    /// An e-mail address.
    Email,
    /// An IP address.
    Ip,
    /// The tag of a language (`x-format`).
    LanguageTag,
    /// An absolute URL.
    Url {
        /// Most characters.
        max: Option<usize>,
        /// What it may begin with (`x-url-schemes`).
        schemes: Vec<String>,
        /// Whether its host has to be a name or a public address; blanks around it then go first (`x-host`).
        public: bool,
    },
    /// One of these constants.
    Literal {
        /// The constants.
        values: Vec<Json>,
        /// The Python enumeration whose members errors show them as (`x-literal-enum`).
        enumeration: Option<String>,
    },
    /// One of these texts, by the name of the enumeration.
    Enum {
        /// The enumeration's name.
        name: String,
        /// Its values.
        values: Vec<String>,
        /// Whether a text is converted to upper case (`x-case`).
        upper: bool,
    },
    /// A list.
    List {
        /// What the items are.
        item: NodeId,
        /// Fewest items.
        min: Option<usize>,
        /// Most items.
        max: Option<usize>,
    },
    /// A list with a fixed place for each item.
    Tuple(Vec<NodeId>),
    /// An object with any names.
    Dict {
        /// What the names are, where not any text will do.
        key: Option<NodeId>,
        /// What the values are.
        value: NodeId,
        /// Fewest entries.
        min: Option<usize>,
        /// Most entries.
        max: Option<usize>,
    },
    /// An object with known names.
    Model(Model),
    /// A value or `null`.
    Nullable(NodeId),
    /// One of several; the closest fit wins, the first among equals.
    Union(Vec<NodeId>),
    /// One of several; the first that fits wins (`x-union-mode`).
    FirstOf(Vec<NodeId>),
    /// One of two objects, by whether a field is there and not null (`x-chosen-by`).
    Chosen {
        /// The field.
        property: String,
        /// What the object is if it is, and what errors call it.
        given: (String, NodeId),
        /// What it is otherwise.
        otherwise: (String, NodeId),
    },
    /// A query filter: one value or several.
    Filter(NodeId),
    /// One of several, chosen by the value of a field.
    Tagged {
        /// The field.
        discriminator: String,
        /// Its values and what each stands for.
        variants: Vec<(String, NodeId)>,
        /// The value that is meant where the field is missing (`x-default-tag`).
        default: Option<String>,
        /// The function that finds the value on the real server, whose name errors give (`x-tag-function`).
        function: Option<String>,
        /// The Python enumeration whose members errors show the values as (`x-tag-enum`).
        enumeration: Option<String>,
        /// What errors call it (`x-error-name`).
        name: Option<String>,
    },
}

/// The bounds of a number.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Bounds<T> {
    /// At most.
    pub le: Option<T>,
    /// At least.
    pub ge: Option<T>,
    /// Less than.
    pub lt: Option<T>,
    /// Greater than.
    pub gt: Option<T>,
}

/// An object with known names.
#[derive(Debug, Clone)]
pub struct Model {
    /// The component's name; empty for an inline object.
    pub name: String,
    /// Its fields in the order of the document, or of `x-order`.
    pub fields: Vec<Field>,
    /// Whether other names are refused instead of ignored.
    pub closed: bool,
    /// Whether texts with U+0000 are refused (`x-no-nul`).
    pub no_nul: bool,
    /// What it is taken for (`x-coerced-to`).
    pub coerced_to: Option<Dict>,
    /// What is checked once all fields are right (`x-check`).
    pub checks: Vec<Check>,
    /// Whether fields that are left out get the value that the schema gives them (`x-defaults`).
    pub defaults: bool,
}

impl Model {
    /// What errors call it: its name, within the functions that check it.
    fn label(&self) -> String {
        let functions = self.checks.iter().filter_map(|check| check.function());
        functions.fold(self.name.clone(), |inner, function| {
            format!("function-after[{function}(), {inner}]")
        })
    }
}

/// A field of a [`Model`].
#[derive(Debug, Clone)]
pub struct Field {
    /// Its name, and the one that errors give.
    pub name: String,
    /// Other names it may be given by (`x-aliases` of the overlay).
    pub aliases: Vec<String>,
    /// Whether it has to be there.
    pub required: bool,
    /// What it is.
    pub node: NodeId,
    /// What is checked once it is right by itself (`x-check`).
    pub checks: Vec<Check>,
    /// What it is where it is left out (`default`).
    pub default: Value,
}

/// All nodes that were compiled from one document.
#[derive(Debug)]
pub struct Tree {
    nodes: Vec<Node>,
    names: Vec<String>,
}

impl Tree {
    /// The node of an id of this tree.
    pub fn node(&self, id: NodeId) -> &Node {
        &self.nodes[id.0]
    }

    /// What the real server calls the node in an error's location.
    pub fn name(&self, id: NodeId) -> &str {
        &self.names[id.0]
    }
}

/// Compiles schemas of one document; components once each.
pub struct Compiler<'a> {
    document: &'a Json,
    tree: Tree,
    components: HashMap<String, NodeId>,
}

impl<'a> Compiler<'a> {
    /// A compiler for schemas whose references point into `document`.
    pub fn new(document: &'a Json) -> Self {
        Self {
            document,
            tree: Tree {
                nodes: Vec::new(),
                names: Vec::new(),
            },
            components: HashMap::new(),
        }
    }

    /// The finished tree.
    pub fn finish(mut self) -> Tree {
        self.tree.names = (0..self.tree.nodes.len())
            .map(|i| self.tree.label(NodeId(i)))
            .collect();
        self.tree
    }

    fn add(&mut self, node: Node) -> NodeId {
        self.tree.nodes.push(node);
        NodeId(self.tree.nodes.len() - 1)
    }

    /// Compiles the schema of a query parameter, where "a value or a list of them" is a filter.
    pub fn compile_query(&mut self, schema: &Json) -> NodeId {
        let alternatives = schema
            .get("anyOf")
            .and_then(Json::as_array)
            .map(Vec::as_slice)
            .unwrap_or_default();
        let list = alternatives
            .iter()
            .find(|alternative| text(alternative, "type") == Some("array"));
        match (
            alternatives.first(),
            list.and_then(|list| list.get("items")),
        ) {
            (Some(single), Some(item)) if single == item => {
                let item = self.schema(item, "");
                self.add(Node::Filter(item))
            }
            _ => self.schema(schema, ""),
        }
    }

    /// Compiles one schema.
    pub fn compile(&mut self, schema: &Json) -> NodeId {
        self.schema(schema, "")
    }

    fn schema(&mut self, schema: &Json, name: &str) -> NodeId {
        if let Some(reference) = text(schema, "$ref") {
            return self.reference(reference);
        }
        let node = self.node(schema, name);
        self.add(node)
    }

    fn reference(&mut self, reference: &str) -> NodeId {
        if let Some(&known) = self.components.get(reference) {
            return known;
        }
        let Some(target) = reference
            .strip_prefix('#')
            .and_then(|pointer| self.document.pointer(pointer))
        else {
            return self.add(Node::Any);
        };
        // The id is reserved first, so that a schema may refer to itself.
        let id = self.add(Node::Any);
        self.components.insert(reference.to_owned(), id);
        let name = reference.rsplit('/').next().unwrap_or_default().to_owned();
        let node = match text(target, "$ref") {
            Some(further) => {
                let further = self.reference(further);
                self.tree.nodes[further.0].clone()
            }
            None => self.node(target, &name),
        };
        self.tree.nodes[id.0] = node;
        id
    }

    fn node(&mut self, schema: &Json, name: &str) -> Node {
        let members = text(schema, "x-literal-enum").map(str::to_owned);
        if let Some(constant) = schema.get("const") {
            return Node::Literal {
                values: vec![constant.clone()],
                enumeration: members,
            };
        }
        if let Some(values) = schema.get("enum").and_then(Json::as_array) {
            if members.is_some() {
                return Node::Literal {
                    values: values.clone(),
                    enumeration: members,
                };
            }
            let name = text(schema, "x-enum").unwrap_or(name);
            return enumeration(values, name, text(schema, "x-case") == Some("upper"));
        }
        if let Some(values) = constants(schema) {
            return enumeration(&values, "", false);
        }
        if let Some(alternatives) = schema
            .get("anyOf")
            .or_else(|| schema.get("oneOf"))
            .and_then(Json::as_array)
        {
            if let Some(node) = decimal(alternatives) {
                return node;
            }
            return self.alternatives(schema, alternatives);
        }
        if let Some(kinds) = schema.get("type").and_then(Json::as_array) {
            return self.kinds(schema, kinds, name);
        }
        match text(schema, "type") {
            Some("null") => Node::Null,
            Some("string") => string(schema),
            Some("integer") => Node::Int(bounds(schema, integer)),
            Some("number") => Node::Float(bounds(schema, Json::as_f64)),
            Some("boolean") => Node::Bool,
            Some("array") => self.array(schema),
            Some("object") => self.object(schema, name),
            _ if schema.get("properties").is_some() => self.object(schema, name),
            _ => Node::Any,
        }
    }

    /// `"type": ["string", "null"]`, the short form of a union.
    fn kinds(&mut self, schema: &Json, kinds: &[Json], name: &str) -> Node {
        let mut single = |kind: &Json| {
            let mut schema = schema.clone();
            schema["type"] = kind.clone();
            self.schema(&schema, name)
        };
        let others: Vec<NodeId> = kinds
            .iter()
            .filter(|kind| *kind != "null")
            .map(&mut single)
            .collect();
        self.union(others, kinds.iter().any(|kind| kind == "null"))
    }

    fn alternatives(&mut self, schema: &Json, alternatives: &[Json]) -> Node {
        let is_null = |alternative: &Json| text(alternative, "type") == Some("null");
        let nullable = alternatives.iter().any(is_null);
        let others: Vec<&Json> = alternatives
            .iter()
            .filter(|alternative| !is_null(alternative))
            .collect();
        if let Some(node) = self.tagged(schema, &others) {
            return if nullable {
                Node::Nullable(self.add(node))
            } else {
                node
            };
        }
        let nodes: Vec<NodeId> = others.iter().map(|other| self.schema(other, "")).collect();
        if let Some(node) = chosen(schema, &nodes) {
            return node;
        }
        if text(schema, "x-union-mode") == Some("left_to_right") {
            return Node::FirstOf(nodes);
        }
        // Facts about a text may stand beside the union that makes it optional.
        for node in &nodes {
            if is_language_tag(schema) {
                self.tree.nodes[node.0] = Node::LanguageTag;
            }
            if let Node::Str {
                trim,
                strip,
                list_error,
                ..
            } = &mut self.tree.nodes[node.0]
            {
                *trim |= trims(schema);
                *strip |= strips(schema);
                *list_error |= errs_as_list(schema);
            }
        }
        self.union(nodes, nullable)
    }

    fn union(&mut self, mut nodes: Vec<NodeId>, nullable: bool) -> Node {
        let inner = match nodes.len() {
            0 => return Node::Null,
            1 => nodes.remove(0),
            _ => {
                let union = Node::Union(nodes);
                if !nullable {
                    return union;
                }
                self.add(union)
            }
        };
        if nullable {
            Node::Nullable(inner)
        } else {
            self.tree.nodes[inner.0].clone()
        }
    }

    fn tagged(&mut self, schema: &Json, alternatives: &[&Json]) -> Option<Node> {
        let discriminator = schema.get("discriminator")?;
        let mapping = discriminator.get("mapping")?.as_object()?;
        let mut variants = Vec::with_capacity(mapping.len());
        // In the order of the alternatives: that is the order in which the real server lists the expected tags.
        for alternative in alternatives {
            let reference = text(alternative, "$ref")?;
            for (tag, target) in mapping {
                if target == reference {
                    let node = self.reference(reference);
                    variants.push((tag.clone(), node));
                }
            }
        }
        let discriminator = text(discriminator, "propertyName")?.to_owned();
        let default = text(schema, "x-default-tag").map(str::to_owned);
        let function = text(schema, "x-tag-function").map(str::to_owned);
        Some(Node::Tagged {
            discriminator,
            variants,
            default,
            function,
            enumeration: text(schema, "x-tag-enum").map(str::to_owned),
            name: text(schema, "x-error-name").map(str::to_owned),
        })
    }

    fn array(&mut self, schema: &Json) -> Node {
        if let Some(places) = schema.get("prefixItems").and_then(Json::as_array) {
            return Node::Tuple(places.iter().map(|place| self.schema(place, "")).collect());
        }
        let item = match schema.get("items") {
            Some(items) => self.schema(items, ""),
            None => self.add(Node::Any),
        };
        Node::List {
            item,
            min: size(schema, "minItems"),
            max: size(schema, "maxItems"),
        }
    }

    /// The names of an object are texts, whether or not the schema says so.
    fn property_name(&mut self, schema: &Json) -> NodeId {
        match schema.get("$ref") {
            Some(_) => self.schema(schema, ""),
            None => self.add(Node::Str {
                min: size(schema, "minLength"),
                max: size(schema, "maxLength"),
                trim: false,
                strip: false,
                list_error: false,
            }),
        }
    }

    fn object(&mut self, schema: &Json, name: &str) -> Node {
        let additional = schema.get("additionalProperties");
        let Some(properties) = schema.get("properties").and_then(Json::as_object) else {
            let names = schema.get("propertyNames");
            let key = names.map(|names| self.property_name(names));
            let value = match additional {
                Some(value) if value.is_object() => self.schema(value, ""),
                _ => self.add(Node::Any),
            };
            return Node::Dict {
                key,
                value,
                min: size(schema, "minProperties"),
                max: size(schema, "maxProperties"),
            };
        };
        let required: Vec<&str> = schema
            .get("required")
            .and_then(Json::as_array)
            .into_iter()
            .flatten()
            .filter_map(Json::as_str)
            .collect();
        let order = strings(schema.get("x-order"));
        let mut fields: Vec<Field> = properties
            .iter()
            .map(|(field, schema)| Field {
                name: field.clone(),
                aliases: strings(schema.get("x-aliases")),
                required: required.contains(&field.as_str()),
                node: self.schema(schema, ""),
                checks: checks(schema),
                default: default(schema),
            })
            .collect();
        let place = |field: &Field| order.iter().position(|name| *name == field.name);
        fields.sort_by_key(|field| place(field).unwrap_or(order.len()));
        Node::Model(Model {
            name: name.to_owned(),
            fields,
            closed: additional == Some(&Json::Bool(false)),
            no_nul: schema.get("x-no-nul") == Some(&Json::Bool(true)),
            coerced_to: schema.get("x-coerced-to").and_then(fixed_value),
            checks: checks(schema),
            defaults: schema.get("x-defaults") == Some(&Json::Bool(true)),
        })
    }
}

/// A number, or a text with a pattern of digits: how the document writes a decimal number.
fn decimal(alternatives: &[Json]) -> Option<Node> {
    let [number, digits] = alternatives else {
        return None;
    };
    let pattern = text(digits, "pattern").filter(|pattern| pattern.contains(r"0*"))?;
    if text(number, "type") != Some("number") {
        return None;
    }
    let most = |before: &str| {
        let (_, rest) = pattern.split_once(before)?;
        rest.split_once('}')?.0.parse().ok()
    };
    Some(Node::Decimal {
        bounds: bounds(number, Json::as_f64),
        digits: most(r"(?:\d{0,").zip(most(r"\.\d{0,")),
    })
}

/// Two objects; a property decides which.
fn chosen(schema: &Json, alternatives: &[NodeId]) -> Option<Node> {
    let rule = schema.get("x-chosen-by")?;
    let &[given, otherwise] = alternatives else {
        return None;
    };
    let word = |key| text(rule, key).map(str::to_owned);
    Some(Node::Chosen {
        property: word("property")?,
        given: (word("given")?, given),
        otherwise: (word("otherwise")?, otherwise),
    })
}

/// What `x-check` names: one check, or several in order.
fn checks(schema: &Json) -> Vec<Check> {
    let named = schema.get("x-check");
    let names = named.map_or(&[][..], |named| {
        named
            .as_array()
            .map_or(std::slice::from_ref(named), Vec::as_slice)
    });
    let checks = names.iter().filter_map(Json::as_str);
    checks.filter_map(Check::named).collect()
}

/// The value of a field that is left out.
fn default(schema: &Json) -> Value {
    let default = schema.get("default").map(Json::to_string);
    let default = default.and_then(|text| crate::json::parse(text.as_bytes()).ok());
    default.unwrap_or(Value::Null)
}

impl Tree {
    fn label(&self, id: NodeId) -> String {
        let constrained = |bound: bool, name: &str| {
            if bound {
                format!("constrained-{name}")
            } else {
                name.to_owned()
            }
        };
        match self.node(id) {
            Node::Any => "any".into(),
            Node::Null => "none".into(),
            Node::Str { min, max, .. } => constrained(min.is_some() || max.is_some(), "str"),
            Node::Int(bounds) => constrained(*bounds != Bounds::default(), "int"),
            Node::Float(bounds) => constrained(*bounds != Bounds::default(), "float"),
            Node::Decimal { .. } => "decimal".into(),
            Node::Bool => "bool".into(),
            Node::Uuid { .. } => "uuid".into(),
            Node::DateTime { .. } => "datetime".into(),
            Node::Email => "email".into(),
            Node::Ip => "ipvanyaddress".into(),
            Node::LanguageTag => "function-after[_validate_locale(), str]".into(),
            Node::Url { .. } => "url".into(),
            Node::Literal { values, .. } => {
                format!(
                    "literal[{}]",
                    values
                        .iter()
                        .map(python_literal)
                        .collect::<Vec<_>>()
                        .join(",")
                )
            }
            Node::Enum { name, .. } => format!("str-enum[{name}]"),
            Node::List { item, .. } => format!("list[{}]", self.label(*item)),
            Node::Tuple(items) => {
                format!(
                    "tuple[{}]",
                    items
                        .iter()
                        .map(|item| self.label(*item))
                        .collect::<Vec<_>>()
                        .join(", ")
                )
            }
            Node::Dict { value, .. } => format!("dict[str,{}]", self.label_of_member(*value)),
            Node::Model(model) => model.label(),
            Node::Nullable(inner) => format!("nullable[{}]", self.label_of_member(*inner)),
            Node::Union(members) | Node::FirstOf(members) => {
                format!(
                    "union[{}]",
                    members
                        .iter()
                        .map(|node| self.label_of_member(*node))
                        .collect::<Vec<_>>()
                        .join(",")
                )
            }
            Node::Filter(item) => format!(
                "json-or-python[json=list[{0}],python=chain[is-instance[Sequence],function-wrap[sequence_validator()]]]",
                self.label(*item)
            ),
            Node::Chosen { .. } => "tagged-union".into(),
            Node::Tagged {
                name: Some(name), ..
            } => name.clone(),
            Node::Tagged { variants, .. } => {
                let members = variants
                    .iter()
                    .map(|(_, node)| self.label_of_member(*node))
                    .collect::<Vec<_>>();
                format!("tagged-union[{}]", members.join(","))
            }
        }
    }

    /// Models end the name here: they may refer to themselves.
    fn label_of_member(&self, id: NodeId) -> String {
        match self.node(id) {
            Node::Model(model) => model.label(),
            _ => self.label(id),
        }
    }
}

/// Compiles one schema that is a document of its own.
pub fn schema_of(schema: &Json) -> (Tree, NodeId) {
    let mut compiler = Compiler::new(schema);
    let root = compiler.compile(schema);
    (compiler.finish(), root)
}

impl Tree {
    /// Whether a node is an object with known names, which may be `null`.
    pub(super) fn is_model(&self, node: NodeId) -> bool {
        match self.node(node) {
            Node::Model(_) => true,
            Node::Nullable(inner) => self.is_model(*inner),
            _ => false,
        }
    }

    /// The node of the items of a list that is a field of a model.
    pub fn item_of(&self, model: NodeId, field: &str) -> Option<NodeId> {
        let Node::Model(model) = self.node(model) else {
            return None;
        };
        let field = model.fields.iter().find(|known| known.name == field)?;
        match self.node(field.node) {
            Node::List { item, .. } => Some(*item),
            _ => None,
        }
    }

    /// The names of the fields of the object that stands at a place below a node.
    pub fn field_names(&self, node: NodeId, place: &[LocPart]) -> Vec<&str> {
        match (self.node(node), place.split_first()) {
            (Node::Nullable(inner), _) => self.field_names(*inner, place),
            (Node::List { item, .. }, Some((_, rest))) => self.field_names(*item, rest),
            (Node::Model(model), None) => model
                .fields
                .iter()
                .map(|field| field.name.as_str())
                .collect(),
            (Node::Model(model), Some((LocPart::Name(name), rest))) => {
                let field = model.fields.iter().find(|field| field.name == *name);
                field
                    .map(|field| self.field_names(field.node, rest))
                    .unwrap_or_default()
            }
            _ => Vec::new(),
        }
    }
}

/// How Python writes a constant.
pub(super) fn python_literal(value: &Json) -> String {
    match value {
        Json::String(text) => format!("'{text}'"),
        Json::Bool(true) => "True".into(),
        Json::Bool(false) => "False".into(),
        Json::Null => "None".into(),
        other => other.to_string(),
    }
}

fn text<'j>(schema: &'j Json, key: &str) -> Option<&'j str> {
    schema.get(key).and_then(Json::as_str)
}

fn strings(list: Option<&Json>) -> Vec<String> {
    list.and_then(Json::as_array)
        .into_iter()
        .flatten()
        .filter_map(Json::as_str)
        .map(str::to_owned)
        .collect()
}

fn size(schema: &Json, key: &str) -> Option<usize> {
    schema
        .get(key)
        .and_then(Json::as_f64)
        .map(|size| size as usize)
}

/// Integer bounds are published as floats (`2147483647.0`).
fn integer(value: &Json) -> Option<i64> {
    value
        .as_i64()
        .or_else(|| value.as_f64().map(|value| value as i64))
}

fn bounds<T>(schema: &Json, read: fn(&Json) -> Option<T>) -> Bounds<T> {
    let bound = |key: &str| schema.get(key).and_then(read);
    Bounds {
        le: bound("maximum"),
        ge: bound("minimum"),
        lt: bound("exclusiveMaximum"),
        gt: bound("exclusiveMinimum"),
    }
}

fn string(schema: &Json) -> Node {
    match text(schema, "format") {
        Some("uuid4") => Node::Uuid { v4: true },
        Some("uuid") => Node::Uuid { v4: false },
        Some("date-time") => Node::DateTime {
            aware: text(schema, "x-time-zone") == Some("required"),
            future: schema.get("x-future") == Some(&Json::Bool(true)),
        },
        Some("email") => Node::Email,
        Some("ipvanyaddress") => Node::Ip,
        _ if is_language_tag(schema) => Node::LanguageTag,
        Some("uri") => Node::Url {
            max: size(schema, "maxLength"),
            schemes: schemes(schema),
            public: text(schema, "x-host") == Some("public"),
        },
        _ => Node::Str {
            min: size(schema, "minLength"),
            max: size(schema, "maxLength"),
            trim: trims(schema),
            strip: strips(schema),
            list_error: errs_as_list(schema),
        },
    }
}

/// The values of an enumeration whose values are described one by one, as schemars writes it.
fn constants(schema: &Json) -> Option<Vec<Json>> {
    let alternatives = schema.get("oneOf")?.as_array()?;
    alternatives
        .iter()
        .map(|alternative| alternative.get("const").cloned())
        .collect()
}

/// A named enumeration of texts is an `enum` class on the real server, an inline one a `Literal`.
fn enumeration(values: &[Json], name: &str, upper: bool) -> Node {
    let texts: Option<Vec<String>> = values
        .iter()
        .map(|value| value.as_str().map(str::to_owned))
        .collect();
    match texts {
        Some(values) if !name.is_empty() => Node::Enum {
            name: name.to_owned(),
            values,
            upper,
        },
        _ => Node::Literal {
            values: values.to_vec(),
            enumeration: None,
        },
    }
}

/// The schemes of a URL where the schema names none.
fn schemes(schema: &Json) -> Vec<String> {
    let given = schema.get("x-url-schemes").and_then(Json::as_array);
    let given = given.map(|schemes| schemes.iter().filter_map(Json::as_str).collect());
    let schemes: Vec<&str> = given.unwrap_or_else(|| vec!["http", "https"]);
    schemes.into_iter().map(str::to_owned).collect()
}

fn is_language_tag(schema: &Json) -> bool {
    text(schema, "x-format") == Some("language-tag")
}

fn trims(schema: &Json) -> bool {
    text(schema, "x-trim") == Some("blank-is-null")
}

fn strips(schema: &Json) -> bool {
    text(schema, "x-trim") == Some("blanks")
}

fn errs_as_list(schema: &Json) -> bool {
    text(schema, "x-length-error") == Some("too_short")
}

/// An object of the overlay as a value of a request.
fn fixed_value(object: &Json) -> Option<Dict> {
    match crate::json::parse(object.to_string().as_bytes()) {
        Ok(Value::Dict(dict)) => Some(dict),
        _ => None,
    }
}
