//! Server-sent events, as vendors stream their answers.

use std::str;

/// One event of a stream.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Event {
    /// What kind of event it is; empty where the stream does not say.
    pub name: String,
    /// What it says: its lines of data, with line feeds between them.
    pub data: String,
}

/// The events of a stream, or of as much of it as there is: lines may end with a line feed, a carriage return or both, and
/// an event whose end did not come is not given. What is not UTF-8 ends the reading.
pub fn events(stream: &[u8]) -> impl Iterator<Item = Event> {
    let text = match str::from_utf8(stream) {
        Ok(text) => text,
        Err(error) => str::from_utf8(&stream[..error.valid_up_to()]).unwrap_or_default(),
    };
    let mut rest = text.strip_prefix('\u{feff}').unwrap_or(text);
    std::iter::from_fn(move || {
        let mut event = Event::default();
        let mut has_data = false;
        while let Some((line, after)) = next_line(rest) {
            rest = after;
            if line.is_empty() {
                if has_data {
                    return Some(event);
                }
                event = Event::default();
                continue;
            }
            let (field, value) = line.split_once(':').unwrap_or((line, ""));
            let value = value.strip_prefix(' ').unwrap_or(value);
            match field {
                "event" => value.clone_into(&mut event.name),
                "data" => {
                    if has_data {
                        event.data.push('\n');
                    }
                    event.data.push_str(value);
                    has_data = true;
                }
                // A comment, which begins with the colon, or what only matters to who reconnects.
                _ => {}
            }
        }
        None
    })
}

/// A line without its end, and what is after it; none where no end came.
fn next_line(text: &str) -> Option<(&str, &str)> {
    let end = text.find(['\n', '\r'])?;
    let (line, rest) = text.split_at(end);
    let after = rest.strip_prefix("\r\n").unwrap_or_else(|| &rest[1..]);
    Some((line, after))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(stream: &str) -> Vec<(String, String)> {
        let events = events(stream.as_bytes());
        events.map(|event| (event.name, event.data)).collect()
    }

    fn pairs(expected: &[(&str, &str)]) -> Vec<(String, String)> {
        let owned = |(name, data): &(&str, &str)| ((*name).to_owned(), (*data).to_owned());
        expected.iter().map(owned).collect()
    }

    #[test]
    fn events_are_told_apart_however_their_lines_end() {
        for end in ["\n", "\r\n", "\r"] {
            let stream = [
                "event: a", "data: 1", "data:2", "", ": ping", "", "data", "", "",
            ];
            let expected = pairs(&[("a", "1\n2"), ("", "")]);
            assert_eq!(read(&stream.join(end)), expected, "{end:?}");
        }
    }

    #[test]
    fn only_one_space_is_taken_off() {
        assert_eq!(read("data:  1 \n\n"), pairs(&[("", " 1 ")]));
    }

    #[test]
    fn an_event_that_was_cut_off_is_not_given() {
        for cut in ["data: 1", "data: 1\n", "data: 1\r\nevent: a"] {
            assert_eq!(read(cut), []);
        }
    }

    #[test]
    fn a_name_without_data_is_not_carried_over() {
        assert_eq!(read("event: a\n\ndata: 1\n\n"), pairs(&[("", "1")]));
    }

    #[test]
    fn reading_ends_where_a_character_was_cut() {
        let events = events(b"data: 1\n\ndata: \xc3");
        assert_eq!(events.count(), 1);
    }
}
