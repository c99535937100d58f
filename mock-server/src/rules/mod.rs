//! How Polar decides, as pure functions: what is stored, what is asked, what time it is; a change or a refusal comes out.
//!
//! The refusals stand in the order in which the real server checks for them (docs/behaviour.md#license-keys).

mod activate;
mod customer;
mod customer_list;
mod customer_name;
mod customer_owner;
mod customer_session;
mod customer_update;
mod deactivate;
mod key_terms;
mod list;
mod metadata;
mod organization;
mod page;
mod refusal;
mod rotate;
mod tax_id;
mod update;
mod validate;

pub use activate::activate;
pub use customer::{NewCustomer, Taken, create_customer, delete_customer};
pub use customer_list::{CustomerFilter, compare_customers};
pub use customer_name::CustomerName;
pub use customer_owner::{NewOwner, create_owner, update_owner};
pub use customer_session::{choose_member, portal_url, session_end, token_prefix};
pub use customer_update::{CustomerUpdate, update_customer};
pub use deactivate::deactivate;
pub use key_terms::{add_interval, key_terms};
pub use list::{is_one_of, search, sort};
pub use metadata::{has_metadata, keep_metadata};
pub use organization::payload_organization;
pub use page::{Page, Pagination};
pub use refusal::{BusinessError, Internal, Refusal};
pub use rotate::rotate;
pub use tax_id::tax_id;
pub use update::{Expiry, Update, update};
pub use validate::{Validate, validate};
