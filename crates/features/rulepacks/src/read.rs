//! From the bytes of an outside file to a pack: workbooks through `yagura_documents::tabular`,
//! everything else through `yagura_packs::import`.

use data_encoding::HEXLOWER;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use yagura_documents::messages::Explain;
use yagura_documents::tabular::{self, Table, TabularError};
use yagura_kernel::probe::Finding as Said;
use yagura_kernel::text::safe_file_name;
use yagura_kernel::time::FiscalYear;
use yagura_packs::import::{
    self, FormRow, FormTable, ImportError, ImportOptions, ImportProblem, Imported, Limits,
};
use yagura_packs::{Pack, Sheet, Text, Wording};

/// The largest file that is read, in bytes: room for a workbook with pictures. Text files are held
/// to the narrower bound of [`Limits`].
pub const LARGEST_FILE: u64 = 10 << 20;

/// What the importing person says of a file.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ReadOptions {
    /// The fiscal year, where the file does not say it.
    pub fiscal_year: Option<FiscalYear>,
    /// Which sheet of the form it is, where the file does not say it or holds several.
    pub sheet: Option<Sheet>,
    /// The person states that this is the file that the ministry published: its wordings then
    /// count as verified.
    pub official: bool,
}

/// Why a file gives no pack.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ReadError {
    /// It is no table that can be read.
    #[error(transparent)]
    Table(#[from] TabularError),
    /// Its content is no pack.
    #[error(transparent)]
    Pack(#[from] ImportError),
}

impl ReadError {
    /// What is wrong and where: message keys with arguments. The place is `None` where the message
    /// names it by itself.
    #[must_use]
    pub fn said(&self) -> Remark {
        match self {
            Self::Table(error) => Remark {
                what: said(error.message_key(), error.message_arguments()),
                place: None,
            },
            Self::Pack(error) => Remark {
                what: said(error.message_key(), error.message_arguments()),
                place: Some(said(
                    error.place.message_key(),
                    error.place.message_arguments(),
                )),
            },
        }
    }
}

fn said(key: &str, arguments: Vec<(&'static str, String)>) -> Said {
    Said {
        message: key.to_owned(),
        arguments: arguments
            .into_iter()
            .map(|(name, value)| (name.to_owned(), value))
            .collect(),
    }
}

/// Something to look at, with its place, worded where it is shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Remark {
    /// What.
    pub what: Said,
    /// Where in the file.
    pub place: Option<Said>,
}

/// A pack that was read from a file, not yet held against the library.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReadFile {
    /// The pack.
    pub pack: Pack,
    /// Whether the file is of our own format, which says keys and lineage itself.
    pub native: bool,
    /// What the reader left out or guessed.
    pub remarks: Vec<Remark>,
    /// The file's name.
    pub file_name: String,
    /// SHA-256 of the file in lower-case hexadecimal.
    pub sha256: String,
}

/// Reads a file of any known kind. Takes processor time: not for the thread that serves requests.
///
/// # Errors
/// [`ReadError`] says what is wrong, where, and by its message how to mend it.
pub fn read(bytes: &[u8], file_name: &str, options: &ReadOptions) -> Result<ReadFile, ReadError> {
    let file_name = safe_file_name(file_name);
    let sha256 = HEXLOWER.encode(&Sha256::digest(bytes));
    let import_options = import_options(options, &file_name, &sha256);
    let (imported, further) = if is_tabular(bytes, &file_name) {
        read_form(bytes, &file_name, options, &import_options)?
    } else {
        (
            import::document(bytes, &import_options, &Limits::default())?,
            Vec::new(),
        )
    };
    let native = !is_foreign(&imported, bytes, &file_name);
    let mut remarks: Vec<Remark> = imported
        .notices
        .iter()
        .map(|notice| Remark {
            what: said(notice.kind.message_key(), notice.kind.message_arguments()),
            place: Some(said(
                notice.place.message_key(),
                notice.place.message_arguments(),
            )),
        })
        .collect();
    remarks.extend(further.into_iter().map(|sheet| Remark {
        what: said(
            yagura_web::i18n::message_key("rulepacks-remark-further-sheet"),
            vec![("sheet", sheet)],
        ),
        place: None,
    }));
    Ok(ReadFile {
        pack: imported.pack,
        native,
        remarks,
        file_name,
        sha256,
    })
}

fn import_options(options: &ReadOptions, file_name: &str, sha256: &str) -> ImportOptions {
    let start = sha256.get(..12).unwrap_or(sha256);
    let wording_source = if options.official {
        Text::new(
            format!("取り込んだ人が公式のファイルと確認: {file_name}(SHA-256 {start}…)"),
            format!("Stated to be the official file: {file_name} (SHA-256 {start}…)"),
        )
    } else {
        Text::new(
            format!("取り込んだファイル {file_name}(SHA-256 {start}…)。公式の文言とは未照合"),
            format!(
                "Imported file {file_name} (SHA-256 {start}…), not compared with the official text"
            ),
        )
    };
    ImportOptions {
        fiscal_year: options.fiscal_year,
        sheet: options.sheet,
        wording: options.official.then_some(Wording::Verified),
        wording_source: Some(wording_source),
        ..ImportOptions::default()
    }
}

/// Whether a file is a table: by its first bytes, and by its name where it is text.
fn is_tabular(bytes: &[u8], file_name: &str) -> bool {
    const BEGINNINGS: [&[u8]; 7] = [
        b"PK\x03\x04",
        b"PK\x05\x06",
        b"\xD0\xCF\x11\xE0",
        b"%PDF",
        b"\x89PNG",
        b"\xFF\xD8\xFF",
        b"\xFF\xFE",
    ];
    let ending = file_name
        .rsplit('.')
        .next()
        .unwrap_or_default()
        .to_ascii_lowercase();
    bytes.is_empty()
        || BEGINNINGS
            .iter()
            .any(|beginning| bytes.starts_with(beginning))
        || matches!(ending.as_str(), "csv" | "tsv" | "xlsx" | "xlsm" | "xls")
}

/// Whether keys and lineage have to come from a known edition, because the format has none.
fn is_foreign(imported: &Imported, bytes: &[u8], file_name: &str) -> bool {
    if is_tabular(bytes, file_name) {
        return true;
    }
    // Our own format says lineage or guidance somewhere, or is not a checklist at all.
    let Ok(text) = std::str::from_utf8(bytes) else {
        return true;
    };
    let own_table = ["[checklist", "\"checklist\"", "checklist:"]
        .iter()
        .any(|mark| text.contains(mark));
    imported.pack.checklist().is_some() && !own_table
}

/// Takes the wanted sheet out of a workbook: the first that can be read as the form. Also returns
/// the names of further sheets that could.
fn read_form(
    bytes: &[u8],
    file_name: &str,
    options: &ReadOptions,
    import_options: &ImportOptions,
) -> Result<(Imported, Vec<String>), ReadError> {
    let limits = tabular::Limits {
        file_bytes: LARGEST_FILE,
        ..tabular::Limits::default()
    };
    let tables = tabular::read_tables(bytes, file_name, &limits)?;
    let forms: Vec<FormTable> = tables.iter().map(form_table).collect();
    let read = |form: &FormTable, sheet: Option<Sheet>| {
        let options = ImportOptions {
            sheet,
            ..import_options.clone()
        };
        import::form(form, &options, &Limits::default())
    };
    // What a table says of itself goes before what the person says of the whole workbook.
    let of_themselves: Vec<(String, Result<Imported, ImportError>)> = forms
        .iter()
        .map(|form| (form.sheet.clone(), read(form, None)))
        .collect();
    let fits = |imported: &Imported| {
        options
            .sheet
            .is_none_or(|wanted| imported.pack.sheet() == Some(wanted))
    };
    let mut readable = of_themselves
        .iter()
        .filter_map(|(name, result)| result.as_ref().ok().map(|imported| (name, imported)));
    if let Some((_, imported)) = readable.clone().find(|(_, imported)| fits(imported)) {
        let taken = imported.clone();
        let further = readable
            .by_ref()
            .filter(|(_, other)| other.pack != taken.pack)
            .map(|(name, _)| name.clone())
            .collect();
        return Ok((taken, further));
    }
    if let Some(wanted) = options.sheet {
        for form in &forms {
            if let Ok(imported) = read(form, Some(wanted)) {
                return Ok((imported, Vec::new()));
            }
        }
    }
    // The error of the table that came nearest: one that has a header row says more than one
    // without.
    let mut errors: Vec<ImportError> = of_themselves
        .into_iter()
        .filter_map(|(_, result)| result.err())
        .collect();
    errors.sort_by_key(|error| match error.problem {
        ImportProblem::NoHeaderRow => 2,
        ImportProblem::UnknownFiscalYear | ImportProblem::UnknownSheet => 1,
        _ => 0,
    });
    match errors.into_iter().next() {
        Some(error) => Err(error.into()),
        None => Err(TabularError::NoRows.into()),
    }
}

fn form_table(table: &Table) -> FormTable {
    FormTable {
        sheet: table.sheet.clone(),
        rows: table
            .rows
            .iter()
            .map(|row| FormRow {
                number: row.number,
                cells: row.cells.iter().map(|cell| cell.text.clone()).collect(),
            })
            .collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use yagura_packs::{Library, export};

    const FORM: &str = "令和8年度 サイバーセキュリティ対策チェックリスト 医療機関確認用\n\
        チェック項目,確認結果(はい・いいえ),備考\n\
        1 体制構築,,\n\
        (1) 医療情報システム安全管理責任者を設置している。,はい・いいえ,\n";

    #[test]
    fn a_table_becomes_an_unverified_pack_and_a_verified_one_only_by_a_persons_word() {
        let read_with = |official| {
            let options = ReadOptions {
                official,
                ..ReadOptions::default()
            };
            read(FORM.as_bytes(), "r8.csv", &options).unwrap()
        };
        let unsaid = read_with(false);
        assert!(!unsaid.native);
        assert_eq!(unsaid.pack.unverified_items(), 1);
        assert_eq!(read_with(true).pack.unverified_items(), 0);
        assert_eq!(unsaid.sha256.len(), 64);
    }

    #[test]
    fn our_own_format_is_native_and_the_interchange_formats_are_not() {
        let pack = Library::builtin()
            .get("mhlw-checklist-r07-institution")
            .unwrap();
        let toml = export::toml(pack).unwrap();
        let oscal = export::oscal_catalog(pack, yagura_kernel::time::Instant::from_micros(0));
        let ciso = export::ciso_library(pack).unwrap();
        let options = ReadOptions::default();
        assert!(read(toml.as_bytes(), "a.toml", &options).unwrap().native);
        let oscal = oscal.unwrap().to_string();
        assert!(!read(oscal.as_bytes(), "a.json", &options).unwrap().native);
        assert!(!read(ciso.as_bytes(), "a.yaml", &options).unwrap().native);
    }

    #[test]
    fn files_that_are_no_packs_say_what_they_are() {
        let options = ReadOptions::default();
        for (bytes, name, key) in [
            (b"".as_slice(), "a.toml", "tabular-empty-file"),
            (b"%PDF-1.7 x", "a.pdf", "tabular-kind-pdf"),
            (b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1 old", "a.xls", "tabular-"),
            (b"id = [", "a.toml", "pack-import-syntax"),
            (b"\x93\xFA\x96\x7B", "a.yaml", "pack-import-not-utf8"),
            (b"hello", "a.txt", "pack-import-"),
            ("氏名,電話\n架空,1\n".as_bytes(), "a.csv", "pack-import-"),
        ] {
            let remark = read(bytes, name, &options).unwrap_err().said();
            assert!(
                remark.what.message.starts_with(key),
                "{name}: {}",
                remark.what.message
            );
        }
    }
}
