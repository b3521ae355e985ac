//! Finds the keys that a source file names.

use super::lexer::{Token, tokens};

/// A key or pattern that must exist, and where it stands.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Mention {
    pub(super) what: String,
    pub(super) line: usize,
}

/// What one file names.
#[derive(Debug, Default)]
pub(super) struct Uses {
    /// Stands where only a key can stand.
    pub(super) required: Vec<Mention>,
    /// Any other literal that looks like a key or a pattern.
    pub(super) mentioned: Vec<String>,
}

/// Whether the text is two or more words of lower-case letters, digits and underscores, joined by
/// hyphens.
pub(super) fn is_key(text: &str) -> bool {
    text.contains('-')
        && text.starts_with(|first: char| first.is_ascii_lowercase())
        && text.split('-').all(|word| {
            !word.is_empty()
                && word
                    .bytes()
                    .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_')
        })
}

/// A key with parts that are known only at run time: `state-{}`, `glossary-{id}-name`,
/// `label-{ledger}-{field}`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct KeyPattern {
    prefix: String,
    between: Vec<String>,
    suffix: String,
}

impl KeyPattern {
    pub(super) fn parse(text: &str) -> Option<Self> {
        let (prefix, mut rest) = text.split_once('{')?;
        let mut shape = format!("{prefix}x");
        let mut between = Vec::new();
        loop {
            let (inside, after) = rest.split_once('}')?;
            let name_only = inside
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
            if !name_only {
                return None;
            }
            let Some((piece, next)) = after.split_once('{') else {
                shape.push_str(after);
                return (prefix.ends_with('-') && is_key(&shape)).then(|| Self {
                    prefix: prefix.to_owned(),
                    between,
                    suffix: after.to_owned(),
                });
            };
            shape.push_str(piece);
            shape.push('x');
            between.push(piece.to_owned());
            rest = next;
        }
    }

    /// Whether something, at least one character, stands in the key at every open part.
    pub(super) fn fits(&self, key: &str) -> bool {
        let Some(mut open) = key
            .strip_prefix(self.prefix.as_str())
            .and_then(|rest| rest.strip_suffix(self.suffix.as_str()))
        else {
            return false;
        };
        for piece in &self.between {
            let Some(found) = open
                .char_indices()
                .skip(1)
                .map(|(at, _)| at)
                .find(|at| open[*at..].starts_with(piece.as_str()))
            else {
                return false;
            };
            open = &open[found + piece.len()..];
        }
        !open.is_empty()
    }
}

pub(super) fn scan(source: &str) -> Uses {
    let tokens = without_test_modules(tokens(source));
    let mut uses = Uses::default();
    let mut at = 0;
    while let Some((token, _)) = tokens.get(at) {
        match token {
            Token::Word(word) => {
                let next = mark(&tokens, at + 1);
                match word.as_str() {
                    "t" | "t_args" | "message_key"
                        if next == Some('(') && !follows_fn(&tokens, at) =>
                    {
                        require_argument(&tokens, at + 1, 0, &mut uses);
                    }
                    "text" | "format" if next == Some('(') && is_catalogue_call(&tokens, at) => {
                        require_argument(&tokens, at + 1, 1, &mut uses);
                    }
                    name if follows_fn(&tokens, at)
                        && (name == "message_key" || name.ends_with("_message_key")) =>
                    {
                        require_body(&tokens, at, &mut uses);
                    }
                    name if name.ends_with("_key") && next == Some(':') => {
                        if let Some((Token::Text(text), line)) = tokens.get(at + 2)
                            && is_key(text)
                        {
                            uses.required.push(Mention {
                                what: text.clone(),
                                line: *line,
                            });
                        }
                    }
                    _ => {}
                }
            }
            Token::Text(text) if is_key(text) || KeyPattern::parse(text).is_some() => {
                uses.mentioned.push(text.clone());
            }
            Token::Text(_) | Token::Mark(_) => {}
        }
        at += 1;
    }
    uses
}

fn mark(tokens: &[(Token, usize)], at: usize) -> Option<char> {
    match tokens.get(at) {
        Some((Token::Mark(mark), _)) => Some(*mark),
        _ => None,
    }
}

fn word(tokens: &[(Token, usize)], at: usize) -> Option<&str> {
    match tokens.get(at) {
        Some((Token::Word(word), _)) => Some(word),
        _ => None,
    }
}

fn follows_fn(tokens: &[(Token, usize)], at: usize) -> bool {
    at.checked_sub(1).and_then(|before| word(tokens, before)) == Some("fn")
}

fn is_catalogue_call(tokens: &[(Token, usize)], at: usize) -> bool {
    at.checked_sub(2).is_some_and(|before| {
        word(tokens, before) == Some("catalogue") && mark(tokens, before + 1) == Some('.')
    })
}

/// Requires the literals of one argument of the call whose bracket opens at `open`.
fn require_argument(tokens: &[(Token, usize)], open: usize, argument: usize, uses: &mut Uses) {
    let mut depth = 0_usize;
    let mut position = 0;
    let mut at = open;
    while let Some((token, line)) = tokens.get(at) {
        match token {
            Token::Mark('(' | '[' | '{') => depth += 1,
            Token::Mark(')' | ']' | '}') => {
                depth -= 1;
                if depth == 0 {
                    return;
                }
            }
            Token::Mark(',') if depth == 1 => position += 1,
            Token::Text(text) if position == argument && !is_compared(tokens, at) => {
                uses.required.push(Mention {
                    what: text.clone(),
                    line: *line,
                });
            }
            _ => {}
        }
        at += 1;
    }
}

/// Requires the literals of the body of the function whose name stands at `name`.
fn require_body(tokens: &[(Token, usize)], name: usize, uses: &mut Uses) {
    let mut depth = 0_usize;
    let mut at = name;
    while let Some((token, line)) = tokens.get(at) {
        match token {
            Token::Mark('{') => depth += 1,
            Token::Mark('}') => {
                depth = depth.saturating_sub(1);
                if depth == 0 {
                    return;
                }
            }
            Token::Mark(';') if depth == 0 => return,
            Token::Text(text) if depth > 0 && !is_compared(tokens, at) => {
                uses.required.push(Mention {
                    what: text.clone(),
                    line: *line,
                });
            }
            _ => {}
        }
        at += 1;
    }
}

/// Whether the literal is a match pattern or one side of a comparison.
fn is_compared(tokens: &[(Token, usize)], at: usize) -> bool {
    let after = (mark(tokens, at + 1), mark(tokens, at + 2));
    let before = (
        at.checked_sub(2).and_then(|place| mark(tokens, place)),
        at.checked_sub(1).and_then(|place| mark(tokens, place)),
    );
    matches!(after, (Some('='), Some('>' | '=')) | (Some('|'), _))
        || matches!(before, (Some('='), Some('=')) | (Some('!'), Some('=')))
}

/// Leaves out the item that follows each `#[cfg(test)]`.
fn without_test_modules(tokens: Vec<(Token, usize)>) -> Vec<(Token, usize)> {
    let mut kept = Vec::with_capacity(tokens.len());
    let mut at = 0;
    while let Some(token) = tokens.get(at) {
        if is_test_attribute(&tokens, at) {
            at = end_of_item(&tokens, at + 7);
        } else {
            kept.push(token.clone());
            at += 1;
        }
    }
    kept
}

fn is_test_attribute(tokens: &[(Token, usize)], at: usize) -> bool {
    mark(tokens, at) == Some('#')
        && mark(tokens, at + 1) == Some('[')
        && word(tokens, at + 2) == Some("cfg")
        && mark(tokens, at + 3) == Some('(')
        && word(tokens, at + 4) == Some("test")
        && mark(tokens, at + 5) == Some(')')
}

fn end_of_item(tokens: &[(Token, usize)], start: usize) -> usize {
    let mut depth = 0_usize;
    let mut at = start;
    while let Some((token, _)) = tokens.get(at) {
        at += 1;
        match token {
            Token::Mark('{') => depth += 1,
            Token::Mark('}') => {
                depth = depth.saturating_sub(1);
                if depth == 0 {
                    return at;
                }
            }
            Token::Mark(';') if depth == 0 => return at,
            _ => {}
        }
    }
    at
}
