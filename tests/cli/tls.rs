//! TLS on the port itself.

use crate::{setup, support};
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// A data folder, and a certificate for this machine beside it.
struct World {
    folder: TempDir,
    certificate: PathBuf,
    key: PathBuf,
}

impl World {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        support::apply(&folder.path().join("data"), &setup());
        let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
        let certificate = folder.path().join("cert.pem");
        let key = folder.path().join("key.pem");
        std::fs::write(&certificate, made.cert.pem()).unwrap();
        std::fs::write(&key, made.signing_key.serialize_pem()).unwrap();
        Self {
            folder,
            certificate,
            key,
        }
    }

    fn server(&self, more: &[&str]) -> support::Server {
        let mut arguments = vec![
            "--tls-cert",
            self.certificate.to_str().unwrap(),
            "--tls-key",
            self.key.to_str().unwrap(),
        ];
        arguments.extend(more);
        support::Server::on(&self.folder.path().join("data"), &arguments)
    }

    fn curl(&self, server: &support::Server, option: &str) -> Output {
        Command::new("curl")
            .args(["--silent", "--show-error", "--include", option, "--cacert"])
            .arg(&self.certificate)
            .arg(format!("https://localhost:{}/healthz", port(server)))
            .env("NO_PROXY", "*")
            .output()
            .unwrap()
    }
}

fn port(server: &support::Server) -> &str {
    let address = server.url().strip_prefix("https://").unwrap();
    address.rsplit(':').next().unwrap()
}

fn connect(server: &support::Server) -> TcpStream {
    let address = server.url().strip_prefix("https://").unwrap();
    let stream = TcpStream::connect(address).unwrap();
    stream
        .set_read_timeout(Some(Duration::from_secs(20)))
        .unwrap();
    stream
}

/// How a server that must not start says so.
fn refusal(certificate: &Path, key: &Path) -> String {
    let folder = tempfile::tempdir().unwrap();
    let output = support::candor(&folder.path().join("data"))
        .args(["serve", "--listen", "127.0.0.1:0", "--tls-cert"])
        .arg(certificate)
        .arg("--tls-key")
        .arg(key)
        .output()
        .unwrap();
    assert!(!output.status.success());
    assert!(!folder.path().join("data").exists(), "nothing was made");
    String::from_utf8(output.stderr).unwrap()
}

#[test]
fn both_protocols_are_offered() {
    let world = World::new();
    let server = world.server(&[]);
    for (option, expected) in [("--http2", "HTTP/2 200"), ("--http1.1", "HTTP/1.1 200")] {
        let output = world.curl(&server, option);
        let answer = String::from_utf8_lossy(&output.stdout);
        assert!(answer.starts_with(expected), "{output:?}");
        assert!(answer.ends_with("ok\n"), "{answer}");
    }
}

#[test]
fn what_is_not_tls_is_not_answered() {
    let world = World::new();
    let server = world.server(&[]);
    let mut stream = connect(&server);
    stream
        .write_all(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
        .unwrap();
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer);
    assert!(!answer.starts_with(b"HTTP/"), "{answer:?}");
    assert!(world.curl(&server, "--http2").status.success());
}

#[test]
fn a_handshake_that_does_not_end_is_cut_off() {
    let world = World::new();
    let settings = world.folder.path().join("settings.toml");
    std::fs::write(&settings, "head_seconds = 1\n").unwrap();
    let server = world.server(&["--config", settings.to_str().unwrap()]);
    let mut stream = connect(&server);
    // The beginning of a first message.
    stream.write_all(b"\x16\x03\x01\x02\x00").unwrap();
    let began = Instant::now();
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer);
    assert!(began.elapsed() < Duration::from_secs(10));
}

#[test]
fn a_stop_does_not_wait_for_handshakes() {
    let world = World::new();
    let server = world.server(&[]);
    let _stream = connect(&server);
    assert!(world.curl(&server, "--http2").status.success());
    let began = Instant::now();
    assert!(server.terminate());
    assert!(began.elapsed() < Duration::from_secs(8));
}

#[test]
fn files_that_do_not_fit_are_refused_at_the_start() {
    let (world, other) = (World::new(), World::new());
    let nowhere = world.folder.path().join("nowhere.pem");
    for (certificate, key, expected) in [
        (&nowhere, &world.key, "tls_cert: cannot read"),
        (&world.certificate, &nowhere, "tls_key: cannot read"),
        (&world.key, &world.key, "there is no certificate in"),
        (
            &world.certificate,
            &world.certificate,
            "there is no private key in",
        ),
        (
            &world.certificate,
            &other.key,
            "is not that of the certificate",
        ),
    ] {
        let refusal = refusal(certificate, key);
        assert!(refusal.contains(expected), "{refusal}");
        assert_eq!(refusal.lines().count(), 1, "{refusal}");
    }
}
