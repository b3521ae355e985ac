use axum::response::Response;
use maud::html;
use yagura_identity::sessions;
use yagura_kernel::id::OrganizationId;

use super::Own;
use crate::context::see_other;
use crate::error::WebError;
use crate::submitted::SubmittedForm;
use crate::ui::components;
use crate::ui::forms::{self, Button};

/// The organisations that one may act for.
pub(crate) async fn page(Own { context, session }: Own) -> Result<Response, WebError> {
    let t = context.t();
    let choices = sessions::choices(context.database(), &session, context.now).await?;
    let body = html! {
        section.card {
            ul role="list" {
                @for choice in &choices {
                    li {
                        form.inline method="post" action="/account/organizations" {
                            (forms::hidden("organization", &choice.organization.to_string()))
                            b { (choice.name) } " "
                            @for role in &choice.roles { (components::role(t, *role)) " " }
                            @if choice.organization == context.organization.id {
                                (components::tag(components::Tone::Info, t.t("account-acting-now")))
                            } @else {
                                (forms::button(&Button::secondary(t.t("account-act-for"))))
                            }
                        }
                    }
                }
            }
        }
    };
    context.page(t.t("account-organizations-title"), body).await
}

/// Acts for another organisation from now on.
pub(crate) async fn choose(
    Own { context, session }: Own,
    SubmittedForm(form): SubmittedForm,
) -> Result<Response, WebError> {
    let organization: OrganizationId = form
        .value("organization")
        .parse()
        .map_err(|_| WebError::NotFound)?;
    let mut tx = context.database().begin().await?;
    let act = context.app.identity().act(&session);
    sessions::choose_organization(&mut tx, act, &session, organization).await?;
    tx.commit().await?;
    Ok(see_other("/"))
}
