//! JSON Pointers (RFC 6901); every report of this crate gives places as pointers.

use std::borrow::Cow;

/// One step of a pointer, with `~` and `/` escaped.
pub fn escape(step: &str) -> Cow<'_, str> {
    if step.contains(['~', '/']) {
        Cow::Owned(step.replace('~', "~0").replace('/', "~1"))
    } else {
        Cow::Borrowed(step)
    }
}

/// The opposite of [`escape`].
pub fn unescape(step: &str) -> Cow<'_, str> {
    if step.contains('~') {
        Cow::Owned(step.replace("~1", "/").replace("~0", "~"))
    } else {
        Cow::Borrowed(step)
    }
}

/// `pointer` with one more step.
pub fn join(pointer: &str, step: &str) -> String {
    format!("{pointer}/{}", escape(step))
}

/// The pointer of the parent, and the last step unescaped. `None` for the root.
pub fn split_last(pointer: &str) -> Option<(&str, Cow<'_, str>)> {
    let (parent, last) = pointer.rsplit_once('/')?;
    Some((parent, unescape(last)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_with_slashes_and_tildes_survive_the_round_trip() {
        for step in ["/v1/license-keys/{id}", "a~b", "~1", "plain", ""] {
            assert_eq!(unescape(&escape(step)), step);
        }
        assert_eq!(join("/paths", "/v1/x~y"), "/paths/~1v1~1x~0y");
    }

    #[test]
    fn the_last_step_comes_back_unescaped() {
        let (parent, last) = split_last("/paths/~1v1").expect("has a parent");
        assert_eq!((parent, &*last), ("/paths", "/v1"));
        assert!(split_last("").is_none());
    }
}
