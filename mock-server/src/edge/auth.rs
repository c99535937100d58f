//! Who is asking (docs/behaviour.md#authentication).

use http::{HeaderMap, header};

use crate::contract::Route;
use crate::reply::Reply;
use crate::state::Token;

/// The bearer token of a request; `None` if the request counts as anonymous.
pub(crate) fn bearer(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = value.trim().split_once(' ')?;
    let token = token.trim();
    (scheme.eq_ignore_ascii_case("bearer") && !token.is_empty()).then_some(token)
}

/// Checks that the caller may call the operation at all.
pub(crate) fn authorize(route: &Route, token: Option<&Token>) -> Result<(), Reply> {
    if route.subjects.is_empty() {
        return Ok(());
    }
    let token = token
        .filter(|token| route.subjects.contains(&token.caller.subject()))
        .ok_or_else(Reply::unauthorized)?;
    let enough = route.scopes.is_empty()
        || route
            .scopes
            .iter()
            .any(|scope| token.scopes.contains(scope));
    if enough {
        Ok(())
    } else {
        Err(Reply::insufficient_scope(&route.scopes))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::HeaderValue;

    #[test]
    fn what_is_a_bearer_token() {
        for (value, token) in [
            ("Bearer abc", Some("abc")),
            ("bearer abc", Some("abc")),
            ("BEARER   abc  ", Some("abc")),
            ("Bearer a b", Some("a b")),
            ("Bearer", None),
            ("Bearer ", None),
            ("", None),
            ("abc", None),
            ("Basic abc", None),
            ("Token abc", None),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(header::AUTHORIZATION, HeaderValue::from_str(value).unwrap());
            assert_eq!(bearer(&headers), token, "{value}");
        }
        let mut headers = HeaderMap::new();
        headers.insert(
            header::AUTHORIZATION,
            HeaderValue::from_bytes(b"Bearer \xe9").unwrap(),
        );
        assert_eq!(bearer(&headers), None);
    }
}
