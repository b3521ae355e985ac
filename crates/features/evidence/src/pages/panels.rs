//! What the checklists put into the page of an item.

use maud::{Markup, html};
use yagura_kernel::time::Date;
use yagura_web::Translator;
use yagura_web::ui::components::{Column, Table, TableRow, data_table, date_short};
use yagura_web::ui::forms::{
    Button, Choice, Field, Form, FormState, button, form, hidden, link_button, select,
};

use crate::forms::names;
use crate::media::Preview;
use crate::model::{ItemRef, LinkedPiece, Piece};
use crate::words;
use yagura_web::percent_encoded;

/// The pieces behind an item, with what can be done with them. The list may be empty; then it says
/// so.
#[must_use]
pub fn linked_list(
    t: &Translator,
    at: &ItemRef,
    return_to: &str,
    linked: &[&LinkedPiece],
    today: Date,
    may_manage: bool,
    may_open: bool,
) -> Markup {
    if linked.is_empty() {
        return html! { p.small { (t.t("evidence-item-none")) } };
    }
    let rows = linked
        .iter()
        .map(|link| {
            let piece = &link.piece;
            TableRow::new(vec![
                html! {
                    a href=(piece.page()) { (piece.title) }
                    br; span.small { (words::kind(t, piece.kind)) "　" (words::media_type(t, piece.media_type)) }
                },
                words::validity(t, piece, today),
                date_short(t, link.linked_at.jst_date()),
                html! {
                    @if may_open {
                        @if piece.media_type.preview() == Preview::None {
                            a href=(piece.download()) { (t.t("evidence-save-file")) }
                        } @else {
                            a href=(piece.preview()) { (t.t("evidence-open")) }
                        }
                    }
                    @if may_manage { " " (detach_form(t, at, return_to, piece)) }
                },
            ])
        })
        .collect();
    let columns = vec![
        Column::text(t.t("evidence-title")),
        Column::text(t.t("evidence-validity")),
        Column::text(t.t("evidence-linked-on")),
        Column::action(t.t("evidence-actions")),
    ];
    data_table(&Table::new(t.t("evidence-of-item"), columns, rows))
}

/// A small form that takes a piece away from an item.
pub(super) fn detach_form(t: &Translator, at: &ItemRef, return_to: &str, piece: &Piece) -> Markup {
    let action = format!("{}/detach", piece.page());
    form(
        t,
        &Form::post(&action),
        html! {
            (hidden(names::ITEM, &at.to_string()))
            (hidden(names::RETURN, return_to))
            (button(&Button::quiet(t.t("evidence-detach"))))
        },
    )
}

/// A form that puts a piece behind an item, and a link to send a new one; nothing for those who
/// may not.
#[must_use]
pub fn attach_panel(
    t: &Translator,
    at: &ItemRef,
    return_to: &str,
    attachable: &[Piece],
    may_manage: bool,
) -> Markup {
    if !may_manage {
        return html! {};
    }
    let item = at.to_string();
    let upload = format!(
        "/evidence/new?item={}&return={}",
        percent_encoded(&item),
        percent_encoded(return_to)
    );
    let ids: Vec<(String, String)> = attachable
        .iter()
        .map(|piece| (piece.id.to_string(), piece.title.clone()))
        .collect();
    let choices: Vec<Choice<'_>> = ids
        .iter()
        .map(|(id, title)| Choice::new(id, title))
        .collect();
    let state = FormState::empty().with_id_prefix("attach");
    html! {
        p { (link_button(&upload, t.t("evidence-add"), false)) }
        @if !choices.is_empty() {
            (form(t, &Form::post("/evidence/attach"), html! {
                (select(t, &state, &Field::new("evidence", t.t("evidence-from-library")), &choices))
                (hidden(names::ITEM, &item))
                (hidden(names::RETURN, return_to))
                (button(&Button::secondary(t.t("evidence-attach"))))
            }))
        }
    }
}
