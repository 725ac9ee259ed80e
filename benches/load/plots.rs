//! The plots of docs/performance.md.

use crate::chart::{Chart, Scale};
use crate::results::{Level, Results, Steady, SteadyRound};
use crate::rounds::{Round, median, number, spread};
use crate::steady::Point;

/// File names and what the plots show.
pub const SPEED: (&str, &str) = ("speed", "Votes a second against connections");
pub const LATENCY: (&str, &str) = ("latency", "How long answers take against connections");
pub const COST: (&str, &str) = ("cost", "CPU time of a vote, by who uses it");
pub const COURSE: (&str, &str) = (
    "course",
    "The longest answers in the course of a steady load",
);

/// The rounds of a side.
type Of = fn(&Level) -> &[Round];
/// What of a round is drawn.
type Part = fn(&Round) -> f64;

/// Those that these results have something for.
pub fn all(results: &Results) -> Vec<(&'static str, String)> {
    let mut plots = Vec::new();
    if !results.levels.is_empty() {
        plots.push((SPEED.0, speed(&results.levels)));
        plots.push((LATENCY.0, latency(&results.levels)));
        plots.push((COST.0, cost(&results.levels)));
    }
    if let Some(steady) = results.steady.first() {
        plots.push((COURSE.0, course(steady)));
    }
    plots
}

/// Where the level of a number stands, with room at both ends.
fn across(place: usize, of: usize) -> f64 {
    let [place, of] = [place, of].map(|count| number(u64::try_from(count).unwrap_or(0)));
    (place + 0.5) / of.max(1.0)
}

fn name_levels(chart: &mut Chart, levels: &[Level]) {
    for (place, level) in levels.iter().enumerate() {
        chart.below(across(place, levels.len()), &level.connections.to_string());
    }
}

fn speed(levels: &[Level]) -> String {
    let part = |round: &Round| round.votes_per_second;
    let sides: [(&str, Of); 3] = [
        ("Candor", |level| &level.candor),
        ("no-op", |level| &level.noop),
        ("bare SQLite", |level| &level.bare),
    ];
    let all = levels
        .iter()
        .flat_map(|level| sides.map(|(_, of)| spread(of(level), part)[2]));
    let mut chart = Chart::new(
        SPEED.1,
        "connections",
        "votes a second",
        Scale::logarithmic(all),
    );
    name_levels(&mut chart, levels);
    for (colour, (name, of)) in sides.iter().enumerate() {
        chart.key(name, colour, "");
        let points: Vec<(f64, f64)> = levels
            .iter()
            .enumerate()
            .map(|(place, level)| (across(place, levels.len()), median(of(level), part)))
            .collect();
        chart.curve(&points, colour, "");
        for (place, level) in levels.iter().enumerate() {
            chart.range(across(place, levels.len()), spread(of(level), part), colour);
        }
    }
    chart.finished()
}

fn latency(levels: &[Level]) -> String {
    let parts: [(&str, Part); 3] = [
        ("p50", |round| round.p50 / 1000.0),
        ("p99", |round| round.p99 / 1000.0),
        ("p99.9", |round| round.p999 / 1000.0),
    ];
    let all = levels.iter().flat_map(|level| {
        parts.iter().flat_map(move |(_, part)| {
            [&level.candor, &level.noop].map(|rounds| median(rounds, part))
        })
    });
    let scale = Scale::logarithmic(all);
    let mut chart = Chart::new(LATENCY.1, "connections", "milliseconds", scale);
    name_levels(&mut chart, levels);
    for (colour, (name, part)) in parts.iter().enumerate() {
        for (server, class) in [("Candor", ""), ("no-op", "dashed")] {
            let points: Vec<(f64, f64)> = levels
                .iter()
                .enumerate()
                .map(|(place, level)| {
                    let rounds = if server == "Candor" {
                        &level.candor
                    } else {
                        &level.noop
                    };
                    (across(place, levels.len()), median(rounds, part))
                })
                .collect();
            chart.key(&format!("{server} {name}"), colour, class);
            chart.curve(&points, colour, class);
        }
    }
    chart.finished()
}

fn cost(levels: &[Level]) -> String {
    let all = levels.iter().flat_map(|level| {
        [&level.candor, &level.noop, &level.bare].map(|rounds| median(rounds, Round::cpu))
    });
    let scale = Scale::linear(all);
    let title = "CPU time of a vote: Candor, the no-op and bare SQLite";
    let mut chart = Chart::new(title, "connections", "microseconds", scale);
    name_levels(&mut chart, levels);
    for (colour, name) in ["HTTP and rules", "kernel", "store"].iter().enumerate() {
        chart.key(name, colour, "");
    }
    let width = 0.44 * across(0, levels.len());
    for (place, level) in levels.iter().enumerate() {
        let middle = across(place, levels.len());
        let sides = [
            ("Candor", &level.candor),
            ("no-op", &level.noop),
            ("bare", &level.bare),
        ];
        for (side, offset) in sides.iter().zip([-1.15, 0.0, 1.15]) {
            let (name, rounds) = side;
            let parts = [
                (median(rounds, |round| round.http), 0),
                (median(rounds, |round| round.kernel), 1),
                (median(rounds, |round| round.store), 2),
            ];
            chart.bar(middle + offset * width, width, &parts, name);
        }
    }
    chart.finished()
}

/// Both sides in the order in which they were loaded.
fn course(steady: &Steady) -> String {
    let Steady { name, candor, noop } = steady;
    let length =
        |rounds: &[SteadyRound]| rounds.iter().map(|round| round.pace.seconds).sum::<u64>();
    let seconds = length(candor) + length(noop);
    let all = candor.iter().chain(noop);
    let all = all.flat_map(|round| &round.course);
    let scale = Scale::logarithmic(all.flat_map(|point| [point.most, point.p99]));
    let title = format!("{name}: the longest answers, and p99");
    let mut chart = Chart::new(&title, "seconds", "milliseconds", scale);
    for part in 0..=5 {
        let place = number(part) / 5.0;
        chart.below(place, &format!("{:.0}", place * number(seconds)));
    }
    for (colour, what, class) in KEYS {
        chart.key(what, colour, class);
    }
    let mut began = 0.0;
    for (round, colour) in in_turn(candor, noop) {
        let length = number(round.pace.seconds) / number(seconds.max(1));
        let parts: [fn(&Point) -> f64; 2] = [|point| point.most, |point| point.p99];
        for (part, class) in parts.into_iter().zip(["thin", ""]) {
            let points = round.course.iter().enumerate();
            let curve: Vec<(f64, f64)> = points
                .map(|(place, point)| {
                    (
                        began + length * across(place, round.course.len()),
                        part(point),
                    )
                })
                .filter(|(_, value)| *value > 0.0)
                .collect();
            chart.curve(&curve, colour + usize::from(class.is_empty()), class);
        }
        began += length;
    }
    chart.finished()
}

/// Colour, name and class of the curves of a course.
const KEYS: [(usize, &str, &str); 4] = [
    (0, "Candor, the longest", "thin"),
    (1, "Candor p99", ""),
    (2, "no-op, the longest", "thin"),
    (3, "no-op p99", ""),
];

/// Rounds of Candor and of the no-op, one after the other, each with its first colour.
fn in_turn<'rounds>(
    candor: &'rounds [SteadyRound],
    noop: &'rounds [SteadyRound],
) -> impl Iterator<Item = (&'rounds SteadyRound, usize)> {
    let pairs = candor.iter().zip(noop);
    pairs.flat_map(|(candor, noop)| [(candor, 0), (noop, 2)])
}
