//! Points in time and calendar days, as whole numbers.

use std::fmt;
use std::str::FromStr;

/// A point in time: microseconds since 1970-01-01T00:00:00Z, leap seconds not counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(i64);

/// A calendar month in UTC: months since January of the year 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Month(i32);

/// A day of the calendar: days since 1970-01-01. Where no zone is named, it is a day of UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Day(pub i32);

const MICROSECONDS_A_DAY: i64 = 86_400_000_000;

impl Timestamp {
    /// The earliest time that is stored: 0001-01-01T00:00:00Z.
    pub const MIN: Self = Self(-62_135_596_800_000_000);
    /// The latest time that is stored, 9999-12-30T22:00:00Z: every time zone can still write it.
    pub const MAX: Self = Self(253_402_207_200_000_000);

    /// From microseconds since the epoch; what lies outside the bounds becomes the nearest of them.
    pub const fn from_microseconds(microseconds: i64) -> Self {
        if microseconds < Self::MIN.0 {
            Self::MIN
        } else if microseconds > Self::MAX.0 {
            Self::MAX
        } else {
            Self(microseconds)
        }
    }

    /// Microseconds since the epoch.
    pub const fn microseconds(self) -> i64 {
        self.0
    }

    /// Whole seconds since the epoch, rounded down.
    pub const fn seconds(self) -> i64 {
        self.0.div_euclid(1_000_000)
    }

    /// The UTC day that holds this time.
    pub const fn day(self) -> Day {
        #[expect(
            clippy::cast_possible_truncation,
            reason = "the years 1 to 9999 have fewer than 4 million days"
        )]
        Day(self.0.div_euclid(MICROSECONDS_A_DAY) as i32)
    }

    /// The UTC month that holds this time.
    pub fn month(self) -> Month {
        let time = jiff::Timestamp::from_microsecond(self.0).unwrap_or_default();
        let date = jiff::tz::TimeZone::UTC.to_datetime(time);
        Month(i32::from(date.year()) * 12 + i32::from(date.month()) - 1)
    }

    /// This time and `microseconds` more, held within the bounds.
    #[must_use]
    pub const fn plus_microseconds(self, microseconds: i64) -> Self {
        Self::from_microseconds(self.0.saturating_add(microseconds))
    }
}

/// RFC 3339 in UTC, with as many digits of the second as are needed: `2026-05-01T12:00:00.25Z`.
impl fmt::Display for Timestamp {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match jiff::Timestamp::from_microsecond(self.0) {
            Ok(time) => time.fmt(formatter),
            Err(_) => write!(formatter, "{} µs", self.0),
        }
    }
}

/// RFC 3339 with any offset. A time without an offset is refused, for it names no moment.
impl FromStr for Timestamp {
    type Err = jiff::Error;

    fn from_str(text: &str) -> Result<Self, jiff::Error> {
        text.parse()
            .map(|time: jiff::Timestamp| Self::from_microseconds(time.as_microsecond()))
    }
}

/// `2026-05-01`.
impl fmt::Display for Day {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(&self.start().to_string()[..10])
    }
}

impl Day {
    /// The first moment of the day.
    pub const fn start(self) -> Timestamp {
        Timestamp::from_microseconds(self.0 as i64 * MICROSECONDS_A_DAY)
    }

    /// Which day of its month it is, from 1.
    pub fn of_month(self) -> i32 {
        i32::from(self.date().day())
    }

    /// As a date of the calendar.
    pub(super) fn date(self) -> jiff::civil::Date {
        let start = jiff::Timestamp::from_microsecond(self.start().microseconds());
        jiff::tz::TimeZone::UTC
            .to_datetime(start.unwrap_or_default())
            .date()
    }

    /// From a date of the calendar.
    pub(super) fn of_date(date: jiff::civil::Date) -> Self {
        let start = jiff::tz::TimeZone::UTC.to_timestamp(date.at(0, 0, 0, 0));
        Timestamp::from_microseconds(start.map_or(0, jiff::Timestamp::as_microsecond)).day()
    }
}

impl Month {
    /// The first moment of the month.
    pub fn start(self) -> Timestamp {
        let day: Result<Day, _> = format!("{self}-01").parse();
        day.map_or(Timestamp::MAX, Day::start)
    }

    /// The month after it.
    #[must_use]
    pub const fn next(self) -> Self {
        Self(self.0 + 1)
    }
}

/// `2026-05`.
impl fmt::Display for Month {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (year, month) = (self.0.div_euclid(12), self.0.rem_euclid(12) + 1);
        formatter.pad(&format!("{year:04}-{month:02}"))
    }
}

/// `2026-05`.
impl FromStr for Month {
    type Err = jiff::Error;

    fn from_str(text: &str) -> Result<Self, jiff::Error> {
        let first: Day = format!("{text}-01").parse()?;
        Ok(first.start().month())
    }
}

/// `2026-05-01`.
impl FromStr for Day {
    type Err = jiff::Error;

    fn from_str(text: &str) -> Result<Self, jiff::Error> {
        let date: jiff::civil::Date = text.parse()?;
        Ok(Self::of_date(date))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_before_the_epoch_is_on_the_day_before_it() {
        assert_eq!(Timestamp::from_microseconds(-1).day(), Day(-1));
    }

    #[test]
    fn a_day_starts_on_itself() {
        assert_eq!(Day(20_000).start().day(), Day(20_000));
    }

    #[test]
    fn a_month_is_written_as_it_is_read_and_begins_on_its_first_day() {
        let month: Month = "2026-12".parse().unwrap();
        assert_eq!(month.to_string(), "2026-12");
        assert_eq!(month.start().to_string(), "2026-12-01T00:00:00Z");
        assert_eq!(month.next().to_string(), "2027-01");
        assert_eq!(month.next().start().plus_microseconds(-1).month(), month);
    }

    #[test]
    fn what_is_more_or_less_than_a_month_is_refused() {
        for text in ["2026", "2026-13", "2026-05-01", ""] {
            assert!(text.parse::<Month>().is_err(), "{text}");
        }
    }

    #[test]
    fn a_time_is_written_as_it_is_read() {
        let text = "2026-05-01T12:00:00.25Z";
        assert_eq!(
            text.parse::<Timestamp>().map(|time| time.to_string()).ok(),
            Some(text.to_owned())
        );
    }

    #[test]
    fn a_time_without_an_offset_is_refused() {
        assert!("2026-05-01T12:00:00".parse::<Timestamp>().is_err());
    }

    #[test]
    fn the_bounds_can_be_written() {
        assert_eq!(Timestamp::MAX.to_string(), "9999-12-30T22:00:00Z");
        assert_eq!(Timestamp::MIN.to_string(), "0001-01-01T00:00:00Z");
    }

    #[test]
    fn times_outside_the_calendar_are_held_at_its_ends() {
        assert_eq!(Timestamp::from_microseconds(i64::MAX), Timestamp::MAX);
        assert_eq!(Timestamp::MIN.plus_microseconds(i64::MIN), Timestamp::MIN);
    }
}
