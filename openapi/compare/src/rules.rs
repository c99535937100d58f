//! A rule as a change reports it: one of the [`catalogue`](crate::catalogue), and the message it is seen in.
//!
//! A rule about a message is seen in four, which differ in who sends them: `request-…` and `webhook-answer-…` are sent by
//! the client, `response-…` and `webhook-…` (callbacks included) by the server. A change that allows more breaks the
//! receiver, one that allows less breaks the sender.

use std::fmt;

use serde::Serialize;

use crate::{
    catalogue::{DocumentRule, Effect, Impact, MessageRule},
    exchange::{FLOWS, Flow, Party},
};

/// How grave a change is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// It breaks somebody.
    Breaking,
    /// It breaks nobody, but changes more than words.
    Compatible,
    /// It changes nothing but words.
    Words,
}

/// A rule, as a change reports it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Rule(About);

/// What a rule is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum About {
    Message(Flow, MessageRule),
    Document(DocumentRule),
}

impl Rule {
    /// Every rule there is.
    pub fn all() -> Vec<Self> {
        let seen_in = |flow: Flow| {
            let rules = MessageRule::ALL.iter();
            let rules = rules.filter(move |rule| rule.row().half.includes(flow));
            rules.map(move |rule| Self::message(flow, *rule))
        };
        let messages = FLOWS.into_iter().flat_map(seen_in);
        messages
            .chain(DocumentRule::ALL.iter().copied().map(Self::document))
            .collect()
    }

    pub(crate) const fn message(flow: Flow, rule: MessageRule) -> Self {
        Self(About::Message(flow, rule))
    }

    pub(crate) const fn document(rule: DocumentRule) -> Self {
        Self(About::Document(rule))
    }

    /// Whether this is the given rule about a message, whichever way the message goes.
    pub(crate) fn is(self, rule: MessageRule) -> bool {
        matches!(self.0, About::Message(_, own) if own == rule)
    }

    /// The id, for instance `response-enum-value-added`.
    pub fn id(self) -> &'static str {
        match self.0 {
            About::Message(flow, rule) => rule.id(flow),
            About::Document(rule) => rule.row().id,
        }
    }

    /// Whom a change of this kind breaks.
    pub fn breaks(self) -> Vec<Party> {
        match self.0 {
            About::Message(flow, rule) => {
                let effect = rule.effect();
                flow.breaks(effect.narrows(), effect.widens())
            }
            About::Document(rule) => match rule.row().impact {
                Impact::Breaks(parties) => parties.to_vec(),
                Impact::Words => Vec::new(),
            },
        }
    }

    /// How grave a change of this kind is.
    pub fn severity(self) -> Severity {
        let words = match self.0 {
            About::Message(_, rule) => rule.effect() == Effect::Words,
            About::Document(rule) => matches!(rule.row().impact, Impact::Words),
        };
        match (self.breaks().is_empty(), words) {
            (false, _) => Severity::Breaking,
            (true, false) => Severity::Compatible,
            (true, true) => Severity::Words,
        }
    }

    /// Why, in a line.
    pub fn reason(self) -> &'static str {
        match self.0 {
            About::Message(_, rule) => rule.row().reason,
            About::Document(rule) => rule.row().reason,
        }
    }
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.id())
    }
}

impl Serialize for Rule {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.id())
    }
}
