//! The kinds of tokens, and the spelling of their values.

use std::sync::LazyLock;

use chrono::{NaiveDate, NaiveTime};
use regex::Regex;

/// The kind of a token: an id, a key, a time …
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// `<activation:1>` and the like: a UUID version 4 in lower case, named after what it identifies.
    Id(&'static str),
    /// `<key:1>`: the random part of a license key, a UUID version 4 in upper case.
    Key,
    /// `<key_end:1>`: the last six characters of the key with the same number.
    KeyEnd,
    /// `<token:1>`: the random part of a session token.
    Token,
    /// `<secret:1>`: the random part of a webhook secret.
    Secret,
    /// `<time:1>`: a time in UTC.
    Time,
    /// `<frontend:1>`: scheme and host of a page that belongs to the web site.
    Frontend,
    /// `<unix:1>`: seconds since 1970.
    Unix,
    /// `<date:1>`: a day in the label of an order's item.
    Date,
    /// `<short:1>`: the letters of a customer in the numbers of invoices and receipts.
    Short,
}

const IDS: [&str; 25] = [
    "account",
    "activation",
    "benefit",
    "benefit_grant",
    "checkout",
    "checkout_link",
    "customer",
    "customer_session",
    "discount",
    "event",
    "id",
    "license_key",
    "member",
    "order",
    "order_item",
    "organization",
    "payment",
    "payout_account",
    "price",
    "product",
    "refund",
    "subscription",
    "webhook_delivery",
    "webhook_endpoint",
    "webhook_event",
];

/// Every placeholder that a text may contain: `<kind:number>`, `<time>`, `<base>`, `<set:words>`, `<now+4s>`, `<hooks>`.
#[expect(
    clippy::unwrap_used,
    reason = "a constant pattern, compiled by the tests"
)]
pub static PLACEHOLDERS: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r"<(?:(?<kind>[a-z_]+):(?<number>[0-9]+)|(?<time>time)|(?<base>base)|set:(?<set>[^<>]*)|now(?<offset>[+-][0-9]+)s|(?<hooks>hooks))>",
    )
    .unwrap()
});

impl Kind {
    /// The kind with this name; other texts in angle brackets are literal.
    pub fn named(name: &str) -> Option<Self> {
        Some(match name {
            "key" => Self::Key,
            "key_end" => Self::KeyEnd,
            "token" => Self::Token,
            "secret" => Self::Secret,
            "time" => Self::Time,
            "frontend" => Self::Frontend,
            "unix" => Self::Unix,
            "date" => Self::Date,
            "short" => Self::Short,
            other => Self::Id(IDS.iter().find(|id| **id == other)?),
        })
    }

    /// The name inside the angle brackets.
    pub fn name(self) -> &'static str {
        match self {
            Self::Id(name) => name,
            Self::Key => "key",
            Self::KeyEnd => "key_end",
            Self::Token => "token",
            Self::Secret => "secret",
            Self::Time => "time",
            Self::Frontend => "frontend",
            Self::Unix => "unix",
            Self::Date => "date",
            Self::Short => "short",
        }
    }

    /// The regular expression that a value of this kind matches.
    pub fn pattern(self) -> &'static str {
        match self {
            Self::Id(_) => "[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}",
            Self::Key => "[0-9A-F]{8}-[0-9A-F]{4}-4[0-9A-F]{3}-[89AB][0-9A-F]{3}-[0-9A-F]{12}",
            Self::KeyEnd => "[0-9A-F]{6}",
            Self::Token => "[A-Za-z0-9]{20,}",
            Self::Secret => "[A-Za-z0-9+/=]{16,}",
            Self::Time => r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]{6})?Z",
            Self::Frontend => r"https?://[^/\s]+",
            Self::Unix => "[0-9]{10}",
            Self::Date => "[A-Z][a-z]{2} [0-9]{1,2}, [0-9]{4}",
            Self::Short => "[A-Z]{8,12}",
        }
    }

    /// Whether different numbers must have different values. Two times may coincide; so may two hosts and the
    /// ends of two keys.
    pub fn must_differ(self) -> bool {
        !matches!(
            self,
            Self::Time | Self::KeyEnd | Self::Unix | Self::Frontend | Self::Date
        )
    }
}

/// Whether a text of the right shape is a real time (no 30 February, no second 60).
pub(super) fn is_moment(text: &str) -> bool {
    let number = |from: usize, to: usize| {
        text.get(from..to)
            .and_then(|digits| digits.parse::<u32>().ok())
    };
    let date = || {
        NaiveDate::from_ymd_opt(
            i32::try_from(number(0, 4)?).ok().filter(|year| *year > 0)?,
            number(5, 7)?,
            number(8, 10)?,
        )
    };
    let time = || NaiveTime::from_hms_opt(number(11, 13)?, number(14, 16)?, number(17, 19)?);
    date().is_some() && time().is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_must_exist() {
        assert!(is_moment("2024-02-29T23:59:59.123456Z"));
        for text in [
            "2025-02-29T00:00:00Z",
            "2025-13-01T00:00:00Z",
            "2025-01-01T24:00:00Z",
            "2025-01-01T00:00:60Z",
            "0000-01-01T00:00:00Z",
        ] {
            assert!(!is_moment(text), "{text}");
        }
    }

    #[test]
    fn every_name_leads_back_to_its_kind() {
        for name in IDS.into_iter().chain([
            "key", "key_end", "token", "secret", "time", "frontend", "unix",
        ]) {
            assert_eq!(Kind::named(name).map(Kind::name), Some(name));
            assert!(Regex::new(Kind::named(name).unwrap().pattern()).is_ok());
        }
        assert_eq!(Kind::named("set"), None);
    }
}
