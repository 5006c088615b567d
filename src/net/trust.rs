//! What TLS connections trust.

use std::path::PathBuf;
use std::sync::Arc;

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, RootCertStore};

use crate::files;

/// Octets of a file of roots at most; those of a system are about 250 KiB.
const MAX_FILE: u64 = 16 << 20;

/// Where the trusted roots come from.
#[derive(Debug, Clone, Default)]
pub struct Trust {
    /// A PEM file that is trusted alone.
    pub ca_file: Option<PathBuf>,
    /// The system's roots instead of Mozilla's.
    pub system_roots: bool,
    /// Certificates in PEM that are trusted alone: those of the demo's world.
    pub given: Option<String>,
}

impl Trust {
    /// A client configuration with these roots, on aws-lc-rs.
    ///
    /// # Errors
    /// A sentence if the roots cannot be read.
    pub fn client_config(&self) -> Result<ClientConfig, String> {
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let builder = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(|error| error.to_string())?;
        Ok(builder.with_root_certificates(self.roots()?).with_no_client_auth())
    }

    /// The trusted roots.
    ///
    /// # Errors
    /// A sentence if they cannot be read.
    pub fn roots(&self) -> Result<RootCertStore, String> {
        let mut roots = RootCertStore::empty();
        if let Some(pem) = &self.given {
            for certificate in CertificateDer::pem_slice_iter(pem.as_bytes()) {
                let certificate = certificate.map_err(|error| error.to_string())?;
                roots.add(certificate).map_err(|error| error.to_string())?;
            }
            return Ok(roots);
        }
        if let Some(path) = &self.ca_file {
            let cannot = |error: &dyn std::fmt::Display| format!("{} cannot be read: {error}", path.display());
            let pem = files::read(path, MAX_FILE).map_err(|error| cannot(&error))?;
            for certificate in CertificateDer::pem_slice_iter(&pem) {
                roots.add(certificate.map_err(|error| cannot(&error))?).map_err(|error| cannot(&error))?;
            }
            if roots.is_empty() {
                return Err(format!("{} holds no certificate", path.display()));
            }
        } else if self.system_roots {
            let found = rustls_native_certs::load_native_certs();
            roots.add_parsable_certificates(found.certs);
            if roots.is_empty() {
                return Err("the system has no trusted roots".to_owned());
            }
        } else {
            roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
        }
        Ok(roots)
    }
}
