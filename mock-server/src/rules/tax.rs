//! The tax on an amount. The table of rates stands in for the tax provider (docs/behaviour.md#tax).

use serde_json::Value;

use super::tax_id::EUROPE;
use crate::settings::TaxRates;

/// Where a buyer is.
#[derive(Debug, Clone, Copy)]
pub struct TaxLocation<'a> {
    /// The country, two letters.
    pub country: &'a str,
    /// The state.
    pub state: Option<&'a str>,
    /// The postal code.
    pub postal_code: Option<&'a str>,
    /// Whether the buyer gave a tax number.
    pub has_tax_id: bool,
}

impl<'a> TaxLocation<'a> {
    /// Where a billing address is; `None` where it names no country.
    pub fn of(billing_address: &'a Value, has_tax_id: bool) -> Option<Self> {
        Some(Self {
            country: billing_address["country"].as_str()?,
            state: billing_address["state"].as_str(),
            postal_code: billing_address["postal_code"].as_str(),
            has_tax_id,
        })
    }
}

/// The tax on an amount.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tax {
    /// How much.
    pub amount: i64,
    /// Whether the amount includes it.
    pub is_inclusive: bool,
}

impl Tax {
    /// `inclusive` or `exclusive`.
    pub fn behavior(&self) -> &'static str {
        match self.is_inclusive {
            true => "inclusive",
            false => "exclusive",
        }
    }
}

/// The tax cannot be told from the location that is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LocationMissing;

/// The tax on `amount`. `behavior` is that of the price: `inclusive`, `exclusive`, or by the country.
pub fn tax(
    rates: &TaxRates,
    location: TaxLocation<'_>,
    amount: i64,
    behavior: Option<&str>,
) -> Result<Tax, LocationMissing> {
    let TaxLocation { country, .. } = location;
    if country == "US" && location.state.is_none() && location.postal_code.is_none() {
        return Err(LocationMissing);
    }
    let is_inclusive = match behavior {
        Some("inclusive") => true,
        Some("exclusive") => false,
        _ => !matches!(country, "CA" | "IN" | "US"),
    };
    // A business elsewhere in the European Union pays the tax itself. Polar's tax provider counts Ireland as home.
    let is_reversed = location.has_tax_id && country != "IE" && EUROPE.contains(&country);
    let rate = match is_reversed {
        true => 0,
        false => rates.0.get(country).map_or(0, |&rate| i64::from(rate)),
    };
    let whole = match is_inclusive {
        true => 100 + rate,
        false => 100,
    };
    Ok(Tax {
        amount: (amount * rate + whole / 2) / whole,
        is_inclusive,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_country_has_a_rate() {
        let tax = |country, amount, behavior, has_tax_id| {
            let location = TaxLocation {
                country,
                state: Some("US-CA"),
                postal_code: None,
                has_tax_id,
            };
            let tax = tax(&TaxRates::default(), location, amount, behavior).unwrap();
            (tax.amount, tax.behavior())
        };
        for (country, amount, behavior, due) in [
            ("FR", 1200, None, (200, "inclusive")),
            ("FR", 1000, None, (167, "inclusive")),
            ("FR", 999, None, (167, "inclusive")),
            ("FR", 1000, Some("exclusive"), (200, "exclusive")),
            ("FR", 1000, Some("location"), (167, "inclusive")),
            ("DE", 1000, None, (160, "inclusive")),
            ("IE", 1, None, (0, "inclusive")),
            ("CA", 1990, None, (100, "exclusive")),
            ("CA", 1050, Some("inclusive"), (50, "inclusive")),
            ("CA", 10, None, (1, "exclusive")),
            ("CA", 9, None, (0, "exclusive")),
            ("US", 1000, None, (0, "exclusive")),
            ("IN", 1000, None, (0, "exclusive")),
            ("JP", 1000, None, (0, "inclusive")),
            ("FR", 0, None, (0, "inclusive")),
        ] {
            assert_eq!(tax(country, amount, behavior, false), due, "{country}");
        }
        for (country, due) in [("FR", 0), ("NL", 0), ("IE", 187), ("GB", 167)] {
            assert_eq!(tax(country, 1000, None, true).0, due, "{country}");
        }
    }

    #[test]
    fn the_united_states_need_a_state_or_a_postal_code() {
        let tax = |state, postal_code| {
            let location = TaxLocation {
                country: "US",
                state,
                postal_code,
                has_tax_id: false,
            };
            tax(&TaxRates::default(), location, 1000, None).map(|tax| tax.amount)
        };
        assert_eq!(tax(None, None), Err(LocationMissing));
        assert_eq!(tax(Some("US-CA"), None), Ok(0));
        assert_eq!(tax(None, Some("94110")), Ok(0));
    }
}
