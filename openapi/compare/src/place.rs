//! A value of a document together with where it stands, and the document it stands in.

use std::{
    cell::RefCell,
    collections::{BTreeMap, BTreeSet},
    rc::Rc,
};

use serde_json::Value;

use polar_openapi::{
    pointer,
    refs::{self, Reference},
    walk::Kind,
};

/// A value and its JSON Pointer.
#[derive(Debug, Clone)]
pub(crate) struct Place<'d> {
    pub(crate) at: Rc<str>,
    pub(crate) value: &'d Value,
}

impl<'d> Place<'d> {
    pub(crate) fn new(at: &str, value: &'d Value) -> Self {
        let at = Rc::from(at);
        Self { at, value }
    }

    /// What stands under this key, when something does.
    pub(crate) fn get(&self, key: &str) -> Option<Self> {
        let value = self.value.get(key)?;
        Some(Self::new(&pointer::join(&self.at, key), value))
    }

    /// The text under this key.
    pub(crate) fn text(&self, key: &str) -> Option<&'d str> {
        self.value.get(key)?.as_str()
    }

    /// Whether `true` stands under this key.
    pub(crate) fn flag(&self, key: &str) -> bool {
        self.value.get(key) == Some(&Value::Bool(true))
    }

    /// The entries of the list under this key.
    pub(crate) fn list(&self, key: &str) -> Vec<Self> {
        let Some(list) = self.get(key) else {
            return Vec::new();
        };
        let entries = list.value.as_array().into_iter().flatten().enumerate();
        entries
            .map(|(index, value)| Self::new(&pointer::join(&list.at, &index.to_string()), value))
            .collect()
    }

    /// The entries of the object under this key.
    pub(crate) fn map(&self, key: &str) -> Vec<(&'d str, Self)> {
        self.get(key).map(|map| map.entries()).unwrap_or_default()
    }

    /// The entries of this object.
    pub(crate) fn entries(&self) -> Vec<(&'d str, Self)> {
        let entries = self.value.as_object().into_iter().flatten();
        entries
            .map(|(key, value)| {
                let at = pointer::join(&self.at, key);
                (key.as_str(), Self::new(&at, value))
            })
            .collect()
    }
}

/// One of the two documents.
pub(crate) struct Document<'d> {
    pub(crate) root: &'d Value,
    /// OpenAPI 3.0: `nullable` and boolean exclusive bounds mean something, what stands beside a `$ref` does not.
    pub(crate) old_dialect: bool,
    /// References that were followed and led nowhere.
    pub(crate) dangling: RefCell<Vec<Reference>>,
}

impl<'d> Document<'d> {
    pub(crate) fn new(root: &'d Value) -> Self {
        let version = root.get("openapi").and_then(Value::as_str);
        Self {
            root,
            old_dialect: version.is_some_and(|version| version.starts_with("3.0")),
            dangling: RefCell::default(),
        }
    }

    pub(crate) fn whole(&self) -> Place<'d> {
        Place::new("", self.root)
    }

    /// What the `$ref` of this place points at; the place itself when it has none, or one that leads nowhere.
    pub(crate) fn follow(&self, place: &Place<'d>) -> Place<'d> {
        let mut current = place.clone();
        // A chain longer than this is a ring.
        for _ in 0..64 {
            match self.target(&current) {
                Some(next) => current = next,
                None => return current,
            }
        }
        place.clone()
    }

    /// One step of [`Self::follow`].
    pub(crate) fn target(&self, place: &Place<'d>) -> Option<Place<'d>> {
        let reference = place.value.get("$ref")?.as_str()?;
        match refs::resolve(self.root, reference) {
            Ok(value) => Some(Place::new(&refs::place(reference), value)),
            Err(_) => {
                let pointer = place.at.to_string();
                let target = reference.to_owned();
                let lost = Reference { pointer, target };
                let mut dangling = self.dangling.borrow_mut();
                if !dangling.contains(&lost) {
                    dangling.push(lost);
                }
                None
            }
        }
    }

    pub(crate) fn has(&self, pointer: &str) -> bool {
        self.root.pointer(pointer).is_some()
    }
}

/// The pointer of the component that a pointer leads to or into, when it does.
pub(crate) fn component(pointer: &str) -> Option<&str> {
    let rest = pointer.strip_prefix("/components/")?;
    let (section, rest) = rest.split_once('/')?;
    let name = rest.split('/').next()?;
    pointer.get(.."/components/".len() + section.len() + 1 + name.len())
}

/// Schemas by name that are word for word the same in both documents, and reach only such.
pub(crate) fn unchanged_schemas(old: &Document, new: &Document) -> BTreeSet<String> {
    if old.old_dialect != new.old_dialect {
        return BTreeSet::new();
    }
    const SCHEMAS: &str = "/components/schemas";
    let before = old.root.pointer(SCHEMAS);
    let after = new.root.pointer(SCHEMAS).and_then(Value::as_object);
    let mut same = BTreeSet::new();
    let mut users: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (name, schema) in after.into_iter().flatten() {
        if before.and_then(|before| before.get(name)) == Some(schema) {
            let reference = format!("#{}", pointer::join(SCHEMAS, name));
            for used in refs::collect_part(Kind::Schema, "", schema) {
                let users = users.entry(used.target).or_default();
                users.push(reference.clone());
            }
            same.insert(reference);
        }
    }
    let changed = users.keys().filter(|used| !same.contains(*used));
    let mut queue: Vec<_> = changed.cloned().collect();
    while let Some(changed) = queue.pop() {
        for user in users.remove(&changed).unwrap_or_default() {
            if same.remove(&user) {
                queue.push(user);
            }
        }
    }
    same
}
