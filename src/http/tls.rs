//! TLS on the port itself, so that no proxy is needed.

use crate::config::TlsFiles;
use crate::error::{Error, ErrorKind, Result};
use rustls::ServerConfig;
use rustls::crypto::ring;
use rustls::pki_types::pem::{self, PemObject as _};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use std::fmt;
use std::io;
use std::path::Path;
use std::sync::Arc;
use tokio::net::TcpStream;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

/// What clients are offered, the preferred one first.
const PROTOCOLS: [&[u8]; 2] = [b"h2", b"http/1.1"];

/// A certificate and its key, ready to serve under.
#[derive(Clone)]
pub struct Tls(TlsAcceptor);

impl Tls {
    /// Reads both files and checks that they belong together.
    pub fn load(files: &TlsFiles) -> Result<Self> {
        let (certificate, key) = (files.certificate.as_path(), files.key.as_path());
        let chain = CertificateDer::pem_file_iter(certificate)
            .and_then(Iterator::collect::<Result<Vec<_>, _>>)
            .map_err(|error| unreadable("tls_cert", certificate, "certificate", &error))?;
        if chain.is_empty() {
            let nothing = pem::Error::NoItemsFound;
            return Err(unreadable("tls_cert", certificate, "certificate", &nothing));
        }
        let key_der = PrivateKeyDer::from_pem_file(key)
            .map_err(|error| unreadable("tls_key", key, "private key", &error))?;
        let mut config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .map_err(Error::internal)?
            .with_no_client_auth()
            .with_single_cert(chain, key_der)
            .map_err(|error| unfit(certificate, key, &error))?;
        config.alpn_protocols = PROTOCOLS.map(<[u8]>::to_vec).to_vec();
        Ok(Self(TlsAcceptor::from(Arc::new(config))))
    }

    pub(super) async fn accept(self, stream: TcpStream) -> io::Result<TlsStream<TcpStream>> {
        self.0.accept(stream).await
    }
}

impl fmt::Debug for Tls {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Tls(..)")
    }
}

/// Says which file it is and what is wrong with it, and nothing of what is in it.
fn unreadable(setting: &str, file: &Path, wanted: &str, error: &pem::Error) -> Error {
    let file = file.display();
    let message = match error {
        pem::Error::Io(error) => format!("cannot read {file}: {error}"),
        pem::Error::NoItemsFound => format!("there is no {wanted} in {file}; it must be PEM"),
        _ => format!("{file} is not well-formed PEM"),
    };
    Error::invalid(setting, message)
}

fn unfit(certificate: &Path, key: &Path, error: &rustls::Error) -> Error {
    let (certificate, key) = (certificate.display(), key.display());
    let message = match error {
        rustls::Error::InconsistentKeys(_) => {
            format!("the key in {key} is not that of the certificate in {certificate}")
        }
        error => format!("{certificate} and {key} cannot be used: {error}"),
    };
    Error::new(ErrorKind::Invalid, message)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rcgen::CertifiedKey;
    use std::fs;
    use tempfile::TempDir;

    /// A certificate and its key as files, and another key.
    fn files() -> (TempDir, TlsFiles) {
        let folder = tempfile::tempdir().unwrap();
        let CertifiedKey { cert, signing_key } =
            rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
        let files = TlsFiles {
            certificate: folder.path().join("cert.pem"),
            key: folder.path().join("key.pem"),
        };
        fs::write(&files.certificate, cert.pem()).unwrap();
        fs::write(&files.key, signing_key.serialize_pem()).unwrap();
        (folder, files)
    }

    fn refusal(files: &TlsFiles) -> String {
        Tls::load(files).unwrap_err().to_string()
    }

    #[test]
    fn a_certificate_and_its_key_are_taken() {
        let (_folder, files) = files();
        assert!(Tls::load(&files).is_ok());
    }

    #[test]
    fn a_file_that_is_not_there_is_named() {
        let (folder, files) = files();
        fs::remove_file(&files.key).unwrap();
        let refusal = refusal(&files);
        assert!(refusal.starts_with("tls_key: cannot read"), "{refusal}");
        assert!(
            refusal.contains(folder.path().to_str().unwrap()),
            "{refusal}"
        );
    }

    #[test]
    fn files_that_were_exchanged_are_refused() {
        let (_folder, files) = files();
        let exchanged = TlsFiles {
            certificate: files.key,
            key: files.certificate,
        };
        let refusal = refusal(&exchanged);
        assert!(refusal.contains("there is no certificate in"), "{refusal}");
    }

    #[test]
    fn a_file_without_a_key_is_refused() {
        let (_folder, mut files) = files();
        files.key.clone_from(&files.certificate);
        let refusal = refusal(&files);
        assert!(refusal.contains("there is no private key in"), "{refusal}");
    }

    #[test]
    fn a_key_that_is_cut_off_is_refused_without_a_word_of_it() {
        let (_folder, files) = files();
        let whole = fs::read_to_string(&files.key).unwrap();
        let half = &whole[..whole.len() / 2];
        fs::write(&files.key, half).unwrap();
        let refusal = refusal(&files);
        assert!(refusal.contains("key.pem"), "{refusal}");
        let secret = half.lines().nth(1).unwrap();
        assert!(!refusal.contains(secret), "{refusal}");
    }

    #[test]
    fn the_key_of_another_certificate_is_refused() {
        let ((_folder, mine), (_other_folder, other)) = (files(), files());
        let mixed = TlsFiles {
            key: other.key,
            ..mine
        };
        let refusal = refusal(&mixed);
        assert!(
            refusal.contains("is not that of the certificate"),
            "{refusal}"
        );
    }
}
