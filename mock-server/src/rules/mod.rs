//! How Polar decides, as pure functions: what is stored, what is asked, what time it is; a change or a refusal comes out.
//!
//! The refusals stand in the order in which the real server checks for them (docs/behaviour.md#license-keys).

mod activate;
mod benefit;
mod billing;
mod checkout;
mod checkout_link;
mod customer;
mod customer_deletion;
mod customer_list;
mod customer_name;
mod customer_owner;
mod customer_session;
mod customer_update;
mod deactivate;
mod discount;
mod discount_change;
mod discount_list;
mod entitlement;
mod fulfilment;
mod key_terms;
mod list;
mod metadata;
mod order;
mod order_items;
mod order_update;
mod organization;
mod page;
mod payment;
mod price;
mod product;
mod product_list;
mod product_update;
mod refund;
mod revoke_subscription;
mod rotate;
mod subscribe;
mod subscription_change;
mod subscription_checkout;
mod subscription_events;
mod subscription_list;
mod subscription_payment;
mod subscription_period;
mod subscription_product;
mod tax;
mod tax_id;
mod update;
mod validate;
mod webhook_endpoint;

pub use activate::activate;
pub use benefit::{check_needs, create_benefit, delete_benefit, reaches_keys, update_benefit};
pub use billing::{Billed, Part, balance_after, subscription_order};
pub use checkout::{
    CheckoutUpdate, Choice, Confirmation, Declined, Goods, NamedDiscount, NewCheckout, OpenedLink,
    UpdatedCheckout, active_trial, check_custom_fields, confirm_checkout, create_checkout,
    expire_checkout, fail_checkout, is_same_buyer, known_buyer, missing_for_confirmation,
    new_buyer, open_link, price_of, update_checkout,
};
pub use checkout_link::{
    compare_links, create_link, products_of_link, update_link, without_product,
};
pub use customer::{NewCustomer, Taken, address, create_customer};
pub use customer_deletion::delete_customer;
pub use customer_list::{CustomerFilter, compare_customers};
pub use customer_name::CustomerName;
pub use customer_owner::{NewOwner, create_owner, update_owner};
pub use customer_session::{choose_member, portal_url, session_end, token_prefix};
pub use customer_update::{CustomerUpdate, update_customer};
pub use deactivate::deactivate;
pub use discount::{amount_off, has_code, is_applicable, is_redeemable, is_still_applied};
pub use discount_change::{amounts_of, create_discount, update_discount};
pub use discount_list::compare_discounts;
pub use entitlement::{
    Entitlement, Scope, entitlements, follow_key, give, granted_key, is_shown_in_portal,
    key_given_again, key_with_status, new_grant, renewed_key, take_back,
};
pub use fulfilment::succeeded_checkout;
pub use key_terms::{add_interval, key_terms};
pub use list::{is_like, is_one_of, is_some_of, nulls_last, search, sort, wanted};
pub use metadata::{check_wanted, has_metadata, keep_metadata};
pub use order::{
    checkout_order, new_order, numbered, order_status_place, paid_order, trial_order, with_fee,
    with_receipt,
};
pub use order_items::{period_items, trial_item};
pub use order_update::update_order;
pub use organization::payload_organization;
pub use page::Page;
pub use payment::{decide as decide_payment, pays_renewals, refusal as payment_refusal};
pub use product::{check_benefits, create_product};
pub use product_list::compare_products;
pub use product_update::update_product;
pub use refund::{NewRefund, refund, refunded_order};
pub use revoke_subscription::{ENDED, Reasons, end_subscription, revoke_subscription};
pub use rotate::rotate;
pub use subscribe::{SUBSCRIBED, new_subscription, subscribe};
pub use subscription_change::{Bill, Change, Changed, TrialEnd, change_subscription, pass_period};
pub use subscription_checkout::subscription_from_checkout;
pub use subscription_list::{is_listed_as_active, monthly_amount, status_place};
pub use subscription_payment::{AfterFailure, after_failure, check_payment, past_due, reactivated};
pub use subscription_period::Plans;
pub use subscription_product::{NewDiscount, NewProduct, Proration};
pub use tax::{LocationMissing, TaxLocation, tax};
pub use tax_id::tax_id;
pub use update::{Expiry, Update, update};
pub use validate::{Validate, validate};
pub use webhook_endpoint::{
    EndpointUpdate, delete_endpoint, is_of_class, is_sent_to, reset_secret, update_endpoint, wants,
};
