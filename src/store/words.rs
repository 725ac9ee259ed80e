//! What of a text is a word, for full-text search on either engine.

use icu_properties::CodePointMapData;
use icu_properties::props::{GeneralCategory, GeneralCategoryGroup};

/// Whether a character is a part of a word: letters, numbers and what is written onto them.
pub(super) fn is_in_word(character: char) -> bool {
    if character.is_ascii() {
        return character.is_ascii_alphanumeric();
    }
    let category = CodePointMapData::<GeneralCategory>::new().get(character);
    GeneralCategoryGroup::Letter.contains(category)
        || GeneralCategoryGroup::Number.contains(category)
        || GeneralCategoryGroup::Mark.contains(category)
        || category == GeneralCategory::PrivateUse
}

/// The text with spaces around characters of scripts that write words without spaces. Each such character is then a word,
/// and a query of several is a phrase.
pub(super) fn separated(text: &str) -> String {
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
pub(super) const fn is_unspaced(character: char) -> bool {
    matches!(character,
        '\u{0E01}'..='\u{0EFF}' | '\u{1000}'..='\u{109F}' | '\u{1780}'..='\u{17FF}'
        | '\u{3040}'..='\u{30FF}' | '\u{3400}'..='\u{4DBF}' | '\u{4E00}'..='\u{9FFF}'
        | '\u{F900}'..='\u{FAFF}' | '\u{20000}'..='\u{3134F}')
}
