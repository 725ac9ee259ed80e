//! Reads the source and holds what ARCHITECTURE.md promises: which room uses what, how long files are, that dialects have
//! the same files, and that documents name what is there.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    missing_docs,
    unreachable_pub,
    reason = "a test crate: it fails loudly and nobody reads its documentation"
)]

#[path = "architecture/documents.rs"]
mod documents;
#[path = "architecture/rooms.rs"]
mod rooms;
#[path = "architecture/source.rs"]
mod source;

use source::Source;
use std::fs;
use std::path::{Path, PathBuf};

/// A file that is longer is split.
const LINES: usize = 500;

/// What every dialect's folder has, as a file `NAME.rs` or a folder `NAME/`.
const DIALECT_PARTS: &[&str] = &["wire", "convert", "handlers", "auth", "error"];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Every file below a folder of the root whose name ends so, by its path from the root.
fn files(folder: &str, ending: &str) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(root().join(folder)) else {
        return Vec::new();
    };
    let mut found = Vec::new();
    for entry in entries {
        let path = Path::new(folder).join(entry.unwrap().file_name());
        let name = path.to_str().unwrap();
        if root().join(&path).is_dir() {
            found.extend(files(name, ending));
        } else if name.ends_with(ending) {
            found.push(path);
        }
    }
    found.sort();
    found
}

fn sources(folder: &str) -> Vec<Source> {
    let read = |path: PathBuf| {
        let text = fs::read_to_string(root().join(&path)).unwrap();
        Source::read(path.to_str().unwrap(), &text)
    };
    files(folder, ".rs").into_iter().map(read).collect()
}

fn assert_none(breaches: &[String]) {
    assert!(breaches.is_empty(), "\n{}\n", breaches.join("\n"));
}

#[test]
fn rooms_use_what_they_may() {
    let sources = sources("src");
    assert!(sources.len() > 30, "the source is read");
    let breaches: Vec<_> = sources.iter().flat_map(rooms::breaches).collect();
    assert_none(&breaches);
}

#[test]
fn files_can_be_read_in_one_sitting() {
    let long: Vec<_> = ["src", "tests", "benches"]
        .into_iter()
        .flat_map(sources)
        .filter(|source| source.lines > LINES)
        .map(|source| format!("{} has {} lines", source.path, source.lines))
        .collect();
    assert_none(&long);
}

/// Rows that are passed over are read all the same: lists go on from a place instead.
#[test]
fn no_list_passes_over_rows_by_their_number() {
    let passing: Vec<_> = files("src/store", ".rs")
        .into_iter()
        .filter(|path| {
            fs::read_to_string(root().join(path))
                .unwrap()
                .contains("OFFSET")
        })
        .map(|path| path.display().to_string())
        .collect();
    assert_none(&passing);
}

#[test]
fn dialects_have_the_same_files() {
    let mut absent = Vec::new();
    for entry in fs::read_dir(root().join("src/dialects")).unwrap() {
        let folder = entry.unwrap().path();
        if folder.is_dir() {
            absent.extend(absent_parts(&folder));
        }
    }
    assert_none(&absent);
}

fn absent_parts(dialect: &Path) -> Vec<String> {
    let as_file = |part: &str| dialect.join(format!("{part}.rs")).is_file();
    let as_folder = |part: &str| dialect.join(part).join("mod.rs").is_file();
    let parts = DIALECT_PARTS
        .iter()
        .filter(|part| !as_file(part) && !as_folder(part))
        .map(ToString::to_string);
    let files = ["README.md", "mod.rs"]
        .into_iter()
        .filter(|name| !dialect.join(name).is_file())
        .map(ToOwned::to_owned);
    parts
        .chain(files)
        .map(|part| format!("{} has no {part}", dialect.file_name().unwrap().display()))
        .collect()
}

#[test]
fn documents_name_what_is_there() {
    let makefile = fs::read_to_string(root().join("Makefile")).unwrap();
    let targets = documents::targets(&makefile);
    let mut names: Vec<PathBuf> = fs::read_dir(root())
        .unwrap()
        .map(|entry| PathBuf::from(entry.unwrap().file_name()))
        .filter(|name| name.extension().is_some_and(|ending| ending == "md"))
        .collect();
    for folder in ["docs", "src", "tests", "benches"] {
        names.extend(files(folder, ".md"));
    }
    assert!(names.contains(&PathBuf::from("ARCHITECTURE.md")));
    let mut missing = Vec::new();
    for name in names {
        let text = fs::read_to_string(root().join(&name)).unwrap();
        let folder = root().join(name.parent().unwrap_or(Path::new("")));
        let not_there = documents::missing(root(), &folder, &text, &targets);
        missing.extend(
            not_there
                .into_iter()
                .map(|what| format!("{}: {what}", name.display())),
        );
    }
    assert_none(&missing);
}

#[test]
fn the_map_in_the_crate_names_every_room() {
    let map = fs::read_to_string(root().join("src/lib.rs")).unwrap();
    let documentation: String = map.lines().filter(|line| line.starts_with("//!")).collect();
    let unnamed: Vec<_> = map
        .lines()
        .filter_map(|line| line.strip_prefix("pub mod ")?.strip_suffix(';'))
        .filter(|room| !documentation.contains(&format!("[`{room}`]")))
        .map(|room| format!("src/lib.rs does not say what {room} is"))
        .collect();
    assert_none(&unnamed);
}

#[test]
fn an_incomplete_dialect_is_found() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["README.md", "mod.rs", "wire.rs", "convert.rs", "auth.rs"] {
        fs::write(folder.path().join(name), "").unwrap();
    }
    fs::create_dir(folder.path().join("handlers")).unwrap();
    fs::write(folder.path().join("handlers/mod.rs"), "").unwrap();
    let absent = absent_parts(folder.path());
    assert_eq!(absent.len(), 1);
    assert!(absent[0].ends_with("has no error"), "{absent:?}");
}

#[test]
fn lines_are_counted_without_the_test_module() {
    let long = "fn f() {}\n".repeat(LINES);
    let tested = format!("{long}#[cfg(test)]\nmod tests {{\n    fn g() {{}}\n}}\n");
    assert_eq!(Source::read("src/app/keys.rs", &tested).lines, LINES);
    let text = format!("{long}const TEXT: &str = \"\n#[cfg(test)]\nmod tests {{\n\";\n");
    assert!(Source::read("src/app/keys.rs", &text).lines > LINES);
}
