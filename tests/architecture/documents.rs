//! What the documents name must be there.

use std::path::Path;

/// Folders at the root whose paths documents name in full.
const FOLDERS: &[&str] = &[
    "src/", "tests/", "benches/", "docs/", "ui/", "sdk/", "fuzz/", ".ci/", ".config/",
];

/// What a document names and is not there. `folder` is the document's own, to which its links are relative.
pub fn missing(root: &Path, folder: &Path, document: &str, targets: &[String]) -> Vec<String> {
    let text = without_blocks(document);
    let links = links(&text)
        .into_iter()
        .filter(|link| is_file_link(link) && !folder.join(link).exists());
    let spans = spans(&text)
        .into_iter()
        .filter(|span| !names_what_is_there(root, folder, span, targets));
    links.chain(spans).map(ToOwned::to_owned).collect()
}

fn names_what_is_there(root: &Path, folder: &Path, span: &str, targets: &[String]) -> bool {
    if let Some(target) = span.strip_prefix("make ") {
        let target = target.split_whitespace().next().unwrap_or("");
        return targets.iter().any(|known| known == target);
    }
    if span.contains(char::is_whitespace) {
        return true;
    }
    if FOLDERS.iter().any(|folder| span.starts_with(folder)) {
        // `src/dialects/*` and `src/dialects/{name}` speak of the folder before the wildcard.
        let fixed = span.split(['*', '{', '<']).next().unwrap_or(span);
        return root.join(fixed).exists();
    }
    if Path::new(span).extension().is_some_and(|kind| kind == "rs") && !span.contains('/') {
        return folder.join(span).exists() || is_somewhere(&root.join("src"), span);
    }
    true
}

fn is_somewhere(folder: &Path, name: &str) -> bool {
    std::fs::read_dir(folder).is_ok_and(|entries| {
        entries.flatten().any(|entry| {
            entry.file_name().to_str() == Some(name)
                || entry.path().is_dir() && is_somewhere(&entry.path(), name)
        })
    })
}

fn without_blocks(document: &str) -> String {
    let mut inside = false;
    let outside = document.lines().filter(|line| {
        let fence = line.trim_start().starts_with("```");
        inside ^= fence;
        !inside && !fence
    });
    outside.flat_map(|line| [line, "\n"]).collect()
}

fn spans(text: &str) -> Vec<&str> {
    text.split('`').skip(1).step_by(2).map(str::trim).collect()
}

fn links(text: &str) -> Vec<&str> {
    text.split("](")
        .skip(1)
        .filter_map(|rest| rest.split([')', ' ', '#']).next())
        .collect()
}

fn is_file_link(link: &str) -> bool {
    !link.is_empty() && !link.contains("://") && !link.starts_with("mailto:")
}

/// The targets of a Makefile.
pub fn targets(makefile: &str) -> Vec<String> {
    makefile
        .lines()
        .filter(|line| line.starts_with(|letter: char| letter.is_ascii_lowercase()))
        .filter_map(|line| line.split_once(':'))
        .map(|(target, _)| target.trim().to_owned())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(document: &str) -> Vec<String> {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        missing(root, root, document, &targets("test: lint\n\tcargo test\n"))
    }

    #[test]
    fn what_is_not_there_is_found() {
        assert_eq!(found("see `src/gone.rs`"), ["src/gone.rs"]);
        assert_eq!(found("see [it](docs/gone.md)"), ["docs/gone.md"]);
        assert_eq!(found("see `gone.rs`"), ["gone.rs"]);
        assert_eq!(found("run `make nothing`"), ["make nothing"]);
        assert_eq!(found("see `src/gone/*.rs`"), ["src/gone/*.rs"]);
    }

    #[test]
    fn what_is_there_is_not() {
        let document = "`src/lib.rs`, [it](Cargo.toml#x), `clock.rs`, `make test`, `src/*`, \
                        [web](https://example.com/src/gone.rs), `not a path/at all`\n\
                        ```\n`src/gone.rs`\n```\n";
        assert_eq!(found(document), [""; 0]);
    }
}
