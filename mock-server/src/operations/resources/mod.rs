//! The API's resources, fields in the order in which the real server writes them (docs/behaviour.md#key-fields).
//!
//! A view holds everything it shows, so that it is written after all locks are let go.

mod benefit;
mod customer;
mod customer_state;
mod grant;
mod license_key;
mod list;
mod organization;
mod portal;
mod price_amount;
mod product;
mod subscription;
mod webhook;

pub(super) use benefit::BenefitView;
pub(super) use customer::{MemberView, customer, portal_customer};
pub(super) use customer_state::Holdings;
pub(super) use grant::{GrantProperties, GrantView};
pub(super) use license_key::{activation_base, key_read, key_subscription, subscription_of_key};
pub(super) use list::{page_of, pagination, sorted};
pub(super) use organization::OrganizationView;
pub(super) use portal::{PortalGrantView, PortalSubscriptionView};
pub(super) use product::ProductView;
pub(super) use subscription::SubscriptionView;
pub(super) use webhook::{WebhookDeliveryView, WebhookEndpointView};
