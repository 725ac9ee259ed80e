//! The constraints of Amazon Q's model. All that is wrong with a request is told at once.

use super::error::Rejection;
use super::wire::Field;
use crate::limits;
use icu_properties::CodePointMapData;
use icu_properties::props::{GeneralCategory, GeneralCategoryGroup};

/// The characters of every id.
const ID_CHARACTERS: usize = 36;

/// What was found wrong so far.
#[derive(Debug, Default)]
pub(super) struct Faults(Vec<Field>);

impl Faults {
    /// Notes what is wrong with a member. Neither name nor message quotes its value.
    pub(super) fn add(&mut self, name: &str, message: impl Into<String>) {
        self.0.push(Field {
            name: name.to_owned(),
            message: message.into(),
        });
    }

    /// An id: 36 letters, digits and hyphens, the first no hyphen.
    pub(super) fn id(&mut self, name: &str, id: &str) {
        if !limits::fits(id, ID_CHARACTERS) {
            self.add(name, at_most(ID_CHARACTERS));
        } else if id.chars().count() < ID_CHARACTERS {
            self.add(name, at_least(ID_CHARACTERS));
        }
        let mut letters = id.chars();
        let begins = letters
            .next()
            .is_some_and(|first| first.is_ascii_alphanumeric());
        if !begins || !letters.all(|letter| letter.is_ascii_alphanumeric() || letter == '-') {
            self.add(name, pattern("[a-zA-Z0-9][a-zA-Z0-9-]{35}"));
        }
    }

    /// A text whose number of Unicode scalar values lies within bounds and that holds no control character, no format
    /// character, and nothing private or unassigned.
    pub(super) fn text(&mut self, name: &str, text: &str, least: usize, most: usize) {
        if !limits::fits(text, most) {
            self.add(name, at_most(most));
        } else if text.chars().count() < least {
            self.add(name, at_least(least));
        }
        let categories = CodePointMapData::<GeneralCategory>::new();
        if text
            .chars()
            .any(|letter| GeneralCategoryGroup::Other.contains(categories.get(letter)))
        {
            self.add(name, pattern(r"\P{C}*"));
        }
    }

    /// Refuses the request if anything was wrong.
    pub(super) fn check(self) -> Result<(), Rejection> {
        if self.0.is_empty() {
            return Ok(());
        }
        Err(Rejection::invalid(self.0))
    }
}

fn at_most(most: usize) -> String {
    format!("Member must have length less than or equal to {most}")
}

fn at_least(least: usize) -> String {
    format!("Member must have length greater than or equal to {least}")
}

fn pattern(pattern: &str) -> String {
    format!("Member must satisfy regular expression pattern: {pattern}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn is_id(text: &str) -> bool {
        let mut faults = Faults::default();
        faults.id("id", text);
        faults.0.is_empty()
    }

    fn is_text(text: &str, least: usize, most: usize) -> bool {
        let mut faults = Faults::default();
        faults.text("text", text, least, most);
        faults.0.is_empty()
    }

    #[test]
    fn an_id_need_not_be_a_uuid() {
        for id in [
            "11111111-2222-4333-8444-555555555555",
            "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789",
            "z-----------------------------------",
        ] {
            assert!(is_id(id), "{id}");
        }
    }

    #[test]
    fn these_are_no_ids() {
        for id in [
            "",
            "../../x",
            "11111111-2222-4333-8444-55555555555",
            "11111111-2222-4333-8444-5555555555555",
            "-1111111-2222-4333-8444-555555555555",
            "11111111_2222_4333_8444_555555555555",
            "11111111-2222-4333-8444-55555555555é",
            "11111111-2222-4333-8444-55555555555\n",
        ] {
            assert!(!is_id(id), "{id}");
        }
    }

    #[test]
    fn length_counts_scalar_values() {
        assert!(is_text(&"🙂".repeat(1000), 0, 1000));
        assert!(!is_text(&"🙂".repeat(1001), 0, 1000));
        assert!(is_text("", 0, 1000));
        assert!(!is_text("", 1, 1000));
    }

    #[test]
    fn controls_and_formats_are_no_text() {
        for bad in [
            "line\nline",
            "tab\t",
            "nul\0",
            "👩\u{200d}🚀",
            "\u{feff}",
            "soft\u{ad}hyphen",
            "\u{e000}",
            "\u{378}",
        ] {
            assert!(!is_text(bad, 0, 1000), "{bad:?}");
        }
        for good in ["Grüße, 世界 🙂", "no\u{a0}break", "e\u{301}"] {
            assert!(is_text(good, 0, 1000), "{good:?}");
        }
    }

    proptest! {
        #[test]
        fn what_is_no_control_is_text(text in "[a-zA-Z0-9 äöü你好]{0,40}") {
            prop_assert!(is_text(&text, 0, 40));
        }
    }
}
