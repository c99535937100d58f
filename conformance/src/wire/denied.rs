//! Requests that are not sent.

/// Why a request may not be sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Denied {
    /// The budget of the run is used up.
    #[error("the budget of {0} requests is used up")]
    Spent(usize),
    /// The server answers 429, and there is no time to wait.
    #[error("the server refuses more requests for now (429); try again in a minute")]
    Refused,
}
