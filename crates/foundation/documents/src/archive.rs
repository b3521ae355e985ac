//! Reproducible zip archives: the same entries give the same bytes, and no name can lead outside
//! the folder that the archive is unpacked in.

use std::collections::HashSet;
use std::io::{Read, Seek, Write};

use time::Date;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, ZipWriter};

use crate::messages::Explain;

/// Longest part of a path, in bytes of UTF-8, that every common file system takes.
const SEGMENT_BYTES: usize = 200;

/// An archive being written.
///
/// Entries are streamed, so an archive of large evidence files does not need memory for them.
/// Dropping the archive without [`Archive::finish`] leaves an unreadable file.
pub struct Archive<W: Write + Seek> {
    writer: ZipWriter<W>,
    modified: DateTime,
    names: HashSet<String>,
}

impl<W: Write + Seek> Archive<W> {
    /// Starts an archive on `output`. All entries get midnight of `modified` as their time.
    pub fn new(output: W, modified: Date) -> Self {
        let modified = u16::try_from(modified.year())
            .ok()
            .and_then(|year| {
                DateTime::from_date_and_time(
                    year,
                    u8::from(modified.month()),
                    modified.day(),
                    0,
                    0,
                    0,
                )
                .ok()
            })
            .unwrap_or(DateTime::DEFAULT);
        Self {
            writer: ZipWriter::new(output),
            modified,
            names: HashSet::new(),
        }
    }

    /// Adds an entry and reads its content to the end.
    ///
    /// `name` is a relative path with `/` between its parts, in UTF-8.
    ///
    /// # Errors
    /// [`ArchiveError::UnsafeName`] and [`ArchiveError::DuplicateName`] before anything is
    /// written; [`ArchiveError::Write`] if the content cannot be read or the output not written,
    /// after which the archive is of no use.
    pub fn add(&mut self, name: &str, content: &mut impl Read) -> Result<(), ArchiveError> {
        if !is_safe(name) {
            return Err(ArchiveError::UnsafeName {
                name: name.to_owned(),
            });
        }
        if !self.names.insert(name.to_lowercase()) {
            return Err(ArchiveError::DuplicateName {
                name: name.to_owned(),
            });
        }
        let options = SimpleFileOptions::default()
            .last_modified_time(self.modified)
            .unix_permissions(0o644)
            .compression_method(compression_of(name));
        self.writer.start_file(name, options)?;
        std::io::copy(content, &mut self.writer)?;
        Ok(())
    }

    /// Writes the directory and gives the output back.
    ///
    /// # Errors
    /// [`ArchiveError::Write`] if the output cannot be written.
    pub fn finish(self) -> Result<W, ArchiveError> {
        Ok(self.writer.finish()?)
    }
}

/// Makes an archive in memory.
///
/// # Errors
/// As [`Archive::add`].
pub fn zip_bytes<'a>(
    entries: impl IntoIterator<Item = (&'a str, &'a [u8])>,
    modified: Date,
) -> Result<Vec<u8>, ArchiveError> {
    let mut archive = Archive::new(std::io::Cursor::new(Vec::new()), modified);
    for (name, mut content) in entries {
        archive.add(name, &mut content)?;
    }
    Ok(archive.finish()?.into_inner())
}

/// Turns any text, such as an institution's name or the name of an uploaded file, into one safe
/// part of a path: separators and characters that a file system forbids become `_`, the length is
/// bounded, the ending is kept.
pub fn safe_segment(text: &str) -> String {
    let replaced: String = crate::text::without_controls(text)
        .chars()
        .map(|c| {
            if matches!(
                c,
                '/' | '\\' | ':' | '*' | '?' | '"' | '<' | '>' | '|' | '\n' | '\t' | '~'
            ) {
                '_'
            } else {
                c
            }
        })
        .collect();
    let trimmed = replaced.trim().trim_matches('.').trim();
    let (stem, ending) = match trimmed.rsplit_once('.') {
        Some((stem, ending)) if !stem.is_empty() && ending.len() <= 10 => {
            (stem, format!(".{ending}"))
        }
        _ => (trimmed, String::new()),
    };
    let mut bytes = ending.len();
    let cut: String = stem
        .chars()
        .take_while(|c| {
            bytes += c.len_utf8();
            bytes <= SEGMENT_BYTES
        })
        .collect();
    let segment = format!("{}{ending}", cut.trim_end_matches(['.', ' ', '\u{3000}']));
    if segment.is_empty() || is_reserved(&segment) {
        format!("_{segment}")
    } else {
        segment
    }
}

fn is_safe(name: &str) -> bool {
    name.len() <= 1_000
        && name.split('/').all(|segment| {
            !segment.is_empty()
                && segment != "."
                && segment != ".."
                && segment.len() <= SEGMENT_BYTES + 55
                && !segment.ends_with(['.', ' '])
                && !segment.chars().any(|c| {
                    c.is_control() || matches!(c, '\\' | ':' | '*' | '?' | '"' | '<' | '>' | '|')
                })
                && !is_reserved(segment)
        })
}

/// Names that Windows gives to devices.
fn is_reserved(segment: &str) -> bool {
    let stem = segment
        .split('.')
        .next()
        .unwrap_or_default()
        .trim_end()
        .to_ascii_uppercase();
    matches!(stem.as_str(), "CON" | "PRN" | "AUX" | "NUL")
        || stem
            .strip_prefix("COM")
            .or_else(|| stem.strip_prefix("LPT"))
            .is_some_and(|rest| rest.len() == 1 && rest.starts_with(|c: char| c.is_ascii_digit()))
}

fn compression_of(name: &str) -> CompressionMethod {
    const PACKED: &[&str] = &[
        "pdf", "xlsx", "docx", "pptx", "zip", "png", "jpg", "jpeg", "webp", "gif", "mp4", "heic",
    ];
    let ending = name
        .rsplit_once('.')
        .map_or("", |(_, ending)| ending)
        .to_ascii_lowercase();
    if PACKED.contains(&ending.as_str()) {
        CompressionMethod::Stored
    } else {
        CompressionMethod::Deflated
    }
}

/// Why an archive could not be written.
#[derive(Debug, thiserror::Error)]
pub enum ArchiveError {
    /// A name that is absolute, leads upwards, or that some file system cannot hold.
    #[error("{name:?} is no safe name inside an archive")]
    UnsafeName {
        /// The name as given.
        name: String,
    },
    /// A name that another entry has, upper and lower case taken as one.
    #[error("{name:?} occurs twice")]
    DuplicateName {
        /// The name as given.
        name: String,
    },
    /// The content could not be read or the output not written.
    #[error("the archive could not be written")]
    Write(#[from] std::io::Error),
    /// The archive format cannot hold the data.
    #[error("the archive could not be written")]
    Format(#[from] zip::result::ZipError),
}

impl Explain for ArchiveError {
    fn message_key(&self) -> &'static str {
        match self {
            Self::UnsafeName { .. } => "archive-unsafe-name",
            Self::DuplicateName { .. } => "archive-duplicate-name",
            Self::Write(_) | Self::Format(_) => "archive-failed",
        }
    }

    fn message_arguments(&self) -> Vec<(&'static str, String)> {
        match self {
            Self::UnsafeName { name } | Self::DuplicateName { name } => {
                vec![("name", name.clone())]
            }
            Self::Write(_) | Self::Format(_) => Vec::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::*;
    use crate::messages::tests::assert_explained;

    fn day() -> Date {
        Date::from_calendar_date(2026, time::Month::November, 21).unwrap()
    }

    #[test]
    fn the_same_entries_give_the_same_bytes_and_read_back() {
        let entries: [(&str, &[u8]); 2] = [
            ("立入検査/01_確認表.pdf", b"%PDF-1.7"),
            ("立入検査/変更履歴.csv", b"a,b\r\n1,2\r\n"),
        ];
        let one = zip_bytes(entries, day()).unwrap();
        assert_eq!(one, zip_bytes(entries, day()).unwrap());

        let mut archive = zip::ZipArchive::new(Cursor::new(&one)).unwrap();
        let names: Vec<String> = archive
            .file_names()
            .map(|name| name.unwrap().into_owned())
            .collect();
        assert_eq!(names, ["立入検査/01_確認表.pdf", "立入検査/変更履歴.csv"]);
        let mut text = String::new();
        archive
            .by_name("立入検査/変更履歴.csv")
            .unwrap()
            .read_to_string(&mut text)
            .unwrap();
        assert_eq!(text, "a,b\r\n1,2\r\n");
    }

    #[test]
    fn names_that_lead_outside_are_refused() {
        for name in [
            "../a",
            "a/../../b",
            "/etc/passwd",
            "a//b",
            "",
            ".",
            "c:\\a",
            "a\\b",
            "C:a",
            "a\0b",
            "con",
            "lpt1.txt",
            "a/NUL",
            "a.",
            "a ",
            "a\nb",
        ] {
            let error = zip_bytes([(name, b"x".as_slice())], day()).unwrap_err();
            assert!(
                matches!(error, ArchiveError::UnsafeName { .. }),
                "{name:?} was accepted"
            );
            assert_explained(&error);
        }
    }

    #[test]
    fn names_that_differ_only_in_case_are_one() {
        let error = zip_bytes(
            [("a.txt", b"1".as_slice()), ("A.TXT", b"2".as_slice())],
            day(),
        )
        .unwrap_err();
        assert!(matches!(&error, ArchiveError::DuplicateName { name } if name == "A.TXT"));
        assert_explained(&error);
    }

    #[test]
    fn any_text_becomes_a_safe_segment() {
        for (text, expected) in [
            ("みなと医院", "みなと医院"),
            ("../../etc/passwd", "_.._etc_passwd"),
            ("A:B*C?.pdf", "A_B_C_.pdf"),
            ("  .hidden. ", "hidden"),
            ("", "_"),
            ("...", "_"),
            ("nul.txt", "_nul.txt"),
            ("改行\n入り\u{202E}.pdf", "改行_入り.pdf"),
        ] {
            assert_eq!(safe_segment(text), expected);
        }
        let long = safe_segment(&format!("{}.pdf", "長".repeat(500)));
        assert!(long.len() <= SEGMENT_BYTES && long.ends_with(".pdf"));
        for text in [
            "../../etc/passwd",
            "",
            "...",
            "con",
            &"あ".repeat(400),
            "a\0\\b",
            "~/.ssh",
        ] {
            assert!(is_safe(&safe_segment(text)), "{text:?}");
        }
    }
}
