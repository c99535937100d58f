//! What is not sent.

/// Why a request may not be sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Denied {
    /// The whole budget of a run is spent.
    #[error("the budget of {0} requests is used up")]
    Spent(usize),
    /// The server wants to be left alone, and there is no time to wait for it.
    #[error("the server refuses more requests for now (429); try again in a minute")]
    Refused,
}
