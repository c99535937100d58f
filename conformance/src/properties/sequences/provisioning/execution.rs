//! A run over one sequence: what the server calls the things that the model numbers.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU32, Ordering};

use crate::compare::Mismatch;
use crate::json::{Value, parse};
use crate::model::provisioning::{Answer, Command, Text, Thing, World};
use crate::properties::script::{Learnt, Sent};
use crate::properties::search::Divergence;
use crate::properties::sequences::FORGED;
use crate::provision::{OTHER_TOKEN, READ_TOKEN};
use crate::session::Lease;
use crate::wire;

/// A run over one sequence.
pub(super) struct Execution<'a> {
    pub(super) lease: &'a Lease,
    pub(super) model: World,
    /// The organization.
    pub(super) organization: String,
    /// A number that no other run of this process has.
    number: u32,
    /// The server's ids.
    ids: HashMap<Thing, String>,
    /// The tokens of the last session of each customer.
    pub(super) sessions: HashMap<usize, String>,
    /// How each thing looked when it was last seen.
    pub(super) seen: HashMap<Thing, Seen>,
    pub(super) sent: Vec<Sent>,
}

/// What only a change may change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Seen {
    pub(super) revision: u32,
    pub(super) created_at: String,
    pub(super) modified_at: String,
}

impl<'a> Execution<'a> {
    pub(super) async fn new(lease: &'a Lease) -> Result<Self, Divergence> {
        static NEXT: AtomicU32 = AtomicU32::new(1);
        let organization = match lease.provisioning.provisioner() {
            Some(provisioner) => provisioner.organization(&lease.server).await?.to_owned(),
            None => {
                let setup = lease.provisioning.setup(&lease.server, &[]).await?;
                setup.organization
            }
        };
        let tokens = [
            ("POLAR_ACCESS_TOKEN", lease.provisioning.token()),
            ("POLAR_READ_TOKEN", READ_TOKEN),
            ("POLAR_OTHER_TOKEN", OTHER_TOKEN),
            ("POLAR_WRONG_TOKEN", FORGED),
        ];
        let tokens = tokens
            .map(|(variable, token)| Sent::given(Learnt::new(variable, "token", token)))
            .into_iter();
        let seeding = lease.provisioning.request(&[]).map(Sent::new);
        Ok(Self {
            lease,
            model: World::default(),
            organization,
            number: NEXT.fetch_add(1, Ordering::Relaxed),
            ids: HashMap::new(),
            sessions: HashMap::new(),
            seen: HashMap::new(),
            sent: tokens.chain(seeding).collect(),
        })
    }

    /// Learns the server's id of what was made, or the token of a session.
    pub(super) fn learn(&mut self, expected: &Answer, answer: &wire::Answer) {
        let body = parse(&answer.text()).unwrap_or(Value::Null);
        let text = |field: &str| body.get(field).and_then(Value::as_str).map(str::to_owned);
        let learnt = match expected {
            Answer::Made(thing) => text("id").map(|id| {
                let learnt = Learnt::new(variable(*thing), "id", &id);
                self.ids.insert(*thing, id);
                learnt
            }),
            Answer::Session(customer) => text("token").map(|token| {
                let learnt = Learnt::new(format!("SESSION_{customer}"), "token", &token);
                self.sessions.insert(*customer, token);
                learnt
            }),
            _ => None,
        };
        if let Some(last) = self.sent.last_mut() {
            last.learnt = learnt;
        }
    }

    /// Learns the id of something that a list shows at a place, unless it is known.
    pub(super) fn learn_listed(&mut self, thing: Thing, id: &str, field: &str) {
        if self.ids.contains_key(&thing) {
            return;
        }
        self.ids.insert(thing, id.to_owned());
        let listing = self.sent.iter().rev().find_map(Sent::request).cloned();
        let learnt = Learnt::new(variable(thing), field, id);
        // The script repeats the list, as it takes one value from each answer.
        self.sent
            .extend(listing.map(|request| Sent::looking(request, learnt)));
    }

    /// The id of something; one that nothing has if the server never named it.
    pub(super) fn id(&self, thing: Thing) -> &str {
        let known = self.ids.get(&thing).map(String::as_str);
        known.unwrap_or(crate::properties::sequences::UNKNOWN)
    }

    /// A text of this run, from the pool with this name.
    pub(super) fn text(&self, pool: &str, text: Text) -> String {
        let own = format!("{pool}{}-{text}", self.number);
        self.lease.provisioning.name(&own)
    }

    /// An address of this run.
    pub(super) fn email(&self, text: Text) -> String {
        let own = format!("c{}-{text}", self.number);
        self.lease.provisioning.email(&own)
    }

    /// An external id of this run.
    pub(super) fn external(&self, text: Text) -> String {
        self.text("x", text).replace(' ', "-")
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
}

/// The shell variable with the id of something: `CUSTOMER_0`.
fn variable(thing: Thing) -> String {
    let (kind, number) = match thing {
        Thing::Customer(at) => ("CUSTOMER", at),
        Thing::Benefit(at) => ("BENEFIT", at),
        Thing::Product(at) => ("PRODUCT", at),
        Thing::Subscription(at) => ("SUBSCRIPTION", at),
        Thing::Grant(at) => ("GRANT", at),
        Thing::Key(at) => ("LICENSE_KEY", at),
    };
    format!("{kind}_{number}")
}
