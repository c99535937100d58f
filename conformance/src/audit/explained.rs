//! Corruptions that no suite of this kind can notice, and why.

/// How the name of a corruption begins, how it ends, and why nothing can be seen.
const EXPLAINED: &[(&str, &str, &str)] = &[
    (
        "value/customer-sessions:create/",
        "id=altered",
        "the id of a session is given once and taken nowhere",
    ),
    (
        "value/",
        "modified_at=altered",
        "when something was modified is the server's word: any moment after its creation will do",
    ),
];

/// Why a corruption cannot be noticed, when it cannot.
pub(super) fn explained(name: &str) -> Option<&'static str> {
    EXPLAINED
        .iter()
        .find(|(start, end, _)| name.starts_with(start) && name.ends_with(end))
        .map(|(_, _, reason)| *reason)
}
