//! The layers between the suite and the mock.

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use futures::future::BoxFuture;

use super::behaviour::Behaviour;
use super::corruption::{Act, Corruption};
use crate::contract::operation_of;
use crate::server::{Connection, Exchange, Layer};
use crate::wire::{Answer, Request, WireError};

/// Records every exchange and changes nothing.
#[derive(Debug, Default)]
pub(super) struct Recorder(Mutex<Vec<Exchange>>);

impl Recorder {
    pub(super) fn take(&self) -> Vec<Exchange> {
        std::mem::take(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Layer for Recorder {
    fn carry<'a>(
        &'a self,
        request: &'a Request,
        wire: &'a Connection,
    ) -> BoxFuture<'a, Result<Answer, WireError>> {
        Box::pin(async move {
            let answer = wire.send(request).await?;
            self.0
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .push(Exchange {
                    request: request.clone(),
                    answer: answer.clone(),
                });
            Ok(answer)
        })
    }
}

/// Corrupts one operation in one way.
#[derive(Debug)]
pub(super) struct Corrupting {
    corruption: Corruption,
    applied: AtomicUsize,
    /// For stale reads: the first answer of each read.
    read: Mutex<HashMap<String, Answer>>,
}

impl Corrupting {
    pub(super) fn new(corruption: Corruption) -> Self {
        Self {
            corruption,
            applied: AtomicUsize::new(0),
            read: Mutex::default(),
        }
    }

    /// The corruption.
    pub(super) fn corruption(&self) -> &Corruption {
        &self.corruption
    }

    /// How often an honest server would have answered or acted differently.
    pub(super) fn applied(&self) -> usize {
        self.applied.load(Ordering::Relaxed)
    }

    fn count(&self, applied: bool) {
        self.applied
            .fetch_add(usize::from(applied), Ordering::Relaxed);
    }

    fn known_reads(&self) -> std::sync::MutexGuard<'_, HashMap<String, Answer>> {
        self.read.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn stale(&self, request: &Request, wire: &Connection) -> Result<Answer, WireError> {
        let name = format!(
            "{} {}",
            request.path,
            request.header_value("Authorization").unwrap_or_default()
        );
        let answer = wire.send(request).await?;
        if answer.status != 200 {
            return Ok(answer);
        }
        let stale = self
            .known_reads()
            .entry(name)
            .or_insert_with(|| answer.clone())
            .clone();
        self.count(stale.body != answer.body);
        Ok(stale)
    }
}

impl Layer for Corrupting {
    fn carry<'a>(
        &'a self,
        request: &'a Request,
        wire: &'a Connection,
    ) -> BoxFuture<'a, Result<Answer, WireError>> {
        Box::pin(async move {
            if request.path.starts_with("/_mock/state") && request.method == "PUT" {
                self.known_reads().clear();
            }
            if operation_of(&request.method, &request.path)
                != Some(self.corruption.operation.as_str())
            {
                return wire.send(request).await;
            }
            match &self.corruption.act {
                Act::Answer(edit) => {
                    let honest = wire.send(request).await?;
                    let wrong = edit.apply(&honest);
                    self.count(wrong.is_some());
                    Ok(wrong.unwrap_or(honest))
                }
                Act::Behaviour(Behaviour::Stale) => self.stale(request, wire).await,
                Act::Behaviour(behaviour) => {
                    let (answer, applied) = behaviour.carry(request, wire).await?;
                    self.count(applied);
                    Ok(answer)
                }
            }
        })
    }
}
