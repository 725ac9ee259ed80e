//! Statements as PostgreSQL writes them: `$1` for `?1` and for the first `?`.

use crate::store::sql::Seat;

/// What tells SQLite's planner which index to take, before the index's name.
const HINT: &str = " INDEXED BY ";

/// What stands in a comment for SQLite and in the statement for PostgreSQL: rows that belong together lie in one bucket,
/// which a database that is spread over machines has to be told.
const ONLY_HERE: [&str; 2] = ["/*+", "+*/"];

/// The statement with its places renamed, without hints and with what is only for PostgreSQL. What stands in quotes is left
/// alone.
pub(super) fn renamed(sql: &str) -> String {
    let [begin, end] = ONLY_HERE;
    let sql = sql.replace(begin, "").replace(end, "");
    let mut parts = sql.split(HINT);
    let first = parts.next().unwrap_or_default().to_owned();
    let without_hints = parts.fold(first, |sql, part| {
        let end = part.find(|letter: char| !letter.is_ascii_alphanumeric() && letter != '_');
        sql + end.map_or("", |end| &part[end..])
    });
    numbered(&without_hints)
}

fn numbered(sql: &str) -> String {
    let mut renamed = String::with_capacity(sql.len() + 16);
    let mut next = 1;
    let mut quoted = false;
    let mut letters = sql.chars().peekable();
    while let Some(letter) = letters.next() {
        if letter == '\'' {
            quoted = !quoted;
        }
        if letter != '?' || quoted {
            renamed.push(letter);
            continue;
        }
        renamed.push('$');
        if letters.peek().is_some_and(char::is_ascii_digit) {
            while let Some(digit) = letters.next_if(char::is_ascii_digit) {
                renamed.push(digit);
            }
        } else {
            renamed.push_str(&next.to_string());
            next += 1;
        }
    }
    renamed
}

/// An `INSERT INTO table (columns) VALUES (values)` of `taken` values, with the row's bucket and number added as the last places.
pub(super) fn seated(sql: &str, seat: Seat, taken: usize) -> String {
    let (columns, values) = match seat {
        Seat::Shared => ("row_id, ", format!("${}, ", taken + 1)),
        Seat::Unnumbered(_) => ("bucket, ", format!("${}, ", taken + 1)),
        Seat::Bucket(_) | Seat::Beside(_) | Seat::Log(_) => (
            "bucket, row_id, ",
            format!("${}, ${}, ", taken + 1, taken + 2),
        ),
    };
    let sql = renamed(sql).replacen('(', &format!("({columns}"), 1);
    if sql.contains("VALUES (") {
        sql.replacen("VALUES (", &format!("VALUES ({values}"), 1)
    } else {
        sql.replacen("SELECT ", &format!("SELECT {values}"), 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_numbered_from_one() {
        assert_eq!(renamed("a = ? AND b = ?"), "a = $1 AND b = $2");
    }

    #[test]
    fn numbered_places_keep_their_numbers() {
        assert_eq!(renamed("a = ?12 OR b = ?1"), "a = $12 OR b = $1");
    }

    #[test]
    fn what_is_quoted_is_no_place() {
        assert_eq!(renamed("a = '?' AND b = ?"), "a = '?' AND b = $1");
    }

    #[test]
    fn hints_for_the_other_engine_are_left_out() {
        let sql = "SELECT 1 FROM votes v INDEXED BY votes_by_time\n WHERE v.at > ?";
        assert_eq!(renamed(sql), "SELECT 1 FROM votes v\n WHERE v.at > $1");
    }

    #[test]
    fn what_only_postgresql_is_told_is_a_comment_for_the_other_engine() {
        let sql = "SELECT 1 FROM votes v JOIN names n ON n.vote = v.row_id /*+ AND n.bucket = v.bucket +*/";
        assert_eq!(
            renamed(sql),
            "SELECT 1 FROM votes v JOIN names n ON n.vote = v.row_id  AND n.bucket = v.bucket "
        );
    }

    #[test]
    fn a_row_that_is_selected_gets_its_bucket_and_number_too() {
        let sql = "INSERT INTO jobs (target) SELECT target FROM votes WHERE row_id = ?1";
        assert_eq!(
            seated(sql, Seat::Bucket(3), 1),
            "INSERT INTO jobs (bucket, row_id, target) SELECT $2, $3, target FROM votes WHERE row_id = $1"
        );
    }

    #[test]
    fn a_row_of_a_bucket_gets_its_bucket_and_number() {
        let sql = "INSERT INTO messages (id, project) VALUES (?1, ?2)";
        assert_eq!(
            seated(sql, Seat::Bucket(3), 2),
            "INSERT INTO messages (bucket, row_id, id, project) VALUES ($3, $4, $1, $2)"
        );
    }

    #[test]
    fn a_shared_row_gets_its_number() {
        let sql = "INSERT INTO labels (text) VALUES (?1)";
        assert_eq!(
            seated(sql, Seat::Shared, 1),
            "INSERT INTO labels (row_id, text) VALUES ($2, $1)"
        );
    }
}
