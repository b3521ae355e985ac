//! The ledger of all requests (申請台帳): page, workbook and paper.

use axum::response::Response;
use maud::html;
use serde::Deserialize;
use serde_json::json;
use uuid::Uuid;
use yagura_documents::pdf::{MAX_ROWS, render_pdf};
use yagura_kernel::policy::actions;
use yagura_kernel::time::FiscalYear;
use yagura_web::api::QueryOf;
use yagura_web::ui::components::{
    Column, Listing, Table, TableRow, card, data_table, date_short, empty_state, filter_bar,
    pagination,
};
use yagura_web::ui::forms::{Choice, Field, FormState, Width, download_link, link_button, select};
use yagura_web::{Context, WebError, address};

use super::desk::where_now;
use super::request::file_response;
use super::{ALL, DESK, crumbs};
use crate::documents;
use crate::model::Standing;
use crate::operations::RESOURCE;
use crate::store::{self, Filter, ReadAll};
use crate::words;

/// How many a page shows.
const PAGE: usize = 50;
/// How many go into a workbook.
const MOST_ROWS: i64 = 20_000;
const XLSX: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";

/// The filter as parameters.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Query {
    #[serde(default)]
    form: String,
    #[serde(default)]
    standing: String,
    #[serde(default)]
    year: String,
    #[serde(default)]
    before: Option<Uuid>,
}

impl Query {
    fn filter(&self) -> Filter {
        Filter {
            form: Some(self.form.clone()).filter(|form| !form.is_empty()),
            standing: Standing::from_code(&self.standing),
            year: self.year.parse().ok(),
            department: None,
        }
    }

    fn address(&self, path: &str, before: Option<Uuid>) -> String {
        let before = before.map(|id| id.to_string()).unwrap_or_default();
        let pairs = [
            ("form", self.form.as_str()),
            ("standing", self.standing.as_str()),
            ("year", self.year.as_str()),
            ("before", before.as_str()),
        ];
        address(path, pairs)
    }
}

/// The ledger.
pub(super) async fn page(
    context: Context,
    QueryOf(query): QueryOf<Query>,
) -> Result<Response, WebError> {
    let proof = context.authorize_own::<actions::ReadRequests>().await?;
    let database = context.database();
    let filter = query.filter();
    let limit = i64::try_from(PAGE + 1).unwrap_or(i64::MAX);
    let mut listed = store::list(database, &proof, &filter, query.before, limit).await?;
    let more = listed.len() > PAGE;
    listed.truncate(PAGE);
    let total = store::count_listed(database, &proof, &filter).await?;
    let library = context.app.packs();
    let organization = proof.organization();
    let forms = store::forms_in_force(database, &library, organization, context.today).await?;
    let snapshot = store::snapshot(database, organization, context.today).await?;
    let t = context.t();
    let mut frame = context.frame(t.t("requests-all"));
    frame.breadcrumbs = crumbs(&context);
    frame.lede = Some(html! { (t.t("requests-all-lede")) });
    frame.actions = Some(html! {
        (download_link(&query.address("/requests/all.xlsx", None), t.t("requests-xlsx"))) " "
        (link_button(&query.address("/requests/all.pdf", None), t.t("requests-pdf"), false))
    });
    let rows = listed
        .iter()
        .map(|one| {
            TableRow::new(vec![
                html! { a href={ (DESK) "/" (one.id) } { (one.label) } },
                html! { (words::text(t, &one.form)) br; span.small { (one.subject) } },
                html! { (one.filer_name) br; span.small { (one.department) } },
                html! { (date_short(t, one.filed_at.jst_date())) },
                html! { (words::standing_tag(t, &one.course)) },
                where_now(&context, &snapshot, one),
            ])
        })
        .collect();
    let columns = vec![
        Column::text(t.t("requests-number")),
        Column::text(t.t("requests-what")),
        Column::text(t.t("requests-filer")),
        Column::text(t.t("requests-filed-on")),
        Column::text(t.t("requests-standing")),
        Column::text(t.t("requests-where")),
    ];
    let next = more
        .then(|| listed.last().map(|last| query.address(ALL, Some(last.id))))
        .flatten();
    let first = query.before.map(|_| query.address(ALL, None));
    let filtered = filter != Filter::default();
    let body = html! {
        (filters(&context, &query, &forms, filtered))
        (card(t.t("requests-all"), html! {
            @if listed.is_empty() {
                (empty_state(t.t("requests-all-none"), html! { p { (t.t("requests-all-none-do")) } }))
            } @else {
                (data_table(&Table::new(t.t("requests-all"), columns, rows)))
                (pagination(t, &Listing {
                    total: u64::try_from(total).unwrap_or(0),
                    shown: u64::try_from(listed.len()).unwrap_or(0),
                    first: None,
                    unit: t.t("requests-unit"),
                    previous: first.as_deref(),
                    next: next.as_deref(),
                }))
            }
        }))
    };
    context.respond(frame, body).await
}

fn filters(
    context: &Context,
    query: &Query,
    forms: &[store::FormVersion],
    filtered: bool,
) -> maud::Markup {
    let t = context.t();
    let state = FormState::empty()
        .with("form", &query.form)
        .with("standing", &query.standing)
        .with("year", &query.year);
    let all = || Choice::new("", t.t("requests-filter-all"));
    let mut of_forms = vec![all()];
    let named = forms.iter();
    of_forms.extend(named.map(|form| Choice::new(&form.key, words::text(t, &form.stored.title))));
    let mut standings = vec![all()];
    let known = Standing::ALL.into_iter();
    standings.extend(known.map(|one| Choice::new(one.code(), words::standing(t, one))));
    let now = FiscalYear::of(context.today);
    let years: Vec<(String, String)> = [now, now.previous(), now.previous().previous()]
        .into_iter()
        .map(|year| (year.year().to_string(), t.fiscal_year(year)))
        .collect();
    let mut of_years = vec![all()];
    of_years.extend(years.iter().map(|(value, label)| Choice::new(value, label)));
    filter_bar(
        t,
        ALL,
        html! {
            (select(t, &state, &Field::new("form", t.t("requests-what")).width(Width::Medium), &of_forms))
            (select(t, &state, &Field::new("standing", t.t("requests-standing")).width(Width::Medium), &standings))
            (select(t, &state, &Field::new("year", t.t("requests-year")).width(Width::Medium), &of_years))
        },
        filtered.then_some(ALL),
    )
}

async fn rows_of(
    context: &Context,
    proof: &ReadAll,
    query: &Query,
    most: i64,
) -> Result<Rows, WebError> {
    let database = context.database();
    let filter = query.filter();
    let rows = store::list(database, proof, &filter, None, most).await?;
    let shown = i64::try_from(rows.len()).unwrap_or(i64::MAX);
    let left = match shown < most {
        true => 0,
        false => store::count_listed(database, proof, &filter).await? - shown,
    };
    let snapshot = store::snapshot(database, proof.organization(), context.today).await?;
    let detail = json!({ "listed": rows.len() });
    context
        .audit_read(proof, RESOURCE, proof.organization(), detail)
        .await?;
    Ok(Rows {
        rows,
        snapshot,
        left,
    })
}

/// What a file holds of the ledger.
struct Rows {
    rows: Vec<store::Listed>,
    snapshot: store::Snapshot,
    /// How many requests it does not hold.
    left: i64,
}

/// The ledger as a workbook.
pub(super) async fn workbook(
    context: Context,
    QueryOf(query): QueryOf<Query>,
) -> Result<Response, WebError> {
    let proof = context.authorize_own::<actions::ReadRequests>().await?;
    let of = rows_of(&context, &proof, &query, MOST_ROWS).await?;
    let made = documents::Made::of(&context);
    let bytes = context
        .app
        .make_document(move || documents::workbook(&made, &of.snapshot, &of.rows, of.left))
        .await?;
    let name = format!("{}.xlsx", context.t().t("requests-all"));
    Ok(file_response(XLSX, &name, bytes))
}

/// The ledger as a paper.
pub(super) async fn pdf(
    context: Context,
    QueryOf(query): QueryOf<Query>,
) -> Result<Response, WebError> {
    let proof = context.authorize_own::<actions::ReadRequests>().await?;
    let most = i64::try_from(MAX_ROWS).unwrap_or(i64::MAX);
    let of = rows_of(&context, &proof, &query, most).await?;
    let document = documents::ledger(&context, &of.snapshot, &of.rows, of.left);
    let bytes = context
        .app
        .make_document(move || render_pdf(&document))
        .await?;
    let name = format!("{}.pdf", context.t().t("requests-all"));
    Ok(file_response("application/pdf", &name, bytes))
}
