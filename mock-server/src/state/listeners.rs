//! Who hears of events while they happen: `polar listen` (docs/behaviour.md#listen).

use std::sync::Arc;

use parking_lot::Mutex;
use tokio::sync::broadcast;

use super::Event;

/// How many events may wait for a listener that reads slowly.
const WAITING: usize = 256;

/// The listeners of a server, whichever world it has.
#[derive(Debug, Clone, Default)]
pub struct Listeners(Arc<Mutex<Heard>>);

#[derive(Debug)]
enum Heard {
    Open(broadcast::Sender<Arc<Event>>),
    /// The server stops.
    Closed,
}

impl Default for Heard {
    fn default() -> Self {
        Self::Open(broadcast::Sender::new(WAITING))
    }
}

impl Listeners {
    /// The events from now on; nothing more comes once the server stops.
    pub fn listen(&self) -> broadcast::Receiver<Arc<Event>> {
        match &*self.0.lock() {
            Heard::Open(sender) => sender.subscribe(),
            Heard::Closed => broadcast::Sender::new(1).subscribe(),
        }
    }

    /// Whether anybody listens.
    pub fn any(&self) -> bool {
        matches!(&*self.0.lock(), Heard::Open(sender) if sender.receiver_count() > 0)
    }

    /// Tells everybody who listens.
    pub fn tell(&self, event: &Arc<Event>) {
        if let Heard::Open(sender) = &*self.0.lock()
            && sender.receiver_count() > 0
        {
            // Who has just left does not hear it.
            let _ = sender.send(event.clone());
        }
    }

    /// Ends every stream.
    pub fn close(&self) {
        *self.0.lock() = Heard::Closed;
    }
}
