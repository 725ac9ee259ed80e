//! The description of the API that is committed is the one that the code makes.

use crate::support;
use crate::world::{Answer, World};
use std::fs;
use std::path::Path;

fn made() -> String {
    let mut text = candor::dialects::native::openapi()
        .to_pretty_json()
        .unwrap();
    text.push('\n');
    text
}

#[test]
fn the_committed_openapi_is_up_to_date() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/openapi.json");
    if std::env::var_os("CANDOR_UPDATE").is_some() {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, made()).unwrap();
    }
    let committed = fs::read_to_string(&path).unwrap_or_default();
    assert!(
        committed == made(),
        "docs/openapi.json is not what the code says; write it anew with\n\n    CANDOR_UPDATE=1 cargo test --test api openapi\n"
    );
    println!("nothing changed");
}

#[test]
fn the_server_gives_it_out_without_a_key() {
    let world = World::new();
    let url = format!("{}/candor/v1/openapi.json", world.server().url());
    let answer = Answer::to(support::client().get(url));
    assert_eq!(answer.content_type, "application/json");
    let made: serde_json::Value = serde_json::from_str(&made()).unwrap();
    assert_eq!(answer.is(200), made);
}
