//! What the region answered: better every year, never perfect.

use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};
use yagura_checklists::model::{Answer, ChangeSource, HeaderValues, Round, SheetSubject, YesNo};
use yagura_checklists::overview;
use yagura_checklists::store::{self, BulkAnswer, BulkSheet};
use yagura_kernel::id::{OrganizationId, SheetId};
use yagura_kernel::organization::OrganizationKind;
use yagura_kernel::time::{Date, FiscalYear, Instant};
use yagura_packs::{NotApplicable, Pack};
use yagura_store::{StoreError, Transaction};
use yagura_web::App;

use crate::members::{Member, Region};
use crate::people::People;
use crate::{DemonstrationError, years};

/// Chance from the seed.
#[derive(Debug)]
pub(crate) struct Random(StdRng);

impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        Self(StdRng::seed_from_u64(seed))
    }

    /// A number from 0 up to but without `end`.
    pub(crate) fn below(&mut self, end: i64) -> i64 {
        self.0.random_range(0..end.max(1))
    }

    /// True in so many of a hundred cases.
    pub(crate) fn chance(&mut self, of_hundred: i64) -> bool {
        self.below(100) < of_hundred
    }
}

/// How far an institution is with this year's sheet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Progress {
    NotOpened,
    Partly(i64),
    Complete,
}

struct Year<'a> {
    app: &'a App,
    year: FiscalYear,
    /// The last day on which somebody can have answered.
    until: Date,
    is_present: bool,
    /// The share of はい among a hundred answers.
    yes: i64,
}

pub(crate) async fn make(
    app: &App,
    region: &Region,
    people: &People,
    random: &mut Random,
) -> Result<(), DemonstrationError> {
    let packs = app.packs();
    let all = years(app);
    let mut tx = app.database().begin_long().await?;
    for (number, year) in all.iter().enumerate() {
        let is_present = number + 1 == all.len();
        let until = if is_present { app.today() } else { year.end() };
        let number = i64::try_from(number).unwrap_or(0);
        let context = Year {
            app,
            year: *year,
            until,
            is_present,
            yes: 62 + number * 7,
        };
        if let Some(pack) = packs.checklist_for(*year, SheetSubject::Institution.sheet()) {
            let mut sheets = Vec::new();
            for (place, member) in region.members.iter().enumerate() {
                sheets.extend(institution_sheet(
                    &context, member, place, pack, people, random,
                ));
            }
            store::insert_sheets(&mut tx, app.ids(), sheets).await?;
        }
        if is_present
            && let Some(pack) =
                packs.checklist_for(*year, SheetSubject::Vendor(region.network).sheet())
        {
            let sheets = vendor_sheets(&context, region, pack, people, random);
            store::insert_sheets(&mut tx, app.ids(), sheets).await?;
        }
    }
    project(app, &mut tx, region, &all).await?;
    tx.commit().await?;
    Ok(())
}

async fn project(
    app: &App,
    tx: &mut Transaction,
    region: &Region,
    years: &[FiscalYear],
) -> Result<(), StoreError> {
    for overseer in [region.network, region.prefecture] {
        for year in years {
            overview::rebuild_overseer(tx, overseer, *year, app.now()).await?;
        }
    }
    Ok(())
}

fn progress(context: &Year<'_>, member: &Member, place: usize, random: &mut Random) -> Progress {
    let shown = place == 2 || member.kind == OrganizationKind::Clinic && place == 34;
    if !context.is_present || shown {
        return Progress::Complete;
    }
    match random.below(100) {
        0..=8 => Progress::NotOpened,
        9..=26 => Progress::Partly(20 + random.below(70)),
        _ => Progress::Complete,
    }
}

fn day_in(context: &Year<'_>, random: &mut Random) -> Date {
    let first = context.year.start();
    let days = (context.until - first).whole_days().max(1);
    // Most answer in May to July, after the ministry's notice.
    let day = if random.chance(70) {
        30 + random.below(90)
    } else {
        random.below(days)
    };
    let day = day.min(days);
    first.checked_add(days_of(day)).unwrap_or(first)
}

fn days_of(days: i64) -> yagura_kernel::time::Duration {
    yagura_kernel::time::Duration::days(days)
}

fn institution_sheet(
    context: &Year<'_>,
    member: &Member,
    place: usize,
    pack: &std::sync::Arc<Pack>,
    people: &People,
    random: &mut Random,
) -> Option<BulkSheet> {
    let progress = progress(context, member, place, random);
    if progress == Progress::NotOpened {
        return None;
    }
    let on = day_in(context, random);
    let has_vendor = !member.vendors.is_empty();
    let by = people.of(member.id);
    // Hospitals are further than clinics.
    let yes = context.yes
        + if member.kind == OrganizationKind::Hospital {
            8
        } else {
            0
        };
    let mut answers = Vec::new();
    let share = match progress {
        Progress::Partly(share) => share,
        _ => 100,
    };
    for item in pack.items() {
        let skipped = !random.chance(share);
        let not_applicable =
            item.not_applicable_when == Some(NotApplicable::NoVendorContract) && !has_vendor;
        if skipped || not_applicable {
            continue;
        }
        let answer = answer(context, on, yes, random);
        answers.push(bulk(&item.key, answer, by, on));
    }
    Some(BulkSheet {
        id: SheetId::new(context.app.ids()),
        owner: member.id,
        year: context.year,
        subject: SheetSubject::Institution,
        pack: std::sync::Arc::clone(pack),
        values: HeaderValues {
            gate: Some(Round {
                answer: YesNo::Yes,
                on,
            }),
            vendor_contract: Some(Round {
                answer: YesNo::of(has_vendor),
                on,
            }),
            confirmed_on: (progress == Progress::Complete).then_some(on),
        },
        opened_at: Instant::from_jst(on, 9, 30),
        opened_by: by,
        answers,
        cells: None,
    })
}

fn bulk(
    key: &str,
    answer: Answer,
    by: Option<yagura_kernel::id::PersonId>,
    on: Date,
) -> BulkAnswer {
    BulkAnswer {
        item_key: key.to_owned(),
        answer,
        by,
        at: Instant::from_jst(on, 10, 15),
        source: ChangeSource::Demo,
    }
}

fn answer(context: &Year<'_>, on: Date, yes: i64, random: &mut Random) -> Answer {
    if random.chance(yes) {
        return Answer::first(YesNo::Yes, on);
    }
    let mut answer = Answer::first(YesNo::No, on);
    let end = context.year.end();
    let target = on
        .checked_add(days_of(60 + random.below(150)))
        .unwrap_or(end)
        .min(end);
    answer.target = Some(target);
    if target < context.until && random.chance(70) {
        answer.second = Some(Round {
            answer: YesNo::Yes,
            on: target,
        });
    }
    answer
}

fn vendor_sheets(
    context: &Year<'_>,
    region: &Region,
    pack: &std::sync::Arc<Pack>,
    people: &People,
    random: &mut Random,
) -> Vec<BulkSheet> {
    let first_vendor = region.vendors.first().map(|(id, _)| *id);
    let mut sheets = Vec::new();
    for member in &region.members {
        for vendor in &member.vendors {
            // The vendor whom a visitor may be has more left to do than others.
            let share = if Some(*vendor) == first_vendor {
                35
            } else {
                70
            };
            if !random.chance(share) {
                continue;
            }
            sheets.push(vendor_sheet(
                context, member.id, *vendor, pack, people, random,
            ));
        }
    }
    sheets
}

fn vendor_sheet(
    context: &Year<'_>,
    owner: OrganizationId,
    vendor: OrganizationId,
    pack: &std::sync::Arc<Pack>,
    people: &People,
    random: &mut Random,
) -> BulkSheet {
    let on = day_in(context, random);
    let by = people.of(vendor);
    let complete = random.chance(80);
    let answers = pack
        .items()
        .filter_map(|item| {
            let wanted = complete || random.chance(50);
            wanted.then(|| bulk(&item.key, answer(context, on, 88, random), by, on))
        })
        .collect();
    BulkSheet {
        id: SheetId::new(context.app.ids()),
        owner,
        year: context.year,
        subject: SheetSubject::Vendor(vendor),
        pack: std::sync::Arc::clone(pack),
        values: HeaderValues {
            gate: None,
            vendor_contract: None,
            confirmed_on: None,
        },
        opened_at: Instant::from_jst(on, 9, 0),
        opened_by: by,
        answers,
        cells: None,
    }
}
