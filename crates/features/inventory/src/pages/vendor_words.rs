//! For the institution: what vendors said of its external connections.

use axum::response::Response;
use maud::{Markup, html};
use uuid::Uuid;
use yagura_kernel::policy::{Action, actions};
use yagura_web::api::PathOf;
use yagura_web::i18n::args;
use yagura_web::ui::components::{Tone, card, note};
use yagura_web::ui::forms::{Button, Form, button_row, form, hidden, link_button};
use yagura_web::{Context, FlashMessage, SubmittedForm, WebError};

use super::{Part, may};
use crate::model::{Connection, Record, Word};
use crate::operations;
use crate::store::{self, VendorWord};

/// Words that contradict the register, with what can be done; nothing where there are none.
pub(super) fn contradictions(context: &Context, words: &[VendorWord]) -> Markup {
    let t = context.t();
    let open: Vec<&VendorWord> = words
        .iter()
        .filter(|word| word.word.contradicts())
        .collect();
    let may_edit = may(context, Action::EditInventory);
    if open.is_empty() {
        return html! {};
    }
    card(
        t.t("inventory-words-title"),
        html! {
            @for word in open {
                (note(t, Tone::Caution, html! {
                    strong { (t.t_args(if word.word == Word::Another {
                        "inventory-words-another"
                    } else {
                        "inventory-words-wrong"
                    }, args![("vendor", word.vendor_name.as_str()), ("date", t.date(word.said_at.jst_date()))])) }
                    p { (word.text) }
                    @if let Some(connection) = word.connection {
                        p { a href={ (Connection::PATH) "/" (connection) } { (t.t("inventory-words-see")) } }
                    } @else if may_edit {
                        p { (link_button(&format!("{}/new", Connection::PATH), t.t("inventory-words-add"), false)) }
                    }
                    @if may_edit { (settle_form(context, word)) }
                }))
            }
        },
    )
}

fn settle_form(context: &Context, word: &VendorWord) -> Markup {
    let t = context.t();
    let back = context.path();
    html! {
        p.small { (t.t("inventory-words-settle-why")) }
        (form(t, &Form::post(&format!("/inventory/vendor-words/{}/settle", word.id)), html! {
            (hidden("return", back))
            (button_row(&Button::secondary(t.t("inventory-words-settle")), &[]))
        }))
    }
}

/// What the vendor said of one connection.
pub(super) fn of_connection(
    context: &Context,
    record: &Record<Connection>,
    words: &[VendorWord],
) -> Markup {
    let t = context.t();
    let word = words.iter().find(|word| word.connection == Some(record.id));
    let body = match word {
        Some(word) if word.word == Word::Right => note(
            t,
            Tone::Success,
            html! {
                (t.t_args("inventory-words-right", args![
                    ("vendor", word.vendor_name.as_str()),
                    ("name", word.by_name.as_deref().unwrap_or_default()),
                    ("date", t.date(word.said_at.jst_date()))
                ]))
            },
        ),
        Some(word) => html! {
            (note(t, Tone::Caution, html! {
                (t.t_args("inventory-words-wrong", args![
                    ("vendor", word.vendor_name.as_str()), ("date", t.date(word.said_at.jst_date()))
                ]))
                p { (word.text) }
                @if may(context, Action::EditInventory) { (settle_form(context, word)) }
            }))
        },
        None if record.content.vendor.is_none() => {
            html! { p { (t.t("inventory-words-no-vendor")) } }
        }
        None => html! { p { (t.t("inventory-words-waiting")) } },
    };
    card(t.t("inventory-words-of-vendor"), body)
}

pub(super) async fn settle(
    context: Context,
    PathOf(id): PathOf<Uuid>,
    SubmittedForm(state): SubmittedForm,
) -> Result<Response, WebError> {
    let owner = store::word_owner(context.database(), id).await?;
    let proof = context.authorize::<actions::EditInventory>(owner).await?;
    operations::settle(&context, &proof, id).await?;
    let back = match state.value("return") {
        "" => "/inventory",
        path => yagura_web::submitted::inner_path(path),
    };
    Ok(context.redirect(back, FlashMessage::done("inventory-words-settled")))
}
