//! Paper and spreadsheets: A4 PDFs in Japanese typesetting, xlsx workbooks, zip archives, and the
//! bounded reading of tables that come from outside. Everything is made from typed data of this
//! crate's own; it knows no database, no HTTP and no person's rights.
//!
//! | module | what for |
//! |---|---|
//! | [`forms`] | the documents as typed data: checklist, evidence list, contact chart, … |
//! | [`pdf`] | typeset a document as PDF |
//! | [`tabular`] | read an outside `.xlsx` or delimited text into text cells with positions |
//! | [`spreadsheet`] | write `.xlsx` and injection-safe CSV |
//! | [`archive`] | write a reproducible zip with safe names |
//! | [`messages`] | the texts of this crate's errors for people |

pub mod archive;
pub mod forms;
mod labels;
mod language;
pub mod messages;
pub mod pdf;
pub mod spreadsheet;
pub mod tabular;
mod text;

pub use language::Language;
