//! What bodies say, and what they must not say.

use super::*;
use serde_json::json;

fn read(body: &str) -> Result<Feedback, Vec<String>> {
    let mut faults = Faults::default();
    let read = Feedback::read(body.as_bytes(), &mut faults);
    match (read, faults.check()) {
        (Ok(feedback), Ok(())) => Ok(feedback),
        (Err(_), _) => Err(vec!["body".to_owned()]),
        (_, Err(rejection)) => Err(rejection.faulty_members()),
    }
}

fn useful(more: &Value) -> String {
    let mut usefulness = json!({"usefulness": "USEFUL", "submittedAt": 1_700_000_000});
    for (name, value) in more.as_object().unwrap() {
        usefulness[name] = value.clone();
    }
    json!({"messageUsefulness": usefulness}).to_string()
}

#[test]
fn saying_nothing_is_allowed() {
    for body in [
        "",
        "{}",
        " {} ",
        r#"{"messageUsefulness": null, "more": [1]}"#,
    ] {
        assert_eq!(read(body), Ok(Feedback::default()), "{body}");
    }
}

#[test]
fn what_is_no_object_is_no_body() {
    for body in ["null", "[]", "\"x\"", "1", "{", "{}x", "\u{feff}{}"] {
        assert_eq!(read(body), Err(vec!["body".to_owned()]), "{body}");
    }
}

#[test]
fn times_are_numbers_with_fractions() {
    for (number, microseconds) in [
        ("1704164645", 1_704_164_645_000_000),
        ("1704164645.678901", 1_704_164_645_678_901),
        ("1700000000.123", 1_700_000_000_123_000),
        ("1.7e9", 1_700_000_000_000_000),
        ("0", 0),
        ("-1.5", -1_500_000),
    ] {
        let feedback = read(&format!("{{\"messageCopiedAt\": {number}}}")).unwrap();
        let expected = Timestamp::from_microseconds(microseconds);
        assert_eq!(feedback.copied_at, Some(expected), "{number}");
        assert!((seconds(expected) - number.parse::<f64>().unwrap()).abs() < 1e-6);
    }
}

#[test]
fn other_times_are_refused() {
    for time in [
        "\"1704164645\"",
        "\"2024-01-02T03:04:05Z\"",
        "true",
        "{}",
        "1e18",
        "-1e300",
    ] {
        let refused = read(&format!("{{\"messageCopiedAt\": {time}}}"));
        assert_eq!(refused, Err(vec!["messageCopiedAt".to_owned()]), "{time}");
    }
}

#[test]
fn every_reason_goes_with_every_usefulness() {
    for reason in REASONS {
        for (usefulness, rating) in USEFULNESS {
            let said = json!({"usefulness": usefulness, "reason": reason, "comment": "", "submittedAt": 0.5});
            let read = read(&useful(&said)).unwrap().asked();
            assert_eq!(read.rating, Ask::Set(rating));
            assert_eq!(read.reasons, Ask::Set(vec![reason.to_owned()]));
            assert_eq!(read.comment, Ask::Clear);
        }
    }
}

#[test]
fn faults_of_a_usefulness_name_its_members() {
    for (said, member) in [
        (json!({"usefulness": null}), "usefulness"),
        (json!({"usefulness": "useful"}), "usefulness"),
        (json!({"usefulness": 1}), "usefulness"),
        (json!({"submittedAt": null}), "submittedAt"),
        (json!({"reason": "NO_REASON"}), "reason"),
        (json!({"reason": []}), "reason"),
        (json!({"comment": 7}), "comment"),
        (json!({"comment": "two\nlines"}), "comment"),
        (json!({"comment": "x".repeat(1001)}), "comment"),
    ] {
        let refused = read(&useful(&said));
        assert_eq!(
            refused,
            Err(vec![format!("messageUsefulness.{member}")]),
            "{said}"
        );
    }
    assert!(read(&useful(&json!({"comment": "🙂".repeat(1000)}))).is_ok());
    assert_eq!(
        read(r#"{"messageUsefulness": {}, "messageCopiedAt": "x"}"#),
        Err(vec![
            "messageUsefulness.usefulness".to_owned(),
            "messageUsefulness.submittedAt".to_owned(),
            "messageCopiedAt".to_owned(),
        ])
    );
}
