//! A random sequence of commands, whatever the model.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use proptest::prelude::{BoxedStrategy, Strategy};
use proptest_state_machine::Sequential;

use super::printed::Printed;
use crate::properties::search::Divergence;

/// A reference model, as a sequence sees it.
pub(super) trait Model: Clone + fmt::Debug + Send + 'static {
    /// One request, or a step in time.
    type Command: Clone + fmt::Debug + Send + 'static;

    /// Whether everything exists that a command names by number.
    fn knows(&self, command: &Self::Command) -> bool;
    /// Applies a command.
    fn next(&mut self, command: &Self::Command);
    /// What a sequence starts with, in words; empty if it is always the same.
    fn told(&self) -> String;
    /// A sequence as a test that repeats it.
    fn printed(sequence: &Sequence<Self>) -> Printed;
}

/// A state at the start, and the commands.
#[derive(Clone)]
pub(super) struct Sequence<M: Model> {
    pub(super) start: M,
    pub(super) commands: Vec<M::Command>,
    seen: Option<Arc<AtomicUsize>>,
}

impl<M: Model> Sequence<M> {
    /// A sequence outside a search.
    pub(super) fn new(start: M, commands: Vec<M::Command>) -> Self {
        Self {
            start,
            commands,
            seen: None,
        }
    }

    /// Notes that the next command runs: shrinking starts by dropping the commands after a failing one.
    pub(super) fn step(&self) {
        if let Some(seen) = &self.seen {
            seen.fetch_add(1, Ordering::SeqCst);
        }
    }

    /// The divergence, with only the first commands.
    pub(super) fn shorten(&self, divergence: Divergence, target: &str, count: usize) -> Divergence {
        let tried = Self::new(self.start.clone(), self.commands[..count].to_vec());
        let test = M::printed(&tried).test(target);
        divergence.again(tried, test)
    }
}

impl<M: Model> fmt::Debug for Sequence<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let commands = counted(self.commands.len(), "command");
        write!(f, "{commands}{}", self.start.told())
    }
}

/// A number of things, in words.
pub(super) fn counted(count: usize, what: &str) -> String {
    match count {
        1 => format!("1 {what}"),
        count => format!("{count} {what}s"),
    }
}

/// Sequences of up to this many commands, each drawn from the state of the model at that point.
///
/// Only those that are to be shrunk count the commands that run: `proptest-state-machine` panics over a count that it did not
/// use.
pub(super) fn sequences<M: Model>(
    longest: usize,
    shrink: bool,
    starts: impl Fn() -> BoxedStrategy<M> + Send + Sync + 'static,
    commands: impl Fn(&M) -> BoxedStrategy<M::Command> + Send + Sync + 'static,
) -> impl Strategy<Value = Sequence<M>> {
    Sequential::new(
        (1..=longest).into(),
        starts,
        |model: &M, command| model.knows(command),
        commands,
        |mut model, command| {
            model.next(command);
            model
        },
    )
    .prop_map(move |(start, commands, seen)| Sequence {
        start,
        commands,
        seen: seen.filter(|_| shrink),
    })
}
