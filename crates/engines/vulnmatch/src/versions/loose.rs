//! Versions as most people write them: numbers, letters and a few words that everybody knows.

use super::key::{Key, Writer, rank};

/// Which words are known.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Words {
    /// The usual ones.
    Usual,
    /// `b` before a number is a build.
    Builds,
    /// Maven's, where a word that is not known stands above the release.
    Maven,
}

/// A piece of a version.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Token<'a> {
    /// Digits.
    Number(&'a str),
    /// Letters.
    Word(&'a str),
    /// One character of punctuation or space.
    Separator(char),
}

/// The pieces of a version.
pub(super) fn tokens(text: &str) -> impl Iterator<Item = Token<'_>> {
    let mut rest = text;
    std::iter::from_fn(move || {
        let first = rest.chars().next()?;
        let belongs = |character: char| {
            if first.is_ascii_digit() {
                character.is_ascii_digit()
            } else {
                character.is_alphabetic() || (character.is_numeric() && !character.is_ascii_digit())
            }
        };
        if !first.is_ascii_digit() && !belongs(first) {
            rest = rest.get(first.len_utf8()..).unwrap_or_default();
            return Some(Token::Separator(first));
        }
        let end = rest
            .find(|character| !belongs(character))
            .unwrap_or(rest.len());
        let (piece, after) = rest.split_at_checked(end).unwrap_or((rest, ""));
        rest = after;
        Some(if first.is_ascii_digit() {
            Token::Number(piece)
        } else {
            Token::Word(piece)
        })
    })
}

pub(super) fn key(text: &str, words: Words) -> Option<Key> {
    let pieces: Vec<Token<'_>> = tokens(text).collect();
    if let Some(key) = date(&pieces).or_else(|| release_and_modification(&pieces)) {
        return Some(key);
    }
    let start = beginning(&pieces);
    let (class, start) = match pieces.get(start) {
        Some(Token::Word(word)) => (*word, start + 1),
        _ => ("", start),
    };
    let mut writer = Writer::new(class);
    write(&mut writer, pieces.get(start..).unwrap_or_default(), words)?;
    Some(writer.finish())
}

/// How many pieces at the beginning only say that a version follows.
fn beginning(pieces: &[Token<'_>]) -> usize {
    let mut place = 0;
    loop {
        match pieces.get(place) {
            Some(Token::Separator(_)) => place += 1,
            Some(Token::Word(
                "v" | "ver" | "version" | "rel" | "release" | "build" | "firmware",
            )) => {
                place += 1;
            }
            _ => return place,
        }
    }
}

/// `2010-11-07a`, `release_2009-02-14`, `20231201`: dates have no order among dotted numbers.
fn date(pieces: &[Token<'_>]) -> Option<Key> {
    let rest = pieces.get(beginning(pieces)..)?;
    let year = |text: &str| text.len() == 4 && (text.starts_with("19") || text.starts_with("20"));
    let month =
        |text: &str| text.len() == 2 && text.parse::<u8>().is_ok_and(|n| (1..=31).contains(&n));
    let mut writer = Writer::new("date");
    let after = match rest {
        [
            Token::Number(y),
            Token::Separator('-'),
            Token::Number(m),
            Token::Separator('-'),
            Token::Number(d),
            after @ ..,
        ] if year(y) && month(m) && month(d) => {
            writer.number(y)?;
            writer.number(m)?;
            writer.number(d)?;
            after
        }
        [Token::Number(all)]
            if all.len() == 8
                && all.get(..4).is_some_and(year)
                && all.get(4..6).is_some_and(month) =>
        {
            writer.number(all.get(..4)?)?;
            writer.number(all.get(4..6)?)?;
            writer.number(all.get(6..)?)?;
            &[]
        }
        _ => return None,
    };
    write(&mut writer, after, Words::Usual)?;
    Some(writer.finish())
}

/// IBM's `V6R2M1` is `6.2.1`.
fn release_and_modification(pieces: &[Token<'_>]) -> Option<Key> {
    let [
        Token::Word("v"),
        Token::Number(version),
        Token::Word("r"),
        Token::Number(release),
        Token::Word("m"),
        Token::Number(modification),
    ] = pieces
    else {
        return None;
    };
    let mut writer = Writer::new("");
    writer.number(version)?;
    writer.number(release)?;
    writer.number(modification)?;
    Some(writer.finish())
}

/// Writes pieces after the class.
pub(super) fn write(writer: &mut Writer, pieces: &[Token<'_>], words: Words) -> Option<()> {
    let mut before = Before::Begin;
    let mut place = 0;
    while let Some(piece) = pieces.get(place) {
        place += 1;
        match piece {
            Token::Separator(character) => {
                before = match (character, before) {
                    ('~', _) => {
                        writer.word(rank::TILDE);
                        Before::Word
                    }
                    (_, Before::Begin | Before::Word) => before,
                    ('.' | '(' | ')', Before::Dash) => Before::Dash,
                    ('.' | '(' | ')', _) => Before::Dot,
                    _ => Before::Dash,
                };
            }
            Token::Number(digits) => {
                if before == Before::Dash {
                    writer.dash_number(digits)?;
                } else {
                    writer.number(digits)?;
                }
                before = Before::Number;
            }
            Token::Word(word) => {
                let number_follows = matches!(pieces.get(place), Some(Token::Number(_)));
                let spaced = before != Before::Number;
                match meaning(word, number_follows, spaced, words) {
                    Meaning::Nothing => {
                        before = Before::Dash;
                    }
                    Meaning::Rank(rank) => {
                        writer.word(rank);
                        before = Before::Word;
                    }
                    Meaning::Letters { known } => {
                        if !known {
                            writer.guess();
                        }
                        writer.letters(word);
                        before = Before::Word;
                    }
                }
            }
        }
    }
    Some(())
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Before {
    Begin,
    Number,
    Dot,
    Dash,
    Word,
}

enum Meaning {
    Nothing,
    Rank(u8),
    Letters { known: bool },
}

fn meaning(word: &str, number_follows: bool, spaced: bool, words: Words) -> Meaning {
    Meaning::Rank(match word {
        "final" | "ga" | "release" | "stable" | "general" | "official" | "base" | "fcs"
        | "gold" | "rtm" | "v" | "ver" | "version" => return Meaning::Nothing,
        "dev" | "nightly" | "devel" | "development" | "canary" => rank::DEVELOPMENT,
        "alpha" => rank::ALPHA,
        "beta" => rank::BETA,
        "b" if number_follows && words == Words::Builds => rank::BUILD,
        "a" if number_follows && words != Words::Builds => rank::ALPHA,
        "b" if number_follows => rank::BETA,
        "milestone" => rank::MILESTONE,
        "m" if number_follows && spaced => rank::MILESTONE,
        "pre" | "preview" | "prerelease" | "ea" | "test" | "testing" | "ctp" => rank::PREVIEW,
        "rc" | "cr" | "candidate" => rank::CANDIDATE,
        "snapshot" => rank::SNAPSHOT,
        "sp" if words == Words::Maven => rank::LETTERS - 1,
        "u" | "upd" | "update" | "cu" => rank::UPDATE,
        "p" | "pl" | "patch" | "patchlevel" => rank::PATCH,
        "h" | "hf" | "hotfix" | "hotpatch" => rank::HOTFIX,
        "sp" | "servicepack" | "spc" | "sph" => rank::SERVICE_PACK,
        "sr" | "su" | "mr" | "ses" => rank::SERVICE_RELEASE,
        "r" | "rev" | "revision" => rank::REVISION,
        "build" => rank::BUILD,
        _ => {
            return Meaning::Letters {
                known: word.len() <= 2 || words == Words::Maven,
            };
        }
    })
}
