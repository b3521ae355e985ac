use std::collections::HashMap;
use std::sync::LazyLock;

use typst::diag::{FileError, FileResult};
use typst::foundations::{Bytes, Datetime, Duration};
use typst::syntax::{FileId, RootedPath, Source, VirtualPath, VirtualRoot};
use typst::text::{Font, FontBook};
use typst::utils::LazyHash;
use typst::{Library, LibraryExt, World};

use super::DocumentError;

const TEMPLATES: &[(&str, &str)] = &[
    (
        "common.typ",
        include_str!("../../assets/templates/common.typ"),
    ),
    (
        "sheet.typ",
        include_str!("../../assets/templates/sheet.typ"),
    ),
    (
        "evidence.typ",
        include_str!("../../assets/templates/evidence.typ"),
    ),
    (
        "history.typ",
        include_str!("../../assets/templates/history.typ"),
    ),
    (
        "cover.typ",
        include_str!("../../assets/templates/cover.typ"),
    ),
    (
        "contacts.typ",
        include_str!("../../assets/templates/contacts.typ"),
    ),
    (
        "emergency.typ",
        include_str!("../../assets/templates/emergency.typ"),
    ),
    (
        "matrix.typ",
        include_str!("../../assets/templates/matrix.typ"),
    ),
    (
        "letter.typ",
        include_str!("../../assets/templates/letter.typ"),
    ),
    (
        "report.typ",
        include_str!("../../assets/templates/report.typ"),
    ),
    (
        "diagram.typ",
        include_str!("../../assets/templates/diagram.typ"),
    ),
    (
        "ledger.typ",
        include_str!("../../assets/templates/ledger.typ"),
    ),
];

/// The fonts stay where the binary has them; nothing is copied.
const FONTS: &[&[u8]] = &[
    include_bytes!("../../assets/fonts/BIZUDPGothic-Regular.ttf"),
    include_bytes!("../../assets/fonts/BIZUDPGothic-Bold.ttf"),
    include_bytes!("../../assets/fonts/BIZUDGothic-Regular-fixed.ttf"),
    include_bytes!("../../assets/fonts/BIZUDGothic-Bold-fixed.ttf"),
];

/// What all documents share: typst's library, the fonts, the parsed templates.
pub(super) struct Typesetter {
    library: LazyHash<Library>,
    book: LazyHash<FontBook>,
    fonts: Vec<Font>,
    /// The proportional faces, regular and bold, for measuring.
    faces: Vec<ttf_parser::Face<'static>>,
    sources: HashMap<FileId, Source>,
    data_file: FileId,
}

/// The shared typesetter, set up by the first call.
pub(super) fn typesetter() -> Result<&'static Typesetter, DocumentError> {
    static SHARED: LazyLock<Option<Typesetter>> = LazyLock::new(Typesetter::new);
    SHARED.as_ref().ok_or(DocumentError::Asset {
        file: "fonts or templates",
    })
}

impl Typesetter {
    fn new() -> Option<Self> {
        let fonts: Vec<Font> = FONTS
            .iter()
            .map(|data| Font::new(Bytes::new(*data), 0))
            .collect::<Option<_>>()?;
        let sources = TEMPLATES
            .iter()
            .map(|(name, text)| {
                let id = file_id(name)?;
                Some((id, Source::new(id, (*text).to_owned())))
            })
            .collect::<Option<_>>()?;
        Some(Self {
            library: LazyHash::new(Library::builder().build()),
            book: LazyHash::new(FontBook::from_fonts(&fonts)),
            fonts,
            faces: FONTS
                .iter()
                .take(2)
                .map(|data| ttf_parser::Face::parse(data, 0).ok())
                .collect::<Option<_>>()?,
            sources,
            data_file: file_id("data.json")?,
        })
    }

    /// Whether the typeface has a glyph for the character.
    pub(super) fn covers(&self, character: char) -> bool {
        self.fonts
            .first()
            .is_some_and(|font| font.info().coverage.contains(u32::from(character)))
    }

    /// The advance of a character in the proportional face, as a part of the type's size; a whole
    /// square where the face lacks it.
    pub(super) fn advance(&self, character: char, is_bold: bool) -> f64 {
        let face = self.faces.get(usize::from(is_bold));
        face.and_then(|face| {
            let glyph = face.glyph_index(character)?;
            let units = f64::from(face.glyph_hor_advance(glyph)?);
            Some(units / f64::from(face.units_per_em()))
        })
        .unwrap_or(1.0)
    }

    /// A world in which `template` is the document and `data` is what it can read.
    pub(super) fn job(&'static self, template: &str, data: Vec<u8>) -> Job {
        Job {
            shared: self,
            main: file_id(template).unwrap_or(self.data_file),
            data: Bytes::new(data),
        }
    }
}

fn file_id(name: &str) -> Option<FileId> {
    let path = VirtualPath::new(name).ok()?;
    Some(FileId::new(RootedPath::new(VirtualRoot::Project, path)))
}

pub(super) struct Job {
    shared: &'static Typesetter,
    main: FileId,
    data: Bytes,
}

impl World for Job {
    fn library(&self) -> &LazyHash<Library> {
        &self.shared.library
    }

    fn book(&self) -> &LazyHash<FontBook> {
        &self.shared.book
    }

    fn main(&self) -> FileId {
        self.main
    }

    fn source(&self, id: FileId) -> FileResult<Source> {
        self.shared
            .sources
            .get(&id)
            .cloned()
            .ok_or(FileError::AccessDenied)
    }

    fn file(&self, id: FileId) -> FileResult<Bytes> {
        if id == self.shared.data_file {
            Ok(self.data.clone())
        } else {
            Err(FileError::AccessDenied)
        }
    }

    fn font(&self, index: usize) -> Option<Font> {
        self.shared.fonts.get(index).cloned()
    }

    // A document shows the day that its data say, never the machine's.
    fn today(&self, _: Option<Duration>) -> Option<Datetime> {
        None
    }
}
