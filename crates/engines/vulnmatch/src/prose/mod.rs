//! Versions in words, Japanese and English: 「5.16.3 未満」, 「2.13.0 から 2.15.0 より前のバージョン」,
//! `1.9.62 and prior`, `>= 5.0, < 5.0.12`, `vers:all/<V7.0.3`.
//!
//! JVN writes the affected versions as prose, and so do many CVE records and CSAF advisories. What
//! this parser does not understand it refuses ([`Unreadable`]), and the caller falls back to the
//! product alone: a wrong range would be worse than none.
//!
//! ```
//! use vulnmatch::prose::versions;
//! let ranges = versions("core 2.0-beta9 から 2.12.1 より前のバージョン")?;
//! assert_eq!(ranges[0].start.as_ref().map(|b| b.version.as_str()), Some("2.0-beta9"));
//! assert_eq!(ranges[0].end.as_ref().map(|b| (b.version.as_str(), b.inclusive)), Some(("2.12.1", false)));
//! assert!(versions("一部のバージョンを除く 3.0").is_err());
//! # Ok::<(), vulnmatch::prose::Unreadable>(())
//! ```

use unicode_normalization::UnicodeNormalization;

use crate::model::{Bound, Range};

/// The longest text that is read, in characters.
pub const LONGEST: usize = 2_000;

/// Why a text was not understood.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Unreadable {
    /// There is no version in it.
    #[error("no version is named")]
    Nothing,
    /// It is too long.
    #[error("the text is longer than {LONGEST} characters")]
    TooLong,
    /// A word that changes the meaning in a way that is not known.
    #[error("the word {word:?} at character {position} is not understood")]
    Word {
        /// The word, cut to 40 characters.
        word: String,
        /// Where it stands in the text with half-width characters.
        position: usize,
    },
    /// Two versions stand beside each other and nothing says how they belong together.
    #[error("at character {position} a second version follows without a word between")]
    Beside {
        /// Where.
        position: usize,
    },
}

/// What a phrase means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sign {
    /// After a version: it is the end, or behind a beginning.
    Before,
    UpTo,
    Since,
    After,
    /// Between two versions.
    Span,
    /// In front of a version.
    LessThan,
    AtMost,
    AtLeast,
    MoreThan,
    Exactly,
    /// Every version.
    All,
    /// Between the members of a list.
    And,
    /// Says nothing.
    Nothing,
}

/// Phrases, the longer before those that begin them. Half-width, lower case.
const PHRASES: &[(&str, Sign)] = &[
    ("およびそれ以前", Sign::UpTo),
    ("及びそれ以前", Sign::UpTo),
    ("またはそれ以前", Sign::UpTo),
    ("とそれ以前", Sign::UpTo),
    ("およびそれより前", Sign::UpTo),
    ("およびそれ以降", Sign::Since),
    ("及びそれ以降", Sign::Since),
    ("またはそれ以降", Sign::Since),
    ("すべてのバージョン", Sign::All),
    ("全てのバージョン", Sign::All),
    ("全バージョン", Sign::All),
    ("すべて", Sign::All),
    ("よりも前", Sign::Before),
    ("より前", Sign::Before),
    ("よりも古い", Sign::Before),
    ("より古い", Sign::Before),
    ("未満", Sign::Before),
    ("以前", Sign::UpTo),
    ("以下", Sign::UpTo),
    ("まで", Sign::UpTo),
    ("以降", Sign::Since),
    ("以上", Sign::Since),
    ("以後", Sign::Since),
    ("より後", Sign::After),
    ("より新しい", Sign::After),
    ("から", Sign::Span),
    ("〜", Sign::Span),
    ("~", Sign::Span),
    ("のバージョン", Sign::Nothing),
    ("バージョン", Sign::Nothing),
    ("ファームウェア", Sign::Nothing),
    ("の", Sign::Nothing),
    ("および", Sign::And),
    ("及び", Sign::And),
    ("または", Sign::And),
    ("並びに", Sign::And),
    ("ならびに", Sign::And),
    ("、", Sign::And),
    ("・", Sign::And),
    ("。", Sign::Nothing),
    ("vers:", Sign::Nothing),
    ("all versions prior to", Sign::LessThan),
    ("all versions before", Sign::LessThan),
    ("all versions up to", Sign::AtMost),
    ("all versions", Sign::All),
    ("all/*", Sign::All),
    ("all/", Sign::Nothing),
    ("generic/", Sign::Nothing),
    ("intdot/", Sign::Nothing),
    ("all", Sign::All),
    ("<=", Sign::AtMost),
    ("≤", Sign::AtMost),
    ("≦", Sign::AtMost),
    (">=", Sign::AtLeast),
    ("≥", Sign::AtLeast),
    ("≧", Sign::AtLeast),
    ("<", Sign::LessThan),
    (">", Sign::MoreThan),
    ("==", Sign::Exactly),
    ("=", Sign::Exactly),
    ("versions prior to", Sign::LessThan),
    ("version prior to", Sign::LessThan),
    ("prior to version", Sign::LessThan),
    ("prior to", Sign::LessThan),
    ("earlier than", Sign::LessThan),
    ("lower than", Sign::LessThan),
    ("less than", Sign::LessThan),
    ("before version", Sign::LessThan),
    ("before", Sign::LessThan),
    ("up to and including", Sign::AtMost),
    ("up to", Sign::AtMost),
    ("and all prior versions", Sign::UpTo),
    ("and prior versions", Sign::UpTo),
    ("and prior", Sign::UpTo),
    ("and earlier versions", Sign::UpTo),
    ("and earlier", Sign::UpTo),
    ("or earlier", Sign::UpTo),
    ("and below", Sign::UpTo),
    ("and older", Sign::UpTo),
    ("and lower", Sign::UpTo),
    ("or prior", Sign::UpTo),
    ("and later", Sign::Since),
    ("and newer", Sign::Since),
    ("and above", Sign::Since),
    ("or later", Sign::Since),
    ("newer than", Sign::MoreThan),
    ("later than", Sign::MoreThan),
    ("starting with", Sign::AtLeast),
    ("from version", Sign::AtLeast),
    ("from", Sign::AtLeast),
    ("through", Sign::Span),
    ("to", Sign::Span),
    ("|", Sign::And),
    (",", Sign::And),
    (";", Sign::And),
    ("and", Sign::And),
    ("or", Sign::And),
    ("firmware", Sign::Nothing),
    ("versions", Sign::Nothing),
    ("version", Sign::Nothing),
    ("ver.", Sign::Nothing),
    ("ver", Sign::Nothing),
    (":", Sign::Nothing),
];

/// Words that belong to the version in front of them when a number follows.
const SUFFIXES: &[&str] = &[
    "sp",
    "update",
    "upd",
    "patch",
    "build",
    "hotfix",
    "hf",
    "r",
    "rev",
    "u",
    "mr",
    "p",
    "cu",
    "service pack",
    "beta",
    "rc",
    "alpha",
];

/// Words before a version that would change what it means.
const DOUBTFUL: &[&str] = &[
    "除",
    "一部",
    "except",
    "exclud",
    "not ",
    "特定",
    "不明",
    "未確認",
    "以外",
    "ない",
];

#[derive(Debug, PartialEq, Eq)]
enum Piece {
    Version(String),
    Sign(Sign),
}

/// The ranges that a text names; a single version is a range from itself to itself, and an open
/// range is every version.
///
/// # Errors
///
/// [`Unreadable`], with the place.
pub fn versions(text: &str) -> Result<Vec<Range>, Unreadable> {
    if text.chars().count() > LONGEST {
        return Err(Unreadable::TooLong);
    }
    let text: String = text.nfkc().collect::<String>().to_lowercase();
    if let Some(place) = DOUBTFUL.iter().filter_map(|word| text.find(word)).min() {
        return Err(unknown(&text, place));
    }
    interpret(&pieces(&text)?)
}

fn unknown(text: &str, place: usize) -> Unreadable {
    let rest = text.get(place..).unwrap_or_default();
    Unreadable::Word {
        word: rest
            .chars()
            .take_while(|character| !character.is_whitespace())
            .take(40)
            .collect(),
        position: text.get(..place).unwrap_or_default().chars().count(),
    }
}

fn pieces(text: &str) -> Result<Vec<(Piece, usize)>, Unreadable> {
    let mut found: Vec<(Piece, usize)> = Vec::new();
    let mut place = 0;
    while let Some(rest) = text.get(place..).filter(|rest| !rest.is_empty()) {
        let position = text.get(..place).unwrap_or_default().chars().count();
        let Some(first) = rest.chars().next() else {
            break;
        };
        if first.is_whitespace() || matches!(first, '(' | ')' | '「' | '」' | '[' | ']') {
            place += first.len_utf8();
            continue;
        }
        let after_version = matches!(found.last(), Some((Piece::Version(_), _)));
        // A dash between spaces is a span.
        if first == '-' && rest.chars().nth(1).is_some_and(char::is_whitespace) && after_version {
            found.push((Piece::Sign(Sign::Span), position));
            place += 1;
            continue;
        }
        if after_version
            && let Some(length) = suffix(rest)
            && let Some((Piece::Version(version), _)) = found.last_mut()
        {
            version.push(' ');
            version.push_str(rest.get(..length).unwrap_or_default().trim());
            place += length;
            continue;
        }
        if let Some((phrase, sign)) = PHRASES.iter().find(|(phrase, _)| begins(rest, phrase)) {
            if *sign != Sign::Nothing {
                found.push((Piece::Sign(*sign), position));
            }
            place += phrase.len();
            continue;
        }
        if let Some(length) = version_length(rest) {
            let version = rest.get(..length).unwrap_or_default();
            let version = version.trim_end_matches(['.', '-', '_', '+']);
            if after_version {
                return Err(Unreadable::Beside { position });
            }
            found.push((Piece::Version(version.to_owned()), position));
            place += length;
            continue;
        }
        // Words of the product's name stand before the version only.
        if after_version
            || matches!(
                found.last(),
                Some((
                    Piece::Sign(Sign::Before | Sign::UpTo | Sign::Since | Sign::After),
                    _
                ))
            )
        {
            return Err(unknown(text, place));
        }
        let length: usize = rest
            .chars()
            .take_while(|character| {
                !character.is_whitespace() && !"<>=、,;|~〜".contains(*character)
            })
            .map(char::len_utf8)
            .sum();
        place += length.max(first.len_utf8());
    }
    Ok(found)
}

/// Whether the text begins with the phrase, as a word of its own where it is Latin.
fn begins(text: &str, phrase: &str) -> bool {
    let Some(rest) = text.strip_prefix(phrase) else {
        return false;
    };
    let latin = phrase.ends_with(|character: char| character.is_ascii_alphabetic());
    !latin || !rest.starts_with(|character: char| character.is_ascii_alphabetic())
}

fn version_length(text: &str) -> Option<usize> {
    let body = text
        .strip_prefix('v')
        .map(|rest| rest.strip_prefix('.').unwrap_or(rest))
        .unwrap_or(text);
    if !body.starts_with(|character: char| character.is_ascii_digit()) {
        return None;
    }
    let prefix = text.len() - body.len();
    let mut open = 0i32;
    let length: usize = body
        .chars()
        .take_while(|character| match character {
            '(' => {
                open += 1;
                true
            }
            ')' => {
                open -= 1;
                open >= 0
            }
            _ => character.is_ascii_alphanumeric() || ".-_+*".contains(*character),
        })
        .map(char::len_utf8)
        .sum();
    Some(prefix + length)
}

/// How long a suffix of the version before is: `sp2`, `update 3`.
fn suffix(text: &str) -> Option<usize> {
    SUFFIXES.iter().find_map(|word| {
        let rest = text.strip_prefix(word)?;
        let spaces = rest.len() - rest.trim_start().len();
        let digits = rest.trim_start();
        let number: usize = digits
            .chars()
            .take_while(|character| character.is_ascii_alphanumeric() || ".-_".contains(*character))
            .map(char::len_utf8)
            .sum();
        digits
            .starts_with(|character: char| character.is_ascii_digit())
            .then_some(word.len() + spaces + number)
    })
}

fn interpret(pieces: &[(Piece, usize)]) -> Result<Vec<Range>, Unreadable> {
    let mut ranges: Vec<Range> = Vec::new();
    let mut open: Option<Range> = None;
    let mut all = false;
    let mut place = 0;
    let sign_at = |place: usize| match pieces.get(place) {
        Some((Piece::Sign(sign), _)) => Some(*sign),
        _ => None,
    };
    while let Some((piece, position)) = pieces.get(place) {
        place += 1;
        match piece {
            Piece::Sign(Sign::All) => all = true,
            Piece::Sign(Sign::And) => {
                // 「6.0 以降、6.5 未満」 and ">= 6.0, < 6.5" are one range.
                let joins = matches!(
                    (pieces.get(place), sign_at(place + 1)),
                    (Some((Piece::Sign(Sign::LessThan | Sign::AtMost), _)), _)
                        | (
                            Some((Piece::Version(_), _)),
                            Some(Sign::Before | Sign::UpTo)
                        )
                );
                let half = open
                    .as_ref()
                    .is_some_and(|range| range.start.is_some() && range.end.is_none());
                if !(joins && half) {
                    ranges.extend(open.take());
                }
            }
            Piece::Sign(
                sign @ (Sign::LessThan
                | Sign::AtMost
                | Sign::AtLeast
                | Sign::MoreThan
                | Sign::Exactly),
            ) => {
                let Some((Piece::Version(version), _)) = pieces.get(place) else {
                    return Err(Unreadable::Nothing);
                };
                place += 1;
                let bound = bound(
                    version,
                    matches!(sign, Sign::AtMost | Sign::AtLeast | Sign::Exactly),
                );
                match sign {
                    Sign::Exactly => {
                        ranges.extend(open.take());
                        ranges.push(single(version));
                    }
                    Sign::AtLeast | Sign::MoreThan => {
                        ranges.extend(open.take());
                        open = Some(Range {
                            start: Some(bound),
                            end: None,
                        });
                        // "from 1.0 to 2.0"
                        if sign_at(place) == Some(Sign::Span) {
                            place += 1;
                            end(&mut open, pieces, &mut place)?;
                        }
                    }
                    _ => match &mut open {
                        Some(range) if range.end.is_none() => range.end = Some(bound),
                        _ => {
                            ranges.extend(open.take());
                            open = Some(Range {
                                start: None,
                                end: Some(bound),
                            });
                        }
                    },
                }
            }
            Piece::Version(version) => match sign_at(place) {
                Some(Sign::Span) => {
                    place += 1;
                    ranges.extend(open.take());
                    open = Some(Range {
                        start: Some(bound(version, true)),
                        end: None,
                    });
                    end(&mut open, pieces, &mut place)?;
                }
                Some(sign @ (Sign::Before | Sign::UpTo)) => {
                    place += 1;
                    let bound = bound(version, sign == Sign::UpTo);
                    match &mut open {
                        Some(range) if range.end.is_none() => range.end = Some(bound),
                        _ => {
                            ranges.extend(open.take());
                            open = Some(Range {
                                start: None,
                                end: Some(bound),
                            });
                        }
                    }
                }
                Some(sign @ (Sign::Since | Sign::After)) => {
                    place += 1;
                    ranges.extend(open.take());
                    open = Some(Range {
                        start: Some(bound(version, sign == Sign::Since)),
                        end: None,
                    });
                }
                _ => {
                    ranges.extend(open.take());
                    ranges.push(single(version));
                }
            },
            Piece::Sign(_) => {
                return Err(Unreadable::Word {
                    word: "a word without its version".to_owned(),
                    position: *position,
                });
            }
        }
    }
    ranges.extend(open);
    if ranges.is_empty() && all {
        ranges.push(Range::default());
    }
    if ranges.is_empty() {
        return Err(Unreadable::Nothing);
    }
    Ok(ranges)
}

/// The end of a span: inclusive unless a word behind it says otherwise.
fn end(
    open: &mut Option<Range>,
    pieces: &[(Piece, usize)],
    place: &mut usize,
) -> Result<(), Unreadable> {
    let mut inclusive = true;
    if let Some((Piece::Sign(sign @ (Sign::LessThan | Sign::AtMost)), _)) = pieces.get(*place) {
        inclusive = *sign == Sign::AtMost;
        *place += 1;
    }
    let Some((Piece::Version(version), _)) = pieces.get(*place) else {
        return Ok(());
    };
    *place += 1;
    match pieces.get(*place) {
        Some((Piece::Sign(Sign::Before), _)) => {
            inclusive = false;
            *place += 1;
        }
        Some((Piece::Sign(Sign::UpTo), _)) => *place += 1,
        Some((Piece::Version(_), position)) => {
            return Err(Unreadable::Beside {
                position: *position,
            });
        }
        _ => {}
    }
    if let Some(range) = open {
        range.end = match series(version) {
            Some(series) if inclusive => series.end,
            _ => Some(bound(version, inclusive)),
        };
    }
    Ok(())
}

fn bound(version: &str, inclusive: bool) -> Bound {
    let version = version.trim_end_matches(".x").trim_end_matches(".*");
    Bound {
        version: version.to_owned(),
        inclusive,
    }
}

fn single(version: &str) -> Range {
    series(version).unwrap_or_else(|| Range {
        start: Some(bound(version, true)),
        end: Some(bound(version, true)),
    })
}

/// `7.0.x` is from 7.0 to before 7.1.
fn series(version: &str) -> Option<Range> {
    let stem = version
        .strip_suffix(".x")
        .or_else(|| version.strip_suffix(".*"))?;
    let (head, last) = stem
        .rsplit_once('.')
        .map_or(("", stem), |(head, last)| (head, last));
    let next: u64 = last
        .trim_start_matches('v')
        .parse::<u64>()
        .ok()?
        .checked_add(1)?;
    let end = if head.is_empty() {
        next.to_string()
    } else {
        format!("{head}.{next}")
    };
    Some(Range {
        start: Some(Bound::including(stem)),
        end: Some(Bound::excluding(&end)),
    })
}

#[cfg(test)]
mod tests;
