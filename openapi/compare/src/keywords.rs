//! What the keywords of one schema allow, without references and combinations.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::{
    place::Place,
    sets::{Sets, Side},
    shape::{
        Arrays, Atom, Body, Bound, Kind, Numbers, Objects, Property, Said, Strings, both_numbers,
        canonical,
    },
};

impl<'d> Sets<'d> {
    /// What the keywords of one schema allow, without references and combinations.
    pub(crate) fn own(&mut self, side: Side, text: bool, place: &Place<'d>) -> Vec<Atom<'d>> {
        let types: Option<Vec<&str>> = match place.value.get("type") {
            Some(Value::String(name)) => Some(vec![name]),
            Some(Value::Array(names)) => Some(names.iter().filter_map(Value::as_str).collect()),
            _ => None,
        };
        let named = |name: &str| types.as_ref().is_none_or(|types| types.contains(&name));
        let mut atoms = self.atoms_of_anything(side, text, Some(place));
        atoms.retain(|atom| match atom.body {
            Body::Number(_) => named("number") || named("integer"),
            _ => named(atom.body.name()),
        });
        if place.value.as_object().is_none_or(|map| map.is_empty()) {
            return atoms;
        }
        let mut values: Option<Vec<&Value>> = place
            .value
            .get("enum")
            .and_then(Value::as_array)
            .map(|list| list.iter().collect());
        if let Some(only) = place.value.get("const") {
            let both =
                values.is_none_or(|all| all.iter().any(|one| canonical(one) == canonical(only)));
            values = Some(if both { vec![only] } else { Vec::new() });
        }
        if let Some(values) = &values {
            atoms.retain(|atom| {
                values
                    .iter()
                    .any(|value| kind_of(value) == atom.body.kind())
            });
        }
        let values_at = place.at.clone();
        let among = |kind: Kind| {
            let all = values
                .iter()
                .flatten()
                .filter(move |value| kind_of(value) == kind);
            let said = Said {
                value: all.map(|value| canonical(value)).collect(),
                at: values_at.clone(),
            };
            values.as_ref().map(|_| said)
        };
        for atom in &mut atoms {
            match &mut atom.body {
                Body::Null => {}
                Body::Bool(bools) => {
                    if let Some(values) = &values {
                        bools.yes = values.contains(&&Value::Bool(true));
                        bools.no = values.contains(&&Value::Bool(false));
                    }
                }
                Body::Number(numbers) => {
                    *numbers = own_numbers(place);
                    numbers.whole |= !named("number");
                    numbers.values = values.as_ref().map(|values| Said {
                        value: values
                            .iter()
                            .filter(|value| value.is_number())
                            .map(|value| (canonical(value), (*value).clone()))
                            .collect(),
                        at: place.at.clone(),
                    });
                }
                Body::String(strings) => {
                    *strings = own_strings(place);
                    strings.values = values.as_ref().map(|values| Said {
                        value: values
                            .iter()
                            .filter_map(|value| value.as_str().map(str::to_owned))
                            .collect(),
                        at: place.at.clone(),
                    });
                }
                Body::Array(_) => {
                    atom.body = Body::Array(self.own_arrays(side, text, place, among(Kind::Array)));
                }
                Body::Object(_) => {
                    atom.body =
                        Body::Object(self.own_objects(side, text, place, among(Kind::Object)));
                }
            }
        }
        atoms
    }

    pub(crate) fn own_arrays(
        &mut self,
        side: Side,
        text: bool,
        place: &Place<'d>,
        values: Option<Said<BTreeSet<String>>>,
    ) -> Arrays {
        let prefix = place.list("prefixItems");
        let prefix = prefix
            .into_iter()
            .map(|item| self.node(side, text, item))
            .collect();
        let rest = match place.get("items") {
            Some(items) => self.node(side, text, items),
            None => self.any(side, text),
        };
        Arrays {
            prefix,
            rest,
            // An empty list is written as nothing at all where everything is text.
            fewest: count(place, "minItems").filter(|fewest| fewest.value > u64::from(text)),
            most: count(place, "maxItems"),
            unique: place.flag("uniqueItems").then(|| place.at.clone()),
            values,
        }
    }

    pub(crate) fn own_objects(
        &mut self,
        side: Side,
        text: bool,
        place: &Place<'d>,
        values: Option<Said<BTreeSet<String>>>,
    ) -> Objects {
        let any = self.any(side, text);
        let mut patterns = BTreeMap::new();
        for (pattern, schema) in place.map("patternProperties") {
            patterns.insert(pattern.to_owned(), self.node(side, text, schema));
        }
        let mut properties = BTreeMap::new();
        for (name, schema) in place.map("properties") {
            let at = schema.at.clone();
            let mut node = self.node(side, text, schema);
            for (pattern, more) in &patterns {
                if self.matches(pattern, name) == Some(true) {
                    node = self.both(node, *more);
                }
            }
            properties.insert(
                name.to_owned(),
                Property {
                    node,
                    required: false,
                    at,
                },
            );
        }
        for name in strings_of(place.value.get("required")) {
            let at = place.at.clone();
            let property = properties.entry(name.to_owned());
            property
                .or_insert(Property {
                    node: any,
                    required: true,
                    at,
                })
                .required = true;
        }
        let rest = place.get("additionalProperties");
        let names = place.get("propertyNames");
        let any_text = self.any_text(side);
        let mut dependents = BTreeMap::new();
        for (name, others) in place.map("dependentRequired") {
            let value: BTreeSet<_> = strings_of(Some(others.value)).map(str::to_owned).collect();
            if !value.is_empty() {
                dependents.insert(
                    name.to_owned(),
                    Said {
                        value,
                        at: others.at,
                    },
                );
            }
        }
        let rest_at = rest.as_ref().map(|_| place.at.clone());
        let names_at = names.as_ref().map(|_| place.at.clone());
        Objects {
            properties,
            rest: rest.map_or(any, |rest| self.node(side, text, rest)),
            rest_at,
            patterns,
            names: names.map_or(any_text, |names| {
                let names = self.node(side, false, names);
                self.both(any_text, names)
            }),
            names_at,
            fewest: count(place, "minProperties").filter(|fewest| fewest.value > 0),
            most: count(place, "maxProperties"),
            dependents,
            values,
        }
    }
}

fn kind_of(value: &Value) -> Kind {
    match value {
        Value::Null => Kind::Null,
        Value::Bool(_) => Kind::Bool,
        Value::Number(_) => Kind::Number,
        Value::String(_) => Kind::String,
        Value::Array(_) => Kind::Array,
        Value::Object(_) => Kind::Object,
    }
}

fn strings_of(list: Option<&Value>) -> impl Iterator<Item = &str> {
    list.and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
}

/// A count, which Polar sometimes writes as a float.
fn count(place: &Place, key: &str) -> Option<Said<u64>> {
    let value = place.value.get(key)?;
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a count that is no small whole number means nothing; the cast saturates"
    )]
    let value = value
        .as_u64()
        .or_else(|| value.as_f64().map(|count| count as u64))?;
    Some(Said {
        value,
        at: place.at.clone(),
    })
}

fn own_numbers(place: &Place) -> Numbers {
    let number = |key: &str| place.value.get(key).and_then(Value::as_f64);
    let end = |inclusive: &str, exclusive: &str| {
        let at = place.at.clone();
        let flag = place.flag(exclusive);
        let written = number(inclusive).map(|value| Bound {
            value,
            exclusive: flag,
        });
        let strict = number(exclusive).map(|value| Bound {
            value,
            exclusive: true,
        });
        let said = |bound: Option<Bound>| {
            bound.map(|value| Said {
                value,
                at: at.clone(),
            })
        };
        (said(written), said(strict))
    };
    let (lower, strictly_lower) = end("minimum", "exclusiveMinimum");
    let (upper, strictly_upper) = end("maximum", "exclusiveMaximum");
    let mut numbers = Numbers {
        lower,
        upper,
        ..Numbers::default()
    };
    let strict = Numbers {
        lower: strictly_lower,
        upper: strictly_upper,
        ..Numbers::default()
    };
    numbers = both_numbers(&numbers, &strict);
    numbers.multiples = number("multipleOf")
        .into_iter()
        .map(|value| Said {
            value,
            at: place.at.clone(),
        })
        .collect();
    let format = place
        .text("format")
        .filter(|format| crate::formats::is_numeric(format));
    numbers
        .formats
        .extend(format.map(|format| (format.to_owned(), place.at.clone())));
    numbers
}

fn own_strings(place: &Place) -> Strings {
    let mut strings = Strings {
        shortest: count(place, "minLength"),
        longest: count(place, "maxLength"),
        ..Strings::default()
    };
    let pattern = place.text("pattern");
    strings
        .patterns
        .extend(pattern.map(|pattern| (pattern.to_owned(), place.at.clone())));
    let mut formats = Vec::new();
    match place
        .text("format")
        .filter(|format| !crate::formats::is_numeric(format))
    {
        Some("byte") => formats.push("contentEncoding base64".to_owned()),
        Some("binary") => formats.push("contentMediaType application/octet-stream".to_owned()),
        Some(format) => formats.push(format.to_owned()),
        None => {}
    }
    for key in ["contentEncoding", "contentMediaType"] {
        formats.extend(place.text(key).map(|value| format!("{key} {value}")));
    }
    strings.formats = formats
        .into_iter()
        .map(|format| (format, place.at.clone()))
        .collect();
    strings
}
