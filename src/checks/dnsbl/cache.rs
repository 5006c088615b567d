//! Which lists were alive within the last day, so that they are not asked for their test entries again.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::catalogue::Kind;
use crate::config::base_directory;
use crate::net::clock::Clock;

/// What was alive lately: zones by kind, with the time in seconds since 1970. One file a set of resolvers.
#[derive(Debug)]
pub(super) struct Cache {
    path: PathBuf,
    entries: BTreeMap<String, u64>,
}

#[derive(Debug, Default, Serialize, Deserialize)]
struct CacheFile {
    alive: BTreeMap<String, u64>,
}

const CACHE_FOR: Duration = Duration::from_secs(86_400);

impl Cache {
    /// Opens the cache of these resolvers. A resolver on another port than 53 is somebody's laboratory, and
    /// what it serves today says nothing about tomorrow.
    pub(super) fn open(resolvers: &[Arc<str>]) -> Option<Self> {
        if resolvers.iter().any(|resolver| resolver.parse::<IpAddr>().is_err()) {
            return None;
        }
        let directory = base_directory("XDG_CACHE_HOME", ".cache")?.join("spamcheck");
        let file: String =
            resolvers.join("_").chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).collect();
        Some(Cache::at(directory.join(format!("health-{file}.json"))))
    }

    fn at(path: PathBuf) -> Self {
        // A cache that cannot be read is an empty one.
        let text = std::fs::read(&path).unwrap_or_default();
        let file: CacheFile = serde_json::from_slice(&text).unwrap_or_default();
        Cache { path, entries: file.alive }
    }

    pub(super) fn knows(&self, kind: Kind, zone: &str) -> bool {
        let seen = self.entries.get(&entry_key(kind, zone)).copied().unwrap_or(0);
        let now = now_s();
        seen <= now && now - seen < CACHE_FOR.as_secs()
    }

    pub(super) fn store<'a>(&self, kind: Kind, alive: impl Iterator<Item = &'a str>) {
        let now = now_s();
        let mut entries = self.entries.clone();
        entries.retain(|_, seen| now.saturating_sub(*seen) < CACHE_FOR.as_secs());
        for zone in alive {
            entries.entry(entry_key(kind, zone)).or_insert(now);
        }
        let file = CacheFile { alive: entries };
        let Ok(text) = serde_json::to_vec(&file) else { return };
        let temporary = self.path.with_extension(format!("{}.tmp", std::process::id()));
        // A cache that cannot be written costs a few questions next time, nothing else.
        let written = self
            .path
            .parent()
            .map_or(Ok(()), std::fs::create_dir_all)
            .and_then(|()| std::fs::write(&temporary, text))
            .and_then(|()| std::fs::rename(&temporary, &self.path));
        drop(written);
    }
}

fn entry_key(kind: Kind, zone: &str) -> String {
    format!("{} {zone}", kind.as_str())
}

fn now_s() -> u64 {
    Clock::default().unix_seconds()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cache_remembers_what_was_alive_for_a_day() {
        let directory = tempfile::tempdir().expect("a directory");
        let path = directory.path().join("health.json");
        Cache::at(path.clone()).store(Kind::Ipv4, ["bl.example"].into_iter());
        let cache = Cache::at(path.clone());
        assert!(cache.knows(Kind::Ipv4, "bl.example"));
        assert!(!cache.knows(Kind::Ipv6, "bl.example"));
        let old = format!("{{\"alive\":{{\"ipv4 bl.example\":{}}}}}", now_s() - 90_000);
        std::fs::write(&path, old).expect("written");
        assert!(!Cache::at(path).knows(Kind::Ipv4, "bl.example"));
    }

    #[test]
    fn laboratory_resolvers_have_no_cache() {
        assert!(Cache::open(&["127.0.0.1:5300".into()]).is_none());
    }
}
