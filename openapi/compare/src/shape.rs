//! The sets that schemas are compared as: a union of atoms, each of one JSON type with all that binds it.
//!
//! Every way to write a schema is reduced to this form, so that two schemas that allow the same values look the same here.

use std::{
    collections::{BTreeMap, BTreeSet},
    rc::Rc,
};

use serde_json::Value;

use crate::place::Place;

/// Index of a schema that takes part in the comparison.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct NodeId(pub(crate) usize);

/// A keyword's value, and the schema that sets it.
#[derive(Debug, Clone)]
pub(crate) struct Said<T> {
    pub(crate) value: T,
    pub(crate) at: Rc<str>,
}

/// What a schema allows.
#[derive(Debug, Clone, Default)]
pub(crate) struct Shape<'d> {
    /// The alternatives. None: nothing is allowed.
    pub(crate) atoms: Vec<Atom<'d>>,
    /// The schemas that lead here, from the outermost in, as long as each has one continuation.
    pub(crate) layers: Vec<Place<'d>>,
    pub(crate) overlap: Overlap,
}

/// What a union does with values that several of its members allow.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Overlap {
    /// `anyOf`, or no union.
    #[default]
    Allowed,
    /// `oneOf`, but there are none.
    Absent,
    /// `oneOf`.
    Refused,
}

/// Values of one JSON type.
#[derive(Debug, Clone)]
pub(crate) struct Atom<'d> {
    /// Every schema that contributes, from the outermost in.
    pub(crate) trail: Vec<Place<'d>>,
    pub(crate) body: Body,
    /// What else must hold: `not`, `if`, `contains` and the like.
    pub(crate) conditions: BTreeMap<String, Said<NodeId>>,
}

/// What values of one type are allowed.
#[derive(Debug, Clone)]
pub(crate) enum Body {
    Null,
    Bool(Bools),
    Number(Numbers),
    String(Strings),
    Array(Arrays),
    Object(Objects),
}

/// A JSON type. `integer` is a number that is whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Kind {
    Null,
    Bool,
    Number,
    String,
    Array,
    Object,
}

pub(crate) const KINDS: [Kind; 6] = [
    Kind::Null,
    Kind::Bool,
    Kind::Number,
    Kind::String,
    Kind::Array,
    Kind::Object,
];

#[derive(Debug, Clone)]
pub(crate) struct Bools {
    pub(crate) yes: bool,
    pub(crate) no: bool,
}

/// An end of a range.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Bound {
    pub(crate) value: f64,
    pub(crate) exclusive: bool,
}

#[derive(Debug, Clone, Default)]
pub(crate) struct Numbers {
    pub(crate) whole: bool,
    pub(crate) lower: Option<Said<Bound>>,
    pub(crate) upper: Option<Said<Bound>>,
    pub(crate) multiples: Vec<Said<f64>>,
    pub(crate) formats: BTreeMap<String, Rc<str>>,
    /// Only these, when given, by their canonical text.
    pub(crate) values: Option<Said<BTreeMap<String, Value>>>,
    /// Not these.
    pub(crate) excluded: BTreeSet<String>,
}

#[derive(Debug, Clone, Default)]
pub(crate) struct Strings {
    pub(crate) shortest: Option<Said<u64>>,
    pub(crate) longest: Option<Said<u64>>,
    pub(crate) patterns: BTreeMap<String, Rc<str>>,
    /// `format`, and `contentEncoding` and `contentMediaType` with a prefix.
    pub(crate) formats: BTreeMap<String, Rc<str>>,
    pub(crate) values: Option<Said<BTreeSet<String>>>,
    pub(crate) excluded: BTreeSet<String>,
}

#[derive(Debug, Clone)]
pub(crate) struct Arrays {
    pub(crate) prefix: Vec<NodeId>,
    pub(crate) rest: NodeId,
    pub(crate) fewest: Option<Said<u64>>,
    pub(crate) most: Option<Said<u64>>,
    pub(crate) unique: Option<Rc<str>>,
    pub(crate) values: Option<Said<BTreeSet<String>>>,
}

#[derive(Debug, Clone)]
pub(crate) struct Objects {
    pub(crate) properties: BTreeMap<String, Property>,
    /// What a property that is not declared must be.
    pub(crate) rest: NodeId,
    pub(crate) rest_at: Option<Rc<str>>,
    pub(crate) patterns: BTreeMap<String, NodeId>,
    pub(crate) names: NodeId,
    pub(crate) names_at: Option<Rc<str>>,
    pub(crate) fewest: Option<Said<u64>>,
    pub(crate) most: Option<Said<u64>>,
    /// When the first is there, the others must be.
    pub(crate) dependents: BTreeMap<String, Said<BTreeSet<String>>>,
    pub(crate) values: Option<Said<BTreeSet<String>>>,
}

#[derive(Debug, Clone)]
pub(crate) struct Property {
    pub(crate) node: NodeId,
    pub(crate) required: bool,
    /// Where it is declared, or where it is said to be required.
    pub(crate) at: Rc<str>,
}

impl Body {
    pub(crate) fn kind(&self) -> Kind {
        match self {
            Self::Null => Kind::Null,
            Self::Bool(_) => Kind::Bool,
            Self::Number(_) => Kind::Number,
            Self::String(_) => Kind::String,
            Self::Array(_) => Kind::Array,
            Self::Object(_) => Kind::Object,
        }
    }

    /// The name of the type, for a report.
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Bool(_) => "boolean",
            Self::Number(numbers) if numbers.whole => "integer",
            Self::Number(_) => "number",
            Self::String(_) => "string",
            Self::Array(_) => "array",
            Self::Object(_) => "object",
        }
    }
}

impl Bound {
    /// The stronger of two lower ends.
    fn higher(self, other: Self) -> Self {
        let other_wins = other.value > self.value
            || other.value == self.value && other.exclusive && !self.exclusive;
        if other_wins { other } else { self }
    }

    /// The stronger of two upper ends.
    fn lower(self, other: Self) -> Self {
        let other_wins = other.value < self.value
            || other.value == self.value && other.exclusive && !self.exclusive;
        if other_wins { other } else { self }
    }

    /// The end of the same range of whole numbers, written without `exclusive`.
    fn whole(self, is_lower: bool) -> Self {
        let value = match (is_lower, self.exclusive) {
            (true, true) => self.value.floor() + 1.0,
            (true, false) => self.value.ceil(),
            (false, true) => self.value.ceil() - 1.0,
            (false, false) => self.value.floor(),
        };
        Self {
            value,
            exclusive: false,
        }
    }
}

/// Whether everything above `inner` is above `outer` too.
pub(crate) fn above(inner: Option<Bound>, outer: Option<Bound>) -> bool {
    match (inner, outer) {
        (_, None) => true,
        (None, Some(_)) => false,
        (Some(inner), Some(outer)) => inner.higher(outer) == inner,
    }
}

/// Whether everything below `inner` is below `outer` too.
pub(crate) fn below(inner: Option<Bound>, outer: Option<Bound>) -> bool {
    match (inner, outer) {
        (_, None) => true,
        (None, Some(_)) => false,
        (Some(inner), Some(outer)) => inner.lower(outer) == inner,
    }
}

/// The ends that a numeric format stands for.
pub(crate) fn format_range(format: &str) -> Option<(f64, f64)> {
    Some(match format {
        "int8" => (-128.0, 127.0),
        "int16" => (-32_768.0, 32_767.0),
        "int32" => (-2_147_483_648.0, 2_147_483_647.0),
        "int64" => (-9_223_372_036_854_775_808.0, 9_223_372_036_854_775_807.0),
        "uint8" => (0.0, 255.0),
        "uint16" => (0.0, 65_535.0),
        "uint32" => (0.0, 4_294_967_295.0),
        "uint64" => (0.0, 18_446_744_073_709_551_615.0),
        _ => return None,
    })
}

impl Numbers {
    /// The range, formats that are one included; whole numbers without exclusive ends.
    pub(crate) fn range(&self, whole: bool) -> (Option<Bound>, Option<Bound>) {
        let (mut lower, mut upper) = self.bounds(whole);
        for (low, high) in self
            .formats
            .keys()
            .filter_map(|format| format_range(format))
        {
            let end = |value| Bound {
                value,
                exclusive: false,
            };
            lower = Some(lower.map_or(end(low), |lower| lower.higher(end(low))));
            upper = Some(upper.map_or(end(high), |upper| upper.lower(end(high))));
        }
        (lower, upper)
    }

    /// The ends as written, for whole numbers without exclusive ones.
    pub(crate) fn bounds(&self, whole: bool) -> (Option<Bound>, Option<Bound>) {
        let end = |said: &Option<Said<Bound>>, is_lower: bool| {
            let bound = said.as_ref()?.value;
            Some(if whole { bound.whole(is_lower) } else { bound })
        };
        (end(&self.lower, true), end(&self.upper, false))
    }

    pub(crate) fn holds(&self, value: &Value) -> bool {
        let Some(number) = value.as_f64() else {
            return false;
        };
        let text = canonical(value);
        let (lower, upper) = self.range(false);
        let exact = Some(Bound {
            value: number,
            exclusive: false,
        });
        (!self.whole || number.fract() == 0.0)
            && above(exact, lower)
            && below(exact, upper)
            && self
                .multiples
                .iter()
                .all(|step| is_multiple(number, step.value))
            && !self.excluded.contains(&text)
            && self
                .values
                .as_ref()
                .is_none_or(|values| values.value.contains_key(&text))
    }
}

/// Whether `number` is `step` times a whole number, rounding of decimal fractions aside.
pub(crate) fn is_multiple(number: f64, step: f64) -> bool {
    if step <= 0.0 {
        return true;
    }
    let times = number / step;
    (times - times.round()).abs() < 1e-9 * times.abs().max(1.0)
}

/// One text for all ways to write a value: keys sorted, `1.0` as `1`.
pub(crate) fn canonical(value: &Value) -> String {
    match value {
        Value::Number(number) => match number.as_f64() {
            // Whole numbers beyond this are not exact any more; they are shown as they are written.
            Some(float) if number.is_f64() && float.fract() == 0.0 && float.abs() < 9e15 => {
                format!("{float:.0}")
            }
            _ => number.to_string(),
        },
        Value::Array(items) => {
            let items: Vec<_> = items.iter().map(canonical).collect();
            format!("[{}]", items.join(","))
        }
        Value::Object(map) => {
            let sorted: BTreeMap<_, _> = map.iter().collect();
            let entry = |(key, value): (&String, &Value)| {
                format!("{}:{}", Value::String(key.clone()), canonical(value))
            };
            let entries: Vec<_> = sorted
                .into_iter()
                .map(|(key, value)| entry((key, value)))
                .collect();
            format!("{{{}}}", entries.join(","))
        }
        other => other.to_string(),
    }
}

/// The stronger of two ends, with who says it.
pub(crate) fn stronger<T: Clone>(
    one: &Option<Said<T>>,
    other: &Option<Said<T>>,
    other_wins: impl Fn(&T, &T) -> bool,
) -> Option<Said<T>> {
    match (one, other) {
        (Some(one), Some(other)) if other_wins(&one.value, &other.value) => Some(other.clone()),
        (Some(one), _) => Some(one.clone()),
        (None, other) => other.clone(),
    }
}

/// The values that both allow.
pub(crate) fn common<T: Clone + Ord>(
    one: &Option<Said<BTreeSet<T>>>,
    other: &Option<Said<BTreeSet<T>>>,
) -> Option<Said<BTreeSet<T>>> {
    match (one, other) {
        (Some(one), Some(other)) => Some(Said {
            value: one.value.intersection(&other.value).cloned().collect(),
            at: one.at.clone(),
        }),
        (Some(one), None) => Some(one.clone()),
        (None, other) => other.clone(),
    }
}

pub(crate) fn both_numbers(one: &Numbers, other: &Numbers) -> Numbers {
    let values = match (&one.values, &other.values) {
        (Some(one), Some(other)) => {
            let shared = one
                .value
                .iter()
                .filter(|(text, _)| other.value.contains_key(*text));
            Some(Said {
                value: shared
                    .map(|(text, value)| (text.clone(), value.clone()))
                    .collect(),
                at: one.at.clone(),
            })
        }
        (Some(values), None) | (None, Some(values)) => Some(values.clone()),
        (None, None) => None,
    };
    Numbers {
        whole: one.whole || other.whole,
        lower: stronger(&one.lower, &other.lower, |one, other| {
            one.higher(*other) != *one
        }),
        upper: stronger(&one.upper, &other.upper, |one, other| {
            one.lower(*other) != *one
        }),
        multiples: one
            .multiples
            .iter()
            .chain(&other.multiples)
            .cloned()
            .collect(),
        formats: joined(&one.formats, &other.formats),
        values,
        excluded: one.excluded.union(&other.excluded).cloned().collect(),
    }
}

pub(crate) fn both_strings(one: &Strings, other: &Strings) -> Strings {
    Strings {
        shortest: stronger(&one.shortest, &other.shortest, |one, other| other > one),
        longest: stronger(&one.longest, &other.longest, |one, other| other < one),
        patterns: joined(&one.patterns, &other.patterns),
        formats: joined(&one.formats, &other.formats),
        values: common(&one.values, &other.values),
        excluded: one.excluded.union(&other.excluded).cloned().collect(),
    }
}

pub(crate) fn joined<T: Clone>(
    one: &BTreeMap<String, T>,
    other: &BTreeMap<String, T>,
) -> BTreeMap<String, T> {
    let mut all = other.clone();
    all.extend(one.iter().map(|(key, value)| (key.clone(), value.clone())));
    all
}
