//! The judgement.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use time::OffsetDateTime;
use zxcvbn::Score;

use crate::classify::{DeviceClass, GroupMap, class, fold, vendor};
use crate::defaults;
use crate::entry::Entry;
use crate::open::Opened;
use crate::similar::families;
use crate::verdict::{
    CheckedFile, ClassCounts, FORMAT, Fault, Finding, LengthClass, Shared, SharedKind, Verdict,
};

/// Days after which an unchanged password is said, where nobody asks for another number.
pub const UNCHANGED_AFTER_DAYS: u32 = 365;
/// What of a password the estimator of guesses looks at: more makes no password guessable.
const ESTIMATED: usize = 72;
const LONGEST_GROUP: usize = 600;

/// How to judge and what to tell.
#[derive(Debug, Clone)]
pub struct Options {
    /// The moment of the check.
    pub now: OffsetDateTime,
    /// Which groups are which class of devices.
    pub map: GroupMap,
    /// Whether findings name titles and groups.
    pub titles: bool,
    /// After how many days an unchanged password is said.
    pub unchanged_after_days: u32,
    /// The program that checks, with its version.
    pub tool: String,
}

impl Options {
    /// The usual at a moment.
    #[must_use]
    pub fn at(now: OffsetDateTime) -> Self {
        Self {
            now,
            map: GroupMap::default(),
            titles: true,
            unchanged_after_days: UNCHANGED_AFTER_DAYS,
            tool: concat!("credentialcheck ", env!("CARGO_PKG_VERSION")).to_owned(),
        }
    }
}

/// A file to be judged together with others.
#[derive(Debug, Clone, Copy)]
pub struct Safe<'o> {
    /// By what the file is known, so that later verdicts on it are told from those on others.
    pub label: &'o str,
    /// What was read from it.
    pub opened: &'o Opened,
}

/// The label of a file that is judged alone and given none.
const ONLY: &str = "file";

/// An entry with what the judgement of several needs.
struct Judged<'e> {
    entry: &'e Entry,
    /// Its number over all files.
    number: u32,
    class: DeviceClass,
    vendor: Option<String>,
    faults: BTreeSet<Fault>,
    length: LengthClass,
    unchanged_days: Option<u32>,
}

/// Judges every entry by itself and all of them together.
#[must_use]
pub fn check(opened: &Opened, options: &Options) -> Verdict {
    let label = ONLY;
    check_all(&[Safe { label, opened }], options)
}

/// Judges the entries of several files, each by itself and all of them together: a password that
/// stands in two files is reused. Entries are numbered through, the files in their order.
#[must_use]
pub fn check_all(safes: &[Safe<'_>], options: &Options) -> Verdict {
    let mut judged: Vec<Judged<'_>> = safes
        .iter()
        .flat_map(|safe| &safe.opened.entries)
        .zip(1_u32..)
        .map(|(entry, number)| alone(entry, number, options))
        .collect();
    let mut shared = reused(&mut judged);
    shared.extend(similar(&mut judged));
    Verdict {
        format: FORMAT.to_owned(),
        checked_at: options
            .now
            .replace_nanosecond(0)
            .unwrap_or(options.now)
            .to_offset(time::UtcOffset::UTC),
        tool: options.tool.clone(),
        defaults_as_of: defaults::AS_OF.to_owned(),
        files: safes
            .iter()
            .map(|safe| CheckedFile {
                label: safe.label.to_owned(),
                sha256: safe.opened.file_sha256.clone(),
                entries: u32::try_from(safe.opened.entries.len()).unwrap_or(u32::MAX),
                ignored: safe.opened.ignored,
            })
            .collect(),
        with_titles: options.titles,
        unchanged_after_days: options.unchanged_after_days,
        classes: counts(&judged),
        findings: findings(&judged, options.titles),
        shared,
    }
}

fn days(from: OffsetDateTime, to: OffsetDateTime) -> u32 {
    u32::try_from((to - from).whole_days().max(0)).unwrap_or(u32::MAX)
}

fn alone<'e>(entry: &'e Entry, number: u32, options: &Options) -> Judged<'e> {
    let password = entry.password.reveal();
    let length = LengthClass::of(password.chars().count());
    let unchanged_days = entry.unchanged_since.map(|since| days(since, options.now));
    let mut faults = BTreeSet::new();
    if password.is_empty() {
        faults.insert(Fault::Empty);
    } else {
        match length {
            LengthClass::Under8 => faults.extend([Fault::Under8]),
            LengthClass::From8To12 => faults.extend([Fault::Under13]),
            LengthClass::From13 => {}
        }
        faults.extend(missing(password));
        if defaults::is_default(entry) {
            faults.insert(Fault::FactoryDefault);
        }
        if is_guessable(entry) {
            faults.insert(Fault::Guessable);
        }
        if unchanged_days.is_some_and(|days| days > options.unchanged_after_days) {
            faults.insert(Fault::Unchanged);
        }
    }
    if entry.expires.is_some_and(|at| at <= options.now) {
        faults.insert(Fault::Expired);
    }
    Judged {
        entry,
        number,
        class: class(entry, &options.map),
        vendor: vendor(entry),
        faults,
        length,
        unchanged_days,
    }
}

/// Which of letters, digits and symbols a password has none of.
fn missing(password: &str) -> impl Iterator<Item = Fault> {
    let has = |kind: fn(char) -> bool| password.contains(kind);
    [
        (has(char::is_alphabetic), Fault::NoLetters),
        (has(char::is_numeric), Fault::NoDigits),
        (has(|letter| !letter.is_alphanumeric()), Fault::NoSymbols),
    ]
    .into_iter()
    .filter_map(|(has, fault)| (!has).then_some(fault))
}

fn is_guessable(entry: &Entry) -> bool {
    let password = entry.password.reveal();
    let end = password
        .char_indices()
        .nth(ESTIMATED)
        .map_or(password.len(), |(at, _)| at);
    let password = password.get(..end).unwrap_or(password);
    let names = entry
        .groups
        .iter()
        .chain(&entry.tags)
        .chain(&entry.vendor)
        .map(String::as_str)
        .chain([entry.title.as_str(), entry.user.reveal()]);
    let words: BTreeSet<&str> = names
        .flat_map(|name| name.split(|letter: char| !letter.is_alphanumeric()))
        .filter(|word| word.chars().count() >= 3)
        .take(40)
        .collect();
    let words: Vec<&str> = words.into_iter().collect();
    zxcvbn::zxcvbn(password, &words).score() < Score::Three
}

/// Which account an entry is of, so that one that stands twice is not taken for two.
fn account(entry: &Entry) -> (String, String, String) {
    (
        fold(&entry.title),
        fold(entry.user.reveal()),
        fold(&entry.url),
    )
}

fn numbers(judged: &[Judged<'_>], places: &[usize]) -> Vec<u32> {
    let places = places.iter().filter_map(|place| judged.get(*place));
    let numbers: BTreeSet<u32> = places.map(|one| one.number).collect();
    numbers.into_iter().collect()
}

fn several_vendors(judged: &[Judged<'_>], places: &[usize]) -> bool {
    let vendors: BTreeSet<&str> = places
        .iter()
        .filter_map(|place| judged.get(*place)?.vendor.as_deref())
        .collect();
    vendors.len() > 1
}

fn reused(judged: &mut [Judged<'_>]) -> Vec<Shared> {
    let mut by_password: HashMap<&str, Vec<usize>> = HashMap::new();
    for (place, one) in judged.iter().enumerate() {
        let password = one.entry.password.reveal();
        if !password.is_empty() {
            by_password.entry(password).or_default().push(place);
        }
    }
    let mut groups: Vec<Vec<usize>> = by_password
        .into_values()
        .filter(|places| {
            let accounts: BTreeSet<_> = places
                .iter()
                .filter_map(|place| Some(account(judged.get(*place)?.entry)))
                .collect();
            accounts.len() > 1
        })
        .collect();
    groups.sort_unstable();
    groups
        .into_iter()
        .map(|places| {
            let several_vendors = several_vendors(judged, &places);
            for place in &places {
                if let Some(one) = judged.get_mut(*place) {
                    one.faults.insert(Fault::Reused);
                    if several_vendors {
                        one.faults.insert(Fault::ReusedAcrossVendors);
                    }
                }
            }
            Shared {
                kind: SharedKind::Reused,
                several_vendors,
                members: numbers(judged, &places),
            }
        })
        .collect()
}

fn similar(judged: &mut [Judged<'_>]) -> Vec<Shared> {
    let mut shared = Vec::new();
    for class in DeviceClass::ALL {
        // Equal passwords are one here: that they are equal is said already.
        let mut distinct: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
        for (place, one) in judged.iter().enumerate() {
            let password = one.entry.password.reveal();
            if one.class == class && !password.is_empty() {
                distinct.entry(password).or_default().push(place);
            }
        }
        let passwords: Vec<&str> = distinct.keys().copied().collect();
        let holders: Vec<Vec<usize>> = distinct.values().cloned().collect();
        let mut found: Vec<Vec<usize>> = families(&passwords)
            .into_iter()
            .map(|family| {
                let members = family.iter().filter_map(|place| holders.get(*place));
                let mut places: Vec<usize> = members.flatten().copied().collect();
                // By place in the file: the order of passwords would say something of them.
                places.sort_unstable();
                places
            })
            .collect();
        found.sort_unstable();
        for places in found {
            for place in &places {
                if let Some(one) = judged.get_mut(*place) {
                    one.faults.insert(Fault::Similar);
                }
            }
            shared.push(Shared {
                kind: SharedKind::Similar,
                several_vendors: several_vendors(judged, &places),
                members: numbers(judged, &places),
            });
        }
    }
    shared
}

fn counts(judged: &[Judged<'_>]) -> Vec<ClassCounts> {
    DeviceClass::ALL
        .into_iter()
        .filter_map(|class| {
            let mut counts = ClassCounts {
                class,
                entries: 0,
                faultless: 0,
                faults: BTreeMap::new(),
            };
            for one in judged.iter().filter(|one| one.class == class) {
                counts.entries += 1;
                counts.faultless += u32::from(one.faults.is_empty());
                for fault in &one.faults {
                    *counts.faults.entry(*fault).or_default() += 1;
                }
            }
            (counts.entries > 0).then_some(counts)
        })
        .collect()
}

fn findings(judged: &[Judged<'_>], titles: bool) -> Vec<Finding> {
    judged
        .iter()
        .filter(|one| !one.faults.is_empty())
        .map(|one| Finding {
            number: one.number,
            class: one.class,
            title: titles.then(|| one.entry.title.clone()),
            group: titles.then(|| {
                let path = one.entry.groups.join("/");
                path.chars().take(LONGEST_GROUP).collect()
            }),
            length: one.length,
            unchanged_days: one.unchanged_days,
            faults: one.faults.clone(),
        })
        .collect()
}
