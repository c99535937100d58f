//! How metadata is kept (docs/behaviour.md#stored-metadata), and which objects a list shows that is asked for metadata
//! (docs/behaviour.md#around-keys).

use crate::json::{Dict, Value, to_python_json};
use crate::refusal::Refusal;
use crate::state::{Metadata, stored};

/// Metadata as the database keeps it. It fails on numbers that are not finite.
pub fn keep_metadata(given: &Dict) -> Result<Metadata, Refusal> {
    stored(given).map(Metadata).ok_or(Refusal::Crash)
}

/// Checks the metadata that a list is asked for: the real server's database fails on U+0000 in a value.
pub fn check_wanted(wanted: Option<&Dict>) -> Result<(), Refusal> {
    let mut values = wanted.into_iter().flat_map(Dict::iter);
    match values.any(|(_, value)| value.contains_nul()) {
        true => Err(Refusal::Crash),
        false => Ok(()),
    }
}

/// Whether metadata has, for each name that is asked for, one of the values. Values are compared as the database writes
/// them: `1`, `true`, `1.5`.
pub fn has_metadata(metadata: &Dict, wanted: &Dict) -> bool {
    wanted.iter().all(|(name, values)| {
        let Value::List(values) = values else {
            return false;
        };
        let kept = metadata.get(name).map(|kept| match kept {
            Value::Str(text) => text.clone(),
            other => to_python_json(other),
        });
        kept.is_some_and(|kept| values.iter().any(|value| value.as_str() == Some(&kept)))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json::parse;

    #[test]
    fn the_database_keeps_short_names_first_and_fails_on_nan() {
        let dict = |text: &str| parse(text.as_bytes()).unwrap().as_dict().unwrap().clone();
        let kept = keep_metadata(&dict(r#"{"bb":1,"a":2}"#));
        assert_eq!(kept, Ok(Metadata(dict(r#"{"a":2,"bb":1}"#))));
        assert_eq!(keep_metadata(&dict(r#"{"a":NaN}"#)), Err(Refusal::Crash));
    }

    #[test]
    fn a_list_fails_on_nul_in_a_value() {
        let dict = |text: &str| parse(text.as_bytes()).unwrap().as_dict().unwrap().clone();
        let check = |text: &str| check_wanted(Some(&dict(text)));
        assert_eq!(check(r#"{"a":["x"],"b":["y"]}"#), Ok(()));
        assert_eq!(
            check(r#"{"a":["x"],"b":["y","\u0000"]}"#),
            Err(Refusal::Crash)
        );
        assert_eq!(check_wanted(None), Ok(()));
    }

    #[test]
    fn every_name_has_one_of_its_values() {
        let dict = |text: &str| parse(text.as_bytes()).unwrap().as_dict().unwrap().clone();
        let metadata = dict(r#"{"a":"x","n":1,"f":1.5,"t":true,"s":"1"}"#);
        for (wanted, has) in [
            (r#"{}"#, true),
            (r#"{"a":["x"]}"#, true),
            (r#"{"a":["y"]}"#, false),
            (r#"{"a":["y","x"]}"#, true),
            (r#"{"a":["x"],"n":["1"]}"#, true),
            (r#"{"a":["x"],"n":["2"]}"#, false),
            (r#"{"f":["1.5"],"t":["true"],"s":["1"]}"#, true),
            (r#"{"t":["True"]}"#, false),
            (r#"{"z":["x"]}"#, false),
        ] {
            assert_eq!(has_metadata(&metadata, &dict(wanted)), has, "{wanted}");
        }
    }
}
