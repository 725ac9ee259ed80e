//! The files of the dashboard, by HTTP.

use crate::support::{Server, client};
use crate::{is_there, server, ui};
use reqwest::blocking::Response;

const MESSAGE: &str = "5f0c3a52-8d1e-4b7a-9c55-2f6f1f0a7d11";

fn get(server: &Server, path: &str, headers: &[(&str, &str)]) -> Response {
    let request = client().get(format!("{}{path}", server.url()));
    let request = headers.iter().fold(request, |request, (name, value)| {
        request.header(*name, *value)
    });
    request.send().unwrap()
}

fn header<'a>(answer: &'a Response, name: &str) -> &'a str {
    answer
        .headers()
        .get(name)
        .map_or("", |value| value.to_str().unwrap())
}

fn is_built() -> bool {
    is_there(&[ui().join("dist/index.html.gz")])
}

/// The address of the first script that the document names.
fn script(document: &str) -> &str {
    let (_, address) = document.split_once("src=\"").unwrap();
    address.split_once('"').unwrap().0
}

#[test]
fn every_page_is_the_same_document() {
    if !is_built() {
        return;
    }
    let server = server();
    let document = get(&server, "/", &[]).text().unwrap();
    assert!(document.contains("<div id=\"root\">"), "{document}");
    for path in [
        "/inbox",
        "/settings",
        "/settings/keys",
        "/sign-in",
        "/invite",
    ] {
        let answer = get(&server, path, &[("accept", "text/html")]);
        assert_eq!(answer.status(), 200, "{path}");
        assert_eq!(answer.text().unwrap(), document, "{path}");
    }
}

#[test]
fn a_browser_may_load_this_server_alone_and_keep_only_what_never_changes() {
    if !is_built() {
        return;
    }
    let server = server();
    let page = get(&server, "/", &[]);
    let policy = header(&page, "content-security-policy");
    assert!(policy.starts_with("default-src 'none'; script-src 'self'; style-src 'self'"));
    assert!(policy.contains("frame-ancestors 'none'"));
    assert!(!policy.contains("unsafe"), "{policy}");
    assert_eq!(header(&page, "x-content-type-options"), "nosniff");
    assert_eq!(header(&page, "referrer-policy"), "no-referrer");
    assert_eq!(header(&page, "cache-control"), "no-cache");
    let document = page.text().unwrap();
    let file = get(&server, script(&document), &[]);
    assert_eq!(file.status(), 200);
    assert_eq!(
        header(&file, "cache-control"),
        "public, max-age=31536000, immutable"
    );
    assert_eq!(
        header(&file, "content-type"),
        "text/javascript; charset=utf-8"
    );
    assert_eq!(header(&file, "x-content-type-options"), "nosniff");
}

#[test]
fn files_are_compressed_for_whoever_takes_that() {
    if !is_built() {
        return;
    }
    let server = server();
    let packed = get(&server, "/", &[("accept-encoding", "br, gzip")]);
    assert_eq!(header(&packed, "content-encoding"), "gzip");
    assert_eq!(packed.bytes().unwrap()[..2], [0x1f, 0x8b]);
    for taken in ["identity", "gzip;q=0"] {
        let plain = get(&server, "/", &[("accept-encoding", taken)]);
        assert_eq!(header(&plain, "content-encoding"), "", "{taken}");
        assert!(
            plain.text().unwrap().starts_with("<!doctype html>"),
            "{taken}"
        );
    }
}

#[test]
fn what_is_no_page_is_answered_as_before_whoever_asks() {
    let server = server();
    let browser = [("accept", "text/html,application/xhtml+xml")];
    let paths = [
        ("/assets/nothing.js", 404, "application/problem+json"),
        ("/assets/../index.html", 404, "application/problem+json"),
        ("/nothing", 404, "application/problem+json"),
        ("/inbox/nothing", 404, "application/problem+json"),
        ("/candor/v1/nothing", 404, "application/problem+json"),
        ("/v1/nothing", 404, "application/json"),
        ("/api/v1/nothing", 404, "application/json"),
        ("/api/external/nothing", 404, "application/json"),
        // Amazon Q asks for a signature first.
        ("/applications/nothing", 403, "application/json"),
    ];
    for (path, status, kind) in paths {
        let answer = get(&server, path, &browser);
        assert_eq!(answer.status(), status, "{path}");
        let said = header(&answer, "content-type");
        assert!(said.starts_with(kind), "{path}: {said}");
    }
    let posted = client().post(server.url()).send().unwrap();
    assert_eq!(header(&posted, "content-type"), "application/problem+json");
}

#[test]
fn vendors_clients_are_answered_by_their_dialects_and_never_with_the_dashboard() {
    let server = server();
    let vote = client()
        .post(format!("{}/v1/messages/{MESSAGE}/feedbacks", server.url()))
        .bearer_auth(crate::DIFY)
        .header("accept", "text/html")
        .body(r#"{"rating": "like", "user": "ada"}"#)
        .header("content-type", "application/json")
        .send()
        .unwrap();
    assert_eq!(vote.text().unwrap().trim(), r#"{"result":"success"}"#);
}
