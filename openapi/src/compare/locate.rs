//! Where a difference stands.

use std::rc::Rc;

use super::{
    place::{Place, component},
    schemas::Schemas,
};

impl<'d> Schemas<'d> {
    /// Where a difference stands: at the schema that says it when both documents come by there, otherwise at the last
    /// one both do come by.
    pub(super) fn locate(
        &self,
        old: &[Place<'d>],
        new: &[Place<'d>],
        said_old: Option<&Rc<str>>,
        said_new: Option<&Rc<str>>,
    ) -> String {
        let known = |at: &str| {
            old.iter()
                .any(|place| &*place.at == at || self.renamed_place(&place.at, at))
        };
        if let Some(said) = said_new.filter(|said| known(said)) {
            return said.to_string();
        }
        if let (None, Some(said)) = (said_new, said_old)
            && new.iter().any(|place| place.at == *said)
        {
            return said.to_string();
        }
        let shared = new.iter().rev().find(|place| known(&place.at));
        let somewhere = shared.or(new.first()).or(old.first());
        somewhere
            .map(|place| place.at.to_string())
            .unwrap_or_default()
    }

    /// Where a member of a union stands: the first schema on the way to it that the others do not share.
    pub(super) fn member(&self, trail: &[Place<'d>], shared: &[Place<'d>]) -> String {
        let known = |place: &&Place| shared.iter().any(|other| other.at == place.at);
        let last = trail.iter().rposition(|place| known(&place));
        let first_own = trail.get(last.map_or(0, |last| last + 1));
        first_own
            .or(trail.last())
            .map(|place| place.at.to_string())
            .unwrap_or_default()
    }

    /// Whether two places are the same place of a component that got another name.
    pub(super) fn renamed_place(&self, old: &str, new: &str) -> bool {
        let (Some(before), Some(after)) = (component(old), component(new)) else {
            return false;
        };
        before != after
            && self.same_name(before, after)
            && old.get(before.len()..) == new.get(after.len()..)
    }
}
