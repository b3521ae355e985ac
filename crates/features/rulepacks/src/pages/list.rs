//! Which packs there are.

use axum::response::Response;
use maud::{Markup, html};
use yagura_kernel::policy::actions;
use yagura_packs::{Pack, PackKind};
use yagura_store::directory;
use yagura_web::api::PathOf;
use yagura_web::i18n::args;
use yagura_web::ui::components::{
    Column, Table, TableRow, Tone, card, data_table, date_time, note, tag,
};
use yagura_web::ui::forms::{self, Button, link_button};
use yagura_web::{Context, FlashMessage, SubmittedForm, WebError};

use super::{IMPORT, LIST, may_import, validity};
use crate::load;
use crate::operations::{self, Withdrawal};
use crate::prepare::counts;
use crate::store::{self, ImportedPack};
use crate::words;

pub(super) async fn page(context: Context) -> Result<Response, WebError> {
    let proof = context
        .authorize_installation::<actions::ReadPacks>()
        .await?;
    let imported = store::imported(context.database(), &proof).await?;
    let faults = if imported.is_empty() {
        Vec::new()
    } else {
        load::load(context.database()).await?.faults
    };
    let library = context.app.packs();
    let t = context.t();
    let kinds = [
        (PackKind::Checklist, t.t("rulepacks-checklists")),
        (PackKind::SelfCheck, t.t("rulepacks-self-checks")),
        (PackKind::Contacts, t.t("rulepacks-contacts")),
        (PackKind::Form, t.t("rulepacks-forms")),
    ];
    let body = html! {
        @if !faults.is_empty() || !library.unreadable().is_empty() {
            (note(t, Tone::Danger, html! {
                @for fault in &faults {
                    p { (t.t_args(fault.reason.message_key(), args![
                        ("pack", fault.pack.as_str()), ("version", fault.version.as_str())
                    ])) }
                }
                @for name in library.unreadable() { p { (name) } }
            }))
        }
        @for (kind, title) in kinds {
            @let packs: Vec<&Pack> =
                library.of_kind(kind).into_iter().map(AsRef::as_ref).collect();
            @if !packs.is_empty() {
                (card(title, table(&context, title, &packs, &imported)))
            }
        }
        @if !imported.is_empty() {
            (card(t.t("rulepacks-imported"), imported_table(&context, &imported).await?))
        }
    };
    let mut frame = context.frame(t.t("rulepacks-title"));
    frame.lede = Some(html! { (t.t("rulepacks-lede")) });
    if may_import(&context) {
        frame.actions = Some(link_button(IMPORT, t.t("rulepacks-import"), true));
    }
    context.respond(frame, body).await
}

fn table(context: &Context, title: &str, packs: &[&Pack], imported: &[ImportedPack]) -> Markup {
    let t = context.t();
    let rows = packs
        .iter()
        .map(|pack| {
            let (rows, open) = counts(pack);
            let version = pack.version.to_string();
            let origin = imported
                .iter()
                .find(|import| import.pack_id == pack.id && import.version == version);
            TableRow::new(vec![
                html! {
                    a href={ (LIST) "/" (pack.id) } { (words::text(t, &pack.title)) }
                    div.small { (words::kind(t, pack)) }
                },
                validity(t, pack, context.today),
                html! { (rows) },
                html! {
                    @if open == 0 { (tag(Tone::Success, t.t("rulepacks-all-verified"))) }
                    @else { (tag(Tone::Caution, &t.t_args("rulepacks-open", args![("count", open)]))) }
                },
                html! {
                    @match origin {
                        Some(import) => {
                            (t.t("rulepacks-origin-imported")) " " (date_time(t, import.imported_at))
                        }
                        None => (t.t("rulepacks-origin-builtin")),
                    }
                    div.small { (t.t("rulepacks-version")) " " (version) }
                },
                html! { (words::text(t, &pack.source.publisher)) " " (pack.source.date) },
            ])
        })
        .collect();
    data_table(&Table::new(
        title,
        vec![
            Column::text(t.t("rulepacks-column-edition")),
            Column::text(t.t("rulepacks-column-validity")),
            Column::number(t.t("rulepacks-column-rows")),
            Column::text(t.t("rulepacks-column-wording")),
            Column::text(t.t("rulepacks-column-origin")),
            Column::text(t.t("rulepacks-column-source")),
        ],
        rows,
    ))
}

async fn imported_table(context: &Context, imported: &[ImportedPack]) -> Result<Markup, WebError> {
    let t = context.t();
    let people = imported.iter().filter_map(|import| import.imported_by);
    let names = directory::names_of(context.database(), people).await?;
    let may_withdraw = may_import(context);
    let rows = imported
        .iter()
        .map(|import| {
            TableRow::new(vec![
                html! {
                    a href={ (LIST) "/" (import.pack_id) } { (import.pack_id) } " " (import.version)
                },
                html! { (import.file_name) },
                html! { code { (import.file_sha256.get(..16).unwrap_or_default()) "…" } },
                date_time(t, import.imported_at),
                html! {
                    @match import.imported_by {
                        Some(person) => {
                            (names.get(&person).map(String::as_str).unwrap_or_default())
                        }
                        None => (t.t("rulepacks-by-program")),
                    }
                },
                html! {
                    @if may_withdraw {
                        form.inline method="post" action={ (LIST) "/" (import.pack_id) "/withdraw" } {
                            (forms::hidden("version", &import.version))
                            (forms::button(&Button::quiet(t.t("rulepacks-withdraw"))
                                .confirm(t.t("rulepacks-withdraw-confirm"))))
                        }
                    }
                },
            ])
        })
        .collect();
    Ok(data_table(&Table::new(
        t.t("rulepacks-imported"),
        vec![
            Column::text(t.t("rulepacks-column-pack")),
            Column::text(t.t("rulepacks-column-file")),
            Column::text("SHA-256"),
            Column::text(t.t("rulepacks-column-when")),
            Column::text(t.t("rulepacks-column-by")),
            Column::action(t.t("rulepacks-withdraw")),
        ],
        rows,
    )))
}

/// Withdraws an imported version, or says why not.
pub(super) async fn withdraw(
    context: Context,
    PathOf(id): PathOf<String>,
    SubmittedForm(form): SubmittedForm,
) -> Result<Response, WebError> {
    let proof = context
        .authorize_installation::<actions::ManagePacks>()
        .await?;
    let version = form.value("version");
    let done = operations::withdraw_for(&context, &proof, &id, Some(version)).await?;
    let mut message = match done {
        Withdrawal::Done => FlashMessage::done(done.message_key()),
        _ => FlashMessage::failed(done.message_key()),
    };
    for (name, value) in done.message_arguments() {
        message = message.with(name, value);
    }
    Ok(context.redirect(LIST, message))
}
