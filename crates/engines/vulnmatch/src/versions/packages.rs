//! The orders of packaging systems.

use super::key::{Key, Writer, rank};
use super::loose::{Token, tokens};

/// semver.org §11, with as many numbers as are given. What is no semantic version has no order
/// with one.
pub(super) fn semver(text: &str) -> Option<Key> {
    let text = text.strip_prefix('v').unwrap_or(text);
    let (text, update) = text
        .split_once(':')
        .map_or((text, None), |(t, u)| (t, Some(u)));
    let text = text.split('+').next()?;
    let (numbers, pre) = match text.split_once('-') {
        Some((numbers, pre)) => (numbers, Some(pre)),
        None => (text, update),
    };
    let mut writer = Writer::new("");
    for number in numbers.split('.') {
        if number.is_empty() || !number.bytes().all(|byte| byte.is_ascii_digit()) {
            return super::loose::key(text, super::loose::Words::Usual);
        }
        writer.number(number)?;
    }
    if let Some(pre) = pre {
        writer.word(rank::DEVELOPMENT);
        for identifier in pre.split(['.', ':']) {
            if !identifier.is_empty() && identifier.bytes().all(|byte| byte.is_ascii_digit()) {
                writer.raw(0x31);
                writer.number(identifier)?;
                // A zero at the end counts here.
                writer.raw(0x01);
            } else {
                writer.raw(0x32);
                identifier.bytes().for_each(|byte| writer.raw(byte.max(1)));
                writer.raw(0);
            }
        }
    }
    Some(writer.finish())
}

/// The algorithm of rpmvercmp over epoch, version and release.
pub(super) fn rpm(text: &str) -> Option<Key> {
    let (epoch, rest) = epoch(text);
    let mut writer = Writer::new("");
    writer.number(epoch)?;
    writer.raw(0x01);
    let (version, release) = rest.split_once('-').unwrap_or((rest, ""));
    for part in [version, release] {
        for piece in tokens(part) {
            match piece {
                Token::Number(digits) => {
                    writer.number(digits)?;
                    writer.raw(0x01);
                }
                Token::Word(word) => writer.letters(word),
                Token::Separator('~') => writer.word(rank::TILDE),
                Token::Separator('^') => writer.word(rank::CARET),
                Token::Separator(_) => {}
            }
        }
        writer.raw(super::key::END);
    }
    Some(writer.finish())
}

/// Debian policy §5.6.12: epoch, upstream version, revision.
pub(super) fn deb(text: &str) -> Option<Key> {
    let (epoch, rest) = epoch(text);
    let mut writer = Writer::new("");
    writer.number(epoch)?;
    writer.raw(0x01);
    let (upstream, revision) = rest.rsplit_once('-').unwrap_or((rest, ""));
    for part in [upstream, revision] {
        let mut rest = part;
        while !rest.is_empty() {
            let letters = rest
                .find(|character: char| character.is_ascii_digit())
                .unwrap_or(rest.len());
            let (word, after) = rest.split_at_checked(letters)?;
            for byte in word.bytes() {
                writer.raw(match byte {
                    b'~' => 0x10,
                    _ if byte.is_ascii_alphabetic() => byte,
                    _ => 0x80 | byte,
                });
            }
            writer.raw(super::key::END);
            let digits = after
                .find(|character: char| !character.is_ascii_digit())
                .unwrap_or(after.len());
            let (number, after) = after.split_at_checked(digits)?;
            writer.number(number)?;
            writer.raw(0x01);
            rest = after;
        }
        writer.raw(super::key::END);
    }
    Some(writer.finish())
}

fn epoch(text: &str) -> (&str, &str) {
    match text.split_once(':') {
        Some((epoch, rest)) if epoch.bytes().all(|byte| byte.is_ascii_digit()) => (epoch, rest),
        _ => ("0", text),
    }
}

/// PEP 440.
pub(super) fn python(text: &str) -> Option<Key> {
    let text = text.strip_prefix('v').unwrap_or(text);
    let (epoch, rest) = text.split_once('!').unwrap_or(("0", text));
    let mut writer = Writer::new("");
    writer.number(epoch)?;
    writer.raw(0x01);
    let (public, local) = rest.split_once('+').unwrap_or((rest, ""));
    let mut dash = false;
    let mut release = true;
    for piece in tokens(public) {
        match piece {
            Token::Number(digits) if dash && release => {
                // 1.0-1 is 1.0.post1.
                release = false;
                writer.word(rank::PATCH);
                writer.number(digits)?;
            }
            Token::Number(digits) => writer.number(digits)?,
            Token::Word(word) => {
                release = false;
                writer.word(match word {
                    "dev" => rank::DEVELOPMENT,
                    "a" | "alpha" => rank::ALPHA,
                    "b" | "beta" => rank::BETA,
                    "c" | "rc" | "pre" | "preview" => rank::CANDIDATE,
                    "post" | "rev" | "r" => rank::PATCH,
                    _ => return None,
                });
            }
            Token::Separator('-') => {
                dash = true;
                continue;
            }
            Token::Separator('.' | '_' | ':') => {}
            Token::Separator(_) => return None,
        }
        dash = false;
    }
    if !local.is_empty() {
        writer.word(rank::CARET);
        for piece in tokens(local) {
            match piece {
                Token::Number(digits) => writer.number(digits)?,
                Token::Word(word) => writer.letters(word),
                Token::Separator(_) => {}
            }
        }
    }
    Some(writer.finish())
}
