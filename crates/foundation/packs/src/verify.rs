//! Whether a pack is sound: pure checks with places, run by tests on every built-in pack and by
//! `yagura packs verify` on anyone's.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use thiserror::Error;

use crate::library::Library;
use crate::model::{
    Body, Checklist, ContactList, Guidance, GuidanceField, Item, ItemRef, Pack, SelfCheck, Text,
    Wording,
};

/// Probes that this version of the program offers. A pack that names another still works; the
/// row then stays without automatic check.
pub const KNOWN_PROBES: &[&str] = &[
    "safety-manager-appointed",
    "contact-chart-confirmed",
    "account-two-factor",
    "evidence-current",
];

/// How bad a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Severity {
    /// Worth knowing.
    Info,
    /// The pack works but something is missing.
    Warning,
    /// The pack must not be used.
    Error,
}

impl Severity {
    /// The word for output: `info`, `warning`, `error`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Info => "info",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }
}

/// Where in a pack, as a path of names: `sections/2/items/2-7-server/text`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Place(pub String);

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// One observation about a pack.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// How bad.
    pub severity: Severity,
    /// What.
    pub kind: FindingKind,
    /// Where.
    pub place: Place,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{}: {}: {}",
            self.severity.as_str(),
            self.place,
            self.kind
        )
    }
}

/// What can be observed. The display text is for logs and tests; a person reads the message
/// catalogue's text for [`FindingKind::message_key`].
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum FindingKind {
    /// The id is not made of lower-case letters, digits and hyphens.
    #[error("the id \"{0}\" may have only lower-case letters, digits and hyphens")]
    BadId(String),
    /// Two things share a key.
    #[error("the key \"{0}\" occurs twice")]
    DuplicateKey(String),
    /// Two rows share printed id and device class.
    #[error("the row {0} occurs twice for the same class of devices")]
    DuplicateRow(String),
    /// There is nothing to answer.
    #[error("there are no items")]
    Empty,
    /// A text has neither language.
    #[error("the text is missing")]
    MissingText,
    /// A text lacks one language.
    #[error("the text in language {0} is missing")]
    MissingTranslation(&'static str),
    /// `valid_to` is before `valid_from`.
    #[error("the last day of validity is before the first")]
    ValidityReversed,
    /// The validity does not touch the fiscal year.
    #[error("the validity lies outside the fiscal year")]
    ValidityOutsideFiscalYear,
    /// A checklist of the ministry's form has no fiscal year.
    #[error("the fiscal year is missing")]
    MissingFiscalYear,
    /// The row says it entered the form after the year of this form.
    #[error("\"since\" is later than the fiscal year")]
    SinceAfterFiscalYear,
    /// A row first seen this year names predecessors, or an older one names none.
    #[error("\"since\" and the predecessors contradict each other")]
    SinceContradictsLineage,
    /// A row names a row of its own pack as predecessor.
    #[error("the predecessor {0} is in the same pack")]
    LineageToSelf(ItemRef),
    /// A row names a predecessor that does not exist.
    #[error("the predecessor {0} does not exist")]
    BrokenLineage(ItemRef),
    /// A row names a counterpart that does not exist.
    #[error("the counterpart {0} does not exist")]
    BrokenCounterpart(ItemRef),
    /// The program offers no such probe.
    #[error("the probe \"{0}\" is not known to this program")]
    UnknownProbe(String),
    /// No guidance has this topic.
    #[error("there is no guidance on the topic \"{0}\"")]
    UnknownTopic(String),
    /// The row has no guidance.
    #[error("there is no guidance")]
    MissingGuidance,
    /// Guidance without evidence or questions.
    #[error("the guidance names no evidence or no inspector's question")]
    ThinGuidance,
    /// Some wordings are unverified.
    #[error("{unverified} of {total} wordings are unverified")]
    UnverifiedWording {
        /// Rows, boxes or contacts whose wording is unverified.
        unverified: usize,
        /// All of them.
        total: usize,
    },
    /// A telephone number is not digits and hyphens.
    #[error("\"{0}\" is not a telephone number of digits and hyphens")]
    BadPhone(String),
    /// An address does not begin with https://.
    #[error("\"{0}\" is not an https address")]
    BadUrl(String),
}

impl FindingKind {
    /// The key in the message catalogue ([`crate::MESSAGES_JA`], [`crate::MESSAGES_EN`]).
    #[must_use]
    pub fn message_key(&self) -> &'static str {
        match self {
            Self::BadId(_) => "pack-bad-id",
            Self::DuplicateKey(_) => "pack-duplicate-key",
            Self::DuplicateRow(_) => "pack-duplicate-row",
            Self::Empty => "pack-empty",
            Self::MissingText => "pack-missing-text",
            Self::MissingTranslation(_) => "pack-missing-translation",
            Self::ValidityReversed => "pack-validity-reversed",
            Self::ValidityOutsideFiscalYear => "pack-validity-outside-fiscal-year",
            Self::MissingFiscalYear => "pack-missing-fiscal-year",
            Self::SinceAfterFiscalYear => "pack-since-after-fiscal-year",
            Self::SinceContradictsLineage => "pack-since-contradicts-lineage",
            Self::LineageToSelf(_) => "pack-lineage-to-self",
            Self::BrokenLineage(_) => "pack-broken-lineage",
            Self::BrokenCounterpart(_) => "pack-broken-counterpart",
            Self::UnknownProbe(_) => "pack-unknown-probe",
            Self::UnknownTopic(_) => "pack-unknown-topic",
            Self::MissingGuidance => "pack-missing-guidance",
            Self::ThinGuidance => "pack-thin-guidance",
            Self::UnverifiedWording { .. } => "pack-unverified-wording",
            Self::BadPhone(_) => "pack-bad-phone",
            Self::BadUrl(_) => "pack-bad-url",
        }
    }

    /// The message's arguments, ready to be shown.
    #[must_use]
    pub fn message_arguments(&self) -> Vec<(&'static str, String)> {
        match self {
            Self::BadId(text)
            | Self::DuplicateKey(text)
            | Self::DuplicateRow(text)
            | Self::UnknownProbe(text)
            | Self::UnknownTopic(text)
            | Self::BadPhone(text)
            | Self::BadUrl(text) => vec![("value", text.clone())],
            Self::MissingTranslation(language) => vec![("language", (*language).to_owned())],
            Self::LineageToSelf(item)
            | Self::BrokenLineage(item)
            | Self::BrokenCounterpart(item) => {
                vec![("value", item.to_string())]
            }
            Self::UnverifiedWording { unverified, total } => {
                vec![
                    ("unverified", unverified.to_string()),
                    ("total", total.to_string()),
                ]
            }
            Self::Empty
            | Self::MissingText
            | Self::ValidityReversed
            | Self::ValidityOutsideFiscalYear
            | Self::MissingFiscalYear
            | Self::SinceAfterFiscalYear
            | Self::SinceContradictsLineage
            | Self::MissingGuidance
            | Self::ThinGuidance => Vec::new(),
        }
    }
}

/// Checks a pack by itself: identity, dates, keys, texts, probes, guidance. Worst findings first.
#[must_use]
pub fn verify(pack: &Pack) -> Vec<Finding> {
    let mut check = Check::default();
    check.identity(pack);
    match &pack.body {
        Body::Checklist(checklist) => check.checklist(pack, checklist),
        Body::SelfCheck(self_check) => check.self_check(self_check),
        Body::Contacts(contacts) => check.contacts(contacts),
    }
    check.sorted()
}

/// As [`verify`], and checks besides that every row of another pack which this one names exists
/// in the library or in the pack itself.
#[must_use]
pub fn verify_within(pack: &Pack, library: &Library) -> Vec<Finding> {
    let mut check = Check {
        findings: verify(pack),
    };
    let exists = |reference: &ItemRef| {
        if reference.pack == pack.id {
            pack.item(&reference.key).is_some()
        } else {
            library.item(reference).is_some()
        }
    };
    for item in pack.items() {
        let at = format!("items/{}", item.key);
        for reference in item
            .predecessors
            .iter()
            .filter(|reference| !exists(reference))
        {
            check.add(
                Severity::Error,
                format!("{at}/predecessors"),
                FindingKind::BrokenLineage(reference.clone()),
            );
        }
        for reference in item
            .counterpart
            .iter()
            .filter(|reference| !exists(reference))
        {
            check.add(
                Severity::Error,
                format!("{at}/counterpart"),
                FindingKind::BrokenCounterpart(reference.clone()),
            );
        }
    }
    check.sorted()
}

#[derive(Default)]
struct Check {
    findings: Vec<Finding>,
}

impl Check {
    fn add(&mut self, severity: Severity, place: impl Into<String>, kind: FindingKind) {
        self.findings.push(Finding {
            severity,
            kind,
            place: Place(place.into()),
        });
    }

    fn sorted(mut self) -> Vec<Finding> {
        self.findings
            .sort_by_key(|finding| std::cmp::Reverse(finding.severity));
        self.findings
    }

    fn text(&mut self, place: impl Into<String>, text: &Text) {
        self.languages(place, &text.ja, &text.en);
    }

    fn languages(&mut self, place: impl Into<String>, ja: &str, en: &str) {
        match (ja.trim().is_empty(), en.trim().is_empty()) {
            (true, true) => self.add(Severity::Error, place, FindingKind::MissingText),
            (true, false) => {
                self.add(
                    Severity::Warning,
                    place,
                    FindingKind::MissingTranslation("ja"),
                );
            }
            (false, true) => {
                self.add(
                    Severity::Warning,
                    place,
                    FindingKind::MissingTranslation("en"),
                );
            }
            (false, false) => {}
        }
    }

    fn unique<'a>(&mut self, place: &str, keys: impl Iterator<Item = &'a str>) {
        let mut seen = BTreeSet::new();
        for key in keys {
            if !is_id(key) {
                self.add(Severity::Error, place, FindingKind::BadId(key.to_owned()));
            }
            if !seen.insert(key) {
                self.add(
                    Severity::Error,
                    place,
                    FindingKind::DuplicateKey(key.to_owned()),
                );
            }
        }
    }

    fn url(&mut self, place: impl Into<String>, url: &str) {
        if !url.starts_with("https://") {
            self.add(
                Severity::Warning,
                place,
                FindingKind::BadUrl(url.to_owned()),
            );
        }
    }

    fn wordings(&mut self, wordings: impl Iterator<Item = Wording>) {
        let (mut total, mut unverified) = (0, 0);
        for wording in wordings {
            total += 1;
            unverified += usize::from(wording == Wording::Unverified);
        }
        if total == 0 {
            self.add(Severity::Error, "", FindingKind::Empty);
        } else if unverified > 0 {
            self.add(
                Severity::Info,
                "",
                FindingKind::UnverifiedWording { unverified, total },
            );
        }
    }

    fn identity(&mut self, pack: &Pack) {
        if !is_id(&pack.id) {
            self.add(Severity::Error, "id", FindingKind::BadId(pack.id.clone()));
        }
        self.text("title", &pack.title);
        self.text("source/title", &pack.source.title);
        self.text("source/publisher", &pack.source.publisher);
        self.text("source/retrieved_note", &pack.source.retrieved_note);
        self.url("source/url", &pack.source.url);
        for file in &pack.source.files {
            self.text(format!("source/files/{}", file.name), &file.label);
        }
        for (at, note) in pack.notes.iter().enumerate() {
            self.text(format!("notes/{at}"), &note.text);
        }
        if pack.valid_to.is_some_and(|last| last < pack.valid_from) {
            self.add(Severity::Error, "valid_to", FindingKind::ValidityReversed);
        }
        if let Some(year) = pack.fiscal_year
            && (pack.valid_from > year.end() || pack.valid_to.is_some_and(|end| end < year.start()))
        {
            self.add(
                Severity::Error,
                "valid_from",
                FindingKind::ValidityOutsideFiscalYear,
            );
        }
    }

    fn checklist(&mut self, pack: &Pack, checklist: &Checklist) {
        if pack.fiscal_year.is_none() && checklist.sheet != crate::Sheet::General {
            self.add(
                Severity::Error,
                "fiscal_year",
                FindingKind::MissingFiscalYear,
            );
        }
        let form = [Some(&checklist.sheet_title), checklist.goal.as_ref()];
        let form = form
            .into_iter()
            .flatten()
            .chain(checklist.inspection_note.as_ref());
        let form = form.chain(&checklist.instructions);
        let gate = checklist
            .gate
            .iter()
            .flat_map(|gate| [&gate.heading, &gate.text, &gate.when_no]);
        for text in form.chain(gate) {
            self.languages("checklist", &text.ja, &text.en);
        }
        self.unique("items", checklist.items().map(|item| item.key.as_str()));
        let mut rows: BTreeMap<_, usize> = BTreeMap::new();
        for item in checklist.items() {
            *rows
                .entry((item.printed_id.as_str(), item.device_class))
                .or_default() += 1;
        }
        for ((printed_id, _), _) in rows.into_iter().filter(|(_, times)| *times > 1) {
            let row = FindingKind::DuplicateRow(printed_id.to_owned());
            self.add(Severity::Warning, "items", row);
        }
        self.unique(
            "sections",
            checklist
                .sections
                .iter()
                .map(|section| section.number.as_str()),
        );
        for section in &checklist.sections {
            let at = format!("sections/{}", section.number);
            self.text(format!("{at}/title"), &section.title);
            for heading in section
                .blocks
                .iter()
                .filter_map(|block| block.heading.as_ref())
            {
                self.text(format!("{at}/heading"), heading);
            }
            for item in section.items() {
                self.item(pack, item, &format!("{at}/items/{}", item.key));
            }
        }
        self.wordings(checklist.items().map(|item| item.wording));
    }

    fn item(&mut self, pack: &Pack, item: &Item, at: &str) {
        self.text(format!("{at}/text"), &item.text);
        self.text(format!("{at}/short_label"), &item.short_label);
        self.text(format!("{at}/wording_source"), &item.wording_source);
        if let Some(note) = &item.change_note {
            self.text(format!("{at}/change_note"), note);
        }
        if let Some(year) = pack.fiscal_year {
            if item.since > year {
                self.add(
                    Severity::Error,
                    format!("{at}/since"),
                    FindingKind::SinceAfterFiscalYear,
                );
            }
            let is_new = item.since == year;
            if is_new != item.predecessors.is_empty() {
                self.add(
                    Severity::Warning,
                    format!("{at}/since"),
                    FindingKind::SinceContradictsLineage,
                );
            }
        }
        for reference in item.predecessors.iter().filter(|old| old.pack == pack.id) {
            self.add(
                Severity::Error,
                format!("{at}/predecessors"),
                FindingKind::LineageToSelf(reference.clone()),
            );
        }
        for probe in item
            .all_probes()
            .filter(|probe| !KNOWN_PROBES.contains(probe))
        {
            self.add(
                Severity::Warning,
                format!("{at}/probes"),
                FindingKind::UnknownProbe(probe.to_owned()),
            );
        }
        match &item.guidance {
            None => {
                self.add(Severity::Warning, at, FindingKind::MissingGuidance);
            }
            Some(GuidanceField::Topic(topic)) => {
                self.add(
                    Severity::Warning,
                    at,
                    FindingKind::UnknownTopic(topic.clone()),
                );
            }
            Some(GuidanceField::Resolved(_, text) | GuidanceField::Inline(text)) => {
                self.guidance(text, &format!("{at}/guidance"));
            }
        }
    }

    fn guidance(&mut self, guidance: &Guidance, at: &str) {
        self.text(format!("{at}/meaning"), &guidance.meaning);
        for (stage, text) in [
            ("prepare", &guidance.prepare),
            ("carry_out", &guidance.carry_out),
            ("strengthen", &guidance.strengthen),
        ] {
            // A library from elsewhere may explain without stages.
            if text.is_empty() {
                self.add(
                    Severity::Warning,
                    format!("{at}/{stage}"),
                    FindingKind::MissingText,
                );
            } else {
                self.text(format!("{at}/{stage}"), text);
            }
        }
        for (name, list) in [
            ("evidence", &guidance.evidence),
            ("inspector", &guidance.inspector),
        ] {
            for (number, text) in list.iter().enumerate() {
                self.text(format!("{at}/{name}/{number}"), text);
            }
        }
        if guidance.evidence.is_empty() || guidance.inspector.is_empty() {
            self.add(Severity::Warning, at, FindingKind::ThinGuidance);
        }
        for (number, note) in guidance.dated_notes.iter().enumerate() {
            self.text(format!("{at}/dated_notes/{number}/text"), &note.text);
            self.text(format!("{at}/dated_notes/{number}/source"), &note.source);
        }
    }

    fn self_check(&mut self, self_check: &SelfCheck) {
        let checks = || {
            self_check
                .principles()
                .flat_map(|principle| &principle.checks)
        };
        self.unique(
            "audiences",
            self_check.audiences.iter().map(|a| a.key.as_str()),
        );
        self.unique(
            "principles",
            self_check.principles().map(|p| p.key.as_str()),
        );
        self.unique("checks", checks().map(|check| check.key.as_str()));
        for audience in &self_check.audiences {
            self.text(format!("audiences/{}", audience.key), &audience.title);
        }
        for principle in self_check.principles() {
            let at = format!("principles/{}", principle.key);
            self.text(format!("{at}/heading"), &principle.heading);
            self.text(format!("{at}/explanation"), &principle.explanation);
            for check in &principle.checks {
                self.text(format!("{at}/checks/{}", check.key), &check.text);
                self.text(
                    format!("{at}/checks/{}/wording_source", check.key),
                    &check.wording_source,
                );
            }
        }
        self.wordings(checks().map(|check| check.wording));
    }

    fn contacts(&mut self, list: &ContactList) {
        self.unique(
            "contacts",
            list.contacts.iter().map(|contact| contact.key.as_str()),
        );
        for contact in &list.contacts {
            let at = format!("contacts/{}", contact.key);
            self.text(format!("{at}/name"), &contact.name);
            self.text(format!("{at}/when"), &contact.when);
            self.text(format!("{at}/source"), &contact.source);
            if let Some(advice) = &contact.advice {
                self.text(format!("{at}/advice"), advice);
            }
            if let Some(url) = &contact.url {
                self.url(format!("{at}/url"), url);
            }
            for phone in &contact.phones {
                self.text(format!("{at}/phones"), &phone.label);
                let dialled = phone.number.chars().all(|c| c.is_ascii_digit() || c == '-');
                if phone.number.is_empty() || !dialled {
                    let bad = FindingKind::BadPhone(phone.number.clone());
                    self.add(Severity::Error, format!("{at}/phones"), bad);
                }
            }
        }
        self.wordings(list.contacts.iter().map(|contact| contact.verification));
    }
}

/// Ids and keys go into URLs, file names and references: lower-case letters, digits, single
/// hyphens, and dots between them.
fn is_id(text: &str) -> bool {
    let allowed = |byte: u8| {
        byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-' || byte == b'.'
    };
    (1..=120).contains(&text.len())
        && text.bytes().all(allowed)
        && text
            .bytes()
            .next()
            .is_some_and(|first| first.is_ascii_alphanumeric())
}
