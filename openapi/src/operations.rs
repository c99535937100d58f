//! `operations.toml`: which operations of the upstream document belong to the slice, in groups.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;

/// The operations of the slice, by group. Each group becomes one module of the client.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Operations {
    groups: Vec<Group>,
}

/// A named group of operationIds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group {
    /// As in the file, for instance `license-keys`.
    pub name: String,
    /// operationIds as Polar names them, for instance `license_keys:validate`.
    pub operations: Vec<String>,
}

impl Group {
    /// The name of the group's module in Rust: `license-keys` is `license_keys`.
    pub fn module(&self) -> String {
        self.name.replace('-', "_")
    }
}

/// What can be wrong with `operations.toml`.
#[derive(Debug, thiserror::Error)]
pub enum OperationsError {
    /// Not TOML, or not of the expected shape.
    #[error("operations.toml cannot be read; it must have `[groups]` with lists of operationIds")]
    Syntax(#[from] toml::de::Error),
    /// No group, or a group without operations.
    #[error("group `{0}` of operations.toml is empty; list at least one operationId or remove it")]
    EmptyGroup(String),
    /// A name that cannot become a Rust module.
    #[error(
        "group `{0}` of operations.toml cannot name a Rust module; use lower-case letters, digits and `-`"
    )]
    BadGroupName(String),
    /// An operation must have one home.
    #[error("operation `{operation}` is listed in `{first}` and in `{second}`; keep one of them")]
    Twice {
        /// The operationId.
        operation: String,
        /// The group that has it first.
        first: String,
        /// The group that has it again.
        second: String,
    },
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    groups: BTreeMap<String, Vec<String>>,
}

impl Operations {
    /// Reads the text of an `operations.toml`.
    ///
    /// # Errors
    /// When it is not of the expected shape, or an operation is listed twice.
    pub fn parse(text: &str) -> Result<Self, OperationsError> {
        let File { groups } = toml::from_str(text)?;
        if groups.is_empty() {
            return Err(OperationsError::EmptyGroup("groups".to_owned()));
        }
        let mut homes: BTreeMap<&str, &str> = BTreeMap::new();
        for (name, operations) in &groups {
            let starts_well = name.starts_with(|c: char| c.is_ascii_lowercase());
            let reads_well =
                |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-' || c == '_';
            if !starts_well || !name.chars().all(reads_well) {
                return Err(OperationsError::BadGroupName(name.clone()));
            }
            if operations.is_empty() {
                return Err(OperationsError::EmptyGroup(name.clone()));
            }
            for operation in operations {
                if let Some(first) = homes.insert(operation, name) {
                    return Err(OperationsError::Twice {
                        operation: operation.clone(),
                        first: first.to_owned(),
                        second: name.clone(),
                    });
                }
            }
        }
        let groups = groups
            .into_iter()
            .map(|(name, operations)| Group { name, operations })
            .collect();
        Ok(Self { groups })
    }

    /// The groups, by name.
    pub fn groups(&self) -> &[Group] {
        &self.groups
    }

    /// All operationIds of all groups.
    pub fn all(&self) -> BTreeSet<&str> {
        self.groups
            .iter()
            .flat_map(|group| group.operations.iter().map(String::as_str))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_become_modules() {
        let operations = Operations::parse("[groups]\nlicense-keys = ['a:b']\nother = ['c', 'd']")
            .expect("well-formed");
        assert_eq!(operations.groups()[0].module(), "license_keys");
        assert_eq!(
            operations.all().into_iter().collect::<Vec<_>>(),
            ["a:b", "c", "d"]
        );
    }

    #[test]
    fn an_operation_has_one_home() {
        let error = Operations::parse("[groups]\na = ['x']\nb = ['x']").expect_err("twice");
        assert_eq!(
            error.to_string(),
            "operation `x` is listed in `a` and in `b`; keep one of them"
        );
        assert!(Operations::parse("[groups]\na = ['x', 'x']").is_err());
    }

    #[test]
    fn shapes_that_cannot_work_are_refused() {
        for text in [
            "",
            "[groups]",
            "[groups]\na = []",
            "[groups]\n\"A b\" = ['x']",
            "[groups]\na = 'x'",
            "groups = 1",
        ] {
            assert!(Operations::parse(text).is_err(), "{text}");
        }
    }
}
