//! What a list is searched for, and its order (docs/behaviour.md#lists).

use std::cmp::Ordering;

use crate::refusal::Refusal;

/// The text that a list is searched for, in lower case.
pub fn search(query: Option<&str>) -> Result<Option<String>, Refusal> {
    Ok(wanted(query)?.map(str::to_lowercase))
}

/// A text that a list is asked for. The real server's database fails on U+0000 in it.
pub fn wanted(text: Option<&str>) -> Result<Option<&str>, Refusal> {
    match text {
        Some(text) if text.contains('\0') => Err(Refusal::Crash),
        text => Ok(text),
    }
}

/// Whether a text contains what a list is searched for, in any case. In the search, `%` stands for any text, `_` for any
/// character, and a backslash takes the next character as it is.
pub fn is_like(text: &str, query: Option<&str>) -> bool {
    enum Part {
        Any,
        One,
        Char(char),
    }
    let Some(query) = query else {
        return true;
    };
    let mut parts = vec![Part::Any];
    let pattern = format!("{}%", query.to_lowercase());
    let mut chars = pattern.chars();
    while let Some(c) = chars.next() {
        parts.push(match c {
            '%' => Part::Any,
            '_' => Part::One,
            '\\' => Part::Char(chars.next().unwrap_or('\\')),
            c => Part::Char(c),
        });
    }
    let text: Vec<char> = text.to_lowercase().chars().collect();
    // Which beginnings of the text fit the parts so far.
    let mut fits = vec![false; text.len() + 1];
    fits[0] = true;
    for part in parts {
        let before = fits.clone();
        fits[0] = before[0] && matches!(part, Part::Any);
        for (index, c) in text.iter().enumerate() {
            fits[index + 1] = match part {
                Part::Any => before[index + 1] || fits[index],
                Part::One => before[index],
                Part::Char(wanted) => before[index] && *c == wanted,
            };
        }
    }
    fits.last() == Some(&true)
}

/// Whether a value is one of those that a list is filtered by; any is if it is not filtered.
pub fn is_one_of<T: PartialEq<V>, V: ?Sized>(value: &V, wanted: Option<&Vec<T>>) -> bool {
    wanted.is_none_or(|wanted| wanted.iter().any(|wanted| wanted == value))
}

/// The same for a value that may be missing, which is not one of any.
pub fn is_some_of<T: PartialEq>(value: Option<&T>, wanted: Option<&Vec<T>>) -> bool {
    wanted.is_none_or(|wanted| value.is_some_and(|value| wanted.contains(value)))
}

/// How two values that may be missing stand to each other: what is missing comes last.
pub fn nulls_last<T: Ord>(a: &Option<T>, b: &Option<T>) -> Ordering {
    a.is_none()
        .cmp(&b.is_none())
        .then_with(|| a.as_ref().cmp(&b.as_ref()))
}

/// Sorts rows, which come oldest first, by the criteria of `sorting`. A minus in front of one reverses it.
pub fn sort<T>(
    given: Option<&[String]>,
    default: &[&str],
    rows: &mut [T],
    compare: impl Fn(&str, &T, &T) -> Ordering,
) {
    let given = given.filter(|criteria| !criteria.is_empty());
    let criteria = given.map_or_else(
        || default.to_vec(),
        |given| given.iter().map(String::as_str).collect(),
    );
    // Rows that are equal stand youngest first if the first criterion is reversed.
    if criteria.first().is_some_and(|first| first.starts_with('-')) {
        rows.reverse();
    }
    rows.sort_by(|a, b| {
        criteria.iter().fold(Ordering::Equal, |so_far, criterion| {
            so_far.then_with(|| match criterion.strip_prefix('-') {
                Some(name) => compare(name, b, a),
                None => compare(criterion, a, b),
            })
        })
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_search_ignores_case_and_fails_on_nul() {
        for (query, outcome) in [
            (None, Ok(None)),
            (Some("Ab"), Ok(Some("ab".to_owned()))),
            (Some("A\0"), Err(Refusal::Crash)),
        ] {
            assert_eq!(search(query), outcome, "{query:?}");
        }
    }

    #[test]
    fn a_search_has_wildcards() {
        for (text, query, found) in [
            ("Note", None, true),
            ("Note", Some(""), true),
            ("Note", Some("OT"), true),
            ("Note", Some("x"), false),
            ("Note", Some("n%e"), true),
            ("Note", Some("n_t"), true),
            ("Note", Some("n_e"), false),
            ("Note", Some("%"), true),
            ("Note", Some("\\%"), false),
            ("50%", Some("\\%"), true),
            ("a_b", Some("\\_"), true),
            ("50%", Some("0\\"), true),
            ("50", Some("0\\"), false),
            ("", Some("_"), false),
        ] {
            assert_eq!(is_like(text, query), found, "{text} {query:?}");
        }
    }

    #[test]
    fn a_filter_names_what_is_listed() {
        for (wanted, listed) in [
            (None, true),
            (Some(vec![]), false),
            (Some(vec![1]), false),
            (Some(vec![1, 2]), true),
        ] {
            assert_eq!(is_one_of(&2, wanted.as_ref()), listed, "{wanted:?}");
            assert_eq!(is_some_of(Some(&2), wanted.as_ref()), listed, "{wanted:?}");
        }
        assert!(is_some_of::<i32>(None, None));
        assert!(!is_some_of(None, Some(&vec![2])));
    }

    #[test]
    fn what_is_missing_comes_last() {
        let mut values = [None, Some(2), Some(1), None];
        values.sort_by(nulls_last);
        assert_eq!(values, [Some(1), Some(2), None, None]);
    }

    #[test]
    fn rows_are_sorted_by_several_criteria() {
        for (given, default, sorted) in [
            (None, ["name"], "a1 a2 b1"),
            (None, ["-name"], "b1 a2 a1"),
            (Some(vec![]), ["-name"], "b1 a2 a1"),
            (Some(vec!["number"]), ["name"], "b1 a1 a2"),
            (Some(vec!["-number"]), ["name"], "a2 a1 b1"),
            (Some(vec!["number", "name"]), ["name"], "a1 b1 a2"),
            (Some(vec!["-number", "-name"]), ["name"], "a2 b1 a1"),
            (Some(vec!["name", "-number"]), ["name"], "a2 a1 b1"),
        ] {
            let mut rows = ["b1", "a1", "a2"];
            let criteria: Option<Vec<String>> =
                given.map(|given| given.into_iter().map(str::to_owned).collect());
            sort(criteria.as_deref(), &default, &mut rows, |by, a, b| {
                let part = if by == "name" { 0..1 } else { 1..2 };
                a[part.clone()].cmp(&b[part])
            });
            assert_eq!(rows.join(" "), sorted, "{criteria:?} {default:?}");
        }
    }
}
