//! Activation slots of granted, unexpired keys without conditions (POLAR.md 7 to 9).

use std::collections::BTreeSet;

/// An activation, numbered in the order in which they were made.
pub type Handle = usize;

/// What an operation answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// It does what was asked.
    Done,
    /// There is no such live activation on that key.
    NotFound,
    /// All slots are taken.
    LimitReached,
}

/// The slots of several keys.
#[derive(Debug, Clone)]
pub struct Slots {
    keys: Vec<Key>,
    made: Handle,
}

#[derive(Debug, Clone)]
struct Key {
    limit: usize,
    live: BTreeSet<Handle>,
    validations: usize,
}

impl Slots {
    /// One key for each limit, all slots free.
    pub fn new(limits: &[usize]) -> Self {
        let key = |limit: &usize| Key {
            limit: *limit,
            live: BTreeSet::new(),
            validations: 0,
        };
        Self {
            keys: limits.iter().map(key).collect(),
            made: 0,
        }
    }

    /// Takes a slot; the activation made is the one numbered [`Slots::made`] before.
    pub fn activate(&mut self, key: usize) -> Verdict {
        let key = &mut self.keys[key];
        if key.live.len() >= key.limit {
            return Verdict::LimitReached;
        }
        key.live.insert(self.made);
        self.made += 1;
        Verdict::Done
    }

    /// Frees a slot; nothing but a live activation of this very key can be freed.
    pub fn deactivate(&mut self, key: usize, activation: Option<Handle>) -> Verdict {
        let freed = activation.is_some_and(|handle| self.keys[key].live.remove(&handle));
        if freed {
            Verdict::Done
        } else {
            Verdict::NotFound
        }
    }

    /// Validates with an activation; only what is valid is counted.
    pub fn validate(&mut self, key: usize, activation: Option<Handle>) -> Verdict {
        let key = &mut self.keys[key];
        if activation.is_none_or(|handle| !key.live.contains(&handle)) {
            return Verdict::NotFound;
        }
        key.validations += 1;
        Verdict::Done
    }

    /// How many activations were ever made.
    pub fn made(&self) -> Handle {
        self.made
    }

    /// The live activations of a key.
    pub fn live(&self, key: usize) -> impl Iterator<Item = Handle> + '_ {
        self.keys[key].live.iter().copied()
    }

    /// How many validations of a key succeeded.
    pub fn validations(&self, key: usize) -> usize {
        self.keys[key].validations
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slot_is_free_again_after_its_activation_is_gone() {
        let mut slots = Slots::new(&[1, 2]);
        assert_eq!(slots.activate(0), Verdict::Done);
        assert_eq!(slots.activate(0), Verdict::LimitReached);
        assert_eq!(slots.deactivate(1, Some(0)), Verdict::NotFound);
        assert_eq!(slots.validate(0, Some(0)), Verdict::Done);
        assert_eq!(slots.deactivate(0, Some(0)), Verdict::Done);
        assert_eq!(slots.deactivate(0, Some(0)), Verdict::NotFound);
        assert_eq!(slots.validate(0, Some(0)), Verdict::NotFound);
        assert_eq!(slots.activate(0), Verdict::Done);
        assert_eq!(
            (
                slots.made(),
                slots.live(0).collect::<Vec<_>>(),
                slots.validations(0)
            ),
            (2, vec![1], 1)
        );
    }
}
