//! Numbers that remember their spelling.

use std::fmt;

/// Whether a number was written as an integer or with a fraction or exponent: `1` and `1.0` are different values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Digits only, with an optional minus sign.
    Integer,
    /// A fraction or an exponent is written.
    Float,
}

/// A JSON number as it was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Number(String);

impl Number {
    /// A number from text that is known to follow JSON's grammar.
    pub(super) fn from_checked(text: &str) -> Self {
        Self(text.to_owned())
    }

    /// The number exactly as it was written.
    pub fn text(&self) -> &str {
        &self.0
    }

    /// Integer or float, decided by the spelling.
    pub fn kind(&self) -> Kind {
        if self.0.contains(['.', 'e', 'E']) {
            Kind::Float
        } else {
            Kind::Integer
        }
    }

    /// The value as a small integer, when it is written as one and fits.
    pub fn to_i64(&self) -> Option<i64> {
        self.0.parse().ok()
    }

    /// The nearest double.
    pub fn to_f64(&self) -> f64 {
        self.0.parse().unwrap_or(f64::NAN)
    }

    /// Equal in kind and in value; integers of any length are compared exactly.
    pub fn same(&self, other: &Self) -> bool {
        match (self.kind(), other.kind()) {
            (Kind::Integer, Kind::Integer) => {
                self.without_negative_zero() == other.without_negative_zero()
            }
            (Kind::Float, Kind::Float) => self.to_f64() == other.to_f64(),
            _ => false,
        }
    }

    fn without_negative_zero(&self) -> &str {
        if self.0 == "-0" { "0" } else { &self.0 }
    }
}

impl From<i64> for Number {
    fn from(value: i64) -> Self {
        Self(value.to_string())
    }
}

impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn number(text: &str) -> Number {
        Number::from_checked(text)
    }

    #[test]
    fn an_integer_is_not_a_float() {
        assert!(!number("1").same(&number("1.0")));
        assert!(!number("1").same(&number("1e0")));
    }

    #[test]
    fn equal_values_of_one_kind_are_the_same_whatever_the_spelling() {
        assert!(number("1.0").same(&number("1.00")));
        assert!(number("100000.0").same(&number("1e5")));
        assert!(number("-0").same(&number("0")));
    }

    #[test]
    fn long_integers_are_compared_exactly() {
        assert!(!number("9007199254740993").same(&number("9007199254740992")));
        assert!(
            number("123456789012345678901234567890")
                .same(&number("123456789012345678901234567890"))
        );
    }
}
