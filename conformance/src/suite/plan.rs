//! The order of items when the budget does not suffice for all.

use std::collections::{BTreeMap, VecDeque};

use super::item::Item;
use crate::outcome::Tier;

/// The most informative items first: what every app relies on, then everything documented or measured, then exact
/// orders and texts, then recordings and random sequences. Within a rank the groups take turns, so that every group is
/// covered early.
pub fn by_information(items: Vec<Item>) -> Vec<Item> {
    let mut ranks: BTreeMap<u8, BTreeMap<String, VecDeque<Item>>> = BTreeMap::new();
    for item in items {
        let groups = ranks.entry(rank(&item)).or_default();
        groups.entry(item.group()).or_default().push_back(item);
    }
    ranks.into_values().flat_map(in_turns).collect()
}

fn rank(item: &Item) -> u8 {
    match item {
        Item::Case(run) => match run.case().tier {
            Tier::Core => 0,
            Tier::Complete => 1,
            Tier::Strict => 2,
        },
        Item::Snapshot(_) => 1,
        Item::Recording(_) => 3,
        Item::Property(_) => 4,
    }
}

fn in_turns(mut groups: BTreeMap<String, VecDeque<Item>>) -> Vec<Item> {
    let mut turns = Vec::new();
    while !groups.is_empty() {
        groups.retain(|_, items| {
            turns.extend(items.pop_front());
            !items.is_empty()
        });
    }
    turns
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::recordings::Library;
    use crate::suite::items;

    #[test]
    fn every_item_once_and_each_group_before_the_second_of_any() {
        let all = items(Library::embedded().unwrap(), Vec::new());
        let count = all.len();
        let planned = by_information(all);
        assert_eq!(planned.len(), count);
        let ranks: Vec<u8> = planned.iter().map(rank).collect();
        assert!(ranks.is_sorted());
        let core: Vec<String> = planned
            .iter()
            .filter(|item| rank(item) == 0)
            .map(Item::group)
            .collect();
        let mut groups = core.clone();
        groups.sort();
        groups.dedup();
        let mut first = core[..groups.len()].to_vec();
        first.sort();
        assert_eq!(first, groups);
    }
}
