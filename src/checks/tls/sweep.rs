//! Everything a server agrees to, found by asking until it agrees to nothing more.

use std::time::Instant;

use super::facts::{Deep, Order, SuiteRow};
use crate::net::smtp::Peer;
use crate::net::smtp::survey::probe;
use crate::net::tls::client_hello::{ClientHello, Version, all_groups, new_suites, old_suites};
use crate::net::tls::server_hello::{HelloAnswer, ServerHello};
use crate::net::tls::suites;
use crate::net::{Net, clock};

/// Connections a sweep takes at most.
const MAX_OFFERS: usize = 96;
/// The time a sweep may take before no connection is begun any more, as a multiple of that of one reply.
const REPLIES: u32 = 10;

struct Sweeper<'a> {
    peer: &'a Peer,
    name: Option<&'a str>,
    net: &'a Net,
    left: usize,
    deadline: Instant,
    ended: Option<String>,
}

/// Sweeps over versions, suites and groups.
pub(super) async fn sweep(peer: &Peer, name: Option<&str>, net: &Net) -> Deep {
    let deadline = clock::now() + net.smtp.timeout * REPLIES;
    let mut sweeper = Sweeper { peer, name, net, left: MAX_OFFERS, deadline, ended: None };
    let mut deep = Deep::default();
    let mut old_ones = Vec::new();
    let mut has_tls13 = false;
    for version in Version::ALL {
        let hello = ClientHello::of_version(version, name);
        if sweeper.ask(hello).await.is_some_and(|answer| answer.version == version) {
            deep.versions.push(version.as_str().to_owned());
            match version {
                Version::Tls13 => has_tls13 = true,
                older => old_ones.push(older),
            }
        }
    }
    if has_tls13 {
        let rows = sweeper.suites(Version::Tls13, new_suites()).await;
        deep.suites.extend(rows.into_iter().map(row));
        deep.groups = sweeper.groups().await;
    }
    // A suite may be kept for an old version alone.
    let mut found: Vec<u16> = Vec::new();
    for version in old_ones.into_iter().rev() {
        let offered = old_suites().into_iter().filter(|suite| !found.contains(suite)).collect();
        let more = sweeper.suites(version, offered).await;
        if found.is_empty() {
            deep.order = sweeper.order(version, &more).await;
        }
        found.extend(more);
    }
    deep.suites.extend(found.into_iter().map(row));
    deep.ended = sweeper.ended;
    deep
}

fn row(number: u16) -> SuiteRow {
    let name = suites::name(number);
    SuiteRow { grade: suites::grade(&name), name }
}

impl Sweeper<'_> {
    /// What the server agrees to, if to anything. After a failure nothing is asked any more.
    async fn ask(&mut self, hello: ClientHello) -> Option<ServerHello> {
        if self.ended.is_some() {
            return None;
        }
        let Some(left) = self.left.checked_sub(1) else {
            self.ended = Some(format!("{MAX_OFFERS} connections are enough"));
            return None;
        };
        self.left = left;
        if clock::now() >= self.deadline {
            self.ended = Some(format!("it took longer than {} s", (self.net.smtp.timeout * REPLIES).as_secs()));
            return None;
        }
        match probe(self.peer, &hello, self.net).await {
            Ok(HelloAnswer::Hello(answer)) => Some(*answer),
            Ok(HelloAnswer::Alert(_) | HelloAnswer::Nothing(_)) => None,
            Err(failure) => {
                self.ended = Some(failure.to_string());
                None
            }
        }
    }

    /// The suites of a version, each left out once it was taken.
    async fn suites(&mut self, version: Version, mut offered: Vec<u16>) -> Vec<u16> {
        let mut found = Vec::new();
        while !offered.is_empty() {
            let hello = ClientHello { suites: offered.clone(), ..ClientHello::of_version(version, self.name) };
            let Some(answer) = self.ask(hello).await else { break };
            let Some(at) = offered.iter().position(|suite| *suite == answer.suite) else { break };
            found.push(offered.remove(at));
        }
        found
    }

    async fn groups(&mut self) -> Vec<String> {
        let mut offered = all_groups();
        let mut found = Vec::new();
        while !offered.is_empty() {
            let hello = ClientHello { groups: offered.clone(), ..ClientHello::of_version(Version::Tls13, self.name) };
            let Some(group) = self.ask(hello).await.and_then(|answer| answer.group) else { break };
            let Some(at) = offered.iter().position(|offer| *offer == group) else { break };
            found.push(suites::group(offered.remove(at)));
        }
        found
    }

    /// Whether the server takes its own favourite although the client offers it last.
    async fn order(&mut self, version: Version, found: &[u16]) -> Option<Order> {
        let (first, _) = found.split_first().filter(|(_, rest)| !rest.is_empty())?;
        let suites = found.iter().rev().copied().collect();
        let hello = ClientHello { suites, ..ClientHello::of_version(version, self.name) };
        let answer = self.ask(hello).await?;
        Some(if answer.suite == *first { Order::Server } else { Order::Client })
    }
}
