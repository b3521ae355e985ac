//! Two people saved the same row: both answers side by side, and the choice.

use axum::http::StatusCode;
use axum::response::Response;
use maud::{Markup, html};
use yagura_web::i18n::args;
use yagura_web::ui::components::{
    Tone, card, compare_two, date, description_list, note, relative_time,
};
use yagura_web::ui::forms::{Button, Form, FormState, button_row, form, hidden, link_button};
use yagura_web::{Context, WebError};

use super::answer_form::{self, AnswerForm};
use super::desk::Desk;
use super::{with_status, words};
use crate::model::Answer;
use crate::store::{AnswerChange, StoredAnswer};

/// Shows what somebody else saved and what the reader wrote, and a form in which the reader
/// decides. Nothing of either is lost: theirs stands, the reader's is in the form.
pub(super) async fn page(
    context: &Context,
    desk: &Desk,
    key: &str,
    mine: &FormState,
    change: &AnswerChange,
    theirs: &StoredAnswer,
) -> Result<Response, WebError> {
    let t = context.t();
    let item = desk.content.pack.item(key).ok_or(WebError::NotFound)?;
    let checklist = desk.content.checklist()?;
    let path = desk.item_path(key);
    let who = theirs
        .names
        .changed
        .as_deref()
        .unwrap_or(t.t("checklist-somebody"));
    let title = t.t("checklist-conflict-title");
    let mut frame = context.frame(title);
    frame.lede = Some(html! { (item.printed_id) " " (item.text.in_language(t.lang().code())) });
    frame.breadcrumbs = desk.crumbs(t);
    let written = Answer {
        first: change.input.first.zip(change.input.first_on).map(as_round),
        target: change.input.target,
        second: change
            .input
            .second
            .zip(change.input.second_on)
            .map(as_round),
        remark: change.input.remark.clone(),
    };
    let mut merged = mine.clone();
    merged.set(
        "remark",
        both_remarks(&theirs.answer.remark, &written.remark),
    );
    let fields = AnswerForm {
        version: theirs.version,
        rules: &checklist.rules,
        stored: &theirs.answer,
        year_end: desk.header().year.end(),
    };
    let body = html! {
        (note(t, Tone::Caution, html! {
            (t.t_args("checklist-conflict-what", args![("name", who)])) " "
            (t.t("checklist-conflict-nothing-lost")) " "
            span.small { (relative_time(t, theirs.changed_at, context.now)) }
        }))
        (compare_two(
            (&t.t_args("checklist-conflict-theirs", args![("name", who)]), cells(context, &theirs.answer)),
            (t.t("checklist-conflict-mine"), cells(context, &written)),
        ))
        (card(t.t("checklist-conflict-decide"), html! {
            p { (t.t("checklist-conflict-how")) }
            (form(t, &Form::post(&path), html! {
                (answer_form::fields(t, &merged, &fields))
                (hidden("merged", "yes"))
                (button_row(
                    &Button::primary(t.t("checklist-conflict-save")).sending("then", "stay"),
                    &[link_button(&path, t.t("checklist-conflict-keep-theirs"), false)],
                ))
            }))
        }))
    };
    let page = context.respond(frame, body).await?;
    Ok(with_status(page, StatusCode::CONFLICT))
}

fn as_round((answer, on): (crate::model::YesNo, yagura_kernel::time::Date)) -> crate::model::Round {
    crate::model::Round { answer, on }
}

/// Both remarks, one under the other, where they differ.
fn both_remarks(theirs: &str, mine: &str) -> String {
    let mine = mine.trim();
    if theirs.is_empty() || mine.contains(theirs) {
        mine.to_owned()
    } else if mine.is_empty() || theirs.contains(mine) {
        theirs.to_owned()
    } else {
        format!("{theirs}\n{mine}")
    }
}

fn cells(context: &Context, answer: &Answer) -> Markup {
    let t = context.t();
    let mut entries = vec![(
        t.t("checklist-round-first"),
        html! { (words::round(t, answer.first)) },
    )];
    if let Some(target) = answer.target {
        entries.push((t.t("checklist-target"), date(t, target)));
    }
    if answer.second.is_some() {
        entries.push((
            t.t("checklist-round-second"),
            html! { (words::round(t, answer.second)) },
        ));
    }
    if !answer.remark.is_empty() {
        entries.push((t.t("checklist-remark"), words::lines(&answer.remark)));
    }
    description_list(&entries)
}

#[cfg(test)]
mod tests {
    use super::both_remarks;

    #[test]
    fn no_remark_is_lost_and_none_is_said_twice() {
        assert_eq!(
            both_remarks("契約書 第8条", "台帳は金庫"),
            "契約書 第8条\n台帳は金庫"
        );
        assert_eq!(both_remarks("", "台帳"), "台帳");
        assert_eq!(both_remarks("台帳", " "), "台帳");
        assert_eq!(both_remarks("台帳", "台帳は金庫"), "台帳は金庫");
    }
}
