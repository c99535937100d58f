//! A small HTTP/1.1 client. It sends exactly the bytes it is told to, which clients made for use do not.

use std::time::Duration;

use polar_mock::MockServer;
use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// Longer than any answer takes; a test that waits this long has failed.
const PATIENCE: Duration = Duration::from_secs(20);

/// A request, written down.
#[derive(Debug, Clone)]
pub struct Ask {
    line: String,
    headers: Vec<(String, String)>,
    body: Option<Vec<u8>>,
}

/// Begins a request. Its body is empty, with a length of 0 where the method usually has a body.
pub fn ask(method: &str, path: &str) -> Ask {
    let body = ["POST", "PUT", "PATCH"].contains(&method).then(Vec::new);
    Ask {
        line: format!("{method} {path} HTTP/1.1"),
        headers: vec![("Host".into(), "localhost".into())],
        body,
    }
}

pub fn get(path: &str) -> Ask {
    ask("GET", path)
}

pub fn post(path: &str, body: &Value) -> Ask {
    ask("POST", path).json(body.to_string())
}

impl Ask {
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }

    /// Names this host instead, as a browser does that was led here by another name.
    pub fn host(self, host: &str) -> Self {
        self.without_host().header("Host", host)
    }

    /// The same with another method.
    pub fn with_method(mut self, method: &str) -> Self {
        let (_, rest) = self.line.split_once(' ').unwrap();
        self.line = format!("{method} {rest}");
        self
    }

    pub fn without_host(mut self) -> Self {
        self.headers.retain(|(name, _)| name != "Host");
        self
    }

    pub fn bearer(self, token: &str) -> Self {
        self.header("Authorization", &format!("Bearer {token}"))
    }

    /// A body that says it is JSON, whatever it is.
    pub fn json(self, body: impl Into<Vec<u8>>) -> Self {
        self.header("Content-Type", "application/json").body(body)
    }

    pub fn body(mut self, body: impl Into<Vec<u8>>) -> Self {
        self.body = Some(body.into());
        self
    }

    /// The head of the request with this length announced.
    pub fn head(&self, length: Option<usize>) -> Vec<u8> {
        let mut text = format!("{}\r\n", self.line);
        for (name, value) in &self.headers {
            text.push_str(&format!("{name}: {value}\r\n"));
        }
        if let Some(length) = length {
            text.push_str(&format!("Content-Length: {length}\r\n"));
        }
        text.push_str("\r\n");
        text.into_bytes()
    }

    pub fn bytes(&self) -> Vec<u8> {
        let mut bytes = self.head(self.body.as_ref().map(Vec::len));
        bytes.extend(self.body.iter().flatten());
        bytes
    }

    /// Sends it on a connection of its own.
    pub async fn send(&self, server: &MockServer) -> Answer {
        Connection::open(server).await.ask(self).await
    }
}

/// An answer.
#[derive(Debug, Clone, PartialEq)]
pub struct Answer {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Answer {
    pub fn header(&self, name: &str) -> Option<&str> {
        let found = self
            .headers
            .iter()
            .find(|(known, _)| known.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.as_str())
    }

    pub fn text(&self) -> &str {
        std::str::from_utf8(&self.body).expect("answers are UTF-8")
    }

    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body)
            .unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(&self.body)))
    }

    /// The JSON body, if the status is the one expected.
    #[track_caller]
    pub fn expect(&self, status: u16) -> Value {
        assert_eq!(self.status, status, "{}", self.text());
        if self.body.is_empty() {
            Value::Null
        } else {
            self.json()
        }
    }

    /// Checks that it is the refusal of an application error.
    #[track_caller]
    pub fn refused(&self, status: u16, error: &str, detail: &str) {
        let expected = format!(r#"{{"error":"{error}","detail":"{detail}"}}"#);
        assert_eq!((self.status, self.text()), (status, expected.as_str()));
    }
}

/// A connection that stays open.
pub struct Connection {
    stream: TcpStream,
    received: Vec<u8>,
}

impl Connection {
    pub async fn open(server: &MockServer) -> Self {
        let address = server.url().strip_prefix("http://").unwrap();
        Self {
            stream: TcpStream::connect(address).await.unwrap(),
            received: Vec::new(),
        }
    }

    /// Writes bytes; nothing happens where the server has closed the connection.
    pub async fn write(&mut self, bytes: &[u8]) {
        let _ = tokio::time::timeout(PATIENCE, self.stream.write_all(bytes))
            .await
            .expect("the server takes what it is sent, or closes");
    }

    /// Says that nothing more will come.
    pub async fn finish(&mut self) {
        let _ = self.stream.shutdown().await;
    }

    pub async fn ask(&mut self, ask: &Ask) -> Answer {
        self.write(&ask.bytes()).await;
        let bodiless = ask.line.starts_with("HEAD ");
        self.patiently(bodiless).await.expect("an answer")
    }

    /// The next answer; nothing if the server closed the connection instead.
    pub async fn answer(&mut self) -> Option<Answer> {
        self.patiently(false).await
    }

    async fn patiently(&mut self, bodiless: bool) -> Option<Answer> {
        tokio::time::timeout(PATIENCE, self.read_answer(bodiless))
            .await
            .expect("an answer, or the end of the connection")
    }

    async fn read_answer(&mut self, bodiless: bool) -> Option<Answer> {
        let head = loop {
            if let Some(end) = find(&self.received, b"\r\n\r\n") {
                break self.received.drain(..end + 4).collect::<Vec<u8>>();
            }
            self.receive().await?;
        };
        let head = String::from_utf8(head).expect("a head in ASCII");
        let mut lines = head.trim_end().split("\r\n");
        let status = lines.next()?.split(' ').nth(1)?.parse().ok()?;
        let headers: Vec<(String, String)> = lines
            .filter_map(|line| line.split_once(": "))
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect();
        let mut answer = Answer {
            status,
            headers,
            body: Vec::new(),
        };
        if bodiless {
            // The length is that of the body that another method would have got.
        } else if answer.header("transfer-encoding").is_some() {
            // The only answer of unknown length is the empty one of a rate limit.
            while find(&self.received, b"0\r\n\r\n").is_none() {
                self.receive().await?;
            }
            self.received.drain(..5);
        } else if let Some(length) = answer.header("content-length") {
            let length: usize = length.parse().unwrap();
            while self.received.len() < length {
                self.receive().await?;
            }
            answer.body = self.received.drain(..length).collect();
        }
        Some(answer)
    }

    async fn receive(&mut self) -> Option<()> {
        let count = self.stream.read_buf(&mut self.received).await.unwrap_or(0);
        (count > 0).then_some(())
    }

    /// Everything up to the end of the connection.
    pub async fn rest(mut self) -> Vec<u8> {
        let all = async {
            while self.receive().await.is_some() {}
            self.received
        };
        tokio::time::timeout(PATIENCE, all)
            .await
            .expect("the end of the connection")
    }
}

/// Sends bytes that need not be a request, and returns all that comes back until the server closes.
pub async fn exchange(server: &MockServer, bytes: &[u8]) -> String {
    let mut connection = Connection::open(server).await;
    connection.write(bytes).await;
    connection.finish().await;
    String::from_utf8(connection.rest().await).expect("answers are UTF-8")
}

pub fn find(haystack: &[u8], needle: &[u8]) -> Option<usize> {
    haystack
        .windows(needle.len())
        .position(|window| window == needle)
}
