//! Look-ups of a verifier that does not look at the response code.

use std::future::Future;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::sync::Mutex;

use super::lookup::{Failure, Lookup, LookupAnswer};
use crate::report::Reason;

/// Takes answers with an error code for empty ones, and remembers the first.
pub(super) struct Blind<'a, L> {
    lookup: &'a L,
    overlooked: Mutex<Option<Failure>>,
}

impl<'a, L: Lookup> Blind<'a, L> {
    pub(super) fn new(lookup: &'a L) -> Self {
        Blind { lookup, overlooked: Mutex::default() }
    }

    /// The first failure that was taken for an empty answer.
    pub(super) fn overlooked(self) -> Option<Failure> {
        self.overlooked.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    async fn see<T>(
        &self,
        answer: impl Future<Output = Result<LookupAnswer<T>, Failure>>,
    ) -> Result<LookupAnswer<T>, Failure> {
        match answer.await {
            Err(failure) if matches!(failure.reason, Reason::Servfail | Reason::Refused | Reason::Bogus) => {
                let mut overlooked = self.overlooked.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
                overlooked.get_or_insert(failure);
                Ok(LookupAnswer::NoData)
            }
            answer => answer,
        }
    }
}

impl<L: Lookup> Lookup for Blind<'_, L> {
    async fn texts(&self, name: &str) -> Result<LookupAnswer<Vec<u8>>, Failure> {
        self.see(self.lookup.texts(name)).await
    }

    async fn ipv4(&self, name: &str) -> Result<LookupAnswer<Ipv4Addr>, Failure> {
        self.see(self.lookup.ipv4(name)).await
    }

    async fn ipv6(&self, name: &str) -> Result<LookupAnswer<Ipv6Addr>, Failure> {
        self.see(self.lookup.ipv6(name)).await
    }

    async fn exchangers(&self, name: &str) -> Result<LookupAnswer<String>, Failure> {
        self.see(self.lookup.exchangers(name)).await
    }

    async fn names(&self, address: IpAddr) -> Result<LookupAnswer<String>, Failure> {
        self.see(self.lookup.names(address)).await
    }
}
