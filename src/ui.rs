//! The dashboard: the files that were built from `ui/`, embedded in the binary and served to browsers.
//!
//! They are compressed once, when they are built, by gzip: browsers take nothing better without HTTPS. In a debug build
//! they are read from the folder, so that tests need not be compiled anew for a changed page.

use crate::dialects::answer::takes_gzip;
use crate::dialects::native;
use crate::error::Error;
use axum::Router;
use axum::extract::Path;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use flate2::read::GzDecoder;
use rust_embed::{Embed, EmbeddedFile};
use std::io::Read as _;

/// What `npm run build` left.
#[derive(Embed)]
#[folder = "ui/dist"]
struct Files;

/// What a page may do: load the server's own files and call the server. No style stands in the document, and none is
/// written into it: the app sets styles on elements, which no policy forbids.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; \
                      base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// What every file is sent with.
const GUARDS: [(HeaderName, &str); 5] = [
    (header::CONTENT_SECURITY_POLICY, POLICY),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::REFERRER_POLICY, "no-referrer"),
    (
        HeaderName::from_static("cross-origin-opener-policy"),
        "same-origin",
    ),
    (header::VARY, "accept-encoding"),
];

/// The name of a file that is built anew says so; the document is asked for again each time.
const FOR_GOOD: &str = "public, max-age=31536000, immutable";
const ASK_AGAIN: &str = "no-cache";

const NOT_BUILT: &str = "The dashboard is not in this binary. Build it with `make ui`, then build Candor again.\n\
                         The API is described at /candor/v1/docs.\n";

/// The app's own pages, each the same document, which looks at the address itself; and the files that it names.
pub fn routes<S: Clone + Send + Sync + 'static>() -> Router<S> {
    Router::new()
        .route("/", get(page))
        .route("/inbox", get(page))
        .route("/settings", get(page))
        .route("/settings/{*page}", get(page))
        .route("/sign-in", get(page))
        .route("/invite", get(page))
        .route("/assets/{*file}", get(asset))
        .method_not_allowed_fallback(native::fallback)
}

async fn page(asked: HeaderMap) -> Response {
    match Files::get("index.html.gz") {
        Some(file) => send(file, "text/html; charset=utf-8", ASK_AGAIN, &asked),
        None => (StatusCode::NOT_FOUND, NOT_BUILT).into_response(),
    }
}

async fn asset(Path(name): Path<String>, asked: HeaderMap) -> Response {
    let kind = match name.rsplit_once('.') {
        Some((_, "js")) => Some("text/javascript; charset=utf-8"),
        Some((_, "css")) => Some("text/css; charset=utf-8"),
        Some((_, "svg")) => Some("image/svg+xml"),
        _ => None,
    };
    match (Files::get(&format!("assets/{name}.gz")), kind) {
        (Some(file), Some(kind)) => send(file, kind, FOR_GOOD, &asked),
        _ => native::fallback().await,
    }
}

fn send(file: EmbeddedFile, kind: &'static str, keep: &'static str, asked: &HeaderMap) -> Response {
    let mut headers = HeaderMap::new();
    for (name, value) in GUARDS {
        headers.insert(name, HeaderValue::from_static(value));
    }
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(keep));
    if takes_gzip(asked) {
        headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
        return (headers, file.data.into_owned()).into_response();
    }
    let mut unpacked = Vec::new();
    match GzDecoder::new(&*file.data).read_to_end(&mut unpacked) {
        Ok(_) => (headers, unpacked).into_response(),
        Err(error) => native::rejection(Error::internal(error)),
    }
}
