//! TLS by configuration: certificate and key from PEM files, TLS 1.2 and 1.3.

use rustls::ServerConfig;
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};

use crate::config;
use crate::error::{Code, Error, Result};

/// Reads certificate and key.
///
/// # Errors
/// [`Code::Unavailable`] naming the setting whose file cannot be used.
pub fn config(settings: &config::Tls) -> Result<ServerConfig> {
    let refuse = |setting: &'static str, cause: Box<dyn std::error::Error + Send + Sync>| Error {
        cause: Some(cause),
        ..Error::new(Code::Unavailable, setting)
    };
    let certificates = CertificateDer::pem_file_iter(&settings.certificate)
        .and_then(Iterator::collect)
        .map_err(|cause| refuse("server.tls.certificate: the file cannot be read as PEM", cause.into()))?;
    let key = PrivateKeyDer::from_pem_file(&settings.key)
        .map_err(|cause| refuse("server.tls.key: the file cannot be read as PEM", cause.into()))?;
    ServerConfig::builder_with_provider(rustls::crypto::ring::default_provider().into())
        .with_safe_default_protocol_versions()
        .map_err(Error::internal)?
        .with_no_client_auth()
        .with_single_cert(certificates, key)
        .map_err(|cause| refuse("server.tls: certificate and key do not go together", cause.into()))
}
