//! AWS's vectors, and whatever AWS's own signer signs.

use super::*;
use crate::domain::Timestamp;
use aws_credential_types::Credentials;
use aws_sigv4::http_request::{
    SignableBody, SignableRequest, SignatureLocation, SigningSettings, sign,
};
use aws_sigv4::sign::v4;
use axum::http::HeaderValue;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use proptest::prelude::*;
use serde_json::Value;
use std::time::SystemTime;

const ACCESS_KEY_ID: &str = "AKIDEXAMPLE";
const SECRET: &str = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
/// 2015-08-30T12:36:00Z, in seconds.
const NOW: u64 = 1_440_938_160;
const WINDOW: Duration = Duration::from_mins(5);

/// A request as tests change it.
#[derive(Clone, Debug, Default)]
struct Request {
    method: String,
    path: String,
    query: String,
    authority: Option<String>,
    headers: Vec<(String, Vec<u8>)>,
    body: Vec<u8>,
}

fn now() -> Timestamp {
    Timestamp::from_microseconds(i64::try_from(NOW).unwrap() * 1_000_000)
}

const fn rules(service: &str) -> Rules<'_> {
    Rules {
        service,
        window: WINDOW,
        normalized_path: true,
    }
}

impl Request {
    /// From the text of HTTP/1.1, whose target may hold spaces, and whose header values may go on on lines of their own.
    fn parse(text: &str) -> Self {
        let (head, body) = text.split_once("\n\n").unwrap_or((text, ""));
        let (first, lines) = head.split_once('\n').unwrap_or((head, ""));
        let (method, target) = first.split_once(' ').unwrap();
        let target = target.strip_suffix(" HTTP/1.1").unwrap_or(target);
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let mut headers: Vec<(String, Vec<u8>)> = Vec::new();
        for line in lines.lines() {
            match line.strip_prefix(' ') {
                Some(more) => {
                    let (_, value) = headers.last_mut().unwrap();
                    value.push(b' ');
                    value.extend(more.as_bytes());
                }
                None => {
                    let (name, value) = line.split_once(':').unwrap();
                    headers.push((name.to_owned(), value.as_bytes().to_vec()));
                }
            }
        }
        Self {
            method: method.to_owned(),
            path: path.to_owned(),
            query: query.to_owned(),
            authority: None,
            headers,
            body: body.as_bytes().to_vec(),
        }
    }

    /// None where no server would see such headers.
    fn headers(&self) -> Option<HeaderMap> {
        let mut map = HeaderMap::new();
        for (name, value) in &self.headers {
            let name = HeaderName::from_bytes(name.as_bytes()).ok()?;
            map.append(name, HeaderValue::from_bytes(value).ok()?);
        }
        Some(map)
    }

    fn with<T>(&self, work: impl FnOnce(&SignedHead<'_>) -> T) -> Option<T> {
        let headers = self.headers()?;
        Some(work(&SignedHead {
            method: &self.method,
            path: &self.path,
            query: &self.query,
            authority: self.authority.as_deref(),
            headers: &headers,
        }))
    }

    /// Whether it is what the holder of [`SECRET`] signed.
    fn verify(&self, rules: &Rules<'_>) -> Result<(), String> {
        let verified = self.with(|head| {
            let claim = Claim::read(head, rules, now()).map_err(|fault| fault.message)?;
            if claim.access_key_id() != ACCESS_KEY_ID {
                return Err("unknown key".into());
            }
            claim
                .check_signature(head, &self.body, SECRET.as_bytes())
                .map_err(|fault| fault.message)
        });
        verified
            .unwrap_or_else(|| Err("bad header".into()))
            .map_err(Into::into)
    }

    /// What is signed of it: two requests of which this is the same are the same to both sides.
    fn canonical(&self, rules: &Rules<'_>) -> Option<Vec<u8>> {
        self.with(|head| {
            let claim = Claim::read(head, rules, now()).ok()?;
            claim.canonical(head, &hex::encode(&self.body))
        })?
    }

    /// Every request that differs from this one in one byte.
    fn changed(&self) -> Vec<Self> {
        let mut changed = Vec::new();
        let texts: [fn(&mut Self) -> &mut String; 3] =
            [|r| &mut r.method, |r| &mut r.path, |r| &mut r.query];
        for text in texts {
            let length = text(&mut self.clone()).len();
            for place in 0..length {
                let mut other = self.clone();
                let mut bytes = text(&mut other).clone().into_bytes();
                bytes[place] ^= 1;
                if let Ok(bytes) = String::from_utf8(bytes) {
                    *text(&mut other) = bytes;
                    changed.push(other);
                }
            }
        }
        for header in 0..self.headers.len() {
            for place in 0..self.headers[header].1.len() {
                let mut other = self.clone();
                other.headers[header].1[place] ^= 1;
                changed.push(other);
            }
        }
        for place in 0..self.body.len() {
            let mut other = self.clone();
            other.body[place] ^= 1;
            changed.push(other);
        }
        changed
    }
}

fn vectors() -> Value {
    serde_json::from_str(include_str!(
        "../../../../tests/dialects/amazon_q/vectors.json"
    ))
    .unwrap()
}

/// The signed requests of AWS's vectors, with their names and the rules they follow.
fn cases() -> Vec<(String, Request, Rules<'static>, String)> {
    let mut cases = Vec::new();
    for case in vectors()["cases"].as_array().unwrap() {
        for variant in ["header", "query"] {
            let mut request = Request::parse(case[variant]["request"].as_str().unwrap());
            if case["token_after_signing"] == true {
                // It is added to what was signed without it, so it is taken away first.
                let kept = |pair: &&str| !pair.starts_with("X-Amz-Security-Token=");
                let pairs: Vec<_> = request.query.split('&').filter(kept).collect();
                request.query = pairs.join("&");
            }
            let rules = Rules {
                normalized_path: case["normalized"].as_bool().unwrap(),
                ..rules("service")
            };
            let name = format!("{} ({variant})", case["name"].as_str().unwrap());
            let canonical = case[variant]["canonical"].as_str().unwrap().to_owned();
            cases.push((name, request, rules, canonical));
        }
    }
    assert_eq!(cases.len(), 76);
    cases
}

#[test]
fn every_vector_verifies() {
    for (name, request, rules, _) in cases() {
        assert_eq!(request.verify(&rules), Ok(()), "{name}");
    }
}

#[test]
fn every_vector_with_one_byte_changed_is_refused() {
    let mut refused = 0;
    for (name, request, rules, _) in cases() {
        let own = request.canonical(&rules);
        for changed in request.changed() {
            // In a path that goes up again, or in what is not signed, a byte may mean nothing.
            if changed.canonical(&rules) == own
                && changed.body == request.body
                && changed.headers.last() == request.headers.last()
                && changed.query == request.query
            {
                continue;
            }
            assert!(changed.verify(&rules).is_err(), "{name}: {changed:?}");
            refused += 1;
        }
    }
    assert!(refused > 20_000, "{refused}");
}

#[test]
fn paths_are_encoded_twice() {
    for case in vectors()["canonical_only"].as_array().unwrap() {
        let canonical = case["canonical"].as_str().unwrap();
        let expected = canonical.lines().nth(1).unwrap();
        let path = Request::parse(case["request"].as_str().unwrap()).path;
        let head = Request {
            path,
            ..Request::default()
        };
        let found = head.with(|head| canonical::request(head, &[], "host", "", true));
        assert_eq!(found, Some(None), "host is not there");
        let headers = [("host".to_owned(), b"h".to_vec())].to_vec();
        let found = Request { headers, ..head }
            .with(|head| canonical::request(head, &[], "host", "", true));
        let found = String::from_utf8(found.flatten().unwrap()).unwrap();
        assert_eq!(found.lines().nth(1), Some(expected));
    }
}

#[test]
fn canonical_requests_are_the_vectors_own() {
    for (name, request, rules, canonical) in cases() {
        let hash = canonical.lines().last().unwrap();
        let found = request.with(|head| {
            let claim = Claim::read(head, &rules, now()).ok()?;
            claim.canonical(head, hash)
        });
        let found = String::from_utf8(found.flatten().unwrap()).unwrap();
        assert_eq!(found, canonical, "{name}");
    }
}

/// What AWS's signer makes of a request.
fn signed_by_aws(request: &Request, location: SignatureLocation, seconds: u64) -> Request {
    let mut settings = SigningSettings::default();
    settings.signature_location = location;
    if location == SignatureLocation::QueryParams {
        settings.expires_in = Some(Duration::from_mins(1));
    }
    let identity = Credentials::new(ACCESS_KEY_ID, SECRET, None, None, "test").into();
    let parameters = v4::SigningParams::builder()
        .identity(&identity)
        .region("eu-west-1")
        .name("qbusiness")
        .time(SystemTime::UNIX_EPOCH + Duration::from_secs(seconds))
        .settings(settings)
        .build()
        .unwrap()
        .into();
    let uri = format!("http://localhost:8080{}?{}", request.path, request.query);
    let headers: Vec<_> = request
        .headers
        .iter()
        .map(|(name, value)| (name.as_str(), std::str::from_utf8(value).unwrap()))
        .collect();
    let body = SignableBody::Bytes(&request.body);
    let signable = SignableRequest::new(&request.method, uri, headers.into_iter(), body).unwrap();
    let (instructions, _) = sign(signable, &parameters).unwrap().into_parts();
    let mut signed = request.clone();
    for (name, value) in instructions.headers() {
        signed.headers.push((name.to_owned(), value.into()));
    }
    for (name, value) in instructions.params() {
        let value = utf8_percent_encode(value, NON_ALPHANUMERIC);
        signed.query.push_str(&format!("&{name}={value}"));
    }
    signed
        .headers
        .push(("host".to_owned(), b"localhost:8080".to_vec()));
    signed
}

fn encoded(text: &str) -> String {
    utf8_percent_encode(text, NON_ALPHANUMERIC).to_string()
}

prop_compose! {
    fn any_request()(
        method in prop::sample::select(vec!["GET", "POST", "DELETE", "PUT"]),
        segments in prop::collection::vec("\\PC{1,8}", 1..5),
        parameters in prop::collection::vec(("\\PC{1,6}", "\\PC{0,12}"), 0..5),
        values in prop::collection::vec("[ -~]{0,12}", 0..4),
        body in prop::collection::vec(any::<u8>(), 0..64),
    ) -> Request {
        let query: Vec<_> = parameters
            .iter()
            .map(|(name, value)| format!("{}={}", encoded(name), encoded(value)))
            .collect();
        Request {
            method: method.to_owned(),
            path: segments.iter().map(|segment| format!("/{}", encoded(segment))).collect(),
            query: query.join("&"),
            authority: None,
            headers: values
                .iter()
                .enumerate()
                .map(|(place, value)| (format!("x-amz-test-{place}"), value.trim().into()))
                .collect(),
            body,
        }
    }
}

proptest! {
    #[test]
    fn what_aws_signs_is_accepted_and_what_was_changed_since_is_refused(
        request in any_request(),
        in_query in any::<bool>(),
        at in any::<prop::sample::Index>(),
    ) {
        let location = if in_query { SignatureLocation::QueryParams } else { SignatureLocation::Headers };
        let rules = rules("qbusiness");
        let signed = signed_by_aws(&request, location, NOW);
        prop_assert_eq!(signed.verify(&rules), Ok(()), "{:?}", signed);
        let changes = signed.changed();
        let changed = at.get(&changes);
        prop_assert!(changed.verify(&rules).is_err(), "{:?} from {:?}", changed, signed);
        let mut longer = signed.clone();
        longer.body.push(0);
        prop_assert!(longer.verify(&rules).is_err());
    }

    #[test]
    fn the_clocks_window_is_held(seconds in NOW - 1000..NOW + 1000) {
        let signed = signed_by_aws(&plain(), SignatureLocation::Headers, seconds);
        let verified = signed.verify(&rules("qbusiness"));
        if seconds < NOW - 300 {
            prop_assert!(verified.unwrap_err().starts_with("Signature expired: 20150830T12"));
        } else if seconds > NOW + 300 {
            prop_assert!(verified.unwrap_err().starts_with("Signature not yet current: 20150830T12"));
        } else {
            prop_assert_eq!(verified, Ok(()));
        }
    }

    #[test]
    fn nothing_makes_it_panic(
        authorization in "\\PC{0,80}|AWS4-HMAC-SHA256 [ -~]{0,120}",
        query in "[ -~é]{0,120}",
        path in "\\PC{0,40}",
        date in "\\PC{16}|[0-9]{8}T[0-9]{6}Z",
    ) {
        let headers = [("authorization", authorization), ("x-amz-date", date), ("host", "h".to_owned())];
        let request = Request {
            path,
            query,
            headers: headers.map(|(name, value)| (name.to_owned(), value.into_bytes())).to_vec(),
            ..plain()
        };
        prop_assert!(request.verify(&rules("qbusiness")).is_err());
    }
}

fn plain() -> Request {
    Request {
        method: "POST".to_owned(),
        path: "/applications/a/conversations".to_owned(),
        ..Request::default()
    }
}

#[test]
fn a_presigned_request_expires() {
    let refused = signed_by_aws(&plain(), SignatureLocation::QueryParams, NOW - 61)
        .verify(&rules("qbusiness"))
        .unwrap_err();
    assert_eq!(
        refused,
        "Signature expired: 20150830T123459Z is now earlier than 20150830T123500Z (20150830T123600Z - 60 sec.)"
    );
}

/// A header with the field replaced that begins with `name`.
fn with_header(name: &str, change: impl Fn(&str) -> String) -> Request {
    let mut signed = signed_by_aws(&plain(), SignatureLocation::Headers, NOW);
    let (_, value) = signed
        .headers
        .iter_mut()
        .find(|(known, _)| known == name)
        .unwrap();
    *value = change(std::str::from_utf8(value).unwrap()).into_bytes();
    signed
}

#[test]
fn the_first_fault_in_aws_order_is_told() {
    let date = |date: &'static str| with_header("x-amz-date", |_| date.to_owned());
    let authorization = |from: &'static str, to: &'static str| {
        with_header("authorization", |a| a.replace(from, to))
    };
    let mut both = authorization("x", "x");
    both.query = "X-Amz-Algorithm=AWS4-HMAC-SHA256".to_owned();
    let mut escape = plain();
    escape.query = "userId=%zz".to_owned();
    for (request, kind, text) in [
        (plain(), FaultKind::Missing, "Missing Authentication Token"),
        (escape, FaultKind::MalformedQuery, "escape"),
        (both, FaultKind::Incomplete, "not in both"),
        (
            authorization("AWS4-HMAC-SHA256", "Bearer"),
            FaultKind::Incomplete,
            "algorithm",
        ),
        (
            authorization("Signature=", "Signature"),
            FaultKind::Incomplete,
            "missing equal-sign",
        ),
        (
            authorization("Signature=", "Sig="),
            FaultKind::Incomplete,
            "requires 'Signature'",
        ),
        (
            authorization("host;", ""),
            FaultKind::Signature,
            "'Host' or ':authority'",
        ),
        (
            date("Sun, 30 Aug 2015 12:36:00 GMT"),
            FaultKind::Incomplete,
            "ISO-8601",
        ),
        (
            date("20150830T123059Z"),
            FaultKind::Signature,
            "Signature expired",
        ),
        (
            date("20150830T124101Z"),
            FaultKind::Signature,
            "Signature not yet current",
        ),
        (
            authorization("/aws4_request", ""),
            FaultKind::Incomplete,
            "exactly 5",
        ),
        (
            authorization("eu-west-1", "Mars!"),
            FaultKind::Signature,
            "valid region",
        ),
        (
            authorization("qbusiness", "s3"),
            FaultKind::Signature,
            "correct service: 'qbusiness'",
        ),
        (
            authorization("aws4_request", "aws5"),
            FaultKind::Signature,
            "terminator",
        ),
        (
            authorization("20150830", "20150831"),
            FaultKind::Signature,
            "YYYYMMDD",
        ),
    ] {
        let fault = request
            .with(|head| Claim::read(head, &rules("qbusiness"), now()))
            .unwrap()
            .unwrap_err();
        assert_eq!(fault.kind, kind, "{fault:?}");
        assert!(fault.message.contains(text), "{fault:?}");
    }
}

#[test]
fn host_and_authority_stand_for_each_other() {
    let mut signed = signed_by_aws(&plain(), SignatureLocation::Headers, NOW);
    signed.headers.retain(|(name, _)| name != "host");
    assert!(signed.verify(&rules("qbusiness")).is_err());
    signed.authority = Some("localhost:8080".to_owned());
    assert_eq!(signed.verify(&rules("qbusiness")), Ok(()));
}

#[test]
fn a_hash_that_is_not_the_bodys_is_refused() {
    for told in ["UNSIGNED-PAYLOAD", "STREAMING-AWS4-HMAC-SHA256-PAYLOAD"] {
        let mut request = plain();
        request
            .headers
            .push(("x-amz-content-sha256".to_owned(), told.into()));
        let signed = signed_by_aws(&request, SignatureLocation::Headers, NOW);
        assert!(signed.verify(&rules("qbusiness")).is_err(), "{told}");
    }
}
