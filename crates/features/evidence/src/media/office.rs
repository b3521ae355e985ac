//! Office files (ECMA-376): zip archives of a known shape. They pass by once; only the list of
//! their parts, at the end, and the part that says what they are, are kept.

use std::io::{self, Read, Seek, SeekFrom};

use zip::ZipArchive;

use super::{MediaType, Refusal, Tail, contains, find};

/// The part that names the kind of every other part (ECMA-376-2, §7.2.3).
const CONTENT_TYPES: &str = "[Content_Types].xml";
/// A local header before the name of its entry.
const LOCAL_HEADER: usize = 30;
/// How much of the end is kept: room for the list of some thousands of parts.
const TAIL: usize = 512 * 1024;
/// How much is kept from where a part could be that names the kinds.
const WINDOW: usize = 128 * 1024;
/// How many such places are kept. A file has two of them: the entry and the list at the end.
const WINDOWS: usize = 4;
/// How large the part that names the kinds may be.
const LARGEST_CONTENT_TYPES: u64 = 4 * 1024 * 1024;
/// What a file may unpack to.
const LARGEST_UNPACKED: u64 = 2 * 1024 * 1024 * 1024;

const MAIN_PARTS: [(&str, MediaType); 3] = [
    (
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml",
        MediaType::Docx,
    ),
    (
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml",
        MediaType::Xlsx,
    ),
    (
        "application/vnd.openxmlformats-officedocument.presentationml.presentation.main+xml",
        MediaType::Pptx,
    ),
];
/// What betrays macros in the names and kinds of parts, in lower case: Visual Basic projects and
/// the macro sheets of Excel 4.
const MACRO_MARKS: [&str; 5] = [
    "macroenabled",
    "vbaproject",
    "vbadata",
    "macrosheet",
    "intlmacrosheet",
];

/// Looks at a zip archive that passes by.
#[derive(Debug)]
pub(super) struct OfficeScan {
    passed: u64,
    before: Vec<u8>,
    windows: Vec<Window>,
    tail: Tail,
}

#[derive(Debug)]
struct Window {
    start: u64,
    bytes: Vec<u8>,
}

impl Default for OfficeScan {
    fn default() -> Self {
        Self {
            passed: 0,
            before: Vec::new(),
            windows: Vec::new(),
            tail: Tail::new(TAIL),
        }
    }
}

impl OfficeScan {
    pub(super) fn feed(&mut self, part: &[u8]) {
        for window in &mut self.windows {
            let room = WINDOW.saturating_sub(window.bytes.len());
            window.bytes.extend(part.iter().take(room));
        }
        // The name may lie across two parts, and its header before it.
        let base = self.passed - self.before.len() as u64;
        let mut joined = std::mem::take(&mut self.before);
        joined.extend_from_slice(part);
        let mut from = 0;
        while let Some(rest) = joined.get(from..)
            && let Some(offset) = find(rest, CONTENT_TYPES.as_bytes())
        {
            let name = from + offset;
            let header = name.saturating_sub(LOCAL_HEADER);
            let start = base + header as u64;
            let seen = self.windows.iter().any(|window| window.start == start);
            if !seen && self.windows.len() < WINDOWS {
                let bytes = joined.iter().skip(header).take(WINDOW).copied().collect();
                self.windows.push(Window { start, bytes });
            }
            from = name + 1;
        }
        let kept = joined
            .len()
            .saturating_sub(LOCAL_HEADER + CONTENT_TYPES.len() - 1);
        joined.drain(..kept);
        self.before = joined;
        self.tail.push(part);
        self.passed += part.len() as u64;
    }

    pub(super) fn finish(self) -> Result<MediaType, Refusal> {
        let tail = self.tail.bytes();
        let mut pieces: Vec<(u64, &[u8])> = vec![(self.passed - tail.len() as u64, tail)];
        pieces.extend(
            self.windows
                .iter()
                .map(|window| (window.start, window.bytes.as_slice())),
        );
        let reader = SparseReader {
            pieces,
            size: self.passed,
            position: 0,
        };
        let mut archive = ZipArchive::new(reader).map_err(|_| Refusal::Damaged)?;
        let mut named = 0;
        for name in archive.file_names_raw() {
            let name = String::from_utf8_lossy(name).to_ascii_lowercase();
            if MACRO_MARKS.iter().any(|mark| name.contains(mark)) {
                return Err(Refusal::Macros);
            }
            named += usize::from(name == CONTENT_TYPES.to_ascii_lowercase());
        }
        match named {
            0 => return Err(Refusal::Archive),
            1 if !archive.has_duplicate_names() => {}
            // Programs differ in which of two parts of one name they believe.
            _ => return Err(Refusal::Damaged),
        }
        let unpacked = (0..archive.len()).try_fold(0_u64, |sum, place| {
            sum.checked_add(archive.by_index_data(place).ok()?.size())
        });
        if unpacked.is_none_or(|size| size > LARGEST_UNPACKED) {
            return Err(Refusal::Bomb);
        }
        let part = archive
            .by_name(CONTENT_TYPES)
            .map_err(|_| Refusal::Damaged)?;
        let mut kinds = Vec::new();
        let read = part.take(LARGEST_CONTENT_TYPES + 1).read_to_end(&mut kinds);
        if read.map_err(|_| Refusal::Damaged)? as u64 > LARGEST_CONTENT_TYPES {
            return Err(Refusal::Bomb);
        }
        judge_kinds(&kinds)
    }
}

fn judge_kinds(kinds: &[u8]) -> Result<MediaType, Refusal> {
    let lower = kinds.to_ascii_lowercase();
    if MACRO_MARKS
        .iter()
        .any(|mark| contains(&lower, mark.as_bytes()))
    {
        return Err(Refusal::Macros);
    }
    // Written-out characters could hide what the marks look for; no program writes them here.
    if contains(kinds, b"&#") || contains(kinds, b"<!") {
        return Err(Refusal::Damaged);
    }
    MAIN_PARTS
        .iter()
        .find(|(kind, _)| contains(kinds, kind.as_bytes()))
        .map(|(_, media_type)| *media_type)
        .ok_or(Refusal::Archive)
}

/// A file of which only pieces are at hand.
#[derive(Debug)]
struct SparseReader<'b> {
    pieces: Vec<(u64, &'b [u8])>,
    size: u64,
    position: u64,
}

impl Read for SparseReader<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.position >= self.size || buffer.is_empty() {
            return Ok(0);
        }
        for (start, bytes) in &self.pieces {
            let Some(offset) = self.position.checked_sub(*start) else {
                continue;
            };
            let offset = usize::try_from(offset).unwrap_or(usize::MAX);
            if let Some(rest) = bytes.get(offset..).filter(|rest| !rest.is_empty()) {
                let number = rest.len().min(buffer.len());
                for (to, from) in buffer.iter_mut().zip(rest) {
                    *to = *from;
                }
                self.position += number as u64;
                return Ok(number);
            }
        }
        Err(io::Error::other("this part of the file was not kept"))
    }
}

impl Seek for SparseReader<'_> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let position = match to {
            SeekFrom::Start(position) => Some(position),
            SeekFrom::End(offset) => self.size.checked_add_signed(offset),
            SeekFrom::Current(offset) => self.position.checked_add_signed(offset),
        };
        self.position =
            position.ok_or_else(|| io::Error::other("seek before the start of the file"))?;
        Ok(self.position)
    }
}
