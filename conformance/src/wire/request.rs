//! A request.

/// One request, its headers in the order in which they go out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// The method, sent as it is.
    pub method: String,
    /// Path and query, sent as they are.
    pub path: String,
    /// Names and values; `None` suppresses a header (`Content-Length`, which is added otherwise).
    pub headers: Vec<(String, Option<String>)>,
    /// The body's bytes; `None` sends none.
    pub body: Option<Vec<u8>>,
}

impl Request {
    /// A request without headers or body.
    pub fn new(method: &str, path: &str) -> Self {
        Self {
            method: method.to_owned(),
            path: path.to_owned(),
            headers: Vec::new(),
            body: None,
        }
    }

    /// The same with one more header.
    #[must_use]
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), Some(value.to_owned())));
        self
    }

    /// The same with a JSON body and its content type.
    #[must_use]
    pub fn json(self, text: &str) -> Self {
        let mut request = self.header("Content-Type", "application/json");
        request.body = Some(text.as_bytes().to_vec());
        request
    }

    /// Whether a header is mentioned, sent or suppressed.
    pub(super) fn mentions(&self, name: &str) -> bool {
        self.headers
            .iter()
            .any(|(given, _)| given.eq_ignore_ascii_case(name))
    }

    /// The value of a header that is sent.
    pub fn header_value(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(given, _)| given.eq_ignore_ascii_case(name))?
            .1
            .as_deref()
    }
}
