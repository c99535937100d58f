//! The binary as somebody runs it: exit codes and what is printed.

#![expect(clippy::unwrap_used, reason = "the helpers of a test are part of it")]

mod common;

use std::collections::BTreeSet;
use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::path::Path;
use std::process::Command;
use std::thread;

use polar_conformance::session::Target;
use polar_mock::MockServer;

use common::*;

#[test]
fn a_target_without_control_gets_its_keys_through_the_public_api_and_loses_them_again() {
    with_real_target(|url| {
        let folder = tempfile::tempdir().unwrap();
        let report = folder.path().to_str().unwrap();
        let arguments = [
            "run",
            "--target",
            url,
            "--filter",
            "^case/(validate|conditions|read|session|auth)|^states/",
            "--report-dir",
            report,
        ];
        let output = run_with_token(&arguments).output().unwrap();
        let text = stdout(&output) + &stderr(&output);
        assert_eq!(code(&output), 0, "{text}");
        assert!(text.contains("ok   case/validate/granted/portal"), "{text}");
        assert!(text.contains("no /_mock/state"), "{text}");
        assert!(text.contains("removed "), "{text}");
        let mut everything = text;
        for file in std::fs::read_dir(folder.path()).unwrap() {
            everything += &read(&file.unwrap().path());
        }
        assert!(!everything.contains(TOKEN));
    });
}

/// Both APIs, every kind of token, and a key in most requests.
const WIDE: &str = "^(case/(activate|auth|read|rotate|session)|property)/";

/// With the random sequences, a whole run stays below 1,500 requests: a quarter of an hour under the sandbox's limits.
#[test]
fn items_share_keys_instead_of_asking_for_new_ones() {
    with_real_target(|url| {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path();
        let arguments = [
            "run",
            "--target",
            url,
            "--filter",
            "^(case|snapshot)/",
            "--report-dir",
        ];
        let output = run_with_token(&[&arguments[..], &[folder.to_str().unwrap()]].concat())
            .output()
            .unwrap();
        assert_eq!(code(&output), 0, "{}", stdout(&output));
        let report: serde_json::Value =
            serde_json::from_str(&read(&folder.join("report.json"))).unwrap();
        let requests = report["requests"].as_u64().unwrap();
        assert!(requests < 1_100, "{requests}");
    });
}

#[test]
fn failures_on_a_real_target_show_no_token_and_no_key() {
    with_real_target(|url| {
        // What keeps the suite at work, and makes it print a lot.
        let proxy = corrupting(url, |answer| {
            let text = String::from_utf8(answer).unwrap();
            text.replace("\"validations\":", "\"validationz\":")
                .replace("\"ResourceNotFound\"", "\"ResourceNotFoumd\"")
                .replace("invalid_token", "invalid_tokem")
                .into_bytes()
        });
        let folder = tempfile::tempdir().unwrap();
        let output = run_with_token(&["run", "--target", &proxy, "--filter", WIDE])
            .args(["--cases", "2", "--report-dir"])
            .arg(folder.path())
            .output()
            .unwrap();
        let mut everything = stdout(&output) + &stderr(&output);
        assert_eq!(code(&output), 1, "{everything}");
        for part in [
            "$POLAR_ACCESS_TOKEN",
            "$POLAR_CUSTOMER_TOKEN",
            r#""key":"CASE-***""#,
        ] {
            assert!(everything.contains(part), "{part} is not in\n{everything}");
        }
        for file in std::fs::read_dir(folder.path()).unwrap() {
            everything += &read(&file.unwrap().path());
        }
        let secret = regex::Regex::new(
            "polar_(oat|pat|cst|mst)_[A-Za-z0-9]+|[0-9A-F]{8}-[0-9A-F]{4}-4[0-9A-F]{3}-[89AB][0-9A-F]{3}-[0-9A-F]{12}",
        )
        .unwrap();
        let found: Vec<_> = secret
            .find_iter(&everything)
            .map(|hit| hit.as_str())
            .collect();
        assert!(found.is_empty(), "{found:?}");
    });
}

#[test]
fn an_interruption_leaves_nothing_behind() {
    with_real_target(|url| {
        let mut child = run_with_token(&["run", "--target", url, "--filter", "^case/"])
            .stdout(std::process::Stdio::piped())
            .stderr(std::process::Stdio::piped())
            .spawn()
            .unwrap();
        // The first lines say that things have been made.
        let mut first = [0; 64];
        child
            .stdout
            .as_mut()
            .unwrap()
            .read_exact(&mut first)
            .unwrap();
        interrupt(&child);
        let output = child.wait_with_output().unwrap();
        assert_eq!(code(&output), 2);
        assert!(stderr(&output).contains("removed "), "{}", stderr(&output));
    });
}

#[test]
fn clean_removes_what_a_killed_run_left() {
    with_real_target(|url| {
        let mut child = run_with_token(&["run", "--target", url, "--filter", "^case/"])
            .stdout(std::process::Stdio::piped())
            .spawn()
            .unwrap();
        let mut first = [0; 64];
        child
            .stdout
            .as_mut()
            .unwrap()
            .read_exact(&mut first)
            .unwrap();
        child.kill().unwrap();
        child.wait().unwrap();
        let output = run_with_token(&["clean", "--target", url])
            .output()
            .unwrap();
        assert_eq!(code(&output), 0, "{}", stderr(&output));
        let text = stdout(&output);
        assert!(
            text.contains("removed ") && !text.contains("removed 0"),
            "{text}"
        );
        let again = run_with_token(&["clean", "--target", url])
            .output()
            .unwrap();
        assert!(stdout(&again).contains("removed 0"), "{}", stdout(&again));
    });
}

#[test]
fn the_wrong_organization_is_noticed_before_anything_is_changed() {
    with_real_target(|url| {
        let output = run_with_token(&["run", "--target", url, "--filter", "^case/validate"])
            .env(
                "POLAR_ORGANIZATION_ID",
                "11111111-1111-4111-8111-111111111111",
            )
            .output()
            .unwrap();
        assert_eq!(code(&output), 2, "{}", stdout(&output));
        let text = stdout(&output) + &stderr(&output);
        assert!(text.contains("belongs to the organization"), "{text}");
    });
}

#[test]
fn a_budget_is_kept_under_the_sandbox_s_limits_without_a_429() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let limits = polar_mock::RateLimits::Sandbox;
    let mock = runtime
        .block_on(MockServer::builder().rate_limits(limits).start())
        .unwrap();
    let filter = "^case/(activate|validate|usage)/";
    let output = run(&[
        "run",
        "--target",
        mock.url(),
        "--filter",
        filter,
        "--max-requests",
        "14",
    ]);
    let text = stdout(&output);
    assert_eq!(code(&output), 0, "{text}");
    assert!(text.contains("14 of 14 requests sent"), "{text}");
    let server = match Target::parse(mock.url(), false).unwrap() {
        Target::Url(server) => server,
        Target::Mock => panic!("a URL is a URL"),
    };
    let journal = polar_conformance::wire::Request::new("GET", "/_mock/requests");
    let journal = runtime.block_on(server.send(&journal)).unwrap().text();
    let journal: serde_json::Value = serde_json::from_str(&journal).unwrap();
    let statuses: Vec<_> = journal["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|request| request["status"].as_u64().unwrap())
        .collect();
    assert_eq!(statuses.len(), 14);
    assert!(!statuses.contains(&429), "{statuses:?}");
}

#[test]
fn a_budget_is_kept_where_the_limits_cannot_be_asked_without_a_429() {
    with_limited_target(polar_mock::RateLimits::Sandbox, |url| {
        // Portal requests, which are three a second.
        let filter = "^case/(activate|validate|usage)/.*/portal$";
        let arguments = [
            "run",
            "--target",
            url,
            "--filter",
            filter,
            "--max-requests",
            "24",
        ];
        let output = run_with_token(&arguments).output().unwrap();
        let text = stdout(&output);
        assert_eq!(code(&output), 0, "{text}");
        assert!(text.contains("24 of 24 requests sent"), "{text}");
        assert!(!text.contains("429"), "{text}");
    });
}

#[test]
fn a_target_that_conforms_is_exit_0_and_says_so_on_a_line_of_its_own() {
    let output = run(&["run", "--filter", "^states/"]);
    assert_eq!(code(&output), 0, "{}", stdout(&output));
    let text = stdout(&output);
    assert_eq!(text.lines().last(), Some("35 passed, 0 failed"));
    assert!(
        text.contains("\nstates") && !text.contains('\u{1b}'),
        "no colours in a pipe: {text}"
    );
}

#[test]
fn a_target_at_a_url_is_run_against_too() {
    with_mock(|url| {
        let output = run(&[
            "run",
            "--target",
            url,
            "--strict",
            "--filter",
            "^(deactivate|rotate|case/rotate)/",
        ]);
        assert_eq!(code(&output), 0, "{}", stdout(&output));
        assert!(stdout(&output).contains("ok   case/rotate/granted/core 3/3"));
    });
}

#[test]
fn a_corrupted_answer_is_exit_1_with_path_expected_got_and_curl() {
    with_mock(|url| {
        let proxy = corrupting(url, |answer| {
            let text = String::from_utf8(answer).unwrap();
            text.replace("License key has expired.", "License key has lapsed..")
                .into_bytes()
        });
        let folder = tempfile::tempdir().unwrap();
        let report = folder.path().join("deep/report");
        let output = run(&[
            "run",
            "--target",
            &proxy,
            "--filter",
            "expired",
            "--report-dir",
            report.to_str().unwrap(),
        ]);
        assert_eq!(code(&output), 1, "{}{}", stdout(&output), stderr(&output));
        let text = stdout(&output);
        for part in [
            "FAIL states/expired :: ",
            "$.detail: differs",
            "expected License key has expired.",
            "got      License key has lapsed..",
            "curl -i --path-as-is",
        ] {
            assert!(text.contains(part), "{part} is not in\n{text}");
        }
        let page = read(&report.join("index.html"));
        assert!(page.contains(" item differs</h1>") || page.contains(" items differ</h1>"));
        assert!(page.contains("<ins>lapsed..</ins>"));
        let files = read(&report.join("report.json")) + &read(&report.join("junit.xml")) + &page;
        assert!(files.contains("License key has lapsed..") && files.contains("<failure"));
        assert!(files.contains("$POLAR_ACCESS_TOKEN"));
        for secret in ["polar_oat_golden", "polar_oat_conformance"] {
            assert!(!text.contains(secret) && !files.contains(secret));
        }
    });
}

#[test]
fn a_property_that_fails_shows_its_shortest_sequence() {
    with_mock(|url| {
        let folder = tempfile::tempdir().unwrap();
        // Forgets that a slot is taken.
        let proxy = corrupting(url, |answer| {
            let text = String::from_utf8(answer).unwrap();
            text.replace("HTTP/1.1 403 Forbidden", "HTTP/1.1 200 OK")
                .into_bytes()
        });
        let output = run(&[
            "run",
            "--target",
            &proxy,
            "--filter",
            "slots/any",
            "--seed",
            "7",
            "--seeds",
            folder.path().to_str().unwrap(),
        ]);
        assert_eq!(code(&output), 1, "{}", stdout(&output));
        let text = stdout(&output);
        assert!(
            text.contains("the shortest failing one: 2 commands on 1 key"),
            "{text}"
        );
        // The violations of the contract come first.
        let (_, own) = text.split_once(":: 48 inputs from seed 7").unwrap();
        assert_eq!(
            own.lines()
                .filter(|line| line.contains("/v1/") && line.contains("curl -"))
                .count(),
            2,
            "{text}"
        );
        assert!(
            own.contains(&format!("repeat(\"{proxy}\", &start, &commands)")),
            "{text}"
        );
        assert!(text.contains("\nseed 7\n"), "{text}");
        // The seed is kept, and tried first: one input is enough now, wherever the others start from.
        let kept = read(&folder.path().join("slots-any-sequence.txt"));
        assert_eq!(
            kept.lines().filter(|line| line.starts_with("cc ")).count(),
            1
        );
        let again = [
            "run",
            "--target",
            &proxy,
            "--filter",
            "slots/any",
            "--cases",
            "1",
            "--seeds",
            folder.path().to_str().unwrap(),
        ];
        for seed in ["1", "2", "3"] {
            let output = run(&[&again[..], &["--seed", seed]].concat());
            assert_eq!(code(&output), 1, "{}", stdout(&output));
        }
    });
}

#[test]
fn a_target_that_is_down_is_exit_2() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let output = run(&["run", "--target", &url]);
    assert_eq!(code(&output), 2);
    assert!(
        stderr(&output).contains("does not answer"),
        "{}",
        stderr(&output)
    );
    assert!(!stdout(&output).contains("passed"));
}

#[test]
fn a_server_that_answers_html_is_exit_2() {
    for status in ["200 OK", "404 Not Found", "502 Bad Gateway"] {
        let answer = format!(
            "HTTP/1.1 {status}\r\nContent-Type: text/html\r\nConnection: close\r\n\r\n<html><h1>Welcome</h1></html>"
        );
        let output = run(&["run", "--target", &serve(answer.leak())]);
        assert_eq!(code(&output), 2);
        assert!(
            stderr(&output).contains("text/html") && stderr(&output).contains("Welcome"),
            "{}",
            stderr(&output)
        );
        assert!(!stdout(&output).contains("passed"));
    }
}

#[test]
fn a_server_that_speaks_another_protocol_or_nothing_is_exit_2() {
    for answer in [
        "SSH-2.0-OpenSSH_9.9\r\n",
        "",
        "HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{",
    ] {
        let output = run(&["run", "--target", &serve(answer)]);
        assert_eq!(code(&output), 2, "{answer:?}");
        assert!(
            stderr(&output).contains("does not answer"),
            "{}",
            stderr(&output)
        );
    }
}

#[test]
fn an_api_without_control_needs_credentials() {
    let answer = "HTTP/1.1 404 Not Found\r\nContent-Type: application/json\r\nContent-Length: 22\r\n\r\n{\"detail\":\"Not Found\"}";
    let url = serve(answer);
    let output = run(&["run", "--target", &url, "--filter", "^states/"]);
    assert_eq!(code(&output), 2);
    assert!(
        stderr(&output).contains("POLAR_ACCESS_TOKEN"),
        "{}",
        stderr(&output)
    );
    // With credentials, but nothing that can run without a world that is set.
    let output = run_with_token(&["run", "--target", &url, "--filter", "^states/"])
        .output()
        .unwrap();
    assert_eq!(code(&output), 2);
    assert_eq!(
        stdout(&output).lines().last(),
        Some("0 passed, 0 failed, 7 skipped")
    );
    assert!(
        stdout(&output).contains("/_mock/state"),
        "{}",
        stdout(&output)
    );
}

#[test]
fn a_filter_without_a_match_is_exit_2() {
    let output = run(&["run", "--filter", "^no such thing$"]);
    assert_eq!(code(&output), 2);
    assert!(stderr(&output).contains("no item matches"));
    assert_eq!(code(&run(&["run", "--filter", "("])), 2);
    assert_eq!(code(&run(&["run", "--recordings", "/no/such/folder"])), 2);
}

#[test]
fn production_is_refused() {
    let output = run(&["run", "--target", "https://api.polar.sh"]);
    assert_eq!(code(&output), 2);
    assert!(
        stderr(&output).contains("--allow-production"),
        "{}",
        stderr(&output)
    );
}

#[test]
fn list_prints_one_item_a_line() {
    let output = run(&[
        "list",
        "--filter",
        "^states/expired$|^case/validate/revoked",
    ]);
    assert_eq!(code(&output), 0);
    let text = stdout(&output);
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines.len(), 3, "{text}");
    assert!(
        lines[1].starts_with("case/validate/revoked/core\t")
            && lines[1].ends_with("(docs/behaviour.md#validate)"),
        "{text}"
    );
}

#[test]
fn every_section_that_list_names_exists() {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/behaviour.md");
    let page = std::fs::read_to_string(page).unwrap();
    let headings = page.lines().filter_map(|line| line.strip_prefix("##"));
    let anchor = |heading: &str| {
        heading
            .trim_matches(['#', ' '])
            .to_lowercase()
            .replace(' ', "-")
    };
    let anchors: BTreeSet<String> = headings.map(anchor).collect();
    for line in stdout(&run(&["list", "--filter", "^(case|property)/"])).lines() {
        let cited: Vec<&str> = line
            .split("docs/behaviour.md#")
            .skip(1)
            .filter_map(|rest| rest.split([',', ';', ')']).next())
            .collect();
        assert!(!cited.is_empty(), "{line}");
        for cited in cited {
            assert!(anchors.contains(cited), "no section #{cited}: {line}");
        }
    }
}

#[cfg(unix)]
#[test]
fn an_interruption_reports_what_has_run_and_is_exit_2() {
    // Health is answered, everything else never.
    let (asked, waiting) = std::sync::mpsc::channel();
    let url = serve_with(move |mut stream| {
        let mut request = [0; 4096];
        let count = stream.read(&mut request).unwrap_or(0);
        if request[..count].starts_with(b"GET /_mock/") {
            let _ = stream
                .write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 15\r\n\r\n{\"status\":\"ok\"}");
        } else {
            let _ = asked.send(());
            thread::sleep(std::time::Duration::from_secs(60));
        }
    });
    let child = Command::new(env!("CARGO_BIN_EXE_polar-conformance"))
        .args(["run", "--target", &url, "--filter", "^states/"])
        .stdout(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    waiting.recv().unwrap();
    interrupt(&child);
    let output = child.wait_with_output().unwrap();
    assert_eq!(code(&output), 2);
    assert!(
        stdout(&output).contains("stopped after 0 items: interrupted"),
        "{}",
        stdout(&output)
    );
}

#[test]
fn record_takes_snapshots_that_a_run_then_passes() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().to_str().unwrap();
    let record = |more: &[&str]| {
        let output = run(&[&["record", "--snapshots", path], more].concat());
        assert_eq!(code(&output), 0, "{}", stderr(&output));
        stdout(&output)
    };
    assert!(record(&[]).contains("new  license_keys.validate\n"));
    let kept = folder.path().join("license_keys.validate.snap");
    let text = read(&kept);
    for part in [
        "  target: mock\n",
        "  date: 20",
        "  api_version: 2026-04\n",
        "  document: ",
    ] {
        assert!(text.contains(part), "{part} is not in\n{text}");
    }
    let compare = || {
        run(&[
            "run",
            "--snapshots",
            path,
            "--filter",
            "^snapshot/",
            "--strict",
        ])
    };
    assert_eq!(code(&compare()), 0, "{}", stdout(&compare()));
    // Only what is old is taken again, and only its metadata changes.
    assert!(record(&["--older-than", "14d"]).contains("0 of 15 snapshots were due"));
    let day = text
        .lines()
        .find(|line| line.starts_with("  date: "))
        .unwrap();
    std::fs::write(&kept, text.replace(day, "  date: 2026-01-01")).unwrap();
    let due = record(&["--older-than", "14d"]);
    assert!(due.contains("same license_keys.validate\n1 of 15"), "{due}");
    assert_eq!(read(&kept), text);
    // A difference is found.
    std::fs::write(&kept, text.replace("\"usage\": 2", "\"usage\": 3")).unwrap();
    let output = compare();
    assert_eq!(code(&output), 1);
    assert!(
        stdout(&output).contains("     $.usage: differs"),
        "{}",
        stdout(&output)
    );
    assert_eq!(code(&run(&["record", "--snapshots", "/no/such/folder"])), 2);
}

#[test]
fn what_no_case_checks_still_breaks_the_contract() {
    with_mock(|url| {
        let proxy = corrupting(url, |answer| {
            let text = String::from_utf8(answer).unwrap();
            text.replace("private, no-store", "public, forever!!")
                .into_bytes()
        });
        let output = run(&["run", "--target", &proxy, "--filter", "^case/read/"]);
        assert_eq!(code(&output), 1, "{}", stdout(&output));
        let text = stdout(&output);
        for part in [
            ":: (contract) license_keys:",
            "header cache-control: breaks the contract (document and overlay)",
            "got      public, forever!!",
        ] {
            assert!(text.contains(part), "{part} is not in\n{text}");
        }
    });
}

/// Polar shows the activations of a key in no order (docs/behaviour.md#without-order).
#[test]
fn the_order_of_activations_does_not_matter() {
    with_mock(|url| {
        let proxy = corrupting(url, |answer| {
            let text = String::from_utf8(answer).unwrap();
            let Some((head, body)) = text.split_once("\r\n\r\n") else {
                return text.into_bytes();
            };
            let Ok(mut body) = serde_json::from_str::<serde_json::Value>(body) else {
                return text.into_bytes();
            };
            if let Some(activations) = body["activations"].as_array_mut() {
                activations.reverse();
                return format!("{head}\r\n\r\n{body}").into_bytes();
            }
            text.into_bytes()
        });
        let filter = "any-sequence|order-of-activations|live-activations|^snapshot/";
        let output = run(&["run", "--target", &proxy, "--filter", filter, "--seed", "7"]);
        assert_eq!(code(&output), 0, "{}", stdout(&output));
    });
}

#[test]
fn an_older_server_is_reported_as_older() {
    with_mock(|url| {
        let proxy = corrupting(url, |answer| {
            let text = String::from_utf8(answer).unwrap();
            // The state of the mock is saved and put back: no answer of the API.
            if text.contains("\"access_tokens\"") {
                return text.into_bytes();
            }
            text.replace("\"member_id\"", "\"nobody_id\"").into_bytes()
        });
        let output = run(&["run", "--target", &proxy, "--filter", "^case/version/"]);
        let text = stdout(&output);
        assert_eq!(code(&output), 0, "{text}");
        assert!(
            text.contains("skipped 2: the target is an older server"),
            "{text}"
        );
    });
}
