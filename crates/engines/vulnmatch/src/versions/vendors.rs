//! The orders of single vendors.

use super::key::{Key, Writer, rank};
use super::loose::{self, Token, Words, tokens};

/// `1.8.0_202`, `1.8.0:update_202`, `8u202`, `8 Update 202`, `6_update_4` are one way of counting:
/// the feature release, its minor numbers, the update.
pub(super) fn java(text: &str) -> Option<Key> {
    let text = text.split('+').next().unwrap_or(text);
    let pieces: Vec<Token<'_>> = tokens(text).collect();
    let rest = match pieces.as_slice() {
        [Token::Number("1"), Token::Separator('.'), rest @ ..]
            if matches!(rest, [Token::Number(_), ..]) =>
        {
            rest
        }
        all @ [Token::Number(_), ..] => all,
        _ => return loose::key(text, Words::Usual),
    };
    let mut writer = Writer::new("");
    let mut in_update = false;
    for (place, piece) in rest.iter().enumerate() {
        let before = place.checked_sub(1).and_then(|place| rest.get(place));
        match piece {
            Token::Number(digits) if !in_update && before == Some(&Token::Separator('_')) => {
                in_update = true;
                writer.word(rank::UPDATE);
                writer.number(digits)?;
            }
            Token::Number(digits) => writer.number(digits)?,
            Token::Word("update" | "u" | "upd") if !in_update => {
                in_update = true;
                writer.word(rank::UPDATE);
            }
            Token::Word("ea" | "beta" | "rc") => writer.word(rank::PREVIEW),
            Token::Word("b" | "build") => writer.word(rank::BUILD),
            Token::Word(word) => writer.letters(word),
            Token::Separator(_) => {}
        }
    }
    Some(writer.finish())
}

/// The first dotted number, maintenance release and patch; builds and what follows are left out,
/// since no bound names them.
pub(super) fn fortinet(text: &str) -> Option<Key> {
    let pieces: Vec<Token<'_>> = tokens(text)
        .skip_while(|piece| matches!(piece, Token::Word("v" | "fortios") | Token::Separator(_)))
        .take_while(|piece| !matches!(piece, Token::Word("build" | "ga") | Token::Separator(',')))
        .collect();
    if !matches!(pieces.first(), Some(Token::Number(_))) {
        return None;
    }
    // 4.0 MR3 patch 11 is 4.3.11.
    let maintenance = pieces
        .iter()
        .position(|piece| matches!(piece, Token::Word("mr")));
    if let (Some(place), Some(Token::Number(major))) = (maintenance, pieces.first()) {
        let mut writer = Writer::new("");
        writer.number(major)?;
        for piece in pieces.get(place..).unwrap_or_default() {
            match piece {
                Token::Number(digits) => writer.number(digits)?,
                Token::Word("mr" | "patch" | "p") | Token::Separator(_) => {}
                Token::Word(word) => writer.letters(word),
            }
        }
        return Some(writer.finish());
    }
    let mut writer = Writer::new("");
    loose::write(&mut writer, &pieces, Words::Usual)?;
    Some(writer.finish())
}

/// `12.3R12-S13`, `15.1X49-D90`, `21.4R3-S5-EVO`. An X release is a branch of its own, Evolved is
/// another system.
pub(super) fn junos(text: &str) -> Option<Key> {
    let mut pieces: Vec<Token<'_>> = tokens(text)
        .skip_while(|piece| !matches!(piece, Token::Number(_)))
        .collect();
    let evolved = pieces
        .iter()
        .any(|piece| matches!(piece, Token::Word("evo" | "evolved")));
    pieces.retain(|piece| !matches!(piece, Token::Word("evo" | "evolved")));
    let class = match pieces.as_slice() {
        [
            Token::Number(major),
            Token::Separator('.'),
            Token::Number(minor),
            Token::Word("x"),
            Token::Number(branch),
            ..,
        ] => format!("{major}.{minor}x{branch}"),
        _ if evolved => "evo".to_owned(),
        _ => String::new(),
    };
    let mut writer = Writer::new(&class);
    for piece in &pieces {
        match piece {
            Token::Number(digits) => writer.number(digits)?,
            Token::Word("b") => writer.word(rank::BETA),
            Token::Word("r") => writer.word(rank::REVISION),
            Token::Word("s") => writer.word(rank::SERVICE_RELEASE),
            Token::Word("d") => writer.word(rank::UPDATE),
            Token::Word("x") => writer.word(rank::PATCH),
            Token::Word(word) => writer.letters(word),
            Token::Separator(_) => {}
        }
    }
    Some(writer.finish())
}

/// Letters are patch releases; `-fips` says how it was built.
pub(super) fn openssl(text: &str) -> Option<Key> {
    loose::key(&text.replace("-fips", ""), Words::Usual)
}

/// `7.9p1` of the portable edition is `7.9`.
pub(super) fn openssh(text: &str) -> Option<Key> {
    let pieces: Vec<Token<'_>> = tokens(text).collect();
    let end = pieces
        .windows(2)
        .position(|pair| matches!(pair, [Token::Word("p"), Token::Number(_)]));
    match end {
        Some(end) if end > 0 => {
            let mut writer = Writer::new("");
            loose::write(&mut writer, pieces.get(..end)?, Words::Usual)?;
            Some(writer.finish())
        }
        _ => loose::key(text, Words::Usual),
    }
}

/// Builds (`10.0.20348.2762`), releases (`1809`, `21H2`) and years (`2016 SP2`) are three ways of
/// counting without order among each other.
pub(super) fn microsoft(text: &str) -> Option<Key> {
    let text = text.trim_start_matches("version ").trim_start_matches('v');
    let pieces: Vec<Token<'_>> = tokens(text).collect();
    let class = match pieces.as_slice() {
        [
            Token::Number(year),
            Token::Word("h"),
            Token::Number(half),
            ..,
        ] if year.len() == 2 && half.len() == 1 => {
            let mut writer = Writer::new("release");
            writer.number(year)?;
            writer.number(half)?;
            return Some(writer.finish());
        }
        [Token::Number(release)] if release.len() == 4 && *release < "1990" => {
            // 1507 to 1909 were counted by year and month: 1903 is 19, first half.
            let mut writer = Writer::new("release");
            writer.number(release.get(..2)?)?;
            let month: u8 = release.get(2..)?.parse().ok()?;
            writer.number(if month <= 6 { "1" } else { "2" })?;
            return Some(writer.finish());
        }
        [Token::Number("2004")] => "year",
        [Token::Number(year), rest @ ..]
            if year.len() == 4
                && (*year).cmp("1990").is_ge()
                && (*year).cmp("2100").is_lt()
                && !matches!(rest, [Token::Separator('.'), ..]) =>
        {
            "year"
        }
        _ => return loose::key(text, Words::Usual),
    };
    let mut writer = Writer::new(class);
    loose::write(&mut writer, &pieces, Words::Usual)?;
    Some(writer.finish())
}

/// `13.1-51.15`, `13.1.51.15`, `NS13.1: Build 51.15.nc` are the same.
pub(super) fn netscaler(text: &str) -> Option<Key> {
    let mut writer = Writer::new("");
    for piece in tokens(text) {
        match piece {
            Token::Number(digits) => writer.number(digits)?,
            Token::Word("ns" | "netscaler" | "build" | "nc" | "v" | "cl" | "e" | "release") => {}
            Token::Word(word) => writer.letters(word),
            Token::Separator(_) => {}
        }
    }
    (!writer.is_empty()).then(|| writer.finish())
}

/// `6.5.4.7-83n`, `10.2.1.1-19sv`: the letters at the end name the platform.
pub(super) fn sonicwall(text: &str) -> Option<Key> {
    let text = text.split(':').next().unwrap_or(text);
    let kept = text.trim_end_matches(|character: char| character.is_ascii_alphabetic());
    let text = if kept.ends_with(|character: char| character.is_ascii_digit()) {
        kept
    } else {
        text
    };
    loose::key(
        text.trim_start_matches("sonicos enhanced ")
            .trim_start_matches("sonicos "),
        Words::Usual,
    )
}

/// Build numbers are left out, since bounds name updates.
pub(super) fn vmware(text: &str) -> Option<Key> {
    let pieces: Vec<Token<'_>> = tokens(text)
        .skip_while(|piece| matches!(piece, Token::Word("esxi" | "vcenter") | Token::Separator(_)))
        .take_while(|piece| !matches!(piece, Token::Word("build")))
        .collect();
    if !matches!(pieces.first(), Some(Token::Number(_))) {
        return loose::key(text, Words::Usual);
    }
    let mut writer = Writer::new("");
    loose::write(&mut writer, &pieces, Words::Usual)?;
    Some(writer.finish())
}

/// `19c` is `19`, `11g` is `11`.
pub(super) fn oracle(text: &str) -> Option<Key> {
    let pieces: Vec<Token<'_>> = tokens(text)
        .filter(|piece| !matches!(piece, Token::Word("c" | "g" | "i")))
        .collect();
    let mut writer = Writer::new("");
    match pieces.first() {
        Some(Token::Number(_)) => loose::write(&mut writer, &pieces, Words::Usual)?,
        _ => return loose::key(text, Words::Usual),
    }
    Some(writer.finish())
}

/// `9.1R17.1`, `9.1:r17.1`; a build in parentheses is left out.
pub(super) fn ivanti(text: &str) -> Option<Key> {
    let end = text
        .find("(build")
        .or_else(|| text.find(" build"))
        .unwrap_or(text.len());
    loose::key(text.get(..end)?.trim(), Words::Usual)
}
