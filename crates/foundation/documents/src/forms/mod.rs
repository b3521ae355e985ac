//! The documents that Yagura prints, as plain data.
//!
//! Every struct is what stands on the paper and nothing else: texts, dates, states. Who may see
//! it and where it comes from is decided before. [`crate::pdf::render_pdf`] makes the PDF; those
//! with a `to_workbook` method can also be had as xlsx.
//!
//! User text may hold anything. It is cleaned when a document is made (control characters, long
//! unbreakable words, characters that the embedded typeface lacks) and is never interpreted.
//!
//! `sample` on each struct gives a filled, clearly fictional document for tests and previews.

mod contact_chart;
mod cover;
mod dates;
mod diagram;
mod emergency;
mod evidence;
mod history;
mod imprint;
mod ledger;
mod letter;
mod matrix;
mod report;
mod sheet;
mod workbooks;

use serde::Serialize;

pub(crate) use dates::parse as parse_date;

pub use contact_chart::{ChainMember, ContactChartDocument, Deputy, OutsideContact, OutsideGroup};
pub use cover::{ContentsEntry, InspectionCoverDocument, InstitutionFacts, SheetCounts};
pub use diagram::{
    DiagramDocument, DiagramLine, DiagramRectangle, DiagramSheet, DiagramStroke, DiagramText,
};
pub use emergency::{EmergencyCall, EmergencySheetDocument, EmergencyStep};
pub use evidence::{EvidenceListDocument, EvidenceRow, EvidenceState};
pub use history::{ChangeHistoryDocument, ChangeRow};
pub use imprint::{Imprint, PackReference};
pub use ledger::{LedgerColumn, LedgerDocument};
pub use letter::{LetterItem, RequestLetterDocument};
pub use matrix::{MatrixColumn, MatrixRow, MemberMatrixDocument, PaperSize};
pub use report::{ReportColumn, ReportDocument, ReportFact, ReportTable};
pub use sheet::{Answer, Gate, Round, SheetDocument, SheetGroup, SheetRow, SheetSection};

/// Any document, for code that handles all kinds alike.
#[derive(Debug, Clone, Serialize)]
#[serde(untagged)]
pub enum Document {
    /// A filled checklist.
    Sheet(SheetDocument),
    /// The evidence behind a checklist.
    EvidenceList(EvidenceListDocument),
    /// Who changed what and when.
    ChangeHistory(ChangeHistoryDocument),
    /// The cover of an inspection pack.
    InspectionCover(InspectionCoverDocument),
    /// 連絡体制図.
    ContactChart(ContactChartDocument),
    /// 「攻撃かもしれないとき」.
    EmergencySheet(EmergencySheetDocument),
    /// Members × items of a region.
    MemberMatrix(MemberMatrixDocument),
    /// A letter.
    RequestLetter(RequestLetterDocument),
    /// A drawing.
    Diagram(DiagramDocument),
    /// A ledger.
    Ledger(LedgerDocument),
    /// Facts and tables.
    Report(ReportDocument),
}

impl Document {
    /// What every page of the document carries.
    pub fn imprint(&self) -> &Imprint {
        match self {
            Self::Sheet(document) => &document.imprint,
            Self::EvidenceList(document) => &document.imprint,
            Self::ChangeHistory(document) => &document.imprint,
            Self::InspectionCover(document) => &document.imprint,
            Self::ContactChart(document) => &document.imprint,
            Self::EmergencySheet(document) => &document.imprint,
            Self::MemberMatrix(document) => &document.imprint,
            Self::RequestLetter(document) => &document.imprint,
            Self::Diagram(document) => &document.imprint,
            Self::Ledger(document) => &document.imprint,
            Self::Report(document) => &document.imprint,
        }
    }

    /// The same, to be changed.
    pub fn imprint_mut(&mut self) -> &mut Imprint {
        match self {
            Self::Sheet(document) => &mut document.imprint,
            Self::EvidenceList(document) => &mut document.imprint,
            Self::ChangeHistory(document) => &mut document.imprint,
            Self::InspectionCover(document) => &mut document.imprint,
            Self::ContactChart(document) => &mut document.imprint,
            Self::EmergencySheet(document) => &mut document.imprint,
            Self::MemberMatrix(document) => &mut document.imprint,
            Self::RequestLetter(document) => &mut document.imprint,
            Self::Diagram(document) => &mut document.imprint,
            Self::Ledger(document) => &mut document.imprint,
            Self::Report(document) => &mut document.imprint,
        }
    }

    /// One filled document of every kind, named for files.
    pub fn samples() -> Vec<(&'static str, Document)> {
        vec![
            ("sheet", SheetDocument::sample().into()),
            ("vendor-sheet", SheetDocument::vendor_sample().into()),
            ("evidence-list", EvidenceListDocument::sample().into()),
            ("change-history", ChangeHistoryDocument::sample().into()),
            ("inspection-cover", InspectionCoverDocument::sample().into()),
            ("contact-chart", ContactChartDocument::sample().into()),
            ("emergency-sheet", EmergencySheetDocument::sample().into()),
            ("member-matrix", MemberMatrixDocument::sample().into()),
            ("request-letter", RequestLetterDocument::sample().into()),
            ("diagram", DiagramDocument::sample().into()),
            ("ledger", LedgerDocument::sample().into()),
            ("report", ReportDocument::sample().into()),
        ]
    }
}

macro_rules! into_document {
    ($($variant:ident($document:ty)),* $(,)?) => {
        $(impl From<$document> for Document {
            fn from(document: $document) -> Self {
                Self::$variant(document)
            }
        })*
    };
}

into_document!(
    Sheet(SheetDocument),
    EvidenceList(EvidenceListDocument),
    ChangeHistory(ChangeHistoryDocument),
    InspectionCover(InspectionCoverDocument),
    ContactChart(ContactChartDocument),
    EmergencySheet(EmergencySheetDocument),
    MemberMatrix(MemberMatrixDocument),
    RequestLetter(RequestLetterDocument),
    Diagram(DiagramDocument),
    Ledger(LedgerDocument),
    Report(ReportDocument),
);
