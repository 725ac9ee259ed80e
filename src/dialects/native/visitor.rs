//! Where a request comes from, and whether a page of this server's own sent it.

use super::error::Rejection;
use crate::error::{Error, ErrorKind};
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, Uri, header};
use std::net::IpAddr;

const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
const FORWARDED_PROTOCOL: HeaderName = HeaderName::from_static("x-forwarded-proto");
const FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// The other end of a connection, which the listener notes on the requests of people.
#[derive(Clone, Copy, Debug)]
pub struct Peer {
    /// Its address.
    pub address: IpAddr,
    /// Whether the connection is encrypted.
    pub encrypted: bool,
}

/// Who asks, as far as the request tells. What the page of another server sent is refused: it would sign people in where they do
/// not know of it.
#[derive(Clone, Debug)]
pub(super) struct Visitor {
    /// Where from.
    pub(super) address: Option<IpAddr>,
    /// Whether by https.
    pub(super) encrypted: bool,
    /// What the visitor calls this server: `candor.example.com`, with the port if it is not the usual one.
    host: String,
}

impl<S: Send + Sync> FromRequestParts<S> for Visitor {
    type Rejection = Rejection;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Rejection> {
        refuse_other_pages(parts)?;
        let peer = parts.extensions.get::<Peer>();
        Ok(Self {
            address: peer.map(|peer| address(*peer, &parts.headers)),
            encrypted: peer.is_some_and(|peer| peer.encrypted)
                || last(&parts.headers, &FORWARDED_PROTOCOL)
                    .is_some_and(|protocol| protocol.eq_ignore_ascii_case("https")),
            host: host(&parts.uri, &parts.headers)
                .unwrap_or("localhost")
                .to_owned(),
        })
    }
}

impl Visitor {
    /// Where the visitor finds this server.
    pub(super) fn url(&self) -> String {
        let scheme = if self.encrypted { "https" } else { "http" };
        format!("{scheme}://{}", self.host)
    }
}

/// Refuses what the page of another server sent. What is no browser sends neither header.
fn refuse_other_pages(parts: &Parts) -> Result<(), Error> {
    if parts.headers.contains_key(header::ORIGIN) && !is_of_own_page(parts) {
        return Err(of_another_page());
    }
    Ok(())
}

/// Refuses what no page of this server's own sent: a browser adds the cookie whoever asks.
pub(super) fn require_own_page(parts: &Parts) -> Result<(), Error> {
    if parts.method.is_safe() || is_of_own_page(parts) {
        Ok(())
    } else {
        Err(of_another_page())
    }
}

fn of_another_page() -> Error {
    let message = "whoever is signed in changes something from this server's own pages only: the header Origin must name it";
    Error::new(ErrorKind::Forbidden, message)
}

fn is_of_own_page(parts: &Parts) -> bool {
    let text = |name| {
        parts
            .headers
            .get(name)
            .and_then(|value| value.to_str().ok())
    };
    match parts.headers.get(header::ORIGIN) {
        None => text(FETCH_SITE) == Some("same-origin"),
        Some(_) => {
            let origin = text(header::ORIGIN).and_then(|origin| origin.split_once("://"));
            let host = host(&parts.uri, &parts.headers);
            origin.zip(host).is_some_and(|((scheme, origin), host)| {
                without_usual_port(scheme, origin)
                    .eq_ignore_ascii_case(without_usual_port(scheme, host))
            })
        }
    }
}

fn without_usual_port<'host>(scheme: &str, host: &'host str) -> &'host str {
    let usual = match scheme {
        "https" => ":443",
        _ => ":80",
    };
    host.strip_suffix(usual).unwrap_or(host)
}

/// HTTP/2 names the host in the request's address.
fn host<'request>(uri: &'request Uri, headers: &'request HeaderMap) -> Option<&'request str> {
    let named = uri.authority().map(axum::http::uri::Authority::as_str);
    named.or_else(|| headers.get(header::HOST)?.to_str().ok())
}

/// The peer's own address; where a proxy on this machine or network is the peer, the one that it says it was asked from.
fn address(peer: Peer, headers: &HeaderMap) -> IpAddr {
    let of_proxy = !crate::domain::is_public_address(peer.address);
    let said = last(headers, &FORWARDED_FOR).filter(|_| of_proxy);
    said.and_then(|said| said.parse().ok())
        .unwrap_or(peer.address)
}

/// The last of the values of a header, which the nearest proxy added; those before may be anybody's word.
fn last<'request>(headers: &'request HeaderMap, name: &HeaderName) -> Option<&'request str> {
    let value = headers.get_all(name).iter().next_back()?.to_str().ok()?;
    value.rsplit(',').next().map(str::trim)
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::Request;

    fn parts(method: &str, headers: &[(&str, &str)]) -> Parts {
        let mut request = Request::builder().method(method).uri("/candor/v1/session");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        request.body(()).unwrap().into_parts().0
    }

    #[test]
    fn what_changes_something_comes_from_the_servers_own_pages() {
        for (headers, own) in [
            (
                &[("host", "a.example"), ("origin", "https://a.example")][..],
                true,
            ),
            (
                &[("host", "a.example"), ("origin", "https://a.example:443")],
                true,
            ),
            (
                &[
                    ("host", "A.example:8080"),
                    ("origin", "http://a.example:8080"),
                ],
                true,
            ),
            (
                &[("host", "a.example"), ("sec-fetch-site", "same-origin")],
                true,
            ),
            (
                &[("host", "a.example"), ("origin", "https://b.example")],
                false,
            ),
            (
                &[("host", "a.example"), ("origin", "http://a.example:8080")],
                false,
            ),
            (&[("host", "a.example"), ("origin", "null")], false),
            (
                &[
                    ("host", "a.example"),
                    ("origin", "https://a.example.evil.example"),
                ],
                false,
            ),
            (
                &[("host", "a.example"), ("sec-fetch-site", "same-site")],
                false,
            ),
            (
                &[
                    ("host", "a.example"),
                    ("origin", "null"),
                    ("sec-fetch-site", "same-origin"),
                ],
                false,
            ),
            (&[("host", "a.example")], false),
        ] {
            let allowed = require_own_page(&parts("POST", headers)).is_ok();
            assert_eq!(allowed, own, "{headers:?}");
            assert!(require_own_page(&parts("GET", headers)).is_ok());
        }
    }

    #[test]
    fn the_nearest_proxy_is_believed_and_nobody_else() {
        let forwarded = [("x-forwarded-for", "6.6.6.6, 198.51.100.7")];
        let headers = parts("GET", &forwarded).headers;
        let from = |peer: [u8; 4]| {
            let peer = Peer {
                address: peer.into(),
                encrypted: false,
            };
            address(peer, &headers)
        };
        assert_eq!(from([127, 0, 0, 1]), IpAddr::from([198, 51, 100, 7]));
        assert_eq!(from([10, 0, 0, 2]), IpAddr::from([198, 51, 100, 7]));
        assert_eq!(from([8, 8, 8, 8]), IpAddr::from([8, 8, 8, 8]));
    }
}
