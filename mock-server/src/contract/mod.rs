//! The contract, compiled once: which operations there are, and what each of them takes.
//!
//! `polar.yaml` with `overlay.yaml` applied becomes a route table and, for every operation, a tree of schema nodes. Requests
//! are decoded along that tree in the dialect of the real server (docs/behaviour.md#bodies,
//! docs/behaviour.md#validation-errors and docs/behaviour.md#paths-and-methods); no handler checks a field.

mod checks;
mod currency;
mod decimal;
mod decode;
mod document;
mod email;
mod errors;
mod field;
mod language_tag;
mod request;
mod routes;
mod scalars;
mod schema;
mod url;

pub use currency::Currency;
pub use decode::decode;
pub use document::{CONTRACT_SHA256, document_json, server_truth_json};
pub use email::is_email;
pub use errors::{Item, LocPart, render_detail};
pub use field::{Field, Mismatch, Moment, Patch};
pub use request::{Arguments, BodyInput, decode_request, query_pairs};
pub use routes::{Contract, Route, RouteMatch, Subject};
pub use schema::{NodeId, Tree, schema_of};
pub use url::takes_webhooks;
