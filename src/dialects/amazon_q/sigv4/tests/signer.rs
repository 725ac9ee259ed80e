//! Whatever AWS's own signer signs.

use super::request::Request;
use super::{ACCESS_KEY_ID, NOW, SECRET, now, rules};
use crate::dialects::amazon_q::sigv4::{Claim, FaultKind};
use aws_credential_types::Credentials;
use aws_sigv4::http_request::{
    SignableBody, SignableRequest, SignatureLocation, SigningSettings, sign,
};
use aws_sigv4::sign::v4;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use proptest::prelude::*;
use std::fmt::Write as _;
use std::time::{Duration, SystemTime};

/// What AWS's signer makes of a request.
fn signed_by_aws(request: &Request, location: SignatureLocation, seconds: u64) -> Request {
    let credentials = Credentials::new(ACCESS_KEY_ID, SECRET, None, None, "test");
    signed_by_aws_with(&credentials, request, location, seconds)
}

/// The same with other credentials.
pub(super) fn signed_by_aws_with(
    credentials: &Credentials,
    request: &Request,
    location: SignatureLocation,
    seconds: u64,
) -> Request {
    let mut settings = SigningSettings::default();
    settings.signature_location = location;
    if location == SignatureLocation::QueryParams {
        settings.expires_in = Some(Duration::from_mins(1));
    }
    let identity = credentials.clone().into();
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
        write!(signed.query, "&{name}={value}").unwrap();
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
    pub(super) fn any_request()(
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
            path: format!("/{}", segments.iter().map(|segment| encoded(segment)).collect::<Vec<_>>().join("/")),
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

/// A request that is signed in its query.
fn presigned() -> Request {
    signed_by_aws(&plain(), SignatureLocation::QueryParams, NOW)
}

#[test]
fn what_says_how_a_request_is_signed_is_said_once() {
    let rules = rules("qbusiness");
    for name in [
        "X-Amz-Algorithm",
        "X-Amz-Credential",
        "X-Amz-Date",
        "X-Amz-Expires",
        "X-Amz-SignedHeaders",
        "X-Amz-Signature",
    ] {
        let mut twice = presigned();
        write!(twice.query, "&{name}=0").unwrap();
        let fault = twice.verify(&rules).unwrap_err();
        assert!(fault.contains("more than once"), "{name}: {fault}");
    }
    let mut twice = signed_by_aws(&plain(), SignatureLocation::Headers, NOW);
    let more = ("authorization".to_owned(), b"AWS4-HMAC-SHA256 a=b".to_vec());
    twice.headers.push(more);
    let fault = twice.verify(&rules).unwrap_err();
    assert!(fault.contains("one Authorization header"), "{fault}");
}

#[test]
fn a_token_beside_a_signed_query_is_seen() {
    let mut request = presigned();
    let token = ("x-amz-security-token".to_owned(), b"token".to_vec());
    request.headers.push(token);
    let rules = rules("qbusiness");
    let found = request.with(|head| {
        let claim = Claim::read(head, &rules, now()).unwrap();
        claim.session_token().map(str::to_owned)
    });
    assert_eq!(found.flatten().as_deref(), Some("token"));
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

/// Asserts that a request is refused with this kind of fault and words of its message.
#[track_caller]
fn assert_fault(request: &Request, kind: FaultKind, words: &str) {
    let fault = request
        .with(|head| Claim::read(head, &rules("qbusiness"), now()))
        .unwrap()
        .unwrap_err();
    assert_eq!(fault.kind, kind, "{fault:?}");
    assert!(fault.message.contains(words), "{fault:?}");
}

#[test]
fn a_request_is_signed_in_one_place() {
    let mut both = with_header("authorization", ToOwned::to_owned);
    both.query = "X-Amz-Algorithm=AWS4-HMAC-SHA256".to_owned();
    let mut escape = plain();
    escape.query = "userId=%zz".to_owned();
    assert_fault(&plain(), FaultKind::Missing, "Missing Authentication Token");
    assert_fault(&escape, FaultKind::MalformedQuery, "escape");
    assert_fault(&both, FaultKind::Incomplete, "not in both");
}

#[test]
fn the_fault_of_a_header_is_told() {
    use FaultKind::{Incomplete, Signature};
    for (from, to, kind, words) in [
        ("AWS4-HMAC-SHA256", "Bearer", Incomplete, "algorithm"),
        ("Signature=", "Signature", Incomplete, "missing equal-sign"),
        ("Signature=", "Sig=", Incomplete, "requires 'Signature'"),
        ("host;", "", Signature, "'Host' or ':authority'"),
        ("/aws4_request", "", Incomplete, "exactly 5"),
        ("eu-west-1", "Mars!", Signature, "valid region, not 'Mars!'"),
        ("qbusiness", "s3", Signature, "correct service: 'qbusiness'"),
        ("aws4_request", "aws5", Signature, "terminator"),
        ("20150830", "20150831", Signature, "YYYYMMDD"),
    ] {
        let request = with_header("authorization", |header| header.replace(from, to));
        assert_fault(&request, kind, words);
    }
}

#[test]
fn the_fault_of_a_date_is_told() {
    use FaultKind::{Incomplete, Signature};
    for (date, kind, words) in [
        ("Sun, 30 Aug 2015 12:36:00 GMT", Incomplete, "ISO-8601"),
        ("20150230T123600Z", Incomplete, "ISO-8601"),
        ("2015083ÖT12360Z", Incomplete, "ISO-8601"),
        ("20150830T123059Z", Signature, "Signature expired"),
        ("20150830T124101Z", Signature, "Signature not yet current"),
    ] {
        let request = with_header("x-amz-date", |_| date.to_owned());
        assert_fault(&request, kind, words);
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
