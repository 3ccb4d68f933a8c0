//! Documents that are JSON, or nearly.

use serde_json::Value;

use super::corpus::{Case, Content};

/// What a value may be replaced by, also where that is no JSON.
const TOKENS: [&str; 14] = [
    "null",
    "-1",
    "0",
    "1e300",
    "1e999",
    "NaN",
    "-Infinity",
    "18446744073709551615",
    "184467440737095516160",
    r#""\u001b[31m\u009b2J\u202e\u0000\r""#,
    "[]",
    "{}",
    "true",
    "[[[[[[[[[[[[[[[[[[[[0.5]]]]]]]]]]]]]]]]]]]]",
];

/// A place in a text for a token.
const HOLE: &str = "\u{2060}hole\u{2060}";

/// Each value of a document replaced by `each` tokens in turn, and the whole by what is none.
pub(crate) fn spoiled(sound: &Value, each: usize) -> Vec<(String, String)> {
    let mut texts = documents(sound);
    let mut pointers = Vec::new();
    list(sound, "", &mut pointers);
    for (number, pointer) in pointers.iter().enumerate() {
        for turn in 0..each {
            let token = TOKENS[(number * each + turn) % TOKENS.len()];
            let mut document = sound.clone();
            *document.pointer_mut(pointer).expect("a value") = Value::from(HOLE);
            let text = document.to_string().replace(&format!("\"{HOLE}\""), token);
            texts.push((format!("{pointer} = {token}"), text));
        }
        let mut document = sound.clone();
        let (parent, key) = pointer.rsplit_once('/').expect("not the root");
        if let Some(Value::Object(object)) = document.pointer_mut(parent) {
            object.remove(key);
            texts.push((format!("without {pointer}"), document.to_string()));
        }
    }
    texts
}

/// The same as files.
pub(crate) fn cases(sound: &Value, each: usize) -> Vec<Case> {
    let mut cases: Vec<Case> = spoiled(sound, each)
        .into_iter()
        .map(|(name, text)| Case::bytes(name, text))
        .collect();
    for (name, text) in [
        ("brackets a hundred thousand deep", "[".repeat(100_000)),
        ("braces a hundred thousand deep", "{\"a\":".repeat(100_000)),
        (
            "a document that does not end",
            "{\"a\": \"".to_owned() + &"x".repeat(1 << 20),
        ),
    ] {
        cases.push(Case::refused(name, Content::Bytes(text.into())));
    }
    cases
}

/// Pointers to every value but the root.
fn list(value: &Value, at: &str, pointers: &mut Vec<String>) {
    let mut add = |key: &str, below: &Value| {
        let pointer = format!("{at}/{}", key.replace('~', "~0").replace('/', "~1"));
        pointers.push(pointer.clone());
        list(below, &pointer, pointers);
    };
    match value {
        Value::Object(object) => object.iter().for_each(|(key, below)| add(key, below)),
        // More of a long list are more of the same.
        Value::Array(items) => {
            for (index, below) in items.iter().enumerate().take(4) {
                add(&index.to_string(), below);
            }
        }
        _ => {}
    }
}

/// Documents that differ as a whole.
fn documents(sound: &Value) -> Vec<(String, String)> {
    let text = sound.to_string();
    let inner = &text[1..text.len() - 1];
    let many = |name: fn(usize) -> String| {
        let keys: Vec<String> = (0..20_000)
            .map(|i| format!("\"{}\": {i}", name(i)))
            .collect();
        format!("{{{inner}, {}}}", keys.join(", "))
    };
    [
        ("every key twice", format!("{{{inner}, {inner}}}")),
        ("twenty thousand more keys", many(|i| format!("key {i}"))),
        (
            "keys of escapes",
            many(|i| format!("\\u001b[{i}m\\u202e\\n")),
        ),
        ("a byte order mark", format!("\u{feff}{text}")),
        ("a comment", format!("// {text}\n{text}")),
        ("a comma too many", format!("{{{inner},}}")),
        ("something after it", format!("{text} {text}")),
        ("in a list", format!("[{text}]")),
        ("in single quotes", text.replace('"', "'")),
        (
            "a mebibyte of spaces",
            format!("{}{text}", " ".repeat(1 << 20)),
        ),
        ("a lone surrogate", format!("{{{inner}, \"\\ud800\": 1}}")),
    ]
    .map(|(name, text)| (name.to_owned(), text))
    .into()
}
