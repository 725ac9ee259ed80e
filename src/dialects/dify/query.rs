//! Query parameters, read as Dify's pydantic models read them.

use super::error::Rejection;
use axum::extract::Query;
use axum::http::Uri;
use uuid::Uuid;

/// The parameters of a request. Of one that is given twice the first counts; unknown ones are ignored.
#[derive(Debug)]
pub(super) struct Parameters(Vec<(String, String)>);

/// The order of `GET /conversations`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct SortBy {
    pub(super) field: SortField,
    pub(super) descending: bool,
}

/// What conversations are sorted by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum SortField {
    CreatedAt,
    UpdatedAt,
}

/// What was found wrong so far: Dify tells all at once.
#[derive(Debug, Default)]
pub(super) struct Faults(Vec<String>);

impl Parameters {
    pub(super) fn of(uri: &Uri) -> Self {
        // Reading pairs of strings cannot fail: bytes that are not UTF-8 are replaced.
        Self(Query::try_from_uri(uri).map_or_else(|_| Vec::new(), |Query(pairs)| pairs))
    }

    pub(super) fn first(&self, name: &str) -> Option<&str> {
        self.0
            .iter()
            .find(|(known, _)| known == name)
            .map(|(_, value)| value.as_str())
    }

    /// A whole number from `least` to `most`; `default` if the parameter is not given.
    pub(super) fn number(&self, name: &str, default: u64, most: u64, faults: &mut Faults) -> u64 {
        let Some(text) = self.first(name) else {
            return default;
        };
        let fault = match whole_number(text) {
            None => {
                "Input should be a valid integer, unable to parse string as an integer".to_owned()
            }
            Some(number) if number < 1 => "Input should be greater than or equal to 1".to_owned(),
            Some(number) => match u64::try_from(number) {
                Ok(number) if number <= most => return number,
                _ => format!("Input should be less than or equal to {most}"),
            },
        };
        faults.add(name, &fault);
        default
    }

    /// An id in any form that is one; none if the parameter is empty or not given.
    pub(super) fn id(&self, name: &str, faults: &mut Faults) -> Option<Uuid> {
        let text = self.first(name).filter(|text| !text.is_empty())?;
        let id = Uuid::try_parse(text).ok();
        if id.is_none() {
            faults.add(name, "Input should be a valid UUID");
        }
        id
    }

    /// The parameter `sort_by`; the latest changed first if it is not given.
    pub(super) fn sort_by(&self, faults: &mut Faults) -> SortBy {
        let text = self.first("sort_by").unwrap_or("-updated_at");
        let (descending, field) = match text.strip_prefix('-') {
            Some(field) => (true, field),
            None => (false, text),
        };
        let field = match field {
            "created_at" => SortField::CreatedAt,
            "updated_at" => SortField::UpdatedAt,
            _ => {
                faults.add(
                    "sort_by",
                    "Input should be 'created_at', '-created_at', 'updated_at' or '-updated_at'",
                );
                SortField::UpdatedAt
            }
        };
        SortBy { field, descending }
    }
}

impl Faults {
    pub(super) fn add(&mut self, name: &str, fault: &str) {
        self.0.push(format!("{name}: {fault}"));
    }

    /// Refuses the request if anything was wrong.
    pub(super) fn check(self) -> Result<(), Rejection> {
        if self.0.is_empty() {
            Ok(())
        } else {
            Err(Rejection::invalid(self.0.join("; ")))
        }
    }
}

/// Text that pydantic takes for an integer: spaces around it, a sign, single underscores between digits and a fraction
/// of noughts are all fine. What is beyond all bounds is the highest number of its sign.
fn whole_number(text: &str) -> Option<i128> {
    let text = text.trim();
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    if !fraction.bytes().all(|digit| digit == b'0') {
        return None;
    }
    let (negative, digits) = match whole.strip_prefix('-') {
        Some(digits) => (true, digits),
        None => (false, whole.strip_prefix('+').unwrap_or(whole)),
    };
    let one_each = digits
        .split('_')
        .all(|group| !group.is_empty() && group.bytes().all(|digit| digit.is_ascii_digit()));
    if !one_each {
        return None;
    }
    let number = digits
        .bytes()
        .filter(u8::is_ascii_digit)
        .fold(0_i128, |number, digit| {
            number
                .saturating_mul(10)
                .saturating_add(i128::from(digit - b'0'))
        });
    Some(if negative { -number } else { number })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn parameters(query: &str) -> Parameters {
        format!("/x?{query}")
            .parse()
            .map_or_else(|_| Parameters(Vec::new()), |uri| Parameters::of(&uri))
    }

    fn limit(query: &str) -> Option<u64> {
        let mut faults = Faults::default();
        let limit = parameters(query).number("limit", 20, 101, &mut faults);
        faults.check().ok().map(|()| limit)
    }

    #[test]
    fn pydantic_takes_these_for_integers() {
        for text in ["1", "%201", "1.0", "1.", "+1", "001", "1_0.00"] {
            assert!(limit(&format!("limit={text}")).is_some(), "{text}");
        }
        assert_eq!(limit("limit=1_0"), Some(10));
    }

    #[test]
    fn and_these_not() {
        for text in [
            "", "abc", "1.5", "1__0", "_1", "1_", "--1", "1e1", "0x1", "-",
        ] {
            assert_eq!(limit(&format!("limit={text}")), None, "{text}");
        }
    }

    #[test]
    fn bounds_are_held() {
        assert_eq!(limit("limit=0"), None);
        assert_eq!(limit("limit=-1"), None);
        assert_eq!(limit("limit=101"), Some(101));
        assert_eq!(limit("limit=102"), None);
        assert_eq!(limit(&format!("limit={}", "9".repeat(60))), None);
    }

    #[test]
    fn of_a_parameter_given_twice_the_first_counts() {
        assert_eq!(limit("limit=1&limit=2"), Some(1));
    }

    #[test]
    fn all_faults_are_told_at_once() {
        let mut faults = Faults::default();
        let parameters = parameters("page=0&limit=0");
        parameters.number("page", 1, 5, &mut faults);
        parameters.number("limit", 1, 5, &mut faults);
        let told = faults.0.join(" ");
        assert!(told.contains("page: ") && told.contains("limit: "));
    }

    #[test]
    fn an_order_that_dify_does_not_know_is_refused() {
        let mut faults = Faults::default();
        parameters("sort_by=name").sort_by(&mut faults);
        assert!(faults.check().is_err());
    }

    proptest! {
        #[test]
        fn every_number_is_read_as_itself(number in any::<i64>()) {
            prop_assert_eq!(whole_number(&number.to_string()), Some(i128::from(number)));
        }
    }
}
