//! E-mail addresses as pydantic and its `email-validator` read them, without a look into DNS.

/// Domains that receive no mail.
const RESERVED: [&str; 6] = ["arpa", "invalid", "local", "localhost", "onion", "test"];
/// Longest part of a domain between periods, longest domain, longest address.
const LABEL: usize = 63;
const DOMAIN: usize = 253;
const ADDRESS: usize = 254;
/// Longest text that is parsed.
const TEXT: usize = 2048;

/// Whether a text is an e-mail address and nothing else.
pub fn is_email(text: &str) -> bool {
    !text.contains('<') && email(text).is_ok()
}

/// Reads `address` or `Name <address>`. Returns the address with its domain in lower case.
///
/// # Errors
///
/// Why the text is not an address.
pub(super) fn email(text: &str) -> Result<String, String> {
    if text.chars().count() > TEXT {
        return Err(format!("Length must not exceed {TEXT} characters"));
    }
    let address = bare(text).trim();
    if address.contains(['\r', '\n']) {
        return Err("Carriage return and line feed characters are not allowed".to_owned());
    }
    if address.starts_with('"') && address.contains("\"@") {
        return Err("Quoting the part before the @-sign is not allowed here.".to_owned());
    }
    if address.split('@').next().unwrap_or_default().contains('<') {
        return Err("An open angle bracket at the start of the email address has to be followed by a close angle \
                    bracket at the end."
            .to_owned());
    }
    let Some((local, domain)) = address.split_once('@') else {
        return Err("An email address must have an @-sign.".to_owned());
    };
    if local.is_empty() {
        return Err("There must be something before the @-sign.".to_owned());
    }
    if domain.is_empty() {
        return Err("There must be something after the @-sign.".to_owned());
    }
    check_local(local)?;
    check_domain(domain)?;
    let address = format!("{local}@{}", domain.to_lowercase());
    match address.chars().count().saturating_sub(ADDRESS) {
        0 => Ok(address),
        more => Err(format!(
            "The email address is too long ({}).",
            surplus(more)
        )),
    }
}

/// The text in the angle brackets after a name.
fn bare(text: &str) -> &str {
    let inner = text
        .trim_end()
        .strip_suffix('>')
        .and_then(|text| text.split_once('<'));
    match inner {
        Some((name, address)) if name.chars().all(is_of_a_name) => address,
        _ => text,
    }
}

fn is_of_a_name(c: char) -> bool {
    c.is_alphanumeric() || is_atom(c) || " \"".contains(c)
}

fn is_atom(c: char) -> bool {
    c.is_ascii_alphanumeric() || "_!#$%&'*+-/=?^`{|}~".contains(c)
}

fn check_local(local: &str) -> Result<(), String> {
    let bad = unknown_characters(local, |c| is_atom(c) || c == '.' || !c.is_ascii());
    if !bad.is_empty() {
        return Err(format!(
            "The email address contains invalid characters before the @-sign: {bad}."
        ));
    }
    check_periods(
        local,
        "cannot start with a period.",
        "cannot have a period immediately before the @-sign.",
    )
}

fn check_domain(domain: &str) -> Result<(), String> {
    if domain.starts_with('[') && domain.ends_with(']') {
        return Err("A bracketed IP address after the @-sign is not allowed here.".to_owned());
    }
    let bad = unknown_characters(domain, |c| {
        c.is_ascii_alphanumeric() || "-.".contains(c) || !c.is_ascii()
    });
    if !bad.is_empty() {
        return Err(format!(
            "The part after the @-sign contains invalid characters: {bad}."
        ));
    }
    check_periods(
        domain,
        "cannot have a period immediately after the @-sign.",
        "cannot end with a period.",
    )?;
    check_hyphens(domain)?;
    let length = domain.chars().count();
    if length > DOMAIN {
        return Err(format!(
            "The email address is too long after the @-sign ({}).",
            surplus(length - DOMAIN)
        ));
    }
    for label in domain.split('.') {
        let length = label.chars().count();
        if length > LABEL {
            return Err(format!(
                "After the @-sign, periods cannot be separated by so many characters ({}).",
                surplus(length - LABEL)
            ));
        }
    }
    let Some((_, top)) = domain.rsplit_once('.') else {
        return Err("The part after the @-sign is not valid. It should have a period.".to_owned());
    };
    if top.ends_with(|c: char| c.is_ascii() && !c.is_ascii_alphabetic()) {
        return Err(
            "The part after the @-sign is not valid. It is not within a valid top-level domain."
                .to_owned(),
        );
    }
    if RESERVED.contains(&top.to_lowercase().as_str()) {
        return Err(
            "The part after the @-sign is a special-use or reserved name that cannot be used with email."
                .to_owned(),
        );
    }
    Ok(())
}

fn check_periods(part: &str, first: &str, last: &str) -> Result<(), String> {
    let wrong = if part.ends_with('.') {
        last
    } else if part.starts_with('.') {
        first
    } else if part.contains("..") {
        "cannot have two periods in a row."
    } else {
        return Ok(());
    };
    Err(format!("An email address {wrong}"))
}

fn check_hyphens(domain: &str) -> Result<(), String> {
    let two_letters = |label: &str| {
        label.get(2..4) == Some("--")
            && !label
                .get(..2)
                .is_some_and(|two| two.eq_ignore_ascii_case("xn"))
    };
    let wrong = if domain.ends_with('-') {
        "cannot end with a hyphen."
    } else if domain.starts_with('-') {
        "cannot have a hyphen immediately after the @-sign."
    } else if domain.contains(".-") || domain.contains("-.") {
        "cannot have a period and a hyphen next to each other."
    } else if domain.split('.').any(two_letters) {
        "cannot have two letters followed by two dashes immediately after the @-sign or after a period, except \
         Punycode."
    } else {
        return Ok(());
    };
    Err(format!("An email address {wrong}"))
}

/// The characters that are not allowed, each once, in order.
fn unknown_characters(part: &str, is_known: impl Fn(char) -> bool) -> String {
    let mut bad: Vec<char> = part.chars().filter(|c| !is_known(*c)).collect();
    bad.sort_unstable();
    bad.dedup();
    let shown: Vec<String> = bad
        .into_iter()
        .map(|c| match c {
            ' ' => "SPACE".to_owned(),
            '\'' => "\"'\"".to_owned(),
            '\\' => "\"\\\"".to_owned(),
            c if c.is_ascii_graphic() => format!("'{c}'"),
            c => format!("U+{:04X}", u32::from(c)),
        })
        .collect();
    shown.join(", ")
}

fn surplus(count: usize) -> String {
    let s = if count == 1 { "" } else { "s" };
    format!("{count} character{s} too many")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_read_as_the_validator_reads_them() {
        for (given, read) in [
            ("A@B.COM", "A@b.com"),
            (" a@b.de ", "a@b.de"),
            ("John <a@b.de>", "a@b.de"),
            ("a'b+c{d}@b.de", "a'b+c{d}@b.de"),
            ("a@x.example", "a@x.example"),
            ("é@é.de", "é@é.de"),
            ("a@xn--9ca.de", "a@xn--9ca.de"),
        ] {
            assert_eq!(email(given).as_deref(), Ok(read), "{given}");
        }
    }

    #[test]
    fn the_reason_is_the_validator_s() {
        let long = format!("a@{}.de", "b".repeat(64));
        for (given, reason) in [
            ("AAA", "An email address must have an @-sign."),
            ("", "An email address must have an @-sign."),
            ("@", "There must be something before the @-sign."),
            ("a@", "There must be something after the @-sign."),
            (
                "a@b",
                "The part after the @-sign is not valid. It should have a period.",
            ),
            ("a@b.", "An email address cannot end with a period."),
            (
                "a@.b",
                "An email address cannot have a period immediately after the @-sign.",
            ),
            (
                "a@b..c",
                "An email address cannot have two periods in a row.",
            ),
            (".a@c.de", "An email address cannot start with a period."),
            (
                "a.@c.de",
                "An email address cannot have a period immediately before the @-sign.",
            ),
            (
                "a b@c.de",
                "The email address contains invalid characters before the @-sign: SPACE.",
            ),
            (
                "a(b)@c.de",
                "The email address contains invalid characters before the @-sign: '(', ')'.",
            ),
            (
                r"a\b@c.de",
                r#"The email address contains invalid characters before the @-sign: "\"."#,
            ),
            (
                "a@b<c.de",
                "The part after the @-sign contains invalid characters: '<'.",
            ),
            (
                "a@b!.de",
                "The part after the @-sign contains invalid characters: '!'.",
            ),
            (
                "a@b@c.de",
                "The part after the @-sign contains invalid characters: '@'.",
            ),
            (
                "a@-b.de",
                "An email address cannot have a hyphen immediately after the @-sign.",
            ),
            (
                "a@b-.de",
                "An email address cannot have a period and a hyphen next to each other.",
            ),
            ("a@b.de-", "An email address cannot end with a hyphen."),
            (
                "a@1.2",
                "The part after the @-sign is not valid. It is not within a valid top-level domain.",
            ),
            (
                "a@x.test",
                "The part after the @-sign is a special-use or reserved name that cannot be used with email.",
            ),
            (
                "\"a b\"@c.de",
                "Quoting the part before the @-sign is not allowed here.",
            ),
            (
                "a@[1.2.3.4]",
                "A bracketed IP address after the @-sign is not allowed here.",
            ),
            (
                long.as_str(),
                "After the @-sign, periods cannot be separated by so many characters (1 character too many).",
            ),
        ] {
            assert_eq!(email(given), Err(reason.to_owned()), "{given}");
        }
    }
}
