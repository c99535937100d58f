//! Everything the server remembers.

use parking_lot::{RwLock, RwLockReadGuard, RwLockWriteGuard};
use tokio::sync::Notify;
use uuid::Uuid;

use super::directory::Directory;
use super::{
    Fixture, Job, KeyTable, LicenseKey, Listeners, Pending, Site, Timestamp, Token,
    WebhookDelivery, WebhookEvent,
};

/// A world, loaded from a fixture.
///
/// The directory's lock is taken before a key's, never the other way round.
#[derive(Debug, Default)]
pub struct World {
    directory: RwLock<Directory>,
    /// The license keys.
    pub keys: KeyTable,
    /// What is waiting to happen.
    pub pending: Pending,
    /// Who hears of events.
    pub listeners: Listeners,
    /// Where its pages are.
    pub site: Site,
    /// Notified when there may be something to deliver, or something new to wait for.
    pub bell: Notify,
}

impl World {
    /// A world as a checked fixture says.
    pub fn load(fixture: Fixture) -> Self {
        let world = Self::default();
        let mut directory = world.directory.write();
        let mut keys = fixture.license_keys;
        // Each goes behind the one before it, and none has to be moved for it.
        if !keys.is_sorted_by_key(|row| row.created_at) {
            keys.sort_by_key(|row| row.created_at);
        }
        for row in keys {
            world.keys.insert(row);
        }
        fixture
            .organizations
            .into_iter()
            .for_each(|row| directory.put_organization(row));
        for row in fixture.customers {
            directory.put_customer(row);
        }
        for row in fixture.members {
            directory.put_member(row);
        }
        for row in fixture.benefits {
            directory.benefits.put(row);
        }
        for row in fixture.products {
            directory.products.put(row);
        }
        for row in fixture.subscriptions {
            if let Some(due) = row.next_change() {
                world.pending.put(due, Job::PeriodEnds(row.id));
            }
            directory.put_subscription(row);
        }
        for row in fixture.discounts {
            directory.discounts.put(row);
        }
        for row in fixture.checkout_links {
            directory.put_checkout_link(row);
        }
        for row in fixture.checkouts {
            if let Some(due) = row.next_change() {
                world.pending.put(due, Job::CheckoutExpires(row.id));
            }
            directory.put_checkout(row);
        }
        for row in fixture.orders {
            if let Some(due) = row.next_payment_attempt_at {
                world.pending.put(due, Job::PaymentDue(row.id));
            }
            directory.put_order(row);
        }
        for row in fixture.refunds {
            directory.refunds.put(row);
        }
        for row in fixture.benefit_grants {
            directory.put_grant(row);
        }
        fixture
            .customer_sessions
            .into_iter()
            .for_each(|row| directory.put_session(row));
        for row in fixture.webhook_endpoints {
            directory.webhook_endpoints.put(row);
        }
        for row in fixture.webhook_events {
            directory.webhooks.put_event(row);
        }
        for row in fixture.webhook_deliveries {
            directory.webhooks.put_delivery(row);
        }
        drop(directory);
        for row in fixture.background_jobs {
            world.pending.put(row.due_at, row.job);
        }
        world
    }

    /// The same world in the place of another one: the same server, and whoever listens to it.
    pub fn in_place_of(self, old: &Self) -> Self {
        Self {
            listeners: old.listeners.clone(),
            site: old.site.clone(),
            ..self
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
            products: directory.products.copies(),
            subscriptions: directory.subscriptions.copies(),
            discounts: directory.discounts.copies(),
            checkout_links: directory.checkout_links.copies(),
            checkouts: directory.checkouts.copies(),
            orders: directory.orders.copies(),
            refunds: directory.refunds.copies(),
            benefit_grants: directory.grants.copies(),
            customer_sessions: directory.sessions().to_vec(),
            webhook_endpoints: directory.webhook_endpoints.copies(),
            webhook_events: directory
                .webhooks
                .events()
                .map(|row| WebhookEvent::clone(row))
                .collect(),
            webhook_deliveries: directory
                .webhooks
                .deliveries()
                .map(|row| WebhookDelivery::clone(row))
                .collect(),
            background_jobs: self.pending.copies(),
        }
    }

    /// The objects around license keys, to look at.
    pub fn read(&self) -> RwLockReadGuard<'_, Directory> {
        self.directory.read()
    }

    /// The objects around license keys, to change.
    pub fn write(&self) -> RwLockWriteGuard<'_, Directory> {
        self.directory.write()
    }

    /// What a token stands for, if it is known and still works.
    pub fn token(&self, token: &str, now: Timestamp) -> Option<Token> {
        self.read().token(token, now)
    }

    /// When something is due next: a job, or an event for an endpoint.
    pub fn next_moment(&self) -> Option<Timestamp> {
        let event = self.read().webhooks.next_moment();
        [self.pending.next_moment(), event]
            .into_iter()
            .flatten()
            .min()
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
