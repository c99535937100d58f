//! An answer.

use indexmap::IndexMap;

/// One answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// The status code.
    pub status: u16,
    /// Names in lower case; repeated headers joined by `, `.
    pub headers: IndexMap<String, String>,
    /// The body after transfer decoding.
    pub body: Vec<u8>,
}

impl Answer {
    /// The body as text; bytes that are not UTF-8 appear as `\xNN`, so that they are neither lost nor JSON.
    pub fn text(&self) -> String {
        let mut text = String::with_capacity(self.body.len());
        for chunk in self.body.utf8_chunks() {
            text.push_str(chunk.valid());
            for byte in chunk.invalid() {
                text.push_str(&format!("\\x{byte:02x}"));
            }
        }
        text
    }

    /// A header by its lower-case name.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(String::as_str)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_that_are_not_text_stay_visible() {
        let answer = Answer {
            status: 200,
            headers: IndexMap::new(),
            body: b"a\xff\xfeb".to_vec(),
        };
        assert_eq!(answer.text(), "a\\xff\\xfeb");
    }
}
