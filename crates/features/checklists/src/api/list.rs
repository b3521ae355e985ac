//! The state of many sheets.

use axum::Json;
use serde::Deserialize;
use yagura_kernel::policy::{Action, actions};
use yagura_kernel::time::FiscalYear;
use yagura_store::directory;
use yagura_web::api::{Page, Problem, QueryOf};
use yagura_web::{Context, NavigationFor, WebError};

use super::entries::SheetState;
use crate::overview::{Cursor, MemberFilter, Progress, member_sheets};
use crate::store::{sheets_by_vendor, sheets_of};

/// Which sheets.
#[derive(Debug, Default, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct SheetsQuery {
    /// Fiscal year (calendar year of its April); the present one where it is not given.
    #[param(minimum = 2019, maximum = 2100)]
    fiscal_year: Option<i32>,
    /// How far: not_opened, incomplete, done, contradictions, overdue (overseers).
    progress: Option<String>,
    /// A part of the name (overseers).
    search: Option<String>,
    /// The `next` of the page before.
    cursor: Option<String>,
    /// How many at most: 1 to 500, 100 where it is not given.
    #[param(minimum = 1, maximum = 500)]
    limit: Option<i64>,
}

/// The state of checklists.
///
/// An institution gets its own sheets of all years, an overseer the sheets of a year of those it
/// oversees (the most urgent first, also of those that opened none), a vendor the sheets of a year
/// for its customers.
#[utoipa::path(
    get, path = "/api/v1/sheets", tag = "sheets", params(SheetsQuery),
    responses(
        (status = 200, description = "A part of the list", body = Page<SheetState>),
        (status = 400, description = "A parameter cannot be read", body = Problem),
        (status = 401, description = "Not signed in", body = Problem),
    )
)]
pub(crate) async fn list(
    context: Context,
    QueryOf(query): QueryOf<SheetsQuery>,
) -> Result<Json<Page<SheetState>>, WebError> {
    let whom = NavigationFor {
        principal: &context.principal,
    };
    let year = match query.fiscal_year {
        None => context.app.fiscal_year(),
        Some(year) => FiscalYear::new(year)
            .map_err(|_| WebError::invalid_with("error-query", &[("reason", year.to_string())]))?,
    };
    if whom.may_at_home(Action::ReadMembers) {
        return overseen(&context, &query, year).await;
    }
    if whom.may_as_vendor(Action::ReadVendorSheet) {
        let headers =
            sheets_by_vendor(context.database(), &context.principal, year, context.now).await?;
        let customers =
            directory::customers_of(context.database(), context.organization.id, context.today)
                .await?;
        let items = headers
            .iter()
            .map(|header| {
                let customer = customers
                    .iter()
                    .find(|(_, customer)| customer.id == header.owner);
                let name = customer.map(|(_, customer)| customer.name.clone());
                SheetState::of_header(header, name.unwrap_or_default())
            })
            .collect();
        return Ok(Json(Page { items, next: None }));
    }
    // A list shows what one may see: for some roles that is nothing.
    if !whom.may_at_home(Action::ReadSheet) {
        return Ok(Json(Page {
            items: Vec::new(),
            next: None,
        }));
    }
    let proof = context.authorize_own::<actions::ReadSheet>().await?;
    let headers = sheets_of(context.database(), (&proof).into()).await?;
    let items = headers
        .iter()
        .map(|header| SheetState::of_header(header, context.organization.name.clone()))
        .collect();
    Ok(Json(Page { items, next: None }))
}

async fn overseen(
    context: &Context,
    query: &SheetsQuery,
    year: FiscalYear,
) -> Result<Json<Page<SheetState>>, WebError> {
    let proof = context.authorize_own::<actions::ReadMembers>().await?;
    let unreadable =
        |what: &str| WebError::invalid_with("error-query", &[("reason", what.to_owned())]);
    let after: Option<Cursor> = match &query.cursor {
        None => None,
        Some(cursor) => Some(cursor.parse().map_err(|()| unreadable(cursor))?),
    };
    let progress = match &query.progress {
        None => None,
        Some(word) => Some(Progress::from_code(word).ok_or_else(|| unreadable(word))?),
    };
    let filter = MemberFilter {
        progress,
        search: query
            .search
            .clone()
            .filter(|search| !search.trim().is_empty()),
        ..MemberFilter::all(context.today)
    };
    let limit = query.limit.unwrap_or(100).clamp(1, 500);
    let packs = context.app.packs();
    let members = member_sheets(
        context.database(),
        &packs,
        &proof,
        year,
        &filter,
        after,
        limit,
    )
    .await?;
    let is_full = i64::try_from(members.len()).unwrap_or(0) == limit;
    let next = members
        .last()
        .filter(|_| is_full)
        .map(|last| Cursor::after(last).to_string());
    let items = members
        .into_iter()
        .map(|member| SheetState::of_member(member, year.year()))
        .collect();
    Ok(Json(Page { items, next }))
}
