//! The differences that the mock's README declares.

use std::sync::LazyLock;

use regex::Regex;

use super::difference::Cause;

/// Numbers of the table "Where it departs from Polar" in `mock-server/README.md`, and what is printed for a cause that such a row
/// explains: `place: the other server against the mock – operation`.
const DEVIATIONS: &[(u8, &str)] = &[
    (
        12,
        r"\.(member|member_id|subscription|subscription_id|order|order_id): no such field against a value – .*license_keys:",
    ),
    (
        13,
        r"^\$\.granted_benefits(\[\]\.benefit_metadata.*)?: .* – customers:get_state",
    ),
];

/// The number of the row that explains a cause between some server and a mock. `mock_first` if the mock is the one after `--against`.
pub(super) fn deviation(cause: &Cause, operation: &str, mock_first: bool) -> Option<u8> {
    #[expect(
        clippy::unwrap_used,
        reason = "constant patterns, compiled by the tests below"
    )]
    static PATTERNS: LazyLock<Vec<(u8, Regex)>> = LazyLock::new(|| {
        let compiled = |(number, pattern): &(u8, &str)| (*number, Regex::new(pattern).unwrap());
        DEVIATIONS.iter().map(compiled).collect()
    });
    let Cause {
        place,
        against,
        with,
    } = cause;
    let (other, mock) = if mock_first {
        (with, against)
    } else {
        (against, with)
    };
    let title = format!("{place}: {other} against {mock} – {operation}");
    let mut patterns = PATTERNS.iter();
    patterns.find_map(|(number, pattern)| pattern.is_match(&title).then_some(*number))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_readme_has_a_row_for_each_number() {
        let readme = include_str!("../../../mock-server/README.md");
        for (number, pattern) in DEVIATIONS {
            let row = format!("\n| {number} | ");
            assert!(readme.contains(&row), "{number}: {pattern}");
        }
    }

    #[test]
    fn a_cause_is_read_from_the_mocks_side() {
        let cause = |against: &str, with: &str| Cause {
            place: "$.member_id".to_owned(),
            against: against.to_owned(),
            with: with.to_owned(),
        };
        let missing = cause("no such field", "a value");
        assert_eq!(deviation(&missing, "license_keys:get", false), Some(12));
        assert_eq!(deviation(&missing, "license_keys:get", true), None);
        assert_eq!(deviation(&missing, "customers:get", false), None);
        let turned = cause("a value", "no such field");
        assert_eq!(deviation(&turned, "license_keys:get", true), Some(12));
    }
}
