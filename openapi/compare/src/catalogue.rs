//! Every rule: its id, which way it moves the set of what is allowed or whom it breaks, and why.

use crate::exchange::{Direction, Flow, Party};

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
    pub(crate) fn of(narrows: bool, widens: bool) -> Self {
        match (narrows, widens) {
            (true, true) => Self::Moves,
            (true, false) => Self::Narrows,
            (false, true) => Self::Widens,
            (false, false) => Self::Keeps,
        }
    }

    pub(crate) fn narrows(self) -> bool {
        matches!(self, Self::Narrows | Self::Moves)
    }

    pub(crate) fn widens(self) -> bool {
        matches!(self, Self::Widens | Self::Moves)
    }
}

/// Which half of an exchange a rule is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Half {
    Either,
    Asked,
    Answered,
}

impl Half {
    pub(crate) fn includes(self, flow: Flow) -> bool {
        match self {
            Self::Either => true,
            Self::Asked => flow.direction() == Direction::Request,
            Self::Answered => flow.direction() == Direction::Response,
        }
    }
}

/// What the table says of a rule about a message.
pub(crate) struct MessageRow {
    pub(crate) half: Half,
    pub(crate) effect: Effect,
    pub(crate) reason: &'static str,
}

/// What the table says of a rule about the document.
pub(crate) struct DocumentRow {
    pub(crate) id: &'static str,
    pub(crate) impact: Impact,
    pub(crate) reason: &'static str,
}

/// What a change of the document does.
pub(crate) enum Impact {
    Breaks(&'static [Party]),
    Words,
}

use Impact::{Breaks, Words};

const NOBODY: &[Party] = &[];
const CLIENT: &[Party] = &[Party::Client];
const SERVER: &[Party] = &[Party::Server];
const BOTH: &[Party] = &[Party::Client, Party::Server];

impl MessageRule {
    /// Which way a change of this kind moves the set of what is allowed.
    pub(crate) fn effect(self) -> Effect {
        self.row().effect
    }
}

macro_rules! message_rules {
    ($($half:ident $effect:ident { $($rule:ident = $id:literal: $reason:literal,)* })*) => {
        /// A rule about a schema, a body, a parameter or a header, whichever way the message goes.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub(crate) enum MessageRule { $($($rule,)*)* }

        impl MessageRule {
            pub(crate) const ALL: &[Self] = &[$($(Self::$rule,)*)*];

            /// The id of the rule in this kind of message.
            pub(crate) const fn id(self, flow: Flow) -> &'static str {
                match self {
                    $($(Self::$rule => match flow {
                        Flow::Request => concat!("request-", $id),
                        Flow::Response => concat!("response-", $id),
                        Flow::Webhook => concat!("webhook-", $id),
                        Flow::WebhookAnswer => concat!("webhook-answer-", $id),
                    },)*)*
                }
            }

            pub(crate) const fn row(self) -> MessageRow {
                match self {
                    $($(Self::$rule => MessageRow {
                        half: Half::$half,
                        effect: Effect::$effect,
                        reason: $reason,
                    },)*)*
                }
            }
        }
    };
}

macro_rules! document_rules {
    ($($impact:expr => { $($rule:ident = $id:literal: $reason:literal,)* })*) => {
        /// A rule about an operation, its security and servers, or the document as a whole.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub(crate) enum DocumentRule { $($($rule,)*)* }

        impl DocumentRule {
            pub(crate) const ALL: &[Self] = &[$($(Self::$rule,)*)*];

            pub(crate) const fn row(self) -> DocumentRow {
                match self {
                    $($(Self::$rule => DocumentRow { id: $id, impact: $impact, reason: $reason },)*)*
                }
            }
        }
    };
}

message_rules! {
    Either Narrows {
        TypeNarrowed = "type-narrowed": "values of a type that was allowed are refused now",
        BecameNotNullable = "became-not-nullable": "null was allowed and is not any more",
        EnumValueRemoved = "enum-value-removed": "a value of the list is gone",
        EnumSet = "enum-set": "any value was allowed, now only those of a list",
        FormatSet = "format-set": "texts of any form were allowed, now only those of the format",
        FormatNarrowed = "format-narrowed": "the new format lies inside the old one",
        PatternSet = "pattern-set": "a pattern must be matched that was not there",
        MinLengthSet = "min-length-set": "shorter texts were allowed",
        MinLengthRaised = "min-length-raised": "shorter texts were allowed",
        MaxLengthSet = "max-length-set": "longer texts were allowed",
        MaxLengthLowered = "max-length-lowered": "longer texts were allowed",
        MinimumSet = "minimum-set": "smaller numbers were allowed",
        MinimumRaised = "minimum-raised": "smaller numbers were allowed",
        MaximumSet = "maximum-set": "larger numbers were allowed",
        MaximumLowered = "maximum-lowered": "larger numbers were allowed",
        MultipleOfSet = "multiple-of-set": "numbers between the steps were allowed",
        MultipleOfNarrowed = "multiple-of-narrowed": "the new steps are multiples of the old ones",
        MinItemsSet = "min-items-set": "shorter lists were allowed",
        MinItemsRaised = "min-items-raised": "shorter lists were allowed",
        MaxItemsSet = "max-items-set": "longer lists were allowed",
        MaxItemsLowered = "max-items-lowered": "longer lists were allowed",
        UniqueItemsSet = "unique-items-set": "lists with the same item twice were allowed",
        TupleNarrowed = "tuple-narrowed": "several positions of the tuple changed, all of them to less",
        ValueExcluded = "value-excluded": "a value is taken out that was allowed",
        ValuesNarrowed = "values-narrowed": "several bounds of the value changed, all of them to less",
        ListNarrowed = "list-narrowed": "several bounds of the list changed, all of them to less",
        RequiredPropertyAdded = "required-property-added": "objects without the property were allowed",
        PropertyBecameRequired = "property-became-required": "objects without the property were allowed",
        PropertyForbidden = "property-forbidden": "the object is closed, and the property is not declared any more",
        PropertyRestricted = "property-restricted": "the property is declared on one side only, and bound tighter than before",
        AdditionalPropertiesForbidden = "additional-properties-forbidden": "undeclared properties were allowed",
        AdditionalPropertiesRestricted = "additional-properties-restricted": "undeclared properties could be anything, now they must fit a schema",
        PropertyNamesNarrowed = "property-names-narrowed": "names of properties that were allowed are refused now",
        MinPropertiesSet = "min-properties-set": "objects with fewer properties were allowed",
        MinPropertiesRaised = "min-properties-raised": "objects with fewer properties were allowed",
        MaxPropertiesSet = "max-properties-set": "objects with more properties were allowed",
        MaxPropertiesLowered = "max-properties-lowered": "objects with more properties were allowed",
        DependentRequiredAdded = "dependent-required-added": "one property now demands another",
        ConditionAdded = "condition-added": "another condition must be met",
        ConditionNarrowed = "condition-narrowed": "a condition asks for more than before",
        UnionMemberRemoved = "union-member-removed": "one of the alternatives is gone",
        OverlapForbidden = "overlap-forbidden": "what fits two alternatives was allowed, now exactly one must fit",
        SchemaNarrowed = "schema-narrowed": "another schema stands here, which allows less",
        SchemaForbidden = "schema-forbidden": "nothing fits here any more",
    }
    Either Widens {
        TypeWidened = "type-widened": "values of a type that was refused are allowed now",
        BecameNullable = "became-nullable": "null was refused and is allowed now",
        EnumValueAdded = "enum-value-added": "a value is new in the list",
        EnumLifted = "enum-lifted": "only the values of a list were allowed, now any",
        FormatLifted = "format-lifted": "only texts of the format were allowed, now any",
        FormatWidened = "format-widened": "the old format lies inside the new one",
        PatternLifted = "pattern-lifted": "the pattern need not be matched any more",
        MinLengthLowered = "min-length-lowered": "shorter texts are allowed now",
        MinLengthLifted = "min-length-lifted": "shorter texts are allowed now",
        MaxLengthRaised = "max-length-raised": "longer texts are allowed now",
        MaxLengthLifted = "max-length-lifted": "longer texts are allowed now",
        MinimumLowered = "minimum-lowered": "smaller numbers are allowed now",
        MinimumLifted = "minimum-lifted": "smaller numbers are allowed now",
        MaximumRaised = "maximum-raised": "larger numbers are allowed now",
        MaximumLifted = "maximum-lifted": "larger numbers are allowed now",
        MultipleOfLifted = "multiple-of-lifted": "numbers between the steps are allowed now",
        MultipleOfWidened = "multiple-of-widened": "the old steps are multiples of the new ones",
        MinItemsLowered = "min-items-lowered": "shorter lists are allowed now",
        MinItemsLifted = "min-items-lifted": "shorter lists are allowed now",
        MaxItemsRaised = "max-items-raised": "longer lists are allowed now",
        MaxItemsLifted = "max-items-lifted": "longer lists are allowed now",
        UniqueItemsLifted = "unique-items-lifted": "lists with the same item twice are allowed now",
        TupleWidened = "tuple-widened": "several positions of the tuple changed, all of them to more",
        ValueReadmitted = "value-readmitted": "a value that was taken out is allowed now",
        ValuesWidened = "values-widened": "several bounds of the value changed, all of them to more",
        ListWidened = "list-widened": "several bounds of the list changed, all of them to more",
        RequiredPropertyRemoved = "required-property-removed": "objects without the property are allowed now",
        PropertyBecameOptional = "property-became-optional": "objects without the property are allowed now",
        PropertyAdmitted = "property-admitted": "the object is closed, and the property was not declared before",
        PropertyRelaxed = "property-relaxed": "the property is declared on one side only, and bound looser than before",
        AdditionalPropertiesAllowed = "additional-properties-allowed": "undeclared properties were refused",
        AdditionalPropertiesUnrestricted = "additional-properties-unrestricted": "undeclared properties had to fit a schema, now they can be anything",
        PropertyNamesWidened = "property-names-widened": "names of properties that were refused are allowed now",
        MinPropertiesLowered = "min-properties-lowered": "objects with fewer properties are allowed now",
        MinPropertiesLifted = "min-properties-lifted": "objects with fewer properties are allowed now",
        MaxPropertiesRaised = "max-properties-raised": "objects with more properties are allowed now",
        MaxPropertiesLifted = "max-properties-lifted": "objects with more properties are allowed now",
        DependentRequiredRemoved = "dependent-required-removed": "one property demanded another, which it does not any more",
        ConditionRemoved = "condition-removed": "a condition need not be met any more",
        ConditionWidened = "condition-widened": "a condition asks for less than before",
        UnionMemberAdded = "union-member-added": "an alternative is new",
        OverlapAllowed = "overlap-allowed": "exactly one alternative had to fit, now several may",
        SchemaWidened = "schema-widened": "another schema stands here, which allows more",
        SchemaAllowed = "schema-allowed": "nothing could fit here, now something does",
    }
    Either Moves {
        TypeChanged = "type-changed": "values of one type are refused that were allowed, and of another allowed that were refused",
        EnumValuesChanged = "enum-values-changed": "values of the list are gone, and others are new",
        ConstChanged = "const-changed": "another constant stands here",
        FormatChanged = "format-changed": "neither of the two formats lies inside the other",
        PatternChanged = "pattern-changed": "another pattern must be matched; neither is known to lie inside the other",
        MultipleOfChanged = "multiple-of-changed": "neither of the two steps is a multiple of the other",
        ValuesChanged = "values-changed": "several bounds of the value changed, some to less and some to more",
        TupleChanged = "tuple-changed": "several positions of the tuple changed, to other values",
        ListChanged = "list-changed": "several bounds of the list changed, some to less and some to more",
        RequiredPropertyRenamed = "required-property-renamed": "the old name is not sent any more, and the new one was not known",
        RequiredPropertyAdmitted = "required-property-admitted": "objects without the property were allowed, those with it were refused",
        RequiredPropertyExpelled = "required-property-expelled": "objects with the property are refused now, those without it were",
        PropertyRenamedWhenClosed = "property-renamed-when-closed": "the object is closed: the old name is refused now, the new one was",
        PropertyRedefined = "property-redefined": "the property is declared on one side only, and bound differently than before",
        PropertyNamesChanged = "property-names-changed": "some names of properties are refused now, others were",
        DependentRequiredChanged = "dependent-required-changed": "one property demands others than before",
        ConditionChanged = "condition-changed": "other conditions must be met",
        UnionMembersChanged = "union-members-changed": "some alternatives are gone, others are new",
        SchemaReplaced = "schema-replaced": "another schema stands here, which allows other things",
        MediaTypesChanged = "media-types-changed": "bodies are of another media type",
    }
    Either Keeps {
        PropertyAdded = "property-added": "the object is open: the property could be there before",
        PropertyRemoved = "property-removed": "the object is open: the property can still be there",
        PropertyRenamed = "property-renamed": "the object is open: either name could and can be there",
        SchemaExchanged = "schema-exchanged": "another schema stands here, which allows the same",
        DefaultSet = "default-set": "what is taken when nothing is sent does not change what may be sent",
        DefaultLifted = "default-lifted": "what is taken when nothing is sent does not change what may be sent",
        DefaultChanged = "default-changed": "what is taken when nothing is sent does not change what may be sent",
        BecameReadOnly = "became-read-only": "it is a note; the schema allows what it allowed",
        BecameNotReadOnly = "became-not-read-only": "it is a note; the schema allows what it allowed",
        BecameWriteOnly = "became-write-only": "it is a note; the schema allows what it allowed",
        BecameNotWriteOnly = "became-not-write-only": "it is a note; the schema allows what it allowed",
        SchemaDeprecated = "schema-deprecated": "it still works; its end is announced",
        SchemaReinstated = "schema-reinstated": "it is not announced to end any more",
        DiscriminatorSet = "discriminator-set": "a hint for readers; the alternatives decide",
        DiscriminatorLifted = "discriminator-lifted": "a hint for readers; the alternatives decide",
        DiscriminatorChanged = "discriminator-changed": "a hint for readers; the alternatives decide",
        XmlChanged = "xml-changed": "how it is written as XML does not matter to JSON",
        EncodingNoted = "encoding-noted": "how parts of a form are encoded does not matter to this media type",
    }
    Either Words {
        TitleChanged = "title-changed": "a title is words",
        DescriptionChanged = "description-changed": "a description is words",
        ExamplesChanged = "examples-changed": "an example allows and refuses nothing",
        ExternalDocsChanged = "external-docs-changed": "a link to more words",
        CommentChanged = "comment-changed": "a comment is words",
        ExtensionChanged = "extension-changed": "an extension says nothing about what is allowed",
    }
    Either Narrows {
        MediaTypeRemoved = "media-type-removed": "bodies of the media type were allowed",
    }
    Either Widens {
        MediaTypeAdded = "media-type-added": "bodies of the media type were not described before",
    }
    Either Moves {
        EncodingChanged = "encoding-changed": "parts of the form are encoded in another way",
    }
    Asked Narrows {
        BodyBecameRequired = "body-became-required": "leaving the body out was allowed",
        OptionalBodyRemoved = "optional-body-removed": "a body was allowed",
        ParameterRemoved = "parameter-removed": "requests with the parameter were allowed",
        ParameterBecameRequired = "parameter-became-required": "requests without the parameter were allowed",
        ParameterEmptyValueForbidden = "parameter-empty-value-forbidden": "the parameter could be sent without a value",
        ParameterReservedForbidden = "parameter-reserved-forbidden": "reserved characters could be sent as they are",
    }
    Asked Widens {
        BodyBecameOptional = "body-became-optional": "leaving the body out is allowed now",
        OptionalBodyAdded = "optional-body-added": "a body was not described before",
        ParameterAdded = "parameter-added": "requests with the parameter were not described before",
        ParameterBecameOptional = "parameter-became-optional": "requests without the parameter are allowed now",
        ParameterEmptyValueAllowed = "parameter-empty-value-allowed": "the parameter can be sent without a value now",
        ParameterReservedAllowed = "parameter-reserved-allowed": "reserved characters can be sent as they are now",
    }
    Asked Moves {
        RequiredBodyAdded = "required-body-added": "a request without a body is refused now, one with a body was",
        RequiredBodyRemoved = "required-body-removed": "a request with a body is refused now, one without was",
        RequiredParameterAdded = "required-parameter-added": "requests without the parameter are refused now, those with it were",
        RequiredParameterRemoved = "required-parameter-removed": "requests with the parameter are refused now, those without it were",
        ParameterRenamed = "parameter-renamed": "the old name is refused now, the new one was",
        ParameterMoved = "parameter-moved": "it is read from another part of the request",
        ParameterStyleChanged = "parameter-style-changed": "the same value is written in another way",
        ParameterSerialisationChanged = "parameter-serialisation-changed": "the same value is written in another way",
    }
    Asked Keeps {
        ParameterDeprecated = "parameter-deprecated": "it still works; its end is announced",
        ParameterReinstated = "parameter-reinstated": "it is not announced to end any more",
        ParameterStyleNoted = "parameter-style-noted": "a value of this kind is written the same either way",
    }
    Asked Words {
        PathParameterRenamed = "path-parameter-renamed": "a name in the document only; requests stay what they are",
    }
    Answered Narrows {
        StatusRemoved = "status-removed": "answers of this status were allowed",
        RequiredHeaderAdded = "required-header-added": "answers without the header were allowed",
        HeaderBecameRequired = "header-became-required": "answers without the header were allowed",
    }
    Answered Widens {
        StatusAdded = "status-added": "answers of this status were not described before",
        RequiredHeaderRemoved = "required-header-removed": "answers without the header are allowed now",
        HeaderBecameOptional = "header-became-optional": "answers without the header are allowed now",
    }
    Answered Moves {
        StatusChanged = "status-changed": "the answer comes with another status",
        BodyChanged = "body-changed": "an answer with a body has none any more, or the other way round",
        RequiredHeaderRenamed = "required-header-renamed": "the old name is not sent any more, and the new one was not known",
        HeaderSerialisationChanged = "header-serialisation-changed": "the header is written in another way",
    }
    Answered Keeps {
        HeaderAdded = "header-added": "any answer may have other headers: it could be there before",
        HeaderRemoved = "header-removed": "any answer may have other headers: it can still be there",
        HeaderRenamed = "header-renamed": "any answer may have other headers: either name could and can be there",
        HeaderDeprecated = "header-deprecated": "it still comes; its end is announced",
        HeaderReinstated = "header-reinstated": "it is not announced to end any more",
        LinksChanged = "links-changed": "a link is a hint; it allows and refuses nothing",
    }
}

document_rules! {
    Breaks(CLIENT) => {
        OperationRemoved = "operation-removed": "requests of this operation were allowed",
        SecurityAlternativeRemoved = "security-alternative-removed": "requests with these credentials were allowed",
        SecurityScopeAdded = "security-scope-added": "requests with fewer scopes were allowed",
        SecurityRequired = "security-required": "requests without credentials were allowed",
        SecurityTightened = "security-tightened": "requests with fewer credentials were allowed",
        ServerRemoved = "server-removed": "requests to this address were allowed",
        WebhookAdded = "webhook-added": "the client receives what it did not know",
    }
    Breaks(SERVER) => {
        OperationAdded = "operation-added": "the operation is new: requests of it were refused",
        SecurityAlternativeAdded = "security-alternative-added": "requests with these credentials were refused",
        SecurityScopeRemoved = "security-scope-removed": "requests with fewer scopes are allowed now",
        SecurityDropped = "security-dropped": "requests without credentials are allowed now",
        SecurityLoosened = "security-loosened": "requests with fewer credentials are allowed now",
        ServerAdded = "server-added": "requests to this address were not described before",
        WebhookRemoved = "webhook-removed": "the server may not send it any more",
    }
    Breaks(BOTH) => {
        OperationPathChanged = "operation-path-changed": "the old path is gone, the new one was not known",
        OperationMethodChanged = "operation-method-changed": "the old method is gone, the new one was not known",
        SecurityChanged = "security-changed": "some credentials are refused now, others were",
        SecuritySchemeChanged = "security-scheme-changed": "credentials are shown in another way",
        ServersChanged = "servers-changed": "requests go to other addresses",
        WebhookMethodChanged = "webhook-method-changed": "the webhook comes with another method",
        WebhookRenamed = "webhook-renamed": "the webhook comes under another name",
    }
    Breaks(NOBODY) => {
        OperationDeprecated = "operation-deprecated": "it still works; its end is announced",
        OperationReinstated = "operation-reinstated": "it is not announced to end any more",
        SecuritySchemeSourceChanged = "security-scheme-source-changed": "where credentials come from; how they are shown stays what it is",
    }
    Words => {
        OperationIdChanged = "operation-id-changed": "a name in the document only; requests stay what they are",
        OperationSummaryChanged = "operation-summary-changed": "a summary is words",
        OperationDescriptionChanged = "operation-description-changed": "a description is words",
        OperationTagsChanged = "operation-tags-changed": "tags order the operations for readers",
        OperationDocsChanged = "operation-docs-changed": "a link to more words",
        OperationExtensionChanged = "operation-extension-changed": "an extension says nothing about what is allowed",
        PathSummaryChanged = "path-summary-changed": "a summary is words",
        PathDescriptionChanged = "path-description-changed": "a description is words",
        PathExtensionChanged = "path-extension-changed": "an extension says nothing about what is allowed",
        SecuritySchemeDescriptionChanged = "security-scheme-description-changed": "a description is words",
        InfoChanged = "info-changed": "what the document says about itself",
        ServerDescriptionChanged = "server-description-changed": "a description is words",
        TagChanged = "tag-changed": "tags order the operations for readers",
        DocsChanged = "docs-changed": "a link to more words",
        DocumentExtensionChanged = "document-extension-changed": "an extension says nothing about what is allowed",
    }
}
