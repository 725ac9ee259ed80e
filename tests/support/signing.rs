//! Signs requests with AWS's own signer, as AWS's SDKs do.

use aws_credential_types::Credentials;
use aws_sigv4::http_request::{
    SignableBody, SignableRequest, SignatureLocation, SigningSettings, sign,
};
use aws_sigv4::sign::v4;
use candor::clock::Clock;
use std::time::{Duration, SystemTime};

/// How a request is signed.
#[derive(Clone, Debug)]
pub struct Signing {
    /// The access key id.
    pub id: String,
    /// The secret.
    pub secret: String,
    /// A session token.
    pub token: Option<String>,
    /// By how many seconds the client's clock is off.
    pub clock: i64,
    /// Whether the query is signed, rather than a header.
    pub in_query: bool,
}

impl Signing {
    /// With a key pair, now, in a header.
    pub fn with(id: &str, secret: &str) -> Self {
        Self {
            id: id.to_owned(),
            secret: secret.to_owned(),
            token: None,
            clock: 0,
            in_query: false,
        }
    }

    /// The URL and the headers of the signed request.
    pub fn sign(
        &self,
        method: &str,
        url: &str,
        content_type: Option<&str>,
        body: &[u8],
    ) -> (String, Vec<(String, String)>) {
        let mut settings = SigningSettings::default();
        if self.in_query {
            settings.signature_location = SignatureLocation::QueryParams;
            settings.expires_in = Some(Duration::from_mins(1));
        }
        let (id, secret) = (self.id.as_str(), self.secret.as_str());
        let identity = Credentials::new(id, secret, self.token.clone(), None, "test").into();
        let now = Clock::default().now().seconds() + self.clock;
        let parameters = v4::SigningParams::builder()
            .identity(&identity)
            .region("eu-west-1")
            .name("qbusiness")
            .time(SystemTime::UNIX_EPOCH + Duration::from_secs(now.unsigned_abs()))
            .settings(settings)
            .build()
            .unwrap()
            .into();
        let mut headers = Vec::new();
        if let Some(content_type) = content_type {
            headers.push(("content-type".to_owned(), content_type.to_owned()));
        }
        let named = headers
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()));
        let body = SignableBody::Bytes(body);
        let signable = SignableRequest::new(method, url, named, body).unwrap();
        let (instructions, _) = sign(signable, &parameters).unwrap().into_parts();
        let signed = instructions.headers();
        headers.extend(signed.map(|(name, value)| (name.to_owned(), value.to_owned())));
        let mut url = url.to_owned();
        for (name, value) in instructions.params() {
            url.push(if url.contains('?') { '&' } else { '?' });
            url.push_str(name);
            url.push('=');
            url.push_str(&encoded(value));
        }
        (url, headers)
    }
}

fn encoded(text: &str) -> String {
    text.bytes()
        .map(|byte| {
            if byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte) {
                char::from(byte).to_string()
            } else {
                format!("%{byte:02X}")
            }
        })
        .collect()
}
