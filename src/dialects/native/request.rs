//! What handlers read of a request. Whatever is wrong with it is answered as a [`Rejection`] that names the place.

use super::error::Rejection;
use super::wire::Object;
use crate::app::{App, Idempotency, unquoted};
use crate::dialects::answer;
use crate::domain::Caller;
use crate::error::{Error, ErrorKind};
use crate::limits;
use axum::body::Bytes;
use axum::extract::{FromRequest, FromRequestParts, Path, Query, Request};
use axum::http::request::Parts;
use axum::http::{HeaderMap, Method, Uri};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use sha2::{Digest as _, Sha256};
use std::marker::PhantomData;
use std::sync::Arc;
use utoipa::openapi::path::{Parameter, ParameterBuilder, ParameterIn};
use utoipa::openapi::schema::{ObjectBuilder, Type};
use utoipa::openapi::{Required, Schema};

/// The parts of a path that stand for something.
#[derive(Debug)]
pub(super) struct At<T>(pub(super) T);

impl<S: Send + Sync, T: DeserializeOwned + Send> FromRequestParts<S> for At<T> {
    type Rejection = Rejection;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Rejection> {
        Path::<T>::from_request_parts(parts, state)
            .await
            .map(|Path(place)| Self(place))
            .map_err(|_| Error::new(ErrorKind::Invalid, "the path is not UTF-8").into())
    }
}

/// The parameters of a query. One that is not known is refused: a filter that is misspelt must not widen a list.
#[derive(Debug)]
pub(super) struct Parameters<T>(pub(super) T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequestParts<S> for Parameters<T> {
    type Rejection = Rejection;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Rejection> {
        let query = parts.uri.query().unwrap_or_default();
        percent_encoding::percent_decode_str(query)
            .decode_utf8()
            .map_err(|_| Error::new(ErrorKind::Invalid, "the query is not UTF-8"))?;
        let Query(parameters) = Query::try_from_uri(&parts.uri)
            .map_err(|error| Error::new(ErrorKind::Invalid, error.body_text()))?;
        Ok(Self(parameters))
    }
}

/// A JSON body. How large it may be, `B` says.
#[derive(Debug)]
pub(super) struct Body<T, B = Usual> {
    /// What it says.
    pub(super) value: T,
    /// The body as it came.
    pub(super) bytes: Bytes,
    bound: PhantomData<B>,
}

/// A JSON body that may hold many things.
pub(super) type LargeBody<T> = Body<T, Large>;
/// A JSON body that holds a feedback.
pub(super) type FeedbackBody<T> = Body<T, OneFeedback>;
/// A JSON body that holds many feedbacks.
pub(super) type FeedbacksBody<T> = Body<T, ManyFeedbacks>;

/// How large a body may be.
pub(super) trait Bound {
    /// The most bytes.
    fn bytes(app: &App) -> usize;
}

#[derive(Debug)]
pub(super) enum Usual {}
#[derive(Debug)]
pub(super) enum Large {}
#[derive(Debug)]
pub(super) enum OneFeedback {}
#[derive(Debug)]
pub(super) enum ManyFeedbacks {}

impl Bound for Usual {
    fn bytes(_: &App) -> usize {
        limits::BODY_BYTES
    }
}

impl Bound for Large {
    fn bytes(_: &App) -> usize {
        limits::BATCH_BODY_BYTES
    }
}

/// A comment and a correction of the longest have room, however they are escaped, beside all else.
impl Bound for OneFeedback {
    fn bytes(app: &App) -> usize {
        let text = limits::json_bytes(app.comment_characters());
        text.saturating_mul(2).saturating_add(limits::BODY_BYTES)
    }
}

impl Bound for ManyFeedbacks {
    fn bytes(app: &App) -> usize {
        OneFeedback::bytes(app).max(limits::BATCH_BODY_BYTES)
    }
}

impl<T: DeserializeOwned, B: Bound> FromRequest<Arc<App>> for Body<T, B> {
    type Rejection = Rejection;

    async fn from_request(request: Request, app: &Arc<App>) -> Result<Self, Rejection> {
        if !answer::is_json(request.headers()) {
            return Err(Error::new(
                ErrorKind::UnsupportedType,
                "the body must be JSON: send the header Content-Type: application/json",
            )
            .into());
        }
        let bytes = answer::read_body(request.into_body(), B::bytes(app)).await?;
        let value = parse(&bytes)?;
        let bound = PhantomData;
        Ok(Self {
            value,
            bytes,
            bound,
        })
    }
}

/// Reads a JSON object strictly. The error names the field, the line and the column.
pub(super) fn parse<'body, T: Deserialize<'body>>(json: &'body [u8]) -> Result<T, Error> {
    parse_as(json, ToString::to_string)
}

/// The same for a part of a body, which does not know its line.
pub(super) fn parse_part<'body, T: Deserialize<'body>>(json: &'body [u8]) -> Result<T, Error> {
    parse_as(json, |error| {
        let told = error.to_string();
        let place = format!(" at line {} column {}", error.line(), error.column());
        told.strip_suffix(&place).unwrap_or(&told).to_owned()
    })
}

fn parse_as<'body, T: Deserialize<'body>>(
    json: &'body [u8],
    tell: fn(&serde_json::Error) -> String,
) -> Result<T, Error> {
    let invalid = |message: String| Error::new(ErrorKind::Invalid, message);
    if json.is_empty() {
        return Err(invalid("the body is empty".to_owned()));
    }
    let text = std::str::from_utf8(json).map_err(|error| {
        invalid(format!(
            "the body is not UTF-8 at byte {}",
            error.valid_up_to()
        ))
    })?;
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let Object(value) = serde_path_to_error::deserialize(&mut deserializer).map_err(|error| {
        let path = error.path().to_string();
        let error = invalid(unquoted(&path, tell(error.inner())));
        if path == "." { error } else { error.at(path) }
    })?;
    deserializer.end().map_err(|error| invalid(tell(&error)))?;
    Ok(value)
}

/// A client's word that this request is the same as an earlier one with the same key.
#[derive(Debug)]
pub(super) struct IdempotencyKey {
    given: Option<Given>,
}

#[derive(Debug)]
struct Given {
    key: String,
    method: Method,
    uri: Uri,
}

const HEADER: &str = "Idempotency-Key";

impl<S: Send + Sync> FromRequestParts<S> for IdempotencyKey {
    type Rejection = Rejection;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Rejection> {
        let given = key(&parts.headers)?.map(|key| Given {
            key,
            method: parts.method.clone(),
            uri: parts.uri.clone(),
        });
        Ok(Self { given })
    }
}

fn key(headers: &HeaderMap) -> Result<Option<String>, Error> {
    let mut values = headers.get_all(HEADER).iter();
    let Some(value) = values.next() else {
        return Ok(None);
    };
    let legal = |text: &&str| {
        (1..=limits::IDEMPOTENCY_KEY_BYTES).contains(&text.len())
            && text.bytes().all(|byte| (b' '..=b'~').contains(&byte))
    };
    let text = std::str::from_utf8(value.as_bytes()).ok().filter(legal);
    match (text, values.next()) {
        (Some(text), None) => Ok(Some(text.to_owned())),
        _ => Err(Error::invalid(
            HEADER,
            format!(
                "must be given once, as 1 to {} ASCII characters",
                limits::IDEMPOTENCY_KEY_BYTES
            ),
        )),
    }
}

impl IdempotencyKey {
    /// What the application is told, for a request with this body.
    pub(super) fn of(&self, caller: &Caller, body: &[u8]) -> Option<Idempotency> {
        self.given.as_ref().map(|given| Idempotency {
            key: format!("{}:{}", caller.who.id(), given.key),
            request_sha256: given.digest(body, None),
        })
    }

    /// The same for one item of a body. Its key cannot be another request's: the place stands before the colon.
    pub(super) fn of_item(
        &self,
        caller: &Caller,
        body: &[u8],
        place: usize,
    ) -> Option<Idempotency> {
        self.given.as_ref().map(|given| Idempotency {
            key: format!("{}#{place}:{}", caller.who.id(), given.key),
            request_sha256: given.digest(body, Some(place)),
        })
    }
}

impl Given {
    fn digest(&self, body: &[u8], place: Option<usize>) -> [u8; 32] {
        let mut digest = Sha256::new();
        digest.update(self.method.as_str());
        digest.update([0]);
        digest.update(self.uri.path());
        digest.update([0]);
        if let Some(place) = place {
            digest.update(place.to_be_bytes());
        }
        digest.update(body);
        digest.finalize().into()
    }
}

impl utoipa::IntoParams for IdempotencyKey {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        let schema = ObjectBuilder::new()
            .schema_type(Type::String)
            // No spaces at the ends, which HTTP does not keep.
            .pattern(Some("^[!-~]([ -~]*[!-~])?$"))
            .max_length(Some(limits::IDEMPOTENCY_KEY_BYTES));
        let parameter = ParameterBuilder::new()
            .name(HEADER)
            .parameter_in(ParameterIn::Header)
            .required(Required::False)
            .description(Some(
                "Makes it safe to send the request again: the same request with the same key within 24 hours is carried \
                 out once, and its repetitions are answered with the header `Idempotency-Replayed: true`. A different \
                 request with the same key is refused.",
            ))
            .schema(Some(Schema::from(schema)));
        vec![parameter.build()]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    #[expect(dead_code, reason = "only the errors are looked at")]
    struct Outer {
        #[serde(default)]
        list: Vec<Inner>,
    }

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    #[expect(dead_code, reason = "only the errors are looked at")]
    struct Inner {
        number: u8,
    }

    fn refused(json: &[u8]) -> (Option<String>, String) {
        let error = parse::<Outer>(json).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Invalid);
        (
            error.field().map(ToOwned::to_owned),
            error.message().to_owned(),
        )
    }

    #[test]
    fn the_place_of_a_mistake_is_named() {
        let (field, message) = refused(b"{\"list\": [{\"number\": 1},\n {\"number\": \"2\"}]}");
        assert_eq!(field.as_deref(), Some("list[1].number"));
        assert!(message.contains("line 2 column"), "{message}");
    }

    #[test]
    fn a_part_tells_no_line() {
        let error = parse_part::<Outer>(b"{\"list\": 7}").unwrap_err();
        assert_eq!(
            error.message(),
            "invalid type: integer `7`, expected a sequence"
        );
    }

    #[test]
    fn what_is_not_strict_json_is_refused() {
        for (json, why) in [
            (&b""[..], "empty"),
            (b"{", "EOF"),
            (b"{} {}", "trailing"),
            (b"{\"list\": []} x", "trailing"),
            (b"{\"lists\": []}", "unknown field `lists`"),
            (b"{\"list\": [], \"list\": []}", "duplicate field `list`"),
            (b"{\"list\": [{\"number\": 1e999}]}", "out of range"),
            (b"\"\xff\"", "not UTF-8 at byte 1"),
            (b"null", "invalid type: null"),
            (b"[]", "invalid type: sequence"),
            (b"[[]]", "invalid type: sequence"),
        ] {
            let (_, message) = refused(json);
            assert!(message.contains(why), "{message}");
        }
    }

    #[test]
    fn a_key_is_given_once_and_is_plain() {
        let headers = |values: &[&str]| {
            let mut headers = HeaderMap::new();
            for value in values {
                headers.append(HEADER, value.parse().unwrap());
            }
            headers
        };
        assert!(key(&headers(&[])).unwrap().is_none());
        assert_eq!(key(&headers(&["a b"])).unwrap().as_deref(), Some("a b"));
        for wrong in [&["a", "b"][..], &[""], &["é"], &[&"x".repeat(256)]] {
            assert!(key(&headers(wrong)).is_err());
        }
    }

    #[test]
    fn an_item_of_a_batch_is_not_another_request() {
        let given = IdempotencyKey {
            given: Some(Given {
                key: "k".to_owned(),
                method: Method::POST,
                uri: Uri::from_static("/x"),
            }),
        };
        let caller = App::operator(crate::domain::WorkspaceId(uuid::Uuid::nil()));
        let (whole, item) = (given.of(&caller, b"1"), given.of_item(&caller, b"1", 0));
        assert_ne!(whole.map(|it| it.key), item.map(|it| it.key));
    }
}
