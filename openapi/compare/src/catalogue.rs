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
        BecameNotNullable = "became-not-nullable": "null was allowed and no longer is",
        EnumValueRemoved = "enum-value-removed": "a value was removed from the list",
        EnumSet = "enum-set": "any value was allowed, now only those of a list",
        FormatSet = "format-set": "any text was allowed, now only texts of the format",
        FormatNarrowed = "format-narrowed": "the new format lies inside the old one",
        PatternSet = "pattern-set": "texts must now match a pattern",
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
        TupleNarrowed = "tuple-narrowed": "several positions of the tuple changed, and all allow less",
        ValueExcluded = "value-excluded": "a value that was allowed is now excluded",
        ValuesNarrowed = "values-narrowed": "several limits of the value changed, and all allow less",
        ListNarrowed = "list-narrowed": "several limits of the list changed, and all allow less",
        RequiredPropertyAdded = "required-property-added": "objects without the property were allowed",
        PropertyBecameRequired = "property-became-required": "objects without the property were allowed",
        PropertyForbidden = "property-forbidden": "the object is closed, and the property is no longer declared",
        PropertyRestricted = "property-restricted": "only one document declares the property, and it now allows less",
        AdditionalPropertiesForbidden = "additional-properties-forbidden": "undeclared properties were allowed",
        AdditionalPropertiesRestricted = "additional-properties-restricted": "undeclared properties could be anything, now they must fit a schema",
        PropertyNamesNarrowed = "property-names-narrowed": "names of properties that were allowed are refused now",
        MinPropertiesSet = "min-properties-set": "objects with fewer properties were allowed",
        MinPropertiesRaised = "min-properties-raised": "objects with fewer properties were allowed",
        MaxPropertiesSet = "max-properties-set": "objects with more properties were allowed",
        MaxPropertiesLowered = "max-properties-lowered": "objects with more properties were allowed",
        DependentRequiredAdded = "dependent-required-added": "one property now requires another",
        ConditionAdded = "condition-added": "a new condition must be met",
        ConditionNarrowed = "condition-narrowed": "a condition is stricter than before",
        UnionMemberRemoved = "union-member-removed": "an alternative was removed",
        OverlapForbidden = "overlap-forbidden": "several alternatives could match, now exactly one must",
        SchemaNarrowed = "schema-narrowed": "it uses another schema, which allows less",
        SchemaForbidden = "schema-forbidden": "nothing is allowed here any more",
    }
    Either Widens {
        TypeWidened = "type-widened": "values of a type that was refused are allowed now",
        BecameNullable = "became-nullable": "null was refused and is allowed now",
        EnumValueAdded = "enum-value-added": "the list has a new value",
        EnumLifted = "enum-lifted": "only the values of a list were allowed, now any",
        FormatLifted = "format-lifted": "only texts of the format were allowed, now any",
        FormatWidened = "format-widened": "the old format lies inside the new one",
        PatternLifted = "pattern-lifted": "texts no longer have to match the pattern",
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
        TupleWidened = "tuple-widened": "several positions of the tuple changed, and all allow more",
        ValueReadmitted = "value-readmitted": "a value that was excluded is now allowed",
        ValuesWidened = "values-widened": "several limits of the value changed, and all allow more",
        ListWidened = "list-widened": "several limits of the list changed, and all allow more",
        RequiredPropertyRemoved = "required-property-removed": "objects without the property are allowed now",
        PropertyBecameOptional = "property-became-optional": "objects without the property are allowed now",
        PropertyAdmitted = "property-admitted": "the object is closed, and the property was not declared before",
        PropertyRelaxed = "property-relaxed": "only one document declares the property, and it now allows more",
        AdditionalPropertiesAllowed = "additional-properties-allowed": "undeclared properties were refused",
        AdditionalPropertiesUnrestricted = "additional-properties-unrestricted": "undeclared properties had to fit a schema, now they can be anything",
        PropertyNamesWidened = "property-names-widened": "names of properties that were refused are allowed now",
        MinPropertiesLowered = "min-properties-lowered": "objects with fewer properties are allowed now",
        MinPropertiesLifted = "min-properties-lifted": "objects with fewer properties are allowed now",
        MaxPropertiesRaised = "max-properties-raised": "objects with more properties are allowed now",
        MaxPropertiesLifted = "max-properties-lifted": "objects with more properties are allowed now",
        DependentRequiredRemoved = "dependent-required-removed": "one property required another and no longer does",
        ConditionRemoved = "condition-removed": "a condition no longer has to be met",
        ConditionWidened = "condition-widened": "a condition is looser than before",
        UnionMemberAdded = "union-member-added": "an alternative was added",
        OverlapAllowed = "overlap-allowed": "exactly one alternative had to match, now several may",
        SchemaWidened = "schema-widened": "it uses another schema, which allows more",
        SchemaAllowed = "schema-allowed": "nothing was allowed here, now something is",
    }
    Either Moves {
        TypeChanged = "type-changed": "values of one type are now refused, and values of another are now allowed",
        EnumValuesChanged = "enum-values-changed": "some values were removed from the list, and others added",
        ConstChanged = "const-changed": "the constant has another value",
        FormatChanged = "format-changed": "neither of the two formats lies inside the other",
        PatternChanged = "pattern-changed": "the pattern changed, and neither is known to lie inside the other",
        MultipleOfChanged = "multiple-of-changed": "neither of the two steps is a multiple of the other",
        ValuesChanged = "values-changed": "several limits of the value changed; some allow less, some more",
        TupleChanged = "tuple-changed": "several positions of the tuple changed, to other values",
        ListChanged = "list-changed": "several limits of the list changed; some allow less, some more",
        RequiredPropertyRenamed = "required-property-renamed": "the old name is no longer sent, and the new one was unknown",
        RequiredPropertyAdmitted = "required-property-admitted": "objects without the property were allowed, those with it were refused",
        RequiredPropertyExpelled = "required-property-expelled": "objects with the property are now refused, and those without it were refused",
        PropertyRenamedWhenClosed = "property-renamed-when-closed": "the object is closed: the old name is now refused, and the new one was refused",
        PropertyRedefined = "property-redefined": "only one document declares the property, and it now allows something else",
        PropertyNamesChanged = "property-names-changed": "some names of properties are now refused, others are now allowed",
        DependentRequiredChanged = "dependent-required-changed": "one property now requires other properties",
        ConditionChanged = "condition-changed": "the conditions changed",
        UnionMembersChanged = "union-members-changed": "some alternatives were removed, and others added",
        SchemaReplaced = "schema-replaced": "it uses another schema, which allows other things",
        MediaTypesChanged = "media-types-changed": "bodies have another media type",
    }
    Either Keeps {
        PropertyAdded = "property-added": "the object is open: the property could be there before",
        PropertyRemoved = "property-removed": "the object is open: the property can still be there",
        PropertyRenamed = "property-renamed": "the object is open: either name could and can be there",
        SchemaExchanged = "schema-exchanged": "it uses another schema, which allows the same",
        DefaultSet = "default-set": "a default does not change what may be sent",
        DefaultLifted = "default-lifted": "a default does not change what may be sent",
        DefaultChanged = "default-changed": "a default does not change what may be sent",
        BecameReadOnly = "became-read-only": "it is an annotation; the schema allows the same",
        BecameNotReadOnly = "became-not-read-only": "it is an annotation; the schema allows the same",
        BecameWriteOnly = "became-write-only": "it is an annotation; the schema allows the same",
        BecameNotWriteOnly = "became-not-write-only": "it is an annotation; the schema allows the same",
        SchemaDeprecated = "schema-deprecated": "it still works, but is announced to end",
        SchemaReinstated = "schema-reinstated": "it is no longer announced to end",
        DiscriminatorSet = "discriminator-set": "a hint for readers; the alternatives decide",
        DiscriminatorLifted = "discriminator-lifted": "a hint for readers; the alternatives decide",
        DiscriminatorChanged = "discriminator-changed": "a hint for readers; the alternatives decide",
        XmlChanged = "xml-changed": "how it is written as XML does not matter to JSON",
        EncodingNoted = "encoding-noted": "how parts of a form are encoded does not matter to this media type",
    }
    Either Words {
        TitleChanged = "title-changed": "a title allows and refuses nothing",
        DescriptionChanged = "description-changed": "a description allows and refuses nothing",
        ExamplesChanged = "examples-changed": "an example allows and refuses nothing",
        ExternalDocsChanged = "external-docs-changed": "a link to more documentation",
        CommentChanged = "comment-changed": "a comment allows and refuses nothing",
        ExtensionChanged = "extension-changed": "an extension allows and refuses nothing",
    }
    Either Narrows {
        MediaTypeRemoved = "media-type-removed": "bodies of the media type were allowed",
    }
    Either Widens {
        MediaTypeAdded = "media-type-added": "bodies of the media type were not described before",
    }
    Either Moves {
        EncodingChanged = "encoding-changed": "parts of the form are encoded differently",
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
        RequiredBodyAdded = "required-body-added": "a request without a body is now refused, and one with a body was refused",
        RequiredBodyRemoved = "required-body-removed": "a request with a body is now refused, and one without was refused",
        RequiredParameterAdded = "required-parameter-added": "requests without the parameter are now refused, and those with it were refused",
        RequiredParameterRemoved = "required-parameter-removed": "requests with the parameter are now refused, and those without it were refused",
        ParameterRenamed = "parameter-renamed": "the old name is now refused, and the new one was refused",
        ParameterMoved = "parameter-moved": "it is read from another part of the request",
        ParameterStyleChanged = "parameter-style-changed": "the same value is written differently",
        ParameterSerialisationChanged = "parameter-serialisation-changed": "the same value is written differently",
    }
    Asked Keeps {
        ParameterDeprecated = "parameter-deprecated": "it still works, but is announced to end",
        ParameterReinstated = "parameter-reinstated": "it is no longer announced to end",
        ParameterStyleNoted = "parameter-style-noted": "values of this kind are written the same either way",
    }
    Asked Words {
        PathParameterRenamed = "path-parameter-renamed": "only a name in the document; requests stay the same",
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
        StatusChanged = "status-changed": "the answer has another status",
        BodyChanged = "body-changed": "an answer with a body no longer has one, or the other way round",
        RequiredHeaderRenamed = "required-header-renamed": "the old name is no longer sent, and the new one was unknown",
        HeaderSerialisationChanged = "header-serialisation-changed": "the header is written differently",
    }
    Answered Keeps {
        HeaderAdded = "header-added": "any answer may have other headers: it could be there before",
        HeaderRemoved = "header-removed": "any answer may have other headers: it can still be there",
        HeaderRenamed = "header-renamed": "any answer may have other headers: either name could and can be there",
        HeaderDeprecated = "header-deprecated": "it is still sent, but is announced to end",
        HeaderReinstated = "header-reinstated": "it is no longer announced to end",
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
        WebhookAdded = "webhook-added": "the client receives a request it does not know",
    }
    Breaks(SERVER) => {
        OperationAdded = "operation-added": "the operation is new: requests of it were refused",
        SecurityAlternativeAdded = "security-alternative-added": "requests with these credentials were refused",
        SecurityScopeRemoved = "security-scope-removed": "requests with fewer scopes are allowed now",
        SecurityDropped = "security-dropped": "requests without credentials are allowed now",
        SecurityLoosened = "security-loosened": "requests with fewer credentials are allowed now",
        ServerAdded = "server-added": "requests to this address were not described before",
        WebhookRemoved = "webhook-removed": "the server may no longer send it",
    }
    Breaks(BOTH) => {
        OperationPathChanged = "operation-path-changed": "the old path is gone, and the new one was unknown",
        OperationMethodChanged = "operation-method-changed": "the old method is gone, and the new one was unknown",
        SecurityChanged = "security-changed": "some credentials are now refused, others are now allowed",
        SecuritySchemeChanged = "security-scheme-changed": "credentials are sent in another way",
        ServersChanged = "servers-changed": "requests go to other addresses",
        WebhookMethodChanged = "webhook-method-changed": "the webhook comes with another method",
        WebhookRenamed = "webhook-renamed": "the webhook comes under another name",
    }
    Breaks(NOBODY) => {
        OperationDeprecated = "operation-deprecated": "it still works, but is announced to end",
        OperationReinstated = "operation-reinstated": "it is no longer announced to end",
        SecuritySchemeSourceChanged = "security-scheme-source-changed": "only where credentials come from changed, not how they are sent",
    }
    Words => {
        OperationIdChanged = "operation-id-changed": "only a name in the document; requests stay the same",
        OperationSummaryChanged = "operation-summary-changed": "a summary allows and refuses nothing",
        OperationDescriptionChanged = "operation-description-changed": "a description allows and refuses nothing",
        OperationTagsChanged = "operation-tags-changed": "tags only group the operations for readers",
        OperationDocsChanged = "operation-docs-changed": "a link to more documentation",
        OperationExtensionChanged = "operation-extension-changed": "an extension allows and refuses nothing",
        PathSummaryChanged = "path-summary-changed": "a summary allows and refuses nothing",
        PathDescriptionChanged = "path-description-changed": "a description allows and refuses nothing",
        PathExtensionChanged = "path-extension-changed": "an extension allows and refuses nothing",
        SecuritySchemeDescriptionChanged = "security-scheme-description-changed": "a description allows and refuses nothing",
        InfoChanged = "info-changed": "only what the document says about itself changed",
        ServerDescriptionChanged = "server-description-changed": "a description allows and refuses nothing",
        TagChanged = "tag-changed": "tags only group the operations for readers",
        DocsChanged = "docs-changed": "a link to more documentation",
        DocumentExtensionChanged = "document-extension-changed": "an extension allows and refuses nothing",
    }
}
