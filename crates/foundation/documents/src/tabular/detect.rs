/// What a file is, by its content.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FileKind {
    /// Office Open XML workbook: `.xlsx`, `.xlsm`, `.xltx`.
    Workbook,
    /// Text without forbidden bytes; taken as comma-, tab- or semicolon-delimited.
    Text,
    /// A workbook that needs a password to open.
    EncryptedWorkbook,
    /// Excel 97–2003 workbook, `.xls`.
    LegacyWorkbook,
    /// Binary workbook, `.xlsb`.
    BinaryWorkbook,
    /// OpenDocument, `.ods` and its kin.
    OpenDocument,
    /// Office document that is no workbook: Word, PowerPoint.
    OfficeDocument,
    /// Any other zip archive.
    Archive,
    /// PDF.
    Pdf,
    /// A picture.
    Picture,
    /// A web page, which some programs save under the name `.xls`.
    WebPage,
    /// Anything else.
    Binary,
}

impl FileKind {
    pub(super) fn message_key(self) -> &'static str {
        match self {
            Self::EncryptedWorkbook => "tabular-encrypted",
            Self::LegacyWorkbook => "tabular-kind-legacy-workbook",
            Self::BinaryWorkbook => "tabular-kind-binary-workbook",
            Self::OpenDocument => "tabular-kind-open-document",
            Self::OfficeDocument => "tabular-kind-office-document",
            Self::Archive => "tabular-kind-archive",
            Self::Pdf => "tabular-kind-pdf",
            Self::Picture => "tabular-kind-picture",
            Self::WebPage => "tabular-kind-web-page",
            Self::Workbook | Self::Text | Self::Binary => "tabular-kind-binary",
        }
    }
}

const COMPOUND_FILE: &[u8] = &[0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1];

pub(super) fn detect(bytes: &[u8]) -> FileKind {
    if bytes.starts_with(b"PK\x03\x04") || bytes.starts_with(b"PK\x05\x06") {
        return zip_kind(bytes);
    }
    if bytes.starts_with(COMPOUND_FILE) {
        // The directory of a compound file holds its stream names in UTF-16.
        let encrypted: Vec<u8> = "EncryptedPackage"
            .encode_utf16()
            .flat_map(u16::to_le_bytes)
            .collect();
        return if contains(bytes, &encrypted) {
            FileKind::EncryptedWorkbook
        } else {
            FileKind::LegacyWorkbook
        };
    }
    if bytes.starts_with(b"%PDF-") {
        return FileKind::Pdf;
    }
    const PICTURES: &[&[u8]] = &[
        b"\x89PNG\r\n",
        b"\xFF\xD8\xFF",
        b"GIF8",
        b"II*\0",
        b"MM\0*",
        b"BM",
    ];
    let has_forbidden = has_forbidden_bytes(bytes);
    if has_forbidden && PICTURES.iter().any(|magic| bytes.starts_with(magic)) {
        return FileKind::Picture;
    }
    let start: String = bytes
        .iter()
        .take(512)
        .map(|byte| char::from(byte.to_ascii_lowercase()))
        .skip_while(|c| !c.is_ascii_graphic())
        .collect();
    if ["<!doctype", "<html", "<table", "<?xml"]
        .iter()
        .any(|tag| start.starts_with(tag))
    {
        return FileKind::WebPage;
    }
    if has_forbidden && super::encoding::utf16_order(bytes).is_none() {
        return FileKind::Binary;
    }
    FileKind::Text
}

fn zip_kind(bytes: &[u8]) -> FileKind {
    // Local headers carry the names in clear, so that even a cut-off archive, whose directory is
    // gone, is told apart from a foreign one and reported as damaged.
    let has = |name: &[u8]| contains(bytes, name);
    if has(b"xl/workbook.bin") {
        FileKind::BinaryWorkbook
    } else if has(b"xl/") {
        FileKind::Workbook
    } else if has(b"mimetypeapplication/vnd.oasis.opendocument") {
        FileKind::OpenDocument
    } else if has(b"word/") || has(b"ppt/") {
        FileKind::OfficeDocument
    } else {
        FileKind::Archive
    }
}

fn contains(haystack: &[u8], needle: &[u8]) -> bool {
    let Some((&first, rest)) = needle.split_first() else {
        return true;
    };
    haystack.iter().enumerate().any(|(index, &byte)| {
        byte == first
            && haystack
                .get(index + 1..index + needle.len())
                .is_some_and(|candidate| candidate == rest)
    })
}

/// Control bytes that no text file has. ESC is allowed for ISO-2022-JP, 0x1A for the end mark of
/// old programs.
fn has_forbidden_bytes(bytes: &[u8]) -> bool {
    bytes
        .iter()
        .any(|byte| matches!(byte, 0x00..=0x08 | 0x0E..=0x19 | 0x1C..=0x1F | 0x7F))
}
