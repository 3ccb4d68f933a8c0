//! Links and headings of a Markdown file, as far as this repository's files need.

use std::collections::BTreeSet;

/// What is checked of one file.
#[derive(Debug)]
pub struct Page {
    links: Vec<String>,
    code: Vec<String>,
    headings: BTreeSet<String>,
}

impl Page {
    /// Reads inline links and pictures, and headings that begin with `#`; code is left out.
    pub fn read(text: &str) -> Self {
        let mut page = Self {
            links: Vec::new(),
            code: Vec::new(),
            headings: BTreeSet::new(),
        };
        let mut fence = None;
        for line in text.lines() {
            let start = line.trim_start();
            match fence {
                Some(mark) if start.starts_with(mark) => fence = None,
                Some(_) => {}
                None if start.starts_with("```") => fence = Some("```"),
                None if start.starts_with("~~~") => fence = Some("~~~"),
                None => page.read_line(line),
            }
        }
        page
    }

    fn read_line(&mut self, line: &str) {
        self.code
            .extend(line.split('`').skip(1).step_by(2).map(str::to_owned));
        let line = without_code(line);
        if let Some(heading) = line.strip_prefix('#') {
            self.headings
                .insert(anchor(heading.trim_start_matches('#')));
        }
        for rest in line.split("](").skip(1) {
            if let Some((link, _)) = rest.split_once(')') {
                self.links.push(link.to_owned());
            }
        }
    }

    /// Where links and pictures point to.
    pub fn links(&self) -> impl Iterator<Item = &str> {
        self.links.iter().map(String::as_str)
    }

    /// The pieces of inline code.
    pub fn code(&self) -> impl Iterator<Item = &str> {
        self.code.iter().map(String::as_str)
    }

    /// Whether there is a heading with this anchor.
    pub fn has_heading(&self, anchor: &str) -> bool {
        self.headings.contains(anchor)
    }
}

/// The text with the marks of inline code, but for the contents that look like links.
fn without_code(line: &str) -> String {
    line.split('`')
        .enumerate()
        .map(|(index, part)| {
            if index % 2 == 1 {
                part.replace("](", "  ")
            } else {
                part.to_owned()
            }
        })
        .collect()
}

/// A heading's anchor, as GitHub and mdBook make it: lower case, words joined by hyphens, without
/// punctuation.
fn anchor(heading: &str) -> String {
    heading
        .trim()
        .to_lowercase()
        .chars()
        .filter_map(|letter| match letter {
            ' ' => Some('-'),
            letter if letter.is_alphanumeric() || letter == '-' || letter == '_' => Some(letter),
            _ => None,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_outside_of_code() {
        let text = "# A\n[one](a.md) and ![two](b.png), `[no](c.md)`\n```rust\n[no](d.md)\n```\n[`code`](e.rs#L1)\n";
        assert_eq!(
            Page::read(text).links().collect::<Vec<_>>(),
            ["a.md", "b.png", "e.rs#L1"]
        );
    }

    #[test]
    fn inline_code_without_blocks() {
        let text = "`src/a.rs` and [`b`](c.md)\n```sh\n`no`\n```\n";
        assert_eq!(
            Page::read(text).code().collect::<Vec<_>>(),
            ["src/a.rs", "b"]
        );
    }

    #[test]
    fn anchors_of_headings() {
        let page = Page::read(
            "## Does it compute right on your device?\n### The `--device` option\n```sh\n# no\n```\n",
        );
        assert!(page.has_heading("does-it-compute-right-on-your-device"));
        assert!(page.has_heading("the---device-option"));
        assert!(!page.has_heading("no"));
    }
}
