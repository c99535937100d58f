//! Rewrites the head of a request for hyper, so that it accepts and refuses what the real server's HTTP parser does
//! (docs/behaviour.md#order-of-checks, step 1).

use std::borrow::Cow;

/// The preface of an HTTP/2 client with prior knowledge.
const HTTP2: &[u8] = b"PRI * HTTP/2.0\r\n";
/// Bytes that hyper refuses.
const REFUSED: &[u8] = b"\0";

/// The longest head that is waited for; hyper refuses longer ones.
const LONGEST: usize = 400 << 10;

/// What hyper gets instead of what was read.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Adapted {
    pub(super) bytes: Vec<u8>,
    /// Whether the connection ends with the answer, without a word about it: the client speaks HTTP/1.0.
    pub(super) is_last: bool,
}

/// Whether the rest of a head need not be waited for, as it is all there or is refused whatever follows. `read` begins with the
/// head; what stands before `from` was looked at before.
pub(super) fn is_decided(read: &[u8], from: usize) -> bool {
    let lead = read
        .iter()
        .take_while(|byte| b"\r\n".contains(byte))
        .count();
    let new = &read[from.saturating_sub(3).max(lead)..];
    let is_method = |byte: &u8| byte.is_ascii_uppercase() || *byte == b'-';
    let is_text = read.get(lead).is_none_or(is_method);
    !is_text || has_bare_line_end(new) || find(new, b"\r\n\r\n").is_some() || read.len() > LONGEST
}

/// The bytes to give hyper instead of a read that begins with the head of a request; `None` if they may stay.
pub(super) fn adapted(read: &[u8]) -> Option<Adapted> {
    let refused = || {
        Some(Adapted {
            bytes: REFUSED.to_vec(),
            is_last: false,
        })
    };
    let lead = read
        .iter()
        .take_while(|byte| b"\r\n".contains(byte))
        .count();
    let (head, body) = match find(&read[lead..], b"\r\n\r\n") {
        Some(end) => read[lead..].split_at(end + 4),
        None => (&read[lead..], &[][..]),
    };
    if head.starts_with(HTTP2) || has_bare_line_end(head) {
        return refused();
    }
    let (first, headers) = head.split_at(find(head, b"\r\n")?);
    if has_two_lengths(headers) || first.starts_with(b" ") || first.ends_with(b" ") {
        return refused();
    }
    let line = request_line(first)?;
    let kept = values_kept(headers);
    let is_same = lead == 0 && line == first && matches!(kept, Cow::Borrowed(_));
    (!is_same).then(|| Adapted {
        bytes: [&line, &*kept, body].concat(),
        is_last: first.ends_with(b" HTTP/1.0"),
    })
}

/// The first line in hyper's form: spaces once, characters escaped that it refuses, HTTP/1.1 for the versions that the real
/// server treats alike, and where it is missing.
fn request_line(line: &[u8]) -> Option<Vec<u8>> {
    let mut words = line
        .split(|&byte| byte == b' ')
        .filter(|word| !word.is_empty());
    let (method, target, version) = (words.next()?, words.next()?, words.next());
    if words.next().is_some() || !target.is_ascii() {
        return Some(REFUSED.to_vec());
    }
    let version = match version {
        None | Some(b"HTTP/0.9" | b"HTTP/1.0" | b"HTTP/2.0") => b"HTTP/1.1",
        Some(version) => version,
    };
    let mut known = [method, b" "].concat();
    for &byte in target {
        match byte {
            b'"' | b'<' | b'>' | b'`' => known.extend(format!("%{byte:02X}").bytes()),
            byte => known.push(byte),
        }
    }
    known.push(b' ');
    known.extend(version);
    Some(known)
}

fn has_bare_line_end(head: &[u8]) -> bool {
    let mut before = 0;
    head.iter().any(|&byte| {
        let bare = byte == b'\n' && before != b'\r';
        before = byte;
        bare
    })
}

/// Whether the length of the body is given more than once, in one way or in two.
fn has_two_lengths(headers: &[u8]) -> bool {
    let names = lines(headers).filter_map(|line| line.split(|&byte| byte == b':').next());
    let mut lengths = 0;
    let mut chunked = false;
    for name in names {
        lengths += usize::from(name.eq_ignore_ascii_case(b"content-length"));
        chunked |= name.eq_ignore_ascii_case(b"transfer-encoding");
    }
    lengths > 1 || (lengths == 1 && chunked)
}

/// Values that mean more to hyper than to the real server become something else: spaces at the end of a `Polar-Version`, which
/// hyper would trim, and every `Connection` but `close`.
fn values_kept(headers: &[u8]) -> Cow<'_, [u8]> {
    let mut kept = Cow::Borrowed(headers);
    let mut at = 0;
    for line in lines(headers) {
        let start = at + line.len();
        at += line.len() + 2;
        let Some(colon) = line.iter().position(|&byte| byte == b':') else {
            continue;
        };
        let (name, value) = (&line[..colon], &line[colon + 1..]);
        let word = value.trim_ascii();
        let replaced = if name.eq_ignore_ascii_case(b"polar-version") && !word.is_empty() {
            value.len() - value.trim_ascii_end().len()
        } else if name.eq_ignore_ascii_case(b"connection") && word != b"close" {
            value.len()
        } else {
            0
        };
        if replaced > 0 {
            kept.to_mut()[start - replaced..start].fill(b'_');
        }
    }
    kept
}

/// The lines; CRLF ends each.
fn lines(headers: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut rest = Some(headers);
    std::iter::from_fn(move || {
        let all = rest.take()?;
        match find(all, b"\r\n") {
            Some(end) => {
                rest = Some(&all[end + 2..]);
                Some(&all[..end])
            }
            None => Some(all),
        }
    })
}

fn find(bytes: &[u8], what: &[u8]) -> Option<usize> {
    bytes.windows(what.len()).position(|window| window == what)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_head_is_taken_as_the_real_server_takes_it() {
        const SAME: Option<&str> = None;
        const NO: Option<&str> = Some("\0");
        for (given, taken) in [
            ("GET /a?b=c HTTP/1.1\r\nhost: a\r\n\r\n", SAME),
            ("GET /a HTTP/1.0\r\n\r\n", Some("GET /a HTTP/1.1\r\n\r\n")),
            (" GET /a HTTP/1.1\r\n\r\n", NO),
            ("GET /a HTTP/1.1 \r\n\r\n", NO),
            ("GET /a HTTP/3.0\r\n\r\n", SAME),
            ("GET /a", SAME),
            ("GET\r\n\r\n", SAME),
            ("GET /a HTTP/0.9\r\n\r\n", Some("GET /a HTTP/1.1\r\n\r\n")),
            ("GET /a HTTP/2.0\r\n\r\n", Some("GET /a HTTP/1.1\r\n\r\n")),
            (
                "GET /a\r\nx: y\r\n\r\n",
                Some("GET /a HTTP/1.1\r\nx: y\r\n\r\n"),
            ),
            (
                "GET  /a   HTTP/1.1\r\n\r\n",
                Some("GET /a HTTP/1.1\r\n\r\n"),
            ),
            (
                "GET /<`?\"> HTTP/1.1\r\n\r\nbody",
                Some("GET /%3C%60?%22%3E HTTP/1.1\r\n\r\nbody"),
            ),
            ("PRI * HTTP/2.0\r\n\r\nSM", NO),
            ("GET /a\nHost: b\r\n\r\n", NO),
            ("GET /a\n\n", NO),
            ("GET /a HTTP/1.1\r\nhost: a\n\r\n", NO),
            ("POST /a HTTP/1.1\r\nContent-Length: 2\r\n\r\n{\n", SAME),
            (
                "POST /a HTTP/1.1\r\nContent-Length: 1\r\ncontent-length: 1\r\n\r\n1",
                NO,
            ),
            (
                "POST /a HTTP/1.1\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n1",
                NO,
            ),
            (
                "POST /a HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n1",
                SAME,
            ),
            (
                "GET / HTTP/1.1\r\nPOLAR-version: 2026-04 \t\r\nx: y \r\n\r\n",
                Some("GET / HTTP/1.1\r\nPOLAR-version: 2026-04__\r\nx: y \r\n\r\n"),
            ),
            ("GET / HTTP/1.1\r\nPolar-Version:  \r\n\r\n", SAME),
            ("GET / HTTP/1.1\r\nConnection: close \r\n\r\n", SAME),
            (
                "GET / HTTP/1.1\r\nconnection:x, close\r\nx: y\r\n\r\n",
                Some("GET / HTTP/1.1\r\nconnection:________\r\nx: y\r\n\r\n"),
            ),
        ] {
            let taken = taken.map(|taken| taken.as_bytes().to_vec());
            let given = given.as_bytes();
            assert_eq!(adapted(given).map(|it| it.bytes), taken, "{given:?}");
        }
        let read = adapted("GET /?é HTTP/1.1\r\n\r\n".as_bytes()).unwrap();
        assert_eq!(read.bytes[..1], *REFUSED);
    }

    #[test]
    fn an_answer_to_http_1_0_is_the_last_one() {
        for (version, is_last) in [("1.0", true), ("0.9", false), ("2.0", false)] {
            let head = format!("GET / HTTP/{version}\r\n\r\n");
            let adapted = adapted(head.as_bytes()).unwrap();
            assert_eq!(adapted.is_last, is_last, "{version}");
        }
    }

    #[test]
    fn the_rest_of_a_head_is_waited_for_while_it_matters() {
        for (read, from, decided) in [
            ("G", 0, false),
            ("\r\n", 0, false),
            ("\r\nGET / HTTP/1.1\r\n", 0, false),
            ("GET / HTTP/1.1\r\n\r\n", 0, true),
            ("GET / HTTP/1.1\r\n\r\n", 17, true),
            ("GET / HTTP/1.1\r\nHost: x\r\n", 3, false),
            ("GET / HTTP/1.1\n", 0, true),
            ("GET / HTTP/1.1\r\nHost: x\n", 20, true),
            ("get / HTTP/1.1\r\n", 0, true),
            ("\u{16}\u{3}\u{1}", 0, true),
            (" GET", 0, true),
        ] {
            assert_eq!(is_decided(read.as_bytes(), from), decided, "{read:?}");
        }
        assert!(is_decided(&[b'G'; LONGEST + 1], LONGEST));
    }
}
