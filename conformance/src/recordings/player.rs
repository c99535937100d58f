//! Plays one recording against a server.

use std::time::Instant;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use futures::future::join_all;
use hmac::{Hmac, KeyInit as _, Mac as _};
use indexmap::IndexMap;
use sha2::Sha256;
use tokio::time::{Duration, sleep};

use super::check::check;
use super::format::{
    Action, BodyTemplate, Count, ExchangeTemplate, RequestTemplate, Scenario, Step,
};
use super::receiver::{Delivery, WebhookReceiver};
use crate::compare::{Comparison, Mismatch, compare};
use crate::json::{Kind, Style, Value, parse, write};
use crate::outcome::{Lost, StepOutcome};
use crate::server::{ControlError, Server};
use crate::tokens::{Bindings, NewerFields, Unbound};
use crate::wire::{Answer, Request, WireError};

/// How long to wait before asking again for an effect that happens in the background.
const PAUSE: Duration = Duration::from_millis(50);

/// How to play.
#[derive(Debug, Clone, Copy, Default)]
pub struct PlayOptions {
    /// Also compare the order of keys, the spelling of numbers and the JSON style.
    pub strict: bool,
    /// Stop after the first step that differs: later steps might wait in vain.
    pub first_failure_only: bool,
}

/// Loads the recording's fixture and runs its steps: one outcome per step, in order.
pub async fn play(server: &Server, scenario: &Scenario, how: PlayOptions) -> Vec<StepOutcome> {
    let mut player = Player {
        server,
        strict: how.strict,
        known: Bindings::new(server.base()),
        hooks: None,
        last: None,
    };
    if let Err(trouble) = player.load(scenario).await {
        let outcome = StepOutcome::new("(load the fixture)", vec![trouble.mismatch("loaded")])
            .lost(trouble.lost());
        return vec![outcome; scenario.steps.len()];
    }
    let mut outcomes = Vec::with_capacity(scenario.steps.len());
    for step in &scenario.steps {
        let outcome = player.step(step).await;
        // Do not wait at every step for a server that is gone or hangs.
        let enough = outcome.lost.is_some() || (how.first_failure_only && !outcome.passed());
        outcomes.push(outcome);
        if enough {
            break;
        }
    }
    outcomes
}

/// Why a step has no result.
#[derive(Debug, thiserror::Error)]
enum PlayError {
    #[error(transparent)]
    Unbound(#[from] Unbound),
    #[error(transparent)]
    Wire(#[from] WireError),
    #[error(transparent)]
    Control(#[from] ControlError),
    #[error("cannot receive webhooks: {0}")]
    WebhookReceiver(#[from] std::io::Error),
    #[error("the recording waits for deliveries, but its fixture has no <hooks>")]
    NoHooks,
}

impl PlayError {
    fn mismatch(&self, expected: &str) -> Mismatch {
        Mismatch::new("$", expected, self.to_string(), "failed")
    }

    fn lost(&self) -> Option<Lost> {
        match self {
            Self::Wire(error) | Self::Control(ControlError::Wire { source: error, .. }) => {
                Lost::of(error)
            }
            _ => None,
        }
    }
}

struct Player<'a> {
    server: &'a Server,
    strict: bool,
    known: Bindings,
    hooks: Option<WebhookReceiver>,
    /// The first request of the step, as it was sent.
    last: Option<Request>,
}

impl Player<'_> {
    async fn load(&mut self, scenario: &Scenario) -> Result<(), PlayError> {
        let fixture = write(&scenario.fixture, Style::Compact);
        if fixture.contains("<hooks>") {
            let hooks = WebhookReceiver::start().await?;
            self.known.set_hooks(hooks.url());
            self.hooks = Some(hooks);
        }
        self.settle_now(&fixture).await;
        let fixture = self.known.fill(&fixture)?;
        self.server
            .load(&fixture, &write(&scenario.settings, Style::Compact))
            .await?;
        Ok(())
    }

    async fn step(&mut self, step: &Step) -> StepOutcome {
        self.last = None;
        let (mismatches, lost) = match self.act(&step.action).await {
            Ok(mismatches) => (mismatches, None),
            Err(trouble) => (vec![trouble.mismatch("an answer")], trouble.lost()),
        };
        let mut outcome = StepOutcome::new(&step.name, mismatches).lost(lost);
        if let Some(request) = &self.last
            && !outcome.passed()
        {
            outcome.blame(self.server.base(), request);
        }
        outcome
    }

    async fn act(&mut self, action: &Action) -> Result<Vec<Mismatch>, PlayError> {
        match action {
            Action::Ask(exchange) => {
                let answer = self.ask(&exchange.request).await?;
                Ok(check(
                    &exchange.response,
                    &answer,
                    &mut self.known,
                    self.strict,
                ))
            }
            Action::Advance(seconds) => {
                self.server.advance(seconds.text()).await?;
                Ok(Vec::new())
            }
            Action::Eventually { exchange, within } => self.eventually(exchange, *within).await,
            Action::Repeat {
                request,
                times,
                statuses,
            } => self.repeat(request, *times, statuses).await,
            Action::Parallel {
                requests,
                expect,
                bodies,
                values,
            } => {
                let answers = self.all_at_once(requests).await?;
                Ok(self.check_parallel(&answers, expect, bodies, values))
            }
            Action::Deliveries {
                expected,
                within,
                quiet,
                secret,
            } => {
                let got = self.collect(expected.len(), *within, *quiet).await?;
                let secret = secret
                    .as_ref()
                    .map(|text| self.known.fill(text))
                    .transpose()?;
                Ok(check_deliveries(
                    expected,
                    got,
                    secret.as_deref(),
                    &mut self.known,
                    self.strict,
                ))
            }
        }
    }

    async fn ask(&mut self, template: &RequestTemplate) -> Result<Answer, PlayError> {
        let request = self.prepare(template).await?;
        Ok(self.server.send_at_once(&request).await?)
    }

    /// The request with its tokens filled in.
    async fn prepare(&mut self, template: &RequestTemplate) -> Result<Request, PlayError> {
        let mut headers = Vec::with_capacity(template.headers.len());
        for (name, value) in &template.headers {
            let value = match value {
                Some(text) => Some(self.fill(text).await?),
                None => None,
            };
            headers.push((name.clone(), value));
        }
        let body = match &template.body {
            None => None,
            Some(BodyTemplate::Bytes(bytes)) => Some(bytes.clone()),
            Some(BodyTemplate::Text(text)) => Some(self.fill(&text.join()).await?.into_bytes()),
        };
        let path = self.fill(&template.path).await?;
        let request = Request {
            method: template.method.clone(),
            path,
            headers,
            body,
        };
        self.known.set_newer(NewerFields::of_version(
            request.header_value("polar-version"),
        ));
        self.last.get_or_insert_with(|| request.clone());
        Ok(request)
    }

    async fn fill(&mut self, text: &str) -> Result<String, Unbound> {
        self.settle_now(text).await;
        self.known.fill(text)
    }

    /// `<now…>` tokens count from the server's clock.
    async fn settle_now(&mut self, text: &str) {
        if self.known.needs_now(text) {
            let now = self.server.now().await;
            self.known.set_now(now);
        }
    }

    async fn eventually(
        &mut self,
        exchange: &ExchangeTemplate,
        within: Duration,
    ) -> Result<Vec<Mismatch>, PlayError> {
        let started = Instant::now();
        loop {
            let before = self.known.clone();
            let answer = self.ask(&exchange.request).await?;
            let mismatches = check(&exchange.response, &answer, &mut self.known, self.strict);
            if mismatches.is_empty() || started.elapsed() > within {
                return Ok(mismatches);
            }
            // Forget what a wrong answer has bound.
            self.known = before;
            sleep(PAUSE).await;
        }
    }

    async fn repeat(
        &mut self,
        template: &RequestTemplate,
        times: usize,
        expected: &[(u16, usize)],
    ) -> Result<Vec<Mismatch>, PlayError> {
        let mut runs: Vec<(u16, usize)> = Vec::new();
        for _ in 0..times {
            let status = self.ask(template).await?.status;
            match runs.last_mut() {
                Some((last, count)) if *last == status => *count += 1,
                _ => runs.push((status, 1)),
            }
        }
        Ok(if runs == expected {
            Vec::new()
        } else {
            vec![Mismatch::new(
                "statuses",
                show_runs(expected.iter().copied()),
                show_runs(runs),
                "differs",
            )]
        })
    }

    async fn all_at_once(
        &mut self,
        templates: &[RequestTemplate],
    ) -> Result<Vec<Answer>, PlayError> {
        let mut requests = Vec::with_capacity(templates.len());
        for template in templates {
            requests.push(self.prepare(template).await?);
        }
        let answers = join_all(
            requests
                .iter()
                .map(|request| self.server.send_at_once(request)),
        )
        .await;
        Ok(answers.into_iter().collect::<Result<_, _>>()?)
    }

    fn check_parallel(
        &mut self,
        answers: &[Answer],
        expect: &[(u16, Count)],
        bodies: &[(u16, Value)],
        values: &[(String, Vec<i64>)],
    ) -> Vec<Mismatch> {
        let mut mismatches = Vec::new();
        let mut counts: IndexMap<u16, usize> = IndexMap::new();
        for answer in answers {
            *counts.entry(answer.status).or_default() += 1;
        }
        let as_wanted = expect
            .iter()
            .all(|(status, count)| count.allows(counts.get(status).copied().unwrap_or_default()));
        let only_wanted = counts
            .keys()
            .all(|status| expect.iter().any(|(wanted, _)| wanted == status));
        if !as_wanted || !only_wanted {
            counts.sort_keys();
            mismatches.push(Mismatch::new(
                "statuses",
                show_runs(expect.iter().copied()),
                show_runs(counts),
                "differs",
            ));
        }
        for (status, body) in bodies {
            for answer in answers.iter().filter(|answer| answer.status == *status) {
                if !mismatches.is_empty() {
                    break;
                }
                match parse(&answer.text()) {
                    Ok(actual) => mismatches.extend(compare(
                        body,
                        &actual,
                        &mut self.known,
                        Comparison::default(),
                    )),
                    Err(_) => {
                        mismatches.push(Mismatch::new("body", "JSON", answer.text(), "is not JSON"))
                    }
                }
            }
        }
        for (field, expected) in values {
            let mut got: Vec<Option<i64>> = answers
                .iter()
                .filter(|answer| answer.status == 200)
                .map(|answer| whole(answer, field))
                .collect();
            got.sort_unstable();
            if !got.iter().copied().eq(expected.iter().copied().map(Some)) {
                mismatches.push(Mismatch::new(
                    format!("all values of {field}"),
                    format!("{expected:?}"),
                    show_values(&got),
                    "differs",
                ));
            }
        }
        mismatches
    }

    async fn collect(
        &self,
        count: usize,
        within: Duration,
        quiet: Option<Duration>,
    ) -> Result<Vec<Delivery>, PlayError> {
        let hooks = self.hooks.as_ref().ok_or(PlayError::NoHooks)?;
        let started = Instant::now();
        while hooks.waiting() < count && started.elapsed() < within {
            sleep(PAUSE).await;
        }
        if let Some(quiet) = quiet {
            sleep(quiet).await;
        }
        Ok(hooks.take())
    }
}

/// A field of a JSON answer as a whole number; `1.0` counts as 1.
fn whole(answer: &Answer, field: &str) -> Option<i64> {
    let value = parse(&answer.text()).ok()?;
    let number = value.get(field)?.as_number()?;
    match number.kind() {
        Kind::Integer => number.to_i64(),
        Kind::Float => Some(number.to_f64())
            .filter(|value| value.fract() == 0.0 && value.abs() < 1e15)
            .map(|value| value as i64),
    }
}

fn show_runs<C: std::fmt::Display>(runs: impl IntoIterator<Item = (u16, C)>) -> String {
    let shown: Vec<String> = runs
        .into_iter()
        .map(|(status, count)| format!("{count}× {status}"))
        .collect();
    shown.join(", ")
}

fn show_values(values: &[Option<i64>]) -> String {
    let shown: Vec<String> = values
        .iter()
        .map(|value| value.map_or_else(|| "none".to_owned(), |value| value.to_string()))
        .collect();
    format!("[{}]", shown.join(", "))
}

fn type_of(value: &Value) -> Option<&str> {
    value.get("type").and_then(Value::as_str)
}

/// Exactly these deliveries; order matters only among those of one type.
fn check_deliveries(
    expected: &[(Vec<(String, String)>, Value)],
    got: Vec<Delivery>,
    secret: Option<&str>,
    known: &mut Bindings,
    strict: bool,
) -> Vec<Mismatch> {
    let with_body = |delivery: Delivery| {
        let body = parse(&String::from_utf8_lossy(&delivery.raw)).unwrap_or(Value::Null);
        (delivery, body)
    };
    let mut rest: Vec<(Delivery, Value)> = got.into_iter().map(with_body).collect();
    let mut wanted_types: Vec<&str> = expected
        .iter()
        .filter_map(|(_, body)| type_of(body))
        .collect();
    let mut types: Vec<&str> = rest
        .iter()
        .map(|(_, body)| type_of(body).unwrap_or("(no type)"))
        .collect();
    wanted_types.sort_unstable();
    types.sort_unstable();
    if types != wanted_types {
        return vec![Mismatch::new(
            "event types",
            wanted_types.join(", "),
            types.join(", "),
            "differs",
        )];
    }
    let mut mismatches = Vec::new();
    for (index, (headers, body)) in expected.iter().enumerate() {
        let Some(at) = rest
            .iter()
            .position(|(_, candidate)| type_of(candidate) == type_of(body))
        else {
            continue;
        };
        let (delivery, actual) = rest.remove(at);
        let place = format!("delivery {index} ({})", type_of(body).unwrap_or_default());
        for (name, template) in headers {
            let value = delivery
                .headers
                .get(name)
                .map_or("(missing)", String::as_str);
            if let Err(why) = known.match_text(template, value) {
                mismatches.push(Mismatch::new(
                    format!("{place} header {name}"),
                    template,
                    value,
                    why,
                ));
            }
        }
        for mut found in compare(
            body,
            &actual,
            known,
            Comparison {
                strict,
                unordered: &[],
            },
        ) {
            found.path = format!("{place} {}", found.path);
            mismatches.push(found);
        }
        if let Some(secret) = secret
            && !is_signed(&delivery, secret)
        {
            let signature = delivery
                .headers
                .get("webhook-signature")
                .map_or("(missing)", String::as_str);
            mismatches.push(Mismatch::new(
                format!("{place} signature"),
                "valid",
                signature,
                "does not verify",
            ));
        }
    }
    mismatches
}

/// Standard Webhooks over `id.timestamp.body`, but the key is the whole text of the secret
/// (docs/behaviour.md#webhook-deliveries).
fn is_signed(delivery: &Delivery, secret: &str) -> bool {
    let header = |name: &str| delivery.headers.get(name).map_or("", String::as_str);
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(secret.as_bytes()) else {
        return false;
    };
    mac.update(format!("{}.{}.", header("webhook-id"), header("webhook-timestamp")).as_bytes());
    mac.update(&delivery.raw);
    let signature = format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes()));
    header("webhook-signature")
        .split(' ')
        .any(|given| given == signature)
}
