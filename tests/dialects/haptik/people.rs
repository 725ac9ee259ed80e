//! People, their language, and the webhook's setting.

use super::world::{Answer, Haptik, answer, refusal};
use reqwest::Method;
use serde_json::{Value, json};

fn put(haptik: &Haptik, body: &Value) -> Answer {
    answer(haptik.request(Method::PUT, "/v1.0/user").json(body))
}

#[test]
fn a_person_is_registered_and_updated() {
    let haptik = Haptik::rejecting();
    let told = haptik.post(
        "/v1.0/user/",
        &json!({"auth_id": "u9", "auth_code": "secret", "mobile_no": "9870000000", "name": "guest user",
                "language_code": "en", "custom_data": {"plan": "gold"}}),
    );
    assert_eq!(told.status, 200);
    assert_eq!(
        told.body,
        json!({"auth_id": "u9", "mobile_no": "9870000000", "email": "", "name": "guest user"})
    );
    let updated = put(
        &haptik,
        &json!({"auth_id": "u9", "email": "u9@example.com"}),
    );
    assert_eq!(
        updated.body,
        json!({"auth_id": "u9", "mobile_no": "", "email": "u9@example.com", "name": ""})
    );
    let kept = haptik.native("end-users/u9");
    assert_eq!(kept["name"], "guest user");
    assert_eq!(kept["email"], "u9@example.com");
    assert_eq!(kept["phone"], "9870000000");
    assert_eq!(kept["language"], "en");
    assert_eq!(kept["metadata"], json!({"custom_data": {"plan": "gold"}}));
    assert!(!kept.to_string().contains("secret"), "{kept}");
}

#[test]
fn a_person_who_cannot_be_taken_is_not_registered() {
    let haptik = Haptik::rejecting();
    for (body, expected) in [
        (
            json!({"name": "x"}),
            refusal(400, "auth_id missing in the request"),
        ),
        (
            json!({"auth_id": ""}),
            refusal(400, "invalid auth_id provided"),
        ),
        (
            json!({"auth_id": "u9", "custom_data": {"address": {"city": "Mumbai"}}}),
            refusal(400, "invalid custom_data provided"),
        ),
        (
            json!({"auth_id": "u9", "name": "x".repeat(256)}),
            refusal(400, "invalid name provided"),
        ),
    ] {
        assert_eq!(haptik.post("/v1.0/user/", &body), expected);
    }
    let people = haptik.native("end-users");
    assert_eq!(people["items"].as_array().unwrap().len(), 0);
}

#[test]
fn a_language_is_updated() {
    let haptik = Haptik::rejecting();
    let body = json!({"auth_id": "u1", "language_code": "hi"});
    let update = || haptik.post("/v1.0/update_user_language/", &body);
    assert_eq!(update(), refusal(403, "user is not registered"));
    haptik.register("u1");
    assert_eq!(
        update(),
        Answer {
            status: 200,
            body: body.clone()
        }
    );
    assert_eq!(haptik.native("end-users/u1")["language"], "hi");
}

#[test]
fn the_webhooks_setting_is_taken() {
    let haptik = Haptik::rejecting();
    for body in [
        json!({"enabled": true}),
        json!({"enabled": false, "business_id": 343, "device_platform": 13}),
    ] {
        let set = haptik.post("/v1.0/webhook/", &body);
        assert_eq!(set.status, 200);
        assert_eq!(set.body, json!({"enabled": body["enabled"]}));
    }
    for (body, expected) in [
        (json!({}), refusal(400, "enabled missing in the request")),
        (
            json!({"enabled": "yes"}),
            refusal(400, "invalid enabled provided"),
        ),
        (
            json!({"enabled": true, "business_id": 999}),
            refusal(400, "invalid business_id provided"),
        ),
    ] {
        assert_eq!(haptik.post("/v1.0/webhook/", &body), expected);
    }
}
