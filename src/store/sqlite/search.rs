//! Full-text search over comments.
//!
//! A word stands in the index with its project before it (`12zslow`), so that a small project's search does not go through a
//! large one's comments. The rows of the index are numbered by the second of the vote and then by its row: the index gives
//! the latest first, and a range of time is a range of its rows.
//!
//! Comments are indexed behind the commit, many at once: an index entry costs far more in a small transaction than in a
//! large one. What waits is listed in `search_pending`, in the vote's own transaction, so nothing is forgotten by a crash;
//! and a search first has what waits indexed, so it finds every acknowledged comment.
//!
//! Each transaction of comments adds a part to the index, and parts are merged a few pages at a time, in the same transaction
//! and while the writer is at rest.

use crate::limits;
use crate::store::look::Spot;
use crate::store::words::{is_in_word, is_unspaced, separated};
use rusqlite::{Connection, OptionalExtension as _, params};

/// How many bits of an index row's number are the feedback's row; those above are seconds since 1970.
const ROW_BITS: u32 = 31;

/// What of an index row's number is the feedback's row.
pub(in crate::store) const ROW_MASK: i64 = (1 << ROW_BITS) - 1;

/// The last second that has rows of its own, in the year 2106; what lies outside is put with the first or the last.
const LAST_SECOND: i64 = (1 << (63 - ROW_BITS)) - 1;

/// The row of the index for a feedback of this time, in microseconds.
pub(in crate::store) fn place(at: i64, row: i64) -> i64 {
    (second(at) << ROW_BITS) | (row & ROW_MASK)
}

/// The same as SQL, of `feedback f`.
pub(in crate::store) const PLACE: &str =
    "((max(0, min(f.created_at / 1000000, 4294967295)) << 31) | f.row_id)";

/// The place in a list that a row of the index stands for.
pub(in crate::store) const fn spot(place: i64) -> Spot {
    Spot {
        at: (place >> ROW_BITS) * 1_000_000,
        row: place & ROW_MASK,
    }
}

/// The place in a search of a feedback of this time.
pub(in crate::store) fn spot_of(at: i64, row: i64) -> Spot {
    spot(place(at, row))
}

fn second(at: i64) -> i64 {
    at.div_euclid(1_000_000).clamp(0, LAST_SECOND)
}

/// How many comments wait to be indexed.
pub(in crate::store) fn pending(connection: &Connection) -> rusqlite::Result<usize> {
    connection
        .prepare_cached("SELECT count(*) FROM search_pending")?
        .query_row([], |row| row.get::<_, i64>(0))
        .map(|count| usize::try_from(count).unwrap_or(0))
}

/// The last feedback whose comment waits to be indexed.
pub(in crate::store) fn last_pending(connection: &Connection) -> rusqlite::Result<i64> {
    connection
        .prepare_cached("SELECT coalesce(max(feedback), 0) FROM search_pending")?
        .query_row([], |row| row.get(0))
}

/// Indexes comments that wait, as they are now: as many as [`limits`] allow at a time, those of the
/// oldest feedback first; and merges as much of the index as keeps it from having ever more parts. Returns the first feedback
/// whose comment still waits.
pub(in crate::store) fn index_pending(connection: &Connection) -> rusqlite::Result<Option<i64>> {
    let mut select = connection.prepare_cached(
        "SELECT p.feedback, f.comment, f.created_at, f.project FROM search_pending p
         JOIN feedback f ON f.row_id = p.feedback ORDER BY p.feedback",
    )?;
    let mut waiting = select.query([])?;
    let mut taken: Vec<(i64, i64, Option<String>)> = Vec::new();
    let (mut bytes, mut next) = (0, None);
    while let Some(row) = waiting.next()? {
        if taken.len() >= limits::SEARCH_BATCH || bytes >= limits::SEARCH_BATCH_BYTES {
            next = Some(row.get(0)?);
            break;
        }
        let comment: Option<String> = row.get(1)?;
        bytes += comment.as_ref().map_or(0, String::len);
        let feedback = row.get(0)?;
        let project = row.get(3)?;
        let comment = comment.map(|comment| of_project(project, &comment));
        taken.push((feedback, place(row.get(2)?, feedback), comment));
    }
    drop(waiting);
    let mut remove = connection.prepare_cached("DELETE FROM search WHERE rowid = ?1")?;
    let mut insert =
        connection.prepare_cached("INSERT INTO search (rowid, comment) VALUES (?1, ?2)")?;
    let mut done = connection.prepare_cached("DELETE FROM search_pending WHERE feedback = ?1")?;
    for (feedback, place, comment) in &taken {
        remove.execute([place])?;
        if let Some(comment) = comment {
            insert.execute(params![place, comment])?;
        }
        done.execute([feedback])?;
    }
    let pages = limits::SEARCH_PAGES_MERGED + bytes / limits::SEARCH_BYTES_FOR_MERGED_PAGE;
    merge(connection, pages)?;
    Ok(next)
}

/// Merges parts of the index until so many pages are written. Returns whether there was something to merge.
pub(in crate::store) fn merge(connection: &Connection, pages: usize) -> rusqlite::Result<bool> {
    let before = connection.total_changes();
    connection
        .prepare_cached("INSERT INTO search (search, rank) VALUES ('merge', ?1)")?
        .execute([i64::try_from(pages).unwrap_or(i64::MAX)])?;
    // The statement itself counts as one change: https://sqlite.org/fts5.html#the_merge_command
    Ok(connection.total_changes() - before >= 2)
}

/// The query that finds a project's comments with all the words of `words`. Each word is quoted, so nothing in it is an
/// operator; the last may be the beginning of a word. None if there is no word in it.
pub(in crate::store) fn query(
    connection: &Connection,
    project: i64,
    words: &str,
) -> rusqlite::Result<Option<String>> {
    let words: Vec<&str> = words
        .split_whitespace()
        .filter(|word| word.chars().any(char::is_alphanumeric))
        .collect();
    let Some((last, others)) = words.split_last() else {
        return Ok(None);
    };
    let mut terms: Vec<String> = others
        .iter()
        .map(|word| phrase(&of_project(project, word)))
        .collect();
    terms.push(beginning(connection, project, last)?);
    Ok(Some(terms.join(" AND ")))
}

fn phrase(marked: &str) -> String {
    format!("\"{}\"", marked.replace('"', "\"\""))
}

/// What finds a word or the words that begin so. The engine would collect every comment with one of them before it gives the
/// first, so they are looked up here, and named; where very many begin so, the word itself is meant.
fn beginning(connection: &Connection, project: i64, word: &str) -> rusqlite::Result<String> {
    let marked = of_project(project, word);
    let whole = phrase(&marked);
    let ends_word = |last: char| is_unspaced(last) || !is_in_word(last);
    if word.chars().next_back().is_none_or(ends_word) {
        return Ok(whole);
    }
    if !word.is_ascii() {
        // Only the engine knows how it writes such letters.
        return Ok(format!("{whole}*"));
    }
    let marked = marked.to_ascii_lowercase();
    let begins = marked
        .rfind(|letter: char| !letter.is_ascii_alphanumeric())
        .map_or(0, |place| place + 1);
    let (before, begun) = marked.split_at(begins);
    let mut find =
        connection.prepare_cached("SELECT term FROM search_words WHERE term >= ?1 LIMIT 1")?;
    let mut from = begun.to_owned();
    let mut alternatives = Vec::new();
    loop {
        let found: Option<String> = find.query_row([&from], |row| row.get(0)).optional()?;
        let Some(found) = found.filter(|found| found.starts_with(begun)) else {
            break;
        };
        if alternatives.len() >= limits::SEARCH_COMPLETIONS {
            return Ok(whole);
        }
        alternatives.push(phrase(&format!("{before}{found}")));
        from = format!("{found}\u{1}");
    }
    Ok(match alternatives.len() {
        0 => whole,
        _ => format!("({})", alternatives.join(" OR ")),
    })
}

/// The text as it is indexed: with spaces around characters of scripts without spaces, and the project before each word.
fn of_project(project: i64, text: &str) -> String {
    let text = separated(text);
    let mark = format!("{project}z");
    let mut marked = String::with_capacity(text.len() * 2);
    let mut inside = false;
    for character in text.chars() {
        let in_word = is_in_word(character);
        if in_word && !inside {
            marked.push_str(&mark);
        }
        inside = in_word;
        marked.push(character);
    }
    marked
}

#[cfg(test)]
mod tests {
    use super::*;

    fn database() -> Connection {
        let mut connection = Connection::open_in_memory().unwrap();
        crate::store::sqlite::schema::migrate(&mut connection).unwrap();
        connection
    }

    fn indexed(comments: &[&str]) -> Connection {
        let connection = database();
        for (place, comment) in (1_i64..).zip(comments) {
            connection
                .execute(
                    "INSERT INTO search (rowid, comment) VALUES (?1, ?2)",
                    params![place, of_project(12, comment)],
                )
                .unwrap();
        }
        connection
    }

    fn found(connection: &Connection, words: &str) -> i64 {
        let query = query(connection, 12, words).unwrap().unwrap();
        connection
            .query_row(
                "SELECT count(*) FROM search WHERE comment MATCH ?1",
                [query],
                |row| row.get(0),
            )
            .unwrap()
    }

    fn parts(connection: &Connection) -> i64 {
        let sql = "SELECT count(DISTINCT segid) FROM search_idx";
        connection.query_row(sql, [], |row| row.get(0)).unwrap()
    }

    #[test]
    fn the_engine_leaves_merging_to_us() {
        assert_eq!(parts(&indexed(&["slow"; 40])), 40);
    }

    #[test]
    fn merging_in_steps_comes_to_an_end_and_leaves_few_parts() {
        let words = (0..3000).fold("slow".to_owned(), |words, word| format!("{words} {word}"));
        let connection = indexed(&[words.as_str(); 20]);
        let mut steps = 0;
        while merge(&connection, 1).unwrap() {
            steps += 1;
            assert!(steps < 1000);
        }
        assert!(steps > 3, "{steps}");
        assert!(parts(&connection) < 8, "{}", parts(&connection));
        assert_eq!(found(&connection, "slow"), 20);
    }

    #[test]
    fn a_query_quotes_every_word() {
        assert_eq!(
            query(&database(), 12, "slow OR \"bad").unwrap().as_deref(),
            Some("\"12zslow\" AND \"12zOR\" AND \"\"\"12zbad\"")
        );
    }

    #[test]
    fn a_query_without_words_finds_nothing() {
        assert_eq!(query(&database(), 12, " * - ").unwrap(), None);
    }

    #[test]
    fn words_that_begin_so_are_found_as_long_as_they_are_few() {
        let comments: Vec<String> = (0..limits::SEARCH_COMPLETIONS)
            .map(|number| format!("Answers{number:03}"))
            .collect();
        let mut comments: Vec<&str> = comments.iter().map(String::as_str).collect();
        assert_eq!(found(&indexed(&comments), "answers"), 64);
        comments.push("answers");
        assert_eq!(found(&indexed(&comments), "answers"), 1);
        assert_eq!(found(&indexed(&comments), "answers01"), 10);
    }

    #[test]
    fn marks_belong_to_their_letters() {
        // The second one writes the accent as a character of its own.
        let connection = indexed(&["très cafés", "tre\u{300}s cafe\u{301}s"]);
        for words in ["tres", "TRÈS", "très cafés", "caf", "cafés très"] {
            assert_eq!(found(&connection, words), 2, "{words}");
        }
    }

    #[test]
    fn a_place_in_the_index_tells_the_second_and_the_row() {
        let at = 1_777_636_800_999_999;
        assert_eq!(
            spot(place(at, 7)),
            Spot {
                at: 1_777_636_800_000_000,
                row: 7
            }
        );
        assert!(place(at, 7) < place(at + 1, 1));
        assert_eq!(place(-5, 7), 7);
        let sql = format!("SELECT {PLACE} FROM (SELECT ?1 AS created_at, 7 AS row_id) f");
        for at in [
            -5,
            at,
            i64::from(i32::MAX) * 1_000_000,
            253_402_207_200_000_000,
        ] {
            let told: i64 = database().query_row(&sql, [at], |row| row.get(0)).unwrap();
            assert_eq!(told, place(at, 7), "{at}");
        }
    }

    #[test]
    fn han_characters_are_words_of_their_own() {
        assert_eq!(separated("答案好 ok"), " 答  案  好  ok");
    }
}
