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

/// The fields of a header with their numbers.
type Fields<'d> = Vec<(u8, &'d [u8])>;

/// Fields of a header, up to the one that ends it, and where it ends. A field that stands twice,
/// which no program writes, could be read one way here and another way there.
fn fields(data: &[u8], wide: bool) -> Result<(Fields<'_>, usize), OpenError> {
    let mut fields: Fields<'_> = Vec::new();
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
            return Ok((fields, end));
        }
        // Comments only may repeat.
        if kind != 1 && fields.iter().any(|(known, _)| *known == kind) {
            return Err(OpenError::Damaged);
        }
        fields.push((kind, content));
        at = end;
    }
}

fn three(data: &[u8]) -> Result<Header, OpenError> {
    let mut rounds = None;
    for (kind, content) in fields(data, false)?.0 {
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
    for (kind, content) in fields(data, true)?.0 {
        let fits = match kind {
            2 => content.len() == 16,
            3 => content.len() == 4,
            4 => content.len() == 32,
            7 => matches!(content.len(), 12 | 16),
            11 => {
                derivation = Some(parameters(content).ok_or(OpenError::Damaged)?);
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

/// Pairs of a name and its content.
type Values<'d> = Vec<(&'d [u8], &'d [u8])>;

/// The values of a variant dictionary.
fn dictionary(content: &[u8]) -> Option<Values<'_>> {
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

/// The value of a name. Of one that stands twice no value can be relied on.
fn value<'d>(values: &Values<'d>, name: &[u8]) -> Option<&'d [u8]> {
    let mut found = values.iter().filter(|(known, _)| *known == name);
    let value = found.next()?.1;
    found.next().is_none().then_some(value)
}

fn parameters(content: &[u8]) -> Option<Derivation> {
    let values = dictionary(content)?;
    let value = |name: &[u8]| value(&values, name);
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

/// What decrypting a file needs beyond its derivation.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Sealed<'d> {
    pub(crate) cipher: &'d [u8],
    pub(crate) is_packed: bool,
    pub(crate) master_seed: &'d [u8],
    pub(crate) vector: &'d [u8],
    /// Seed of AES, salt of Argon2.
    pub(crate) salt: &'d [u8],
    /// Whether it is Argon2d, where it is Argon2.
    pub(crate) is_argon2d: bool,
    /// Version of Argon2.
    pub(crate) argon2_version: u32,
    /// How the content begins, in version 3.
    pub(crate) start: &'d [u8],
    /// The header itself.
    pub(crate) header: &'d [u8],
    /// What follows it.
    pub(crate) body: &'d [u8],
}

/// What decrypting a file needs. Its header was read by [`header`] before.
pub(crate) fn sealed(data: &[u8], version: Version) -> Option<Sealed<'_>> {
    let (fields, end) = fields(data, version == Version::Four).ok()?;
    let field = |number: u8| {
        let mut found = fields.iter().filter(|(kind, _)| *kind == number);
        found.next().map(|(_, content)| *content)
    };
    let mut sealed = Sealed {
        cipher: field(2)?,
        is_packed: match bytes(field(3)?, 0).map(u32::from_le_bytes)? {
            0 => false,
            1 => true,
            _ => return None,
        },
        master_seed: field(4)?,
        vector: field(7)?,
        salt: &[],
        is_argon2d: false,
        argon2_version: 0,
        start: &[],
        header: data.get(..end)?,
        body: data.get(end..)?,
    };
    match version {
        Version::Three => {
            sealed.salt = field(5)?;
            sealed.start = field(9)?;
        }
        Version::Four => {
            let values = dictionary(field(11)?)?;
            sealed.salt = value(&values, b"S")?;
            sealed.is_argon2d = bytes(value(&values, b"$UUID")?, 0)? == ARGON2D;
            sealed.argon2_version = match value(&values, b"V") {
                Some(version) => bytes(version, 0).map(u32::from_le_bytes)?,
                None => 0,
            };
        }
    }
    Some(sealed)
}
