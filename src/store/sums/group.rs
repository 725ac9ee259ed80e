//! Groups of feedback: what each has in common, its sums, and the names of all that.

use crate::domain::{
    AttributeId, Dialect, Dimension, FacetKind, OptionId, ProjectId, Segment, Sentiment, Stretch,
    Sums, Timestamp,
};
use crate::store::codes::{Coded, id};
use crate::store::sql::{self, Connection, OptionalExtension as _, Row};
use crate::store::{FacetNames, SumsQuery, SumsRow};
use std::collections::{BTreeMap, HashMap};

/// What a group has in common; what is not told apart is none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Group {
    /// The place of the stretch of time.
    stretch: Option<usize>,
    /// The place of the project in the query.
    project: Option<usize>,
    channel: Option<i64>,
    /// The criterion, a label.
    name: Option<i64>,
    sentiment: Option<i64>,
    /// A model or a reason, labels; an attribute.
    first: Option<i64>,
    /// A version, a label or 0; an option; a segment.
    second: Option<i64>,
}

/// Groups, as they are found.
pub(super) struct Groups<'query> {
    query: &'query SumsQuery,
    stretches: &'query [Stretch],
    found: BTreeMap<Group, Sums>,
    /// The attributes of options, where those are told apart.
    attributes: HashMap<i64, i64>,
}

/// Names that were looked up.
struct Names<'connection> {
    connection: Connection<'connection>,
    labels: HashMap<i64, Option<String>>,
}

impl Group {
    /// The group of a row that has its channel, criterion and sentiment in its second to fourth columns.
    pub(super) fn of(
        groups: &Groups<'_>,
        row: &Row<'_>,
        (stretch, project): (i64, usize),
        (value, detail): (i64, i64),
    ) -> sql::Result<Self> {
        let by = |dimension| groups.query.dimensions.contains(&dimension);
        let first = if by(Dimension::Model) || by(Dimension::Reason) {
            Some(value)
        } else if by(Dimension::Attribute) {
            groups.attributes.get(&value).copied()
        } else {
            None
        };
        let second = if by(Dimension::Version) {
            Some(detail)
        } else {
            (by(Dimension::Option) || by(Dimension::Segment)).then_some(value)
        };
        let interval = groups.query.interval;
        Ok(Self {
            stretch: interval.and_then(|_| usize::try_from(stretch).ok()),
            project: by(Dimension::Project).then_some(project),
            channel: by(Dimension::Channel).then_some(row.get(1)?),
            name: by(Dimension::Name).then_some(row.get(2)?),
            sentiment: by(Dimension::Sentiment).then_some(row.get(3)?),
            first,
            second,
        })
    }
}

impl<'query> Groups<'query> {
    pub(super) fn new(query: &'query SumsQuery, stretches: &'query [Stretch]) -> Self {
        let mut found = BTreeMap::new();
        if query.interval.is_none() && query.dimensions.is_empty() {
            found.insert(Group::default(), Sums::default());
        }
        Self {
            query,
            stretches,
            found,
            attributes: HashMap::new(),
        }
    }

    pub(super) fn add(&mut self, group: Group, sums: Sums) {
        *self.found.entry(group).or_default() += sums;
    }

    /// Whether there are more than the query allows.
    pub(super) fn are_too_many(&self) -> bool {
        self.found.len() > self.query.most
    }

    /// The place of the stretch of time that a quarter is in.
    pub(super) fn stretch_of(&self, quarter: i64) -> i64 {
        let after = |one: &Stretch| i64::from(one.first.0) <= quarter;
        let place = self.stretches.partition_point(after);
        i64::try_from(place).unwrap_or(0) - 1
    }

    /// Learns a project's attributes, if they are told apart.
    pub(super) fn know_options(
        &mut self,
        connection: Connection<'_>,
        project: i64,
    ) -> sql::Result<()> {
        if !self.query.dimensions.contains(&Dimension::Attribute) {
            return Ok(());
        }
        let options = connection
            .prepare_cached(
                "SELECT o.row_id, o.attribute FROM attributes a JOIN attribute_options o ON o.attribute = a.row_id
                 WHERE a.project = ?1",
            )?
            .query_map([project], |row| Ok((row.get(0)?, row.get(1)?)))?
            .collect::<sql::Result<Vec<(i64, i64)>>>()?;
        self.attributes.extend(options);
        Ok(())
    }

    /// All of them with their names, sorted.
    pub(super) fn named(self, connection: Connection<'_>) -> sql::Result<Vec<SumsRow>> {
        let mut names = Names {
            connection,
            labels: HashMap::new(),
        };
        let (query, stretches) = (self.query, self.stretches);
        let mut rows = self
            .found
            .into_iter()
            .map(|(group, sums)| {
                let stretch = group.stretch.and_then(|place| stretches.get(place));
                let name = group.name.map(|label| names.label(label)).transpose()?;
                Ok(SumsRow {
                    since: stretch.map(|stretch| stretch.since),
                    project: group
                        .project
                        .and_then(|place| query.projects.get(place))
                        .copied(),
                    channel: group.channel.and_then(<Dialect as Coded>::decode),
                    name: name.flatten(),
                    sentiment: group.sentiment.and_then(<Sentiment as Coded>::decode),
                    facet: names.facet(query, &group)?,
                    sums,
                })
            })
            .collect::<sql::Result<Vec<_>>>()?;
        rows.sort_by(|one, other| place(one).cmp(&place(other)));
        Ok(rows)
    }
}

impl Names<'_> {
    /// The text of a label; 0 is none.
    fn label(&mut self, label: i64) -> sql::Result<Option<String>> {
        if let Some(known) = self.labels.get(&label) {
            return Ok(known.clone());
        }
        let text: Option<String> = self
            .connection
            .prepare_cached("SELECT text FROM labels WHERE row_id = ?1")?
            .query_row([label], |row| row.get(0))
            .optional()?;
        self.labels.insert(label, text.clone());
        Ok(text)
    }

    fn facet(&mut self, query: &SumsQuery, group: &Group) -> sql::Result<FacetNames> {
        let mut names = FacetNames::default();
        let Some(kind) = query.dimensions.iter().find_map(|one| one.facet()) else {
            return Ok(names);
        };
        match kind {
            FacetKind::Model => {
                names.model = self.optional_label(group.first)?;
                names.version = self.optional_label(group.second)?;
            }
            FacetKind::Reason => names.reason = self.optional_label(group.first)?,
            FacetKind::Option => {
                if let Some(row) = group.first {
                    let sql = "SELECT id, name FROM attributes WHERE row_id = ?1";
                    names.attribute = self.named(sql, row, AttributeId)?;
                }
                if let Some(row) = group.second {
                    let sql = "SELECT id, name FROM attribute_options WHERE row_id = ?1";
                    names.option = self.named(sql, row, OptionId)?;
                }
            }
            FacetKind::Segment => {
                if let Some(row) = group.second {
                    names.segment = self.segment(row)?;
                }
            }
        }
        Ok(names)
    }

    fn optional_label(&mut self, label: Option<i64>) -> sql::Result<Option<String>> {
        label.map_or(Ok(None), |label| self.label(label))
    }

    fn named<Id>(
        &self,
        sql: &str,
        row: i64,
        wrap: impl Fn(uuid::Uuid) -> Id,
    ) -> sql::Result<Option<(Id, String)>> {
        self.connection
            .prepare_cached(sql)?
            .query_row([row], |row| Ok((wrap(id(row, 0)?), row.get(1)?)))
            .optional()
    }

    fn segment(&self, row: i64) -> sql::Result<Option<Segment>> {
        self.connection
            .prepare_cached(
                "SELECT k.name, s.name FROM segments s JOIN segment_kinds k ON k.row_id = s.kind WHERE s.row_id = ?1",
            )?
            .query_row([row], |row| {
                Ok(Segment {
                    kind: row.get(0)?,
                    value: row.get(1)?,
                })
            })
            .optional()
    }
}

/// Where a row comes in the answer: by time, project, channel, criterion, sentiment, and what else is told apart.
type Place<'row> = (
    Option<Timestamp>,
    Option<ProjectId>,
    [Option<&'row str>; 10],
);

fn place(row: &SumsRow) -> Place<'_> {
    let facet = &row.facet;
    let words = [
        row.channel.map(Dialect::name),
        row.name.as_deref(),
        row.sentiment.map(Sentiment::name),
        facet.model.as_deref(),
        facet.version.as_deref(),
        facet.reason.as_deref(),
        facet.attribute.as_ref().map(|(_, name)| name.as_str()),
        facet.option.as_ref().map(|(_, name)| name.as_str()),
        facet.segment.as_ref().map(|segment| segment.kind.as_str()),
        facet.segment.as_ref().map(|segment| segment.value.as_str()),
    ];
    (row.since, row.project, words)
}
