//! Finds the place of a difference.

use std::rc::Rc;

use crate::{
    place::{Place, component},
    schemas::Schemas,
    shape::Atom,
};

impl<'d> Schemas<'d> {
    /// The place of a difference: the schema that has it if both documents pass through it, otherwise the last one that
    /// both pass through.
    pub(crate) fn locate(
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

    /// Where a member of a union stands: the first schema on the way to it that leads to none of the others.
    pub(crate) fn member(&self, trail: &[Place<'d>], others: &[Atom<'d>]) -> String {
        let own = shared_with(trail, others).map_or(0, |last| last + 1);
        let own = trail.get(own).or(trail.last());
        own.map(|place| place.at.to_string()).unwrap_or_default()
    }

    /// Where the union stands that something is a member of.
    pub(crate) fn union(&self, trail: &[Place<'d>], others: &[Atom<'d>]) -> Option<String> {
        let last = shared_with(trail, others)?;
        Some(trail.get(last)?.at.to_string())
    }

    /// Whether two places are the same place of a component that got another name.
    pub(crate) fn renamed_place(&self, old: &str, new: &str) -> bool {
        let (Some(before), Some(after)) = (component(old), component(new)) else {
            return false;
        };
        before != after
            && self.same_name(before, after)
            && old.get(before.len()..) == new.get(after.len()..)
    }
}

/// The last schema of a trail that leads to one of the others as well.
fn shared_with(trail: &[Place], others: &[Atom]) -> Option<usize> {
    // A position in a list of members says nothing: another member may stand there in the other document.
    let positional = |place: &Place| {
        let list = polar_openapi::pointer::split_last(&place.at).map_or("", |(list, _)| list);
        let mut unions = ["/anyOf", "/oneOf"].iter();
        unions.any(|union| list.ends_with(union))
    };
    let known = |place: &Place| {
        let mut trails = others.iter().flat_map(|other| &other.trail);
        !positional(place) && trails.any(|other| other.at == place.at)
    };
    trail.iter().rposition(known)
}
