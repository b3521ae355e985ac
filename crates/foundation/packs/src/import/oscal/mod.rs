//! OSCAL catalogs in JSON: our own without loss, others as far as a checklist has use for them.
//!
//! Every control becomes an item, also controls within controls. The outermost group is the
//! section, groups between become headings. A foreign control's statement is its `statement`
//! part with the parts inside it, each with its label.

mod front;
mod parts;
mod reader;

use time::{Date, Month};
use yagura_kernel::time::FiscalYear;

use super::tree::Node;
use super::{
    ImportError, ImportOptions, ImportPlace, ImportProblem, Imported, Keys, Limits, Notice,
    NoticeKind, slug,
};
use crate::model::{
    Block, Body, Checklist, FormText, Pack, PartialDate, Section, Sheet, Source, Text, Wording,
};
use front::Front;
use parts::Props;
use reader::Reader;

pub(in crate::import) fn read(
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
pub(in crate::import) fn fallback_date() -> Date {
    Date::from_calendar_date(2023, Month::April, 1).unwrap_or(Date::MIN)
}
