//! Filling a ledger from a list: choose the file, look at what it would do, take it over.

use axum::extract::Multipart;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use maud::{Markup, html};
use uuid::Uuid;
use yagura_documents::messages::Explain as _;
use yagura_documents::tabular::{Limits, column_letters, read_table};
use yagura_kernel::policy::{Authorized, actions};
use yagura_web::api::PathOf;
use yagura_web::i18n::args;
use yagura_web::ui::components::{
    Column, Table, TableRow, Tone, card, data_table, note, steps, tag,
};
use yagura_web::ui::forms::{
    Button, Choice, Field, FileRules, Form, FormState, button_row, download_link, error_summary,
    file_field, form, hidden, select,
};
use yagura_web::{Context, FlashMessage, SubmittedForm, Translator, WebError};

use super::{crumbs, ledger_of, path_of};
use crate::import::{self, MOST_ROWS, Mapping, PlannedRow, SourceTable};
use crate::model::Ledger;
use crate::store::{self, Pending};
use crate::{operations, words};

/// The largest file, in bytes.
pub(crate) const LARGEST_UPLOAD: u64 = 10_000_000;
/// The name of the field with the file.
const FILE: &str = "file";
/// How many rows a preview shows of each kind.
const SHOWN: usize = 100;

type Keep = Authorized<actions::KeepLedgers>;

pub(crate) async fn keep_proof(context: &Context, id: Uuid) -> Result<Keep, WebError> {
    let owner = store::import_owner(context.database(), id).await?;
    context.authorize::<actions::KeepLedgers>(owner).await
}

pub(super) async fn page(
    context: Context,
    PathOf(code): PathOf<String>,
) -> Result<Response, WebError> {
    context.authorize_own::<actions::KeepLedgers>().await?;
    let ledger = ledger_of(&code)?;
    upload_page(&context, ledger, &FormState::empty()).await
}

async fn upload_page(
    context: &Context,
    ledger: Ledger,
    state: &FormState,
) -> Result<Response, WebError> {
    let t = context.t();
    let path = path_of(ledger);
    let rules = FileRules {
        accept: ".xlsx,.xlsm,.csv,.txt,.tsv",
        accepted_words: t.t("ledgers-import-accepted"),
        largest: LARGEST_UPLOAD,
        multiple: false,
    };
    let mut frame = context.frame(t.t("ledgers-import"));
    frame.breadcrumbs = crumbs(context, Some(ledger));
    frame.lede = Some(html! { (t.t("ledgers-import-lede")) });
    let body = html! {
        (error_summary(t, state))
        (card(t.t("ledgers-import-file"), html! {
            (form(t, &Form::post(&format!("{path}/import")).upload(), html! {
                (file_field(t, state, &Field::new(FILE, t.t("ledgers-import-file")).required(), &rules))
                (button_row(&Button::primary(t.t("ledgers-import-read")), &[]))
            }))
        }))
        (card(t.t("ledgers-import-how"), html! {
            (steps(&[
                (t.t("ledgers-import-step-1"), html! { (t.t("ledgers-import-step-1-why")) }),
                (t.t("ledgers-import-step-2"), html! { (t.t("ledgers-import-step-2-why")) }),
                (t.t("ledgers-import-step-3"), html! { (t.t("ledgers-import-step-3-why")) }),
            ]))
            p { (download_link(&format!("{path}/form.xlsx"), t.t("ledgers-import-form"))) }
        }))
    };
    context.respond(frame, body).await
}

/// Takes the file out of the form.
async fn receive(mut multipart: Multipart) -> Result<Option<(String, Vec<u8>)>, WebError> {
    let broken = |error: axum::extract::multipart::MultipartError| {
        if error.status() == StatusCode::PAYLOAD_TOO_LARGE {
            WebError::TooLarge {
                limit: LARGEST_UPLOAD,
            }
        } else {
            WebError::invalid("error-not-a-form")
        }
    };
    while let Some(field) = multipart.next_field().await.map_err(broken)? {
        if field.name() != Some(FILE) {
            continue;
        }
        let name = field.file_name().unwrap_or_default().to_owned();
        let bytes = field.bytes().await.map_err(broken)?;
        if !bytes.is_empty() {
            return Ok(Some((name, bytes.to_vec())));
        }
    }
    Ok(None)
}

/// Reads a file; what stands in the way is said in words.
pub(crate) async fn read(
    t: &Translator,
    name: String,
    bytes: Vec<u8>,
) -> Result<SourceTable, String> {
    let limits = Limits {
        file_bytes: LARGEST_UPLOAD,
        rows: u32::try_from(MOST_ROWS + 1).unwrap_or(u32::MAX),
        columns: 100,
        ..Limits::default()
    };
    let work = move || read_table(&bytes, &name, &limits);
    match tokio::task::spawn_blocking(work).await {
        Ok(Ok(table)) => {
            let table = SourceTable::of(table);
            if table.rows.is_empty() {
                return Err(t.t("ledgers-import-no-rows").to_owned());
            }
            Ok(table)
        }
        Ok(Err(error)) => {
            let mut arguments = args![];
            for (name, value) in error.message_arguments() {
                arguments.set(name, value);
            }
            Err(t.t_args(error.message_key(), arguments).into_owned())
        }
        Err(error) => Err(error.to_string()),
    }
}

pub(super) async fn upload(
    context: Context,
    PathOf(code): PathOf<String>,
    multipart: Multipart,
) -> Result<Response, WebError> {
    let proof = context.authorize_own::<actions::KeepLedgers>().await?;
    let ledger = ledger_of(&code)?;
    let t = context.t();
    let refused = match receive(multipart).await? {
        None => t.t("ledgers-import-choose").to_owned(),
        Some((name, bytes)) => match read(t, name.clone(), bytes).await {
            Ok(table) => {
                let id = operations::start_import(&context, &proof, ledger, name, table).await?;
                return Ok(yagura_web::see_other(&format!("/ledgers/import/{id}")));
            }
            Err(why) => why,
        },
    };
    let state = FormState::empty().with_error(FILE, refused);
    let page = upload_page(&context, ledger, &state).await?;
    Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
}

pub(super) async fn preview(
    context: Context,
    PathOf(id): PathOf<Uuid>,
) -> Result<Response, WebError> {
    let proof = keep_proof(&context, id).await?;
    let pending = store::pending(context.database(), &proof, id).await?;
    let t = context.t();
    let ledger = pending.ledger;
    let mut frame = context.frame(t.t("ledgers-import-preview"));
    frame.breadcrumbs = crumbs(&context, Some(ledger));
    if pending.state != "pending" {
        let key = match pending.state.as_str() {
            "applied" => "ledgers-import-was-applied",
            _ => "ledgers-import-gone",
        };
        let body = html! { (note(t, Tone::Info, html! { (t.t(key)) })) };
        return context.respond(frame, body).await;
    }
    let plan = operations::planned(&context, &proof, &pending).await?;
    let fingerprint = import::fingerprint(&plan);
    let known = plan.iter().filter(|row| row.is_known).count();
    let wrong = plan.iter().filter(|row| row.result.is_err()).count();
    let new = plan.len() - known - wrong;
    let here = format!("/ledgers/import/{id}");
    frame.lede = Some(html! { (t.t_args("ledgers-import-counts", args![
        ("new", new as u64), ("known", known as u64), ("wrong", wrong as u64)
    ])) });
    let body = html! {
        @if wrong > 0 {
            (card(t.t("ledgers-import-wrong"), html! {
                p { (t.t("ledgers-import-wrong-why")) }
                (wrong_table(t, ledger, &plan))
            }))
        }
        @if new > 0 { (card(t.t("ledgers-import-new"), new_table(t, ledger, &plan))) }
        section.card {
            @if new > 0 {
                (form(t, &Form::post(&format!("{here}/confirm")), html! {
                    (hidden("seen", &fingerprint))
                    (button_row(&Button::primary(&t.t_args("ledgers-import-confirm",
                        args![("count", new as u64)])), &[]))
                }))
            }
            (form(t, &Form::post(&format!("{here}/cancel")), html! {
                (button_row(&Button::secondary(t.t("ledgers-import-cancel")), &[]))
            }))
        }
        (card(t.t("ledgers-import-columns"), columns_form(t, &pending, &here)))
    };
    context.respond(frame, body).await
}

fn wrong_table(t: &Translator, ledger: Ledger, plan: &[PlannedRow]) -> Markup {
    let rows = plan
        .iter()
        .filter_map(|row| Some((row.number, row.result.as_ref().err()?)))
        .take(SHOWN)
        .map(|(number, problems)| {
            TableRow::new(vec![
                html! { (number) },
                html! {
                    ul {
                        @for problem in problems { li { (words::problem(t, ledger, problem)) } }
                    }
                },
            ])
        })
        .collect();
    let columns = vec![
        Column::text(t.t("ledgers-import-row")),
        Column::text(t.t("ledgers-import-problem")),
    ];
    data_table(&Table::new(t.t("ledgers-import-wrong"), columns, rows))
}

fn new_table(t: &Translator, ledger: Ledger, plan: &[PlannedRow]) -> Markup {
    let rows = plan
        .iter()
        .filter(|row| !row.is_known)
        .filter_map(|row| Some((row.number, row.result.as_ref().ok()?)))
        .take(SHOWN)
        .map(|(number, content)| {
            let values = content.fields_of();
            let said: Vec<(&str, String)> = import::assignable(ledger)
                .filter(|field| field.key != "name")
                .filter_map(|field| {
                    let text = words::value(t, field, values.get(field.key)?);
                    let label = words::label(t, ledger, field.key);
                    (!text.is_empty() && !field.input.is_reference()).then_some((label, text))
                })
                .collect();
            TableRow::new(vec![
                html! { (number) },
                html! { (content.name()) },
                html! {
                    @for (label, text) in said { div { span.small { (label) ": " } (text) } }
                    @if !content.system_name().is_empty() && content.system().is_none() {
                        (tag(Tone::Caution, t.t("ledgers-import-free-system")))
                    }
                },
            ])
        })
        .collect();
    let columns = vec![
        Column::text(t.t("ledgers-import-row")),
        Column::text(words::label(t, ledger, "name")),
        Column::text(t.t("ledgers-what-it-says")),
    ];
    data_table(&Table::new(t.t("ledgers-import-new"), columns, rows))
}

fn columns_form(t: &Translator, pending: &Pending, here: &str) -> Markup {
    let ledger = pending.ledger;
    let mut choices = vec![Choice::new("", t.t("ledgers-import-leave-out"))];
    choices.extend(
        import::assignable(ledger)
            .map(|field| Choice::new(field.key, words::label(t, ledger, field.key))),
    );
    let mut state = FormState::empty();
    for (column, key) in pending.mapping.iter().enumerate() {
        state.set(
            format!("column-{column}"),
            key.as_deref().unwrap_or_default(),
        );
    }
    let columns: Vec<(String, String)> = pending
        .table
        .head
        .iter()
        .enumerate()
        .map(|(column, head)| {
            let letters = column_letters(column);
            (format!("column-{column}"), format!("{letters} {head}"))
        })
        .collect();
    html! {
        p { (t.t("ledgers-import-columns-why")) }
        (form(t, &Form::post(&format!("{here}/columns")), html! {
            @for (name, label) in &columns { (select(t, &state, &Field::new(name, label), &choices)) }
            (button_row(&Button::secondary(t.t("ledgers-import-columns-save")), &[]))
        }))
    }
}

/// Assigns the columns.
pub(super) async fn assign(
    context: Context,
    PathOf(id): PathOf<Uuid>,
    SubmittedForm(state): SubmittedForm,
) -> Result<Response, WebError> {
    let proof = keep_proof(&context, id).await?;
    let pending = store::pending(context.database(), &proof, id).await?;
    let mut mapping: Mapping = Vec::new();
    for column in 0..pending.table.head.len() {
        let key = state.value(&format!("column-{column}"));
        let field = import::assignable(pending.ledger).find(|field| field.key == key);
        let key = field.map(|field| field.key.to_owned());
        if key.is_some() && mapping.contains(&key) {
            return Err(WebError::invalid("ledgers-import-twice"));
        }
        mapping.push(key);
    }
    operations::assign(&context, &proof, &pending, &mapping).await?;
    Ok(yagura_web::see_other(&format!("/ledgers/import/{id}")))
}

/// Takes the list over.
pub(super) async fn confirm(
    context: Context,
    PathOf(id): PathOf<Uuid>,
    SubmittedForm(state): SubmittedForm,
) -> Result<Response, WebError> {
    let proof = keep_proof(&context, id).await?;
    let pending = store::pending(context.database(), &proof, id).await?;
    let added = operations::confirm_import(&context, &proof, id, state.value("seen")).await?;
    let message = FlashMessage::done("ledgers-import-done").with("count", added.to_string());
    Ok(context.redirect(&path_of(pending.ledger), message))
}

/// Drops the list.
pub(super) async fn cancel(
    context: Context,
    PathOf(id): PathOf<Uuid>,
) -> Result<Response, WebError> {
    let proof = keep_proof(&context, id).await?;
    let pending = store::pending(context.database(), &proof, id).await?;
    operations::cancel_import(&context, &proof, id).await?;
    let message = FlashMessage::done("ledgers-import-cancelled");
    Ok(context.redirect(&path_of(pending.ledger), message))
}
