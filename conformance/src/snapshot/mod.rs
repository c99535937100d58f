//! One answer of each operation on license keys, with reference tokens in the place of every value that the server
//! generates. The files are those of [insta](https://insta.rs): `cargo insta review` reviews them.
//!
//! The metadata of a file (`info:`) says where and when the answer was taken, by which version of the API, and which
//! contract validated it.

mod file;
mod library;
mod neutral;
mod normalise;
mod specs;
mod take;

pub use file::{Info, MalformedSnapshot, SnapshotFile};
pub use library::{Snapshot, SnapshotError, Snapshots, embedded, from_folder};
pub use normalise::Normaliser;
pub use specs::SPECS;
pub use take::{Prepared, SnapshotSpec, TakeError, Taken, compare_with, take};
