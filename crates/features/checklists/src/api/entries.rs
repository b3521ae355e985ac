//! What the API sends and takes.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use yagura_kernel::id::Uuid;
use yagura_kernel::proof::{CellCounts, CellState};
use yagura_kernel::time::{Instant, format_iso};
use yagura_packs::{Guidance, Item, Text, Wording};

use crate::drafts::Offer;
use crate::model::{
    Answer, Applicability, ChangeSource, HeaderValues, Round, YesNo, applicability,
};
use crate::overview::MemberSheet;
use crate::store::{
    Change, ChangeOf, MeasuredProbe, SavedItem, SheetContent, SheetHeader, StoredAnswer,
};

/// How a checklist of an institution stands.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SheetState {
    /// The institution.
    pub(super) organization: Uuid,
    /// Its name.
    pub(super) organization_name: String,
    /// institution or vendor.
    pub(super) kind: &'static str,
    /// The vendor, of a vendor's sheet.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) vendor: Option<Uuid>,
    /// Fiscal year: the calendar year of its April.
    pub(super) fiscal_year: i32,
    /// The sheet; null where the institution has not opened one.
    pub(super) sheet: Option<Uuid>,
    /// How many rows are answered.
    pub(super) answered: i64,
    /// How many rows have to be answered.
    pub(super) applicable: i64,
    /// The states of the rows in the order of the form (verified, documented, declared, no,
    /// contradiction, unanswered, not_applicable); null where they are not shared.
    #[schema(value_type = Option<Vec<String>>)]
    pub(super) states: Option<Vec<CellState>>,
    /// How many rows are in which state; null where they are not shared.
    #[schema(value_type = Option<Object>)]
    pub(super) counts: Option<CellCounts>,
    /// The earliest target date of a row that still is no.
    #[schema(format = Date)]
    pub(super) next_target: Option<String>,
    /// When the sheet was opened.
    #[serde(with = "yagura_kernel::time::rfc3339::option")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub(super) opened_at: Option<Instant>,
    /// When the first round was complete.
    #[serde(with = "yagura_kernel::time::rfc3339::option")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub(super) round1_done_at: Option<Instant>,
}

impl SheetState {
    pub(super) fn of_header(header: &SheetHeader, name: String) -> Self {
        let (answered, applicable) = header.progress();
        Self {
            organization: header.owner.uuid(),
            organization_name: name,
            kind: header.subject.code(),
            vendor: header
                .subject
                .vendor()
                .map(yagura_kernel::id::OrganizationId::uuid),
            fiscal_year: header.year.year(),
            sheet: Some(header.id.uuid()),
            answered,
            applicable,
            states: Some(header.cells.clone()),
            counts: Some(header.counts),
            next_target: header.next_target.map(format_iso),
            opened_at: Some(header.opened_at),
            round1_done_at: header.round1_done_at,
        }
    }

    pub(super) fn of_member(member: MemberSheet, year: i32) -> Self {
        Self {
            organization: member.member.uuid(),
            organization_name: member.name,
            kind: "institution",
            vendor: None,
            fiscal_year: year,
            sheet: member.sheet.map(yagura_kernel::id::SheetId::uuid),
            answered: member.answered,
            applicable: member.applicable,
            states: member.cells,
            counts: member.counts,
            next_target: member.next_target.map(format_iso),
            opened_at: member.opened_at,
            round1_done_at: member.round1_done_at,
        }
    }
}

/// A text in Japanese and English. The Japanese of official wordings is the original.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct TextEntry {
    /// Japanese.
    ja: String,
    /// English.
    en: String,
}

impl From<&Text> for TextEntry {
    fn from(text: &Text) -> Self {
        Self {
            ja: text.ja.clone(),
            en: text.en.clone(),
        }
    }
}

/// A row of a sheet with its answer.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ItemEntry {
    /// Its key.
    key: String,
    /// Its id as printed.
    printed_id: String,
    /// The wording.
    text: TextEntry,
    /// organization, all, server, terminal or network.
    device_class: &'static str,
    /// Whether the wording was compared with the official publication.
    wording_verified: bool,
    /// Whether it needs an answer.
    applies: bool,
    /// verified, documented, declared, no, contradiction, unanswered or not_applicable.
    #[schema(value_type = String)]
    state: CellState,
    /// Its answer.
    answer: Answer,
    /// To be sent with a change; where somebody else changed the row meanwhile, that answers 409.
    version: i64,
    /// Who last changed it.
    #[serde(skip_serializing_if = "Option::is_none")]
    changed_by: Option<String>,
}

impl ItemEntry {
    pub(super) fn of(content: &SheetContent, item: &Item) -> Self {
        let stored = content.answers.get(&item.key);
        Self {
            key: item.key.clone(),
            printed_id: item.printed_id.clone(),
            text: TextEntry::from(&item.text),
            device_class: item.device_class.as_str(),
            wording_verified: item.wording == Wording::Verified,
            applies: applicability(item, &content.header.values) == Applicability::Applies,
            state: content.state(&item.key),
            answer: stored
                .map(|stored| stored.answer.clone())
                .unwrap_or_default(),
            version: stored.map_or(0, |stored| stored.version),
            changed_by: stored.and_then(|stored| stored.names.changed.clone()),
        }
    }
}

/// A sheet with its rows.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SheetEntry {
    /// How it stands.
    #[serde(flatten)]
    state: SheetState,
    /// The edition by which it is filled in.
    pack: String,
    /// Its version.
    pack_version: String,
    /// What stands at its head.
    head: HeaderValues,
    /// To be sent with a change of the head.
    head_version: i64,
    /// Its rows in the order of the form.
    items: Vec<ItemEntry>,
}

impl SheetEntry {
    pub(super) fn of(content: &SheetContent, name: String) -> Self {
        Self {
            state: SheetState::of_header(&content.header, name),
            pack: content.pack.id.clone(),
            pack_version: content.pack.version.to_string(),
            head: content.header.values,
            head_version: content.header.header_version,
            items: content
                .pack
                .items()
                .map(|item| ItemEntry::of(content, item))
                .collect(),
        }
    }
}

/// Yagura's explanation of a row.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct GuidanceEntry {
    /// What it asks, in plain words.
    meaning: TextEntry,
    /// What to find out or gather first.
    prepare: TextEntry,
    /// What to do.
    carry_out: TextEntry,
    /// What makes it last.
    strengthen: TextEntry,
    /// What counts as evidence.
    evidence: Vec<TextEntry>,
    /// What an inspector is likely to ask.
    inspector: Vec<TextEntry>,
}

impl From<&Guidance> for GuidanceEntry {
    fn from(guidance: &Guidance) -> Self {
        Self {
            meaning: (&guidance.meaning).into(),
            prepare: (&guidance.prepare).into(),
            carry_out: (&guidance.carry_out).into(),
            strengthen: (&guidance.strengthen).into(),
            evidence: guidance.evidence.iter().map(TextEntry::from).collect(),
            inspector: guidance.inspector.iter().map(TextEntry::from).collect(),
        }
    }
}

/// What a probe measured.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct MeasurementEntry {
    /// The probe.
    probe: String,
    /// Whether it can prove or contradict the answer by itself.
    decides: bool,
    /// satisfied, violated or unknown; unknown where the measurement does not hold any more.
    outcome: &'static str,
    /// What it found, as message key and arguments.
    #[schema(value_type = Object)]
    finding: yagura_kernel::probe::Finding,
    /// How many things were covered.
    covered: i64,
    /// How many there are.
    total: i64,
    /// When it was measured.
    #[serde(with = "yagura_kernel::time::rfc3339")]
    #[schema(value_type = String, format = DateTime)]
    measured_at: Instant,
    /// Until when it holds.
    #[serde(with = "yagura_kernel::time::rfc3339")]
    #[schema(value_type = String, format = DateTime)]
    valid_until: Instant,
}

impl MeasurementEntry {
    pub(super) fn of(measured: MeasuredProbe, item: &Item, now: Instant) -> Self {
        Self {
            decides: item.probes.contains(&measured.probe),
            outcome: measured.fresh_outcome(now).code(),
            probe: measured.probe,
            finding: measured.measurement.finding,
            covered: measured.measurement.covered,
            total: measured.measurement.total,
            measured_at: measured.measurement.measured_at,
            valid_until: measured.measurement.valid_until,
        }
    }
}

/// A row with everything that is known about it.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ItemDetail {
    /// The row.
    #[serde(flatten)]
    pub(super) item: ItemEntry,
    /// What is new this year.
    pub(super) change_note: Option<TextEntry>,
    /// Where the wording is from.
    pub(super) wording_source: TextEntry,
    /// Explanation.
    pub(super) guidance: Option<GuidanceEntry>,
    /// What was measured.
    pub(super) measurements: Vec<MeasurementEntry>,
}

/// A change of a sheet.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ChangeEntry {
    /// Its id.
    id: Uuid,
    /// When.
    #[serde(with = "yagura_kernel::time::rfc3339")]
    #[schema(value_type = String, format = DateTime)]
    at: Instant,
    /// Who; null where the program itself did it.
    by: Option<String>,
    /// The organisation that they acted for.
    organization: Uuid,
    /// The row; null for the head of the sheet.
    item: Option<String>,
    /// What stood there: an Answer, or the values of the head.
    #[schema(value_type = Object)]
    before: serde_json::Value,
    /// What stood there afterwards.
    #[schema(value_type = Object)]
    after: serde_json::Value,
    /// By which way.
    source: ChangeSource,
}

impl ChangeEntry {
    pub(super) fn of(change: Change) -> Result<Self, serde_json::Error> {
        let (item, before, after) = match change.of {
            ChangeOf::Item { key, before, after } => (
                Some(key),
                serde_json::to_value(before)?,
                serde_json::to_value(after)?,
            ),
            ChangeOf::Header { before, after } => (
                None,
                serde_json::to_value(before)?,
                serde_json::to_value(after)?,
            ),
        };
        Ok(Self {
            id: change.id,
            at: change.at,
            by: change.by_name,
            organization: change.organization.uuid(),
            item,
            before,
            after,
            source: change.source,
        })
    }
}

/// A row from which a draft comes.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct DraftOriginEntry {
    /// Its key in the earlier edition.
    item: String,
    /// Its id as printed there.
    printed_id: String,
    /// What it said.
    answer: Answer,
}

/// What the sheet of the year before offers to a row. To take it over, put it as the row's answer
/// with `source.sheet` and `source.items` as given here.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct DraftEntry {
    /// The row.
    item: String,
    /// What is proposed: yes only where every origin was yes.
    answer: YesNo,
    /// The remarks of the origins.
    remark: String,
    /// new, reworded, merged, split, became-required, device-class-changed.
    changes: Vec<&'static str>,
    /// Whether the wording of all rows concerned is verified.
    certain: bool,
    /// Where it comes from.
    origins: Vec<DraftOriginEntry>,
    /// The version of the row, to be sent when it is taken over.
    version: i64,
    /// The earlier sheet.
    sheet: Uuid,
}

impl DraftEntry {
    pub(super) fn of(offer: &Offer, sheet: Uuid) -> Self {
        let proposal = &offer.proposal;
        Self {
            item: proposal.item_key.clone(),
            answer: proposal.answer,
            remark: proposal.remark.clone(),
            changes: proposal.changes.iter().map(|kind| kind.as_str()).collect(),
            certain: proposal.certain,
            origins: proposal
                .origins
                .iter()
                .map(|origin| DraftOriginEntry {
                    item: origin.item_key.clone(),
                    printed_id: origin.printed_id.clone(),
                    answer: origin.answer.clone(),
                })
                .collect(),
            version: offer.version,
            sheet,
        }
    }
}

/// An answer to be saved. Sending what already stands changes nothing, so a request can be
/// repeated.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct AnswerBody {
    /// The version of the row that was read; 0 for an untouched row. May be given as `If-Match`
    /// instead.
    #[serde(default)]
    pub(super) version: Option<i64>,
    /// First confirmation.
    #[serde(default)]
    pub(super) first: Option<Round>,
    /// Target date of a no, inside the fiscal year.
    #[serde(default)]
    #[schema(format = Date)]
    pub(super) target: Option<String>,
    /// Second confirmation.
    #[serde(default)]
    pub(super) second: Option<Round>,
    /// Remark, at most 2,000 characters.
    #[serde(default)]
    #[schema(max_length = 2000)]
    pub(super) remark: String,
    /// The earlier sheet, where a draft is taken over.
    #[serde(default)]
    pub(super) draft_of: Option<Uuid>,
}

/// The head of a sheet to be saved.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct HeadBody {
    /// The version of the head that was read. May be given as `If-Match` instead.
    #[serde(default)]
    pub(super) version: Option<i64>,
    /// Whether medical information systems are in operation.
    #[serde(default)]
    pub(super) gate: Option<Round>,
    /// Whether there is a contract with any vendor.
    #[serde(default)]
    pub(super) vendor_contract: Option<Round>,
    /// Confirmation date of the whole sheet.
    #[serde(default)]
    #[schema(format = Date)]
    pub(super) confirmed_on: Option<String>,
}

/// A sheet to be opened.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct OpenBody {
    /// Fiscal year: the calendar year of its April.
    pub(super) fiscal_year: i32,
}

/// A row after a save.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SavedEntry {
    /// The row.
    item: String,
    /// Its version now.
    pub(super) version: i64,
    /// Its answer now.
    answer: Answer,
    /// Its state now.
    #[schema(value_type = String)]
    state: CellState,
    /// Whether anything changed.
    changed: bool,
}

impl From<SavedItem> for SavedEntry {
    fn from(saved: SavedItem) -> Self {
        Self {
            item: saved.item_key,
            version: saved.version,
            answer: saved.after,
            state: saved.state,
            changed: saved.changed,
        }
    }
}

/// Somebody else was first: what stands now, so that nothing is lost.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ConflictProblem {
    /// The kind of problem.
    #[serde(rename = "type")]
    pub(super) kind: &'static str,
    /// The kind in words.
    pub(super) title: String,
    /// 409.
    pub(super) status: u16,
    /// The version that stands.
    pub(super) version: i64,
    /// What stands: an Answer, or the values of the head.
    #[schema(value_type = Object)]
    pub(super) current: serde_json::Value,
    /// Who changed it, where that may be shown.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) changed_by: Option<String>,
}

impl ConflictProblem {
    pub(super) fn of_answer(title: String, theirs: &StoredAnswer) -> Self {
        Self {
            kind: "https://yagura.invalid/problems/error-conflict",
            title,
            status: 409,
            version: theirs.version,
            current: serde_json::to_value(&theirs.answer).unwrap_or_default(),
            changed_by: theirs.names.changed.clone(),
        }
    }
}
