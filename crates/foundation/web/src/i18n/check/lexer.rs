//! Just enough of Rust's lexical structure to tell literals from comments and code.

/// A token that the scan looks at. Numbers, lifetimes and character literals are left out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Token {
    /// An identifier or keyword.
    Word(String),
    /// A string literal, unescaped as far as keys need it.
    Text(String),
    /// One punctuation character.
    Mark(char),
}

/// The tokens of a file with the line each begins on, from 1.
pub(super) fn tokens(source: &str) -> Vec<(Token, usize)> {
    Lexer {
        rest: source.chars().collect(),
        at: 0,
        line: 1,
    }
    .run()
}

struct Lexer {
    rest: Vec<char>,
    at: usize,
    line: usize,
}

impl Lexer {
    fn peek(&self, ahead: usize) -> Option<char> {
        self.rest.get(self.at + ahead).copied()
    }

    fn take(&mut self) -> Option<char> {
        let character = self.peek(0)?;
        self.at += 1;
        if character == '\n' {
            self.line += 1;
        }
        Some(character)
    }

    fn run(mut self) -> Vec<(Token, usize)> {
        let mut found = Vec::new();
        while let Some(character) = self.peek(0) {
            let line = self.line;
            match character {
                '/' if self.peek(1) == Some('/') => {
                    while self.peek(0).is_some_and(|next| next != '\n') {
                        self.take();
                    }
                }
                '/' if self.peek(1) == Some('*') => self.skip_block_comment(),
                '"' => {
                    self.take();
                    found.push((Token::Text(self.quoted()), line));
                }
                '\'' => self.skip_character_or_lifetime(),
                'r' | 'b' | 'c' if self.raw_prefix().is_some() => {
                    let (skip, hashes) = self.raw_prefix().unwrap_or_default();
                    for _ in 0..skip {
                        self.take();
                    }
                    found.push((Token::Text(self.raw(hashes)), line));
                }
                _ if character.is_alphabetic() || character == '_' => {
                    let mut word = String::new();
                    while let Some(next) = self.peek(0) {
                        if !next.is_alphanumeric() && next != '_' {
                            break;
                        }
                        word.push(next);
                        self.take();
                    }
                    found.push((Token::Word(word), line));
                }
                _ if character.is_whitespace() || character.is_numeric() => {
                    self.take();
                }
                _ => {
                    self.take();
                    found.push((Token::Mark(character), line));
                }
            }
        }
        found
    }

    fn skip_block_comment(&mut self) {
        let mut depth = 0_usize;
        while self.peek(0).is_some() {
            match (self.peek(0), self.peek(1)) {
                (Some('/'), Some('*')) => {
                    depth += 1;
                    self.take();
                }
                (Some('*'), Some('/')) => {
                    depth -= 1;
                    self.take();
                }
                _ => {}
            }
            self.take();
            if depth == 0 {
                return;
            }
        }
    }

    /// The characters before the text of a raw string here and its number of hashes.
    fn raw_prefix(&self) -> Option<(usize, usize)> {
        let mut at = usize::from(matches!(self.peek(0), Some('b' | 'c')));
        if self.peek(at) != Some('r') {
            return None;
        }
        at += 1;
        let mut hashes = 0;
        while self.peek(at) == Some('#') {
            hashes += 1;
            at += 1;
        }
        (self.peek(at) == Some('"')).then_some((at + 1, hashes))
    }

    fn raw(&mut self, hashes: usize) -> String {
        let mut text = String::new();
        while let Some(character) = self.take() {
            if character == '"' && (0..hashes).all(|ahead| self.peek(ahead) == Some('#')) {
                for _ in 0..hashes {
                    self.take();
                }
                break;
            }
            text.push(character);
        }
        text
    }

    fn quoted(&mut self) -> String {
        let mut text = String::new();
        while let Some(character) = self.take() {
            match character {
                '"' => break,
                '\\' => match self.take() {
                    Some('\n') => {
                        while self.peek(0).is_some_and(char::is_whitespace) {
                            self.take();
                        }
                    }
                    Some(escaped) => text.push(escaped),
                    None => break,
                },
                _ => text.push(character),
            }
        }
        text
    }

    fn skip_character_or_lifetime(&mut self) {
        self.take();
        if self.peek(0) == Some('\\') {
            self.take();
            self.take();
            while self.peek(0).is_some_and(|next| next != '\'') {
                self.take();
            }
            self.take();
        } else if self.peek(1) == Some('\'') {
            self.take();
            self.take();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(source: &str) -> Vec<String> {
        tokens(source)
            .into_iter()
            .filter_map(|(token, _)| match token {
                Token::Text(text) => Some(text),
                _ => None,
            })
            .collect()
    }

    #[test]
    fn comments_lifetimes_and_characters_do_not_confuse_it() {
        let source = r###"
            // "line-comment"
            /* "block" /* "nested" */ "still" */
            fn f<'a>(x: &'a str) -> char { let q = '"'; let e = '\''; "real-key"; q }
            const R: &str = r#"raw "quoted" text"#; const B: &[u8] = b"bytes";
            "two \"quoted\" words"
        "###;
        assert_eq!(
            texts(source),
            [
                "real-key",
                "raw \"quoted\" text",
                "bytes",
                "two \"quoted\" words"
            ]
        );
    }

    #[test]
    fn lines_are_counted_through_strings() {
        let found = tokens("\"a\nb\"\n\"c\"");
        assert_eq!(
            found,
            [
                (Token::Text("a\nb".into()), 1),
                (Token::Text("c".into()), 3)
            ]
        );
    }
}
