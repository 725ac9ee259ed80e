//! What is read.

use super::fill::{MELODI_KEY, NATIVE_KEY, PROJECTS};
use reqwest::blocking::Client;
use serde_json::{Value, json};

type Ask = Box<dyn Fn(&Client, &str, usize)>;

pub struct Read {
    pub title: String,
    pub ask: Ask,
}

fn get(client: &Client, url: &str, path: &str, key: &str) -> Value {
    let request = client.get(format!("{url}{path}"));
    let request = if path.starts_with("/api/external") {
        request.header("api-key", key).bearer_auth(key)
    } else {
        request.bearer_auth(key)
    };
    let answer = request.send().expect("an answer");
    let status = answer.status();
    let body = answer.text().expect("a body");
    assert!(status.is_success(), "{path}: {status} {body}");
    serde_json::from_str(&body).unwrap_or_default()
}

fn native(title: &str, path: impl Fn(usize) -> String + 'static) -> Read {
    Read {
        title: title.to_owned(),
        ask: Box::new(move |client, url, turn| {
            get(
                client,
                url,
                &format!("/candor/v1/{}", path(turn)),
                NATIVE_KEY,
            );
        }),
    }
}

fn query(title: &str, body: Value) -> Read {
    Read {
        title: title.to_owned(),
        ask: Box::new(move |client, url, _| {
            let answer = client
                .post(format!("{url}/candor/v1/query"))
                .bearer_auth(NATIVE_KEY)
                .json(&body)
                .send()
                .expect("an answer");
            assert!(
                answer.status().is_success(),
                "{}",
                answer.text().unwrap_or_default()
            );
        }),
    }
}

fn vendor(title: &str, key: &'static str, path: impl Fn(usize) -> String + 'static) -> Read {
    Read {
        title: title.to_owned(),
        ask: Box::new(move |client, url, turn| {
            get(client, url, &path(turn), key);
        }),
    }
}

/// What every project is asked for.
fn of_project(project: &'static str) -> Vec<Read> {
    let list = |what: &str, filters: &'static str| {
        native(&format!("{project}: {what}"), move |_| {
            format!("projects/{project}/feedback?{filters}")
        })
    };
    vec![
        list("newest", ""),
        list("newest with texts", "with_texts=true"),
        list(
            "newest negative with comment",
            "sentiment=negative&has_comment=true",
        ),
        list(
            "negative with comment and a reason",
            "sentiment=negative&has_comment=true&reason=unsafe",
        ),
        list("neutral (there is none)", "sentiment=neutral"),
        list("by Haptik (there is none)", "channel=haptik"),
        list("resolved (there is none; one look)", "resolved=true"),
        list("one person's (one look)", "end_user=person-8"),
        list("a rare criterion", "name=accuracy&rating=negative"),
        list("a year ago", "until=2026-01-01T00:00:00Z"),
        list("search: a word in most comments", "search=the"),
        list("search: a frequent word", "search=answer"),
        list("search: a rare word", "search=bazuba"),
        list("search: two words", "search=answer%20wrong"),
        list(
            "search: a frequent and a rare word",
            "search=answer%20bazuba",
        ),
        list("search: the beginning of a word", "search=wrong%20ans"),
        list(
            "search, negative, before a time",
            "search=answer&sentiment=negative&until=2026-03-01T00:00:00Z",
        ),
        list("search: no such word", "search=nowhere"),
        native(&format!("{project}: conversations"), move |_| {
            format!("projects/{project}/conversations")
        }),
    ]
}

/// Everything.
pub fn reads(client: &Client, url: &str) -> Vec<Read> {
    let newest = get(
        client,
        url,
        "/candor/v1/projects/large/feedback?limit=200",
        NATIVE_KEY,
    );
    let items = newest["items"].as_array().cloned().unwrap_or_default();
    let ids = |pointer: &str| -> Vec<String> {
        let found = items
            .iter()
            .filter_map(|item| item.pointer(pointer)?.as_str());
        found.map(str::to_owned).collect()
    };
    let (feedback, conversations) = (ids("/id"), ids("/target/conversation/external_id"));
    let mut reads: Vec<Read> = PROJECTS
        .iter()
        .flat_map(|(name, _)| of_project(name))
        .collect();
    reads.extend([
        native("all projects: newest", |_| "feedback".to_owned()),
        native("all projects: search", |_| {
            "feedback?search=answer".to_owned()
        }),
        native("one feedback with its history", move |turn| {
            format!("feedback/{}", feedback[turn % feedback.len()])
        }),
        native("by conversation", move |turn| {
            let name = &conversations[turn % conversations.len()];
            format!("projects/large/feedback?conversation={name}")
        }),
        native("people", |_| "projects/large/end-users".to_owned()),
        vendor("Dify: page 1", PROJECTS[0].1, |_| {
            "/v1/app/feedbacks?page=1&limit=20".to_owned()
        }),
        vendor("Dify: pages up to 1,000", PROJECTS[0].1, |turn| {
            format!("/v1/app/feedbacks?page={}&limit=20", 1 + turn * 331 % 1000)
        }),
        vendor("Dify: any page", PROJECTS[0].1, |turn| {
            format!(
                "/v1/app/feedbacks?page={}&limit=20",
                1 + turn * 7919 % 490_000
            )
        }),
        vendor("Melodi: threads, page 1", MELODI_KEY, |_| {
            "/api/external/threads?pageSize=20".to_owned()
        }),
        vendor("Melodi: threads, 10,000 deep", MELODI_KEY, |_| {
            "/api/external/threads?pageSize=20&pageIndex=500".to_owned()
        }),
        vendor("Melodi: users", MELODI_KEY, |_| {
            "/api/external/users?pageSize=20".to_owned()
        }),
        query(
            "counts of 90 days by day and sentiment",
            counts(90, "day", &["sentiment"]),
        ),
        query(
            "counts of a year by week and criterion",
            counts(365, "week", &["name"]),
        ),
        query(
            "counts of a year by day and everything",
            counts(365, "day", &["project", "channel", "name", "sentiment"]),
        ),
    ]);
    reads
}

fn counts(days: i64, interval: &str, dimensions: &[&str]) -> Value {
    let now = jiff::Timestamp::now().as_second();
    let day = |ago: i64| {
        let time = jiff::Timestamp::from_second(now - ago * 86_400).expect("a time");
        time.to_string()[..10].to_owned()
    };
    json!({"metrics": ["votes", "comments"], "dimensions": dimensions, "interval": interval,
        "range": {"since": day(days - 1), "until": day(-1)}})
}
