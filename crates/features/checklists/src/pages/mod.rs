//! The pages: a sheet of a year, its rows, its head, drafts, history, the table of the whole sheet,
//! and the self-check.
//!
//! Institutions' sheets and the sheets that vendors fill in for them are shown by the same pages
//! under two addresses, because the policy asks for different permissions.

mod answer_form;
mod conflict;
mod desk;
mod drafts;
mod gate;
mod history;
mod item;
mod quick;
mod self_check;
mod sheet;
mod start;
pub(crate) mod words;

use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;
use yagura_kernel::id::{SheetId, Uuid};
use yagura_kernel::policy::Action;
use yagura_web::api::{PathOf, QueryOf};
use yagura_web::{Access, Context, Routes, SubmittedForm, percent_encoded};

pub use desk::Family;
pub(crate) use desk::{Desk, ReadGrant, WriteGrant};
pub(crate) use start::open_error;

/// The address of a sheet.
#[must_use]
pub fn sheet_path(family: Family, sheet: SheetId) -> String {
    format!("{}/{sheet}", family.base())
}

/// The address of a row of a sheet.
#[must_use]
pub fn item_path(family: Family, sheet: SheetId, item_key: &str) -> String {
    format!(
        "{}/{sheet}/items/{}",
        family.base(),
        percent_encoded(item_key)
    )
}

/// What the lists of these pages take from the address.
#[derive(Debug, Clone, Default, Deserialize)]
pub(crate) struct ListQuery {
    /// Which rows of a sheet are shown.
    show: Option<String>,
    /// The row whose history is shown.
    item: Option<String>,
    /// The change before which the history goes on.
    before: Option<Uuid>,
}

pub(crate) fn routes() -> Routes {
    let read = Access::Action(Action::ReadSheet);
    let write = Access::Action(Action::AnswerSheet);
    let history = Access::Action(Action::ReadHistory);
    let self_check = Access::Action(Action::AnswerSelfCheck);
    Routes::new()
        .get("/checklists", read, start::page)
        .post("/checklists", write, start::open)
        .get("/self-check", self_check, self_check::page)
        .post("/self-check", self_check, self_check::save)
        .merge(family_routes(
            Family::Institution,
            Paths {
                sheet: "/checklists/{sheet}",
                item: "/checklists/{sheet}/items/{item}",
                gate: "/checklists/{sheet}/gate",
                quick: "/checklists/{sheet}/quick",
                drafts: "/checklists/{sheet}/drafts",
                news: "/checklists/{sheet}/new",
                history: "/checklists/{sheet}/history",
            },
            read,
            write,
            history,
        ))
        .merge(family_routes(
            Family::Vendor,
            Paths {
                sheet: "/vendor-sheets/{sheet}",
                item: "/vendor-sheets/{sheet}/items/{item}",
                gate: "/vendor-sheets/{sheet}/gate",
                quick: "/vendor-sheets/{sheet}/quick",
                drafts: "/vendor-sheets/{sheet}/drafts",
                news: "/vendor-sheets/{sheet}/new",
                history: "/vendor-sheets/{sheet}/history",
            },
            Access::Action(Action::ReadVendorSheet),
            Access::Action(Action::AnswerVendorSheet),
            Access::Action(Action::ReadVendorSheet),
        ))
}

struct Paths {
    sheet: &'static str,
    item: &'static str,
    gate: &'static str,
    quick: &'static str,
    drafts: &'static str,
    news: &'static str,
    history: &'static str,
}

type Sheet = PathOf<SheetId>;
type SheetAndItem = PathOf<(SheetId, String)>;

fn family_routes(
    family: Family,
    paths: Paths,
    read: Access,
    write: Access,
    history: Access,
) -> Routes {
    Routes::new()
        .get(
            paths.sheet,
            read,
            move |context: Context, sheet: Sheet, query: QueryOf<ListQuery>| {
                sheet::page(family, context, sheet, query)
            },
        )
        .get(
            paths.item,
            read,
            move |context: Context, path: SheetAndItem| item::page(family, context, path),
        )
        .post(
            paths.item,
            write,
            move |context: Context, path: SheetAndItem, form: SubmittedForm| {
                item::save(family, context, path, form)
            },
        )
        .get(paths.gate, read, move |context: Context, sheet: Sheet| {
            gate::page(family, context, sheet)
        })
        .post(
            paths.gate,
            write,
            move |context: Context, sheet: Sheet, form: SubmittedForm| {
                gate::save(family, context, sheet, form)
            },
        )
        .get(paths.quick, write, move |context: Context, sheet: Sheet| {
            quick::page(family, context, sheet)
        })
        .post(
            paths.quick,
            write,
            move |context: Context, sheet: Sheet, form: SubmittedForm| {
                quick::save(family, context, sheet, form)
            },
        )
        .get(
            paths.drafts,
            write,
            move |context: Context, sheet: Sheet| drafts::page(family, context, sheet),
        )
        .post(
            paths.drafts,
            write,
            move |context: Context, sheet: Sheet, form: SubmittedForm| {
                drafts::save(family, context, sheet, form)
            },
        )
        .get(paths.news, read, move |context: Context, sheet: Sheet| {
            drafts::news(family, context, sheet)
        })
        .get(
            paths.history,
            history,
            move |context: Context, sheet: Sheet, query: QueryOf<ListQuery>| {
                history::page(family, context, sheet, query)
            },
        )
}

/// A page that is shown again because something in it is not as it should be.
fn with_status(mut response: Response, status: StatusCode) -> Response {
    *response.status_mut() = status;
    response
}
