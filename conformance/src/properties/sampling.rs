//! How random inputs are drawn.

/// How many random inputs a property tries, and where they start from.
#[derive(Debug, Clone, Copy)]
pub struct Sampling {
    /// Where the random inputs start from.
    pub seed: u64,
    /// How many inputs each property tries.
    pub cases: u32,
    /// Whether a failing input is shrunk: an audit only wants to know that it fails.
    pub shrink: bool,
    /// The folder with the seeds of inputs that failed before: they are tried first, and new ones are added.
    pub seeds: Option<&'static str>,
}
