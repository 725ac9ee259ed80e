//! The projects of the demonstration, and what is talked about in them.

use crate::app::{App, AttributeDraft, ProjectDraft};
use crate::domain::vote::Ask;
use crate::domain::{AttributeAnswer, Caller, Dialect, Project};
use crate::error::{Error, Result};
use serde::Deserialize;
use std::sync::Arc;

/// What all of it says of itself.
const SYNTHETIC: &str = "Synthetic: made by candor demo. Nobody said any of this.";

/// Interfaces, and how much comes by each.
type Channels = &'static [(Dialect, usize)];

/// Projects, how much of all votes is theirs, and by which interfaces those come.
const PROJECTS: [(&str, usize, Channels); 5] = [
    (
        "Shop assistant",
        40,
        &[(Dialect::Dify, 75), (Dialect::Native, 25)],
    ),
    ("Help centre", 22, &[(Dialect::AmazonQ, 100)]),
    ("Website chat", 15, &[(Dialect::Wonderchat, 100)]),
    ("Staff desk", 11, &[(Dialect::Haptik, 100)]),
    (
        "Product search",
        12,
        &[(Dialect::Melodi, 80), (Dialect::Native, 20)],
    ),
];

/// A question with fixed answers, asked where an interface has such: its last two answers are those of the unhappy.
const ATTRIBUTE: (&str, [&str; 4]) = ("Quality", ["Spot on", "Good", "Too vague", "Made up"]);

/// What a topic is talked about like.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Topic {
    pub(super) name: String,
    /// How many of its votes are positive.
    pub(super) positive: f64,
    /// Questions, each with its answer.
    pub(super) turns: Vec<[String; 2]>,
    pub(super) praise: Vec<String>,
    pub(super) complaints: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Texts {
    topic: Vec<Topic>,
}

/// A project of the demonstration.
#[derive(Debug)]
pub(super) struct Place {
    pub(super) project: Arc<Project>,
    pub(super) weight: usize,
    pub(super) channels: Channels,
    /// The answers to [`ATTRIBUTE`], in its order.
    pub(super) answers: Vec<AttributeAnswer>,
}

/// What there is to vote on.
#[derive(Debug)]
pub(super) struct World {
    pub(super) places: Vec<Place>,
    pub(super) topics: Vec<Topic>,
}

impl World {
    /// Makes the projects.
    pub(super) async fn make(app: &App, operator: &Caller) -> Result<Self> {
        let mut places = Vec::new();
        for (name, weight, channels) in PROJECTS {
            let draft = ProjectDraft {
                name: Some(name.to_owned()),
                description: Ask::Set(SYNTHETIC.to_owned()),
                ..ProjectDraft::default()
            };
            let (project, _) = app.create_project(operator, draft, None).await?;
            let (question, answers) = ATTRIBUTE;
            let draft = AttributeDraft {
                name: question.to_owned(),
                options: answers.map(str::to_owned).into(),
            };
            app.put_attribute(operator, &project, draft).await?;
            let answers = answers.map(|answer| app.attribute_answer(&project, question, answer));
            places.push(Place {
                project,
                weight,
                channels,
                answers: answers.into_iter().collect::<Result<_>>()?,
            });
        }
        Ok(Self {
            places,
            topics: topics()?,
        })
    }
}

fn topics() -> Result<Vec<Topic>> {
    let texts: Texts = toml::from_str(include_str!("texts.toml")).map_err(Error::internal)?;
    Ok(texts.topic)
}

#[cfg(test)]
mod tests {
    use super::topics;

    #[test]
    fn every_topic_has_something_to_say() {
        for topic in topics().unwrap() {
            for said in [
                topic.turns.len(),
                topic.praise.len(),
                topic.complaints.len(),
            ] {
                assert!(said > 2, "{}", topic.name);
            }
            assert!((0.5..1.0).contains(&topic.positive), "{}", topic.name);
        }
    }
}
