//! Connections: accepted, served, and closed when the server stops.

use std::convert::Infallible;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use axum::body::Body;
use axum::extract::Request;
use axum::response::Response;
use bytes::Bytes;
use hyper::body::{Frame, Incoming, SizeHint};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt, ReadBuf};
use tokio::net::TcpListener;
use tokio::sync::watch;

use super::connections::{Activity, Closing, Connections, Phase, Place};
use super::head;
use super::http_errors::NOT_HTTP;

/// The two ends of a connection.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Ends {
    /// The address of the client.
    pub(crate) peer: IpAddr,
    /// Where the client found the server.
    pub(crate) server: SocketAddr,
}

/// What answers the requests of a connection.
pub(crate) trait Handler: Clone + Send + Sync + 'static {
    /// Answers a request that came over this connection.
    fn handle(&self, ends: Ends, request: Request) -> impl Future<Output = Response> + Send;
}

/// Serves until `stop` becomes true, then finishes the answers in progress.
pub(crate) async fn serve_connections(
    listener: TcpListener,
    connections: Arc<Connections>,
    handler: impl Handler,
    mut stop: watch::Receiver<bool>,
) {
    loop {
        let next = async {
            let (stream, peer) = listener.accept().await?;
            let ends = Ends {
                peer: peer.ip(),
                server: stream.local_addr()?,
            };
            io::Result::Ok((stream, ends, connections.place().await))
        };
        let accepted = tokio::select! {
            accepted = next => accepted,
            _ = stop.wait_for(|&stop| stop) => return,
        };
        match accepted {
            Ok((stream, ends, place)) => {
                let _ = stream.set_nodelay(true);
                tokio::spawn(serve_connection(
                    stream,
                    ends,
                    place,
                    handler.clone(),
                    stop.clone(),
                ));
            }
            // Most likely out of file descriptors: close a connection to make room.
            Err(_) => {
                connections.close_idlest();
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        }
    }
}

/// Serves one connection until it is closed, times out, or `stop` becomes true.
pub(crate) async fn serve_connection<S: AsyncRead + AsyncWrite + Unpin>(
    stream: S,
    ends: Ends,
    mut place: Place,
    handler: impl Handler,
    mut stop: watch::Receiver<bool>,
) {
    let activity = place.activity.clone();
    let wire = Wire {
        stream,
        is_new: true,
        is_last: false,
        held: Vec::new(),
        pending: Vec::new(),
        activity: activity.clone(),
    };
    let service = service_fn(move |request: http::Request<Incoming>| {
        let handler = handler.clone();
        let activity = activity.clone();
        async move {
            let body = request.body();
            activity.begin(if hyper::body::Body::is_end_stream(body) {
                Phase::Answering
            } else {
                Phase::Body
            });
            let request = request.map(|body| {
                Body::new(Arriving {
                    body,
                    activity: activity.clone(),
                })
            });
            let response = handler.handle(ends, request).await;
            activity.begin(Phase::Idle);
            Ok::<_, Infallible>(response)
        }
    });
    let mut connection = http1::Builder::new()
        // A client that has closed its sending side is still answered.
        .half_close(true)
        .serve_connection(TokioIo::new(wire), service);
    let closing = tokio::select! {
        // Requests that have arrived are answered first.
        biased;
        _ = &mut connection => return,
        _ = stop.wait_for(|&stop| stop) => None,
        closing = &mut place.close => closing.ok(),
    };
    match (closing, place.activity.phase()) {
        (Some(Closing::Late), phase @ (Phase::Head | Phase::Body)) => {
            let mut stream = connection.into_parts().io.into_inner().stream;
            let answer = too_slow(phase);
            let _ = tokio::time::timeout(LAST_WORDS, stream.write_all(&answer)).await;
        }
        (Some(_), Phase::Idle | Phase::Head | Phase::Body) => {}
        (None, _) | (Some(_), Phase::Answering) => {
            Pin::new(&mut connection).graceful_shutdown();
            let _ = tokio::time::timeout(LAST_WORDS, connection).await;
        }
    }
}

/// How long a closing connection may take to send its last answer.
const LAST_WORDS: Duration = Duration::from_secs(5);

/// The body of a request; it notes when all of it has arrived.
struct Arriving {
    body: Incoming,
    activity: Arc<Activity>,
}

impl hyper::body::Body for Arriving {
    type Data = Bytes;
    type Error = hyper::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, hyper::Error>>> {
        let frame = ready!(Pin::new(&mut self.body).poll_frame(cx));
        if frame.is_none() || self.body.is_end_stream() {
            self.activity.begin(Phase::Answering);
        }
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

/// The stream of a connection. It hides the differences between hyper and the real server's HTTP parser: it replaces
/// hyper's answer to bytes that are not HTTP by the real server's, and rewrites the heads of requests for it.
struct Wire<S> {
    stream: S,
    /// Nothing has been read yet.
    is_new: bool,
    /// Nothing more is read once the request that is under way was answered.
    is_last: bool,
    /// The beginning of a head whose rest is waited for.
    held: Vec<u8>,
    /// Bytes that were read and did not fit into the buffer.
    pending: Vec<u8>,
    activity: Arc<Activity>,
}

/// How hyper's own answers begin. They have no body; the application never answers 400 without one.
const HYPER_BAD_REQUESTS: [&[u8]; 3] = [
    b"HTTP/1.1 400 Bad Request\r\n",
    b"HTTP/1.1 414 URI Too Long\r\n",
    b"HTTP/1.1 431 Request Header Fields Too Large\r\n",
];

fn is_hypers_bad_request(bytes: &[u8]) -> bool {
    HYPER_BAD_REQUESTS
        .iter()
        .any(|start| bytes.starts_with(start))
        && bytes.ends_with(b"\r\n\r\n")
        && bytes
            .windows(17)
            .any(|window| window.eq_ignore_ascii_case(b"content-length: 0"))
}

fn not_http() -> Vec<u8> {
    last_answer("400 Bad Request", NOT_HTTP)
}

/// The answer to a request that does not arrive in time. The real server would wait for ever.
fn too_slow(phase: Phase) -> Vec<u8> {
    let missing = if phase == Phase::Head { "head" } else { "body" };
    let text = format!("polar-mock: the {missing} of the request took too long to arrive");
    last_answer("408 Request Timeout", &text)
}

/// An answer after which the connection is closed.
fn last_answer(status: &str, text: &str) -> Vec<u8> {
    let length = text.len();
    let date = chrono::Utc::now().format("%a, %d %b %Y %H:%M:%S GMT");
    format!(
        "HTTP/1.1 {status}\r\ndate: {date}\r\nserver: uvicorn\r\ncontent-type: text/plain; charset=utf-8\r\nconnection: close\r\n\
         content-length: {length}\r\n\r\n{text}"
    )
    .into_bytes()
}

impl<S: AsyncRead + Unpin> AsyncRead for Wire<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        while self.pending.is_empty() {
            if self.is_last && self.activity.phase() == Phase::Idle {
                return Poll::Ready(Ok(()));
            }
            let before = buf.filled().len();
            ready!(Pin::new(&mut self.stream).poll_read(cx, buf))?;
            let begins = std::mem::take(&mut self.is_new) || self.activity.phase() == Phase::Idle;
            let read = &buf.filled()[before..];
            let ends = read.is_empty();
            if !ends {
                self.activity.received();
            }
            if self.held.is_empty() && (ends || !begins) {
                return Poll::Ready(Ok(()));
            }
            let from = self.held.len();
            let (adapted, rest) = if from == 0 && head::is_decided(read, 0) {
                match head::adapted(read) {
                    None => return Poll::Ready(Ok(())),
                    adapted => (adapted, Vec::new()),
                }
            } else {
                self.held.extend_from_slice(read);
                buf.set_filled(before);
                if !ends && !head::is_decided(&self.held, from) {
                    continue;
                }
                let held = std::mem::take(&mut self.held);
                (head::adapted(&held), held)
            };
            buf.set_filled(before);
            match adapted {
                Some(adapted) => {
                    self.is_last = adapted.is_last;
                    self.pending = adapted.bytes;
                }
                None => self.pending = rest,
            }
        }
        let fits = self.pending.len().min(buf.remaining());
        buf.put_slice(&self.pending[..fits]);
        self.pending.drain(..fits);
        Poll::Ready(Ok(()))
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Wire<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        if is_hypers_bad_request(buf) {
            // The connection closes after it, and it fits any socket buffer: at worst its end is lost.
            let _ = ready!(Pin::new(&mut self.stream).poll_write(cx, &not_http()))?;
            return Poll::Ready(Ok(buf.len()));
        }
        self.activity.sent();
        Pin::new(&mut self.stream).poll_write(cx, buf)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        match bufs.iter().find(|buf| !buf.is_empty()) {
            Some(first) if is_hypers_bad_request(first) => self.poll_write(cx, first),
            _ => {
                self.activity.sent();
                Pin::new(&mut self.stream).poll_write_vectored(cx, bufs)
            }
        }
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use tokio::io::{AsyncReadExt, DuplexStream, duplex};
    use tokio::time::Instant;

    use super::*;
    use crate::access::Access;
    use crate::service::Service;
    use crate::settings::Settings;
    use crate::shared::Shared;
    use crate::state::builtin_fixture;

    /// A connection to a server, in memory. The time is that of the test, which passes when nothing else happens.
    fn connect() -> (DuplexStream, watch::Sender<bool>) {
        let (client, server) = duplex(1 << 14);
        let shared = Arc::new(Shared::new(
            builtin_fixture(),
            Settings::default(),
            Access::default(),
        ));
        let service = Service::new(shared);
        let (stop, stopped) = watch::channel(false);
        tokio::spawn(async move {
            let connections = Arc::new(Connections::new());
            let place = connections.place().await;
            let ends = Ends {
                peer: Ipv4Addr::LOCALHOST.into(),
                server: (Ipv4Addr::LOCALHOST, 7657).into(),
            };
            tokio::join!(
                serve_connection(server, ends, place, service, stopped),
                tokio::time::timeout(Duration::from_secs(3_600), connections.close_late()),
            )
        });
        (client, stop)
    }

    #[tokio::test(start_paused = true)]
    async fn a_client_that_takes_too_long_gets_408_and_is_disconnected() {
        const VALIDATE: &str =
            "POST /v1/customer-portal/license-keys/validate HTTP/1.1\r\ncontent-length: 9\r\n\r\n{";
        const STATE: &str =
            "PUT /_mock/state HTTP/1.1\r\nhost: localhost\r\ncontent-length: 9\r\n\r\n{";
        for (sent, seconds, missing) in [
            ("", 300, ""),
            ("G", 60, "head"),
            ("GET /healthz HTTP/1.1\r\nhost: x\r\n", 60, "head"),
            (VALIDATE, 120, "body"),
            (STATE, 120, "body"),
        ] {
            let (mut client, _stop) = connect();
            let begun = Instant::now();
            client.write_all(sent.as_bytes()).await.unwrap();
            let mut answer = String::new();
            client.read_to_string(&mut answer).await.unwrap();
            let late = begun.elapsed().saturating_sub(Duration::from_secs(seconds));
            assert!(begun.elapsed() >= Duration::from_secs(seconds), "{sent:?}");
            assert!(late < Duration::from_secs(10), "{sent:?}: {late:?}");
            assert_eq!(
                answer.starts_with("HTTP/1.1 408 Request Timeout\r\n"),
                !missing.is_empty(),
                "{sent:?}: {answer}"
            );
            assert!(answer.contains(missing), "{sent:?}: {answer}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_slow_client_within_the_limits_is_served() {
        let (mut client, _stop) = connect();
        let begun = Instant::now();
        for _ in 0..3 {
            for part in ["GET /healthz", " HTTP/1.1\r\n\r\n"] {
                tokio::time::sleep(Duration::from_secs(50)).await;
                client.write_all(part.as_bytes()).await.unwrap();
            }
            let mut answer = [0; 1024];
            let length = client.read(&mut answer).await.unwrap();
            assert!(answer[..length].starts_with(b"HTTP/1.1 200 OK\r\n"));
            tokio::time::sleep(Duration::from_secs(200)).await;
        }
        assert!(begun.elapsed() >= Duration::from_secs(900));
        let mut rest = Vec::new();
        client.read_to_end(&mut rest).await.unwrap();
        assert_eq!(rest, b"");
    }
}
