//! The value of a request body, as Python would hold it.

use num_bigint::BigInt;
use num_traits::{FromPrimitive, ToPrimitive};

/// A JSON value with Python's kinds.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// `null`
    Null,
    /// `true` or `false`
    Bool(bool),
    /// An integer that fits 64 bits.
    Int(i64),
    /// A larger integer.
    BigInt(Box<BigInt>),
    /// A number with a fraction or an exponent; may be `NaN` or infinite.
    Float(f64),
    /// A text.
    Str(String),
    /// A text with a lone surrogate: it can be received, but neither validated nor sent back.
    BrokenStr,
    /// A list.
    List(Vec<Value>),
    /// An object.
    Dict(Dict),
}

/// An object: names in the order in which they were first given, the last value of a repeated name.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Dict {
    entries: Vec<(String, Value)>,
    broken_name: bool,
}

/// From this many names on, a repeated name is looked for through a hash map instead of a scan.
const SCAN_LIMIT: usize = 16;

impl Dict {
    /// Collects names and values; a repeated name keeps its first place and takes the last value.
    pub fn from_pairs(pairs: Vec<(String, Value)>) -> Self {
        let mut entries: Vec<(String, Value)> = Vec::with_capacity(pairs.len());
        if pairs.len() <= SCAN_LIMIT {
            for (name, value) in pairs {
                match entries.iter_mut().find(|(known, _)| *known == name) {
                    Some(slot) => slot.1 = value,
                    None => entries.push((name, value)),
                }
            }
        } else {
            let mut places = std::collections::HashMap::with_capacity(pairs.len());
            for (name, value) in pairs {
                match places.get(&name) {
                    Some(&place) => {
                        let slot: &mut (String, Value) = &mut entries[place];
                        slot.1 = value;
                    }
                    None => {
                        places.insert(name.clone(), entries.len());
                        entries.push((name, value));
                    }
                }
            }
        }
        Self {
            entries,
            broken_name: false,
        }
    }

    /// Marks that a name of this object had a lone surrogate.
    pub(super) fn mark_broken(mut self) -> Self {
        self.broken_name = true;
        self
    }

    /// Whether a name of this object had a lone surrogate.
    pub fn has_broken_name(&self) -> bool {
        self.broken_name
    }

    /// The value of a name.
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.entries
            .iter()
            .find(|(known, _)| known == name)
            .map(|(_, value)| value)
    }

    /// Takes a name and its value out.
    pub fn take(&mut self, name: &str) -> Option<Value> {
        let place = self.entries.iter().position(|(known, _)| known == name)?;
        Some(self.entries.remove(place).1)
    }

    /// Appends a name that is known to be new.
    pub fn push(&mut self, name: impl Into<String>, value: Value) {
        self.entries.push((name.into(), value));
    }

    /// Names and values in order.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (&str, &Value)> {
        self.entries
            .iter()
            .map(|(name, value)| (name.as_str(), value))
    }

    /// How many names there are.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether there is no name.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }
}

impl IntoIterator for Dict {
    type Item = (String, Value);
    type IntoIter = std::vec::IntoIter<Self::Item>;

    fn into_iter(self) -> Self::IntoIter {
        self.entries.into_iter()
    }
}

impl FromIterator<(String, Value)> for Dict {
    fn from_iter<I: IntoIterator<Item = (String, Value)>>(pairs: I) -> Self {
        Self::from_pairs(pairs.into_iter().collect())
    }
}

impl Value {
    /// The integer of this size, in its smallest form.
    pub fn integer(value: BigInt) -> Self {
        match value.to_i64() {
            Some(small) => Self::Int(small),
            None => Self::BigInt(Box::new(value)),
        }
    }

    /// The text, if it is one.
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Self::Str(text) => Some(text),
            _ => None,
        }
    }

    /// The object, if it is one.
    pub fn as_dict(&self) -> Option<&Dict> {
        match self {
            Self::Dict(dict) => Some(dict),
            _ => None,
        }
    }

    /// Whether Python's `json.dumps(…, allow_nan=False)` followed by UTF-8 encoding would fail on it: the real server
    /// then answers 500 (docs/behaviour.md#server-errors).
    pub fn is_unserialisable(&self) -> bool {
        match self {
            Self::Float(number) => !number.is_finite(),
            Self::BrokenStr => true,
            Self::List(items) => items.iter().any(Self::is_unserialisable),
            Self::Dict(dict) => {
                dict.has_broken_name() || dict.iter().any(|(_, value)| value.is_unserialisable())
            }
            _ => false,
        }
    }

    /// Whether U+0000 stands in a text of it, names included.
    pub fn contains_nul(&self) -> bool {
        match self {
            Self::Str(text) => text.contains('\0'),
            Self::List(items) => items.iter().any(Self::contains_nul),
            Self::Dict(dict) => dict
                .iter()
                .any(|(name, value)| name.contains('\0') || value.contains_nul()),
            _ => false,
        }
    }

    /// Equality as Python's `==` sees it: `1 == 1.0 == True`, objects regardless of order, texts to the letter.
    pub fn python_eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Dict(a), Self::Dict(b)) => {
                a.len() == b.len()
                    && a.iter().all(|(name, value)| {
                        b.get(name).is_some_and(|found| value.python_eq(found))
                    })
            }
            (Self::List(a), Self::List(b)) => {
                a.len() == b.len() && a.iter().zip(b).all(|(x, y)| x.python_eq(y))
            }
            (Self::Null, Self::Null) => true,
            (Self::Str(a), Self::Str(b)) => a == b,
            _ => match (self.number(), other.number()) {
                (Some(a), Some(b)) => a.same(&b),
                _ => false,
            },
        }
    }

    fn number(&self) -> Option<Number> {
        Some(match self {
            Self::Bool(flag) => Number::Whole(BigInt::from(u8::from(*flag))),
            Self::Int(value) => Number::Whole(BigInt::from(*value)),
            Self::BigInt(value) => Number::Whole((**value).clone()),
            Self::Float(value) => match BigInt::from_f64(*value) {
                Some(whole) if value.fract() == 0.0 => Number::Whole(whole),
                _ => Number::Float(*value),
            },
            _ => return None,
        })
    }
}

/// A number brought to a form in which equal numbers are equal.
enum Number {
    Whole(BigInt),
    /// A fraction, an infinity or `NaN`: never equal to a whole number.
    Float(f64),
}

impl Number {
    fn same(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Whole(a), Self::Whole(b)) => a == b,
            (Self::Float(a), Self::Float(b)) => a == b,
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json::parse;

    fn json(text: &str) -> Value {
        parse(text.as_bytes()).expect("test input")
    }

    #[test]
    fn python_equality() {
        for (a, b, equal) in [
            ("1", "1.0", true),
            ("1", "true", true),
            ("0", "false", true),
            ("0", "-0.0", true),
            ("1", "\"1\"", false),
            ("1.5", "1.5", true),
            ("10000000000000000", "1e16", true),
            ("10000000000000001", "1e16", false),
            ("100000000000000000000000", "1e23", false),
            ("99999999999999991611392", "1e23", true),
            ("{\"a\":1,\"b\":2}", "{\"b\":2.0,\"a\":true}", true),
            ("{\"a\":1}", "{\"a\":1,\"b\":2}", false),
            ("{\"a\":1}", "{\"b\":1}", false),
            ("NaN", "NaN", false),
            ("\"é\"", "\"e\u{301}\"", false),
            ("null", "0", false),
        ] {
            assert_eq!(json(a).python_eq(&json(b)), equal, "{a} == {b}");
            assert_eq!(json(b).python_eq(&json(a)), equal, "{b} == {a}");
        }
    }

    #[test]
    fn a_repeated_name_keeps_its_place_and_takes_the_last_value() {
        for many in [0, 40] {
            let mut text = String::from("{\"a\":1,\"b\":2,\"a\":3");
            for i in 0..many {
                text.push_str(&format!(",\"k{i}\":0"));
            }
            text.push('}');
            let value = json(&text);
            let dict = value.as_dict().unwrap();
            assert_eq!(dict.iter().next(), Some(("a", &Value::Int(3))));
            assert_eq!(dict.len(), 2 + many);
        }
    }
}
