//! The pages: the desk, filling in, one request, the worklist, the ledger of all, and the settings.

mod acts;
mod delegation;
mod desk;
mod draft;
pub(crate) mod fields;
mod fill;
mod forms;
mod ledger;
mod request;
mod seats;
mod worklist;

use axum::http::StatusCode;
use axum::response::Response;
use yagura_kernel::policy::Action;
use yagura_web::ui::layout::Crumb;
use yagura_web::{Access, Context, Routes};

/// The desk.
pub(crate) const DESK: &str = "/requests";
/// What waits for the reader.
pub(crate) const WORKLIST: &str = "/requests/worklist";
/// The ledger of all requests.
pub(crate) const ALL: &str = "/requests/all";
/// The forms.
pub(crate) const FORMS: &str = "/requests/forms";
/// Who sits where.
pub(crate) const SEATS: &str = "/requests/seats";
/// Handing one's decisions over.
pub(crate) const DELEGATIONS: &str = "/requests/delegations";

/// The addresses of the pages.
pub(crate) fn routes() -> Routes {
    let file = Access::Action(Action::FileRequests);
    let decide = Access::Action(Action::DecideRequests);
    let read = Access::Action(Action::ReadRequests);
    let edit = Access::Action(Action::EditRequestForms);
    Routes::new()
        .get(DESK, file, desk::page)
        .get("/requests/new/{form}", file, fill::new)
        .post("/requests/new/{form}", file, fill::create)
        .get("/requests/drafts/{draft}", file, draft::page)
        .get("/requests/drafts/{draft}/edit", file, fill::edit)
        .post("/requests/drafts/{draft}/edit", file, fill::save)
        .post("/requests/drafts/{draft}/file", file, draft::file)
        .post("/requests/drafts/{draft}/discard", file, draft::discard)
        .get("/requests/{request}", file, request::page)
        .get("/requests/{request}/request.pdf", file, request::pdf)
        .get(
            "/requests/{request}/files/{attachment}",
            file,
            request::attachment,
        )
        .post("/requests/{request}/answer", file, acts::answer)
        .post("/requests/{request}/withdraw", file, acts::withdraw)
        .post("/requests/{request}/copy", file, acts::copy)
        .post("/requests/{request}/decide", decide, acts::decide)
        .post("/requests/{request}/recall", decide, acts::recall)
        .get(WORKLIST, decide, worklist::page)
        .get(DELEGATIONS, decide, delegation::page)
        .post(DELEGATIONS, decide, delegation::add)
        .post(
            "/requests/delegations/{delegation}/end",
            decide,
            delegation::end,
        )
        .get(ALL, read, ledger::page)
        .get("/requests/all.xlsx", read, ledger::workbook)
        .get("/requests/all.pdf", read, ledger::pdf)
        .get(SEATS, edit, seats::page)
        .post("/requests/seats/departments", edit, seats::department)
        .post("/requests/seats/deputies", edit, seats::deputies)
        .get(FORMS, edit, forms::list)
        .post(FORMS, edit, forms::create)
        .get("/requests/forms/{form}", edit, forms::page)
        .post("/requests/forms/{form}", edit, forms::save)
        .get("/requests/forms/{form}/preview", edit, forms::preview)
        .post("/requests/forms/{form}/publication", edit, forms::publish)
        .post("/requests/forms/{form}/shipped", edit, forms::shipped)
}

fn crumbs(context: &Context) -> Vec<Crumb> {
    vec![
        Crumb::new(context.t().t("nav-home"), "/"),
        Crumb::new(context.t().t("requests-desk"), DESK),
    ]
}

fn with_status(mut response: Response, status: StatusCode) -> Response {
    *response.status_mut() = status;
    response
}
