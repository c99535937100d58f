//! Load: each connection sends its next request as soon as the last one is answered.

use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// One latency in this many is kept.
const SAMPLED: usize = 16;

/// What is sent, and over how many connections.
pub(super) struct Load {
    /// Each connection sends its share of them, again and again.
    requests: Arc<Vec<Vec<u8>>>,
    connections: usize,
}

/// The result of a round.
pub(super) struct Round {
    pub(super) requests: usize,
    pub(super) latencies: Vec<Duration>,
    time: Duration,
}

impl Round {
    /// Answers in a second.
    pub(super) fn rate(&self) -> f64 {
        self.requests as f64 / self.time.as_secs_f64()
    }
}

impl Load {
    /// Validations of a key.
    pub(super) fn new(key: &str, organization: &str, connections: usize) -> Self {
        Self {
            requests: Arc::new(vec![validation(key, organization, "")]),
            connections,
        }
    }

    /// Validations of a key that claim to come from this many addresses.
    pub(super) fn from_addresses(
        addresses: usize,
        key: &str,
        organization: &str,
        connections: usize,
    ) -> Self {
        let request = |number: usize| {
            let [.., a, b, c] = number.to_be_bytes();
            let address = format!("true-client-ip: 10.{a}.{b}.{c}\r\n");
            validation(key, organization, &address)
        };
        Self {
            requests: Arc::new((0..addresses).map(request).collect()),
            connections,
        }
    }

    /// The body of one answer.
    pub(super) fn one(&self, address: &str) -> Result<Vec<u8>> {
        runtime()?.block_on(async {
            let mut connection = Connection::open(address).await?;
            connection.exchange(&self.requests[0]).await?;
            Ok(connection.body().to_vec())
        })
    }

    /// Keeps all connections busy for this long.
    pub(super) fn run(&self, address: &str, time: Duration) -> Result<Round> {
        runtime()?.block_on(async {
            let mut open = Vec::new();
            for _ in 0..self.connections {
                open.push(Connection::open(address).await?);
            }
            let begun = Instant::now();
            let end = begun + time;
            let tasks: Vec<_> = open
                .into_iter()
                .enumerate()
                .map(|(number, connection)| {
                    let share = (number, self.connections);
                    tokio::spawn(connection.until(end, self.requests.clone(), share))
                })
                .collect();
            let mut round = Round {
                requests: 0,
                latencies: Vec::new(),
                time,
            };
            for task in tasks {
                let (requests, latencies) = task.await??;
                round.requests += requests;
                round.latencies.extend(latencies);
            }
            round.time = begun.elapsed();
            Ok(round)
        })
    }
}

fn validation(key: &str, organization: &str, headers: &str) -> Vec<u8> {
    let body = format!(r#"{{"key":"{key}","organization_id":"{organization}"}}"#);
    format!(
        "POST /v1/customer-portal/license-keys/validate HTTP/1.1\r\nhost: bench\r\n{headers}content-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    )
    .into_bytes()
}

pub(super) fn runtime() -> Result<tokio::runtime::Runtime> {
    Ok(tokio::runtime::Builder::new_current_thread()
        .enable_io()
        .build()?)
}

/// A keep-alive connection.
pub(super) struct Connection {
    stream: TcpStream,
    buffer: Vec<u8>,
    /// Where the body of the last answer begins.
    head: usize,
}

impl Connection {
    pub(super) async fn open(address: &str) -> Result<Self> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        Ok(Self {
            stream,
            buffer: Vec::with_capacity(8 * 1024),
            head: 0,
        })
    }

    /// The body of the last answer.
    pub(super) fn body(&self) -> &[u8] {
        &self.buffer[self.head..]
    }

    /// Sends every n-th request, starting with one of them, until the time is up.
    async fn until(
        mut self,
        end: Instant,
        all: Arc<Vec<Vec<u8>>>,
        (first, step): (usize, usize),
    ) -> Result<(usize, Vec<Duration>)> {
        let (mut requests, mut latencies) = (0, Vec::new());
        let mut next = first;
        loop {
            let begun = Instant::now();
            if begun >= end {
                return Ok((requests, latencies));
            }
            self.exchange(&all[next % all.len()]).await?;
            requests += 1;
            next += step;
            if requests % SAMPLED == 0 {
                latencies.push(begun.elapsed());
            }
        }
    }

    /// Sends the request and reads the whole answer, which has to be a success.
    pub(super) async fn exchange(&mut self, request: &[u8]) -> Result<()> {
        self.stream.write_all(request).await?;
        self.buffer.clear();
        loop {
            if self.stream.read_buf(&mut self.buffer).await? == 0 {
                bail!("the server closed the connection");
            }
            let Some(head) = find(&self.buffer, b"\r\n\r\n") else {
                continue;
            };
            if !self.buffer.starts_with(b"HTTP/1.1 20") {
                bail!(
                    "the server did not answer with success: {}",
                    String::from_utf8_lossy(&self.buffer)
                );
            }
            self.head = head + 4;
            if self.buffer.len() >= self.head + content_length(&self.buffer[..head])? {
                return Ok(());
            }
        }
    }
}

fn content_length(head: &[u8]) -> Result<usize> {
    const NAME: &[u8] = b"content-length: ";
    let at = find(head, NAME).context("the answer has no content-length")? + NAME.len();
    let digits = head[at..].iter().take_while(|byte| byte.is_ascii_digit());
    Ok(digits.fold(0, |length, digit| length * 10 + usize::from(digit - b'0')))
}

fn find(bytes: &[u8], wanted: &[u8]) -> Option<usize> {
    bytes.windows(wanted.len()).position(|part| part == wanted)
}
