//! Reads Rust source as far as the architecture test must: code without comments and texts, the texts alone, and the
//! paths that the code names.

/// One source file, taken apart.
pub struct Source {
    /// Path from the root, such as `src/app/keys.rs`.
    pub path: String,
    /// How many lines it has, its test module left out.
    pub lines: usize,
    /// The code with comments removed, texts emptied and the test module left out.
    pub code: String,
    /// The texts in the code, the test module's left out.
    pub texts: Vec<String>,
}

impl Source {
    pub fn read(path: &str, source: &str) -> Self {
        let mut reader = Reader::default();
        reader.read(source);
        let end = start_of_tests(&reader.code).unwrap_or(reader.code.len());
        let texts = reader.texts.into_iter();
        Self {
            path: path.to_owned(),
            lines: reader.code[..end].lines().count(),
            texts: texts
                .filter(|(at, _)| *at < end)
                .map(|(_, text)| text)
                .collect(),
            code: reader.code[..end].to_owned(),
        }
    }

    /// Where the file is in the tree of modules: `src/app/keys.rs` is `["app", "keys"]`.
    pub fn module(&self) -> Vec<&str> {
        let inner = self.path.trim_start_matches("src/");
        let inner = inner.trim_end_matches(".rs").trim_end_matches("/mod");
        match inner {
            "lib" | "main" => Vec::new(),
            _ => inner.split('/').collect(),
        }
    }

    /// Every path of this crate that the code names, from the root: `["store", "Page"]`.
    pub fn own_paths(&self) -> Vec<Vec<String>> {
        let module = self.module();
        paths(&self.code)
            .into_iter()
            .filter_map(|path| from_the_root(&module, &path))
            .collect()
    }

    /// The first segments of the paths that begin at another crate, or at something that the file imports.
    pub fn first_segments(&self) -> Vec<String> {
        let mut first: Vec<String> = paths(&self.code)
            .into_iter()
            .filter_map(|path| path.into_iter().next())
            .collect();
        first.sort();
        first.dedup();
        first
    }
}

/// Test modules stand last in their files.
fn start_of_tests(code: &str) -> Option<usize> {
    let at = code.find("#[cfg(test)]\nmod ")?;
    let line = code[at..].lines().nth(1).unwrap_or("");
    line.trim_end().ends_with('{').then_some(at)
}

fn from_the_root(module: &[&str], path: &[String]) -> Option<Vec<String>> {
    match path.first()?.as_str() {
        "crate" => Some(path[1..].to_vec()),
        "super" => {
            let ups = path
                .iter()
                .take_while(|segment| *segment == "super")
                .count();
            let stay = module.len().saturating_sub(ups);
            let mut whole: Vec<String> = module[..stay].iter().map(ToString::to_string).collect();
            whole.extend_from_slice(&path[ups..]);
            Some(whole)
        }
        _ => None,
    }
}

/// Every path with `::` in it, the trees of `use` spread out. A path inside of braces carries what is before them.
fn paths(code: &str) -> Vec<Vec<String>> {
    let mut found = Vec::new();
    let mut rest = code;
    let mut follows_use = false;
    while let Some(at) = rest.find(is_word) {
        let (path, after) = tree(&rest[at..], &[], &mut found);
        // `use axum;` names a crate without `::`.
        let whole_crate = follows_use && after.starts_with(';');
        follows_use = path == ["use"];
        if path.len() > 1 || whole_crate {
            found.push(path);
        }
        rest = after;
    }
    found
}

/// Reads one path; where it opens braces after `::`, reads each path in them under it and puts them into `found`.
fn tree<'code>(
    code: &'code str,
    parent: &[String],
    found: &mut Vec<Vec<String>>,
) -> (Vec<String>, &'code str) {
    let mut path = parent.to_vec();
    let mut rest = code;
    loop {
        let end = rest.find(|letter| !is_word(letter)).unwrap_or(rest.len());
        path.push(rest[..end].to_owned());
        rest = &rest[end..];
        let Some(after) = rest.strip_prefix("::") else {
            return (path, rest);
        };
        if let Some(inside) = after.strip_prefix('{') {
            return (path.clone(), branches(inside, &path, found));
        }
        if !after.starts_with(is_word) {
            return (path, after);
        }
        rest = after;
    }
}

fn branches<'code>(
    code: &'code str,
    parent: &[String],
    found: &mut Vec<Vec<String>>,
) -> &'code str {
    let mut rest = code.trim_start();
    while let Some(letter) = rest.chars().next() {
        if letter == '}' {
            return &rest[1..];
        }
        if is_word(letter) {
            let (path, after) = tree(rest, parent, found);
            found.push(path);
            rest = after;
        } else {
            rest = &rest[letter.len_utf8()..];
        }
    }
    rest
}

fn is_word(letter: char) -> bool {
    letter.is_alphanumeric() || letter == '_'
}

/// Takes source apart. Keeps line ends, so that lines can be counted in what is left.
#[derive(Default)]
struct Reader {
    code: String,
    /// Each text, with where in the code it stood.
    texts: Vec<(usize, String)>,
}

impl Reader {
    fn read(&mut self, source: &str) {
        let mut rest = source;
        while let Some(letter) = rest.chars().next() {
            rest = if rest.starts_with("//") {
                &rest[rest.find('\n').unwrap_or(rest.len())..]
            } else if rest.starts_with("/*") {
                self.block_comment(rest)
            } else if let Some(hashes) = raw_text_hashes(rest, &self.code) {
                self.raw_text(rest, hashes)
            } else if letter == '"' {
                self.text(rest)
            } else if letter == '\'' {
                self.quoted_letter_or_lifetime(rest)
            } else {
                self.code.push(letter);
                &rest[letter.len_utf8()..]
            };
        }
    }

    fn block_comment<'source>(&mut self, source: &'source str) -> &'source str {
        let end = source.find("*/").map_or(source.len(), |at| at + 2);
        self.keep_lines(&source[..end]);
        &source[end..]
    }

    fn raw_text<'source>(&mut self, source: &'source str, hashes: usize) -> &'source str {
        let start = 1 + hashes + 1;
        let closing = format!("\"{}", "#".repeat(hashes));
        let end = source[start..]
            .find(&closing)
            .map_or(source.len(), |at| start + at);
        self.take_text(&source[start..end]);
        source.get(end + closing.len()..).unwrap_or("")
    }

    fn text<'source>(&mut self, source: &'source str) -> &'source str {
        let mut escaped = false;
        let end = source[1..]
            .find(|letter| {
                let ends = letter == '"' && !escaped;
                escaped = letter == '\\' && !escaped;
                ends
            })
            .map_or(source.len(), |at| at + 1);
        self.take_text(&source[1..end]);
        source.get(end + 1..).unwrap_or("")
    }

    fn quoted_letter_or_lifetime<'source>(&mut self, source: &'source str) -> &'source str {
        let mut letters = source.char_indices().skip(1);
        let first = letters.next();
        let second = letters.next();
        if let Some((_, '\\')) = first {
            let end = source[3..].find('\'').map_or(source.len(), |at| 3 + at + 1);
            return &source[end..];
        }
        if let Some((at, '\'')) = second {
            return &source[at + 1..];
        }
        self.code.push('\'');
        &source[1..]
    }

    fn take_text(&mut self, text: &str) {
        self.texts.push((self.code.len(), text.to_owned()));
        self.code.push_str("\"\"");
        self.keep_lines(text);
    }

    fn keep_lines(&mut self, text: &str) {
        self.code
            .extend(text.chars().filter(|letter| *letter == '\n'));
    }
}

/// How many `#` a raw text has that begins here; none if none begins.
fn raw_text_hashes(source: &str, before: &str) -> Option<usize> {
    let is_raw = source.starts_with("r\"") || source.starts_with("r#");
    // The `r` must not end a longer word; `br` is a raw byte text.
    let word = before.strip_suffix('b').unwrap_or(before);
    if !is_raw || word.ends_with(is_word) {
        return None;
    }
    let after = source[1..].trim_start_matches('#');
    after
        .starts_with('"')
        .then(|| source.len() - 1 - after.len())
}
