//! Cisco IOS, IOS XE and NX-OS: `12.2(33)SXI7`, `3.16.5S`, `16.12.4a`, `7.0(3)I4(1)`.

use super::key::{Key, Writer};
use super::loose::{self, Token, Words, tokens};

/// Trains of IOS have no order among each other: `12.2(33)SXI7` is neither before nor after
/// `12.2(25)EWA12`. M and T are one train, as M is the end of each T.
pub(super) fn train(text: &str) -> Option<Key> {
    let pieces: Vec<Token<'_>> = tokens(text)
        .skip_while(|piece| !matches!(piece, Token::Number(_)))
        .collect();
    let Some(Token::Number(major)) = pieces.first() else {
        return None;
    };
    // IOS XE from 16 on, by its city or not: the letter is a rebuild.
    if major.parse::<u64>().is_ok_and(|major| major >= 16) && !text.contains('(') {
        let mut writer = Writer::new("");
        loose::write(&mut writer, &pieces, Words::Usual)?;
        return Some(writer.finish());
    }
    let mut numbers: Vec<&str> = Vec::new();
    let mut after = pieces.as_slice();
    let mut closed = !text.contains('(');
    let mut maintenance_letter = None;
    let mut train = None;
    while let [piece, rest @ ..] = after {
        after = rest;
        match piece {
            Token::Number(digits) => numbers.push(digits),
            Token::Separator(')') => closed = true,
            Token::Separator(_) => {}
            // 12.3(3c): a rebuild of the maintenance release.
            Token::Word(word) if !closed => maintenance_letter = Some(*word),
            Token::Word(word) => {
                train = Some(*word);
                break;
            }
        }
    }
    let class = match train {
        Some("m" | "t") => "mt",
        Some(train) => train,
        None => "",
    };
    let mut writer = Writer::new(class);
    for number in numbers {
        writer.number(number)?;
    }
    if let Some(letter) = maintenance_letter {
        writer.letters(letter);
    }
    if train.is_some() {
        // The rebuild stands apart from the maintenance number, so that 15.0(1)S2 is below 15.0(1.1)S.
        writer.word(super::key::rank::REVISION);
    }
    loose::write(&mut writer, after, Words::Builds)?;
    Some(writer.finish())
}
