//! Which feedback to list: the filters of the native API as options.

use crate::app::{App, FeedbackFilter};
use crate::domain::vote::RowRef;
use crate::domain::{Caller, Dialect, Rating, Segment, Sentiment, Timestamp};
use crate::error::{Error, Result};
use clap::Args;

/// Which feedback.
#[derive(Debug, Args)]
pub(super) struct Filter {
    /// The only project: its name, number or id.
    #[arg(long)]
    project: Option<String>,
    #[arg(
        long,
        help = "By which interface it came: native, dify, wonderchat, melodi, amazon_q or haptik"
    )]
    channel: Option<Dialect>,
    /// The criterion.
    #[arg(long)]
    name: Option<String>,
    /// What it amounts to: positive, negative, neutral or unknown.
    #[arg(long, value_parser = sentiment)]
    sentiment: Option<Sentiment>,
    /// The thumb: positive or negative.
    #[arg(long, value_parser = rating)]
    rating: Option<Rating>,
    /// The lowest score.
    #[arg(long, value_name = "NUMBER", allow_negative_numbers = true)]
    score_min: Option<f64>,
    /// The highest score.
    #[arg(long, value_name = "NUMBER", allow_negative_numbers = true)]
    score_max: Option<f64>,
    /// Whether the person's question was resolved.
    #[arg(long, value_name = "true|false")]
    resolved: Option<bool>,
    /// A reason that is among its reasons.
    #[arg(long)]
    reason: Option<String>,
    /// A question that it answers, and with what; with --project.
    #[arg(long, num_args = 2, value_names = ["QUESTION", "ANSWER"], requires = "project")]
    attribute: Vec<String>,
    /// The person who judges: the application's id, or `id:` and ours.
    #[arg(long, value_name = "ID")]
    end_user: Option<String>,
    /// A group that the person who judges belongs to: its kind, and its name.
    #[arg(long, num_args = 2, value_names = ["KIND", "GROUP"])]
    segment: Vec<String>,
    /// The conversation that is judged, or whose message is: the application's id, or `id:` and ours.
    #[arg(long, value_name = "ID")]
    conversation: Option<String>,
    /// The message that is judged: the application's id, or `id:` and ours.
    #[arg(long, value_name = "ID")]
    message: Option<String>,
    /// Whether there is a comment.
    #[arg(long, value_name = "true|false")]
    has_comment: Option<bool>,
    /// Created at this time or later, such as 2026-05-01T12:00:00Z.
    #[arg(long, value_name = "TIME")]
    since: Option<Timestamp>,
    /// Created before this time.
    #[arg(long, value_name = "TIME")]
    until: Option<Timestamp>,
    /// Words that are all in the comment.
    #[arg(long, value_name = "WORDS")]
    search: Option<String>,
    /// List feedback that was taken back too.
    #[arg(long)]
    with_retracted: bool,
}

fn sentiment(name: &str) -> Result<Sentiment, String> {
    Sentiment::ALL
        .into_iter()
        .find(|sentiment| sentiment.name() == name)
        .ok_or_else(|| "none of positive, negative, neutral, unknown".to_owned())
}

fn rating(name: &str) -> Result<Rating, String> {
    [Rating::Positive, Rating::Negative]
        .into_iter()
        .find(|rating| rating.name() == name)
        .ok_or_else(|| "neither positive nor negative".to_owned())
}

impl Filter {
    /// As the native API's query.
    pub(super) fn query(&self) -> Vec<(&'static str, String)> {
        let name = |dialect: Dialect| dialect.name().to_owned();
        let parameters = [
            ("project", self.project.clone()),
            ("channel", self.channel.map(name)),
            ("name", self.name.clone()),
            ("sentiment", self.sentiment.map(|it| it.name().to_owned())),
            ("rating", self.rating.map(|it| it.name().to_owned())),
            ("score_min", self.score_min.map(|it| it.to_string())),
            ("score_max", self.score_max.map(|it| it.to_string())),
            ("resolved", self.resolved.map(|it| it.to_string())),
            ("reason", self.reason.clone()),
            ("attribute", self.attribute.first().cloned()),
            ("option", self.attribute.get(1).cloned()),
            ("end_user", self.end_user.clone()),
            ("segment_kind", self.segment.first().cloned()),
            ("segment", self.segment.get(1).cloned()),
            ("conversation", self.conversation.clone()),
            ("message", self.message.clone()),
            ("has_comment", self.has_comment.map(|it| it.to_string())),
            ("since", self.since.map(|it| it.to_string())),
            ("until", self.until.map(|it| it.to_string())),
            ("search", self.search.clone()),
            (
                "with_retracted",
                self.with_retracted.then(|| "true".to_owned()),
            ),
        ];
        parameters
            .into_iter()
            .filter_map(|(name, value)| value.map(|value| (name, value)))
            .collect()
    }

    /// As the store's filter.
    pub(super) fn in_folder(&self, app: &App, operator: &Caller) -> Result<FeedbackFilter> {
        let project = self.project.as_deref();
        let project = project
            .map(|name| app.directory().project_named(operator, name))
            .transpose()
            .map_err(|error| error.at("--project"))?;
        let attribute = match (&project, &self.attribute[..]) {
            (Some(project), [name, option]) => Some(app.attribute_answer(project, name, option)?),
            _ => None,
        };
        Ok(FeedbackFilter {
            projects: project.iter().map(|project| project.id).collect(),
            channel: self.channel,
            name: self.name.clone(),
            sentiment: self.sentiment,
            rating: self.rating,
            score_minimum: self.score_min,
            score_maximum: self.score_max,
            resolved: self.resolved,
            reason: self.reason.clone(),
            attribute,
            end_user: row("--end-user", self.end_user.as_ref())?,
            segment: match &self.segment[..] {
                [kind, value] => Some(Segment {
                    kind: kind.clone(),
                    value: value.clone(),
                }),
                _ => None,
            },
            conversation: row("--conversation", self.conversation.as_ref())?,
            messages: row("--message", self.message.as_ref())?
                .into_iter()
                .collect(),
            has_rating: None,
            has_comment: self.has_comment,
            since: self.since,
            until: self.until,
            search: self.search.clone(),
            with_retracted: self.with_retracted,
        })
    }
}

/// What the application calls something, or `id:` and our id.
fn row(option: &str, said: Option<&String>) -> Result<Option<RowRef>> {
    let Some(said) = said else { return Ok(None) };
    match said.strip_prefix("id:") {
        None => Ok(Some(RowRef::External(said.clone()))),
        Some(id) => match id.parse() {
            Ok(id) => Ok(Some(RowRef::Id(id))),
            Err(_) => Err(Error::invalid(option, format!("\"{id}\" is no id of ours"))),
        },
    }
}
