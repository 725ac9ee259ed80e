//! CPU time of a PostgreSQL: of its first process' children, and of those that have ended.

use std::fs;
use std::time::Duration;

/// Linux counts CPU time for programs in hundredths of a second.
const TICK: Duration = Duration::from_millis(10);

/// What is waited for at most until the database is at rest.
const WINDOWS: usize = 15;

/// Numbers of a `stat` file behind the name.
fn numbers(pid: &str) -> Option<Vec<u64>> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // The name stands in parentheses and may hold spaces; the state behind it is a letter.
    let behind = stat.rsplit(')').next()?;
    let fields = behind.split_whitespace().skip(1);
    Some(fields.map(|field| field.parse().unwrap_or(0)).collect())
}

/// CPU time of the server whose first process this is, since it began.
pub fn database(pid: u32) -> Duration {
    let sum = |numbers: &[u64], places: &[usize]| -> u64 {
        places.iter().filter_map(|place| numbers.get(*place)).sum()
    };
    // Its own time, and that of children that it has seen end.
    let own = numbers(&pid.to_string()).unwrap_or_default();
    let mut ticks = sum(&own, &[10, 11, 12, 13]);
    for entry in fs::read_dir("/proc").expect("/proc").flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        if !name.starts_with(|letter: char| letter.is_ascii_digit()) {
            continue;
        }
        if let Some(child) = numbers(&name).filter(|child| child.first() == Some(&u64::from(pid))) {
            ticks += sum(&child, &[10, 11]);
        }
    }
    TICK * u32::try_from(ticks).unwrap_or(u32::MAX)
}

/// Waits until it does next to nothing, or for some seconds.
pub fn wait_until_quiet(pid: u32) {
    for _ in 0..WINDOWS {
        let before = database(pid);
        std::thread::sleep(Duration::from_millis(200));
        if database(pid).saturating_sub(before) <= TICK {
            return;
        }
    }
}
