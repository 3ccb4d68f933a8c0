//! A composed text that knows where each of its lines comes from, so that a compiler's
//! message can name a file.

use std::fmt;

/// Where a part of a text comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// A file of this repository, by its path.
    File(&'static str),
    /// Text that is made or given at run time, by what it is.
    Text(&'static str),
}

/// A part to compose a text of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Snippet<'a> {
    pub source: Source,
    pub text: &'a str,
}

/// A line of a source.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    source: Source,
    /// From 1.
    line: usize,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.source {
            Source::File(path) => write!(f, "{path}:{}", self.line),
            Source::Text(what) => write!(f, "{what}, line {}", self.line),
        }
    }
}

impl Place {
    fn with_column(self, column: usize) -> String {
        match self.source {
            Source::File(_) => format!("{self}:{column}"),
            Source::Text(_) => format!("{self}, column {column}"),
        }
    }
}

/// A WGSL text, and where each of its lines comes from.
#[derive(Clone, Debug, Default)]
pub struct Composed {
    text: String,
    places: Vec<Place>,
}

impl Composed {
    /// Adds line `number` (from 0) of a source.
    pub fn push(&mut self, source: Source, number: usize, line: &str) {
        self.text.push_str(line);
        self.text.push('\n');
        let line = number + 1;
        self.places.push(Place { source, line });
    }

    pub fn text(&self) -> &str {
        &self.text
    }

    pub fn into_text(self) -> String {
        self.text
    }

    /// The same with a piece of text replaced wherever it occurs; none of the two breaks a line
    /// that the other does not.
    #[cfg(feature = "fault-injection")]
    pub fn replaced(mut self, from: &str, to: &str) -> Self {
        debug_assert_eq!(from.matches('\n').count(), to.matches('\n').count());
        self.text = self.text.replace(from, to);
        self
    }

    /// Where line `number` (from 1) of the text comes from; beyond its end,
    /// where the last line does.
    pub fn place(&self, number: usize) -> Place {
        let nowhere = Place {
            source: Source::Text("an empty text"),
            line: number,
        };
        let at = number.clamp(1, self.places.len().max(1)) - 1;
        self.places.get(at).copied().unwrap_or(nowhere)
    }

    /// A message of naga's or Tint's about this text, with each line of the whole replaced by the
    /// source's own: naga's head of a label, `┌─ wgsl:310:5`, and the numbers in front of what it
    /// cites, `310 │ …`; Tint's `:310:5 error: …`. What is not of that form stays.
    pub fn locate(&self, message: &str) -> String {
        let mut head = None;
        let lines = message.lines().map(|line| {
            if let Some((margin, place, column)) = label_head(line) {
                let place = self.place(place);
                head = Some(place.source);
                return format!("{margin}┌─ {}", place.with_column(column));
            }
            if let Some((before, place, column, said)) = tint_head(line) {
                return format!("{before}{}:{said}", self.place(place).with_column(column));
            }
            let Some((margin, number, cited)) = cited_line(line) else {
                return line.to_owned();
            };
            let place = self.place(number);
            if head == Some(place.source) {
                format!("{:>margin$} │{cited}", place.line)
            } else {
                format!("{place} │{cited}")
            }
        });
        lines.collect::<Vec<_>>().join("\n")
    }
}

/// The margin, line and column of `   ┌─ name:line:column`.
fn label_head(line: &str) -> Option<(&str, usize, usize)> {
    let (margin, place) = line.split_once("┌─ ")?;
    let mut parts = place.trim_end().rsplitn(3, ':');
    let column = parts.next()?.parse().ok()?;
    let line = parts.next()?.parse().ok()?;
    Some((margin, line, column))
}

/// What is before the place, its line and column, and what is said of it, of
/// `before :line:column error: …`.
fn tint_head(line: &str) -> Option<(&str, usize, usize, &str)> {
    let said = [" error: ", " warning: ", " note: "];
    let at = said.iter().find_map(|said| line.find(said))?;
    let (head, said) = line.split_at(at);
    let mut parts = head.rsplitn(3, ':');
    let column = parts.next()?.parse().ok()?;
    let line = parts.next()?.parse().ok()?;
    let before = parts.next()?;
    (before.is_empty() || before.ends_with(' ')).then_some((before, line, column, said))
}

/// The width in front of the bar, the number and what follows the bar, of `310 │     return y;`.
fn cited_line(line: &str) -> Option<(usize, usize, &str)> {
    let (margin, cited) = line.split_once(" │")?;
    let number = margin.trim_start().parse().ok()?;
    Some((margin.len(), number, cited))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn composed() -> Composed {
        let mut composed = Composed::default();
        for number in 0..300 {
            composed.push(Source::File("shaders/shared/a.wgsl"), number, "a");
        }
        for number in 0..20 {
            composed.push(Source::Text("the caller's network"), number, "b");
        }
        composed
    }

    #[test]
    fn a_message_names_the_source_of_what_it_cites() {
        let message = "error: no definition in scope for identifier: `y`\n    ┌─ wgsl:310:5\n    │\n310 │     return y;\n    │            ^ unknown identifier\n";
        assert_eq!(
            composed().locate(message),
            "error: no definition in scope for identifier: `y`\n    ┌─ the caller's network, line 10, column 5\n    │\n 10 │     return y;\n    │            ^ unknown identifier"
        );
    }

    #[test]
    fn a_line_of_another_source_says_so() {
        let message = "    ┌─ ddim.predict_step:310:5\n    │\n 12 │ fn a() {\n    │    - first\n310 │ fn a() {\n    │    ^ again";
        assert_eq!(
            composed().locate(message),
            "    ┌─ the caller's network, line 10, column 5\n    │\nshaders/shared/a.wgsl:12 │ fn a() {\n    │    - first\n 10 │ fn a() {\n    │    ^ again"
        );
    }

    #[test]
    fn a_browsers_message_names_the_source_too() {
        let message = "Error while parsing WGSL: :310:5 error: unresolved value 'y'\n    return y;\n           ^\n:7:1 note: 'a' declared here";
        assert_eq!(
            composed().locate(message),
            "Error while parsing WGSL: the caller's network, line 10, column 5: error: unresolved value 'y'\n    return y;\n           ^\nshaders/shared/a.wgsl:7:1: note: 'a' declared here"
        );
    }

    #[test]
    fn what_has_no_place_stays() {
        for message in [
            "",
            "at noon: :x:5 error: no",
            "12:30:15 error: a clock",
            "the driver said no",
            "12 rows │ at 3:4",
            "┌─ wgsl:x:5",
        ] {
            assert_eq!(composed().locate(message), message);
        }
    }

    #[test]
    fn the_end_of_the_text_is_its_last_line() {
        let last = "the caller's network, line 20";
        assert_eq!(composed().place(320).to_string(), last);
        assert_eq!(composed().place(321).to_string(), last);
        assert_eq!(composed().place(1).to_string(), "shaders/shared/a.wgsl:1");
    }
}
