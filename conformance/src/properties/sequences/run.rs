//! One sequence, asked of a server and of the model.

use std::collections::HashMap;

use chrono::{DateTime, SubsecRound as _, TimeDelta, Utc};
use serde_json::{Map, Value as Json, json};

use super::look::look;
use super::rust;
use super::strategy::Sequence;
use crate::cases::Api;
use crate::compare::Mismatch;
use crate::json::{Value, parse};
use crate::model::{
    Answer as Expected, Caller, Change, Claims, Command, Conditions, Device, Keys, Listing, Name,
    Place, Spelling, Start,
};
use crate::properties::script::{Learnt, Sent};
use crate::properties::search::Divergence;
use crate::provision::{GroundError, KeySpec, OTHER_TOKEN, READ_TOKEN, World};
use crate::target::Lease;
use crate::wire::{Answer, Request};

/// Nothing has this id.
const UNKNOWN: &str = "7c000000-0000-4000-8fff-000000000000";
/// Nobody was given this token.
const FORGED: &str = "polar_oat_conformance_forged";

/// A run over one sequence.
pub(super) struct Run<'a> {
    lease: &'a Lease,
    pub(super) world: World,
    pub(super) model: Keys,
    /// The moment that the model calls 0.
    pub(super) start: DateTime<Utc>,
    session: Option<String>,
    /// What a number of the model is called on the server.
    pub(super) texts: HashMap<usize, String>,
    pub(super) activations: Vec<String>,
    /// How each key looked when it was last seen.
    pub(super) seen: HashMap<usize, Seen>,
    sent: Vec<Sent>,
}

/// What only a change may change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Seen {
    pub(super) revision: u32,
    pub(super) validations: u32,
    pub(super) modified_at: String,
    pub(super) last_validated_at: String,
}

/// Asks everything; the first answer that is not the model's ends it.
pub(super) async fn run(lease: &Lease, sequence: &Sequence) -> Result<(), Divergence> {
    let mut run = Run::new(lease, &sequence.start, &sequence.commands).await?;
    for (number, command) in sequence.commands.iter().enumerate() {
        sequence.step();
        let when = format!("command {}", number + 1);
        let outcome = run.step(&when, command).await;
        outcome.map_err(|divergence| shorten(divergence, sequence, number + 1))?;
    }
    for (key, start) in sequence.start.start().iter().enumerate() {
        let owner = match start.organization {
            Place::Abroad => Caller::Stranger,
            _ => Caller::Owner,
        };
        let get = Command::Get(Api::Core, owner, key);
        let outcome = run.step("in the end", &get).await;
        outcome.map_err(|divergence| shorten(divergence, sequence, sequence.commands.len()))?;
    }
    Ok(())
}

/// What the first commands of a sequence led to.
fn shorten(divergence: Divergence, sequence: &Sequence, count: usize) -> Divergence {
    let tried = Sequence::new(sequence.start.clone(), sequence.commands[..count].to_vec());
    let test = rust(tried.start.start(), &tried.commands);
    divergence.again(tried, test)
}

fn specs(start: &[Start]) -> Vec<KeySpec> {
    let spec = |start: &Start| KeySpec {
        limit_activations: start.limit_activations,
        limit_usage: start.limit_usage,
        abroad: start.organization == Place::Abroad,
        ..KeySpec::default()
    };
    start.iter().map(spec).collect()
}

impl<'a> Run<'a> {
    async fn new(lease: &'a Lease, model: &Keys, commands: &[Command]) -> Result<Self, Divergence> {
        let specs = specs(model.start());
        let lists = |command: &Command| matches!(command, Command::List(..));
        let world = if commands.iter().any(lists) {
            lease.ground.world_of_its_own(&lease.server, &specs).await?
        } else {
            lease.ground.world(&lease.server, &specs).await?
        };
        let now = if lease.can.clock {
            lease.server.now().await
        } else {
            Utc::now()
        };
        let mut run = Self {
            lease,
            model: model.clone(),
            start: now.trunc_subsecs(0),
            session: None,
            texts: model
                .keys()
                .iter()
                .zip(&world.keys)
                .map(|(key, seeded)| (key.text, seeded.key.clone()))
                .collect(),
            activations: Vec::new(),
            seen: HashMap::new(),
            sent: Vec::new(),
            world,
        };
        run.sent = run.given();
        run.sent.extend(lease.ground.request(&specs).map(Sent::new));
        if commands
            .iter()
            .any(|command| command.caller() == Some(Caller::Customer))
        {
            run.open_session().await?;
        }
        Ok(run)
    }

    /// What whoever repeats the sequence has to bring along: tokens, and keys where they cannot be set.
    fn given(&self) -> Vec<Sent> {
        let tokens = [
            ("POLAR_ACCESS_TOKEN", self.lease.ground.token()),
            ("POLAR_READ_TOKEN", READ_TOKEN),
            ("POLAR_OTHER_TOKEN", OTHER_TOKEN),
            ("POLAR_WRONG_TOKEN", FORGED),
        ];
        let mut given = tokens
            .map(|(variable, token)| Sent::given(Learnt::new(variable, "token", token)))
            .to_vec();
        if self.lease.ground.provisioner().is_some() {
            let keys = self.world.keys.iter().enumerate();
            given.extend(keys.map(|(index, key)| {
                Sent::given(Learnt::new(format!("KEY_{index}"), "key", &key.key))
            }));
        }
        given
    }

    async fn open_session(&mut self) -> Result<(), Divergence> {
        let body = json!({"customer_id": self.world.customer});
        let request = self
            .bearing(
                Some(self.lease.ground.token()),
                "POST",
                "/v1/customer-sessions/",
            )
            .json(&body.to_string());
        let answer = self.lease.server.send(&request).await?;
        let token = parse(&answer.text())
            .ok()
            .and_then(|body| Some(body.get("token")?.as_str()?.to_owned()));
        let Some(token) = token else {
            return Err(GroundError::Lacks {
                call: "POST /v1/customer-sessions/".to_owned(),
                field: "token",
            }
            .into());
        };
        let learnt = Learnt::new("POLAR_CUSTOMER_TOKEN", "token", &token);
        self.sent.push(Sent::new(request).learning(learnt));
        self.session = Some(token);
        Ok(())
    }

    async fn step(&mut self, when: &str, command: &Command) -> Result<(), Divergence> {
        if let Command::Wait(hours) = command {
            let seconds = u64::from(*hours) * 3600;
            let body = json!({"seconds": seconds}).to_string();
            self.sent.push(Sent::new(
                Request::new("POST", "/_mock/clock/advance").json(&body),
            ));
            self.lease
                .server
                .advance(&seconds.to_string())
                .await
                .map_err(GroundError::from)?;
            self.model.apply(command);
            return Ok(());
        }
        let request = self.request(command);
        self.sent.push(Sent::new(request.clone()));
        let answer = self.lease.server.send(&request).await?;
        let expected = self.model.apply(command);
        let learnt = self.learn(command, &expected, &answer);
        if let (Some(learnt), Some(last)) = (learnt, self.sent.last_mut()) {
            last.learnt = Some(learnt);
        }
        look(self, &expected, &answer).map_err(|mismatch| self.diverges(when, command, mismatch))
    }

    /// The ids and texts that the server gives to what the model numbers.
    fn learn(&mut self, command: &Command, expected: &Expected, answer: &Answer) -> Option<Learnt> {
        let body = parse(&answer.text()).ok()?;
        let text = |field: &str| body.get(field).and_then(Value::as_str).map(str::to_owned);
        match (command, expected) {
            (Command::Activate(..), Expected::Activation(handle)) => {
                let id = text("id")?;
                let learnt = Learnt::new(format!("ACTIVATION_{handle}"), "id", &id);
                self.activations.push(id);
                Some(learnt)
            }
            (Command::Rotate(..), Expected::Key(index)) => {
                let key = text("key")?;
                let number = self.model.keys()[*index].text;
                let learnt = Learnt::new(format!("ROTATED_{number}"), "key", &key);
                self.texts.insert(number, key);
                Some(learnt)
            }
            _ => None,
        }
    }

    fn diverges(&self, when: &str, command: &Command, mut mismatch: Mismatch) -> Divergence {
        mismatch.path = format!("{when}, {command:?}: {}", mismatch.path);
        Divergence::new(mismatch, self.sent.clone())
    }

    /// The token of a caller.
    fn token(&self, caller: Caller) -> Option<&str> {
        match caller {
            Caller::Owner => Some(self.lease.ground.token()),
            Caller::Reader => Some(READ_TOKEN),
            Caller::Stranger => Some(OTHER_TOKEN),
            Caller::Customer => self.session.as_deref(),
            Caller::Forged => Some(FORGED),
            Caller::Nobody => None,
        }
    }

    fn bearing(&self, token: Option<&str>, method: &str, path: &str) -> Request {
        let request = Request::new(method, path);
        match token {
            Some(token) => request.header("Authorization", &format!("Bearer {token}")),
            None => request,
        }
    }

    /// The request that a command is.
    fn request(&self, command: &Command) -> Request {
        let ask = |caller: Caller, method: &str, path: &str| {
            self.bearing(self.token(caller), method, path)
        };
        let by_name = |api: Api, caller, operation: &str, name: Name, more: Json| {
            let mut body = json!({
                "key": self.text(name), "organization_id": self.organization(name.organization),
            });
            if let (Json::Object(body), Json::Object(more)) = (&mut body, more) {
                body.extend(more);
            }
            ask(caller, "POST", &format!("{}/{operation}", api.prefix())).json(&body.to_string())
        };
        let by_id = |api: Api, caller, method: &str, key: usize, rest: &str| {
            let path = format!("{}/{}{rest}", api.prefix(), self.world.keys[key].id);
            ask(caller, method, &path)
        };
        match *command {
            Command::Activate(api, caller, name, conditions) => {
                let mut more = Map::from_iter([("label".to_owned(), json!(self.label()))]);
                more.extend(conditions_field(conditions));
                by_name(api, caller, "activate", name, Json::Object(more))
            }
            Command::Validate(api, caller, name, claims) => by_name(
                api,
                caller,
                "validate",
                name,
                Json::Object(self.claims(claims)),
            ),
            Command::Deactivate(api, caller, name, device) => {
                let more = json!({"activation_id": self.device(device)});
                by_name(api, caller, "deactivate", name, more)
            }
            Command::Update(caller, key, change) => {
                let body = Json::Object(self.change(change)).to_string();
                by_id(Api::Core, caller, "PATCH", key, "").json(&body)
            }
            Command::Rotate(api, caller, key) => by_id(api, caller, "POST", key, "/rotate"),
            Command::Get(api, caller, key) => by_id(api, caller, "GET", key, ""),
            Command::GetActivation(caller, key, device) => {
                let rest = format!("/activations/{}", self.device(device));
                by_id(Api::Core, caller, "GET", key, &rest)
            }
            Command::List(api, caller, listing) => {
                let query = self.query(listing);
                ask(caller, "GET", &format!("{}/?{query}", api.prefix()))
            }
            // Time is no request.
            Command::Wait(_) => Request::new("POST", "/_mock/clock/advance"),
        }
    }

    /// What the next activation is called.
    fn label(&self) -> String {
        label(self.model.activations().len())
    }

    fn claims(&self, claims: Claims) -> Map<String, Json> {
        let mut fields = Map::new();
        let mut put = |name: &str, value: Json| fields.insert(name.to_owned(), value);
        if let Some(device) = claims.activation {
            put("activation_id", json!(self.device(device)));
        }
        if let Some(place) = claims.benefit {
            put("benefit_id", json!(self.benefit(place)));
        }
        if let Some(place) = claims.customer {
            put("customer_id", json!(self.customer(place)));
        }
        if let Some(increment) = claims.increment {
            put("increment_usage", json!(increment));
        }
        fields.extend(conditions_field(claims.conditions));
        fields
    }

    fn change(&self, change: Change) -> Map<String, Json> {
        let mut fields = Map::new();
        let mut put = |name: &str, value: Json| fields.insert(name.to_owned(), value);
        if let Some(status) = change.status {
            put("status", json!(<&str>::from(status)));
        }
        if let Some(usage) = change.usage {
            put("usage", json!(usage));
        }
        if let Some(limit) = change.limit_activations {
            put("limit_activations", json!(limit));
        }
        if let Some(limit) = change.limit_usage {
            put("limit_usage", json!(limit));
        }
        if let Some(at) = change.expires_at {
            let at = at.map(|at| self.moment(at).format("%Y-%m-%dT%H:%M:%SZ").to_string());
            put("expires_at", json!(at));
        }
        fields
    }

    fn query(&self, listing: Listing) -> String {
        let mut query = format!("page={}&limit={}", listing.page, listing.limit);
        let mut put = |name: &str, value: &str| query.push_str(&format!("&{name}={value}"));
        if let Some(place) = listing.organization {
            put("organization_id", self.organization(place));
        }
        if let Some(place) = listing.benefit {
            put("benefit_id", self.benefit(place));
        }
        if let Some(status) = listing.status {
            put("status", status.into());
        }
        query
    }

    /// So many half hours after the beginning.
    pub(super) fn moment(&self, half_hours: i32) -> DateTime<Utc> {
        self.start + TimeDelta::minutes(30 * i64::from(half_hours))
    }

    fn text(&self, name: Name) -> String {
        let key = &self.model.keys()[name.key];
        let known = |number| self.texts.get(&number).cloned().unwrap_or_default();
        match (name.spelling, key.former) {
            (Spelling::Current, _) => known(key.text),
            (Spelling::Former, Some(former)) => known(former),
            (Spelling::Former, None) => "NEVER-ROTATED".to_owned(),
            (Spelling::Lower, _) => known(key.text).to_lowercase(),
        }
    }

    fn device(&self, device: Device) -> &str {
        match device {
            Device::Made(handle) => self.activations.get(handle).map_or(UNKNOWN, String::as_str),
            Device::Unmade => UNKNOWN,
        }
    }

    pub(super) fn organization(&self, place: Place) -> &str {
        self.place(
            place,
            &self.world.organization,
            "",
            &self.world.abroad.organization,
        )
    }

    pub(super) fn benefit(&self, place: Place) -> &str {
        let World {
            benefit,
            other_benefit,
            abroad,
            ..
        } = &self.world;
        self.place(place, benefit, other_benefit, &abroad.benefit)
    }

    pub(super) fn customer(&self, place: Place) -> &str {
        let World {
            customer,
            other_customer,
            abroad,
            ..
        } = &self.world;
        self.place(place, customer, other_customer, &abroad.customer)
    }

    fn place<'b>(&self, place: Place, home: &'b str, beside: &'b str, abroad: &'b str) -> &'b str {
        let id = match place {
            Place::Home => home,
            Place::Beside => beside,
            Place::Abroad => abroad,
        };
        if id.is_empty() { UNKNOWN } else { id }
    }
}

/// What an activation is called.
pub(super) fn label(number: usize) -> String {
    format!("device {number}")
}

fn conditions_field(conditions: Conditions) -> Option<(String, Json)> {
    let value = serde_json::from_str(conditions.json()?).ok()?;
    Some(("conditions".to_owned(), value))
}
