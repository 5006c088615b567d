//! What TLS connections trust.

use std::fmt::Display;
use std::path::PathBuf;
use std::sync::{Arc, OnceLock};

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, RootCertStore};

use crate::files;

/// Octets of a file of roots at most; those of a system are about 250 KiB.
const MAX_FILE: u64 = 16 << 20;

/// Where the trusted roots come from.
#[derive(Debug, Clone, Default)]
pub enum Roots {
    /// Mozilla's, as they are built in.
    #[default]
    Mozilla,
    /// The system's.
    System,
    /// Those of a PEM file alone.
    File(PathBuf),
    /// Certificates in PEM: those of the demo's world.
    Given(String),
}

/// The trusted roots, read once for a run: clones share them.
#[derive(Debug, Clone, Default)]
pub struct Trust {
    source: Roots,
    read: Arc<OnceLock<Result<Arc<RootCertStore>, String>>>,
}

impl From<Roots> for Trust {
    fn from(source: Roots) -> Self {
        Trust { source, read: Arc::default() }
    }
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
    pub fn roots(&self) -> Result<Arc<RootCertStore>, String> {
        self.read.get_or_init(|| self.source.read().map(Arc::new)).clone()
    }
}

impl Roots {
    fn read(&self) -> Result<RootCertStore, String> {
        let mut roots = RootCertStore::empty();
        match self {
            Roots::Mozilla => roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned()),
            Roots::System => {
                roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
                if roots.is_empty() {
                    return Err("the system has no trusted roots".to_owned());
                }
            }
            Roots::File(path) => {
                let cannot = |error: &dyn Display| format!("{} cannot be read: {error}", path.display());
                let pem = files::read(path, MAX_FILE).map_err(|error| cannot(&error))?;
                add(&mut roots, &pem).map_err(|error| cannot(&error))?;
                if roots.is_empty() {
                    return Err(format!("{} holds no certificate", path.display()));
                }
            }
            Roots::Given(pem) => add(&mut roots, pem.as_bytes())?,
        }
        Ok(roots)
    }
}

fn add(roots: &mut RootCertStore, pem: &[u8]) -> Result<(), String> {
    for certificate in CertificateDer::pem_slice_iter(pem) {
        let certificate = certificate.map_err(|error| error.to_string())?;
        roots.add(certificate).map_err(|error| error.to_string())?;
    }
    Ok(())
}
