//! Decimal numbers as Python's `Decimal` reads and writes them.

/// A decimal number: digits without leading zeros, and where the point stands.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Decimal {
    negative: bool,
    digits: String,
    exponent: i64,
}

impl Decimal {
    /// Reads a finite number.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let text = text.trim().replace('_', "");
        let (negative, text) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text.strip_prefix('+').unwrap_or(&text)),
        };
        let (number, exponent) = match text.split_once(['e', 'E']) {
            Some((number, exponent)) => (number, exponent.parse::<i32>().ok()?),
            None => (text, 0),
        };
        let (whole, part) = number.split_once('.').unwrap_or((number, ""));
        let digits = format!("{whole}{part}");
        if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        let digits = match digits.trim_start_matches('0') {
            "" => "0",
            digits => digits,
        };
        Some(Self {
            negative,
            digits: digits.to_owned(),
            exponent: i64::from(exponent) - i64::try_from(part.len()).ok()?,
        })
    }

    /// Whether it has no part behind the point.
    pub(super) fn is_whole(&self) -> bool {
        self.places() == 0
    }

    /// How many digits it has in all and behind the point, zeros at the end left out.
    pub(super) fn size(&self) -> (usize, usize) {
        let kept = self.digits.trim_end_matches('0').len().max(1);
        let places = self.places();
        let above = self.exponent + (self.digits.len() - kept) as i64;
        let digits = if self.digits == "0" { 1 } else { kept };
        let digits = digits + usize::try_from(above.max(0)).unwrap_or(usize::MAX / 2);
        (digits.max(places), places)
    }

    fn places(&self) -> usize {
        if self.digits == "0" {
            return 0;
        }
        let zeros = self.digits.len() - self.digits.trim_end_matches('0').len();
        usize::try_from(-(self.exponent + zeros as i64)).unwrap_or(0)
    }
}

impl std::fmt::Display for Decimal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self {
            negative,
            digits,
            exponent,
        } = self;
        let length = digits.len() as i64;
        let left = exponent + length;
        let point = if *exponent <= 0 && left > -6 { left } else { 1 };
        let zeros = |count: i64| "0".repeat(usize::try_from(count).unwrap_or(0));
        let number = if point <= 0 {
            format!("0.{}{digits}", zeros(-point))
        } else if point >= length {
            format!("{digits}{}", zeros(point - length))
        } else {
            let (whole, part) = digits.split_at(usize::try_from(point).unwrap_or(0));
            format!("{whole}.{part}")
        };
        let sign = if *negative { "-" } else { "" };
        match left - point {
            0 => write!(f, "{sign}{number}"),
            power => write!(f, "{sign}{number}E{power:+}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals_are_written_as_python_writes_them() {
        for (text, written, size) in [
            ("1", "1", (1, 0)),
            ("00012", "12", (2, 0)),
            ("1.50", "1.50", (2, 1)),
            ("100.0", "100.0", (3, 0)),
            ("1e3", "1E+3", (4, 0)),
            ("1e2", "1E+2", (3, 0)),
            ("1e-7", "1E-7", (7, 7)),
            ("0.000001", "0.000001", (6, 6)),
            ("-0", "-0", (1, 0)),
            ("12345.123456789012", "12345.123456789012", (17, 12)),
            (" +1_0 ", "10", (2, 0)),
            ("12.5e-9", "1.25E-8", (10, 10)),
        ] {
            let decimal = Decimal::parse(text).unwrap();
            assert_eq!(
                (decimal.to_string().as_str(), decimal.size()),
                (written, size),
                "{text}"
            );
        }
        for text in ["", "x", ".", "1e", "NaN", "1.2.3", "0x1"] {
            assert_eq!(Decimal::parse(text), None, "{text}");
        }
    }
}
