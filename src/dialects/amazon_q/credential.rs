//! The project's own key at AWS, with which what goes there is signed.

use super::SERVICE;
use super::sigv4::Signer;
use crate::app::VendorCredential;
use crate::domain::Timestamp;
use crate::error::{Error, Result};
use axum::http::{HeaderMap, Method, Uri};

/// The region where neither the credential nor the host names one.
const REGION: &str = "us-east-1";

/// Signs a request to an upstream with its project's credential, in the place of whatever signature it had. `uri` is where
/// it goes, whole; its query holds no signature.
pub fn sign(
    credential: &VendorCredential,
    method: &Method,
    uri: &Uri,
    headers: &mut HeaderMap,
    body: &[u8],
    now: Timestamp,
) -> Result<()> {
    let (Some(access_key_id), Some(secret)) = (&credential.access_key_id, &credential.secret)
    else {
        return Err(Error::internal(
            "an upstream of Amazon Q has no access key to sign with",
        ));
    };
    let host = uri.host().unwrap_or_default();
    let region = credential.region.as_deref();
    let signer = Signer {
        access_key_id,
        secret,
        session_token: credential.session_token.as_deref(),
        region: region.or_else(|| region_of(host)).unwrap_or(REGION),
        service: SERVICE,
    };
    signer.sign(method, uri, headers, body, now)
}

/// The region that a host of AWS names: `qbusiness.eu-west-1.api.aws`.
fn region_of(host: &str) -> Option<&str> {
    host.split('.').find(|label| is_region(label))
}

/// `us-east-1`, `us-gov-west-1`: two letters, words, and a number.
fn is_region(label: &str) -> bool {
    let mut parts = label.split('-');
    let area = parts.next().unwrap_or_default();
    let number = parts.next_back().unwrap_or_default();
    let is_word =
        |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_lowercase());
    let words: Vec<_> = parts.collect();
    area.len() == 2
        && is_word(area)
        && !words.is_empty()
        && words.into_iter().all(is_word)
        && (1..=2).contains(&number.len())
        && number.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_names_its_region() {
        for (host, region) in [
            ("qbusiness.us-east-1.api.aws", Some("us-east-1")),
            ("qbusiness.eu-west-1.amazonaws.com", Some("eu-west-1")),
            (
                "qbusiness-fips.us-gov-west-1.api.aws",
                Some("us-gov-west-1"),
            ),
            (
                "vpce-0a1-b2-us-east-1a.qbusiness.ap-southeast-2.vpce.amazonaws.com",
                Some("ap-southeast-2"),
            ),
            ("127.0.0.1", None),
            ("localhost", None),
            ("q-1.example.com", None),
            ("q2-server.example.com", None),
        ] {
            assert_eq!(region_of(host), region, "{host}");
        }
    }

    fn scope(credential: &VendorCredential, host: &str) -> String {
        let uri = format!("https://{host}/applications").parse().unwrap();
        let mut headers = HeaderMap::new();
        let now = Timestamp::from_microseconds(0);
        sign(credential, &Method::GET, &uri, &mut headers, b"", now).unwrap();
        let signed = headers["authorization"].to_str().unwrap();
        signed.split([' ', ',']).nth(1).unwrap().to_owned()
    }

    #[test]
    fn the_credentials_region_wins_over_the_hosts() {
        let mut credential = VendorCredential {
            access_key_id: Some("AKID".to_owned()),
            secret: Some("secret".to_owned()),
            ..VendorCredential::default()
        };
        for (region, host, expected) in [
            (
                Some("eu-west-1"),
                "qbusiness.us-west-2.api.aws",
                "eu-west-1",
            ),
            (None, "qbusiness.us-west-2.api.aws", "us-west-2"),
            (None, "q.example.com", "us-east-1"),
        ] {
            credential.region = region.map(str::to_owned);
            assert_eq!(
                scope(&credential, host),
                format!("Credential=AKID/19700101/{expected}/qbusiness/aws4_request")
            );
        }
    }
}
