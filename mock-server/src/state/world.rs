//! Everything the server remembers.

use std::collections::HashMap;
use std::sync::Arc;

use parking_lot::RwLock;
use uuid::Uuid;

use super::{
    Benefit, Caller, Customer, CustomerSession, Fixture, KeyTable, LicenseKey, Member,
    Organization, Timestamp, Token, new_uuid,
};

/// The objects around license keys.
#[derive(Debug, Default)]
struct Directory {
    organizations: Table<Organization>,
    customers: Table<Customer>,
    members: Table<Member>,
    benefits: Table<Benefit>,
    sessions: Vec<CustomerSession>,
    tokens: HashMap<String, Token>,
    /// Lists that are kept but not looked into.
    kept: Fixture,
}

/// Rows by id, in the order in which they came.
#[derive(Debug)]
struct Table<T> {
    rows: Vec<Arc<T>>,
    places: HashMap<Uuid, usize>,
}

impl<T> Default for Table<T> {
    fn default() -> Self {
        Self {
            rows: Vec::new(),
            places: HashMap::new(),
        }
    }
}

impl<T: Clone> Table<T> {
    fn load(rows: Vec<T>, id: impl Fn(&T) -> Uuid) -> Self {
        let places = rows
            .iter()
            .enumerate()
            .map(|(place, row)| (id(row), place))
            .collect();
        Self {
            rows: rows.into_iter().map(Arc::new).collect(),
            places,
        }
    }

    fn get(&self, id: Uuid) -> Option<Arc<T>> {
        self.places.get(&id).map(|&place| self.rows[place].clone())
    }

    fn copies(&self) -> Vec<T> {
        self.rows.iter().map(|row| T::clone(row)).collect()
    }
}

/// Scopes of every portal session.
const PORTAL_SCOPES: [&str; 2] = ["customer_portal:read", "customer_portal:write"];

/// A world, loaded from a fixture.
#[derive(Debug, Default)]
pub struct World {
    directory: RwLock<Directory>,
    /// The license keys.
    pub keys: KeyTable,
}

impl World {
    /// A world as a checked fixture says.
    pub fn load(fixture: Fixture) -> Self {
        let keys = KeyTable::default();
        for row in fixture.license_keys {
            keys.insert(row);
        }
        let mut directory = Directory {
            tokens: access_tokens(&fixture.organizations),
            organizations: Table::load(fixture.organizations, |row| row.id),
            customers: Table::load(fixture.customers, |row| row.id),
            members: Table::load(fixture.members, |row| row.id),
            benefits: Table::load(fixture.benefits, |row| row.id),
            sessions: Vec::new(),
            kept: Fixture {
                products: fixture.products,
                subscriptions: fixture.subscriptions,
                webhook_endpoints: fixture.webhook_endpoints,
                ..Fixture::default()
            },
        };
        for session in fixture.customer_sessions {
            directory.add_session(session);
        }
        Self {
            directory: RwLock::new(directory),
            keys,
        }
    }

    /// The whole world as a fixture.
    pub fn export(&self) -> Fixture {
        let directory = self.directory.read();
        let organizations = directory.organizations.copies();
        Fixture {
            license_keys: self
                .keys
                .rows(organizations.iter().map(|organization| organization.id)),
            organizations,
            customers: directory.customers.copies(),
            members: directory.members.copies(),
            benefits: directory.benefits.copies(),
            customer_sessions: directory.sessions.clone(),
            ..directory.kept.clone()
        }
    }

    /// What a token stands for, if it is known and still works.
    pub fn token(&self, token: &str, now: Timestamp) -> Option<Token> {
        self.directory
            .read()
            .tokens
            .get(token)
            .filter(|token| token.is_live(now))
            .cloned()
    }

    /// The organization with this id.
    pub fn organization(&self, id: Uuid) -> Option<Arc<Organization>> {
        self.directory.read().organizations.get(id)
    }

    /// The customer with this id.
    pub fn customer(&self, id: Uuid) -> Option<Arc<Customer>> {
        self.directory.read().customers.get(id)
    }

    /// A customer of one of these organizations, by its external id.
    pub fn customer_by_external_id(
        &self,
        organizations: &[Uuid],
        external_id: &str,
    ) -> Option<Arc<Customer>> {
        let directory = self.directory.read();
        let fits = |customer: &&Arc<Customer>| {
            organizations.contains(&customer.organization_id)
                && customer.external_id.as_deref() == Some(external_id)
                && customer.deleted_at.is_none()
        };
        directory.customers.rows.iter().find(fits).cloned()
    }

    /// The member with this id.
    pub fn member(&self, id: Uuid) -> Option<Arc<Member>> {
        self.directory.read().members.get(id)
    }

    /// The members of a customer.
    pub fn members_of(&self, customer_id: Uuid) -> Vec<Arc<Member>> {
        self.directory
            .read()
            .members
            .rows
            .iter()
            .filter(|member| member.customer_id == customer_id)
            .cloned()
            .collect()
    }

    /// The benefit with this id.
    pub fn benefit(&self, id: Uuid) -> Option<Arc<Benefit>> {
        self.directory.read().benefits.get(id)
    }

    /// Opens a portal session.
    pub fn add_session(&self, session: CustomerSession) {
        self.directory.write().add_session(session);
    }

    /// Runs a decision on the key that has this text, alone with it.
    pub fn with_key<T>(
        &self,
        organization_id: Uuid,
        text: &str,
        decide: impl FnOnce(&mut LicenseKey) -> T,
    ) -> Option<T> {
        let cell = self.keys.find(organization_id, text)?;
        let mut row = cell.row.lock();
        // It may have been rotated between finding and locking it.
        if row.key != text {
            return None;
        }
        Some(decide(&mut row))
    }
}

impl Directory {
    fn add_session(&mut self, session: CustomerSession) {
        let caller = match session.member_id {
            Some(member_id) => Caller::Member {
                member_id,
                customer_id: session.customer_id,
            },
            None => Caller::Customer {
                customer_id: session.customer_id,
            },
        };
        let scopes = PORTAL_SCOPES.map(str::to_owned).to_vec();
        self.tokens.insert(
            session.token.clone(),
            Token {
                caller,
                scopes,
                expires_at: Some(session.expires_at),
            },
        );
        self.sessions.push(session);
    }
}

/// Tokens for the core API. A personal token listed by several organizations speaks for its user in all of them.
fn access_tokens(organizations: &[Organization]) -> HashMap<String, Token> {
    let mut tokens: HashMap<String, Token> = HashMap::new();
    for organization in organizations {
        for row in &organization.access_tokens {
            if let Some(Token {
                caller: Caller::User { organizations, .. },
                ..
            }) = tokens.get_mut(&row.token)
            {
                organizations.push(organization.id);
                continue;
            }
            let caller = if row.token.starts_with("polar_pat_") {
                Caller::User {
                    id: new_uuid(),
                    organizations: vec![organization.id],
                }
            } else {
                Caller::Organization(organization.id)
            };
            let token = Token {
                caller,
                scopes: row.scopes.clone(),
                expires_at: row.expires_at,
            };
            tokens.insert(row.token.clone(), token);
        }
    }
    tokens
}
