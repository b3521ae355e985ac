//! PDFs from [`Document`]s, typeset by typst inside the program.
//!
//! Templates, labels and the typeface are part of the binary; a template reaches no file and no
//! network, and a document's texts reach it as data only. Nothing of this is set up before the
//! first document is rendered.
//!
//! The PDFs are tagged, name their language and title, embed only the glyphs they use, and
//! conform to PDF/A-2a. The same document always gives the same bytes.

mod data;
mod world;

use std::sync::{Condvar, Mutex, PoisonError};

use typst::foundations::{Datetime, Smart};
use typst_layout::PagedDocument;
use typst_pdf::{PdfOptions, PdfStandard, PdfStandards, Timestamp};

use crate::forms::Document;
use crate::messages::Explain;

/// Documents that are typeset at the same time; more wait. Each needs some tens of megabytes
/// while it lasts.
const AT_ONCE: usize = 2;

/// Most rows of a list that is typeset; a longer list is to be had as xlsx.
pub const MAX_ROWS: usize = 5_000;

/// A finished PDF.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pdf {
    /// The file.
    pub bytes: Vec<u8>,
    /// Number of pages.
    pub pages: u32,
}

/// Renders a document.
///
/// This takes from tens of milliseconds to seconds of computing: call it from
/// `tokio::task::spawn_blocking`. At most two documents are rendered at once, further calls wait.
/// What the typesetter keeps between documents is dropped before this returns.
///
/// # Errors
/// [`DocumentError::TooLarge`] for a list beyond [`MAX_ROWS`] and [`DocumentError::TooMuchText`]
/// for a book's worth of text. The others mean a fault of this
/// program, not of the data.
pub fn render(document: &Document) -> Result<Pdf, DocumentError> {
    let rows = list_length(document);
    if rows > MAX_ROWS {
        return Err(DocumentError::TooLarge {
            actual: rows,
            limit: MAX_ROWS,
        });
    }
    let _place = Place::wait();
    let result = typeset(document).and_then(|paged| export(&paged, document));
    comemo::evict(0);
    result
}

/// The file of [`render`] alone.
///
/// # Errors
/// As [`render`].
pub fn render_pdf(document: &Document) -> Result<Vec<u8>, DocumentError> {
    render(document).map(|pdf| pdf.bytes)
}

/// The width of a text on one line in the typeface of the documents, as a part of the type's size.
/// Kerning is not counted; it makes a text narrower, if anything.
pub fn text_width(text: &str, is_bold: bool) -> f64 {
    match world::typesetter() {
        Ok(typesetter) => {
            let characters = text.chars();
            characters
                .map(|character| typesetter.advance(character, is_bold))
                .sum()
        }
        #[expect(clippy::cast_precision_loss, reason = "a line of text")]
        Err(_) => text.chars().count() as f64,
    }
}

fn list_length(document: &Document) -> usize {
    match document {
        Document::Sheet(document) => document.rows().count(),
        Document::EvidenceList(document) => document.rows.len(),
        Document::ChangeHistory(document) => document.rows.len(),
        Document::MemberMatrix(document) => document.rows.len(),
        Document::InspectionCover(document) => document.contents.len() + document.counts.len(),
        Document::ContactChart(document) => {
            document.chain.len()
                + document
                    .outside
                    .iter()
                    .map(|group| group.contacts.len())
                    .sum::<usize>()
        }
        Document::EmergencySheet(document) => document.calls.len() + document.steps.len(),
        Document::RequestLetter(document) => document.paragraphs.len() + document.items.len(),
        Document::Diagram(document) => document.sheets.iter().map(|sheet| sheet.boxes.len()).sum(),
        Document::Ledger(document) => document.rows.len(),
        Document::Report(document) => {
            document.facts.len()
                + document
                    .tables
                    .iter()
                    .map(|table| table.rows.len())
                    .sum::<usize>()
        }
    }
}

fn typeset(document: &Document) -> Result<PagedDocument, DocumentError> {
    let typesetter = world::typesetter()?;
    let data = data::of(document, typesetter)?;
    let job = typesetter.job(template_of(document), data);
    let result = typst::compile::<PagedDocument>(&job);
    #[cfg(test)]
    assert!(
        result.warnings.is_empty(),
        "typst warns: {:?}",
        result.warnings
    );
    result.output.map_err(|errors| DocumentError::Template {
        messages: errors
            .iter()
            .map(|error| {
                let place = typst::WorldExt::range(&job, error.span);
                format!("{} at {place:?}", error.message)
            })
            .collect(),
    })
}

fn export(paged: &PagedDocument, document: &Document) -> Result<Pdf, DocumentError> {
    let failed = |message: String| DocumentError::Export {
        messages: vec![message],
    };
    let imprint = document.imprint();
    let day = imprint.printed_on;
    let tagged = !matches!(document, Document::MemberMatrix(_) | Document::Diagram(_));
    let standard = if tagged {
        PdfStandard::A_2a
    } else {
        PdfStandard::A_2b
    };
    let standards =
        PdfStandards::new(&[standard]).map_err(|error| failed(error.message().to_string()))?;
    let options = PdfOptions {
        ident: Smart::Auto,
        creator: Smart::Custom(Some(imprint.product.clone())),
        timestamp: Datetime::from_ymd(day.year(), u8::from(day.month()), day.day())
            .map(Timestamp::new_utc),
        page_ranges: None,
        standards,
        tagged,
        pretty: false,
    };
    let bytes = typst_pdf::pdf(paged, &options).map_err(|errors| DocumentError::Export {
        messages: errors
            .iter()
            .map(|error| error.message.to_string())
            .collect(),
    })?;
    Ok(Pdf {
        bytes,
        pages: u32::try_from(paged.pages().len()).unwrap_or(u32::MAX),
    })
}

fn template_of(document: &Document) -> &'static str {
    match document {
        Document::Sheet(_) => "sheet.typ",
        Document::EvidenceList(_) => "evidence.typ",
        Document::ChangeHistory(_) => "history.typ",
        Document::InspectionCover(_) => "cover.typ",
        Document::ContactChart(_) => "contacts.typ",
        Document::EmergencySheet(_) => "emergency.typ",
        Document::MemberMatrix(_) => "matrix.typ",
        Document::RequestLetter(_) => "letter.typ",
        Document::Diagram(_) => "diagram.typ",
        Document::Ledger(_) => "ledger.typ",
        Document::Report(_) => "report.typ",
    }
}

/// One of the places of [`AT_ONCE`], given back when dropped, also by a panic.
struct Place;

static FREE_PLACES: Mutex<usize> = Mutex::new(AT_ONCE);
static PLACE_FREED: Condvar = Condvar::new();

impl Place {
    fn wait() -> Self {
        let mut free = FREE_PLACES.lock().unwrap_or_else(PoisonError::into_inner);
        while *free == 0 {
            free = PLACE_FREED
                .wait(free)
                .unwrap_or_else(PoisonError::into_inner);
        }
        *free -= 1;
        Self
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        *FREE_PLACES.lock().unwrap_or_else(PoisonError::into_inner) += 1;
        PLACE_FREED.notify_one();
    }
}

/// Why a PDF could not be made.
#[derive(Debug, thiserror::Error)]
pub enum DocumentError {
    /// A list has more rows than can sensibly be printed.
    #[error("the document has {actual} rows, more than {limit}")]
    TooLarge {
        /// Number of rows.
        actual: usize,
        /// The bound.
        limit: usize,
    },
    /// The texts together are longer than can sensibly be printed.
    #[error("the document has {actual} characters, more than {limit}")]
    TooMuchText {
        /// Number of characters.
        actual: usize,
        /// The bound.
        limit: usize,
    },
    /// The document could not be put into the form that the templates read.
    #[error("the document's data could not be prepared")]
    Data(#[from] serde_json::Error),
    /// An embedded font or label file is unusable: the binary is broken.
    #[error("an embedded file of the typesetter is unusable: {file}")]
    Asset {
        /// Which one.
        file: &'static str,
    },
    /// The template failed.
    #[error("the template failed: {}", messages.join("; "))]
    Template {
        /// What the typesetter says.
        messages: Vec<String>,
    },
    /// The typeset pages could not be written as PDF.
    #[error("the PDF could not be written: {}", messages.join("; "))]
    Export {
        /// What the writer says.
        messages: Vec<String>,
    },
}

impl Explain for DocumentError {
    fn message_key(&self) -> &'static str {
        match self {
            Self::TooLarge { .. } => "document-too-large",
            Self::TooMuchText { .. } => "document-too-much-text",
            Self::Data(_) => "document-data",
            Self::Asset { .. } | Self::Template { .. } => "document-template",
            Self::Export { .. } => "document-export",
        }
    }

    fn message_arguments(&self) -> Vec<(&'static str, String)> {
        match self {
            Self::TooLarge { actual, limit } | Self::TooMuchText { actual, limit } => {
                vec![("actual", actual.to_string()), ("limit", limit.to_string())]
            }
            _ => Vec::new(),
        }
    }
}

#[cfg(test)]
mod tests;
