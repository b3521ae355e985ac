//! What happened this year at the two institutions for which visitors act, told through the same
//! functions by which the pages write, so that the history, the conflicts and the drafts of the
//! program are those of real use.

mod clinic;
mod hospital;

use yagura_checklists::model::{AnswerInput, ChangeSource, HeaderInput, SheetSubject, YesNo};
use yagura_checklists::store::{self, AnswerChange};
use yagura_evidence::ItemRef;
use yagura_kernel::id::SheetId;
use yagura_kernel::policy::actions;
use yagura_kernel::time::{Date, FiscalYear, Instant};
use yagura_web::App;

use crate::DemonstrationError;
use crate::answers::Made;
use crate::evidence::{self, Piece};
use crate::members::{Member, Region};
use crate::people::{Employee, People};
use crate::random::{Window, days_after};
use crate::samples::{SAMPLES, Stored};

pub(crate) async fn make(
    app: &App,
    region: &Region,
    people: &People,
    made: &Made,
    stored: &[Stored],
) -> Result<(), DemonstrationError> {
    if let Some(member) = region.clinic()
        && let Some(desk) = Desk::open(app, member, people, made, stored).await?
    {
        clinic::tell(&desk).await?;
        desk.settle().await?;
    }
    if let Some(member) = region.hospital()
        && let Some(desk) = Desk::open(app, member, people, made, stored).await?
    {
        hospital::tell(&desk).await?;
        desk.settle().await?;
    }
    Ok(())
}

/// What somebody enters for a row.
#[derive(Debug, Clone, Copy)]
enum Say {
    /// はい.
    Yes,
    /// いいえ, to be はい by this day.
    No(Date),
    /// In the second round はい.
    Done,
    /// A remark, in addition to what stands there.
    Remark(&'static str),
}

/// The work on this year's sheet of an institution.
struct Desk<'a> {
    app: &'a App,
    member: &'a Member,
    staff: &'a [Employee],
    stored: &'a [Stored],
    window: Window,
    year: FiscalYear,
    sheet: SheetId,
    last_year: Option<SheetId>,
}

impl<'a> Desk<'a> {
    /// Opens the sheet, as the first of the staff did. `None` on the first day of a fiscal year.
    async fn open(
        app: &'a App,
        member: &'a Member,
        people: &'a People,
        made: &Made,
        stored: &'a [Stored],
    ) -> Result<Option<Self>, DemonstrationError> {
        let year = app.fiscal_year();
        let packs = app.packs();
        let subject = SheetSubject::Institution;
        let pack = packs.checklist_for(year, subject.sheet());
        let staff = people.all(member.id);
        let (Some(pack), Some(first)) = (pack, staff.first()) else {
            return Ok(None);
        };
        let Some(window) = Window::of(year, Some(pack), app.today()) else {
            return Ok(None);
        };
        let proof = first.may::<actions::AnswerSheet>()?;
        let at = Instant::from_jst(window.at(0), 8, 40);
        let mut tx = app.database().begin().await?;
        let header = store::open_sheet(
            &mut tx,
            (&proof).into(),
            &packs,
            app.ids(),
            year,
            subject,
            at,
        )
        .await
        .map_err(|error| DemonstrationError::Story(error.to_string()))?;
        tx.commit().await?;
        let desk = Self {
            app,
            member,
            staff,
            stored,
            window,
            year,
            sheet: header.id,
            last_year: made.shown_last_year.get(&member.id).copied(),
        };
        desk.answer_gate(first, window.at(0)).await?;
        Ok(Some(desk))
    }

    async fn answer_gate(&self, by: &Employee, on: Date) -> Result<(), DemonstrationError> {
        let input = HeaderInput {
            gate: Some(YesNo::Yes),
            gate_on: Some(on),
            vendor_contract: Some(YesNo::Yes),
            vendor_contract_on: Some(on),
            confirmed_on: None,
        };
        self.save_header(by, &input, Instant::from_jst(on, 8, 45))
            .await
    }

    /// Enters the 確認日.
    async fn confirm(&self, by: &Employee, thousandths: i64) -> Result<(), DemonstrationError> {
        let on = self.window.at(thousandths);
        let content = self.content(by).await?;
        let input = HeaderInput {
            confirmed_on: Some(on),
            ..HeaderInput::from(&content.header.values)
        };
        self.save_header(by, &input, Instant::from_jst(on, 17, 20))
            .await
    }

    async fn save_header(
        &self,
        by: &Employee,
        input: &HeaderInput,
        at: Instant,
    ) -> Result<(), DemonstrationError> {
        let proof = by.may::<actions::AnswerSheet>()?;
        let content = self.content(by).await?;
        let (tx, _) = store::save_header(
            self.app.database(),
            &self.app.packs(),
            self.app.ids(),
            (&proof).into(),
            self.sheet,
            content.header.header_version,
            input,
            &ChangeSource::Typed,
            at,
        )
        .await
        .map_err(|error| DemonstrationError::Story(error.to_string()))?;
        tx.commit().await?;
        Ok(())
    }

    async fn content(&self, by: &Employee) -> Result<store::SheetContent, DemonstrationError> {
        let proof = by.may::<actions::ReadSheet>()?;
        Ok(store::sheet(
            self.app.database(),
            &self.app.packs(),
            (&proof).into(),
            self.sheet,
        )
        .await?)
    }

    /// Somebody of the staff by their place.
    fn person(&self, place: usize) -> Result<&'a Employee, DemonstrationError> {
        let found = self.staff.get(place).or_else(|| self.staff.first());
        found.ok_or(DemonstrationError::Clock)
    }

    /// So many thousandths of the way through what has passed of the year.
    fn day(&self, thousandths: i64) -> Date {
        self.window.at(thousandths)
    }

    /// A day that is still to come, within the fiscal year.
    fn later(&self, days: i64) -> Date {
        days_after(self.app.today(), days).min(self.year.end())
    }

    /// Saves what somebody entered for some rows at once. Rows that the edition does not have are
    /// left out.
    async fn save(
        &self,
        by: &Employee,
        at: Instant,
        source: &ChangeSource,
        entries: &[(&str, Say)],
    ) -> Result<(), DemonstrationError> {
        let content = self.content(by).await?;
        let mut changes: Vec<AnswerChange> = Vec::with_capacity(entries.len());
        for (key, say) in entries {
            if content.pack.item(key).is_none() {
                continue;
            }
            let before = changes.iter_mut().find(|change| change.item_key == *key);
            if let Some(change) = before {
                change.input = say.applied(std::mem::take(&mut change.input), at.jst_date());
                continue;
            }
            let stored = content.answers.get(*key);
            let input = match stored {
                Some(stored) => AnswerInput::from(&stored.answer),
                None => AnswerInput::default(),
            };
            changes.push(AnswerChange {
                item_key: (*key).to_owned(),
                expected_version: stored.map_or(0, |stored| stored.version),
                input: say.applied(input, at.jst_date()),
                source: source.clone(),
            });
        }
        let proof = by.may::<actions::AnswerSheet>()?;
        let (tx, _) = store::save_answers_on(
            self.app.database(),
            &self.app.packs(),
            self.app.ids(),
            (&proof).into(),
            &content,
            &changes,
            at,
        )
        .await
        .map_err(|error| DemonstrationError::Story(error.to_string()))?;
        tx.commit().await?;
        Ok(())
    }

    /// Takes over what last year's sheet said for rows of the same key.
    async fn take_drafts(
        &self,
        by: &Employee,
        at: Instant,
        keys: &[&str],
    ) -> Result<(), DemonstrationError> {
        for key in keys {
            let source = match self.last_year {
                Some(sheet) => ChangeSource::Draft {
                    sheet,
                    year: self.year.previous().year(),
                    items: vec![(*key).to_owned()],
                },
                None => ChangeSource::Typed,
            };
            self.save(by, at, &source, &[(key, Say::Yes)]).await?;
        }
        Ok(())
    }

    /// Keeps evidence: who, which samples, when (in thousandths), until when it counts.
    async fn keep(&self, pieces: &[(usize, usize, Kept)]) -> Result<(), DemonstrationError> {
        let reader = self.person(0)?;
        let content = self.content(reader).await?;
        let mut tx = self.app.database().begin_long().await?;
        for (person, place, kept) in pieces {
            let Some(sample) = SAMPLES.get(*place) else {
                continue;
            };
            let by = self.person(*person)?;
            let on = kept.on;
            let at = Instant::from_jst(on, 13, 10);
            let mut links: Vec<(ItemRef, Instant)> = Vec::new();
            for key in sample.items {
                if content.answers.contains_key(*key) {
                    links.push((ItemRef::new(self.sheet, *key), at));
                }
            }
            if let Some(last) = self.last_year.filter(|_| on <= self.year.previous().end()) {
                let of_last = sample
                    .items
                    .iter()
                    .map(|key| (ItemRef::new(last, *key), at));
                links.extend(of_last);
            }
            let piece = Piece {
                sample: *place,
                title: evidence::title_for(sample, self.member.kind),
                issued_on: days_after(on, -kept.issued_before),
                expires_on: kept.expires_on,
                note: kept.note,
                at,
                links,
            };
            evidence::write(&mut tx, self.app, by, &piece, self.stored).await?;
        }
        tx.commit().await?;
        Ok(())
    }

    /// Works the sheet out again as it stands now: what was saved then was judged by the evidence
    /// and the measurements of then.
    async fn settle(&self) -> Result<(), DemonstrationError> {
        let now = self.app.now();
        let (packs, ids) = (self.app.packs(), self.app.ids());
        let mut tx = self.app.database().begin().await?;
        store::recompute_sheets(&mut tx, &packs, ids, &[self.sheet], now).await?;
        // What is measured today says nothing about last year.
        if let Some(last) = self.last_year {
            store::evidence_changed(&mut tx, ids, &[last], now).await?;
        }
        tx.commit().await?;
        Ok(())
    }
}

/// How a piece of evidence came in.
#[derive(Debug, Clone, Copy)]
struct Kept {
    on: Date,
    issued_before: i64,
    expires_on: Option<Date>,
    note: Option<&'static str>,
}

impl Kept {
    const fn on(on: Date) -> Self {
        Self {
            on,
            issued_before: 3,
            expires_on: None,
            note: None,
        }
    }

    const fn until(self, last: Date) -> Self {
        Self {
            expires_on: Some(last),
            ..self
        }
    }

    const fn noted(self, note: &'static str) -> Self {
        Self {
            note: Some(note),
            ..self
        }
    }
}

impl Say {
    fn applied(self, mut input: AnswerInput, on: Date) -> AnswerInput {
        match self {
            Self::Yes => {
                input.first = Some(YesNo::Yes);
                input.first_on = Some(on);
            }
            Self::No(target) => {
                input.first = Some(YesNo::No);
                input.first_on = Some(on);
                input.target = Some(target);
            }
            Self::Done => {
                input.second = Some(YesNo::Yes);
                input.second_on = Some(on);
            }
            Self::Remark(words) => words.clone_into(&mut input.remark),
        }
        input
    }
}
