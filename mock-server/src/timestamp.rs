//! A moment as the API writes it (docs/behaviour.md#json-text): UTC, six digits of a second where they are not all
//! zero. Learnt from the open backend: the first and the last moment lose their time zone.

use std::fmt;
use std::time::Duration;

use chrono::{DateTime, Datelike, NaiveDate, NaiveDateTime, SubsecRound, TimeDelta, Timelike, Utc};
use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// A moment in UTC, to the microsecond.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Timestamp(DateTime<Utc>);

/// The first moment that the API can write.
const FIRST: Timestamp = Timestamp(
    NaiveDate::from_ymd_opt(1, 1, 1)
        .expect("a day")
        .and_hms_micro_opt(0, 0, 0, 0)
        .expect("a moment")
        .and_utc(),
);

impl Timestamp {
    /// The last moment that the API can write. Whatever is computed beyond it is this moment.
    pub const LAST: Self = Self(
        NaiveDate::from_ymd_opt(9999, 12, 31)
            .expect("a day")
            .and_hms_micro_opt(23, 59, 59, 999_999)
            .expect("a moment")
            .and_utc(),
    );

    /// The moment, cut to whole microseconds as the database keeps it, and to the years 1 to 9999.
    pub fn new(moment: DateTime<Utc>) -> Self {
        Self(moment.trunc_subsecs(6)).clamp(FIRST, Self::LAST)
    }

    fn after(self, delta: TimeDelta) -> Self {
        self.0
            .checked_add_signed(delta)
            .map_or(Self::LAST, Self::new)
    }

    /// Whether the database keeps it as infinity: it comes back without a time zone, and cannot be compared with others.
    pub fn is_infinite(self) -> bool {
        self == FIRST || self == Self::LAST
    }

    /// The moment that many seconds later.
    pub fn plus_seconds(self, seconds: i64) -> Self {
        self.after(TimeDelta::try_seconds(seconds).unwrap_or(TimeDelta::MAX))
    }

    /// The moment that many milliseconds later.
    pub fn after_milliseconds(self, milliseconds: u64) -> Self {
        self.after(
            TimeDelta::from_std(Duration::from_millis(milliseconds)).unwrap_or(TimeDelta::MAX),
        )
    }

    /// The first moment from this one on that is a whole number of times so many seconds after 1970.
    pub fn next_multiple(self, seconds: i64) -> Self {
        let start = self.0.timestamp().div_euclid(seconds) * seconds;
        let start = DateTime::from_timestamp(start, 0).map_or(Self::LAST, Self::new);
        match start == self {
            true => self,
            false => start.plus_seconds(seconds),
        }
    }

    /// The moment as Python writes it, with an offset.
    pub fn with_offset(self) -> String {
        self.to_string().replace('Z', "+00:00")
    }

    /// The day of its month.
    pub fn day(self) -> u32 {
        self.0.day()
    }

    /// The same time on this day of the month, or on the month's last day if that comes before.
    pub fn on_day(self, day: u32) -> Self {
        let days = (1..=day).rev();
        let mut moments = days.filter_map(|day| self.0.with_day(day));
        moments.next().map_or(self, Self::new)
    }

    /// Reads the text of a moment: with an offset, or without one for UTC. Nothing if it leaves the years 1 to 9999 in
    /// UTC, which the database cannot keep.
    pub fn parse(text: &str) -> Option<Self> {
        let moment = DateTime::parse_from_rfc3339(text)
            .map(|moment| moment.with_timezone(&Utc))
            .ok()
            .or_else(|| {
                let naive: NaiveDateTime = text.parse().ok()?;
                Some(naive.and_utc())
            })?;
        (1..=9999)
            .contains(&moment.year())
            .then(|| Self::new(moment))
    }
}

impl From<Timestamp> for DateTime<Utc> {
    fn from(timestamp: Timestamp) -> Self {
        timestamp.0
    }
}

impl Timestamp {
    /// Its text, as ASCII, and how long that is. Answers are full of moments: this is written once and by hand.
    fn text(self) -> ([u8; 27], usize) {
        let mut text = *b"0000-00-00T00:00:00.000000Z";
        let mut put = |range: std::ops::Range<usize>, mut number: u32| {
            for digit in text[range].iter_mut().rev() {
                *digit = b'0' + (number % 10) as u8;
                number /= 10;
            }
        };
        put(0..4, u32::try_from(self.0.year()).unwrap_or_default());
        put(5..7, self.0.month());
        put(8..10, self.0.day());
        put(11..13, self.0.hour());
        put(14..16, self.0.minute());
        put(17..19, self.0.second());
        let micros = self.0.timestamp_subsec_micros();
        put(20..26, micros);
        let end = if micros == 0 { 19 } else { 26 };
        text[end] = b'Z';
        (text, end + usize::from(!self.is_infinite()))
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (text, length) = self.text();
        f.write_str(std::str::from_utf8(&text[..length]).unwrap_or_default())
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let (text, length) = self.text();
        serializer.serialize_str(std::str::from_utf8(&text[..length]).unwrap_or_default())
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).ok_or_else(|| {
            de::Error::custom(format!(
                "`{text}` is no moment; write it like 2026-01-31T12:00:00Z"
            ))
        })
    }
}

impl JsonSchema for Timestamp {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Timestamp".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({"type": "string", "format": "date-time", "examples": ["2026-01-31T12:00:00Z"]})
    }

    fn inline_schema() -> bool {
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_lies_beyond_the_year_9999() {
        let late = Timestamp::parse("9999-12-31T23:59:30Z").unwrap();
        let last = "9999-12-31T23:59:59.999999";
        for moment in [
            late.plus_seconds(3_600),
            late.plus_seconds(i64::MAX),
            late.after_milliseconds(60_000),
            late.after_milliseconds(u64::MAX),
            Timestamp::new(DateTime::<Utc>::MAX_UTC),
        ] {
            assert_eq!(moment.to_string(), last);
            assert_eq!(Timestamp::parse(&moment.to_string()), Some(moment));
        }
        assert_eq!(late.plus_seconds(1).to_string(), "9999-12-31T23:59:31Z");
        assert_eq!(
            Timestamp::new(DateTime::<Utc>::MIN_UTC).to_string(),
            "0001-01-01T00:00:00"
        );
    }

    #[test]
    fn texts() {
        for (input, output) in [
            ("2030-01-02T03:04:05Z", Some("2030-01-02T03:04:05Z")),
            (
                "2030-01-02T03:04:05.12Z",
                Some("2030-01-02T03:04:05.120000Z"),
            ),
            (
                "2030-01-02T03:04:05.123456789Z",
                Some("2030-01-02T03:04:05.123456Z"),
            ),
            ("2030-01-02T03:04:05+05:30", Some("2030-01-01T21:34:05Z")),
            ("2030-01-02T03:04:05", Some("2030-01-02T03:04:05Z")),
            ("0001-01-01T00:00:00Z", Some("0001-01-01T00:00:00")),
            (
                "0001-01-01T00:00:00.000001Z",
                Some("0001-01-01T00:00:00.000001Z"),
            ),
            ("9999-12-31T23:59:59Z", Some("9999-12-31T23:59:59Z")),
            ("9999-12-31T23:59:59-05:00", None),
            ("0001-01-01T00:00:00+05:00", None),
            ("soon", None),
        ] {
            assert_eq!(
                Timestamp::parse(input)
                    .map(|moment| moment.to_string())
                    .as_deref(),
                output,
                "{input}"
            );
        }
    }
}
