//! TLS to the database, and what the server has to prove under it.

use super::address::{DatabaseAddress, Encryption};
use crate::error::{Error, Result};
use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, ring, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{
    CertificateError, ClientConfig, DigitallySignedStruct, RootCertStore, SignatureScheme,
};
use rustls_platform_verifier::Verifier;
use std::path::Path;
use std::sync::Arc;
use tokio_postgres_rustls::MakeRustlsConnect;

/// What a client says that it will speak under TLS.
const PROTOCOL: &[u8] = b"postgresql";

/// Makes connections of this address encrypted as it asks for.
pub(super) fn connector(address: &DatabaseAddress) -> Result<MakeRustlsConnect> {
    let provider = Arc::new(ring::default_provider());
    let verifier = verifier(address, &provider)?;
    let mut config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(Error::internal)?
        .dangerous()
        .with_custom_certificate_verifier(verifier)
        .with_no_client_auth();
    config.alpn_protocols = vec![PROTOCOL.to_vec()];
    Ok(MakeRustlsConnect::new(config))
}

fn verifier(
    address: &DatabaseAddress,
    provider: &Arc<CryptoProvider>,
) -> Result<Arc<dyn ServerCertVerifier>> {
    let whoever = |authority| -> Arc<dyn ServerCertVerifier> {
        let provider = Arc::clone(provider);
        Arc::new(AnyHost {
            authority,
            provider,
        })
    };
    match (address.encryption(), address.authorities()) {
        (Encryption::Off | Encryption::Preferred | Encryption::Required, _) => Ok(whoever(None)),
        (Encryption::OfAuthority, Some(file)) => Ok(whoever(Some(signed_by(file, provider)?))),
        (Encryption::OfHost, Some(file)) => Ok(signed_by(file, provider)?),
        (Encryption::OfAuthority | Encryption::OfHost, None) => {
            let system = Verifier::new(Arc::clone(provider)).map_err(Error::internal)?;
            Ok(Arc::new(system))
        }
    }
}

/// Takes certificates that those in this file have signed.
fn signed_by(file: &Path, provider: &Arc<CryptoProvider>) -> Result<Arc<dyn ServerCertVerifier>> {
    let unusable = |cause: &dyn std::fmt::Display| {
        let message = format!("sslrootcert: {} cannot be used: {cause}", file.display());
        Error::invalid("store", message)
    };
    let mut roots = RootCertStore::empty();
    let certificates = CertificateDer::pem_file_iter(file).map_err(|error| unusable(&error))?;
    for certificate in certificates {
        let certificate = certificate.map_err(|error| unusable(&error))?;
        roots.add(certificate).map_err(|error| unusable(&error))?;
    }
    let builder = WebPkiServerVerifier::builder_with_provider(roots.into(), Arc::clone(provider));
    // It fails where the file holds no certificate at all.
    let verifier = builder.build().map_err(|error| unusable(&error))?;
    Ok(verifier)
}

/// Takes a certificate whatever host it is for: what `sslmode` asks for below `verify-full`.
///
/// That the server has the certificate's key is checked all the same, so nobody else reads along.
#[derive(Debug)]
struct AnyHost {
    /// Says who may have signed it; none takes any.
    authority: Option<Arc<dyn ServerCertVerifier>>,
    provider: Arc<CryptoProvider>,
}

impl ServerCertVerifier for AnyHost {
    fn verify_server_cert(
        &self,
        certificate: &CertificateDer<'_>,
        chain: &[CertificateDer<'_>],
        host: &ServerName<'_>,
        ocsp: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        let verified = self
            .authority
            .as_ref()
            .map(|authority| authority.verify_server_cert(certificate, chain, host, ocsp, now));
        // The name is looked at last: who signed the certificate is known by then.
        match verified {
            Some(Err(error)) if !is_other_host(&error) => Err(error),
            _ => Ok(ServerCertVerified::assertion()),
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        verify_tls12_signature(message, certificate, signed, algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        verify_tls13_signature(message, certificate, signed, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider
            .signature_verification_algorithms
            .supported_schemes()
    }
}

const fn is_other_host(error: &rustls::Error) -> bool {
    use CertificateError::{NotValidForName, NotValidForNameContext};
    matches!(
        error,
        rustls::Error::InvalidCertificate(NotValidForName | NotValidForNameContext { .. })
    )
}
