//! The values of a statement's places.

use rusqlite::ToSql;

/// Values that can be lent as a list, in the order of the places.
pub(in crate::store) trait Parameters {
    /// Lends them.
    fn lend<T>(self, take: impl FnOnce(&[&dyn ToSql]) -> T) -> T;
}

impl Parameters for &[&dyn ToSql] {
    fn lend<T>(self, take: impl FnOnce(&[&dyn ToSql]) -> T) -> T {
        take(self)
    }
}

impl Parameters for [&dyn ToSql; 0] {
    fn lend<T>(self, take: impl FnOnce(&[&dyn ToSql]) -> T) -> T {
        take(&[])
    }
}

// An empty list has no type of its own, so that lists of every length cannot be meant by one rule.
macro_rules! lists {
    ($($length:literal)+) => {$(
        impl<V: ToSql> Parameters for [V; $length] {
            fn lend<T>(self, take: impl FnOnce(&[&dyn ToSql]) -> T) -> T {
                take(&self.each_ref().map(|value| value as &dyn ToSql))
            }
        }

        impl Parameters for &[&dyn ToSql; $length] {
            fn lend<T>(self, take: impl FnOnce(&[&dyn ToSql]) -> T) -> T {
                take(self)
            }
        }
    )+};
}

lists!(1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28);

/// As many values as there are.
#[derive(Debug)]
pub(in crate::store) struct Many<I>(I);

/// The values of an iterator.
pub(in crate::store) fn params_from_iter<I>(values: I) -> Many<I> {
    Many(values)
}

impl<I> Parameters for Many<I>
where
    I: IntoIterator,
    I::Item: ToSql,
{
    fn lend<T>(self, take: impl FnOnce(&[&dyn ToSql]) -> T) -> T {
        let values: Vec<I::Item> = self.0.into_iter().collect();
        let lent: Vec<&dyn ToSql> = values.iter().map(|value| value as &dyn ToSql).collect();
        take(&lent)
    }
}
