//! The two license-key APIs.

/// Which of the two license-key APIs a case talks to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Api {
    /// `/v1/license-keys`, with an organization's access token.
    Core,
    /// `/v1/customer-portal/license-keys`, without a token.
    Portal,
}

impl Api {
    /// The path before the operation's own.
    pub fn prefix(self) -> &'static str {
        match self {
            Self::Core => "/v1/license-keys",
            Self::Portal => "/v1/customer-portal/license-keys",
        }
    }

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Core => "core",
            Self::Portal => "portal",
        }
    }
}
