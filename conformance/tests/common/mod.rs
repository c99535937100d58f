//! What the tests of the binary share: runs of it, and small servers on loopback to run it against.

#![allow(dead_code, reason = "every test file uses its own part")]

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Command, Output};
use std::thread;

use polar_conformance::session::Target;
use polar_conformance::wire::Request;
use polar_mock::MockServer;

pub fn run(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_polar-conformance"))
        // The default folder for seeds is below the current one.
        .current_dir(env!("CARGO_TARGET_TMPDIR"))
        .args(arguments)
        .env_remove("POLAR_ACCESS_TOKEN")
        .output()
        .unwrap()
}

pub fn code(output: &Output) -> i32 {
    output.status.code().unwrap()
}

pub fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

pub fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

/// A server that answers every request with these bytes.
pub fn serve(answer: &'static str) -> String {
    serve_with(move |mut stream| {
        let mut request = [0; 4096];
        let _ = stream.read(&mut request);
        let _ = stream.write_all(answer.as_bytes());
    })
}

pub fn serve_with(handle: impl Fn(TcpStream) + Send + Clone + 'static) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let handle = handle.clone();
            thread::spawn(move || handle(stream));
        }
    });
    url
}

/// A server that passes everything on to the mock, and changes the answers.
pub fn corrupting(mock: &str, change: fn(Vec<u8>) -> Vec<u8>) -> String {
    between(mock, move |_, answer, stream| {
        let _ = stream.write_all(&change(answer()));
    })
}

/// A server before the mock: `answer` is given the request and may ask the mock for its answer.
pub fn between(
    mock: &str,
    answer: impl Fn(&str, &dyn Fn() -> Vec<u8>, &mut TcpStream) + Send + Clone + 'static,
) -> String {
    let address = mock.trim_start_matches("http://").to_owned();
    serve_with(move |mut stream| {
        let mut request = Vec::new();
        let mut buffer = [0; 65536];
        // The requests here are small; what comes within one read, or two, is all of it.
        while !is_complete(&request) {
            match stream.read(&mut buffer) {
                Ok(0) | Err(_) => break,
                Ok(count) => request.extend_from_slice(&buffer[..count]),
            }
        }
        let text = String::from_utf8_lossy(&request).replacen(
            "HTTP/1.1\r\n",
            "HTTP/1.1\r\nConnection: close\r\n",
            1,
        );
        let ask = || {
            let mut upstream = TcpStream::connect(&address).unwrap();
            upstream.write_all(text.as_bytes()).unwrap();
            let mut answer = Vec::new();
            let _ = upstream.read_to_end(&mut answer);
            answer
        };
        answer(&text, &ask, &mut stream);
    })
}

pub fn is_complete(request: &[u8]) -> bool {
    let text = String::from_utf8_lossy(request);
    let Some((head, body)) = text.split_once("\r\n\r\n") else {
        return false;
    };
    let length = head.lines().find_map(|line| {
        line.to_lowercase()
            .strip_prefix("content-length: ")
            .and_then(|n| n.parse().ok())
    });
    body.len() >= length.unwrap_or(0)
}

/// A mock that lives as long as the test.
pub fn with_mock(test: impl FnOnce(&str)) {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let mock = runtime.block_on(MockServer::start()).unwrap();
    test(mock.url());
}

/// A mock whose control API is closed, as on a real server: URL, and what is left in the world afterwards.
pub fn with_real_target(test: impl FnOnce(&str)) {
    with_limited_target(polar_mock::RateLimits::Off, test);
}

pub fn with_limited_target(limits: polar_mock::RateLimits, test: impl FnOnce(&str)) {
    with_target(limits, |url| {
        test(url);
        let left = left_in(url);
        assert!(left.is_empty(), "{left:?}");
    });
}

/// The same, whatever the test leaves there.
pub fn with_target(limits: polar_mock::RateLimits, test: impl FnOnce(&str)) {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let builder = MockServer::builder()
        .control_token(CONTROL)
        .rate_limits(limits);
    let mock = runtime.block_on(builder.start()).unwrap();
    test(mock.url());
}

/// What the suite made there and did not remove: customers, benefits, products, subscriptions, webhook endpoints.
pub fn left_in(url: &str) -> Vec<String> {
    let state = control(url, "state");
    let rows = |list: &str| state[list].as_array().unwrap().clone();
    let mut left = Vec::new();
    for list in ["customers", "benefits", "webhook_endpoints"] {
        let live = rows(list).into_iter();
        let ours = live
            .filter(|row| row["deleted_at"].is_null())
            .map(|row| format!("{list}: {row}"))
            .filter(|row| row.contains("polar-conformance-"));
        left.extend(ours);
    }
    let ours = rows("products").into_iter();
    let ours = ours.filter(|row| row.to_string().contains("polar-conformance-"));
    let (archived, live): (Vec<_>, Vec<_>) = ours.partition(|row| row["is_archived"] == true);
    for product in archived.iter().chain(&live) {
        let sold = rows("subscriptions").into_iter();
        let active =
            sold.filter(|row| row["product_id"] == product["id"] && row["status"] == "active");
        left.extend(active.map(|row| format!("subscriptions: {row}")));
    }
    left.extend(live.iter().map(|row| format!("products: {row}")));
    left
}

/// `GET /_mock/…` of a mock whose control API is closed.
pub fn control(url: &str, what: &str) -> serde_json::Value {
    let request = Request::new("GET", &format!("/_mock/{what}"))
        .header("Authorization", &format!("Bearer {CONTROL}"));
    serde_json::from_str(&ask(url, &request)).unwrap()
}

/// The body of an answer.
pub fn ask(url: &str, request: &Request) -> String {
    let Target::Url(server) = Target::parse(url, false).unwrap() else {
        panic!("a URL is a URL")
    };
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(server.send(request)).unwrap().text()
}

/// Method and path of everything that was asked of the API there.
pub fn journal(url: &str) -> Vec<String> {
    let journal = control(url, "requests");
    let items = journal["items"].as_array().unwrap().iter();
    items
        .map(|one| {
            format!(
                "{} {}",
                one["method"].as_str().unwrap(),
                one["path"].as_str().unwrap()
            )
        })
        .collect()
}

pub const CONTROL: &str = "the-control-token";
/// The token of the built-in state.
pub const TOKEN: &str = "polar_oat_mock";
pub const ORGANIZATION: &str = "fda84e25-7b55-4d67-916d-60ead04ff61f";

pub fn run_with_token(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_polar-conformance"));
    command
        .current_dir(env!("CARGO_TARGET_TMPDIR"))
        .args(arguments)
        .env("POLAR_ACCESS_TOKEN", TOKEN)
        .env("POLAR_ORGANIZATION_ID", ORGANIZATION);
    command
}

pub fn interrupt(child: &std::process::Child) {
    signal(child, "-INT");
}

pub fn signal(child: &std::process::Child, name: &str) {
    let kill = Command::new("kill")
        .args([name, &child.id().to_string()])
        .status()
        .unwrap();
    assert!(kill.success());
}

pub fn read(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap()
}
