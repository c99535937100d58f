//! A run does no harm: not to the organization that it runs in, nor to whoever waits for it.

#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "the helpers of a test are part of it")]

mod common;

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::TcpListener;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::{Duration, Instant};

use polar_conformance::wire::Request;
use polar_mock::RateLimits;

use common::*;

const OTHER: &str = "11111111-1111-4111-8111-111111111111";

fn spawned(command: &mut Command) -> Child {
    let piped = command.stdout(Stdio::piped()).stderr(Stdio::piped());
    piped.spawn().unwrap()
}

/// Runs until a line with these words has been printed.
fn spawned_until(command: &mut Command, words: &str) -> Child {
    let mut child = spawned(command);
    let mut printed = BufReader::new(child.stdout.take().unwrap());
    let mut line = String::new();
    while !line.contains(words) {
        line.clear();
        assert!(
            printed.read_line(&mut line).unwrap() > 0,
            "never said {words}"
        );
    }
    // What follows has to go somewhere.
    thread::spawn(move || std::io::copy(&mut printed, &mut std::io::sink()));
    child
}

/// A server before the mock that never answers requests with these words, and says when one comes.
fn hanging(mock: &str, words: &'static str) -> (String, Receiver<()>) {
    let (comes, come) = channel();
    let url = between(mock, move |request, answer, stream| {
        if request.lines().next().unwrap().contains(words) {
            let _ = comes.send(());
            thread::sleep(Duration::from_secs(60));
        } else {
            let _ = stream.write_all(&answer());
        }
    });
    (url, come)
}

#[test]
fn a_token_never_goes_over_the_network_in_the_clear() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    // Reaches the listener, but does not look like loopback.
    let url = format!("http://0.0.0.0:{}", listener.local_addr().unwrap().port());
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path().to_str().unwrap();
    for arguments in [
        &["run", "--target", &url][..],
        &["clean", "--target", &url],
        &["record", "--target", &url, "--snapshots", folder],
    ] {
        let output = run_with_token(arguments).output().unwrap();
        assert_eq!(code(&output), 2, "{arguments:?}");
        let text = stderr(&output);
        assert!(
            text.contains("POLAR_ACCESS_TOKEN") && text.contains("https://"),
            "{text}"
        );
        assert!(listener.accept().is_err(), "{arguments:?} was sent");
    }
}

#[test]
fn a_redirect_is_not_followed() {
    let elsewhere = TcpListener::bind("127.0.0.1:0").unwrap();
    elsewhere.set_nonblocking(true).unwrap();
    let location = elsewhere.local_addr().unwrap();
    with_target(RateLimits::Off, |mock| {
        let url = between(mock, move |request, answer, stream| {
            let moved = format!(
                "HTTP/1.1 307 Moved\r\nLocation: http://{location}/\r\nContent-Length: 0\r\n\r\n"
            );
            let moves = request.contains(" /v1/");
            let _ = stream.write_all(&if moves { moved.into_bytes() } else { answer() });
        });
        let output = run_with_token(&["run", "--target", &url, "--filter", "^case/read/"])
            .output()
            .unwrap();
        assert_eq!(code(&output), 2, "{}", stdout(&output));
        assert!(elsewhere.accept().is_err(), "it went to {location}");
    });
}

#[test]
fn the_organization_is_compared_before_anything_is_changed() {
    with_target(RateLimits::Off, |url| {
        let body = r#"{"name": "polar-conformance-1a2b3c4d ada", "email": "ada@example.com"}"#;
        let customer = Request::new("POST", "/v1/customers/")
            .header("Authorization", &format!("Bearer {TOKEN}"))
            .json(body);
        assert!(ask(url, &customer).contains("polar-conformance-1a2b3c4d"));
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path().to_str().unwrap();
        for arguments in [
            &[
                "run",
                "--target",
                url,
                "--filter",
                "^case/(validate|lifecycle)",
            ][..],
            &["clean", "--target", url],
            &["record", "--target", url, "--snapshots", folder],
        ] {
            let before = journal(url).len();
            let output = run_with_token(arguments)
                .env("POLAR_ORGANIZATION_ID", OTHER)
                .output()
                .unwrap();
            let text = stdout(&output) + &stderr(&output);
            assert_eq!(code(&output), 2, "{arguments:?}: {text}");
            assert!(text.contains("belongs to the organization"), "{text}");
            // The list of those that the token is for, and no more.
            assert_eq!(
                journal(url)[before..],
                ["GET /v1/organizations/?limit=100"],
                "{arguments:?}"
            );
        }
    });
}

#[test]
fn a_token_of_several_organizations_is_refused() {
    with_target(RateLimits::Off, |mock| {
        let url = between(mock, |request, answer, stream| {
            let body = format!(
                r#"{{"items":[{{"id":"{ORGANIZATION}"}},{{"id":"{OTHER}"}}],"pagination":{{"total_count":2,"max_page":1}}}}"#
            );
            let several = format!(
                "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
                body.len()
            );
            let asks = request.starts_with("GET /v1/organizations/");
            let _ = stream.write_all(&if asks { several.into_bytes() } else { answer() });
        });
        for arguments in [&["run", "--filter", "^case/read/"][..], &["clean"]] {
            let output = run_with_token(&[arguments, &["--target", &url]].concat())
                .output()
                .unwrap();
            let text = stdout(&output) + &stderr(&output);
            assert_eq!(code(&output), 2, "{text}");
            assert!(text.contains("2 organizations"), "{text}");
        }
        assert!(!journal(mock).iter().any(|call| !call.starts_with("GET ")));
    });
}

/// Items that make things in every way there is.
const MAKING: &str = "^case/(lifecycle|read)/";

#[test]
fn clean_recognises_all_that_a_killed_run_made_and_proves_it() {
    with_target(RateLimits::Off, |url| {
        let mut run = run_with_token(&["run", "--target", url, "--filter", MAKING]);
        let mut child = spawned_until(&mut run, "case/read/");
        child.kill().unwrap();
        child.wait().unwrap();
        let left = left_in(url);
        for kind in ["customers", "benefits", "products", "subscriptions"] {
            assert!(
                left.iter().any(|row| row.starts_with(kind)),
                "{kind}: {left:?}"
            );
        }
        let output = run_with_token(&["clean", "--target", url])
            .output()
            .unwrap();
        let text = stdout(&output) + &stderr(&output);
        assert_eq!(code(&output), 0, "{text}");
        assert!(text.contains("listed again: nothing is left"), "{text}");
        assert_eq!(left_in(url), [""; 0], "{text}");
    });
}

#[test]
fn a_subscription_that_was_canceled_in_the_meantime_is_gone() {
    with_target(RateLimits::Off, |mock| {
        let mut run = run_with_token(&["run", "--target", mock, "--filter", MAKING]);
        let mut child = spawned_until(&mut run, "case/read/");
        child.kill().unwrap();
        child.wait().unwrap();
        // Keeps the customers' subscriptions until the suite asks for the second time.
        let url = between(mock, |request, answer, stream| {
            let gone = b"HTTP/1.1 204 No Content\r\n\r\n".to_vec();
            let twice = request.starts_with("DELETE /v1/subscriptions/");
            let keeps = request.starts_with("DELETE /v1/customers/");
            if twice {
                answer();
            }
            let _ = stream.write_all(&if keeps { gone } else { answer() });
        });
        let clean = |url: &str| {
            run_with_token(&["clean", "--target", url])
                .output()
                .unwrap()
        };
        let output = clean(&url);
        let left = stderr(&output) + &stdout(&output);
        assert!(left.contains("still listed"), "{left}");
        assert!(!left.contains("AlreadyCanceledSubscription"), "{left}");
        assert_eq!(code(&clean(mock)), 0);
    });
}

#[test]
fn clean_says_what_is_still_there_when_it_lists_again() {
    with_target(RateLimits::Off, |mock| {
        let mut run = run_with_token(&["run", "--target", mock, "--filter", MAKING]);
        let mut child = spawned_until(&mut run, "case/read/");
        child.kill().unwrap();
        child.wait().unwrap();
        // Says that customers are gone, and keeps them.
        let url = between(mock, |request, answer, stream| {
            let gone = b"HTTP/1.1 204 No Content\r\n\r\n".to_vec();
            let deletes = request.starts_with("DELETE /v1/customers/");
            let _ = stream.write_all(&if deletes { gone } else { answer() });
        });
        let output = run_with_token(&["clean", "--target", &url])
            .output()
            .unwrap();
        let text = stdout(&output) + &stderr(&output);
        assert_eq!(code(&output), 2, "{text}");
        assert!(text.contains("left: customer "), "{text}");
    });
}

#[test]
fn the_world_of_a_running_mock_is_put_back() {
    with_mock(|url| {
        let call = |method: &str, path: &str, body: &str| {
            let request = Request::new(method, path)
                .header("Authorization", &format!("Bearer {TOKEN}"))
                .json(body);
            ask(url, &request)
        };
        let frozen = r#"{"mode":"frozen","now":"2026-06-01T00:00:00Z"}"#;
        call("PUT", "/_mock/clock", frozen);
        call("PUT", "/_mock/settings", r#"{"grant_delay_ms":7}"#);
        let grace = r#"{"email":"grace@example.com","name":"Grace"}"#;
        assert!(call("POST", "/v1/customers/", grace).contains("Grace"));
        let world = || {
            let parts = ["state", "settings", "clock"].map(|part| format!("/_mock/{part}"));
            parts.map(|part| ask(url, &Request::new("GET", &part)))
        };
        let before = world();
        assert!(before[0].contains("Grace"));
        let moves = [
            "run",
            "--target",
            url,
            "--filter",
            "^(case/(read|limit)|states)/",
        ];
        let output = run(&moves);
        assert_eq!(code(&output), 0, "{}", stdout(&output));
        let told = format!("put back the world of {url}\n");
        assert!(stderr(&output).contains(&told), "{}", stderr(&output));
        assert_eq!(world(), before);
        // After an interruption, too.
        let mut command = Command::new(env!("CARGO_BIN_EXE_polar-conformance"));
        command.current_dir(env!("CARGO_TARGET_TMPDIR"));
        let child = spawned_until(command.args(["run", "--target", url]), "ok ");
        interrupt(&child);
        let output = child.wait_with_output().unwrap();
        assert_eq!(code(&output), 2);
        assert!(stderr(&output).contains(&told), "{}", stderr(&output));
        assert_eq!(world(), before);
    });
}

#[test]
fn a_hangup_is_an_interruption() {
    with_real_target(|url| {
        let child = spawned_until(
            &mut run_with_token(&["run", "--target", url, "--filter", "^case/"]),
            "ok ",
        );
        signal(&child, "-HUP");
        let output = child.wait_with_output().unwrap();
        assert_eq!(output.status.code(), Some(2));
        assert!(stderr(&output).contains("removed "), "{}", stderr(&output));
    });
}

#[test]
fn clean_leaves_a_run_alone_that_goes_on_or_may() {
    with_target(RateLimits::Off, |mock| {
        let (url, hangs) = hanging(mock, "/validate");
        let mut child = spawned(&mut run_with_token(&[
            "run",
            "--target",
            &url,
            "--filter",
            "^case/validate/",
        ]));
        hangs.recv().unwrap();
        let before = left_in(mock);
        assert!(!before.is_empty());
        let clean = |more: &[&str], folder: Option<&std::path::Path>| {
            let mut command = run_with_token(&[&["clean", "--target", mock], more].concat());
            // Another machine has another folder for what is temporary.
            command.envs(folder.map(|folder| ("TMPDIR", folder)));
            let output = command.output().unwrap();
            assert_eq!(code(&output), 0, "{}", stderr(&output));
            stdout(&output)
        };
        let text = clean(&[], None);
        assert!(text.contains("things of run polar-conformance-"), "{text}");
        assert!(text.contains("--running"), "{text}");
        assert_eq!(left_in(mock), before);
        child.kill().unwrap();
        child.wait().unwrap();
        // Elsewhere nobody knows that it ended.
        let folder = tempfile::tempdir().unwrap();
        let text = clean(&[], Some(folder.path()));
        assert!(text.contains("may run until "), "{text}");
        assert_eq!(left_in(mock), before);
        clean(&["--running"], Some(folder.path()));
        assert_eq!(left_in(mock), [""; 0]);
    });
}

/// How long something took.
fn timed<T>(what: impl FnOnce() -> T) -> (T, Duration) {
    let started = Instant::now();
    (what(), started.elapsed())
}

#[test]
fn an_interruption_does_not_wait_out_a_429() {
    with_target(RateLimits::Off, |mock| {
        let (refuses, refused) = channel();
        let asked = Arc::new(AtomicUsize::new(0));
        let url = between(mock, move |request, answer, stream| {
            let full = request.contains(" /v1/") && asked.fetch_add(1, Ordering::Relaxed) > 20;
            let busy =
                b"HTTP/1.1 429 Too Many Requests\r\nRetry-After: 140\r\nContent-Length: 0\r\n\r\n";
            let _ = stream.write_all(&if full { busy.to_vec() } else { answer() });
            if full {
                let _ = refuses.send(());
            }
        });
        let child = spawned(&mut run_with_token(&[
            "run", "--target", &url, "--filter", "^case/",
        ]));
        refused.recv().unwrap();
        interrupt(&child);
        let (output, took) = timed(|| child.wait_with_output().unwrap());
        assert_eq!(code(&output), 2);
        assert!(took < Duration::from_secs(15), "{took:?}");
        assert!(
            stdout(&output).contains("interrupted"),
            "{}",
            stdout(&output)
        );
        // It tried, was refused, and says so.
        assert_eq!(refused.try_iter().count(), 1);
        assert!(
            stderr(&output).contains("`polar-conformance clean`"),
            "{}",
            stderr(&output)
        );
    });
}

#[test]
fn a_second_interruption_means_now() {
    for hangs_at in ["/validate", "DELETE "] {
        with_target(RateLimits::Off, |mock| {
            let (url, hangs) = hanging(mock, hangs_at);
            let filter = if hangs_at == "DELETE " {
                "^case/read/"
            } else {
                "^case/validate/"
            };
            let child = spawned(&mut run_with_token(&[
                "run", "--target", &url, "--filter", filter,
            ]));
            hangs.recv().unwrap();
            interrupt(&child);
            thread::sleep(Duration::from_millis(300));
            interrupt(&child);
            let (output, took) = timed(|| child.wait_with_output().unwrap());
            assert_eq!(
                output.status.code(),
                Some(if hangs_at == "DELETE " { 0 } else { 2 })
            );
            assert!(took < Duration::from_secs(4), "{hangs_at}: {took:?}");
            assert!(
                stderr(&output).contains("`polar-conformance clean`"),
                "{}",
                stderr(&output)
            );
        });
    }
}

#[test]
fn a_run_ends_when_its_time_is_over() {
    with_real_target(|url| {
        let arguments = [
            "run",
            "--target",
            url,
            "--filter",
            "^case/",
            "--max-time",
            "1s",
        ];
        let (output, took) = timed(|| run_with_token(&arguments).output().unwrap());
        assert_eq!(code(&output), 2);
        assert!(took < Duration::from_secs(20), "{took:?}");
        assert!(
            stdout(&output).contains("--max-time 1s has passed"),
            "{}",
            stdout(&output)
        );
        assert!(stderr(&output).contains("removed "), "{}", stderr(&output));
    });
}

#[test]
fn an_answer_without_an_end_is_a_failure_and_what_was_made_is_removed() {
    with_real_target(|mock| {
        let url = between(mock, |request, answer, stream| {
            if !request.contains("/validate") {
                let _ = stream.write_all(&answer());
                return;
            }
            let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n");
            while stream.write_all(&[b' '; 1 << 16]).is_ok() {}
        });
        let output = run_with_token(&[
            "run",
            "--target",
            &url,
            "--filter",
            "^case/validate/granted",
        ])
        .output()
        .unwrap();
        assert_eq!(code(&output), 1, "{}{}", stdout(&output), stderr(&output));
        assert!(
            stdout(&output).contains("longer than 32 MB"),
            "{}",
            stdout(&output)
        );
        assert!(stderr(&output).contains("removed "), "{}", stderr(&output));
    });
}

#[test]
fn what_is_removed_is_counted() {
    with_real_target(|url| {
        let folder = tempfile::tempdir().unwrap();
        let output = run_with_token(&["run", "--target", url, "--filter", "^case/read/"])
            .arg("--report-dir")
            .arg(folder.path())
            .output()
            .unwrap();
        assert_eq!(code(&output), 0, "{}", stdout(&output));
        let report: serde_json::Value =
            serde_json::from_str(&read(&folder.path().join("report.json"))).unwrap();
        let sent = journal(url);
        let removing =
            |call: &&String| call.starts_with("DELETE ") || call.starts_with("PATCH /v1/products/");
        let removed = sent.iter().filter(removing).count();
        assert!(removed >= 4, "{sent:?}");
        assert_eq!(report["tidied"]["removed"], removed);
        assert_eq!(report["requests"], sent.len());
    });
}

#[test]
fn a_server_s_escapes_stay_text() {
    let answer = "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\n\u{1b}]0;owned\u{7}\u{9b}2J";
    let url = serve(answer);
    let output = run(&["run", "--target", &url]);
    assert_eq!(code(&output), 2);
    let text = stderr(&output);
    assert!(text.contains(r"\u{1b}]0;owned\u{7}\u{9b}2J"), "{text}");
}

fn missing(arguments: &[&str], says: &str) {
    for command in ["run", "list"] {
        if command == "list" && arguments[0] == "--seeds" {
            continue;
        }
        let output = run(&[
            &[command, "--filter", "^states/expired|^snapshot/"],
            arguments,
        ]
        .concat());
        assert_eq!(
            code(&output),
            2,
            "{command} {arguments:?}: {}",
            stdout(&output)
        );
        let text = stderr(&output);
        assert!(text.contains(arguments[1]) && text.contains(says), "{text}");
        assert_eq!(stdout(&output), "");
    }
}

#[test]
fn input_that_is_missing_is_exit_2() {
    let empty = tempfile::tempdir().unwrap();
    let empty = empty.path().to_str().unwrap();
    missing(&["--snapshots", "/nope"], "is not a folder");
    missing(&["--snapshots", empty], "no snapshot");
    missing(&["--recordings", "/nope"], "cannot read");
    missing(&["--recordings", empty], "no recording");
    missing(&["--seeds", "/nope"], "is not a folder");
}

#[test]
fn a_folder_for_reports_is_tried_first_and_told_afterwards() {
    let output = run(&[
        "run",
        "--filter",
        "^case/read/",
        "--report-dir",
        "/proc/nope",
    ]);
    assert_eq!(code(&output), 2);
    assert!(
        stderr(&output).contains("/proc/nope"),
        "{}",
        stderr(&output)
    );
    assert_eq!(stdout(&output), "");
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path().join("new");
    let path = folder.to_str().unwrap();
    let output = run(&["run", "--filter", "^case/read/", "--report-dir", path]);
    assert_eq!(code(&output), 0);
    let page = folder.join("index.html");
    assert!(
        stdout(&output).contains(page.to_str().unwrap()),
        "{}",
        stdout(&output)
    );
    assert_eq!(std::fs::read_dir(&folder).unwrap().count(), 3);
}

#[test]
fn a_full_disk_leaves_the_report_that_there_was() {
    let folder = tempfile::tempdir().unwrap();
    let report = folder.path().join("report.json");
    std::fs::write(&report, "before").unwrap();
    // No file may be longer than this many blocks.
    let script = "trap '' XFSZ; ulimit -f 4; exec \"$@\"";
    let output = Command::new("sh")
        .args(["-c", script, "sh", env!("CARGO_BIN_EXE_polar-conformance")])
        .args(["run", "--filter", "^case/read/", "--report-dir"])
        .arg(folder.path())
        .output()
        .unwrap();
    assert_eq!(code(&output), 2, "{}", stdout(&output));
    assert!(
        stderr(&output).contains("report.json"),
        "{}",
        stderr(&output)
    );
    assert_eq!(read(&report), "before");
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
}
