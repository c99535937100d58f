//! The tax numbers of countries outside the European Union, and the VAT numbers of the United Kingdom.

use super::digits::{digits, exactly, is_day, is_mod_11_10, luhn, split_check, value, weighted};
use super::format::{Format, format};

pub(super) const UNITED_KINGDOM: Format =
    format("gb_vat", " -.", united_kingdom).prefixes(&["GB", "XI"]);

pub(super) fn andorra(number: &str) -> bool {
    let letters = number.as_bytes();
    let &[first, .., last] = letters else {
        return false;
    };
    let Some(middle) = number
        .get(1..letters.len() - 1)
        .and_then(|middle| exactly(6, middle))
    else {
        return false;
    };
    let middle = value(&middle);
    last.is_ascii_alphabetic()
        && match first {
            b'F' => middle <= 699_999,
            b'A' | b'L' => middle > 699_999 && middle < 800_000,
            b'C' | b'D' | b'E' | b'G' | b'O' | b'P' | b'U' => true,
            _ => false,
        }
}

pub(super) fn emirates(number: &str) -> bool {
    exactly(15, number).is_some()
}

pub(super) fn argentina(number: &str) -> bool {
    exactly(11, number).is_some_and(|digits| {
        let (check, rest) = split_check(&digits);
        let found = match 11 - weighted(rest, &[5, 4, 3, 2, 7, 6, 5, 4, 3, 2]) % 11 {
            11 => 0,
            10 => 9,
            found => found,
        };
        matches!(
            value(&digits[..2]),
            20 | 23 | 24 | 27 | 30 | 33 | 34 | 50 | 51 | 55
        ) && found == check
    })
}

pub(super) fn australia(number: &str) -> bool {
    exactly(11, number).is_some_and(|digits| {
        let sum = weighted(&digits[2..], &[3, 5, 7, 9, 11, 13, 15, 17, 19]);
        11 + (-sum - 1).rem_euclid(89) == value(&digits[..2])
    })
}

pub(super) fn brazilian_company(number: &str) -> bool {
    let values: Option<Vec<i64>> = number
        .bytes()
        .map(|letter| {
            letter
                .is_ascii_alphanumeric()
                .then(|| i64::from(letter) - 48)
        })
        .collect();
    values.is_some_and(|values| {
        let found = |before: usize, weights: &[i64]| {
            (11 - weighted(&values[..before], weights)).rem_euclid(11) % 10
        };
        values.len() == 14
            && !number.starts_with("000000000000")
            && found(12, &[5, 4, 3, 2, 9, 8, 7, 6, 5, 4, 3, 2]) == values[12]
            && found(13, &[6, 5, 4, 3, 2, 9, 8, 7, 6, 5, 4, 3, 2]) == values[13]
    })
}

pub(super) fn brazilian_person(number: &str) -> bool {
    exactly(11, number).is_some_and(|digits| {
        let found = |before: usize, weights: &[i64]| {
            (11 - weighted(&digits[..before], weights)).rem_euclid(11) % 10
        };
        value(&digits) > 0
            && found(9, &[10, 9, 8, 7, 6, 5, 4, 3, 2]) == digits[9]
            && found(10, &[11, 10, 9, 8, 7, 6, 5, 4, 3, 2]) == digits[10]
    })
}

pub(super) fn canadian_account(number: &str) -> bool {
    number
        .split_at_checked(9)
        .is_some_and(|(business, account)| {
            let kind = ["RC", "RM", "RP", "RT"]
                .into_iter()
                .find_map(|kind| account.strip_prefix(kind));
            canadian_business(business) && kind.is_some_and(|number| exactly(4, number).is_some())
        })
}

pub(super) fn canadian_business(number: &str) -> bool {
    exactly(9, number).is_some_and(|digits| luhn(&digits, 10) == 0)
}

/// A number without its letters gets them.
pub(super) fn swiss(number: String) -> String {
    if exactly(9, &number).is_some() {
        format!("CHE{number}")
    } else {
        number
    }
}

pub(super) fn switzerland(number: &str) -> bool {
    let digits = number.strip_prefix("CHE").and_then(|rest| exactly(9, rest));
    digits.is_some_and(|digits| {
        let (check, rest) = split_check(&digits);
        (11 - weighted(rest, &[5, 4, 3, 2, 7, 6, 5, 4])).rem_euclid(11) == check
    })
}

pub(super) fn swiss_vat(number: &str) -> bool {
    number.split_at_checked(12).is_some_and(|(number, word)| {
        matches!(word, "MWST" | "TVA" | "IVA" | "TPV") && switzerland(number)
    })
}

pub(super) fn chile(number: &str) -> bool {
    let Some((body, check)) = number
        .char_indices()
        .last()
        .map(|(end, check)| (&number[..end], check))
    else {
        return false;
    };
    digits(body)
        .filter(|digits| matches!(digits.len(), 7 | 8))
        .is_some_and(|digits| {
            let sum = digits.iter().rev().enumerate();
            let sum: i64 = sum
                .map(|(place, digit)| digit * (4 + (5 - place as i64).rem_euclid(6)))
                .sum();
            char::from(b"0123456789K"[(sum % 11) as usize]) == check
        })
}

pub(super) fn colombia(number: &str) -> bool {
    let digits = digits(number).filter(|digits| matches!(digits.len(), 8..=16));
    digits.is_some_and(|digits| {
        let (check, rest) = split_check(&digits);
        let reversed: Vec<i64> = rest.iter().rev().copied().collect();
        let weights = [3, 7, 13, 17, 19, 23, 29, 37, 41, 43, 47, 53, 59, 67, 71];
        let found = match weighted(&reversed, &weights) % 11 {
            sum @ (0 | 1) => sum,
            sum => 11 - sum,
        };
        found == check
    })
}

pub(super) fn costa_rica(number: &str) -> bool {
    exactly(10, number).is_some_and(|digits| match (digits[0], value(&digits[1..4])) {
        (2, class) => matches!(class, 100 | 200 | 300 | 400),
        (3, class) => matches!(class, 2..=14 | 101..=110),
        (4, class) => class == 0,
        (5, class) => class == 1,
        _ => false,
    })
}

pub(super) fn ecuador(number: &str) -> bool {
    let Some(digits) = exactly(13, number) else {
        return false;
    };
    let province = value(&digits[..2]);
    if !matches!(province, 1..=24 | 30 | 50) {
        return false;
    }
    let natural = || {
        let folded = digits[..10].iter().enumerate().map(|(place, digit)| {
            let doubled = digit * (2 - place as i64 % 2);
            if doubled > 9 { doubled - 9 } else { doubled }
        });
        digits[10..] != [0, 0, 0] && folded.sum::<i64>() % 10 == 0
    };
    let public = || {
        digits[9..] != [0, 0, 0, 0]
            && weighted(&digits[..9], &[3, 2, 7, 6, 5, 4, 3, 2, 1]) % 11 == 0
    };
    let company = || {
        digits[10..] != [0, 0, 0]
            && weighted(&digits[..10], &[4, 3, 2, 7, 6, 5, 4, 3, 2, 1]) % 11 == 0
    };
    // Some companies have a number without a right check digit.
    let unchecked = || province != 50 && digits[10..] == [0, 0, 1];
    match digits[2] {
        0..=5 => natural(),
        6 => public() || natural(),
        9 => public() || company() || unchecked(),
        _ => false,
    }
}

pub(super) fn united_kingdom(number: &str) -> bool {
    let department = |kind: &str, number: &[i64]| match kind {
        "GD" => value(number) < 500,
        "HA" => value(number) >= 500,
        _ => false,
    };
    if let Some((kind, rest)) = number.split_at_checked(2)
        && let "GD" | "HA" = kind
    {
        return match (digits(rest), rest.len()) {
            (Some(digits), 3) => department(kind, &digits),
            (Some(digits), 9) => {
                let (of, check) = (&digits[4..7], &digits[7..]);
                digits[..4] == [8, 8, 8, 8]
                    && department(kind, of)
                    && value(of) % 97 == value(check)
            }
            _ => false,
        };
    }
    let digits = digits(number).filter(|digits| matches!(digits.len(), 9 | 12));
    digits.is_some_and(|digits| {
        let sum = weighted(&digits[..9], &[8, 7, 6, 5, 4, 3, 2, 10, 1]) % 97;
        sum == 0 || matches!(sum, 42 | 55) && digits[0] > 0
    })
}

pub(super) fn georgia(number: &str) -> bool {
    digits(number).is_some_and(|digits| matches!(digits.len(), 9 | 11))
}

pub(super) fn eight_digits(number: &str) -> bool {
    exactly(8, number).is_some()
}

pub(super) fn indonesia(number: &str) -> bool {
    let Some(digits) = digits(number) else {
        return false;
    };
    match digits.len() {
        15 => luhn(&digits[..9], 10) == 0,
        16 if digits[0] == 0 => luhn(&digits[..10], 10) == 0,
        16 => {
            let [day, month, year] = [6, 8, 10].map(|place| value(&digits[place..place + 2]));
            // The number starts with the province.
            let is_province = matches!(
                value(&digits[..2]),
                11..=19 | 21 | 31..=36 | 51..=53 | 61..=64 | 71..=76 | 81 | 82 | 91 | 94
            );
            let born = |century| is_day(century, [year, month, day % 40]);
            (born(19) || born(20)) && is_province
        }
        _ => false,
    }
}

/// The number is filled up with zeros.
pub(super) fn israeli(number: String) -> String {
    format!("{number:0>9}")
}

pub(super) fn israel(number: &str) -> bool {
    exactly(9, number).is_some_and(|digits| value(&digits) > 0 && luhn(&digits, 10) == 0)
}

pub(super) fn india(number: &str) -> bool {
    let letters = number.as_bytes();
    let values: Option<Vec<i64>> = number
        .chars()
        .map(|letter| letter.to_digit(36).map(i64::from))
        .collect();
    let shape = b"00AAAAA0000A***";
    let fits = letters.len() == shape.len()
        && letters.iter().zip(shape).all(|(letter, kind)| match kind {
            b'0' => letter.is_ascii_digit(),
            b'A' => letter.is_ascii_uppercase(),
            _ => letter.is_ascii_digit() || letter.is_ascii_uppercase(),
        });
    fits && values.is_some_and(|values| {
        matches!(value(&values[..2]), 1..=37)
            && letters[12] != b'0'
            && letters[13] == b'Z'
            && b"ABCFGHLJPTK".contains(&letters[5])
            && letters[7..11] != *b"0000"
            && luhn(&values, 36) == 0
    })
}

pub(super) fn iceland(number: &str) -> bool {
    digits(number).is_some_and(|digits| matches!(digits.len(), 5 | 6))
}

pub(super) fn japan(number: &str) -> bool {
    exactly(13, number).is_some_and(|digits| {
        let reversed: Vec<i64> = digits[1..].iter().rev().copied().collect();
        9 - weighted(&reversed, &[1, 2, 1, 2, 1, 2, 1, 2, 1, 2, 1, 2]) % 9 == digits[0]
    })
}

pub(super) fn kenya(number: &str) -> bool {
    let letters = number.as_bytes();
    letters.len() == 11
        && b"A|P".contains(&letters[0])
        && letters[1..10].iter().all(u8::is_ascii_digit)
        && letters[10].is_ascii_uppercase()
}

pub(super) fn korea(number: &str) -> bool {
    exactly(10, number).is_some_and(|digits| {
        value(&digits[..3]) >= 101 && digits[3..5] != [0, 0] && digits[5..9] != [0, 0, 0, 0]
    })
}

pub(super) fn macedonia(number: &str) -> bool {
    exactly(13, number).is_some_and(|digits| {
        let (check, rest) = split_check(&digits);
        (-weighted(rest, &[7, 6, 5, 4, 3, 2, 7, 6, 5, 4, 3, 2])).rem_euclid(11) % 10 == check
    })
}

pub(super) fn mauritius(number: &str) -> bool {
    exactly(8, number).is_some_and(|digits| matches!(digits[0], 2 | 3))
}

/// Beginnings that no person's number has, because they are words.
const MEXICAN_WORDS: &str = "BUEI BUEY CACA CACO CAGA CAGO CAKA CAKO COGE COJA COJE COJI COJO CULO FETO GUEY JOTO KACA \
    KACO KAGA KAGO KAKA KOGE KOJO KULO MAME MAMO MEAR MEAS MEON MION MOCO MULA PEDA PEDO PENE PUTA PUTO QULO RATA RUIN";

pub(super) fn mexico(number: &str) -> bool {
    let letters: Vec<char> = number.chars().collect();
    let (name, end) = match letters.len() {
        10 | 13 => (4, letters.len() - 10),
        12 => (3, 3),
        _ => return false,
    };
    let word: String = letters[..name].iter().collect();
    let date: String = letters[name..name + 6].iter().collect();
    let Some(date) = exactly(6, &date) else {
        return false;
    };
    let [year, month, day] = [0, 2, 4].map(|place| value(&date[place..place + 2]));
    let is_letter = |letter: &char| letter.is_ascii_uppercase() || matches!(letter, '&' | 'Ñ');
    letters[..name].iter().all(is_letter)
        && letters[letters.len() - end..]
            .iter()
            .all(|letter| letter.is_ascii_digit() || letter.is_ascii_uppercase())
        && !MEXICAN_WORDS.split_whitespace().any(|known| known == word)
        && is_day(20, [year, month, day])
}

pub(super) fn norway(number: &str) -> bool {
    let digits = number
        .strip_suffix("MVA")
        .and_then(|number| exactly(9, number.trim()));
    digits.is_some_and(|digits| weighted(&digits, &[3, 2, 7, 6, 5, 4, 3, 2, 1]) % 11 == 0)
}

pub(super) fn peru(number: &str) -> bool {
    exactly(11, number).is_some_and(|digits| {
        let (check, rest) = split_check(&digits);
        matches!(value(&digits[..2]), 10 | 15 | 17 | 20)
            && (11 - weighted(rest, &[5, 4, 3, 2, 7, 6, 5, 4, 3, 2]) % 11) % 10 == check
    })
}

pub(super) fn serbia(number: &str) -> bool {
    exactly(9, number).is_some_and(|digits| is_mod_11_10(&digits))
}

pub(super) fn singapore(number: &str) -> bool {
    const KINDS: &str = "CC CD CH CL CM CP CS CX DP FB FC FM FN GA GB GS HS LL LP MB MC MD MH MM MQ NB NR PA PB PF RF RP SM \
        SS TC TU VH XL";
    const LETTERS: &str = "ABCDEFGHJKLMNPQRSTUVWX0123456789";
    let Some((body, check)) = number
        .char_indices()
        .last()
        .map(|(end, check)| (&number[..end], check))
    else {
        return false;
    };
    match (digits(body), body.len()) {
        (Some(digits), 8) => {
            let sum = weighted(&digits, &[10, 4, 9, 3, 8, 2, 7, 1]) % 11;
            char::from(b"XMKECAWLJDB"[sum as usize]) == check
        }
        (Some(digits), 9) => {
            let sum = weighted(&digits, &[10, 8, 6, 4, 9, 7, 5, 3, 1]) % 11;
            char::from(b"ZKCMDNERGWH"[sum as usize]) == check
        }
        (None, 9) => {
            let places: Option<Vec<i64>> = body
                .chars()
                .map(|letter| LETTERS.find(letter).map(|place| place as i64))
                .collect();
            let Some(places) = places else {
                return false;
            };
            let sum = weighted(&places, &[4, 3, 5, 3, 10, 2, 2, 5, 7]) - 5;
            matches!(&body[..1], "R" | "S" | "T")
                && digits(&body[1..3]).is_some()
                && KINDS.split_whitespace().any(|kind| kind == &body[3..5])
                && digits(&body[5..]).is_some()
                && LETTERS.chars().nth(sum.rem_euclid(11) as usize) == Some(check)
        }
        _ => false,
    }
}

pub(super) fn salvador(number: &str) -> bool {
    exactly(14, number).is_some_and(|digits| {
        let (check, rest) = split_check(&digits);
        let found = if value(&digits[10..13]) <= 100 {
            weighted(rest, &[14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2]) % 11
        } else {
            (-weighted(rest, &[2, 7, 6, 5, 4, 3, 2, 7, 6, 5, 4, 3, 2])).rem_euclid(11)
        };
        matches!(digits[0], 0 | 1 | 9) && found % 10 == check
    })
}

pub(super) fn thailand(number: &str) -> bool {
    exactly(13, number).is_some_and(|digits| {
        let (check, rest) = split_check(&digits);
        let sum = weighted(rest, &[2, 1, 0, -1, -2, -3, -4, -5, -6, -7, -8, -9]).rem_euclid(11);
        digits[0] == 0 && (1 - sum).rem_euclid(10) == check
    })
}

pub(super) fn turkey(number: &str) -> bool {
    exactly(10, number).is_some_and(|digits| {
        let (check, rest) = split_check(&digits);
        let summand = |(place, digit): (usize, &i64)| match (digit + place as i64 + 1) % 10 {
            0 => 0,
            first => match first * (2_i64 << place) % 9 {
                0 => 9,
                second => second,
            },
        };
        let sum: i64 = rest.iter().rev().enumerate().map(summand).sum();
        (10 - sum).rem_euclid(10) == check
    })
}

pub(super) fn taiwan(number: &str) -> bool {
    exactly(8, number).is_some_and(|digits| {
        let products = digits
            .iter()
            .zip([1, 2, 1, 2, 1, 2, 4, 1])
            .map(|(digit, weight)| digit * weight);
        // The sums of the products' digits, less multiples of five.
        let sum: i64 = products.map(|product| product + product / 10).sum();
        sum % 5 == 0 || digits[6] == 7 && (sum + 1) % 5 == 0
    })
}

/// The number may have one dash, behind its first two digits.
pub(super) fn united_states(number: &str) -> bool {
    const PREFIXES: &str = "01 02 03 04 05 06 10 11 12 13 14 15 16 20 21 22 23 24 25 26 27 30 31 32 33 34 35 36 37 38 39 40 \
        41 42 43 44 45 46 47 48 50 51 52 53 54 55 56 57 58 59 60 61 62 63 64 65 66 67 68 71 72 73 74 75 76 77 80 81 82 83 84 85 \
        86 87 88 90 91 92 93 94 95 98 99";
    number.split_at_checked(2).is_some_and(|(prefix, rest)| {
        let rest = rest.strip_prefix('-').unwrap_or(rest);
        PREFIXES.split_whitespace().any(|known| known == prefix) && exactly(7, rest).is_some()
    })
}

/// The number as it is kept, without its dash.
pub(super) fn without_dash(number: String) -> String {
    number.replace('-', "")
}

pub(super) fn uruguay(number: &str) -> bool {
    exactly(12, number).is_some_and(|digits| {
        let (check, rest) = split_check(&digits);
        matches!(value(&digits[..2]), 1..=22)
            && value(&digits[2..8]) != 0
            && digits[8..11] == [0, 0, 1]
            && (-weighted(rest, &[4, 3, 2, 9, 8, 7, 6, 5, 4, 3, 2])).rem_euclid(11) == check
    })
}

pub(super) fn venezuela(number: &str) -> bool {
    let Some((kind, rest)) = number.split_at_checked(1) else {
        return false;
    };
    let begin = match kind {
        "V" => 4,
        "E" => 8,
        "J" => 12,
        "P" => 16,
        "G" => 20,
        _ => return false,
    };
    exactly(9, rest).is_some_and(|digits| {
        let (check, rest) = split_check(&digits);
        let found = match (begin + weighted(rest, &[3, 2, 7, 6, 5, 4, 3, 2])) % 11 {
            0 | 1 => 0,
            sum => 11 - sum,
        };
        found == check
    })
}

pub(super) fn vietnam(number: &str) -> bool {
    let digits = digits(number).filter(|digits| matches!(digits.len(), 10 | 13));
    digits.is_some_and(|digits| {
        value(&digits[2..9]) != 0
            && (digits.len() == 10 || value(&digits[10..]) != 0)
            && 10 - weighted(&digits[..9], &[31, 29, 23, 19, 17, 13, 7, 5, 3]) % 11 == digits[9]
    })
}
