//! Limits hold under any interleaving (POLAR.md 19).

use std::collections::BTreeSet;

use polar_mock::MockServer;
use serde_json::json;

use crate::wire::{Answer, Ask, Connection};
use crate::world::{
    PORTAL_DEACTIVATE, activate, portal_call, server_with_key, stored_key, validate,
};

/// Sends the same request on as many connections at once.
async fn at_once(server: &MockServer, count: usize, ask: &Ask) -> Vec<Answer> {
    let mut connections = Vec::new();
    for _ in 0..count {
        connections.push(Connection::open(server).await);
    }
    let barrier = std::sync::Arc::new(tokio::sync::Barrier::new(count));
    let tasks: Vec<_> = connections
        .into_iter()
        .map(|mut connection| {
            let (ask, barrier) = (ask.clone(), barrier.clone());
            tokio::spawn(async move {
                barrier.wait().await;
                connection.ask(&ask).await
            })
        })
        .collect();
    let mut answers = Vec::new();
    for task in tasks {
        answers.push(task.await.unwrap());
    }
    answers
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_twenty_activations_on_a_limit_of_three_exactly_three_succeed() {
    let server = server_with_key(json!({"limit_activations": 3})).await;
    let answers = at_once(&server, 20, &activate(json!({"label": "x"}))).await;
    let (taken, refused): (Vec<_>, Vec<_>) =
        answers.iter().partition(|answer| answer.status == 200);
    assert_eq!(taken.len(), 3);
    for answer in refused {
        answer.refused(
            403,
            "NotPermitted",
            "License key activation limit already reached",
        );
    }
    let ids: BTreeSet<String> = taken
        .iter()
        .map(|answer| answer.json()["id"].to_string())
        .collect();
    assert_eq!(ids.len(), 3);
    let stored = stored_key(&server).await;
    assert_eq!(stored["activations"].as_array().unwrap().len(), 3);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn fifty_validations_count_to_fifty() {
    let server = server_with_key(json!({})).await;
    let answers = at_once(&server, 50, &validate(json!({"increment_usage": 1}))).await;
    let usages: BTreeSet<u64> = answers
        .iter()
        .map(|answer| answer.expect(200)["usage"].as_u64().unwrap())
        .collect();
    assert_eq!(usages, (1..=50).collect());
    let stored = stored_key(&server).await;
    assert_eq!(
        (stored["usage"].as_u64(), stored["validations"].as_u64()),
        (Some(50), Some(50))
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_usage_limit_is_not_passed() {
    let server = server_with_key(json!({"limit_usage": 10})).await;
    let answers = at_once(&server, 50, &validate(json!({"increment_usage": 1}))).await;
    let (used, refused): (Vec<_>, Vec<_>) = answers.iter().partition(|answer| answer.status == 200);
    assert_eq!((used.len(), refused.len()), (10, 40));
    for answer in refused {
        answer.refused(400, "BadRequest", "License key only has 0 more usages.");
    }
    let stored = stored_key(&server).await;
    assert_eq!(
        (stored["usage"].as_u64(), stored["validations"].as_u64()),
        (Some(10), Some(10))
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_slot_is_freed_once_however_often_it_is_given_back() {
    let server = server_with_key(json!({"limit_activations": 1})).await;
    let activation = activate(json!({"label": "x"}))
        .send(&server)
        .await
        .expect(200);
    let back = portal_call(
        PORTAL_DEACTIVATE,
        json!({"activation_id": activation["id"]}),
    );
    let answers = at_once(&server, 20, &back).await;
    assert!(answers.iter().any(|answer| answer.status == 204));
    assert!(
        answers
            .iter()
            .all(|answer| [204, 404].contains(&answer.status))
    );
    let answers = at_once(&server, 20, &activate(json!({"label": "x"}))).await;
    assert_eq!(
        answers.iter().filter(|answer| answer.status == 200).count(),
        1
    );
}
