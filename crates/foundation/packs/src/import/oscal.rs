//! OSCAL catalogs in JSON: our own without loss, others as far as a checklist has use for them.
//!
//! Every control becomes an item, also controls within controls. The outermost group is the
//! section, groups between become headings. A foreign control's statement is its `statement`
//! part with the parts inside it, each with its label.

use std::sync::Arc;

use time::{Date, Month};
use yagura_kernel::time::FiscalYear;

use super::tree::Node;
use super::{
    ImportError, ImportOptions, ImportPlace, ImportProblem, Imported, Keys, Limits, Notice,
    NoticeKind, in_guessed_language, slug,
};
use crate::export::oscal::{ITEM_URN, NAMESPACE, bool_word, note_word, subject_word};
use crate::model::{
    Block, Body, Checklist, DatedNote, DeviceClass, FormText, Gate, Guidance, GuidanceField, Item,
    NotApplicable, Note, NoteStatus, Pack, PartialDate, Section, Sheet, SheetRules, Source,
    SourceFile, Subject, Text, Wording,
};

pub(super) fn read(
    root: &Node<'_>,
    options: &ImportOptions,
    limits: &Limits,
) -> Result<Imported, ImportError> {
    let catalog = root.required("catalog")?;
    let metadata = catalog.required("metadata")?;
    let mut reader = Reader {
        options,
        limits,
        items: 0,
        guessed: false,
        keys: Keys::default(),
        since: options
            .fiscal_year
            .unwrap_or_else(|| FiscalYear::of(fallback_date())),
        wording_source: options.wording_source.clone().unwrap_or_else(|| {
            Text::new(
                "取り込んだ OSCAL カタログ",
                "From the imported OSCAL catalog",
            )
        }),
    };
    let meta = Props::of(&metadata)?;
    let fiscal_year = meta
        .number("fiscal-year")
        .and_then(|year| FiscalYear::new(year).ok());
    let fiscal_year = options.fiscal_year.or(fiscal_year);
    let stated_from = meta.date("valid-from");
    let published = metadata.text_of("published")?;
    let modified = metadata.text_of("last-modified")?;
    let dated = [published, modified]
        .iter()
        .find_map(|text| text.get(..10)?.parse::<PartialDate>().ok())
        .and_then(PartialDate::earliest);
    let valid_from = options
        .valid_from
        .or(stated_from)
        .or(dated)
        .unwrap_or_else(fallback_date);
    reader.since = fiscal_year.unwrap_or_else(|| FiscalYear::of(valid_from));

    let groups = catalog.list("groups")?;
    let mut front = None;
    let mut sections = Vec::new();
    let mut numbers = Keys::default();
    let mut outer = Vec::new();
    for group in &groups {
        if group.text_of("class")? == "front" && front.is_none() {
            front = Some(group.clone());
        } else {
            outer.push(reader.section(group, &mut numbers)?);
        }
    }
    let loose = reader.controls(&catalog)?;
    if !loose.is_empty() {
        sections.push(Section {
            number: numbers.unique("items".to_owned()),
            title: Text::new("項目", "Items"),
            blocks: vec![Block {
                heading: None,
                items: loose,
            }],
        });
    }
    sections.extend(outer);
    if reader.items == 0 {
        return Err(catalog.error(ImportProblem::NoItems));
    }

    let front = match &front {
        Some(group) => Front::read(group)?,
        None => Front::default(),
    };
    let title = match &front.title {
        Some(title) => title.clone(),
        None => reader.guess(metadata.required("title")?.text()?),
    };
    let form_title = FormText {
        ja: title.ja.clone(),
        en: title.en.clone(),
        wording: Wording::Unverified,
    };
    let source = options
        .source
        .clone()
        .or(front.source)
        .unwrap_or_else(|| Source {
            title: title.clone(),
            publisher: Text::new("-", "-"),
            url: String::new(),
            date: valid_from.into(),
            retrieved_note: Text::new(
                "OSCAL カタログから取り込み",
                "Imported from an OSCAL catalog",
            ),
            files: Vec::new(),
        });
    let mut notices = Vec::new();
    let mut notice = |kind| {
        notices.push(Notice {
            kind,
            place: ImportPlace::File,
        })
    };
    if reader.guessed {
        notice(NoticeKind::GuessedLanguage);
    }
    if options.valid_from.or(stated_from).is_none() {
        notice(NoticeKind::AssumedDate);
    }
    for (what, count) in [
        ("params", catalog.list("params")?.len()),
        (
            "back-matter",
            usize::from(catalog.member("back-matter").is_some()),
        ),
    ] {
        if count > 0 {
            notice(NoticeKind::NotCarried(what, count));
        }
    }
    let pack = Pack {
        id: options
            .id
            .clone()
            .or_else(|| meta.one("pack-id").map(str::to_owned))
            .unwrap_or_else(|| slug(&title.en, "imported")),
        version: match options.version {
            Some(version) => version,
            None => metadata.text_of("version")?.parse().unwrap_or_default(),
        },
        title: options.title.clone().unwrap_or(title),
        valid_from,
        valid_to: meta.date("valid-to"),
        fiscal_year,
        source,
        notes: front.notes,
        body: Body::Checklist(Box::new(Checklist {
            sheet: options.sheet.or(front.sheet).unwrap_or(Sheet::General),
            subjects: front.subjects,
            sheet_title: front.sheet_title.unwrap_or(form_title),
            inspection_note: front.inspection_note,
            goal: front.goal,
            instructions: front.instructions,
            gate: front.gate,
            rules: front.rules,
            sections,
        })),
    };
    Ok(Imported { pack, notices })
}

/// A day for documents that have none; a notice says that it is assumed.
pub(super) fn fallback_date() -> Date {
    Date::from_calendar_date(2023, Month::April, 1).unwrap_or(Date::MIN)
}

struct Reader<'o> {
    options: &'o ImportOptions,
    limits: &'o Limits,
    items: usize,
    guessed: bool,
    keys: Keys,
    since: FiscalYear,
    wording_source: Text,
}

impl Reader<'_> {
    fn guess(&mut self, text: String) -> Text {
        self.guessed |= !text.is_empty();
        in_guessed_language(text)
    }

    fn section(&mut self, group: &Node<'_>, numbers: &mut Keys) -> Result<Section, ImportError> {
        let label = Props::of(group)?.one("label").map(str::to_owned);
        let label = match label {
            Some(label) => label,
            None => group.text_of("id")?,
        };
        let ours = Parts::of(group)?.text("title")?;
        let title = match ours {
            Some(title) => title,
            None => self.guess(group.required("title")?.text()?),
        };
        let mut blocks = Vec::new();
        let own = self.controls(group)?;
        if !own.is_empty() {
            blocks.push(Block {
                heading: None,
                items: own,
            });
        }
        for inner in group.list("groups")? {
            self.blocks(&inner, &mut blocks)?;
        }
        Ok(Section {
            number: numbers.unique(slug(&label, "section")),
            title,
            blocks,
        })
    }

    /// A group inside a section and the groups inside it, flattened into blocks.
    fn blocks(&mut self, group: &Node<'_>, blocks: &mut Vec<Block>) -> Result<(), ImportError> {
        let heading = if group.text_of("class")? == "block" {
            Parts::of(group)?.text("heading")?
        } else {
            Some(self.guess(group.required("title")?.text()?))
        };
        let items = self.controls(group)?;
        if !items.is_empty() {
            blocks.push(Block { heading, items });
        }
        for inner in group.list("groups")? {
            self.blocks(&inner, blocks)?;
        }
        Ok(())
    }

    fn controls(&mut self, holder: &Node<'_>) -> Result<Vec<Item>, ImportError> {
        let mut items = Vec::new();
        for control in holder.list("controls")? {
            self.items += 1;
            if self.items > self.limits.items {
                let limit = self.limits.items;
                return Err(control.error(ImportProblem::TooManyItems { limit }));
            }
            items.push(self.item(&control)?);
            items.extend(self.controls(&control)?);
        }
        Ok(items)
    }

    fn item(&mut self, control: &Node<'_>) -> Result<Item, ImportError> {
        let props = Props::of(control)?;
        let parts = Parts::of(control)?;
        let id = control.required("id")?.text()?;
        let key = props
            .one("key")
            .map_or_else(|| slug(&id, "item"), str::to_owned);
        let printed_id = props.one("label").map_or_else(|| id.clone(), str::to_owned);
        let title = control.required("title")?.text()?;
        let text = match parts.text("wording")? {
            Some(text) => text,
            None => {
                let statement = statement(control)?;
                self.guess(if statement.is_empty() {
                    title.clone()
                } else {
                    statement
                })
            }
        };
        let short_label = match parts.text("short-label")? {
            Some(label) => label,
            None => in_guessed_language(title.chars().take(40).collect()),
        };
        let (mut predecessors, mut counterpart) = (Vec::new(), None);
        for link in control.list("links")? {
            let reference = link.text_of("href")?;
            let Some(reference) = reference
                .strip_prefix(ITEM_URN)
                .and_then(|r| r.parse().ok())
            else {
                continue;
            };
            match link.text_of("rel")?.as_str() {
                "predecessor" => predecessors.push(reference),
                "counterpart" => counterpart = Some(reference),
                _ => {}
            }
        }
        let wording = match props.one("wording") {
            Some("verified") => Wording::Verified,
            Some(_) => Wording::Unverified,
            None => self.options.wording.unwrap_or_default(),
        };
        Ok(Item {
            key: self.keys.unique(key),
            printed_id,
            device_class: props
                .one("device-class")
                .and_then(DeviceClass::from_word)
                .unwrap_or(DeviceClass::All),
            text,
            short_label,
            required: props.one("required") != Some(bool_word(false)),
            since: props
                .number("since")
                .and_then(|year| FiscalYear::new(year).ok())
                .unwrap_or(self.since),
            predecessors,
            change_note: parts.text("change-note")?,
            not_applicable_when: (props.one("not-applicable-when") == Some("no-vendor-contract"))
                .then_some(NotApplicable::NoVendorContract),
            probes: props.all("probe"),
            supporting_probes: props.all("supporting-probe"),
            wording,
            wording_source: parts
                .text("wording-source")?
                .unwrap_or_else(|| self.wording_source.clone()),
            counterpart,
            guidance: self.guidance(&parts, props.one("guidance-topic"))?,
        })
    }

    fn guidance(
        &mut self,
        parts: &Parts<'_>,
        topic: Option<&str>,
    ) -> Result<Option<GuidanceField>, ImportError> {
        let Some(part) = parts.named("guidance").into_iter().next() else {
            return Ok(topic.map(|topic| GuidanceField::Topic(topic.to_owned())));
        };
        let inner = Parts::of(part)?;
        let mut guidance = Guidance {
            meaning: inner.text("meaning")?.unwrap_or_default(),
            prepare: inner.text("prepare")?.unwrap_or_default(),
            carry_out: inner.text("carry-out")?.unwrap_or_default(),
            strengthen: inner.text("strengthen")?.unwrap_or_default(),
            evidence: inner.listed("evidence")?,
            inspector: inner.listed("inspector")?,
            dated_notes: Vec::new(),
        };
        for note in inner.named("dated-note") {
            let text = Parts::of(note)?;
            if let Some(date) = Props::of(note)?
                .one("date")
                .and_then(|date| date.parse().ok())
            {
                guidance.dated_notes.push(DatedNote {
                    date,
                    text: text.text("text")?.unwrap_or_default(),
                    source: text.text("source")?.unwrap_or_default(),
                });
            }
        }
        if guidance.meaning.is_empty() {
            guidance.meaning = self.guess(part.text_of("prose")?);
        }
        let guidance = Arc::new(guidance);
        Ok(Some(match topic {
            Some(topic) => GuidanceField::Resolved(topic.to_owned(), guidance),
            None => GuidanceField::Inline(guidance),
        }))
    }
}

/// The prose of a foreign control's statement with the parts inside it.
fn statement(control: &Node<'_>) -> Result<String, ImportError> {
    fn collect(part: &Node<'_>, into: &mut Vec<String>) -> Result<(), ImportError> {
        let prose = part.text_of("prose")?;
        let label = Props::of(part)?.one("label").unwrap_or_default().to_owned();
        let line = [label, prose].join(" ").trim().to_owned();
        if !line.is_empty() {
            into.push(line);
        }
        for inner in part.list("parts")? {
            collect(&inner, into)?;
        }
        Ok(())
    }
    let mut lines = Vec::new();
    for part in control.list("parts")? {
        if part.text_of("name")? == "statement" {
            collect(&part, &mut lines)?;
        }
    }
    Ok(lines.join("\n"))
}

/// Everything outside the rows, from the group that our export writes.
#[derive(Default)]
struct Front {
    title: Option<Text>,
    sheet: Option<Sheet>,
    subjects: Vec<Subject>,
    sheet_title: Option<FormText>,
    inspection_note: Option<FormText>,
    goal: Option<FormText>,
    instructions: Vec<FormText>,
    gate: Option<Gate>,
    rules: SheetRules,
    source: Option<Source>,
    notes: Vec<Note>,
}

impl Front {
    fn read(group: &Node<'_>) -> Result<Self, ImportError> {
        let props = Props::of(group)?;
        let parts = Parts::of(group)?;
        let yes = |name: &str, usual: bool| match props.one(name) {
            Some(word) => word == bool_word(true),
            None => usual,
        };
        let usual = SheetRules::default();
        let mut front = Self {
            title: parts.text("title")?,
            sheet: [Sheet::Institution, Sheet::Vendor, Sheet::General]
                .into_iter()
                .find(|sheet| props.one("sheet") == Some(sheet.as_str())),
            subjects: [
                Subject::MedicalInstitution,
                Subject::Pharmacy,
                Subject::Vendor,
            ]
            .into_iter()
            .filter(|subject| {
                props
                    .all("subject")
                    .contains(&subject_word(*subject).into())
            })
            .collect(),
            sheet_title: parts.form_text("sheet-title")?,
            inspection_note: parts.form_text("inspection-note")?,
            goal: parts.form_text("goal")?,
            instructions: parts
                .named("instruction")
                .into_iter()
                .map(form_text)
                .collect::<Result<_, _>>()?,
            gate: None,
            rules: SheetRules {
                rounds: props
                    .number("rounds")
                    .and_then(|rounds| u8::try_from(rounds).ok())
                    .unwrap_or(usual.rounds),
                target_date_only_for_no: yes(
                    "target-date-only-for-no",
                    usual.target_date_only_for_no,
                ),
                target_date_in_fiscal_year: yes(
                    "target-date-in-fiscal-year",
                    usual.target_date_in_fiscal_year,
                ),
                confirmation_date: yes("confirmation-date", usual.confirmation_date),
            },
            source: None,
            notes: Vec::new(),
        };
        if let Some(gate) = parts.named("gate").into_iter().next() {
            let gate = Parts::of(gate)?;
            front.gate = match (
                gate.form_text("heading")?,
                gate.form_text("text")?,
                gate.form_text("when-no")?,
            ) {
                (Some(heading), Some(text), Some(when_no)) => Some(Gate {
                    heading,
                    text,
                    when_no,
                }),
                _ => None,
            };
        }
        if let Some(source) = parts.named("source").into_iter().next() {
            front.source = Some(source_of(source)?);
        }
        for note in parts.named("note") {
            let word = Props::of(note)?
                .one("status")
                .unwrap_or_default()
                .to_owned();
            let status = [
                NoteStatus::Established,
                NoteStatus::Open,
                NoteStatus::Information,
            ]
            .into_iter()
            .find(|status| note_word(*status) == word)
            .unwrap_or(NoteStatus::Information);
            front.notes.push(Note {
                status,
                text: Parts::of(note)?.text("text")?.unwrap_or_default(),
            });
        }
        Ok(front)
    }
}

fn source_of(part: &Node<'_>) -> Result<Source, ImportError> {
    let props = Props::of(part)?;
    let parts = Parts::of(part)?;
    let mut files = Vec::new();
    for file in parts.named("source-file") {
        let props = Props::of(file)?;
        files.push(SourceFile {
            name: props.one("file-name").unwrap_or_default().to_owned(),
            label: Parts::of(file)?.text("label")?.unwrap_or_default(),
            sha256: props.one("sha256").map(str::to_owned),
        });
    }
    Ok(Source {
        title: parts.text("source-title")?.unwrap_or_default(),
        publisher: parts.text("publisher")?.unwrap_or_default(),
        url: props.one("url").unwrap_or_default().to_owned(),
        date: props
            .one("date")
            .and_then(|date| date.parse().ok())
            .unwrap_or_else(|| fallback_date().into()),
        retrieved_note: parts.text("retrieved-note")?.unwrap_or_default(),
        files,
    })
}

fn form_text(part: &Node<'_>) -> Result<FormText, ImportError> {
    let text = Parts::of(part)?.text("text")?.unwrap_or_default();
    let wording = match Props::of(part)?.one("wording") {
        Some("verified") => Wording::Verified,
        _ => Wording::Unverified,
    };
    Ok(FormText {
        ja: text.ja,
        en: text.en,
        wording,
    })
}

/// The props of an object: ours, and OSCAL's own without a namespace.
struct Props(Vec<(String, String)>);

impl Props {
    fn of(holder: &Node<'_>) -> Result<Self, ImportError> {
        let mut props = Vec::new();
        for prop in holder.list("props")? {
            let namespace = prop.text_of("ns")?;
            if namespace.is_empty() || namespace == NAMESPACE {
                props.push((prop.text_of("name")?, prop.text_of("value")?));
            }
        }
        Ok(Self(props))
    }

    fn one(&self, name: &str) -> Option<&str> {
        self.0
            .iter()
            .find(|(known, _)| known == name)
            .map(|(_, value)| value.as_str())
    }

    fn all(&self, name: &str) -> Vec<String> {
        let named = self.0.iter().filter(|(known, _)| known == name);
        named.map(|(_, value)| value.clone()).collect()
    }

    fn number(&self, name: &str) -> Option<i32> {
        self.one(name)?.parse().ok()
    }

    fn date(&self, name: &str) -> Option<Date> {
        let date: PartialDate = self.one(name)?.parse().ok()?;
        date.day.and(date.earliest())
    }
}

/// The parts of an object by name: ours, and OSCAL's own without a namespace.
struct Parts<'v>(Vec<(String, Node<'v>)>);

impl<'v> Parts<'v> {
    fn of(holder: &Node<'v>) -> Result<Self, ImportError> {
        let mut parts = Vec::new();
        for part in holder.list("parts")? {
            let namespace = part.text_of("ns")?;
            if namespace.is_empty() || namespace == NAMESPACE {
                parts.push((part.text_of("name")?, part));
            }
        }
        Ok(Self(parts))
    }

    fn named(&self, name: &str) -> Vec<&Node<'v>> {
        self.0
            .iter()
            .filter(|(known, _)| known == name)
            .map(|(_, part)| part)
            .collect()
    }

    /// The text that stands as one part per language, unless there is none.
    fn text(&self, name: &str) -> Result<Option<Text>, ImportError> {
        let mut text = Text::default();
        for part in self.named(name) {
            match part.text_of("class")?.as_str() {
                "ja" => text.ja = part.text_of("prose")?,
                "en" => text.en = part.text_of("prose")?,
                _ => {}
            }
        }
        Ok((!text.is_empty()).then_some(text))
    }

    fn listed(&self, name: &str) -> Result<Vec<Text>, ImportError> {
        let texts = self
            .named(name)
            .into_iter()
            .map(|part| Parts::of(part)?.text("text"));
        Ok(texts
            .collect::<Result<Vec<_>, _>>()?
            .into_iter()
            .flatten()
            .collect())
    }

    fn form_text(&self, name: &str) -> Result<Option<FormText>, ImportError> {
        self.named(name)
            .into_iter()
            .next()
            .map(form_text)
            .transpose()
    }
}
