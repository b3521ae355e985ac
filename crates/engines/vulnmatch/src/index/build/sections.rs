//! The sections of an index while they are written.

use super::{BuildError, Entry, count};
use crate::index::file::{HEADER, MAGIC, SECTIONS, Section, VERSION};

/// The sections while they are written.
#[derive(Default)]
pub(super) struct Sections {
    pub(super) parts: [Vec<u8>; SECTIONS],
    /// Stands in for a section that the array has no place for; there is none.
    beyond: Vec<u8>,
}

pub(super) fn bytes_of(sections: &mut Sections, section: Section) -> &mut Vec<u8> {
    sections
        .parts
        .get_mut(section as usize)
        .unwrap_or(&mut sections.beyond)
}

pub(super) fn sections_len(sections: &Sections, section: Section) -> Result<u32, BuildError> {
    count(
        "bytes",
        sections.parts.get(section as usize).map_or(0, Vec::len),
    )
}

pub(super) fn push(sections: &mut Sections, section: Section, numbers: &[u32]) {
    let bytes = bytes_of(sections, section);
    for number in numbers {
        bytes.extend_from_slice(&number.to_le_bytes());
    }
}

pub(super) fn push_entry(sections: &mut Sections, section: Section, entry: &Entry) {
    bytes_of(sections, section).extend_from_slice(&entry.bytes());
}

/// Header and table of sections, and the length of the whole.
pub(super) fn header(sections: &Sections) -> (Vec<u8>, u64) {
    let table = HEADER + SECTIONS * 16;
    let length = table + sections.parts.iter().map(Vec::len).sum::<usize>();
    let mut bytes = Vec::with_capacity(table);
    bytes.extend_from_slice(MAGIC);
    bytes.extend_from_slice(&VERSION.to_le_bytes());
    bytes.extend_from_slice(&[0; 4]);
    bytes.extend_from_slice(&(length as u64).to_le_bytes());
    let mut offset = table as u64;
    for section in &sections.parts {
        bytes.extend_from_slice(&offset.to_le_bytes());
        bytes.extend_from_slice(&(section.len() as u64).to_le_bytes());
        offset += section.len() as u64;
    }
    let mut sum = crc32fast::Hasher::new();
    sum.update(bytes.get(HEADER..).unwrap_or_default());
    for section in &sections.parts {
        sum.update(section);
    }
    if let Some(place) = bytes.get_mut(12..16) {
        place.copy_from_slice(&sum.finalize().to_le_bytes());
    }
    (bytes, length as u64)
}

/// Header, table of sections, sections.
pub(super) fn assemble(sections: &Sections) -> Vec<u8> {
    let (mut bytes, length) = header(sections);
    bytes.reserve_exact(
        usize::try_from(length)
            .unwrap_or_default()
            .saturating_sub(bytes.len()),
    );
    for section in &sections.parts {
        bytes.extend_from_slice(section);
    }
    bytes
}
