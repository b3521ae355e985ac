//! Evidence behind the answers: some keep a whole folder, most a few pieces, many none. Some
//! pieces have expired and some are about to.

use std::collections::BTreeSet;

use yagura_checklists::store::BulkSheet;
use yagura_evidence::{ItemRef, NewPiece};
use yagura_kernel::id::{EvidenceId, SheetId};
use yagura_kernel::organization::OrganizationKind;
use yagura_kernel::policy::actions;
use yagura_kernel::proof::EffectiveAnswer;
use yagura_kernel::time::{Date, FiscalYear, Instant};
use yagura_store::Transaction;
use yagura_web::App;

use crate::DemonstrationError;
use crate::members::Member;
use crate::people::Employee;
use crate::random::{Random, Window, days_after};
use crate::samples::{SAMPLES, Sample, Stored, Validity};

/// A piece to be recorded.
#[derive(Debug, Clone)]
pub(crate) struct Piece {
    /// Place among [`SAMPLES`].
    pub(crate) sample: usize,
    pub(crate) title: String,
    pub(crate) issued_on: Date,
    pub(crate) expires_on: Option<Date>,
    pub(crate) note: Option<&'static str>,
    /// When it was uploaded.
    pub(crate) at: Instant,
    /// Behind which rows it stands, since when.
    pub(crate) links: Vec<(ItemRef, Instant)>,
}

impl Piece {
    pub(crate) fn sample(&self) -> Option<&'static Sample> {
        SAMPLES.get(self.sample)
    }

    /// The rows behind which it may stand.
    pub(crate) fn items(&self) -> &'static [&'static str] {
        self.sample().map_or(&[], |sample| sample.items)
    }

    pub(crate) fn counts_on(&self, today: Date) -> bool {
        self.expires_on.is_none_or(|last| last >= today)
    }
}

/// The days on which pieces can have come in.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Days {
    pub(crate) today: Date,
    pub(crate) last_year: Option<Window>,
    pub(crate) present: Option<Window>,
}

/// What a member keeps, before it is known what it answered.
pub(crate) fn plan(member: &Member, days: Days, random: &mut Random) -> Vec<Piece> {
    let number = usize::try_from(member.facts.pieces).unwrap_or(0);
    let first = usize::try_from(random.below(4)).unwrap_or(0);
    (0..SAMPLES.len())
        .map(|place| (first + place) % SAMPLES.len())
        .filter(|sample| !member.vendors.is_empty() || !is_of_vendors(*sample))
        .take(number)
        .filter_map(|sample| piece(member, sample, days, random))
        .collect()
}

fn is_of_vendors(sample: usize) -> bool {
    SAMPLES
        .get(sample)
        .is_some_and(|sample| sample.items.iter().any(|key| matches!(*key, "2-2" | "2-3")))
}

fn piece(member: &Member, place: usize, days: Days, random: &mut Random) -> Option<Piece> {
    let sample = SAMPLES.get(place)?;
    let window = match (days.last_year, days.present) {
        (Some(last), Some(_)) if random.chance(55) => last,
        (_, Some(present)) => present,
        (last, None) => last?,
    };
    let mut came = window.some_day(random);
    let mut issued = days_after(came, -random.below(20));
    let mut expires = None;
    if sample.validity == Validity::Ends {
        let last = match random.below(100) {
            0..=5 => days_after(days.today, -1 - random.below(60)),
            6..=17 => days_after(days.today, 1 + random.below(30)),
            18..=79 => FiscalYear::of(days.today).end(),
            _ => FiscalYear::of(days.today).next().end(),
        };
        expires = Some(last);
        if last < days_after(issued, 60) {
            issued = days_after(last, -364);
            came = days_after(issued, 5);
        }
    }
    Some(Piece {
        sample: place,
        title: title_for(sample, member.kind),
        issued_on: issued,
        expires_on: expires,
        note: None,
        at: Instant::from_jst(came, 15, 20),
        links: Vec::new(),
    })
}

/// Other kinds of institutions have other systems.
pub(crate) fn title_for(sample: &Sample, kind: OrganizationKind) -> String {
    let system = match kind {
        OrganizationKind::Pharmacy => "調剤システム",
        OrganizationKind::DentalClinic => "歯科用レセコン",
        _ => return sample.title.to_owned(),
    };
    sample.title.replace("電子カルテシステム", system)
}

/// The rows of a sheet that these pieces are about.
pub(crate) fn keys(pieces: &[Piece]) -> BTreeSet<&'static str> {
    pieces
        .iter()
        .flat_map(|piece| piece.items().iter().copied())
        .collect()
}

/// Puts the pieces behind the rows that were answered はい, where they had come in before the
/// year was over. Returns the rows behind which something stands that counts today.
pub(crate) fn link(pieces: &mut [Piece], sheet: &BulkSheet, today: Date) -> BTreeSet<String> {
    let mut evidenced = BTreeSet::new();
    for piece in pieces {
        if piece.at.jst_date() > sheet.year.end() {
            continue;
        }
        let counts = piece.counts_on(today);
        for answer in &sheet.answers {
            let yes = answer.answer.effective() == EffectiveAnswer::Yes;
            if yes && piece.items().contains(&answer.item_key.as_str()) {
                let since = piece.at.max(answer.at);
                let item = ItemRef::new(sheet.id, answer.item_key.clone());
                piece.links.push((item, since));
                if counts {
                    evidenced.insert(answer.item_key.clone());
                }
            }
        }
    }
    evidenced
}

/// Records a piece and its links, as somebody did it then.
pub(crate) async fn write(
    tx: &mut Transaction,
    app: &App,
    by: &Employee,
    piece: &Piece,
    stored: &[Stored],
) -> Result<Option<EvidenceId>, DemonstrationError> {
    let (Some(sample), Some(content)) = (piece.sample(), stored.get(piece.sample)) else {
        return Ok(None);
    };
    let proof = by.may::<actions::ManageEvidence>()?;
    let new = NewPiece {
        id: EvidenceId::new(app.ids()),
        title: piece.title.clone(),
        kind: sample.kind,
        file_name: sample.file_name.to_owned(),
        media_type: content.media_type,
        issued_on: Some(piece.issued_on),
        expires_on: piece.expires_on,
        note: piece.note.map(str::to_owned),
    };
    let id = yagura_evidence::insert(tx, &proof, app.ids(), new, &content.blob, piece.at).await?;
    // Links of one sheet were made together.
    let sheets: BTreeSet<SheetId> = piece.links.iter().map(|(item, _)| item.sheet).collect();
    for sheet in sheets {
        let of_sheet = piece.links.iter().filter(|(item, _)| item.sheet == sheet);
        let since = of_sheet.clone().map(|(_, since)| *since).max();
        let items: Vec<ItemRef> = of_sheet.map(|(item, _)| item.clone()).collect();
        let at = since.unwrap_or(piece.at);
        yagura_evidence::attach(tx, &proof, app.ids(), id, &items, at).await?;
    }
    Ok(Some(id))
}
