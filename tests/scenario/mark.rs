//! Mark certificates with everything that can be wrong with one.

use rcgen::{
    BasicConstraints, Certificate, CertificateParams, CustomExtension, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer,
    KeyPair, date_time_ymd,
};
use serde::Deserialize;

/// What an evidence document is like. Without a fault it is a mark certificate and its issuer, which a root signed
/// that is not in the document.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Mark {
    /// The names that it is for.
    names: Vec<String>,
    /// What is wrong with it.
    fault: Option<Fault>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Fault {
    /// Its time is over.
    Expired,
    /// Its time has not come.
    Future,
    /// It is not for brand indicators, and carries no logo.
    WebServer,
    /// Its issuer is not in the document.
    Alone,
    /// The issuer in the document has the right name and another key.
    Forged,
    /// It signed itself.
    SelfSigned,
    /// The issuer comes first.
    Reversed,
    /// It is there twice.
    Twice,
    /// The document is cut off.
    Cut,
    /// One of the certificates is no DER.
    Garbage,
}

/// 1.3.6.1.5.5.7.3.31.
const BIMI: &[u64] = &[1, 3, 6, 1, 5, 5, 7, 3, 31];
/// What a mark certificate has besides: a logotype, where revocations stand, timestamps of logs. What they hold is not
/// looked at.
const EXTENSIONS: [&[u64]; 3] = [&[1, 3, 6, 1, 5, 5, 7, 1, 12], &[2, 5, 29, 31], &[1, 3, 6, 1, 4, 1, 11129, 2, 4, 2]];

impl Mark {
    /// The document.
    pub fn pem(&self) -> String {
        let is = |fault| self.fault == Some(fault);
        let authority = |name: &str, key: &KeyPair, above: Option<&Issuer<'_, KeyPair>>| {
            let mut params = CertificateParams::new(Vec::new()).expect("parameters");
            params.distinguished_name.push(DnType::CommonName, name);
            params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
            params.extended_key_usages = vec![ExtendedKeyUsagePurpose::Other(BIMI.to_vec())];
            let certificate: Certificate = match above {
                Some(above) => params.signed_by(key, above),
                None => params.self_signed(key),
            }
            .expect("a certificate");
            (params, certificate.pem())
        };
        let key = || KeyPair::generate().expect("a key");
        let (root_key, issuer_key, own_key) = (key(), key(), key());
        let (root, _) = authority("Mark Root", &root_key, None);
        let root = Issuer::new(root, root_key);
        let (issuer, issuer_pem) = authority("Mark Issuer", &issuer_key, Some(&root));
        let (_, other_pem) = authority("Mark Issuer", &key(), Some(&root));
        let mut own = CertificateParams::new(self.names.clone()).expect("parameters");
        own.distinguished_name.push(DnType::CommonName, "Example Mark");
        if is(Fault::Expired) {
            own.not_after = date_time_ymd(2020, 1, 2);
        }
        if is(Fault::Future) {
            own.not_before = date_time_ymd(4000, 1, 2);
        }
        if is(Fault::WebServer) {
            own.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        } else {
            own.extended_key_usages = vec![ExtendedKeyUsagePurpose::Other(BIMI.to_vec())];
            let extension = |oid| CustomExtension::from_oid_content(oid, vec![0x30, 0]);
            own.custom_extensions = EXTENSIONS.into_iter().map(extension).collect();
        }
        let own = match self.fault {
            Some(Fault::SelfSigned) => own.self_signed(&own_key),
            _ => own.signed_by(&own_key, &Issuer::new(issuer, issuer_key)),
        };
        let own = own.expect("a certificate").pem();
        match self.fault {
            Some(Fault::Alone | Fault::SelfSigned) => own,
            Some(Fault::Forged) => own + &other_pem,
            Some(Fault::Reversed) => issuer_pem + &own,
            Some(Fault::Twice) => format!("{own}{own}{issuer_pem}"),
            Some(Fault::Cut) => own[..own.len() / 2].to_owned(),
            Some(Fault::Garbage) => format!("{own}-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n"),
            _ => own + &issuer_pem,
        }
    }
}
