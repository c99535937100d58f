//! Rows by id, in the order in which they came, with the other ways to find them.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::Arc;

use uuid::Uuid;

/// A kind of row that can be kept in a [`Table`].
pub trait Row: Clone {
    /// Its id.
    fn id(&self) -> Uuid;
}

/// Rows by id. Rows are shared, never changed in place: whoever holds one keeps what it was.
#[derive(Debug)]
pub struct Table<T> {
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

impl<T: Row> Table<T> {
    /// Adds a row, or replaces the one with its id.
    pub fn put(&mut self, row: T) -> Arc<T> {
        let row = Arc::new(row);
        match self.places.get(&row.id()) {
            Some(&place) => self.rows[place] = row.clone(),
            None => {
                self.places.insert(row.id(), self.rows.len());
                self.rows.push(row.clone());
            }
        }
        row
    }

    /// The row with this id.
    pub fn get(&self, id: Uuid) -> Option<Arc<T>> {
        self.places.get(&id).map(|&place| self.rows[place].clone())
    }

    /// The row with this id, to look at.
    pub fn find(&self, id: Uuid) -> Option<&T> {
        self.places.get(&id).map(|&place| &*self.rows[place])
    }

    /// All rows, oldest first.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = &Arc<T>> {
        self.rows.iter()
    }

    /// Copies of all rows.
    pub fn copies(&self) -> Vec<T> {
        self.rows.iter().map(|row| T::clone(row)).collect()
    }
}

/// Ids of rows by something that several rows may share, oldest first.
#[derive(Debug)]
pub struct Index<K>(HashMap<K, Vec<Uuid>>);

impl<K> Default for Index<K> {
    fn default() -> Self {
        Self(HashMap::new())
    }
}

impl<K: Eq + Hash> Index<K> {
    /// Adds an id.
    pub fn add(&mut self, key: K, id: Uuid) {
        self.0.entry(key).or_default().push(id);
    }

    /// The ids under a key.
    pub fn get(&self, key: &K) -> &[Uuid] {
        self.0.get(key).map(Vec::as_slice).unwrap_or_default()
    }
}
