//! JSON as Python writes it: with a byte order mark, `Infinity`, `NaN`, and `1000.0` for 1000.

use serde::de::{Deserialize, Deserializer, Error, Unexpected};
use std::borrow::Cow;

/// The literals that Python's `json.dumps` writes and JSON lacks, each with a string of as many
/// bytes that stands for it, so that positions in error messages stay true.
const LITERALS: [(&str, &str); 3] = [
    ("-Infinity", "\"-\u{221e}\"   "),
    ("Infinity", "\"+\u{221e}\"  "),
    ("NaN", "\"?\""),
];

/// `text` as JSON proper: without a byte order mark, and with strings for Python's literals.
pub(super) fn to_json(text: &str) -> Cow<'_, str> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    if !LITERALS.iter().any(|(literal, _)| text.contains(literal)) {
        return Cow::Borrowed(text);
    }
    let mut json = String::with_capacity(text.len());
    let (mut rest, mut quoted) = (text, false);
    while let Some(next) = rest.chars().next() {
        let literal = LITERALS.iter().find(|(name, _)| rest.starts_with(name));
        if let (false, Some((name, string))) = (quoted, literal) {
            json.push_str(string);
            rest = &rest[name.len()..];
            continue;
        }
        let escaped = if quoted && next == '\\' {
            rest[1..].chars().next().map_or(0, char::len_utf8)
        } else {
            0
        };
        quoted ^= next == '"';
        let (done, left) = rest.split_at(next.len_utf8() + escaped);
        json.push_str(done);
        rest = left;
    }
    Cow::Owned(json)
}

/// A number that may be infinite, or none.
#[derive(Clone, Copy, Debug)]
pub(super) struct Float(pub(super) f64);

/// What a number may be written as.
#[derive(serde::Deserialize)]
#[serde(untagged)]
enum Written {
    Integer(u64),
    Number(f64),
    Text(String),
}

impl<'de> Deserialize<'de> for Float {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match Written::deserialize(deserializer)? {
            Written::Integer(value) => Ok(Self(value as f64)),
            Written::Number(value) => Ok(Self(value)),
            Written::Text(text) => match text.as_str() {
                "+\u{221e}" => Ok(Self(f64::INFINITY)),
                "-\u{221e}" => Ok(Self(f64::NEG_INFINITY)),
                "?" => Ok(Self(f64::NAN)),
                _ => Err(D::Error::invalid_type(Unexpected::Str(&text), &"a number")),
            },
        }
    }
}

/// A whole number, also where it is written as `1000.0`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Integer(pub(super) usize);

impl<'de> Deserialize<'de> for Integer {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        /// Beyond it not every whole number is an `f64`.
        const EXACT: f64 = 9_007_199_254_740_992.0;
        let expected = "a whole number, at least 0";
        let refused = |unexpected| D::Error::invalid_value(unexpected, &expected);
        match Written::deserialize(deserializer)? {
            Written::Integer(value) => match usize::try_from(value) {
                Ok(value) => Ok(Self(value)),
                Err(_) => Err(refused(Unexpected::Unsigned(value))),
            },
            Written::Number(value) if value.fract() == 0.0 && (0.0..=EXACT).contains(&value) => {
                Ok(Self(value as usize))
            }
            Written::Number(value) => Err(refused(Unexpected::Float(value))),
            Written::Text(text) => Err(refused(Unexpected::Str(&text))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn literals_become_strings_of_their_length_and_strings_stay() {
        let text = r#"{"a": -Infinity, "b\"NaN": [Infinity, NaN], "c": "Infinity", "\\": NaN}"#;
        let json = to_json(text);
        assert_eq!(json.len(), text.len());
        let expected = "{\"a\": \"-∞\"   , \"b\\\"NaN\": [\"+∞\"  , \"?\"], \"c\": \"Infinity\", \"\\\\\": \"?\"}";
        assert_eq!(json, expected);
        assert_eq!(to_json("\u{feff}{}"), "{}");
    }
}
