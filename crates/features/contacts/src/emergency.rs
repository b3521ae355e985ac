//! What the emergency page and its printed sheet say: what to do first, whom to call, what to
//! write down.
//!
//! The order of cutting connections is that of the ministry's BCP template of June 2024 (3.3.2:
//! backup, outside, segments), the order of calling that of its notices (maintenance company,
//! police, ministry). The wording is Yagura's.

use yagura_kernel::time::Date;
use yagura_packs::{Contact, Library, Wording};
use yagura_web::{Lang, Translator};

use crate::model::{Category, Chart, Entry};

/// The steps, by the tails of their message keys, in order.
pub const STEPS: [&str; 6] = ["stop", "photograph", "call", "devices", "cut", "paper"];
/// The connections that are cut, in order (BCP ひな形 3.3.2).
pub const CUTS: [&str; 3] = ["backup", "outside", "segments"];
/// What must not be done.
pub const NEVERS: [&str; 5] = ["power", "remove", "pay", "connect", "post"];
/// The signs of an attack.
pub const SIGNS: [&str; 4] = ["ransom", "files", "screen", "mail"];
/// What is written down by pen (BCP ひな形 3.2: place, part, time of the discovery).
pub const RECORDS: [&str; 7] = [
    "noticed", "finder", "device", "screen", "cut", "called", "decided",
];

/// Somebody to call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Call {
    /// Their part of the chart.
    pub category: Category,
    /// The person or office.
    pub whom: String,
    /// Their role, or for whom they stand in.
    pub role: String,
    /// When to call, or what they decide.
    pub when: String,
    /// What to know before calling.
    pub advice: String,
    /// The number by day; empty where it is to be written in by pen.
    pub day_phone: String,
    /// The number by night and on holidays.
    pub night_phone: String,
    /// Whether nobody of the institution has confirmed the number.
    pub unverified: bool,
    /// Whether the institution has not filled it in yet.
    pub missing: bool,
}

fn known<'t>(t: &'t Translator, key: &str) -> &'t str {
    t.find(key).unwrap_or_default()
}

/// The name of a part of the chart.
#[must_use]
pub fn category_name(t: &Translator, category: Category) -> &str {
    known(t, &format!("contacts-category-{}", category.code()))
}

/// A step in a few words, and how it is done.
#[must_use]
pub fn step<'t>(t: &'t Translator, step: &str) -> (&'t str, &'t str) {
    (
        known(t, &format!("contacts-step-{step}")),
        known(t, &format!("contacts-how-{step}")),
    )
}

pub(crate) fn cut<'t>(t: &'t Translator, cut: &str) -> &'t str {
    known(t, &format!("contacts-cut-{cut}"))
}

pub(crate) fn never<'t>(t: &'t Translator, never: &str) -> &'t str {
    known(t, &format!("contacts-never-{never}"))
}

pub(crate) fn sign<'t>(t: &'t Translator, sign: &str) -> &'t str {
    known(t, &format!("contacts-sign-{sign}"))
}

pub(crate) fn record<'t>(t: &'t Translator, record: &str) -> &'t str {
    known(t, &format!("contacts-record-{record}"))
}

/// The offices of the national list that applies on a day, in calling order.
pub(crate) fn national(packs: &Library, today: Date) -> Vec<&Contact> {
    let list = packs.contacts_on(today).and_then(|pack| pack.contacts());
    let mut contacts: Vec<&Contact> = list.iter().flat_map(|list| &list.contacts).collect();
    contacts.sort_by_key(|contact| contact.order);
    contacts
}

/// Whom to call, in order: the institution's own chart, and where that has nobody for a part, the
/// national list. Works without a chart, so that it can be shown when the chart cannot be read.
#[must_use]
pub fn calls(t: &Translator, chart: Option<&Chart>, packs: &Library, today: Date) -> Vec<Call> {
    let national = national(packs, today);
    let mut calls = Vec::new();
    for category in Category::ALL {
        let before = calls.len();
        if let Some(chart) = chart {
            for entry in chart.of(category) {
                calls.push(own(t, entry, None, &national));
                for deputy in chart.deputies_of(entry.id) {
                    calls.push(own(t, deputy, Some(entry), &national));
                }
            }
        }
        if calls.len() == before {
            let of_part = national
                .iter()
                .filter(|office| Category::of_pack_key(&office.key) == category);
            calls.extend(of_part.map(|office| from_national(t.lang(), office)));
        }
    }
    calls
}

fn own(
    t: &Translator,
    entry: &Entry,
    stands_in_for: Option<&Entry>,
    national: &[&Contact],
) -> Call {
    let lang = t.lang().code();
    let office = national.iter().find(|office| match &entry.pack_key {
        Some(key) => office.key == *key,
        None => Category::of_pack_key(&office.key) == entry.category,
    });
    let office = office.filter(|_| entry.category != Category::Inside);
    let when = if entry.duty.is_empty() {
        office.map_or("", |office| office.when.in_language(lang))
    } else {
        &entry.duty
    };
    let role = match stands_in_for {
        Some(principal) => t
            .t_args(
                "contacts-deputy-for",
                yagura_web::i18n::args![("name", &principal.name)],
            )
            .into_owned(),
        None => entry.role.clone(),
    };
    Call {
        category: entry.category,
        whom: entry.name.clone(),
        role,
        when: when.to_owned(),
        advice: office
            .and_then(|office| office.advice.as_ref())
            .map_or("", |advice| advice.in_language(lang))
            .to_owned(),
        day_phone: entry.day_phone.clone(),
        night_phone: entry.night_phone.clone(),
        unverified: entry.unverified,
        missing: !entry.has_phone(),
    }
}

fn from_national(language: Lang, office: &Contact) -> Call {
    let lang = language.code();
    let phone = office.phones.first();
    Call {
        category: Category::of_pack_key(&office.key),
        whom: office.name.in_language(lang).to_owned(),
        role: String::new(),
        when: office.when.in_language(lang).to_owned(),
        advice: office
            .advice
            .as_ref()
            .map_or("", |advice| advice.in_language(lang))
            .to_owned(),
        day_phone: phone.map_or_else(String::new, |phone| phone.number.clone()),
        night_phone: String::new(),
        unverified: phone.is_some_and(|phone| phone.verification == Wording::Unverified),
        missing: phone.is_none(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::tests_support::entry;
    use std::sync::Arc;
    use yagura_kernel::time::parse_date;
    use yagura_web::i18n::{Catalogue, MESSAGES};

    fn translator(lang: Lang) -> Translator {
        let sources = MESSAGES.iter().chain(crate::MESSAGES);
        Translator::new(lang, Arc::new(Catalogue::build(sources).unwrap()))
    }

    fn today() -> Date {
        parse_date("2026-11-21").unwrap()
    }

    #[test]
    fn without_a_chart_the_national_list_says_whom_to_call_and_what_is_not_sure() {
        let t = translator(Lang::Ja);
        let calls = calls(&t, None, Library::builtin(), today());
        let order: Vec<Category> = calls.iter().map(|call| call.category).collect();
        assert!(order.is_sorted(), "{order:?}");
        assert_eq!(
            &order[..4],
            [
                Category::Inside,
                Category::Maintenance,
                Category::Police,
                Category::Mhlw
            ]
        );
        let ministry = calls
            .iter()
            .find(|call| call.category == Category::Mhlw)
            .unwrap();
        assert!(ministry.unverified, "the number was never confirmed");
        assert!(ministry.advice.contains("184"), "{}", ministry.advice);
        assert!(
            calls[0].missing,
            "the chain inside is the institution's to fill in"
        );
    }

    #[test]
    fn ones_own_chart_comes_before_the_national_list() {
        let t = translator(Lang::Ja);
        let mut manager = entry(Category::Inside, "内線 10");
        manager.name = "架空 太郎".to_owned();
        let mut deputy = entry(Category::Inside, "内線 11");
        deputy.id = uuid::Uuid::from_u128(77);
        deputy.deputy_of = Some(manager.id);
        let mut police = entry(Category::Police, "000-000-0110");
        police.name = "架空警察署".to_owned();
        let chart = Chart {
            entries: vec![manager, deputy, police],
            ..Chart::default()
        };
        let calls = calls(&t, Some(&chart), Library::builtin(), today());
        assert_eq!(calls[0].whom, "架空 太郎");
        assert!(calls[1].role.contains("架空 太郎"), "{}", calls[1].role);
        let police: Vec<_> = calls
            .iter()
            .filter(|call| call.category == Category::Police)
            .collect();
        assert_eq!(police.len(), 1);
        assert!(
            !police[0].unverified && !police[0].when.is_empty(),
            "{police:?}"
        );
        assert!(
            calls
                .iter()
                .any(|call| call.category == Category::Mhlw && call.unverified)
        );
    }

    #[test]
    fn every_part_has_its_words_in_both_languages() {
        for lang in Lang::ALL {
            let t = translator(lang);
            for name in STEPS {
                let (title, how) = step(&t, name);
                assert!(!title.is_empty() && !how.is_empty(), "{name}");
            }
            assert!(CUTS.iter().all(|name| !cut(&t, name).is_empty()));
            assert!(NEVERS.iter().all(|name| !never(&t, name).is_empty()));
            assert!(SIGNS.iter().all(|name| !sign(&t, name).is_empty()));
            assert!(RECORDS.iter().all(|name| !record(&t, name).is_empty()));
            assert!(
                Category::ALL
                    .iter()
                    .all(|part| !category_name(&t, *part).is_empty())
            );
        }
    }
}
