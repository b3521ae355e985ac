use axum::response::Response;
use maud::html;
use serde::{Deserialize, Serialize};
use yagura_kernel::id::AccountId;
use yagura_kernel::organization::OrganizationKind;
use yagura_kernel::person::Role;
use yagura_store::settings;

use super::{From, with_session};
use crate::api::QueryOf;
use crate::context::PublicContext;
use crate::error::WebError;
use crate::submitted::{SubmittedForm, inner_path};
use crate::ui::components;
use crate::ui::forms::{self, Button};

/// Name of the setting that lists the people whom a visitor may be: JSON of [`Persona`]s.
pub const PERSONAS: &str = "demonstration.personas";

/// A person of the demonstration whom a visitor may be.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Persona {
    /// Their account.
    pub account: AccountId,
    /// Their name.
    pub name: String,
    /// Their role.
    pub role: Role,
    /// Their organisation's name.
    pub organization: String,
    /// Their organisation's kind.
    pub organization_kind: OrganizationKind,
    /// Key of the sentence that says what they do here.
    pub task: String,
}

async fn personas(context: &PublicContext) -> Result<Vec<Persona>, WebError> {
    if !context.app.config().demo {
        return Err(WebError::NotFound);
    }
    let text = settings::get(context.app.database(), PERSONAS)
        .await?
        .unwrap_or_default();
    serde_json::from_str(&text).map_err(|error| WebError::Internal(error.to_string()))
}

#[derive(Debug, Deserialize)]
pub(super) struct Back {
    #[serde(default)]
    back: String,
}

/// Whom does the visitor want to be?
pub(super) async fn page(
    context: PublicContext,
    QueryOf(query): QueryOf<Back>,
) -> Result<Response, WebError> {
    let personas = personas(&context).await?;
    let t = context.t();
    let back = inner_path(&query.back);
    let mut frame = context.frame(t.t("demo-title"));
    frame.lede = Some(html! { (t.t("demo-lede")) });
    let body = html! {
        ul.personas role="list" {
            @for persona in &personas {
                li.card {
                    h2 { (components::role(t, persona.role)) }
                    p { b { (persona.name) } " " (persona.organization) }
                    p { (t.t(&persona.task)) }
                    form method="post" action="/demo" {
                        (forms::hidden("account", &persona.account.to_string()))
                        (forms::hidden("back", back))
                        (forms::button(&Button::primary(t.t("demo-pick"))))
                    }
                }
            }
        }
    };
    Ok(context.respond(&frame, body))
}

/// Signs the visitor in as that person.
pub(super) async fn pick(
    context: PublicContext,
    From(visitor): From,
    SubmittedForm(form): SubmittedForm,
) -> Result<Response, WebError> {
    let wanted: AccountId = form
        .value("account")
        .parse()
        .map_err(|_| WebError::NotFound)?;
    if !personas(&context)
        .await?
        .iter()
        .any(|persona| persona.account == wanted)
    {
        return Err(WebError::NotFound);
    }
    let session = context
        .app
        .identity()
        .sign_in_to_demonstration(wanted, &visitor)
        .await?;
    Ok(with_session(
        &context.app,
        &session,
        inner_path(form.value("back")),
    ))
}
