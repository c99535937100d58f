//! Where a behaviour is written down.

/// The sections of `docs/behaviour.md` with these anchors: `rotate, customer-portal` is
/// `docs/behaviour.md#rotate, docs/behaviour.md#customer-portal`.
pub(crate) fn sections(anchors: &str) -> String {
    let anchors = anchors.split(", ");
    let sections = anchors.map(|anchor| format!("docs/behaviour.md#{anchor}"));
    sections.collect::<Vec<_>>().join(", ")
}
