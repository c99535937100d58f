//! Refuses a text that is too large or too deep before it becomes a value.

use std::{borrow::Cow, collections::HashMap, mem::size_of};

use saphyr_parser::{Event, ScalarStyle};
use serde_json::Value;

use super::{
    error::{Error, Position},
    events::Placed,
};

/// How deep sequences and mappings may be nested. Both crates behind this give up a little deeper.
pub(super) const MOST_LEVELS: usize = 100;
/// How many values and keys there may be in YAML. The crate behind this takes a quarter of a kilobyte for each.
pub(super) const MOST_IN_YAML: usize = 500_000;
/// The same for JSON, which takes a third of that.
pub(super) const MOST_IN_JSON: usize = 1_000_000;
/// How much memory aliases may add, in bytes, by a rough count.
const MOST_REPEATED: usize = 8 << 20;

/// A sequence or mapping that has not ended.
struct Open<'t> {
    /// The keys so far, each with its line, when it is a mapping.
    keys: Option<HashMap<Cow<'t, str>, usize>>,
    /// Whether a key comes next.
    key_next: bool,
    anchor: usize,
    weight: usize,
}

struct Guard<'t> {
    most_values: usize,
    open: Vec<Open<'t>>,
    documents: usize,
    values: usize,
    repeated: usize,
    /// How much an alias to an anchor repeats. Filled in where the anchored value ends.
    weights: HashMap<usize, usize>,
}

/// Reads events to their end, or to the first that is refused.
pub(super) fn check<'t>(
    events: impl Iterator<Item = Placed<'t>>,
    most_values: usize,
) -> Result<(), Error> {
    let mut guard = Guard {
        most_values,
        open: Vec::new(),
        documents: 0,
        values: 0,
        repeated: 0,
        weights: HashMap::new(),
    };
    for event in events {
        let (event, position) = event?;
        guard.take(event, position).map_err(|message| Error {
            message,
            position: Some(position),
        })?;
    }
    Ok(())
}

impl<'t> Guard<'t> {
    fn take(&mut self, event: Event<'t>, position: Position) -> Result<(), String> {
        if let Event::Scalar(.., Some(_))
        | Event::SequenceStart(_, Some(_))
        | Event::MappingStart(_, Some(_)) = event
        {
            return Err("tags are not supported; write plain YAML".to_owned());
        }
        match event {
            Event::DocumentStart(_) => {
                self.documents += 1;
                if self.documents > 1 {
                    return Err("a second document; write only one".to_owned());
                }
            }
            Event::Scalar(text, style, anchor, _) => {
                self.count()?;
                let weight = size_of::<Value>() + text.len();
                self.remember(anchor, weight);
                if self.at_key() {
                    self.key(text, position.line)?;
                } else if style == ScalarStyle::Plain && is_not_finite(&text) {
                    return Err("a number must be finite".to_owned());
                }
                self.add(weight);
            }
            Event::SequenceStart(anchor, _) => self.start(None, anchor)?,
            Event::MappingStart(anchor, _) => self.start(Some(HashMap::new()), anchor)?,
            Event::SequenceEnd | Event::MappingEnd => {
                if let Some(ended) = self.open.pop() {
                    self.remember(ended.anchor, ended.weight);
                    self.add(ended.weight);
                }
            }
            Event::Alias(anchor) => {
                self.not_at_key()?;
                self.count()?;
                let weight = self.weights.get(&anchor);
                let weight = *weight.ok_or("an alias inside its own anchor")?;
                self.repeated = self.repeated.saturating_add(weight);
                if self.repeated > MOST_REPEATED {
                    return Err("the aliases repeat too much; write the values out".to_owned());
                }
                self.add(weight);
            }
            Event::Nothing | Event::StreamStart | Event::StreamEnd | Event::DocumentEnd => {}
        }
        Ok(())
    }

    fn count(&mut self) -> Result<(), String> {
        self.values += 1;
        if self.values > self.most_values {
            return Err(format!("more than {} values", self.most_values));
        }
        Ok(())
    }

    fn start(
        &mut self,
        keys: Option<HashMap<Cow<'t, str>, usize>>,
        anchor: usize,
    ) -> Result<(), String> {
        self.not_at_key()?;
        self.count()?;
        if self.open.len() == MOST_LEVELS {
            return Err(format!("nested deeper than {MOST_LEVELS} levels"));
        }
        self.open.push(Open {
            key_next: keys.is_some(),
            keys,
            anchor,
            weight: size_of::<Value>(),
        });
        Ok(())
    }

    fn at_key(&self) -> bool {
        self.open.last().is_some_and(|open| open.key_next)
    }

    fn not_at_key(&self) -> Result<(), String> {
        if self.at_key() {
            return Err("a key must be text".to_owned());
        }
        Ok(())
    }

    fn key(&mut self, key: Cow<'t, str>, line: usize) -> Result<(), String> {
        let keys = self.open.last_mut().and_then(|open| open.keys.as_mut());
        if let Some(first) = keys.and_then(|keys| keys.insert(key.clone(), line)) {
            let shown: String = key.chars().take(60).collect();
            return Err(format!(
                "the key {shown:?} is repeated; remove one, the first is in line {first}"
            ));
        }
        Ok(())
    }

    /// One more key or value is complete.
    fn add(&mut self, weight: usize) {
        if let Some(open) = self.open.last_mut() {
            open.weight = open.weight.saturating_add(weight);
            open.key_next = open.keys.is_some() && !open.key_next;
        }
    }

    fn remember(&mut self, anchor: usize, weight: usize) {
        // 0 stands for none.
        if anchor != 0 {
            self.weights.insert(anchor, weight);
        }
    }
}

/// Whether YAML reads this as infinity or not-a-number.
fn is_not_finite(text: &str) -> bool {
    let word = text.trim_start_matches(['+', '-']);
    ["nan", "inf"].iter().any(|it| {
        word.strip_prefix('.')
            .is_some_and(|word| word.eq_ignore_ascii_case(it))
    })
}
