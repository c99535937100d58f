//! The size of bodies, and reading them (docs/behaviour.md#order-of-checks, step 4).

use axum::body::Body;
use bytes::Bytes;
use http::{HeaderMap, Method, header};
use http_body_util::{BodyExt, Limited};

use crate::reply::Reply;

/// The largest body that is read.
const MAX_BODY_SIZE: u64 = 10_485_760;

/// Checks the announced size of a body, which some methods have to announce.
pub(crate) fn check_size(method: &Method, headers: &HeaderMap) -> Result<(), Reply> {
    let length = headers
        .get(header::CONTENT_LENGTH)
        .filter(|_| !headers.contains_key(header::TRANSFER_ENCODING));
    let Some(length) = length else {
        return if [Method::POST, Method::PUT, Method::PATCH].contains(method) {
            Err(Reply::length_required())
        } else {
            Ok(())
        };
    };
    let length = length
        .to_str()
        .ok()
        .and_then(|length| length.parse::<u64>().ok())
        .unwrap_or(u64::MAX);
    if length > MAX_BODY_SIZE {
        Err(Reply::too_large(MAX_BODY_SIZE))
    } else {
        Ok(())
    }
}

/// Reads a body; `None` if the client disconnects in the middle of it.
pub(crate) async fn read(body: Body) -> Option<Bytes> {
    Limited::new(body, MAX_BODY_SIZE as usize)
        .collect()
        .await
        .ok()
        .map(http_body_util::Collected::to_bytes)
}
