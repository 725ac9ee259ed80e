//! A page of `docs/migrate/`: its commands, and what it says that they print.

/// The blocks that are run.
const COMMANDS: &str = "sh";

/// The blocks that say what the commands before them print.
const PRINTED: [&str; 2] = ["text", "json"];

/// Commands that stand together, and what they print.
#[derive(Debug, PartialEq, Eq)]
pub struct Step {
    /// The page's line where they begin.
    pub line: usize,
    pub commands: String,
    /// What they print, if the page says it.
    pub printed: Option<String>,
}

/// The steps of a page, in its order. Every block is either commands or what they print: what nobody runs would rot.
pub fn steps(page: &str) -> Vec<Step> {
    let mut steps: Vec<Step> = Vec::new();
    let mut lines = (1..).zip(page.lines());
    while let Some((line, fence)) = lines.next() {
        let Some(kind) = fence.strip_prefix("```") else {
            continue;
        };
        let inside = lines.by_ref().take_while(|(_, text)| *text != "```");
        let text: String = inside.flat_map(|(_, text)| [text, "\n"]).collect();
        match steps.last_mut() {
            _ if kind == COMMANDS => steps.push(Step {
                line: line + 1,
                commands: text,
                printed: None,
            }),
            Some(before) if PRINTED.contains(&kind) && before.printed.is_none() => {
                before.printed = Some(text);
            }
            _ => panic!("line {line}: a block of {kind:?} is neither run nor compared"),
        }
    }
    steps
}

/// Whether something was printed that the page says; `…` stands for anything in a line, and white space is as one likes.
pub fn says(said: &str, printed: &str) -> bool {
    let lines = |text: &str| {
        let lines = text.lines().map(words).filter(|line| !line.is_empty());
        lines.collect::<Vec<_>>()
    };
    let (said, printed) = (lines(said), lines(printed));
    said.len() == printed.len()
        && said
            .iter()
            .zip(&printed)
            .all(|(said, printed)| line_says(said, printed))
}

fn words(line: &str) -> String {
    line.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn line_says(said: &str, printed: &str) -> bool {
    let mut parts = said.split('…');
    let Some(mut rest) = printed.strip_prefix(parts.next().unwrap_or_default()) else {
        return false;
    };
    let parts: Vec<_> = parts.collect();
    let Some((last, between)) = parts.split_last() else {
        return rest.is_empty();
    };
    for part in between {
        let Some(found) = rest.find(part) else {
            return false;
        };
        rest = &rest[found + part.len()..];
    }
    rest.ends_with(last)
}

#[test]
fn commands_and_what_they_print_are_found() {
    let page = "# A\n\n```sh\nls\n```\n\nprints\n\n```text\na\n```\n\n```sh\npwd\n```\n";
    let step = |line, commands: &str, printed: Option<&str>| Step {
        line,
        commands: commands.to_owned(),
        printed: printed.map(str::to_owned),
    };
    assert_eq!(
        steps(page),
        [step(4, "ls\n", Some("a\n")), step(14, "pwd\n", None)]
    );
}

#[test]
#[should_panic(expected = "neither run nor compared")]
fn blocks_that_nobody_runs_are_refused() {
    steps("```python\nprint(1)\n```\n");
}

#[test]
fn what_is_printed_is_compared_line_by_line() {
    assert!(says("a  …  c\n\n{…}", "a b b c\n{\"x\":1}\n"));
    assert!(says("whole", "  whole\n"));
    assert!(!says("a", "a b"));
    assert!(!says("a …", "b a c"));
    assert!(!says("… a", "a c"));
    assert!(!says("a", "a\nb"));
}
