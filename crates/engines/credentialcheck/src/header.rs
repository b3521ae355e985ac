//! What a KDBX file asks for, read before any of it is done.
//!
//! The header is neither encrypted nor, before the key is derived, authenticated. It names the key
//! derivation and its cost, so it is read here first and held against [`Limits`]; the lengths that
//! the reader of the file relies on are looked at too.

use crate::limits::Limits;
use crate::open::OpenError;

const SIGNATURE: [u8; 4] = [0x03, 0xD9, 0xA2, 0x9A];
const KEEPASS_1: u32 = 0xB54B_FB65;
const KEEPASS_2: u32 = 0xB54B_FB67;
const START: usize = 12;
/// Headers of KeePass are a few hundred bytes; public data of plugins may be more.
const LONGEST_HEADER: usize = 1 << 20;

const AES_KDBX3: [u8; 16] = [
    0xC9, 0xD9, 0xF3, 0x9A, 0x62, 0x8A, 0x44, 0x60, 0xBF, 0x74, 0x0D, 0x08, 0xC1, 0x8A, 0x4F, 0xEA,
];
const AES_KDBX4: [u8; 16] = [
    0x7C, 0x02, 0xBB, 0x82, 0x79, 0xA7, 0x4A, 0xC0, 0x92, 0x7D, 0x11, 0x4A, 0x00, 0x64, 0x82, 0x38,
];
const ARGON2D: [u8; 16] = [
    0xEF, 0x63, 0x6D, 0xDF, 0x8C, 0x29, 0x44, 0x4B, 0x91, 0xF7, 0xA9, 0xA4, 0x03, 0xE3, 0x0A, 0x0C,
];
const ARGON2ID: [u8; 16] = [
    0x9E, 0x29, 0x8B, 0x19, 0x56, 0xDB, 0x47, 0x73, 0xB2, 0x3D, 0xFC, 0x3E, 0xC6, 0xF0, 0xA1, 0xE6,
];

/// The format of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Version {
    /// KDBX 3.1.
    Three,
    /// KDBX 4.
    Four,
}

/// How a file derives its key, and what that costs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Derivation {
    /// AES over and over.
    Aes {
        /// How often.
        rounds: u64,
    },
    /// Argon2d or Argon2id.
    Argon2 {
        /// Memory in bytes.
        memory: u64,
        /// Passes over it.
        passes: u64,
        /// Lanes.
        lanes: u32,
    },
}

/// What a file says of itself before it is opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Header {
    /// Its format.
    pub version: Version,
    /// How its key is derived.
    pub derivation: Derivation,
}

fn bytes<const N: usize>(data: &[u8], at: usize) -> Option<[u8; N]> {
    data.get(at..at.checked_add(N)?)?.try_into().ok()
}

/// Reads the header of a file.
///
/// # Errors
/// [`OpenError::NotKeePass`], [`OpenError::OldFormat`], [`OpenError::Damaged`].
pub fn header(data: &[u8]) -> Result<Header, OpenError> {
    if bytes::<4>(data, 0) != Some(SIGNATURE) {
        return Err(OpenError::NotKeePass);
    }
    let kind = bytes(data, 4).map(u32::from_le_bytes);
    let major = bytes(data, 10).map(u16::from_le_bytes);
    match (kind, major) {
        (Some(KEEPASS_1), _) => Err(OpenError::OldFormat),
        (Some(KEEPASS_2), Some(3)) => three(data),
        (Some(KEEPASS_2), Some(4)) => four(data),
        (Some(KEEPASS_2), Some(1 | 2)) => Err(OpenError::OldFormat),
        _ => Err(OpenError::NotKeePass),
    }
}

/// Fields of a header with their numbers, up to the one that ends it.
fn fields(data: &[u8], wide: bool) -> Result<Vec<(u8, &[u8])>, OpenError> {
    let mut fields = Vec::new();
    let mut at = START;
    loop {
        let kind = *data.get(at).ok_or(OpenError::Damaged)?;
        let (length, prefix) = if wide {
            let length = bytes(data, at + 1).map(u32::from_le_bytes);
            (length.and_then(|length| usize::try_from(length).ok()), 5)
        } else {
            let length = bytes(data, at + 1).map(u16::from_le_bytes);
            (length.map(usize::from), 3)
        };
        let length = length.ok_or(OpenError::Damaged)?;
        let start = at + prefix;
        let end = start.checked_add(length).ok_or(OpenError::Damaged)?;
        if end > LONGEST_HEADER {
            return Err(OpenError::Damaged);
        }
        let content = data.get(start..end).ok_or(OpenError::Damaged)?;
        if kind == 0 {
            return Ok(fields);
        }
        fields.push((kind, content));
        at = end;
    }
}

fn three(data: &[u8]) -> Result<Header, OpenError> {
    let mut rounds = None;
    for (kind, content) in fields(data, false)? {
        let fits = match kind {
            2 => content.len() == 16,
            3 | 10 => content.len() == 4,
            4 | 5 | 8 | 9 => content.len() == 32,
            6 => {
                rounds = bytes(content, 0).map(u64::from_le_bytes);
                content.len() == 8
            }
            7 => matches!(content.len(), 12 | 16),
            _ => true,
        };
        if !fits {
            return Err(OpenError::Damaged);
        }
    }
    Ok(Header {
        version: Version::Three,
        derivation: Derivation::Aes {
            rounds: rounds.ok_or(OpenError::Damaged)?,
        },
    })
}

fn four(data: &[u8]) -> Result<Header, OpenError> {
    let mut derivation = None;
    for (kind, content) in fields(data, true)? {
        let fits = match kind {
            2 => content.len() == 16,
            3 => content.len() == 4,
            4 => content.len() == 32,
            7 => matches!(content.len(), 12 | 16),
            11 => {
                // The reader of the file takes the last one, so each is looked at.
                let found = parameters(content).ok_or(OpenError::Damaged)?;
                derivation = Some(dearer(derivation, found));
                true
            }
            12 => dictionary(content).is_some(),
            _ => true,
        };
        if !fits {
            return Err(OpenError::Damaged);
        }
    }
    Ok(Header {
        version: Version::Four,
        derivation: derivation.ok_or(OpenError::Damaged)?,
    })
}

/// Of two derivations in one header, which no program writes, one that no bound lets through.
fn dearer(before: Option<Derivation>, found: Derivation) -> Derivation {
    match before {
        Some(before) if before != found => Derivation::Aes { rounds: u64::MAX },
        _ => found,
    }
}

/// The values of a variant dictionary: pairs of a name and its content.
fn dictionary(content: &[u8]) -> Option<Vec<(&[u8], &[u8])>> {
    let mut values = Vec::new();
    let mut at = 2;
    bytes::<2>(content, 0)?;
    loop {
        let kind = *content.get(at)?;
        if kind == 0 {
            return Some(values);
        }
        let (name, after) = sized(content, at + 1)?;
        let (value, after) = sized(content, after)?;
        let fits = match kind {
            0x04 | 0x0C => value.len() == 4,
            0x05 | 0x0D => value.len() == 8,
            0x08 => value.len() == 1,
            _ => true,
        };
        if !fits {
            return None;
        }
        values.push((name, value));
        at = after;
    }
}

fn sized(content: &[u8], at: usize) -> Option<(&[u8], usize)> {
    let length = usize::try_from(u32::from_le_bytes(bytes(content, at)?)).ok()?;
    let start = at.checked_add(4)?;
    let end = start.checked_add(length)?;
    Some((content.get(start..end)?, end))
}

fn parameters(content: &[u8]) -> Option<Derivation> {
    let values = dictionary(content)?;
    // As with the derivations: of a name that stands twice no value can be relied on.
    let value = |name: &[u8]| {
        let mut found = values.iter().filter(|(known, _)| *known == name);
        let value = found.next()?.1;
        found.next().is_none().then_some(value)
    };
    let number = |name: &[u8]| bytes(value(name)?, 0).map(u64::from_le_bytes);
    match bytes(value(b"$UUID")?, 0)? {
        AES_KDBX3 | AES_KDBX4 => Some(Derivation::Aes {
            rounds: number(b"R")?,
        }),
        ARGON2D | ARGON2ID => Some(Derivation::Argon2 {
            memory: number(b"M")?,
            passes: number(b"I")?,
            lanes: bytes(value(b"P")?, 0).map(u32::from_le_bytes)?,
        }),
        _ => None,
    }
}

impl Header {
    /// Whether deriving the key stays within bounds.
    ///
    /// # Errors
    /// [`OpenError::TooCostly`].
    pub fn affordable(&self, limits: &Limits) -> Result<(), OpenError> {
        let fits = match self.derivation {
            Derivation::Aes { rounds } => rounds <= limits.rounds,
            Derivation::Argon2 {
                memory,
                passes,
                lanes,
            } => {
                memory <= limits.memory
                    && memory
                        .checked_mul(passes)
                        .is_some_and(|work| work <= limits.memory_passes)
                    && (1..=limits.lanes).contains(&lanes)
                    && (1..=u64::from(u32::MAX)).contains(&passes)
            }
        };
        if fits {
            Ok(())
        } else {
            Err(OpenError::TooCostly)
        }
    }
}
