//! The license keys of a world: found by id and by text in constant time, listed in order, each behind its own lock.

use std::collections::HashMap;
use std::sync::Arc;

use parking_lot::{Mutex, RwLock};
use uuid::Uuid;

use super::{LicenseKey, Timestamp};

/// A license key's place: what never changes of it, and the lock that serialises every decision on it.
#[derive(Debug)]
pub struct KeyCell {
    /// Its id.
    pub id: Uuid,
    /// Whose key it is.
    pub organization_id: Uuid,
    /// Who holds it.
    pub customer_id: Uuid,
    /// The benefit that it comes from.
    pub benefit_id: Uuid,
    created_at: Timestamp,
    /// The key itself.
    pub row: Mutex<LicenseKey>,
}

/// All license keys.
#[derive(Debug, Default)]
pub struct KeyTable {
    by_id: RwLock<HashMap<Uuid, Arc<KeyCell>>>,
    by_text: RwLock<HashMap<Uuid, HashMap<String, Arc<KeyCell>>>>,
    /// By organization, oldest first.
    in_order: RwLock<HashMap<Uuid, Vec<Arc<KeyCell>>>>,
}

impl KeyTable {
    /// Adds a key. Its id and its text must be new in its organization.
    pub fn insert(&self, row: LicenseKey) -> Arc<KeyCell> {
        let text = row.key.clone();
        let cell = Arc::new(KeyCell {
            id: row.id,
            organization_id: row.organization_id,
            customer_id: row.customer_id,
            benefit_id: row.benefit_id,
            created_at: row.created_at,
            row: Mutex::new(row),
        });
        self.by_id.write().insert(cell.id, cell.clone());
        self.by_text
            .write()
            .entry(cell.organization_id)
            .or_default()
            .insert(text, cell.clone());
        let mut in_order = self.in_order.write();
        let siblings = in_order.entry(cell.organization_id).or_default();
        let place = siblings.partition_point(|other| other.created_at <= cell.created_at);
        siblings.insert(place, cell.clone());
        cell
    }

    /// The key with this id.
    pub fn get(&self, id: Uuid) -> Option<Arc<KeyCell>> {
        self.by_id.read().get(&id).cloned()
    }

    /// The key that has this text at this moment. It may be rotated before its lock is taken: look at the row's text again.
    pub fn find(&self, organization_id: Uuid, text: &str) -> Option<Arc<KeyCell>> {
        self.by_text
            .read()
            .get(&organization_id)?
            .get(text)
            .cloned()
    }

    /// Records that a key, whose lock the caller holds, has a new text.
    pub fn rename(&self, cell: &Arc<KeyCell>, old: &str, new: String) {
        let mut by_text = self.by_text.write();
        let texts = by_text.entry(cell.organization_id).or_default();
        texts.remove(old);
        texts.insert(new, cell.clone());
    }

    /// The keys of some organizations, oldest first, that a filter lets through.
    pub fn list(
        &self,
        organizations: &[Uuid],
        keep: impl Fn(&KeyCell) -> bool,
    ) -> Vec<Arc<KeyCell>> {
        let in_order = self.in_order.read();
        let mut found: Vec<Arc<KeyCell>> = organizations
            .iter()
            .filter_map(|id| in_order.get(id))
            .flatten()
            .filter(|cell| keep(cell))
            .cloned()
            .collect();
        if organizations.len() > 1 {
            found.sort_by_key(|cell| cell.created_at);
        }
        found
    }

    /// One page of all keys of an organization, without looking at the others, and how many there are in all.
    pub fn page(
        &self,
        organization_id: Uuid,
        skip: usize,
        take: usize,
    ) -> (Vec<Arc<KeyCell>>, usize) {
        let in_order = self.in_order.read();
        let all = in_order
            .get(&organization_id)
            .map(Vec::as_slice)
            .unwrap_or_default();
        (
            all.iter().skip(skip).take(take).cloned().collect(),
            all.len(),
        )
    }

    /// Copies of all rows, organization by organization in the order given, oldest first.
    pub fn rows(&self, organizations: impl Iterator<Item = Uuid>) -> Vec<LicenseKey> {
        let in_order = self.in_order.read();
        organizations
            .filter_map(|id| in_order.get(&id))
            .flatten()
            .map(|cell| cell.row.lock().clone())
            .collect()
    }
}
