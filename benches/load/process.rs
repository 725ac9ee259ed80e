//! What the system says about a process.

use std::fs;
use std::path::Path;
use std::time::Duration;

/// Linux counts CPU time for programs in hundredths of a second, whatever the kernel's own tick is.
const TICK: Duration = Duration::from_millis(10);

/// What a process has used since it began, or between two moments.
#[derive(Clone, Copy, Debug, Default)]
pub struct Usage {
    /// User time of the threads that speak HTTP: the runtime's and the first.
    pub http: Duration,
    /// User time of the store's threads, which have names of their own.
    pub store: Duration,
    /// System time of all threads.
    pub kernel: Duration,
    /// Bytes that the process had the system write to a disk.
    pub written: u64,
}

impl Usage {
    /// Until now.
    pub fn of(pid: u32) -> Self {
        let process = Path::new("/proc").join(pid.to_string());
        let [user, kernel] = user_and_kernel(&process.join("stat"));
        let tasks = fs::read_dir(process.join("task")).into_iter().flatten();
        let store: Duration = tasks
            .filter_map(Result::ok)
            .filter(|task| is_of_the_store(&task.path(), pid))
            .map(|task| user_and_kernel(&task.path().join("stat"))[0])
            .sum();
        Self {
            // The process' sum knows threads that have ended, too.
            http: user.saturating_sub(store),
            store,
            kernel,
            written: field(&process.join("io"), "write_bytes:").unwrap_or(0),
        }
    }

    /// By the calling thread alone, whose work is the store's.
    pub fn of_this_thread() -> Self {
        let [store, kernel] = user_and_kernel(Path::new("/proc/thread-self/stat"));
        Self {
            store,
            kernel,
            written: field(Path::new("/proc/thread-self/io"), "write_bytes:").unwrap_or(0),
            ..Self::default()
        }
    }

    /// What was used since an earlier moment.
    pub const fn since(self, before: Self) -> Self {
        Self {
            http: self.http.saturating_sub(before.http),
            store: self.store.saturating_sub(before.store),
            kernel: self.kernel.saturating_sub(before.kernel),
            written: self.written.saturating_sub(before.written),
        }
    }

    /// All CPU time.
    pub fn cpu(self) -> Duration {
        self.http + self.store + self.kernel
    }
}

/// The runtime's threads have its name and the first thread has the program's: what has another name is the store's.
fn is_of_the_store(task: &Path, pid: u32) -> bool {
    let name = fs::read_to_string(task.join("comm")).unwrap_or_default();
    let is_first = task
        .file_name()
        .is_some_and(|id| id == pid.to_string().as_str());
    !is_first && !name.is_empty() && !name.starts_with("tokio")
}

/// User and system time in a `stat` file.
fn user_and_kernel(stat: &Path) -> [Duration; 2] {
    let stat = fs::read_to_string(stat).unwrap_or_default();
    // The second field is the name in parentheses and may hold spaces.
    let mut fields = stat
        .rsplit(')')
        .next()
        .unwrap_or("")
        .split_whitespace()
        .skip(11);
    let mut next = || fields.next().and_then(|ticks| ticks.parse::<u32>().ok());
    [next(), next()].map(|ticks| TICK * ticks.unwrap_or(0))
}

fn field(file: &Path, name: &str) -> Option<u64> {
    let text = fs::read_to_string(file).ok()?;
    let rest = text.lines().find_map(|line| line.strip_prefix(name))?;
    rest.split_whitespace().next()?.parse().ok()
}

/// Memory in bytes that a process holds.
pub fn resident(pid: u32) -> u64 {
    status(pid, "VmRSS:")
}

/// The most memory in bytes that a process has held.
pub fn most_resident(pid: u32) -> u64 {
    status(pid, "VmHWM:")
}

fn status(pid: u32, name: &str) -> u64 {
    let file = format!("/proc/{pid}/status");
    field(Path::new(&file), name).unwrap_or(0) * 1024
}

/// Waits until a process does next to nothing, so that what it does behind its answers is counted with them and does not
/// disturb what is measured next.
pub fn wait_until_quiet(pid: u32) {
    const WINDOW: Duration = Duration::from_millis(200);
    for _ in 0..150 {
        let before = Usage::of(pid).cpu();
        std::thread::sleep(WINDOW);
        if Usage::of(pid).cpu().saturating_sub(before) <= TICK {
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
