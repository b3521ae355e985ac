//! The URI `cpe:/part:vendor:product:version:update:edition:language` of NISTIR 7695 §6.1, whose
//! edition may pack edition, sw_edition, target_sw, target_hw and other, parted by tildes.

use std::fmt::Write as _;

use super::{Attribute, Collector, CpeError, LONGEST_NAME, Name, Value, Wild, part};

const PREFIX: usize = "cpe:/".len();
const PLAIN: [Attribute; 7] = [
    Attribute::Part,
    Attribute::Vendor,
    Attribute::Product,
    Attribute::Version,
    Attribute::Update,
    Attribute::Edition,
    Attribute::Language,
];
const PACKED: [Attribute; 5] = [
    Attribute::Edition,
    Attribute::SwEdition,
    Attribute::TargetSw,
    Attribute::TargetHw,
    Attribute::Other,
];

pub(super) fn parse(text: &str, strict: bool) -> Result<Name, CpeError> {
    if text.len() > LONGEST_NAME {
        return Err(CpeError::TooLong { length: text.len() });
    }
    if strict && !text.starts_with("cpe:/") {
        return Err(CpeError::Prefix);
    }
    let body = text.get(PREFIX..).ok_or(CpeError::Prefix)?;
    let mut name = Name::default();
    let mut begin = PREFIX;
    let mut found = 0;
    for component in body.split(':') {
        if let Some(attribute) = PLAIN.get(found) {
            if *attribute == Attribute::Edition && component.starts_with('~') {
                unpack(&mut name, component, begin, strict)?;
            } else {
                let value = value(component, begin, strict)?;
                if *attribute == Attribute::Part {
                    part(&value, begin, strict)?;
                }
                name.set(*attribute, value);
            }
        }
        found += 1;
        begin += component.len() + 1;
    }
    if found > PLAIN.len() {
        return Err(CpeError::Components {
            found,
            expected: PLAIN.len(),
        });
    }
    Ok(name)
}

fn unpack(name: &mut Name, packed: &str, begin: usize, strict: bool) -> Result<(), CpeError> {
    let parts = packed.get(1..).unwrap_or_default();
    if parts.split('~').count() > PACKED.len()
        || (strict && parts.split('~').count() < PACKED.len())
    {
        return Err(CpeError::Packed { position: begin });
    }
    let mut place = begin + 1;
    for (attribute, component) in PACKED.into_iter().zip(parts.split('~')) {
        name.set(attribute, value(component, place, strict)?);
        place += component.len() + 1;
    }
    Ok(())
}

fn value(component: &str, begin: usize, strict: bool) -> Result<Value, CpeError> {
    match component {
        "" => return Ok(Value::Any),
        "-" => return Ok(Value::Na),
        _ => {}
    }
    let mut collector = Collector::new(strict);
    let mut characters = component.char_indices();
    while let Some((place, character)) = characters.next() {
        let position = begin + place;
        match character {
            '%' => {
                let digits = component.get(place + 1..place + 3);
                let code = digits
                    .filter(|digits| digits.bytes().all(|byte| byte.is_ascii_hexdigit()))
                    .and_then(|digits| u8::from_str_radix(digits, 16).ok());
                match code {
                    Some(1) => collector.wildcard('?', position)?,
                    Some(2) => collector.wildcard('*', position)?,
                    Some(code) if code.is_ascii_punctuation() => {
                        collector.literal(char::from(code), position)?;
                    }
                    None if !strict => {
                        collector.literal('%', position)?;
                        continue;
                    }
                    _ => return Err(CpeError::Escape { position }),
                }
                characters.next();
                characters.next();
            }
            '.' | '-' | '_' | '~' => collector.literal(character, position)?,
            _ if character.is_ascii_alphanumeric() => collector.literal(character, position)?,
            _ if strict || character.is_control() => {
                return Err(CpeError::Character {
                    character,
                    position,
                });
            }
            '*' | '?' => collector.wildcard(character, position)?,
            '\\' => {}
            _ => collector.literal(character, position)?,
        }
    }
    Ok(collector.finish())
}

pub(super) fn write(name: &Name) -> Result<String, CpeError> {
    let mut parts: Vec<String> = Vec::with_capacity(PLAIN.len());
    for attribute in PLAIN {
        let extended = PACKED.iter().skip(1).any(|a| *name.get(*a) != Value::Any);
        if attribute == Attribute::Edition && extended {
            let mut packed = String::new();
            for attribute in PACKED {
                packed.push('~');
                packed.push_str(&component(name, attribute)?);
            }
            parts.push(packed);
        } else {
            parts.push(component(name, attribute)?);
        }
    }
    while parts.last().is_some_and(String::is_empty) {
        parts.pop();
    }
    Ok(format!("cpe:/{}", parts.join(":")))
}

fn component(name: &Name, attribute: Attribute) -> Result<String, CpeError> {
    let text = match name.get(attribute) {
        Value::Any => return Ok(String::new()),
        Value::Na => return Ok("-".to_owned()),
        Value::Text(text) => text,
    };
    let mut out = String::new();
    wild(text.before, &mut out);
    for character in text.literal.chars() {
        let plain = character.is_ascii_alphanumeric() || "._-".contains(character);
        if plain && &*text.literal != "-" {
            out.push(character);
        } else if character.is_ascii_punctuation() {
            // Writing into a String does not fail.
            let _ = write!(out, "%{:02x}", u32::from(character));
        } else {
            return Err(CpeError::NotInUri { attribute });
        }
    }
    wild(text.after, &mut out);
    Ok(out)
}

fn wild(wild: Wild, out: &mut String) {
    match wild {
        Wild::None => {}
        Wild::Many => out.push_str("%02"),
        Wild::UpTo(number) => (0..number).for_each(|_| out.push_str("%01")),
    }
}
