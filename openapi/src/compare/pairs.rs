//! Pairs of schemas that were compared: what differs at each, and which others it leads to.
//!
//! So a change of a shared schema is found once, and every operation that leads to it sees it.

use std::collections::HashSet;

use super::rules::{Effect, stem};

/// A difference, without who is broken by it: that depends on the way it travels.
#[derive(Debug, Clone)]
pub(super) struct Difference {
    pub(super) stem: &'static str,
    pub(super) location: String,
    pub(super) message: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct PairId(usize);

#[derive(Default)]
pub(super) struct Pair {
    pub(super) differences: Vec<Difference>,
    pub(super) edges: Vec<Edge>,
}

pub(super) enum Edge {
    /// Whatever is found there is found here.
    To(PairId),
    /// Whatever is found there is one difference here.
    Summed {
        to: PairId,
        stems: &'static Stems,
        swapped: bool,
        /// A lone difference is better told as what it is.
        unless_single: bool,
        location: String,
        message: String,
    },
}

/// What a sum is called: less, more, both, neither.
pub(super) struct Stems {
    narrows: &'static str,
    widens: &'static str,
    moves: &'static str,
    keeps: Option<&'static str>,
    /// Any difference counts both ways.
    mixed: bool,
}

pub(super) static REPLACED: Stems = Stems {
    narrows: "schema-narrowed",
    widens: "schema-widened",
    moves: "schema-replaced",
    keeps: Some("schema-exchanged"),
    mixed: false,
};
pub(super) static CONDITION: Stems = Stems {
    narrows: "condition-narrowed",
    widens: "condition-widened",
    moves: "condition-changed",
    keeps: None,
    mixed: false,
};
/// The condition of an `if` tells apart; any change of it goes both ways.
pub(super) static ALTERNATIVE: Stems = Stems {
    narrows: "condition-changed",
    widens: "condition-changed",
    moves: "condition-changed",
    keeps: None,
    mixed: true,
};
pub(super) static TUPLE: Stems = Stems {
    narrows: "tuple-narrowed",
    widens: "tuple-widened",
    moves: "tuple-changed",
    keeps: None,
    mixed: false,
};
pub(super) static NAMES: Stems = Stems {
    narrows: "property-names-narrowed",
    widens: "property-names-widened",
    moves: "property-names-changed",
    keeps: None,
    mixed: false,
};

/// A difference at a schema itself. Several at one place are one difference.
pub(super) struct Own {
    pub(super) stem: &'static str,
    pub(super) of_list: bool,
    pub(super) location: String,
    pub(super) message: String,
}

/// All pairs of schemas that were compared.
#[derive(Default)]
pub(super) struct Pairs {
    all: Vec<Pair>,
}

impl Pairs {
    pub(super) fn add(&mut self, pair: Pair) -> PairId {
        self.all.push(pair);
        PairId(self.all.len() - 1)
    }

    pub(super) fn get(&self, id: PairId) -> &Pair {
        &self.all[id.0]
    }

    pub(super) fn set(&mut self, id: PairId, pair: Pair) {
        self.all[id.0] = pair;
    }

    /// Everything that differs from this pair on.
    pub(super) fn collect(
        &self,
        from: PairId,
        seen: &mut HashSet<PairId>,
        found: &mut Vec<Difference>,
    ) {
        let mut queue = vec![from];
        while let Some(id) = queue.pop() {
            if !seen.insert(id) {
                continue;
            }
            let pair = &self.all[id.0];
            found.extend(pair.differences.iter().cloned());
            // In the order of the document.
            for edge in pair.edges.iter().rev() {
                match edge {
                    Edge::To(next) => queue.push(*next),
                    Edge::Summed {
                        to,
                        unless_single: true,
                        ..
                    } if self.is_single(*to) => queue.push(*to),
                    Edge::Summed {
                        to,
                        stems,
                        swapped,
                        location,
                        message,
                        ..
                    } => {
                        let effect = self.effect(*to);
                        let stem = match (effect, swapped) {
                            (Effect::Moves, _) => Some(stems.moves),
                            (Effect::Narrows, false) | (Effect::Widens, true) => {
                                Some(stems.narrows)
                            }
                            (Effect::Widens, false) | (Effect::Narrows, true) => Some(stems.widens),
                            (Effect::Keeps, _) => stems.keeps,
                            (Effect::Words, _) => None,
                        };
                        let (location, message) = (location.clone(), message.clone());
                        found.extend(stem.map(|stem| Difference {
                            stem,
                            location,
                            message,
                        }));
                    }
                }
            }
        }
    }

    /// Whether this pair leads to one difference at most, words aside.
    fn is_single(&self, from: PairId) -> bool {
        let mut found = Vec::new();
        self.collect(from, &mut HashSet::new(), &mut found);
        let grave =
            |one: &&Difference| stem(one.stem).is_none_or(|stem| stem.effect != Effect::Words);
        found.iter().filter(grave).nth(1).is_none()
    }

    /// The sum of everything from this pair on. `Words`: nothing but words, or nothing at all.
    fn effect(&self, from: PairId) -> Effect {
        let (mut narrows, mut widens, mut keeps) = (false, false, false);
        let mut seen = HashSet::new();
        let mut queue = vec![(from, false, false)];
        while let Some((id, swapped, mixed)) = queue.pop() {
            if !seen.insert((id, swapped, mixed)) {
                continue;
            }
            let pair = &self.all[id.0];
            for difference in &pair.differences {
                let effect = stem(difference.stem).map_or(Effect::Words, |stem| stem.effect);
                let (less, more) = (effect.narrows(), effect.widens());
                narrows |= if swapped { more } else { less } || mixed && more;
                widens |= if swapped { less } else { more } || mixed && less;
                keeps |= effect == Effect::Keeps;
            }
            for edge in &pair.edges {
                queue.push(match edge {
                    Edge::To(next) => (*next, swapped, mixed),
                    Edge::Summed {
                        to,
                        stems,
                        swapped: turned,
                        ..
                    } => (*to, swapped != *turned, mixed || stems.mixed),
                });
            }
        }
        match Effect::of(narrows, widens) {
            Effect::Keeps if !keeps => Effect::Words,
            effect => effect,
        }
    }
}

/// Several differences at one place are one: it is one value whose bounds changed.
pub(super) fn merged(own: Vec<Own>) -> Vec<Difference> {
    let mut groups: Vec<(String, Vec<Own>)> = Vec::new();
    for one in own {
        match groups
            .iter_mut()
            .find(|(location, _)| *location == one.location)
        {
            Some((_, group)) => group.push(one),
            None => groups.push((one.location.clone(), vec![one])),
        }
    }
    let merge = |(location, mut group): (String, Vec<Own>)| {
        if group.len() == 1
            && let Some(Own { stem, message, .. }) = group.pop()
        {
            return Difference {
                stem,
                location,
                message,
            };
        }
        let effect = |one: &Own| stem(one.stem).map_or(Effect::Keeps, |stem| stem.effect);
        let narrows = group.iter().any(|one| effect(one).narrows());
        let widens = group.iter().any(|one| effect(one).widens());
        let of_list = group.iter().all(|one| one.of_list);
        let stem = match (of_list, narrows, widens) {
            (true, true, false) => "list-narrowed",
            (true, false, _) => "list-widened",
            (true, true, true) => "list-changed",
            (false, true, false) => "values-narrowed",
            (false, false, _) => "values-widened",
            (false, true, true) => "values-changed",
        };
        let messages: Vec<_> = group.into_iter().map(|one| one.message).collect();
        Difference {
            stem,
            location,
            message: messages.join(", "),
        }
    };
    groups.into_iter().map(merge).collect()
}
