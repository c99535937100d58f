//! Which paths belong to the control API.

/// What all paths of the control API begin with.
pub(super) const ROOT: &str = "/_mock";

/// Whether a path is one of the control API.
pub(crate) fn is_control(path: &str) -> bool {
    path.strip_prefix(ROOT)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}
