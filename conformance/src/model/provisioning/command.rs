//! The commands of the model. The `Debug` form of a command is the Rust expression that makes it.

use crate::model::command::{Caller, Handle, Status};

/// The number of a text: e-mail addresses, external ids, names and descriptions come from small pools, so that they meet.
pub type Text = u8;

/// A customer as a request names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Who {
    /// By its id.
    Id(Handle),
    /// By an external id.
    External(Text),
}

/// The limits of a benefit's keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// The activation limit.
    pub activations: Option<u32>,
    /// The usage limit.
    pub usage: Option<u32>,
}

/// What a benefit gives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Terms {
    /// A note, and nothing that follows from it.
    Custom,
    /// A key.
    Keys(Limits),
}

/// How a product is paid for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Plan {
    /// It is free, and renewed each month.
    Free,
    /// It costs ten dollars a month.
    Paid,
    /// It is free, and not renewed.
    Once,
}

/// The fields of a customer's PATCH; `None` leaves the field out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CustomerChange {
    /// `name`
    pub name: Option<Text>,
    /// `email`
    pub email: Option<Text>,
    /// `external_id`
    pub external: Option<Text>,
}

/// The fields of a benefit's PATCH; `None` leaves the field out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BenefitChange {
    /// `description`
    pub description: Option<Text>,
    /// `properties`
    pub limits: Option<Limits>,
}

/// The fields of a product's PATCH; `None` leaves the field out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ProductChange {
    /// `name`
    pub name: Option<Text>,
    /// `is_archived`
    pub archived: Option<bool>,
}

/// A page of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Page {
    /// `page`
    pub page: u32,
    /// `limit`
    pub limit: u32,
}

impl Page {
    /// The first hundred.
    pub const ALL: Self = Self {
        page: 1,
        limit: 100,
    };
}

/// A request of the core API. Things are numbered in the order in which they were made, keys like the grants that gave them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Call {
    /// POST of a customer
    CreateCustomer {
        /// `email`
        email: Text,
        /// `external_id`
        external: Option<Text>,
        /// `name`
        name: Option<Text>,
    },
    /// GET of a customer
    GetCustomer(Who),
    /// GET of what a customer has now
    GetState(Who),
    /// PATCH of a customer
    UpdateCustomer(Who, CustomerChange),
    /// DELETE of a customer
    DeleteCustomer(Who),
    /// GET of the customers with an address
    ListCustomers(Text),
    /// POST of a session of a customer
    OpenSession(Who),
    /// POST of a benefit
    CreateBenefit(Terms),
    /// GET of a benefit
    GetBenefit(Handle),
    /// PATCH of a benefit
    UpdateBenefit(Handle, BenefitChange),
    /// DELETE of a benefit
    DeleteBenefit(Handle),
    /// GET of all benefits of the sequence
    ListBenefits(Page),
    /// GET of a benefit's grants: to one customer, granted or not
    ListGrantsOfBenefit(Handle, Option<Handle>, Option<bool>),
    /// GET of a customer's grants: granted or not
    ListGrants(Handle, Option<bool>),
    /// POST of a product
    CreateProduct(Plan),
    /// GET of a product
    GetProduct(Handle),
    /// PATCH of a product
    UpdateProduct(Handle, ProductChange),
    /// POST of a product's benefits
    SetBenefits(Handle, [Option<Handle>; 2]),
    /// GET of all products of the sequence: archived or not, recurring or not
    ListProducts(Option<bool>, Option<bool>, Page),
    /// POST of a subscription to a product
    Subscribe(Handle, Who),
    /// GET of a subscription
    GetSubscription(Handle),
    /// GET of a customer's subscriptions: to one product, active or not
    ListSubscriptions(Handle, Option<Handle>, Option<bool>, Page),
    /// PATCH of `cancel_at_period_end`
    Cancel(Handle, bool),
    /// PATCH of `product_id`
    ChangeProduct(Handle, Handle),
    /// DELETE of a subscription, or PATCH of `revoke`
    Revoke(Handle, bool),
    /// GET of a benefit's keys: with one status
    ListKeys(Handle, Option<Status>),
    /// PATCH of a key's status
    SetStatus(Handle, Status),
}

/// A read of the customer portal's API.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum View {
    /// The customer
    Me,
    /// The customer's subscriptions
    MySubscriptions,
    /// One of them
    MySubscription(Handle),
    /// What the customer was granted
    MyGrants,
    /// One of these
    MyGrant(Handle),
}

/// One request, or a step in time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Command {
    /// A request of the core API.
    Core(Caller, Call),
    /// A request with the last session that was opened for this customer.
    Portal(Handle, View),
    /// Forty days pass: every period ends.
    NextPeriod,
}

/// Every name that a printed sequence uses, for tests that are pasted from a report.
pub mod prelude {
    pub use super::{
        BenefitChange, Call::*, Command::*, CustomerChange, Limits, Page, Plan::*, ProductChange,
        Terms::*, View::*, Who::*,
    };
    pub use crate::model::command::{Caller::*, Status::*};
}
