//! People who vote at once and keep a book of what was acknowledged.

use crate::{KEY, support};
use serde_json::json;
use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

/// People who vote at once.
const PEOPLE: usize = 8;

/// Each of them goes back to one message so often: their newest word on it counts.
const RETURN: usize = 5;

/// The acknowledged comment on each message, as a growing number.
pub type Book = BTreeMap<String, usize>;

/// The `number`th message.
pub fn message(number: usize) -> String {
    format!("00000000-0000-4000-8000-{number:012}")
}

/// A vote on a message. Returns the status; 0 if there was no answer.
pub fn vote(url: &str, message: &str, comment: &str) -> u16 {
    send(&support::client(), url, message, comment)
}

fn send(client: &reqwest::blocking::Client, url: &str, message: &str, comment: &str) -> u16 {
    let answer = client
        .post(format!("{url}/v1/messages/{message}/feedbacks"))
        .bearer_auth(KEY)
        .json(&json!({"rating": "like", "user": "ada", "content": comment}))
        .send();
    answer.map_or(0, |answer| answer.status().as_u16())
}

/// Has people vote while `meanwhile` runs, which is given their book. Returns what that gave, and the book as it was at the
/// end. Every vote must be acknowledged.
pub fn during<T>(url: &str, meanwhile: impl FnOnce(&Mutex<Book>) -> T) -> (T, Book) {
    let book = Mutex::new(Book::new());
    let ended = AtomicBool::new(false);
    let value = std::thread::scope(|scope| {
        for person in 0..PEOPLE {
            let (book, ended) = (&book, &ended);
            scope.spawn(move || {
                let client = support::client();
                for said in 0.. {
                    if ended.load(Ordering::SeqCst) {
                        return;
                    }
                    let place = if said % RETURN == 0 { 0 } else { said };
                    let message = message(person * 1_000_000 + place);
                    assert_eq!(send(&client, url, &message, &said.to_string()), 200);
                    book.lock().unwrap().insert(message, said);
                }
            });
        }
        let value = meanwhile(&book);
        ended.store(true, Ordering::SeqCst);
        value
    });
    (value, book.into_inner().unwrap())
}
