//! Words by which people sort conversations.

/// What is to become of a conversation's tags.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TagChange {
    /// These are added after those that are there; those that are there already stay where they are.
    Add(Vec<String>),
    /// These are taken away, where they are there.
    Remove(Vec<String>),
}

impl TagChange {
    /// The tags.
    pub fn tags(&self) -> &[String] {
        match self {
            Self::Add(tags) | Self::Remove(tags) => tags,
        }
    }

    /// What the tags of a conversation become.
    pub fn applied_to(&self, mut known: Vec<String>) -> Vec<String> {
        match self {
            Self::Add(tags) => {
                for tag in tags {
                    if !known.contains(tag) {
                        known.push(tag.clone());
                    }
                }
            }
            Self::Remove(tags) => known.retain(|tag| !tags.contains(tag)),
        }
        known
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tags(words: &[&str]) -> Vec<String> {
        words.iter().map(|word| (*word).to_owned()).collect()
    }

    #[test]
    fn each_tag_is_there_once_in_the_order_of_its_coming() {
        let change = TagChange::Add(tags(&["b", "c", "b", "a"]));
        assert_eq!(change.applied_to(tags(&["a"])), tags(&["a", "b", "c"]));
    }

    #[test]
    fn taking_away_what_is_not_there_changes_nothing() {
        let change = TagChange::Remove(tags(&["x", "b"]));
        assert_eq!(change.applied_to(tags(&["a", "b"])), tags(&["a"]));
    }
}
