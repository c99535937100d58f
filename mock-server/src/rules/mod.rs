//! How Polar decides, as pure functions: what is stored, what is asked, what time it is; a change or a refusal comes out.
//!
//! The refusals stand in the order in which the real server checks for them (docs/behaviour.md#license-keys).

mod activate;
mod benefit;
mod customer;
mod customer_deletion;
mod customer_list;
mod customer_name;
mod customer_owner;
mod customer_session;
mod customer_update;
mod deactivate;
mod entitlement;
mod key_terms;
mod list;
mod metadata;
mod organization;
mod page;
mod price;
mod product;
mod product_list;
mod product_update;
mod revoke_subscription;
mod rotate;
mod subscribe;
mod subscription_change;
mod subscription_events;
mod subscription_list;
mod subscription_period;
mod subscription_product;
mod tax_id;
mod update;
mod validate;
mod webhook_endpoint;

pub use activate::activate;
pub use benefit::{check_needs, create_benefit, delete_benefit, reaches_keys, update_benefit};
pub use customer::{NewCustomer, Taken, create_customer};
pub use customer_deletion::delete_customer;
pub use customer_list::{CustomerFilter, compare_customers};
pub use customer_name::CustomerName;
pub use customer_owner::{NewOwner, create_owner, update_owner};
pub use customer_session::{choose_member, portal_url, session_end, token_prefix};
pub use customer_update::{CustomerUpdate, update_customer};
pub use deactivate::deactivate;
pub use entitlement::{
    Entitlement, entitlements, follow_key, give, granted_key, is_shown_in_portal, key_given_again,
    key_with_status, new_grant, renewed_key, take_back,
};
pub use key_terms::{add_interval, key_terms};
pub use list::{is_like, is_one_of, is_some_of, nulls_last, search, sort};
pub use metadata::{check_wanted, has_metadata, keep_metadata};
pub use organization::payload_organization;
pub use page::Page;
pub use product::{check_benefits, create_product};
pub use product_list::compare_products;
pub use product_update::update_product;
pub use revoke_subscription::{ENDED, Reasons, end_subscription, revoke_subscription};
pub use rotate::rotate;
pub use subscribe::{SUBSCRIBED, new_subscription, subscribe};
pub use subscription_change::{Change, TrialEnd, change_subscription, pass_period};
pub use subscription_list::{is_listed_as_active, monthly_amount, status_place};
pub use subscription_period::Plans;
pub use subscription_product::{NewProduct, Proration};
pub use tax_id::tax_id;
pub use update::{Expiry, Update, update};
pub use validate::{Validate, validate};
pub use webhook_endpoint::{
    EndpointUpdate, delete_endpoint, is_of_class, is_sent_to, reset_secret, update_endpoint, wants,
};
