//! Connections: accepted, served, and closed when the server stops.

use std::io;
use std::net::IpAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use axum::Router;
use axum::body::Body;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpListener;
use tokio::sync::watch;
use tower::ServiceExt;

use super::http_errors::NOT_HTTP;
use super::pipeline::answer;
use crate::control::is_control;
use crate::server::Shared;

/// Who answers: the API everywhere but under `/_mock`.
#[derive(Clone)]
pub(crate) struct Service {
    pub(crate) shared: Arc<Shared>,
    pub(crate) control: Router,
}

/// Serves until `stop` becomes true, then lets answers that are under way finish.
pub(crate) async fn serve_connections(
    listener: TcpListener,
    service: Service,
    mut stop: watch::Receiver<bool>,
) {
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            _ = stop.wait_for(|&stop| stop) => return,
        };
        match accepted {
            Ok((stream, peer)) => {
                let _ = stream.set_nodelay(true);
                tokio::spawn(serve_connection(
                    stream,
                    peer.ip(),
                    service.clone(),
                    stop.clone(),
                ));
            }
            // Out of file descriptors, most likely: give connections a moment to close.
            Err(_) => tokio::time::sleep(std::time::Duration::from_millis(20)).await,
        }
    }
}

/// Serves one connection until it is closed, or `stop` becomes true.
pub(crate) async fn serve_connection<S: AsyncRead + AsyncWrite + Unpin>(
    stream: S,
    peer: IpAddr,
    service: Service,
    mut stop: watch::Receiver<bool>,
) {
    let service = service_fn(move |request: http::Request<Incoming>| {
        let service = service.clone();
        async move {
            let request = request.map(Body::new);
            if is_control(request.uri().path()) {
                return service.control.oneshot(request).await;
            }
            Ok(answer(&service.shared, peer, request).await)
        }
    });
    let wire = Wire {
        stream,
        is_new: true,
    };
    let connection = http1::Builder::new().serve_connection(TokioIo::new(wire), service);
    tokio::pin!(connection);
    let stopped = tokio::select! {
        _ = connection.as_mut() => false,
        _ = stop.wait_for(|&stop| stop) => true,
    };
    if stopped {
        connection.as_mut().graceful_shutdown();
        let _ = tokio::time::timeout(std::time::Duration::from_secs(5), connection).await;
    }
}

/// The stream of a connection, in which differences between hyper and the real server's HTTP parser are evened out:
/// hyper's own answer to bytes that are no HTTP is put into the real server's words, blanks behind a version, which
/// hyper would trim, are made to count, and HTTP/2, to which hyper would say nothing, is made to look like no HTTP.
struct Wire<S> {
    stream: S,
    /// Nothing has been read yet.
    is_new: bool,
}

/// How a client begins that speaks HTTP/2 without having asked.
const HTTP2: &[u8] = b"PRI * HTTP/2.0\r\n";

/// Makes blanks at the end of a `Polar-Version` header count, in a read that begins with the head of a request.
fn keep_blanks_behind_version(bytes: &mut [u8]) {
    const NAME: &[u8] = b"polar-version:";
    let line_end = |bytes: &[u8], from: usize| {
        bytes[from..]
            .windows(2)
            .position(|pair| pair == b"\r\n")
            .map(|at| from + at)
    };
    let Some(mut at) = line_end(bytes, 0).filter(|&end| bytes[..end].ends_with(b" HTTP/1.1"))
    else {
        return;
    };
    while let Some(end) = line_end(bytes, at + 2).filter(|&end| end > at + 2) {
        let line = &mut bytes[at + 2..end];
        if line.len() > NAME.len()
            && line[..NAME.len()].eq_ignore_ascii_case(NAME)
            && !line[NAME.len()..].trim_ascii().is_empty()
        {
            let blanks = line.len() - line.trim_ascii_end().len();
            line.iter_mut()
                .rev()
                .take(blanks)
                .for_each(|blank| *blank = b'_');
        }
        at = end;
    }
}

/// How hyper's answer begins and what marks it: the application never answers 400 without a body.
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
    let length = NOT_HTTP.len();
    format!(
        "HTTP/1.1 400 Bad Request\r\ncontent-type: text/plain; charset=utf-8\r\nconnection: close\r\ncontent-length: {length}\r\n\r\n{NOT_HTTP}"
    )
    .into_bytes()
}

impl<S: AsyncRead + Unpin> AsyncRead for Wire<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buf.filled().len();
        ready!(Pin::new(&mut self.stream).poll_read(cx, buf))?;
        let read = &mut buf.filled_mut()[before..];
        if std::mem::take(&mut self.is_new) && read.starts_with(HTTP2) {
            read[0] = 0;
        }
        keep_blanks_behind_version(read);
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
            // The connection closes after it, and it fits any socket buffer: what is not taken at once is lost, no more.
            let _ = ready!(Pin::new(&mut self.stream).poll_write(cx, &not_http()))?;
            return Poll::Ready(Ok(buf.len()));
        }
        Pin::new(&mut self.stream).poll_write(cx, buf)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        match bufs.iter().find(|buf| !buf.is_empty()) {
            Some(first) if is_hypers_bad_request(first) => self.poll_write(cx, first),
            _ => Pin::new(&mut self.stream).poll_write_vectored(cx, bufs),
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
    use super::*;

    #[test]
    fn blanks_behind_a_version_count() {
        for (given, kept) in [
            (
                "GET / HTTP/1.1\r\nPolar-Version: 2026-04 \r\n\r\n",
                "GET / HTTP/1.1\r\nPolar-Version: 2026-04_\r\n\r\n",
            ),
            (
                "GET / HTTP/1.1\r\nA: b\r\npolar-VERSION:x\t \r\n",
                "GET / HTTP/1.1\r\nA: b\r\npolar-VERSION:x__\r\n",
            ),
            (
                "GET / HTTP/1.1\r\nPolar-Version:  \r\n\r\n",
                "GET / HTTP/1.1\r\nPolar-Version:  \r\n\r\n",
            ),
            (
                "GET / HTTP/1.1\r\nA: b \r\n\r\nPolar-Version: x \r\n",
                "GET / HTTP/1.1\r\nA: b \r\n\r\nPolar-Version: x \r\n",
            ),
            (
                "body\r\nPolar-Version: x \r\n",
                "body\r\nPolar-Version: x \r\n",
            ),
        ] {
            let mut bytes = given.as_bytes().to_vec();
            keep_blanks_behind_version(&mut bytes);
            assert_eq!(String::from_utf8(bytes).unwrap(), kept);
        }
    }
}
