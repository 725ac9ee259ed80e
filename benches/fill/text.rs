//! Words as people use them: a few in most comments, most in few.

use super::random::Random;

/// The most frequent words, the most frequent first.
const FREQUENT: [&str; 64] = [
    "the",
    "answer",
    "is",
    "not",
    "it",
    "to",
    "and",
    "wrong",
    "my",
    "was",
    "of",
    "in",
    "for",
    "that",
    "this",
    "good",
    "I",
    "asked",
    "question",
    "but",
    "link",
    "price",
    "refund",
    "slow",
    "right",
    "again",
    "order",
    "old",
    "because",
    "page",
    "language",
    "helpful",
    "missing",
    "source",
    "date",
    "number",
    "told",
    "account",
    "delivery",
    "invoice",
    "password",
    "support",
    "model",
    "wanted",
    "explained",
    "short",
    "long",
    "clear",
    "unclear",
    "polite",
    "rude",
    "broken",
    "table",
    "code",
    "example",
    "steps",
    "list",
    "currency",
    "address",
    "return",
    "warranty",
    "upgrade",
    "download",
    "thanks",
];

/// How many rarer words there are.
const RARER: u64 = 20_000;

const SYLLABLES: [&str; 20] = [
    "ba", "ce", "di", "fo", "gu", "ha", "je", "ki", "lo", "mu", "na", "pe", "qui", "ro", "su",
    "ta", "ve", "wi", "xo", "zu",
];

/// Words up to about so many characters.
pub fn text(random: &mut Random, characters: usize) -> String {
    let mut text = String::with_capacity(characters + 16);
    while text.len() < characters {
        if !text.is_empty() {
            text.push(' ');
        }
        if random.one_in(4) {
            rarer(&mut text, random.below(RARER));
        } else {
            text.push_str(
                FREQUENT[usize::try_from(random.skewed(64)).expect("a place of the list")],
            );
        }
    }
    text
}

/// The word of a number: its digits in base twenty as syllables.
fn rarer(text: &mut String, number: u64) {
    let mut rest = number + 20;
    while rest > 0 {
        text.push_str(SYLLABLES[usize::try_from(rest % 20).expect("a place of the list")]);
        rest /= 20;
    }
}
