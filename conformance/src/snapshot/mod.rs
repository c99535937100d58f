//! Answers as they are kept: with reference tokens in the place of every value that the server makes up.

mod normalise;

pub use normalise::Normaliser;
