//! What the system says about a process.

use std::fs;
use std::time::Duration;

/// Linux counts CPU time for programs in hundredths of a second, whatever the kernel's own tick is.
const TICK: Duration = Duration::from_millis(10);

/// CPU time that a process has used so far, its own and the kernel's for it.
pub fn cpu(pid: u32) -> Duration {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    // The second field is the name in parentheses and may hold spaces.
    let fields = stat.rsplit(')').next().unwrap_or("").split_whitespace();
    let ticks: u32 = fields
        .skip(11)
        .take(2)
        .filter_map(|field| field.parse::<u32>().ok())
        .sum();
    TICK * ticks
}

/// Memory in bytes that a process holds.
pub fn resident(pid: u32) -> u64 {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    let kibibytes = status
        .lines()
        .find_map(|line| line.strip_prefix("VmRSS:"))
        .and_then(|rest| rest.split_whitespace().next()?.parse::<u64>().ok());
    kibibytes.unwrap_or(0) * 1024
}

/// Waits until a process does next to nothing, so that what it does behind its answers is counted with them and does not
/// disturb what is measured next.
pub fn wait_until_quiet(pid: u32) {
    const WINDOW: Duration = Duration::from_millis(300);
    for _ in 0..100 {
        let before = cpu(pid);
        std::thread::sleep(WINDOW);
        if cpu(pid).saturating_sub(before) <= TICK {
            return;
        }
    }
}

/// What the processor calls itself, and how many of it there are.
pub fn machine() -> String {
    let info = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let name = info
        .lines()
        .find_map(|line| line.strip_prefix("model name")?.split(": ").nth(1))
        .unwrap_or("an unnamed processor");
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    format!("{cores} cores of {name}")
}
