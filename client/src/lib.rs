//! A Rust client for Polar's license-key API, generated from its OpenAPI document.
//!
//! One method for each operation, named after its operationId: `license_keys:validate` is
//! [`license_keys_validate`](Client::license_keys_validate). An app that checks the keys of its users calls
//! `customer_portal_license_keys_…`, which needs no token. A server calls the rest, with an access token.
//!
//! # Activate, validate, deactivate
//!
//! An app activates a key once on each device, remembers the id of the activation, validates with it at every start, and
//! deactivates to free the slot for another device.
//!
//! ```
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let mock = polar_mock::MockServer::start().await?;
//! # let environment = mock.url();
//! use polar_client::Client;
//!
//! // "production", "sandbox", or the URL of a local server.
//! let polar = Client::builder(environment.parse()?).build()?;
//!
//! let organization = "fda84e25-7b55-4d67-916d-60ead04ff61f";
//! let key = "1C285B2D-6CE6-4BC7-B8BE-ADB6A7E304DA";
//!
//! let activation = polar
//!     .customer_portal_license_keys_activate()
//!     .body_map(|body| body.organization_id(organization).key(key).label("Ada's laptop"))
//!     .send()
//!     .await?;
//!
//! let license = polar
//!     .customer_portal_license_keys_validate()
//!     .body_map(|body| {
//!         let body = body.organization_id(organization).key(key);
//!         body.activation_id(activation.id).increment_usage(1)
//!     })
//!     .send()
//!     .await?;
//! println!("{} was used {} times", license.display_key, license.usage);
//!
//! polar
//!     .customer_portal_license_keys_deactivate()
//!     .body_map(|body| body.organization_id(organization).key(key).activation_id(activation.id))
//!     .send()
//!     .await?;
//! # assert_eq!((license.display_key.as_str(), license.usage), ("****-E304DA", 1));
//! # Ok(())
//! # }
//! ```
//!
//! # Yes, no, or no answer
//!
//! Convert what `send()` returns into a [`Verdict`], which has three outcomes. An app that treats the third like the second
//! locks paying users out when they are offline, behind a proxy, or when the app is misconfigured.
//!
//! ```
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let mock = polar_mock::MockServer::start().await?;
//! # let polar = polar_client::Client::builder(mock.url().parse()?).build()?;
//! # let organization = "fda84e25-7b55-4d67-916d-60ead04ff61f";
//! # let key = "MOCK-EXPIRED-0F0E6A52-8C7B-4D1E-9B3A-5A1C2D3E4F01";
//! # let was_valid_this_week = true;
//! use polar_client::Verdict;
//!
//! let answer = polar
//!     .customer_portal_license_keys_validate()
//!     .body_map(|body| body.organization_id(organization).key(key))
//!     .send()
//!     .await;
//! let may_run = match Verdict::from(answer) {
//!     Verdict::Valid(license) => license.usage < 1000,
//!     Verdict::Refused(reason) => {
//!         println!("no: {reason}");
//!         # assert_eq!(reason, polar_client::LicenseRefusal::Expired);
//!         false
//!     }
//!     // Polar said nothing about the license: rely on the last known state.
//!     Verdict::Unanswered(error) => {
//!         eprintln!("the license was not checked: {error}");
//!         was_valid_this_week
//!     }
//! };
//! # assert!(!may_run);
//! # Ok(())
//! # }
//! ```
//!
//! For other calls, [`LicenseRefusal::from_error`] says why Polar refused; `None` means that it did not.
//!
//! After a 429 that asks for a short wait, the client waits and repeats the request; see [`ClientBuilder::max_retries`] and
//! [`ClientBuilder::max_retry_wait`]. Nothing else is repeated.
//!
//! # On a server: lists, and changes
//!
//! Every list has a `stream()` beside `send()`, which fetches page after page and yields each entry.
//!
//! ```
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let mock = polar_mock::MockServer::start().await?;
//! # let environment = mock.url();
//! # let token = "polar_oat_mock";
//! use futures::TryStreamExt;
//! use polar_client::{Client, license_keys::types::{LicenseKeyStatus, LicenseKeyUpdate}};
//!
//! let polar = Client::builder(environment.parse()?).access_token(token).build()?;
//!
//! let mut disabled = polar
//!     .license_keys_list()
//!     .status(vec![LicenseKeyStatus::Disabled])
//!     .limit(100_u64)
//!     .stream();
//! while let Some(key) = disabled.try_next().await? {
//!     // What stays `None` is not sent and not changed; `Some(None)` is sent as null and clears.
//!     let change = LicenseKeyUpdate {
//!         status: Some(Some(LicenseKeyStatus::Granted)),
//!         limit_usage: Some(None),
//!         ..Default::default()
//!     };
//!     let key = polar.license_keys_update().id(key.id).body(change).send().await?;
//!     println!("{} is {}, its uses without limit", key.display_key, key.status);
//!     # assert_eq!(key.limit_usage, None);
//! }
//! # Ok(())
//! # }
//! ```
//!
//! # Tokens
//!
//! A client can hold an access token and the token of a portal session. It sends each only where the document asks for it:
//!
//! | operations | token sent |
//! |---|---|
//! | `license_keys_…`, `customer_sessions_create` and all of `provisioning` and `sales` outside the portal | [`access_token`](ClientBuilder::access_token) |
//! | `customer_portal_…`: list, get, rotate | [`session_token`](ClientBuilder::session_token) |
//! | `customer_portal_license_keys_…`: validate, activate, deactivate | none |
//!
//! ```
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let mock = polar_mock::MockServer::start().await?;
//! # let environment = mock.url();
//! # let customer_id = uuid::uuid!("d910050c-be66-4ca0-b4cc-34fde514f227");
//! use polar_client::{Client, license_keys::types::CustomerSessionCustomerIdCreate};
//!
//! let polar = Client::builder(environment.parse()?).access_token("polar_oat_mock").build()?;
//! let who = CustomerSessionCustomerIdCreate::builder().customer_id(customer_id);
//! let who = CustomerSessionCustomerIdCreate::try_from(who)?;
//! let session = polar.customer_sessions_create().body(who).send().await?;
//! let portal = polar.with_session_token(&session.token)?;
//! let keys = portal.customer_portal_license_keys_list().send().await?;
//! println!("{} keys", keys.pagination.total_count);
//! # assert_eq!(keys.pagination.total_count, 5);
//! # Ok(())
//! # }
//! ```
//!
//! # Features
//!
//! `provisioning` adds the module of that name: customers, benefits, products, subscriptions, organizations. `sales` adds
//! checkouts and links to them, orders, refunds and discounts. Both are off by default, because each is many times the code
//! of the license keys.
#![forbid(unsafe_code)]

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;

mod answer;
mod builder;
mod environment;
// Generated by progenitor: not ours to style.
#[rustfmt::skip]
#[allow(
    missing_docs,
    unreachable_pub,
    clippy::all,
    clippy::pedantic,
    clippy::unwrap_used,
    rustdoc::bare_urls,
    rustdoc::broken_intra_doc_links,
    rustdoc::invalid_html_tags
)]
mod generated;
mod inner;
mod operation;
mod pagination;
mod refusal;
mod retry;
mod verdict;

pub use builder::{BuildError, ClientBuilder};
pub use environment::{Environment, EnvironmentError};
pub use generated::*;
pub use inner::Inner;
pub use license_keys::Client;
pub use operation::OperationFacts;
pub use progenitor_client::{Error, ResponseValue};
pub use refusal::{LicenseRefusal, Problem};
pub use reqwest;
pub use verdict::Verdict;
