//! The ways in which an operation is refused, and what the API says then.

use std::borrow::Cow;
use std::panic::Location;

use uuid::Uuid;

use crate::contract::Mismatch;
use crate::json::Value;
use crate::state::Status;

/// Why an operation is refused.
#[derive(Debug, Clone, PartialEq)]
pub enum Refusal {
    /// 404 `ResourceNotFound`.
    NotFound(&'static str),
    /// 403 `NotPermitted`.
    NotPermitted(&'static str),
    /// 400 `BadRequest`: the quota does not cover the increment.
    UsageExceeded {
        /// What is left of it; may be negative.
        remaining: i64,
    },
    /// 400 `BadRequest`, without a word why.
    BadRequest,
    /// 410 `ResourceUnavailable`.
    Unavailable,
    /// 400 `RotateNotPermitted`.
    RotateNotPermitted(Status),
    /// 403 `AlreadyCanceledSubscription`.
    AlreadyCanceled,
    /// 403 `InactiveSubscription`: the one with this id.
    Inactive(Uuid),
    /// A change that a subscription does not allow.
    Subscription(SubscriptionRefusal),
    /// What a checkout does not allow.
    Checkout(CheckoutRefusal),
    /// What cannot be done with the order that has this id.
    Order(OrderRefusal, Uuid),
    /// 501: Polar does it, and this program does not (mock-server/README.md). What it is about, and why.
    NotModelled(&'static str),
    /// 422 `PolarRequestValidationError`, with everything that is wrong.
    Invalid(Vec<BusinessError>),
    /// 422 `BenefitPropertiesValidationError`, with everything that is wrong.
    InvalidProperties(Vec<BusinessError>),
    /// 500: what the real server fails on (docs/behaviour.md#server-errors).
    Crash,
    /// A mistake of this program, which the real server has no part in.
    Internal(Internal),
}

/// Why a subscription does not change.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum SubscriptionRefusal {
    /// 409: it cannot be paused now.
    CannotPause,
    /// 409: no pause is scheduled that could be taken back.
    NoScheduledPause,
    /// 409: it is not paused.
    NotPaused,
    /// 400: it has no seats.
    NotSeatBased,
    /// 400: it has no units.
    NotUnitBased,
    /// 402: the customer has nothing to pay with.
    NoPaymentMethod,
    /// 402: the card is declined.
    CardError,
}

impl SubscriptionRefusal {
    /// The status, the name of the real server's exception, and its words.
    fn parts(self) -> (u16, &'static str, &'static str) {
        match self {
            Self::CannotPause => (
                409,
                "CannotPauseSubscription",
                "This subscription cannot be paused.",
            ),
            Self::NoScheduledPause => (
                409,
                "NoScheduledPause",
                "This subscription is not scheduled to be paused.",
            ),
            Self::NotPaused => (
                409,
                "NotPausedSubscription",
                "This subscription is not paused.",
            ),
            Self::NotSeatBased => (
                400,
                "NotASeatBasedSubscription",
                "This subscription does not support seat-based pricing.",
            ),
            Self::NotUnitBased => (
                400,
                "NotAUnitBasedSubscription",
                "This subscription does not support unit-based pricing.",
            ),
            Self::NoPaymentMethod => (
                402,
                "PaymentFailed",
                "Payment failed with reason: missing_payment_method.",
            ),
            Self::CardError => (
                402,
                "PaymentFailed",
                "Payment failed with reason: card_error.",
            ),
        }
    }
}

/// Why nothing is done with an order.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum OrderRefusal {
    /// 404: nobody asked for its invoice yet.
    NoInvoice,
    /// 422: it has no name or no address for an invoice.
    NoBillingDetails,
    /// 403: nothing is left to refund.
    RefundedAlready,
    /// 400: what comes with a subscription is taken back when that ends.
    BenefitsOfSubscription,
    /// 404: it was not paid.
    NoPayment,
}

impl OrderRefusal {
    /// The status, and the name of the real server's exception.
    fn parts(self) -> (u16, &'static str) {
        match self {
            Self::NoInvoice => (404, "InvoiceDoesNotExist"),
            Self::NoBillingDetails => (422, "MissingInvoiceBillingDetails"),
            Self::RefundedAlready => (403, "RefundedAlready"),
            Self::BenefitsOfSubscription => (400, "RevokeSubscriptionBenefitsProhibited"),
            Self::NoPayment => (404, "RefundUnknownPayment"),
        }
    }

    /// The real server's words.
    fn detail(self, id: Uuid) -> String {
        match self {
            Self::NoInvoice => format!("No invoice exists for order {id}."),
            Self::NoBillingDetails => {
                "Billing name and address are required to generate an invoice for this order."
                    .to_owned()
            }
            Self::RefundedAlready => format!("Order is already fully refunded: {id}"),
            Self::BenefitsOfSubscription => {
                "Subscription benefits can only be revoked upon cancellation".to_owned()
            }
            Self::NoPayment => format!("Refund issued for unknown order: {id}"),
        }
    }
}

/// Why a checkout does not change or is not confirmed.
#[derive(Debug, Clone, PartialEq)]
pub enum CheckoutRefusal {
    /// 410: its time is over.
    Expired,
    /// 403: it has this status.
    NotOpen(Uuid, String),
    /// 403: the buyer has a subscription already.
    AlreadyActiveSubscription,
    /// 403: the buyer has redeemed the discount often enough.
    DiscountLimit,
    /// 409: the customer was deleted.
    CustomerDeleted,
    /// 422: the external id is that of a customer who has another e-mail address.
    ExternalIdMismatch,
    /// 403: pages of this origin must not embed it.
    EmbedHost(String),
    /// 400: the payment provider refused, for this reason.
    Payment(String),
}

impl CheckoutRefusal {
    /// The status and the name of the real server's exception.
    fn kind(&self) -> (u16, &'static str) {
        match self {
            Self::Expired => (410, "ExpiredCheckoutError"),
            Self::NotOpen(..) => (403, "NotOpenCheckout"),
            Self::AlreadyActiveSubscription => (403, "AlreadyActiveSubscriptionError"),
            Self::DiscountLimit => (403, "DiscountRedemptionLimitReached"),
            Self::CustomerDeleted => (409, "CheckoutCustomerDeleted"),
            Self::ExternalIdMismatch => (422, "CheckoutCustomerExternalIdMismatch"),
            Self::EmbedHost(_) => (403, "EmbedHostNotAllowed"),
            Self::Payment(_) => (400, "PaymentError"),
        }
    }

    fn detail(&self) -> String {
        match self {
            Self::Expired => "This checkout session has expired.".to_owned(),
            Self::NotOpen(id, status) => format!("Checkout {id} is not open: {status}"),
            Self::AlreadyActiveSubscription => "You already have an active subscription.".to_owned(),
            Self::DiscountLimit => "You have already redeemed this discount the maximum number of times allowed per customer.".to_owned(),
            Self::CustomerDeleted => {
                "The customer associated with this checkout has been deleted.".to_owned()
            }
            Self::ExternalIdMismatch => "A customer with this external ID already exists but with a different email address.".to_owned(),
            Self::EmbedHost(origin) => format!("{origin} is not allowed to embed this checkout."),
            Self::Payment(reason) => format!(
                "The payment failed: {reason} Please try again with a different payment method."
            ),
        }
    }
}

/// A mistake of this program.
#[derive(Debug, Clone, PartialEq)]
pub struct Internal {
    /// What is wrong.
    pub what: String,
    /// Where in the source it was noticed.
    pub place: &'static Location<'static>,
}

/// What is wrong with a request that is well-formed.
#[derive(Debug, Clone, PartialEq)]
pub struct BusinessError {
    /// The `type` of the error, `value_error` for most.
    pub kind: &'static str,
    /// The place in the body: names, and indices of lists.
    pub loc: Vec<Value>,
    /// What is wrong with it.
    pub message: Cow<'static, str>,
    /// What was given.
    pub input: Value,
}

impl BusinessError {
    /// A wrong value at a place in the body.
    pub fn at(loc: Vec<Value>, message: impl Into<Cow<'static, str>>, input: Value) -> Self {
        Self {
            kind: "value_error",
            loc,
            message: message.into(),
            input,
        }
    }
}

impl From<Mismatch> for Refusal {
    fn from(mismatch: Mismatch) -> Self {
        match mismatch {
            Mismatch::BrokenText => Self::Crash,
            Mismatch::Type { expected, place } => Self::Internal(Internal {
                what: format!("the decoder let something pass that is not {expected}"),
                place,
            }),
        }
    }
}

impl Refusal {
    /// A mistake of this program, noticed by the caller.
    #[track_caller]
    pub fn internal(what: impl Into<String>) -> Self {
        Self::Internal(Internal {
            what: what.into(),
            place: Location::caller(),
        })
    }

    /// 422 for the value of a field.
    pub fn invalid(field: &'static str, message: &'static str, input: Value) -> Self {
        Self::Invalid(vec![BusinessError::at(
            vec![Value::Str(field.to_owned())],
            message,
            input,
        )])
    }

    /// The plain 404.
    pub const UNKNOWN: Self = Self::NotFound("Not found");

    /// The HTTP status.
    pub fn status(&self) -> u16 {
        match self {
            Self::NotFound(_) => 404,
            Self::NotPermitted(_) | Self::AlreadyCanceled | Self::Inactive(_) => 403,
            Self::Subscription(refusal) => refusal.parts().0,
            Self::Checkout(refusal) => refusal.kind().0,
            Self::Order(refusal, _) => refusal.parts().0,
            Self::NotModelled(_) => 501,
            Self::UsageExceeded { .. } | Self::BadRequest | Self::RotateNotPermitted(_) => 400,
            Self::Unavailable => 410,
            Self::Invalid(_) | Self::InvalidProperties(_) => 422,
            Self::Crash | Self::Internal(_) => 500,
        }
    }

    /// The `error` of the body: the name of the real server's exception.
    pub fn error(&self) -> &'static str {
        match self {
            Self::NotFound(_) => "ResourceNotFound",
            Self::NotPermitted(_) => "NotPermitted",
            Self::UsageExceeded { .. } | Self::BadRequest => "BadRequest",
            Self::Unavailable => "ResourceUnavailable",
            Self::RotateNotPermitted(_) => "RotateNotPermitted",
            Self::AlreadyCanceled => "AlreadyCanceledSubscription",
            Self::Inactive(_) => "InactiveSubscription",
            Self::Subscription(refusal) => refusal.parts().1,
            Self::Checkout(refusal) => refusal.kind().1,
            Self::Order(refusal, _) => refusal.parts().1,
            Self::NotModelled(_) => "PolarMockNotModelled",
            Self::Invalid(_) => "PolarRequestValidationError",
            Self::InvalidProperties(_) => "BenefitPropertiesValidationError",
            Self::Crash => "InternalServerError",
            Self::Internal(_) => "PolarMockInternalError",
        }
    }

    /// The `detail` of the body, where it is a text.
    pub fn detail(&self) -> String {
        match self {
            Self::NotFound(detail) | Self::NotPermitted(detail) => (*detail).to_owned(),
            Self::UsageExceeded { remaining } => {
                format!("License key only has {remaining} more usages.")
            }
            Self::RotateNotPermitted(status) => format!(
                "License key cannot be rotated in its current status. Current status: {}. Allowed statuses: disabled, granted.",
                status.name()
            ),
            Self::AlreadyCanceled => {
                "This subscription is already canceled or will be at the end of the period."
                    .to_owned()
            }
            Self::Inactive(id) => format!("Subscription {id} is not active."),
            Self::Subscription(refusal) => refusal.parts().2.to_owned(),
            Self::Checkout(refusal) => refusal.detail(),
            Self::Order(refusal, id) => refusal.detail(*id),
            Self::NotModelled(what) => format!("polar-mock does not model {what}."),
            Self::BadRequest => "Bad request".to_owned(),
            Self::Unavailable => "Unavailable".to_owned(),
            Self::Invalid(errors) | Self::InvalidProperties(errors) => {
                let messages: Vec<&str> = errors.iter().map(|error| &*error.message).collect();
                messages.join(" ")
            }
            Self::Crash => "Internal Server Error".to_owned(),
            Self::Internal(Internal { what, place }) => format!(
                "a mistake of polar-mock, not an answer of Polar's: {what} ({place}); please report it"
            ),
        }
    }
}
