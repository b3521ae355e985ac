//! The whole sheet in one table, for who answers everything in one go.

use std::collections::BTreeMap;

use axum::http::StatusCode;
use axum::response::Response;
use maud::{Markup, html};
use yagura_kernel::id::SheetId;
use yagura_kernel::time::{Date, format_iso};
use yagura_packs::Item;
use yagura_web::api::PathOf;
use yagura_web::i18n::args;
use yagura_web::ui::components::{
    Column, Table, TableRow, Tone, card, data_table, note, state_tag,
};
use yagura_web::ui::forms::{
    Button, Field, Form, FormState, button_row, date_field, error_summary, form, hidden,
    link_button,
};
use yagura_web::{Context, FlashMessage, SubmittedForm, Translator, WebError};

use super::desk::{Desk, Family, section_title};
use super::{with_status, words};
use crate::model::{AnswerInput, Applicability, ChangeSource, Round, YesNo, applicability};
use crate::store::{AnswerChange, Conflict, SaveError, StoredAnswer, save_answers_on};

fn field(item: &Item, part: &str) -> String {
    format!("{}.{part}", item.key)
}

/// The rows that take an answer.
fn open_rows(desk: &Desk) -> Vec<&Item> {
    let values = desk.header().values;
    desk.content
        .pack
        .items()
        .filter(|item| applicability(item, &values) == Applicability::Applies)
        .collect()
}

fn stored<'d>(desk: &'d Desk, item: &Item) -> Option<&'d StoredAnswer> {
    desk.content.answers.get(&item.key)
}

/// The table of the whole sheet.
pub(super) async fn page(
    family: Family,
    context: Context,
    PathOf(id): PathOf<SheetId>,
) -> Result<Response, WebError> {
    let (_, desk) = Desk::open_to_write(&context, family, id).await?;
    let mut state = FormState::empty();
    state.set("on", format_iso(context.today));
    for item in open_rows(&desk) {
        let Some(stored) = stored(&desk, item) else {
            continue;
        };
        if let Some(round) = stored.answer.current() {
            state.set(field(item, "answer"), round.answer.code());
        }
        let target = stored.answer.target.map(format_iso).unwrap_or_default();
        state.set(field(item, "target"), target);
        state.set(field(item, "remark"), &*stored.answer.remark);
    }
    show(&context, &desk, &state, &BTreeMap::new()).await
}

async fn show(
    context: &Context,
    desk: &Desk,
    state: &FormState,
    conflicts: &BTreeMap<String, StoredAnswer>,
) -> Result<Response, WebError> {
    let t = context.t();
    let path = format!("{}/quick", desk.path());
    let checklist = desk.content.checklist()?;
    let mut frame = context.frame(t.t("checklist-quick"));
    frame.lede = Some(html! { (desk.title(t)) "　" (t.t("checklist-quick-lede")) });
    frame.breadcrumbs = desk.crumbs(t);
    frame.wide = true;
    let values = desk.header().values;
    let tables: Vec<(String, Vec<TableRow>)> = checklist
        .sections
        .iter()
        .map(|section| {
            let rows = section
                .items()
                .map(|item| {
                    if applicability(item, &values) == Applicability::Applies {
                        item_row(context, desk, state, item, conflicts.get(&item.key))
                    } else {
                        TableRow::new(vec![
                            name(context, desk, item),
                            state_tag(t, yagura_kernel::proof::CellState::NotApplicable),
                            html! {},
                            html! {},
                        ])
                    }
                })
                .collect();
            (section_title(t, section), rows)
        })
        .collect();
    let draft = format!("quick-{}", desk.id());
    let body = html! {
        (error_summary(t, state))
        @if !conflicts.is_empty() {
            (note(t, Tone::Caution, html! {
                (t.t_args("checklist-quick-conflict", args![("count", conflicts.len())]))
            }))
        }
        (form(t, &Form::post(&path).keep_draft(&draft), html! {
            section.card {
                (date_field(t, state, &Field::new("on", t.t("checklist-quick-date")).hint(t.t("checklist-quick-date-hint")).required()))
            }
            @for (title, rows) in tables {
                (card(&title, data_table(&Table::new(
                    &title,
                    vec![
                        Column::text(t.t("checklist-column-item")),
                        Column::text(t.t("checklist-column-answer")),
                        Column::text(t.t("checklist-target")),
                        Column::text(t.t("checklist-remark")),
                    ],
                    rows,
                ))))
            }
            (button_row(
                &Button::primary(t.t("checklist-quick-save")),
                &[link_button(&desk.path(), t.t("checklist-quick-leave"), false)],
            ))
        }))
    };
    context.respond(frame, body).await
}

fn name(context: &Context, desk: &Desk, item: &Item) -> Markup {
    let t = context.t();
    html! {
        a href=(desk.item_path(&item.key)) { (item.printed_id) } " "
        (item.text.in_language(t.lang().code()))
    }
}

fn item_row(
    context: &Context,
    desk: &Desk,
    state: &FormState,
    item: &Item,
    theirs: Option<&StoredAnswer>,
) -> TableRow {
    let t = context.t();
    let version = theirs
        .or(stored(desk, item))
        .map_or(0, |stored| stored.version);
    let error = |part: &str| {
        html! {
            @if let Some(error) = state.error(&field(item, part)) {
                p.error id={ (state.field_id(&field(item, part))) "-error" } { (error) }
            }
        }
    };
    let label = |part: &str| {
        t.t_args(
            match part {
                "target" => "checklist-quick-target-of",
                _ => "checklist-quick-remark-of",
            },
            args![("item", &item.printed_id)],
        )
        .into_owned()
    };
    let text_input = |part: &str, class: &str, longest: usize| {
        let name = field(item, part);
        html! { div {
            (error(part))
            input class=(class) type="text" id=(state.field_id(&name)) name=(name) value=(state.value(&name))
                maxlength=(longest) aria-label=(label(part))
                aria-invalid=[state.error(&name).is_some().then_some("true")];
        } }
    };
    TableRow::new(vec![
        html! {
            (name(context, desk, item))
            (hidden(&field(item, "version"), &version.to_string()))
            (hidden(&field(item, "was"), &as_shown(theirs.or(stored(desk, item)))))
            @if all_classes_differ(desk, item) { " " span.small { (words::device_class(t, item.device_class)) } }
            @if let Some(theirs) = theirs {
                p.small {
                    b { (t.t_args("checklist-conflict-theirs", args![("name", theirs.names.changed.as_deref().unwrap_or(t.t("checklist-somebody")))])) }
                    " " (words::answer_line(t, &theirs.answer))
                    @if !theirs.answer.remark.is_empty() { " 「" (theirs.answer.remark) "」" }
                }
            }
        },
        html! { div { (error("answer")) (choices(t, state, item)) } },
        text_input("target", "width-medium", 40),
        text_input("remark", "width-full", crate::model::LONGEST_REMARK),
    ])
    .highlighted(theirs.is_some())
}

/// Whether another row has the same printed id, so that only the devices tell them apart.
fn all_classes_differ(desk: &Desk, item: &Item) -> bool {
    desk.content
        .pack
        .items()
        .filter(|other| other.printed_id == item.printed_id)
        .count()
        > 1
}

fn choices(t: &Translator, state: &FormState, item: &Item) -> Markup {
    let name = field(item, "answer");
    let id = state.field_id(&name);
    let legend = t.t_args(
        "checklist-quick-answer-of",
        args![("item", &item.printed_id)],
    );
    let chosen = state.value(&name);
    html! {
        select.width-short id=(id) name=(name) aria-label=(legend)
            aria-invalid=[state.error(&name).is_some().then_some("true")] {
            // Who has answered can correct, or clear on the page of the row, but not unsay here.
            @if chosen.is_empty() { option value="" selected { "–" } }
            @for (value, word) in [("yes", words::yes_no(t, YesNo::Yes)), ("no", words::yes_no(t, YesNo::No))] {
                option value=(value) selected[chosen == value] { (word) }
            }
        }
    }
}

/// Saves what was changed in the table: all of it or nothing.
pub(super) async fn save(
    family: Family,
    context: Context,
    PathOf(id): PathOf<SheetId>,
    SubmittedForm(mut state): SubmittedForm,
) -> Result<Response, WebError> {
    let (grant, desk) = Desk::open_to_write(&context, family, id).await?;
    let t = context.t();
    let on = state.read_required_date(t, "on", t.t("checklist-quick-date"));
    let mut changes = Vec::new();
    for item in open_rows(&desk) {
        let target = state.read_date(t, &field(item, "target"), t.t("checklist-target"));
        if let Some(change) = change_of(&desk, &state, item, target, on) {
            changes.push(change);
        }
    }
    if state.has_errors() {
        let page = show(&context, &desk, &state, &BTreeMap::new()).await?;
        return Ok(with_status(page, StatusCode::UNPROCESSABLE_ENTITY));
    }
    let packs = context.app.packs();
    let saved = save_answers_on(
        context.database(),
        &packs,
        context.app.ids(),
        grant.proof(),
        &desk.content,
        &changes,
        context.now,
    )
    .await;
    match saved {
        Ok((mut tx, saved)) => {
            if saved.changed() {
                grant
                    .audit(&context, &mut tx, id, saved.audit_detail())
                    .await?;
            }
            tx.commit().await?;
            let count = saved.items.iter().filter(|item| item.changed).count();
            let flash = FlashMessage::done("checklist-quick-saved").with("count", count);
            Ok(context.redirect(&desk.path(), flash))
        }
        Err(SaveError::Refused(problems)) => {
            for problem in problems {
                let part = match problem.problem.field() {
                    "target" => "target",
                    "remark" => "remark",
                    _ => "answer",
                };
                let printed = desk
                    .content
                    .pack
                    .item(&problem.item_key)
                    .map(|item| item.printed_id.as_str());
                let words = format!(
                    "{}: {}",
                    printed.unwrap_or(&problem.item_key),
                    words::answer_problem(t, &problem.problem)
                );
                state.add_error(format!("{}.{part}", problem.item_key), words);
            }
            let page = show(&context, &desk, &state, &BTreeMap::new()).await?;
            Ok(with_status(page, StatusCode::UNPROCESSABLE_ENTITY))
        }
        Err(SaveError::Conflict(conflicts)) => {
            let theirs = conflicts
                .into_iter()
                .map(|Conflict { item_key, theirs }| (item_key, theirs))
                .collect();
            let page = show(&context, &desk, &state, &theirs).await?;
            Ok(with_status(page, StatusCode::CONFLICT))
        }
        Err(SaveError::Store(error)) => Err(error.into()),
    }
}

/// A line as it was shown, so that only what the reader changed in it is saved, even where somebody
/// else changed it meanwhile.
fn as_shown(stored: Option<&StoredAnswer>) -> String {
    let answer = stored
        .map(|stored| stored.answer.clone())
        .unwrap_or_default();
    let current = answer.current().map_or("", |round| round.answer.code());
    let target = answer.target.map(format_iso).unwrap_or_default();
    line_as_text(current, &target, &answer.remark)
}

fn line_as_text(answer: &str, target: &str, remark: &str) -> String {
    // Browsers send line breaks as two characters.
    serde_json::json!([answer, target, remark.replace("\r\n", "\n")]).to_string()
}

/// What a line of the table changes. An answer that differs from the one that stands becomes the
/// first round, or the second where there is a first of another day's date already.
fn change_of(
    desk: &Desk,
    state: &FormState,
    item: &Item,
    target: Option<Date>,
    on: Option<Date>,
) -> Option<AnswerChange> {
    let typed = |part: &str| state.value(&field(item, part));
    if line_as_text(typed("answer"), typed("target"), typed("remark")) == typed("was") {
        return None;
    }
    let stored = stored(desk, item);
    let before = stored
        .map(|stored| stored.answer.clone())
        .unwrap_or_default();
    let answer = YesNo::from_code(state.value(&field(item, "answer")));
    let version = state.value(&field(item, "version")).parse().unwrap_or(0);
    let mut input = AnswerInput::from(&before);
    input.target = target;
    state
        .value(&field(item, "remark"))
        .clone_into(&mut input.remark);
    if let (Some(answer), Some(on)) = (answer, on)
        && before.current().map(|round| round.answer) != Some(answer)
    {
        let rounds = desk
            .content
            .pack
            .checklist()
            .map_or(2, |checklist| checklist.rules.rounds);
        place_answer(&mut input, Round { answer, on }, rounds);
    }
    let unchanged = input == AnswerInput::from(&before);
    (!unchanged).then(|| AnswerChange {
        item_key: item.key.clone(),
        expected_version: version,
        input,
        source: ChangeSource::QuickTable,
    })
}

/// Puts a changed answer into the round where it belongs: a row without answer gets its first
/// round; a first round of the same day is corrected; otherwise the row has been looked at again,
/// which is the second round.
fn place_answer(input: &mut AnswerInput, round: Round, rounds: u8) {
    let again = rounds >= 2 && input.first.is_some() && input.first_on != Some(round.on);
    if again {
        input.second = Some(round.answer);
        input.second_on = Some(round.on);
    } else {
        input.first = Some(round.answer);
        input.first_on = Some(round.on);
        input.second = None;
        input.second_on = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use yagura_kernel::time::parse_date;

    #[test]
    fn a_changed_answer_goes_into_the_round_where_it_belongs() {
        let day = |text: &str| parse_date(text).unwrap();
        let round = |answer, on: &str| Round {
            answer,
            on: day(on),
        };
        let mut input = AnswerInput::default();
        place_answer(&mut input, round(YesNo::No, "2026-06-12"), 2);
        assert_eq!((input.first, input.second), (Some(YesNo::No), None));
        place_answer(&mut input, round(YesNo::Yes, "2026-06-12"), 2);
        assert_eq!(
            (input.first, input.second),
            (Some(YesNo::Yes), None),
            "corrected the same day"
        );
        place_answer(&mut input, round(YesNo::No, "2026-11-21"), 2);
        assert_eq!(
            (input.first, input.second),
            (Some(YesNo::Yes), Some(YesNo::No))
        );
        assert_eq!(
            input.first_on,
            Some(day("2026-06-12")),
            "the first round stays"
        );
        let mut once = AnswerInput {
            first: Some(YesNo::No),
            first_on: Some(day("2026-06-12")),
            ..AnswerInput::default()
        };
        place_answer(&mut once, round(YesNo::Yes, "2026-11-21"), 1);
        assert_eq!((once.first, once.second), (Some(YesNo::Yes), None));
    }
}
