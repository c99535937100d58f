//! What was lost in lowering a document.

/// Something that 3.0 or the generator cannot express.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Loss {
    /// The rule that dropped it, for instance `property-names`.
    pub rule: &'static str,
    /// The JSON Pointer of the place in the document.
    pub pointer: String,
    /// What is lost, in a few words.
    pub what: String,
}

#[derive(Debug, Default)]
pub(super) struct Losses(pub(super) Vec<Loss>);

impl Losses {
    pub(super) fn note(&mut self, rule: &'static str, pointer: &str, what: impl Into<String>) {
        self.0.push(Loss {
            rule,
            pointer: pointer.to_owned(),
            what: what.into(),
        });
    }
}
