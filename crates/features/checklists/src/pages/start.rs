//! Where one's own checklist begins: this year's sheet, or the offer to open it.

use axum::response::Response;
use maud::html;
use yagura_kernel::policy::{Action, actions};
use yagura_kernel::time::FiscalYear;
use yagura_web::i18n::args;
use yagura_web::ui::components::{Column, Table, TableRow, card, data_table, empty_state};
use yagura_web::ui::forms::{Button, Form, button, form, hidden};
use yagura_web::{Context, FlashMessage, NavigationFor, SubmittedForm, WebError, see_other};

use super::desk::year_label;
use super::{Family, sheet_path, words};
use crate::model::SheetSubject;
use crate::store::{OpenError, open_sheet, sheets_of};

/// This year's sheet, or the offer to open it and the sheets of other years.
pub(super) async fn page(context: Context) -> Result<Response, WebError> {
    let proof = context.authorize_own::<actions::ReadSheet>().await?;
    let sheets = sheets_of(context.database(), (&proof).into()).await?;
    let year = context.app.fiscal_year();
    if let Some(present) = sheets.iter().find(|sheet| sheet.year == year) {
        return Ok(see_other(&sheet_path(Family::Institution, present.id)));
    }
    let t = context.t();
    let label = year_label(t.lang(), year);
    let whom = NavigationFor {
        principal: &context.principal,
    };
    let may_open = whom.is_institution() && whom.may_at_home(Action::AnswerSheet);
    let title = words::sheet_title(t, year, None);
    let why = t.t_args("checklist-not-opened", args![("year", &label)]);
    let body = html! {
        (empty_state(&why, html! {
            @if may_open {
                (form(t, &Form::post("/checklists"), html! {
                    (hidden("year", &year.year().to_string()))
                    (button(&Button::primary(t.t("checklist-open"))))
                }))
                p.small { (t.t("checklist-open-hint")) }
            } @else {
                (t.t("checklist-open-who"))
            }
        }))
        @if !sheets.is_empty() {
            (card(t.t("checklist-other-years"), data_table(&Table::new(
                t.t("checklist-other-years"),
                vec![
                    Column::text(t.t("checklist-year")),
                    Column::number(t.t("checklist-answered-rows")),
                    Column::number(t.t("checklist-rows-to-answer")),
                ],
                sheets.iter().map(|sheet| {
                    let (answered, applicable) = sheet.progress();
                    TableRow::new(vec![
                        html! { a href=(sheet_path(Family::Institution, sheet.id)) { (words::sheet_title(t, sheet.year, None)) } },
                        html! { (answered) },
                        html! { (applicable) },
                    ])
                }).collect(),
            ))))
        }
    };
    context.page(&title, body).await
}

/// Opens the sheet of a fiscal year.
pub(super) async fn open(
    context: Context,
    SubmittedForm(state): SubmittedForm,
) -> Result<Response, WebError> {
    let proof = context.authorize_own::<actions::AnswerSheet>().await?;
    let year = state
        .value("year")
        .parse()
        .ok()
        .and_then(|year| FiscalYear::new(year).ok())
        .unwrap_or_else(|| context.app.fiscal_year());
    let packs = context.app.packs();
    let mut tx = context.database().begin().await?;
    let header = open_sheet(
        &mut tx,
        (&proof).into(),
        &packs,
        context.app.ids(),
        year,
        SheetSubject::Institution,
        context.now,
    )
    .await
    .map_err(open_error)?;
    let detail = serde_json::json!({ "opened": year.year() });
    context
        .audit(&mut tx, &proof, "sheet", header.id, detail)
        .await?;
    let job = crate::jobs::measure_probes(proof.organization(), context.now);
    context.app.enqueue(&mut tx, job).await?;
    tx.commit().await?;
    let path = format!("{}/gate", sheet_path(Family::Institution, header.id));
    Ok(context.redirect(&path, FlashMessage::done("checklist-opened")))
}

/// What a person is told where a sheet cannot be opened.
pub(crate) fn open_error(error: OpenError) -> WebError {
    match error {
        OpenError::YearAhead { year } => {
            WebError::invalid_with("checklist-error-year-ahead", &[("year", year.label_ja())])
        }
        OpenError::NoEdition { year } => {
            WebError::invalid_with("checklist-error-no-edition", &[("year", year.label_ja())])
        }
        OpenError::Store(error) => error.into(),
    }
}
