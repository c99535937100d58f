//! One of the two servers: fills in what is its own, sends, and remembers what it answered.

use std::collections::HashSet;
use std::sync::LazyLock;

use indexmap::IndexMap;
use regex::{Captures, Regex};

use crate::json::{Object, Value, parse};
use crate::provision::Provisioner;
use crate::server::Server;
use crate::tokens::Kind;
use crate::wire::{Answer, Request, WireError};

/// A reference in a request: `«4.id»`, `«owner»`.
#[expect(
    clippy::unwrap_used,
    reason = "a constant pattern, compiled by the tests"
)]
pub(super) static REFERENCE: LazyLock<Regex> = LazyLock::new(|| Regex::new("«([^«»]*)»").unwrap());

#[expect(
    clippy::unwrap_used,
    reason = "a constant pattern, compiled by the tests"
)]
static ID: LazyLock<Regex> = LazyLock::new(|| Regex::new(Kind::Id("id").pattern()).unwrap());

/// What a server draws and no other answer explains: secrets, the ends of keys, and what stands in an anonymised customer,
/// which are 64 hex digits and the moment in its metadata.
#[expect(
    clippy::unwrap_used,
    reason = "a constant pattern, compiled by the tests"
)]
static SECRET: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r"(whsec_|polar_whs_)[A-Za-z0-9+/=]+|(\*{4}-)[0-9A-F]{6}\b|\b[0-9a-f]{64}\b|^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]+\+00:00$",
    )
    .unwrap()
});

/// The domain of an anonymised customer's address.
const ANONYMISED: &str = "@anonymized.polar.sh";

/// A value that is shorter may stand in a text by chance.
const SHORTEST: usize = 16;

/// One of the two servers.
pub(super) struct Side {
    server: Server,
    provisioner: Option<Provisioner>,
    token: String,
    /// The organization's own answer about itself.
    organization: Object,
    /// The values of references in the sequence that is running.
    values: IndexMap<String, String>,
    /// The ids of everything that the run created there.
    ours: HashSet<String>,
}

impl Side {
    /// A server, an access token, and who registers what is created.
    ///
    /// # Errors
    /// When the server does not answer, or the token does not belong to exactly one organization.
    pub(super) async fn open(
        server: Server,
        token: String,
        provisioner: Option<Provisioner>,
    ) -> Result<Self, SideError> {
        let request = Request::new("GET", "/v1/organizations/?limit=100")
            .header("Authorization", &format!("Bearer {token}"));
        let answer = server.send(&request).await?;
        let body = parse(&answer.text()).unwrap_or(Value::Null);
        let items = body.get("items").and_then(Value::as_array);
        let Some([Value::Object(organization)]) = items else {
            return Err(SideError::Organization {
                base: server.base().to_owned(),
                status: answer.status,
            });
        };
        Ok(Self {
            organization: organization.clone(),
            server,
            provisioner,
            token,
            values: IndexMap::new(),
            ours: HashSet::new(),
        })
    }

    /// Its base URL.
    pub(super) fn base(&self) -> &str {
        self.server.base()
    }

    fn organization(&self, field: &str) -> &str {
        let value = self.organization.get(field);
        value.and_then(Value::as_str).unwrap_or_default()
    }

    /// Forgets the references of the last sequence.
    pub(super) fn begin(&mut self) {
        self.values.clear();
    }

    /// The request with this server's own values; `None` if an earlier answer lacks one of them.
    pub(super) fn fill(&self, request: &Request, serial: u64) -> Option<Request> {
        let mut filled = request.clone();
        filled.path = self.fill_text(&request.path, serial)?;
        for (_, value) in &mut filled.headers {
            if let Some(text) = value {
                *text = self.fill_text(text, serial)?;
            }
        }
        if let Some(text) = request.body.as_deref().map(std::str::from_utf8)
            && let Ok(text) = text
        {
            filled.body = Some(self.fill_text(text, serial)?.into_bytes());
        }
        Some(filled)
    }

    fn fill_text(&self, text: &str, serial: u64) -> Option<String> {
        let mut complete = true;
        let filled = REFERENCE.replace_all(text, |found: &Captures<'_>| match &found[1] {
            "owner" => self.token.clone(),
            "organization" => self.organization("id").to_owned(),
            "serial" => serial.to_string(),
            name => self.values.get(name).cloned().unwrap_or_else(|| {
                complete = false;
                String::new()
            }),
        });
        let filled = filled.into_owned();
        complete.then_some(filled)
    }

    /// Sends a request, and registers what it creates.
    pub(super) async fn send(&self, request: &Request) -> Result<Answer, WireError> {
        let answer = match self.server.send(request).await {
            // Whether a server closes the connection can be compared, too.
            Err(
                problem @ (WireError::Broken(_) | WireError::Incomplete(_) | WireError::NotHttp(_)),
            ) => Answer {
                status: 0,
                headers: IndexMap::new(),
                body: problem.to_string().into_bytes(),
            },
            answer => answer?,
        };
        if let Some(provisioner) = &self.provisioner {
            provisioner.note(request, &answer);
        }
        Ok(answer)
    }

    /// Remembers what later requests may refer to: of a list, the first item of ours, or any item if all were asked for by one
    /// of our ids. Returns false for a list without one.
    pub(super) fn learn(&mut self, step: usize, body: &Value, all_ours: bool) -> bool {
        let shown = match body.get("items") {
            Some(Value::Array(items)) => {
                match items.iter().find(|item| all_ours || self.is_ours(item)) {
                    Some(item) => item,
                    None => return false,
                }
            }
            _ => body,
        };
        for field in ["id", "key", "token", "external_id"] {
            if let Some(value) = shown.get(field).and_then(Value::as_str) {
                self.values
                    .insert(format!("{step}.{field}"), value.to_owned());
                if field == "id" && value != self.organization("id") {
                    self.ours.insert(value.to_owned());
                }
            }
        }
        true
    }

    /// The body without what is this server's own: other people's items of a list (with their number), and what its
    /// organization is called.
    pub(super) fn own(&self, body: &Value) -> (Value, usize) {
        let mut body = self.anonymous(body);
        let mut foreign = 0;
        if let Value::Object(entries) = &mut body
            && entries.contains_key("pagination")
            && let Some(Value::Array(items)) = entries.get_mut("items")
        {
            let before = items.len();
            items.retain(|item| self.is_ours(item));
            foreign = before - items.len();
        }
        (body, foreign)
    }

    fn is_ours(&self, item: &Value) -> bool {
        match item {
            Value::String(text) => ID.find_iter(text).any(|id| self.ours.contains(id.as_str())),
            Value::Array(items) => items.iter().any(|item| self.is_ours(item)),
            Value::Object(entries) => entries.values().any(|value| self.is_ours(value)),
            _ => false,
        }
    }

    fn anonymous(&self, value: &Value) -> Value {
        match value {
            Value::Object(entries)
                if entries.get("id").and_then(Value::as_str) == Some(self.organization("id")) =>
            {
                let fields = entries.iter().map(|(name, value)| {
                    let value = match value {
                        Value::String(_) if name == "id" => value.clone(),
                        _ => Value::Null,
                    };
                    (name.clone(), value)
                });
                Value::Object(fields.collect())
            }
            Value::Object(entries) => {
                let email = entries.get("email").and_then(Value::as_str);
                let anonymised = email.is_some_and(|email| email.ends_with(ANONYMISED));
                let fields = entries.iter().map(|(name, value)| {
                    let value = match value {
                        // The first of the digits in its name.
                        Value::String(_) if anonymised && name == "public_name" => Value::Null,
                        value => self.anonymous(value),
                    };
                    (name.clone(), value)
                });
                Value::Object(fields.collect())
            }
            Value::Array(items) => {
                Value::Array(items.iter().map(|item| self.anonymous(item)).collect())
            }
            Value::String(text) => Value::String(self.neutral(text)),
            other => other.clone(),
        }
    }

    /// The text with the names of references in the place of this server's own values, also where a refusal repeats them.
    pub(super) fn neutral(&self, text: &str) -> String {
        let mut text = text.replace(self.base(), "(base)");
        let slug = self.organization("slug");
        if !slug.is_empty() {
            text = text.replace(&format!("/{slug}/"), "/(slug)/");
        }
        let organization = ("organization", self.organization("id"));
        let values = self.values.iter().map(|(name, value)| (&**name, &**value));
        for (name, value) in values.chain([organization]) {
            if value.len() >= SHORTEST {
                text = text.replace(value, &format!("«{name}»"));
                text = text.replace(&value.to_uppercase(), &format!("«{name} in capitals»"));
            }
        }
        SECRET.replace_all(&text, "$1$2(secret)").into_owned()
    }
}

/// Why a server cannot be compared.
#[derive(Debug, thiserror::Error)]
pub enum SideError {
    /// It does not answer.
    #[error(transparent)]
    Wire(#[from] WireError),
    /// The token does not work there, or for several organizations.
    #[error(
        "{base} answers {status} to GET /v1/organizations/; the access token must belong to exactly one organization there"
    )]
    Organization {
        /// The server.
        base: String,
        /// The status of its answer.
        status: u16,
    },
}
