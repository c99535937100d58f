//! Amounts as people read them.

/// Currencies whose smallest unit is the whole.
const WHOLE: &[&str] = &["clp", "jpy", "krw", "pyg", "vnd", "xaf", "xof"];

/// An amount in the smallest unit of its currency: `25.00 USD`.
pub(super) fn money(amount: i64, currency: &str) -> String {
    let name = currency.to_uppercase();
    if WHOLE.contains(&currency) {
        return format!("{amount} {name}");
    }
    let sign = if amount < 0 { "-" } else { "" };
    let cents = amount.unsigned_abs();
    format!("{sign}{}.{:02} {name}", cents / 100, cents % 100)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts() {
        for (amount, currency, expected) in [
            (2500, "usd", "25.00 USD"),
            (5, "eur", "0.05 EUR"),
            (-5, "eur", "-0.05 EUR"),
            (0, "usd", "0.00 USD"),
            (500, "jpy", "500 JPY"),
        ] {
            assert_eq!(money(amount, currency), expected);
        }
    }
}
