//! The VAT numbers of the European Union.

use super::digits::{digits, exactly, is_day, is_mod_11_10, luhn, split_check, value, weighted};
use super::format::{Format, format};
use super::world::UNITED_KINGDOM;

/// The numbers of the countries by what they begin with. Northern Ireland is one of them.
const COUNTRIES: [(&str, Format); 31] = [
    ("AT", format("eu_vat", " -./", austria).prefixes(&["AT"])),
    (
        "BE",
        format("eu_vat", " -./", belgium)
            .prefixes(&["BE"])
            .shape(belgian),
    ),
    ("BG", format("eu_vat", " -.", bulgaria).prefixes(&["BG"])),
    ("CY", format("eu_vat", " -", cyprus).prefixes(&["CY"])),
    ("CZ", format("eu_vat", " /", czechia).prefixes(&["CZ"])),
    ("DE", format("eu_vat", " -./,", germany).prefixes(&["DE"])),
    ("DK", format("eu_vat", " -.,/:", denmark).prefixes(&["DK"])),
    ("EE", format("eu_vat", " ", estonia).prefixes(&["EE"])),
    (
        "EL",
        format("eu_vat", " -./:", greece)
            .prefixes(&["EL", "GR"])
            .shape(greek),
    ),
    ("ES", format("eu_vat", " -", spain).prefixes(&["ES"])),
    ("EU", format("eu_vat", " -", one_stop_shop)),
    ("FI", format("eu_vat", " -", finland).prefixes(&["FI"])),
    ("FR", format("eu_vat", " -.", france).prefixes(&["FR"])),
    (
        "GR",
        format("eu_vat", " -./:", greece)
            .prefixes(&["EL", "GR"])
            .shape(greek),
    ),
    ("HR", format("eu_vat", " -", croatia).prefixes(&["HR"])),
    ("HU", format("eu_vat", " -", hungary).prefixes(&["HU"])),
    ("IE", format("eu_vat", " -", ireland).prefixes(&["IE"])),
    ("IM", format("eu_vat", " -", one_stop_shop)),
    ("IT", format("eu_vat", " -:", italy).prefixes(&["IT"])),
    ("LT", format("eu_vat", " -", lithuania).prefixes(&["LT"])),
    ("LU", format("eu_vat", " :.-", luxembourg).prefixes(&["LU"])),
    ("LV", format("eu_vat", " -", latvia).prefixes(&["LV"])),
    ("MT", format("eu_vat", " -", malta).prefixes(&["MT"])),
    (
        "NL",
        format("eu_vat", " -.", netherlands)
            .prefixes(&["NL"])
            .shape(dutch),
    ),
    ("PL", format("eu_vat", " -", poland).prefixes(&["PL"])),
    ("PT", format("eu_vat", " -.", portugal).prefixes(&["PT"])),
    ("RO", format("eu_vat", " -", romania)),
    ("SE", format("eu_vat", " -.", sweden).prefixes(&["SE"])),
    ("SI", format("eu_vat", " -", slovenia).prefixes(&["SI"])),
    ("SK", format("eu_vat", " -", slovakia).prefixes(&["SK"])),
    ("XI", UNITED_KINGDOM),
];

/// The number as it is kept: with the country that it begins with, which need not be that of the address.
pub(super) fn vat(number: &str) -> Option<String> {
    let number = number.to_uppercase();
    let number = number.trim();
    let country: String = number.chars().take(2).collect();
    let (_, format) = COUNTRIES.iter().find(|(known, _)| *known == country)?;
    let kept = format.read(number)?;
    Some(if kept.starts_with(&country) {
        kept
    } else {
        country + &kept
    })
}

fn austria(number: &str) -> bool {
    let digits = number.strip_prefix('U').and_then(|rest| exactly(8, rest));
    digits.is_some_and(|digits| {
        let (check, rest) = split_check(&digits);
        (6 - luhn(rest, 10)).rem_euclid(10) == check
    })
}

/// Numbers had nine digits once.
fn belgian(number: String) -> String {
    let number = match number.strip_prefix("(0)") {
        Some(rest) => format!("0{rest}"),
        None => number,
    };
    if number.chars().count() == 9 {
        format!("0{number}")
    } else {
        number
    }
}

fn belgium(number: &str) -> bool {
    exactly(10, number).is_some_and(|digits| {
        value(&digits) > 0
            && digits[0] <= 1
            && (value(&digits[..8]) + value(&digits[8..])) % 97 == 0
    })
}

fn bulgaria(number: &str) -> bool {
    let Some(digits) = digits(number) else {
        return false;
    };
    let (check, rest) = split_check(&digits);
    match digits.len() {
        9 => {
            let sum = |first: i64| {
                let weights: Vec<i64> = (first..first + 8).collect();
                weighted(rest, &weights) % 11
            };
            let found = match sum(1) {
                10 => sum(3),
                found => found,
            };
            found % 10 == check
        }
        10 => {
            let [year, month, day] = [0, 2, 4].map(|place| value(&digits[place..place + 2]));
            let (century, month) = match month {
                41.. => (20, month - 40),
                21.. => (18, month - 20),
                _ => (19, month),
            };
            let citizen = is_day(century, [year, month, day])
                && weighted(rest, &[2, 4, 8, 5, 10, 9, 7, 3, 6]) % 11 % 10 == check;
            let foreigner = weighted(rest, &[21, 19, 17, 13, 11, 9, 7, 3, 1]) % 10 == check;
            let other = (11 - weighted(rest, &[4, 3, 2, 7, 6, 5, 4, 3, 2])).rem_euclid(11) == check;
            citizen || foreigner || other
        }
        _ => false,
    }
}

fn cyprus(number: &str) -> bool {
    const ODD: [i64; 10] = [1, 0, 5, 7, 9, 13, 15, 17, 19, 21];
    let Some((body, check)) = number
        .char_indices()
        .last()
        .map(|(end, _)| number.split_at(end))
    else {
        return false;
    };
    exactly(8, body).is_some_and(|digits| {
        let sum: i64 = digits
            .iter()
            .enumerate()
            .map(|(place, &digit)| {
                if place % 2 == 0 {
                    ODD[digit as usize]
                } else {
                    digit
                }
            })
            .sum();
        let letter = char::from(b'A' + (sum % 26) as u8);
        digits[..2] != [1, 2] && check.starts_with(letter)
    })
}

fn czechia(number: &str) -> bool {
    let Some(digits) = digits(number) else {
        return false;
    };
    let (check, rest) = split_check(&digits);
    let weights = [8, 7, 6, 5, 4, 3, 2];
    match digits.len() {
        8 => {
            let found = match (11 - weighted(rest, &weights)).rem_euclid(11) {
                0 => 1,
                found => found,
            };
            digits[0] != 9 && found % 10 == check
        }
        9 if digits[0] == 6 => {
            let sum = weighted(&rest[1..], &weights) % 11;
            (8 - (10 - sum) % 11).rem_euclid(10) == check
        }
        _ => is_birth_number(&digits),
    }
}

/// The number of a person in Czechia and Slovakia, which starts with the day of birth.
fn is_birth_number(digits: &[i64]) -> bool {
    if digits.len() != 9 && digits.len() != 10 {
        return false;
    }
    let [year, month, day] = [0, 2, 4].map(|place| value(&digits[place..place + 2]));
    let century = match (digits.len(), year) {
        (9, 80..) => 18,
        (9, 54..) => return false,
        (10, ..54) => 20,
        _ => 19,
    };
    let (check, rest) = split_check(digits);
    is_day(century, [year, month % 50 % 20, day])
        && (digits.len() == 9 || value(rest) % 11 % 10 == check)
}

fn germany(number: &str) -> bool {
    exactly(9, number).is_some_and(|digits| digits[0] != 0 && is_mod_11_10(&digits))
}

fn denmark(number: &str) -> bool {
    exactly(8, number).is_some_and(|digits| {
        digits[0] != 0 && weighted(&digits, &[2, 7, 6, 5, 4, 3, 2, 1]) % 11 == 0
    })
}

fn estonia(number: &str) -> bool {
    exactly(9, number)
        .is_some_and(|digits| weighted(&digits, &[3, 7, 1, 3, 7, 1, 3, 7, 1]) % 10 == 0)
}

/// Numbers had eight digits once.
fn greek(number: String) -> String {
    if number.chars().count() == 8 {
        format!("0{number}")
    } else {
        number
    }
}

fn greece(number: &str) -> bool {
    exactly(9, number).is_some_and(|digits| {
        let (check, rest) = split_check(&digits);
        let sum = rest.iter().fold(0, |sum, digit| sum * 2 + digit);
        sum * 2 % 11 % 10 == check
    })
}

fn spain(number: &str) -> bool {
    let letters: Vec<char> = number.chars().collect();
    let &[first, .., last] = letters.as_slice() else {
        return false;
    };
    let middle: String = letters[1..letters.len() - 1].iter().collect();
    let Some(digits) = exactly(7, &middle) else {
        return false;
    };
    let person = |begin: i64| {
        let letters = b"TRWAGMYFPDXBNJZSQVHLCKE";
        let place = (begin * 10_000_000 + value(&digits)) % 23;
        char::from(letters[place as usize]) == last
    };
    match first {
        'K' | 'L' | 'M' => person(0),
        '0'..='9' => person(i64::from(first.to_digit(10).unwrap_or_default())),
        'X' => person(0),
        'Y' => person(1),
        'Z' => person(2),
        'A'..='H' | 'J' | 'N' | 'P'..='S' | 'U'..='W' => {
            let mut with_zero = digits;
            with_zero.push(0);
            let check = (10 - luhn(&with_zero, 10)) % 10;
            let letter = char::from(b"JABCDEFGHI"[check as usize]);
            last == letter || last.to_digit(10).map(i64::from) == Some(check)
        }
        _ => false,
    }
}

fn one_stop_shop(number: &str) -> bool {
    const MEMBERS: [&str; 28] = [
        "040", "056", "100", "191", "196", "203", "208", "233", "246", "250", "276", "300", "348",
        "372", "380", "428", "440", "442", "470", "528", "616", "620", "642", "703", "705", "724",
        "752", "900",
    ];
    let body = match number.split_at_checked(2) {
        Some(("EU", body)) if body.len() == 9 => body,
        Some(("IM", body)) if body.len() == 10 => body,
        _ => return false,
    };
    digits(body).is_some() && MEMBERS.contains(&&body[..3])
}

fn finland(number: &str) -> bool {
    exactly(8, number).is_some_and(|digits| weighted(&digits, &[7, 9, 10, 5, 8, 4, 2, 1]) % 11 == 0)
}

fn france(number: &str) -> bool {
    const LETTERS: &str = "0123456789ABCDEFGHJKLMNPQRSTUVWXYZ";
    let Some((key, body)) = number.split_at_checked(2) else {
        return false;
    };
    let Some(digits) = exactly(9, body) else {
        return false;
    };
    let places: Option<Vec<i64>> = key
        .chars()
        .map(|letter| LETTERS.find(letter).map(|place| place as i64))
        .collect();
    let Some([first, second]) = places.as_deref() else {
        return false;
    };
    let company = digits[..3] == [0, 0, 0] || luhn(&digits, 10) == 0;
    let number = value(&digits);
    let right = if *first < 10 && *second < 10 {
        (number * 100 + 12) % 97 == first * 10 + second
    } else {
        let check = if *first < 10 {
            first * 24 + second - 10
        } else {
            first * 34 + second - 100
        };
        (number + 1 + check / 11) % 11 == check % 11
    };
    company && right
}

fn croatia(number: &str) -> bool {
    exactly(11, number).is_some_and(|digits| is_mod_11_10(&digits))
}

fn hungary(number: &str) -> bool {
    exactly(8, number).is_some_and(|digits| weighted(&digits, &[9, 7, 3, 1, 9, 7, 3, 1]) % 10 == 0)
}

fn ireland(number: &str) -> bool {
    const LETTERS: &[u8] = b"WABCDEFGHIJKLMNOPQRSTUV";
    let place = |letter: &u8| LETTERS.iter().position(|known| known == letter);
    let number = number.as_bytes();
    if !matches!(number.len(), 8 | 9) {
        return false;
    }
    let tail: Option<Vec<usize>> = number[7..].iter().map(place).collect();
    let Some(tail) = tail else {
        return false;
    };
    let part =
        |range: std::ops::Range<usize>| std::str::from_utf8(&number[range]).ok().and_then(digits);
    let (Some(first), Some(rest)) = (part(0..1), part(2..7)) else {
        return false;
    };
    let weights = [8, 7, 6, 5, 4, 3, 2];
    let (mut all, extra) = match (part(1..2), number[1]) {
        (Some(second), _) => (
            vec![first[0], second[0]],
            tail.get(1).copied().unwrap_or_default() as i64,
        ),
        (None, b'A'..=b'Z' | b'+' | b'*') => {
            let old: Vec<i64> = [0].into_iter().chain(rest).chain(first).collect();
            return weighted(&old, &weights) % 23 == tail[0] as i64;
        }
        (None, _) => return false,
    };
    all.extend(rest);
    (weighted(&all, &weights) + 9 * extra) % 23 == tail[0] as i64
}

fn italy(number: &str) -> bool {
    exactly(11, number).is_some_and(|digits| {
        let province = value(&digits[7..10]);
        value(&digits[..7]) != 0
            && matches!(province, 1..=100 | 120 | 121 | 888 | 999)
            && luhn(&digits, 10) == 0
    })
}

fn lithuania(number: &str) -> bool {
    let Some(digits) = digits(number) else {
        return false;
    };
    let (check, rest) = split_check(&digits);
    let is_marked = match digits.len() {
        9 => digits[7] == 1,
        12 => digits[10] == 1,
        _ => return false,
    };
    let sum = |shift: i64| {
        let weights: Vec<i64> = (0..rest.len() as i64)
            .map(|place| 1 + (place + shift) % 9)
            .collect();
        weighted(rest, &weights) % 11
    };
    let found = match sum(0) {
        10 => sum(2),
        found => found,
    };
    is_marked && found % 10 == check
}

fn luxembourg(number: &str) -> bool {
    exactly(8, number).is_some_and(|digits| value(&digits[..6]) % 89 == value(&digits[6..]))
}

fn latvia(number: &str) -> bool {
    let Some(digits) = exactly(11, number) else {
        return false;
    };
    let (check, rest) = split_check(&digits);
    let person = (1 + weighted(rest, &[10, 5, 8, 4, 2, 1, 6, 3, 7, 9])) % 11 % 10 == check;
    if digits[0] > 3 {
        return weighted(&digits, &[9, 1, 4, 8, 3, 10, 2, 5, 7, 6, 1]) % 11 == 3;
    }
    if digits[..2] == [3, 2] {
        return person;
    }
    starts_with_day(&digits) && person
}

/// The day of birth, and behind it how many centuries after 1800.
fn starts_with_day(digits: &[i64]) -> bool {
    let [day, month, year] = [0, 2, 4].map(|place| value(&digits[place..place + 2]));
    is_day(18 + digits[6], [year, month, day])
}

fn malta(number: &str) -> bool {
    exactly(8, number).is_some_and(|digits| {
        digits[0] != 0 && weighted(&digits, &[3, 4, 6, 7, 8, 9, 10, 1]) % 37 == 0
    })
}

/// The number of the person or company is filled up with zeros.
fn dutch(number: String) -> String {
    let letters: Vec<char> = number.chars().collect();
    let (body, end) = letters.split_at(letters.len().saturating_sub(3));
    let body: String = body.iter().collect();
    let end: String = end.iter().collect();
    format!("{body:0>9}{end}")
}

fn netherlands(number: &str) -> bool {
    let Some((body, end)) = number.split_at_checked(9) else {
        return false;
    };
    let (Some(body_digits), Some(end)) = (
        digits(body),
        end.strip_prefix('B').and_then(|end| exactly(2, end)),
    ) else {
        return false;
    };
    let (check, rest) = split_check(&body_digits);
    let person = (weighted(rest, &[9, 8, 7, 6, 5, 4, 3, 2]) - check) % 11 == 0;
    // N, L and B are 23, 21 and 11.
    let whole = [2, 3, 2, 1]
        .into_iter()
        .chain(body_digits.iter().copied())
        .chain([1, 1])
        .chain(end.iter().copied());
    let remainder = whole.fold(0, |remainder, digit| (remainder * 10 + digit) % 97);
    value(&body_digits) > 0 && value(&end) > 0 && (person || remainder == 1)
}

fn poland(number: &str) -> bool {
    exactly(10, number)
        .is_some_and(|digits| weighted(&digits, &[6, 5, 7, 2, 3, 4, 5, 6, 7, -1]) % 11 == 0)
}

fn portugal(number: &str) -> bool {
    exactly(9, number).is_some_and(|digits| {
        let (check, rest) = split_check(&digits);
        let found = (11 - weighted(rest, &[9, 8, 7, 6, 5, 4, 3, 2])).rem_euclid(11) % 10;
        digits[0] != 0 && found == check
    })
}

fn romania(number: &str) -> bool {
    let Some(digits) = digits(number.strip_prefix("RO").unwrap_or(number)) else {
        return false;
    };
    let (check, rest) = split_check(&digits);
    match digits.len() {
        13 => {
            // The last century had the same leap years as the one before.
            let century = match digits[0] {
                0 => return false,
                5 | 6 => 20,
                _ => 19,
            };
            let [year, month, day, county] =
                [1, 3, 5, 7].map(|place| value(&digits[place..place + 2]));
            let found = match weighted(rest, &[2, 7, 9, 1, 4, 6, 3, 5, 8, 2, 7, 9]) % 11 {
                10 => 1,
                found => found,
            };
            is_day(century, [year, month, day])
                && matches!(county, 1..=48 | 51 | 52 | 70 | 80..=83)
                && found == check
        }
        2..=10 => {
            let zeros = vec![0; 9 - rest.len()];
            let filled: Vec<i64> = zeros.into_iter().chain(rest.iter().copied()).collect();
            let found = 10 * weighted(&filled, &[7, 5, 3, 2, 1, 7, 5, 3, 2]) % 11 % 10;
            digits[0] != 0 && found == check
        }
        _ => false,
    }
}

fn sweden(number: &str) -> bool {
    exactly(12, number).is_some_and(|digits| digits[10..] == [0, 1] && luhn(&digits[..10], 10) == 0)
}

fn slovenia(number: &str) -> bool {
    exactly(8, number).is_some_and(|digits| {
        let (check, rest) = split_check(&digits);
        let found = match 11 - weighted(rest, &[8, 7, 6, 5, 4, 3, 2]) % 11 {
            10 => 0,
            found => found,
        };
        digits[0] != 0 && found == check
    })
}

fn slovakia(number: &str) -> bool {
    exactly(10, number).is_some_and(|digits| {
        let company = digits[0] != 0
            && matches!(digits[2], 2 | 3 | 4 | 7 | 8 | 9)
            && value(&digits) % 11 == 0;
        is_birth_number(&digits) || company
    })
}
