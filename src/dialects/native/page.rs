//! The description as JSON, and the page that shows it. Both open without a key; nothing on the page comes from elsewhere.

use super::error::{Rejection, no_such_path};
use crate::app::App;
use crate::error::Error;
use axum::Router;
use axum::body::Bytes;
use axum::extract::Path;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
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
        .route("/docs/", get(async move || file("index.html", index)))
        .route(
            "/docs/{*file}",
            get(async move |Path(path): Path<String>| file(&path, config)),
        )
}

fn file(path: &str, config: Arc<Config<'static>>) -> Response {
    match utoipa_swagger_ui::serve(path, config) {
        Ok(Some(file)) => {
            let headers = [
                (header::CONTENT_TYPE, file.content_type.as_str()),
                (header::CONTENT_SECURITY_POLICY, POLICY),
                (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
            ];
            (headers, file.bytes.into_owned()).into_response()
        }
        Ok(None) => no_such_path().into_response(),
        Err(error) => Rejection::from(Error::internal(error.to_string())).into_response(),
    }
}
