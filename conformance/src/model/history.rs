//! Linearizability: whether parallel requests could have happened one after the other.
//!
//! The search of Wing and Gong, with Lowe's memory: a configuration (which operations are done, and the state they lead
//! to) that has been looked at once is not looked at again. ("Testing and Verifying Concurrent Objects", 1993; "Testing
//! for Linearizability", 2017.)

use std::collections::HashSet;
use std::hash::Hash;

/// One operation as a client sees it: sent at one moment, answered at a later one.
#[derive(Debug, Clone)]
pub struct Event<Op, Ret> {
    /// When it was sent.
    pub called: u64,
    /// When its answer arrived.
    pub returned: u64,
    /// What was asked.
    pub operation: Op,
    /// What was answered.
    pub result: Ret,
}

/// The specification of a history: one operation after the other.
pub trait Sequential: Clone + Eq + Hash {
    /// What can be asked.
    type Operation;
    /// The answer.
    type Result;

    /// The next state, if the operation can have this result in this state.
    fn after(&self, operation: &Self::Operation, result: &Self::Result) -> Option<Self>;
}

/// An order of the events in which each takes effect between its call and its return and has the result that was seen;
/// nothing when there is none. At most 64 events.
pub fn linearized<S: Sequential>(
    start: &S,
    events: &[Event<S::Operation, S::Result>],
) -> Option<Vec<usize>> {
    assert!(events.len() <= 64, "{} events are too many", events.len());
    let mut order = Vec::new();
    let mut seen = HashSet::new();
    step(start, events, 0, &mut order, &mut seen).then_some(order)
}

fn step<S: Sequential>(
    state: &S,
    events: &[Event<S::Operation, S::Result>],
    done: u64,
    order: &mut Vec<usize>,
    seen: &mut HashSet<(u64, S)>,
) -> bool {
    if order.len() == events.len() {
        return true;
    }
    if !seen.insert((done, state.clone())) {
        return false;
    }
    let open = |index: &usize| done & (1 << index) == 0;
    // Nothing can take effect after the first return of what has not taken effect yet.
    let first_return = (0..events.len())
        .filter(open)
        .map(|index| events[index].returned)
        .min()
        .unwrap_or_default();
    let candidates: Vec<usize> = (0..events.len())
        .filter(open)
        .filter(|index| events[*index].called <= first_return)
        .collect();
    for index in candidates {
        let event = &events[index];
        let Some(after) = state.after(&event.operation, &event.result) else {
            continue;
        };
        order.push(index);
        if step(&after, events, done | (1 << index), order, seen) {
            return true;
        }
        order.pop();
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A register: `Some` writes, `None` reads.
    #[derive(Debug, Clone, PartialEq, Eq, Hash)]
    struct Register(u32);

    impl Sequential for Register {
        type Operation = Option<u32>;
        type Result = u32;

        fn after(&self, operation: &Option<u32>, result: &u32) -> Option<Self> {
            let value = operation.unwrap_or(self.0);
            (value == *result).then_some(Self(value))
        }
    }

    fn event(
        called: u64,
        returned: u64,
        operation: Option<u32>,
        result: u32,
    ) -> Event<Option<u32>, u32> {
        Event {
            called,
            returned,
            operation,
            result,
        }
    }

    #[test]
    fn a_read_beside_a_write_may_see_either() {
        for seen in [0, 7] {
            let history = [event(1, 4, Some(7), 7), event(2, 3, None, seen)];
            assert!(linearized(&Register(0), &history).is_some(), "{seen}");
        }
    }

    #[test]
    fn a_read_after_a_write_sees_it() {
        let stale = [event(1, 2, Some(7), 7), event(3, 4, None, 0)];
        assert_eq!(linearized(&Register(0), &stale), None);
    }

    #[test]
    fn two_reads_do_not_go_back_in_time() {
        let back = [
            event(1, 10, Some(7), 7),
            event(2, 3, None, 7),
            event(4, 5, None, 0),
        ];
        assert_eq!(linearized(&Register(0), &back), None);
        let forth = [
            event(1, 10, Some(7), 7),
            event(2, 3, None, 0),
            event(4, 5, None, 7),
        ];
        assert_eq!(linearized(&Register(0), &forth), Some(vec![1, 0, 2]));
    }
}
