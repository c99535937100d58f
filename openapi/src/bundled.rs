//! The document, the overlay and the list of operations that are compiled in.

use serde_json::Value;

use crate::{load, operations::Operations, overlay::Overlay};

/// `polar.yaml`: what Polar publishes, cut to this project's operations, described in our own words.
pub const DOCUMENT: &str = include_str!("../polar.yaml");

/// `overlay.yaml`: what the real server does and the published document does not say.
pub const OVERLAY: &str = include_str!("../overlay.yaml");

/// `operations.toml`: the operations of the slice, in groups.
pub const OPERATIONS: &str = include_str!("../operations.toml");

/// The published document.
///
/// # Panics
/// Never in a commit that passed its tests: what is bundled is known to be readable.
pub fn document() -> Value {
    load::document(DOCUMENT).expect("the bundled polar.yaml is checked by the tests of this crate")
}

/// The bundled overlay.
///
/// # Panics
/// Never in a commit that passed its tests.
pub fn overlay() -> Overlay {
    Overlay::parse(OVERLAY).expect("the bundled overlay.yaml is checked by the tests of this crate")
}

/// The operations of the slice.
///
/// # Panics
/// Never in a commit that passed its tests.
pub fn operations() -> Operations {
    Operations::parse(OPERATIONS)
        .expect("the bundled operations.toml is checked by the tests of this crate")
}

/// The published document with the overlay applied: what the server really does. Actions that no longer apply are left
/// out; `cargo xtask regen --check` reports them.
pub fn server_truth() -> Value {
    let mut document = document();
    overlay().apply(&mut document);
    document
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::{refs, slice};

    #[test]
    fn every_reference_of_the_bundled_document_has_a_target() {
        assert_eq!(refs::check(&document()), Ok(()));
    }

    #[test]
    fn the_bundled_document_has_exactly_the_listed_operations() {
        let (document, operations) = (document(), operations());
        let mut found = BTreeSet::new();
        crate::walk::document(&document, &mut |kind, _, value| {
            if kind == crate::walk::Kind::Operation {
                found.extend(value["operationId"].as_str());
            }
        });
        assert_eq!(found, operations.all());
        let again = slice::select(&document, &operations.all()).expect("sliceable");
        assert_eq!(
            again, document,
            "polar.yaml holds components or tags that no operation needs"
        );
    }

    #[test]
    fn the_overlay_leaves_no_dangling_reference() {
        assert_eq!(refs::check(&server_truth()), Ok(()));
    }
}
