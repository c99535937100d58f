//! The credentials for a target that cannot be seeded.

use std::fmt;

use crate::wire::protect;

/// An access token, and the id of the organization that it must belong to. The token is never printed.
#[derive(Clone, PartialEq, Eq)]
pub struct Credentials {
    token: String,
    organization_id: Option<String>,
}

impl Credentials {
    /// From `POLAR_ACCESS_TOKEN` and `POLAR_ORGANIZATION_ID`; `None` without a token.
    pub fn from_environment() -> Option<Self> {
        let variable = |name| {
            std::env::var(name)
                .ok()
                .map(|value| value.trim().to_owned())
                .filter(|value| !value.is_empty())
        };
        Some(Self::new(
            variable("POLAR_ACCESS_TOKEN")?,
            variable("POLAR_ORGANIZATION_ID"),
        ))
    }

    /// New credentials. From now on the token is masked in everything that the suite prints or writes.
    pub fn new(token: String, organization_id: Option<String>) -> Self {
        protect(&token);
        Self {
            token,
            organization_id: organization_id.map(|id| id.to_ascii_lowercase()),
        }
    }

    /// The token, for the `Authorization` header.
    pub fn token(&self) -> &str {
        &self.token
    }

    /// The organization that the token must belong to, if it was named.
    pub fn organization_id(&self) -> Option<&str> {
        self.organization_id.as_deref()
    }
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credentials")
            .field("token", &"***")
            .field("organization_id", &self.organization_id)
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::mask;

    #[test]
    fn a_token_is_masked_whatever_it_looks_like() {
        let credentials = Credentials::new("an-odd-token-0815".to_owned(), None);
        assert!(!format!("{credentials:?}").contains("0815"));
        assert_eq!(
            mask("it said an-odd-token-0815, twice"),
            "it said ***, twice"
        );
    }
}
