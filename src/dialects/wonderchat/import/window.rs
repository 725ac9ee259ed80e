//! Fetching an export in parts: what to ask for, and where to go on after a cut.

use super::super::convert::moment;
use crate::dialects::answer::milliseconds;
use crate::domain::Timestamp;
use crate::error::{Error, Result};
use serde_json::{Value, json};

const MICROSECONDS_A_DAY: i64 = 86_400_000_000;
/// How long a window is.
const WINDOW: i64 = 30 * MICROSECONDS_A_DAY;
/// How long a conversation may go on after it began: what is younger is asked for again the next time.
const GOES_ON: i64 = MICROSECONDS_A_DAY;
/// Before Wonderchat began: where an import begins that is told nothing else.
const BEFORE_ALL: &str = "2023-01-01";

/// A part of the time that is asked for at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    /// Its first moment.
    pub since: Timestamp,
    /// The first moment after it.
    pub until: Timestamp,
}

/// Where an import begins: where it stopped, or at the time that was asked for, if that is later.
pub fn begin(asked: Option<&str>, stopped: Option<&str>) -> Result<Timestamp> {
    let asked = asked.unwrap_or(BEFORE_ALL);
    let (asked, _) = moment(asked)
        .ok_or_else(|| Error::invalid("--since", "must be a date such as 2024-05-01, or a time"))?;
    let stopped = stopped.and_then(|text| text.parse().ok());
    Ok(stopped.map_or(asked, |stopped: Timestamp| stopped.max(asked)))
}

/// The windows from a time to now, oldest first.
pub fn windows(since: Timestamp, now: Timestamp) -> Vec<Window> {
    let mut windows = Vec::new();
    let mut since = since;
    while since < now {
        let until = since.plus_microseconds(WINDOW).min(now);
        windows.push(Window { since, until });
        since = until;
    }
    windows
}

/// Where to go on after a window was stored.
pub fn place_after(window: Window, now: Timestamp) -> Timestamp {
    let settled = now.plus_microseconds(-GOES_ON);
    window.until.min(settled.max(window.since))
}

/// What is asked of the vendor.
pub fn request(window: Window, key: &str, chatbot: Option<&str>) -> Value {
    let mut body = json!({
        "apiKey": key,
        "startDate": milliseconds(window.since),
        "endDate": milliseconds(window.until),
    });
    if let Some(chatbot) = chatbot {
        body["chatbotId"] = json!(chatbot);
    }
    body
}

/// The name under which the place of an import is kept.
pub fn source(url: &str, chatbot: Option<&str>) -> String {
    format!("wonderchat {url} {}", chatbot.unwrap_or("*"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap_or(Timestamp::MIN)
    }

    #[test]
    fn windows_leave_no_time_out_and_end_now() {
        let (since, now) = (at("2024-01-01T00:00:00Z"), at("2024-03-15T08:00:00Z"));
        let windows = windows(since, now);
        assert_eq!(windows.len(), 3);
        assert_eq!(windows.first().map(|window| window.since), Some(since));
        assert_eq!(windows.last().map(|window| window.until), Some(now));
        for pair in windows.windows(2) {
            assert_eq!(pair[0].until, pair[1].since);
        }
    }

    #[test]
    fn nothing_is_asked_of_the_future() {
        let now = at("2024-01-01T00:00:00Z");
        assert_eq!(windows(now, now), []);
    }

    #[test]
    fn the_last_day_is_asked_for_again() {
        let now = at("2024-03-15T08:00:00Z");
        let last = Window {
            since: at("2024-03-01T00:00:00Z"),
            until: now,
        };
        assert_eq!(place_after(last, now), at("2024-03-14T08:00:00Z"));
        let short = Window {
            since: at("2024-03-15T00:00:00Z"),
            until: now,
        };
        assert_eq!(place_after(short, now), short.since);
    }

    #[test]
    fn an_import_goes_on_where_it_stopped() {
        let begun = |asked, stopped| begin(asked, stopped).map(|at| at.to_string()).ok();
        let may = Some("2024-05-01T00:00:00Z".to_owned());
        assert_eq!(begun(Some("2024-05-01"), None), may);
        assert_eq!(begun(None, Some("2024-05-01T00:00:00Z")), may);
        assert_eq!(begun(Some("2024-01-01"), Some("2024-05-01T00:00:00Z")), may);
        assert_eq!(begun(Some("2024-05-01"), Some("2024-01-01T00:00:00Z")), may);
        assert_eq!(begun(Some("May"), None), None);
    }
}
