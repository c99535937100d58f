//! The positions of values in a text.

use std::collections::HashMap;

use saphyr_parser::Event;
use serde::de::IgnoredAny;

use super::{
    error::Position,
    events::{self, Placed},
    guard::MOST_LEVELS,
    json,
};

/// Where in a YAML or JSON text each path begins: at the key in a mapping, at the item in a sequence. A path is written
/// `license_keys[2].status`, or as a JSON pointer, `/license_keys/2/status`. When nothing is there, it is where the
/// nearest that contains it begins; `None` when that is the whole text.
pub fn positions<S: AsRef<str>>(text: &str, paths: &[S]) -> Vec<Option<Position>> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut search = Search::default();
    for path in paths {
        for path in upwards(path.as_ref()) {
            search.found.insert(path, None);
        }
    }
    if serde_json::from_str::<IgnoredAny>(text).is_ok() {
        search.run(json::Events::new(text));
    } else {
        search.run(events::yaml(text));
    }
    let found = |path: &S| upwards(path.as_ref()).find_map(|path| search.found[path]);
    paths.iter().map(found).collect()
}

/// The path and all that contain it.
fn upwards(path: &str) -> impl Iterator<Item = &str> {
    std::iter::successors(Some(path), |path| {
        let end = if path.starts_with('/') {
            path.rfind('/')
        } else {
            path.rfind(['.', '['])
        };
        end.map(|end| &path[..end]).filter(|path| !path.is_empty())
    })
}

/// A sequence or mapping that has not ended.
struct Open {
    mapping: bool,
    /// Of a mapping, how many keys and values have come; of a sequence, how many items.
    count: usize,
    /// How long the paths of itself are.
    lengths: [usize; 2],
}

#[derive(Default)]
struct Search<'p> {
    found: HashMap<&'p str, Option<Position>>,
    open: Vec<Open>,
    dotted: String,
    pointer: String,
}

impl Search<'_> {
    fn run<'t>(&mut self, events: impl Iterator<Item = Placed<'t>>) {
        for event in events {
            let Ok((event, position)) = event else { return };
            match event {
                Event::Scalar(text, ..) => self.begin(Some(&text), position),
                Event::Alias(_) => self.begin(None, position),
                Event::SequenceStart(..) => self.start(false, position),
                Event::MappingStart(..) => self.start(true, position),
                Event::SequenceEnd | Event::MappingEnd => {
                    self.open.pop();
                }
                _ => {}
            }
        }
    }

    fn start(&mut self, mapping: bool, position: Position) {
        self.begin(None, position);
        self.open.push(Open {
            mapping,
            count: 0,
            lengths: [self.dotted.len(), self.pointer.len()],
        });
    }

    /// A key, a value or an item begins; `text` is what a key says.
    fn begin(&mut self, text: Option<&str>, position: Position) {
        // A path of more steps leads to where the deepest of these begins: it would take longer with each step.
        if self.open.len() > MOST_LEVELS {
            return;
        }
        let Some(open) = self.open.last_mut() else {
            return;
        };
        let count = open.count;
        open.count += 1;
        if open.mapping && count % 2 == 1 {
            return;
        }
        self.dotted.truncate(open.lengths[0]);
        self.pointer.truncate(open.lengths[1]);
        if open.mapping {
            let key = text.unwrap_or_default();
            if !self.dotted.is_empty() {
                self.dotted.push('.');
            }
            self.dotted.push_str(key);
            self.pointer = crate::pointer::join(&self.pointer, key);
        } else {
            self.dotted.push_str(&format!("[{count}]"));
            self.pointer.push_str(&format!("/{count}"));
        }
        for path in [&self.dotted, &self.pointer] {
            if let Some(found) = self.found.get_mut(path.as_str()) {
                found.get_or_insert(position);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    const YAML: &str = "\
# A world.
customers:
  - id: a
    metadata: {a.b: 1, c/d: [x, y]}

  - *other
license_keys: []
";

    #[test]
    fn paths_and_pointers_lead_to_lines_and_columns() {
        let found = |text: &str| {
            let paths = [
                "customers",
                "customers[0].id",
                "/customers/0/metadata",
                "customers[0].metadata.a.b",
                "/customers/0/metadata/c~1d/1",
                "customers[1].id",
                "license_keys[3].status",
                "nothing",
                "",
            ];
            let all = super::positions(text, &paths).into_iter();
            all.map(|position| position.map(|at| (at.line, at.column)))
                .collect::<Vec<_>>()
        };
        let expected = [
            Some((2, 1)),
            Some((3, 5)),
            Some((4, 5)),
            Some((4, 16)),
            Some((4, 33)),
            Some((6, 5)),
            Some((7, 1)),
            None,
            None,
        ];
        assert_eq!(found(&YAML.replace("*other", "&x b")), expected);
        let json = "{\"customers\": [\n\t{\"id\": \"\\ud83d\\ude00\",\n\"metadata\": {\"a.b\":1, \"c/d\": [\"x\", 2]}}, {}],\n\
                    \"license_keys\":[]}";
        let expected = [
            Some((1, 2)),
            Some((2, 3)),
            Some((3, 1)),
            Some((3, 14)),
            Some((3, 36)),
            Some((3, 42)),
            Some((4, 1)),
            None,
            None,
        ];
        assert_eq!(found(json), expected);
    }
}
