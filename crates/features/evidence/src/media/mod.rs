//! What a file is, judged by its content as it comes in.
//!
//! Only what an inspector can open is taken: PDF, pictures, text and the current Office formats
//! without macros. A file's name and what a browser says about it are never believed. The
//! [`Inspector`] sees every byte once, keeps at most about a megabyte of them, and says no before
//! the file is stored.

mod office;
mod text;

use std::borrow::Cow;

use yagura_kernel::text::safe_file_name;

pub use text::{Decoded, decode_beginning};

use office::OfficeScan;
use text::TextScan;

/// How much of the beginning is looked at before the kind of file is decided.
const HEAD: usize = 8 * 1024;
/// Where at the latest a PDF says that it is one (ISO 32000-1, annex H.3, note 13).
const PDF_HEADER_WITHIN: usize = 1024;
/// How much of the end of a PDF may follow its `%%EOF`.
const PDF_TAIL: usize = 64 * 1024;

/// What a stored file is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum MediaType {
    /// PDF.
    Pdf,
    /// PNG.
    Png,
    /// JPEG.
    Jpeg,
    /// WebP.
    Webp,
    /// HEIC, as telephones take pictures.
    Heic,
    /// Plain text in any of the encodings in use in Japan.
    Text,
    /// Comma-separated values.
    Csv,
    /// Word without macros.
    Docx,
    /// Excel without macros.
    Xlsx,
    /// PowerPoint without macros.
    Pptx,
}

/// How a file can be shown inside the program.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Preview {
    /// By the browser's own PDF viewer.
    Pdf,
    /// As a picture.
    Image,
    /// As text.
    Text,
    /// Not at all: it has to be saved and opened.
    None,
}

impl MediaType {
    /// Every type.
    pub const ALL: [Self; 10] = [
        Self::Pdf,
        Self::Png,
        Self::Jpeg,
        Self::Webp,
        Self::Heic,
        Self::Text,
        Self::Csv,
        Self::Docx,
        Self::Xlsx,
        Self::Pptx,
    ];

    /// The code used in storage, in the API and as the tail of message keys.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Pdf => "pdf",
            Self::Png => "png",
            Self::Jpeg => "jpeg",
            Self::Webp => "webp",
            Self::Heic => "heic",
            Self::Text => "text",
            Self::Csv => "csv",
            Self::Docx => "docx",
            Self::Xlsx => "xlsx",
            Self::Pptx => "pptx",
        }
    }

    /// The type with this code, if there is one.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|media_type| media_type.code() == code)
    }

    /// The MIME type (RFC 6838) under which it is sent.
    #[must_use]
    pub const fn mime(self) -> &'static str {
        match self {
            Self::Pdf => "application/pdf",
            Self::Png => "image/png",
            Self::Jpeg => "image/jpeg",
            Self::Webp => "image/webp",
            Self::Heic => "image/heic",
            Self::Text => "text/plain",
            Self::Csv => "text/csv",
            Self::Docx => "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
            Self::Xlsx => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
            Self::Pptx => {
                "application/vnd.openxmlformats-officedocument.presentationml.presentation"
            }
        }
    }

    /// The extensions that such a file may carry; the first is given to one that carries another.
    const fn extensions(self) -> &'static [&'static str] {
        match self {
            Self::Pdf => &["pdf"],
            Self::Png => &["png"],
            Self::Jpeg => &["jpg", "jpeg", "jpe", "jfif"],
            Self::Webp => &["webp"],
            Self::Heic => &["heic", "heif"],
            Self::Text => &[
                "txt", "log", "md", "tsv", "conf", "cfg", "ini", "json", "yaml", "yml",
            ],
            Self::Csv => &["csv"],
            Self::Docx => &["docx"],
            Self::Xlsx => &["xlsx"],
            Self::Pptx => &["pptx"],
        }
    }

    /// How it can be shown inside the program.
    #[must_use]
    pub const fn preview(self) -> Preview {
        match self {
            Self::Pdf => Preview::Pdf,
            Self::Png | Self::Jpeg | Self::Webp => Preview::Image,
            Self::Text | Self::Csv => Preview::Text,
            Self::Heic | Self::Docx | Self::Xlsx | Self::Pptx => Preview::None,
        }
    }

    /// A file name that is safe to save and whose extension says what the content is.
    #[must_use]
    pub fn file_name(self, given: &str) -> String {
        let safe = safe_file_name(given);
        let extension = extension_of(&safe);
        if self.extensions().contains(&extension.as_ref()) {
            safe
        } else {
            let own = self.extensions().first().copied().unwrap_or("bin");
            safe_file_name(&format!("{safe}.{own}"))
        }
    }
}

/// What the upload form offers the browser as a filter.
pub const ACCEPT: &str = ".pdf,.png,.jpg,.jpeg,.webp,.heic,.heif,.txt,.log,.csv,.tsv,.md,.json,\
                          .conf,.cfg,.ini,.yaml,.yml,.docx,.xlsx,.pptx";

fn extension_of(name: &str) -> Cow<'_, str> {
    match name.rsplit_once('.') {
        Some((_, extension)) if !extension.is_empty() => extension.to_ascii_lowercase().into(),
        _ => "".into(),
    }
}

/// Why a file is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
pub enum Refusal {
    /// It holds nothing.
    #[error("the file is empty")]
    Empty,
    /// A program, or a file that starts one when it is opened.
    #[error("the file is a program")]
    Program,
    /// HTML, SVG or XML: it can run scripts in a browser.
    #[error("the file is HTML, SVG or XML")]
    Markup,
    /// An Office file with macros.
    #[error("the file has macros")]
    Macros,
    /// Word, Excel or PowerPoint in the format before 2007, or protected by a password.
    #[error("the file is in an old Office format or protected by a password")]
    OldOffice,
    /// An archive: what is in it cannot be looked at.
    #[error("the file is an archive")]
    Archive,
    /// It unpacks to an absurd size.
    #[error("the file unpacks to an absurd size")]
    Bomb,
    /// It was cut, damaged, or is not what it begins as.
    #[error("the file is damaged")]
    Damaged,
    /// A private key.
    #[error("the file holds a private key")]
    PrivateKey,
    /// Text in no known encoding, or something unknown.
    #[error("the file is of no known kind")]
    Unknown,
}

impl Refusal {
    /// Every refusal.
    pub const ALL: [Self; 10] = [
        Self::Empty,
        Self::Program,
        Self::Markup,
        Self::Macros,
        Self::OldOffice,
        Self::Archive,
        Self::Bomb,
        Self::Damaged,
        Self::PrivateKey,
        Self::Unknown,
    ];

    /// The key of what a person is told: why, and how to mend it.
    #[must_use]
    pub const fn message_key(self) -> &'static str {
        match self {
            Self::Empty => "evidence-refused-empty",
            Self::Program => "evidence-refused-program",
            Self::Markup => "evidence-refused-markup",
            Self::Macros => "evidence-refused-macros",
            Self::OldOffice => "evidence-refused-old_office",
            Self::Archive => "evidence-refused-archive",
            Self::Bomb => "evidence-refused-bomb",
            Self::Damaged => "evidence-refused-damaged",
            Self::PrivateKey => "evidence-refused-private_key",
            Self::Unknown => "evidence-refused-unknown",
        }
    }
}

/// Extensions by which a system would run a file, whatever is in it.
const PROGRAM_EXTENSIONS: &[&str] = &[
    "exe",
    "dll",
    "com",
    "scr",
    "pif",
    "cpl",
    "msi",
    "msp",
    "mst",
    "bat",
    "cmd",
    "ps1",
    "psm1",
    "vb",
    "vbs",
    "vbe",
    "js",
    "jse",
    "mjs",
    "ws",
    "wsf",
    "wsh",
    "hta",
    "lnk",
    "url",
    "reg",
    "inf",
    "jar",
    "jnlp",
    "class",
    "apk",
    "app",
    "sh",
    "bash",
    "command",
    "desktop",
    "php",
    "pl",
    "py",
    "rb",
    "chm",
    "gadget",
    "scf",
    "appref-ms",
    "msix",
    "xll",
    "xlam",
    "iqy",
    "slk",
    "rdp",
];
/// Extensions by which a browser would run a file.
const MARKUP_EXTENSIONS: &[&str] = &[
    "html", "htm", "xhtml", "xht", "shtml", "svg", "svgz", "xml", "xsl", "xslt", "mht", "mhtml",
];
/// Extensions of Office files that may carry macros.
const MACRO_EXTENSIONS: &[&str] = &[
    "docm", "dotm", "xlsm", "xltm", "xlsb", "pptm", "potm", "ppsm", "ppam", "sldm",
];

#[derive(Debug)]
enum Scan {
    Pdf { tail: Tail },
    Image(MediaType),
    Office(Box<OfficeScan>),
    Text(Box<TextScan>),
}

/// Looks at a file while it comes in.
#[derive(Debug)]
pub struct Inspector {
    extension: String,
    head: Vec<u8>,
    scan: Option<Scan>,
}

impl Inspector {
    /// Begins with a file of this name.
    ///
    /// # Errors
    /// [`Refusal`] where the name alone is reason enough.
    pub fn new(file_name: &str) -> Result<Self, Refusal> {
        // Windows drops dots and blanks at the end of a name: "a.exe. " is run as "a.exe".
        let name = file_name.trim_end_matches(['.', ' ', '\u{3000}', '\0']);
        let extension = extension_of(name).into_owned();
        let word = extension.as_str();
        if PROGRAM_EXTENSIONS.contains(&word) {
            Err(Refusal::Program)
        } else if MARKUP_EXTENSIONS.contains(&word) {
            Err(Refusal::Markup)
        } else if MACRO_EXTENSIONS.contains(&word) {
            Err(Refusal::Macros)
        } else {
            Ok(Self {
                extension,
                head: Vec::new(),
                scan: None,
            })
        }
    }

    /// Takes the next part.
    ///
    /// # Errors
    /// [`Refusal`] as soon as it is plain that the file is not taken.
    pub fn feed(&mut self, part: &[u8]) -> Result<(), Refusal> {
        if let Some(scan) = &mut self.scan {
            return scan.feed(part);
        }
        self.head.extend_from_slice(part);
        if self.head.len() >= HEAD {
            self.decide()
        } else {
            Ok(())
        }
    }

    fn decide(&mut self) -> Result<(), Refusal> {
        let head = std::mem::take(&mut self.head);
        let mut scan = recognise(&head)?;
        scan.feed(&head)?;
        self.scan = Some(scan);
        Ok(())
    }

    /// Says what the whole file is.
    ///
    /// # Errors
    /// [`Refusal`] where it is not taken.
    pub fn finish(mut self) -> Result<MediaType, Refusal> {
        if self.scan.is_none() {
            if self.head.is_empty() {
                return Err(Refusal::Empty);
            }
            self.decide()?;
        }
        match self.scan {
            Some(Scan::Pdf { tail }) => {
                if contains(tail.bytes(), b"%%EOF") {
                    Ok(MediaType::Pdf)
                } else {
                    Err(Refusal::Damaged)
                }
            }
            Some(Scan::Image(media_type)) => Ok(media_type),
            Some(Scan::Office(scan)) => scan.finish(),
            Some(Scan::Text(scan)) => {
                scan.finish()?;
                Ok(if self.extension == "csv" {
                    MediaType::Csv
                } else {
                    MediaType::Text
                })
            }
            None => Err(Refusal::Empty),
        }
    }
}

impl Scan {
    fn feed(&mut self, part: &[u8]) -> Result<(), Refusal> {
        match self {
            Self::Pdf { tail } => tail.push(part),
            Self::Image(_) => {}
            Self::Office(scan) => scan.feed(part),
            Self::Text(scan) => scan.feed(part)?,
        }
        Ok(())
    }
}

fn recognise(head: &[u8]) -> Result<Scan, Refusal> {
    const OLD_OFFICE: &[u8] = &[0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1];
    const SHORTCUT: &[u8] = &[0x4C, 0, 0, 0, 0x01, 0x14, 0x02, 0];
    if head.starts_with(OLD_OFFICE) {
        return Err(Refusal::OldOffice);
    }
    if head.starts_with(SHORTCUT) || head.starts_with(b"#!") {
        return Err(Refusal::Program);
    }
    if head.starts_with(b"PK") && matches!(head.get(2..4), Some([3, 4] | [5, 6] | [7, 8])) {
        return Ok(Scan::Office(Box::default()));
    }
    if let Some(image) = image_type(head) {
        return Ok(Scan::Image(image));
    }
    let beginning = head.get(..PDF_HEADER_WITHIN).unwrap_or(head);
    if contains(beginning, b"%PDF-") {
        return Ok(Scan::Pdf {
            tail: Tail::new(PDF_TAIL),
        });
    }
    if head.starts_with(b"{\\rtf") {
        return Err(Refusal::Unknown);
    }
    match infer::get(head).map(|kind| (kind.matcher_type(), kind.mime_type())) {
        // Keys and certificates are judged as the text that they are.
        Some((infer::MatcherType::App, _)) if head.starts_with(b"-----BEGIN ") => {
            TextScan::begin(head).map(|scan| Scan::Text(Box::new(scan)))
        }
        Some((infer::MatcherType::App, _)) => Err(Refusal::Program),
        Some((infer::MatcherType::Archive, _)) => Err(Refusal::Archive),
        Some((infer::MatcherType::Text, "text/html" | "text/xml")) => Err(Refusal::Markup),
        Some((infer::MatcherType::Text, "text/x-shellscript")) => Err(Refusal::Program),
        Some((
            infer::MatcherType::Audio
            | infer::MatcherType::Video
            | infer::MatcherType::Font
            | infer::MatcherType::Image
            | infer::MatcherType::Doc
            | infer::MatcherType::Book,
            _,
        )) => Err(Refusal::Unknown),
        _ => TextScan::begin(head).map(|scan| Scan::Text(Box::new(scan))),
    }
}

fn image_type(head: &[u8]) -> Option<MediaType> {
    const PNG: &[u8] = b"\x89PNG\r\n\x1a\n";
    if head.starts_with(PNG) && head.get(12..16) == Some(b"IHDR") {
        Some(MediaType::Png)
    } else if head.starts_with(&[0xFF, 0xD8, 0xFF]) {
        Some(MediaType::Jpeg)
    } else if head.starts_with(b"RIFF") && head.get(8..12) == Some(b"WEBP") {
        Some(MediaType::Webp)
    } else if head.get(4..8) == Some(b"ftyp") {
        let brand = head.get(8..12)?;
        let known: [&[u8]; 6] = [b"heic", b"heix", b"heim", b"heis", b"mif1", b"msf1"];
        known.contains(&brand).then_some(MediaType::Heic)
    } else {
        None
    }
}

pub(crate) fn contains(haystack: &[u8], needle: &[u8]) -> bool {
    find(haystack, needle).is_some()
}

pub(crate) fn find(haystack: &[u8], needle: &[u8]) -> Option<usize> {
    let first = *needle.first()?;
    let mut from = 0;
    loop {
        let rest = haystack.get(from..)?;
        let at = from + rest.iter().position(|byte| *byte == first)?;
        if haystack.get(at..)?.starts_with(needle) {
            return Some(at);
        }
        from = at + 1;
    }
}

/// The last bytes of what passes by.
#[derive(Debug)]
struct Tail {
    limit: usize,
    bytes: Vec<u8>,
}

impl Tail {
    const fn new(limit: usize) -> Self {
        Self {
            limit,
            bytes: Vec::new(),
        }
    }

    fn push(&mut self, part: &[u8]) {
        let part = part
            .get(part.len().saturating_sub(self.limit)..)
            .unwrap_or(part);
        self.bytes.extend_from_slice(part);
        // Moving the rest to the front only now and then keeps it cheap.
        if self.bytes.len() > self.limit * 2 {
            self.bytes.drain(..self.bytes.len() - self.limit);
        }
    }

    fn bytes(&self) -> &[u8] {
        self.bytes
            .get(self.bytes.len().saturating_sub(self.limit)..)
            .unwrap_or(&self.bytes)
    }
}

#[cfg(test)]
mod tests;
