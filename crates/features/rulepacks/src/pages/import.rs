//! Importing a pack: choose a file, look at what it would do, take it over.

use axum::extract::Multipart;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use bytes::Bytes;
use maud::{Markup, html};
use uuid::Uuid;
use yagura_kernel::policy::actions;
use yagura_kernel::time::FiscalYear;
use yagura_packs::{Severity, Sheet};
use yagura_web::api::PathOf;
use yagura_web::i18n::{Translator, args};
use yagura_web::ui::components::{
    Column, Span, StatTile, Table, TableRow, Tone, card, data_table, date_time, note, row,
    stat_tile, steps, tag,
};
use yagura_web::ui::forms::{
    Button, Choice, Field, FileRules, Form, FormState, button, button_row, checkbox, error_summary,
    file_field, form, select,
};
use yagura_web::ui::layout::Crumb;
use yagura_web::{Context, FlashMessage, WebError};

use super::{IMPORT, LIST, list_crumb};
use crate::operations::{self, Confirmed};
use crate::prepare::{Prepared, Standing, counts};
use crate::read::{LARGEST_FILE, ReadFile, ReadOptions};
use crate::store::{self, Import, State};
use crate::words::{self, change_text, finding_text, remark_text};

const FILE: &str = "file";
const YEAR: &str = "fiscal_year";
const SHEET: &str = "sheet";
const OFFICIAL: &str = "official";
/// The years offered, around the present one.
const YEARS_BACK: usize = 4;
/// The longest value of a field beside the file.
const LONGEST: usize = 200;

pub(super) async fn page(context: Context) -> Result<Response, WebError> {
    form_page(&context, &FormState::empty()).await
}

async fn form_page(context: &Context, state: &FormState) -> Result<Response, WebError> {
    let _proof = context
        .authorize_installation::<actions::ManagePacks>()
        .await?;
    let t = context.t();
    let rules = FileRules {
        accept: ".toml,.yaml,.yml,.json,.xlsx,.xlsm,.csv",
        accepted_words: t.t("rulepacks-import-accepted"),
        largest: LARGEST_FILE,
        multiple: false,
    };
    let first = context.app.fiscal_year().next();
    let years: Vec<(String, String)> =
        std::iter::successors(Some(first), |year| Some(year.previous()))
            .take(YEARS_BACK + 2)
            .map(|year| (year.year().to_string(), t.fiscal_year(year)))
            .collect();
    let mut year_choices = vec![Choice::new("", t.t("rulepacks-import-from-file"))];
    year_choices.extend(years.iter().map(|(value, label)| Choice::new(value, label)));
    let sheet_choices = [
        Choice::new("", t.t("rulepacks-import-from-file")),
        Choice::new("institution", t.t("rulepacks-kind-institution")),
        Choice::new("vendor", t.t("rulepacks-kind-vendor")),
        Choice::new("general", t.t("rulepacks-kind-general")),
    ];
    let body = html! {
        (error_summary(t, state))
        (row(&[
            (Span::Seven, card(t.t("rulepacks-import-file-title"), html! {
                (form(t, &Form::post(IMPORT).upload(), html! {
                    (select(t, state, &Field::new(YEAR, t.t("rulepacks-import-year"))
                        .hint(t.t("rulepacks-import-year-hint")), &year_choices))
                    (select(t, state, &Field::new(SHEET, t.t("rulepacks-import-sheet")),
                        &sheet_choices))
                    (checkbox(t, state, &Field::new(OFFICIAL, t.t("rulepacks-import-official"))
                        .hint(t.t("rulepacks-import-official-hint"))))
                    (file_field(t, state, &Field::new(FILE, t.t("rulepacks-import-file"))
                        .required(), &rules))
                    (button_row(&Button::primary(t.t("rulepacks-import-read")), &[]))
                }))
            })),
            (Span::Five, card(t.t("rulepacks-import-how"), steps(&[
                (t.t("rulepacks-import-step-1"), html! { (t.t("rulepacks-import-step-1-why")) }),
                (t.t("rulepacks-import-step-2"), html! { (t.t("rulepacks-import-step-2-why")) }),
                (t.t("rulepacks-import-step-3"), html! { (t.t("rulepacks-import-step-3-why")) }),
            ]))),
        ]))
    };
    let mut frame = context.frame(t.t("rulepacks-import"));
    frame.breadcrumbs = vec![list_crumb(context)];
    context.respond(frame, body).await
}

/// What the form sent: the file, where one was chosen, and the other fields.
async fn receive(
    mut multipart: Multipart,
) -> Result<(Option<(String, Bytes)>, FormState), WebError> {
    let broken = |error: axum::extract::multipart::MultipartError| {
        if error.status() == StatusCode::PAYLOAD_TOO_LARGE {
            WebError::TooLarge {
                limit: LARGEST_FILE,
            }
        } else {
            WebError::invalid("error-not-a-form")
        }
    };
    let mut file = None;
    let mut state = FormState::empty();
    while let Some(field) = multipart.next_field().await.map_err(broken)? {
        let name = field.name().unwrap_or_default().to_owned();
        if name == FILE {
            let file_name = field.file_name().unwrap_or_default().to_owned();
            let bytes = field.bytes().await.map_err(broken)?;
            file = (!file_name.is_empty() || !bytes.is_empty()).then_some((file_name, bytes));
        } else if [YEAR, SHEET, OFFICIAL].contains(&name.as_str()) {
            let value = field.bytes().await.map_err(broken)?;
            let value = String::from_utf8_lossy(&value);
            if value.len() > LONGEST {
                return Err(WebError::invalid("error-not-a-form"));
            }
            state.set(name, value);
        }
    }
    Ok((file, state))
}

/// The sheet by its word in forms and files.
pub(crate) fn sheet_of(word: &str) -> Option<Sheet> {
    [Sheet::Institution, Sheet::Vendor, Sheet::General]
        .into_iter()
        .find(|sheet| sheet.as_str() == word)
}

pub(super) async fn upload(context: Context, multipart: Multipart) -> Result<Response, WebError> {
    let proof = context
        .authorize_installation::<actions::ManagePacks>()
        .await?;
    let t = context.t();
    let (file, mut state) = receive(multipart).await?;
    let options = ReadOptions {
        fiscal_year: state
            .read_number(t, YEAR, t.t("rulepacks-import-year"), 2000..=2100)
            .and_then(|year| i32::try_from(year).ok())
            .and_then(|year| FiscalYear::new(year).ok()),
        sheet: sheet_of(state.value(SHEET)),
        official: state.is_chosen(OFFICIAL, "yes"),
    };
    if file.is_none() {
        state.add_error(FILE, t.t("rulepacks-import-choose"));
    }
    if let Some((name, bytes)) = file.filter(|_| !state.has_errors()) {
        match operations::read_aside(bytes, name, options).await? {
            Ok(read) => {
                let id = operations::start(&context, &proof, read).await?;
                return Ok(yagura_web::see_other(&format!("{IMPORT}/{id}")));
            }
            Err(error) => state.add_error(FILE, remark_text(t, &error.said())),
        }
    }
    let page = form_page(&context, &state).await?;
    Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
}

pub(crate) fn id_from(text: &str) -> Result<Uuid, WebError> {
    yagura_kernel::id::parse_uuid(text).map_err(|_| WebError::NotFound)
}

pub(super) async fn preview(
    context: Context,
    PathOf(id): PathOf<String>,
) -> Result<Response, WebError> {
    let proof = context
        .authorize_installation::<actions::ManagePacks>()
        .await?;
    let import = store::import(context.database(), &proof, id_from(&id)?, context.now).await?;
    let t = context.t();
    let body = match &import.file {
        Some(file) => {
            let prepared = operations::prepare_aside(file.clone(), context.app.packs()).await?;
            waiting(t, &import, file, &prepared)
        }
        None => done(t, &import),
    };
    let mut frame = context.frame(t.t("rulepacks-preview"));
    frame.lede = Some(html! { (import.file_name) "　" (date_time(t, import.created_at)) });
    frame.breadcrumbs = vec![
        list_crumb(&context),
        Crumb::new(t.t("rulepacks-import"), IMPORT),
    ];
    context.respond(frame, body).await
}

fn done(t: &Translator, import: &Import) -> Markup {
    let word = match import.state {
        State::Applied => t.t("rulepacks-state-applied"),
        State::Cancelled => t.t("rulepacks-state-cancelled"),
        State::Expired | State::Waiting => t.t("rulepacks-state-expired"),
    };
    card(
        t.t("rulepacks-preview-result"),
        html! {
            p { (word) @if let Some(at) = import.finished_at { " " (date_time(t, at)) } }
            @if import.state == State::Applied {
                p { a href={ (LIST) "/" (import.pack_id) } { (import.pack_id) } }
            } @else {
                p { a href=(IMPORT) { (t.t("rulepacks-import-again")) } }
            }
        },
    )
}

fn waiting(t: &Translator, import: &Import, file: &ReadFile, prepared: &Prepared) -> Markup {
    let here = format!("{IMPORT}/{}", import.id);
    let tone = match (prepared.can_be_taken(), prepared.standing) {
        (true, _) => Tone::Info,
        (false, Standing::Same) => Tone::Neutral,
        _ => Tone::Danger,
    };
    html! {
        (note(t, tone, html! {
            p { (words::standing(t, prepared.standing)) }
            @if prepared.errors() > 0 {
                p { (t.t_args("rulepacks-preview-errors", args![("count", prepared.errors())])) }
            }
            p.small { (t.t("rulepacks-preview-until")) " " (date_time(t, import.expires_at)) }
        }))
        div.buttons {
            @if prepared.can_be_taken() {
                form action={ (here) "/confirm" } method="post" {
                    (button(&Button::primary(t.t("rulepacks-preview-confirm"))))
                }
            }
            form action={ (here) "/cancel" } method="post" {
                (button(&Button::secondary(t.t("rulepacks-preview-drop"))))
            }
        }
        (row(&tiles(t, prepared)))
        (card(t.t("rulepacks-preview-pack"), identity(t, file, prepared)))
        @if !file.remarks.is_empty() {
            (card(t.t("rulepacks-preview-remarks"), html! {
                ul { @for remark in &file.remarks { li { (remark_text(t, remark)) } } }
            }))
        }
        @if !prepared.findings.is_empty() {
            (card(t.t("rulepacks-preview-findings"), findings(t, prepared)))
        }
        @if let Some(base) = &prepared.base {
            (card(t.t("rulepacks-preview-changes"), html! {
                p {
                    @if base.same_edition { (t.t("rulepacks-preview-against-same")) }
                    @else { (t.t("rulepacks-preview-against-before")) }
                    " " a href={ (LIST) "/" (base.id) } { (base.id) " " (base.version) }
                }
                @if prepared.changes.is_empty() { p { (t.t("rulepacks-none")) } }
                @else {
                    ul {
                        @for change in &prepared.changes {
                            li {
                                (change_text(t, change))
                                @if !change.certain {
                                    " " (tag(Tone::Caution, t.t("rulepacks-uncertain")))
                                }
                            }
                        }
                    }
                }
            }))
        }
        (card(t.t("rulepacks-preview-rows"), rows(t, prepared)))
    }
}

fn tiles(t: &Translator, prepared: &Prepared) -> Vec<(Span, Markup)> {
    let (all, open) = counts(&prepared.pack);
    let tile = |label: &str, number: usize, tone: Tone| {
        let value = number.to_string();
        let tile = StatTile {
            label,
            value: &value,
            unit: "",
            detail: "",
            tone,
            link: None,
        };
        (Span::Three, stat_tile(&tile))
    };
    let caution = |number: usize| {
        if number > 0 {
            Tone::Caution
        } else {
            Tone::Neutral
        }
    };
    let mut tiles = vec![
        tile(t.t("rulepacks-column-rows"), all, Tone::Neutral),
        tile(t.t("rulepacks-unverified-rows"), open, caution(open)),
    ];
    if let Some(adoption) = &prepared.adoption {
        let lost = adoption.dropped.len();
        tiles.push(tile(
            t.t("rulepacks-preview-matched"),
            adoption.matched.len(),
            Tone::Neutral,
        ));
        tiles.push(tile(t.t("rulepacks-preview-dropped"), lost, caution(lost)));
    } else {
        let changes = prepared.changes.len();
        tiles.push(tile(
            t.t("rulepacks-preview-changes"),
            changes,
            Tone::Neutral,
        ));
    }
    tiles
}

fn identity(t: &Translator, file: &ReadFile, prepared: &Prepared) -> Markup {
    let pack = &prepared.pack;
    html! {
        p { b { (words::text(t, &pack.title)) } }
        ul {
            li { (pack.id) " " (pack.version) }
            li { (words::kind(t, pack)) }
            @if let Some(year) = pack.fiscal_year { li { (t.fiscal_year(year)) } }
            li { "SHA-256 " code { (file.sha256) } }
        }
    }
}

fn findings(t: &Translator, prepared: &Prepared) -> Markup {
    let rows = prepared
        .findings
        .iter()
        .map(|finding| {
            let tone = match finding.severity {
                Severity::Error => Tone::Danger,
                Severity::Warning => Tone::Caution,
                Severity::Info => Tone::Neutral,
            };
            TableRow::new(vec![
                tag(tone, words::severity(t, finding.severity)),
                html! { code { (finding.place) } },
                html! { (finding_text(t, finding)) },
            ])
        })
        .collect();
    data_table(
        &Table::new(
            t.t("rulepacks-preview-findings"),
            vec![
                Column::text(t.t("rulepacks-column-severity")),
                Column::text(t.t("rulepacks-column-place")),
                Column::text(t.t("rulepacks-column-what")),
            ],
            rows,
        )
        .without_row_headers(),
    )
}

fn rows(t: &Translator, prepared: &Prepared) -> Markup {
    let rows = prepared
        .pack
        .items()
        .map(|item| {
            TableRow::new(vec![
                html! { (words::row_name(t, item)) },
                html! { (words::text(t, &item.text)) },
                super::wording_tag(t, item.wording),
                html! {
                    @for before in &item.predecessors { div { (before) } }
                },
            ])
        })
        .collect();
    data_table(&Table::new(
        t.t("rulepacks-preview-rows"),
        vec![
            Column::text(t.t("rulepacks-column-row")),
            Column::text(t.t("rulepacks-column-text")),
            Column::text(t.t("rulepacks-column-wording")),
            Column::text(t.t("rulepacks-lineage")),
        ],
        rows,
    ))
}

pub(super) async fn confirm(
    context: Context,
    PathOf(id): PathOf<String>,
) -> Result<Response, WebError> {
    let proof = context
        .authorize_installation::<actions::ManagePacks>()
        .await?;
    let id = id_from(&id)?;
    let here = format!("{IMPORT}/{id}");
    Ok(match operations::confirm(&context, &proof, id).await? {
        Confirmed::Done { pack } => {
            let message = FlashMessage::done("rulepacks-flash-imported").with("pack", &pack);
            context.redirect(&format!("{LIST}/{pack}"), message)
        }
        Confirmed::Gone => context.redirect(IMPORT, FlashMessage::failed("rulepacks-flash-gone")),
        Confirmed::LookAgain => {
            context.redirect(&here, FlashMessage::failed("rulepacks-flash-look-again"))
        }
        Confirmed::Refused => {
            context.redirect(&here, FlashMessage::failed("rulepacks-flash-refused"))
        }
    })
}

pub(super) async fn cancel(
    context: Context,
    PathOf(id): PathOf<String>,
) -> Result<Response, WebError> {
    let proof = context
        .authorize_installation::<actions::ManagePacks>()
        .await?;
    operations::cancel(&context, &proof, id_from(&id)?).await?;
    Ok(context.redirect(IMPORT, FlashMessage::done("rulepacks-flash-dropped")))
}
