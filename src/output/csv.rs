//! Tables as text: comma-separated values by RFC 4180, lines ended by a line feed.

use std::io::{self, Write};

/// Writes a line of fields, quoted where a field has a comma, a quote, the end of a line, or a space
/// at an end.
///
/// # Errors
/// Those of `writer`.
pub fn write_row<S: AsRef<str>>(
    writer: &mut impl Write,
    fields: impl IntoIterator<Item = S>,
) -> io::Result<()> {
    for (index, field) in fields.into_iter().enumerate() {
        if index > 0 {
            writer.write_all(b",")?;
        }
        let field = field.as_ref();
        let special = |byte| matches!(byte, b',' | b'"' | b'\n' | b'\r');
        if field.is_empty() || field.bytes().any(special) || field.trim() != field {
            write!(writer, "\"{}\"", field.replace('"', "\"\""))?;
        } else {
            writer.write_all(field.as_bytes())?;
        }
    }
    writer.write_all(b"\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_would_be_misread_is_quoted() {
        let mut text = Vec::new();
        write_row(&mut text, ["a", "b,c", "say \"d\"", "e\nf", "", " g"]).unwrap();
        write_row(&mut text, ["1.5", "-2"]).unwrap();
        let text = String::from_utf8(text).unwrap();
        assert_eq!(
            text,
            "a,\"b,c\",\"say \"\"d\"\"\",\"e\nf\",\"\",\" g\"\n1.5,-2\n"
        );
    }
}
