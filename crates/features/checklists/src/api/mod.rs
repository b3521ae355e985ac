//! The JSON API: everything that the pages do.

mod entries;
mod list;
mod self_checks;
mod sheets;
mod vendor_sheets;

use utoipa::OpenApi;
use yagura_kernel::policy::Action;
use yagura_web::api::Problem;
use yagura_web::{Access, Routes};

use crate::model::{Answer, ChangeSource, HeaderValues, Round, YesNo};

/// The addresses of the API.
pub(crate) fn routes() -> Routes {
    let read = Access::Action(Action::ReadSheet);
    let write = Access::Action(Action::AnswerSheet);
    let read_vendor = Access::Action(Action::ReadVendorSheet);
    let write_vendor = Access::Action(Action::AnswerVendorSheet);
    let self_check = Access::Action(Action::AnswerSelfCheck);
    Routes::new()
        .get("/api/v1/sheets", Access::SignedIn, list::list)
        .post("/api/v1/sheets", write, sheets::open)
        .get("/api/v1/sheets/{sheet}", read, sheets::one)
        .put("/api/v1/sheets/{sheet}/head", write, sheets::put_head)
        .get("/api/v1/sheets/{sheet}/items/{item}", read, sheets::item)
        .put(
            "/api/v1/sheets/{sheet}/items/{item}/answer",
            write,
            sheets::put_answer,
        )
        .get(
            "/api/v1/sheets/{sheet}/history",
            Access::Action(Action::ReadHistory),
            sheets::changes,
        )
        .get("/api/v1/sheets/{sheet}/drafts", write, sheets::drafts)
        .get(
            "/api/v1/vendor-sheets/{sheet}",
            read_vendor,
            vendor_sheets::one,
        )
        .get(
            "/api/v1/vendor-sheets/{sheet}/items/{item}",
            read_vendor,
            vendor_sheets::item,
        )
        .put(
            "/api/v1/vendor-sheets/{sheet}/items/{item}/answer",
            write_vendor,
            vendor_sheets::put_answer,
        )
        .get(
            "/api/v1/vendor-sheets/{sheet}/history",
            read_vendor,
            vendor_sheets::changes,
        )
        .get(
            "/api/v1/vendor-sheets/{sheet}/drafts",
            write_vendor,
            vendor_sheets::drafts,
        )
        .get("/api/v1/self-checks", self_check, self_checks::list)
        .post("/api/v1/self-checks", self_check, self_checks::add)
}

#[derive(OpenApi)]
#[openapi(
    paths(
        list::list,
        sheets::open,
        sheets::one,
        sheets::put_head,
        sheets::item,
        sheets::put_answer,
        sheets::changes,
        sheets::drafts,
        vendor_sheets::one,
        vendor_sheets::item,
        vendor_sheets::put_answer,
        vendor_sheets::changes,
        vendor_sheets::drafts,
        self_checks::list,
        self_checks::add,
    ),
    components(schemas(
        Answer,
        ChangeSource,
        HeaderValues,
        Round,
        YesNo,
        Problem,
        entries::SheetState,
        entries::SheetEntry,
        entries::ItemEntry,
        entries::ItemDetail,
        entries::MeasurementEntry,
        entries::ChangeEntry,
        entries::DraftEntry,
        entries::DraftOriginEntry,
        entries::AnswerBody,
        entries::HeadBody,
        entries::OpenBody,
        entries::SavedEntry,
        entries::ConflictProblem,
        entries::TextEntry,
        entries::GuidanceEntry,
        self_checks::SelfCheckBody,
        self_checks::SelfCheckKept,
    )),
    tags(
        (name = "sheets", description = "Checklists of institutions"),
        (name = "vendor sheets", description = "Sheets that vendors fill in for institutions"),
        (name = "self-checks", description = "The nine principles, by role"),
    )
)]
struct Description;

/// The part of the API's description.
pub(crate) fn description() -> utoipa::openapi::OpenApi {
    Description::openapi()
}
