//! Lets system calls of a running server fail, by strace: beneath SQLite, with nothing of the server made for it.

use crate::support::Server;
use crate::support::load::wait_until;
use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};

/// Calls fail for as long as this lives.
#[derive(Debug)]
pub struct Injector(Child);

impl Injector {
    /// `calls` fail as `what` says, such as `error=EIO` or `error=ENOSPC:when=3+`; see `strace --inject`.
    pub fn attach(server: &Server, calls: &str, what: &str) -> Self {
        let mut strace = Command::new("strace")
            .args(["-f", "-o", "/dev/null"])
            .args(["-e", &format!("trace={calls}")])
            .args(["-e", &format!("inject={calls}:{what}")])
            .args(["-p", &server.pid().to_string()])
            .stderr(Stdio::piped())
            .spawn()
            .expect("strace is there (Debian: apt-get install strace)");
        let mut lines = BufReader::new(strace.stderr.take().unwrap());
        let mut line = String::new();
        lines.read_line(&mut line).unwrap();
        assert!(
            line.contains("attached"),
            "strace cannot attach; /proc/sys/kernel/yama/ptrace_scope must be 0: {line}"
        );
        // Goes on reading, so that it never waits for us.
        std::thread::spawn(move || std::io::copy(&mut lines, &mut std::io::sink()));
        let pid = server.pid();
        wait_until("every thread is attached", || every_thread_is_traced(pid));
        Self(strace)
    }
}

impl Drop for Injector {
    fn drop(&mut self) {
        // Asked to end, it lets go of the server.
        let _ = Command::new("kill").arg(self.0.id().to_string()).status();
        let _ = self.0.wait();
    }
}

fn every_thread_is_traced(pid: u32) -> bool {
    let threads = std::fs::read_dir(format!("/proc/{pid}/task")).unwrap();
    threads.flatten().all(|thread| {
        // A thread may end meanwhile.
        let status = std::fs::read_to_string(thread.path().join("status")).unwrap_or_default();
        !status.contains("TracerPid:\t0\n")
    })
}
