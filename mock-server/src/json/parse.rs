//! Reads JSON the way Python's `json.loads(bytes)` does.

use num_bigint::BigInt;
use num_traits::Num;

use super::{Dict, Value};

/// The deepest nesting that Python's parser reads; the real server gives up on a deeper body.
///
/// Recordings show 200 levels accepted and 100,000 refused; in between, the limit is Python's recursion limit.
const MAX_DEPTH: usize = 1_000;

/// Python refuses to convert longer integer literals (`sys.int_info.default_max_str_digits`).
const MAX_INT_DIGITS: usize = 4_300;

/// Why a body is not a JSON value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ParseError {
    /// A syntax error: Python's `JSONDecodeError`, with the offset in characters.
    Syntax {
        /// Python's message.
        message: &'static str,
        /// Offset in characters (code points), from 0.
        offset: usize,
    },
    /// Anything else that goes wrong while parsing: the real server answers 400 without saying what.
    Unreadable,
}

/// Parses a body: UTF-8 (with or without BOM), UTF-16 or UTF-32, as `json.loads` detects them.
pub fn parse(body: &[u8]) -> Result<Value, ParseError> {
    if let Some(utf8) = plain_utf8(body) {
        return parse_text(utf8);
    }
    let text = decode_text(body).ok_or(ParseError::Unreadable)?;
    parse_text(&text)
}

/// The body itself, where it is plain UTF-8: no BOM, no NUL in its first bytes.
fn plain_utf8(body: &[u8]) -> Option<&[u8]> {
    let wide = body.iter().take(4).any(|&byte| byte == 0);
    let bom = body.starts_with(&[0xEF, 0xBB, 0xBF])
        || body.starts_with(&[0xFF, 0xFE])
        || body.starts_with(&[0xFE, 0xFF]);
    (!wide && !bom && std::str::from_utf8(body).is_ok()).then_some(body)
}

/// Decodes a body to WTF-8 (UTF-8 in which lone surrogates may stand, as Python's `surrogatepass` reads them).
pub fn decode_text(body: &[u8]) -> Option<Vec<u8>> {
    let (units, big): (u8, bool) = match body {
        [0x00, 0x00, 0xFE, 0xFF, ..] => return utf32(&body[4..], true),
        [0xFF, 0xFE, 0x00, 0x00, ..] => return utf32(&body[4..], false),
        [0xFE, 0xFF, rest @ ..] => return utf16(rest, true),
        [0xFF, 0xFE, rest @ ..] => return utf16(rest, false),
        [0xEF, 0xBB, 0xBF, rest @ ..] => return wtf8(rest),
        [0, 0, _, _, ..] => (4, true),
        [0, _, _, _, ..] => (2, true),
        [_, 0, 0, 0, ..] => (4, false),
        [_, 0, _, _, ..] => (2, false),
        [0, _] => (2, true),
        [_, 0] => (2, false),
        _ => (1, true),
    };
    match units {
        4 => utf32(body, big),
        2 => utf16(body, big),
        _ => wtf8(body),
    }
}

fn utf16(bytes: &[u8], big: bool) -> Option<Vec<u8>> {
    let (pairs, rest) = bytes.as_chunks::<2>();
    if !rest.is_empty() {
        return None;
    }
    let units = pairs.iter().map(|&pair| {
        if big {
            u16::from_be_bytes(pair)
        } else {
            u16::from_le_bytes(pair)
        }
    });
    let mut out = Vec::with_capacity(bytes.len());
    for unit in char::decode_utf16(units) {
        match unit {
            Ok(character) => push_code_point(&mut out, character as u32),
            Err(lone) => push_code_point(&mut out, u32::from(lone.unpaired_surrogate())),
        }
    }
    Some(out)
}

fn utf32(bytes: &[u8], big: bool) -> Option<Vec<u8>> {
    let (words, rest) = bytes.as_chunks::<4>();
    if !rest.is_empty() {
        return None;
    }
    let mut out = Vec::with_capacity(bytes.len());
    for &word in words {
        let code_point = if big {
            u32::from_be_bytes(word)
        } else {
            u32::from_le_bytes(word)
        };
        if code_point > 0x10_FFFF {
            return None;
        }
        push_code_point(&mut out, code_point);
    }
    Some(out)
}

/// UTF-8 in which surrogates are let through.
fn wtf8(bytes: &[u8]) -> Option<Vec<u8>> {
    let mut rest = bytes;
    while let Err(error) = std::str::from_utf8(rest) {
        let at = error.valid_up_to();
        match rest[at..] {
            [0xED, 0xA0..=0xBF, 0x80..=0xBF, ..] => rest = &rest[at + 3..],
            _ => return None,
        }
    }
    Some(bytes.to_vec())
}

fn push_code_point(out: &mut Vec<u8>, code_point: u32) {
    match char::from_u32(code_point) {
        Some(character) => out.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes()),
        None => out.extend_from_slice(&[
            0xE0 | (code_point >> 12) as u8,
            0x80 | ((code_point >> 6) & 0x3F) as u8,
            0x80 | (code_point & 0x3F) as u8,
        ]),
    }
}

/// Parses UTF-8, and says whether a name is given twice in any object of it.
pub fn parse_noting_repeats(text: &[u8]) -> Result<(Value, bool), ParseError> {
    let mut parser = Parser {
        text,
        at: 0,
        depth: 0,
        repeats: false,
    };
    parser.blanks();
    let value = parser.value()?;
    parser.blanks();
    if parser.at < text.len() {
        return Err(parser.error("Extra data", parser.at));
    }
    Ok((value, parser.repeats))
}

fn parse_text(text: &[u8]) -> Result<Value, ParseError> {
    parse_noting_repeats(text).map(|(value, _)| value)
}

struct Parser<'a> {
    /// WTF-8.
    text: &'a [u8],
    at: usize,
    depth: usize,
    /// Whether an object has a name twice.
    repeats: bool,
}

/// A text of the input: whole, or with a lone surrogate in it.
enum Text {
    Whole(String),
    Broken,
}

impl Parser<'_> {
    fn error(&self, message: &'static str, byte: usize) -> ParseError {
        let before = &self.text[..byte.min(self.text.len())];
        ParseError::Syntax {
            message,
            offset: before.iter().filter(|&&byte| byte & 0xC0 != 0x80).count(),
        }
    }

    fn peek(&self) -> Option<u8> {
        self.text.get(self.at).copied()
    }

    fn blanks(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }

    fn word(&mut self, word: &str) -> bool {
        let found = self.text[self.at..].starts_with(word.as_bytes());
        if found {
            self.at += word.len();
        }
        found
    }

    fn value(&mut self) -> Result<Value, ParseError> {
        match self.peek() {
            Some(b'"') => Ok(match self.string()? {
                Text::Whole(text) => Value::Str(text),
                Text::Broken => Value::BrokenStr,
            }),
            Some(b'{') => self.nested(Self::object),
            Some(b'[') => self.nested(Self::array),
            Some(b'n') if self.word("null") => Ok(Value::Null),
            Some(b't') if self.word("true") => Ok(Value::Bool(true)),
            Some(b'f') if self.word("false") => Ok(Value::Bool(false)),
            Some(b'N') if self.word("NaN") => Ok(Value::Float(f64::NAN)),
            Some(b'I') if self.word("Infinity") => Ok(Value::Float(f64::INFINITY)),
            Some(b'-') if self.word("-Infinity") => Ok(Value::Float(f64::NEG_INFINITY)),
            Some(b'-' | b'0'..=b'9') => self.number(),
            _ => Err(self.error("Expecting value", self.at)),
        }
    }

    fn nested(
        &mut self,
        read: fn(&mut Self) -> Result<Value, ParseError>,
    ) -> Result<Value, ParseError> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(ParseError::Unreadable);
        }
        let value = read(self);
        self.depth -= 1;
        value
    }

    fn object(&mut self) -> Result<Value, ParseError> {
        self.at += 1;
        let mut pairs = Vec::new();
        let mut broken = false;
        self.blanks();
        if self.peek() == Some(b'}') {
            self.at += 1;
            return Ok(Value::Dict(Dict::default()));
        }
        loop {
            if self.peek() != Some(b'"') {
                return Err(
                    self.error("Expecting property name enclosed in double quotes", self.at)
                );
            }
            let name = self.string()?;
            self.blanks();
            if self.peek() != Some(b':') {
                return Err(self.error("Expecting ':' delimiter", self.at));
            }
            self.at += 1;
            self.blanks();
            let value = self.value()?;
            match name {
                Text::Whole(name) => pairs.push((name, value)),
                Text::Broken => broken = true,
            }
            self.blanks();
            match self.peek() {
                Some(b'}') => {
                    self.at += 1;
                    let given = pairs.len();
                    let dict = Dict::from_pairs(pairs);
                    self.repeats |= dict.len() < given;
                    return Ok(Value::Dict(if broken { dict.mark_broken() } else { dict }));
                }
                Some(b',') => {
                    let comma = self.at;
                    self.at += 1;
                    self.blanks();
                    if self.peek() == Some(b'}') {
                        return Err(
                            self.error("Illegal trailing comma before end of object", comma)
                        );
                    }
                }
                _ => return Err(self.error("Expecting ',' delimiter", self.at)),
            }
        }
    }

    fn array(&mut self) -> Result<Value, ParseError> {
        self.at += 1;
        let mut items = Vec::new();
        self.blanks();
        if self.peek() == Some(b']') {
            self.at += 1;
            return Ok(Value::List(items));
        }
        loop {
            items.push(self.value()?);
            self.blanks();
            match self.peek() {
                Some(b']') => {
                    self.at += 1;
                    return Ok(Value::List(items));
                }
                Some(b',') => {
                    let comma = self.at;
                    self.at += 1;
                    self.blanks();
                    if self.peek() == Some(b']') {
                        return Err(self.error("Illegal trailing comma before end of array", comma));
                    }
                }
                _ => return Err(self.error("Expecting ',' delimiter", self.at)),
            }
        }
    }

    fn string(&mut self) -> Result<Text, ParseError> {
        let begin = self.at;
        self.at += 1;
        let mut out: Vec<u8> = Vec::new();
        loop {
            let plain = self.text[self.at..]
                .iter()
                .take_while(|&&byte| byte >= 0x20 && byte != b'"' && byte != b'\\')
                .count();
            out.extend_from_slice(&self.text[self.at..self.at + plain]);
            self.at += plain;
            match self.peek() {
                None => return Err(self.error("Unterminated string starting at", begin)),
                Some(b'"') => {
                    self.at += 1;
                    return Ok(String::from_utf8(out).map_or(Text::Broken, Text::Whole));
                }
                Some(b'\\') => self.escape(begin, &mut out)?,
                Some(_) => return Err(self.error("Invalid control character at", self.at)),
            }
        }
    }

    fn escape(&mut self, begin: usize, out: &mut Vec<u8>) -> Result<(), ParseError> {
        let slash = self.at;
        let Some(&kind) = self.text.get(slash + 1) else {
            return Err(self.error("Unterminated string starting at", begin));
        };
        self.at += 2;
        out.push(match kind {
            b'"' | b'\\' | b'/' => kind,
            b'b' => 0x08,
            b'f' => 0x0C,
            b'n' => b'\n',
            b'r' => b'\r',
            b't' => b'\t',
            b'u' => {
                let unit = self.hex4(slash)?;
                return self.unicode_escape(unit, out);
            }
            _ => return Err(self.error("Invalid \\escape", slash)),
        });
        Ok(())
    }

    /// Reads four hexadecimal digits. If nothing follows them, Python reports the escape instead of the unterminated text,
    /// and points after the backslash.
    fn hex4(&mut self, slash: usize) -> Result<u32, ParseError> {
        let digits = self
            .text
            .get(self.at..self.at + 5)
            .map(|digits| &digits[..4])
            .filter(|digits| digits.iter().all(u8::is_ascii_hexdigit));
        let Some(digits) = digits else {
            return Err(self.error("Invalid \\uXXXX escape", slash + 1));
        };
        let unit = digits.iter().fold(0, |unit, &digit| {
            unit * 16 + char::from(digit).to_digit(16).unwrap_or(0)
        });
        self.at += 4;
        Ok(unit)
    }

    fn unicode_escape(&mut self, unit: u32, out: &mut Vec<u8>) -> Result<(), ParseError> {
        if (0xD800..0xDC00).contains(&unit) && self.text[self.at..].starts_with(b"\\u") {
            let (slash, after) = (self.at, self.at + 2);
            self.at = after;
            let low = self.hex4(slash)?;
            if (0xDC00..0xE000).contains(&low) {
                push_code_point(out, 0x1_0000 + ((unit - 0xD800) << 10) + (low - 0xDC00));
                return Ok(());
            }
            self.at = slash;
        }
        push_code_point(out, unit);
        Ok(())
    }

    fn number(&mut self) -> Result<Value, ParseError> {
        let begin = self.at;
        let mut at = self.at + usize::from(self.text[self.at] == b'-');
        let digits = |from: usize| {
            self.text[from..]
                .iter()
                .take_while(|byte| byte.is_ascii_digit())
                .count()
        };
        match self.text.get(at) {
            Some(b'0') => at += 1,
            Some(b'1'..=b'9') => at += digits(at),
            _ => return Err(self.error("Expecting value", begin)),
        }
        let whole_end = at;
        if self.text.get(at) == Some(&b'.') && digits(at + 1) > 0 {
            at += 1 + digits(at + 1);
        }
        if matches!(self.text.get(at), Some(b'e' | b'E')) {
            let sign = usize::from(matches!(self.text.get(at + 1), Some(b'+' | b'-')));
            let exponent = if at + 1 + sign <= self.text.len() {
                digits(at + 1 + sign)
            } else {
                0
            };
            if exponent > 0 {
                at += 1 + sign + exponent;
            }
        }
        self.at = at;
        let literal =
            std::str::from_utf8(&self.text[begin..at]).map_err(|_| ParseError::Unreadable)?;
        if at > whole_end {
            return literal
                .parse()
                .map(Value::Float)
                .map_err(|_| ParseError::Unreadable);
        }
        if let Ok(small) = literal.parse() {
            return Ok(Value::Int(small));
        }
        if literal.trim_start_matches('-').len() > MAX_INT_DIGITS {
            return Err(ParseError::Unreadable);
        }
        BigInt::from_str_radix(literal, 10)
            .map(Value::integer)
            .map_err(|_| ParseError::Unreadable)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn syntax(message: &'static str, offset: usize) -> Result<Value, ParseError> {
        Err(ParseError::Syntax { message, offset })
    }

    #[test]
    fn errors_carry_pythons_message_and_offset() {
        for (text, message, offset) in [
            ("   ", "Expecting value", 3),
            ("hello", "Expecting value", 0),
            ("{\"key\": \"a\"", "Expecting ',' delimiter", 11),
            (
                "{\"key\":\"a\",}",
                "Illegal trailing comma before end of object",
                10,
            ),
            ("[1,]", "Illegal trailing comma before end of array", 2),
            ("[1, ]", "Illegal trailing comma before end of array", 2),
            (
                "{'key':'a'}",
                "Expecting property name enclosed in double quotes",
                1,
            ),
            (
                "{\"a\":1,x}",
                "Expecting property name enclosed in double quotes",
                7,
            ),
            ("{} x", "Extra data", 3),
            ("{\"key\":\"a\nb\"}", "Invalid control character at", 9),
            ("{\"key\" \"a\"}", "Expecting ':' delimiter", 7),
            ("{\"key\":}", "Expecting value", 7),
            ("{\"key\":\"a", "Unterminated string starting at", 7),
            ("{\"key\":\"\\x\"}", "Invalid \\escape", 8),
            ("{\"key\":\"\\u12\"}", "Invalid \\uXXXX escape", 9),
            ("\"\\u0041", "Invalid \\uXXXX escape", 2),
            ("\"\\ud83d\\ude00", "Invalid \\uXXXX escape", 8),
            ("{\"a\":01}", "Expecting ',' delimiter", 6),
            ("{\"a\":+1}", "Expecting value", 5),
            ("{\"a\":1 /* x */}", "Expecting ',' delimiter", 7),
            ("{\"é🔑\":}", "Expecting value", 6),
            ("-", "Expecting value", 0),
            ("nul", "Expecting value", 0),
            ("1.", "Extra data", 1),
            ("1e", "Extra data", 1),
            ("\"\\", "Unterminated string starting at", 0),
            ("[", "Expecting value", 1),
            ("{", "Expecting property name enclosed in double quotes", 1),
        ] {
            assert_eq!(parse(text.as_bytes()), syntax(message, offset), "{text}");
        }
    }

    #[test]
    fn what_cannot_be_read_at_all() {
        assert_eq!(parse(b"\"\xff\""), Err(ParseError::Unreadable));
        assert_eq!(
            parse("[".repeat(100_000).as_bytes()),
            Err(ParseError::Unreadable)
        );
        assert_eq!(
            parse("9".repeat(4_301).as_bytes()),
            Err(ParseError::Unreadable)
        );
        assert!(matches!(
            parse("9".repeat(4_300).as_bytes()),
            Ok(Value::BigInt(_))
        ));
        let deep = format!("{}{}", "[".repeat(200), "]".repeat(200));
        assert!(parse(deep.as_bytes()).is_ok());
    }

    #[test]
    fn encodings() {
        let expected = Value::List(vec![Value::Str("é🔑".into())]);
        let text = "[\"é🔑\"]";
        let utf16 = |big: bool| -> Vec<u8> {
            text.encode_utf16()
                .flat_map(|unit| {
                    if big {
                        unit.to_be_bytes()
                    } else {
                        unit.to_le_bytes()
                    }
                })
                .collect()
        };
        let with_bom = |bom: &[u8], rest: &[u8]| [bom, rest].concat();
        for body in [
            text.as_bytes().to_vec(),
            with_bom(&[0xEF, 0xBB, 0xBF], text.as_bytes()),
            utf16(true),
            utf16(false),
            with_bom(&[0xFE, 0xFF], &utf16(true)),
            with_bom(&[0xFF, 0xFE], &utf16(false)),
            text.chars()
                .flat_map(|c| (c as u32).to_be_bytes())
                .collect(),
            text.chars()
                .flat_map(|c| (c as u32).to_le_bytes())
                .collect(),
        ] {
            assert_eq!(parse(&body), Ok(expected.clone()), "{body:?}");
        }
    }

    #[test]
    fn numbers_keep_their_kind() {
        assert_eq!(parse(b"-0"), Ok(Value::Int(0)));
        assert_eq!(parse(b"1.0"), Ok(Value::Float(1.0)));
        assert_eq!(parse(b"1e1"), Ok(Value::Float(10.0)));
        assert_eq!(parse(b"1e400"), Ok(Value::Float(f64::INFINITY)));
        assert!(matches!(
            parse(b"9223372036854775808"),
            Ok(Value::BigInt(_))
        ));
        assert!(matches!(parse(b"NaN"), Ok(Value::Float(nan)) if nan.is_nan()));
    }

    #[test]
    fn surrogates() {
        assert_eq!(parse(b"\"\\ud83d\\udd11\""), Ok(Value::Str("🔑".into())));
        assert_eq!(parse(b"\"\\ud800\""), Ok(Value::BrokenStr));
        assert_eq!(parse(b"\"\\ud800\\u0041\""), Ok(Value::BrokenStr));
        assert_eq!(parse(b"\"\xed\xa0\x80\""), Ok(Value::BrokenStr));
        let value = parse(b"{\"\\udc00\":1,\"a\":2}").unwrap();
        let dict = value.as_dict().unwrap();
        assert!(dict.has_broken_name());
        assert_eq!(dict.get("a"), Some(&Value::Int(2)));
    }
}
