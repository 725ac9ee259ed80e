//! Our ids in the form of Wonderchat's: cuids of 25 characters.
//!
//! A cuid is `c`, the milliseconds in eight digits to the base 36, and sixteen more digits. What says something in our ids
//! (`UUIDv7`: 48 bits of milliseconds and 74 random bits) fits: the first eight digits are the milliseconds modulo 36⁸, and
//! the others hold the quotient, which is 0 until 2059, before the random bits.

use uuid::Uuid;

const BASE: u128 = 36;
const TIME_DIGITS: usize = 8;
const OTHER_DIGITS: usize = 16;
/// 36⁸.
const TIMES: u128 = 2_821_109_907_456;
const RANDOM_BITS: u32 = 74;
const MILLISECONDS_END: u128 = 1 << 48;
/// The bits that say that a UUID is of version 7 and of the common variant.
const MARKS: u128 = (7 << 76) | (2 << 62);

/// The cuid of one of our ids.
pub(super) fn encode(id: Uuid) -> String {
    let bits = id.as_u128();
    let milliseconds = bits >> 80;
    let random = (((bits >> 64) & 0xfff) << 62) | (bits & ((1 << 62) - 1));
    let other = ((milliseconds / TIMES) << RANDOM_BITS) | random;
    let mut text = String::with_capacity(1 + TIME_DIGITS + OTHER_DIGITS);
    text.push('c');
    push_digits(&mut text, milliseconds % TIMES, TIME_DIGITS);
    push_digits(&mut text, other, OTHER_DIGITS);
    text
}

/// The id whose cuid this is; none for any other text.
pub(super) fn decode(text: &str) -> Option<Uuid> {
    let digits = text.strip_prefix('c')?;
    if digits.len() != TIME_DIGITS + OTHER_DIGITS {
        return None;
    }
    let (time, other) = digits.split_at_checked(TIME_DIGITS)?;
    let (time, other) = (number(time)?, number(other)?);
    let milliseconds = (other >> RANDOM_BITS) * TIMES + time;
    if milliseconds >= MILLISECONDS_END {
        return None;
    }
    let random = other & ((1 << RANDOM_BITS) - 1);
    let bits = (milliseconds << 80) | ((random >> 62) << 64) | (random & ((1 << 62) - 1)) | MARKS;
    Some(Uuid::from_u128(bits))
}

fn push_digits(text: &mut String, number: u128, digits: usize) {
    let mut place = BASE.pow(u32::try_from(digits).unwrap_or(0));
    for _ in 0..digits {
        place /= BASE;
        let digit = u32::try_from(number / place % BASE).unwrap_or(0);
        text.extend(char::from_digit(digit, 36));
    }
}

/// The number with these digits. Upper case is another text.
fn number(digits: &str) -> Option<u128> {
    let lower = |byte: u8| byte.is_ascii_digit() || byte.is_ascii_lowercase();
    digits
        .bytes()
        .all(lower)
        .then(|| u128::from_str_radix(digits, 36).ok())?
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_first_digits_are_the_time_as_in_the_vendors_ids() {
        let id = Uuid::try_parse("019aa3f0-5b3c-7000-8000-000000000000").unwrap();
        let text = encode(id);
        let milliseconds = u64::from_str_radix(&text[1..9], 36).unwrap();
        assert_eq!(milliseconds, 0x019a_a3f0_5b3c);
    }

    #[test]
    fn other_texts_are_no_ids_of_ours() {
        for text in [
            "",
            "c",
            "cm1234567890",
            "xlm1n0vvs000008l43ez2bxyz",
            "cLM1n0vvs000008l43ez2bxyz",
            "clm1n0vvs000008l43ez2bxyé",
            "c+m1n0vvs000008l43ez2bxyz",
            "czzzzzzzzzzzzzzzzzzzzzzzz",
        ] {
            assert_eq!(decode(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn every_id_has_a_cuid_that_leads_back_to_it(bits in any::<u128>()) {
            let marked = (bits & !((0xf << 76) | (3 << 62))) | MARKS;
            let id = Uuid::from_u128(marked);
            let text = encode(id);
            prop_assert_eq!(text.len(), 25);
            prop_assert!(text.bytes().all(|byte| byte.is_ascii_digit() || byte.is_ascii_lowercase()));
            prop_assert_eq!(decode(&text), Some(id));
        }

        #[test]
        fn every_text_that_is_an_id_is_the_cuid_of_that_id(text in "c[0-9a-z]{8}[0-3][0-9a-z]{15}") {
            if let Some(id) = decode(&text) {
                prop_assert_eq!(encode(id), text);
            }
        }
    }
}
