//! Which room may use what: the table of ARCHITECTURE.md, and what finds a breach of it.

use crate::source::Source;

/// A room, the rooms that it may use beside itself, and other crates that it must not use.
///
/// The command line and `main.rs` set everything up; SQL alone is not their business.
const ROOMS: &str = "
    domain   | error                                    | @web @data clap config getrandom metrics serde serde_json tokio tracing
    error    |                                          | @web @data clap serde tokio
    limits   |                                          | @web @data clap serde tokio
    clock    | domain                                   | @web @data clap serde tokio
    config   | app clock domain error limits            | @web @data
    store    | clock domain error limits                | @web clap reqwest
    app      | clock config domain error limits store   | @web @data clap
    dialects | app domain error limits upstream         | @data clap reqwest
    upstream | app clock domain error limits            | @data clap reqwest
    http     | app clock config dialects error limits ui upstream | @data clap reqwest
    worker   | app clock config dialects domain error limits upstream | @web @data clap
    ui       | dialects error                           | @data clap reqwest
    cli      | app clock config dialects domain error http limits store ui upstream worker | @data
";

/// What dialects share.
const SHARED: [&str; 4] = ["answer", "events", "import", "mirror"];

const WEB: &[&str] = &[
    "axum",
    "hyper",
    "hyper_util",
    "http_body_util",
    "tower",
    "tower_http",
    "utoipa",
    "utoipa_axum",
    "utoipa_swagger_ui",
];

const DATA: &[&str] = &[
    "rusqlite",
    "tokio_postgres",
    "tokio_postgres_rustls",
    "deadpool_postgres",
    "refinery",
];

struct Room {
    uses: Vec<&'static str>,
    never: Vec<&'static str>,
}

/// Whether `src/` has a room of this name by the table.
pub fn is_room(name: &str) -> bool {
    room(name).is_some()
}

fn room(name: &str) -> Option<Room> {
    ROOMS.lines().find_map(|line| {
        let mut columns = line.split('|').map(str::trim);
        let is_it = columns.next() == Some(name) && !name.is_empty();
        let uses = columns.next()?.split_whitespace().collect();
        let never = columns.next()?.split_whitespace().flat_map(crates);
        is_it.then(|| Room {
            uses,
            never: never.collect(),
        })
    })
}

fn crates(name: &'static str) -> Vec<&'static str> {
    match name {
        "@web" => WEB.to_vec(),
        "@data" => DATA.to_vec(),
        name => vec![name],
    }
}

/// What a file of `src/` uses and must not.
pub fn breaches(source: &Source) -> Vec<String> {
    let module = source.module();
    let name = module.first().copied().unwrap_or("cli");
    let Some(room) = room(name) else {
        return vec![format!(
            "{}: `{name}` is not in the table of rooms",
            source.path
        )];
    };
    let mut breaches = Vec::new();
    for path in source.own_paths() {
        let used = path.first().map_or("", String::as_str);
        if is_room(used) && used != name && !room.uses.contains(&used) {
            breaches.push(format!("{}: uses {}", source.path, path.join("::")));
        }
        if let Some(other) = another_dialect(&module, &path) {
            breaches.push(format!("{}: uses the dialect {other}", source.path));
        }
    }
    let first = source.first_segments();
    let foreign = first
        .iter()
        .filter(|name| room.never.contains(&name.as_str()));
    breaches.extend(foreign.map(|name| format!("{}: uses the crate {name}", source.path)));
    if name != "store" {
        let queries = source.texts.iter().filter(|text| is_sql(text));
        breaches.extend(queries.map(|text| format!("{}: holds SQL: {text}", source.path)));
    }
    breaches
}

/// Dialects know what they share, and not each other.
fn another_dialect<'path>(module: &[&str], path: &'path [String]) -> Option<&'path str> {
    let [room, own, ..] = module else { return None };
    let [used_room, used, ..] = path else {
        return None;
    };
    let shared =
        used == own || SHARED.contains(&used.as_str()) || !used.starts_with(char::is_lowercase);
    (*room == "dialects" && used_room == "dialects" && !shared && path.len() > 2)
        .then_some(used.as_str())
}

/// Whether a text is a statement of SQL rather than a sentence of English.
fn is_sql(text: &str) -> bool {
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let has = |word: &str| text.contains(word);
    let unmistakable = [
        "insert into ",
        "insert or ",
        "delete from ",
        "create table ",
        "create index ",
        "alter table ",
        "drop table ",
        "pragma ",
        "begin immediate",
    ];
    let lower = text.to_ascii_lowercase();
    unmistakable.iter().any(|word| lower.contains(word))
        || (has("SELECT ") && (has(" FROM ") || lower.starts_with("select ")))
        || (has("UPDATE ") && has(" SET "))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(path: &str, code: &str) -> Vec<String> {
        breaches(&Source::read(path, code))
    }

    #[test]
    fn a_room_that_may_not_be_used_is_found() {
        let domain = "src/domain/vote/decide.rs";
        assert_eq!(found(domain, "use crate::error::Error;"), [""; 0]);
        for code in [
            "use crate::store::Page;",
            "use crate::{error::Error, store};",
            "use crate::{\n    error::{Error, Result},\n    store::{self, Page},\n};",
            "fn f() { crate::store::open() }",
            "use super::super::super::store::Page;",
        ] {
            assert!(!found(domain, code).is_empty(), "{code}");
        }
        assert_eq!(found("src/http/mod.rs", "use crate::store::Page;").len(), 1);
        assert_eq!(
            found("src/cli/serve.rs", "use crate::store::Page;"),
            [""; 0]
        );
    }

    #[test]
    fn a_crate_that_must_not_be_used_is_found() {
        for (path, code) in [
            ("src/domain/project.rs", "use serde::Serialize;"),
            ("src/domain/project.rs", "fn f() { tokio::spawn(f()) }"),
            ("src/app/keys.rs", "use axum::{Json, Router};"),
            ("src/dialects/dify/handlers.rs", "use rusqlite::Connection;"),
            ("src/store/query.rs", "use axum;"),
        ] {
            assert_eq!(found(path, code).len(), 1, "{path}: {code}");
        }
    }

    #[test]
    fn another_dialect_is_found() {
        let path = "src/dialects/dify/convert.rs";
        assert_eq!(found(path, "use crate::dialects::native::wire;").len(), 1);
        assert_eq!(found(path, "use super::super::native::wire;").len(), 1);
        assert_eq!(found(path, "use crate::dialects::answer::json;"), [""; 0]);
        assert_eq!(found(path, "use super::wire::Vote;"), [""; 0]);
    }

    #[test]
    fn sql_outside_of_the_store_is_found() {
        let query = r#"const Q: &str = "SELECT id\n FROM feedback";"#;
        assert_eq!(found("src/app/keys.rs", query).len(), 1);
        assert_eq!(found("src/cli/doctor.rs", r#"f("pragma x");"#).len(), 1);
        assert_eq!(found("src/store/sqlite/writer.rs", query), [""; 0]);
        let sentence = r#"f("select a project from the list");"#;
        assert_eq!(found("src/cli/doctor.rs", sentence), [""; 0]);
    }

    #[test]
    fn comments_texts_and_tests_use_nothing() {
        let code = "// crate::store\n/* crate::store */\n/// [`crate::store`]\nfn f() { g(\"crate::store::x\") }\n\
                    #[cfg(test)]\nmod tests {\n    use crate::store::Page;\n}\n";
        assert_eq!(found("src/domain/project.rs", code), [""; 0]);
    }

    #[test]
    fn a_room_that_nobody_wrote_down_is_found() {
        assert_eq!(found("src/billing/mod.rs", "").len(), 1);
    }
}
