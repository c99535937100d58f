//! The seeds of the fuzz targets (`fuzz/`), every input that once broke something among them, sent to a server.

use std::path::Path;

use percent_encoding::{AsciiSet, CONTROLS, percent_encode};
use polar_mock::MockServer;

use super::contract::operations;
use super::judged::judge;
use super::stage::Stage;
use crate::wire::exchange;
use crate::world::{OAT, state};

/// What cannot stand in the first line of a request.
const NOT_IN_A_LINE: &AsciiSet = &CONTROLS.add(b' ').add(b'#');

fn seeds(target: &str) -> Vec<(String, Vec<u8>)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("fuzz/seeds")
        .join(target);
    let files = std::fs::read_dir(folder).expect("the seeds are there");
    let seeds: Vec<_> = files
        .map(|file| {
            let file = file.unwrap();
            let name = file.file_name().to_string_lossy().into_owned();
            (name, std::fs::read(file.path()).unwrap())
        })
        .collect();
    assert!(seeds.len() > 20, "{}", seeds.len());
    seeds
}

#[tokio::test]
async fn whatever_bytes_a_connection_carries_it_answers_http() {
    let server = MockServer::start().await.unwrap();
    for (name, bytes) in seeds("edge") {
        let answer = exchange(&server, &bytes).await;
        assert!(
            answer.is_empty() || answer.starts_with("HTTP/1."),
            "{name}: {answer}"
        );
    }
    assert_eq!(
        state(&server).await["organizations"][0]["access_tokens"][0]["token"],
        OAT
    );
}

#[test]
fn whatever_an_operation_is_sent_it_answers_in_the_dialect() {
    let stage = Stage::new();
    let operations = operations();
    for (name, bytes) in seeds("decoder") {
        // As fuzz_targets/decoder.rs reads them.
        let (&chosen, rest) = bytes.split_first().expect("an operation");
        let operation = &operations[usize::from(chosen) % operations.len()];
        let mut parts = rest.splitn(2, |&byte| byte == b'\n');
        let (line, body) = (
            parts.next().unwrap_or_default(),
            parts.next().unwrap_or_default(),
        );
        let line = percent_encode(line, NOT_IN_A_LINE).to_string();
        let (id, query) = line.split_once('?').unwrap_or((&line, ""));
        let id = id.replace('/', "%2F");
        let path = stage.path(operation, (!id.is_empty()).then_some(&id));
        let ask = stage.call(operation, &format!("{path}?{query}")).json(body);
        let answer = stage.answer(&ask);
        let body = serde_json::from_slice(body).ok();
        judge(operation, body.as_ref(), true, &answer)
            .unwrap_or_else(|error| panic!("{name}: {error}"));
    }
}
