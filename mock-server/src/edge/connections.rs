//! The open connections of the process: how many there may be, and how long each may wait for its client.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use parking_lot::Mutex;
use tokio::sync::oneshot;
use tokio::time::Instant;

/// How long the head of a request may take, from its first byte on.
const HEAD: Duration = Duration::from_secs(60);
/// How long the body of a request may take, from the end of its head on.
const BODY: Duration = Duration::from_secs(120);
/// How long a connection may be open without a byte going either way.
const IDLE: Duration = Duration::from_secs(300);
/// How often these limits are checked.
const CHECK_INTERVAL: Duration = Duration::from_secs(5);
/// The most connections, however many files the process may open.
const MOST: usize = 10_000;

/// What a connection is doing. When room is needed, connections in an earlier phase are closed first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Phase {
    /// It waits for a request.
    Idle,
    /// The head of a request has begun.
    Head,
    /// The head has arrived, the body has not.
    Body,
    /// The whole request has arrived. There is no limit on this.
    Answering,
}

/// What a connection is doing and since when. Only the connection itself changes it.
#[derive(Debug)]
pub(super) struct Activity {
    /// What `since` counts from.
    origin: Instant,
    /// Microseconds in the upper bits, the phase in the lowest two.
    word: AtomicU64,
}

impl Activity {
    /// Begins another phase.
    pub(super) fn begin(&self, phase: Phase) {
        let micros = self.origin.elapsed().as_micros() as u64;
        self.word
            .store(micros << 2 | phase as u64, Ordering::Relaxed);
    }

    /// Notes that bytes were sent: an idle connection counts as idle from now.
    pub(super) fn sent(&self) {
        if self.phase() == Phase::Idle {
            self.begin(Phase::Idle);
        }
    }

    /// Notes that bytes arrived: on an idle connection they begin a request.
    pub(super) fn received(&self) {
        if self.phase() == Phase::Idle {
            self.begin(Phase::Head);
        }
    }

    pub(super) fn phase(&self) -> Phase {
        self.load().0
    }

    /// The phase, and when it began.
    fn load(&self) -> (Phase, Instant) {
        let word = self.word.load(Ordering::Relaxed);
        let phase = match word & 3 {
            0 => Phase::Idle,
            1 => Phase::Head,
            2 => Phase::Body,
            _ => Phase::Answering,
        };
        (phase, self.origin + Duration::from_micros(word >> 2))
    }

    fn is_late(&self, now: Instant) -> bool {
        let (phase, since) = self.load();
        let limit = match phase {
            Phase::Idle => IDLE,
            Phase::Head => HEAD,
            Phase::Body => BODY,
            Phase::Answering => return false,
        };
        now.saturating_duration_since(since) >= limit
    }
}

/// Why a connection is to be closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Closing {
    /// Its client took too long.
    Late,
    /// Another one needs its place.
    Crowded,
}

/// The open connections.
#[derive(Debug)]
pub(crate) struct Connections {
    most: usize,
    origin: Instant,
    open: Mutex<Open>,
}

#[derive(Debug, Default)]
struct Open {
    opened: u64,
    /// Those that are open, by their number.
    lines: HashMap<u64, Line>,
}

#[derive(Debug)]
struct Line {
    activity: Arc<Activity>,
    close: oneshot::Sender<Closing>,
}

/// The place of one connection; dropping it frees the place.
#[derive(Debug)]
pub(crate) struct Place {
    connections: Arc<Connections>,
    number: u64,
    pub(super) activity: Arc<Activity>,
    /// Receives the reason when the connection is to be closed.
    pub(super) close: oneshot::Receiver<Closing>,
}

impl Connections {
    /// Room for nearly as many connections as the process may open files; the rest is left for webhook deliveries and for
    /// the program that embeds the server.
    pub(crate) fn new() -> Self {
        let files = descriptors();
        Self::with_room_for((files - files / 8).saturating_sub(16).clamp(1, MOST))
    }

    fn with_room_for(most: usize) -> Self {
        Self {
            most,
            origin: Instant::now(),
            open: Mutex::default(),
        }
    }

    /// A place for a new connection. If there is none, the connection that has been idle longest is closed; if all are
    /// being answered, this waits.
    pub(crate) async fn place(self: &Arc<Self>) -> Place {
        loop {
            if let Some(place) = self.try_place() {
                return place;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    fn try_place(self: &Arc<Self>) -> Option<Place> {
        let mut open = self.open.lock();
        if open.lines.len() >= self.most && !open.close_idlest() {
            return None;
        }
        let activity = Arc::new(Activity {
            origin: self.origin,
            word: AtomicU64::default(),
        });
        activity.begin(Phase::Idle);
        let (close, closing) = oneshot::channel();
        open.opened += 1;
        let number = open.opened;
        let line = Line {
            activity: activity.clone(),
            close,
        };
        open.lines.insert(number, line);
        Some(Place {
            connections: self.clone(),
            number,
            activity,
            close: closing,
        })
    }

    /// Closes the connection that has been idle longest, if there is one.
    pub(super) fn close_idlest(&self) {
        self.open.lock().close_idlest();
    }

    /// Keeps closing connections whose clients take too long.
    pub(crate) async fn close_late(&self) {
        loop {
            tokio::time::sleep(CHECK_INTERVAL).await;
            let now = Instant::now();
            let mut open = self.open.lock();
            for (_, line) in open.lines.extract_if(|_, line| line.activity.is_late(now)) {
                let _ = line.close.send(Closing::Late);
            }
        }
    }
}

impl Open {
    fn close_idlest(&mut self) -> bool {
        let waiting = self.lines.iter().filter_map(|(&number, line)| {
            let (phase, since) = line.activity.load();
            (phase != Phase::Answering).then_some((phase, since, number))
        });
        let idlest = waiting
            .min()
            .and_then(|(.., number)| self.lines.remove(&number));
        idlest.is_some_and(|line| line.close.send(Closing::Crowded).is_ok())
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.connections.open.lock().lines.remove(&self.number);
    }
}

/// How many files the process may have open.
#[cfg(unix)]
fn descriptors() -> usize {
    use rustix::process::{Resource, getrlimit};
    let most = getrlimit(Resource::Nofile).current;
    most.and_then(|most| usize::try_from(most).ok())
        .unwrap_or(usize::MAX)
}

#[cfg(not(unix))]
fn descriptors() -> usize {
    usize::MAX
}

#[cfg(test)]
mod tests {
    use super::*;

    fn closing(place: &mut Place) -> Option<Closing> {
        place.close.try_recv().ok()
    }

    #[tokio::test(start_paused = true)]
    async fn where_there_is_no_room_the_one_that_was_idle_longest_goes() {
        let connections = Arc::new(Connections::with_room_for(4));
        let mut places = Vec::new();
        for phase in [Phase::Body, Phase::Answering, Phase::Idle, Phase::Idle] {
            let place = connections.place().await;
            place.activity.begin(phase);
            places.push(place);
            tokio::time::advance(Duration::from_secs(1)).await;
        }
        // The older idle one sends something.
        places[2].activity.sent();
        let mut latest = Vec::new();
        for first in [3, 2] {
            tokio::time::advance(Duration::from_secs(1)).await;
            assert_eq!(closing(&mut places[first]), None);
            let newer = connections.place().await;
            newer.activity.begin(Phase::Answering);
            latest.push(newer);
            assert_eq!(closing(&mut places[first]), Some(Closing::Crowded));
        }
        // One that waits for its body goes rather than one that is being answered.
        latest.push(connections.place().await);
        latest[2].activity.begin(Phase::Answering);
        assert_eq!(closing(&mut places[0]), Some(Closing::Crowded));
        assert_eq!(closing(&mut places[1]), None);
        // All are being answered: a new one waits until one is done.
        assert!(connections.try_place().is_none());
        places.remove(1);
        let waited = tokio::time::timeout(Duration::from_secs(1), connections.place());
        assert!(waited.await.is_ok());
    }
}
