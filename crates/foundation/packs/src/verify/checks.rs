//! The checks themselves, by kind of pack.

use std::collections::{BTreeMap, BTreeSet};

use super::{Finding, FindingKind, KNOWN_PROBES, Place, Severity};
use crate::model::{
    Checklist, ContactList, FormPlace, Guidance, GuidanceField, Item, Pack, PackKind, RequestForm,
    SelfCheck, Text, Wording, check_form,
};

#[derive(Default)]
pub(super) struct Check {
    pub(super) findings: Vec<Finding>,
}

impl Check {
    pub(super) fn add(&mut self, severity: Severity, place: impl Into<String>, kind: FindingKind) {
        self.findings.push(Finding {
            severity,
            kind,
            place: Place(place.into()),
        });
    }

    pub(super) fn sorted(mut self) -> Vec<Finding> {
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

    pub(super) fn identity(&mut self, pack: &Pack) {
        if !is_id(&pack.id) {
            self.add(Severity::Error, "id", FindingKind::BadId(pack.id.clone()));
        }
        self.text("title", &pack.title);
        self.text("source/title", &pack.source.title);
        self.text("source/publisher", &pack.source.publisher);
        self.text("source/retrieved_note", &pack.source.retrieved_note);
        // Forms may come from a lecture or a paper of which no page is known.
        if pack.kind() != PackKind::Form || !pack.source.url.is_empty() {
            self.url("source/url", &pack.source.url);
        }
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

    pub(super) fn checklist(&mut self, pack: &Pack, checklist: &Checklist) {
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

    pub(super) fn self_check(&mut self, self_check: &SelfCheck) {
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

    pub(super) fn contacts(&mut self, list: &ContactList) {
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

    pub(super) fn form(&mut self, form: &RequestForm) {
        self.text("form/summary", &form.summary);
        for field in &form.fields {
            let at = format!("form/fields/{}", field.id);
            self.text(format!("{at}/label"), &field.label);
            if !field.help.is_empty() {
                self.text(format!("{at}/help"), &field.help);
            }
            for choice in &field.choices {
                self.text(format!("{at}/choices/{}", choice.value), &choice.label);
            }
        }
        for step in form.route.iter().filter(|step| !step.title.is_empty()) {
            self.text(format!("form/route/{}/title", step.id), &step.title);
        }
        for fault in check_form(form) {
            let place = match fault.place {
                FormPlace::Form => "form".to_owned(),
                FormPlace::Field(at) => format!("form/fields/{at}"),
                FormPlace::Step(at) => format!("form/route/{at}"),
                FormPlace::Outcome(at) => format!("form/outcomes/{at}"),
            };
            self.add(Severity::Error, place, FindingKind::Form(fault.kind));
        }
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
