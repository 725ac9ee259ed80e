//! Chance that falls the same way at every run: the demonstration is the same for everybody, as far as time allows.

use uuid::{Builder, Uuid};

/// The fractional part of the golden ratio, by which `SplitMix64` steps.
const STEP: u64 = 0x9e37_79b9_7f4a_7c15;

/// What falls next.
#[derive(Clone, Debug)]
pub(super) struct Dice(u64);

impl Dice {
    pub(super) const fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// `SplitMix64`, after Steele, Lea and Flood.
    const fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(STEP);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number from 0 on, below `sides`.
    pub(super) fn below(&mut self, sides: usize) -> usize {
        usize::try_from(self.next() % (sides.max(1) as u64)).unwrap_or(0)
    }

    /// A number from 0 to 1.
    pub(super) fn share(&mut self) -> f64 {
        f64::from(u32::try_from(self.next() >> 32).unwrap_or(0)) / f64::from(u32::MAX)
    }

    /// Whether something happens that does so this often.
    pub(super) fn happens(&mut self, share: f64) -> bool {
        self.share() < share
    }

    /// One of some.
    pub(super) fn one_of<'some, T>(&mut self, some: &'some [T]) -> &'some T {
        &some[self.below(some.len())]
    }

    /// The place of one of some that come as often as their weights say.
    pub(super) fn weighted(&mut self, weights: &[usize]) -> usize {
        let mut left = self.below(weights.iter().sum());
        for (place, weight) in weights.iter().enumerate() {
            if left < *weight {
                return place;
            }
            left -= weight;
        }
        0
    }

    /// A name in the form of a random UUID.
    pub(super) fn id(&mut self) -> Uuid {
        let bytes = (u128::from(self.next()) << 64) | u128::from(self.next());
        Builder::from_random_bytes(bytes.to_ne_bytes()).into_uuid()
    }
}

#[cfg(test)]
mod tests {
    use super::Dice;

    #[test]
    fn weights_are_kept() {
        let mut dice = Dice::new(1);
        let mut fell = [0_i32; 3];
        for _ in 0..10_000 {
            fell[dice.weighted(&[1, 0, 3])] += 1;
        }
        assert_eq!(fell[1], 0);
        assert!((2_300..2_700).contains(&fell[0]), "{fell:?}");
    }

    #[test]
    fn the_same_seed_falls_the_same_way() {
        let fall = || {
            let mut dice = Dice::new(7);
            (dice.id(), dice.below(100), dice.share().to_bits())
        };
        assert_eq!(fall(), fall());
    }
}
