//! The matrix: who needs help, and with what?

use axum::response::Response;
use futures_util::StreamExt as _;
use maud::{Markup, html};
use serde_json::json;
use uuid::Uuid;
use yagura_checklists::overview::{self, Cursor, ItemColumn, MemberSheet, Progress};
use yagura_kernel::policy::actions;
use yagura_kernel::proof::CellState;
use yagura_kernel::relation::SharingLevel;
use yagura_store::{blobs, jobs};
use yagura_web::api::{PathOf, QueryOf};
use yagura_web::i18n::Translator;
use yagura_web::ui::components::{
    Listing, Span, StatTile, Tab, Tone, card_with, empty_state, note, pagination, progress_bar,
    row, stat_tile, state_legend, state_word, tabs,
};
use yagura_web::ui::forms::{Button, FormState, button, hidden, link_button, print_button};
use yagura_web::ui::layout::Crumb;
use yagura_web::ui::matrix::{Matrix, MatrixItem, MatrixRow, matrix};
use yagura_web::{Context, FlashMessage, SubmittedForm, WebError, args};

use super::{
    Offered, download, figures_of, filters, id_from, imprinted, not_too_many, paths, size_note,
    total,
};
use crate::export;
use crate::figures::{self, Overview};
use crate::jobs as work;
use crate::listing::{COUNTED, MemberQuery, PAGE, cursor_text, given};
use crate::model::comparison::Share;
use crate::store::exports::{self, Format, NewExport};
use crate::words;

/// The address of a member's sheet, or of its page on the roll where it shares no answers.
fn member_href(sheet: &MemberSheet) -> String {
    match sheet.sheet {
        Some(id) if sheet.sharing >= SharingLevel::Answers => format!("/checklists/{id}"),
        _ => format!("{}/{}", paths::ROLL, sheet.member),
    }
}

pub(super) async fn page(
    context: Context,
    QueryOf(query): QueryOf<MemberQuery>,
) -> Result<Response, WebError> {
    let proof = context.authorize_own::<actions::ReadMembers>().await?;
    let t = context.t();
    let year = query.year(context.app.fiscal_year())?;
    let filter = query.filter(context.today)?;
    let packs = context.app.packs();
    let columns = overview::columns(&packs, year);
    let database = context.database();
    let rows = overview::member_sheets(
        database,
        &packs,
        &proof,
        year,
        &filter,
        query.after()?,
        PAGE + 1,
    )
    .await?;
    let figures = figures_of(&context, year).await?;
    let has_more = rows.len() > usize::try_from(PAGE).unwrap_or(usize::MAX);
    let shown = rows
        .get(..rows.len() - usize::from(has_more))
        .unwrap_or_default();
    let total = total(&context, &proof, year, &query, &filter, figures.as_ref()).await?;
    if shown.iter().any(|row| row.cells.is_some()) {
        let detail = json!({ "members": shown.len(), "form": "page" });
        context
            .audit_read(&proof, "matrix", context.organization.id, detail)
            .await?;
    }
    let first = query
        .after
        .is_some()
        .then(|| query.link(paths::MATRIX, &[]));
    let next = shown.last().filter(|_| has_more).map(|last| {
        query.link(
            paths::MATRIX,
            &[("after", &cursor_text(&Cursor::after(last)))],
        )
    });
    let as_text = given(query.view.as_ref()) == Some("text");
    let table_href = query.link(paths::MATRIX, &[("view", "")]);
    let text_href = query.link(paths::MATRIX, &[("view", "text")]);
    let views = [
        Tab {
            label: t.t("region-matrix-as-table"),
            href: &table_href,
            count: None,
            current: !as_text,
        },
        Tab {
            label: t.t("region-matrix-as-text"),
            href: &text_href,
            count: None,
            current: as_text,
        },
    ];
    let body = html! {
        @match &figures {
            Some(figures) => (row(&tiles(t, figures, &columns))),
            None => (note(t, Tone::Info, html! { (t.t("region-statistics-pending")) })),
        }
        (filters(&context, paths::MATRIX, &query, Offered::WithItems))
        (card_with(t.t("region-matrix-heading"), state_legend(t, None), html! {
            @if shown.is_empty() {
                @if query.is_filtered() {
                    (empty_state(t.t("region-roll-none-found"), html! {
                        a href=(paths::MATRIX) { (t.t("region-filter-clear")) }
                    }))
                } @else {
                    (empty_state(t.t("region-roll-empty"), html! {
                        a href=(paths::ROLL) { (t.t("region-roll-title")) }
                    }))
                }
            } @else {
                (tabs(t.t("region-matrix-views"), &views))
                @if as_text {
                    (text_list(t, &context, shown, &columns))
                } @else {
                    (matrix(t, &matrix_of(t, shown, &columns, context.today)))
                }
                (pagination(t, &Listing {
                    total: u64::try_from(total).unwrap_or_default(),
                    shown: u64::try_from(shown.len()).unwrap_or_default(),
                    first: None,
                    unit: t.t("region-unit"),
                    previous: first.as_deref(),
                    next: next.as_deref(),
                }))
                (saving(t, &query))
            }
        }))
    };
    let title = match &figures {
        Some(figures) => t
            .t_args("region-matrix-title", args![("count", figures.members)])
            .into_owned(),
        None => t.t("region-matrix-nav").to_owned(),
    };
    let mut frame = context.frame(title);
    frame.wide = true;
    frame.lede = Some(html! {
        (t.t_args("region-matrix-lede", args![("year", words::year(t, year))]))
        @if let Some(figures) = &figures {
            "　" (t.t_args("region-as-of", args![("when", t.date_time(figures.computed_at))]))
        }
    });
    frame.actions = Some(print_button(t));
    context.respond(frame, body).await
}

fn tiles(t: &Translator, figures: &Overview, columns: &[ItemColumn]) -> Vec<(Span, Markup)> {
    let share = Share {
        part: figures.round1_done,
        whole: figures.members,
    };
    let done_detail = t.t_args(
        "region-tile-done-detail",
        args![
            ("members", figures.members),
            ("percent", share.percent()),
            ("month", figures.round1_done_this_month)
        ],
    );
    let done = words::number(t, figures.round1_done);
    let (proven, proven_detail) = match figures::proof_shares(&figures.states) {
        Some([verified, documented, declared]) => {
            let shares = args![("documented", documented), ("declared", declared)];
            (
                verified.to_string(),
                t.t_args("region-tile-proof-detail", shares),
            )
        }
        None => ("–".to_owned(), t.t("region-tile-proof-none").into()),
    };
    let contradicted = words::number(t, figures.with_contradictions);
    let contradicted_detail = figures
        .most_contradicted
        .and_then(|(item, number)| {
            let column = columns.get(item)?;
            let label = column.short_label.in_language(t.lang().code());
            let item = format!("{} {label}", column.printed_id);
            Some(t.t_args(
                "region-tile-worst",
                args![("item", item), ("count", number)],
            ))
        })
        .unwrap_or_default();
    let unopened = words::number(t, figures.never_opened);
    let not_opened = [("state", Progress::NotOpened.code())];
    let call = yagura_web::address(paths::CALL_LIST, not_opened);
    let contradictions =
        yagura_web::address(paths::MATRIX, [("state", Progress::Contradictions.code())]);
    let incomplete =
        yagura_web::address(paths::CALL_LIST, [("state", Progress::Incomplete.code())]);
    let danger = if figures.with_contradictions > 0 {
        Tone::Danger
    } else {
        Tone::Neutral
    };
    vec![
        (
            Span::Three,
            stat_tile(&StatTile {
                label: t.t("region-tile-done"),
                value: &done,
                unit: t.t("region-unit"),
                detail: &done_detail,
                tone: Tone::Neutral,
                link: Some((&incomplete, t.t("region-tile-incomplete-link"))),
            }),
        ),
        (
            Span::Three,
            stat_tile(&StatTile {
                label: t.t("region-tile-proof"),
                value: &proven,
                unit: "%",
                detail: &proven_detail,
                tone: Tone::Neutral,
                link: None,
            }),
        ),
        (
            Span::Three,
            stat_tile(&StatTile {
                label: t.t("region-tile-contradictions"),
                value: &contradicted,
                unit: t.t("region-unit"),
                detail: &contradicted_detail,
                tone: danger,
                link: (figures.with_contradictions > 0)
                    .then_some((contradictions.as_str(), t.t("region-tile-show"))),
            }),
        ),
        (
            Span::Three,
            stat_tile(&StatTile {
                label: t.t("region-tile-unopened"),
                value: &unopened,
                unit: t.t("region-unit"),
                detail: "",
                tone: Tone::Neutral,
                link: (figures.never_opened > 0)
                    .then_some((call.as_str(), t.t("region-tile-call"))),
            }),
        ),
    ]
}

fn matrix_of(
    t: &Translator,
    rows: &[MemberSheet],
    columns: &[ItemColumn],
    today: yagura_kernel::time::Date,
) -> Matrix {
    let lang = t.lang().code();
    Matrix {
        caption: t.t("region-matrix-heading").to_owned(),
        row_heading: t.t("region-field-name").to_owned(),
        items: columns
            .iter()
            .map(|column| MatrixItem {
                label: column.printed_id.clone(),
                title: column.short_label.in_language(lang).to_owned(),
                href: None,
            })
            .collect(),
        rows: rows
            .iter()
            .map(|row| MatrixRow {
                name: row.name.clone(),
                note: size_note(t, row.kind, row.permitted_beds),
                href: member_href(row),
                cells: row.cells.clone().unwrap_or_default(),
                instead: words::instead_of_cells(t, row).map(|instead| {
                    // A sheet that was never opened stands in no other way.
                    if row.opened_at.is_none() {
                        return instead.to_owned();
                    }
                    let (_, standing) = words::standing(t, row, today);
                    format!("{instead}: {standing}")
                }),
            })
            .collect(),
    }
}

/// The same rows in sentences.
fn text_list(
    t: &Translator,
    context: &Context,
    rows: &[MemberSheet],
    columns: &[ItemColumn],
) -> Markup {
    html! {
        ul {
            @for row in rows {
                li {
                    a href=(member_href(row)) { (row.name) } " "
                    span.row-note { (size_note(t, row.kind, row.permitted_beds)) } " "
                    (words::standing_tag(t, row, context.today))
                    @match &row.cells {
                        Some(cells) => {
                            @for state in CellState::ALL {
                                @let items = export::items_in(columns, cells, state);
                                @if !items.is_empty() {
                                    " " b { (state_word(t, state)) } ": " (items) "."
                                }
                            }
                        }
                        None => { " " (words::instead_of_cells(t, row).unwrap_or_default()) }
                    }
                }
            }
        }
    }
}

/// Buttons that save what is filtered.
fn saving(t: &Translator, query: &MemberQuery) -> Markup {
    html! {
        form.buttons action="/region/exports" method="post" {
            (hidden("filter", &query.to_text()))
            (button(&Button::secondary(t.t("region-save-xlsx")).sending("format", "xlsx")))
            (button(&Button::secondary(t.t("region-save-pdf")).sending("format", "pdf")))
        }
    }
}

pub(super) async fn workbook(
    context: Context,
    QueryOf(query): QueryOf<MemberQuery>,
) -> Result<Response, WebError> {
    at_once(&context, &query, Format::Xlsx).await
}

pub(super) async fn document(
    context: Context,
    QueryOf(query): QueryOf<MemberQuery>,
) -> Result<Response, WebError> {
    at_once(&context, &query, Format::Pdf).await
}

/// The matrix of up to [`export::AT_ONCE`] members as a file.
async fn at_once(
    context: &Context,
    query: &MemberQuery,
    format: Format,
) -> Result<Response, WebError> {
    let proof = context.authorize_own::<actions::ReadMembers>().await?;
    let year = query.year(context.app.fiscal_year())?;
    let filter = query.filter(context.today)?;
    let packs = context.app.packs();
    let most = export::AT_ONCE + 1;
    let rows = export::all_rows(context.database(), &packs, &proof, year, &filter, most).await?;
    if i64::try_from(rows.len()).is_ok_and(|number| number > export::AT_ONCE) {
        return Err(WebError::invalid_with(
            "region-error-export-large",
            &[("limit", export::AT_ONCE.to_string())],
        ));
    }
    let detail = json!({ "members": rows.len(), "form": format.code() });
    context
        .audit_read(&proof, "matrix", context.organization.id, detail)
        .await?;
    let made = imprinted(context);
    let bytes = work::make_matrix(&context.app, made, year, query, rows, format).await?;
    let name = export::file_name("matrix", year, context.today, format);
    Ok(download(bytes, format, &name))
}

pub(super) async fn start_export(
    context: Context,
    SubmittedForm(state): SubmittedForm,
) -> Result<Response, WebError> {
    let proof = context.authorize_own::<actions::ReadMembers>().await?;
    let (query, format) = export_asked(&state)?;
    let year = query.year(context.app.fiscal_year())?;
    let filter = query.filter(context.today)?;
    let members =
        overview::count_member_sheets(context.database(), &proof, year, &filter, COUNTED).await?;
    if members <= export::AT_ONCE {
        let path = format!("/region/matrix.{}", format.code());
        return Ok(yagura_web::see_other(&query.link(&path, &[])));
    }
    if format == Format::Pdf && members > export::MOST_IN_DOCUMENT {
        return Err(WebError::invalid_with(
            "region-error-document-large",
            &[("limit", export::MOST_IN_DOCUMENT.to_string())],
        ));
    }
    not_too_many(usize::try_from(members).unwrap_or(usize::MAX))?;
    let id = context.app.ids().id();
    let mut tx = context.database().begin().await?;
    let job = jobs::NewJob::now(work::EXPORT, json!({ "export": id }), context.now);
    let job = context.app.enqueue(&mut tx, job).await?;
    let export = NewExport {
        id,
        format,
        fiscal_year: year,
        filter: query.to_text(),
        lang: context.t().lang().code(),
        job,
        members,
    };
    exports::insert(&mut tx, &proof, &export, context.now).await?;
    let detail = json!({ "members": members, "form": format.code() });
    context.audit(&mut tx, &proof, "matrix", id, detail).await?;
    tx.commit().await?;
    let message = FlashMessage::done("region-flash-export");
    Ok(context.redirect(&format!("/region/exports/{id}"), message))
}

fn export_asked(state: &FormState) -> Result<(MemberQuery, Format), WebError> {
    let format = Format::from_code(state.value("format"))
        .ok_or_else(|| WebError::invalid("region-error-filter"))?;
    Ok((MemberQuery::from_text(state.value("filter")), format))
}

pub(super) async fn export_page(
    context: Context,
    PathOf(id): PathOf<String>,
) -> Result<Response, WebError> {
    let proof = context.authorize_own::<actions::ReadMembers>().await?;
    let id: Uuid = id_from(&id)?;
    let t = context.t();
    let export = exports::get(context.database(), &proof, id, context.now).await?;
    let job = match export.job {
        Some(job) => jobs::get(context.database(), job).await?,
        None => None,
    };
    let done = job.as_ref().map_or(0, |job| job.done);
    let has_failed = job.as_ref().is_some_and(|job| job.state == "failed");
    let body = html! {
        section.card {
            @if export.blob.is_some() {
                p { (t.t("region-export-ready")) }
                p { (link_button(&format!("/region/exports/{id}/file"),
                    t.t("region-export-fetch"), true)) }
                p.small {
                    (t.t_args("region-export-until",
                        args![("until", t.date_time(export.expires_at))]))
                }
            } @else if has_failed {
                (note(t, Tone::Danger, html! { (t.t("region-export-failed")) }))
            } @else {
                (progress_bar(
                    t,
                    t.t("region-export-making"),
                    u64::try_from(done).unwrap_or_default(),
                    u64::try_from(export.members).unwrap_or_default(),
                ))
                p { (t.t("region-export-leave")) }
                p { (link_button(&format!("/region/exports/{id}"),
                    t.t("region-export-refresh"), false)) }
            }
        }
    };
    let mut frame = context.frame(t.t("region-export-title"));
    frame.breadcrumbs = vec![Crumb::new(t.t("region-matrix-nav"), paths::MATRIX)];
    context.respond(frame, body).await
}

pub(super) async fn export_file(
    context: Context,
    PathOf(id): PathOf<String>,
) -> Result<Response, WebError> {
    let proof = context.authorize_own::<actions::ReadMembers>().await?;
    let id: Uuid = id_from(&id)?;
    let export = exports::get(context.database(), &proof, id, context.now).await?;
    let (Some(hash), Some(name)) = (&export.blob, &export.file_name) else {
        return Err(WebError::NotFound);
    };
    context
        .audit_read(
            &proof,
            "matrix",
            id,
            json!({ "form": export.format.code() }),
        )
        .await?;
    let content: blobs::BlobStore = context.app.blobs().clone();
    let stream = content.open(hash).await?.boxed();
    let mut response = download(bytes::Bytes::new(), export.format, name);
    *response.body_mut() = axum::body::Body::from_stream(stream);
    Ok(response)
}
