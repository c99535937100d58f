//! Customers, benefits, products and subscriptions, and the grants and keys that follow from them
//! (docs/behaviour.md#provisioning, docs/behaviour.md#grants).

mod command;
mod grant;
mod grants;
mod names;
mod world;

pub use command::{
    BenefitChange, Call, Command, CustomerChange, Limits, Page, Plan, ProductChange, Terms, Text,
    View, Who, prelude,
};
pub use grant::{Grant, Key};
pub use world::{
    Answer, Benefit, Customer, Problem, Product, Refused, Stage, Subscription, Thing, World,
};
