//! Who holds administrator rights (管理者権限対象者), by system.

use accountmatch::model::Aspect;
use axum::response::Response;
use maud::html;
use serde::Deserialize;
use yagura_web::api::QueryOf;
use yagura_web::ui::components::{Listing, Tone, empty_state, note, pagination};
use yagura_web::ui::forms::link_button;
use yagura_web::{Context, WebError};

use super::accounts::{save, table};
use super::{PAGE, PAGE_ROWS, crumbs, parse_id, parts, read_proof, u64_of};
use crate::store::{self, AccountFilter};

pub(super) const HERE: &str = "/accounts/administrators";
/// As many as one workbook holds.
const MOST: i64 = 100_000;

/// Where the page begins.
#[derive(Debug, Default, Clone, Deserialize)]
#[serde(default)]
pub(crate) struct AdministratorsQuery {
    after: String,
}

pub(super) async fn page(
    context: Context,
    QueryOf(query): QueryOf<AdministratorsQuery>,
) -> Result<Response, WebError> {
    let proof = read_proof(&context).await?;
    let (t, database) = (context.t(), context.database());
    let after = parse_id(&query.after);
    let mut rows = store::administrators(database, &proof, after, PAGE + 1).await?;
    let has_more = rows.len() > PAGE_ROWS;
    rows.truncate(PAGE_ROWS);
    let filter = AccountFilter {
        privileged: true,
        ..AccountFilter::default()
    };
    let total = store::count_accounts(database, &proof, &filter).await?;
    let link = |after: &str| yagura_web::address(HERE, [("after", after)]);
    let next = rows.last().filter(|_| has_more);
    let next = next.map(|last| link(&last.id.to_string()));
    let first = after.is_some().then(|| HERE.to_owned());
    let sources = store::sources(database, &proof).await?;
    let silent: Vec<&str> = sources
        .iter()
        .filter(|source| source.untold.contains(&Aspect::Privileges))
        .map(|source| source.name.as_str())
        .collect();
    let mut frame = context.frame(t.t("accounts-part-administrators"));
    frame.breadcrumbs = crumbs(&context, None);
    frame.lede = Some(html! { (t.t("accounts-administrators-lede")) });
    frame.actions = Some(html! {
        (link_button("/accounts/administrators.xlsx", t.t("accounts-save-xlsx"), false))
    });
    let body = html! {
        (parts(t, HERE))
        @if !silent.is_empty() {
            (note(t, Tone::Caution, html! {
                p { (t.t("accounts-administrators-silent")) " " (silent.join("、")) }
            }))
        }
        section.card aria-label=(t.t("accounts-part-administrators")) {
            @if rows.is_empty() {
                (empty_state(t.t("accounts-administrators-none"), html! { (t.t("accounts-list-none-why")) }))
            } @else {
                (table(t, &rows, t.t("accounts-part-administrators")))
                (pagination(t, &Listing {
                    total: u64_of(total),
                    shown: u64::try_from(rows.len()).unwrap_or_default(),
                    first: None,
                    unit: t.t("accounts-unit"),
                    previous: first.as_deref(),
                    next: next.as_deref(),
                }))
            }
        }
    };
    context.respond(frame, body).await
}

pub(super) async fn workbook(context: Context) -> Result<Response, WebError> {
    let proof = read_proof(&context).await?;
    let rows = store::administrators(context.database(), &proof, None, MOST).await?;
    save(context, &proof, rows, "accounts-part-administrators").await
}
