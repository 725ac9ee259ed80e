//! Any body: it is taken or refused, and nothing else happens.
#![no_main]

use candor::dialects::amazon_q;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|body: &[u8]| {
    let _ = amazon_q::takes_body(body);
});
