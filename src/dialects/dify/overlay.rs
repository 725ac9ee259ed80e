//! `GET /messages` of a project with an upstream: the upstream's page, with the ratings that were given here.

use super::auth::Access;
use super::convert::{self, DEFAULT_USER, rating_name};
use super::cors;
use super::error::Rejection;
use super::pass_on::handed_on;
use super::query::Parameters;
use super::wire::MessageFeedback;
use crate::app::{App, FeedbackFilter, Paging};
use crate::dialects::answer::is_json;
use crate::domain::vote::RowRef;
use crate::domain::{DEFAULT_NAME, FeedbackState};
use crate::limits;
use crate::upstream::{Held, Passing};
use axum::body::{Body, Bytes, HttpBody as _};
use axum::extract::Request;
use axum::http::{HeaderName, HeaderValue, Method, StatusCode, Uri, header};
use axum::response::Response;
use futures_util::stream::{self, StreamExt as _};
use http_body_util::BodyExt as _;
use serde_json::value::RawValue;
use std::collections::HashMap;
use std::sync::Arc;
use uuid::Uuid;

/// What asks for less than the page as it is, or for it in a form that cannot be read here.
const FORMS: [HeaderName; 4] = [
    header::IF_NONE_MATCH,
    header::IF_MODIFIED_SINCE,
    header::IF_RANGE,
    header::RANGE,
];
/// What is said of the page as the upstream wrote it.
const OF_THE_BYTES: [HeaderName; 4] = [
    header::CONTENT_LENGTH,
    header::ETAG,
    header::LAST_MODIFIED,
    HeaderName::from_static("content-md5"),
];

/// The rating that the person whose page it is gave each message here; none for one that was taken back.
type Ratings = HashMap<String, Option<MessageFeedback>>;

/// The upstream's page.
pub(super) async fn passed_on(app: &App, access: &Access, mut request: Request) -> Response {
    let origin = cors::origin(request.headers());
    let uri = request.uri().clone();
    let whole = request.method() == Method::GET;
    if whole {
        for name in FORMS {
            request.headers_mut().remove(name);
        }
        let plain = HeaderValue::from_static("identity");
        request.headers_mut().insert(header::ACCEPT_ENCODING, plain);
    }
    let passing = request.extensions().get::<Arc<Passing>>();
    let held = passing.map(|passing| passing.hold()).filter(|_| whole);
    match handed_on(app, access, request)
        .await
        .map(|answer| (answer, held))
    {
        Ok((answer, Some(held))) => overlaid(app, access, &uri, held, answer).await,
        Ok((answer, None)) => answer,
        Err(rejection) => cors::opened(origin, Err(rejection)),
    }
}

/// The answer with our ratings in it; as it is, where it cannot be read or nothing is to be changed.
async fn overlaid(app: &App, access: &Access, uri: &Uri, held: Held, answer: Response) -> Response {
    let headers = answer.headers();
    let readable = answer.status() == StatusCode::OK
        && is_json(headers)
        && !headers.contains_key(header::CONTENT_ENCODING);
    if !readable || answer.body().size_hint().lower() > limits::DIFY_PAGE_BYTES as u64 {
        return answer;
    }
    let (mut parts, body) = answer.into_parts();
    let page = match read(body, held).await {
        Ok(page) => page,
        Err(body) => return Response::from_parts(parts, body),
    };
    let text = std::str::from_utf8(&page).unwrap_or_default();
    let items = items(text);
    let changed = match ratings(app, access, uri, &items).await {
        Ok(ratings) => written(text, &items, &ratings),
        // The page is the upstream's; that a rating is missing in it is no reason to withhold it.
        Err(_) => None,
    };
    let Some(changed) = changed else {
        return Response::from_parts(parts, Body::from(page));
    };
    for name in OF_THE_BYTES {
        parts.headers.remove(name);
    }
    Response::from_parts(parts, Body::from(changed))
}

/// A whole body; or, where it is too large or breaks off, or too many are read already, a body that gives the same.
async fn read(mut body: Body, mut held: Held) -> Result<Bytes, Body> {
    let expected = usize::try_from(body.size_hint().lower()).unwrap_or(usize::MAX);
    let mut page = Vec::with_capacity(expected.min(limits::DIFY_PAGE_BYTES));
    loop {
        match body.frame().await {
            None => return Ok(held.whole(page.into())),
            Some(Ok(frame)) => {
                let Ok(part) = frame.into_data() else {
                    continue;
                };
                let bytes = page.len() + part.len();
                if bytes > limits::DIFY_PAGE_BYTES || !held.grow_to(bytes) {
                    let read = stream::iter([Ok(page.into()), Ok(part)]);
                    return Err(Body::from_stream(read.chain(body.into_data_stream())));
                }
                page.extend_from_slice(&part);
            }
            Some(Err(error)) => {
                let read = [Ok(Bytes::from(page)), Err(error)];
                return Err(Body::from_stream(stream::iter(read)));
            }
        }
    }
}

/// A message of a page: what it is called, and its rating in the page's own text.
#[derive(Debug)]
struct Item<'page> {
    id: String,
    feedback: &'page str,
}

/// The messages of a page that name themselves and their rating.
fn items(page: &str) -> Vec<Item<'_>> {
    let listed = object(page)
        .and_then(|page| serde_json::from_str::<Vec<&RawValue>>(page.get("data")?.get()).ok());
    let listed = listed.unwrap_or_default().into_iter();
    listed
        .filter_map(|item| {
            let fields = object(item.get())?;
            let id: String = serde_json::from_str(fields.get("id")?.get()).ok()?;
            Some(Item {
                id: Uuid::try_parse(&id).ok()?.hyphenated().to_string(),
                feedback: fields.get("feedback")?.get(),
            })
        })
        .collect()
}

fn object(json: &str) -> Option<HashMap<String, &RawValue>> {
    serde_json::from_str(json).ok()
}

async fn ratings(
    app: &App,
    access: &Access,
    uri: &Uri,
    items: &[Item<'_>],
) -> Result<Ratings, Rejection> {
    if items.is_empty() {
        return Ok(Ratings::new());
    }
    let parameters = Parameters::of(uri);
    let user = parameters.first("user").filter(|user| !user.is_empty());
    let user = convert::checked_user(user.unwrap_or(DEFAULT_USER).to_owned())?;
    let Access { caller, project } = access;
    let known = app
        .end_user(caller, project, RowRef::External(user))
        .await?;
    let Some(end_user) = known else {
        return Ok(Ratings::new());
    };
    let filter = FeedbackFilter {
        projects: vec![project.id],
        name: Some(DEFAULT_NAME.to_owned()),
        end_user: Some(RowRef::Id(end_user.id.0)),
        messages: items
            .iter()
            .map(|item| RowRef::External(item.id.clone()))
            .collect(),
        with_retracted: true,
        ..FeedbackFilter::default()
    };
    let given = app
        .list_feedback(caller, filter, Paging::first(limits::PAGE_ITEMS))
        .await?;
    let mut ratings = Ratings::new();
    // The newest comes first, and counts where other channels let a person judge several times.
    for feedback in given.items {
        let message = feedback
            .target
            .message
            .and_then(|message| message.external_id);
        let rating = feedback.judgement.rating.map(rating_name);
        let says = rating.is_some() || feedback.state == FeedbackState::Retracted;
        if let Some(message) = message.filter(|_| says) {
            let rating = rating.map(|rating| MessageFeedback { rating });
            ratings.entry(message).or_insert(rating);
        }
    }
    Ok(ratings)
}

/// The page with these ratings, and every other byte as it was; none if nothing changes.
fn written(page: &str, items: &[Item<'_>], ratings: &Ratings) -> Option<String> {
    let mut written = String::with_capacity(page.len());
    let mut copied = 0;
    for item in items {
        let Some(rating) = ratings.get(&item.id) else {
            continue;
        };
        let rating = serde_json::to_string(rating).ok()?;
        // The feedback is a part of the page's text, so its place in memory is its place in the page.
        let place = item.feedback.as_ptr().addr() - page.as_ptr().addr();
        written.push_str(page.get(copied..place)?);
        written.push_str(&rating);
        copied = place + item.feedback.len();
    }
    written.push_str(page.get(copied..)?);
    (written != page).then_some(written)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::AppOptions;

    const ONE: &str = "5ad4cb98-f0c7-4085-b384-88c403be6290";
    const OTHER: &str = "23890902-dec2-55aa-a685-6d0b13a925ed";

    fn page(one: &str, other: &str) -> String {
        format!(
            "{{\"limit\": 20,\"data\": [ {{\"id\":\"{ONE}\",\"answer\":\"\\u00e9\\/\",\"feedback\" : {one} ,\"x\":1e2}},\
             {{\"feedback\":{other},\"id\":\"{OTHER}\"}}, {{\"id\":\"no\",\"feedback\":null}}, 7 ],\"has_more\":false}}\n"
        )
    }

    fn overlaid(page: &str, ratings: &[(&str, Option<&'static str>)]) -> Option<String> {
        let rating = |rating| MessageFeedback { rating };
        let ratings = ratings
            .iter()
            .map(|(id, given)| ((*id).to_owned(), given.map(rating)))
            .collect();
        written(page, &items(page), &ratings)
    }

    #[test]
    fn nothing_but_the_ratings_changes() {
        let before = page("null", r#"{"rating":"like"}"#);
        let ratings = [(ONE, Some("dislike")), (OTHER, None)];
        let after = page(r#"{"rating":"dislike"}"#, "null");
        assert_eq!(overlaid(&before, &ratings), Some(after));
    }

    #[test]
    fn a_page_without_ratings_of_ours_stays_as_it_is() {
        let before = page("null", r#"{"rating":"like"}"#);
        assert_eq!(overlaid(&before, &[]), None);
        assert_eq!(overlaid(&before, &[(ONE, None)]), None);
    }

    #[test]
    fn what_is_no_page_has_no_items() {
        for text in ["", "[]", "{}", r#"{"data":{}}"#, r#"{"data":[{"id":5}]}"#] {
            assert_eq!(items(text).len(), 0, "{text}");
        }
    }

    fn passing() -> Passing {
        Passing::new(Arc::new(App::open(AppOptions::in_memory()).unwrap()))
    }

    #[tokio::test]
    async fn a_page_that_breaks_off_is_given_as_far_as_it_came() {
        let frames = [Ok(Bytes::from("abc")), Err(std::io::Error::other("gone"))];
        let Err(body) = read(Body::from_stream(stream::iter(frames)), passing().hold()).await
        else {
            panic!("it is whole");
        };
        let mut given = body.into_data_stream();
        assert_eq!(given.next().await.unwrap().unwrap(), "abc");
        assert!(given.next().await.unwrap().is_err());
    }

    #[tokio::test]
    async fn a_page_for_which_no_memory_is_left_is_given_whole() {
        let passing = passing();
        let mut others = passing.hold();
        assert!(others.grow_to(limits::HELD_BYTES + limits::BODY_BYTES));
        let frame = Bytes::from(vec![b'x'; limits::BODY_BYTES]);
        let frames = [frame, Bytes::from("y")].map(Ok::<_, std::io::Error>);
        let body = Body::from_stream(stream::iter(frames));
        let Err(body) = read(body, passing.hold()).await else {
            panic!("it was taken");
        };
        let given = body.collect().await.unwrap().to_bytes();
        assert_eq!(given.len(), limits::BODY_BYTES + 1);
    }

    #[tokio::test]
    async fn a_page_that_is_too_large_is_given_whole() {
        let frame = Bytes::from(vec![b'x'; limits::DIFY_PAGE_BYTES]);
        let frames = [frame, Bytes::from("y"), Bytes::from("z")].map(Ok::<_, std::io::Error>);
        let Err(body) = read(Body::from_stream(stream::iter(frames)), passing().hold()).await
        else {
            panic!("it was taken");
        };
        let given = body.collect().await.unwrap().to_bytes();
        assert_eq!(given.len(), limits::DIFY_PAGE_BYTES + 2);
        assert!(given.ends_with(b"yz"));
    }
}
