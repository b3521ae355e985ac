//! Filling the register: choose files, look at what they would do, take it over.

mod columns;
mod preview;

use std::fmt::Write as _;

use axum::extract::Multipart;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use bytes::Bytes;
use discovery::model::Service;
use maud::{Markup, html};
use serde::Deserialize;
use uuid::Uuid;
use yagura_kernel::id::parse_uuid;
use yagura_kernel::policy::{Authorized, actions};
use yagura_web::api::{PathOf, QueryOf};
use yagura_web::i18n::args;
use yagura_web::ui::components::{
    Column, Span, Table, TableRow, Tone, card, data_table, date_time, details, empty_state, row,
    steps, tag,
};
use yagura_web::ui::forms::{
    Button, Field as FormField, FileRules, Form, FormState, button_row, download_link,
    error_summary, file_field, form,
};
use yagura_web::ui::layout::Crumb;
use yagura_web::{Context, FlashMessage, SubmittedForm, Translator, WebError, address};

use super::{Part, crumbs};
use crate::import::{self, Answer, Counts, Decisions, LARGEST_FILE, MOST_FILES};
use crate::model::{Asset, Connection, Record, System};
use crate::store::{self, Filter, Import, ImportState, InventoryError, Named};
use crate::{operations, template};

pub(super) use columns::{assign, columns};
use preview::{OFFERED, QUESTIONS, ROWS, View};

const PATH: &str = "/inventory/import";
/// The name of the field with the files.
const FILES: &str = "files";
/// How many earlier imports are listed.
const EARLIER: i64 = 20;
/// The largest upload: some files of full size.
pub(crate) const LARGEST_UPLOAD: u64 = 3 * LARGEST_FILE;

type Edit = Authorized<actions::EditInventory>;

/// Asks the policy for a change of the register that an import belongs to.
async fn edit_proof(context: &Context, id: Uuid) -> Result<Edit, WebError> {
    let owner = store::import_owner(context.database(), id).await?;
    context.authorize::<actions::EditInventory>(owner).await
}

/// The same, and reading it.
async fn proofs(
    context: &Context,
    id: Uuid,
) -> Result<(Authorized<actions::ReadInventory>, Edit), WebError> {
    let edit = edit_proof(context, id).await?;
    let read = context
        .authorize::<actions::ReadInventory>(edit.organization())
        .await?;
    Ok((read, edit))
}

pub(super) async fn page(context: Context) -> Result<Response, WebError> {
    import_page(&context, &FormState::empty()).await
}

async fn import_page(context: &Context, state: &FormState) -> Result<Response, WebError> {
    context.authorize_own::<actions::EditInventory>().await?;
    let proof = super::read_proof(context).await?;
    let t = context.t();
    let earlier = store::imports(context.database(), &proof, None, EARLIER).await?;
    let rules = FileRules {
        accept: "",
        accepted_words: t.t("inventory-import-accepted"),
        largest: LARGEST_FILE,
        multiple: true,
    };
    let body = html! {
        (error_summary(t, state))
        (row(&[
            (Span::Seven, card(t.t("inventory-import-files"), html! {
                (form(t, &Form::post(PATH).upload(), html! {
                    (file_field(t, state, &FormField::new(FILES, t.t("inventory-import-files"))
                        .required(), &rules))
                    (button_row(&Button::primary(t.t("inventory-import-read")), &[]))
                }))
            })),
            (Span::Five, card(t.t("inventory-import-how"), html! {
                (steps(&[
                    (t.t("inventory-import-step-1"), html! { (t.t("inventory-import-step-1-why")) }),
                    (t.t("inventory-import-step-2"), html! { (t.t("inventory-import-step-2-why")) }),
                    (t.t("inventory-import-step-3"), html! { (t.t("inventory-import-step-3-why")) }),
                ]))
                p.small { (t.t("inventory-import-never-removes")) }
                p { (download_link("/inventory/stock-take.xlsx", t.t("inventory-sheet-download"))) }
            })),
        ]))
        (card(t.t("inventory-import-sources"), sources_help(t)))
        (card(t.t("inventory-import-earlier"), html! {
            @if earlier.is_empty() {
                (empty_state(t.t("inventory-import-none"),
                    html! { (t.t("inventory-import-none-why")) }))
            } @else { (earlier_table(context, &earlier)) }
        }))
    };
    let mut frame = context.frame(t.t("inventory-import-title"));
    frame.breadcrumbs = crumbs(context, None);
    frame.lede = Some(html! { (t.t("inventory-import-lede")) });
    context.respond(frame, body).await
}

/// The stock-take sheet to fill in.
pub(super) async fn template(context: Context) -> Result<Response, WebError> {
    super::read_proof(&context).await?;
    let made = template::Made::of(&context);
    let bytes = context
        .app
        .make_document(move || template::stock_take(&made))
        .await?;
    let name = context.t().t("inventory-sheet-title").to_owned();
    let headers = [
        (header::CONTENT_TYPE, crate::export::XLSX.to_owned()),
        (
            header::CONTENT_DISPOSITION,
            yagura_web::attachment(&format!("{name}.xlsx")),
        ),
    ];
    Ok((headers, bytes).into_response())
}

/// How to make each kind of file.
fn sources_help(t: &Translator) -> Markup {
    let sources = [
        ("inventory-sheet-title", "inventory-import-source-sheet-how"),
        (
            "inventory-import-source-table",
            "inventory-import-source-table-how",
        ),
        (
            "inventory-import-source-nmap",
            "inventory-import-source-nmap-how",
        ),
        (
            "inventory-import-source-directory",
            "inventory-import-source-directory-how",
        ),
        (
            "inventory-import-source-dhcp",
            "inventory-import-source-dhcp-how",
        ),
        (
            "inventory-import-source-arp",
            "inventory-import-source-arp-how",
        ),
        (
            "inventory-import-source-windows",
            "inventory-import-source-windows-how",
        ),
        (
            "inventory-import-source-linux",
            "inventory-import-source-linux-how",
        ),
        (
            "inventory-import-source-osquery",
            "inventory-import-source-osquery-how",
        ),
        (
            "inventory-import-source-sbom",
            "inventory-import-source-sbom-how",
        ),
    ];
    let rows = sources
        .into_iter()
        .map(|(name, how)| TableRow::new(vec![html! { (t.t(name)) }, html! { (t.t(how)) }]))
        .collect();
    details(
        t.t("inventory-import-sources-open"),
        data_table(&Table::new(
            t.t("inventory-import-sources"),
            vec![
                Column::text(t.t("inventory-import-source")),
                Column::text(t.t("inventory-import-source-how")),
            ],
            rows,
        )),
    )
}

fn state_word(t: &Translator, import: &Import, now: yagura_kernel::time::Instant) -> Markup {
    let state = match import.state {
        ImportState::Pending if import.expires_at <= now => ImportState::Expired,
        state => state,
    };
    let (tone, key) = match state {
        ImportState::Pending => (Tone::Caution, "inventory-import-state-pending"),
        ImportState::Applied => (Tone::Success, "inventory-import-state-applied"),
        ImportState::Cancelled => (Tone::Neutral, "inventory-import-state-cancelled"),
        ImportState::Expired => (Tone::Neutral, "inventory-import-state-expired"),
    };
    tag(tone, t.t(key))
}

fn number(count: usize) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

fn counts_words(t: &Translator, counts: &Counts) -> String {
    let devices = counts.new + counts.changed + counts.unchanged + counts.left_out;
    let records = counts.records_new + counts.records_changed + counts.records_unchanged;
    let of_records = t.t_args(
        "inventory-import-counts-records",
        args![
            ("new", number(counts.records_new)),
            ("changed", number(counts.records_changed)),
            ("unchanged", number(counts.records_unchanged))
        ],
    );
    if records > 0 && devices == 0 {
        return of_records.into_owned();
    }
    let of_devices = t.t_args(
        "inventory-import-counts",
        args![
            ("new", number(counts.new)),
            ("changed", number(counts.changed)),
            ("unchanged", number(counts.unchanged)),
            ("strangers", number(counts.left_out))
        ],
    );
    match records {
        0 => of_devices.into_owned(),
        _ => format!("{of_devices}　{of_records}"),
    }
}

fn earlier_table(context: &Context, earlier: &[Import]) -> Markup {
    let t = context.t();
    let rows = earlier
        .iter()
        .map(|import| {
            TableRow::new(vec![
                html! { a href={ (PATH) "/" (import.id) } { (import.file_names.join("、")) } },
                date_time(t, import.created_at),
                html! { (import.by_name.as_deref().unwrap_or_default()) },
                state_word(t, import, context.now),
                html! { (counts_words(t, &import.counts)) },
            ])
        })
        .collect();
    data_table(&Table::new(
        t.t("inventory-import-earlier"),
        vec![
            Column::text(t.t("inventory-import-files")),
            Column::text(t.t("inventory-event-at")),
            Column::text(t.t("inventory-event-by")),
            Column::text(t.t("inventory-import-state")),
            Column::text(t.t("inventory-import-result")),
        ],
        rows,
    ))
}

/// Takes the files out of the form.
async fn receive(mut multipart: Multipart) -> Result<Vec<(String, Bytes)>, WebError> {
    let broken = |error: axum::extract::multipart::MultipartError| {
        if error.status() == StatusCode::PAYLOAD_TOO_LARGE {
            WebError::TooLarge {
                limit: LARGEST_UPLOAD,
            }
        } else {
            WebError::invalid("error-not-a-form")
        }
    };
    let mut files = Vec::new();
    while let Some(field) = multipart.next_field().await.map_err(broken)? {
        if field.name() != Some(FILES) {
            continue;
        }
        let name = field.file_name().unwrap_or_default().to_owned();
        let bytes = field.bytes().await.map_err(broken)?;
        let is_chosen = !name.is_empty() || !bytes.is_empty();
        if is_chosen {
            files.push((name, bytes));
        }
    }
    Ok(files)
}

pub(super) async fn upload(context: Context, multipart: Multipart) -> Result<Response, WebError> {
    let proof = context.authorize_own::<actions::EditInventory>().await?;
    let t = context.t();
    let mut state = FormState::empty();
    let files = receive(multipart).await?;
    let limit = usize::try_from(LARGEST_FILE).unwrap_or(usize::MAX);
    let refused = match files.iter().find(|(_, bytes)| bytes.len() > limit) {
        _ if files.is_empty() => t.t("inventory-import-choose").to_owned(),
        _ if files.len() > MOST_FILES => t
            .t_args(
                "inventory-import-too-many-files",
                args![("most", number(MOST_FILES))],
            )
            .into_owned(),
        Some((name, _)) => {
            let megabytes = i64::try_from(LARGEST_FILE >> 20).unwrap_or(0);
            let why = t.t_args(
                "inventory-import-too-large",
                args![("megabytes", megabytes)],
            );
            format!("{name}: {why}")
        }
        None => match operations::start_import(&context, &proof, files).await? {
            Ok(id) => return Ok(yagura_web::see_other(&format!("{PATH}/{id}"))),
            Err((name, error)) => format!("{name}: {}", import::explain(t, &error)),
        },
    };
    state.add_error(FILES, refused);
    let page = import_page(&context, &state).await?;
    Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
}

/// Which part of a preview is looked at.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct PreviewQuery {
    show: String,
    page: usize,
    search: String,
}

pub(super) async fn preview(
    context: Context,
    PathOf(id): PathOf<Uuid>,
    QueryOf(query): QueryOf<PreviewQuery>,
) -> Result<Response, WebError> {
    let (proof, _) = proofs(&context, id).await?;
    let t = context.t();
    let import = store::import(context.database(), &proof, id).await?;
    let files = match store::files_of(context.database(), &proof, id, context.now).await {
        Ok(files) => Some(files),
        Err(InventoryError::ImportGone) => None,
        Err(error) => return Err(error.into()),
    };
    let (title, body) = match files {
        None => (t.t("inventory-import-done-title"), done(&context, &import)),
        Some(files) => {
            let decisions = import.decisions.clone();
            let (plan, files) =
                operations::preview(&context, proof.organization(), files, decisions).await?;
            let (assets, offered) = candidates(&context, &proof, &plan, &query.search).await?;
            let view = View {
                t,
                import: &import,
                plan: &plan,
                files: &files,
                assets: &assets,
                offered,
                search: &query.search,
                here: format!("{PATH}/{id}"),
            };
            (t.t("inventory-import-preview-title"), view.page(&query))
        }
    };
    let mut frame = context.frame(title);
    frame.lede =
        Some(html! { (import.file_names.join("、")) "　" (date_time(t, import.created_at)) });
    frame.breadcrumbs = crumbs(&context, None);
    frame
        .breadcrumbs
        .push(Crumb::new(t.t("inventory-import-title"), PATH));
    context.respond(frame, body).await
}

/// Devices on which a product may run: those that a search finds and those that are chosen, and
/// how many the search found.
async fn candidates(
    context: &Context,
    proof: &Authorized<actions::ReadInventory>,
    plan: &import::Plan,
    search: &str,
) -> Result<(Vec<Named>, usize), WebError> {
    if plan.products.is_empty() {
        return Ok((Vec::new(), 0));
    }
    let filter = Filter {
        search: Some(search.chars().take(100).collect()),
        ..Filter::default()
    };
    let found: Vec<Record<Asset>> =
        store::list(context.database(), proof, &filter, None, OFFERED).await?;
    let mut assets: Vec<Named> = found
        .into_iter()
        .map(|record| Named {
            id: record.id,
            name: record.content.name,
        })
        .collect();
    let offered = assets.len();
    let products = plan.products.iter();
    let chosen: Vec<Uuid> = products
        .filter_map(|product| product.asset)
        .filter(|id| !assets.iter().any(|asset| asset.id == *id))
        .collect();
    let names = store::names_of(context.database(), proof.organization(), &chosen).await?;
    assets.extend(names);
    Ok((assets, offered))
}

/// What became of an import that no longer waits.
fn done(context: &Context, import: &Import) -> Markup {
    let t = context.t();
    card(
        t.t("inventory-import-result"),
        html! {
            p {
                (state_word(t, import, context.now))
                @if let Some(at) = import.finished_at { " " (date_time(t, at)) }
            }
            p { (counts_words(t, &import.counts)) }
            p {
                a href=(Asset::PATH) { (t.t("inventory-import-to-register")) } "　"
                a href=(System::PATH) { (t.t("inventory-systems")) } "　"
                a href=(Connection::PATH) { (t.t("inventory-connections")) } "　"
                a href="/inventory/strangers" { (t.t("inventory-strangers")) }
            }
        },
    )
}

/// Services as a network person writes them.
pub(super) fn services_words(services: &[Service]) -> String {
    let mut words = String::new();
    for (at, service) in services.iter().enumerate() {
        let protocol = match service.protocol {
            discovery::model::Protocol::Tcp => "tcp",
            discovery::model::Protocol::Udp => "udp",
            discovery::model::Protocol::Sctp => "sctp",
        };
        let comma = if at > 0 { "、" } else { "" };
        let name = service.product.as_deref().or(service.name.as_deref());
        let _ = write!(words, "{comma}{}/{protocol}", service.port);
        if let Some(name) = name {
            let _ = write!(words, " ({name})");
        }
    }
    words
}

pub(super) async fn decide(
    context: Context,
    PathOf(id): PathOf<Uuid>,
    SubmittedForm(state): SubmittedForm,
) -> Result<Response, WebError> {
    let (read, proof) = proofs(&context, id).await?;
    let import = store::import(context.database(), &read, id).await?;
    let mut decisions: Decisions = import.decisions;
    let is_chosen = |name: &str| state.is_chosen(name, "yes");
    match state.value("scope") {
        "all" => {
            decisions.add = is_chosen("add");
            decisions.fill = is_chosen("fill");
            decisions.replace = is_chosen("replace");
            decisions.is_complete = is_chosen("is_complete");
        }
        "rows" => {
            for key in state.values("shown") {
                if state.is_chosen("take", key) {
                    decisions.left_out.remove(key);
                } else {
                    decisions.left_out.insert(key.clone());
                }
            }
        }
        "products" => {
            for at in 0..ROWS {
                let product = state.value(&format!("product-{at}"));
                if product.is_empty() {
                    continue;
                }
                match parse_uuid(state.value(&format!("belongs-{at}"))) {
                    Ok(asset) => decisions.belongs.insert(product.to_owned(), asset),
                    Err(_) => decisions.belongs.remove(product),
                };
            }
        }
        "questions" => {
            for at in 0..QUESTIONS {
                let question = state.value(&format!("question-{at}"));
                if question.is_empty() {
                    continue;
                }
                let answer = match state.value(&format!("answer-{at}")) {
                    "new" => Some(Answer::New),
                    "leave_out" => Some(Answer::LeaveOut),
                    row => parse_uuid(row).ok().map(Answer::Same),
                };
                match answer {
                    Some(answer) => decisions.answers.insert(question.to_owned(), answer),
                    None => decisions.answers.remove(question),
                };
            }
        }
        _ => return Err(WebError::invalid("error-not-a-form")),
    }
    operations::decide(&context, &proof, id, &decisions).await?;
    let to = address(
        &format!("{PATH}/{id}"),
        [
            ("show", state.value("show")),
            ("page", state.value("page")),
            ("search", state.value("search")),
        ],
    );
    let message = FlashMessage::done("inventory-import-decided");
    Ok(context.redirect(&to, message))
}

pub(super) async fn confirm(
    context: Context,
    PathOf(id): PathOf<Uuid>,
    SubmittedForm(state): SubmittedForm,
) -> Result<Response, WebError> {
    let proof = edit_proof(&context, id).await?;
    let here = format!("{PATH}/{id}");
    let seen = state.value("seen");
    match operations::confirm_import(&context, &proof, id, Some(seen)).await {
        Ok(counts) => {
            let devices = counts.new + counts.changed;
            let records = counts.records_new + counts.records_changed;
            let (key, new, changed) = match records > 0 && devices == 0 {
                true => (
                    "inventory-import-done-records",
                    counts.records_new,
                    counts.records_changed,
                ),
                false => ("inventory-import-done", counts.new, counts.changed),
            };
            let message = FlashMessage::done(key)
                .with("new", new.to_string())
                .with("changed", changed.to_string());
            Ok(context.redirect(&here, message))
        }
        Err(operations::ImportRefused::LookAgain) => {
            let message = FlashMessage::failed("inventory-import-look-again");
            Ok(context.redirect(&here, message))
        }
        Err(operations::ImportRefused::Web(error)) => Err(error),
    }
}

pub(super) async fn cancel(
    context: Context,
    PathOf(id): PathOf<Uuid>,
) -> Result<Response, WebError> {
    let proof = edit_proof(&context, id).await?;
    operations::cancel_import(&context, &proof, id).await?;
    Ok(context.redirect(PATH, FlashMessage::done("inventory-import-cancelled")))
}
