//! The documents of a pack by their names in addresses.

use yagura_documents::archive::{safe_segment, zip_bytes};
use yagura_documents::forms::{ContentsEntry, Document, InspectionCoverDocument, SheetCounts};
use yagura_documents::pdf::render_pdf;
use yagura_kernel::id::OrganizationId;
use yagura_kernel::policy::{Authorized, actions};
use yagura_kernel::proof::CellState;
use yagura_web::{Context, WebError};

use crate::assemble::{Pack, Sheet, imprint};

/// A finished file.
pub(crate) struct File {
    pub(crate) name: String,
    pub(crate) media_type: &'static str,
    pub(crate) content: Vec<u8>,
}

const PDF: &str = "application/pdf";
const XLSX: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";
const ZIP: &str = "application/zip";
/// How much evidence a zip carries at most, in bytes; beyond that the list names the files.
const EVIDENCE_IN_ZIP: i64 = 200_000_000;

async fn pdf(context: &Context, document: Document) -> Result<Vec<u8>, WebError> {
    context
        .app
        .make_document(move || render_pdf(&document))
        .await
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

/// The vendor whose sheet `vendor-{id}.pdf` asks for.
fn vendor_of(document: &str, ending: &str) -> Option<OrganizationId> {
    document
        .strip_prefix("vendor-")?
        .strip_suffix(ending)?
        .parse()
        .ok()
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
    let file = |word: &str, ending: &str, media_type, content| File {
        name: format!("{base}_{}.{ending}", t.t(word)),
        media_type,
        content,
    };
    let workbook = |bytes: Result<Vec<u8>, _>| {
        bytes.map_err(|error: yagura_documents::spreadsheet::SpreadsheetError| {
            WebError::Internal(error.to_string())
        })
    };
    Ok(match name {
        "cover.pdf" => {
            let cover = cover(context, pack);
            file(
                "inspection-file-cover",
                "pdf",
                PDF,
                pdf(context, Document::InspectionCover(cover)).await?,
            )
        }
        "sheet.pdf" => {
            let sheet = own()?;
            let code = pack.keep_state(context, proof, sheet).await?;
            let document = pack.sheet_document(context, sheet, Some(code))?;
            file(
                "inspection-file-sheet",
                "pdf",
                PDF,
                pdf(context, Document::Sheet(document)).await?,
            )
        }
        "sheet.xlsx" => {
            let sheet = own()?;
            let code = pack.keep_state(context, proof, sheet).await?;
            let document = pack.sheet_document(context, sheet, Some(code))?;
            file(
                "inspection-file-sheet",
                "xlsx",
                XLSX,
                workbook(document.to_workbook().to_bytes())?,
            )
        }
        "evidence.pdf" => {
            let document = pack.evidence_document(context, None);
            file(
                "inspection-file-evidence",
                "pdf",
                PDF,
                pdf(context, Document::EvidenceList(document)).await?,
            )
        }
        "evidence.xlsx" => {
            let document = pack.evidence_document(context, None);
            file(
                "inspection-file-evidence",
                "xlsx",
                XLSX,
                workbook(document.to_workbook().to_bytes())?,
            )
        }
        "history.pdf" => {
            let document = pack.history_document(context).await?;
            file(
                "inspection-file-history",
                "pdf",
                PDF,
                pdf(context, Document::ChangeHistory(document)).await?,
            )
        }
        "history.xlsx" => {
            let document = pack.history_document(context).await?;
            file(
                "inspection-file-history",
                "xlsx",
                XLSX,
                workbook(document.to_workbook().to_bytes())?,
            )
        }
        "contacts.pdf" => {
            let document = pack.contact_chart(context).await?;
            file(
                "inspection-file-contacts",
                "pdf",
                PDF,
                pdf(context, Document::ContactChart(document)).await?,
            )
        }
        "pack.zip" => file(
            "inspection-file-pack",
            "zip",
            ZIP,
            zip(context, proof, pack).await?,
        ),
        _ => {
            let (vendor, is_pdf) = vendor_of(name, ".pdf")
                .map(|vendor| (vendor, true))
                .or_else(|| vendor_of(name, ".xlsx").map(|vendor| (vendor, false)))
                .ok_or(WebError::NotFound)?;
            let (organization, sheet) = pack
                .vendors
                .iter()
                .find(|(organization, _)| organization.id == vendor)
                .ok_or(WebError::NotFound)?;
            let sheet = sheet.as_ref().ok_or(WebError::NotFound)?;
            let code = pack.keep_state(context, proof, sheet).await?;
            let document = pack.sheet_document(context, sheet, Some(code))?;
            let vendor_name = safe_segment(&organization.name);
            let (ending, media_type, content) = if is_pdf {
                ("pdf", PDF, pdf(context, Document::Sheet(document)).await?)
            } else {
                ("xlsx", XLSX, workbook(document.to_workbook().to_bytes())?)
            };
            File {
                name: format!("{base}_{vendor_name}.{ending}"),
                media_type,
                content,
            }
        }
    })
}

fn cover(context: &Context, pack: &Pack) -> InspectionCoverDocument {
    let t = context.t();
    let mut contents = Vec::new();
    let mut entry = |title: &str, detail: String, file_name: &str| {
        contents.push(ContentsEntry {
            title: t.t(title).to_owned(),
            detail,
            file_name: file_name.to_owned(),
            pages: None,
        });
    };
    if pack.institution.is_some() {
        entry("inspection-file-sheet", String::new(), "sheet.pdf");
    }
    for (vendor, sheet) in &pack.vendors {
        let missing = if sheet.is_none() {
            t.t("inspection-not-answered")
        } else {
            ""
        };
        entry(
            "inspection-file-vendor",
            format!("{} {missing}", vendor.name).trim().to_owned(),
            "",
        );
    }
    entry("inspection-file-evidence", String::new(), "evidence.pdf");
    entry("inspection-file-history", String::new(), "history.pdf");
    entry("inspection-file-contacts", String::new(), "contacts.pdf");
    let mut counts = Vec::new();
    if let Some(sheet) = &pack.institution {
        counts.push(counts_of(t.t("inspection-file-sheet").to_owned(), sheet));
    }
    for (vendor, sheet) in &pack.vendors {
        if let Some(sheet) = sheet {
            counts.push(counts_of(vendor.name.clone(), sheet));
        }
    }
    InspectionCoverDocument {
        imprint: imprint(context, pack.institution.as_ref(), None),
        fiscal_year: pack.year,
        institution: pack.facts.clone(),
        contents,
        counts,
        made_by: context.person_name.clone(),
        made_at: context.now,
        link_valid_until: None,
        inspection_on: None,
        audit_root: None,
        remarks: Vec::new(),
    }
}

async fn zip(
    context: &Context,
    proof: &Authorized<actions::PrintPack>,
    pack: &Pack,
) -> Result<Vec<u8>, WebError> {
    let t = context.t();
    let mut names = vec!["cover.pdf".to_owned()];
    if pack.institution.is_some() {
        names.push("sheet.pdf".to_owned());
        names.push("sheet.xlsx".to_owned());
    }
    for (vendor, sheet) in &pack.vendors {
        if sheet.is_some() {
            names.push(format!("vendor-{}.pdf", vendor.id));
        }
    }
    names.extend(["evidence.pdf", "history.pdf", "contacts.pdf"].map(str::to_owned));
    let mut files: Vec<(String, Vec<u8>)> = Vec::new();
    for (place, name) in names.iter().enumerate() {
        let made = Box::pin(document(context, proof, pack, name)).await?;
        files.push((
            format!("{:02}_{}", place + 1, safe_segment(&made.name)),
            made.content,
        ));
    }
    let download = context
        .authorize::<actions::DownloadEvidence>(pack.organization.id)
        .await?;
    let mut carried = 0;
    let folder = safe_segment(t.t("inspection-folder-evidence"));
    for (place, piece) in pack.distinct_pieces().into_iter().enumerate() {
        carried += piece.size;
        if carried > EVIDENCE_IN_ZIP {
            break;
        }
        let limit = usize::try_from(EVIDENCE_IN_ZIP).unwrap_or(usize::MAX);
        let content = context.app.blobs().read(&piece.hash, limit).await?;
        context
            .audit_read(
                &download,
                "evidence",
                piece.id,
                serde_json::json!({ "in": "pack.zip" }),
            )
            .await?;
        files.push((
            format!(
                "{folder}/{:03}_{}",
                place + 1,
                safe_segment(&piece.file_name)
            ),
            content,
        ));
    }
    let day = context.today;
    context
        .app
        .make_document(move || {
            zip_bytes(
                files
                    .iter()
                    .map(|(name, bytes)| (name.as_str(), bytes.as_slice())),
                day,
            )
        })
        .await
}
