//! The world: everything the server remembers, the clock it lives by, and the fixtures it is loaded from.

mod auth;
mod builtin;
mod clock;
mod commerce;
mod directory;
mod events;
mod fixture;
mod ids;
mod jsonb;
mod keys;
mod listeners;
mod pending;
mod rows;
mod sales;
mod site;
mod table;
mod webhooks;
mod world;

pub use crate::timestamp::Timestamp;
pub use auth::{Caller, Token};
pub use builtin::{builtin_fixture, builtin_fixture_at};
pub use clock::{Clock, ClockMode, ClockView, machine_is_before_1970};
pub use commerce::{
    Grant, PendingUpdate, Price, Product, Subscription, WebhookEndpoint, new_secret,
};
pub use directory::Directory;
pub use events::Event;
pub use fixture::{Fixture, FixtureError, Problem, fixture_schema, is_event};
pub use ids::{new_key, new_short_id, new_token, new_uuid};
pub use jsonb::stored;
pub use keys::{KeyCell, KeyTable};
pub use listeners::Listeners;
pub use pending::{DueJob, Job, Pending};
pub(crate) use rows::serialize_dict;
pub use rows::{
    Activation, Benefit, Customer, CustomerSession, CustomerType, LicenseKey, Member, Metadata,
    Organization, Status,
};
pub use sales::{Checkout, CheckoutLink, Discount, Order, OrderItem, Refund};
pub use site::Site;
pub use table::{Row, Table};
pub use webhooks::{Attempt, WebhookDelivery, WebhookEvent, Webhooks};
pub use world::World;
