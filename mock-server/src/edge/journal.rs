//! The journal: the last requests to the API and their answers, to look at with `GET /_mock/requests`.

use std::collections::VecDeque;
use std::time::Duration;

use parking_lot::Mutex;

use crate::state::Timestamp;

/// How many exchanges are kept.
pub const KEPT: usize = 1_000;
/// A body longer than this is not kept, only its length, in bytes.
const LONGEST_BODY: usize = 16 * 1024;

/// A request and its answer.
#[derive(Debug, Clone)]
pub struct Exchange {
    /// When it came in, on the world's clock.
    pub at: Timestamp,
    /// The method.
    pub method: String,
    /// Path and query as they were sent.
    pub target: String,
    /// Which operation of the contract it was, if it came that far.
    pub operation: Option<&'static str>,
    /// The body of the request, as far as it was read.
    pub request: BodyKept,
    /// The status of the answer.
    pub status: u16,
    /// The body of the answer.
    pub answer: BodyKept,
    /// How long it took to answer.
    pub took: Duration,
}

/// A body as the journal keeps it.
#[derive(Debug, Clone)]
pub enum BodyKept {
    /// All of it.
    Whole(Box<[u8]>),
    /// It was too long: its length in bytes.
    Length(usize),
}

impl BodyKept {
    /// A copy: what a connection read is part of a buffer that would stay with it.
    pub(super) fn new(body: &[u8]) -> Self {
        if body.len() > LONGEST_BODY {
            Self::Length(body.len())
        } else {
            Self::Whole(body.into())
        }
    }
}

/// The last exchanges, each with its number: the first of all has 1.
#[derive(Debug, Default)]
pub struct Journal(Mutex<Ring>);

#[derive(Debug, Default)]
struct Ring {
    exchanges: VecDeque<Exchange>,
    count: u64,
}

impl Journal {
    pub(super) fn add(&self, exchange: Exchange) {
        let mut ring = self.0.lock();
        let old = if ring.exchanges.len() == KEPT {
            ring.exchanges.pop_front()
        } else {
            None
        };
        ring.exchanges.push_back(exchange);
        ring.count += 1;
        drop(ring);
        // What is thrown away is freed when others can go on.
        drop(old);
    }

    /// The exchanges that are kept, oldest first, with their numbers.
    pub fn exchanges(&self) -> Vec<(u64, Exchange)> {
        let ring = self.0.lock();
        let first = ring.count + 1 - ring.exchanges.len() as u64;
        (first..).zip(ring.exchanges.iter().cloned()).collect()
    }

    /// Forgets all exchanges; numbers go on.
    pub fn clear(&self) {
        self.0.lock().exchanges.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn exchange(target: usize) -> Exchange {
        Exchange {
            at: Timestamp::default(),
            method: "GET".into(),
            target: target.to_string(),
            operation: None,
            request: BodyKept::Length(0),
            status: 200,
            answer: BodyKept::new(&[0; LONGEST_BODY + 1]),
            took: Duration::ZERO,
        }
    }

    #[test]
    fn the_last_ones_are_kept_and_numbered() {
        let journal = Journal::default();
        (1..=KEPT + 2).for_each(|target| journal.add(exchange(target)));
        let kept = journal.exchanges();
        assert_eq!(
            (kept.len(), kept[0].0, kept[0].1.target.as_str()),
            (KEPT, 3, "3")
        );
        assert!(matches!(kept[0].1.answer, BodyKept::Length(length) if length == LONGEST_BODY + 1));
        journal.clear();
        journal.add(exchange(0));
        assert_eq!(journal.exchanges()[0].0, KEPT as u64 + 3);
    }
}
