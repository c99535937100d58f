//! How grants and keys follow subscriptions, products, benefits and keys (docs/behaviour.md#grants).

use super::command::{Limits, Terms};
use super::world::World;
use crate::model::command::{Handle, Status};

/// A grant of a benefit, which comes from a subscription.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grant {
    /// The subscription.
    pub subscription: Handle,
    /// The benefit.
    pub benefit: Handle,
    /// Whether it is in force.
    pub granted: bool,
    /// The key that it gave.
    pub key: Option<Key>,
    /// How often it was changed.
    pub revision: u32,
}

/// A key, under the terms of the moment when it was last granted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Key {
    /// Its status.
    pub status: Status,
    /// Its limits.
    pub limits: Limits,
    /// How often it was changed.
    pub revision: u32,
}

impl World {
    /// Grants what a subscription comes with now, and takes back what it no longer comes with.
    pub(super) fn follow(&mut self, subscription: Handle) {
        let row = &self.subscriptions[subscription];
        let benefits = if row.runs() {
            self.products[row.product].benefits.clone()
        } else {
            Vec::new()
        };
        self.take_back(|grant| {
            grant.subscription == subscription && !benefits.contains(&grant.benefit)
        });
        for benefit in benefits {
            let of_both =
                |grant: &Grant| grant.subscription == subscription && grant.benefit == benefit;
            let grant = self.grants.iter().position(of_both).unwrap_or_else(|| {
                self.grants.push(Grant {
                    subscription,
                    benefit,
                    granted: false,
                    key: None,
                    revision: 0,
                });
                self.grants.len() - 1
            });
            self.give(grant);
        }
    }

    /// Puts a grant in force: with a new key, or with its key once more under the benefit's terms.
    fn give(&mut self, grant: Handle) {
        let grant = &mut self.grants[grant];
        if grant.granted {
            return;
        }
        grant.granted = true;
        grant.revision += 1;
        if let Terms::Keys(limits) = self.benefits[grant.benefit].terms {
            let before = grant.key.take();
            let status = match &before {
                Some(key) if key.status != Status::Revoked => key.status,
                _ => Status::Granted,
            };
            grant.key = Some(Key {
                status,
                limits,
                revision: before.map_or(0, |key| key.revision + 1),
            });
        }
    }

    /// Takes back the grants in force that `which` accepts, and their keys with them.
    pub(super) fn take_back(&mut self, which: impl Fn(&Grant) -> bool) {
        for grant in &mut self.grants {
            if grant.granted && which(grant) {
                grant.granted = false;
                grant.revision += 1;
                if let Some(key) = &mut grant.key {
                    key.status = Status::Revoked;
                    key.revision += 1;
                }
            }
        }
    }

    /// Brings the keys of a benefit under its terms.
    pub(super) fn renew(&mut self, benefit: Handle, limits: Limits) {
        for grant in &mut self.grants {
            if grant.benefit == benefit && grant.granted {
                grant.revision += 1;
                if let Some(key) = &mut grant.key {
                    key.limits = limits;
                    key.revision += 1;
                }
            }
        }
    }

    /// Sets a key's status by hand: a grant is taken back with its key, and given again with it if its benefit is still there.
    pub(super) fn set_status(&mut self, number: Handle, status: Status) {
        let grant = &mut self.grants[number];
        if let Some(key) = &mut grant.key {
            key.status = status;
            key.revision += 1;
        }
        match status {
            Status::Revoked if grant.granted => {
                grant.granted = false;
                grant.revision += 1;
            }
            Status::Granted if self.benefits[grant.benefit].live => self.give(number),
            _ => {}
        }
    }
}
