//! Query parameters, as Melodi's SDKs write them: lists as repeated names, booleans as Python or JavaScript spell them.

use super::convert;
use super::error::Rejection;
use crate::domain::Timestamp;
use crate::limits;
use axum::extract::Query;
use axum::http::Uri;

/// The parameters of a request; unknown ones are ignored.
#[derive(Debug)]
pub(super) struct Parameters(Vec<(String, String)>);

impl Parameters {
    pub(super) fn of(uri: &Uri) -> Self {
        // Reading pairs of strings cannot fail: bytes that are not UTF-8 are replaced.
        Self(Query::try_from_uri(uri).map_or_else(|_| Vec::new(), |Query(pairs)| pairs))
    }

    /// The first value of this name, if it is not empty.
    pub(super) fn first(&self, name: &str) -> Option<&str> {
        self.0
            .iter()
            .find(|(known, value)| known == name && !value.is_empty())
            .map(|(_, value)| value.as_str())
    }

    /// Every value of this name, given again and again or with commas between.
    pub(super) fn all(&self, name: &str) -> Vec<&str> {
        self.0
            .iter()
            .filter(|(known, _)| known == name)
            .flat_map(|(_, value)| value.split(','))
            .map(str::trim)
            .filter(|value| !value.is_empty())
            .collect()
    }

    /// Every value of this name that is a name of the application's, which may have commas of its own: as it stands, and
    /// what stands between its commas.
    pub(super) fn names(&self, name: &str) -> Vec<&str> {
        let whole = self.0.iter().filter(|(known, _)| known == name);
        let whole = whole.map(|(_, value)| value.as_str());
        let mut names: Vec<_> = whole.filter(|value| value.contains(',')).collect();
        names.extend(self.all(name));
        names
    }

    /// A whole number that is not negative.
    pub(super) fn number(&self, name: &str) -> Result<Option<i64>, Rejection> {
        self.first(name).map(|text| number(name, text)).transpose()
    }

    /// Every whole number of this name.
    pub(super) fn numbers(&self, name: &str) -> Result<Vec<i64>, Rejection> {
        let texts = self.all(name).into_iter();
        texts.map(|text| number(name, text)).collect()
    }

    /// Yes or no, in any spelling: `True`, `true` and `1` are yes.
    pub(super) fn flag(&self, name: &str) -> Result<Option<bool>, Rejection> {
        self.first(name)
            .map(|text| match text.to_ascii_lowercase().as_str() {
                "true" | "1" => Ok(true),
                "false" | "0" => Ok(false),
                _ => Err(Rejection::bad_request(format!(
                    "{name} must be true or false"
                ))),
            })
            .transpose()
    }

    /// A time; without an offset, in UTC.
    pub(super) fn time(&self, name: &str) -> Result<Option<Timestamp>, Rejection> {
        self.first(name)
            .map(|text| convert::time(name, text))
            .transpose()
    }

    /// Which items: how many to leave out, and how many to give. Larger pages than there may be are cut.
    pub(super) fn page(&self) -> Result<(u64, usize), Rejection> {
        let size = self.number("pageSize")?;
        let size = size.map_or(limits::PAGE_ITEMS_DEFAULT, |size| {
            usize::try_from(size).unwrap_or(usize::MAX)
        });
        if size == 0 {
            return Err(Rejection::bad_request("pageSize must be at least 1"));
        }
        let size = size.min(limits::PAGE_ITEMS);
        let index = self.number("pageIndex")?.unwrap_or(0);
        let skip = u64::try_from(index)
            .unwrap_or(0)
            .saturating_mul(u64::try_from(size).unwrap_or(0));
        // Beyond this a number of items has no place in a database.
        Ok((skip.min(u64::from(u32::MAX)), size))
    }
}

fn number(name: &str, text: &str) -> Result<i64, Rejection> {
    text.trim()
        .parse()
        .ok()
        .filter(|number| *number >= 0)
        .ok_or_else(|| Rejection::bad_request(format!("{name} must be a whole number")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parameters(query: &str) -> Parameters {
        Parameters::of(&format!("/x?{query}").parse().unwrap())
    }

    #[test]
    fn booleans_are_read_as_python_and_javascript_write_them() {
        for (text, read) in [
            ("True", true),
            ("true", true),
            ("1", true),
            ("False", false),
        ] {
            let found = parameters(&format!("hasFeedback={text}")).flag("hasFeedback");
            assert_eq!(found.unwrap(), Some(read));
        }
        assert!(parameters("hasFeedback=maybe").flag("hasFeedback").is_err());
        assert_eq!(parameters("").flag("hasFeedback").unwrap(), None);
    }

    #[test]
    fn lists_are_repeated_or_have_commas() {
        assert_eq!(
            parameters("ids=1&ids=2,3&ids=").numbers("ids").unwrap(),
            [1, 2, 3]
        );
        assert!(parameters("ids=1&ids=x").numbers("ids").is_err());
    }

    #[test]
    fn pages_are_numbered_from_nought_and_bounded() {
        assert_eq!(parameters("").page().unwrap(), (0, 50));
        assert_eq!(
            parameters("pageIndex=2&pageSize=10").page().unwrap(),
            (20, 10)
        );
        assert_eq!(
            parameters("pageIndex=1&pageSize=1000").page().unwrap(),
            (200, 200)
        );
        assert!(parameters("pageSize=0").page().is_err());
        assert!(parameters("pageIndex=-1").page().is_err());
    }

    #[test]
    fn an_offset_survives_though_its_plus_is_read_as_a_space() {
        let found = parameters("before=2024-01-01T12:00:00+02:00").time("before");
        assert_eq!(found.unwrap(), "2024-01-01T10:00:00Z".parse().ok());
    }
}
