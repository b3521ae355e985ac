//! The staff list, and taking over a newer one.

use axum::extract::Multipart;
use axum::response::Response;
use maud::html;
use serde::Deserialize;
use uuid::Uuid;
use yagura_kernel::policy::Action;
use yagura_web::api::QueryOf;
use yagura_web::ui::components::{
    Column, Listing, Table, TableRow, Tone, card, data_table, date, empty_state, filter_bar,
    pagination, tag,
};
use yagura_web::ui::forms::{Choice, Field, FormState, error_summary, select, text_field};
use yagura_web::{Context, WebError};

use super::{PAGE, PAGE_ROWS, crumbs, edit_proof, may, parts, read_proof, u64_of, upload_form};
use crate::store::{self, PersonRow, StaffFilter};
use crate::{operations, reading};

const HERE: &str = "/accounts/staff";

/// Who is asked for.
#[derive(Debug, Default, Clone, Deserialize)]
#[serde(default)]
pub(crate) struct StaffQuery {
    q: String,
    who: String,
    after: String,
}

fn cursor(text: &str) -> Option<(String, Uuid)> {
    let (id, key) = text.split_once('_')?;
    Some((key.to_owned(), super::parse_id(id)?))
}

pub(super) async fn page(
    context: Context,
    QueryOf(query): QueryOf<StaffQuery>,
) -> Result<Response, WebError> {
    show(&context, &query, FormState::empty()).await
}

async fn show(
    context: &Context,
    query: &StaffQuery,
    state: FormState,
) -> Result<Response, WebError> {
    let proof = read_proof(context).await?;
    let (t, database, today) = (context.t(), context.database(), context.today);
    let filter = StaffFilter {
        search: Some(query.q.clone()).filter(|text| !text.trim().is_empty()),
        left: match query.who.as_str() {
            "left" => Some(true),
            "all" => None,
            _ => Some(false),
        },
    };
    let after = cursor(&query.after);
    let mut rows =
        store::list_staff(database, &proof, &filter, today, after.as_ref(), PAGE + 1).await?;
    let has_more = rows.len() > PAGE_ROWS;
    rows.truncate(PAGE_ROWS);
    let total = store::count_staff(database, &proof, &filter, today).await?;
    let (_, taken_at) = store::staff_state(database, proof.organization()).await?;
    let link = |after: &str| {
        yagura_web::address(
            HERE,
            [
                ("q", query.q.as_str()),
                ("who", &query.who),
                ("after", after),
            ],
        )
    };
    let next = rows
        .last()
        .filter(|_| has_more)
        .map(|last| link(&format!("{}_{}", last.id, last.sort_key)));
    let first = after.is_some().then(|| link(""));
    let mut frame = context.frame(t.t("accounts-part-staff"));
    frame.breadcrumbs = crumbs(context, None);
    frame.lede = Some(html! {
        @match taken_at {
            Some(at) => { (t.t("accounts-staff-taken")) " " (t.date(at.jst_date())) },
            None => { (t.t("accounts-staff-never")) },
        }
    });
    let chosen = FormState::empty()
        .with("q", query.q.as_str())
        .with("who", query.who.as_str());
    let choices = [
        Choice::new("", t.t("accounts-staff-here")),
        Choice::new("left", t.t("accounts-staff-left")),
        Choice::new("all", t.t("accounts-filter-all")),
    ];
    let is_filtered = !(query.q.is_empty() && query.who.is_empty());
    let faulty = state.has_errors();
    let body = html! {
        (error_summary(t, &state))
        (parts(t, HERE))
        @if may(context, Action::EditAccounts) {
            (card(t.t("accounts-staff-import"), html! {
                p { (t.t("accounts-staff-import-why")) }
                (upload_form(t, HERE, &state, t.t("accounts-staff-file"), t.t("accounts-staff-accepted")))
            }))
        }
        (filter_bar(t, HERE, html! {
            (text_field(t, &chosen, &Field::new("q", t.t("accounts-search"))))
            (select(t, &chosen, &Field::new("who", t.t("accounts-staff-who")), &choices))
        }, is_filtered.then_some(HERE)))
        section.card aria-label=(t.t("accounts-part-staff")) {
            @if rows.is_empty() {
                (empty_state(t.t("accounts-staff-none"), html! { (t.t("accounts-staff-none-why")) }))
            } @else {
                (table(context, &rows))
                (pagination(t, &Listing {
                    total: u64_of(total),
                    shown: u64::try_from(rows.len()).unwrap_or_default(),
                    first: None,
                    unit: t.t("accounts-unit-people"),
                    previous: first.as_deref(),
                    next: next.as_deref(),
                }))
            }
        }
    };
    let response = context.respond(frame, body).await?;
    Ok(if faulty {
        super::unprocessable(response)
    } else {
        response
    })
}

fn table(context: &Context, rows: &[PersonRow]) -> maud::Markup {
    let t = context.t();
    let rows = rows
        .iter()
        .map(|row| {
            let link = yagura_web::address("/accounts/list", [("staff", row.key.as_str())]);
            let has_left = row.left_on.is_some_and(|day| day < context.today);
            TableRow::new(vec![
                html! { a href=(link) { (row.name) } },
                html! { (row.number) },
                html! { (row.department) },
                html! {
                    @if row.missing_since.is_some() {
                        (tag(Tone::Late, t.t("accounts-staff-missing")))
                    } @else if has_left {
                        (tag(Tone::Neutral, t.t("accounts-staff-left")))
                    }
                    @if let Some(day) = row.left_on { " " (date(t, day)) }
                },
            ])
        })
        .collect();
    data_table(
        &Table::new(
            t.t("accounts-part-staff"),
            vec![
                Column::text(t.t("accounts-column-name")),
                Column::text(t.t("accounts-column-number")),
                Column::text(t.t("accounts-column-department")),
                Column::text(t.t("accounts-column-left")),
            ],
            rows,
        )
        .sticky(),
    )
}

pub(super) async fn upload(context: Context, multipart: Multipart) -> Result<Response, WebError> {
    let proof = edit_proof(&context).await?;
    let files = super::receive(multipart).await?;
    let t = context.t();
    let refused = match super::refused(t, &files) {
        Some(words) => words,
        None => match operations::start_import(&context, &proof, None, files).await? {
            Ok(id) => return Ok(yagura_web::see_other(&format!("/accounts/imports/{id}"))),
            Err(error) => reading::explain(t, &error),
        },
    };
    let state = FormState::empty().with_error("files", refused);
    show(&context, &StaffQuery::default(), state).await
}
