//! Feedback through AWS's SDK for Rust, unmodified.
//!
//! Reads `{"url", "access_key_id", "secret", "calls": [{"applicationId", "conversationId", "messageId", "userId",
//! "messageCopiedAt", "messageUsefulness"}]}`, each call with the members of `PutFeedback` in the vendor's spelling, and
//! writes `[{"status", "error", "message", "request_id"}]`, the error by the SDK's own name for it.

use aws_credential_types::Credentials;
use aws_sdk_qbusiness::config::retry::RetryConfig;
use aws_sdk_qbusiness::config::{Config, Region};
use aws_sdk_qbusiness::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_qbusiness::operation::RequestId;
use aws_sdk_qbusiness::operation::put_feedback::PutFeedbackError;
use aws_sdk_qbusiness::primitives::DateTime;
use aws_sdk_qbusiness::types::MessageUsefulnessFeedback;
use aws_sdk_qbusiness::{Client, types};
use serde_json::{Value, json};

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let told: Value = serde_json::from_reader(std::io::stdin()).expect("JSON on the standard input");
    let text = |name: &str| told[name].as_str().expect(name).to_owned();
    let credentials = Credentials::new(text("access_key_id"), text("secret"), None, None, "test");
    let configuration = Config::builder()
        .behavior_version_latest()
        .region(Region::new("us-east-1"))
        .endpoint_url(text("url"))
        .credentials_provider(credentials)
        .http_client(aws_smithy_http_client::Builder::new().build_http())
        .retry_config(RetryConfig::standard().with_max_attempts(1))
        .build();
    let client = Client::from_conf(configuration);
    let mut answers = Vec::new();
    for call in told["calls"].as_array().expect("calls") {
        answers.push(put_feedback(&client, call).await);
    }
    println!("{}", Value::Array(answers));
}

async fn put_feedback(client: &Client, call: &Value) -> Value {
    let text = |name: &str| call[name].as_str().map(str::to_owned);
    let sent = client
        .put_feedback()
        .set_application_id(text("applicationId"))
        .set_conversation_id(text("conversationId"))
        .set_message_id(text("messageId"))
        .set_user_id(text("userId"))
        .set_message_copied_at(time(&call["messageCopiedAt"]))
        .set_message_usefulness(usefulness(&call["messageUsefulness"]))
        .send()
        .await;
    match sent {
        Ok(output) => json!({"status": 200, "request_id": output.request_id()}),
        Err(SdkError::ServiceError(refused)) => {
            let error = refused.err();
            json!({
                "status": refused.raw().status().as_u16(),
                "error": name(error),
                "message": error.message(),
                "request_id": error.request_id(),
            })
        }
        Err(other) => panic!("no answer: {other:?}"),
    }
}

/// The variant by which a program would match it; the code alone where the model knows no such error.
fn name(error: &PutFeedbackError) -> String {
    match error {
        PutFeedbackError::AccessDeniedException(_) => "AccessDeniedException".to_owned(),
        PutFeedbackError::InternalServerException(_) => "InternalServerException".to_owned(),
        PutFeedbackError::ResourceNotFoundException(_) => "ResourceNotFoundException".to_owned(),
        PutFeedbackError::ThrottlingException(_) => "ThrottlingException".to_owned(),
        PutFeedbackError::ValidationException(_) => "ValidationException".to_owned(),
        other => format!("unmodelled {}", other.code().unwrap_or("without a code")),
    }
}

fn usefulness(said: &Value) -> Option<MessageUsefulnessFeedback> {
    let text = |name: &str| said[name].as_str();
    said.as_object().map(|_| {
        MessageUsefulnessFeedback::builder()
            .set_usefulness(text("usefulness").map(types::MessageUsefulness::from))
            .set_reason(text("reason").map(types::MessageUsefulnessReason::from))
            .set_comment(text("comment").map(str::to_owned))
            .set_submitted_at(time(&said["submittedAt"]))
            .build()
            .expect("usefulness and submittedAt")
    })
}

fn time(said: &Value) -> Option<DateTime> {
    said.as_f64().map(DateTime::from_secs_f64)
}
