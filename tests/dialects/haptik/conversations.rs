//! Messages and files, and the conversations that they make.

use super::world::{Answer, Haptik, answer, message, refusal};
use candor::limits;
use reqwest::Method;
use serde_json::{Value, json};

fn registered() -> Haptik {
    let haptik = Haptik::rejecting();
    haptik.register("u1");
    haptik
}

/// The first message of the only conversation of the project "support".
fn first_message(haptik: &Haptik) -> Value {
    let conversations = haptik.native("projects/support/conversations");
    let id = conversations["items"][0]["id"].as_str().unwrap();
    let path = format!("projects/support/conversations/id:{id}/messages");
    haptik.native(&path)["items"][0].clone()
}

#[test]
fn a_message_within_eight_minutes_goes_on_with_the_conversation() {
    let haptik = registered();
    haptik.say("u1", 343);
    for _ in 0..3 {
        haptik.wait(8 * 60 - 1);
        haptik.say("u1", 343);
    }
    assert_eq!(haptik.conversations("support"), 1);
    haptik.wait(8 * 60);
    haptik.say("u1", 343);
    assert_eq!(haptik.conversations("support"), 2);
}

#[test]
fn each_person_and_business_has_conversations_of_its_own() {
    let haptik = registered();
    haptik.register("u2");
    let ids = [
        haptik.say("u1", 343),
        haptik.say("u2", 343),
        haptik.say("u1", 344),
    ];
    assert!(ids[0] < ids[1] && ids[1] < ids[2], "{ids:?}");
    assert_eq!(haptik.conversations("support"), 2);
    assert_eq!(haptik.conversations("sales"), 1);
}

#[test]
fn a_message_is_told_with_its_number_and_time() {
    let haptik = registered();
    haptik.wait_microseconds(123_456);
    let logged = haptik.post("/v1.0/log_message_from_user", &message("u1", 343));
    assert_eq!(logged.status, 200);
    assert_eq!(logged.body["created_at"], "2026-05-01T12:00:00.123Z");
    assert!(logged.body.get("file_url").is_none(), "{logged:?}");
    let kept = first_message(&haptik);
    assert_eq!(kept["content"], "Hi", "{kept}");
    assert_eq!(kept["role"], "user");
    let conversations = haptik.native("projects/support/conversations");
    assert!(conversations.to_string().contains("\"u1\""));
}

#[test]
fn a_message_that_cannot_be_taken_leaves_nothing() {
    let haptik = registered();
    let mut without_user = message("u1", 343);
    without_user.as_object_mut().unwrap().remove("user");
    for (body, expected) in [
        (
            message("u1", 999),
            refusal(400, "invalid business_id provided"),
        ),
        (
            message("ghost", 343),
            refusal(403, "user is not registered"),
        ),
        (without_user, refusal(400, "user missing in the request")),
        (
            json!({"user": {}, "business_id": 343, "message_body": "x"}),
            refusal(400, "auth_id missing in the request"),
        ),
        (
            json!({"user": {"auth_id": "u1"}, "business_id": 343}),
            refusal(400, "message_body missing in the request"),
        ),
    ] {
        assert_eq!(haptik.post("/v1.0/log_message_from_user/", &body), expected);
    }
    assert_eq!(haptik.conversations("support"), 0);
}

#[test]
fn where_the_unknown_is_accepted_who_speaks_is_registered() {
    let haptik = Haptik::accepting();
    haptik.say("ghost", 343);
    let people = haptik.native("end-users");
    assert_eq!(people["items"][0]["external_id"], "ghost", "{people}");
}

/// A form with a file of so many bytes, if any, as clients write it.
fn form(bytes: Option<usize>) -> Vec<u8> {
    let mut form = Vec::new();
    for (name, value) in [
        ("auth_id", "u1"),
        ("business_id", "343"),
        ("message_type", "1"),
        ("message_body", ""),
    ] {
        let part = format!(
            "--MultipartBoundry\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n"
        );
        form.extend_from_slice(part.as_bytes());
    }
    if let Some(bytes) = bytes {
        form.extend_from_slice(
            b"--MultipartBoundry\r\nContent-Disposition: form-data; name=\"file\"; filename=\"screen.jpg\"\r\n\
              Content-Type: image/jpeg\r\n\r\n",
        );
        form.extend(std::iter::repeat_n(7, bytes));
        form.extend_from_slice(b"\r\n");
    }
    form.extend_from_slice(b"--MultipartBoundry--\r\n");
    form
}

fn send(haptik: &Haptik, form: Vec<u8>) -> Answer {
    let request = haptik.request(Method::POST, "/v1.0/log_file_from_user/");
    let kind = "multipart/form-data; boundary=MultipartBoundry";
    answer(request.header("Content-Type", kind).body(form))
}

#[test]
fn of_a_file_name_size_and_type_are_kept() {
    let haptik = registered();
    let logged = send(&haptik, form(Some(limits::HAPTIK_FILE_BYTES)));
    assert_eq!(logged.status, 200, "{logged:?}");
    assert!(logged.body["message_id"].is_i64());
    assert_eq!(logged.body["message_type"], 1);
    assert_eq!(logged.body["message_body"], "");
    assert_eq!(logged.body["file_url"], "");
    let kept = first_message(&haptik);
    assert_eq!(
        kept["metadata"],
        json!({"attachment": {"name": "screen.jpg", "size": limits::HAPTIK_FILE_BYTES, "type": "image/jpeg"}})
    );
}

#[test]
fn a_file_that_cannot_be_taken_leaves_nothing() {
    let haptik = registered();
    let too_large = refusal(413, "the file has more than 10 MB");
    assert_eq!(
        send(&haptik, form(Some(limits::HAPTIK_FILE_BYTES + 1))),
        too_large
    );
    assert_eq!(
        send(&haptik, form(None)),
        refusal(400, "file missing in the request")
    );
    assert_eq!(
        haptik.post("/v1.0/log_file_from_user/", &message("u1", 343)),
        refusal(400, "the body must be multipart/form-data")
    );
    assert_eq!(haptik.conversations("support"), 0);
}
