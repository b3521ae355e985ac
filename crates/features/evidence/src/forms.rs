//! Reading and writing of the fields that describe a piece.

use maud::{Markup, html};
use yagura_kernel::text::{clean_multi_line, clean_single_line};
use yagura_kernel::time::Date;
use yagura_web::Translator;
use yagura_web::i18n::args;
use yagura_web::ui::forms::{
    Choice, Field, FileRules, FormState, Width, checkbox_group, date_field, file_field, select,
    text_field, textarea,
};

use crate::host::{HostSheet, find_item};
use crate::media::ACCEPT;
use crate::model::{
    DatesError, Details, EvidenceKind, ItemRef, LONGEST_NOTE, LONGEST_TITLE, Piece, check_dates,
};
use crate::upload::FileFault;
use crate::words;

/// The fields of a form, by name.
pub(crate) mod names {
    pub(crate) const TITLE: &str = "title";
    pub(crate) const KIND: &str = "kind";
    pub(crate) const ISSUED_ON: &str = "issued_on";
    pub(crate) const EXPIRES_ON: &str = "expires_on";
    pub(crate) const NOTE: &str = "note";
    pub(crate) const ITEM: &str = "item";
    pub(crate) const RETURN: &str = "return";
    pub(crate) const UPLOAD: &str = "upload";
    pub(crate) const REVISION: &str = "revision";
    pub(crate) const REASON: &str = "reason";
}

/// Fills a form with what is on record.
pub(crate) fn state_of(piece: &Piece) -> FormState {
    let date = |date: Option<Date>| {
        date.map(yagura_kernel::time::format_iso)
            .unwrap_or_default()
    };
    FormState::empty()
        .with(names::TITLE, &piece.title)
        .with(names::KIND, piece.kind.code())
        .with(names::ISSUED_ON, date(piece.issued_on))
        .with(names::EXPIRES_ON, date(piece.expires_on))
        .with(names::NOTE, piece.note.clone().unwrap_or_default())
        .with(names::REVISION, piece.revision.to_string())
}

/// Reads the dates of a piece; errors go into the form.
pub(crate) fn read_dates(
    t: &Translator,
    state: &mut FormState,
    today: Date,
) -> (Option<Date>, Option<Date>) {
    let issued_on = state.read_date(t, names::ISSUED_ON, t.t("evidence-issued-on"));
    let expires_on = state.read_date(t, names::EXPIRES_ON, t.t("evidence-expires-on"));
    match check_dates(issued_on, expires_on, today) {
        Ok(()) => {}
        Err(DatesError::IssuedInFuture) => {
            state.add_error(names::ISSUED_ON, t.t("evidence-error-issued-in-future"));
        }
        Err(DatesError::ExpiresBeforeIssue) => {
            state.add_error(
                names::EXPIRES_ON,
                t.t("evidence-error-expires-before-issue"),
            );
        }
        Err(DatesError::TooFar) => {
            state.add_error(names::EXPIRES_ON, t.t("evidence-error-expires-too-far"));
        }
    }
    (issued_on, expires_on)
}

/// Reads what describes a piece; errors go into the form. A title that is missing is taken from
/// the file's name where there is one.
pub(crate) fn read_details(
    t: &Translator,
    state: &mut FormState,
    file_name: Option<&str>,
    today: Date,
) -> Option<Details> {
    let typed = state.value(names::TITLE).trim().is_empty();
    let title = match file_name.filter(|_| typed) {
        Some(name) => {
            let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
            stem.chars().take(LONGEST_TITLE).collect()
        }
        None => state
            .read_required(t, names::TITLE, t.t("evidence-title"), LONGEST_TITLE)
            .unwrap_or_default(),
    };
    let title = clean_single_line(&title, LONGEST_TITLE).unwrap_or_default();
    let kind = state.read_choice(
        t,
        names::KIND,
        t.t("evidence-kind"),
        EvidenceKind::from_code,
    );
    let (issued_on, expires_on) = read_dates(t, state, today);
    let note = state.read_text(t, names::NOTE, t.t("evidence-note"), LONGEST_NOTE);
    let note = clean_multi_line(&note, LONGEST_NOTE)
        .ok()
        .filter(|note| !note.is_empty());
    if title.is_empty() && state.error(names::TITLE).is_none() {
        let words = args![("label", t.t("evidence-title"))];
        state.add_error(names::TITLE, t.t_args("form-error-required", words));
    }
    if state.has_errors() {
        return None;
    }
    Some(Details {
        title,
        kind: kind?,
        issued_on,
        expires_on,
        note,
    })
}

/// Reads the items that were ticked; one that the organisation has not is an error of the form.
pub(crate) fn read_items(
    t: &Translator,
    state: &mut FormState,
    sheets: &[HostSheet],
) -> Vec<ItemRef> {
    let typed: Vec<String> = state
        .values(names::ITEM)
        .iter()
        .filter(|text| !text.is_empty())
        .cloned()
        .collect();
    let mut items = Vec::new();
    for text in typed {
        match ItemRef::parse(&text).filter(|at| find_item(sheets, at).is_some()) {
            Some(at) => items.push(at),
            None => state.add_error(names::ITEM, t.t("evidence-error-item")),
        }
    }
    items
}

/// The fields that describe a piece.
pub(crate) fn detail_fields(t: &Translator, state: &FormState, title_from_file: bool) -> Markup {
    let kinds: Vec<Choice<'_>> = EvidenceKind::ALL
        .into_iter()
        .map(|kind| Choice::new(kind.code(), words::kind(t, kind)))
        .collect();
    let mut title = Field::new(names::TITLE, t.t("evidence-title"))
        .longest(LONGEST_TITLE)
        .hint(t.t("evidence-title-hint"));
    if !title_from_file {
        title = title.required();
    }
    html! {
        (text_field(t, state, &title))
        (select(t, state, &Field::new(names::KIND, t.t("evidence-kind")).required().width(Width::Medium), &kinds))
        (date_fields(t, state))
        (textarea(t, state, &Field::new(names::NOTE, t.t("evidence-note"))
            .longest(LONGEST_NOTE).rows(3).hint(t.t("evidence-note-hint"))))
    }
}

/// The fields of the dates.
pub(crate) fn date_fields(t: &Translator, state: &FormState) -> Markup {
    html! {
        (date_field(t, state, &Field::new(names::ISSUED_ON, t.t("evidence-issued-on"))))
        (date_field(t, state, &Field::new(names::EXPIRES_ON, t.t("evidence-expires-on"))
            .hint(t.t("evidence-expires-on-hint"))))
    }
}

/// The field of the file.
pub(crate) fn file(t: &Translator, state: &FormState, largest: u64) -> Markup {
    let rules = FileRules {
        accept: ACCEPT,
        accepted_words: t.t("evidence-accepted"),
        largest,
        multiple: false,
    };
    file_field(
        t,
        state,
        &Field::new(crate::upload::FILE, t.t("evidence-file")).required(),
        &rules,
    )
}

/// Boxes for the items of each sheet; those of the newest are open.
pub(crate) fn item_boxes(t: &Translator, state: &FormState, sheets: &[HostSheet]) -> Markup {
    html! {
        @for (place, sheet) in sheets.iter().enumerate() {
            @let values: Vec<(String, String)> = sheet.items.iter().map(|item| (
                ItemRef::new(sheet.sheet, item.key.as_str()).to_string(),
                format!("{} {}", item.number, item.label),
            )).collect();
            @let choices: Vec<Choice<'_>> = values.iter()
                .filter(|(value, _)| sheet.is_offered || state.is_chosen(names::ITEM, value))
                .map(|(value, label)| Choice::new(value, label)).collect();
            @let chosen = values.iter().any(|(value, _)| state.is_chosen(names::ITEM, value));
            @if !choices.is_empty() {
                details.more open[place == 0 || chosen] {
                    summary { (sheet.label) }
                    div.more-body {
                        (checkbox_group(t, &state.clone().with_id_prefix(format!("sheet-{place}")),
                            &Field::new(names::ITEM, t.t("evidence-items")), &choices))
                    }
                }
            }
        }
    }
}

/// Notes in the form why the file was not stored.
pub(crate) fn add_file_error(t: &Translator, state: &mut FormState, fault: &FileFault) {
    let message = file_fault(t, fault);
    state.add_error(crate::upload::FILE, message);
}

/// Why a file was not stored, in words.
pub(crate) fn file_fault(t: &Translator, fault: &FileFault) -> String {
    match fault {
        FileFault::Refused(refusal) => t.find(refusal.message_key()).unwrap_or_default().to_owned(),
        FileFault::TooLarge { limit } => t
            .t_args(
                "evidence-error-too-large",
                args![("megabytes", limit / 1_000_000)],
            )
            .into_owned(),
        FileFault::DiskFull => t.t("error-disk-full").to_owned(),
    }
}
