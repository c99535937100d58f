//! The columns of the parity matrix: what a request is about.

use serde::Serialize;

/// A kind of behaviour that items show.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Behaviour {
    /// What a good request is answered with.
    Answers,
    /// Status and expiry of a key.
    Status,
    /// Activations and their limit.
    Activations,
    /// Conditions of an activation.
    Conditions,
    /// Benefit and customer a validation asks for.
    Scope,
    /// The usage quota.
    Usage,
    /// Updates and rotation.
    Changes,
    /// Pages, filters and sorting.
    Lists,
    /// Tokens and scopes.
    Access,
    /// Malformed and odd requests.
    Input,
    /// Which of several refusals comes first.
    Precedence,
    /// Versions of the API.
    Versions,
    /// Rate limits.
    Limits,
    /// Many requests, at once or in any order.
    Sequences,
    /// Webhooks.
    Webhooks,
}

impl Behaviour {
    /// Every behaviour, in the order of the columns.
    pub const ALL: [Self; 15] = [
        Self::Answers,
        Self::Status,
        Self::Activations,
        Self::Conditions,
        Self::Scope,
        Self::Usage,
        Self::Changes,
        Self::Lists,
        Self::Access,
        Self::Input,
        Self::Precedence,
        Self::Versions,
        Self::Limits,
        Self::Sequences,
        Self::Webhooks,
    ];

    /// What an item shows: as its name says, else as its group does.
    pub fn of(group: &str, name: &str) -> Self {
        let own = name.strip_prefix(group).unwrap_or_default();
        let own = own.trim_start_matches('/');
        match own.split(['-', '/']).next().unwrap_or_default() {
            "usage" | "increment" => Self::Usage,
            "conditions" => Self::Conditions,
            "missing" | "key" | "forms" | "label" | "meta" | "long" | "numbers" | "ids" => {
                Self::Input
            }
            "benefit" | "customer" | "organization" | "two" if group == "validate" => Self::Scope,
            "versions" => Self::Versions,
            _ => Self::of_group(group),
        }
    }

    fn of_group(group: &str) -> Self {
        match group.strip_prefix("case/").unwrap_or(group) {
            "states" | "validate" => Self::Status,
            "activate" | "deactivate" => Self::Activations,
            "conditions" => Self::Conditions,
            "owner" => Self::Scope,
            "usage" => Self::Usage,
            "patch" | "change" | "update" | "rotate" => Self::Changes,
            "list" => Self::Lists,
            "auth" | "token" => Self::Access,
            "body" | "header" | "path" | "routing" | "cors" => Self::Input,
            "precedence" => Self::Precedence,
            "version" | "versions" => Self::Versions,
            "limit" | "rate-production" | "rate-sandbox" => Self::Limits,
            "property" | "random" | "concurrency" | "history" => Self::Sequences,
            "webhooks" | "webhook-endpoints" => Self::Webhooks,
            _ => Self::Answers,
        }
    }

    /// The head of its column.
    pub fn title(self) -> &'static str {
        match self {
            Self::Answers => "Answers",
            Self::Status => "Status & expiry",
            Self::Activations => "Activations",
            Self::Conditions => "Conditions",
            Self::Scope => "Scope",
            Self::Usage => "Usage",
            Self::Changes => "Changes",
            Self::Lists => "Lists",
            Self::Access => "Access",
            Self::Input => "Input",
            Self::Precedence => "Precedence",
            Self::Versions => "Versions",
            Self::Limits => "Rate limits",
            Self::Sequences => "Sequences",
            Self::Webhooks => "Webhooks",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_says_more_than_its_group() {
        for (group, name, behaviour) in [
            ("validate", "validate/usage-steps", Behaviour::Usage),
            ("validate", "validate/expiry", Behaviour::Status),
            ("validate", "validate/benefit-id-forms", Behaviour::Scope),
            ("activate", "activate/meta-1", Behaviour::Input),
            ("case/usage", "case/usage/counts/core", Behaviour::Usage),
            ("snapshot", "snapshot/license_keys.get", Behaviour::Answers),
            ("something new", "something new/x", Behaviour::Answers),
        ] {
            assert_eq!(Behaviour::of(group, name), behaviour, "{name}");
        }
    }
}
