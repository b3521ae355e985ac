//! Reads everything that a pack shows, each part with its own proof.

use sha2::{Digest as _, Sha256};
use yagura_checklists::model::{Answer, Round, SheetSubject};
use yagura_checklists::store::{self, ChangeOf, HistoryProof, ReadProof, SheetContent};
use yagura_contacts as contacts;
use yagura_documents::Language;
use yagura_documents::forms::{
    self, ChangeHistoryDocument, ChangeRow, EvidenceListDocument, EvidenceRow, EvidenceState, Gate,
    Imprint, InstitutionFacts, PackReference, SheetDocument, SheetGroup, SheetRow, SheetSection,
};
use yagura_evidence::{Currency, LinkedPiece, Piece};
use yagura_kernel::id::OrganizationId;
use yagura_kernel::person::Role;
use yagura_kernel::policy::{Authorized, actions};
use yagura_kernel::time::FiscalYear;
use yagura_packs::Wording;
use yagura_store::directory::{self, Organization};
use yagura_web::ui::components;
use yagura_web::{Context, Lang, WebError};

use crate::store as printed;

/// How many changes a history on paper shows at most. A change of all four cells of a row takes
/// four lines, and a paper holds [`yagura_documents::pdf::MAX_ROWS`].
pub(crate) const CHANGES_ON_PAPER: i64 = 1_200;

/// How many changes a history as xlsx shows at most.
pub(crate) const CHANGES_IN_WORKBOOK: i64 = 50_000;

/// Everything that a pack shows.
pub(crate) struct Pack {
    pub(crate) organization: Organization,
    pub(crate) year: FiscalYear,
    pub(crate) institution: Option<Sheet>,
    pub(crate) vendors: Vec<(Organization, Option<Sheet>)>,
    pub(crate) pieces: Vec<LinkedPiece>,
    pub(crate) facts: InstitutionFacts,
}

/// A filled sheet.
pub(crate) struct Sheet {
    pub(crate) content: SheetContent,
    pub(crate) vendor: Option<String>,
}

fn language(context: &Context) -> Language {
    match context.t().lang() {
        Lang::Ja => Language::Japanese,
        Lang::En => Language::English,
    }
}

/// What every page of a document of the pack carries.
pub(crate) fn imprint(context: &Context, sheet: Option<&Sheet>, code: Option<String>) -> Imprint {
    Imprint {
        language: language(context),
        product: format!("Yagura {}", env!("CARGO_PKG_VERSION")),
        pack: sheet.map(|sheet| PackReference {
            id: sheet.content.header.pack_id.clone(),
            version: sheet.content.header.pack_version.to_string(),
        }),
        printed_on: context.today,
        printed_by: Some(context.person_name.clone()).filter(|name| !name.is_empty()),
        state_code: code,
        demo: context.app.config().demo,
    }
}

/// Reads the pack of an institution for a year.
pub(crate) async fn read(
    context: &Context,
    organization: OrganizationId,
    year: FiscalYear,
) -> Result<Pack, WebError> {
    let database = context.database();
    let packs = context.app.packs();
    let sheet_proof = context
        .authorize::<actions::ReadSheet>(organization)
        .await?;
    let vendor_proof = context
        .authorize::<actions::ReadVendorSheet>(organization)
        .await?;
    let evidence_proof = context
        .authorize::<actions::ReadEvidence>(organization)
        .await?;
    let own = directory::get(database, organization).await?;

    let reader = ReadProof::Institution(&sheet_proof);
    let header = store::find(database, reader, year, SheetSubject::Institution).await?;
    let institution = match header {
        Some(header) => {
            let content = store::sheet(database, &packs, reader, header.id).await?;
            Some(Sheet {
                content,
                vendor: None,
            })
        }
        None => None,
    };
    let pieces = match &institution {
        Some(sheet) => {
            yagura_evidence::of_sheet(database, &evidence_proof, sheet.content.header.id).await?
        }
        None => Vec::new(),
    };

    let headers = store::vendor_sheets(database, &vendor_proof, year).await?;
    let mut vendors = Vec::new();
    for (_, vendor) in directory::suppliers_of(database, organization, context.today).await? {
        let subject = SheetSubject::Vendor(vendor.id);
        let sheet = match headers.iter().find(|header| header.subject == subject) {
            Some(header) => {
                let proof = ReadProof::Vendor(&vendor_proof);
                let content = store::sheet(database, &packs, proof, header.id).await?;
                Some(Sheet {
                    content,
                    vendor: Some(vendor.name.clone()),
                })
            }
            None => None,
        };
        vendors.push((vendor, sheet));
    }
    let facts = facts(context, &own).await?;
    Ok(Pack {
        organization: own,
        year,
        institution,
        vendors,
        pieces,
        facts,
    })
}

async fn facts(context: &Context, own: &Organization) -> Result<InstitutionFacts, WebError> {
    let people =
        directory::assignments_of_organization(context.database(), own.id, context.today).await?;
    let holder = |role| {
        people
            .iter()
            .find(|holder| holder.assignment.role == role)
            .map(|holder| holder.name.clone())
    };
    Ok(InstitutionFacts {
        name: own.name.clone(),
        kind: components::organization_kind(context.t(), own.kind).to_owned(),
        code: own.code.clone(),
        address: own.address.clone(),
        phone: own.phone.clone(),
        beds: own.permitted_beds.and_then(|beds| u32::try_from(beds).ok()),
        director: holder(Role::Director),
        safety_manager: holder(Role::SafetyManager),
    })
}

fn round(round: Option<Round>) -> forms::Round {
    round.map_or_else(forms::Round::default, |round| {
        let answer = if round.answer.is_yes() {
            forms::Answer::Yes
        } else {
            forms::Answer::No
        };
        forms::Round::new(answer, round.on)
    })
}

impl Pack {
    /// Pieces in the order of the list, each once.
    pub(crate) fn distinct_pieces(&self) -> Vec<&Piece> {
        let mut pieces: Vec<&Piece> = Vec::new();
        for linked in &self.pieces {
            if !pieces.iter().any(|piece| piece.id == linked.piece.id) {
                pieces.push(&linked.piece);
            }
        }
        pieces
    }

    /// The sheet in the arrangement of the official form.
    pub(crate) fn sheet_document(
        &self,
        context: &Context,
        sheet: &Sheet,
        code: Option<String>,
    ) -> Result<SheetDocument, WebError> {
        let lang = context.t().lang().code();
        let content = &sheet.content;
        let checklist = content.checklist()?;
        let empty = Answer::default();
        let distinct = self.distinct_pieces();
        let number_of = |piece: &Piece| {
            distinct
                .iter()
                .position(|other| other.id == piece.id)
                .and_then(|place| u32::try_from(place + 1).ok())
        };
        let own_evidence = sheet.vendor.is_none();
        // The pack's title ends with the name of the sheet, which the form prints below it.
        let subtitle = checklist.sheet_title.in_language(lang);
        let title = without_sheet(content.pack.title.in_language(lang), subtitle);
        let sections = checklist
            .sections
            .iter()
            .map(|section| SheetSection {
                heading: format!("{} {}", section.number, section.title.in_language(lang)),
                groups: section
                    .blocks
                    .iter()
                    .map(|block| SheetGroup {
                        heading: block
                            .heading
                            .as_ref()
                            .map(|heading| heading.in_language(lang).to_owned()),
                        rows: block
                            .items
                            .iter()
                            .map(|item| {
                                let answer = content
                                    .answers
                                    .get(&item.key)
                                    .map_or(&empty, |stored| &stored.answer);
                                SheetRow {
                                    id: item.printed_id.clone(),
                                    text: item.text.in_language(lang).to_owned(),
                                    supplement: None,
                                    device_class: item
                                        .device_class
                                        .label()
                                        .in_language(lang)
                                        .to_owned(),
                                    wording_unverified: item.wording == Wording::Unverified,
                                    first: round(answer.first),
                                    target: answer.target,
                                    second: round(answer.second),
                                    remark: answer.remark.clone(),
                                    state: content.state(&item.key),
                                    evidence: if own_evidence {
                                        self.pieces
                                            .iter()
                                            .filter(|linked| linked.item == item.key)
                                            .filter_map(|linked| number_of(&linked.piece))
                                            .collect()
                                    } else {
                                        Vec::new()
                                    },
                                }
                            })
                            .collect(),
                    })
                    .collect(),
            })
            .collect();
        Ok(SheetDocument {
            imprint: imprint(context, Some(sheet), code),
            title: title.to_owned(),
            subtitle: subtitle.to_owned(),
            inspection_line: checklist
                .inspection_note
                .as_ref()
                .map(|note| note.in_language(lang).to_owned()),
            fiscal_year: self.year,
            institution_name: self.organization.name.clone(),
            vendor_name: sheet.vendor.clone(),
            systems: Vec::new(),
            notes: checklist
                .goal
                .iter()
                .chain(&checklist.instructions)
                .map(|note| note.in_language(lang).to_owned())
                .collect(),
            gate: checklist.gate.as_ref().map(|gate| Gate {
                heading: gate.heading.in_language(lang).to_owned(),
                text: gate.text.in_language(lang).to_owned(),
                supplement: Some(gate.when_no.in_language(lang).to_owned()),
                round: round(content.header.values.gate),
                remark: String::new(),
            }),
            sections,
            confirmed_on: content.header.values.confirmed_on,
            responsible: if sheet.vendor.is_none() {
                self.facts.safety_manager.clone()
            } else {
                None
            },
            closing_notes: Vec::new(),
        })
    }

    /// The list of evidence behind the institution's sheet.
    pub(crate) fn evidence_document(
        &self,
        context: &Context,
        code: Option<String>,
    ) -> EvidenceListDocument {
        let t = context.t();
        let rows = self
            .distinct_pieces()
            .into_iter()
            .enumerate()
            .map(|(place, piece)| EvidenceRow {
                number: u32::try_from(place + 1).unwrap_or(u32::MAX),
                items: self
                    .pieces
                    .iter()
                    .filter(|linked| linked.piece.id == piece.id)
                    .map(|linked| self.printed_id(&linked.item))
                    .collect(),
                title: piece.title.clone(),
                kind: without_brackets(yagura_evidence::words::kind(t, piece.kind)),
                file_name: piece.file_name.clone(),
                size_bytes: u64::try_from(piece.size).unwrap_or(0),
                sha256: piece.hash.clone(),
                dated: piece.issued_on,
                valid_until: piece.expires_on,
                state: match piece.currency(context.today) {
                    Currency::Current => EvidenceState::Current,
                    Currency::Expiring { .. } => EvidenceState::Expiring,
                    Currency::Expired { .. } => EvidenceState::Expired,
                    Currency::Withdrawn => EvidenceState::Withdrawn,
                },
                filed_by: piece.uploaded_by_name.clone().unwrap_or_default(),
                filed_on: piece.uploaded_at.jst_date(),
                note: piece.note.clone().unwrap_or_default(),
            })
            .collect();
        EvidenceListDocument {
            imprint: imprint(context, self.institution.as_ref(), code),
            fiscal_year: self.year,
            institution_name: self.organization.name.clone(),
            rows,
        }
    }

    pub(crate) fn printed_id(&self, key: &str) -> String {
        self.institution
            .as_ref()
            .and_then(|sheet| sheet.content.pack.item(key))
            .map_or_else(|| key.to_owned(), |item| item.printed_id.clone())
    }

    /// Who changed what, oldest first; at most so many of the newest changes.
    pub(crate) async fn history_document(
        &self,
        context: &Context,
        at_most: i64,
    ) -> Result<ChangeHistoryDocument, WebError> {
        let proof = context
            .authorize::<actions::ReadHistory>(self.organization.id)
            .await?;
        let t = context.t();
        let mut rows = Vec::new();
        let mut earlier_left_out = false;
        if let Some(sheet) = &self.institution {
            let mut changes = store::history(
                context.database(),
                HistoryProof::Institution(&proof),
                sheet.content.header.id,
                None,
                None,
                at_most + 1,
            )
            .await?;
            if i64::try_from(changes.len()).is_ok_and(|number| number > at_most) {
                earlier_left_out = true;
                changes.pop();
            }
            for change in changes.into_iter().rev() {
                let person = change.by_name.clone().unwrap_or_default();
                let base = ChangeRow {
                    at: change.at,
                    person,
                    capacity: change.organization_name.clone(),
                    item: String::new(),
                    field: String::new(),
                    before: String::new(),
                    after: String::new(),
                };
                match change.of {
                    ChangeOf::Item { key, before, after } => {
                        let item = self.printed_id(&key);
                        for (field, old, new) in differences(context, &before, &after) {
                            rows.push(ChangeRow {
                                item: item.clone(),
                                field: t.t(field).to_owned(),
                                before: old,
                                after: new,
                                ..base.clone()
                            });
                        }
                    }
                    ChangeOf::Header { before, after } => {
                        for (field, old, new) in [
                            ("inspection-field-gate", before.gate, after.gate),
                            (
                                "inspection-field-contract",
                                before.vendor_contract,
                                after.vendor_contract,
                            ),
                        ] {
                            if old != new {
                                rows.push(ChangeRow {
                                    field: t.t(field).to_owned(),
                                    before: worded(context, old),
                                    after: worded(context, new),
                                    ..base.clone()
                                });
                            }
                        }
                    }
                }
            }
        }
        Ok(ChangeHistoryDocument {
            imprint: imprint(context, self.institution.as_ref(), None),
            fiscal_year: self.year,
            institution_name: self.organization.name.clone(),
            rows,
            earlier_left_out,
        })
    }

    /// The contact chart, where the reader may see it.
    pub(crate) async fn contact_chart(
        &self,
        context: &Context,
    ) -> Result<forms::ContactChartDocument, WebError> {
        let proof = context
            .authorize::<actions::ReadContacts>(self.organization.id)
            .await?;
        let chart = contacts::chart(context.database(), &proof).await?;
        Ok(contacts::chart_document(
            context.t(),
            &chart,
            &self.organization,
            imprint(context, None, None),
        ))
    }

    /// Keeps the state of a sheet under its code. Day, printer and language do not make another
    /// state.
    pub(crate) async fn keep_state(
        &self,
        context: &Context,
        proof: &Authorized<actions::PrintPack>,
        sheet: &Sheet,
    ) -> Result<String, WebError> {
        let document = self.sheet_document(context, sheet, None)?;
        let json = serde_json::to_value(&document)
            .map_err(|error| WebError::Internal(error.to_string()))?;
        let mut state = json.clone();
        if let Some(object) = state.as_object_mut() {
            object.remove("imprint");
        }
        let header = &sheet.content.header;
        let identity = format!("{} {} {state}", header.id, header.pack_version);
        let fingerprint = data_encoding::HEXLOWER.encode(&Sha256::digest(identity.as_bytes()));
        let mut tx = context.database().begin().await?;
        let code = printed::keep(
            &mut tx,
            proof,
            context.app.ids(),
            &fingerprint,
            &json,
            context.person(),
            context.now,
        )
        .await?;
        tx.commit().await?;
        Ok(code)
    }
}

/// A title without the name of the sheet at its end.
fn without_sheet<'a>(title: &'a str, sheet: &str) -> &'a str {
    if !title.to_lowercase().ends_with(&sheet.to_lowercase()) {
        return title;
    }
    let end = title.len().saturating_sub(sheet.len());
    title.get(..end).map_or(title, |short| {
        short.trim_end_matches([',', ' ', '\u{3000}'])
    })
}

/// A word of a choice without what explains it to who chooses: a column on paper is narrow.
fn without_brackets(word: &str) -> String {
    let end = word.find(['(', '\u{FF08}']).unwrap_or(word.len());
    let short = word.get(..end).unwrap_or(word).trim_end();
    if short.is_empty() { word } else { short }.to_owned()
}

fn worded(context: &Context, round: Option<Round>) -> String {
    let t = context.t();
    round.map_or_else(String::new, |round| {
        let answer = if round.answer.is_yes() {
            "inspection-yes"
        } else {
            "inspection-no"
        };
        format!("{} {}", t.t(answer), t.date(round.on))
    })
}

fn differences(
    context: &Context,
    before: &Answer,
    after: &Answer,
) -> Vec<(&'static str, String, String)> {
    let t = context.t();
    let day = |date: Option<yagura_kernel::time::Date>| date.map(|d| t.date(d)).unwrap_or_default();
    let mut found = Vec::new();
    if before.first != after.first {
        let (old, new) = (worded(context, before.first), worded(context, after.first));
        found.push(("inspection-field-first", old, new));
    }
    if before.target != after.target {
        found.push((
            "inspection-field-target",
            day(before.target),
            day(after.target),
        ));
    }
    if before.second != after.second {
        let (old, new) = (
            worded(context, before.second),
            worded(context, after.second),
        );
        found.push(("inspection-field-second", old, new));
    }
    if before.remark != after.remark {
        found.push((
            "inspection-field-remark",
            before.remark.clone(),
            after.remark.clone(),
        ));
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_of_the_sheet_is_said_once() {
        assert_eq!(
            without_sheet("令和8年度版 チェックリスト 事業者確認用", "事業者確認用"),
            "令和8年度版 チェックリスト"
        );
        assert_eq!(
            without_sheet("Checklist, FY2026 (令和8), vendor sheet", "Vendor sheet"),
            "Checklist, FY2026 (令和8)"
        );
        assert_eq!(without_sheet("別の様式", "事業者確認用"), "別の様式");
    }

    #[test]
    fn explanations_in_brackets_are_for_choosing() {
        assert_eq!(without_brackets("文書(規程・手順書など)"), "文書");
        assert_eq!(without_brackets("契約書"), "契約書");
        assert_eq!(without_brackets("(その他)"), "(その他)");
    }
}
