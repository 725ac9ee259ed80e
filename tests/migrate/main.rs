//! Every command of `docs/migrate/`, run in the order of its page against the real binary and a stand-in for the vendor.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    missing_docs,
    unreachable_pub,
    reason = "a test crate: it fails loudly and nobody reads its documentation"
)]

mod amazon_q;
mod answer;
mod dify;
mod haptik;
mod melodi;
mod page;
mod reader;
#[path = "../support/mod.rs"]
mod support;
mod wonderchat;

/// The pages whose commands are run.
const PAGES: [&str; 5] = [
    "amazon_q.md",
    "dify.md",
    "haptik.md",
    "melodi.md",
    "wonderchat.md",
];

#[test]
fn every_page_is_run() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/migrate");
    let pages = std::fs::read_dir(folder).unwrap();
    let mut pages: Vec<_> = pages.map(|page| page.unwrap().file_name()).collect();
    pages.sort();
    assert_eq!(pages, PAGES);
}
