//! The pages: the chart, one entry, the emergency page.

mod chart;
mod emergency;
mod entry;

use maud::{Markup, html};
use uuid::Uuid;
use yagura_kernel::policy::{Action, ActionType, Authorized};
use yagura_web::ui::layout::Crumb;
use yagura_web::{Access, Context, Routes, WebError};

use crate::model::tel_uri;
use crate::store;

/// The addresses of the pages.
pub(crate) fn routes() -> Routes {
    let read = Access::Action(Action::ReadContacts);
    let edit = Access::Action(Action::EditContacts);
    Routes::new()
        .get("/contacts", read, chart::own)
        .get("/contacts.pdf", read, chart::own_pdf)
        .get("/contacts/of/{organization}", read, chart::of_member)
        .get(
            "/contacts/of/{organization}/contacts.pdf",
            read,
            chart::of_member_pdf,
        )
        .post("/contacts/confirm", edit, chart::confirm)
        .get("/contacts/new", edit, entry::new_form)
        .post("/contacts", edit, entry::create)
        .get("/contacts/{entry}/edit", edit, entry::edit_form)
        .post("/contacts/{entry}/edit", edit, entry::save)
        .get("/contacts/{entry}/remove", edit, entry::remove_form)
        .post("/contacts/{entry}/remove", edit, entry::remove)
        .post("/contacts/{entry}/move", edit, entry::shift)
        .get("/emergency", Access::Public, emergency::page)
        .get("/emergency.pdf", read, emergency::sheet)
}

/// Asks the policy for an action on the organisation that an entry belongs to.
pub(crate) async fn authorize<A: ActionType>(
    context: &Context,
    entry: Uuid,
) -> Result<Authorized<A>, WebError> {
    let owner = store::owner(context.database(), entry).await?;
    context.authorize::<A>(owner).await
}

/// Whether the policy allows an action on the organisation of a proof, without asking it in
/// earnest: to show or hide a button.
fn may<A: ActionType, B: ActionType>(context: &Context, proof: &Authorized<B>) -> bool {
    let resource = yagura_kernel::policy::Resource {
        organization: proof.organization(),
        standing: proof.standing(),
    };
    let decision = yagura_kernel::policy::decide(&context.principal, A::ACTION, &resource);
    decision == yagura_kernel::policy::Decision::Allow
}

fn crumbs(context: &Context) -> Vec<Crumb> {
    vec![
        Crumb::new(context.t().t("nav-home"), "/"),
        Crumb::new(context.t().t("contacts-chart"), "/contacts"),
    ]
}

/// A number as a link that a telephone dials, where it can be dialled.
fn phone(number: &str) -> Markup {
    match tel_uri(number) {
        Some(uri) => html! { a href=(uri) { (number) } },
        None => html! { (number) },
    }
}

fn with_status(
    mut response: axum::response::Response,
    status: axum::http::StatusCode,
) -> axum::response::Response {
    *response.status_mut() = status;
    response
}
