//! The page that shows the API. It opens without a key, and nothing on it comes from elsewhere.

use crate::support;
use crate::world::World;
use reqwest::blocking::Response;
use std::io::Read as _;

fn get(world: &World, path: &str) -> Response {
    let url = format!("{}/candor/v1/{path}", world.server().url());
    support::client().get(url).send().unwrap()
}

#[test]
fn the_page_and_all_that_it_names_are_here() {
    let world = World::new();
    let page = get(&world, "docs");
    assert_eq!(page.status(), 200);
    assert!(page.url().path().ends_with("/candor/v1/docs/"));
    assert!(
        page.headers()["content-type"]
            .to_str()
            .unwrap()
            .starts_with("text/html")
    );
    let policy = page.headers()["content-security-policy"]
        .to_str()
        .unwrap()
        .to_owned();
    assert!(
        policy.contains("default-src 'none'") && !policy.contains("http"),
        "{policy}"
    );
    let page = page.text().unwrap();
    let names: Vec<_> = ["href=\"", "src=\""]
        .iter()
        .flat_map(|attribute| page.split(attribute).skip(1))
        .map(|rest| rest.split('"').next().unwrap())
        .collect();
    assert!(names.len() >= 5, "{page}");
    for name in names {
        assert!(!name.contains("//"), "{name} is elsewhere");
        let file = get(&world, &format!("docs/{name}"));
        assert_eq!(file.status(), 200, "{name}");
    }
}

#[test]
fn files_are_compressed_for_who_reads_that() {
    let world = World::new();
    let url = format!("{}/candor/v1/docs/swagger-ui.css", world.server().url());
    let asked = |codings: &str| {
        let request = support::client().get(&url);
        request.header("accept-encoding", codings).send().unwrap()
    };
    let plain = asked("br, gzip;q=0");
    assert_eq!(plain.headers().get("content-encoding"), None);
    assert_eq!(plain.headers()["vary"], "accept-encoding");
    let plain = plain.text().unwrap();
    let packed = asked("deflate, gzip;q=0.8");
    assert_eq!(packed.headers()["content-encoding"], "gzip");
    let packed = packed.bytes().unwrap();
    assert!(packed.len() < plain.len() / 3);
    let mut unpacked = String::new();
    let mut decoder = flate2::read::GzDecoder::new(&packed[..]);
    decoder.read_to_string(&mut unpacked).unwrap();
    assert!(unpacked == plain);
}

#[test]
fn the_page_shows_this_servers_description_and_asks_no_validator() {
    let world = World::new();
    let script = get(&world, "docs/swagger-initializer.js").text().unwrap();
    assert!(script.contains("\"../openapi.json\""), "{script}");
    assert!(script.contains("\"validatorUrl\": \"none\""), "{script}");
    assert!(!script.contains("http"), "{script}");
}

#[test]
fn a_file_that_the_page_does_not_have_is_not_found() {
    let world = World::new();
    let answer = get(&world, "docs/nothing.js");
    assert_eq!(answer.status(), 404);
    assert_eq!(answer.headers()["content-type"], "application/problem+json");
}
