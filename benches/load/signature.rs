//! Signs requests as AWS's clients do, so that signing costs the generator as little as it can.

use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::{Digest as _, Sha256};

/// The access key id of the project under load.
pub const ACCESS_KEY_ID: &str = "AKIDLOADTEST";
/// Its secret.
pub const SECRET: &str = "load-test-secret-0000000000000000000000000";

/// A key for requests of one day.
pub struct Signer {
    day: String,
    key: [u8; 32],
}

/// What a signed request carries.
pub struct Signed {
    pub date: String,
    pub authorization: String,
}

impl Signer {
    pub fn new() -> Self {
        Self {
            day: String::new(),
            key: [0; 32],
        }
    }

    /// Signs a request to `localhost`.
    pub fn sign(&mut self, method: &str, path: &str, query: &str, body: &str) -> Signed {
        let date = jiff::Timestamp::now()
            .strftime("%Y%m%dT%H%M%SZ")
            .to_string();
        let day = &date[..8];
        if self.day != day {
            day.clone_into(&mut self.day);
            let first = mac(format!("AWS4{SECRET}").as_bytes(), day);
            self.key = ["us-east-1", "qbusiness", "aws4_request"]
                .iter()
                .fold(first, |key, part| mac(&key, part));
        }
        let canonical = format!(
            "{method}\n{path}\n{query}\nhost:localhost\nx-amz-date:{date}\n\nhost;x-amz-date\n{}",
            digest(body)
        );
        let scope = format!("{day}/us-east-1/qbusiness/aws4_request");
        let said = format!("AWS4-HMAC-SHA256\n{date}\n{scope}\n{}", digest(&canonical));
        let signature = hex::encode(mac(&self.key, &said));
        let authorization = format!(
            "AWS4-HMAC-SHA256 Credential={ACCESS_KEY_ID}/{scope}, SignedHeaders=host;x-amz-date, Signature={signature}"
        );
        Signed {
            date,
            authorization,
        }
    }
}

fn digest(text: &str) -> String {
    hex::encode(Sha256::digest(text))
}

fn mac(key: &[u8], text: &str) -> [u8; 32] {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("a key of any length");
    mac.update(text.as_bytes());
    mac.finalize().into_bytes().into()
}
