//! Where at a vendor's server a request goes.

use super::failure::Failure;
use axum::http::Uri;
use percent_encoding::percent_decode_str;

/// A path as the client wrote it, and the root under which the dialect answers.
#[derive(Clone, Copy, Debug)]
pub struct Place<'request> {
    /// The dialect's root: `/v1`.
    pub root: &'static str,
    /// The whole path with its query, as the client wrote it.
    pub uri: &'request Uri,
}

impl Place<'_> {
    /// The path below the dialect's root; the whole path, where the vendor has others beside that root.
    pub fn below_root(&self) -> &str {
        let path = self.uri.path();
        self.inside().unwrap_or(path)
    }

    fn inside(&self) -> Option<&str> {
        let rest = self.uri.path().strip_prefix(self.root)?;
        (rest.is_empty() || rest.starts_with('/')).then_some(rest)
    }

    /// The place under a base URL: `base_url` is what clients had as theirs, with or without the dialect's root at its
    /// end. Nothing of path and query is written otherwise than the client did.
    pub fn under(&self, base_url: &str) -> Result<Uri, Failure> {
        let below = self.below_root();
        if leads_up(below) {
            // Beneath the base URL are the vendor's interfaces; above it may be anything.
            return Err(Failure::refused(
                "the path must not contain the segments . and ..",
            ));
        }
        let base = base_url.trim_end_matches('/');
        let base = base.strip_suffix(self.root).unwrap_or(base);
        let query = self.uri.query().map(|query| format!("?{query}"));
        let root = self.inside().map_or("", |_| self.root);
        let whole = format!("{base}{root}{below}{}", query.unwrap_or_default());
        whole
            .parse()
            .map_err(|_| Failure::refused("the path cannot be handed on"))
    }
}

/// Whether a path has segments that lead elsewhere, by any of the ways in which servers read paths: some decode slashes,
/// take the other slash for one, or leave out what is behind a semicolon.
fn leads_up(path: &str) -> bool {
    let path: Vec<u8> = percent_decode_str(path).collect();
    let mut segments = path.split(|byte| matches!(byte, b'/' | b'\\'));
    segments.any(|segment| {
        let name = segment.split(|byte| *byte == b';').next();
        matches!(name, Some(b"." | b".."))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn under(base_url: &str, uri: &str) -> Result<String, Failure> {
        let uri: Uri = uri.parse().unwrap();
        let place = Place {
            root: "/v1",
            uri: &uri,
        };
        place.under(base_url).map(|place| place.to_string())
    }

    #[test]
    fn a_base_url_may_end_with_the_root_or_before_it() {
        for (base_url, expected) in [
            ("https://a.example", "https://a.example/v1/x?y=%20z"),
            ("https://a.example/", "https://a.example/v1/x?y=%20z"),
            ("https://a.example/v1", "https://a.example/v1/x?y=%20z"),
            ("https://a.example/v1/", "https://a.example/v1/x?y=%20z"),
            (
                "https://a.example/dify/v1",
                "https://a.example/dify/v1/x?y=%20z",
            ),
            (
                "http://127.0.0.1:80/dify",
                "http://127.0.0.1:80/dify/v1/x?y=%20z",
            ),
        ] {
            assert_eq!(under(base_url, "/v1/x?y=%20z").unwrap(), expected);
        }
    }

    #[test]
    fn a_path_stays_as_it_was_written() {
        for path in [
            "/v1//x/",
            "/v1/a%2Fb|c;..",
            "/v1/%C3%BC",
            "/v1/..x;d",
            "/v1/a..%2F...",
            "/v1/?",
        ] {
            let expected = format!("https://a.example{path}");
            assert_eq!(under("https://a.example/v1", path).unwrap(), expected);
        }
    }

    #[test]
    fn a_path_beside_the_root_goes_beside_it() {
        for base_url in ["https://a.example/x", "https://a.example/x/v1/"] {
            for path in ["/other/v2/y?z", "/v1.0/y"] {
                let expected = format!("https://a.example/x{path}");
                assert_eq!(under(base_url, path).unwrap(), expected);
            }
        }
    }

    #[test]
    fn nothing_above_the_base_url_is_reached() {
        for path in [
            "/v1/../admin",
            "/v1/%2e%2E/admin",
            "/v1/x/.",
            "/v1/.%2e",
            "/v1/x%2f..%2F../admin",
            "/v1/..\\admin",
            "/v1/..%5cadmin",
            "/v1/..;/admin",
            "/v1/..%3bx/admin",
        ] {
            assert!(under("https://a.example/v1", path).is_err(), "{path}");
        }
    }
}
