//! One piece: what it is, until when it counts, behind which items it stands, what happened to it.

use axum::Extension;
use axum::http::StatusCode;
use axum::response::Response;
use maud::{Markup, html};
use yagura_kernel::id::EvidenceId;
use yagura_kernel::policy::actions;
use yagura_kernel::text::clean_multi_line;
use yagura_kernel::time::parse_date;
use yagura_store::StoreError;
use yagura_web::api::PathOf;
use yagura_web::i18n::args;
use yagura_web::submitted::inner_path;
use yagura_web::ui::components::{
    Column, Table, TableRow, Tone, card, compare_two, data_table, date, date_time,
    description_list, details, note,
};
use yagura_web::ui::forms::{
    Button, Field, Form, FormState, button, button_row, error_summary, form, hidden, link_button,
    textarea,
};
use yagura_web::ui::layout::Crumb;
use yagura_web::{Context, FlashMessage, SubmittedForm, Translator, WebError};

use super::library::item_links;
use super::panels::detach_form;
use super::{Host, authorize, crumbs, may, with_status};
use crate::forms::{self, names};
use crate::host::{HostSheet, find_item};
use crate::media::Preview;
use crate::model::{Details, EvidenceKind, ItemRef, LONGEST_REASON, Piece, Version};
use crate::store::{self, HistoryEntry};
use crate::{operations, words};

/// The page of a piece.
pub(super) async fn show(
    context: Context,
    Extension(host): Extension<Host>,
    PathOf(id): PathOf<EvidenceId>,
) -> Result<Response, WebError> {
    let proof = authorize::<actions::ReadEvidence>(&context, id).await?;
    let database = context.database();
    let t = context.t();
    let piece = store::piece(database, &proof, id).await?;
    let versions = store::versions(database, &proof, id).await?;
    let history = store::history(database, &proof, id).await?;
    let items = store::linked_items(database, &proof, id).await?;
    let sheets = host.sheets(&context, &proof).await?;
    let may_manage = may::<actions::ManageEvidence, _>(&context, &proof);
    let may_open = may::<actions::DownloadEvidence, _>(&context, &proof);

    let mut frame = context.frame(&piece.title);
    frame.breadcrumbs = crumbs(&context, &proof);
    frame.actions = Some(html! {
        @if may_open {
            @if piece.media_type.preview() != Preview::None {
                (link_button(&piece.preview(), t.t("evidence-open"), true)) " "
            }
            (link_button(&piece.download(), t.t("evidence-save-file"), false))
        }
    });
    let body = html! {
        (warning(&context, &piece, may_manage))
        (facts(&context, &piece))
        (items_card(t, &piece, &items, &sheets, may_manage))
        @if versions.len() > 1 { (card(t.t("evidence-versions"), versions_table(t, &piece, &versions, may_open))) }
        (card(t.t("evidence-history"), history_table(t, &history, &sheets)))
        @if may_manage && piece.withdrawn.is_none() {
            p {
                (link_button(&format!("{}/version", piece.page()), t.t("evidence-new-version"), false)) " "
                (link_button(&format!("{}/edit", piece.page()), t.t("evidence-edit"), false)) " "
                a href={ (piece.page()) "/withdraw" } { (t.t("evidence-withdraw")) }
            }
        }
    };
    context.respond(frame, body).await
}

fn warning(context: &Context, piece: &Piece, may_manage: bool) -> Markup {
    use crate::model::Currency;
    let t = context.t();
    match (piece.currency(context.today), &piece.withdrawn) {
        (_, Some(withdrawal)) => note(
            t,
            Tone::Caution,
            html! {
                (t.t_args("evidence-withdrawn-why", args![("date", t.date_time(withdrawal.at)), ("reason", &withdrawal.reason)]))
                @if may_manage {
                    @let action = format!("{}/restore", piece.page());
                    (form(t, &Form::post(&action), html! {
                        (hidden(names::REVISION, &piece.revision.to_string()))
                        (button(&Button::secondary(t.t("evidence-restore"))))
                    }))
                }
            },
        ),
        (Currency::Expired { days }, _) => note(
            t,
            Tone::Late,
            html! {
                (t.t_args("evidence-expired-why", args![("days", days), ("links", piece.links)])) " "
                @if may_manage { a href={ (piece.page()) "/version" } { (t.t("evidence-new-version")) } }
            },
        ),
        (Currency::Expiring { days }, _) => note(
            t,
            Tone::Caution,
            html! {
                (t.t_args("evidence-expiring-why", args![("days", days)])) " "
                @if may_manage { a href={ (piece.page()) "/version" } { (t.t("evidence-new-version")) } }
            },
        ),
        (Currency::Current | Currency::Withdrawn, _) => html! {},
    }
}

fn facts(context: &Context, piece: &Piece) -> Markup {
    let t = context.t();
    let day = |day: Option<time::Date>| match day {
        Some(day) => date(t, day),
        None => html! { "–" },
    };
    card(
        t.t("evidence-facts"),
        description_list(&[
            (t.t("evidence-kind"), html! { (words::kind(t, piece.kind)) }),
            (
                t.t("evidence-validity"),
                words::validity(t, piece, context.today),
            ),
            (t.t("evidence-issued-on"), day(piece.issued_on)),
            (
                t.t("evidence-file-name"),
                html! {
                    (piece.file_name) "　" (words::media_type(t, piece.media_type)) " " (words::size(piece.size))
                },
            ),
            (
                t.t("evidence-added"),
                html! {
                    (date_time(t, piece.uploaded_at)) "　" (piece.uploaded_by_name.as_deref().unwrap_or_default())
                },
            ),
            (
                t.t("evidence-note"),
                html! { (piece.note.as_deref().unwrap_or("–")) },
            ),
            (t.t("evidence-hash"), html! { code { (piece.hash) } }),
        ]),
    )
}

fn items_card(
    t: &Translator,
    piece: &Piece,
    items: &[ItemRef],
    sheets: &[HostSheet],
    may_manage: bool,
) -> Markup {
    let rows = items
        .iter()
        .map(|at| {
            TableRow::new(vec![
                match find_item(sheets, at) {
                    Some((sheet, item)) => html! {
                        a href=(item.path) { (sheet.label) " " (item.number) } " " (item.label)
                    },
                    None => html! { (t.t("evidence-item-unknown")) },
                },
                html! { @if may_manage { (detach_form(t, at, &piece.page(), piece)) } },
            ])
        })
        .collect();
    let columns = vec![
        Column::text(t.t("evidence-items")),
        Column::action(t.t("evidence-actions")),
    ];
    let action = format!("{}/attach", piece.page());
    card(
        t.t("evidence-items"),
        html! {
            @if items.is_empty() { p { (t.t("evidence-unlinked-why")) } }
            @else { (data_table(&Table::new(t.t("evidence-items"), columns, rows))) }
            @if may_manage && piece.withdrawn.is_none() && !sheets.is_empty() {
                (details(t.t("evidence-attach-more"), form(t, &Form::post(&action), html! {
                    (forms::item_boxes(t, &FormState::empty(), sheets))
                    (hidden(names::RETURN, &piece.page()))
                    (button(&Button::secondary(t.t("evidence-attach"))))
                })))
            }
        },
    )
}

fn versions_table(t: &Translator, piece: &Piece, versions: &[Version], may_open: bool) -> Markup {
    let rows = versions
        .iter()
        .map(|version| {
            TableRow::new(vec![
                html! { (version.number) },
                html! { (version.file_name) br; span.small { (words::media_type(t, version.media_type)) " " (words::size(version.size)) } },
                html! { @match version.expires_on { Some(last) => { (date(t, last)) } None => { (t.t("evidence-no-end")) } } },
                html! { (date_time(t, version.uploaded_at)) br; span.small { (version.uploaded_by_name.as_deref().unwrap_or_default()) } },
                html! { @if may_open { a href={ (piece.download()) "?version=" (version.number) } { (t.t("evidence-save-file")) } } },
            ])
        })
        .collect();
    let columns = vec![
        Column::number(t.t("evidence-version")),
        Column::text(t.t("evidence-file-name")),
        Column::text(t.t("evidence-expires-on")),
        Column::text(t.t("evidence-added")),
        Column::action(t.t("evidence-actions")),
    ];
    data_table(&Table::new(t.t("evidence-versions"), columns, rows))
}

fn history_table(t: &Translator, history: &[HistoryEntry], sheets: &[HostSheet]) -> Markup {
    let rows = history
        .iter()
        .map(|entry| {
            TableRow::new(vec![
                date_time(t, entry.at),
                html! { (entry.by_name.as_deref().unwrap_or_else(|| t.t("evidence-by-program"))) },
                html! { (words::event(t, &entry.event)) },
                history_detail(t, entry, sheets),
            ])
        })
        .collect();
    let columns = vec![
        Column::text(t.t("evidence-when")),
        Column::text(t.t("evidence-who")),
        Column::text(t.t("evidence-what")),
        Column::text(t.t("evidence-detail")),
    ];
    data_table(&Table::new(t.t("evidence-history"), columns, rows).without_row_headers())
}

fn history_detail(t: &Translator, entry: &HistoryEntry, sheets: &[HostSheet]) -> Markup {
    let text = |name: &str| entry.detail.get(name).and_then(serde_json::Value::as_str);
    if let Some((sheet, item)) = text("sheet").zip(text("item")) {
        let at = ItemRef::parse(&format!("{sheet}:{item}"));
        return item_links(t, at.as_slice(), sheets);
    }
    if let Some(reason) = text("reason") {
        return html! { (reason) };
    }
    if let Some(number) = entry.detail.get("number") {
        return html! { (t.t_args("evidence-version-number", args![("number", number.to_string())])) };
    }
    if entry.event == store::Event::Changed.code()
        && let Some(fields) = entry.detail.as_object()
    {
        return html! {
            @for (field, change) in fields {
                p { (field_name(t, field)) ": " (value_word(t, field, change.get("old"))) " → " (value_word(t, field, change.get("new"))) }
            }
        };
    }
    html! { (text("title").unwrap_or_default()) }
}

fn field_name<'t>(t: &'t Translator, field: &str) -> &'t str {
    match field {
        "title" => t.t("evidence-title"),
        "kind" => t.t("evidence-kind"),
        "issued_on" => t.t("evidence-issued-on"),
        "expires_on" => t.t("evidence-expires-on"),
        _ => t.t("evidence-note"),
    }
}

fn value_word(t: &Translator, field: &str, value: Option<&serde_json::Value>) -> String {
    let Some(text) = value.and_then(serde_json::Value::as_str) else {
        return "–".to_owned();
    };
    match field {
        "kind" => EvidenceKind::from_code(text)
            .map_or_else(String::new, |kind| words::kind(t, kind).to_owned()),
        "issued_on" | "expires_on" => {
            parse_date(text).map_or_else(|_| text.to_owned(), |day| t.date(day))
        }
        _ => text.to_owned(),
    }
}

/// The form of what is said about a piece.
pub(super) async fn edit(
    context: Context,
    PathOf(id): PathOf<EvidenceId>,
) -> Result<Response, WebError> {
    let proof = authorize::<actions::ManageEvidence>(&context, id).await?;
    let piece = store::piece(context.database(), &proof, id).await?;
    show_edit(&context, &proof, &piece, &forms::state_of(&piece), html! {}).await
}

async fn show_edit(
    context: &Context,
    proof: &yagura_kernel::policy::Authorized<actions::ManageEvidence>,
    piece: &Piece,
    state: &FormState,
    above: Markup,
) -> Result<Response, WebError> {
    let t = context.t();
    let mut frame = context.frame(t.t("evidence-edit"));
    frame.breadcrumbs = crumbs(context, proof);
    frame
        .breadcrumbs
        .push(Crumb::new(&piece.title, piece.page()));
    let action = format!("{}/edit", piece.page());
    let draft = format!("evidence-{}", piece.id);
    let fields = html! {
        (error_summary(t, state))
        (above)
        (forms::detail_fields(t, state, false))
        (hidden(names::REVISION, state.value(names::REVISION)))
        (button_row(&Button::primary(t.t("evidence-save")), &[
            html! { a href=(piece.page()) { (t.t("evidence-cancel")) } },
        ]))
    };
    context
        .respond(
            frame,
            form(t, &Form::post(&action).keep_draft(&draft), fields),
        )
        .await
}

/// Takes what is said about a piece. Who comes second is told, and shown both.
pub(super) async fn save(
    context: Context,
    Extension(host): Extension<Host>,
    PathOf(id): PathOf<EvidenceId>,
    SubmittedForm(mut state): SubmittedForm,
) -> Result<Response, WebError> {
    let proof = authorize::<actions::ManageEvidence>(&context, id).await?;
    let piece = store::piece(context.database(), &proof, id).await?;
    let t = context.t();
    let Some(new) = forms::read_details(t, &mut state, None, context.today) else {
        let response = show_edit(&context, &proof, &piece, &state, html! {}).await?;
        return Ok(with_status(response, StatusCode::UNPROCESSABLE_ENTITY));
    };
    let revision = state.value(names::REVISION).parse().unwrap_or(0);
    match operations::change(&context, &*host.0, &proof, id, revision, &new).await {
        Ok(_) => Ok(context.redirect(&piece.page(), FlashMessage::done("evidence-changed"))),
        Err(WebError::Store(error)) if matches!(*error, StoreError::Conflict) => {
            let piece = store::piece(context.database(), &proof, id).await?;
            state.set(names::REVISION, piece.revision.to_string());
            state.add_form_error(t.t("evidence-error-changed-meanwhile"));
            let above = compare_two(
                (t.t("evidence-theirs"), summary(t, &Details::from(&piece))),
                (t.t("evidence-yours"), summary(t, &new)),
            );
            let response = show_edit(&context, &proof, &piece, &state, above).await?;
            Ok(with_status(response, StatusCode::CONFLICT))
        }
        Err(error) => Err(error),
    }
}

fn summary(t: &Translator, shown: &Details) -> Markup {
    let day =
        |day: Option<time::Date>| html! { (day.map_or_else(|| "–".to_owned(), |day| t.date(day))) };
    description_list(&[
        (t.t("evidence-title"), html! { (shown.title) }),
        (t.t("evidence-kind"), html! { (words::kind(t, shown.kind)) }),
        (t.t("evidence-issued-on"), day(shown.issued_on)),
        (t.t("evidence-expires-on"), day(shown.expires_on)),
        (
            t.t("evidence-note"),
            html! { (shown.note.as_deref().unwrap_or("–")) },
        ),
    ])
}

fn return_path(state: &FormState, id: EvidenceId) -> String {
    match state.value(names::RETURN) {
        "" => format!("/evidence/{id}"),
        path => inner_path(path).to_owned(),
    }
}

/// Puts a piece behind items.
pub(super) async fn attach(
    context: Context,
    Extension(host): Extension<Host>,
    PathOf(id): PathOf<EvidenceId>,
    SubmittedForm(state): SubmittedForm,
) -> Result<Response, WebError> {
    attach_to(&context, &host, id, state).await
}

/// Puts a piece that was chosen in the form behind an item.
pub(super) async fn attach_chosen(
    context: Context,
    Extension(host): Extension<Host>,
    SubmittedForm(state): SubmittedForm,
) -> Result<Response, WebError> {
    let id = state
        .value("evidence")
        .parse()
        .map_err(|_| WebError::NotFound)?;
    attach_to(&context, &host, id, state).await
}

async fn attach_to(
    context: &Context,
    host: &Host,
    id: EvidenceId,
    mut state: FormState,
) -> Result<Response, WebError> {
    let proof = authorize::<actions::ManageEvidence>(context, id).await?;
    let sheets = host.sheets(context, &proof).await?;
    let items = forms::read_items(context.t(), &mut state, &sheets);
    let back = return_path(&state, id);
    if state.has_errors() {
        return Err(WebError::invalid("evidence-error-item"));
    }
    if items.is_empty() {
        return Ok(context.redirect(&back, FlashMessage::failed("evidence-error-no-item")));
    }
    let new = operations::attach(context, &*host.0, &proof, id, &items).await?;
    Ok(context.redirect(
        &back,
        FlashMessage::done("evidence-attached").with("count", new),
    ))
}

/// Takes a piece away from an item.
pub(super) async fn detach(
    context: Context,
    Extension(host): Extension<Host>,
    PathOf(id): PathOf<EvidenceId>,
    SubmittedForm(state): SubmittedForm,
) -> Result<Response, WebError> {
    let proof = authorize::<actions::ManageEvidence>(&context, id).await?;
    let at =
        ItemRef::parse(state.value(names::ITEM)).ok_or(WebError::invalid("evidence-error-item"))?;
    operations::detach(&context, &*host.0, &proof, id, &at).await?;
    Ok(context.redirect(
        &return_path(&state, id),
        FlashMessage::done("evidence-detached"),
    ))
}

/// Says what withdrawing means, and asks why.
pub(super) async fn withdraw_form(
    context: Context,
    PathOf(id): PathOf<EvidenceId>,
) -> Result<Response, WebError> {
    let proof = authorize::<actions::ManageEvidence>(&context, id).await?;
    let piece = store::piece(context.database(), &proof, id).await?;
    let state = FormState::empty().with(names::REVISION, piece.revision.to_string());
    show_withdraw(&context, &proof, &piece, &state).await
}

async fn show_withdraw(
    context: &Context,
    proof: &yagura_kernel::policy::Authorized<actions::ManageEvidence>,
    piece: &Piece,
    state: &FormState,
) -> Result<Response, WebError> {
    let t = context.t();
    let mut frame = context.frame(t.t("evidence-withdraw"));
    frame.breadcrumbs = crumbs(context, proof);
    frame
        .breadcrumbs
        .push(Crumb::new(&piece.title, piece.page()));
    let action = format!("{}/withdraw", piece.page());
    let body = html! {
        (error_summary(t, state))
        (note(t, Tone::Caution, html! {
            (t.t_args("evidence-withdraw-means", args![("title", &piece.title), ("links", piece.links)]))
        }))
        (form(t, &Form::post(&action), html! {
            (textarea(t, state, &Field::new(names::REASON, t.t("evidence-reason")).required()
                .longest(LONGEST_REASON).rows(3)))
            (hidden(names::REVISION, state.value(names::REVISION)))
            (button_row(&Button::danger(t.t("evidence-withdraw")), &[
                html! { a href=(piece.page()) { (t.t("evidence-cancel")) } },
            ]))
        }))
    };
    context.respond(frame, body).await
}

/// Withdraws a piece.
pub(super) async fn withdraw(
    context: Context,
    Extension(host): Extension<Host>,
    PathOf(id): PathOf<EvidenceId>,
    SubmittedForm(mut state): SubmittedForm,
) -> Result<Response, WebError> {
    let proof = authorize::<actions::ManageEvidence>(&context, id).await?;
    let piece = store::piece(context.database(), &proof, id).await?;
    let t = context.t();
    let typed = state.read_required(t, names::REASON, t.t("evidence-reason"), LONGEST_REASON);
    let reason = typed.and_then(|reason| clean_multi_line(&reason, LONGEST_REASON).ok());
    let Some(reason) = reason.filter(|_| !state.has_errors()) else {
        let response = show_withdraw(&context, &proof, &piece, &state).await?;
        return Ok(with_status(response, StatusCode::UNPROCESSABLE_ENTITY));
    };
    let revision = state.value(names::REVISION).parse().unwrap_or(0);
    operations::withdraw(&context, &*host.0, &proof, id, revision, &reason).await?;
    Ok(context.redirect(&piece.page(), FlashMessage::done("evidence-withdrawn-now")))
}

/// Undoes a withdrawal.
pub(super) async fn restore(
    context: Context,
    Extension(host): Extension<Host>,
    PathOf(id): PathOf<EvidenceId>,
    SubmittedForm(state): SubmittedForm,
) -> Result<Response, WebError> {
    let proof = authorize::<actions::ManageEvidence>(&context, id).await?;
    let revision = state.value(names::REVISION).parse().unwrap_or(0);
    operations::restore(&context, &*host.0, &proof, id, revision).await?;
    Ok(context.redirect(
        &format!("/evidence/{id}"),
        FlashMessage::done("evidence-restored"),
    ))
}
