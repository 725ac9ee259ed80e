//! Reading the file of `candor apply`, with the place of every mistake: TOML, YAML or JSON.

use super::Setup;
use crate::app::unquoted;
use crate::error::{Error, ErrorKind, Result};
use serde::de::DeserializeOwned;
use std::fmt;
use std::path::Path;

impl Setup {
    /// Reads a file. Its extension says what it is: `.toml`, `.yaml`, `.yml` or `.json`.
    pub fn read(path: &Path) -> Result<Self> {
        let shown = path.display();
        let refused = |message: String| Error::new(ErrorKind::Invalid, message);
        let parse: fn(&str) -> Result<Self, Misplaced> = match path
            .extension()
            .and_then(|extension| extension.to_str())
        {
            Some("toml") => from_toml,
            Some("yaml" | "yml") => from_yaml,
            Some("json") => from_json,
            _ => {
                return Err(refused(format!(
                    "{shown}: the file's name must end in .toml, .yaml, .yml or .json, which says what it is"
                )));
            }
        };
        let text = std::fs::read_to_string(path)
            .map_err(|error| refused(format!("cannot read {shown}: {error}")))?;
        parse(&text).map_err(|misplaced| refused(format!("{shown}:{misplaced}")))
    }

    /// Reads a file's contents that came as JSON.
    pub fn from_json(bytes: &[u8]) -> Result<Self> {
        let refused = |message: String| Error::new(ErrorKind::Invalid, message);
        let text =
            std::str::from_utf8(bytes).map_err(|_| refused("the body is not UTF-8".into()))?;
        from_json(text).map_err(|misplaced| refused(format!("body:{misplaced}")))
    }
}

/// What is wrong, and where.
struct Misplaced {
    line: u64,
    column: u64,
    path: String,
    message: String,
}

impl fmt::Display for Misplaced {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.line > 0 {
            write!(formatter, "{}:{}:", self.line, self.column)?;
        }
        formatter.write_str(" ")?;
        let message = unquoted(&self.path, self.message.clone());
        if !self.path.is_empty() && self.path != "." {
            write!(formatter, "{}: ", self.path)?;
        }
        formatter.write_str(&message)
    }
}

fn from_json<T: DeserializeOwned>(text: &str) -> Result<T, Misplaced> {
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let misplaced = |path: String, error: &serde_json::Error| {
        let message = error.to_string();
        let place = format!(" at line {} column {}", error.line(), error.column());
        Misplaced {
            line: error.line() as u64,
            column: error.column() as u64,
            path,
            message: message.strip_suffix(&place).unwrap_or(&message).to_owned(),
        }
    };
    let value = serde_path_to_error::deserialize(&mut deserializer)
        .map_err(|error| misplaced(error.path().to_string(), error.inner()))?;
    deserializer
        .end()
        .map_err(|error| misplaced(String::new(), &error))?;
    Ok(value)
}

fn from_toml<T: DeserializeOwned>(text: &str) -> Result<T, Misplaced> {
    let misplaced = |path: String, error: &toml::de::Error| {
        let (line, column) = error.span().map_or((0, 0), |span| place(text, span.start));
        Misplaced {
            line,
            column,
            path,
            message: error.message().lines().collect::<Vec<_>>().join(", "),
        }
    };
    let deserializer =
        toml::Deserializer::parse(text).map_err(|error| misplaced(String::new(), &error))?;
    serde_path_to_error::deserialize(deserializer)
        .map_err(|error| misplaced(error.path().to_string(), error.inner()))
}

/// YAML's deserializer is lent and not given, and its errors do not carry paths: the path is noted on the way.
fn from_yaml<T: DeserializeOwned>(text: &str) -> Result<T, Misplaced> {
    let mut path = String::new();
    serde_saphyr::with_deserializer_from_str(text, |deserializer| {
        serde_path_to_error::deserialize(deserializer).map_err(|error| {
            path = error.path().to_string();
            error.into_inner()
        })
    })
    .map_err(|error| {
        let (line, column) = error
            .location()
            .map_or((0, 0), |location| (location.line(), location.column()));
        let message = error.without_snippet().to_string();
        let place = format!(" at line {line}, column {column}");
        let message = message.strip_suffix(&place).unwrap_or(&message);
        Misplaced {
            line,
            column,
            path: path.clone(),
            message: message.lines().collect::<Vec<_>>().join(", "),
        }
    })
}

/// Line and column, both from 1, of a byte of a text.
fn place(text: &str, at: usize) -> (u64, u64) {
    let before = text.get(..at).unwrap_or(text);
    let line = before.matches('\n').count() + 1;
    let column = before
        .chars()
        .rev()
        .take_while(|character| *character != '\n')
        .count()
        + 1;
    (line as u64, column as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(extension: &str, text: &str) -> String {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(format!("file.{extension}"));
        std::fs::write(&path, text).unwrap();
        let refusal = Setup::read(&path).unwrap_err().to_string();
        let folder = format!("{}/", folder.path().display());
        refusal.replace(&folder, "")
    }

    #[test]
    fn one_setup_reads_the_same_from_each_format() {
        let json = from_json::<Setup>(
            r#"{"projects": [{"name": "support", "number": 64, "attributes": [{"name": "Quality", "options": ["Good"]}]}],
                "end_users": [{"external_id": "u1", "segments": {"team": "engineering", "country": ["DE", "FR"]}}],
                "conversations": [{"project": "support", "external_id": "c1", "created_at": "2026-05-01T12:00:00Z"}]}"#,
        );
        let toml = from_toml::<Setup>(
            r#"
            [[projects]]
            name = "support"
            number = 64
            attributes = [{name = "Quality", options = ["Good"]}]

            [[end_users]]
            external_id = "u1"
            segments = {team = "engineering", country = ["DE", "FR"]}

            [[conversations]]
            project = "support"
            external_id = "c1"
            created_at = 2026-05-01T12:00:00Z
            "#,
        );
        let yaml = from_yaml::<Setup>(
            "
projects:
  - name: support
    number: 64
    attributes:
      - name: Quality
        options: [Good]
end_users:
  - external_id: u1
    segments: {team: engineering, country: [DE, FR]}
conversations:
  - project: support
    external_id: c1
    created_at: 2026-05-01T12:00:00Z
",
        );
        let json = json.map_err(|error| error.to_string()).unwrap();
        assert_eq!(toml.map_err(|error| error.to_string()).unwrap(), json);
        assert_eq!(yaml.map_err(|error| error.to_string()).unwrap(), json);
    }

    #[test]
    fn what_was_read_is_written_as_json_that_reads_the_same() {
        let text = r#"{"projects": [{"name": "a", "description": null, "upstream": {"dialect": "dify", "base_url": "https://x"}}],
            "keys": [{"dialect": "native", "secret": "s", "scopes": ["admin"]}],
            "end_users": [{"external_id": "u1", "segments": {"team": ["engineering"]}}],
            "conversations": [{"project": "a", "external_id": "c", "messages": [{"external_id": "m", "query": "q"}]}]}"#;
        let setup = Setup::from_json(text.as_bytes()).unwrap();
        let written = serde_json::to_vec(&setup).unwrap();
        assert_eq!(Setup::from_json(&written).unwrap(), setup);
    }

    #[test]
    fn syntax_is_refused_with_line_and_column() {
        insta::assert_snapshot!(refusal("json", "{\n  \"projects\": [,]\n}"), @"file.json:2:16: projects[0]: expected value");
        insta::assert_snapshot!(refusal("toml", "[[projects]]\nname = = 3"), @"file.toml:2:8: extra `=`, expected nothing");
        insta::assert_snapshot!(refusal("yaml", "projects:\n  - name: [a\n"), @"file.yaml:2:11: projects[0].name: expected string scalar");
    }

    #[test]
    fn what_does_not_belong_is_refused_with_line_and_path() {
        insta::assert_snapshot!(refusal("json", "{\"keys\": [{\"dialect\": \"dify\",\n \"colour\": 1}]}"), @"file.json:2:9: keys[0].colour: unknown field `colour`, expected one of `dialect`, `project`, `name`, `secret`, `access_key_id`, `client_id`, `publishable`, `scopes`, `rate_limit`");
        insta::assert_snapshot!(refusal("toml", "[[keys]]\ndialect = \"dify\"\ncolour = 1"), @"file.toml:3:1: keys[0].colour: unknown field `colour`, expected one of `dialect`, `project`, `name`, `secret`, `access_key_id`, `client_id`, `publishable`, `scopes`, `rate_limit`");
        insta::assert_snapshot!(refusal("yaml", "keys:\n  - dialect: dify\n    colour: 1\n"), @"file.yaml:3:5: keys[0].colour: unknown field `colour`, expected one of dialect, project, name, secret, access_key_id, client_id, publishable, scopes, rate_limit");
        insta::assert_snapshot!(refusal("toml", "[[projects]]\nname = \"a\"\nnumber = \"one\""), @r#"file.toml:3:10: projects[0].number: invalid type: string "one", expected u32"#);
        insta::assert_snapshot!(refusal("json", "{\"projects\": [{\"name\": \"a\", \"name\": \"b\"}]}"), @"file.json:1:34: projects[0]: duplicate field `name`");
        insta::assert_snapshot!(refusal("yaml", "keys:\n  - dialect: dify\n"), @"file.yaml:2:5: keys[0]: missing field `secret`");
    }

    #[test]
    fn metadata_that_could_not_be_given_back_is_refused() {
        let json = |metadata: &str| {
            let metadata = format!("\"metadata\": {metadata}");
            let message = format!("{{\"external_id\": \"m\", {metadata}}}");
            let of_the_conversation = format!(
                "{{\"conversations\": [{{\"project\": \"a\", \"external_id\": \"c\", {metadata}}}]}}"
            );
            let of_a_message = format!(
                "{{\"conversations\": [{{\"project\": \"a\", \"external_id\": \"c\", \"messages\": [{message}]}}]}}"
            );
            [of_the_conversation, of_a_message]
        };
        for (metadata, why) in [
            (r#"{"a": 1, "a": 2}"#, "duplicate field `a`"),
            (r#"{"a": [{"b": 1, "b": 1}]}"#, "duplicate field `b`"),
            (r#"{"a": "\u0000"}"#, "NUL"),
            (r#"{"\u0000": 1}"#, "NUL"),
            (r#"{"a": 123456789012345678901234567890}"#, "rounded"),
            ("[]", "must be an object"),
        ] {
            for text in json(metadata) {
                let told = refusal("json", &text);
                assert!(told.contains(why), "{metadata}: {told}");
                // JSON is YAML too, whose reader has words of its own for some of it.
                refusal("yaml", &text);
            }
        }
    }

    #[test]
    fn metadata_reads_the_same_from_each_format() {
        let kept = r#"{"a":null,"b":[1,-2,0.5,true],"c":{"d":"é"}}"#;
        let json = format!(
            r#"{{"conversations": [{{"project": "a", "external_id": "c", "metadata": {kept}}}]}}"#
        );
        for read in [from_json::<Setup>, from_yaml::<Setup>] {
            let setup = read(&json).map_err(|error| error.to_string()).unwrap();
            let metadata = setup.conversations[0].metadata.clone();
            assert_eq!(metadata.map(|object| object.0).as_deref(), Some(kept));
            let written = serde_json::to_vec(&setup).unwrap();
            assert_eq!(Setup::from_json(&written).unwrap(), setup);
        }
        let toml = "[[conversations]]\nproject = \"a\"\nexternal_id = \"c\"\nmetadata = {b = [1, -2, 0.5, true], c = {d = \"é\"}}";
        let setup = from_toml::<Setup>(toml)
            .map_err(|error| error.to_string())
            .unwrap();
        let metadata = setup.conversations[0].metadata.clone();
        let kept = r#"{"b":[1,-2,0.5,true],"c":{"d":"é"}}"#;
        assert_eq!(metadata.map(|object| object.0).as_deref(), Some(kept));
    }

    #[test]
    fn a_name_that_does_not_say_what_it_is_is_refused() {
        assert!(refusal("txt", "").contains("must end in"));
    }

    #[test]
    fn a_file_that_is_not_there_is_named() {
        let refusal = Setup::read(Path::new("/nowhere/file.json")).unwrap_err();
        assert!(
            refusal
                .to_string()
                .starts_with("cannot read /nowhere/file.json")
        );
    }
}
