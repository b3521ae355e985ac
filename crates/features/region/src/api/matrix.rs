//! The matrix.

use axum::Json;
use serde::Serialize;
use utoipa::ToSchema;
use yagura_checklists::overview;
use yagura_kernel::id::Uuid;
use yagura_kernel::policy::actions;
use yagura_web::api::{PageQuery, Problem, QueryOf};
use yagura_web::{Context, WebError};

use super::Standing;
use super::members::rows;
use crate::listing::MemberQuery;

/// A part of the matrix.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct MatrixPage {
    /// The fiscal year by the western year in which it begins.
    fiscal_year: i32,
    /// The items, in the order of the cells.
    columns: Vec<MatrixColumn>,
    /// The members, most urgent first.
    items: Vec<MatrixRow>,
    /// What to give as `cursor` for the next part; absent on the last.
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<String>,
}

/// An item.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct MatrixColumn {
    /// Key of the item in its rule pack.
    key: String,
    /// Its number as printed.
    number: String,
    /// What it asks, in a few words, in the language of the request.
    label: String,
}

/// A member.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct MatrixRow {
    /// The member.
    member: Uuid,
    /// Its name.
    name: String,
    /// hospital, clinic, dental_clinic or pharmacy.
    kind: &'static str,
    /// Permitted beds.
    beds: Option<i64>,
    /// The state of every item: verified, documented, declared, no, contradiction, unanswered or
    /// not_applicable; null where answers are not shared or there is no checklist.
    cells: Option<Vec<&'static str>>,
    /// How it stands.
    standing: Standing,
}

/// Members × items, most urgent first.
#[utoipa::path(
    get, path = "/api/v1/matrix", tag = "region",
    params(MemberQuery, PageQuery),
    responses((status = 200, body = MatrixPage), (status = 400, body = Problem))
)]
pub(crate) async fn list(
    context: Context,
    QueryOf(query): QueryOf<MemberQuery>,
    QueryOf(page): QueryOf<PageQuery>,
) -> Result<Json<MatrixPage>, WebError> {
    let proof = context.authorize_own::<actions::ReadMembers>().await?;
    let year = query.year(context.app.fiscal_year())?;
    let (rows, next) = rows(&context, &proof, &query, &page).await?;
    let packs = context.app.packs();
    let lang = context.t().lang().code();
    let columns = overview::columns(&packs, year)
        .into_iter()
        .map(|column| MatrixColumn {
            label: column.short_label.in_language(lang).to_owned(),
            key: column.key,
            number: column.printed_id,
        })
        .collect();
    let items = rows
        .into_iter()
        .map(|row| MatrixRow {
            standing: Standing::of(&row, context.today),
            member: row.member.uuid(),
            kind: row.kind.code(),
            beds: row.permitted_beds,
            cells: row
                .cells
                .map(|cells| cells.iter().map(|cell| cell.code()).collect()),
            name: row.name,
        })
        .collect();
    Ok(Json(MatrixPage {
        fiscal_year: year.year(),
        columns,
        items,
        next,
    }))
}
