//! Keeps the YAML reader from inputs on which its scanner takes quadratic time.
//!
//! The scanner (a port of libyaml) walks over all open flow collections for each token, and over
//! all `%TAG` directives for each directive: a few hundred kilobytes of `{a: {a: …` cost a minute.
//! Neither occurs in honest files, so both are refused by a single pass over the text beforehand.
//! The pass knows quotes, comments and block scalars well enough that brackets in texts do not
//! count.

use super::limits::place_at;
use super::{ImportError, ImportProblem, Limits};

const DIRECTIVES: usize = 4;

/// Where the pass is inside the text.
#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    /// Structure, and plain texts.
    Plain,
    Comment,
    SingleQuoted,
    DoubleQuoted,
    /// The rest of the line with `|` or `>`; the number is the indentation of what holds it.
    BlockHeader(usize),
    /// Lines of a block scalar; the number is the least indentation that continues it.
    Block(usize),
}

/// Refuses flow collections nested deeper than the limit, and more than a few directives.
pub(super) fn check(text: &str, limits: &Limits) -> Result<(), ImportError> {
    let mut scan = Scan {
        state: State::Plain,
        depth: 0,
        token_start: true,
        token_closed: false,
        in_property: false,
    };
    let mut offset = 0;
    let mut directives = 0;
    for line in text.split_inclusive('\n') {
        if line.starts_with('%') {
            directives += 1;
            if directives > DIRECTIVES {
                return Err(ImportError::at(
                    place_at(text, offset),
                    ImportProblem::Syntax {
                        format: "YAML",
                        detail: "too many directives".into(),
                    },
                ));
            }
        }
        if let Some(at) = scan.line(line, limits.depth) {
            return Err(ImportError::at(
                place_at(text, offset + at),
                ImportProblem::TooDeep {
                    limit: limits.depth,
                },
            ));
        }
        offset += line.len();
    }
    Ok(())
}

struct Scan {
    state: State,
    depth: usize,
    /// Whether a quote, a bracket or a block scalar may begin here.
    token_start: bool,
    /// Whether a quoted text or a flow collection has just ended, so that `:` and `#` need no
    /// blank around them.
    token_closed: bool,
    /// Inside an anchor or a tag, which stands before the token that it belongs to.
    in_property: bool,
}

impl Scan {
    /// Goes through one line; gives the offset at which the depth exceeds the limit.
    fn line(&mut self, line: &str, limit: usize) -> Option<usize> {
        let indent = line.bytes().take_while(|byte| *byte == b' ').count();
        let blank = line.trim().is_empty();
        match self.state {
            State::BlockHeader(_) | State::Block(_) if blank => return None,
            State::BlockHeader(parent) if indent > parent => {
                self.state = State::Block(parent + 1);
                return None;
            }
            State::Block(least) if indent >= least => return None,
            State::BlockHeader(_) | State::Block(_) | State::Comment => self.state = State::Plain,
            _ if line.starts_with("---") || line.starts_with("...") => self.state = State::Plain,
            State::Plain | State::SingleQuoted | State::DoubleQuoted => {}
        }
        if self.state == State::Plain {
            self.token_start = true;
            self.in_property = false;
        }
        let mut previous = ' ';
        let mut letters = line.char_indices().peekable();
        while let Some((at, c)) = letters.next() {
            let next = letters.peek().map_or('\n', |(_, next)| *next);
            match self.state {
                State::DoubleQuoted if c == '\\' => {
                    letters.next();
                }
                State::SingleQuoted if c == '\'' && next == '\'' => {
                    letters.next();
                }
                State::DoubleQuoted if c == '"' => self.close(),
                State::SingleQuoted if c == '\'' => self.close(),
                State::Plain => {
                    self.plain(line, at, c, previous, next);
                    if self.depth > limit {
                        return Some(at);
                    }
                    if matches!(self.state, State::Comment | State::BlockHeader(_)) {
                        return None;
                    }
                }
                _ => {}
            }
            previous = c;
        }
        None
    }

    fn close(&mut self) {
        self.state = State::Plain;
        self.token_start = false;
        self.token_closed = true;
    }

    fn plain(&mut self, line: &str, at: usize, c: char, previous: char, next: char) {
        let in_flow = self.depth > 0;
        let closed = std::mem::take(&mut self.token_closed);
        if c.is_whitespace() {
            self.token_closed = closed;
            self.in_property = false;
            return;
        }
        match c {
            '#' if previous.is_whitespace() || self.token_start || closed => {
                self.state = State::Comment;
            }
            '[' | '{' if in_flow || self.token_start => {
                self.depth += 1;
                self.token_start = true;
                self.in_property = false;
            }
            // A verbatim tag may hold brackets: rather one too many open than one too few.
            ']' | '}' if self.in_property => {}
            ']' | '}' if in_flow => {
                self.depth -= 1;
                self.token_start = false;
                self.token_closed = true;
            }
            ',' if in_flow => {
                self.token_start = true;
                self.in_property = false;
            }
            _ if self.in_property => {}
            '"' if self.token_start => self.state = State::DoubleQuoted,
            '\'' if self.token_start => self.state = State::SingleQuoted,
            '|' | '>' if self.token_start && !in_flow => {
                self.state = State::BlockHeader(parent_column(line, at));
            }
            '&' | '!' if self.token_start => self.in_property = true,
            ':' => {
                let ends_plain = matches!(next, ',' | '?' | '[' | ']' | '{' | '}');
                self.token_start =
                    next.is_whitespace() || (in_flow && (closed || self.token_start || ends_plain));
            }
            '?' => self.token_start = next.is_whitespace() || (in_flow && self.token_start),
            '-' => self.token_start = next.is_whitespace() && (self.token_start || in_flow),
            _ => self.token_start = false,
        }
    }
}

/// The column of the collection that holds a block scalar: of the key on its line, or of the last
/// dash where there is no key.
fn parent_column(line: &str, block: usize) -> usize {
    let mut column = 0;
    let mut dash = 0;
    let bytes = line.as_bytes();
    while let Some(byte) = bytes.get(column) {
        let spaced = bytes.get(column + 1).is_some_and(|next| *next == b' ');
        match byte {
            b' ' => {}
            b'-' | b'?' if spaced => dash = column,
            _ => break,
        }
        column += 1;
    }
    if column >= block { dash } else { column }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(text: &str) -> bool {
        check(text, &Limits::default()).is_err()
    }

    #[test]
    fn deep_flow_collections_are_refused_wherever_they_hide() {
        let deep = 60;
        for unit in [
            "[",
            "{",
            "{a: ",
            "[a, ",
            "{a: \n",
            "? {",
            "{a: # }\n",
            "{a: \"}\", b: ",
            "{a: '}', b: ",
            "[\"]\", ",
            "{a: '''}', b: ",
            "{a: \"\\\"}\", b: ",
            "{b: &x !t ",
            "{\"a\":",
            "{a-\": {",
            "{a\":\": {",
            "[#]\n",
            "{\"a\"#}\n: ",
            "{!<]> \"}\": ",
            "{!ttttttttttttttttttttttttttttttttttttttt \"}\": ",
            "[a\n, ",
        ] {
            assert!(refused(&unit.repeat(deep)), "{unit:?}");
        }
        let after_text = format!("a: |\n  it's\nb: {}", "{a: ".repeat(deep));
        assert!(refused(&after_text));
        let empty_block = format!("- a: |\n  {}", "{b: ".repeat(deep));
        assert!(refused(&empty_block));
    }

    #[test]
    fn brackets_in_texts_are_not_counted() {
        for text in [
            "- \"[\"\n",
            "- '{'\n",
            "a: see [1\n",
            "a: |\n  [ { [\n  it's [\n\nb: 1\n",
            "- >-\n  [ {\nc: x\n",
            "# [[[[\n",
            "a: [x, y]\n",
            "a: {}\n",
            "a: it's [here] and 'there [\n",
            "- a: |\n    [ [ [\n",
            "a: [\"[\", '{']\n",
        ] {
            assert!(!refused(&text.repeat(200)), "{text:?}");
        }
    }

    #[test]
    fn directives_are_few() {
        assert!(refused(&"%TAG !a! b\n".repeat(5)));
        assert!(!refused("%YAML 1.2\n---\na: 1\n"));
    }
}
