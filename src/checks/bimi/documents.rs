//! The logo and the mark certificate that a record names.

use super::fetch::{Fetched, Missed};
use super::{Judge, rules};
use crate::mail::bimi::HttpsUri;
use crate::mail::svg::{self, Indicator, MAX_INDICATOR};
use crate::net::Net;
use crate::net::tls::mark::{self, FaultKind};
use crate::report::{Evidence, Finding, Reason, Rule, Unclear, clean};

/// Octets of an evidence document that are read: certificates carry the logo.
pub(super) const MAX_EVIDENCE: usize = 256 << 10;

impl Judge<'_> {
    /// Judges the logo.
    pub(super) fn indicator(&mut self, uri: &HttpsUri, fetched: Fetched) {
        let Some(octets) = self.document("l", uri, fetched, (MAX_INDICATOR, &rules::SIZE)) else { return };
        let proof = Evidence::reply(uri, head(&octets));
        let facts = self.facts.indicator.as_mut();
        if octets.len() > svg::ADVISED {
            let size = |octets: usize| u32::try_from(octets).unwrap_or(u32::MAX);
            let measured = Evidence::limit("size", size(octets.len()), size(svg::ADVISED), "octets");
            let detail = format!("{} octets, at most {} are advised", octets.len(), svg::ADVISED);
            self.findings.push(Finding::new(&rules::SIZE, uri, measured).detail(detail));
        }
        let indicator = match Indicator::read(&octets) {
            Ok(indicator) => indicator,
            Err(error) => {
                return self.unclear.push(Unclear::decisive(Reason::Unsupported, uri, error.to_string()));
            }
        };
        if let Some(facts) = facts {
            facts.fetched = true;
            facts.size_bytes = Some(octets.len());
            facts.title = indicator.title.as_deref().map(clean);
            (facts.width, facts.height) = indicator.shape.unzip();
        }
        for (kind, rule) in [
            (svg::FaultKind::Malformed, &rules::SVG),
            (svg::FaultKind::Profile, &rules::PROFILE),
            (svg::FaultKind::Forbidden, &rules::FORBIDDEN),
        ] {
            let of_kind = indicator.faults.iter().filter(|fault| fault.kind == kind);
            let details: Vec<&str> = of_kind.map(|fault| fault.detail.as_str()).collect();
            if !details.is_empty() {
                self.findings.push(Finding::new(rule, uri, proof.clone()).detail(details.join("; ")));
            }
        }
        // Drawn by hand, a square is one to a thousandth.
        let shape = indicator.shape.filter(|(width, height)| (width - height).abs() > width.max(*height) / 1000.0);
        if let Some((width, height)) = shape {
            self.findings.push(Finding::new(&rules::SHAPE, uri, proof).detail(format!("{width} by {height}")));
        }
    }

    /// Judges the mark certificate.
    pub(super) fn evidence(&mut self, uri: &HttpsUri, fetched: Fetched, net: &Net) {
        let Some(octets) = self.document("a", uri, fetched, (MAX_EVIDENCE, &rules::PEM)) else { return };
        let mut domains = vec![self.domain];
        domains.extend(self.organizational.as_ref());
        let record = mark::Record { selector: self.selector, domains: &domains };
        let evidence = mark::Evidence::read(&octets, record, net.clock.time().as_second());
        let shown = evidence.mark().map(|mark| Evidence::Certificate {
            server: uri.to_string(),
            subject: mark.subject.clone(),
            sha256: mark.sha256.clone(),
        });
        let proof = shown.unwrap_or_else(|| Evidence::reply(uri, head(&octets)));
        for fault in &evidence.faults {
            let rule = match fault.kind {
                FaultKind::Format => &rules::PEM,
                FaultKind::Chain => &rules::CHAIN,
                FaultKind::Order => &rules::ORDER,
                FaultKind::Time => &rules::TIME,
                FaultKind::Profile => &rules::MARK,
                FaultKind::Domain => &rules::DOMAIN,
            };
            let finding = Finding::new(rule, uri, proof.clone()).about(&fault.detail);
            self.findings.push(finding.detail(&fault.detail));
        }
        if let Some(facts) = &mut self.facts.evidence {
            facts.fetched = true;
            facts.certificates = evidence.certificates;
        }
    }

    /// The document, if it was served whole; else what that means is told.
    fn document(
        &mut self,
        tag: &str,
        uri: &HttpsUri,
        fetched: Fetched,
        (limit, too_long): (usize, &'static Rule),
    ) -> Option<Vec<u8>> {
        if let Some(last) = fetched.redirects.last() {
            let proof = Evidence::reply(uri, format!("Location: {}", fetched.redirects[0]));
            let remedy = format!("Name {last} in the record, in place of {uri}.");
            let detail = format!("to {last}");
            let finding = Finding::new(&rules::REDIRECT, uri, proof).about(tag);
            self.findings.push(finding.detail(detail).remedy(remedy));
        }
        match fetched.document {
            Ok(Some(octets)) => return Some(octets),
            Ok(None) => {
                let detail = format!("more than {limit} octets");
                let proof = Evidence::reply(uri, &detail);
                self.findings.push(Finding::new(too_long, uri, proof).detail(&detail));
                // What is not read to its end is not judged.
                let words = format!("{detail}, which are not read to their end");
                self.unclear.push(Unclear::decisive(Reason::Budget, uri, words));
            }
            Err(Missed::Answer(proof, detail)) => {
                self.findings.push(Finding::new(&rules::FETCH, uri, proof).about(tag).detail(detail));
            }
            Err(Missed::Silence(open)) => self.unclear.push(open),
        }
        None
    }
}

/// Octets of a document that are quoted.
const MAX_QUOTED: usize = 240;

fn head(octets: &[u8]) -> String {
    String::from_utf8_lossy(&octets[..octets.len().min(MAX_QUOTED)]).into_owned()
}
