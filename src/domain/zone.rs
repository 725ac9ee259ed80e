//! Time zones: where their days begin, and which stretches of time a chart is divided into.

use super::{Day, Timestamp};
use std::str::FromStr;

const MICROSECONDS_A_QUARTER: i64 = 900_000_000;

/// How many quarters of an hour a day of UTC has.
pub const QUARTERS_A_DAY: i32 = 96;

/// A quarter of an hour: quarters since 1970-01-01T00:00:00Z. Every zone's offset from UTC has been a multiple of one since
/// 1972, so days of every zone are whole quarters; what is older is brought to the quarter that it is in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Quarter(pub i32);

/// A time zone of the IANA database, which is a part of the program.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Zone(jiff::tz::TimeZone);

/// How long the stretches are that time is divided into. All of them begin and end where the zone's hours or days do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Interval {
    /// An hour.
    Hour,
    /// A day.
    Day,
    /// A week, which begins on Monday.
    Week,
    /// A month of the calendar.
    Month,
}

/// A stretch of time, of which a part may lie outside of what is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stretch {
    /// Its first moment.
    pub since: Timestamp,
    /// The first quarter of it that is asked for.
    pub first: Quarter,
    /// The quarter after the last one.
    pub end: Quarter,
}

impl Quarter {
    /// The quarter that holds a time.
    pub const fn of(time: Timestamp) -> Self {
        #[expect(
            clippy::cast_possible_truncation,
            reason = "the years 1 to 9999 have fewer than 400 million quarters"
        )]
        Self(time.microseconds().div_euclid(MICROSECONDS_A_QUARTER) as i32)
    }

    /// Its first moment.
    pub const fn start(self) -> Timestamp {
        Timestamp::from_microseconds(self.0 as i64 * MICROSECONDS_A_QUARTER)
    }

    /// The day of UTC that it is in.
    pub const fn day(self) -> Day {
        Day(self.0.div_euclid(QUARTERS_A_DAY))
    }
}

impl Zone {
    /// UTC.
    pub const UTC: Self = Self(jiff::tz::TimeZone::UTC);

    /// The first moment of a day, which is not midnight where clocks skip it.
    pub fn start_of(&self, day: Day) -> Timestamp {
        let begins = day.date().to_zoned(self.0.clone());
        begins.map_or_else(
            |_| day.start(),
            |begins| Timestamp::from_microseconds(begins.timestamp().as_microsecond()),
        )
    }

    /// The day that a time is on.
    pub fn day_of(&self, time: Timestamp) -> Day {
        jiff::Timestamp::from_microsecond(time.microseconds()).map_or_else(
            |_| time.day(),
            |time| Day::of_date(self.0.to_datetime(time).date()),
        )
    }

    /// RFC 3339 with the zone's offset at that time: `2026-05-01T14:00:00+02:00`.
    pub fn shown(&self, time: Timestamp) -> String {
        jiff::Timestamp::from_microsecond(time.microseconds()).map_or_else(
            |_| time.to_string(),
            |at| at.display_with_offset(self.0.to_offset(at)).to_string(),
        )
    }

    /// The first moment of the hour that a quarter is in, by the clock of the place.
    fn hour_of(&self, quarter: Quarter) -> Timestamp {
        let start = quarter.start();
        let past = jiff::Timestamp::from_microsecond(start.microseconds()).map_or(0, |at| {
            let time = self.0.to_datetime(at);
            i64::from(time.minute()) * 60 + i64::from(time.second())
        });
        start.plus_microseconds(past * -1_000_000)
    }
}

/// Its name in the IANA database, such as `Europe/Berlin`.
impl FromStr for Zone {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        jiff::tz::TimeZone::get(name)
            .map(Self)
            .map_err(|_| "is no time zone of the IANA database, such as Europe/Berlin".to_owned())
    }
}

impl Interval {
    /// Every interval.
    pub const ALL: [Self; 4] = [Self::Hour, Self::Day, Self::Week, Self::Month];

    /// The name in files, options and answers.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Hour => "hour",
            Self::Day => "day",
            Self::Week => "week",
            Self::Month => "month",
        }
    }

    /// The first day of the interval that a day is in.
    #[must_use]
    pub fn start(self, day: Day) -> Day {
        match self {
            Self::Hour | Self::Day => day,
            // Day 0 is a Thursday.
            Self::Week => Day(day.0 - (day.0 + 3).rem_euclid(7)),
            Self::Month => Day(day.0 + 1 - day.of_month()),
        }
    }

    /// The first day of the next one.
    fn next(self, start: Day) -> Day {
        match self {
            Self::Hour | Self::Day => Day(start.0 + 1),
            Self::Week => Day(start.0 + 7),
            // No month has more than 31 days, and none fewer than 28.
            Self::Month => self.start(Day(start.0 + 31)),
        }
    }

    /// The stretches of a zone's time between two quarters, in order; none if they are more than `most`.
    pub fn stretches(
        self,
        zone: &Zone,
        (first, end): (Quarter, Quarter),
        most: usize,
    ) -> Option<Vec<Stretch>> {
        let hours = usize::try_from((end.0 - first.0) / 4).unwrap_or(0);
        match self {
            Self::Hour if hours > most => None,
            Self::Hour => Some(hours_between(zone, first, end)),
            Self::Day | Self::Week | Self::Month => self.days_between(zone, first, end, most),
        }
        .filter(|stretches| stretches.len() <= most)
    }

    fn days_between(
        self,
        zone: &Zone,
        first: Quarter,
        end: Quarter,
        most: usize,
    ) -> Option<Vec<Stretch>> {
        let mut stretches = Vec::new();
        let mut day = self.start(zone.day_of(first.start()));
        let mut since = zone.start_of(day);
        while Quarter::of(since) < end {
            if stretches.len() > most {
                return None;
            }
            let next = self.next(day);
            let next_since = zone.start_of(next);
            let (from, until) = (
                Quarter::of(since).max(first),
                Quarter::of(next_since).min(end),
            );
            // A zone may skip a whole day.
            if from < until {
                stretches.push(Stretch {
                    since,
                    first: from,
                    end: until,
                });
            }
            (day, since) = (next, next_since);
        }
        Some(stretches)
    }
}

/// Quarter by quarter, for clocks may be put on or back at any of them.
fn hours_between(zone: &Zone, first: Quarter, end: Quarter) -> Vec<Stretch> {
    let mut stretches: Vec<Stretch> = Vec::new();
    for quarter in (first.0..end.0).map(Quarter) {
        let since = zone.hour_of(quarter);
        match stretches.last_mut() {
            Some(last) if last.since == since => last.end = Quarter(quarter.0 + 1),
            _ => stretches.push(Stretch {
                since,
                first: quarter,
                end: Quarter(quarter.0 + 1),
            }),
        }
    }
    stretches
}

impl FromStr for Interval {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        Self::ALL
            .into_iter()
            .find(|interval| interval.name() == name)
            .ok_or_else(|| format!("\"{name}\" is none of hour, day, week, month"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn zone(name: &str) -> Zone {
        name.parse().unwrap()
    }

    fn quarter(text: &str) -> Quarter {
        Quarter::of(text.parse().unwrap())
    }

    /// The stretches between two times, as the zone shows their beginning, with how many quarters of them are asked for.
    fn between(name: &str, interval: Interval, since: &str, until: &str) -> Vec<(String, i32)> {
        let zone = zone(name);
        let range = (quarter(since), quarter(until));
        let stretches = interval.stretches(&zone, range, 10_000).unwrap();
        let shown = |one: &Stretch| (zone.shown(one.since), one.end.0 - one.first.0);
        stretches.iter().map(shown).collect()
    }

    #[test]
    fn weeks_begin_on_monday_and_months_on_their_first_day() {
        let day = |text: &str| text.parse::<Day>().unwrap();
        for (interval, within, start) in [
            (Interval::Week, "2026-05-03", "2026-04-27"),
            (Interval::Week, "2026-05-04", "2026-05-04"),
            (Interval::Week, "1969-12-31", "1969-12-29"),
            (Interval::Month, "2024-02-29", "2024-02-01"),
            (Interval::Month, "0001-01-01", "0001-01-01"),
            (Interval::Day, "2026-05-03", "2026-05-03"),
        ] {
            assert_eq!(interval.start(day(within)), day(start), "{within}");
        }
    }

    #[test]
    fn a_day_has_23_hours_when_clocks_go_on_and_25_when_they_go_back() {
        let spring = between(
            "Europe/Berlin",
            Interval::Day,
            "2026-03-27T23:00:00Z",
            "2026-03-30T22:00:00Z",
        );
        let expected = [
            ("2026-03-28T00:00:00+01:00", 96),
            ("2026-03-29T00:00:00+01:00", 92),
            ("2026-03-30T00:00:00+02:00", 96),
        ];
        assert_eq!(
            spring,
            expected.map(|(since, length)| (since.to_owned(), length))
        );
        let autumn = between(
            "Europe/Berlin",
            Interval::Day,
            "2026-10-24T22:00:00Z",
            "2026-10-25T23:00:00Z",
        );
        assert_eq!(autumn, [("2026-10-25T00:00:00+02:00".to_owned(), 100)]);
    }

    #[test]
    fn the_hour_that_comes_twice_is_two_hours() {
        let hours = between(
            "Europe/Berlin",
            Interval::Hour,
            "2026-10-25T00:00:00Z",
            "2026-10-25T02:00:00Z",
        );
        let expected = ["2026-10-25T02:00:00+02:00", "2026-10-25T02:00:00+01:00"];
        assert_eq!(hours, expected.map(|since| (since.to_owned(), 4)));
    }

    #[test]
    fn hours_are_those_of_the_clock_of_the_place() {
        let hours = between(
            "Asia/Kathmandu",
            Interval::Hour,
            "2026-05-01T00:00:00Z",
            "2026-05-01T01:00:00Z",
        );
        let expected = [
            ("2026-05-01T05:00:00+05:45", 1),
            ("2026-05-01T06:00:00+05:45", 3),
        ];
        assert_eq!(
            hours,
            expected.map(|(since, length)| (since.to_owned(), length))
        );
    }

    #[test]
    fn a_day_begins_at_its_first_moment_where_midnight_is_skipped() {
        let cairo = zone("Africa/Cairo");
        let begins = cairo.start_of("2026-04-24".parse().unwrap());
        assert_eq!(cairo.shown(begins), "2026-04-24T01:00:00+03:00");
        assert_eq!(cairo.day_of(begins).to_string(), "2026-04-24");
    }

    #[test]
    fn a_day_that_a_zone_skipped_is_no_stretch() {
        let days = between(
            "Pacific/Apia",
            Interval::Day,
            "2011-12-29T10:00:00Z",
            "2011-12-31T10:00:00Z",
        );
        let expected = ["2011-12-29T00:00:00-10:00", "2011-12-31T00:00:00+14:00"];
        assert_eq!(days, expected.map(|since| (since.to_owned(), 96)));
    }

    #[test]
    fn a_week_that_began_before_is_told_by_its_first_day() {
        let weeks = between(
            "UTC",
            Interval::Week,
            "2026-04-29T00:00:00Z",
            "2026-05-05T00:00:00Z",
        );
        let expected = [
            ("2026-04-27T00:00:00+00:00", 5 * 96),
            ("2026-05-04T00:00:00+00:00", 96),
        ];
        assert_eq!(
            weeks,
            expected.map(|(since, length)| (since.to_owned(), length))
        );
    }

    #[test]
    fn more_stretches_than_are_allowed_are_none() {
        let range = (Quarter(0), Quarter(96 * 20));
        for (interval, most) in [(Interval::Hour, 479), (Interval::Day, 19)] {
            assert_eq!(interval.stretches(&Zone::UTC, range, most), None);
            assert!(interval.stretches(&Zone::UTC, range, most + 1).is_some());
        }
    }

    #[test]
    fn what_is_no_zone_is_refused() {
        for name in ["", "Europe/Bergen-op-Zoom", "../../etc/passwd", "CEST"] {
            assert!(name.parse::<Zone>().is_err(), "{name}");
        }
    }
}
