//! What is learnt from what was handed on, and from what the vendor reports. Pure.

use super::convert::{self, PAUSE_MICROSECONDS, Person};
use super::form;
use super::wire::{Event, LanguageBody, LogBody, Logged, UserBody};
use crate::domain::{Continuation, MessageDraft, Role, Timestamp};
use crate::limits;
use crate::upstream::{Exchange, Learnt, Read};
use axum::http::Method;
use serde_json::{Value, json};

/// How an exchange at a path is read, if anything is to be learnt from it.
pub(super) fn of_path(path: &str, root: &str) -> Option<Read> {
    match path.strip_prefix(root)?.trim_matches('/') {
        "log_message_from_user" => Some(|exchange| learnt(exchange, message)),
        "log_file_from_user" => Some(|exchange| learnt(exchange, file)),
        "user" => Some(|exchange| learnt(exchange, person)),
        "update_user_language" => Some(|exchange| learnt(exchange, language)),
        _ => None,
    }
}

fn learnt(exchange: &Exchange, read: fn(&[u8], &[u8]) -> Option<Learnt>) -> Vec<Learnt> {
    // What is asked for by another method, such as taking somebody away, says nothing of that kind.
    let tells = matches!(exchange.method, Method::POST | Method::PUT);
    if !tells || !exchange.status.is_success() {
        return Vec::new();
    }
    let learnt = read(&exchange.request, &exchange.answer);
    learnt.into_iter().collect()
}

fn message(request: &[u8], answer: &[u8]) -> Option<Learnt> {
    let sent: LogBody = serde_json::from_slice(request).ok()?;
    let person = sent.user?.get("auth_id").cloned();
    let body = sent.message_body?.as_str()?.to_owned();
    said(person, body, None, &serde_json::from_slice(answer).ok()?)
}

fn file(request: &[u8], answer: &[u8]) -> Option<Learnt> {
    let logged: Logged = serde_json::from_slice(answer).ok()?;
    let person = form::text(request, "auth_id").map(Value::from);
    let body = form::text(request, "message_body").unwrap_or_default();
    let file = form::parts(request).find(|part| part.name() == Some("file"))?;
    let attachment = json!({"attachment": {
        "name": file.file_name(), "size": file.content.len(), "type": file.content_type(), "url": logged.file_url,
    }});
    said(person, body.to_owned(), Some(attachment), &logged)
}

fn said(
    person: Option<Value>,
    body: String,
    metadata: Option<Value>,
    logged: &Logged,
) -> Option<Learnt> {
    let metadata = metadata.map(|kept| kept.to_string());
    Some(Learnt::Said(Box::new(Continuation {
        end_user: convert::auth_id(person).ok()?,
        registers: true,
        pause_microseconds: Some(PAUSE_MICROSECONDS),
        message: MessageDraft {
            external_id: name(logged.message_id.as_ref()),
            role: Some(Role::User),
            content: Some(body),
            metadata: metadata.filter(|kept| kept.len() <= limits::METADATA_BYTES),
            created_at: time(logged.created_at.as_ref()),
            ..MessageDraft::default()
        },
    })))
}

fn person(request: &[u8], _: &[u8]) -> Option<Learnt> {
    let sent: UserBody = serde_json::from_slice(request).ok()?;
    Person::read(sent).ok().map(of_person)
}

fn language(request: &[u8], _: &[u8]) -> Option<Learnt> {
    let sent: LanguageBody = serde_json::from_slice(request).ok()?;
    Person::of_language(sent).ok().map(of_person)
}

fn of_person(person: Person) -> Learnt {
    Learnt::Person {
        end_user: person.auth_id,
        draft: Box::new(person.draft),
    }
}

/// What the bot or an agent said, as the vendor reports it; none for any other event. It belongs to the latest
/// conversation, however long that was silent: an agent may take their time.
pub(super) fn reported(event: Event) -> Option<Continuation> {
    if event.kind.as_ref()?.as_str()? != "message" {
        return None;
    }
    let message = event.message?;
    let body = message.get("body")?;
    let text = body.as_str().or_else(|| body.get("text")?.as_str())?;
    let agent = event.agent.unwrap_or_default();
    let automated = agent.get("is_automated").and_then(Value::as_bool);
    let speaker = agent.get("name").and_then(Value::as_str);
    let kept = json!({
        "type": body.get("type").filter(|kind| kind.is_string()),
        "agent": agent.get("id").filter(|id| id.is_number()),
        "is_automated": automated,
    });
    Some(Continuation {
        end_user: convert::auth_id(event.user?.get("auth_id").cloned()).ok()?,
        registers: true,
        pause_microseconds: None,
        message: MessageDraft {
            external_id: name(message.get("id")),
            role: Some(Role::Assistant),
            // The bot is no one in particular.
            speaker: speaker
                .filter(|name| {
                    automated == Some(false) && limits::fits(name, limits::NAME_CHARACTERS)
                })
                .map(str::to_owned),
            content: Some(text.to_owned()),
            metadata: Some(kept.to_string()),
            created_at: time(event.timestamp.as_ref()),
            ..MessageDraft::default()
        },
    })
}

/// What the vendor calls a message: a number, or a text.
fn name(id: Option<&Value>) -> Option<String> {
    match id? {
        Value::Number(number) => Some(number.to_string()),
        Value::String(text) if !text.is_empty() => Some(text.clone()),
        _ => None,
    }
}

fn time(text: Option<&Value>) -> Option<Timestamp> {
    text?.as_str()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(change: impl FnOnce(&mut Value)) -> Option<Continuation> {
        let mut event = json!({
            "version": "1.0", "timestamp": "2018-10-04T12:41:27.980Z", "user": {"auth_id": "ada"}, "business_id": 343,
            "event_name": "message",
            "agent": {"id": 4415, "name": "gogo", "is_automated": true},
            "message": {"id": 1_982_371, "body": {"text": "Hi", "type": "TEXT", "data": {"quick_replies": []}}},
        });
        change(&mut event);
        reported(serde_json::from_value(event).unwrap())
    }

    #[test]
    fn the_bots_message_is_read_as_documented() {
        let said = event(|_| {}).unwrap();
        assert_eq!(said.end_user, "ada");
        assert_eq!(said.message.external_id.as_deref(), Some("1982371"));
        assert_eq!(said.message.role, Some(Role::Assistant));
        assert_eq!(said.message.content.as_deref(), Some("Hi"));
        assert_eq!(said.message.speaker, None);
        let at = said.message.created_at.unwrap();
        assert_eq!(at.to_string(), "2018-10-04T12:41:27.98Z");
    }

    #[test]
    fn an_agent_is_named() {
        let said = event(|event| {
            event["agent"] = json!({"id": 235, "name": "Prateek", "is_automated": false});
        });
        assert_eq!(said.unwrap().message.speaker.as_deref(), Some("Prateek"));
    }

    #[test]
    fn other_events_say_nothing() {
        for name in [
            "chat_pinned",
            "chat_complete",
            "webhook_conversation_complete",
            "",
        ] {
            assert_eq!(event(|event| event["event_name"] = json!(name)), None);
        }
        assert_eq!(event(|event| event["message"]["body"] = json!({})), None);
        assert_eq!(event(|event| event["user"] = json!({})), None);
    }

    #[test]
    fn a_message_is_what_the_person_said_and_the_vendor_called_it() {
        let request = json!({"user": {"auth_id": 7}, "message_body": "Hi", "message_type": 0, "business_id": 343});
        let answer = json!({"message_id": 1_411_200_492, "message_body": "Hi", "created_at": "2018-10-04T12:41:27.980Z"});
        let (request, answer) = (request.to_string(), answer.to_string());
        let Some(Learnt::Said(said)) = message(request.as_bytes(), answer.as_bytes()) else {
            panic!()
        };
        assert_eq!((said.end_user.as_str(), said.registers), ("7", true));
        assert_eq!(said.message.external_id.as_deref(), Some("1411200492"));
        assert_eq!(said.message.content.as_deref(), Some("Hi"));
        assert_eq!(message(request.as_bytes(), b"<html>"), None);
    }

    #[test]
    fn of_a_file_its_name_size_type_and_place_are_kept() {
        let form = "--X\r\nContent-Disposition: form-data; name=\"auth_id\"\r\n\r\nada\r\n\
                    --X\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.png\"\r\n\
                    Content-Type: image/png\r\n\r\n12345\r\n--X--\r\n";
        let answer = json!({"message_id": 1, "file_url": "https://a.example/f"}).to_string();
        let Some(Learnt::Said(said)) = file(form.as_bytes(), answer.as_bytes()) else {
            panic!()
        };
        let kept: Value = serde_json::from_str(said.message.metadata.as_deref().unwrap()).unwrap();
        let expected = json!({"attachment": {
            "name": "a.png", "size": 5, "type": "image/png", "url": "https://a.example/f",
        }});
        assert_eq!(kept, expected);
    }
}
