//! The rules: what a change is called, which way it moves the set of what is allowed, and why that matters.
//!
//! A rule about schemas holds in four places, which differ in who sends what it is about: `request-…` and
//! `webhook-answer-…` are sent by the client, `response-…` and `webhook-…` (callbacks included) by the server. Whoever
//! receives is broken by a set that grew, whoever sends by one that shrank.

use super::{Direction, Party};

/// Which way a change moves the set of what is allowed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    /// Something is not allowed any more.
    Narrows,
    /// Something is allowed that was not.
    Widens,
    /// Both.
    Moves,
    /// The set is the same.
    Keeps,
    /// The set is the same, and nothing but words is touched.
    Words,
}

impl Effect {
    /// The effect of allowing less, more, both or neither.
    pub(super) fn of(narrows: bool, widens: bool) -> Self {
        match (narrows, widens) {
            (true, true) => Self::Moves,
            (true, false) => Self::Narrows,
            (false, true) => Self::Widens,
            (false, false) => Self::Keeps,
        }
    }

    pub(super) fn narrows(self) -> bool {
        matches!(self, Self::Narrows | Self::Moves)
    }

    pub(super) fn widens(self) -> bool {
        matches!(self, Self::Widens | Self::Moves)
    }
}

/// Where in an exchange a rule about schemas applies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Flow {
    Request,
    Response,
    Webhook,
    WebhookAnswer,
}

pub(super) const FLOWS: [Flow; 4] = [
    Flow::Request,
    Flow::Response,
    Flow::Webhook,
    Flow::WebhookAnswer,
];

impl Flow {
    pub(super) fn prefix(self) -> &'static str {
        match self {
            Self::Request => "request",
            Self::Response => "response",
            Self::Webhook => "webhook",
            Self::WebhookAnswer => "webhook-answer",
        }
    }

    /// A webhook is a request of the server's, and its answer is the client's.
    pub(super) fn direction(self) -> Direction {
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

    /// Whom an effect breaks here.
    pub(super) fn breaks(self, effect: Effect) -> Vec<Party> {
        let receiver = match self.sender() {
            Party::Client => Party::Server,
            Party::Server => Party::Client,
        };
        let mut broken = Vec::new();
        broken.extend(effect.narrows().then_some(self.sender()));
        broken.extend(effect.widens().then_some(receiver));
        broken.sort();
        broken
    }
}

/// Which half of an exchange a rule is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Only {
    Either,
    Asked,
    Answered,
}

impl Only {
    pub(super) fn holds(self, flow: Flow) -> bool {
        match self {
            Self::Either => true,
            Self::Asked => flow.direction() == Direction::Request,
            Self::Answered => flow.direction() == Direction::Response,
        }
    }
}

/// A rule about a schema, a body, a parameter or a header, without the flow it is seen in.
pub(super) struct Stem {
    pub(super) id: &'static str,
    pub(super) only: Only,
    pub(super) effect: Effect,
    pub(super) reason: &'static str,
}

/// A rule as it is reported.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rule {
    /// For instance `response-enum-value-added`.
    pub id: String,
    /// Whom a change of this kind breaks.
    pub breaks: Vec<Party>,
    /// Whether a change of this kind touches nothing but words.
    pub words: bool,
    /// Why, in a line.
    pub reason: &'static str,
}

/// Every rule there is.
pub fn rules() -> Vec<Rule> {
    let mut all = Vec::new();
    for flow in FLOWS {
        for stem in STEMS.iter().filter(|stem| stem.only.holds(flow)) {
            all.push(Rule {
                id: format!("{}-{}", flow.prefix(), stem.id),
                breaks: flow.breaks(stem.effect),
                words: stem.effect == Effect::Words,
                reason: stem.reason,
            });
        }
    }
    for rule in EXCHANGE {
        all.push(Rule {
            id: rule.id.to_owned(),
            breaks: rule.breaks.to_vec(),
            words: rule.words,
            reason: rule.reason,
        });
    }
    all
}

/// The rule of this name, when there is one.
pub fn rule(id: &str) -> Option<Rule> {
    rules().into_iter().find(|rule| rule.id == id)
}

pub(super) fn stem(id: &str) -> Option<&'static Stem> {
    STEMS.iter().find(|stem| stem.id == id)
}

pub(super) fn exchange(id: &str) -> Option<&'static Exchange> {
    EXCHANGE.iter().find(|rule| rule.id == id)
}

/// A rule about an operation or the whole document.
pub(super) struct Exchange {
    pub(super) id: &'static str,
    pub(super) breaks: &'static [Party],
    pub(super) words: bool,
    pub(super) reason: &'static str,
}

const NOBODY: &[Party] = &[];
const CLIENT: &[Party] = &[Party::Client];
const SERVER: &[Party] = &[Party::Server];
const BOTH: &[Party] = &[Party::Client, Party::Server];

macro_rules! stems {
    ($($only:ident $effect:ident { $($id:literal: $reason:literal,)* })*) => {
        &[$($(Stem { id: $id, only: Only::$only, effect: Effect::$effect, reason: $reason },)*)*]
    };
}

macro_rules! exchange {
    ($($breaks:ident, $words:literal { $($id:literal: $reason:literal,)* })*) => {
        &[$($(Exchange { id: $id, breaks: $breaks, words: $words, reason: $reason },)*)*]
    };
}

/// Rules about what travels, for each flow.
pub(super) const STEMS: &[Stem] = stems! {
    Either Narrows {
        "type-narrowed": "values of a type that was allowed are refused now",
        "became-not-nullable": "null was allowed and is not any more",
        "enum-value-removed": "a value of the list is gone",
        "enum-set": "any value was allowed, now only those of a list",
        "format-set": "texts of any form were allowed, now only those of the format",
        "format-narrowed": "the new format lies inside the old one",
        "pattern-set": "a pattern must be matched that was not there",
        "min-length-set": "shorter texts were allowed",
        "min-length-raised": "shorter texts were allowed",
        "max-length-set": "longer texts were allowed",
        "max-length-lowered": "longer texts were allowed",
        "minimum-set": "smaller numbers were allowed",
        "minimum-raised": "smaller numbers were allowed",
        "maximum-set": "larger numbers were allowed",
        "maximum-lowered": "larger numbers were allowed",
        "multiple-of-set": "numbers between the steps were allowed",
        "multiple-of-narrowed": "the new steps are multiples of the old ones",
        "min-items-set": "shorter lists were allowed",
        "min-items-raised": "shorter lists were allowed",
        "max-items-set": "longer lists were allowed",
        "max-items-lowered": "longer lists were allowed",
        "unique-items-set": "lists with the same item twice were allowed",
        "tuple-narrowed": "several positions of the tuple changed, all of them to less",
        "value-excluded": "a value is taken out that was allowed",
        "values-narrowed": "several bounds of the value changed, all of them to less",
        "list-narrowed": "several bounds of the list changed, all of them to less",
        "required-property-added": "objects without the property were allowed",
        "property-became-required": "objects without the property were allowed",
        "property-forbidden": "the object is closed, and the property is not declared any more",
        "property-restricted": "the property is declared on one side only, and bound tighter than before",
        "additional-properties-forbidden": "undeclared properties were allowed",
        "additional-properties-restricted": "undeclared properties could be anything, now they must fit a schema",
        "property-names-narrowed": "names of properties that were allowed are refused now",
        "min-properties-set": "objects with fewer properties were allowed",
        "min-properties-raised": "objects with fewer properties were allowed",
        "max-properties-set": "objects with more properties were allowed",
        "max-properties-lowered": "objects with more properties were allowed",
        "dependent-required-added": "one property now demands another",
        "condition-added": "another condition must be met",
        "condition-narrowed": "a condition asks for more than before",
        "union-member-removed": "one of the alternatives is gone",
        "overlap-forbidden": "what fits two alternatives was allowed, now exactly one must fit",
        "schema-narrowed": "another schema stands here, which allows less",
        "schema-forbidden": "nothing fits here any more",
    }
    Either Widens {
        "type-widened": "values of a type that was refused are allowed now",
        "became-nullable": "null was refused and is allowed now",
        "enum-value-added": "a value is new in the list",
        "enum-lifted": "only the values of a list were allowed, now any",
        "format-lifted": "only texts of the format were allowed, now any",
        "format-widened": "the old format lies inside the new one",
        "pattern-lifted": "the pattern need not be matched any more",
        "min-length-lowered": "shorter texts are allowed now",
        "min-length-lifted": "shorter texts are allowed now",
        "max-length-raised": "longer texts are allowed now",
        "max-length-lifted": "longer texts are allowed now",
        "minimum-lowered": "smaller numbers are allowed now",
        "minimum-lifted": "smaller numbers are allowed now",
        "maximum-raised": "larger numbers are allowed now",
        "maximum-lifted": "larger numbers are allowed now",
        "multiple-of-lifted": "numbers between the steps are allowed now",
        "multiple-of-widened": "the old steps are multiples of the new ones",
        "min-items-lowered": "shorter lists are allowed now",
        "min-items-lifted": "shorter lists are allowed now",
        "max-items-raised": "longer lists are allowed now",
        "max-items-lifted": "longer lists are allowed now",
        "unique-items-lifted": "lists with the same item twice are allowed now",
        "tuple-widened": "several positions of the tuple changed, all of them to more",
        "value-readmitted": "a value that was taken out is allowed now",
        "values-widened": "several bounds of the value changed, all of them to more",
        "list-widened": "several bounds of the list changed, all of them to more",
        "required-property-removed": "objects without the property are allowed now",
        "property-became-optional": "objects without the property are allowed now",
        "property-admitted": "the object is closed, and the property was not declared before",
        "property-relaxed": "the property is declared on one side only, and bound looser than before",
        "additional-properties-allowed": "undeclared properties were refused",
        "additional-properties-unrestricted": "undeclared properties had to fit a schema, now they can be anything",
        "property-names-widened": "names of properties that were refused are allowed now",
        "min-properties-lowered": "objects with fewer properties are allowed now",
        "min-properties-lifted": "objects with fewer properties are allowed now",
        "max-properties-raised": "objects with more properties are allowed now",
        "max-properties-lifted": "objects with more properties are allowed now",
        "dependent-required-removed": "one property demanded another, which it does not any more",
        "condition-removed": "a condition need not be met any more",
        "condition-widened": "a condition asks for less than before",
        "union-member-added": "an alternative is new",
        "overlap-allowed": "exactly one alternative had to fit, now several may",
        "schema-widened": "another schema stands here, which allows more",
        "schema-allowed": "nothing could fit here, now something does",
    }
    Either Moves {
        "type-changed": "values of one type are refused that were allowed, and of another allowed that were refused",
        "enum-values-changed": "values of the list are gone, and others are new",
        "const-changed": "another constant stands here",
        "format-changed": "neither of the two formats lies inside the other",
        "pattern-changed": "another pattern must be matched; neither is known to lie inside the other",
        "multiple-of-changed": "neither of the two steps is a multiple of the other",
        "values-changed": "several bounds of the value changed, some to less and some to more",
        "tuple-changed": "several positions of the tuple changed, to other values",
        "list-changed": "several bounds of the list changed, some to less and some to more",
        "required-property-renamed": "the old name is not sent any more, and the new one was not known",
        "required-property-admitted": "objects without the property were allowed, those with it were refused",
        "required-property-expelled": "objects with the property are refused now, those without it were",
        "property-renamed-when-closed": "the object is closed: the old name is refused now, the new one was",
        "property-redefined": "the property is declared on one side only, and bound differently than before",
        "property-names-changed": "some names of properties are refused now, others were",
        "dependent-required-changed": "one property demands others than before",
        "condition-changed": "other conditions must be met",
        "union-members-changed": "some alternatives are gone, others are new",
        "schema-replaced": "another schema stands here, which allows other things",
        "media-types-changed": "bodies are of another media type",
    }
    Either Keeps {
        "property-added": "the object is open: the property could be there before",
        "property-removed": "the object is open: the property can still be there",
        "property-renamed": "the object is open: either name could and can be there",
        "schema-exchanged": "another schema stands here, which allows the same",
        "default-set": "what is taken when nothing is sent does not change what may be sent",
        "default-lifted": "what is taken when nothing is sent does not change what may be sent",
        "default-changed": "what is taken when nothing is sent does not change what may be sent",
        "became-read-only": "it is a note; the schema allows what it allowed",
        "became-not-read-only": "it is a note; the schema allows what it allowed",
        "became-write-only": "it is a note; the schema allows what it allowed",
        "became-not-write-only": "it is a note; the schema allows what it allowed",
        "schema-deprecated": "it still works; its end is announced",
        "schema-reinstated": "it is not announced to end any more",
        "discriminator-set": "a hint for readers; the alternatives decide",
        "discriminator-lifted": "a hint for readers; the alternatives decide",
        "discriminator-changed": "a hint for readers; the alternatives decide",
        "xml-changed": "how it is written as XML does not matter to JSON",
        "encoding-noted": "how parts of a form are encoded does not matter to this media type",
    }
    Either Words {
        "title-changed": "a title is words",
        "description-changed": "a description is words",
        "examples-changed": "an example allows and refuses nothing",
        "external-docs-changed": "a link to more words",
        "comment-changed": "a comment is words",
        "extension-changed": "an extension says nothing about what is allowed",
    }
    Either Narrows {
        "media-type-removed": "bodies of the media type were allowed",
    }
    Either Widens {
        "media-type-added": "bodies of the media type were not described before",
    }
    Either Moves {
        "encoding-changed": "parts of the form are encoded in another way",
    }
    Asked Narrows {
        "body-became-required": "leaving the body out was allowed",
        "optional-body-removed": "a body was allowed",
        "parameter-removed": "requests with the parameter were allowed",
        "parameter-became-required": "requests without the parameter were allowed",
        "parameter-empty-value-forbidden": "the parameter could be sent without a value",
        "parameter-reserved-forbidden": "reserved characters could be sent as they are",
    }
    Asked Widens {
        "body-became-optional": "leaving the body out is allowed now",
        "optional-body-added": "a body was not described before",
        "parameter-added": "requests with the parameter were not described before",
        "parameter-became-optional": "requests without the parameter are allowed now",
        "parameter-empty-value-allowed": "the parameter can be sent without a value now",
        "parameter-reserved-allowed": "reserved characters can be sent as they are now",
    }
    Asked Moves {
        "required-body-added": "a request without a body is refused now, one with a body was",
        "required-body-removed": "a request with a body is refused now, one without was",
        "required-parameter-added": "requests without the parameter are refused now, those with it were",
        "required-parameter-removed": "requests with the parameter are refused now, those without it were",
        "parameter-renamed": "the old name is refused now, the new one was",
        "parameter-moved": "it is read from another part of the request",
        "parameter-style-changed": "the same value is written in another way",
        "parameter-serialisation-changed": "the same value is written in another way",
    }
    Asked Keeps {
        "parameter-deprecated": "it still works; its end is announced",
        "parameter-reinstated": "it is not announced to end any more",
        "parameter-style-noted": "a value of this kind is written the same either way",
    }
    Asked Words {
        "path-parameter-renamed": "a name in the document only; requests stay what they are",
    }
    Answered Narrows {
        "status-removed": "answers of this status were allowed",
        "required-header-added": "answers without the header were allowed",
        "header-became-required": "answers without the header were allowed",
    }
    Answered Widens {
        "status-added": "answers of this status were not described before",
        "required-header-removed": "answers without the header are allowed now",
        "header-became-optional": "answers without the header are allowed now",
    }
    Answered Moves {
        "status-changed": "the answer comes with another status",
        "body-changed": "an answer with a body has none any more, or the other way round",
        "required-header-renamed": "the old name is not sent any more, and the new one was not known",
        "header-serialisation-changed": "the header is written in another way",
    }
    Answered Keeps {
        "header-added": "any answer may have other headers: it could be there before",
        "header-removed": "any answer may have other headers: it can still be there",
        "header-renamed": "any answer may have other headers: either name could and can be there",
        "header-deprecated": "it still comes; its end is announced",
        "header-reinstated": "it is not announced to end any more",
        "links-changed": "a link is a hint; it allows and refuses nothing",
    }
};

/// Rules about operations and what surrounds them.
pub(super) const EXCHANGE: &[Exchange] = exchange! {
    CLIENT, false {
        "operation-removed": "requests of this operation were allowed",
        "security-alternative-removed": "requests with these credentials were allowed",
        "security-scope-added": "requests with fewer scopes were allowed",
        "security-required": "requests without credentials were allowed",
        "security-tightened": "requests with fewer credentials were allowed",
        "server-removed": "requests to this address were allowed",
        "webhook-added": "the client receives what it did not know",
    }
    SERVER, false {
        "operation-added": "the operation is new: requests of it were refused",
        "security-alternative-added": "requests with these credentials were refused",
        "security-scope-removed": "requests with fewer scopes are allowed now",
        "security-dropped": "requests without credentials are allowed now",
        "security-loosened": "requests with fewer credentials are allowed now",
        "server-added": "requests to this address were not described before",
        "webhook-removed": "the server may not send it any more",
    }
    BOTH, false {
        "operation-path-changed": "the old path is gone, the new one was not known",
        "operation-method-changed": "the old method is gone, the new one was not known",
        "security-changed": "some credentials are refused now, others were",
        "security-scheme-changed": "credentials are shown in another way",
        "servers-changed": "requests go to other addresses",
        "webhook-method-changed": "the webhook comes with another method",
        "webhook-renamed": "the webhook comes under another name",
    }
    NOBODY, false {
        "operation-deprecated": "it still works; its end is announced",
        "operation-reinstated": "it is not announced to end any more",
        "security-scheme-source-changed": "where credentials come from; how they are shown stays what it is",
    }
    NOBODY, true {
        "operation-id-changed": "a name in the document only; requests stay what they are",
        "operation-summary-changed": "a summary is words",
        "operation-description-changed": "a description is words",
        "operation-tags-changed": "tags order the operations for readers",
        "operation-docs-changed": "a link to more words",
        "operation-extension-changed": "an extension says nothing about what is allowed",
        "path-summary-changed": "a summary is words",
        "path-description-changed": "a description is words",
        "path-extension-changed": "an extension says nothing about what is allowed",
        "security-scheme-description-changed": "a description is words",
        "info-changed": "what the document says about itself",
        "server-description-changed": "a description is words",
        "tag-changed": "tags order the operations for readers",
        "docs-changed": "a link to more words",
        "document-extension-changed": "an extension says nothing about what is allowed",
    }
};
