//! Saying what does not fit, without saying what it was where that may be a secret.

/// What a parser says of something at a path. Parsers quote what they found, and a secret that stands where something else
/// belongs must not be told for it.
pub fn unquoted(path: &str, message: String) -> String {
    let names = path.split(['.', '[']);
    if !names
        .into_iter()
        .any(|name| matches!(name, "credential" | "secret"))
    {
        return message;
    }
    // What is expected is known beforehand, and stands last.
    match message.rsplit_once("expected ") {
        Some((_, expected)) => format!("has not the right form: expected {expected}"),
        None => "has not the right form".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_found_is_told_where_it_is_no_secret() {
        let message = "invalid type: string \"one\", expected u32";
        let told = unquoted("projects[0].number", message.to_owned());
        assert_eq!(told, message);
    }

    #[test]
    fn what_was_found_is_not_told_where_it_may_be_one() {
        for path in [
            "projects[0].upstream.credential",
            "upstream.credential.region",
            "keys[0].secret",
            "secret",
        ] {
            let message = "invalid type: string \"expected hush\", expected a map at line 1";
            let told = unquoted(path, message.to_owned());
            assert_eq!(told, "has not the right form: expected a map at line 1");
            assert_eq!(
                unquoted(path, "what is hush".to_owned()),
                "has not the right form"
            );
        }
    }
}
