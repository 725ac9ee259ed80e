//! Which models, reasons, answers and groups a query is about, as the rows that sums are kept by.

use crate::domain::FacetKind;
use crate::store::SumsQuery;
use crate::store::filter::{Conditions, ROWS, rows};
use crate::store::sql::{self, Connection, Value, params_from_iter};

/// What is looked for of one kind: any of the values that are named, and any of the details.
#[derive(Debug)]
struct Chosen {
    kind: FacetKind,
    values: Option<Vec<i64>>,
    details: Option<Vec<i64>>,
    /// Whether a feedback may have several of the values.
    overlap: bool,
}

/// What a query is about in one project.
#[derive(Debug, Default)]
pub(super) struct Sought {
    /// What is told apart.
    by: Option<FacetKind>,
    chosen: Vec<Chosen>,
}

const LABELS: &str = "SELECT row_id FROM labels WHERE text IN";
const ATTRIBUTES: &str = "SELECT o.row_id FROM attribute_options o JOIN attributes a ON a.row_id = o.attribute WHERE a.project = ? \
     AND a.name IN";
const OPTIONS: &str = "SELECT o.row_id FROM attribute_options o JOIN attributes a ON a.row_id = o.attribute WHERE a.project = ? \
     AND o.name IN";
const SEGMENT_KINDS: &str = "SELECT s.row_id FROM segments s JOIN segment_kinds k ON k.row_id = s.kind WHERE k.workspace = ? AND k.name IN";
const SEGMENTS: &str = "SELECT s.row_id FROM segments s JOIN segment_kinds k ON k.row_id = s.kind WHERE k.workspace = ? AND s.name IN";

/// The rows of what is named; none if nothing is named.
fn named(
    connection: Connection<'_>,
    select: &str,
    scope: Option<i64>,
    names: &[String],
) -> sql::Result<Option<Vec<i64>>> {
    if names.is_empty() {
        return Ok(None);
    }
    let places = vec!["?"; names.len()].join(", ");
    let names = names.iter().cloned().map(Value::Text);
    let values = scope.map(Value::Integer).into_iter().chain(names);
    connection
        .prepare_cached(&format!("{select} ({places})"))?
        .query_map(params_from_iter(values), |row| row.get(0))?
        .collect::<sql::Result<Vec<i64>>>()
        .map(Some)
}

/// What is in both, where both say something.
fn both(one: Option<Vec<i64>>, other: Option<Vec<i64>>) -> Option<Vec<i64>> {
    match (one, other) {
        (Some(mut one), Some(other)) => {
            one.retain(|row| other.contains(row));
            Some(one)
        }
        (one, other) => one.or(other),
    }
}

impl Sought {
    /// What a query looks for in a project, by its row and its workspace's. None if nothing can be found: nobody ever said what
    /// is named.
    pub(super) fn of(
        connection: Connection<'_>,
        query: &SumsQuery,
        (project, workspace): (i64, i64),
    ) -> sql::Result<Option<Self>> {
        let asked = &query.facets;
        let label = |words: &[String]| named(connection, LABELS, None, words);
        let mut sought = Self {
            by: query.dimensions.iter().find_map(|one| one.facet()),
            chosen: Vec::new(),
        };
        let (models, versions) = (label(&asked.models)?, label(&asked.versions)?);
        sought.choose(FacetKind::Model, models, versions, false);
        let reasons = label(&asked.reasons)?;
        let overlap = asked.reasons.len() > 1;
        sought.choose(FacetKind::Reason, reasons, None, overlap);
        let of_project = |select, names: &[String]| named(connection, select, Some(project), names);
        let attributes = of_project(ATTRIBUTES, &asked.attributes)?;
        let options = of_project(OPTIONS, &asked.options)?;
        // An attribute is answered once.
        let overlap = asked.attributes.len() != 1;
        sought.choose(FacetKind::Option, both(attributes, options), None, overlap);
        let of_workspace =
            |select, names: &[String]| named(connection, select, Some(workspace), names);
        let kinds = of_workspace(SEGMENT_KINDS, &asked.segment_kinds)?;
        let segments = of_workspace(SEGMENTS, &asked.segments)?;
        sought.choose(FacetKind::Segment, both(kinds, segments), None, true);
        let is_empty = |rows: &Option<Vec<i64>>| rows.as_ref().is_some_and(Vec::is_empty);
        let nothing = |one: &Chosen| is_empty(&one.values) || is_empty(&one.details);
        Ok((!sought.chosen.iter().any(nothing)).then_some(sought))
    }

    fn choose(
        &mut self,
        kind: FacetKind,
        values: Option<Vec<i64>>,
        details: Option<Vec<i64>>,
        overlap: bool,
    ) {
        if values.is_some() || details.is_some() {
            let several = values.as_ref().is_some_and(|values| values.len() > 1);
            self.chosen.push(Chosen {
                kind,
                values,
                details,
                overlap: overlap && several,
            });
        }
    }

    /// Whether sums are kept by what is looked for: by one kind alone, and so that no feedback is counted twice. Where its values
    /// are told apart, it counts for each of them.
    pub(super) fn is_summed(&self) -> bool {
        match (self.by, self.chosen.as_slice()) {
            (_, []) => true,
            (None, [one]) => !one.overlap,
            (Some(by), [one]) => by == one.kind,
            _ => false,
        }
    }

    /// The kind of the sums; 0 are those over all feedback.
    pub(super) fn kind(&self) -> i64 {
        let chosen = self.chosen.first().map(|one| one.kind);
        self.by.or(chosen).map_or(0, |kind| kind as i64)
    }

    /// What is told apart, or 0 if every feedback counts once.
    pub(super) fn told_apart(&self) -> i64 {
        self.by.map_or(0, |kind| kind as i64)
    }

    /// Narrows sums of [`Sought::kind`] to what is looked for.
    pub(super) fn narrow_sums(&self, found: &mut Conditions) {
        for one in &self.chosen {
            one.narrow(found, "r");
        }
    }

    /// Narrows what is counted from rows, `c`, to what is looked for; `scope` is the project and the range of time.
    pub(super) fn narrow_rows(&self, found: &mut Conditions, scope: &[Value; 3]) {
        for one in &self.chosen {
            if self.by == Some(one.kind) {
                one.narrow(found, "c");
                continue;
            }
            let mut has = Conditions::default();
            has.add(
                "h.project = ? AND h.created_at >= ? AND h.created_at < ?",
                scope.clone(),
            );
            has.add("h.kind = ?", [Value::Integer(one.kind as i64)]);
            one.narrow(&mut has, "h");
            found.add(
                &format!(
                    "c.feedback IN (SELECT h.feedback FROM counted h WHERE {})",
                    has.sql()
                ),
                has.values,
            );
        }
    }
}

impl Chosen {
    fn narrow(&self, found: &mut Conditions, table: &str) {
        for (column, chosen) in [("value", &self.values), ("detail", &self.details)] {
            if let Some(chosen) = chosen {
                found.add(&format!("{table}.{column} IN {ROWS}"), [rows(chosen)]);
            }
        }
    }
}
