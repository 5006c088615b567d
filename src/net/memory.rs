//! What a run remembers: a bounded store whose latest entries stay while a long run forgets the rest.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::OnceCell;

/// Entries by key, shared by all checks of a run.
#[derive(Debug)]
pub(super) struct Memory<K, V>(Mutex<Kept<K, V>>);

/// Two generations of entries: what is asked for again moves into the young one, and the old one is dropped whole.
#[derive(Debug)]
pub(super) struct Kept<K, V> {
    young: HashMap<K, V>,
    old: HashMap<K, V>,
    generation: usize,
}

/// What is made once and read by everyone who wants it, those who come meanwhile too.
pub(super) type Slot<V> = Arc<OnceCell<V>>;

impl<K: Eq + Hash, V: Clone> Memory<K, V> {
    /// A store that keeps the latest `generation` entries, and as many before them at most.
    pub(super) fn new(generation: usize) -> Self {
        Memory(Mutex::new(Kept { young: HashMap::new(), old: HashMap::new(), generation }))
    }

    /// The store, for whoever reads and writes it in one step.
    pub(super) fn lock(&self) -> MutexGuard<'_, Kept<K, V>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<K: Eq + Hash, V> Memory<K, Slot<V>> {
    /// The slot of a key, empty at first.
    pub(super) fn slot(&self, key: K) -> Slot<V> {
        let mut kept = self.lock();
        if let Some(slot) = kept.find(&key) {
            return slot;
        }
        let slot = Slot::default();
        kept.insert(key, Arc::clone(&slot));
        slot
    }
}

impl<K: Eq + Hash, V: Clone> Kept<K, V> {
    /// An entry; it is as good as new then.
    pub(super) fn find(&mut self, key: &K) -> Option<V> {
        if let Some(found) = self.young.get(key) {
            return Some(found.clone());
        }
        let (key, found) = self.old.remove_entry(key)?;
        self.insert(key, found.clone());
        Some(found)
    }

    /// Adds an entry.
    pub(super) fn insert(&mut self, key: K, value: V) {
        if self.young.len() >= self.generation {
            self.old = std::mem::take(&mut self.young);
        }
        self.young.insert(key, value);
    }

    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.young.len() + self.old.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_run_forgets_what_nobody_asked_for_lately() {
        let memory = Memory::new(8);
        memory.lock().insert(0, "often");
        for number in 1..100 {
            assert_eq!(memory.lock().find(&0), Some("often"), "after {number}");
            memory.lock().insert(number, "once");
        }
        assert!(memory.lock().len() <= 16);
        assert_eq!(memory.lock().find(&1), None);
    }

    #[tokio::test]
    async fn slot_is_filled_once() {
        let memory: Memory<&str, Slot<u32>> = Memory::new(8);
        assert_eq!(*memory.slot("a").get_or_init(async || 1).await, 1);
        assert_eq!(*memory.slot("a").get_or_init(async || 2).await, 1);
        assert_eq!(*memory.slot("b").get_or_init(async || 3).await, 3);
    }
}
