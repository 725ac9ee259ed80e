//! The `candor` program.

use std::process::ExitCode;

// Many small allocations on many threads are what a server of small requests does.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    candor::cli::run()
}
