//! A table that keeps the latest entries and forgets the oldest.

use std::collections::HashMap;
use std::hash::Hash;

/// The latest entries of a table: between one and two times `N`.
#[derive(Debug)]
pub(super) struct Latest<K, V> {
    now: HashMap<K, V>,
    before: HashMap<K, V>,
    dropped: u64,
}

/// Entries of one generation.
const MOST: usize = 20_000;

impl<K, V> Default for Latest<K, V> {
    fn default() -> Self {
        Latest { now: HashMap::new(), before: HashMap::new(), dropped: 0 }
    }
}

impl<K: Hash + Eq, V> Latest<K, V> {
    pub(super) fn get<Q>(&self, key: &Q) -> Option<&V>
    where
        K: std::borrow::Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        self.now.get(key).or_else(|| self.before.get(key))
    }

    pub(super) fn remove<Q>(&mut self, key: &Q) -> Option<V>
    where
        K: std::borrow::Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        self.now.remove(key).or_else(|| self.before.remove(key))
    }

    /// The entry of a key, made if there is none.
    pub(super) fn entry(&mut self, key: K) -> &mut V
    where
        V: Default,
    {
        if !self.now.contains_key(&key) {
            if self.now.len() >= MOST {
                self.dropped += self.before.len() as u64;
                self.before = std::mem::take(&mut self.now);
            }
            let value = self.before.remove(&key).unwrap_or_default();
            return self.now.entry(key).or_insert(value);
        }
        self.now.entry(key).or_default()
    }

    pub(super) fn values(&mut self) -> impl Iterator<Item = &mut V> {
        self.before.values_mut().chain(self.now.values_mut())
    }

    /// How many entries were forgotten.
    pub(super) fn dropped(&self) -> u64 {
        self.dropped
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn oldest_entries_are_forgotten_and_counted() {
        let mut table: Latest<usize, usize> = Latest::default();
        for number in 0..3 * MOST {
            *table.entry(number) = number;
        }
        assert_eq!(table.get(&(3 * MOST - 1)), Some(&(3 * MOST - 1)));
        assert_eq!(table.get(&0), None);
        assert_eq!(table.dropped(), MOST as u64);
        assert_eq!(table.remove(&(2 * MOST)), Some(2 * MOST));
    }
}
