//! Forms whose bytes are at hand, as far as they came: what passes is read without holding it up.

/// A part of a form that came whole.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Part<'form> {
    head: &'form str,
    pub(super) content: &'form [u8],
}

impl<'form> Part<'form> {
    /// What the part is called.
    pub(super) fn name(&self) -> Option<&'form str> {
        self.parameter("name")
    }

    /// What the file in it is called.
    pub(super) fn file_name(&self) -> Option<&'form str> {
        self.parameter("filename")
    }

    /// The type of the file in it.
    pub(super) fn content_type(&self) -> Option<&'form str> {
        self.header("content-type")
    }

    /// Its content, if it is a text.
    pub(super) fn text(&self) -> Option<&'form str> {
        std::str::from_utf8(self.content).ok()
    }

    fn parameter(&self, name: &str) -> Option<&'form str> {
        let mut parameters = self.header("content-disposition")?.split(';').skip(1);
        parameters.find_map(|parameter| {
            let (found, value) = parameter.trim().split_once('=')?;
            found
                .eq_ignore_ascii_case(name)
                .then(|| value.trim_matches('"'))
        })
    }

    fn header(&self, name: &str) -> Option<&'form str> {
        self.head.split("\r\n").find_map(|line| {
            let (found, value) = line.split_once(':')?;
            found.eq_ignore_ascii_case(name).then(|| value.trim())
        })
    }
}

/// The parts of a form (`multipart/form-data`) that came whole. The form's first line tells its boundary.
pub(super) fn parts(form: &[u8]) -> impl Iterator<Item = Part<'_>> {
    let first_line = place_of(form, b"\r\n").and_then(|end| form.get(..end));
    let boundary = first_line.filter(|line| line.len() > 2 && line.starts_with(b"--"));
    let delimiter = [b"\r\n", boundary.unwrap_or_default()].concat();
    let mut rest = boundary.and_then(|boundary| form.get(boundary.len()..));
    std::iter::from_fn(move || {
        // After the last part stand two hyphens.
        let begun = rest?.strip_prefix(b"\r\n")?;
        let (head, content) = if let Some(content) = begun.strip_prefix(b"\r\n") {
            (&[][..], content)
        } else {
            let end = place_of(begun, b"\r\n\r\n")?;
            (begun.get(..end)?, begun.get(end + 4..)?)
        };
        let end = place_of(content, &delimiter)?;
        rest = content.get(end + delimiter.len()..);
        Some(Part {
            head: std::str::from_utf8(head).unwrap_or_default(),
            content: content.get(..end)?,
        })
    })
}

/// The text of the part that is called so.
pub(super) fn text<'form>(form: &'form [u8], name: &str) -> Option<&'form str> {
    parts(form)
        .find(|part| part.name() == Some(name))
        .and_then(|part| part.text())
}

/// Where `sought`, which begins with a carriage return, first stands.
fn place_of(bytes: &[u8], sought: &[u8]) -> Option<usize> {
    let mut from = 0;
    loop {
        let rest = bytes.get(from..)?;
        let found = from + rest.iter().position(|byte| *byte == b'\r')?;
        if bytes.get(found..)?.starts_with(sought) {
            return Some(found);
        }
        from = found + 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FORM: &str = "--X-1\r\nContent-Disposition: form-data; name=\"auth_id\"\r\n\r\nada\r\n\
                        --X-1\r\ncontent-disposition: form-data; filename=\"business_id\"; name=\"file\"\r\n\
                        Content-Type: image/png\r\n\r\n\r\n--X\r\n\r\nname=\"business_id\"\r\n\
                        --X-1\r\nContent-Disposition: form-data; name=business_id\r\n\r\n343\r\n--X-1--\r\n";

    #[test]
    fn parts_are_told_apart_by_the_boundary_alone() {
        assert_eq!(text(FORM.as_bytes(), "auth_id"), Some("ada"));
        assert_eq!(text(FORM.as_bytes(), "business_id"), Some("343"));
        assert_eq!(parts(FORM.as_bytes()).count(), 3);
        let file = parts(FORM.as_bytes()).nth(1).unwrap();
        assert_eq!(file.file_name(), Some("business_id"));
        assert_eq!(file.content_type(), Some("image/png"));
        assert_eq!(file.content, b"\r\n--X\r\n\r\nname=\"business_id\"");
    }

    #[test]
    fn a_form_may_be_cut_anywhere() {
        let whole = FORM.as_bytes();
        for end in 0..whole.len() {
            let cut = &whole[..end];
            let business = text(cut, "business_id");
            assert!(business.is_none() || business == Some("343"), "{end}");
            assert!(parts(cut).count() <= 3);
        }
    }

    #[test]
    fn what_is_no_form_has_no_parts() {
        for other in [
            "",
            "{}",
            "\r\n",
            "--\r\n",
            "--X",
            "--X--\r\n",
            "--X\r\n\r\n",
        ] {
            assert_eq!(parts(other.as_bytes()).next(), None, "{other:?}");
        }
    }
}
