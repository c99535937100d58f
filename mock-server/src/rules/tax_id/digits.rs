//! The arithmetic of check digits.

/// The digits of a number; `None` if it has none or other characters.
pub(super) fn digits(number: &str) -> Option<Vec<i64>> {
    let digits: Option<Vec<i64>> = number
        .chars()
        .map(|digit| digit.to_digit(10).map(i64::from))
        .collect();
    digits.filter(|digits| !digits.is_empty())
}

/// The digits of a number that has this many.
pub(super) fn exactly(count: usize, number: &str) -> Option<Vec<i64>> {
    digits(number).filter(|digits| digits.len() == count)
}

/// The sum of digits, each times its weight.
pub(super) fn weighted(digits: &[i64], weights: &[i64]) -> i64 {
    digits
        .iter()
        .zip(weights)
        .map(|(digit, weight)| digit * weight)
        .sum()
}

/// The value of a number with these digits.
pub(super) fn value(digits: &[i64]) -> i64 {
    digits.iter().fold(0, |value, digit| value * 10 + digit)
}

/// The sum of Luhn's rule, in a number system with as many digits as `base`; zero if the number is right.
pub(super) fn luhn(values: &[i64], base: i64) -> i64 {
    // The sum of the double's digits is the double and its carry, less a multiple of the base.
    let doubled = |value: i64| value * 2 + value * 2 / base;
    let summands = values.iter().rev().enumerate();
    let summands = summands.map(|(place, &value)| {
        if place % 2 == 0 {
            value
        } else {
            doubled(value)
        }
    });
    summands.sum::<i64>() % base
}

/// Whether the last digit is right by ISO 7064, modulus 11 and 10.
pub(super) fn is_mod_11_10(digits: &[i64]) -> bool {
    let or_ten = |check| if check == 0 { 10 } else { check };
    let check = digits
        .iter()
        .fold(5, |check, digit| ((or_ten(check) * 2) % 11 + digit) % 10);
    check == 1
}

/// The last digit and those before it.
pub(super) fn split_check(digits: &[i64]) -> (i64, &[i64]) {
    match digits.split_last() {
        Some((check, rest)) => (*check, rest),
        None => (-1, &[]),
    }
}

/// Whether there is such a day. The year has two digits.
pub(super) fn is_day(century: i64, [year, month, day]: [i64; 3]) -> bool {
    let parts = (
        i32::try_from(century * 100 + year),
        u32::try_from(month),
        u32::try_from(day),
    );
    match parts {
        (Ok(year), Ok(month), Ok(day)) => {
            chrono::NaiveDate::from_ymd_opt(year, month, day).is_some()
        }
        _ => false,
    }
}
