//! Pairs of schemas that were compared: their differences, and the pairs they lead to.
//!
//! A change of a shared schema is found once, and every operation that uses the schema reports it.

use crate::catalogue::{Effect, MessageRule};
use std::collections::HashSet;

/// A difference. Whom it breaks depends on the message that holds it.
#[derive(Debug, Clone)]
pub(crate) struct Difference {
    pub(crate) rule: MessageRule,
    pub(crate) location: String,
    pub(crate) message: String,
}

impl Difference {
    pub(crate) fn new(
        rule: MessageRule,
        location: impl Into<String>,
        message: impl Into<String>,
    ) -> Self {
        Self {
            rule,
            location: location.into(),
            message: message.into(),
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct PairId(usize);

#[derive(Default)]
pub(crate) struct Pair {
    pub(crate) differences: Vec<Difference>,
    pub(crate) edges: Vec<Edge>,
}

pub(crate) enum Edge {
    /// All differences there are differences here.
    To(PairId),
    /// All differences there are one difference here.
    Summed {
        to: PairId,
        rules: &'static Stems,
        swapped: bool,
        /// A single difference is reported as itself.
        unless_single: bool,
        location: String,
        message: String,
    },
}

/// The rule for a sum that allows less, more, both or neither.
pub(crate) struct Stems {
    narrows: MessageRule,
    widens: MessageRule,
    moves: MessageRule,
    keeps: Option<MessageRule>,
    /// Any difference counts both ways.
    mixed: bool,
}

pub(crate) static REPLACED: Stems = Stems {
    narrows: MessageRule::SchemaNarrowed,
    widens: MessageRule::SchemaWidened,
    moves: MessageRule::SchemaReplaced,
    keeps: Some(MessageRule::SchemaExchanged),
    mixed: false,
};
pub(crate) static CONDITION: Stems = Stems {
    narrows: MessageRule::ConditionNarrowed,
    widens: MessageRule::ConditionWidened,
    moves: MessageRule::ConditionChanged,
    keeps: None,
    mixed: false,
};
/// Any change of the condition of an `if` allows both less and more.
pub(crate) static ALTERNATIVE: Stems = Stems {
    narrows: MessageRule::ConditionChanged,
    widens: MessageRule::ConditionChanged,
    moves: MessageRule::ConditionChanged,
    keeps: None,
    mixed: true,
};
pub(crate) static TUPLE: Stems = Stems {
    narrows: MessageRule::TupleNarrowed,
    widens: MessageRule::TupleWidened,
    moves: MessageRule::TupleChanged,
    keeps: None,
    mixed: false,
};
pub(crate) static NAMES: Stems = Stems {
    narrows: MessageRule::PropertyNamesNarrowed,
    widens: MessageRule::PropertyNamesWidened,
    moves: MessageRule::PropertyNamesChanged,
    keeps: None,
    mixed: false,
};

/// A difference in the keywords of a schema. Several at one place are merged into one.
pub(crate) struct Own {
    pub(crate) rule: MessageRule,
    pub(crate) of_list: bool,
    pub(crate) location: String,
    pub(crate) message: String,
}

/// All pairs of schemas that were compared.
#[derive(Default)]
pub(crate) struct Pairs {
    all: Vec<Pair>,
}

impl Pairs {
    pub(crate) fn add(&mut self, pair: Pair) -> PairId {
        self.all.push(pair);
        PairId(self.all.len() - 1)
    }

    pub(crate) fn get(&self, id: PairId) -> &Pair {
        &self.all[id.0]
    }

    pub(crate) fn set(&mut self, id: PairId, pair: Pair) {
        self.all[id.0] = pair;
    }

    /// Everything that differs from this pair on.
    pub(crate) fn collect(
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
                        rules,
                        swapped,
                        location,
                        message,
                        ..
                    } => {
                        let effect = self.effect(*to);
                        let rule = match (effect, swapped) {
                            (Effect::Moves, _) => Some(rules.moves),
                            (Effect::Narrows, false) | (Effect::Widens, true) => {
                                Some(rules.narrows)
                            }
                            (Effect::Widens, false) | (Effect::Narrows, true) => Some(rules.widens),
                            (Effect::Keeps, _) => rules.keeps,
                            (Effect::Words, _) => None,
                        };
                        let (location, message) = (location.clone(), message.clone());
                        found.extend(rule.map(|rule| Difference::new(rule, location, message)));
                    }
                }
            }
        }
    }

    /// Whether this pair leads to one difference at most, words aside.
    fn is_single(&self, from: PairId) -> bool {
        let mut found = Vec::new();
        self.collect(from, &mut HashSet::new(), &mut found);
        let grave = |one: &&Difference| one.rule.effect() != Effect::Words;
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
                let effect = difference.rule.effect();
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
                        rules,
                        swapped: turned,
                        ..
                    } => (*to, swapped != *turned, mixed || rules.mixed),
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
pub(crate) fn merged(own: Vec<Own>) -> Vec<Difference> {
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
            && let Some(Own { rule, message, .. }) = group.pop()
        {
            return Difference::new(rule, location, message);
        }
        let narrows = group.iter().any(|one| one.rule.effect().narrows());
        let widens = group.iter().any(|one| one.rule.effect().widens());
        let of_list = group.iter().all(|one| one.of_list);
        let rule = match (of_list, narrows, widens) {
            (true, true, false) => MessageRule::ListNarrowed,
            (true, false, _) => MessageRule::ListWidened,
            (true, true, true) => MessageRule::ListChanged,
            (false, true, false) => MessageRule::ValuesNarrowed,
            (false, false, _) => MessageRule::ValuesWidened,
            (false, true, true) => MessageRule::ValuesChanged,
        };
        let messages: Vec<_> = group.into_iter().map(|one| one.message).collect();
        Difference::new(rule, location, messages.join(", "))
    };
    groups.into_iter().map(merge).collect()
}
