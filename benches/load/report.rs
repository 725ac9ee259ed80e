//! Writes what was measured into docs/performance.md, between its markers.

use std::fmt::Write as _;
use std::io;
use std::path::Path;
use std::time::Duration;

const BEGIN: &str = "<!-- measured: begin -->";
const END: &str = "<!-- measured: end -->";

/// One round on one server.
#[derive(Clone, Copy, Debug)]
pub struct Round {
    pub votes_per_second: f64,
    /// Microseconds.
    pub p50: f64,
    pub p99: f64,
    pub p999: f64,
    /// Microseconds of CPU time for each vote, what the server did behind its answers included.
    pub cpu: f64,
}

/// The rounds at one number of connections.
#[derive(Debug)]
pub struct Level {
    pub connections: usize,
    pub candor: Vec<Round>,
    pub noop: Vec<Round>,
    /// Candor, with votes by Amazon Q's signed interface.
    pub signed: Vec<Round>,
    /// Candor, asked by that interface what it knows in memory.
    pub signed_question: Vec<Round>,
    /// The same without a signature.
    pub unsigned_question: Vec<Round>,
    /// What is handed on and teaches nothing.
    pub asking: HandedOn,
    /// What is handed on and remembered.
    pub chat: HandedOn,
}

/// The same requests to the same upstream, through Candor and directly.
#[derive(Debug, Default)]
pub struct HandedOn {
    pub through: Vec<Round>,
    pub direct: Vec<Round>,
}

/// What is measured once.
#[derive(Debug)]
pub struct Facts {
    pub machine: String,
    pub votes_behind: u64,
    pub filled_in: Duration,
    pub binary_bytes: u64,
    pub start_empty: Duration,
    pub start_filled: Duration,
    pub resident_idle: u64,
    pub resident_filled: u64,
    pub resident_after: u64,
    pub noop_resident_after: u64,
    pub disk_bytes: u64,
}

/// Puts the tables into the document.
pub fn write(document: &Path, facts: &Facts, levels: &[Level]) -> io::Result<()> {
    let text = std::fs::read_to_string(document)?;
    let no_marker = || io::Error::other(format!("{} has no markers", document.display()));
    let (before, rest) = text.split_once(BEGIN).ok_or_else(no_marker)?;
    let (_, after) = rest.split_once(END).ok_or_else(no_marker)?;
    let tables = tables(facts, levels);
    std::fs::write(document, format!("{before}{BEGIN}\n{tables}{END}{after}"))
}

/// The tables, as Markdown.
pub fn tables(facts: &Facts, levels: &[Level]) -> String {
    let mut text = String::new();
    // Writing into a `String` does not fail.
    let _ = write_votes(&mut text, levels);
    let _ = write_times(&mut text, levels);
    let _ = write_signed(&mut text, levels);
    let _ = write_handed_on(&mut text, levels);
    let _ = write_facts(&mut text, facts);
    text
}

fn write_votes(text: &mut String, levels: &[Level]) -> std::fmt::Result {
    writeln!(
        text,
        "\n| connections | Candor, votes/s | no-op, votes/s | share | Candor, CPU µs a vote | no-op, CPU µs a vote |\n\
         |---:|---:|---:|---:|---:|---:|"
    )?;
    for level in levels {
        let speed = |round: &Round| round.votes_per_second;
        let share = median(&level.candor, speed) / median(&level.noop, speed);
        writeln!(
            text,
            "| {} | {} | {} | {share:.2} | {} | {} |",
            level.connections,
            with_range(&level.candor, speed, 0),
            with_range(&level.noop, speed, 0),
            with_range(&level.candor, |round| round.cpu, 1),
            with_range(&level.noop, |round| round.cpu, 1),
        )?;
    }
    Ok(())
}

fn write_times(text: &mut String, levels: &[Level]) -> std::fmt::Result {
    writeln!(
        text,
        "\n| connections | Candor p50, ms | p99 | p99.9 | no-op p50, ms | p99 | p99.9 |\n\
         |---:|---:|---:|---:|---:|---:|---:|"
    )?;
    for level in levels {
        write!(text, "| {} |", level.connections)?;
        for rounds in [&level.candor, &level.noop] {
            for part in [
                |round: &Round| round.p50,
                |round: &Round| round.p99,
                |round: &Round| round.p999,
            ] {
                write!(
                    text,
                    " {} |",
                    with_range(rounds, |round| part(round) / 1000.0, 2)
                )?;
            }
        }
        writeln!(text)?;
    }
    Ok(())
}

fn write_signed(text: &mut String, levels: &[Level]) -> std::fmt::Result {
    writeln!(
        text,
        "\n| connections | Dify, votes/s | Amazon Q, signed, votes/s | share | Dify, CPU µs a vote | Amazon Q, CPU µs a vote \
         | checking a signature, CPU µs |\n|---:|---:|---:|---:|---:|---:|---:|"
    )?;
    for level in levels {
        let speed = |round: &Round| round.votes_per_second;
        let cpu = |round: &Round| round.cpu;
        let share = median(&level.signed, speed) / median(&level.candor, speed);
        let checking = median(&level.signed_question, cpu) - median(&level.unsigned_question, cpu);
        writeln!(
            text,
            "| {} | {} | {} | {share:.2} | {} | {} | {checking:.1} |",
            level.connections,
            with_range(&level.candor, speed, 0),
            with_range(&level.signed, speed, 0),
            with_range(&level.candor, cpu, 1),
            with_range(&level.signed, cpu, 1),
        )?;
    }
    Ok(())
}

/// What of a level is told.
type Kind = fn(&Level) -> &HandedOn;

fn write_handed_on(text: &mut String, levels: &[Level]) -> std::fmt::Result {
    writeln!(
        text,
        "\n| handed on | connections | through Candor, requests/s | directly, requests/s | through p50, ms | directly \
         | **added p50** | through p99, ms | directly | **added p99** | Candor, CPU µs a request |\n\
         |---|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|"
    )?;
    let kinds: [(&str, Kind); 2] = [
        ("nothing learnt", |level| &level.asking),
        ("remembered", |level| &level.chat),
    ];
    for (name, kind) in kinds {
        for level in levels {
            let HandedOn { through, direct } = kind(level);
            let speed = |round: &Round| round.votes_per_second;
            write!(
                text,
                "| {name} | {} | {} | {} |",
                level.connections,
                with_range(through, speed, 0),
                with_range(direct, speed, 0)
            )?;
            for part in [|round: &Round| round.p50, |round: &Round| round.p99] {
                let milliseconds = |round: &Round| part(round) / 1000.0;
                let added = median(through, milliseconds) - median(direct, milliseconds);
                write!(
                    text,
                    " {} | {} | **{added:.2}** |",
                    with_range(through, milliseconds, 2),
                    with_range(direct, milliseconds, 2)
                )?;
            }
            writeln!(text, " {} |", with_range(through, |round| round.cpu, 1))?;
        }
    }
    Ok(())
}

fn write_facts(text: &mut String, facts: &Facts) -> std::fmt::Result {
    let mebibytes = |bytes: u64| format!("{:.1} MiB", number(bytes) / 1_048_576.0);
    let milliseconds = |time: Duration| format!("{:.0} ms", time.as_secs_f64() * 1000.0);
    let behind = facts.votes_behind;
    let rows = [
        ("machine", facts.machine.clone()),
        ("votes stored before the first round", behind.to_string()),
        (
            "stored at, over 256 connections",
            format!(
                "{:.0} votes/s",
                number(behind) / facts.filled_in.as_secs_f64()
            ),
        ),
        (
            "on disk then",
            format!(
                "{}, {:.0} bytes a vote",
                mebibytes(facts.disk_bytes),
                number(facts.disk_bytes) / number(behind)
            ),
        ),
        ("binary", mebibytes(facts.binary_bytes)),
        (
            "start to first answer, no votes",
            milliseconds(facts.start_empty),
        ),
        (
            "start to first answer, with those votes",
            milliseconds(facts.start_filled),
        ),
        ("memory, just started", mebibytes(facts.resident_idle)),
        (
            "memory, started with those votes",
            mebibytes(facts.resident_filled),
        ),
        ("memory, after all rounds", mebibytes(facts.resident_after)),
        (
            "memory of the no-op, after all rounds",
            mebibytes(facts.noop_resident_after),
        ),
    ];
    writeln!(text, "\n| | |\n|---|---|")?;
    for (name, value) in rows {
        writeln!(text, "| {name} | {value} |")?;
    }
    Ok(())
}

fn with_range(rounds: &[Round], part: impl Fn(&Round) -> f64, digits: usize) -> String {
    let values = sorted(rounds, &part);
    match (values.first(), values.last()) {
        (Some(least), Some(most)) => {
            let median = median(rounds, part);
            format!("{median:.digits$} ({least:.digits$}–{most:.digits$})")
        }
        _ => "–".to_owned(),
    }
}

fn median(rounds: &[Round], part: impl Fn(&Round) -> f64) -> f64 {
    let values = sorted(rounds, part);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}

fn sorted(rounds: &[Round], part: impl Fn(&Round) -> f64) -> Vec<f64> {
    let mut values: Vec<f64> = rounds.iter().map(part).collect();
    values.sort_by(f64::total_cmp);
    values
}

/// Sizes and counts here are far below 2⁵².
#[expect(clippy::cast_precision_loss, reason = "stated above")]
pub fn number(count: u64) -> f64 {
    count as f64
}
