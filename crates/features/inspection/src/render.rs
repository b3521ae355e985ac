//! The documents of a pack by their names in addresses.

use std::io::Cursor;

use yagura_documents::archive::{Archive, safe_segment};
use yagura_documents::forms::{ContentsEntry, Document, InspectionCoverDocument, SheetCounts};
use yagura_documents::pdf::{Pdf, render};
use yagura_kernel::id::OrganizationId;
use yagura_kernel::policy::{Authorized, actions};
use yagura_kernel::proof::CellState;
use yagura_store::audit;
use yagura_web::i18n::args;
use yagura_web::{Context, WebError};

use crate::assemble::{CHANGES_IN_WORKBOOK, CHANGES_ON_PAPER, Pack, Sheet, imprint};
use crate::pages::links;
use crate::pages::pack::open_points;

/// A finished file.
pub(crate) struct File {
    pub(crate) name: String,
    pub(crate) media_type: &'static str,
    pub(crate) content: Vec<u8>,
    /// Number of pages, of a paper.
    pub(crate) pages: Option<u32>,
}

impl File {
    fn paper(name: String, pdf: Pdf) -> Self {
        Self {
            name,
            media_type: PDF,
            content: pdf.bytes,
            pages: Some(pdf.pages),
        }
    }

    fn other(name: String, media_type: &'static str, content: Vec<u8>) -> Self {
        Self {
            name,
            media_type,
            content,
            pages: None,
        }
    }
}

const PDF: &str = "application/pdf";
const XLSX: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";
const ZIP: &str = "application/zip";
/// How much evidence a zip carries at most, in bytes, because it is put together in memory; the
/// rest is named in a text in it.
const EVIDENCE_IN_ZIP: i64 = 100_000_000;

async fn pdf(context: &Context, document: Document) -> Result<Pdf, WebError> {
    context.app.make_document(move || render(&document)).await
}

fn counts_of(name: String, sheet: &Sheet) -> SheetCounts {
    let counts = CellState::ALL
        .into_iter()
        .map(|state| {
            let number = sheet.content.header.counts.get(state);
            (state, u32::try_from(number).unwrap_or(0))
        })
        .filter(|(_, number)| *number > 0)
        .collect();
    SheetCounts {
        sheet: name,
        counts,
    }
}

/// Makes one document of the pack. `NotFound` for a name that is none, or a sheet that was not
/// opened.
pub(crate) async fn document(
    context: &Context,
    proof: &Authorized<actions::PrintPack>,
    pack: &Pack,
    name: &str,
) -> Result<File, WebError> {
    let t = context.t();
    let base = format!(
        "{}_{}",
        safe_segment(&pack.organization.name),
        t.fiscal_year(pack.year)
    );
    let own = || pack.institution.as_ref().ok_or(WebError::NotFound);
    let named = |word: &str, ending: &str| format!("{base}_{}.{ending}", t.t(word));
    let (stem, ending) = name.rsplit_once('.').ok_or(WebError::NotFound)?;
    let is_pdf = match ending {
        "pdf" => true,
        "xlsx" | "zip" => false,
        _ => return Err(WebError::NotFound),
    };
    let (file_name, document, workbook) = match (stem, ending) {
        ("cover", "pdf") => {
            let cover = cover(context, pack, parts(context, pack)).await?;
            (
                named("inspection-file-cover", ending),
                Document::InspectionCover(cover),
                None,
            )
        }
        ("sheet", "pdf" | "xlsx") => {
            let sheet = own()?;
            let code = pack.keep_state(context, proof, sheet).await?;
            let document = pack.sheet_document(context, sheet, Some(code))?;
            let workbook = (!is_pdf).then(|| document.to_workbook());
            (
                named("inspection-file-sheet", ending),
                Document::Sheet(document),
                workbook,
            )
        }
        ("evidence", "pdf" | "xlsx") => {
            let document = pack.evidence_document(context, None);
            let workbook = (!is_pdf).then(|| document.to_workbook());
            (
                named("inspection-file-evidence", ending),
                Document::EvidenceList(document),
                workbook,
            )
        }
        ("history", "pdf" | "xlsx") => {
            let at_most = if is_pdf {
                CHANGES_ON_PAPER
            } else {
                CHANGES_IN_WORKBOOK
            };
            let document = pack.history_document(context, at_most).await?;
            let workbook = (!is_pdf).then(|| document.to_workbook());
            (
                named("inspection-file-history", ending),
                Document::ChangeHistory(document),
                workbook,
            )
        }
        ("contacts", "pdf") => (
            named("inspection-file-contacts", ending),
            Document::ContactChart(pack.contact_chart(context).await?),
            None,
        ),
        ("pack", "zip") => {
            let content = zip(context, proof, pack).await?;
            return Ok(File::other(
                named("inspection-file-pack", ending),
                ZIP,
                content,
            ));
        }
        (stem, "pdf" | "xlsx") => {
            let vendor: OrganizationId = stem
                .strip_prefix("vendor-")
                .and_then(|id| id.parse().ok())
                .ok_or(WebError::NotFound)?;
            let (organization, sheet) = pack
                .vendors
                .iter()
                .find(|(organization, _)| organization.id == vendor)
                .ok_or(WebError::NotFound)?;
            let sheet = sheet.as_ref().ok_or(WebError::NotFound)?;
            let code = pack.keep_state(context, proof, sheet).await?;
            let document = pack.sheet_document(context, sheet, Some(code))?;
            let workbook = (!is_pdf).then(|| document.to_workbook());
            let vendor_name = safe_segment(&organization.name);
            (
                format!("{base}_{vendor_name}.{ending}"),
                Document::Sheet(document),
                workbook,
            )
        }
        _ => return Err(WebError::NotFound),
    };
    Ok(match workbook {
        Some(workbook) => {
            let content = context
                .app
                .make_document(move || workbook.to_bytes())
                .await?;
            File::other(file_name, XLSX, content)
        }
        None => File::paper(file_name, pdf(context, document).await?),
    })
}

/// What the cover lists as one: a paper, and the same as xlsx where there is one.
struct Part {
    title: String,
    detail: String,
    /// Under which names [`document`] makes it: the paper first.
    documents: Vec<String>,
    /// What it is called in the zip, without the ending.
    stem: String,
    pages: Option<u32>,
}

impl Part {
    fn endings(&self) -> impl Iterator<Item = &str> {
        self.documents
            .iter()
            .filter_map(|name| name.rsplit_once('.'))
            .map(|(_, ending)| ending)
    }

    /// Its files as the cover names them: `01_チェックリスト.pdf / .xlsx`.
    fn files(&self) -> String {
        let endings: Vec<String> = self.endings().map(|ending| format!(".{ending}")).collect();
        format!("{}{}", self.stem, endings.join(" / "))
    }
}

/// The name of a part in the zip without its ending: its number on the cover, what it is, whose.
fn part_stem(number: usize, words: &[&str]) -> String {
    let words: Vec<String> = words
        .iter()
        .filter(|word| !word.is_empty())
        .map(|word| safe_segment(word))
        .collect();
    // The ending must not be taken for a part of the name, nor a part of the name for an ending.
    let whole = safe_segment(&format!("{number:02}_{}.pdf", words.join("_")));
    whole.strip_suffix(".pdf").unwrap_or(&whole).to_owned()
}

/// The parts of a pack in their order, as the cover lists and numbers them.
fn parts(context: &Context, pack: &Pack) -> Vec<Part> {
    let t = context.t();
    let both = |stem: &str| vec![format!("{stem}.pdf"), format!("{stem}.xlsx")];
    let mut parts: Vec<Part> = Vec::new();
    let mut add = |documents: Vec<String>, title: &str, detail: String, whose: &str| {
        parts.push(Part {
            title: title.to_owned(),
            detail,
            documents,
            stem: part_stem(parts.len() + 1, &[title, whose]),
            pages: None,
        });
    };
    if pack.institution.is_some() {
        add(
            both("sheet"),
            t.t("inspection-file-sheet"),
            String::new(),
            "",
        );
    }
    for (vendor, sheet) in &pack.vendors {
        if sheet.is_some() {
            let title = t.t("inspection-file-vendor");
            let documents = both(&format!("vendor-{}", vendor.id));
            add(documents, title, vendor.name.clone(), &vendor.name);
        }
    }
    let pieces = t.t_args(
        "inspection-pieces",
        args![("count", pack.distinct_pieces().len())],
    );
    let title = t.t("inspection-file-evidence");
    add(both("evidence"), title, pieces.into_owned(), "");
    add(
        both("history"),
        t.t("inspection-file-history"),
        String::new(),
        "",
    );
    let contacts = vec!["contacts.pdf".to_owned()];
    add(contacts, t.t("inspection-file-contacts"), String::new(), "");
    parts
}

/// The newest signed state of the audit log: its size and root, as the checkpoint has them.
async fn audit_state(context: &Context) -> Result<Option<String>, WebError> {
    let note = audit::latest_checkpoint(context.database()).await?;
    Ok(note.and_then(|note| {
        let mut lines = note.lines().skip(1);
        let (size, root) = (lines.next()?, lines.next()?);
        Some(format!("{size} / {root}"))
    }))
}

async fn cover(
    context: &Context,
    pack: &Pack,
    parts: Vec<Part>,
) -> Result<InspectionCoverDocument, WebError> {
    let t = context.t();
    let mut contents: Vec<ContentsEntry> = parts
        .into_iter()
        .map(|part| ContentsEntry {
            file_name: part.files(),
            title: part.title,
            detail: part.detail,
            pages: part.pages,
        })
        .collect();
    for (vendor, sheet) in &pack.vendors {
        if sheet.is_none() {
            contents.push(ContentsEntry {
                title: t.t("inspection-file-vendor").to_owned(),
                detail: vendor.name.clone(),
                file_name: t.t("inspection-not-answered").to_owned(),
                pages: None,
            });
        }
    }
    let mut counts = Vec::new();
    if let Some(sheet) = &pack.institution {
        counts.push(counts_of(t.t("inspection-file-sheet").to_owned(), sheet));
    }
    for (vendor, sheet) in &pack.vendors {
        if let Some(sheet) = sheet {
            counts.push(counts_of(vendor.name.clone(), sheet));
        }
    }
    let link = links::of_visitor(context, pack.organization.id).await?;
    let made_by = if link.is_some() {
        t.t("inspection-by-link").to_owned()
    } else {
        context.person_name.clone()
    };
    Ok(InspectionCoverDocument {
        imprint: imprint(context, pack.institution.as_ref(), None),
        fiscal_year: pack.year,
        institution: pack.facts.clone(),
        contents,
        counts,
        made_by,
        made_at: context.now,
        link_valid_until: link.map(|link| link.last_day),
        inspection_on: None,
        audit_root: audit_state(context).await?,
        remarks: open_points(context, pack),
    })
}

type Zip = Archive<Cursor<Vec<u8>>>;

/// Puts a file into the zip, on a thread of its own.
async fn put(context: &Context, zip: Zip, name: String, content: Vec<u8>) -> Result<Zip, WebError> {
    context
        .app
        .make_document(move || {
            let mut zip = zip;
            zip.add(&name, &mut content.as_slice()).map(|()| zip)
        })
        .await
}

/// Everything in one file. One piece of evidence is in memory at a time; what does not fit, or
/// cannot be read, is named in a text beside the others.
async fn zip(
    context: &Context,
    proof: &Authorized<actions::PrintPack>,
    pack: &Pack,
) -> Result<Vec<u8>, WebError> {
    let t = context.t();
    let mut zip = Archive::new(Cursor::new(Vec::new()), context.today);
    let mut listed = parts(context, pack);
    for part in &mut listed {
        for name in &part.documents {
            let made = Box::pin(document(context, proof, pack, name)).await?;
            part.pages = part.pages.or(made.pages);
            let ending = name.rsplit_once('.').map_or("", |(_, ending)| ending);
            zip = put(
                context,
                zip,
                format!("{}.{ending}", part.stem),
                made.content,
            )
            .await?;
        }
    }
    let folder = safe_segment(t.t("inspection-folder-evidence"));
    let pieces = pack.distinct_pieces();
    if !pieces.is_empty() {
        listed.push(Part {
            title: t.t("inspection-files-evidence").to_owned(),
            detail: t
                .t_args("inspection-pieces", args![("count", pieces.len())])
                .into_owned(),
            documents: Vec::new(),
            stem: format!("{folder}/"),
            pages: None,
        });
    }
    let cover = cover(context, pack, listed).await?;
    let cover = pdf(context, Document::InspectionCover(cover)).await?;
    let name = format!("{}.pdf", part_stem(0, &[t.t("inspection-file-cover")]));
    zip = put(context, zip, name, cover.bytes).await?;
    let download = context
        .authorize::<actions::DownloadEvidence>(pack.organization.id)
        .await?;
    let mut carried = 0;
    let mut left_out = Vec::new();
    for (place, piece) in pieces.into_iter().enumerate() {
        let name = format!("{:03}_{}", place + 1, safe_segment(&piece.file_name));
        let limit = usize::try_from(EVIDENCE_IN_ZIP).unwrap_or(usize::MAX);
        let content = if carried + piece.size > EVIDENCE_IN_ZIP {
            None
        } else {
            match context.app.blobs().read(&piece.hash, limit).await {
                Ok(content) => Some(content),
                Err(error) => {
                    tracing::warn!(%error, piece = %piece.id, "evidence is not in the zip");
                    None
                }
            }
        };
        let Some(content) = content else {
            left_out.push(name);
            continue;
        };
        carried += piece.size;
        context
            .audit_read(
                &download,
                "evidence",
                piece.id,
                serde_json::json!({ "in": "pack.zip" }),
            )
            .await?;
        zip = put(context, zip, format!("{folder}/{name}"), content).await?;
    }
    if !left_out.is_empty() {
        // Japanese Windows tells UTF-8 by its mark.
        let mut text = format!("\u{feff}{}\r\n\r\n", t.t("inspection-left-out"));
        for name in left_out {
            text.push_str(&name);
            text.push_str("\r\n");
        }
        let name = format!(
            "{folder}/{}.txt",
            safe_segment(t.t("inspection-left-out-file"))
        );
        zip = put(context, zip, name, text.into_bytes()).await?;
    }
    context
        .app
        .make_document(move || zip.finish().map(Cursor::into_inner))
        .await
}

#[cfg(test)]
mod tests {
    use super::part_stem;

    #[test]
    fn names_in_the_zip_are_short_safe_and_in_order() {
        assert_eq!(part_stem(0, &["表紙と目次"]), "00_表紙と目次");
        assert_eq!(
            part_stem(12, &["事業者", "架空/システム:(株).v2"]),
            "12_事業者_架空_システム_(株).v2"
        );
        let long = part_stem(3, &["事業者", &"長".repeat(300)]);
        assert!(long.len() <= 200, "{long}");
        let hostile = part_stem(4, &["", "../../con"]);
        assert!(!hostile.contains(['/', '\\']), "{hostile}");
    }
}
