//! What the native API does beside its description.

use crate::routes::{Carrier, Other};

const fn route(method: &'static str, path: &'static str, body: &'static str) -> Other {
    Other {
        dialect: "native",
        carrier: Carrier::Native,
        method,
        path,
        body,
    }
}

pub const ROUTES: &[Other] = &[route("POST", "/candor/v1/apply", "{}")];
