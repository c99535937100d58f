//! The keys that items use one after the other.

use std::sync::{Mutex, MutexGuard, PoisonError};

use super::setup::Setup;
use super::spec::KeySpec;
use crate::wire::{Answer, Request};

/// Who has which keys. Items that need the same keys and change nothing share them.
#[derive(Debug, Default)]
pub(super) struct Loans(Mutex<Ledger>);

#[derive(Debug, Default)]
struct Ledger {
    /// The set-ups of the item that is running.
    lent: Vec<Loan>,
    /// The set-ups that an item has used and not changed.
    returned: Vec<Loan>,
    /// Whether the item that is running may have changed anything.
    changed: bool,
}

/// A set-up, and what it was made for.
#[derive(Debug)]
struct Loan {
    own: bool,
    specs: Vec<KeySpec>,
    setup: Setup,
}

impl Loans {
    /// An item begins: what an earlier one did not give back is used up.
    pub(super) fn begin(&self) {
        let mut ledger = self.lock();
        ledger.lent.clear();
        ledger.changed = false;
    }

    /// Notes an exchange of the item. No read changes anything, no refusal, and no new session of a customer.
    pub(super) fn note(&self, request: &Request, answer: &Answer) {
        let refused = (400..500).contains(&answer.status);
        if request.method != "GET" && !refused && request.path != "/v1/customer-sessions/" {
            self.lock().changed = true;
        }
    }

    /// The item gives back what it was lent; what it may have changed is used up.
    pub(super) fn give_back(&self) {
        let Ledger {
            lent,
            returned,
            changed,
        } = &mut *self.lock();
        if !*changed {
            returned.append(lent);
        }
    }

    /// Lends a set-up that was made for the same keys and given back.
    pub(super) fn borrow(&self, own: bool, specs: &[KeySpec]) -> Option<Setup> {
        let Ledger { lent, returned, .. } = &mut *self.lock();
        let at = returned
            .iter()
            .position(|loan| loan.own == own && loan.specs == specs)?;
        let loan = returned.swap_remove(at);
        let setup = loan.setup.clone();
        lent.push(loan);
        Some(setup)
    }

    /// Lends a new set-up.
    pub(super) fn lend(&self, own: bool, specs: &[KeySpec], setup: &Setup) {
        if !specs.is_empty() {
            self.lock().lent.push(Loan {
                own,
                specs: specs.to_vec(),
                setup: setup.clone(),
            });
        }
    }

    fn lock(&self) -> MutexGuard<'_, Ledger> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(status: u16) -> Answer {
        Answer {
            status,
            headers: Default::default(),
            body: Vec::new(),
        }
    }

    #[test]
    fn keys_are_lent_again_until_an_item_changes_something() {
        let specs = [KeySpec::default()];
        let borrowed = |method: &str, status: u16| {
            let loans = Loans::default();
            loans.lend(false, &specs, &Setup::default());
            loans.note(&Request::new("GET", "/v1/license-keys/"), &answer(200));
            loans.note(
                &Request::new(method, "/v1/license-keys/validate"),
                &answer(status),
            );
            loans.give_back();
            loans.begin();
            assert_eq!(loans.borrow(true, &specs), None);
            assert_eq!(loans.borrow(false, &[KeySpec::revoked()]), None);
            loans.borrow(false, &specs).is_some()
        };
        assert!(borrowed("POST", 404));
        assert!(!borrowed("POST", 200));
        assert!(!borrowed("POST", 500));
    }

    #[test]
    fn what_is_not_given_back_is_used_up() {
        let specs = [KeySpec::default()];
        let loans = Loans::default();
        loans.lend(true, &specs, &Setup::default());
        loans.begin();
        loans.give_back();
        assert_eq!(loans.borrow(true, &specs), None);
        loans.lend(true, &specs, &Setup::default());
        loans.give_back();
        assert!(loans.borrow(true, &specs).is_some());
        // One item at a time.
        assert_eq!(loans.borrow(true, &specs), None);
    }
}
