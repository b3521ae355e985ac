//! Where accounts come from.

use axum::extract::Multipart;
use axum::response::Response;
use maud::{Markup, html};
use uuid::Uuid;
use yagura_kernel::policy::{Action, Authorized, actions};
use yagura_web::api::PathOf;
use yagura_web::i18n::args;
use yagura_web::ui::components::{
    Column, Table, TableRow, Tone, card, data_table, date_time, description_list, details,
    empty_state, note, tag,
};
use yagura_web::ui::forms::{
    Button, Field, Form, FormState, button_row, checkbox, error_summary, form, link_button,
};
use yagura_web::{Context, FlashMessage, SubmittedForm, WebError};

use super::{crumbs, may, parts, read_proof, unprocessable, upload_form};
use crate::model::SourceKind;
use crate::store::{self, Import, SourceRow};
use crate::{operations, reading, words};

pub(super) const HERE: &str = "/accounts/sources";
const EARLIER: i64 = 20;

pub(super) async fn page(context: Context) -> Result<Response, WebError> {
    let proof = read_proof(&context).await?;
    let t = context.t();
    let sources = store::sources(context.database(), &proof).await?;
    let rules = store::rules(context.database(), proof.organization()).await?;
    let mut frame = context.frame(t.t("accounts-part-sources"));
    frame.breadcrumbs = crumbs(&context, None);
    frame.lede = Some(html! { (t.t("accounts-sources-lede")) });
    if may(&context, Action::EditAccounts) {
        frame.actions = Some(
            html! { (link_button("/accounts/sources/new", t.t("accounts-source-add"), true)) },
        );
    }
    let rows = sources
        .iter()
        .map(|source| {
            TableRow::new(vec![
                html! { a href={ (HERE) "/" (source.id) } { (source.name) } },
                html! {
                    @match &source.system_name {
                        Some(name) => { (name) },
                        None => { (tag(Tone::Caution, t.t("accounts-source-no-system"))) },
                    }
                },
                html! { (words::source_kind(t, source.kind.code())) },
                html! { (source.accounts) },
                age(&context, source, rules.list_days),
            ])
        })
        .collect();
    let body = html! {
        (parts(t, HERE))
        section.card aria-label=(t.t("accounts-part-sources")) {
            @if sources.is_empty() {
                (empty_state(t.t("accounts-sources-none"), html! { (t.t("accounts-sources-none-why")) }))
            } @else {
                (data_table(&Table::new(t.t("accounts-part-sources"), vec![
                    Column::text(t.t("accounts-source-name")),
                    Column::text(t.t("accounts-source-system")),
                    Column::text(t.t("accounts-source-kind")),
                    Column::number(t.t("accounts-source-accounts")),
                    Column::text(t.t("accounts-source-age")),
                ], rows)))
            }
        }
    };
    context.respond(frame, body).await
}

/// How old the last export is.
fn age(context: &Context, source: &SourceRow, list_days: i64) -> Markup {
    let t = context.t();
    if let Some(code) = &source.last_error {
        return html! {
            (tag(Tone::Danger, t.t("accounts-source-failed"))) " " (words::directory_error(t, code))
            p {
                @match source.imported_at {
                    Some(at) => { (t.t("accounts-source-in-force")) " " (date_time(t, at)) },
                    None => { (t.t("accounts-source-never")) },
                }
            }
        };
    }
    let Some(at) = source.imported_at else {
        return tag(Tone::Late, t.t("accounts-source-never"));
    };
    let days = context.now.seconds_since(at) / 86_400;
    html! {
        (date_time(t, at))
        @if days > list_days {
            " " (tag(Tone::Late, &t.t_args("accounts-source-old", args![("days", days)])))
        }
    }
}

/// The source, where one may read it.
async fn read_source(context: &Context, id: Uuid) -> Result<(store::Read, SourceRow), WebError> {
    let owner = store::source_owner(context.database(), id).await?;
    let proof = context.authorize::<actions::ReadAccounts>(owner).await?;
    let source = store::source(context.database(), owner, id).await?;
    Ok((proof, source))
}

pub(super) async fn edit_source(
    context: &Context,
    id: Uuid,
) -> Result<(Authorized<actions::EditAccounts>, SourceRow), WebError> {
    let owner = store::source_owner(context.database(), id).await?;
    let proof = context.authorize::<actions::EditAccounts>(owner).await?;
    let source = store::source(context.database(), owner, id).await?;
    Ok((proof, source))
}

pub(super) async fn one(context: Context, PathOf(id): PathOf<Uuid>) -> Result<Response, WebError> {
    show(&context, id, FormState::empty()).await
}

async fn show(context: &Context, id: Uuid, state: FormState) -> Result<Response, WebError> {
    let (proof, source) = read_source(context, id).await?;
    let t = context.t();
    let earlier = store::imports(context.database(), &proof, Some(id), EARLIER).await?;
    let rules = store::rules(context.database(), proof.organization()).await?;
    let mut frame = context.frame(source.name.clone());
    frame.breadcrumbs = crumbs(context, Some((t.t("accounts-part-sources"), HERE)));
    let may_edit = may(context, Action::EditAccounts);
    if may_edit {
        frame.actions = Some(
            html! { (link_button(&format!("{HERE}/{id}/edit"), t.t("accounts-source-edit"), false)) },
        );
    }
    let list = yagura_web::address("/accounts/list", [("source", id.to_string().as_str())]);
    let untold: Vec<&str> = source
        .untold
        .iter()
        .map(|aspect| words::aspect(t, aspect.code()))
        .collect();
    let facts = vec![
        (
            t.t("accounts-source-system"),
            html! { (source.system_name.as_deref().unwrap_or(t.t("accounts-source-no-system"))) },
        ),
        (
            t.t("accounts-source-kind"),
            html! { (words::source_kind(t, source.kind.code())) },
        ),
        (
            t.t("accounts-source-age"),
            age(context, &source, rules.list_days),
        ),
        (
            t.t("accounts-source-accounts"),
            html! { a href=(list) { (source.accounts) } },
        ),
        (
            t.t("accounts-untold"),
            html! { @if untold.is_empty() { (t.t("accounts-untold-nothing")) } @else { (untold.join("、")) } },
        ),
    ];
    let faulty = state.has_errors();
    let is_directory = source.kind == SourceKind::Directory;
    let body = html! {
        (error_summary(t, &state))
        (card(t.t("accounts-source"), description_list(&facts)))
        @if may_edit && is_directory {
            (card(t.t("accounts-directory"), html! {
                p { (t.t("accounts-directory-why")) }
                @if !source.has_password {
                    (note(t, Tone::Caution, html! { p { (t.t("accounts-directory-no-password")) } }))
                }
                (form(t, &Form::post(&format!("{HERE}/{id}/read")), html! {
                    (button_row(&Button::primary(t.t("accounts-directory-read")), &[]))
                }))
            }))
        } @else if may_edit {
            (card(t.t("accounts-source-import"), html! {
                p { (words::source_how(t, source.kind.code())) }
                (upload_form(t, &format!("{HERE}/{id}/import"), &state,
                    t.t("accounts-source-file"), t.t("accounts-source-accepted")))
            }))
        }
        @if !earlier.is_empty() { (card(t.t("accounts-imports"), imports_table(context, &earlier))) }
        @if may_edit {
            (details(t.t("accounts-source-remove"), html! {
                p { (t.t("accounts-source-remove-why")) }
                (form(t, &Form::post(&format!("{HERE}/{id}/remove")), html! {
                    (checkbox(t, &FormState::empty(), &Field::new("understood", t.t("accounts-source-remove-understood")).required()))
                    (button_row(&Button::danger(t.t("accounts-source-remove")), &[]))
                }))
            }))
        }
    };
    let response = context.respond(frame, body).await?;
    Ok(if faulty {
        unprocessable(response)
    } else {
        response
    })
}

/// Earlier imports.
pub(super) fn imports_table(context: &Context, earlier: &[Import]) -> Markup {
    let t = context.t();
    let rows = earlier
        .iter()
        .map(|import| {
            let names = import.file_names.join("、");
            let is_over = import.state == "pending" && import.expires_at <= context.now;
            let state = if is_over {
                "expired"
            } else {
                import.state.as_str()
            };
            let key = format!("accounts-import-state-{state}");
            TableRow::new(vec![
                html! {
                    @if state == "pending" {
                        a href={ "/accounts/imports/" (import.id) } { (names) }
                    } @else { (names) }
                },
                date_time(t, import.created_at),
                html! { (import.by_name.as_deref().unwrap_or(t.t("accounts-by-program"))) },
                html! { (t.find(&key).unwrap_or_default()) },
                html! {
                    @if state == "applied" {
                        (t.t_args("accounts-import-counts", args![
                            ("new", count(import.counts.new)),
                            ("changed", count(import.counts.changed)),
                            ("gone", count(import.counts.gone))
                        ]))
                    }
                },
            ])
        })
        .collect();
    data_table(&Table::new(
        t.t("accounts-imports"),
        vec![
            Column::text(t.t("accounts-import-files")),
            Column::text(t.t("accounts-event-at")),
            Column::text(t.t("accounts-event-by")),
            Column::text(t.t("accounts-field-state")),
            Column::text(t.t("accounts-import-result")),
        ],
        rows,
    ))
}

fn count(number: usize) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

pub(super) async fn upload(
    context: Context,
    PathOf(id): PathOf<Uuid>,
    multipart: Multipart,
) -> Result<Response, WebError> {
    let (proof, source) = edit_source(&context, id).await?;
    let files = super::receive(multipart).await?;
    let t = context.t();
    let refused = match super::refused(t, &files) {
        Some(words) => words,
        None => match operations::start_import(&context, &proof, Some(&source), files).await? {
            Ok(import) => {
                return Ok(yagura_web::see_other(&format!(
                    "/accounts/imports/{import}"
                )));
            }
            Err(error) => reading::explain(t, &error),
        },
    };
    show(
        &context,
        id,
        FormState::empty().with_error("files", refused),
    )
    .await
}

pub(super) async fn read(context: Context, PathOf(id): PathOf<Uuid>) -> Result<Response, WebError> {
    let (proof, source) = edit_source(&context, id).await?;
    let here = format!("{HERE}/{id}");
    if !source.has_password {
        return Ok(context.redirect(
            &here,
            FlashMessage::failed("accounts-directory-no-password"),
        ));
    }
    operations::ask_directory(&context, &proof, id).await?;
    Ok(context.redirect(&here, FlashMessage::done("accounts-directory-asked")))
}

pub(super) async fn remove(
    context: Context,
    PathOf(id): PathOf<Uuid>,
    SubmittedForm(state): SubmittedForm,
) -> Result<Response, WebError> {
    let (proof, _) = edit_source(&context, id).await?;
    // What was confirmed of hundreds of accounts does not go by one press of a button.
    if state.value("understood").is_empty() {
        let here = format!("{HERE}/{id}");
        let message = FlashMessage::failed("accounts-source-remove-tick");
        return Ok(context.redirect(&here, message));
    }
    operations::remove_source(&context, &proof, id).await?;
    Ok(context.redirect(HERE, FlashMessage::done("accounts-source-removed")))
}
