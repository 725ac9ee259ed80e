//! Full-text search over comments: their words stand in the feedback's own row, as a `tsvector`.
//!
//! The words are made here rather than by the database's parser, so that the same comments are found on either engine: a word
//! is a run of letters and numbers without accents and in lower case, and a character of a script without spaces is one by
//! itself.

use crate::store::words::{is_in_word, is_unspaced, separated};
use icu_normalizer::DecomposingNormalizerBorrowed;
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// The longest word in bytes; PostgreSQL takes 2,046.
const WORD_BYTES: usize = 2_000;

/// How many words of a comment can be found; PostgreSQL counts places up to this.
const WORDS: usize = 16_383;

/// How many places of one word are kept; PostgreSQL takes this many.
const PLACES: usize = 255;

/// A comment's words with their places, as a `tsvector` is written. None if there are none.
pub(in crate::store) fn words(comment: &str) -> Option<String> {
    let mut places = BTreeMap::<String, Vec<usize>>::new();
    for (place, word) in tokens(comment).into_iter().take(WORDS).enumerate() {
        let places = places.entry(word).or_default();
        if places.len() < PLACES {
            places.push(place + 1);
        }
    }
    let mut written = String::new();
    for (word, places) in &places {
        let places: Vec<String> = places.iter().map(usize::to_string).collect();
        let _ = write!(written, "'{word}':{} ", places.join(","));
    }
    (!written.is_empty()).then_some(written)
}

/// The query that finds comments with all of these words, as a `tsquery` is written; the last may be the beginning of one.
/// None if there is no word in it.
pub(in crate::store) fn query(words: &str) -> Option<String> {
    let phrases: Vec<Vec<String>> = words
        .split_whitespace()
        .map(tokens)
        .filter(|phrase| !phrase.is_empty())
        .collect();
    let last = words
        .split_whitespace()
        .rfind(|word| word.chars().any(is_in_word))?;
    let begins = last
        .chars()
        .next_back()
        .is_some_and(|letter| is_in_word(letter) && !is_unspaced(letter));
    let mut terms: Vec<String> = phrases.iter().map(|phrase| phrase_of(phrase)).collect();
    if let (true, Some(term)) = (begins, terms.last_mut()) {
        let end = term.len() - 1;
        term.insert_str(end, ":*");
    }
    Some(terms.join(" & "))
}

fn phrase_of(words: &[String]) -> String {
    let words: Vec<String> = words.iter().map(|word| format!("'{word}'")).collect();
    format!("({})", words.join(" <-> "))
}

/// The words of a text, in order.
fn tokens(text: &str) -> Vec<String> {
    let plain = plain(&separated(text));
    plain
        .split(|letter| !is_in_word(letter))
        .filter(|word| !word.is_empty() && word.len() <= WORD_BYTES)
        .map(str::to_owned)
        .collect()
}

/// In lower case, without accents.
fn plain(text: &str) -> String {
    if text.is_ascii() {
        return text.to_ascii_lowercase();
    }
    DecomposingNormalizerBorrowed::new_nfd()
        .normalize(text)
        .chars()
        .filter(|letter| !matches!(letter, '\u{0300}'..='\u{036F}'))
        .flat_map(char::to_lowercase)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_stand_with_their_places() {
        let written = words("The slow, SLOW café!").unwrap();
        assert_eq!(written, "'cafe':4 'slow':2,3 'the':1 ");
    }

    #[test]
    fn a_comment_without_letters_has_no_words() {
        assert_eq!(words("!?"), None);
    }

    #[test]
    fn characters_of_scripts_without_spaces_are_words() {
        assert_eq!(words("不好").unwrap(), "'不':1 '好':2 ");
        assert_eq!(query("不好").unwrap(), "('不' <-> '好')");
    }

    #[test]
    fn the_last_word_may_be_a_beginning() {
        assert_eq!(query("Too slo").unwrap(), "('too') & ('slo':*)");
    }

    #[test]
    fn a_word_with_a_hyphen_is_a_phrase() {
        assert_eq!(query("re-opened").unwrap(), "('re' <-> 'opened':*)");
    }

    #[test]
    fn nothing_in_a_query_is_an_operator() {
        assert_eq!(query("a' & !b:*").unwrap(), "('a') & ('b')");
        assert_eq!(query("& | !"), None);
    }
}
