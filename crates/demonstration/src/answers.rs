//! What the region answered: better every year, never perfect.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use yagura_checklists::model::{
    Answer, ChangeSource, HeaderValues, Outcomes, Round, SheetSubject, YesNo, judge_sheet,
};
use yagura_checklists::store::{self, BulkAnswer, BulkSheet};
use yagura_kernel::id::{OrganizationId, SheetId};
use yagura_kernel::organization::OrganizationKind;
use yagura_kernel::probe::Outcome;
use yagura_kernel::time::{Date, FiscalYear, Instant};
use yagura_packs::{Item, NotApplicable, Pack};
use yagura_web::App;

use crate::evidence::{self, Days, Piece};
use crate::facts::Progress;
use crate::members::{Member, Region};
use crate::people::{Employee, People};
use crate::random::{Random, Window, days_after};
use crate::samples::Stored;
use crate::{DemonstrationError, years};

/// How many members are written together: what is not written yet is all that is in memory.
const MEMBERS_AT_A_TIME: usize = 14;

/// How far a member was with this year's sheet when; the two for which visitors act are not
/// among them.
#[derive(Debug, Clone, Copy)]
pub(crate) struct State {
    /// Place among the members.
    pub(crate) member: usize,
    pub(crate) opened: Option<Instant>,
    pub(crate) finished: Option<Instant>,
    pub(crate) answered: i64,
}

/// What was made.
#[derive(Debug, Default)]
pub(crate) struct Made {
    pub(crate) states: Vec<State>,
    /// Last year's sheets of those for which visitors act.
    pub(crate) shown_last_year: BTreeMap<OrganizationId, SheetId>,
}

/// A fiscal year of the region.
struct Year {
    year: FiscalYear,
    window: Window,
    is_present: bool,
    is_last: bool,
    /// The share of はい among a hundred answers.
    yes: i64,
    /// Of a hundred members, how many never opened the sheet of a past year.
    absent: i64,
    /// Of a hundred target dates that have passed, how many were kept.
    kept: i64,
    institution: Option<Arc<Pack>>,
    vendor: Option<Arc<Pack>>,
}

struct World<'a> {
    app: &'a App,
    today: Date,
    people: &'a People,
    years: Vec<Year>,
    days: Days,
}

impl<'a> World<'a> {
    fn new(app: &'a App, region: &Region, people: &'a People) -> Self {
        let packs = app.packs();
        let today = app.today();
        let present = app.fiscal_year();
        let mut known = Vec::new();
        for (number, year) in years(app).into_iter().enumerate() {
            let institution = packs.checklist_for(year, SheetSubject::Institution.sheet());
            let vendor = packs.checklist_for(year, SheetSubject::Vendor(region.network).sheet());
            let window = Window::of(year, institution.map(AsRef::as_ref), today);
            let Some(window) = window else { continue };
            let number = i64::try_from(number).unwrap_or(0);
            known.push(Year {
                year,
                window,
                is_present: year == present,
                is_last: year.next() == present,
                yes: 60 + number * 8,
                absent: 16 - number * 4,
                kept: 40 + number * 15,
                institution: institution.cloned(),
                vendor: vendor.cloned(),
            });
        }
        let window = |of: fn(&Year) -> bool| known.iter().find(|year| of(year)).map(|y| y.window);
        let days = Days {
            today,
            last_year: window(|year| year.is_last),
            present: window(|year| year.is_present),
        };
        Self {
            app,
            today,
            people,
            years: known,
            days,
        }
    }
}

pub(crate) async fn make(
    app: &App,
    region: &Region,
    people: &People,
    stored: &[Stored],
) -> Result<Made, DemonstrationError> {
    let random = &mut Random::of_stage(3);
    let world = World::new(app, region, people);
    let mut made = Made::default();
    let mut tx = app.database().begin_long().await?;
    for (part, members) in region.members.chunks(MEMBERS_AT_A_TIME).enumerate() {
        let mut sheets = Vec::new();
        let mut pieces: Vec<(&Employee, Vec<Piece>)> = Vec::new();
        for (place, member) in members.iter().enumerate() {
            let Some(by) = people.of(member.id) else {
                continue;
            };
            let mut own = evidence::plan(member, world.days, random);
            let of_member = world.sheets_of(member, &mut own, random);
            made.note(part * MEMBERS_AT_A_TIME + place, member, &of_member, &world);
            sheets.extend(of_member);
            sheets.extend(world.vendor_sheets(region, member, random));
            if !own.is_empty() {
                pieces.push((by, own));
            }
        }
        store::insert_sheets(&mut tx, app.ids(), sheets).await?;
        for (by, own) in &pieces {
            for piece in own {
                evidence::write(&mut tx, app, by, piece, stored).await?;
            }
        }
    }
    tx.commit().await?;
    Ok(made)
}

impl Made {
    fn note(&mut self, place: usize, member: &Member, sheets: &[BulkSheet], world: &World<'_>) {
        if member.facts.shown {
            let last = sheets
                .iter()
                .find(|sheet| sheet.year.next() == world.app.fiscal_year());
            if let Some(last) = last {
                self.shown_last_year.insert(member.id, last.id);
            }
            return;
        }
        let sheet = sheets
            .iter()
            .find(|sheet| sheet.year == world.app.fiscal_year());
        let latest = |sheet: &BulkSheet| {
            let first_round = sheet.answers.iter();
            let first_round = first_round.filter(|answer| answer.answer.second.is_none());
            first_round.map(|answer| answer.at).max()
        };
        self.states.push(State {
            member: place,
            opened: sheet.map(|sheet| sheet.opened_at),
            finished: sheet
                .filter(|sheet| sheet.values.confirmed_on.is_some())
                .and_then(latest),
            answered: sheet.map_or(0, |sheet| i64::try_from(sheet.answers.len()).unwrap_or(0)),
        });
    }
}

impl World<'_> {
    /// The sheets of an institution, oldest first.
    fn sheets_of(
        &self,
        member: &Member,
        pieces: &mut [Piece],
        random: &mut Random,
    ) -> Vec<BulkSheet> {
        let mut sheets = Vec::with_capacity(self.years.len());
        for year in &self.years {
            let Some(mut sheet) = self.institution_sheet(year, member, pieces, random) else {
                continue;
            };
            let evidenced = if year.is_present || year.is_last {
                evidence::link(pieces, &sheet, self.today)
            } else {
                BTreeSet::new()
            };
            let outcomes = if year.is_present {
                outcomes(member, &sheet.pack)
            } else {
                Outcomes::new()
            };
            let answers = sheet
                .answers
                .iter()
                .map(|bulk| (bulk.item_key.as_str(), &bulk.answer))
                .collect();
            sheet.cells = sheet.pack.checklist().map(|checklist| {
                judge_sheet(checklist, &sheet.values, &answers, &evidenced, &outcomes)
            });
            sheets.push(sheet);
        }
        sheets
    }

    fn institution_sheet(
        &self,
        year: &Year,
        member: &Member,
        pieces: &[Piece],
        random: &mut Random,
    ) -> Option<BulkSheet> {
        let pack = year.institution.as_ref()?;
        let facts = &member.facts;
        let progress = if year.is_present {
            facts.progress
        } else if facts.shown || !random.chance(year.absent) {
            Progress::Complete
        } else if random.chance(50) {
            Progress::Partly(30 + random.below(60))
        } else {
            Progress::NotOpened
        };
        // What happened this year to those for which visitors act is told in `story`.
        if progress == Progress::NotOpened || facts.shown && year.is_present {
            return None;
        }
        let on = year.window.some_day(random);
        let has_vendor = !member.vendors.is_empty();
        let documented = evidence::keys(pieces);
        let share = match progress {
            Progress::Partly(share) => share,
            _ => 100,
        };
        let staff = self.people.all(member.id);
        let mut answers = Vec::new();
        for (place, item) in pack.items().enumerate() {
            let skipped = !random.chance(share);
            let not_applicable =
                item.not_applicable_when == Some(NotApplicable::NoVendorContract) && !has_vendor;
            if skipped || not_applicable {
                continue;
            }
            let yes = self.yes(year, member, item, documented.contains(item.key.as_str()));
            let answer = answer(year, on, yes, random);
            // In a hospital two share the work.
            let by = staff.get(if place % 3 == 2 { 2 } else { 0 });
            let by = by.or_else(|| staff.first());
            answers.push(bulk(&item.key, answer, by, on, place));
        }
        let complete = progress == Progress::Complete;
        Some(BulkSheet {
            id: SheetId::new(self.app.ids()),
            owner: member.id,
            year: year.year,
            subject: SheetSubject::Institution,
            pack: Arc::clone(pack),
            values: HeaderValues {
                gate: Some(Round {
                    answer: YesNo::Yes,
                    on,
                }),
                vendor_contract: Some(Round {
                    answer: YesNo::of(has_vendor),
                    on,
                }),
                confirmed_on: complete.then_some(on),
            },
            opened_at: Instant::from_jst(on, 9, 30),
            opened_by: staff.first().map(|employee| employee.person),
            answers,
            cells: None,
        })
    }

    /// How likely a はい is, of a hundred.
    fn yes(&self, year: &Year, member: &Member, item: &Item, documented: bool) -> i64 {
        let facts = &member.facts;
        let measured = item.probes.iter().find_map(|probe| facts.outcome(probe));
        match measured {
            Some(Outcome::Satisfied) => return 97,
            Some(Outcome::Violated) if year.is_present => {
                return if facts.careless { 100 } else { 0 };
            }
            _ => {}
        }
        if documented && (year.is_present || year.is_last) {
            return 96;
        }
        // Hospitals are further than clinics.
        let ahead = if member.kind == OrganizationKind::Hospital {
            8
        } else {
            0
        };
        (year.yes + ahead - difficulty(&item.key)).clamp(5, 97)
    }

    fn vendor_sheets(
        &self,
        region: &Region,
        member: &Member,
        random: &mut Random,
    ) -> Vec<BulkSheet> {
        let Some(year) = self.years.iter().find(|year| year.is_present) else {
            return Vec::new();
        };
        let Some(pack) = &year.vendor else {
            return Vec::new();
        };
        let first_vendor = region.vendors.first().map(|(id, _)| *id);
        let mut sheets = Vec::new();
        for (place, vendor) in member.vendors.iter().enumerate() {
            let is_first = Some(*vendor) == first_vendor;
            // The vendor for whom visitors act has more left to do than others.
            let share = if is_first { 40 } else { 72 };
            let (wanted, complete) = if member.facts.shown {
                (!is_first && place != 5, place != 3)
            } else {
                (random.chance(share), random.chance(82))
            };
            if wanted {
                let sheet = self.vendor_sheet(year, pack, member.id, *vendor, complete, random);
                sheets.push(sheet);
            }
        }
        sheets
    }

    fn vendor_sheet(
        &self,
        year: &Year,
        pack: &Arc<Pack>,
        owner: OrganizationId,
        vendor: OrganizationId,
        complete: bool,
        random: &mut Random,
    ) -> BulkSheet {
        let on = year.window.some_day(random);
        let staff = self.people.all(vendor);
        let some = usize::try_from(random.below(2)).unwrap_or(0);
        let by = staff.get(some).or_else(|| staff.first());
        let mut answers = Vec::new();
        for (place, item) in pack.items().enumerate() {
            if complete || random.chance(50) {
                let answer = answer(year, on, 90 - difficulty(&item.key) / 3, random);
                answers.push(bulk(&item.key, answer, by, on, place));
            }
        }
        BulkSheet {
            id: SheetId::new(self.app.ids()),
            owner,
            year: year.year,
            subject: SheetSubject::Vendor(vendor),
            pack: Arc::clone(pack),
            values: HeaderValues::default(),
            opened_at: Instant::from_jst(on, 9, 0),
            opened_by: by.map(|employee| employee.person),
            answers,
            cells: None,
        }
    }
}

/// Some items are harder than others everywhere: so many of a hundred fewer have them.
fn difficulty(key: &str) -> i64 {
    match key.split_once("-t").map_or(key, |(number, _)| number) {
        "2-10" => 34,
        "3-3" | "2-13-network" => 18,
        "4-1" | "3-2" | "2-12-server" | "2-12" | "2-9-server" => 12,
        "2-9" | "2-11-server" | "2-6" => 7,
        "2-1" | "2-2" => 4,
        _ => 0,
    }
}

/// What the deciding probes find at a member: what is true of it.
fn outcomes(member: &Member, pack: &Pack) -> Outcomes {
    pack.items()
        .flat_map(|item| &item.probes)
        .filter_map(|probe| Some((probe.clone(), member.facts.outcome(probe)?)))
        .collect()
}

fn bulk(key: &str, answer: Answer, by: Option<&Employee>, on: Date, place: usize) -> BulkAnswer {
    let entered = answer.second.map_or(on, |round| round.on);
    let minute = u8::try_from(place * 2 % 60).unwrap_or(0);
    BulkAnswer {
        item_key: key.to_owned(),
        answer,
        by: by.map(|employee| employee.person),
        at: Instant::from_jst(entered, 10, minute),
        source: ChangeSource::Demo,
    }
}

fn answer(year: &Year, on: Date, yes: i64, random: &mut Random) -> Answer {
    if random.chance(yes) {
        return Answer::first(YesNo::Yes, on);
    }
    let mut answer = Answer::first(YesNo::No, on);
    let target = days_after(on, 60 + random.below(150)).min(year.year.end());
    answer.target = Some(target);
    // What a probe found to be otherwise has not been mended either.
    if yes > 0 && target <= year.window.at(1_000) && random.chance(year.kept) {
        answer.second = Some(Round {
            answer: YesNo::Yes,
            on: target,
        });
    }
    answer
}
