//! pydantic's lax conversions of single values (docs/behaviour.md#lax-conversions).

use chrono::{Datelike, NaiveDate};
use num_bigint::BigInt;
use num_traits::Num;
use speedate::{
    Date, DateTime, DateTimeConfig, DateTimeConfigBuilder, IntFloat,
    MicrosecondsPrecisionOverflowBehavior, ParseError, TimeConfigBuilder, float_parse_bytes,
};
use strum::EnumMessage;
use uuid::{Uuid, Variant};

use super::decimal::Decimal;
use super::errors::Fault;
use super::schema::Bounds;
use crate::json::{Value, python_float};
use crate::timestamp::Timestamp;

/// A text without what Python's `strip` takes from its ends.
pub(super) fn stripped(text: &str) -> &str {
    text.trim_matches(|c: char| c.is_whitespace() || ('\u{1c}'..='\u{1f}').contains(&c))
}

/// How close a value was to what was asked for; a union takes the closest member.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Exactness {
    /// Converted from another kind.
    Lax,
    /// Another kind that strict mode would take (an integer for a number).
    Strict,
    /// The very kind.
    Exact,
}

pub(super) type Scalar = Result<(Value, Exactness), Fault>;

/// Longer numeric texts are refused by their length alone.
const MAX_INT_TEXT: usize = 4_300;

const INT_PARSING: &str = "Input should be a valid integer, unable to parse string as an integer";

pub(super) fn int(value: &Value) -> Scalar {
    match value {
        Value::Int(_) | Value::BigInt(_) => Ok((value.clone(), Exactness::Exact)),
        Value::Bool(flag) => Ok((Value::Int(i64::from(*flag)), Exactness::Lax)),
        Value::Float(number) => {
            int_from_float(*number).map(|number| (Value::Int(number), Exactness::Lax))
        }
        Value::Str(text) => int_from_text(text).map(|number| (number, Exactness::Lax)),
        Value::BrokenStr => Err(Fault::plain("int_parsing", INT_PARSING)),
        _ => Err(Fault::plain("int_type", "Input should be a valid integer")),
    }
}

fn int_from_float(number: f64) -> Result<i64, Fault> {
    if !number.is_finite() {
        return Err(Fault::plain(
            "finite_number",
            "Input should be a finite number",
        ));
    }
    if number.fract() != 0.0 {
        return Err(Fault::plain(
            "int_from_float",
            "Input should be a valid integer, got a number with a fractional part",
        ));
    }
    if number > i64::MIN as f64 && number < i64::MAX as f64 {
        return Ok(number as i64);
    }
    Err(int_size())
}

fn int_size() -> Fault {
    Fault::plain(
        "int_parsing_size",
        "Unable to parse input string as an integer, exceeded maximum size",
    )
}

fn int_from_text(text: &str) -> Result<Value, Fault> {
    if text.len() > MAX_INT_TEXT {
        return Err(int_size());
    }
    parse_int(text)
        .map(Value::integer)
        .ok_or_else(|| Fault::plain("int_parsing", INT_PARSING))
}

/// Blanks around it, a sign, single underscores between digits and a fraction of at least one zero are allowed; nothing
/// else.
fn parse_int(text: &str) -> Option<BigInt> {
    let text = text.trim();
    let (negative, digits) = match text.as_bytes().first()? {
        b'-' => (true, &text[1..]),
        b'+' => (false, &text[1..]),
        _ => (false, text),
    };
    let whole = match digits.split_once('.') {
        Some((whole, zeros)) if !zeros.is_empty() && zeros.bytes().all(|byte| byte == b'0') => {
            whole
        }
        Some(_) => return None,
        None => digits,
    };
    if whole.starts_with('_') || whole.ends_with('_') || whole.contains("__") {
        return None;
    }
    let whole = whole.replace('_', "");
    if whole.is_empty() || !whole.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let number = BigInt::from_str_radix(&whole, 10).ok()?;
    Some(if negative { -number } else { number })
}

pub(super) fn float(value: &Value) -> Scalar {
    match value {
        Value::Float(_) => Ok((value.clone(), Exactness::Exact)),
        Value::Int(number) => Ok((Value::Float(*number as f64), Exactness::Strict)),
        Value::BigInt(number) => Ok((Value::Float(big_to_float(number)), Exactness::Strict)),
        Value::Bool(flag) => Ok((Value::Float(f64::from(u8::from(*flag))), Exactness::Lax)),
        Value::Str(text) => match float_from_text(text) {
            Some(number) => Ok((Value::Float(number), Exactness::Lax)),
            None => Err(Fault::plain("float_parsing", FLOAT_PARSING)),
        },
        Value::BrokenStr => Err(Fault::plain("float_parsing", FLOAT_PARSING)),
        _ => Err(Fault::plain("float_type", "Input should be a valid number")),
    }
}

/// A decimal number keeps the form in which it was given.
pub(super) fn decimal(
    value: &Value,
    bounds: &Bounds<f64>,
    digits: Option<(usize, usize)>,
) -> Scalar {
    let (text, exactness) = match value {
        Value::Float(number) => (python_float(*number), Exactness::Strict),
        Value::Int(number) => (number.to_string(), Exactness::Strict),
        Value::BigInt(number) => (number.to_string(), Exactness::Strict),
        Value::Str(text) => (text.clone(), Exactness::Lax),
        Value::BrokenStr => return Err(Fault::plain("decimal_parsing", DECIMAL)),
        _ => {
            return Err(Fault::plain(
                "decimal_type",
                "Decimal input should be an integer, float, string or Decimal object",
            ));
        }
    };
    let Some(decimal) = Decimal::parse(&text) else {
        let unsigned = text.trim().trim_start_matches(['+', '-']).to_lowercase();
        return Err(match unsigned.as_str() {
            "nan" | "snan" | "inf" | "infinity" => {
                Fault::plain("finite_number", "Input should be a finite number")
            }
            _ => Fault::plain("decimal_parsing", DECIMAL),
        });
    };
    if let Some(digits) = digits {
        decimal_size(&decimal, digits)?;
    }
    let written = decimal.to_string();
    float_bounds(written.parse().unwrap_or(f64::INFINITY), bounds).map_err(with_whole_bound)?;
    Ok((Value::Str(written), exactness))
}

/// The bounds of a decimal number are written without a part behind the point.
fn with_whole_bound(fault: Fault) -> Fault {
    let msg = fault.msg.trim_end_matches(".0").to_owned();
    let whole = |value| match value {
        Value::Float(bound) if bound.fract() == 0.0 => Value::Int(bound as i64),
        other => other,
    };
    Fault {
        msg: msg.into(),
        ctx: fault.ctx.map(|ctx| {
            ctx.into_iter()
                .map(|(name, value)| (name, whole(value)))
                .collect()
        }),
        ..fault
    }
}

/// Checks how many digits there are before and after the point.
fn decimal_size(decimal: &Decimal, (whole, places): (usize, usize)) -> Result<(), Fault> {
    let (given, given_places) = decimal.size();
    let fault = |kind, key, most: usize, what: &str| {
        let msg = format!("Decimal input should have no more than {most} {what}");
        let ctx = vec![(key, Value::Int(i64::try_from(most).unwrap_or(i64::MAX)))];
        Err(Fault::with(kind, msg, ctx))
    };
    if given > whole + places {
        return fault(
            "decimal_max_digits",
            "max_digits",
            whole + places,
            "digits in total",
        );
    }
    if given_places > places {
        return fault(
            "decimal_max_places",
            "decimal_places",
            places,
            "decimal places",
        );
    }
    if given - given_places > whole {
        let what = "digits before the decimal point";
        return fault("decimal_whole_digits", "whole_digits", whole, what);
    }
    Ok(())
}

const DECIMAL: &str = "Input should be a valid decimal";
const FLOAT_PARSING: &str = "Input should be a valid number, unable to parse string as a number";

fn big_to_float(number: &BigInt) -> f64 {
    use num_traits::ToPrimitive;
    number.to_f64().unwrap_or(f64::INFINITY)
}

fn float_from_text(text: &str) -> Option<f64> {
    let text = text.trim();
    if let Ok(number) = text.parse() {
        return Some(number);
    }
    let underscores = text.contains('_')
        && !text.starts_with('_')
        && !text.ends_with('_')
        && !text.contains("__");
    underscores
        .then(|| text.replace('_', "").parse().ok())
        .flatten()
}

pub(super) fn bool(value: &Value) -> Scalar {
    let parsing = || {
        Fault::plain(
            "bool_parsing",
            "Input should be a valid boolean, unable to interpret input",
        )
    };
    let flag = match value {
        Value::Bool(_) => return Ok((value.clone(), Exactness::Exact)),
        Value::Str(text) => match text.to_ascii_lowercase().as_str() {
            "0" | "f" | "n" | "no" | "off" | "false" => false,
            "1" | "t" | "y" | "on" | "yes" | "true" => true,
            _ => return Err(parsing()),
        },
        Value::Int(0) => false,
        Value::Int(1) => true,
        Value::Float(number) if *number == 0.0 => false,
        Value::Float(number) if *number == 1.0 => true,
        Value::Int(_) | Value::BrokenStr => return Err(parsing()),
        Value::Float(number) if number.fract() == 0.0 && number.abs() < i64::MAX as f64 => {
            return Err(parsing());
        }
        _ => return Err(Fault::plain("bool_type", "Input should be a valid boolean")),
    };
    Ok((Value::Bool(flag), Exactness::Lax))
}

pub(super) fn text(value: &Value) -> Scalar {
    match value {
        Value::Str(_) => Ok((value.clone(), Exactness::Exact)),
        Value::BrokenStr => Err(Fault::plain(
            "string_unicode",
            "Input should be a valid string, unable to parse raw data as a unicode string",
        )),
        _ => Err(Fault::plain(
            "string_type",
            "Input should be a valid string",
        )),
    }
}

pub(super) fn email(value: &Value) -> Scalar {
    let (text, exactness) = text(value)?;
    match super::email::email(text.as_str().unwrap_or_default()) {
        Ok(address) => Ok((Value::Str(address), exactness)),
        Err(reason) => Err(Fault::with(
            "value_error",
            format!("value is not a valid email address: {reason}"),
            vec![("reason", Value::Str(reason))],
        )),
    }
}

pub(super) fn language_tag(value: &Value) -> Scalar {
    let (text, exactness) = text(value)?;
    match super::language_tag::language_tag(text.as_str().unwrap_or_default()) {
        Some(tag) => Ok((Value::Str(tag), exactness)),
        None => Err(Fault::value_error("Invalid IETF BCP 47 language tag")),
    }
}

/// Checks a length in code points.
pub(super) fn length(text: &str, min: Option<usize>, max: Option<usize>) -> Result<(), Fault> {
    let characters = |count: usize| {
        if count == 1 {
            "character"
        } else {
            "characters"
        }
    };
    let count = text.chars().count();
    if let Some(max) = max.filter(|&max| count > max) {
        let msg = format!("String should have at most {max} {}", characters(max));
        return Err(Fault::with(
            "string_too_long",
            msg,
            vec![("max_length", Value::Int(max as i64))],
        ));
    }
    if let Some(min) = min.filter(|&min| count < min) {
        let msg = format!("String should have at least {min} {}", characters(min));
        return Err(Fault::with(
            "string_too_short",
            msg,
            vec![("min_length", Value::Int(min as i64))],
        ));
    }
    Ok(())
}

/// Checks bounds of an integer, in pydantic's order.
pub(super) fn int_bounds(value: &Value, bounds: &Bounds<i64>) -> Result<(), Fault> {
    let number = match value {
        Value::Int(number) => BigInt::from(*number),
        Value::BigInt(number) => (**number).clone(),
        _ => return Ok(()),
    };
    let broken = |bound: Option<i64>, holds: fn(&BigInt, &BigInt) -> bool| {
        bound.filter(|&bound| !holds(&number, &BigInt::from(bound)))
    };
    let fault = |kind, words: &str, key, bound: i64| {
        bound_fault(kind, words, key, bound.to_string(), Value::Int(bound))
    };
    if let Some(le) = broken(bounds.le, |n, b| n <= b) {
        return Err(fault("less_than_equal", "less than or equal to", "le", le));
    }
    if let Some(lt) = broken(bounds.lt, |n, b| n < b) {
        return Err(fault("less_than", "less than", "lt", lt));
    }
    if let Some(ge) = broken(bounds.ge, |n, b| n >= b) {
        return Err(fault(
            "greater_than_equal",
            "greater than or equal to",
            "ge",
            ge,
        ));
    }
    if let Some(gt) = broken(bounds.gt, |n, b| n > b) {
        return Err(fault("greater_than", "greater than", "gt", gt));
    }
    Ok(())
}

/// Checks bounds of a number, in pydantic's order.
pub(super) fn float_bounds(number: f64, bounds: &Bounds<f64>) -> Result<(), Fault> {
    let fault = |kind, words: &str, key, bound: f64| {
        bound_fault(kind, words, key, python_float(bound), Value::Float(bound))
    };
    if let Some(le) = bounds.le.filter(|&le| number > le) {
        return Err(fault("less_than_equal", "less than or equal to", "le", le));
    }
    if let Some(lt) = bounds.lt.filter(|&lt| number >= lt) {
        return Err(fault("less_than", "less than", "lt", lt));
    }
    if let Some(ge) = bounds.ge.filter(|&ge| number < ge) {
        return Err(fault(
            "greater_than_equal",
            "greater than or equal to",
            "ge",
            ge,
        ));
    }
    if let Some(gt) = bounds.gt.filter(|&gt| number <= gt) {
        return Err(fault("greater_than", "greater than", "gt", gt));
    }
    Ok(())
}

fn bound_fault(kind: &'static str, words: &str, key: &str, bound: String, value: Value) -> Fault {
    Fault::with(
        kind,
        format!("Input should be {words} {bound}"),
        vec![(key, value)],
    )
}

/// A UUID in any form the real server takes; normalised to lower case with dashes.
pub(super) fn uuid(value: &Value, v4: bool) -> Scalar {
    let text = match value {
        Value::Str(text) => text.as_str(),
        Value::BrokenStr => "\u{FFFD}",
        _ => {
            return Err(Fault::plain(
                "uuid_type",
                "UUID input should be a string, bytes or UUID object",
            ));
        }
    };
    let Some(id) = parse_uuid(text) else {
        return Err(Fault::because(
            "uuid_parsing",
            "Input should be a valid UUID",
            &uuid_reason(text),
        ));
    };
    if v4 && !(id.get_version_num() == 4 && id.get_variant() == Variant::RFC4122) {
        return Err(Fault::with(
            "uuid_version",
            "UUID version 4 expected".into(),
            vec![("expected_version", Value::Int(4))],
        ));
    }
    Ok((Value::Str(id.to_string()), Exactness::Lax))
}

/// 32 digits; or with dashes, bare, in braces or as a URN. (The `uuid` crate is laxer about where dashes stand.)
fn parse_uuid(text: &str) -> Option<Uuid> {
    let dashed = |text: &str| {
        let digits = text.split('-').map(str::len);
        digits
            .eq(GROUP_LENGTHS)
            .then(|| Uuid::parse_str(text).ok())
            .flatten()
    };
    let inner = text
        .strip_prefix('{')
        .and_then(|rest| rest.strip_suffix('}'))
        .or(text.strip_prefix("urn:uuid:"));
    match inner {
        Some(inner) => dashed(inner),
        None if text.len() == 32 && !text.contains('-') => Uuid::parse_str(text).ok(),
        None => dashed(text),
    }
}

/// Where each group of a UUID with dashes begins.
const GROUP_STARTS: [usize; 5] = [0, 9, 14, 19, 24];
const GROUP_LENGTHS: [usize; 5] = [8, 4, 4, 4, 12];

/// Why a text is no UUID, in the words of the real server; positions count bytes from 1. What has the length of a whole
/// UUID in its form is judged without what stands around it.
fn uuid_reason(text: &str) -> String {
    let text = match text.len() {
        38 => text
            .strip_prefix('{')
            .and_then(|rest| rest.strip_suffix('}'))
            .unwrap_or(text),
        45 => text.strip_prefix("urn:uuid:").unwrap_or(text),
        _ => text,
    };
    let braces = text
        .strip_prefix('{')
        .and_then(|rest| rest.strip_suffix('}'));
    let (inner, offset, simple) = match (braces, text.strip_prefix("urn:uuid:")) {
        (Some(inner), _) => (inner, 1, false),
        (None, Some(inner)) => (inner, "urn:uuid:".len(), false),
        (None, None) => (text, 0, true),
    };
    let mut dashes = Vec::new();
    for (index, character) in inner.char_indices() {
        match character {
            '-' => dashes.push(index),
            _ if character.is_ascii_hexdigit() => {}
            _ => {
                return format!(
                    "invalid character: found `{character}` at {}",
                    index + offset + 1
                );
            }
        }
    }
    if dashes.is_empty() && simple {
        return format!(
            "invalid length: expected length 32 for simple format, found {}",
            text.len()
        );
    }
    if dashes.len() != 4 {
        return format!(
            "invalid group count: expected 5, found {}",
            dashes.len() + 1
        );
    }
    let misplaced = (0..4).find(|&group| dashes[group] != GROUP_STARTS[group + 1] - 1);
    let (group, length) = match misplaced {
        Some(group) => (group, dashes[group].saturating_sub(GROUP_STARTS[group])),
        None => (4, text.len() - GROUP_STARTS[4]),
    };
    format!(
        "invalid group length in group {group}: expected {}, found {length}",
        GROUP_LENGTHS[group]
    )
}

/// A moment, normalised to the text in which the real server echoes it: with the offset that was given, or with none,
/// which may be refused.
pub(super) fn datetime(value: &Value, aware: bool) -> Scalar {
    let config = datetime_config();
    let parsed = match value {
        Value::Str(text) => match moment_from_text(text, &config) {
            Ok(moment) => moment,
            // A text that is no moment may still be a day; what is said then is what is wrong with the day.
            Err(_) => match Date::parse_str(text) {
                Ok(day) => DateTime {
                    date: day,
                    time: midnight(),
                },
                Err(reason) => {
                    return Err(Fault::because(
                        "datetime_from_date_parsing",
                        "Input should be a valid datetime or date",
                        words(&reason),
                    ));
                }
            },
        },
        Value::Int(seconds) => timestamp(*seconds, 0, &config)?,
        Value::BigInt(number) => float_timestamp(big_to_float(number), &config)?,
        Value::Float(seconds) => float_timestamp(*seconds, &config)?,
        _ => {
            return Err(Fault::plain(
                "datetime_type",
                "Input should be a valid datetime",
            ));
        }
    };
    if NaiveDate::from_ymd_opt(i32::from(parsed.date.year), 1, 1).is_none_or(|day| day.year() < 1) {
        // Python has no year 0.
        return Err(datetime_fault("year must be in 1..9999, not 0"));
    }
    if aware && parsed.time.tz_offset.is_none() {
        let msg = "Input should have timezone info";
        return Err(Fault::plain("timezone_aware", msg));
    }
    Ok((Value::Str(echo(&parsed)), Exactness::Lax))
}

/// Checks that a moment, as [`datetime`] leaves it, is in the future.
pub(super) fn future(moment: &Value, now: Timestamp) -> Result<(), Fault> {
    let text = moment.as_str().unwrap_or_default();
    // A moment that only its offset takes out of the years 1 to 9999 is after any other, or before it.
    let is_later = Timestamp::parse(text).map_or(text.starts_with('9'), |moment| moment > now);
    if is_later {
        return Ok(());
    }
    Err(Fault::plain(
        "datetime_future",
        "Input should be in the future",
    ))
}

fn datetime_config() -> DateTimeConfig {
    let time = TimeConfigBuilder::new()
        .microseconds_precision_overflow_behavior(MicrosecondsPrecisionOverflowBehavior::Truncate)
        .unix_timestamp_offset(Some(0))
        .build();
    DateTimeConfigBuilder::new().time_config(time).build()
}

fn midnight() -> speedate::Time {
    speedate::Time {
        hour: 0,
        minute: 0,
        second: 0,
        microsecond: 0,
        tz_offset: None,
    }
}

fn timestamp(seconds: i64, microseconds: u32, config: &DateTimeConfig) -> Result<DateTime, Fault> {
    DateTime::from_timestamp_with_config(seconds, microseconds, config)
        .map_err(|reason| datetime_fault(words(&reason)))
}

fn float_timestamp(seconds: f64, config: &DateTimeConfig) -> Result<DateTime, Fault> {
    if seconds.is_nan() {
        return Err(datetime_fault("NaN values not permitted"));
    }
    // As the real server rounds it, which before 1970 is to the wrong side.
    let unit = if in_milliseconds(seconds) {
        1_000.0
    } else {
        1_000_000.0
    };
    let microseconds = (seconds.fract().abs() * unit).round() as u32;
    timestamp(seconds.floor() as i64, microseconds, config)
}

/// Whether a number of this size counts milliseconds since 1970, not seconds.
fn in_milliseconds(number: f64) -> bool {
    number.abs() > 2e10
}

/// A number in a text is made one of seconds first, which is then judged once more as it is where it has a fraction.
fn moment_from_text(text: &str, config: &DateTimeConfig) -> Result<DateTime, ParseError> {
    let bytes = text.as_bytes();
    let written = DateTime::parse_bytes_rfc3339_with_config(bytes, &config.time_config);
    written.or_else(|reason| match float_parse_bytes(bytes) {
        IntFloat::Int(number) => DateTime::from_timestamp_with_config(number, 0, config),
        IntFloat::Float(number) if !number.is_nan() => {
            let seconds = if in_milliseconds(number) {
                number / 1_000.0
            } else {
                number
            };
            let whole = seconds.floor();
            let microseconds = ((seconds - whole) * 1_000_000.0).round() as u32;
            DateTime::from_timestamp_with_config(whole as i64, microseconds, config)
        }
        _ => Err(reason),
    })
}

fn datetime_fault(reason: &str) -> Fault {
    Fault::because(
        "datetime_parsing",
        "Input should be a valid datetime",
        reason,
    )
}

fn words(reason: &ParseError) -> &'static str {
    reason.get_documentation().unwrap_or_default()
}

/// `YYYY-MM-DDTHH:MM:SS[.ffffff][Z|±HH:MM]`.
fn echo(moment: &DateTime) -> String {
    let (date, time) = (&moment.date, &moment.time);
    let mut text = format!(
        "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}",
        date.year, date.month, date.day, time.hour, time.minute, time.second
    );
    if time.microsecond != 0 {
        text.push_str(&format!(".{:06}", time.microsecond));
    }
    match time.tz_offset {
        None => {}
        Some(0) => text.push('Z'),
        Some(offset) => {
            let sign = if offset < 0 { '-' } else { '+' };
            let minutes = offset.abs() / 60;
            text.push_str(&format!("{sign}{:02}:{:02}", minutes / 60, minutes % 60));
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(fault: Fault) -> (&'static str, String) {
        (fault.kind, fault.msg.into_owned())
    }

    #[test]
    fn decimals_keep_their_digits() {
        let above_zero = Bounds {
            gt: Some(0.0),
            ..Bounds::default()
        };
        let text = |text: &str| Value::Str(text.to_owned());
        for (good, kept) in [
            (Value::Int(1), "1"),
            (Value::Float(0.5), "0.5"),
            (text("0.250"), "0.250"),
            (text(" 7 "), "7"),
            (text("12345.6"), "12345.6"),
        ] {
            let read = decimal(&good, &above_zero, Some((5, 12))).unwrap();
            assert_eq!(read.0, text(kept));
        }
        for (bad, kind) in [
            (text(""), "decimal_parsing"),
            (text("one"), "decimal_parsing"),
            (text("inf"), "finite_number"),
            (Value::Int(0), "greater_than"),
            (Value::Bool(true), "decimal_type"),
            (Value::Int(123_456), "decimal_whole_digits"),
            (text("0.0000000000001"), "decimal_max_places"),
            (text("1e17"), "decimal_max_digits"),
        ] {
            assert_eq!(
                decimal(&bad, &above_zero, Some((5, 12))).unwrap_err().kind,
                kind,
                "{bad:?}"
            );
        }
    }

    #[test]
    fn integers_from_everything() {
        for (text, number) in [
            ("3", 3),
            (" 1 ", 1),
            ("4.0", 4),
            ("1_0", 10),
            ("+1", 1),
            ("-4", -4),
            ("007", 7),
            ("-0", 0),
            ("1_0.00", 10),
        ] {
            assert_eq!(
                int(&Value::Str(text.into())),
                Ok((Value::Int(number), Exactness::Lax)),
                "{text}"
            );
        }
        for text in [
            "", " ", "1.", "1.5", "0x10", "1__0", "_1", "1_", "+-1", "--1", "1e3", "abc", ".0", "١",
        ] {
            assert_eq!(
                int(&Value::Str(text.into())).unwrap_err().kind,
                "int_parsing",
                "{text}"
            );
        }
        assert_eq!(int(&Value::Float(2.0)), Ok((Value::Int(2), Exactness::Lax)));
        assert_eq!(int(&Value::Bool(true)), Ok((Value::Int(1), Exactness::Lax)));
        assert_eq!(int(&Value::Float(0.5)).unwrap_err().kind, "int_from_float");
        assert_eq!(
            int(&Value::Float(1e20)).unwrap_err().kind,
            "int_parsing_size"
        );
        assert_eq!(
            int(&Value::Float(f64::NAN)).unwrap_err().kind,
            "finite_number"
        );
        assert_eq!(int(&Value::Null).unwrap_err().kind, "int_type");
        assert_eq!(
            int(&Value::Str("9".repeat(4_301))).unwrap_err().kind,
            "int_parsing_size"
        );
        assert!(matches!(
            int(&Value::Str("9".repeat(4_300))),
            Ok((Value::BigInt(_), Exactness::Lax))
        ));
    }

    #[test]
    fn reasons_why_a_text_is_no_uuid() {
        for (text, reason) in [
            ("xyz", "invalid character: found `x` at 1"),
            (
                "",
                "invalid length: expected length 32 for simple format, found 0",
            ),
            ("activate", "invalid character: found `t` at 3"),
            (
                "10000000-0000-4000-8000-00000000001",
                "invalid group length in group 4: expected 12, found 11",
            ),
            (
                "10000000-0000-4000-8000-0000000000010",
                "invalid group length in group 4: expected 12, found 13",
            ),
            (
                "100000000000-4000-8000-000000000001-",
                "invalid group length in group 0: expected 8, found 12",
            ),
            (
                "URN:UUID:10000000-0000-4000-8000-000000000001",
                "invalid character: found `U` at 1",
            ),
            (
                "{10000000-0000-4000-8000-000000000001",
                "invalid character: found `{` at 1",
            ),
            (
                "{10000000-0000-4000-8000-00000000000x}",
                "invalid character: found `x` at 36",
            ),
            (
                "{10000000-0000-4000-8000-00000000x}",
                "invalid character: found `x` at 34",
            ),
            (
                "urn:uuid:10000000-0000-4000-8000-00000000000x",
                "invalid character: found `x` at 36",
            ),
            ("urn:uuid:x", "invalid character: found `x` at 10"),
            ("1-2", "invalid group count: expected 5, found 2"),
            ("é", "invalid character: found `é` at 1"),
        ] {
            assert_eq!(
                texts(uuid(&Value::Str(text.into()), true).unwrap_err()),
                (
                    "uuid_parsing",
                    format!("Input should be a valid UUID, {reason}")
                )
            );
        }
    }

    #[test]
    fn uuids_of_version_4_in_any_form() {
        let normal = "10000000-0000-4000-8000-00000000000a";
        for text in [
            normal.to_owned(),
            normal.to_uppercase(),
            normal.replace('-', ""),
            format!("{{{normal}}}"),
            format!("urn:uuid:{normal}"),
        ] {
            assert_eq!(
                uuid(&Value::Str(text), true),
                Ok((Value::Str(normal.into()), Exactness::Lax))
            );
        }
        for text in [
            "00000000-0000-0000-0000-000000000000",
            "6ba7b810-9dad-11d1-80b4-00c04fd430c8",
            "10000000-0000-4000-c000-000000000001",
        ] {
            assert_eq!(
                uuid(&Value::Str(text.into()), true).unwrap_err().kind,
                "uuid_version"
            );
            assert!(uuid(&Value::Str(text.into()), false).is_ok());
        }
    }

    #[test]
    fn moments_are_echoed_as_they_were_given() {
        for (input, echo) in [
            (
                Value::Str("2030-01-02T03:04:05Z".into()),
                "2030-01-02T03:04:05Z",
            ),
            (
                Value::Str("2030-01-02T03:04:05+05:30".into()),
                "2030-01-02T03:04:05+05:30",
            ),
            (
                Value::Str("2030-01-02T03:04:05-05:00".into()),
                "2030-01-02T03:04:05-05:00",
            ),
            (Value::Str("2030-01-02 03:04".into()), "2030-01-02T03:04:00"),
            (Value::Str("2030-01-02".into()), "2030-01-02T00:00:00"),
            (
                Value::Str("2030-01-02T03:04:05.123456789Z".into()),
                "2030-01-02T03:04:05.123456Z",
            ),
            (
                Value::Str("2030-01-02T03:04:05,25Z".into()),
                "2030-01-02T03:04:05.250000Z",
            ),
            (Value::Str("1893553445".into()), "2030-01-02T03:04:05Z"),
            (
                Value::Str("5656993272151.440".into()),
                "2149-04-06T11:01:12.151441Z",
            ),
            (
                Value::Float(1_893_553_445_123.456_7),
                "2030-01-02T03:04:05.123457Z",
            ),
            (
                Value::Float(-30_000_000_000.25),
                "1969-01-18T18:39:59.999250Z",
            ),
            (Value::Int(1_893_553_445), "2030-01-02T03:04:05Z"),
            (Value::Int(1_893_553_445_000), "2030-01-02T03:04:05Z"),
            (Value::Float(1_893_553_445.5), "2030-01-02T03:04:05.500000Z"),
            (Value::Int(-1), "1969-12-31T23:59:59Z"),
        ] {
            assert_eq!(
                datetime(&input, false),
                Ok((Value::Str(echo.into()), Exactness::Lax)),
                "{input:?}"
            );
        }
    }

    #[test]
    fn what_is_no_moment() {
        for (input, kind, reason) in [
            (
                Value::Str("tomorrow".into()),
                "datetime_from_date_parsing",
                ", input is too short",
            ),
            (
                Value::Str("2030-13-02T03:04:05Z".into()),
                "datetime_from_date_parsing",
                ", month value is outside expected range of 1-12",
            ),
            (
                Value::Str("2030-01-02T03:04:05+25:00".into()),
                "datetime_from_date_parsing",
                ", unexpected extra characters at the end of the input",
            ),
            (
                Value::Float(1e30),
                "datetime_parsing",
                ", dates after 9999 are not supported as unix timestamps",
            ),
            (
                Value::Bool(true),
                "datetime_type",
                "Input should be a valid datetime",
            ),
        ] {
            let fault = datetime(&input, false).unwrap_err();
            assert_eq!(fault.kind, kind);
            assert!(fault.msg.ends_with(reason), "{} / {reason}", fault.msg);
        }
    }
}
