//! The description as JSON, and the page that shows it. Both open without a key; nothing on the page comes from elsewhere.

use super::answer::takes_gzip;
use super::error::{Rejection, no_such_path};
use crate::app::App;
use crate::error::Error;
use axum::Router;
use axum::body::Bytes;
use axum::extract::Path;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use flate2::read::GzDecoder;
use std::io::Read as _;
use std::sync::Arc;
use utoipa::openapi::OpenApi;
use utoipa_swagger_ui::Config;

/// What the page may load: only what is here. Swagger UI styles its elements in place.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; \
                      font-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; \
                      frame-ancestors 'none'";

/// `/openapi.json` and `/docs`.
pub(super) fn routes(openapi: &OpenApi) -> Router<Arc<App>> {
    let description = serde_json::to_vec(openapi).map(Bytes::from).ok();
    // Named relative to the page, which then works behind a proxy that adds a prefix. The validator is elsewhere.
    let config = Config::from("../openapi.json").validator_url("none");
    let config = Arc::new(config);
    let index = Arc::clone(&config);
    Router::new()
        .route(
            "/openapi.json",
            get(async move || match description {
                Some(json) => ([(header::CONTENT_TYPE, "application/json")], json).into_response(),
                None => Rejection::from(Error::internal("the description cannot be written"))
                    .into_response(),
            }),
        )
        // The page names its files relative to itself, as those of a folder.
        .route(
            "/docs",
            get(async || {
                (
                    StatusCode::PERMANENT_REDIRECT,
                    [(header::LOCATION, "docs/")],
                )
            }),
        )
        .route(
            "/docs/",
            get(async move |headers: HeaderMap| file("index.html", &headers, index)),
        )
        .route(
            "/docs/{*file}",
            get(async move |Path(path): Path<String>, headers: HeaderMap| {
                file(&path, &headers, config)
            }),
        )
}

fn file(path: &str, asked: &HeaderMap, config: Arc<Config<'static>>) -> Response {
    let file = match utoipa_swagger_ui::serve(path, config) {
        Ok(Some(file)) => file,
        Ok(None) => return no_such_path().into_response(),
        Err(error) => return failed(&error),
    };
    let mut headers = HeaderMap::new();
    headers.insert(
        header::CONTENT_SECURITY_POLICY,
        HeaderValue::from_static(POLICY),
    );
    headers.insert(
        header::X_CONTENT_TYPE_OPTIONS,
        HeaderValue::from_static("nosniff"),
    );
    headers.insert(
        header::VARY,
        HeaderValue::from_name(header::ACCEPT_ENCODING),
    );
    let kind = [(header::CONTENT_TYPE, file.content_type)];
    let mut bytes = file.bytes.into_owned();
    // The files are compressed in the binary, which is a tenth smaller for it.
    if file.gzpipped && takes_gzip(asked) {
        headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    } else if file.gzpipped {
        let mut unpacked = Vec::new();
        if let Err(error) = GzDecoder::new(&bytes[..]).read_to_end(&mut unpacked) {
            return failed(&error);
        }
        bytes = unpacked;
    }
    (headers, kind, bytes).into_response()
}

fn failed(error: &dyn ToString) -> Response {
    Rejection::from(Error::internal(error.to_string())).into_response()
}
