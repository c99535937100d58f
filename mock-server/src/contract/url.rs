//! URLs, and which of them webhooks may be sent to (docs/behaviour.md#webhook-endpoints).

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use idna::punycode;
use unicode_general_category::{GeneralCategory, get_general_category};
use url::{Host, Url};

use super::errors::Fault;
use super::scalars::{self, Exactness};
use crate::json::Value;
use crate::loopback;

/// An absolute URL with a host, parsed as the WHATWG standard says. Loopback addresses may be plain HTTP whatever the
/// schemes: a deviation that lets webhooks be tested.
pub(super) fn url(
    value: &Value,
    max: Option<usize>,
    schemes: &[String],
) -> Result<(Url, Exactness), Fault> {
    let text = match value {
        Value::Str(text) => text,
        _ => {
            return Err(Fault::plain(
                "url_type",
                "URL input should be a string or URL",
            ));
        }
    };
    if let Some(max) = max.filter(|&max| text.chars().count() > max) {
        let msg = format!("URL should have at most {max} characters");
        return Err(Fault::with(
            "url_too_long",
            msg,
            vec![("max_length", Value::Int(max as i64))],
        ));
    }
    let url = match Url::parse(text) {
        Ok(url) => url,
        Err(url::ParseError::RelativeUrlWithoutBase) if text.is_empty() => {
            return Err(url_fault("input is empty"));
        }
        Err(reason) => return Err(url_fault(&reason.to_string())),
    };
    if loopback::addresses(&url).is_empty() && !schemes.iter().any(|scheme| scheme == url.scheme())
    {
        let quoted: Vec<String> = schemes.iter().map(|scheme| format!("'{scheme}'")).collect();
        let expected = quoted.join(" or ");
        let ctx = vec![("expected_schemes", Value::Str(expected.clone()))];
        return Err(Fault::with(
            "url_scheme",
            format!("URL scheme should be {expected}"),
            ctx,
        ));
    }
    Ok((url, Exactness::Lax))
}

fn url_fault(reason: &str) -> Fault {
    Fault::because("url_parsing", "Input should be a valid URL", reason)
}

/// A text without blanks at its ends, as Python counts them; another value as it is.
pub(super) fn stripped(value: &Value) -> Value {
    match value {
        Value::Str(text) => Value::Str(scalars::stripped(text).to_owned()),
        other => other.clone(),
    }
}

/// Checks that the host is a name, a public address, or one to which the mock may send webhooks all the same.
pub(super) fn check_public(url: &Url) -> Result<(), Fault> {
    let refuse = |reason: &str| Err(Fault::value_error(reason));
    if !loopback::addresses(url).is_empty() {
        return Ok(());
    }
    match url.host() {
        Some(Host::Domain(name)) if !is_name(name) => refuse(
            "Invalid webhook URL: the hostname contains characters not allowed in domain names.",
        ),
        _ if leads_inside(url) => {
            refuse("Webhook URLs cannot point to localhost or private IP addresses.")
        }
        _ => Ok(()),
    }
}

/// Whether webhooks may be sent to an endpoint that has this URL.
pub fn takes_webhooks(url: &str) -> bool {
    Url::parse(url).is_ok_and(|url| check_public(&url).is_ok())
}

/// Whether the host of a URL is `localhost` or an address that is not of the public internet.
fn leads_inside(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => !is_global(address.into()),
        Some(Host::Ipv6(address)) => !is_global(address.into()),
        None => false,
    }
}

/// Longest name and longest part of it between periods.
const NAME: usize = 253;
const LABEL: usize = 63;

/// Whether IDNA 2008 knows the name, in lower case and written in ASCII; a period may end it.
fn is_name(name: &str) -> bool {
    let name = name.strip_suffix('.').unwrap_or(name);
    name.len() <= NAME && name.split('.').all(is_label)
}

fn is_label(label: &str) -> bool {
    if label.is_empty() || label.len() > LABEL {
        return false;
    }
    let Some(encoded) = label.strip_prefix("xn--") else {
        return has_good_characters(label);
    };
    !encoded.ends_with('-')
        && punycode::decode_to_string(encoded).is_some_and(|text| has_good_characters(&text))
}

/// Letters, digits and marks of any script, and hyphens: neither at an end nor both in the third and fourth place.
fn has_good_characters(label: &str) -> bool {
    let letters: Vec<char> = label.chars().collect();
    let hyphens = label.starts_with('-')
        || label.ends_with('-')
        || letters.get(2..4).is_some_and(|pair| pair == ['-', '-']);
    !hyphens
        && letters.first().is_some_and(|&first| !is_mark(first))
        && (0..letters.len()).all(|at| is_good(&letters, at))
}

fn is_mark(c: char) -> bool {
    use GeneralCategory::{EnclosingMark, NonspacingMark, SpacingMark};
    matches!(
        get_general_category(c),
        NonspacingMark | SpacingMark | EnclosingMark
    )
}

/// Whether a character is allowed at its position. Some are allowed only beside characters of their script.
fn is_good(letters: &[char], at: usize) -> bool {
    use GeneralCategory::{
        DecimalNumber, LowercaseLetter, ModifierLetter, NonspacingMark, OtherLetter, SpacingMark,
    };
    let before = at.checked_sub(1).map(|before| letters[before]);
    let after = letters.get(at + 1).copied();
    match letters[at] {
        '-' => true,
        '·' => before == Some('l') && after == Some('l'),
        '\u{375}' => after.is_some_and(|c| ('\u{370}'..='\u{3ff}').contains(&c)),
        '\u{5f3}' | '\u{5f4}' => before.is_some_and(|c| ('\u{590}'..='\u{5ff}').contains(&c)),
        '・' => letters.iter().any(|c| {
            matches!(c, '\u{3041}'..='\u{30fa}' | '\u{30fc}'..='\u{30ff}' | '\u{4e00}'..='\u{9fff}')
        }),
        c => matches!(
            get_general_category(c),
            LowercaseLetter
                | OtherLetter
                | ModifierLetter
                | DecimalNumber
                | NonspacingMark
                | SpacingMark
        ),
    }
}

/// Networks outside the public internet: first address and length of the prefix.
const PRIVATE_V4: [(Ipv4Addr, u32); 13] = [
    (Ipv4Addr::new(0, 0, 0, 0), 8),
    (Ipv4Addr::new(10, 0, 0, 0), 8),
    (Ipv4Addr::new(100, 64, 0, 0), 10),
    (Ipv4Addr::new(127, 0, 0, 0), 8),
    (Ipv4Addr::new(169, 254, 0, 0), 16),
    (Ipv4Addr::new(172, 16, 0, 0), 12),
    (Ipv4Addr::new(192, 0, 0, 0), 24),
    (Ipv4Addr::new(192, 0, 2, 0), 24),
    (Ipv4Addr::new(192, 168, 0, 0), 16),
    (Ipv4Addr::new(198, 18, 0, 0), 15),
    (Ipv4Addr::new(198, 51, 100, 0), 24),
    (Ipv4Addr::new(203, 0, 113, 0), 24),
    (Ipv4Addr::new(240, 0, 0, 0), 4),
];
/// The parts of them that are public all the same.
const PUBLIC_V4: [(Ipv4Addr, u32); 2] = [
    (Ipv4Addr::new(192, 0, 0, 9), 32),
    (Ipv4Addr::new(192, 0, 0, 10), 32),
];
const PRIVATE_V6: [(Ipv6Addr, u32); 10] = [
    (Ipv6Addr::UNSPECIFIED, 128),
    (Ipv6Addr::LOCALHOST, 128),
    (Ipv6Addr::new(0x64, 0xff9b, 1, 0, 0, 0, 0, 0), 48),
    (Ipv6Addr::new(0x100, 0, 0, 0, 0, 0, 0, 0), 64),
    (Ipv6Addr::new(0x2001, 0, 0, 0, 0, 0, 0, 0), 23),
    (Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 0), 32),
    (Ipv6Addr::new(0x2002, 0, 0, 0, 0, 0, 0, 0), 16),
    (Ipv6Addr::new(0x3fff, 0, 0, 0, 0, 0, 0, 0), 20),
    (Ipv6Addr::new(0xfc00, 0, 0, 0, 0, 0, 0, 0), 7),
    (Ipv6Addr::new(0xfe80, 0, 0, 0, 0, 0, 0, 0), 10),
];
const PUBLIC_V6: [(Ipv6Addr, u32); 6] = [
    (Ipv6Addr::new(0x2001, 1, 0, 0, 0, 0, 0, 1), 128),
    (Ipv6Addr::new(0x2001, 1, 0, 0, 0, 0, 0, 2), 128),
    (Ipv6Addr::new(0x2001, 3, 0, 0, 0, 0, 0, 0), 32),
    (Ipv6Addr::new(0x2001, 4, 0x112, 0, 0, 0, 0, 0), 48),
    (Ipv6Addr::new(0x2001, 0x20, 0, 0, 0, 0, 0, 0), 28),
    (Ipv6Addr::new(0x2001, 0x30, 0, 0, 0, 0, 0, 0), 28),
];

fn is_global(address: IpAddr) -> bool {
    match address.to_canonical() {
        IpAddr::V4(address) => {
            let is_of = |&(network, bits): &(Ipv4Addr, u32)| {
                (address.to_bits() ^ network.to_bits()).leading_zeros() >= bits
            };
            !PRIVATE_V4.iter().any(is_of) || PUBLIC_V4.iter().any(is_of)
        }
        IpAddr::V6(address) => {
            let is_of = |&(network, bits): &(Ipv6Addr, u32)| {
                (address.to_bits() ^ network.to_bits()).leading_zeros() >= bits
            };
            !PRIVATE_V6.iter().any(is_of) || PUBLIC_V6.iter().any(is_of)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls() {
        let web = ["http".to_owned(), "https".to_owned()];
        let ok = |text: &str| {
            url(&Value::Str(text.into()), Some(2083), &web).map(|(url, _)| url.to_string())
        };
        assert_eq!(
            ok("https://example.com"),
            Ok("https://example.com/".to_owned())
        );
        assert_eq!(
            ok("").unwrap_err().msg,
            "Input should be a valid URL, input is empty"
        );
        assert_eq!(
            ok("x").unwrap_err().msg,
            "Input should be a valid URL, relative URL without a base"
        );
        assert_eq!(ok("ftp://x").unwrap_err().kind, "url_scheme");
        assert_eq!(
            ok(&format!("https://example.com/{}", "a".repeat(2083)))
                .unwrap_err()
                .kind,
            "url_too_long"
        );
        assert_eq!(
            url(&Value::Int(1), None, &web).unwrap_err().kind,
            "url_type"
        );
        let secure = |text: &str| url(&Value::Str(text.into()), None, &web[1..]);
        let fault = secure("http://example.com/").unwrap_err();
        assert_eq!(fault.msg, "URL scheme should be 'https'");
        assert!(secure("https://example.com/").is_ok());
        assert!(secure("http://127.0.0.1:8000/hook").is_ok());
    }

    #[test]
    fn blanks_around_a_url_go_first() {
        for (given, stripped_text) in [
            (" https://a.example\n", "https://a.example"),
            ("\u{1c}\u{a0}x\u{3000}", "x"),
            (" \t", ""),
        ] {
            assert_eq!(
                stripped(&Value::Str(given.into())),
                Value::Str(stripped_text.into())
            );
        }
        assert_eq!(stripped(&Value::Int(1)), Value::Int(1));
    }

    #[test]
    fn webhooks_go_to_names_and_public_addresses() {
        const FINE: &str = "";
        const NO_NAME: &str = "Value error, Invalid webhook URL: the hostname contains characters not allowed in domain \
                               names.";
        const INSIDE: &str =
            "Value error, Webhook URLs cannot point to localhost or private IP addresses.";
        for (host, refusal) in [
            ("example.com", FINE),
            ("example.com.", FINE),
            ("EXAMPLE.com", FINE),
            ("a", FINE),
            ("münchen.example", FINE),
            ("हिन्दी.example", FINE),
            ("ア・.example", FINE),
            ("a・b.example", NO_NAME),
            ("l·l.example", FINE),
            ("a·b.example", NO_NAME),
            ("localhost.", FINE),
            ("a.localhost", FINE),
            ("a_b.example", NO_NAME),
            ("-a.example", NO_NAME),
            ("a-.example", NO_NAME),
            ("ab--c.example", NO_NAME),
            ("a..example", NO_NAME),
            ("☃.example", NO_NAME),
            ("a*.example", NO_NAME),
            ("localhost", INSIDE),
            ("LOCALHOST", INSIDE),
            ("127.0.0.1", INSIDE),
            ("0x7f.1", INSIDE),
            ("2130706433", INSIDE),
            ("0.0.0.0", INSIDE),
            ("10.1.2.3", INSIDE),
            ("100.64.0.1", INSIDE),
            ("100.128.0.1", FINE),
            ("169.254.169.254", INSIDE),
            ("172.16.0.1", INSIDE),
            ("172.32.0.1", FINE),
            ("192.0.0.8", INSIDE),
            ("192.0.0.9", FINE),
            ("192.0.2.1", INSIDE),
            ("192.168.0.1", INSIDE),
            ("198.19.0.1", INSIDE),
            ("198.51.100.1", INSIDE),
            ("203.0.113.1", INSIDE),
            ("224.0.0.1", FINE),
            ("240.0.0.1", INSIDE),
            ("8.8.8.8", FINE),
            ("[::1]", INSIDE),
            ("[::]", INSIDE),
            ("[::ffff:10.0.0.1]", INSIDE),
            ("[::ffff:8.8.8.8]", FINE),
            ("[64:ff9b::1]", FINE),
            ("[64:ff9b:1::1]", INSIDE),
            ("[100::1]", INSIDE),
            ("[2001::1]", INSIDE),
            ("[2001:1::1]", FINE),
            ("[2001:20::1]", FINE),
            ("[2001:db8::1]", INSIDE),
            ("[2002::1]", INSIDE),
            ("[3fff::1]", INSIDE),
            ("[fd00::1]", INSIDE),
            ("[fe80::1]", INSIDE),
            ("[2606:4700::1]", FINE),
        ] {
            let url = Url::parse(&format!("https://{host}/")).expect(host);
            let refused =
                check_public(&url).map_or_else(|fault| fault.msg.into_owned(), |()| String::new());
            assert_eq!(refused, refusal, "{host}");
        }
        let local = Url::parse("http://127.0.0.1:8000/hook").expect("a URL");
        assert_eq!(check_public(&local), Ok(()));
    }
}
