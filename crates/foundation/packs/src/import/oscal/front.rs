//! The group that our export writes for everything outside the rows.

use super::fallback_date;
use super::parts::{Parts, Props};
use crate::export::oscal::{bool_word, note_word, subject_word};
use crate::import::ImportError;
use crate::import::tree::Node;
use crate::model::{
    FormText, Gate, Note, NoteStatus, Sheet, SheetRules, Source, SourceFile, Subject, Text, Wording,
};

/// Everything outside the rows, from the group that our export writes.
#[derive(Default)]
pub(super) struct Front {
    pub(super) title: Option<Text>,
    pub(super) sheet: Option<Sheet>,
    pub(super) subjects: Vec<Subject>,
    pub(super) sheet_title: Option<FormText>,
    pub(super) inspection_note: Option<FormText>,
    pub(super) goal: Option<FormText>,
    pub(super) instructions: Vec<FormText>,
    pub(super) gate: Option<Gate>,
    pub(super) rules: SheetRules,
    pub(super) source: Option<Source>,
    pub(super) notes: Vec<Note>,
}

impl Front {
    pub(super) fn read(group: &Node<'_>) -> Result<Self, ImportError> {
        let props = Props::of(group)?;
        let parts = Parts::of(group)?;
        let yes = |name: &str, usual: bool| match props.one(name) {
            Some(word) => word == bool_word(true),
            None => usual,
        };
        let usual = SheetRules::default();
        let mut front = Self {
            title: parts.text("title")?,
            sheet: [Sheet::Institution, Sheet::Vendor, Sheet::General]
                .into_iter()
                .find(|sheet| props.one("sheet") == Some(sheet.as_str())),
            subjects: [
                Subject::MedicalInstitution,
                Subject::Pharmacy,
                Subject::Vendor,
            ]
            .into_iter()
            .filter(|subject| {
                props
                    .all("subject")
                    .contains(&subject_word(*subject).into())
            })
            .collect(),
            sheet_title: parts.form_text("sheet-title")?,
            inspection_note: parts.form_text("inspection-note")?,
            goal: parts.form_text("goal")?,
            instructions: parts
                .named("instruction")
                .into_iter()
                .map(form_text)
                .collect::<Result<_, _>>()?,
            gate: None,
            rules: SheetRules {
                rounds: props
                    .number("rounds")
                    .and_then(|rounds| u8::try_from(rounds).ok())
                    .unwrap_or(usual.rounds),
                target_date_only_for_no: yes(
                    "target-date-only-for-no",
                    usual.target_date_only_for_no,
                ),
                target_date_in_fiscal_year: yes(
                    "target-date-in-fiscal-year",
                    usual.target_date_in_fiscal_year,
                ),
                confirmation_date: yes("confirmation-date", usual.confirmation_date),
            },
            source: None,
            notes: Vec::new(),
        };
        if let Some(gate) = parts.named("gate").into_iter().next() {
            let gate = Parts::of(gate)?;
            front.gate = match (
                gate.form_text("heading")?,
                gate.form_text("text")?,
                gate.form_text("when-no")?,
            ) {
                (Some(heading), Some(text), Some(when_no)) => Some(Gate {
                    heading,
                    text,
                    when_no,
                }),
                _ => None,
            };
        }
        if let Some(source) = parts.named("source").into_iter().next() {
            front.source = Some(source_of(source)?);
        }
        for note in parts.named("note") {
            let word = Props::of(note)?
                .one("status")
                .unwrap_or_default()
                .to_owned();
            let status = [
                NoteStatus::Established,
                NoteStatus::Open,
                NoteStatus::Information,
            ]
            .into_iter()
            .find(|status| note_word(*status) == word)
            .unwrap_or(NoteStatus::Information);
            front.notes.push(Note {
                status,
                text: Parts::of(note)?.text("text")?.unwrap_or_default(),
            });
        }
        Ok(front)
    }
}

fn source_of(part: &Node<'_>) -> Result<Source, ImportError> {
    let props = Props::of(part)?;
    let parts = Parts::of(part)?;
    let mut files = Vec::new();
    for file in parts.named("source-file") {
        let props = Props::of(file)?;
        files.push(SourceFile {
            name: props.one("file-name").unwrap_or_default().to_owned(),
            label: Parts::of(file)?.text("label")?.unwrap_or_default(),
            sha256: props.one("sha256").map(str::to_owned),
        });
    }
    Ok(Source {
        title: parts.text("source-title")?.unwrap_or_default(),
        publisher: parts.text("publisher")?.unwrap_or_default(),
        url: props.one("url").unwrap_or_default().to_owned(),
        date: props
            .one("date")
            .and_then(|date| date.parse().ok())
            .unwrap_or_else(|| fallback_date().into()),
        retrieved_note: parts.text("retrieved-note")?.unwrap_or_default(),
        files,
    })
}

pub(super) fn form_text(part: &Node<'_>) -> Result<FormText, ImportError> {
    let text = Parts::of(part)?.text("text")?.unwrap_or_default();
    let wording = match Props::of(part)?.one("wording") {
        Some("verified") => Wording::Verified,
        _ => Wording::Unverified,
    };
    Ok(FormText {
        ja: text.ja,
        en: text.en,
        wording,
    })
}
