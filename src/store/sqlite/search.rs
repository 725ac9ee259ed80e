//! Full-text search over comments.
//!
//! Comments are indexed behind the commit, many at once: an index entry costs far more in a small transaction than in a
//! large one. What waits is listed in `search_pending`, in the vote's own transaction, so nothing is forgotten by a crash;
//! and a search first has what waits indexed, so it finds every acknowledged comment.

use crate::limits;
use rusqlite::{Connection, params};

/// How many comments wait to be indexed.
pub(super) fn pending(connection: &Connection) -> rusqlite::Result<usize> {
    connection
        .prepare_cached("SELECT count(*) FROM search_pending")?
        .query_row([], |row| row.get::<_, i64>(0))
        .map(|count| usize::try_from(count).unwrap_or(0))
}

/// Indexes comments that wait, as they are now: as many as [`limits`] allow at a time. Returns whether more wait.
pub(super) fn index_pending(connection: &Connection) -> rusqlite::Result<bool> {
    let mut select = connection.prepare_cached(
        "SELECT p.feedback, f.comment FROM search_pending p JOIN feedback f ON f.row_id = p.feedback
         ORDER BY p.feedback",
    )?;
    let mut waiting = select.query([])?;
    let mut taken: Vec<(i64, Option<String>)> = Vec::new();
    let (mut bytes, mut more) = (0, false);
    while let Some(row) = waiting.next()? {
        if taken.len() >= limits::SEARCH_BATCH || bytes >= limits::SEARCH_BATCH_BYTES {
            more = true;
            break;
        }
        let comment: Option<String> = row.get(1)?;
        bytes += comment.as_ref().map_or(0, String::len);
        taken.push((row.get(0)?, comment));
    }
    drop(waiting);
    let mut remove = connection.prepare_cached("DELETE FROM search WHERE rowid = ?1")?;
    let mut insert =
        connection.prepare_cached("INSERT INTO search (rowid, comment) VALUES (?1, ?2)")?;
    let mut done = connection.prepare_cached("DELETE FROM search_pending WHERE feedback = ?1")?;
    for (feedback, comment) in &taken {
        remove.execute([feedback])?;
        if let Some(comment) = comment {
            insert.execute(params![feedback, separated(comment)])?;
        }
        done.execute([feedback])?;
    }
    Ok(more)
}

/// The query that finds comments with all the words of `words`. Each word is quoted, so nothing in it is an operator; the
/// last may be the beginning of a word. None if there is no word in it.
pub(super) fn query(words: &str) -> Option<String> {
    let mut terms: Vec<String> = words
        .split_whitespace()
        .filter(|word| word.chars().any(char::is_alphanumeric))
        .map(|word| format!("\"{}\"", separated(word).replace('"', "\"\"")))
        .collect();
    let last = terms.last_mut()?;
    last.push('*');
    Some(terms.join(" "))
}

/// The text with spaces around characters of scripts that write words without spaces. Each such character is then a word,
/// and a query of several is a phrase.
fn separated(text: &str) -> String {
    if text.is_ascii() {
        return text.to_owned();
    }
    let mut separated = String::with_capacity(text.len() * 2);
    for character in text.chars() {
        if is_unspaced(character) {
            separated.extend([' ', character, ' ']);
        } else {
            separated.push(character);
        }
    }
    separated
}

/// Han, kana, Thai, Lao, Khmer and Myanmar.
const fn is_unspaced(character: char) -> bool {
    matches!(character,
        '\u{0E01}'..='\u{0EFF}' | '\u{1000}'..='\u{109F}' | '\u{1780}'..='\u{17FF}'
        | '\u{3040}'..='\u{30FF}' | '\u{3400}'..='\u{4DBF}' | '\u{4E00}'..='\u{9FFF}'
        | '\u{F900}'..='\u{FAFF}' | '\u{20000}'..='\u{3134F}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_query_quotes_every_word() {
        assert_eq!(
            query("slow OR \"bad").as_deref(),
            Some("\"slow\" \"OR\" \"\"\"bad\"*")
        );
    }

    #[test]
    fn a_query_without_words_finds_nothing() {
        assert_eq!(query(" * - "), None);
    }

    #[test]
    fn han_characters_are_words_of_their_own() {
        assert_eq!(separated("答案好 ok"), " 答  案  好  ok");
    }
}
