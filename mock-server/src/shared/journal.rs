//! The journal: the last requests to the API and their answers, shown by `GET /_mock/requests`.

use std::collections::VecDeque;
use std::time::Duration;

use parking_lot::Mutex;

use crate::state::Timestamp;

/// How many exchanges are kept.
pub const KEPT: usize = 1_000;
/// A body longer than this is not kept, only its length, in bytes.
const LONGEST_BODY: usize = 16 * 1024;
/// How much of a method is kept, in bytes; every real method fits.
const LONGEST_METHOD: usize = 32;
/// How much of path and query is kept, in bytes.
const LONGEST_TARGET: usize = 2 * 1024;

/// A request and its answer.
#[derive(Debug, Clone, Default)]
pub struct Exchange {
    /// When it came in, on the world's clock.
    pub at: Timestamp,
    /// The method.
    pub method: Clipped<LONGEST_METHOD>,
    /// Path and query as they were sent.
    pub target: Clipped<LONGEST_TARGET>,
    /// Which operation of the contract it was, if it got that far.
    pub operation: Option<&'static str>,
    /// The body of the request, as far as it was read.
    pub request: Kept,
    /// The status of the answer.
    pub status: u16,
    /// The body of the answer.
    pub answer: Kept,
    /// How long it took to answer.
    pub took: Duration,
}

/// A body as the journal keeps it.
#[derive(Debug, Clone, Default)]
pub struct Kept {
    /// All of it, or nothing where it was too long.
    pub bytes: Vec<u8>,
    /// How long it was, in bytes.
    pub length: usize,
}

impl Kept {
    /// Keeps a copy: a slice would keep the whole buffer of the connection alive.
    pub(crate) fn copy(&mut self, body: &[u8]) {
        self.length = body.len();
        self.bytes.clear();
        if body.len() <= LONGEST_BODY {
            self.bytes.extend_from_slice(body);
        }
    }
}

/// A text of which no more than `LONGEST` bytes are kept.
#[derive(Debug, Clone, Default)]
pub struct Clipped<const LONGEST: usize> {
    text: String,
    /// How long all of it was, in bytes.
    length: usize,
}

impl<const LONGEST: usize> Clipped<LONGEST> {
    pub(crate) fn copy(&mut self, text: &str) {
        let end = (0..=text.len().min(LONGEST))
            .rev()
            .find(|&at| text.is_char_boundary(at));
        self.text.clear();
        self.text.push_str(&text[..end.unwrap_or_default()]);
        self.length = text.len();
    }

    /// What was kept, mapped by `words`, with a note where it was cut.
    pub fn shown(&self, words: impl FnOnce(&str) -> String) -> String {
        let mut shown = words(&self.text);
        let kept = self.text.len();
        if kept < self.length {
            shown.push_str(&format!("… (cut at {kept} of {} bytes)", self.length));
        }
        shown
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
    /// Writes an exchange over the oldest one, reusing its memory.
    pub(crate) fn write(&self, write: impl FnOnce(&mut Exchange)) {
        let mut ring = self.0.lock();
        let mut exchange = if ring.exchanges.len() == KEPT {
            ring.exchanges.pop_front().unwrap_or_default()
        } else {
            Exchange::default()
        };
        write(&mut exchange);
        ring.exchanges.push_back(exchange);
        ring.count += 1;
    }

    /// The exchanges that are kept, oldest first, with their numbers.
    pub fn exchanges(&self) -> Vec<(u64, Exchange)> {
        let ring = self.0.lock();
        let first = ring.count + 1 - ring.exchanges.len() as u64;
        (first..).zip(ring.exchanges.iter().cloned()).collect()
    }

    /// Forgets all exchanges; the numbering goes on.
    pub fn clear(&self) {
        self.0.lock().exchanges.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_ones_are_kept_and_numbered() {
        let journal = Journal::default();
        let write = |number: usize| {
            journal.write(|exchange| {
                exchange.status = 200 + (number % 100) as u16;
                exchange.request.copy(&[b'x'; LONGEST_BODY + 1]);
                exchange.answer.copy(number.to_string().as_bytes());
            });
        };
        (1..=KEPT + 12).for_each(write);
        let kept = journal.exchanges();
        let (number, oldest) = &kept[0];
        assert_eq!((kept.len(), *number, oldest.status), (KEPT, 13, 213));
        assert_eq!(oldest.answer.bytes, b"13");
        assert_eq!(
            (oldest.request.length, oldest.request.bytes.len()),
            (LONGEST_BODY + 1, 0)
        );
        journal.clear();
        write(0);
        assert_eq!(journal.exchanges()[0].0, KEPT as u64 + 13);
    }
}
