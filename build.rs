//! Has a release be built anew when the dashboard was: its files are embedded. A debug build reads them where they are.

fn main() {
    let embeds = std::env::var("PROFILE").is_ok_and(|profile| profile == "release");
    let watched = if embeds { "ui/dist" } else { "build.rs" };
    println!("cargo:rerun-if-changed={watched}");
}
