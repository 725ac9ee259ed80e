//! What a request says of its own signature, and whether that is true.

use super::{
    ALGORITHM, AUTHORITY, CONTENT_HASH, Fault, Rules, SignedHead, TERMINATOR, canonical, signature,
};
use crate::domain::Timestamp;
use axum::http::header;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest as _, Sha256};
use std::fmt::Write as _;
use std::time::Duration;
use subtle::ConstantTimeEq as _;

/// The parameter that a presigned query's signature leaves out: itself.
pub(super) const SIGNATURE: &str = "X-Amz-Signature";

/// The longest that a presigned request is good for: seven days, in seconds.
const EXPIRES_MOST: u64 = 604_800;

const MICROSECONDS: i64 = 1_000_000;

/// What a request says of its own signature. All that can be checked without the secret was.
#[derive(Debug)]
pub struct Claim {
    access_key_id: String,
    session_token: Option<String>,
    /// The date as it is signed.
    date: String,
    /// The credential without its access key id.
    scope: String,
    signed_headers: String,
    signature: String,
    parameters: Vec<(Vec<u8>, Vec<u8>)>,
    normalized_path: bool,
}

/// The words of a signature, wherever they were said.
struct Said {
    credential: String,
    signed_headers: String,
    signature: String,
    date: String,
    /// How long a presigned request is good for, in seconds.
    expires: Option<u64>,
    session_token: Option<String>,
}

impl Claim {
    /// Reads how a request is signed and checks, in AWS's order, everything that needs no secret.
    pub fn read(head: &SignedHead<'_>, rules: &Rules<'_>, now: Timestamp) -> Result<Self, Fault> {
        let parameters = canonical::parameters(head.query).ok_or_else(Fault::malformed_query)?;
        let in_header = head.headers.contains_key(header::AUTHORIZATION);
        let in_query = ["X-Amz-Algorithm", "X-Amz-Credential", SIGNATURE]
            .iter()
            .any(|name| parameter(&parameters, name).is_some());
        let said = match (in_header, in_query) {
            (false, false) => return Err(Fault::missing()),
            (true, true) => {
                return Err(Fault::incomplete(
                    "A request is signed in its Authorization header or in its query, not in both.",
                ));
            }
            (true, false) => from_header(head)?,
            (false, true) => from_query(head, &parameters)?,
        };
        let is_host = |name: &str| name == header::HOST.as_str() || name == AUTHORITY;
        if !said.signed_headers.split(';').any(is_host) {
            return Err(Fault::signature(
                "'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization.",
            ));
        }
        let signed_at = basic_date(&said.date).ok_or_else(|| {
            Fault::incomplete(
                "Date must be in ISO-8601 'basic format'. See http://en.wikipedia.org/wiki/ISO_8601",
            )
        })?;
        check_clock(&said, signed_at, rules.window, now)?;
        let (access_key_id, scope) = scope(&said, rules)?;
        Ok(Self {
            access_key_id,
            session_token: said.session_token,
            date: said.date,
            scope,
            signed_headers: said.signed_headers,
            signature: said.signature,
            parameters,
            normalized_path: rules.normalized_path,
        })
    }

    /// Whose secret it is signed with.
    pub fn access_key_id(&self) -> &str {
        &self.access_key_id
    }

    /// The session that the secret belongs to.
    pub fn session_token(&self) -> Option<&str> {
        self.session_token.as_deref()
    }

    /// Whether this head with this body is what was signed with this secret.
    pub fn check_signature(
        &self,
        head: &SignedHead<'_>,
        body: &[u8],
        secret: &[u8],
    ) -> Result<(), Fault> {
        let hash = hex::encode(Sha256::digest(body));
        let told = head.text(CONTENT_HASH);
        if told.is_some_and(|told| told != hash) {
            return Err(Fault::mismatch());
        }
        self.check_hashed(head, &hash, secret)
    }

    /// Whether this head is what was signed with this secret, where the body is sent and signed piece by piece
    /// ([`SignedHead::streams`]). Says nothing of the pieces.
    pub fn check_head(&self, head: &SignedHead<'_>, secret: &[u8]) -> Result<(), Fault> {
        if !head.streams() {
            return Err(Fault::mismatch());
        }
        let told = head.text(CONTENT_HASH).unwrap_or_default();
        self.check_hashed(head, &told, secret)
    }

    fn check_hashed(&self, head: &SignedHead<'_>, hash: &str, secret: &[u8]) -> Result<(), Fault> {
        let own = self
            .canonical(head, hash)
            .and_then(|request| signature::of(&request, secret, &self.date, &self.scope))
            .ok_or_else(Fault::mismatch)?;
        if own.as_bytes().ct_eq(self.signature.as_bytes()).into() {
            Ok(())
        } else {
            Err(Fault::mismatch())
        }
    }

    /// The request in the one spelling that is signed. None if a signed header is not there.
    pub(super) fn canonical(&self, head: &SignedHead<'_>, payload_hash: &str) -> Option<Vec<u8>> {
        canonical::request(
            head,
            &self.parameters,
            &self.signed_headers,
            payload_hash,
            self.normalized_path,
        )
    }
}

fn parameter(parameters: &[(Vec<u8>, Vec<u8>)], name: &str) -> Option<String> {
    parameters
        .iter()
        .find(|(known, _)| known == name.as_bytes())
        .map(|(_, value)| String::from_utf8_lossy(value).into_owned())
}

/// `AWS4-HMAC-SHA256 Credential=…, SignedHeaders=…, Signature=…`
fn from_header(head: &SignedHead<'_>) -> Result<Said, Fault> {
    let header = head
        .text(header::AUTHORIZATION.as_str())
        .unwrap_or_default();
    if head.headers.get_all(header::AUTHORIZATION).iter().count() > 1 {
        return Err(Fault::incomplete(format!(
            "A request has one Authorization header {}.",
            hashed(&header)
        )));
    }
    let (algorithm, fields) = header.split_once(' ').unwrap_or((&header, ""));
    if algorithm != ALGORITHM {
        return Err(Fault::incomplete(format!(
            "Unsupported AWS 'algorithm' in Authorization header {}.",
            hashed(&header)
        )));
    }
    let mut found = [None, None, None];
    for field in fields.split(',').map(str::trim) {
        let Some((name, value)) = field.split_once('=') else {
            return Err(Fault::incomplete(format!(
                "Invalid key=value pair (missing equal-sign) in Authorization header {}.",
                hashed(&header)
            )));
        };
        if let Some(place) = HEADER_FIELDS.iter().position(|known| *known == name)
            && found[place].replace(value.to_owned()).is_some()
        {
            return Err(Fault::incomplete(format!(
                "Authorization header has '{name}' more than once."
            )));
        }
    }
    let date = head.text("x-amz-date").or_else(|| head.text("date"));
    match (found, date) {
        ([Some(credential), Some(signature), Some(signed_headers)], Some(date)) => Ok(Said {
            credential,
            signed_headers,
            signature,
            date,
            expires: None,
            session_token: head.text("x-amz-security-token"),
        }),
        (found, date) => Err(missing_in_header(&found, date.is_none(), &header)),
    }
}

const HEADER_FIELDS: [&str; 3] = ["Credential", "Signature", "SignedHeaders"];

fn missing_in_header(found: &[Option<String>; 3], without_date: bool, header: &str) -> Fault {
    let mut message = String::new();
    for (name, value) in HEADER_FIELDS.iter().zip(found) {
        if value.is_none() {
            // Writing to a text does not fail.
            let _ = write!(
                message,
                "Authorization header requires '{name}' parameter. "
            );
        }
    }
    if without_date {
        message.push_str(
            "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header. ",
        );
    }
    let _ = write!(message, "Authorization header {}.", hashed(header));
    Fault::incomplete(message)
}

/// AWS shows its clients what they sent by its hash, so that no log keeps it.
fn hashed(header: &str) -> String {
    let hash = STANDARD.encode(Sha256::digest(header.as_bytes()));
    format!("(hashed with SHA-256 and encoded with Base64): '{hash}'")
}

fn from_query(head: &SignedHead<'_>, parameters: &[(Vec<u8>, Vec<u8>)]) -> Result<Said, Fault> {
    let required = |name: &str| {
        let same = parameters
            .iter()
            .filter(|(known, _)| known == name.as_bytes());
        if same.count() > 1 {
            return Err(Fault::incomplete(format!(
                "AWS query-string parameters have '{name}' more than once."
            )));
        }
        parameter(parameters, name).ok_or_else(|| {
            Fault::incomplete(format!(
                "AWS query-string parameters must include '{name}'. Re-examine the query-string parameters."
            ))
        })
    };
    if required("X-Amz-Algorithm")? != ALGORITHM {
        return Err(Fault::incomplete(
            "Unsupported AWS 'algorithm' in the query.",
        ));
    }
    let expires = required("X-Amz-Expires")?
        .parse()
        .ok()
        .filter(|seconds| (1..=EXPIRES_MOST).contains(seconds))
        .ok_or_else(|| {
            Fault::incomplete(format!(
                "X-Amz-Expires must be a number of seconds from 1 to {EXPIRES_MOST}."
            ))
        })?;
    Ok(Said {
        credential: required("X-Amz-Credential")?,
        signature: required(SIGNATURE)?,
        date: required("X-Amz-Date")?,
        signed_headers: required("X-Amz-SignedHeaders")?,
        expires: Some(expires),
        session_token: parameter(parameters, "X-Amz-Security-Token")
            .or_else(|| head.text("x-amz-security-token")),
    })
}

/// `20260501T120000Z`
fn basic_date(text: &str) -> Option<Timestamp> {
    let digits = |from: usize, to: usize| {
        text.get(from..to)
            .filter(|part| part.bytes().all(|byte| byte.is_ascii_digit()))
    };
    (text.len() == 16 && text.get(8..9)? == "T" && text.get(15..)? == "Z").then_some(())?;
    let (year, month, day) = (digits(0, 4)?, digits(4, 6)?, digits(6, 8)?);
    let (hour, minute, second) = (digits(9, 11)?, digits(11, 13)?, digits(13, 15)?);
    format!("{year}-{month}-{day}T{hour}:{minute}:{second}Z")
        .parse()
        .ok()
}

/// A time as it is signed: `20260501T120000Z`
pub(super) fn written(time: Timestamp) -> String {
    let whole = Timestamp::from_microseconds(time.seconds().saturating_mul(MICROSECONDS));
    whole.to_string().replace(['-', ':'], "")
}

/// The words that begin the texts are AWS's; its JavaScript SDK looks for "Signature expired".
fn check_clock(
    said: &Said,
    signed_at: Timestamp,
    window: Duration,
    now: Timestamp,
) -> Result<(), Fault> {
    let minutes = window.as_secs() / 60;
    let window = i64::try_from(window.as_micros()).unwrap_or(i64::MAX);
    let (patience, shown) = match said.expires {
        None => (window, format!("{minutes} min.")),
        Some(seconds) => (
            i64::try_from(seconds).map_or(i64::MAX, |seconds| seconds * MICROSECONDS),
            format!("{seconds} sec."),
        ),
    };
    let date = written(signed_at);
    let earliest = now.plus_microseconds(-patience);
    if signed_at < earliest {
        return Err(Fault::signature(format!(
            "Signature expired: {date} is now earlier than {} ({} - {shown})",
            written(earliest),
            written(now)
        )));
    }
    let latest = now.plus_microseconds(window);
    if signed_at > latest {
        return Err(Fault::signature(format!(
            "Signature not yet current: {date} is still later than {} ({} + {minutes} min.)",
            written(latest),
            written(now)
        )));
    }
    Ok(())
}

/// The access key id, and the scope that the signature is good for. Any region will do: there is only this one.
fn scope(said: &Said, rules: &Rules<'_>) -> Result<(String, String), Fault> {
    let parts: Vec<_> = said.credential.split('/').collect();
    let &[access_key_id, date, region, service, terminator] = parts.as_slice() else {
        return Err(Fault::incomplete(
            "Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term.",
        ));
    };
    let is_region = !region.is_empty()
        && region
            .bytes()
            .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-');
    if !is_region {
        return Err(Fault::signature(format!(
            "Credential should be scoped to a valid region, not '{region}'."
        )));
    }
    if service != rules.service {
        return Err(Fault::signature(format!(
            "Credential should be scoped to correct service: '{}'.",
            rules.service
        )));
    }
    if terminator != TERMINATOR {
        return Err(Fault::signature(format!(
            "Credential should be scoped with a valid terminator: '{TERMINATOR}'."
        )));
    }
    if said.date.get(..8) != Some(date) {
        return Err(Fault::signature(
            "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP.",
        ));
    }
    let scope = format!("{date}/{region}/{service}/{terminator}");
    Ok((access_key_id.to_owned(), scope))
}
