//! What the parts of a vote cost that touch no disk: `cargo bench --bench parts`.
#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    missing_docs,
    unreachable_pub,
    reason = "a measuring program: it fails loudly and nobody reads its documentation"
)]

mod answers;
mod rules;
mod signatures;
#[path = "../../tests/support/mod.rs"]
mod support;

use criterion::{Criterion, criterion_group, criterion_main};
use std::time::Duration;

/// As in the product.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

criterion_group!(
    name = parts;
    config = Criterion::default().warm_up_time(Duration::from_secs(1)).measurement_time(Duration::from_secs(2));
    targets = rules::measure, signatures::measure, answers::measure
);
criterion_main!(parts);
