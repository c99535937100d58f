//! The flags of the command that say who may use the server and where it may reach.

use serde_json::Value;

use crate::command_line::{Served, assert_ends, command, file, run, text};
use crate::world::one_key;

fn control(served: &Served, path: &str, headers: &str) -> (u16, Value) {
    let answer = served.get(path, headers);
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    (status, serde_json::from_str(body).unwrap())
}

#[test]
fn a_control_token_that_nobody_could_send_is_refused() {
    for bad in ["", " ", "geheim "] {
        let flag = run(&["--listen", "127.0.0.1:0", "--control-token", bad]);
        let variable = command(&["--listen", "127.0.0.1:0"])
            .env("POLAR_MOCK_CONTROL_TOKEN", bad)
            .output()
            .unwrap();
        for output in [flag, variable] {
            assert_ends(&output, 2);
            let errors = String::from_utf8_lossy(&output.stderr);
            assert!(
                errors.contains("--control-token") && errors.contains("POLAR_MOCK_CONTROL_TOKEN"),
                "{errors}"
            );
            assert!(output.stdout.is_empty());
        }
    }
}

#[test]
fn flags_that_make_no_sense_are_explained() {
    for (flag, bad) in [
        ("--webhooks", "http://example.com"),
        ("--webhooks", "on"),
        ("--allow-host", "http://mock.test/"),
    ] {
        let output = run(&["--listen", "127.0.0.1:0", flag, bad]);
        assert_ends(&output, 2);
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(errors.contains(flag) && errors.contains(bad), "{errors}");
    }
}

#[test]
fn allowed_hosts_and_webhooks_are_taken() {
    let served = Served::start(&[
        "--listen",
        "127.0.0.1:0",
        "--quiet",
        "--allow-host",
        "x",
        "--allow-host",
        "mock.test",
        "--webhooks",
        "http://localhost:3000/webhooks",
    ]);
    // The test's client calls its host `x`.
    assert_eq!(control(&served, "/_mock/clock", "").0, 200);
    let strict = Served::start(&["--listen", "127.0.0.1:0", "--quiet", "--webhooks", "off"]);
    let (status, refused) = control(&strict, "/_mock/clock", "");
    assert_eq!(status, 403);
    let detail = refused["detail"].as_str().unwrap();
    assert!(detail.contains("--allow-host x"), "{detail}");
}

/// Starts a server that other machines can reach; returns it and what it prints before it is stopped.
fn open_to_all(arguments: &[&str]) -> (Served, String) {
    let arguments = [
        &["--listen", "0.0.0.0:0", "--control-token", "secret"],
        arguments,
    ]
    .concat();
    let mut served = Served::start(&arguments);
    let shown = served.shown_until("license key");
    (served, shown)
}

#[test]
fn beyond_loopback_the_well_known_tokens_do_not_work_and_printed_ones_do() {
    let (first, shown) = open_to_all(&[]);
    let (_second, other) = open_to_all(&[]);
    let token = |shown: &str, label: &str| {
        let line = shown.lines().find(|line| line.contains(label)).unwrap();
        line.split_whitespace().next_back().unwrap().to_owned()
    };
    let (access, portal) = (token(&shown, "access token"), token(&shown, "portal token"));
    assert!(access.starts_with("polar_oat_") && portal.starts_with("polar_mst_"));
    assert_ne!(access, token(&other, "access token"));
    assert_ne!(portal, token(&other, "portal token"));
    let listed = |path: &str, token: &str| {
        control(&first, path, &format!("Authorization: Bearer {token}\r\n")).0
    };
    let mine =
        "/v1/customer-portal/license-keys/?organization_id=fda84e25-7b55-4d67-916d-60ead04ff61f";
    for (path, token, status) in [
        ("/v1/license-keys/", access.as_str(), 200),
        ("/v1/license-keys/", "polar_oat_mock", 401),
        (mine, &portal, 200),
        (mine, "polar_mst_mock", 401),
        // Other machines come by names of their own.
        ("/v1/webhooks/endpoints", &access, 200),
        ("/_mock/clock", "secret", 200),
        ("/_mock/clock", &access, 401),
    ] {
        assert_eq!(listed(path, token), status, "{path}");
    }
}

#[test]
fn a_fixture_keeps_its_own_tokens() {
    let (_folder, path) = file("world.json", &one_key(serde_json::json!({})).to_string());
    let (served, shown) = open_to_all(&["--fixture", text(&path)]);
    assert!(shown.contains("polar_oat_mock"), "{shown}");
    let header = "Authorization: Bearer polar_oat_mock\r\n";
    assert_eq!(control(&served, "/v1/license-keys/", header).0, 200);
}

#[test]
fn help_tells_the_flags() {
    let help = run(&["--help"]);
    let help = String::from_utf8_lossy(&help.stdout);
    for flag in [
        "--allow-host <NAME>",
        "--webhooks <off|URL>",
        "--control-token <TOKEN>",
        "POLAR_MOCK_CONTROL_TOKEN",
    ] {
        assert!(help.contains(flag), "{flag} is not in:\n{help}");
    }
}
