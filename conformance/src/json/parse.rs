//! A strict reader: JSON's grammar, the last of several equal names wins.

use std::str::Chars;

use super::{Number, Object, Value};

/// Deeper nesting than any answer of the API has; keeps a hostile answer from exhausting the stack.
const DEPTH: usize = 500;

/// Why a text is not JSON.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{problem} at character {at}")]
pub struct ParseError {
    /// What was expected or is wrong.
    pub problem: &'static str,
    /// Characters read before the problem.
    pub at: usize,
}

/// Reads one JSON value that fills the whole text.
///
/// # Errors
/// When the text is not JSON, with the place.
pub fn parse(text: &str) -> Result<Value, ParseError> {
    let mut reader = Reader {
        whole: text,
        rest: text.chars(),
    };
    let value = reader.value(0)?;
    reader.blanks();
    if reader.peek().is_some() {
        Err(reader.error("extra data"))
    } else {
        Ok(value)
    }
}

struct Reader<'a> {
    whole: &'a str,
    rest: Chars<'a>,
}

impl<'a> Reader<'a> {
    fn error(&self, problem: &'static str) -> ParseError {
        let consumed = self.whole.len() - self.rest.as_str().len();
        ParseError {
            problem,
            at: self.whole[..consumed].chars().count(),
        }
    }

    fn peek(&self) -> Option<char> {
        self.rest.clone().next()
    }

    fn eat(&mut self, wanted: char) -> bool {
        let found = self.peek() == Some(wanted);
        if found {
            self.rest.next();
        }
        found
    }

    fn blanks(&mut self) {
        while matches!(self.peek(), Some(' ' | '\t' | '\n' | '\r')) {
            self.rest.next();
        }
    }

    fn word(&mut self, word: &str, value: Value) -> Result<Value, ParseError> {
        let Some(rest) = self.rest.as_str().strip_prefix(word) else {
            return Err(self.error("expected a value"));
        };
        self.rest = rest.chars();
        Ok(value)
    }

    fn value(&mut self, depth: usize) -> Result<Value, ParseError> {
        if depth > DEPTH {
            return Err(self.error("nested too deeply"));
        }
        self.blanks();
        match self.peek() {
            Some('n') => self.word("null", Value::Null),
            Some('t') => self.word("true", Value::Bool(true)),
            Some('f') => self.word("false", Value::Bool(false)),
            Some('"') => self.string().map(Value::String),
            Some('[') => self.array(depth),
            Some('{') => self.object(depth),
            Some('-' | '0'..='9') => self.number(),
            _ => Err(self.error("expected a value")),
        }
    }

    fn array(&mut self, depth: usize) -> Result<Value, ParseError> {
        self.rest.next();
        let mut items = Vec::new();
        self.blanks();
        if self.eat(']') {
            return Ok(Value::Array(items));
        }
        loop {
            items.push(self.value(depth + 1)?);
            self.blanks();
            if self.eat(']') {
                return Ok(Value::Array(items));
            }
            if !self.eat(',') {
                return Err(self.error("expected a comma or the end of the list"));
            }
        }
    }

    fn object(&mut self, depth: usize) -> Result<Value, ParseError> {
        self.rest.next();
        let mut entries = Object::new();
        self.blanks();
        if self.eat('}') {
            return Ok(Value::Object(entries));
        }
        loop {
            self.blanks();
            if self.peek() != Some('"') {
                return Err(self.error("expected a name in double quotes"));
            }
            let name = self.string()?;
            self.blanks();
            if !self.eat(':') {
                return Err(self.error("expected a colon"));
            }
            let value = self.value(depth + 1)?;
            entries.insert(name, value);
            self.blanks();
            if self.eat('}') {
                return Ok(Value::Object(entries));
            }
            if !self.eat(',') {
                return Err(self.error("expected a comma or the end of the object"));
            }
        }
    }

    fn number(&mut self) -> Result<Value, ParseError> {
        let start = self.rest.as_str();
        self.eat('-');
        if !self.eat('0') && self.digits() == 0 {
            return Err(self.error("expected a digit"));
        }
        if self.eat('.') && self.digits() == 0 {
            return Err(self.error("expected a digit"));
        }
        if self.eat('e') || self.eat('E') {
            if !self.eat('+') {
                self.eat('-');
            }
            if self.digits() == 0 {
                return Err(self.error("expected a digit"));
            }
        }
        let length = start.len() - self.rest.as_str().len();
        Ok(Value::Number(Number::from_checked(&start[..length])))
    }

    fn digits(&mut self) -> usize {
        let mut count = 0;
        while matches!(self.peek(), Some('0'..='9')) {
            self.rest.next();
            count += 1;
        }
        count
    }

    fn string(&mut self) -> Result<String, ParseError> {
        self.rest.next();
        let mut text = String::new();
        loop {
            match self.rest.next() {
                Some('"') => return Ok(text),
                Some('\\') => self.escape(&mut text)?,
                Some(c) if c < ' ' => return Err(self.error("control character in a string")),
                Some(c) => text.push(c),
                None => return Err(self.error("string without an end")),
            }
        }
    }

    fn escape(&mut self, text: &mut String) -> Result<(), ParseError> {
        let Some(letter) = self.rest.next() else {
            return Err(self.error("string without an end"));
        };
        text.push(match letter {
            '"' | '\\' | '/' => letter,
            'b' => '\u{8}',
            'f' => '\u{c}',
            'n' => '\n',
            'r' => '\r',
            't' => '\t',
            'u' => {
                self.unicode(text)?;
                return Ok(());
            }
            _ => return Err(self.error("unknown escape")),
        });
        Ok(())
    }

    /// The four digits after `\u`, and the other half of a surrogate pair. Half a pair has no character of its own and
    /// stays as its escape, so that it equals nothing but itself.
    fn unicode(&mut self, text: &mut String) -> Result<(), ParseError> {
        let first = self.four_digits()?;
        if let Some(c) = char::from_u32(first) {
            text.push(c);
            return Ok(());
        }
        if first < 0xDC00 && self.rest.as_str().starts_with("\\u") {
            let before = self.rest.clone();
            self.rest.next();
            self.rest.next();
            let second = self.four_digits()?;
            if (0xDC00..0xE000).contains(&second) {
                let code = 0x1_0000 + ((first - 0xD800) << 10) + (second - 0xDC00);
                text.extend(char::from_u32(code));
                return Ok(());
            }
            self.rest = before;
        }
        text.push_str(&format!("\\u{first:04x}"));
        Ok(())
    }

    fn four_digits(&mut self) -> Result<u32, ParseError> {
        let mut code = 0;
        for _ in 0..4 {
            let digit = self.rest.next().and_then(|c| c.to_digit(16));
            code =
                code * 16 + digit.ok_or_else(|| self.error("expected four hexadecimal digits"))?;
        }
        Ok(code)
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Style, write};
    use super::*;

    #[test]
    fn what_is_read_is_written_the_same() {
        for text in [
            r#"{"b":1,"a":[1.0,1e5,-0,-0.0,100000000000000000000],"c":{"d":null,"e":true,"f":false},"g":""}"#,
            r#"["é🔑/","\b\t\n\f\r\u0001\"\\"]"#,
            "[]",
            "{}",
        ] {
            assert_eq!(write(&parse(text).unwrap(), Style::Compact), text);
        }
    }

    #[test]
    fn escapes_become_characters() {
        assert_eq!(
            parse(r#""\u00e9\ud83d\udd11\/""#).unwrap(),
            Value::from("é🔑/")
        );
        assert_ne!(parse(r#""\ud800""#).unwrap(), parse(r#""\ud801""#).unwrap());
    }

    #[test]
    fn the_last_of_equal_names_wins() {
        assert_eq!(
            write(&parse(r#"{"a":1,"b":2,"a":3}"#).unwrap(), Style::Compact),
            r#"{"a":3,"b":2}"#
        );
    }

    #[test]
    fn what_is_not_json_is_refused() {
        for text in [
            "",
            "{",
            "[1,]",
            "{\"a\":1,}",
            "01",
            "1.",
            "+1",
            "nul",
            "\"\n\"",
            "\"\\x41\"",
            "[1] 2",
            "'a'",
            "NaN",
            "\"\\u12g4\"",
        ] {
            assert!(parse(text).is_err(), "{text:?}");
        }
        assert_eq!(parse("[1 2]").unwrap_err().at, 3);
        assert_eq!(
            parse(&"[".repeat(100_000)).unwrap_err().problem,
            "nested too deeply"
        );
    }
}
