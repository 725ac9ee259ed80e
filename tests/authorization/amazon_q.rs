//! Amazon Q's routes.

use crate::routes::{Carrier, Other};

const fn route(method: &'static str, path: &'static str) -> Other {
    Other {
        dialect: "amazon_q",
        carrier: Carrier::Signature,
        method,
        path,
        body: "{}",
    }
}

pub const ROUTES: &[Other] = &[
    route("GET", "/applications"),
    route("GET", "/applications/{application}"),
    route("GET", "/applications/{application}/conversations"),
    route(
        "GET",
        "/applications/{application}/conversations/{conversation}",
    ),
    route(
        "DELETE",
        "/applications/{application}/conversations/{conversation}",
    ),
    route(
        "POST",
        "/applications/{application}/conversations/{conversation}/messages/{message}/feedback",
    ),
];
