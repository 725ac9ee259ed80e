//! Amazon Q Business' clients: `boto3` 1.44.5, `@aws-sdk/client-qbusiness` 3.1050.0 and, for Rust, `aws-sdk-qbusiness` 1.136.0.

use crate::installed::Script;
use crate::support::{Server, client};
use serde_json::{Value, json};

pub const ADMIN: &str = "cnd_administrator000000000000";
const KEY: &str = "AKIDEXAMPLE";
const SECRET: &str = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
pub const APPLICATION: &str = "11111111-2222-4333-8444-555555555555";
const CONVERSATION: &str = "e2facc2b-57e3-555d-808c-37f5fa693c21";
const MESSAGE: &str = "23890902-dec2-55aa-a685-6d0b13a925ed";
const UNKNOWN: &str = "99999999-9999-4999-8999-999999999999";

/// Some time ago, with a fraction.
const SUBMITTED: f64 = 1_704_164_645.678_901;

const REASONS: [&str; 12] = [
    "NOT_FACTUALLY_CORRECT",
    "HARMFUL_OR_UNSAFE",
    "INCORRECT_OR_MISSING_SOURCES",
    "NOT_HELPFUL",
    "FACTUALLY_CORRECT",
    "COMPLETE",
    "RELEVANT_SOURCES",
    "HELPFUL",
    "NOT_BASED_ON_DOCUMENTS",
    "NOT_COMPLETE",
    "NOT_CONCISE",
    "OTHER",
];

fn server() -> Server {
    Server::set_up(&setup())
}

pub fn setup() -> Value {
    json!({
        "projects": [{"name": "q", "amazon_q_application_id": APPLICATION, "unknown_targets": "reject"}],
        "keys": [
            {"dialect": "amazon_q", "project": "q", "access_key_id": KEY, "secret": SECRET},
            {"dialect": "native", "secret": ADMIN, "scopes": ["feedback:write", "feedback:read", "admin"]},
        ],
        "conversations": [{
            "project": "q", "external_id": CONVERSATION,
            "messages": [
                {"external_id": "8c5e1d5e-0000-4000-8000-000000000001", "role": "user", "content": "Why?"},
                {"external_id": MESSAGE, "role": "assistant", "content": "Because."},
            ],
        }],
    })
}

/// What is sent, with the members that every call has.
fn input(more: Value) -> Value {
    let mut input =
        json!({"applicationId": APPLICATION, "conversationId": CONVERSATION, "messageId": MESSAGE});
    merge(&mut input, more);
    input
}

fn merge(into: &mut Value, more: Value) {
    if let Value::Object(more) = more {
        into.as_object_mut().unwrap().extend(more);
    }
}

pub fn useful(more: Value) -> Value {
    let mut usefulness = json!({"usefulness": "USEFUL", "submittedAt": SUBMITTED});
    merge(&mut usefulness, more);
    usefulness
}

/// A call with the key that is known.
pub fn call(input: &Value, more: Value) -> Value {
    let mut call = json!({"access_key_id": KEY, "secret": SECRET, "input": input});
    merge(&mut call, more);
    call
}

pub fn ran(script: &Script, server: &Server, calls: &[Value], more: Value) -> Vec<Value> {
    let mut told =
        json!({"url": server.url(), "access_key_id": KEY, "secret": SECRET, "calls": calls});
    merge(&mut told, more);
    let answers = script.run(&told);
    let answers = answers.as_array().unwrap().clone();
    assert_eq!(answers.len(), calls.len());
    for answer in &answers {
        assert_eq!(
            answer["request_id"].as_str().map(str::len),
            Some(36),
            "{answer}"
        );
    }
    answers
}

fn all_are_taken(script: &Script, server: &Server, inputs: Vec<Value>) {
    let calls: Vec<_> = inputs
        .into_iter()
        .map(|input| call(&input, json!({})))
        .collect();
    let answers = ran(script, server, &calls, json!({}));
    for (answer, call) in answers.iter().zip(&calls) {
        assert_eq!(answer["status"], 200, "{call}: {answer}");
        assert_eq!(answer["body"], json!({}), "{call}");
    }
}

/// Calls, and for each the status, the exception's class and code, and a part of what it says.
fn all_are_refused(
    script: &Script,
    server: &Server,
    cases: &[(Value, u16, &str, &str, &str)],
) -> Vec<Value> {
    let calls: Vec<_> = cases.iter().map(|case| case.0.clone()).collect();
    let answers = ran(script, server, &calls, json!({}));
    for (answer, (call, status, class, code, says)) in answers.iter().zip(cases) {
        assert_eq!(answer["status"], *status, "{call}: {answer}");
        assert_eq!(answer["class"], *class, "{call}: {answer}");
        assert_eq!(answer["code"], *code, "{call}: {answer}");
        let message = answer["message"].as_str().unwrap();
        assert!(message.contains(says), "{call}: {answer}");
    }
    answers
}

pub fn stored(server: &Server) -> Vec<Value> {
    let url = format!("{}/candor/v1/projects/q/feedback?limit=200", server.url());
    let answer = client().get(url).bearer_auth(ADMIN).send().unwrap();
    let listed: Value = answer.json().unwrap();
    listed["items"].as_array().unwrap().clone()
}

#[test]
fn boto3_sends_every_usefulness_and_reason() {
    let Some(script) = Script::python("amazon_q_client.py") else {
        return;
    };
    let server = server();
    let mut inputs = Vec::new();
    for usefulness in ["USEFUL", "NOT_USEFUL"] {
        let said = |more| json!({"messageUsefulness": useful(more), "userId": usefulness});
        inputs.push(input(said(json!({"usefulness": usefulness}))));
        for reason in REASONS {
            inputs.push(input(said(
                json!({"usefulness": usefulness, "reason": reason}),
            )));
        }
    }
    all_are_taken(&script, &server, inputs);
    let stored = stored(&server);
    let mut said: Vec<_> = stored
        .iter()
        .map(|it| (it["author"]["external_id"].as_str(), it["rating"].as_str()))
        .collect();
    said.sort_unstable();
    assert_eq!(
        said,
        [
            (Some("NOT_USEFUL"), Some("negative")),
            (Some("USEFUL"), Some("positive"))
        ]
    );
    assert_eq!(stored[0]["reasons"], json!(["OTHER"]));
}

#[test]
fn boto3_sends_what_the_model_allows() {
    let Some(script) = Script::python("amazon_q_client.py") else {
        return;
    };
    let server = server();
    let comments = [
        String::new(),
        "ü 語 \u{1f600}".to_owned(),
        "\u{1f600}".repeat(1000),
        "x".repeat(1000),
    ];
    let users = [
        "u".to_owned(),
        "語".repeat(1024),
        "a b/c?d&e=f+g%".to_owned(),
    ];
    let mut inputs = Vec::new();
    for comment in &comments {
        inputs.push(input(
            json!({"messageUsefulness": useful(json!({"comment": comment})), "userId": "ada"}),
        ));
    }
    for user in &users {
        inputs.push(input(
            json!({"messageUsefulness": useful(json!({})), "userId": user}),
        ));
    }
    inputs.push(input(
        json!({"messageUsefulness": useful(json!({"submittedAt": 1_704_164_645}))}),
    ));
    inputs.push(input(
        json!({"messageCopiedAt": SUBMITTED, "userId": "copies"}),
    ));
    inputs.push(input(json!({"userId": "says nothing"})));
    all_are_taken(&script, &server, inputs);
    let stored = stored(&server);
    let by = |user: &str| stored.iter().find(|it| it["author"]["external_id"] == user);
    assert_eq!(by("ada").unwrap()["comment"], comments[3]);
    for user in &users {
        assert_eq!(
            by(user).unwrap()["submitted_at"],
            "2024-01-02T03:04:05.678901Z"
        );
    }
    assert_eq!(
        by("copies").unwrap()["message_copied_at"],
        "2024-01-02T03:04:05.678901Z"
    );
    assert!(by("says nothing").is_none());
}

#[test]
fn what_boto3_says_again_is_one_feedback() {
    let Some(script) = Script::python("amazon_q_client.py") else {
        return;
    };
    let server = server();
    let same =
        input(json!({"messageUsefulness": useful(json!({"reason": "HELPFUL"})), "userId": "ada"}));
    all_are_taken(&script, &server, vec![same.clone(), same.clone(), same]);
    let stored = stored(&server);
    assert_eq!(stored.len(), 1);
    assert_eq!(stored[0]["version"], 1);
}

#[test]
fn boto3_raises_what_the_model_names() {
    let Some(script) = Script::python("amazon_q_client.py") else {
        return;
    };
    let server = server();
    let bad = |more: Value| call(&input(more), json!({"validate": false}));
    let saying = |more: Value| bad(json!({"messageUsefulness": useful(more), "userId": "ada"}));
    let fields = [
        (saying(json!({"comment": "x".repeat(1001)})), "comment"),
        (saying(json!({"comment": "two\nlines"})), "comment"),
        (saying(json!({"usefulness": "SOMEWHAT"})), "usefulness"),
        (saying(json!({"reason": "BECAUSE"})), "reason"),
        (
            bad(json!({"messageUsefulness": {"usefulness": "USEFUL"}})),
            "submittedAt",
        ),
        (
            bad(json!({"messageUsefulness": {"submittedAt": 1}})),
            "usefulness",
        ),
        (bad(json!({"userId": ""})), "userId"),
        (bad(json!({"userId": "u".repeat(1025)})), "userId"),
        (bad(json!({"applicationId": "short"})), "applicationId"),
        (
            bad(json!({"conversationId": "x".repeat(37)})),
            "conversationId",
        ),
        (
            bad(json!({"messageId": format!("-{}", &MESSAGE[1..])})),
            "messageId",
        ),
    ];
    let name = "ValidationException";
    let cases: Vec<_> = fields
        .iter()
        .map(|(call, _)| (call.clone(), 400, name, name, ""))
        .collect();
    let answers = all_are_refused(&script, &server, &cases);
    for (answer, (call, field)) in answers.iter().zip(&fields) {
        assert_eq!(
            answer["body"]["reason"], "FIELD_VALIDATION_FAILED",
            "{call}"
        );
        let told = answer["body"]["fields"][0]["name"].as_str().unwrap();
        assert!(told.contains(field), "{call}: {answer}");
    }
    let missing = input(json!({"messageId": UNKNOWN, "messageUsefulness": useful(json!({}))}));
    let name = "ResourceNotFoundException";
    let cases = [(call(&missing, json!({})), 404, name, name, "")];
    let answers = all_are_refused(&script, &server, &cases);
    assert_eq!(answers[0]["body"]["resourceId"], UNKNOWN);
    assert!(
        answers[0]["body"]["resourceType"].is_string(),
        "{answers:?}"
    );
    assert_eq!(stored(&server), [Value::Null; 0]);
}

#[test]
fn boto3_is_refused_with_a_wrong_signature() {
    let Some(script) = Script::python("amazon_q_client.py") else {
        return;
    };
    let server = server();
    let fine = || input(json!({"messageUsefulness": useful(json!({})), "userId": "ada"}));
    let invalid = "InvalidSignatureException";
    let differs = "signature we calculated does not match";
    let wrong_secret = json!({"secret": "wrong/K7MDENG/bPxRfiCYEXAMPLEKEY"});
    let cases = [
        (wrong_secret, invalid, differs),
        (
            json!({"access_key_id": "AKIDNOBODY"}),
            "UnrecognizedClientException",
            "security token",
        ),
        (json!({"behind_seconds": 600}), invalid, "Signature expired"),
        (
            json!({"behind_seconds": -600}),
            invalid,
            "Signature not yet current",
        ),
        (json!({"after_signing": "body"}), invalid, differs),
        (json!({"after_signing": "header"}), invalid, differs),
        (json!({"after_signing": "query"}), invalid, differs),
        (
            json!({"after_signing": "unsigned"}),
            "MissingAuthenticationTokenException",
            "Missing Authentication Token",
        ),
    ];
    let cases =
        cases.map(|(more, code, says)| (call(&fine(), more), 403, "ClientError", code, says));
    all_are_refused(&script, &server, &cases);
    assert_eq!(stored(&server), [Value::Null; 0]);
    all_are_taken(&script, &server, vec![fine()]);
}

/// What the clients for node and for Rust are asked, and what they are answered.
fn short_list() -> Vec<(Value, u16, Option<&'static str>)> {
    let saying = |more: Value| json!({"messageUsefulness": useful(more), "userId": "ada b/ü"});
    vec![
        (
            input(saying(
                json!({"comment": "Prima, 語 \u{1f600}", "reason": "HELPFUL"}),
            )),
            200,
            None,
        ),
        (input(json!({"messageCopiedAt": SUBMITTED})), 200, None),
        (
            input(json!({"messageId": UNKNOWN, "messageUsefulness": useful(json!({}))})),
            404,
            Some("ResourceNotFoundException"),
        ),
        (
            input(saying(json!({"comment": "x".repeat(1001)}))),
            400,
            Some("ValidationException"),
        ),
        (
            input(json!({"applicationId": "a b/c"})),
            400,
            Some("ValidationException"),
        ),
    ]
}

fn node_votes(http: u8, protocol: &str) {
    let Some(script) = Script::node("amazon_q_client.mjs") else {
        return;
    };
    let server = server();
    let mut list = short_list();
    let mut calls: Vec<_> = list
        .iter()
        .map(|(input, ..)| call(input, json!({})))
        .collect();
    calls.push(call(
        &list[0].0,
        json!({"secret": "wrong/K7MDENG/bPxRfiCYEXAMPLEKEY"}),
    ));
    list.push((Value::Null, 403, Some("InvalidSignatureException")));
    let answers = ran(&script, &server, &calls, json!({"http": http}));
    for (answer, (input, status, code)) in answers.iter().zip(&list) {
        assert_eq!(answer["protocol"], protocol);
        assert_eq!(answer["status"], *status, "{input}: {answer}");
        assert_eq!(answer["code"].as_str(), *code, "{input}: {answer}");
        // An error that the model does not name is the service's general one.
        let class = code.map(|code| {
            if *status == 403 {
                "QBusinessServiceException"
            } else {
                code
            }
        });
        assert_eq!(answer["class"].as_str(), class, "{input}: {answer}");
    }
    assert_eq!(answers[2]["body"]["resourceId"], UNKNOWN);
    assert_eq!(answers[3]["body"]["reason"], "FIELD_VALIDATION_FAILED");
    assert_eq!(stored(&server).len(), 2);
}

#[test]
fn the_node_client_votes_over_http_2() {
    node_votes(2, "h2");
}

#[test]
fn the_node_client_votes_over_http_1() {
    node_votes(1, "http/1.1");
}

#[test]
fn the_rust_client_votes() {
    let Some(script) = Script::rust("candor-amazon-q-client") else {
        return;
    };
    let server = server();
    let list = short_list();
    let calls: Vec<_> = list.iter().map(|(input, ..)| input.clone()).collect();
    let answers = ran(&script, &server, &calls, json!({}));
    for (answer, (input, status, error)) in answers.iter().zip(&list) {
        assert_eq!(answer["status"], *status, "{input}: {answer}");
        assert_eq!(answer["error"].as_str(), *error, "{input}: {answer}");
    }
    assert_eq!(stored(&server).len(), 2);
    let wrong = json!({"secret": "wrong/K7MDENG/bPxRfiCYEXAMPLEKEY"});
    let answers = ran(&script, &server, &calls[..1], wrong);
    assert_eq!(answers[0]["status"], 403, "{answers:?}");
    assert_eq!(answers[0]["error"], "unmodelled InvalidSignatureException");
}
