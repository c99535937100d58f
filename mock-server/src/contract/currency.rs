//! Currencies in which prices are given, and how amounts in them are written (docs/behaviour.md#amounts).

/// What is known of a currency: its code, what is written before an amount, how many digits its smallest unit has behind
/// the point, how many of them are written, and the least and the greatest amount of a price that is not free.
type Row = (&'static str, &'static str, u32, usize, i64, i64);

/// A currency.
#[derive(Debug, Clone, Copy)]
pub struct Currency(&'static Row);

impl Currency {
    /// The currency with this code.
    pub fn of(code: &str) -> Option<Self> {
        let known = CURRENCIES.iter().find(|row| row.0 == code);
        known.map(Self)
    }

    /// The least amount of a price that is not free.
    pub fn least(self) -> i64 {
        self.0.4
    }

    /// The greatest amount of a price.
    pub fn greatest(self) -> i64 {
        self.0.5
    }

    /// An amount, as people read it.
    pub fn write(self, amount: i64) -> String {
        let &(_, symbol, minor, shown, ..) = self.0;
        let amount = amount as f64 / 10_f64.powi(minor.cast_signed());
        let number = format!("{amount:.shown$}");
        let (whole, rest) = number.split_at(number.find('.').unwrap_or(number.len()));
        let mut grouped = String::new();
        for (index, digit) in whole.chars().enumerate() {
            if index > 0 && (whole.len() - index).is_multiple_of(3) {
                grouped.push(',');
            }
            grouped.push(digit);
        }
        format!("{symbol}{grouped}{rest}")
    }
}

#[rustfmt::skip]
const CURRENCIES: &[Row] = &[
    ("aed", "AED", 2, 2, 200, 99_999_999),
    ("all", "ALL", 2, 0, 5_000, 99_999_999),
    ("amd", "AMD", 2, 2, 20_000, 99_999_999),
    ("aoa", "AOA", 2, 2, 50_000, 99_999_999),
    ("ars", "ARS", 2, 2, 75_000, 140_000_000),
    ("aud", "A$", 2, 2, 70, 99_999_999),
    ("awg", "AWG", 2, 2, 100, 99_999_999),
    ("azn", "AZN", 2, 2, 100, 99_999_999),
    ("bam", "BAM", 2, 2, 100, 99_999_999),
    ("bbd", "BBD", 2, 2, 200, 99_999_999),
    ("bdt", "BDT", 2, 2, 7_000, 99_999_999),
    ("bif", "BIF", 0, 0, 2_000, 99_999_999),
    ("bmd", "BMD", 2, 2, 100, 99_999_999),
    ("bnd", "BND", 2, 2, 100, 99_999_999),
    ("bob", "BOB", 2, 2, 500, 99_999_999),
    ("brl", "R$", 2, 2, 250, 99_999_999),
    ("bsd", "BSD", 2, 2, 100, 99_999_999),
    ("bwp", "BWP", 2, 2, 1_000, 99_999_999),
    ("bzd", "BZD", 2, 2, 200, 99_999_999),
    ("cad", "CA$", 2, 2, 70, 99_999_999),
    ("cdf", "CDF", 2, 2, 200_000, 280_000_000),
    ("chf", "CHF", 2, 2, 50, 99_999_999),
    ("clp", "CLP", 0, 0, 500, 99_999_999),
    ("cny", "CN¥", 2, 2, 500, 99_999_999),
    ("cop", "COP", 2, 2, 200_000, 400_000_000),
    ("crc", "CRC", 2, 2, 30_000, 99_999_999),
    ("cve", "CVE", 2, 2, 5_000, 99_999_999),
    ("czk", "CZK", 2, 2, 1_500, 99_999_999),
    ("djf", "DJF", 0, 0, 100, 99_999_999),
    ("dkk", "DKK", 2, 2, 320, 99_999_999),
    ("dop", "DOP", 2, 2, 4_000, 99_999_999),
    ("dzd", "DZD", 2, 2, 7_000, 99_999_999),
    ("egp", "EGP", 2, 2, 3_000, 99_999_999),
    ("etb", "ETB", 2, 2, 8_000, 99_999_999),
    ("eur", "€", 2, 2, 50, 99_999_999),
    ("fjd", "FJD", 2, 2, 200, 99_999_999),
    ("fkp", "FKP", 2, 2, 100, 99_999_999),
    ("gbp", "£", 2, 2, 40, 99_999_999),
    ("gel", "GEL", 2, 2, 200, 99_999_999),
    ("gip", "GIP", 2, 2, 100, 99_999_999),
    ("gmd", "GMD", 2, 2, 4_000, 99_999_999),
    ("gnf", "GNF", 0, 0, 5_000, 99_999_999),
    ("gtq", "GTQ", 2, 2, 500, 99_999_999),
    ("gyd", "GYD", 2, 2, 20_000, 99_999_999),
    ("hkd", "HK$", 2, 2, 400, 99_999_999),
    ("hnl", "HNL", 2, 2, 2_000, 99_999_999),
    ("htg", "HTG", 2, 2, 7_000, 99_999_999),
    ("huf", "HUF", 2, 2, 17_500, 99_999_999),
    ("idr", "IDR", 2, 2, 900_000, 1_600_000_000),
    ("ils", "₪", 2, 2, 150, 99_999_999),
    ("inr", "₹", 2, 2, 6_000, 99_999_999),
    ("isk", "ISK", 2, 0, 7_000, 99_999_999),
    ("jmd", "JMD", 2, 2, 8_000, 99_999_999),
    ("jpy", "¥", 0, 0, 80, 99_999_999),
    ("kes", "KES", 2, 2, 7_000, 99_999_999),
    ("kgs", "KGS", 2, 2, 5_000, 99_999_999),
    ("khr", "KHR", 2, 2, 300_000, 400_000_000),
    ("kmf", "KMF", 0, 0, 500, 99_999_999),
    ("krw", "₩", 0, 0, 800, 99_999_999),
    ("kyd", "KYD", 2, 2, 100, 99_999_999),
    ("kzt", "KZT", 2, 2, 30_000, 99_999_999),
    ("lak", "LAK", 2, 0, 2_000_000, 2_100_000_000),
    ("lkr", "LKR", 2, 2, 20_000, 99_999_999),
    ("lrd", "LRD", 2, 2, 10_000, 99_999_999),
    ("lsl", "LSL", 2, 2, 1_000, 99_999_999),
    ("mad", "MAD", 2, 2, 500, 99_999_999),
    ("mdl", "MDL", 2, 2, 1_000, 99_999_999),
    ("mga", "MGA", 0, 0, 3_000, 99_999_999),
    ("mkd", "MKD", 2, 2, 5_000, 99_999_999),
    ("mnt", "MNT", 2, 2, 200_000, 350_000_000),
    ("mop", "MOP", 2, 2, 500, 99_999_999),
    ("mur", "MUR", 2, 2, 5_000, 99_999_999),
    ("mvr", "MVR", 2, 2, 800, 99_999_999),
    ("mwk", "MWK", 2, 2, 100_000, 175_000_000),
    ("mxn", "MX$", 2, 2, 900, 99_999_999),
    ("myr", "MYR", 2, 2, 200, 99_999_999),
    ("mzn", "MZN", 2, 2, 5_000, 99_999_999),
    ("nad", "NAD", 2, 2, 1_000, 99_999_999),
    ("ngn", "NGN", 2, 2, 70_000, 155_000_000),
    ("nio", "NIO", 2, 2, 2_000, 99_999_999),
    ("nok", "NOK", 2, 2, 500, 99_999_999),
    ("npr", "NPR", 2, 2, 8_000, 99_999_999),
    ("nzd", "NZ$", 2, 2, 90, 99_999_999),
    ("pab", "PAB", 2, 2, 100, 99_999_999),
    ("pen", "PEN", 2, 2, 200, 99_999_999),
    ("pgk", "PGK", 2, 2, 300, 99_999_999),
    ("php", "₱", 2, 2, 3_500, 99_999_999),
    ("pkr", "PKR", 2, 2, 20_000, 99_999_999),
    ("pln", "PLN", 2, 2, 200, 99_999_999),
    ("pyg", "PYG", 0, 0, 4_000, 99_999_999),
    ("qar", "QAR", 2, 2, 200, 99_999_999),
    ("ron", "RON", 2, 2, 250, 99_999_999),
    ("rsd", "RSD", 2, 0, 6_000, 99_999_999),
    ("rwf", "RWF", 0, 0, 1_000, 99_999_999),
    ("sar", "SAR", 2, 2, 200, 99_999_999),
    ("sbd", "SBD", 2, 2, 400, 99_999_999),
    ("scr", "SCR", 2, 2, 800, 99_999_999),
    ("sek", "SEK", 2, 2, 500, 99_999_999),
    ("sgd", "SGD", 2, 2, 70, 99_999_999),
    ("shp", "SHP", 2, 2, 100, 99_999_999),
    ("sos", "SOS", 2, 0, 50_000, 99_999_999),
    ("srd", "SRD", 2, 2, 2_000, 99_999_999),
    ("szl", "SZL", 2, 2, 1_000, 99_999_999),
    ("thb", "THB", 2, 2, 2_000, 99_999_999),
    ("tjs", "TJS", 2, 2, 500, 99_999_999),
    ("top", "TOP", 2, 2, 200, 99_999_999),
    ("try", "TRY", 2, 2, 3_000, 99_999_999),
    ("ttd", "TTD", 2, 2, 400, 99_999_999),
    ("twd", "NT$", 2, 2, 2_000, 99_999_999),
    ("tzs", "TZS", 2, 2, 200_000, 250_000_000),
    ("uah", "UAH", 2, 2, 3_000, 99_999_999),
    ("ugx", "UGX", 2, 0, 200_000, 370_000_000),
    ("usd", "$", 2, 2, 50, 99_999_999),
    ("uyu", "UYU", 2, 2, 2_000, 99_999_999),
    ("uzs", "UZS", 2, 2, 700_000, 1_250_000_000),
    ("vnd", "₫", 0, 0, 20_000, 99_999_999),
    ("vuv", "VUV", 0, 0, 100, 99_999_999),
    ("wst", "WST", 2, 2, 200, 99_999_999),
    ("xaf", "FCFA", 0, 0, 500, 99_999_999),
    ("xcd", "EC$", 2, 2, 200, 99_999_999),
    ("xcg", "Cg.", 2, 2, 100, 99_999_999),
    ("xof", "F\u{202f}CFA", 0, 0, 500, 99_999_999),
    ("xpf", "CFPF", 0, 0, 100, 99_999_999),
    ("yer", "YER", 2, 0, 20_000, 99_999_999),
    ("zar", "ZAR", 2, 2, 900, 99_999_999),
    ("zmw", "ZMW", 2, 2, 1_000, 99_999_999),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_written_with_the_digits_that_people_expect() {
        for (code, least, greatest) in [
            ("usd", "$0.50", "$999,999.99"),
            ("jpy", "¥80", "¥99,999,999"),
            ("all", "ALL50", "ALL1,000,000"),
            ("ars", "ARS750.00", "ARS1,400,000.00"),
            ("xof", "F\u{202f}CFA500", "F\u{202f}CFA99,999,999"),
            ("yer", "YER200", "YER1,000,000"),
        ] {
            let currency = Currency::of(code).unwrap();
            assert_eq!(currency.write(currency.least()), least);
            assert_eq!(currency.write(currency.greatest()), greatest);
        }
        assert!(Currency::of("USD").is_none());
    }
}
