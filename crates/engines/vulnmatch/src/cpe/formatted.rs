//! The formatted string `cpe:2.3:part:vendor:…` of NISTIR 7695 §6.2.

use std::fmt::{self, Write as _};

use super::{Attribute, Collector, CpeError, LONGEST_NAME, Name, Value, Wild, part};

const PREFIX: usize = "cpe:2.3:".len();

pub(super) fn parse(text: &str, strict: bool) -> Result<Name, CpeError> {
    if text.len() > LONGEST_NAME {
        return Err(CpeError::TooLong { length: text.len() });
    }
    if strict && !text.starts_with("cpe:2.3:") {
        return Err(CpeError::Prefix);
    }
    let body = text.get(PREFIX..).ok_or(CpeError::Prefix)?;
    let mut name = Name::default();
    let mut found = 0;
    let mut begin = 0;
    let mut rest = Some(body);
    while let Some(text) = rest {
        let end = component_end(text);
        let (component, after) = text.split_at_checked(end).unwrap_or((text, ""));
        rest = after.strip_prefix(':');
        if let Some(attribute) = Attribute::ALL.get(found) {
            let value = value(component, PREFIX + begin, strict)?;
            if *attribute == Attribute::Part {
                part(&value, PREFIX + begin, strict)?;
            }
            name.set(*attribute, value);
        }
        found += 1;
        begin += end + 1;
    }
    let expected = Attribute::ALL.len();
    if found > expected || (found < expected && (strict || found < 3)) {
        return Err(CpeError::Components { found, expected });
    }
    Ok(name)
}

/// Where the component ends: at the first colon that no backslash escapes.
fn component_end(text: &str) -> usize {
    let bytes = text.as_bytes();
    let mut place = 0;
    while let Some(found) = bytes
        .get(place..)
        .and_then(|rest| memchr::memchr2(b'\\', b':', rest))
    {
        place += found;
        if bytes.get(place) == Some(&b':') {
            return place;
        }
        place += 2;
    }
    bytes.len()
}

fn value(component: &str, begin: usize, strict: bool) -> Result<Value, CpeError> {
    match component {
        "*" => return Ok(Value::Any),
        "-" => return Ok(Value::Na),
        "" if strict => return Err(CpeError::Empty { position: begin }),
        "" => return Ok(Value::Any),
        _ => {}
    }
    if component.bytes().all(is_plain) {
        return Ok(Value::pattern(component.to_owned(), Wild::None, Wild::None));
    }
    let mut collector = Collector::new(strict);
    let mut characters = component.char_indices();
    while let Some((place, character)) = characters.next() {
        let position = begin + place;
        match character {
            '\\' => match characters.next() {
                Some((_, escaped))
                    if escaped.is_ascii_punctuation() || !strict && !escaped.is_control() =>
                {
                    collector.literal(escaped, position)?;
                }
                None if !strict => collector.literal('\\', position)?,
                _ => return Err(CpeError::Escape { position }),
            },
            '*' | '?' => collector.wildcard(character, position)?,
            '.' | '-' | '_' => collector.literal(character, position)?,
            _ if character.is_ascii_alphanumeric() => collector.literal(character, position)?,
            _ if strict || character.is_control() => {
                return Err(CpeError::Character {
                    character,
                    position,
                });
            }
            _ => collector.literal(character, position)?,
        }
    }
    Ok(collector.finish())
}

/// Whether a character is itself in a component: neither escaped, nor in capitals, nor special.
pub(crate) const fn is_plain(byte: u8) -> bool {
    matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'.' | b'_' | b'-')
}

pub(super) fn write(name: &Name, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
    formatter.write_str("cpe:2.3")?;
    for attribute in Attribute::ALL {
        formatter.write_char(':')?;
        match name.get(attribute) {
            Value::Any => formatter.write_char('*')?,
            Value::Na => formatter.write_char('-')?,
            Value::Text(text) => {
                wild(text.before, formatter)?;
                if &*text.literal == "-" && !text.has_wildcard() {
                    formatter.write_str("\\-")?;
                } else {
                    for character in text.literal.chars() {
                        if character.is_ascii_punctuation() && !"._-".contains(character) {
                            formatter.write_char('\\')?;
                        }
                        formatter.write_char(character)?;
                    }
                }
                wild(text.after, formatter)?;
            }
        }
    }
    Ok(())
}

fn wild(wild: Wild, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
    match wild {
        Wild::None => Ok(()),
        Wild::Many => formatter.write_char('*'),
        Wild::UpTo(number) => (0..number).try_for_each(|_| formatter.write_char('?')),
    }
}
