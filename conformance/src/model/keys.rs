//! License keys of two organizations, and everything that a request can do to them (docs/behaviour.md#authentication,
//! docs/behaviour.md#license-keys).

use super::command::{
    Caller, Change, Claims, Command, Conditions, Device, Handle, Listing, Name, Place, Spelling,
    Start, Status,
};
use super::refusal::Refusal;
use crate::cases::Api;

/// The number of a key's text. A rotation gives the key a new number.
pub type Text = usize;

/// A key.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Key {
    /// The organization that owns it.
    pub organization: Place,
    /// Its text.
    pub text: Text,
    /// Its text before the last rotation.
    pub former: Option<Text>,
    /// Its status.
    pub status: Status,
    /// The activation limit; `None` and 0 mean that the key cannot be activated.
    pub limit_activations: Option<u32>,
    /// The usage so far.
    pub usage: i64,
    /// The usage limit.
    pub limit_usage: Option<u32>,
    /// How often it was validated.
    pub validations: u32,
    /// When it expires, in half hours since the start.
    pub expires_at: Option<i32>,
    /// How often it was changed: `modified_at` may change only when this does.
    pub revision: u32,
}

/// An activation.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Activation {
    /// Its key.
    pub key: usize,
    /// Its conditions.
    pub conditions: Conditions,
    /// Whether it is live.
    pub live: bool,
}

/// The answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Expected {
    /// A refusal; nothing changed.
    Refused(Refusal),
    /// 204
    Done,
    /// The key as it is now.
    Key(usize),
    /// The key as it is now, and its activations if they are shown to this caller.
    KeyWithActivations(usize, Vec<Handle>),
    /// The key as it is now, and the activation that was named.
    Valid(usize, Option<Handle>),
    /// The activation, and its key as it is now.
    Activation(Handle),
    /// One page of keys, and the totals of the list.
    Page {
        /// The keys of the page, in order.
        keys: Vec<usize>,
        /// How many keys there are.
        total: usize,
        /// How many pages.
        pages: usize,
    },
    /// Time has passed.
    Later,
}

impl Expected {
    /// The status of the answer.
    pub fn status(&self) -> u16 {
        match self {
            Self::Refused(refusal) => refusal.answer().0,
            Self::Done => 204,
            _ => 200,
        }
    }
}

/// Everything there is.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Keys {
    start: Vec<Start>,
    keys: Vec<Key>,
    activations: Vec<Activation>,
    texts: Text,
    /// Half hours since the start.
    now: i32,
}

/// Who a token belongs to.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Subject {
    Organization { place: Place, writes: bool },
    Customer,
}

type Judged<T> = Result<T, Refusal>;

impl Keys {
    /// The keys at the start.
    pub fn new(start: Vec<Start>) -> Self {
        let mut keys: Vec<Key> = Vec::new();
        for one in &start {
            let same = keys
                .iter()
                .filter(|key| key.organization == one.organization);
            let text = same.count();
            keys.push(Key {
                organization: one.organization,
                text,
                former: None,
                status: Status::Granted,
                limit_activations: one.limit_activations,
                usage: 0,
                limit_usage: one.limit_usage,
                validations: 0,
                expires_at: None,
                revision: 0,
            });
        }
        Self {
            texts: start.len(),
            start,
            keys,
            activations: Vec::new(),
            now: 0,
        }
    }

    /// The keys as they were at the start.
    pub fn start(&self) -> &[Start] {
        &self.start
    }

    /// The keys, in the order in which they were made.
    pub fn keys(&self) -> &[Key] {
        &self.keys
    }

    /// Every activation ever made, in the order in which they were made.
    pub fn activations(&self) -> &[Activation] {
        &self.activations
    }

    /// The activations that a key has.
    pub fn live(&self, key: usize) -> impl Iterator<Item = Handle> + '_ {
        let of_the_key = move |activation: &Activation| activation.key == key && activation.live;
        let all = self.activations.iter().enumerate();
        all.filter(move |(_, activation)| of_the_key(activation))
            .map(|(handle, _)| handle)
    }

    /// Whether the keys and activations that a command names by number exist.
    pub fn knows(&self, command: &Command) -> bool {
        let (key, activation) = command.uses();
        key.is_none_or(|key| key < self.keys.len())
            && activation.is_none_or(|handle| handle < self.activations.len())
    }

    /// Applies a command.
    pub fn apply(&mut self, command: &Command) -> Expected {
        let answer = match *command {
            Command::Activate(api, caller, name, conditions) => {
                self.activate(api, caller, name, conditions)
            }
            Command::Validate(api, caller, name, claims) => {
                self.validate(api, caller, name, claims)
            }
            Command::Deactivate(api, caller, name, device) => {
                self.deactivate(api, caller, name, device)
            }
            Command::Update(caller, key, change) => self.update(caller, key, change),
            Command::Rotate(api, caller, key) => self.rotate(api, caller, key),
            Command::Get(api, caller, key) => self.get(api, caller, key),
            Command::GetActivation(caller, key, device) => self.get_activation(caller, key, device),
            Command::List(api, caller, listing) => self.list(api, caller, listing),
            Command::Wait(hours) => {
                self.now += i32::try_from(hours).unwrap_or(0) * 2;
                Ok(Expected::Later)
            }
        };
        answer.unwrap_or_else(Expected::Refused)
    }

    fn activate(
        &mut self,
        api: Api,
        caller: Caller,
        name: Name,
        conditions: Conditions,
    ) -> Judged<Expected> {
        let key = self.named(api, caller, name)?;
        let it = &self.keys[key];
        if it.status != Status::Granted {
            return Err(Refusal::CannotActivate);
        }
        if self.expired(it) {
            return Err(Refusal::CannotActivateExpired);
        }
        let limit = match it.limit_activations {
            None | Some(0) => return Err(Refusal::NoActivations),
            Some(limit) => limit as usize,
        };
        if self.live(key).count() >= limit {
            return Err(Refusal::LimitReached);
        }
        self.activations.push(Activation {
            key,
            conditions,
            live: true,
        });
        Ok(Expected::Activation(self.activations.len() - 1))
    }

    fn validate(
        &mut self,
        api: Api,
        caller: Caller,
        name: Name,
        claims: Claims,
    ) -> Judged<Expected> {
        let key = self.named(api, caller, name)?;
        let it = &self.keys[key];
        if it.status != Status::Granted {
            return Err(Refusal::NotActive);
        }
        if self.expired(it) {
            return Err(Refusal::Expired);
        }
        let activation = match claims.activation {
            Some(device) => Some(self.device(key, device)?),
            None => None,
        };
        if let Some(handle) = activation
            && !matches(self.activations[handle].conditions, claims.conditions)
        {
            return Err(Refusal::OtherConditions);
        }
        if claims.benefit.is_some_and(|place| place != it.organization) {
            return Err(Refusal::OtherBenefit);
        }
        if claims
            .customer
            .is_some_and(|place| place != it.organization)
        {
            return Err(Refusal::OtherCustomer);
        }
        let increment = i64::from(claims.increment.unwrap_or(0));
        if let Some(limit) = it.limit_usage {
            let left = i64::from(limit) - it.usage;
            if increment > 0 && increment > left {
                return Err(Refusal::UsedUp { left });
            }
        }
        let it = &mut self.keys[key];
        it.usage += increment;
        it.validations += 1;
        it.revision += 1;
        Ok(Expected::Valid(key, activation))
    }

    fn deactivate(
        &mut self,
        api: Api,
        caller: Caller,
        name: Name,
        device: Device,
    ) -> Judged<Expected> {
        let key = self.named(api, caller, name)?;
        let handle = self.device(key, device)?;
        self.activations[handle].live = false;
        Ok(Expected::Done)
    }

    fn update(&mut self, caller: Caller, key: usize, change: Change) -> Judged<Expected> {
        self.writer(caller, key)?;
        let it = &mut self.keys[key];
        it.status = change.status.unwrap_or(it.status);
        it.usage = change.usage.map_or(it.usage, i64::from);
        it.limit_activations = change.limit_activations.unwrap_or(it.limit_activations);
        it.limit_usage = change.limit_usage.unwrap_or(it.limit_usage);
        it.expires_at = change.expires_at.unwrap_or(it.expires_at);
        it.revision += 1;
        Ok(Expected::Key(key))
    }

    fn rotate(&mut self, api: Api, caller: Caller, key: usize) -> Judged<Expected> {
        match api {
            Api::Core => self.writer(caller, key)?,
            Api::Portal => self.holder(caller, key)?,
        }
        let it = &mut self.keys[key];
        if it.status == Status::Revoked {
            return Err(Refusal::CannotRotate(it.status));
        }
        it.former = Some(it.text);
        it.text = self.texts;
        it.revision += 1;
        self.texts += 1;
        Ok(Expected::Key(key))
    }

    fn get(&self, api: Api, caller: Caller, key: usize) -> Judged<Expected> {
        match api {
            Api::Core => self.reader(caller, key)?,
            Api::Portal => self.holder(caller, key)?,
        }
        Ok(Expected::KeyWithActivations(key, self.live(key).collect()))
    }

    fn get_activation(&self, caller: Caller, key: usize, device: Device) -> Judged<Expected> {
        self.reader(caller, key)?;
        Ok(Expected::Activation(self.device(key, device)?))
    }

    fn list(&self, api: Api, caller: Caller, listing: Listing) -> Judged<Expected> {
        let place = match (api, self.subject(caller)?) {
            (Api::Core, Some(Subject::Organization { place, .. })) => place,
            (Api::Portal, Some(Subject::Customer)) => Place::Home,
            _ => return Err(Refusal::Unauthorized),
        };
        // The portal's list filters by benefit only.
        let core = api == Api::Core;
        let wanted = |key: &Key| {
            let organization = listing.organization.filter(|_| core);
            let status = listing.status.filter(|_| core);
            key.organization == place
                && organization.is_none_or(|place| place == key.organization)
                && listing
                    .benefit
                    .is_none_or(|place| place == key.organization)
                && status.is_none_or(|status| status == key.status)
        };
        let found: Vec<usize> = (0..self.keys.len())
            .filter(|index| wanted(&self.keys[*index]))
            .collect();
        let limit = listing.limit as usize;
        let before = limit * (listing.page as usize - 1);
        Ok(Expected::Page {
            total: found.len(),
            pages: found.len().div_ceil(limit),
            keys: found.into_iter().skip(before).take(limit).collect(),
        })
    }

    fn expired(&self, key: &Key) -> bool {
        key.expires_at.is_some_and(|at| at <= self.now)
    }

    /// The live activation of this very key.
    fn device(&self, key: usize, device: Device) -> Judged<Handle> {
        match device {
            Device::Made(handle) if self.live(key).any(|live| live == handle) => Ok(handle),
            _ => Err(Refusal::NotFound),
        }
    }

    fn subject(&self, caller: Caller) -> Judged<Option<Subject>> {
        let organization = |place, writes| Some(Subject::Organization { place, writes });
        Ok(match caller {
            Caller::Owner => organization(Place::Home, true),
            Caller::Reader => organization(Place::Home, false),
            Caller::Stranger => organization(Place::Abroad, true),
            // A session lasts an hour.
            Caller::Customer if self.now < 2 => Some(Subject::Customer),
            Caller::Customer | Caller::Forged => return Err(Refusal::InvalidToken),
            Caller::Nobody => None,
        })
    }

    /// The organization whose keys a caller of the core API may see or change.
    fn organization(&self, caller: Caller, writing: bool) -> Judged<Place> {
        match self.subject(caller)? {
            Some(Subject::Organization { writes: false, .. }) if writing => {
                Err(Refusal::InsufficientScope)
            }
            Some(Subject::Organization { place, .. }) => Ok(place),
            _ => Err(Refusal::Unauthorized),
        }
    }

    /// The key that a body names.
    fn named(&self, api: Api, caller: Caller, name: Name) -> Judged<usize> {
        let allowed = match api {
            Api::Core => Some(self.organization(caller, true)?),
            Api::Portal => {
                // The owner of a token does not matter, but the token must exist.
                self.subject(caller)?;
                None
            }
        };
        let meant = &self.keys[name.key];
        let text = match name.spelling {
            Spelling::Current => Some(meant.text),
            Spelling::Former => meant.former,
            Spelling::Lower => None,
        };
        (0..self.keys.len())
            .find(|index| {
                let key = &self.keys[*index];
                key.organization == name.organization
                    && Some(key.text) == text
                    && allowed.is_none_or(|place| place == key.organization)
            })
            .ok_or(Refusal::NotFound)
    }

    fn reader(&self, caller: Caller, key: usize) -> Judged<()> {
        self.belongs(key, self.organization(caller, false)?)
    }

    fn writer(&self, caller: Caller, key: usize) -> Judged<()> {
        self.belongs(key, self.organization(caller, true)?)
    }

    /// The customer's own key, seen in the portal.
    fn holder(&self, caller: Caller, key: usize) -> Judged<()> {
        match self.subject(caller)? {
            Some(Subject::Customer) => self.belongs(key, Place::Home),
            _ => Err(Refusal::Unauthorized),
        }
    }

    fn belongs(&self, key: usize, place: Place) -> Judged<()> {
        if self.keys[key].organization == place {
            Ok(())
        } else {
            Err(Refusal::NotFound)
        }
    }
}

/// Whether a validation names the conditions of an activation; one without conditions accepts any. Numbers are equal to
/// booleans as in Python.
fn matches(made: Conditions, named: Conditions) -> bool {
    use Conditions::{Empty, Omitted, One, OneAsFloat, OneAsTrue};
    match made {
        Omitted | Empty => true,
        One | OneAsFloat | OneAsTrue => matches!(named, One | OneAsFloat | OneAsTrue),
        other => other == named,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(limits: &[u32]) -> Keys {
        let start = |limit: &u32| Start {
            limit_activations: Some(*limit),
            limit_usage: None,
            organization: Place::Home,
        };
        Keys::new(limits.iter().map(start).collect())
    }

    fn name(key: usize) -> Name {
        Name {
            key,
            spelling: Spelling::Current,
            organization: Place::Home,
        }
    }

    fn activate(key: usize) -> Command {
        Command::Activate(Api::Portal, Caller::Nobody, name(key), Conditions::Omitted)
    }

    fn deactivate(key: usize, handle: Handle) -> Command {
        Command::Deactivate(Api::Portal, Caller::Nobody, name(key), Device::Made(handle))
    }

    #[test]
    fn a_slot_is_free_again_after_its_activation_is_gone() {
        let mut keys = keys(&[1, 2]);
        let not_found = Expected::Refused(Refusal::NotFound);
        assert_eq!(keys.apply(&activate(0)), Expected::Activation(0));
        let full = Expected::Refused(Refusal::LimitReached);
        assert_eq!(keys.apply(&activate(0)), full);
        assert_eq!(keys.apply(&deactivate(1, 0)), not_found);
        assert_eq!(keys.apply(&deactivate(0, 0)), Expected::Done);
        assert_eq!(keys.apply(&deactivate(0, 0)), not_found);
        assert_eq!(keys.apply(&activate(0)), Expected::Activation(1));
        assert_eq!(keys.live(0).collect::<Vec<_>>(), [1]);
    }

    #[test]
    fn an_old_name_is_nobodys_and_a_new_one_is_new() {
        let mut keys = keys(&[1]);
        let rotate = Command::Rotate(Api::Core, Caller::Owner, 0);
        assert_eq!(keys.apply(&rotate), Expected::Key(0));
        let mut former = name(0);
        former.spelling = Spelling::Former;
        let command = Command::Activate(Api::Portal, Caller::Nobody, former, Conditions::Omitted);
        assert_eq!(keys.apply(&command), Expected::Refused(Refusal::NotFound));
        assert_eq!(keys.apply(&activate(0)), Expected::Activation(0));
    }

    #[test]
    fn a_session_ends_and_so_does_a_key() {
        let mut keys = keys(&[1]);
        let change = Change {
            status: None,
            usage: None,
            limit_activations: None,
            limit_usage: None,
            expires_at: Some(Some(1)),
        };
        keys.apply(&Command::Update(Caller::Owner, 0, change));
        let get = Command::Get(Api::Portal, Caller::Customer, 0);
        assert_eq!(
            keys.apply(&get),
            Expected::KeyWithActivations(0, Vec::new())
        );
        keys.apply(&Command::Wait(1));
        assert_eq!(keys.apply(&get), Expected::Refused(Refusal::InvalidToken));
        assert_eq!(
            keys.apply(&activate(0)),
            Expected::Refused(Refusal::CannotActivateExpired)
        );
    }
}
