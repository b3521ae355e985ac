//! The form of an archive.
//!
//! In clear: [`MAGIC`], how the key follows from the secret, the salt, the nonce, a check value of
//! the key and a checksum of all this. Then the sealed stream, of which every chunk also
//! authenticates what stands before it in clear. Inside: records of a letter, a length in four
//! bytes (big-endian) and content.

use sha2::{Digest as _, Sha256};
use yagura_kernel::id::IdGenerator;
use zeroize::Zeroizing;

use super::secret::{ArchiveSecret, Cost, derive};
use super::{BackupError, KeyFile};
use crate::sealed;

/// First bytes of every archive. The digit is the format.
const MAGIC: &[u8; 8] = b"YGRBKP1\n";
const FORMAT_AT: usize = 6;
const BY_KEY: u8 = 0;
const BY_PASSPHRASE: u8 = 1;
const SALT: usize = 16;
const CHECK: usize = 16;
const CHECKSUM: usize = 8;
/// How long the part in clear is.
pub(super) const START: usize = 8 + 1 + 12 + SALT + sealed::NONCE + CHECK + CHECKSUM;

/// The letters of records, in the order in which they come.
pub(super) mod tag {
    pub(in crate::backup) const HEADER: u8 = b'H';
    pub(in crate::backup) const KEY: u8 = b'K';
    pub(in crate::backup) const TABLE: u8 = b'T';
    pub(in crate::backup) const ROW: u8 = b'R';
    pub(in crate::backup) const TABLE_END: u8 = b't';
    pub(in crate::backup) const FILE: u8 = b'F';
    pub(in crate::backup) const DATA: u8 = b'D';
    pub(in crate::backup) const FILE_END: u8 = b'f';
    pub(in crate::backup) const FILE_DAMAGED: u8 = b'x';
    pub(in crate::backup) const MANIFEST: u8 = b'M';
}

/// What is needed to seal or open the stream.
pub(super) struct Sealed {
    pub(super) key: Zeroizing<[u8; 32]>,
    pub(super) nonce: [u8; sealed::NONCE],
    /// The part in clear.
    pub(super) start: [u8; START],
}

impl Sealed {
    /// For a new archive.
    pub(super) async fn new(
        secret: &ArchiveSecret,
        ids: &dyn IdGenerator,
    ) -> Result<Self, BackupError> {
        let (mut salt, mut nonce) = ([0; SALT], [0; sealed::NONCE]);
        ids.fill_secret(&mut salt);
        ids.fill_secret(&mut nonce);
        let (kind, cost) = match secret {
            ArchiveSecret::Key(_) => (
                BY_KEY,
                Cost {
                    memory: 0,
                    passes: 0,
                    lanes: 0,
                },
            ),
            ArchiveSecret::Passphrase(_) => (BY_PASSPHRASE, Cost::NEW),
        };
        let derived = derive(secret, salt, cost).await?;
        let mut clear = MAGIC.to_vec();
        clear.push(kind);
        for number in [cost.memory, cost.passes, cost.lanes] {
            clear.extend(number.to_be_bytes());
        }
        clear.extend(salt);
        clear.extend(nonce);
        clear.extend(derived.check);
        clear.extend(checksum(&clear));
        let start = clear.try_into().map_err(|_| BackupError::NotAnArchive)?;
        Ok(Self {
            key: derived.archive_key,
            nonce,
            start,
        })
    }

    /// From the part in clear of an archive.
    pub(super) async fn open(
        start: [u8; START],
        secret: &ArchiveSecret,
    ) -> Result<Self, BackupError> {
        let mut rest = start.as_slice();
        let mut take = |length: usize| {
            let (part, after) = rest
                .split_at_checked(length)
                .ok_or(BackupError::NotAnArchive)?;
            rest = after;
            Ok::<_, BackupError>(part)
        };
        let magic = take(MAGIC.len())?;
        if magic != MAGIC {
            let same_family = magic.starts_with(MAGIC.split_at(FORMAT_AT).0);
            return Err(match magic.get(FORMAT_AT) {
                Some(b'2'..=b'9') if same_family => BackupError::NewerFormat,
                _ => BackupError::NotAnArchive,
            });
        }
        let damaged = |reason: &str| BackupError::Damaged {
            near: 0,
            reason: reason.to_owned(),
        };
        let (clear, sum) = start
            .split_at_checked(START - CHECKSUM)
            .ok_or(BackupError::NotAnArchive)?;
        if checksum(clear) != sum {
            return Err(damaged("its first bytes were altered"));
        }
        let kind = take(1)?.first().copied();
        match (kind, secret) {
            (Some(BY_KEY), ArchiveSecret::Key(_))
            | (Some(BY_PASSPHRASE), ArchiveSecret::Passphrase(_)) => {}
            (Some(BY_KEY), _) => {
                return Err(BackupError::OtherSecret {
                    needs_passphrase: false,
                });
            }
            (Some(BY_PASSPHRASE), _) => {
                return Err(BackupError::OtherSecret {
                    needs_passphrase: true,
                });
            }
            _ => return Err(damaged("it names no known kind of key")),
        }
        let mut number = || {
            let bytes: [u8; 4] = take(4)?.try_into().map_err(|_| BackupError::NotAnArchive)?;
            Ok::<_, BackupError>(u32::from_be_bytes(bytes))
        };
        let cost = Cost {
            memory: number()?,
            passes: number()?,
            lanes: number()?,
        };
        if !cost.is_bearable() {
            return Err(damaged("it asks for more memory than any backup needs"));
        }
        let salt = take(SALT)?
            .try_into()
            .map_err(|_| BackupError::NotAnArchive)?;
        let nonce = take(sealed::NONCE)?
            .try_into()
            .map_err(|_| BackupError::NotAnArchive)?;
        let check = take(CHECK)?;
        let derived = derive(secret, salt, cost).await?;
        if derived.check != check {
            return Err(BackupError::WrongSecret);
        }
        Ok(Self {
            key: derived.archive_key,
            nonce,
            start,
        })
    }
}

/// Tells chance damage from a wrong secret; against intent stands the sealed stream.
fn checksum(clear: &[u8]) -> Vec<u8> {
    Sha256::digest(clear).into_iter().take(CHECKSUM).collect()
}

/// A value of a row.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Cell {
    Null,
    Integer(i64),
    Real(f64),
    Text(String),
    /// Also identifiers, which SQLite keeps as bytes.
    Bytes(Vec<u8>),
}

pub(super) fn write_cells(cells: &[Cell]) -> Vec<u8> {
    let mut out = Vec::new();
    let with_length = |out: &mut Vec<u8>, letter, bytes: &[u8]| {
        out.push(letter);
        // A value of 4 GiB or more cannot stand in a column of either engine.
        out.extend(u32::try_from(bytes.len()).unwrap_or(u32::MAX).to_be_bytes());
        out.extend_from_slice(bytes);
    };
    for cell in cells {
        match cell {
            Cell::Null => out.push(b'n'),
            Cell::Integer(value) => {
                out.push(b'i');
                out.extend(value.to_be_bytes());
            }
            Cell::Real(value) => {
                out.push(b'r');
                out.extend(value.to_bits().to_be_bytes());
            }
            Cell::Text(text) => with_length(&mut out, b't', text.as_bytes()),
            Cell::Bytes(bytes) => with_length(&mut out, b'b', bytes),
        }
    }
    out
}

/// `None` for what [`write_cells`] did not write.
pub(super) fn read_cells(mut bytes: &[u8]) -> Option<Vec<Cell>> {
    fn chunk<const N: usize>(bytes: &mut &[u8]) -> Option<[u8; N]> {
        let (part, rest) = bytes.split_first_chunk::<N>()?;
        *bytes = rest;
        Some(*part)
    }
    fn counted<'b>(bytes: &mut &'b [u8]) -> Option<&'b [u8]> {
        let length = usize::try_from(u32::from_be_bytes(chunk(bytes)?)).ok()?;
        let (part, rest) = bytes.split_at_checked(length)?;
        *bytes = rest;
        Some(part)
    }
    let mut cells = Vec::new();
    while let Some((letter, rest)) = bytes.split_first() {
        bytes = rest;
        cells.push(match letter {
            b'n' => Cell::Null,
            b'i' => Cell::Integer(i64::from_be_bytes(chunk(&mut bytes)?)),
            b'r' => Cell::Real(f64::from_bits(u64::from_be_bytes(chunk(&mut bytes)?))),
            b't' => Cell::Text(String::from_utf8(counted(&mut bytes)?.to_vec()).ok()?),
            b'b' => Cell::Bytes(counted(&mut bytes)?.to_vec()),
            _ => return None,
        });
    }
    Some(cells)
}

#[derive(serde::Serialize, serde::Deserialize)]
pub(super) struct KeyRecord {
    name: String,
    /// Base64.
    content: String,
}

impl Drop for KeyRecord {
    fn drop(&mut self) {
        zeroize::Zeroize::zeroize(&mut self.content);
    }
}

impl From<&KeyFile> for KeyRecord {
    fn from(file: &KeyFile) -> Self {
        Self {
            name: file.name.clone(),
            content: data_encoding::BASE64.encode(&file.content),
        }
    }
}

impl KeyRecord {
    /// `None` where a name could lead out of a folder, or the content is not what was written.
    pub(super) fn file(&self) -> Option<KeyFile> {
        let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_');
        if self.name.is_empty() || self.name.starts_with('.') || !self.name.chars().all(plain) {
            return None;
        }
        let content = data_encoding::BASE64.decode(self.content.as_bytes()).ok()?;
        Some(KeyFile::new(&self.name, content))
    }
}

#[derive(serde::Serialize, serde::Deserialize)]
pub(super) struct TableRecord {
    pub(super) name: String,
    pub(super) columns: Vec<String>,
}

#[derive(serde::Serialize, serde::Deserialize)]
pub(super) struct FileRecord {
    pub(super) hash: String,
    pub(super) size: u64,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_come_back_and_nothing_else_is_read() {
        let cells = vec![
            Cell::Null,
            Cell::Integer(i64::MIN),
            Cell::Real(-0.0),
            Cell::Text("氷見\0'".to_owned()),
            Cell::Bytes(vec![0, 255]),
            Cell::Text(String::new()),
        ];
        let bytes = write_cells(&cells);
        assert_eq!(read_cells(&bytes), Some(cells));
        assert_eq!(read_cells(b""), Some(Vec::new()));
        for end in 2..bytes.len() {
            let cut = read_cells(&bytes[..end]);
            assert!(
                cut.is_none_or(|cells| write_cells(&cells) == bytes[..end]),
                "{end}"
            );
        }
        for wrong in [
            &b"z"[..],
            b"i123",
            b"t\0\0\0\x05abc",
            b"t\0\0\0\x01\xff",
            b"b\xff\xff\xff\xff",
        ] {
            assert_eq!(read_cells(wrong), None);
        }
    }

    #[test]
    fn names_of_keys_lead_nowhere_else() {
        let read = |name: &str| KeyRecord::from(&KeyFile::new(name, *b"x")).file();
        assert!(read("files.key").is_some());
        for trick in ["", "..", "../x", "a/b", "a\\b", ".hidden", "a\0b", "C:x"] {
            assert!(read(trick).is_none(), "{trick:?}");
        }
    }
}
