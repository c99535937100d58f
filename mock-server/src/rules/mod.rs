//! How Polar decides, as pure functions: what is stored, what is asked, what time it is; a change or a refusal comes out.
//!
//! The refusals stand in the order in which the real server checks for them (docs/behaviour.md#license-keys).

mod activate;
mod customer_session;
mod deactivate;
mod key_terms;
mod metadata;
mod page;
mod refusal;
mod rotate;
mod update;
mod validate;

pub use activate::activate;
pub use customer_session::{SessionHolder, choose_member};
pub use deactivate::deactivate;
pub use key_terms::{add_interval, key_terms};
pub use metadata::has_metadata;
pub use page::{Page, Pagination};
pub use refusal::{BusinessError, Internal, Refusal};
pub use rotate::rotate;
pub use update::{Expiry, Update, update};
pub use validate::{Validate, validate};
