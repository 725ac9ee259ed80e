//! schemathesis asks the server everything that its description allows, and much that it does not.
//!
//! `make api-tools` installs it below `.build/api`.

use crate::world::{ADMIN, World, vote};
use serde_json::json;
use std::path::Path;
use std::process::Command;

const CHECKS: &str = "not_a_server_error,status_code_conformance,content_type_conformance,\
                      response_headers_conformance,response_schema_conformance,unsupported_method";

#[test]
fn every_answer_is_as_described() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let program = root.join(".build/api/venv/bin/schemathesis");
    if !program.exists() {
        let why = format!("{} is not there; run `make api-tools`", program.display());
        assert!(std::env::var_os("CI").is_none(), "{why}");
        println!("SKIPPED: {why}");
        return;
    }
    let world = World::new();
    for number in 0..3 {
        world.feedback(&vote(
            &format!("w{number}"),
            "ada",
            &json!({"rating": "positive", "comment": "good"}),
        ));
    }
    let folder = tempfile::tempdir().unwrap();
    let configuration = folder.path().join("schemathesis.toml");
    std::fs::write(&configuration, configured(root, &world)).unwrap();
    let output = Command::new(program)
        .arg("--config-file")
        .arg(&configuration)
        .arg("--no-color")
        .args([
            "run",
            &format!("{}/candor/v1/openapi.json", world.server().url()),
        ])
        .args(["--header", &format!("Authorization: Bearer {ADMIN}")])
        .args(["--checks", CHECKS])
        .args(["--phases", "examples,coverage,fuzzing"])
        // What it writes, it writes into a folder that goes away.
        .current_dir(folder.path())
        // The server is on this machine, whatever stands between it and others.
        .env("NO_PROXY", "*")
        .output()
        .unwrap();
    let told = String::from_utf8_lossy(&output.stdout);
    println!("{told}");
    assert!(
        output.status.success(),
        "{told}\n{}",
        String::from_utf8_lossy(&output.stderr)
    );
}

/// The committed configuration with the ids of what is on this server.
fn configured(root: &Path, world: &World) -> String {
    let committed = std::fs::read_to_string(root.join("tests/api/schemathesis.toml")).unwrap();
    let feedback = world.feedback(&vote("m2", "ada", &json!({"rating": "positive"})));
    let other = world.get("projects/strict").is(200);
    let key = world.post("keys", &json!({"dialect": "native"})).is(201);
    crate::session::account(world, "ada@example.com", "editor", None);
    committed
        .replace("<project>", feedback["project"]["id"].as_str().unwrap())
        .replace("<other>", other["id"].as_str().unwrap())
        .replace("<feedback>", feedback["id"].as_str().unwrap())
        .replace("<key>", key["id"].as_str().unwrap())
}
