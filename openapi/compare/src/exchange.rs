//! An exchange of messages: who takes part, which half is meant, and which way a message goes.

use serde::Serialize;

/// Who takes part in an exchange.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Party {
    /// Sends requests, reads answers.
    Client,
    /// Reads requests, sends answers. A mock is one.
    Server,
}

/// Which half of an exchange a change is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Direction {
    /// What is asked.
    Request,
    /// What is answered.
    Response,
    /// The exchange as a whole.
    None,
}

/// Which message a rule is about, and so who sends it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Flow {
    Request,
    Response,
    Webhook,
    WebhookAnswer,
}

pub(crate) const FLOWS: [Flow; 4] = [
    Flow::Request,
    Flow::Response,
    Flow::Webhook,
    Flow::WebhookAnswer,
];

impl Flow {
    /// A webhook is a request that the server sends and the client answers.
    pub(crate) fn direction(self) -> Direction {
        match self {
            Self::Request | Self::Webhook => Direction::Request,
            Self::Response | Self::WebhookAnswer => Direction::Response,
        }
    }

    fn sender(self) -> Party {
        match self {
            Self::Request | Self::WebhookAnswer => Party::Client,
            Self::Response | Self::Webhook => Party::Server,
        }
    }

    fn receiver(self) -> Party {
        match self.sender() {
            Party::Client => Party::Server,
            Party::Server => Party::Client,
        }
    }

    /// Whom a change breaks that allows less or more: less breaks the sender, more breaks the receiver.
    pub(crate) fn breaks(self, less: bool, more: bool) -> Vec<Party> {
        let mut broken = Vec::new();
        broken.extend(less.then(|| self.sender()));
        broken.extend(more.then(|| self.receiver()));
        broken.sort();
        broken
    }
}
