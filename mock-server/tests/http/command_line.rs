//! The command, run as a user runs it.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Output, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::world::one_key;

pub fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_polar-mock"));
    command
        .args(arguments)
        .env_remove("POLAR_MOCK_CONTROL_TOKEN");
    command
}

pub fn run(arguments: &[&str]) -> Output {
    command(arguments).output().unwrap()
}

#[track_caller]
pub fn assert_ends(output: &Output, code: i32) {
    let errors = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(code), "{errors}");
    assert!(!errors.contains("panicked"), "{errors}");
}

/// A server in a process of its own; it is killed when the test ends before it does.
pub struct Served {
    process: Child,
    output: BufReader<ChildStdout>,
    ready: String,
}

impl Served {
    pub fn start(arguments: &[&str]) -> Self {
        Self::spawn(command(arguments))
    }

    fn spawn(mut command: Command) -> Self {
        let mut process = command
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut output = BufReader::new(process.stdout.take().unwrap());
        let mut ready = String::new();
        output.read_line(&mut ready).unwrap();
        Self {
            process,
            output,
            ready,
        }
    }

    fn address(&self) -> &str {
        let line = self.ready.trim_end();
        let url = line.split(' ').next_back().unwrap();
        url.strip_prefix("http://")
            .unwrap_or_else(|| panic!("no URL in {line:?}"))
    }

    /// Sends a GET and returns the whole answer.
    pub fn get(&self, path: &str, headers: &str) -> String {
        let mut stream = TcpStream::connect(self.address()).unwrap();
        stream
            .set_read_timeout(Some(Duration::from_secs(20)))
            .unwrap();
        write!(
            stream,
            "GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n{headers}\r\n"
        )
        .unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer
    }

    /// What it prints after its first line, up to a line with this text.
    pub fn shown_until(&mut self, last: &str) -> String {
        let mut shown = String::new();
        while !shown.contains(last) {
            assert!(self.output.read_line(&mut shown).unwrap() > 0, "{shown}");
        }
        shown
    }

    fn signal(&self, name: &str) {
        let id = self.process.id().to_string();
        assert!(
            Command::new("kill")
                .args(["-s", name, &id])
                .status()
                .unwrap()
                .success()
        );
    }

    /// Waits until the process has ended; returns its code and what else it printed.
    fn end(mut self) -> (Option<i32>, String) {
        let begun = Instant::now();
        let status = loop {
            if let Some(status) = self.process.try_wait().unwrap() {
                break status;
            }
            assert!(
                begun.elapsed() < Duration::from_secs(10),
                "it does not stop"
            );
            std::thread::sleep(Duration::from_millis(2));
        };
        let mut rest = String::new();
        self.output.read_to_string(&mut rest).unwrap();
        (status.code(), rest)
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// A file that is gone after the test.
pub fn file(name: &str, text: &str) -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    std::fs::write(&path, text).unwrap();
    (folder, path)
}

pub fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

#[test]
fn it_says_in_one_line_that_it_is_ready() {
    let served = Served::start(&["--listen", "127.0.0.1:0", "--quiet"]);
    assert!(
        served
            .ready
            .starts_with("polar-mock is ready on http://127.0.0.1:"),
        "{}",
        served.ready
    );
    assert!(
        served
            .get("/_mock/health", "")
            .contains("\"status\":\"ok\"")
    );
    served.signal("TERM");
    assert_eq!(served.end(), (Some(0), String::new()));
}

#[test]
fn it_shows_what_one_needs_to_begin_with() {
    let served = Served::start(&["serve", "--listen", "127.0.0.1:0"]);
    served.get("/healthz", "");
    served.signal("INT");
    let (code, shown) = served.end();
    assert_eq!(code, Some(0));
    for needed in [
        "fda84e25-7b55-4d67-916d-60ead04ff61f",
        "polar_oat_mock",
        "1C285B2D-6CE6-4BC7-B8BE-ADB6A7E304DA",
    ] {
        assert!(shown.contains(needed), "{shown}");
    }
}

#[test]
fn a_request_that_is_under_way_is_answered_before_it_stops() {
    let served = Served::start(&["--listen", "127.0.0.1:0", "--quiet"]);
    let mut stream = TcpStream::connect(served.address()).unwrap();
    let path = crate::world::PORTAL_VALIDATE;
    write!(
        stream,
        "POST {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 2\r\n\r\n"
    )
    .unwrap();
    // The server has the head once it has answered somebody who came later.
    served.get("/healthz", "");
    served.signal("TERM");
    while TcpStream::connect(served.address()).is_ok() {
        std::thread::sleep(Duration::from_millis(1));
    }
    stream.write_all(b"{}").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 422 "), "{answer}");
    assert_eq!(served.end().0, Some(0));
}

#[test]
fn idle_connections_do_not_keep_it_from_stopping() {
    let served = Served::start(&["--listen", "127.0.0.1:0", "--quiet"]);
    let _idle = TcpStream::connect(served.address()).unwrap();
    served.get("/healthz", "");
    let begun = Instant::now();
    served.signal("TERM");
    assert_eq!(served.end().0, Some(0));
    assert!(
        begun.elapsed() < Duration::from_secs(4),
        "{:?}",
        begun.elapsed()
    );
}

#[test]
fn a_port_that_is_taken() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let output = run(&["--listen", &address]);
    assert_ends(&output, 2);
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(
        errors.contains(&address) && errors.contains("--listen"),
        "{errors}"
    );
    assert!(output.stdout.is_empty());
}

#[test]
fn an_open_address_needs_a_control_token() {
    let output = run(&["--listen", "0.0.0.0:0"]);
    assert_ends(&output, 2);
    assert!(String::from_utf8_lossy(&output.stderr).contains("--control-token"));
    let mut served = command(&["--listen", "0.0.0.0:0", "--quiet"])
        .env("POLAR_MOCK_CONTROL_TOKEN", "secret")
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut ready = String::new();
    BufReader::new(served.stdout.take().unwrap())
        .read_line(&mut ready)
        .unwrap();
    served.kill().unwrap();
    served.wait().unwrap();
    assert!(
        ready.starts_with("polar-mock is ready on http://"),
        "{ready}"
    );
}

#[test]
fn fixtures_in_yaml_and_json() {
    let world = one_key(json!({"key": "FROM-THE-FILE"}));
    let yaml = polar_openapi::yaml::to_string(&world).unwrap();
    for (name, content) in [("world.json", world.to_string()), ("world.yaml", yaml)] {
        let (_folder, path) = file(name, &content);
        let checked = run(&["fixture", "check", text(&path)]);
        assert_ends(&checked, 0);
        let said = String::from_utf8_lossy(&checked.stdout);
        assert!(
            said.contains("1 organizations") && said.contains("1 license keys"),
            "{said}"
        );
        let served = Served::start(&["--listen", "127.0.0.1:0", "--fixture", text(&path)]);
        let listed = served.get(
            "/v1/license-keys/",
            "Authorization: Bearer polar_oat_mock\r\n",
        );
        assert!(
            listed.contains("\"key\":\"FROM-THE-FILE\""),
            "{name}: {listed}"
        );
    }
}

#[test]
fn a_bad_fixture_is_refused_with_every_problem() {
    let (_folder, path) = file(
        "world.yaml",
        "organizations:\n  - slug: x\nlicense_keys:\n  - key: A\n    status: gone\nlicence_keys: []\n",
    );
    for arguments in [
        &["fixture", "check", text(&path)][..],
        &["--listen", "127.0.0.1:0", "--fixture", text(&path)],
    ] {
        let output = run(arguments);
        assert_ends(&output, 1);
        let errors = String::from_utf8_lossy(&output.stderr);
        for place in [
            "organizations[0].name: Field required; add `name`",
            "license_keys[0].organization_id: Field required",
            "license_keys[0].status: ",
            "licence_keys: Extra inputs are not permitted; did you mean `license_keys`?",
            "world.yaml:2:5: organizations[0].name: ",
            "world.yaml:5:5: license_keys[0].status: ",
            "world.yaml:6:1: licence_keys: ",
            "6 problems in ",
        ] {
            assert!(errors.contains(place), "{place} is not in:\n{errors}");
        }
        assert!(output.stdout.is_empty());
    }
}

#[test]
fn a_fixture_that_is_not_there() {
    for arguments in [
        &["fixture", "check", "/no/such/file.yaml"][..],
        &["--fixture", "/no/such/file.yaml"],
    ] {
        let output = run(arguments);
        assert_ends(&output, 2);
        assert!(String::from_utf8_lossy(&output.stderr).contains("/no/such/file.yaml"));
    }
}

#[test]
fn the_schema_of_fixtures() {
    let output = run(&["fixture", "schema"]);
    assert_ends(&output, 0);
    let schema: Value = serde_json::from_slice(&output.stdout).unwrap();
    for table in [
        "organizations",
        "customers",
        "benefits",
        "products",
        "subscriptions",
        "license_keys",
        "customer_sessions",
    ] {
        assert!(schema["properties"][table].is_object(), "{table}");
    }
    assert_eq!(schema["additionalProperties"], false);
}

#[test]
fn help_has_examples() {
    for arguments in [&["--help"][..], &["-h"]] {
        let output = run(arguments);
        assert_ends(&output, 0);
        let help = String::from_utf8_lossy(&output.stdout);
        for shown in [
            "Examples:",
            "polar-mock --fixture world.yaml",
            "--rate-limits",
            "127.0.0.1:7657",
        ] {
            assert!(help.contains(shown), "{shown}");
        }
    }
    let version = run(&["--version"]);
    assert_eq!(
        String::from_utf8_lossy(&version.stdout).trim(),
        concat!("polar-mock ", env!("CARGO_PKG_VERSION"))
    );
}

#[test]
fn arguments_that_make_no_sense() {
    for arguments in [
        &["--listen", "nowhere"][..],
        &["--rate-limits", "some"],
        &["fixture"],
        &["nonsense"],
    ] {
        let output = run(arguments);
        assert_ends(&output, 2);
        assert!(!output.stderr.is_empty());
    }
}

#[test]
#[cfg(unix)]
fn a_reader_that_goes_away_is_no_error() {
    for arguments in [&["fixture", "schema"][..], &["--help"], &["--version"]] {
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let output = command(arguments)
            .stdout(writer)
            .stderr(Stdio::piped())
            .spawn()
            .unwrap()
            .wait_with_output()
            .unwrap();
        assert_ends(&output, 0);
        assert!(output.stderr.is_empty(), "{arguments:?}");
    }
}

#[test]
#[cfg(target_os = "linux")]
fn what_cannot_be_written_is_an_error() {
    let full = || {
        std::fs::OpenOptions::new()
            .write(true)
            .open("/dev/full")
            .unwrap()
    };
    let (_folder, good) = file("good.json", &one_key(json!({})).to_string());
    let (_folder, bad) = file("bad.json", "{\"nonsense\": []}");
    for arguments in [
        &["fixture", "schema"][..],
        &["fixture", "check", text(&good)],
        &["--help"],
        &["--version"],
        &["--listen", "127.0.0.1:0"],
    ] {
        let output = command(arguments)
            .stdout(full())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap()
            .wait_with_output()
            .unwrap();
        assert_ends(&output, 2);
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(
            errors.starts_with("polar-mock: cannot write to standard output: "),
            "{arguments:?}: {errors}"
        );
    }
    // Errors that nobody can read leave their exit code.
    for (arguments, code) in [
        (&["fixture", "check", text(&bad)][..], 1),
        (&["fixture", "check", "/no/such/file.yaml"], 2),
        (&["nonsense"], 2),
    ] {
        let status = command(arguments).stderr(full()).status().unwrap();
        assert_eq!(status.code(), Some(code), "{arguments:?}");
    }
}

#[test]
#[cfg(unix)]
fn idle_clients_do_not_lock_out_a_process_with_few_descriptors() {
    let mut shell = Command::new("sh");
    shell
        .args([
            "-c",
            "ulimit -n 64; exec \"$0\" --listen 127.0.0.1:0 --quiet",
        ])
        .arg(env!("CARGO_BIN_EXE_polar-mock"));
    let served = Served::spawn(shell);
    // A client that is busy is not the one that is closed.
    let mut busy = TcpStream::connect(served.address()).unwrap();
    let mut ask_again = || {
        busy.set_read_timeout(Some(Duration::from_secs(20)))
            .unwrap();
        write!(busy, "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n").unwrap();
        let mut answer = [0; 1024];
        let length = busy.read(&mut answer).unwrap();
        assert!(answer[..length].starts_with(b"HTTP/1.1 200 OK\r\n"));
    };
    let mut idle = Vec::new();
    for _ in 0..100 {
        ask_again();
        idle.push(TcpStream::connect(served.address()).unwrap());
    }
    ask_again();
    assert!(
        served
            .get("/healthz", "")
            .starts_with("HTTP/1.1 200 OK\r\n")
    );
    // Those that came first have been closed.
    idle[0]
        .set_read_timeout(Some(Duration::from_secs(20)))
        .unwrap();
    assert_eq!(idle[0].read(&mut [0; 16]).unwrap_or(0), 0);
}
