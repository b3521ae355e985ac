//! The file: a header, a table of sections, and sections of numbers and texts.
//!
//! ```text
//! 0   magic (8) · version (4) · CRC-32 of all that follows byte 24 (4) · length of the file (8)
//! 24  per section: offset (8) · length (8)
//! …   sections; all numbers little-endian, 32 bits
//! ```
//!
//! Every access is checked against the bounds of its section, so that even a file whose checksum
//! was made to fit can only make the answers wrong, never the program.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use rustc_hash::FxHashSet;

use super::{NONE, bits, marks};
use crate::cpe::{Attribute, Name, Value};
use crate::model::{Bound, Confidence, Criterion, Range, VulnerabilityId};
use crate::versions::Scheme;

pub(super) const MAGIC: &[u8; 8] = b"vulnmtch";
pub(super) const VERSION: u32 = 2;
pub(super) const HEADER: usize = 24;
pub(super) const SECTIONS: usize = 16;
/// Numbers in a row of [`Section::Wild`].
const WILD: usize = 10;

/// The sections of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(usize)]
pub(super) enum Section {
    Strings = 0,
    KeyBytes = 1,
    Products = 2,
    Slots = 3,
    Keys = 4,
    Postings = 5,
    Groups = 6,
    Ranges = 7,
    Unordered = 8,
    Always = 9,
    Statements = 10,
    Trees = 11,
    Leaves = 12,
    Touched = 13,
    Wild = 14,
    Environments = 15,
}

/// Why an index was not opened.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum IndexError {
    /// The file could not be read.
    #[error("the index {path} could not be read: {error}")]
    Read {
        /// Which file.
        path: PathBuf,
        /// Why.
        error: std::io::Error,
    },
    /// The file is no index.
    #[error("this is no index of vulnerabilities; build it again from the feeds")]
    NotAnIndex,
    /// The file has another format.
    #[error("the index has format {found}, this program reads {VERSION}; build it again")]
    Version {
        /// Its format.
        found: u32,
    },
    /// The file was cut or has grown.
    #[error("the index should have {expected} bytes and has {found}; build it again")]
    Length {
        /// How many bytes it should have.
        expected: u64,
        /// How many it has.
        found: u64,
    },
    /// The content does not fit its checksum.
    #[error("the index is damaged: its checksum does not fit; build it again")]
    Checksum,
    /// A section does not lie within the file, or has a length that cannot be.
    #[error("the index is damaged: section {section} does not fit; build it again")]
    Section {
        /// Which section, by its number.
        section: usize,
    },
}

/// FNV-1a, which is the same on every machine.
pub(super) fn hash(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3)
    })
}

enum Bytes {
    Owned(Vec<u8>),
    Mapped(memmap2::Mmap),
}

impl Bytes {
    fn all(&self) -> &[u8] {
        match self {
            Self::Owned(bytes) => bytes,
            Self::Mapped(map) => map,
        }
    }
}

/// An opened index.
pub struct Index {
    bytes: Bytes,
    sections: [(usize, usize); SECTIONS],
    environments: OnceLock<Vec<Option<Name>>>,
    wild: OnceLock<Vec<Wild>>,
}

/// A criterion with wildcards where a product is looked for. There are few, so every product is
/// compared with all of them.
pub(super) struct Wild {
    pub(super) criterion: Criterion,
    pub(super) statement: u32,
    pub(super) word: u32,
}

impl std::fmt::Debug for Index {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("Index")
            .field("summary", &self.summary())
            .finish_non_exhaustive()
    }
}

/// What an index holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
pub struct Summary {
    /// Statements: what one source says about one vulnerability.
    pub statements: usize,
    /// Distinct products, by part, vendor, product and order of versions.
    pub products: usize,
    /// Distinct versions of products.
    pub versions: usize,
    /// Ranges of versions.
    pub ranges: usize,
    /// Bytes of the file.
    pub bytes: usize,
}

impl Index {
    /// Opens a file by mapping it into memory, and checks all of it.
    ///
    /// # Errors
    ///
    /// [`IndexError`].
    pub fn open(path: &Path) -> Result<Self, IndexError> {
        let read = |error| IndexError::Read {
            path: path.to_owned(),
            error,
        };
        let file = File::open(path).map_err(read)?;
        if file.metadata().map_err(read)?.len() < HEADER as u64 {
            return Err(IndexError::NotAnIndex);
        }
        Self::new(Bytes::Mapped(map(&file).map_err(read)?))
    }

    /// Opens an index that is already in memory.
    ///
    /// # Errors
    ///
    /// [`IndexError`].
    pub fn from_bytes(bytes: Vec<u8>) -> Result<Self, IndexError> {
        Self::new(Bytes::Owned(bytes))
    }

    fn new(bytes: Bytes) -> Result<Self, IndexError> {
        let all = bytes.all();
        if all.get(..8) != Some(MAGIC) {
            return Err(IndexError::NotAnIndex);
        }
        let found = word(all, 8).ok_or(IndexError::NotAnIndex)?;
        if found != VERSION {
            return Err(IndexError::Version { found });
        }
        let expected = long(all, 16).ok_or(IndexError::NotAnIndex)?;
        if expected != all.len() as u64 {
            return Err(IndexError::Length {
                expected,
                found: all.len() as u64,
            });
        }
        let sum = word(all, 12).ok_or(IndexError::NotAnIndex)?;
        if crc32fast::hash(all.get(HEADER..).unwrap_or_default()) != sum {
            return Err(IndexError::Checksum);
        }
        let mut sections = [(0, 0); SECTIONS];
        for (number, place) in sections.iter_mut().enumerate() {
            let error = IndexError::Section { section: number };
            let at = HEADER + number * 16;
            let (Some(offset), Some(length)) = (long(all, at), long(all, at + 8)) else {
                return Err(error);
            };
            let end = offset.checked_add(length);
            if end.is_none_or(|end| end > all.len() as u64) {
                return Err(error);
            }
            let (Ok(offset), Ok(length)) = (usize::try_from(offset), usize::try_from(length))
            else {
                return Err(error);
            };
            *place = (offset, length);
        }
        Ok(Self {
            bytes,
            sections,
            environments: OnceLock::new(),
            wild: OnceLock::new(),
        })
    }

    /// A number by which what was read of this index is told from what was read of another: where it
    /// lies and the sum of what is in it.
    pub(super) fn identity(&self) -> u64 {
        let all = self.bytes.all();
        let sum = word(all, 12).unwrap_or_default();
        all.as_ptr().addr() as u64 ^ (u64::from(sum) << 32 | u64::from(sum))
    }

    #[inline]
    pub(super) fn section(&self, section: Section) -> &[u8] {
        let (offset, length) = self
            .sections
            .get(section as usize)
            .copied()
            .unwrap_or_default();
        self.bytes
            .all()
            .get(offset..offset + length)
            .unwrap_or_default()
    }

    /// The numbers of the row of a table with that many numbers a row.
    #[inline]
    pub(super) fn row<const N: usize>(&self, section: Section, row: u32) -> Option<[u32; N]> {
        let begin = row as usize * N * 4;
        let bytes = self.section(section).get(begin..begin + N * 4)?;
        Some(numbers(bytes))
    }

    /// The rows of a table from one to before another.
    #[inline]
    pub(super) fn rows(&self, section: Section, width: usize, from: u32, to: u32) -> &[u8] {
        self.section(section)
            .get(from as usize * width * 4..to as usize * width * 4)
            .unwrap_or_default()
    }

    #[inline]
    pub(super) fn text(&self, begin: u32, length: u32) -> &str {
        self.section(Section::Strings)
            .get(begin as usize..begin as usize + length as usize)
            .and_then(|bytes| std::str::from_utf8(bytes).ok())
            .unwrap_or_default()
    }

    /// The bytes of a key.
    #[inline]
    pub(super) fn key(&self, number: u32) -> &[u8] {
        let Some([begin, length, ..]) = self.row::<4>(Section::Keys, number) else {
            return &[];
        };
        self.section(Section::KeyBytes)
            .get(begin as usize..begin as usize + length as usize)
            .unwrap_or_default()
    }

    /// The criterion's name whose environment must be compared.
    pub(super) fn environment(&self, number: u32) -> Option<&Name> {
        self.environments
            .get_or_init(|| {
                let rows = self.section(Section::Environments).len() / 8;
                (0..u32::try_from(rows).unwrap_or_default())
                    .map(|row| {
                        let [begin, length] = self.row(Section::Environments, row)?;
                        Name::parse_lenient(self.text(begin, length)).ok()
                    })
                    .collect()
            })
            .get(number as usize)?
            .as_ref()
    }

    /// The criteria with wildcards in vendor or product.
    pub(super) fn wild(&self) -> &[Wild] {
        self.wild.get_or_init(|| {
            self.section(Section::Wild)
                .chunks_exact(WILD * 4)
                .filter_map(|row| {
                    let [
                        name,
                        length,
                        start,
                        start_length,
                        end,
                        end_length,
                        scheme,
                        statement,
                        word,
                        _,
                    ] = numbers::<WILD>(row);
                    let bound = |begin, length, inclusive| {
                        (begin != NONE).then(|| Bound {
                            version: self.text(begin, length).to_owned(),
                            inclusive: word & inclusive != 0,
                        })
                    };
                    let range = Range {
                        start: bound(start, start_length, bits::START_INCLUSIVE),
                        end: bound(end, end_length, bits::END_INCLUSIVE),
                    };
                    let name = Name::parse_lenient(self.text(name, length)).ok()?;
                    let at_most = (word & bits::AT_MOST) >> bits::AT_MOST_SHIFT;
                    Some(Wild {
                        criterion: Criterion {
                            name,
                            range,
                            vulnerable: word & bits::VULNERABLE != 0,
                            scheme: u8::try_from(scheme).ok().and_then(Scheme::from_code),
                            at_most: Confidence::from_code(u8::try_from(at_most).ok()?),
                        },
                        statement,
                        word,
                    })
                })
                .collect()
        })
    }

    /// What the index holds.
    #[must_use]
    pub fn summary(&self) -> Summary {
        let rows = |section, width: usize| self.section(section).len() / (width * 4);
        Summary {
            statements: rows(Section::Statements, 6).saturating_sub(1),
            products: rows(Section::Products, 14),
            versions: rows(Section::Keys, 4).saturating_sub(1),
            ranges: rows(Section::Ranges, 5),
            bytes: self.bytes.all().len(),
        }
    }

    /// Which vulnerability a statement is about, and who says it.
    #[inline]
    pub(super) fn statement(&self, number: u32) -> Option<StatementRow> {
        let [low, high, source, ..] = self.row::<6>(Section::Statements, number)?;
        Some(StatementRow {
            id: VulnerabilityId::from_code(u64::from(high) << 32 | u64::from(low)),
            source: (source & marks::SOURCE) as u8,
            withdrawn: source & marks::WITHDRAWN != 0,
            silenced: source & marks::SILENCED != 0,
        })
    }

    /// Every statement with its number.
    pub(super) fn statement_rows(&self) -> impl Iterator<Item = (u32, StatementRow)> + '_ {
        (0..u32::try_from(self.summary().statements).unwrap_or_default())
            .filter_map(|number| Some((number, self.statement(number)?)))
    }

    pub(super) fn product(&self, number: u32) -> Option<Product> {
        let row = self.row::<14>(Section::Products, number)?;
        let [
            name,
            length,
            scheme,
            next,
            keys,
            key_count,
            groups,
            groups_end,
            u0,
            u1,
            u2,
            a0,
            a1,
            a2,
        ] = row;
        // A damaged file must not make a search count to four thousand million.
        let rows = |section, width: usize| {
            u32::try_from(self.section(section).len() / (width * 4)).unwrap_or(u32::MAX)
        };
        let versions = rows(Section::Keys, 4);
        let keys = keys.min(versions);
        let key_count = key_count.min(versions - keys);
        let (groups, groups_end) = (groups, groups_end.min(rows(Section::Groups, 4)));
        Some(Product {
            name,
            length,
            scheme: Scheme::from_code(u8::try_from(scheme).ok()?)?,
            next,
            keys,
            key_count,
            groups: (groups, groups_end),
            unordered: [u0, u1, u2],
            always: [a0, a1, a2],
        })
    }

    /// The first product of a name; the others hang behind it.
    pub(super) fn find_product(&self, name: &str) -> Option<u32> {
        let slots = self.section(Section::Slots).len() / 4;
        if !slots.is_power_of_two() {
            return None;
        }
        let mut place = hash(name.as_bytes()) as usize & (slots - 1);
        for _ in 0..slots {
            let [slot] = self.row::<1>(Section::Slots, u32::try_from(place).ok()?)?;
            let number = slot.checked_sub(1)?;
            let product = self.product(number)?;
            if self.text(product.name, product.length) == name {
                return Some(number);
            }
            place = (place + 1) & (slots - 1);
        }
        None
    }

    /// The products that the statements about these vulnerabilities name, in order, each once: names
    /// of which part, vendor and product are set and nothing else. Products that are only run on or
    /// with are among them. Where a statement has wildcards in vendor or product or leaves the part
    /// open, so does the name: it stands for every product that it matches.
    ///
    /// It is what has to be matched again when these statements change ([`Estate::sets_with`]). The
    /// members of a platform's family are not listed; [`Estate::sets_with`] knows them.
    ///
    /// [`Estate::sets_with`]: super::Estate::sets_with
    #[must_use]
    pub fn products_of(&self, wanted: &dyn Fn(VulnerabilityId) -> bool) -> Vec<Name> {
        let statements: FxHashSet<u32> = self
            .statement_rows()
            .filter(|(_, row)| wanted(row.id))
            .map(|(number, _)| number)
            .collect();
        let mut products: Vec<u32> = Vec::new();
        for number in &statements {
            let (Some([.., begin]), Some([.., end])) = (
                self.row::<6>(Section::Statements, *number),
                self.row::<6>(Section::Statements, number.saturating_add(1)),
            ) else {
                continue;
            };
            products.extend(
                self.rows(Section::Touched, 1, begin, end)
                    .chunks_exact(4)
                    .map(|bytes| numbers::<1>(bytes)[0]),
            );
        }
        products.sort_unstable();
        products.dedup();
        let named = products.into_iter().filter_map(|number| {
            let product = self.product(number)?;
            let mut texts = self.text(product.name, product.length).split('\u{1f}');
            let mut name = Name::default();
            for attribute in [Attribute::Part, Attribute::Vendor, Attribute::Product] {
                name.set(attribute, Value::text(texts.next()?));
            }
            Some(name)
        });
        let wild = self
            .wild()
            .iter()
            .filter(|wild| statements.contains(&wild.statement))
            .map(|wild| {
                let mut name = Name::default();
                for attribute in [Attribute::Part, Attribute::Vendor, Attribute::Product] {
                    name.set(attribute, wild.criterion.name.get(attribute).clone());
                }
                name
            });
        let mut names: Vec<Name> = named.chain(wild).collect();
        names.sort();
        names.dedup();
        names
    }
}

/// What the table of statements says.
#[derive(Debug, Clone, Copy)]
pub(super) struct StatementRow {
    pub(super) id: VulnerabilityId,
    /// The code of the source.
    pub(super) source: u8,
    pub(super) withdrawn: bool,
    pub(super) silenced: bool,
}

/// One product of an index.
#[derive(Debug, Clone, Copy)]
pub(super) struct Product {
    pub(super) name: u32,
    pub(super) length: u32,
    pub(super) scheme: Scheme,
    pub(super) next: u32,
    pub(super) keys: u32,
    pub(super) key_count: u32,
    pub(super) groups: (u32, u32),
    /// Begin, end of the vulnerable, end.
    pub(super) unordered: [u32; 3],
    pub(super) always: [u32; 3],
}

#[expect(
    unsafe_code,
    reason = "mapping a file is unsafe in every crate that offers it: another process might change \
              the file. Ours are written beside and renamed, never changed in place; should one be \
              changed all the same, every access is checked and texts are checked for UTF-8 each time"
)]
fn map(file: &File) -> std::io::Result<memmap2::Mmap> {
    // SAFETY: see the reason above.
    unsafe { memmap2::Mmap::map(file) }
}

fn word(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_le_bytes(bytes.get(at..at + 4)?.try_into().ok()?))
}

fn long(bytes: &[u8], at: usize) -> Option<u64> {
    Some(u64::from_le_bytes(bytes.get(at..at + 8)?.try_into().ok()?))
}

/// The numbers of a row; what is missing is zero.
#[inline]
pub(super) fn numbers<const N: usize>(bytes: &[u8]) -> [u32; N] {
    let mut row = [0; N];
    let (words, _) = bytes.as_chunks::<4>();
    for (place, word) in row.iter_mut().zip(words) {
        *place = u32::from_le_bytes(*word);
    }
    row
}
