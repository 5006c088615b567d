//! Mark certificates (VMC, CMC): the evidence documents of BIMI (draft-fetch-validation-vmc-wchuang-09).
//!
//! Which authorities receivers trust to issue them is each receiver's own choice, and is not judged here.

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use x509_parser::certificate::X509Certificate;
use x509_parser::extensions::ParsedExtension;
use x509_parser::prelude::FromDer;

use super::certificate::{Certificate, day, is};
use super::signature::{self, Signed};
use crate::names::domain::Domain;
use crate::report::clean;

/// An evidence document, as far as it could be read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Evidence {
    /// Its certificates, in the order of the document.
    pub certificates: Vec<Certificate>,
    /// Which of them is the mark certificate.
    pub mark: usize,
    /// What is wrong with it.
    pub faults: Vec<Fault>,
}

/// Something that is wrong with an evidence document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// What kind of fault.
    pub kind: FaultKind,
    /// The case at hand, in words.
    pub detail: String,
}

/// What can be wrong with an evidence document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FaultKind {
    /// It holds no certificates in PEM (§3.3).
    Format,
    /// They do not lead up to an authority (§3.3).
    Chain,
    /// They are not in the order of issuance, or are there twice (§3.3).
    Order,
    /// One is out of its time (§4.5).
    Time,
    /// The mark certificate or its issuer lacks what the profile demands (§4).
    Profile,
    /// It is for other domains (§5.2).
    Domain,
}

/// The record an evidence document is named by.
#[derive(Debug, Clone, Copy)]
pub struct Record<'a> {
    /// The selector.
    pub selector: &'a str,
    /// The domains that the certificate may be for: the author's, and its organisational domain.
    pub domains: &'a [&'a Domain],
}

/// Certificates of a document that are looked at.
const MAX_CHAIN: usize = 16;

/// 1.3.6.1.5.5.7.3.31: for brand indicators (§4.4).
const BIMI: &[u64] = &[1, 3, 6, 1, 5, 5, 7, 3, 31];
/// What a mark certificate must have: where it is said, its number, and what it is.
const EXTENSIONS: &[(&[u64], &str)] = &[
    (&[1, 3, 6, 1, 5, 5, 7, 1, 12], "logotype (§4.1)"),
    (&[2, 5, 29, 31], "CRL distribution point (§4.5)"),
    (&[1, 3, 6, 1, 4, 1, 11129, 2, 4, 2], "signed certificate timestamp (§4.6)"),
];

impl Evidence {
    /// Reads and judges a document. `now` is in seconds since 1970.
    pub fn read(pem: &[u8], record: Record<'_>, now: i64) -> Evidence {
        let mut evidence = Evidence::default();
        let mut ders: Vec<CertificateDer<'static>> = Vec::new();
        for der in CertificateDer::pem_slice_iter(pem).take(MAX_CHAIN) {
            match der {
                Ok(der) if ders.contains(&der) => {
                    evidence.fault(FaultKind::Order, format!("certificate {} is there twice", ders.len() + 1));
                }
                Ok(der) => ders.push(der),
                Err(error) => {
                    evidence.fault(FaultKind::Format, format!("the PEM cannot be read: {error:?}"));
                    break;
                }
            }
        }
        evidence.certificates = ders.iter().map(|der| Certificate::read(der, now)).collect();
        let parsed: Option<Vec<X509Certificate<'_>>> =
            ders.iter().map(|der| X509Certificate::from_der(der).ok().map(|(_, parsed)| parsed)).collect();
        let unreadable =
            evidence.certificates.iter().enumerate().find_map(|(index, one)| Some((index, one.fault.clone()?)));
        match (parsed, unreadable) {
            (_, Some((index, why))) => {
                evidence.fault(FaultKind::Format, format!("certificate {} cannot be read: {why}", index + 1));
            }
            (Some(parsed), None) if !parsed.is_empty() => evidence.judge(&parsed, record, now),
            _ if evidence.faults.is_empty() => evidence.fault(FaultKind::Format, "it holds no certificate in PEM"),
            _ => {}
        }
        evidence
    }

    /// The mark certificate, if there is one.
    pub fn mark(&self) -> Option<&Certificate> {
        self.certificates.get(self.mark)
    }

    fn fault(&mut self, kind: FaultKind, detail: impl AsRef<str>) {
        self.faults.push(Fault { kind, detail: clean(detail.as_ref()) });
    }

    fn judge(&mut self, parsed: &[X509Certificate<'_>], record: Record<'_>, now: i64) {
        let marks: Vec<usize> = (0..parsed.len()).filter(|index| !parsed[*index].is_ca()).collect();
        self.mark =
            marks.iter().copied().find(|index| is_for_bimi(&parsed[*index])).or(marks.first().copied()).unwrap_or(0);
        if marks.len() > 1 {
            self.fault(
                FaultKind::Order,
                format!("{} certificates are no authority's, so that the mark is not one", marks.len()),
            );
        }
        let path = self.chain(parsed);
        if path.iter().copied().ne(0..path.len()) {
            self.fault(FaultKind::Order, "the mark certificate is not first with its issuers after it");
        }
        for index in &path {
            let validity = parsed[*index].validity();
            let (begin, end) = (validity.not_before.timestamp(), validity.not_after.timestamp());
            let whose = if *index == self.mark { "the mark certificate" } else { "the certificate of an issuer" };
            let text = |moment| day(moment).unwrap_or_default();
            if now > end {
                self.fault(FaultKind::Time, format!("{whose} was valid until {}", text(end)));
            }
            if now < begin {
                self.fault(FaultKind::Time, format!("{whose} is valid from {} on", text(begin)));
            }
        }
        self.profile(&parsed[self.mark], path.get(1).map(|issuer| &parsed[*issuer]));
        self.domain(record);
    }

    /// The certificates from the mark upwards. The root need not be among them, the issuer must (§3.3).
    fn chain(&mut self, parsed: &[X509Certificate<'_>]) -> Vec<usize> {
        let mut path = vec![self.mark];
        while let Some(index) = path.last().copied() {
            let one = &parsed[index];
            let is_own = one.subject().as_raw() == one.issuer().as_raw();
            let is_above =
                |above: &usize| !path.contains(above) && parsed[*above].subject().as_raw() == one.issuer().as_raw();
            let named: Vec<usize> = (0..parsed.len()).filter(is_above).collect();
            let signed = |above: &usize| signature::verify(one, parsed[*above].public_key()) != Signed::No;
            match named.iter().copied().find(signed) {
                _ if is_own && index != self.mark => break,
                Some(above) => path.push(above),
                None if !named.is_empty() => {
                    let words = format!("certificate {} is not signed by its issuer's key", index + 1);
                    self.fault(FaultKind::Chain, words);
                    break;
                }
                None if is_own => {
                    self.fault(FaultKind::Chain, "the mark certificate is self-signed");
                    break;
                }
                None if index == self.mark => {
                    let words = format!("the issuer's certificate is missing: {}", self.certificates[index].issuer);
                    self.fault(FaultKind::Chain, words);
                    break;
                }
                None => break,
            }
        }
        path
    }

    fn profile(&mut self, mark: &X509Certificate<'_>, issuer: Option<&X509Certificate<'_>>) {
        let mut lacks = Vec::new();
        if !is_for_bimi(mark) {
            lacks.push("extended key usage for brand indicators (§4.4)".to_owned());
        }
        for (number, name) in EXTENSIONS {
            if !mark.extensions().iter().any(|extension| is(&extension.oid, number)) {
                lacks.push((*name).to_owned());
            }
        }
        if !lacks.is_empty() {
            self.fault(FaultKind::Profile, format!("the mark certificate has no {}", lacks.join(", no ")));
        }
        if issuer.is_some_and(|issuer| !is_for_bimi(issuer)) {
            self.fault(FaultKind::Profile, "its issuer has no extended key usage for brand indicators (§4.4)");
        }
    }

    /// Whether the certificate is for the record's domain, with every selector or with this one (§5.2).
    fn domain(&mut self, record: Record<'_>) {
        let names = self.mark().map(|mark| mark.names.clone()).unwrap_or_default();
        let is_for = |name: &String| {
            let name: Option<Domain> = name.parse().ok();
            let fits = |domain: &&Domain| {
                let selected = domain.prefixed(&format!("{}._bimi", record.selector)).ok();
                name.as_ref() == Some(domain) || name.is_some() && name == selected
            };
            record.domains.iter().any(fits)
        };
        if !names.iter().any(is_for) {
            let wanted: Vec<String> = record.domains.iter().map(ToString::to_string).collect();
            let shown = if names.is_empty() {
                "no name".to_owned()
            } else {
                names.iter().take(8).cloned().collect::<Vec<_>>().join(", ")
            };
            self.fault(FaultKind::Domain, format!("it is for {shown}, not for {}", wanted.join(" or ")));
        }
    }
}

fn is_for_bimi(certificate: &X509Certificate<'_>) -> bool {
    certificate.extensions().iter().any(|extension| match extension.parsed_extension() {
        ParsedExtension::ExtendedKeyUsage(usage) => usage.other.iter().any(|oid| is(oid, BIMI)),
        _ => false,
    })
}

#[cfg(test)]
mod tests {
    use rcgen::{
        BasicConstraints, CertificateParams, CustomExtension, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    };

    use super::*;

    const NOW: i64 = 1_800_000_000;

    fn key() -> KeyPair {
        KeyPair::generate().expect("a key")
    }

    fn authority() -> (Issuer<'static, KeyPair>, String) {
        let mut params = CertificateParams::new(Vec::new()).expect("parameters");
        params.distinguished_name.push(DnType::CommonName, "Mark Issuer");
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::Other(BIMI.to_vec())];
        let key = key();
        let pem = params.self_signed(&key).expect("a certificate").pem();
        (Issuer::new(params, key), pem)
    }

    /// A mark certificate for a name, with these of the extensions that it must have.
    fn mark(name: &str, issuer: &Issuer<'_, KeyPair>, extensions: &[(&[u64], &str)]) -> String {
        let mut params = CertificateParams::new(vec![name.to_owned()]).expect("parameters");
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::Other(BIMI.to_vec())];
        let made = extensions.iter().map(|(oid, _)| CustomExtension::from_oid_content(oid, vec![0x30, 0]));
        params.custom_extensions = made.collect();
        params.signed_by(&key(), issuer).expect("a certificate").pem()
    }

    fn kinds(pem: &str) -> Vec<FaultKind> {
        let domain = |name: &str| name.parse::<Domain>().expect("a name");
        let (author, organizational) = (domain("news.example.org"), domain("example.org"));
        let record = Record { selector: "winter", domains: &[&author, &organizational] };
        Evidence::read(pem.as_bytes(), record, NOW).faults.into_iter().map(|fault| fault.kind).collect()
    }

    #[test]
    fn certificate_is_for_the_author_or_the_organizational_domain_and_for_one_selector_or_all() {
        let (issuer, above) = authority();
        let of = |name: &str| kinds(&(mark(name, &issuer, EXTENSIONS) + &above));
        for name in ["news.example.org", "EXAMPLE.org", "winter._bimi.example.org", "winter._bimi.news.example.org"] {
            assert_eq!(of(name), [], "{name}");
        }
        for name in ["default._bimi.example.org", "old.example.org", "org", "*.example.org"] {
            assert_eq!(of(name), [FaultKind::Domain], "{name}");
        }
    }

    #[test]
    fn what_the_profile_demands_is_missed() {
        let (issuer, above) = authority();
        for missing in 0..EXTENSIONS.len() {
            let mut some = EXTENSIONS.to_vec();
            some.remove(missing);
            assert_eq!(kinds(&(mark("example.org", &issuer, &some) + &above)), [FaultKind::Profile]);
        }
    }

    #[test]
    fn one_certificate_is_the_mark() {
        let (issuer, above) = authority();
        let one = mark("example.org", &issuer, EXTENSIONS);
        let other = mark("example.org", &issuer, EXTENSIONS);
        assert_eq!(kinds(&format!("{one}{other}{above}")), [FaultKind::Order, FaultKind::Order]);
        assert_eq!(kinds(&one), [FaultKind::Chain]);
        assert_eq!(kinds(""), [FaultKind::Format]);
    }
}
