//! Rows as they are answered: one function for each object of the contract, which borrows what it shows.

mod benefit;
mod checkout;
mod checkout_link;
mod customer;
mod customer_state;
mod discount;
mod grant;
mod kept;
mod license_key;
mod list;
mod order;
mod organization;
mod price;
mod product;
mod refund;
mod subscription;
mod webhook;

pub(super) use benefit::benefit;
pub(super) use checkout::{checkout, checkout_confirmed, checkout_public};
pub(super) use checkout_link::checkout_link;
pub(super) use customer::{customer, member, portal_customer};
pub(super) use customer_state::Holdings;
pub(super) use discount::discount;
pub(super) use grant::{customer_grant, grant, granted_key};
pub(super) use license_key::{
    activation_base, key_order, key_read, key_subscription, subscription_of_key,
};
pub(super) use list::pagination;
pub(super) use order::{customer_order, order, order_of_key};
pub(super) use organization::organization;
pub(super) use product::product;
pub(super) use refund::refund;
pub(super) use subscription::{amount, customer_subscription, discount_of, plan, subscription};
pub(super) use webhook::{webhook_delivery, webhook_endpoint};
