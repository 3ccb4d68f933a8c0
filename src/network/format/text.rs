//! Texts as editors and shells save them.

use std::io;

/// What some editors of Windows put in front of UTF-8.
const MARK: &str = "\u{feff}";

/// A text in UTF-8, with or without a byte order mark in front; lines may end as on Windows.
///
/// # Errors
/// [`io::ErrorKind::InvalidData`], which says so of UTF-16, as Windows PowerShell writes by `>`.
pub fn decode_text(bytes: Vec<u8>) -> io::Result<String> {
    let invalid = |problem| io::Error::new(io::ErrorKind::InvalidData, problem);
    if bytes.starts_with(b"\xff\xfe") || bytes.starts_with(b"\xfe\xff") {
        return Err(invalid("UTF-16: save it as UTF-8"));
    }
    let text = String::from_utf8(bytes).map_err(|_| invalid("not UTF-8"))?;
    Ok(match text.strip_prefix(MARK) {
        Some(rest) => rest.to_owned(),
        None => text,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mark_is_no_part_of_the_text() {
        let decoded = |bytes: &[u8]| decode_text(bytes.to_vec());
        assert_eq!(decoded(b"\xef\xbb\xbf{}\r\n").unwrap(), "{}\r\n");
        assert_eq!(decoded(b"{}").unwrap(), "{}");
        for utf16 in [&b"\xff\xfe{\0}\0"[..], b"\xfe\xff\0{\0}"] {
            let error = decoded(utf16).unwrap_err().to_string();
            assert!(error.contains("UTF-16"), "{error}");
        }
        assert!(decoded(b"{\xff}").is_err());
    }
}
