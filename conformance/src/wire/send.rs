//! One connection, one request, one answer.

use std::time::Duration;

use indexmap::IndexMap;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

use super::{Answer, Denied, Request, tls};

/// The longest header section.
const HEAD_LIMIT: usize = 256 * 1024;
/// The longest body; Polar's answers are far shorter.
const BODY_LIMIT: usize = 32 << 20;

/// Where a server listens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Address {
    /// Whether the connection is encrypted.
    pub tls: bool,
    /// Host name or IP address, without brackets.
    pub host: String,
    /// TCP port.
    pub port: u16,
}

impl Address {
    /// `host:port` for the `Host` header; the default port of `https` is left out.
    pub fn authority(&self) -> String {
        let host = if self.host.contains(':') {
            format!("[{}]", self.host)
        } else {
            self.host.clone()
        };
        if self.tls && self.port == 443 {
            host
        } else {
            format!("{host}:{}", self.port)
        }
    }

    /// The base URL, without a final slash.
    pub fn base(&self) -> String {
        let scheme = if self.tls { "https" } else { "http" };
        format!("{scheme}://{}", self.authority())
    }
}

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum WireError {
    /// Nobody listens, or the name does not resolve.
    #[error("cannot connect to {authority}: {source}")]
    Connect {
        /// Host and port.
        authority: String,
        /// What the system says.
        source: std::io::Error,
    },
    /// The connection broke.
    #[error("the connection broke: {0}")]
    Broken(#[from] std::io::Error),
    /// The server took too long.
    #[error("no complete answer within {0:?}")]
    Timeout(Duration),
    /// The connection closed before the answer was complete.
    #[error("the answer is incomplete: {0}")]
    Incomplete(&'static str),
    /// What came back is not HTTP/1.
    #[error("the answer is not HTTP/1.1: {0}")]
    NotHttp(String),
    /// The answer is too long.
    #[error("the answer is longer than {} MB", BODY_LIMIT >> 20)]
    TooLong,
    /// A header of the request has a character that no header can carry.
    #[error("the header {0} has a character outside Latin-1")]
    Header(String),
    /// No more requests may be sent.
    #[error(transparent)]
    Denied(#[from] Denied),
}

impl WireError {
    /// Whether the server seems to be gone, or too slow.
    pub fn is_unreachable(&self) -> bool {
        matches!(self, Self::Connect { .. } | Self::Timeout(_))
    }
}

/// Sends exactly this request on its own connection.
///
/// `Host` is added unless given. `Content-Length` is added for a body and for every POST, PUT and PATCH, unless the
/// request mentions it (also to suppress it) or `Transfer-Encoding`.
///
/// # Errors
/// When no complete HTTP/1.1 answer arrives within `limit`.
pub async fn send(
    address: &Address,
    request: &Request,
    limit: Duration,
) -> Result<Answer, WireError> {
    let head = head(address, request)?;
    timeout(limit, exchange(address, request, &head))
        .await
        .map_err(|_| WireError::Timeout(limit))?
}

fn head(address: &Address, request: &Request) -> Result<Vec<u8>, WireError> {
    let mut lines = vec![format!("{} {} HTTP/1.1", request.method, request.path)];
    if !request.mentions("host") {
        lines.push(format!("Host: {}", address.authority()));
    }
    lines.extend(
        request
            .headers
            .iter()
            .filter_map(|(name, value)| value.as_ref().map(|value| format!("{name}: {value}"))),
    );
    let sends_length =
        request.body.is_some() || matches!(request.method.as_str(), "POST" | "PUT" | "PATCH");
    if sends_length && !request.mentions("content-length") && !request.mentions("transfer-encoding")
    {
        lines.push(format!(
            "Content-Length: {}",
            request.body.as_ref().map_or(0, Vec::len)
        ));
    }
    let mut bytes = Vec::new();
    for line in lines {
        bytes.extend(
            latin1(&line).ok_or_else(|| {
                WireError::Header(line.chars().take_while(|c| *c != ':').collect())
            })?,
        );
        bytes.extend(b"\r\n");
    }
    bytes.extend(b"\r\n");
    Ok(bytes)
}

fn latin1(text: &str) -> Option<Vec<u8>> {
    text.chars()
        .map(|c| u8::try_from(u32::from(c)).ok())
        .collect()
}

async fn exchange(address: &Address, request: &Request, head: &[u8]) -> Result<Answer, WireError> {
    let unreachable = |source| WireError::Connect {
        authority: address.authority(),
        source,
    };
    let stream = TcpStream::connect((address.host.as_str(), address.port))
        .await
        .map_err(unreachable)?;
    stream.set_nodelay(true)?;
    if address.tls {
        let stream = tls::connect(&address.host, stream)
            .await
            .map_err(unreachable)?;
        converse(stream, request, head).await
    } else {
        converse(stream, request, head).await
    }
}

async fn converse<S: AsyncRead + AsyncWrite>(
    stream: S,
    request: &Request,
    head: &[u8],
) -> Result<Answer, WireError> {
    let (mut reading, mut writing) = tokio::io::split(stream);
    writing.write_all(head).await?;
    writing.flush().await?;
    let body = request.body.as_deref().unwrap_or_default();
    // The server may answer and close before it has read everything. So this reads while it writes the body,
    // and ignores errors of writing.
    let writer = async {
        let _ = writing.write_all(body).await;
        let _ = writing.flush().await;
        std::future::pending::<()>().await;
    };
    tokio::select! {
        answer = receive(&mut reading, &request.method) => answer,
        () = writer => Err(WireError::Incomplete("the body was never sent")),
    }
}

/// How a body ends.
enum Framing {
    None,
    Length(usize),
    Chunked,
    UntilClose,
}

async fn receive<R: AsyncReadExt + Unpin>(
    reader: &mut R,
    method: &str,
) -> Result<Answer, WireError> {
    let mut buffer = Vec::new();
    loop {
        let (status, headers, used) = receive_head(reader, &mut buffer).await?;
        buffer.drain(..used);
        if status == 100 {
            continue;
        }
        let body = match framing(method, status, &headers) {
            Framing::None => Vec::new(),
            Framing::Length(length) => receive_exactly(reader, buffer, length).await?,
            Framing::Chunked => receive_chunks(reader, buffer).await?,
            Framing::UntilClose => {
                let room = (BODY_LIMIT + 1).saturating_sub(buffer.len());
                let room = u64::try_from(room).unwrap_or_default();
                reader.take(room).read_to_end(&mut buffer).await?;
                within_limit(buffer.len())?;
                buffer
            }
        };
        return Ok(Answer {
            status,
            headers,
            body,
        });
    }
}

async fn receive_head<R: AsyncReadExt + Unpin>(
    reader: &mut R,
    buffer: &mut Vec<u8>,
) -> Result<(u16, IndexMap<String, String>, usize), WireError> {
    loop {
        let mut slots = [httparse::EMPTY_HEADER; 128];
        let mut response = httparse::Response::new(&mut slots);
        match response.parse(buffer) {
            Ok(httparse::Status::Complete(used)) => {
                let mut headers = IndexMap::new();
                for header in response.headers.iter() {
                    let value: String = header.value.iter().copied().map(char::from).collect();
                    headers
                        .entry(header.name.to_ascii_lowercase())
                        .and_modify(|joined: &mut String| *joined = format!("{joined}, {value}"))
                        .or_insert(value);
                }
                return Ok((response.code.unwrap_or_default(), headers, used));
            }
            Ok(httparse::Status::Partial) if buffer.len() < HEAD_LIMIT => {}
            Ok(httparse::Status::Partial) => {
                return Err(WireError::NotHttp(
                    "the header section is too long".to_owned(),
                ));
            }
            Err(problem) => return Err(WireError::NotHttp(problem.to_string())),
        }
        if reader.read_buf(buffer).await? == 0 {
            return Err(WireError::Incomplete(if buffer.is_empty() {
                "the server sent nothing"
            } else {
                "the header section is cut off"
            }));
        }
    }
}

fn within_limit(length: usize) -> Result<(), WireError> {
    if length > BODY_LIMIT {
        return Err(WireError::TooLong);
    }
    Ok(())
}

fn framing(method: &str, status: u16, headers: &IndexMap<String, String>) -> Framing {
    if method == "HEAD" || status == 204 || status == 304 || (100..200).contains(&status) {
        return Framing::None;
    }
    if headers
        .get("transfer-encoding")
        .is_some_and(|coding| coding.eq_ignore_ascii_case("chunked"))
    {
        return Framing::Chunked;
    }
    headers
        .get("content-length")
        .and_then(|length| length.trim().parse().ok())
        .map_or(Framing::UntilClose, Framing::Length)
}

async fn receive_exactly<R: AsyncReadExt + Unpin>(
    reader: &mut R,
    mut buffer: Vec<u8>,
    length: usize,
) -> Result<Vec<u8>, WireError> {
    within_limit(length)?;
    while buffer.len() < length {
        if reader.read_buf(&mut buffer).await? == 0 {
            return Err(WireError::Incomplete(
                "the body is shorter than its content-length",
            ));
        }
    }
    buffer.truncate(length);
    Ok(buffer)
}

async fn receive_chunks<R: AsyncReadExt + Unpin>(
    reader: &mut R,
    mut buffer: Vec<u8>,
) -> Result<Vec<u8>, WireError> {
    let mut body = Vec::new();
    let mut at = 0;
    loop {
        match httparse::parse_chunk_size(&buffer[at..]) {
            Ok(httparse::Status::Complete((_, 0))) => return Ok(body),
            Ok(httparse::Status::Complete((line, size))) => {
                let size = usize::try_from(size)
                    .map_err(|_| WireError::NotHttp("a chunk of impossible size".to_owned()))?;
                let start = at + line;
                let end = start
                    .checked_add(size)
                    .ok_or_else(|| WireError::NotHttp("a chunk of impossible size".to_owned()))?;
                within_limit(end)?;
                while buffer.len() < end.saturating_add(2) {
                    if reader.read_buf(&mut buffer).await? == 0 {
                        return Err(WireError::Incomplete("a chunk is cut off"));
                    }
                }
                body.extend_from_slice(&buffer[start..end]);
                at = end + 2;
            }
            Ok(httparse::Status::Partial) if buffer.len() - at > HEAD_LIMIT => {
                return Err(WireError::NotHttp(
                    "the size of a chunk is too long".to_owned(),
                ));
            }
            Ok(httparse::Status::Partial) => {
                if reader.read_buf(&mut buffer).await? == 0 {
                    return Err(WireError::Incomplete("a chunk is missing"));
                }
            }
            Err(_) => {
                return Err(WireError::NotHttp(
                    "a chunk without a valid size".to_owned(),
                ));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::net::TcpListener;

    /// A server that answers one connection with these bytes and returns the request.
    async fn once(answer: &'static [u8], request: &Request) -> (Result<Answer, WireError>, String) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = Address {
            tls: false,
            host: "127.0.0.1".to_owned(),
            port: listener.local_addr().unwrap().port(),
        };
        let server = tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut seen = vec![0; 65536];
            tokio::time::sleep(Duration::from_millis(20)).await;
            let count = stream.read(&mut seen).await.unwrap();
            stream.write_all(answer).await.unwrap();
            String::from_utf8_lossy(&seen[..count]).into_owned()
        });
        let answer = send(&address, request, Duration::from_secs(5)).await;
        (
            answer,
            server.await.unwrap().replace(&address.authority(), "HOST"),
        )
    }

    const EMPTY: &[u8] = b"HTTP/1.1 204 No Content\r\n\r\n";

    #[tokio::test]
    async fn headers_go_out_as_given_and_the_length_is_added() {
        let request = Request::new("POST", "/a?b=%20")
            .header("X-Odd", " two  blanks ")
            .json("{\"é\":1}");
        let (_, sent) = once(EMPTY, &request).await;
        assert_eq!(
            sent,
            "POST /a?b=%20 HTTP/1.1\r\nHost: HOST\r\nX-Odd:  two  blanks \r\nContent-Type: application/json\r\nContent-Length: 8\r\n\r\n{\"é\":1}"
        );
    }

    #[tokio::test]
    async fn a_post_without_a_body_has_a_length_and_a_get_has_none() {
        assert!(
            once(EMPTY, &Request::new("POST", "/"))
                .await
                .1
                .contains("Content-Length: 0\r\n")
        );
        assert!(
            !once(EMPTY, &Request::new("GET", "/"))
                .await
                .1
                .contains("Content-Length")
        );
        assert!(
            !once(EMPTY, &Request::new("DELETE", "/"))
                .await
                .1
                .contains("Content-Length")
        );
    }

    #[tokio::test]
    async fn a_null_length_sends_none() {
        let mut request = Request::new("POST", "/").json("{}");
        request.headers.push(("content-length".to_owned(), None));
        assert!(
            !once(EMPTY, &request)
                .await
                .1
                .to_lowercase()
                .contains("content-length")
        );
        let chunked = Request::new("POST", "/").header("Transfer-Encoding", "chunked");
        assert!(!once(EMPTY, &chunked).await.1.contains("Content-Length"));
    }

    #[tokio::test]
    async fn a_given_host_replaces_ours() {
        let (_, sent) = once(
            EMPTY,
            &Request::new("GET", "/").header("Host", "api.example"),
        )
        .await;
        assert_eq!(sent, "GET / HTTP/1.1\r\nHost: api.example\r\n\r\n");
    }

    #[tokio::test]
    async fn chunks_are_put_together() {
        let (answer, _) =
            once(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2;x=y\r\nde\r\n0\r\n\r\n", &Request::new("GET", "/")).await;
        assert_eq!(answer.unwrap().body, b"abcde");
    }

    #[tokio::test]
    async fn a_body_without_a_length_ends_with_the_connection() {
        let (answer, _) = once(
            b"HTTP/1.1 400 Bad Request\r\nconnection: close\r\n\r\nInvalid",
            &Request::new("GET", "/"),
        )
        .await;
        assert_eq!(answer.unwrap().text(), "Invalid");
    }

    #[tokio::test]
    async fn repeated_headers_are_joined_and_100_is_passed_over() {
        let bytes = b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nA: 1\r\na: 2\r\nContent-Length: 2\r\n\r\nokay";
        let (answer, _) = once(bytes, &Request::new("GET", "/")).await;
        let answer = answer.unwrap();
        assert_eq!(
            (answer.header("a"), answer.text().as_str()),
            (Some("1, 2"), "ok")
        );
    }

    #[tokio::test]
    async fn an_answer_that_is_cut_off_is_none() {
        let get = Request::new("GET", "/");
        assert!(matches!(
            once(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc", &get)
                .await
                .0,
            Err(WireError::Incomplete(_))
        ));
        assert!(matches!(
            once(
                b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n9\r\nabc",
                &get
            )
            .await
            .0,
            Err(WireError::Incomplete(_))
        ));
        assert!(matches!(
            once(b"", &get).await.0,
            Err(WireError::Incomplete(_) | WireError::Broken(_))
        ));
        assert!(matches!(
            once(b"SSH-2.0-OpenSSH\r\n", &get).await.0,
            Err(WireError::NotHttp(_))
        ));
    }

    /// The result of an answer with this beginning and this continuation.
    async fn endless(head: &'static str, again: &str) -> Result<Answer, WireError> {
        let (mut far, mut near) = tokio::io::duplex(1 << 20);
        let much = again.repeat((1 << 19) / again.len());
        let sending = tokio::spawn(async move {
            let mut sent = far.write_all(head.as_bytes()).await;
            while sent.is_ok() {
                sent = far.write_all(much.as_bytes()).await;
            }
        });
        let answer = receive(&mut near, "GET").await;
        sending.abort();
        answer
    }

    #[tokio::test]
    async fn an_answer_without_an_end_is_given_up() {
        let chunk = format!("400\r\n{}\r\n", "a".repeat(1024));
        for (head, again) in [
            ("HTTP/1.1 200 OK\r\n\r\n", " "),
            ("HTTP/1.1 200 OK\r\nContent-Length: 33554433\r\n\r\n", " "),
            (
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
                &chunk,
            ),
        ] {
            let answer = endless(head, again).await;
            assert!(
                matches!(answer, Err(WireError::TooLong)),
                "{head}: {answer:?}"
            );
        }
        for (head, again) in [
            (
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1;",
                "a",
            ),
            ("HTTP/1.1 200 OK\r\nA: ", "a"),
        ] {
            let answer = endless(head, again).await;
            assert!(
                matches!(answer, Err(WireError::NotHttp(_))),
                "{head}: {answer:?}"
            );
        }
    }
}
