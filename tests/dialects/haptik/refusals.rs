//! Keys, paths, methods and bodies that are refused, all in one shape.

use super::world::{
    CLIENT, Haptik, OTHER_CLIENT, OTHER_TOKEN, TOKEN, answer, feedback, refusal, success,
};
use reqwest::Method;

const PATH: &str = "/v1.0/log_feedback_from_user/";

#[test]
fn the_token_and_its_clients_id_belong_together() {
    let haptik = Haptik::accepting();
    let url = format!("{}{PATH}", haptik.url);
    let unauthorized = refusal(401, "invalid authorization details");
    for (authorization, client) in [
        (None, Some(CLIENT)),
        (Some(format!("Bearer {TOKEN}")), None),
        (Some(format!("Bearer {TOKEN}")), Some("")),
        (Some(format!("Bearer {TOKEN}")), Some(OTHER_CLIENT)),
        (Some(format!("Bearer {OTHER_TOKEN}")), Some(CLIENT)),
        (Some("Bearer nope".to_owned()), Some(CLIENT)),
        (Some(format!("Basic {TOKEN}")), Some(CLIENT)),
        (Some(TOKEN.to_owned()), Some(CLIENT)),
    ] {
        let mut request = haptik.client.post(&url).json(&feedback("u1", 343));
        if let Some(authorization) = &authorization {
            request = request.header("Authorization", authorization);
        }
        if let Some(client) = client {
            request = request.header("client-id", client);
        }
        assert_eq!(
            answer(request),
            unauthorized,
            "{authorization:?} {client:?}"
        );
    }
    assert!(haptik.listed("support").is_empty());
}

#[test]
fn the_clients_id_may_be_spelled_with_an_underscore() {
    let haptik = Haptik::accepting();
    let request = haptik.client.post(format!("{}{PATH}", haptik.url));
    let request = request.bearer_auth(TOKEN).header("client_id", CLIENT);
    assert_eq!(answer(request.json(&feedback("u1", 343))), success());
}

#[test]
fn a_body_that_is_no_object_is_refused() {
    let haptik = Haptik::accepting();
    for body in ["", "x", "[]", "null", "{\"auth_id\":"] {
        let request = haptik.request(Method::POST, PATH);
        let refused = answer(request.body(body));
        assert_eq!(refused.status, 400, "{body}: {refused:?}");
        assert!(refused.body["error_message"].is_string(), "{refused:?}");
    }
    let huge = vec![b' '; candor::limits::HAPTIK_BODY_BYTES + 1];
    let refused = answer(
        haptik
            .request(Method::POST, "/v1.0/log_message_from_user/")
            .body(huge),
    );
    assert_eq!(refused.status, 413, "{refused:?}");
}

#[test]
fn other_paths_and_methods_are_refused_in_the_same_shape() {
    let haptik = Haptik::accepting();
    for path in ["/v1.0", "/v1.0/", "/v1.0/nothing", "/v1.0/user/u1"] {
        assert_eq!(
            answer(haptik.request(Method::POST, path)),
            refusal(
                404,
                "not found: Candor does not answer this path, and no upstream is set to which it could hand it on"
            ),
            "{path}"
        );
    }
    for (method, path) in [
        (Method::GET, PATH),
        (Method::PUT, PATH),
        (Method::DELETE, "/v1.0/user"),
        (Method::GET, "/v1.0/webhook/"),
    ] {
        assert_eq!(
            answer(haptik.request(method, path)),
            refusal(405, "method not allowed"),
            "{path}"
        );
    }
}
