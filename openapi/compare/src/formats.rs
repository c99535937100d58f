//! What is known about the values of a format.

/// Whether a format is about numbers; every other is about texts.
pub(crate) fn is_numeric(format: &str) -> bool {
    crate::shape::format_range(format).is_some() || matches!(format, "float" | "double" | "decimal")
}

/// Whether every value of the one format is a value of the other.
pub(crate) fn within(inner: &str, outer: &str) -> bool {
    let wider: &[&str] = match inner {
        "uuid1" | "uuid3" | "uuid4" | "uuid5" | "uuid6" | "uuid7" | "uuid8" => &["uuid"],
        "uri" => &["uri-reference", "iri", "iri-reference"],
        "uri-reference" | "iri" => &["iri-reference"],
        "email" => &["idn-email"],
        "hostname" => &["idn-hostname"],
        "ipv4" | "ipv6" => &["ip", "ipvanyaddress"],
        "ip" => &["ipvanyaddress"],
        "ipvanyaddress" => &["ip"],
        "float" => &["double"],
        _ => &[],
    };
    inner == outer || wider.contains(&outer)
}

/// Whether a text is of a format, where that is easy to say.
pub(crate) fn holds(format: &str, text: &str) -> Option<bool> {
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    Some(match format {
        "uuid" => is_uuid(text),
        "uuid4" => is_uuid(text) && text.as_bytes().get(14) == Some(&b'4'),
        "date" => {
            let parts: Vec<_> = text.split('-').collect();
            parts.len() == 3 && text.len() == 10 && parts.iter().all(|part| digits(part))
        }
        "email" => text.contains('@'),
        "uri" => text.contains(':'),
        _ => return None,
    })
}

fn is_uuid(text: &str) -> bool {
    let mut bytes = text.bytes().enumerate();
    text.len() == 36
        && bytes.all(|(index, byte)| match index {
            8 | 13 | 18 | 23 => byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        })
}

/// Whether no text is of both sets of formats.
pub(crate) fn apart<'a>(
    one: impl Iterator<Item = &'a String>,
    other: impl Iterator<Item = &'a String> + Clone,
) -> bool {
    const DISTINCT: [&str; 5] = ["uuid", "date", "date-time", "email", "uri"];
    let family = |format: &str| DISTINCT.iter().position(|known| within(format, known));
    let mut pairs = one.flat_map(|one| other.clone().map(move |other| (one, other)));
    pairs.any(|(one, other)| match (family(one), family(other)) {
        (Some(one), Some(other)) => one != other,
        _ => false,
    })
}
