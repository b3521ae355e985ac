//! The chart and the emergency sheet as documents to be printed.

use yagura_documents::Language;
use yagura_documents::forms::{
    ChainMember, ContactChartDocument, Deputy, EmergencyCall, EmergencySheetDocument,
    EmergencyStep, Imprint, OutsideContact, OutsideGroup,
};
use yagura_kernel::time::{Date, FiscalYear};
use yagura_packs::Library;
use yagura_store::directory::Organization;
use yagura_web::i18n::args;
use yagura_web::{Context, Lang, Translator};

use crate::emergency::{
    self, CUTS, Call, NEVERS, RECORDS, SIGNS, STEPS, category_name, cut, never, record, sign, step,
};
use crate::model::{Category, Chart};

/// How many calls the one-page sheet names at most.
const CALLS_ON_A_SHEET: usize = 14;

/// What every page of a document of this feature carries.
#[must_use]
pub fn imprint(context: &Context) -> Imprint {
    Imprint {
        language: match context.t().lang() {
            Lang::Ja => Language::Japanese,
            Lang::En => Language::English,
        },
        product: format!("Yagura {}", env!("CARGO_PKG_VERSION")),
        pack: None,
        printed_on: context.today,
        printed_by: Some(context.person_name.clone()),
        state_code: None,
        demo: context.app.config().demo,
    }
}

/// The chart as a document.
#[must_use]
pub fn chart_document(
    t: &Translator,
    chart: &Chart,
    institution: &Organization,
    imprint: Imprint,
) -> ContactChartDocument {
    let chain = chart
        .of(Category::Inside)
        .map(|entry| ChainMember {
            role: entry.role.clone(),
            name: entry.name.clone(),
            department: entry.department.clone(),
            day_phone: entry.day_phone.clone(),
            night_phone: entry.night_phone.clone(),
            duty: entry.duty.clone(),
            deputies: chart
                .deputies_of(entry.id)
                .map(|deputy| Deputy {
                    name: joined(&[&deputy.name, &deputy.role]),
                    day_phone: deputy.day_phone.clone(),
                    night_phone: deputy.night_phone.clone(),
                })
                .collect(),
        })
        .collect();
    let outside = Category::ALL
        .into_iter()
        .filter(|category| *category != Category::Inside)
        .map(|category| OutsideGroup {
            heading: category_name(t, category).to_owned(),
            contacts: chart
                .of(category)
                .map(|entry| OutsideContact {
                    organization: entry.name.clone(),
                    purpose: joined(&[&entry.role, &entry.duty]),
                    person: entry.department.clone(),
                    day_phone: entry.day_phone.clone(),
                    night_phone: entry.night_phone.clone(),
                    note: joined(&[&entry.email, &entry.note]),
                    unverified: entry.unverified,
                })
                .collect(),
        })
        .filter(|group: &OutsideGroup| !group.contacts.is_empty())
        .collect();
    let confirmation = chart.confirmation.as_ref();
    ContactChartDocument {
        imprint,
        institution_name: institution.name.clone(),
        institution_phone: institution.phone.clone(),
        confirmed_on: confirmation.map(|confirmation| confirmation.at.jst_date()),
        confirmed_by: confirmation.and_then(|confirmation| confirmation.by_name.clone()),
        confirm_again_by: confirmation.map(|confirmation| next_due(confirmation.fiscal_year)),
        finder_instruction: t.t("contacts-finder").to_owned(),
        chain,
        outside,
        kept_at: Vec::new(),
    }
}

/// A confirmation holds for its fiscal year; the next is due by the end of the following one at the
/// latest, and is asked for from its beginning.
fn next_due(confirmed: FiscalYear) -> Date {
    confirmed.next().start()
}

fn joined(parts: &[&String]) -> String {
    let filled: Vec<&str> = parts
        .iter()
        .map(|part| part.as_str())
        .filter(|part| !part.is_empty())
        .collect();
    filled.join(" ")
}

/// The emergency sheet as a document; without a chart it carries the national list and blanks.
#[must_use]
pub fn emergency_document(
    t: &Translator,
    chart: Option<&Chart>,
    packs: &Library,
    institution: &Organization,
    today: Date,
    imprint: Imprint,
) -> EmergencySheetDocument {
    let texts = |word: fn(&Translator, &str) -> String, names: &[&str]| {
        names
            .iter()
            .map(|name| word(t, name))
            .collect::<Vec<String>>()
    };
    let steps = STEPS
        .iter()
        .map(|name| {
            let (title, how) = step(t, name);
            let detail = if *name == "cut" {
                let order: Vec<String> = CUTS
                    .iter()
                    .zip(1..)
                    .map(|(name, number)| format!("({number}) {}", cut(t, name)))
                    .collect();
                format!("{how} {}", order.join(" → "))
            } else {
                how.to_owned()
            };
            EmergencyStep {
                title: title.to_owned(),
                detail,
            }
        })
        .collect();
    let mut calls = emergency::calls(t, chart, packs, today);
    calls.truncate(CALLS_ON_A_SHEET);
    EmergencySheetDocument {
        imprint,
        institution_name: institution.name.clone(),
        signs: texts(|t, name| sign(t, name).to_owned(), &SIGNS),
        steps,
        never: texts(|t, name| never(t, name).to_owned(), &NEVERS),
        calls: calls.iter().map(|call| printed(t, call)).collect(),
        record_fields: texts(|t, name| record(t, name).to_owned(), &RECORDS),
        confirmed_on: chart
            .and_then(|chart| chart.confirmation.as_ref())
            .map(|confirmation| confirmation.at.jst_date()),
    }
}

fn printed(t: &Translator, call: &Call) -> EmergencyCall {
    let phone = |number: &String| {
        if call.unverified && !number.is_empty() {
            t.t_args("contacts-number-unverified", args![("number", number)])
                .into_owned()
        } else {
            number.clone()
        }
    };
    EmergencyCall {
        whom: joined(&[&call.whom, &call.role]),
        day_phone: phone(&call.day_phone),
        night_phone: phone(&call.night_phone),
        say: joined(&[&call.when, &call.advice]),
    }
}
