//! What a browser makes of the dashboard: Chromium, driven by `browser.mjs`.

use crate::{ADMIN, DIFY, is_there, server, ui};
use serde_json::json;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

const CHROMIUM: &str = "/usr/bin/chromium";

/// Plays one of the script's scenes against a server of its own.
fn play(scene: &str) {
    let needed = [
        PathBuf::from(CHROMIUM),
        ui().join("dist/index.html.gz"),
        ui().join("node_modules/playwright-core"),
    ];
    if !is_there(&needed) {
        return;
    }
    let server = server();
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/dashboard/browser.mjs");
    let mut process = Command::new("node")
        .arg(script)
        .env("NO_PROXY", "*")
        .stdin(Stdio::piped())
        .spawn()
        .unwrap();
    let told = json!({
        "scene": scene, "url": server.url(), "key": ADMIN, "dify": DIFY, "chromium": CHROMIUM,
        "modules": ui().join("node_modules"),
    });
    write!(process.stdin.take().unwrap(), "{told}").unwrap();
    assert!(
        process.wait().unwrap().success(),
        "the scene {scene} failed"
    );
}

#[test]
fn a_vote_is_filtered_opened_and_read_and_a_reload_keeps_the_view() {
    play("reading");
}

#[test]
fn the_inbox_works_by_keyboard_alone() {
    play("keyboard");
}

#[test]
fn a_key_is_shown_once_and_its_first_vote_is_told() {
    play("key");
}

#[test]
fn a_project_is_made_and_asks_a_question() {
    play("project");
}

#[test]
fn the_overview_shows_the_numbers_of_the_votes() {
    play("overview");
}

#[test]
fn whoever_is_not_signed_in_is_asked_to_and_a_viewer_cannot_write() {
    play("stranger");
}

#[test]
fn no_page_has_a_serious_fault_of_accessibility_in_light_or_dark() {
    play("accessibility");
}
