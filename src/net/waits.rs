//! What checks wait for, told to whoever shows progress: their own long waits, and the steps of other servers.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::clock;

/// The waits that are on.
#[derive(Debug, Default)]
pub struct Waits {
    on: Mutex<On>,
}

#[derive(Debug, Default)]
struct On {
    made: u64,
    waits: BTreeMap<u64, Wait>,
    /// What is being read, and how far.
    reads: BTreeMap<u64, Read>,
    /// Since when whose step is waited for; the oldest comes first.
    steps: BTreeMap<u64, (Instant, String)>,
}

/// A wait that is on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wait {
    /// When it began.
    pub since: Instant,
    /// How long it takes.
    pub takes: Duration,
    /// Why it is needed, in a few words.
    pub why: String,
}

/// A file that is being read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Read {
    /// When that began.
    pub since: Instant,
    /// Its name.
    pub what: String,
    /// Octets that were read.
    pub done: u64,
    /// All of them, if that is known.
    pub whole: Option<u64>,
}

/// Says how far a file was read; it is read to its end when this is dropped.
#[derive(Debug)]
pub struct Reading<'a> {
    waits: &'a Waits,
    number: u64,
}

impl Reading<'_> {
    /// Says that so many octets were read.
    pub fn at(&self, done: u64) {
        if let Some(read) = self.waits.on().reads.get_mut(&self.number) {
            read.done = done;
        }
    }
}

impl Drop for Reading<'_> {
    fn drop(&mut self) {
        self.waits.on().reads.remove(&self.number);
    }
}

impl Waits {
    /// Begins to read a file.
    pub fn read(&self, what: &str, whole: Option<u64>) -> Reading<'_> {
        let mut on = self.on();
        on.made += 1;
        let number = on.made;
        on.reads.insert(number, Read { since: clock::now(), what: what.to_owned(), done: 0, whole });
        Reading { waits: self, number }
    }

    /// The file that has been read for the longest time.
    pub fn reading(&self) -> Option<Read> {
        self.on().reads.values().next().cloned()
    }

    /// Waits, and says why. The wait is over for everyone when the future is dropped.
    pub async fn wait(&self, takes: Duration, why: &str) {
        let number = {
            let mut on = self.on();
            on.made += 1;
            let number = on.made;
            on.waits.insert(number, Wait { since: clock::now(), takes, why: why.to_owned() });
            number
        };
        let _over = Over { waits: self, number };
        tokio::time::sleep(takes).await;
    }

    /// Waits for another server's step, and says whose and which while it does.
    pub async fn step<T>(&self, what: String, step: impl Future<Output = T>) -> T {
        let number = {
            let mut on = self.on();
            on.made += 1;
            let number = on.made;
            on.steps.insert(number, (clock::now(), what));
            number
        };
        let _over = Over { waits: self, number };
        step.await
    }

    /// The step that has taken the longest of those that are waited for.
    pub fn slowest(&self) -> Option<(Duration, String)> {
        let on = self.on();
        let (since, what) = on.steps.values().next()?;
        Some((clock::elapsed(*since), what.clone()))
    }

    /// The wait that ends first, and how many are on.
    pub fn next(&self) -> Option<(Wait, usize)> {
        let on = self.on();
        let next = on.waits.values().min_by_key(|wait| wait.since + wait.takes)?;
        Some((next.clone(), on.waits.len()))
    }

    fn on(&self) -> std::sync::MutexGuard<'_, On> {
        self.on.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Ends a wait or a step.
struct Over<'a> {
    waits: &'a Waits,
    number: u64,
}

impl Drop for Over<'_> {
    fn drop(&mut self) {
        let mut on = self.waits.on();
        on.waits.remove(&self.number);
        on.steps.remove(&self.number);
    }
}

#[cfg(test)]
mod tests {
    use std::future::Future;
    use std::pin::pin;
    use std::task::{Context, Poll, Waker};

    use super::*;

    #[test]
    fn wait_is_seen_while_it_is_on_and_not_when_it_was_dropped() {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().expect("a runtime");
        let _guard = runtime.enter();
        let waits = Waits::default();
        {
            let mut long = pin!(waits.wait(Duration::from_secs(600), "long"));
            let mut short = pin!(waits.wait(Duration::from_secs(60), "short"));
            let mut context = Context::from_waker(Waker::noop());
            assert_eq!(long.as_mut().poll(&mut context), Poll::Pending);
            assert_eq!(short.as_mut().poll(&mut context), Poll::Pending);
            let (next, all) = waits.next().expect("two are on");
            assert_eq!((next.why.as_str(), all), ("short", 2));
        }
        assert_eq!(waits.next(), None);
    }

    #[test]
    fn oldest_step_is_the_slowest() {
        let waits = Waits::default();
        let mut context = Context::from_waker(Waker::noop());
        let mut first = Box::pin(waits.step("first".to_owned(), std::future::pending::<()>()));
        let mut second = Box::pin(waits.step("second".to_owned(), std::future::pending::<()>()));
        assert_eq!(first.as_mut().poll(&mut context), Poll::Pending);
        assert_eq!(second.as_mut().poll(&mut context), Poll::Pending);
        assert_eq!(waits.slowest().map(|(_, what)| what).as_deref(), Some("first"));
        drop(first);
        assert_eq!(waits.slowest().map(|(_, what)| what).as_deref(), Some("second"));
    }
}
