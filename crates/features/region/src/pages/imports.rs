//! Importing a roll: choose a file, look at what it would do, take it over.

use std::collections::HashMap;

use axum::extract::Multipart;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use bytes::Bytes;
use maud::{Markup, html};
use serde::Deserialize;
use uuid::Uuid;
use yagura_documents::messages::Explain as _;
use yagura_kernel::id::OrganizationId;
use yagura_kernel::organization::OrganizationKind;
use yagura_kernel::policy::actions;
use yagura_web::api::{PathOf, QueryOf};
use yagura_web::i18n::Translator;
use yagura_web::ui::components::{
    Column, Span, StatTile, Tab, Table, TableRow, Tone, card, data_table, date_time, details,
    empty_state, note, organization_kind, row, stat_tile, steps, tabs, tag,
};
use yagura_web::ui::forms::{
    Button, Field as FormField, FileRules, Form, FormState, button, button_row, error_summary,
    file_field, form, link_button,
};
use yagura_web::ui::layout::Crumb;
use yagura_web::{Context, FlashMessage, WebError, args};

use super::{LARGEST_ROLL, download, id_from, imprinted, paths, roll_crumb};
use crate::export;
use crate::import::{
    self, Change, Counts, Issue, Parsed, Plan, Remark, Roll, Step, explain, field_label, issue_text,
};
use crate::model::member::Field;
use crate::operations::{self, Confirmed};
use crate::store::exports::Format;
use crate::store::imports::{self, Import, State};
use crate::words;
use yagura_web::address;

/// The name of the file's field.
const FILE: &str = "file";
/// How many earlier imports are listed.
const EARLIER: i64 = 20;
/// How many rows of a preview a page shows.
const ROWS: usize = 100;

pub(super) async fn page(context: Context) -> Result<Response, WebError> {
    import_page(&context, &FormState::empty()).await
}

async fn import_page(context: &Context, state: &FormState) -> Result<Response, WebError> {
    let proof = context.authorize_own::<actions::ManageMembers>().await?;
    let t = context.t();
    let earlier = imports::list(context.database(), &proof, None, EARLIER).await?;
    let rules = FileRules {
        accept: ".xlsx,.xlsm,.csv,.txt,.tsv",
        accepted_words: t.t("region-import-accepted"),
        largest: LARGEST_ROLL,
        multiple: false,
    };
    let body = html! {
        (error_summary(t, state))
        (row(&[
            (Span::Seven, card(t.t("region-import-file"), html! {
                (form(t, &Form::post(paths::IMPORT).upload(), html! {
                    (file_field(t, state, &FormField::new(FILE, t.t("region-import-file-label"))
                        .required(), &rules))
                    (button_row(&Button::primary(t.t("region-import-read")), &[
                        link_button("/members/import/template.xlsx",
                            t.t("region-import-template"), false),
                    ]))
                }))
            })),
            (Span::Five, card(t.t("region-import-how"), html! {
                (steps(&[
                    (t.t("region-import-step-1"), html! { (t.t("region-import-step-1-why")) }),
                    (t.t("region-import-step-2"), html! { (t.t("region-import-step-2-why")) }),
                    (t.t("region-import-step-3"), html! { (t.t("region-import-step-3-why")) }),
                ]))
                p.small { (t.t("region-import-never-removes")) }
            })),
        ]))
        (card(t.t("region-import-columns"), columns_help(t)))
        (card(t.t("region-import-earlier"), html! {
            @if earlier.is_empty() {
                (empty_state(t.t("region-import-none"), html! { (t.t("region-import-none-why")) }))
            } @else { (earlier_table(t, &earlier)) }
        }))
    };
    let mut frame = context.frame(t.t("region-import-title"));
    frame.breadcrumbs = vec![roll_crumb(context)];
    context.respond(frame, body).await
}

/// Which headings are understood.
fn columns_help(t: &Translator) -> Markup {
    let rows = Field::ALL
        .into_iter()
        .map(|field| {
            let key = format!("region-import-headings-{}", field.code());
            TableRow::new(vec![
                html! {
                    (field_label(t, field))
                    @if matches!(field, Field::Name | Field::Kind) {
                        " " (tag(Tone::Neutral, t.t("region-import-needed")))
                    }
                },
                html! { (t.find(&key).unwrap_or_default()) },
            ])
        })
        .collect();
    details(
        t.t("region-import-columns-open"),
        data_table(&Table::new(
            t.t("region-import-columns"),
            vec![
                Column::text(t.t("region-column-field")),
                Column::text(t.t("region-import-headings")),
            ],
            rows,
        )),
    )
}

fn state_word(t: &Translator, state: State) -> Markup {
    match state {
        State::Pending => tag(Tone::Caution, t.t("region-import-state-pending")),
        State::Applied => tag(Tone::Success, t.t("region-import-state-applied")),
        State::Cancelled => tag(Tone::Neutral, t.t("region-import-state-cancelled")),
        State::Expired => tag(Tone::Neutral, t.t("region-import-state-expired")),
    }
}

fn counts_words(t: &Translator, counts: &Counts) -> String {
    let number = |count: usize| i64::try_from(count).unwrap_or(i64::MAX);
    t.t_args(
        "region-import-counts",
        args![
            ("new", number(counts.new + counts.joining)),
            ("changed", number(counts.changed)),
            ("unchanged", number(counts.unchanged)),
            ("errors", number(counts.errors))
        ],
    )
    .into_owned()
}

fn earlier_table(t: &Translator, earlier: &[Import]) -> Markup {
    let rows = earlier
        .iter()
        .map(|import| {
            TableRow::new(vec![
                html! { a href={ (paths::IMPORT) "/" (import.id) } { (import.file_name) } },
                date_time(t, import.created_at),
                state_word(t, import.state),
                html! { (counts_words(t, &import.counts)) },
            ])
        })
        .collect();
    data_table(&Table::new(
        t.t("region-import-earlier"),
        vec![
            Column::text(t.t("region-import-file-label")),
            Column::text(t.t("region-column-when")),
            Column::text(t.t("region-column-state")),
            Column::text(t.t("region-import-result")),
        ],
        rows,
    ))
}

pub(super) async fn template(context: Context) -> Result<Response, WebError> {
    let _proof = context.authorize_own::<actions::ManageMembers>().await?;
    let t = context.t().clone();
    let today = context.today;
    let bytes = context
        .app
        .make_document(move || import::template(&t, today))
        .await?;
    Ok(download(
        bytes,
        Format::Xlsx,
        "yagura-members-template.xlsx",
    ))
}

/// Takes the file out of the form.
async fn receive(mut multipart: Multipart) -> Result<Option<(String, Bytes)>, WebError> {
    let broken = |error: axum::extract::multipart::MultipartError| {
        if error.status() == StatusCode::PAYLOAD_TOO_LARGE {
            WebError::TooLarge {
                limit: LARGEST_ROLL,
            }
        } else {
            WebError::invalid("error-not-a-form")
        }
    };
    while let Some(field) = multipart.next_field().await.map_err(broken)? {
        if field.name() == Some(FILE) {
            let name = field.file_name().unwrap_or_default().to_owned();
            let bytes = field.bytes().await.map_err(broken)?;
            let is_chosen = !name.is_empty() || !bytes.is_empty();
            return Ok(is_chosen.then_some((name, bytes)));
        }
    }
    Ok(None)
}

pub(super) async fn upload(context: Context, multipart: Multipart) -> Result<Response, WebError> {
    let proof = context.authorize_own::<actions::ManageMembers>().await?;
    let t = context.t();
    let mut state = FormState::empty();
    let Some((name, bytes)) = receive(multipart).await? else {
        state.add_error(FILE, t.t("region-import-choose"));
        let page = import_page(&context, &state).await?;
        return Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response());
    };
    match operations::start_import(&context, &proof, bytes, &name).await? {
        Ok(id) => Ok(yagura_web::see_other(&format!("{}/{id}", paths::IMPORT))),
        Err(error) => {
            state.add_error(FILE, explain(t, &error));
            let page = import_page(&context, &state).await?;
            Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
        }
    }
}

/// Which part of a preview is looked at.
#[derive(Debug, Clone, Default, Deserialize)]
pub(super) struct PreviewQuery {
    show: Option<String>,
    page: Option<usize>,
}

pub(super) async fn preview(
    context: Context,
    PathOf(id): PathOf<String>,
    QueryOf(query): QueryOf<PreviewQuery>,
) -> Result<Response, WebError> {
    let proof = context.authorize_own::<actions::ManageMembers>().await?;
    let id: Uuid = id_from(&id)?;
    let t = context.t();
    let import = imports::get(context.database(), &proof, id).await?;
    let parsed = imports::parsed(context.database(), &proof, id).await?;
    let is_waiting = import.expires_at > context.now;
    let (title, body) = match parsed.filter(|_| is_waiting) {
        None => (t.t("region-import-done-title"), done(t, &import)),
        Some(parsed) => {
            let (plan, roll) =
                operations::preview(context.database(), &proof, &parsed, &context).await?;
            (
                t.t("region-import-preview-title"),
                waiting(t, &import, &parsed, &plan, &roll, &query),
            )
        }
    };
    let mut frame = context.frame(title);
    frame.lede = Some(html! { (import.file_name) "　" (date_time(t, import.created_at)) });
    frame.breadcrumbs = vec![
        roll_crumb(&context),
        Crumb::new(t.t("region-import-title"), paths::IMPORT),
    ];
    context.respond(frame, body).await
}

/// What became of an import that no longer waits.
fn done(t: &Translator, import: &Import) -> Markup {
    card(
        t.t("region-import-result"),
        html! {
            p {
                @if import.state == State::Pending {
                    (state_word(t, State::Expired))
                } @else { (state_word(t, import.state)) }
                @if let Some(at) = import.finished_at { " " (date_time(t, at)) }
            }
            p { (counts_words(t, &import.counts)) }
            p { a href=(paths::ROLL) { (t.t("region-import-to-roll")) } }
        },
    )
}

const VIEWS: [&str; 6] = [
    "errors",
    "new",
    "changed",
    "unchanged",
    "notices",
    "not_in_file",
];

fn waiting(
    t: &Translator,
    import: &Import,
    parsed: &Parsed,
    plan: &Plan,
    roll: &Roll,
    query: &PreviewQuery,
) -> Markup {
    let counts = plan.counts(parsed);
    let here = format!("{}/{}", paths::IMPORT, import.id);
    let numbers = [
        counts.errors,
        counts.new + counts.joining,
        counts.changed,
        counts.unchanged,
        counts.notices,
        counts.not_in_file,
    ];
    let busiest = VIEWS
        .into_iter()
        .zip(numbers)
        .find(|(_, number)| *number > 0);
    let view = VIEWS
        .into_iter()
        .find(|view| query.show.as_deref() == Some(*view))
        .or(busiest.map(|(view, _)| view))
        .unwrap_or("new");
    let labels = [
        t.t("region-preview-errors"),
        t.t("region-preview-new"),
        t.t("region-preview-changed"),
        t.t("region-preview-unchanged"),
        t.t("region-preview-notices"),
        t.t("region-preview-not-in-file"),
    ];
    let hrefs = VIEWS.map(|view| address(&here, [("show", view)]));
    let entries: Vec<Tab<'_>> = labels
        .iter()
        .zip(&hrefs)
        .zip(VIEWS.into_iter().zip(numbers))
        .map(|((label, href), (name, number))| Tab {
            label,
            href,
            count: u64::try_from(number).ok(),
            current: name == view,
        })
        .collect();
    let changing = counts.new + counts.joining + counts.changed;
    html! {
        (verdict(t, import, &counts, changing))
        (row(&tiles(t, &counts)))
        (card(t.t("region-preview-title"), html! {
            (tabs(t.t("region-preview-title"), &entries))
            (view_of(t, view, parsed, plan, roll, query.page.unwrap_or(1), &here))
        }))
        (card(t.t("region-preview-columns"), sheets(t, parsed)))
    }
}

/// What can be done now: mend, or take over.
fn verdict(t: &Translator, import: &Import, counts: &Counts, changing: usize) -> Markup {
    let here = format!("{}/{}", paths::IMPORT, import.id);
    let number = |count: usize| i64::try_from(count).unwrap_or(i64::MAX);
    let cancel = html! {
        form action={ (here) "/cancel" } method="post" {
            (button(&Button::secondary(t.t("region-import-drop"))))
        }
    };
    if counts.errors > 0 {
        return html! {
            (note(t, Tone::Danger, html! {
                p { (t.t_args("region-preview-has-errors", args![("count", number(counts.errors))])) }
                p {
                    a href={ (here) "/issues.xlsx" } { (t.t("region-preview-issues-xlsx")) } "　"
                    a href=(paths::IMPORT) { (t.t("region-preview-again")) }
                }
            }))
            (cancel)
        };
    }
    html! {
        (note(t, if changing > 0 { Tone::Info } else { Tone::Neutral }, html! {
            @if changing > 0 {
                p { (t.t_args("region-preview-will", args![
                    ("new", number(counts.new)),
                    ("joining", number(counts.joining)),
                    ("changed", number(counts.changed)),
                    ("stay", number(counts.not_in_file))
                ])) }
            } @else { p { (t.t("region-preview-nothing")) } }
            p.small {
                (t.t("region-preview-until")) " " (date_time(t, import.expires_at))
            }
        }))
        div.buttons {
            @if changing > 0 {
                form action={ (here) "/confirm" } method="post" {
                    (button(&Button::primary(&t.t_args("region-import-confirm",
                        args![("count", number(changing))]))))
                }
            }
            (cancel)
        }
    }
}

fn tiles(t: &Translator, counts: &Counts) -> Vec<(Span, Markup)> {
    let tile = |label: &str, count: usize, detail: &str, tone: Tone| {
        let value = words::number(t, i64::try_from(count).unwrap_or(i64::MAX));
        let tile = StatTile {
            label,
            value: &value,
            unit: t.t("region-unit"),
            detail,
            tone,
            link: None,
        };
        (Span::Three, stat_tile(&tile))
    };
    let joining = t.t_args(
        "region-preview-joining",
        args![("count", i64::try_from(counts.joining).unwrap_or(i64::MAX))],
    );
    vec![
        tile(
            t.t("region-preview-new"),
            counts.new + counts.joining,
            if counts.joining > 0 { &joining } else { "" },
            Tone::Neutral,
        ),
        tile(
            t.t("region-preview-changed"),
            counts.changed,
            "",
            Tone::Neutral,
        ),
        tile(
            t.t("region-preview-unchanged"),
            counts.unchanged,
            "",
            Tone::Neutral,
        ),
        tile(
            t.t("region-preview-not-in-file"),
            counts.not_in_file,
            t.t("region-preview-they-stay"),
            Tone::Neutral,
        ),
    ]
}

fn sheets(t: &Translator, parsed: &Parsed) -> Markup {
    html! {
        @for sheet in &parsed.sheets {
            h3 { (sheet.name) }
            p.small { (t.t_args("region-preview-header-row",
                args![("row", sheet.header_row.to_string())])) }
            ul {
                @for column in &sheet.columns {
                    li {
                        (column.letters) " 「" (column.heading) "」 → "
                        b { (field_label(t, column.field)) }
                    }
                }
                @for (letters, heading) in &sheet.ignored {
                    li { (letters) " 「" (heading) "」 → " (t.t("region-preview-ignored")) }
                }
            }
        }
    }
}

fn view_of(
    t: &Translator,
    view: &str,
    parsed: &Parsed,
    plan: &Plan,
    roll: &Roll,
    page: usize,
    here: &str,
) -> Markup {
    match view {
        "errors" | "notices" => {
            let errors = view == "errors";
            let issues: Vec<&Issue> = parsed
                .issues
                .kept
                .iter()
                .chain(&plan.issues.kept)
                .filter(|issue| matches!(issue.remark, Remark::Error(_)) == errors)
                .collect();
            let table = |part: &[&Issue]| issue_table(t, part);
            paged(t, view, &issues, page, here, table)
        }
        "not_in_file" => {
            let members: Vec<&(OrganizationId, String)> = plan.not_in_file.iter().collect();
            paged(t, view, &members, page, here, |part| {
                html! {
                    p { (t.t("region-preview-they-stay")) }
                    ul {
                        @for (id, name) in part {
                            li { a href={ (paths::ROLL) "/" (id) } { (name) } }
                        }
                    }
                }
            })
        }
        "changed" => {
            let names: HashMap<OrganizationId, &str> = roll
                .members
                .iter()
                .map(|member| (member.id, member.draft.name.as_str()))
                .collect();
            let changed: Vec<(&OrganizationId, &[Change])> = plan
                .steps
                .iter()
                .filter_map(|step| match step {
                    Step::Change { member, changes } => Some((member, changes.as_slice())),
                    _ => None,
                })
                .collect();
            paged(t, view, &changed, page, here, |part| {
                change_table(t, part, &names)
            })
        }
        view => {
            let rows: Vec<(&import::ParsedRow, &Step)> = parsed
                .rows
                .iter()
                .zip(&plan.steps)
                .filter(|(_, step)| match step {
                    Step::New | Step::Join { .. } => view == "new",
                    Step::Unchanged { .. } => view == "unchanged",
                    Step::Change { .. } | Step::Refused => false,
                })
                .collect();
            paged(t, view, &rows, page, here, |part| row_table(t, part))
        }
    }
}

/// A page of a list that stands in memory, with links to the pages around.
fn paged<T: Copy>(
    t: &Translator,
    view: &str,
    all: &[T],
    page: usize,
    here: &str,
    write: impl Fn(&[T]) -> Markup,
) -> Markup {
    if all.is_empty() {
        return html! { p { (t.t("region-preview-none")) } };
    }
    let last = all.len().div_ceil(ROWS);
    let page = page.clamp(1, last);
    let part = all.chunks(ROWS).nth(page - 1).unwrap_or_default();
    let link = |page: usize| address(here, [("show", view), ("page", &page.to_string())]);
    html! {
        (write(part))
        @if last > 1 {
            nav.pages aria-label=(t.t("list-pages")) {
                p { (t.t_args("region-preview-page", args![
                    ("page", i64::try_from(page).unwrap_or(1)),
                    ("pages", i64::try_from(last).unwrap_or(1))
                ])) }
                @if page > 1 { a href=(link(page - 1)) rel="prev" { (t.t("list-previous")) } }
                @if page < last { a href=(link(page + 1)) rel="next" { (t.t("list-next")) } }
            }
        }
    }
}

fn issue_table(t: &Translator, issues: &[&Issue]) -> Markup {
    let rows = issues
        .iter()
        .map(|issue| {
            TableRow::new(vec![
                html! { (issue.sheet) },
                html! { (issue.row) },
                html! { (issue.column.as_deref().unwrap_or("–")) },
                html! { (field_label(t, issue.field)) },
                html! { (issue_text(t, issue)) },
            ])
        })
        .collect();
    data_table(
        &Table::new(
            t.t("region-preview-title"),
            vec![
                Column::text(t.t("region-column-sheet")),
                Column::number(t.t("region-column-row")),
                Column::text(t.t("region-column-column")),
                Column::text(t.t("region-column-field")),
                Column::text(t.t("region-column-remedy")),
            ],
            rows,
        )
        .without_row_headers(),
    )
}

fn change_table(
    t: &Translator,
    changed: &[(&OrganizationId, &[Change])],
    names: &HashMap<OrganizationId, &str>,
) -> Markup {
    let value = |field: Field, text: &str| match field {
        Field::Kind => OrganizationKind::from_code(text).map_or_else(
            || text.to_owned(),
            |kind| organization_kind(t, kind).to_owned(),
        ),
        _ => text.to_owned(),
    };
    let rows = changed
        .iter()
        .map(|(member, changes)| {
            TableRow::new(vec![
                html! {
                    a href={ (paths::ROLL) "/" (member) } {
                        (names.get(*member).copied().unwrap_or_default())
                    }
                },
                html! {
                    ul {
                        @for change in *changes {
                            li {
                                (field_label(t, change.field)) ": "
                                @match &change.from {
                                    Some(from) => del { (value(change.field, from)) },
                                    None => (t.t("region-none")),
                                }
                                " → " ins { (value(change.field, &change.to)) }
                            }
                        }
                    }
                },
            ])
        })
        .collect();
    data_table(&Table::new(
        t.t("region-preview-changed"),
        vec![
            Column::text(t.t("region-field-name")),
            Column::text(t.t("region-preview-changes")),
        ],
        rows,
    ))
}

fn row_table(t: &Translator, rows: &[(&import::ParsedRow, &Step)]) -> Markup {
    let rows = rows
        .iter()
        .map(|(row, step)| {
            let member = &row.member;
            TableRow::new(vec![
                html! {
                    (member.name)
                    @if matches!(step, Step::Join { .. }) {
                        " " (tag(Tone::Info, t.t("region-preview-joins")))
                    }
                },
                html! { (words::kind_and_size(t, member.kind, member.beds)) },
                html! { (member.code.as_deref().unwrap_or_default()) },
                html! { (member.address.as_deref().unwrap_or_default()) },
                html! { (member.phone.as_deref().unwrap_or_default()) },
                html! { (row.row) },
            ])
        })
        .collect();
    data_table(&Table::new(
        t.t("region-preview-new"),
        vec![
            Column::text(t.t("region-field-name")),
            Column::text(t.t("region-field-kind")),
            Column::text(t.t("region-field-code")),
            Column::text(t.t("region-field-address")),
            Column::text(t.t("region-field-phone")),
            Column::number(t.t("region-column-row")),
        ],
        rows,
    ))
}

pub(super) async fn issues(
    context: Context,
    PathOf(id): PathOf<String>,
) -> Result<Response, WebError> {
    let proof = context.authorize_own::<actions::ManageMembers>().await?;
    let id: Uuid = id_from(&id)?;
    let parsed = imports::parsed(context.database(), &proof, id).await?;
    let parsed = parsed.ok_or(WebError::NotFound)?;
    let (plan, _) = operations::preview(context.database(), &proof, &parsed, &context).await?;
    let made = imprinted(&context);
    let all = parsed.issues.and(&plan.issues).kept;
    let bytes = context
        .app
        .make_document(move || export::issues_workbook(&made, &all))
        .await?;
    Ok(download(bytes, Format::Xlsx, "yagura-members-issues.xlsx"))
}

pub(super) async fn confirm(
    context: Context,
    PathOf(id): PathOf<String>,
) -> Result<Response, WebError> {
    let proof = context.authorize_own::<actions::ManageMembers>().await?;
    let id: Uuid = id_from(&id)?;
    let here = format!("{}/{id}", paths::IMPORT);
    match operations::confirm_import(&context, &proof, id).await {
        Ok(Confirmed::Done(counts)) => {
            let message = FlashMessage::done("region-flash-imported")
                .with("new", counts.new + counts.joining)
                .with("changed", counts.changed);
            Ok(context.redirect(paths::ROLL, message))
        }
        Ok(Confirmed::Gone) => Ok(context.redirect(
            paths::IMPORT,
            FlashMessage::failed("region-flash-import-gone"),
        )),
        Ok(Confirmed::LookAgain) => {
            Ok(context.redirect(&here, FlashMessage::failed("region-import-roll-changed")))
        }
        Err(import::ImportError::Store(error)) => Err(error.into()),
        Err(error) => Err(WebError::invalid_with(
            error.message_key(),
            &error.message_arguments(),
        )),
    }
}

pub(super) async fn cancel(
    context: Context,
    PathOf(id): PathOf<String>,
) -> Result<Response, WebError> {
    let proof = context.authorize_own::<actions::ManageMembers>().await?;
    let id: Uuid = id_from(&id)?;
    operations::cancel_import(&context, &proof, id).await?;
    Ok(context.redirect(
        paths::IMPORT,
        FlashMessage::done("region-flash-import-dropped"),
    ))
}
