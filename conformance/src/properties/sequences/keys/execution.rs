//! One sequence on a server and on the model.

use std::collections::HashMap;

use chrono::{DateTime, SubsecRound as _, TimeDelta, Utc};
use serde_json::{Map, Value as Json, json};

use crate::cases::Api;
use crate::compare::Mismatch;
use crate::json::{Value, parse};
use crate::model::{
    Caller, Change, Claims, Command, Conditions, Device, Expected, Keys, Listing, Name, Place,
    Spelling, Start,
};
use crate::properties::script::{Learnt, Sent};
use crate::properties::search::Divergence;
use crate::properties::sequences::{FORGED, UNKNOWN};
use crate::provision::{KeySpec, OTHER_TOKEN, ProvisionError, READ_TOKEN, Setup};
use crate::session::Lease;
use crate::wire::{Answer, Request};

/// A run over one sequence.
pub(super) struct Execution<'a> {
    pub(super) lease: &'a Lease,
    pub(super) setup: Setup,
    pub(super) model: Keys,
    /// The time that the model calls 0.
    pub(super) start: DateTime<Utc>,
    session: Option<String>,
    /// The server's text of each key, by the model's number.
    pub(super) texts: HashMap<usize, String>,
    pub(super) activations: Vec<String>,
    /// How each key looked when it was last seen.
    pub(super) seen: HashMap<usize, Seen>,
    pub(super) sent: Vec<Sent>,
}

/// What only a change may change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Seen {
    pub(super) revision: u32,
    pub(super) validations: u32,
    pub(super) modified_at: String,
    pub(super) last_validated_at: String,
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

impl<'a> Execution<'a> {
    pub(super) async fn new(
        lease: &'a Lease,
        model: &Keys,
        commands: &[Command],
    ) -> Result<Self, Divergence> {
        let specs = specs(model.start());
        let lists = |command: &Command| matches!(command, Command::List(..));
        let setup = if commands.iter().any(lists) {
            lease.provisioning.own_setup(&lease.server, &specs).await?
        } else {
            lease.provisioning.setup(&lease.server, &specs).await?
        };
        let now = if lease.can.clock {
            lease.server.now().await
        } else {
            Utc::now()
        };
        let mut execution = Self {
            lease,
            model: model.clone(),
            start: now.trunc_subsecs(0),
            session: None,
            texts: model
                .keys()
                .iter()
                .zip(&setup.keys)
                .map(|(key, seeded)| (key.text, seeded.key.clone()))
                .collect(),
            activations: Vec::new(),
            seen: HashMap::new(),
            sent: Vec::new(),
            setup,
        };
        execution.sent = execution.given();
        execution
            .sent
            .extend(lease.provisioning.request(&specs).map(Sent::new));
        if commands
            .iter()
            .any(|command| command.caller() == Some(Caller::Customer))
        {
            execution.open_session().await?;
        }
        Ok(execution)
    }

    /// What whoever repeats the sequence has to provide: tokens, and keys that cannot be seeded.
    fn given(&self) -> Vec<Sent> {
        let tokens = [
            ("POLAR_ACCESS_TOKEN", self.lease.provisioning.token()),
            ("POLAR_READ_TOKEN", READ_TOKEN),
            ("POLAR_OTHER_TOKEN", OTHER_TOKEN),
            ("POLAR_WRONG_TOKEN", FORGED),
        ];
        let mut given = tokens
            .map(|(variable, token)| Sent::given(Learnt::new(variable, "token", token)))
            .to_vec();
        if self.lease.provisioning.provisioner().is_some() {
            let keys = self.setup.keys.iter().enumerate();
            given.extend(keys.map(|(index, key)| {
                Sent::given(Learnt::new(format!("KEY_{index}"), "key", &key.key))
            }));
        }
        given
    }

    async fn open_session(&mut self) -> Result<(), Divergence> {
        let body = json!({"customer_id": self.setup.customer});
        let request = self
            .bearing(
                Some(self.lease.provisioning.token()),
                "POST",
                "/v1/customer-sessions/",
            )
            .json(&body.to_string());
        let answer = self.lease.server.send(&request).await?;
        let token = parse(&answer.text())
            .ok()
            .and_then(|body| Some(body.get("token")?.as_str()?.to_owned()));
        let Some(token) = token else {
            return Err(ProvisionError::Lacks {
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

    /// Learns the server's id or text of what the model numbers.
    pub(super) fn learn(
        &mut self,
        command: &Command,
        expected: &Expected,
        answer: &Answer,
    ) -> Option<Learnt> {
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

    pub(super) fn diverges(
        &self,
        when: &str,
        command: &Command,
        mut mismatch: Mismatch,
    ) -> Divergence {
        mismatch.path = format!("{when}, {command:?}: {}", mismatch.path);
        Divergence::new(mismatch, self.sent.clone())
    }

    /// The token of a caller.
    fn token(&self, caller: Caller) -> Option<&str> {
        match caller {
            Caller::Owner => Some(self.lease.provisioning.token()),
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

    /// The request of a command.
    pub(super) fn request(&self, command: &Command) -> Request {
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
            let path = format!("{}/{}{rest}", api.prefix(), self.setup.keys[key].id);
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
            // Not a request; `step` handles it.
            Command::Wait(_) => Request::new("POST", "/_mock/clock/advance"),
        }
    }

    /// The label of the next activation.
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

    /// This many half hours after the start.
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
            &self.setup.organization,
            "",
            &self.setup.abroad.organization,
        )
    }

    pub(super) fn benefit(&self, place: Place) -> &str {
        let Setup {
            benefit,
            other_benefit,
            abroad,
            ..
        } = &self.setup;
        self.place(place, benefit, other_benefit, &abroad.benefit)
    }

    pub(super) fn customer(&self, place: Place) -> &str {
        let Setup {
            customer,
            other_customer,
            abroad,
            ..
        } = &self.setup;
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

/// The label of an activation.
pub(super) fn label(number: usize) -> String {
    format!("device {number}")
}

fn conditions_field(conditions: Conditions) -> Option<(String, Json)> {
    let value = serde_json::from_str(conditions.json()?).ok()?;
    Some(("conditions".to_owned(), value))
}
