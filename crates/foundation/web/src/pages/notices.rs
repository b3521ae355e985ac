use axum::extract::Query;
use axum::response::Response;
use maud::html;
use serde::Deserialize;
use uuid::Uuid;
use yagura_kernel::probe::Finding;
use yagura_store::notifications;

use crate::api::PathOf;
use crate::context::{Context, see_other};
use crate::error::WebError;
use crate::i18n::Lang;
use crate::submitted::inner_path;
use crate::ui::components;
use crate::ui::forms;

const ON_A_PAGE: i64 = 50;

#[derive(Debug, Deserialize)]
pub(super) struct Before {
    before: Option<Uuid>,
}

/// What the program told the organisation, newest first.
pub(super) async fn list(
    context: Context,
    Query(query): Query<Before>,
) -> Result<Response, WebError> {
    let person = context.person().ok_or(WebError::NotFound)?;
    let notices = notifications::list(
        context.database(),
        context.organization.id,
        person,
        query.before,
        ON_A_PAGE + 1,
    )
    .await?;
    let t = context.t();
    let size = usize::try_from(ON_A_PAGE).unwrap_or(50);
    let next = notices
        .get(size.saturating_sub(1))
        .filter(|_| notices.len() > size);
    let body = html! {
        @if notices.is_empty() {
            (components::empty_state(t.t("notices-empty"), html! { (t.t("notices-empty-why")) }))
        } @else {
            ul.card role="list" {
                @for notice in notices.iter().take(size) {
                    li {
                        @if notice.read_at.is_none() {
                            (components::tag(components::Tone::Info, t.t("notices-new"))) " "
                        }
                        (components::date_time(t, notice.created_at)) " "
                        (worded(&context, notice))
                        form.inline method="post" action={ "/notices/" (notice.id) "/read" } {
                            @if let Some(link) = &notice.link {
                                input type="hidden" name="to" value=(link);
                                (forms::button(&forms::Button::secondary(t.t("notices-open"))))
                            } @else if notice.read_at.is_none() {
                                (forms::button(&forms::Button::secondary(t.t("notices-mark-read"))))
                            }
                        }
                    }
                }
            }
            @if let Some(last) = next {
                p { a href={ "/notices?before=" (last.id) } { (t.t("notices-older")) } }
            }
        }
    };
    context.page(t.t("notices-title"), body).await
}

fn worded(context: &Context, notice: &notifications::Notification) -> String {
    let arguments = notice
        .arguments
        .as_object()
        .map(|object| {
            object
                .iter()
                .map(|(name, value)| {
                    // A name that somebody gave in several languages is read in one's own.
                    let of = |lang: Lang| -> Option<&str> { value.get(lang.code())?.as_str() };
                    let said = |lang| of(lang).filter(|text| !text.is_empty());
                    let text = said(context.t().lang())
                        .or_else(|| said(Lang::Ja))
                        .or(value.as_str());
                    (
                        name.clone(),
                        text.map_or_else(|| value.to_string(), str::to_owned),
                    )
                })
                .collect()
        })
        .unwrap_or_default();
    context.t().finding(&Finding {
        message: notice.message.clone(),
        arguments,
    })
}

#[derive(Debug, Deserialize)]
pub(super) struct Opened {
    #[serde(default)]
    to: String,
}

/// Marks a notice as read and goes where it leads.
pub(super) async fn read(
    context: Context,
    PathOf(id): PathOf<Uuid>,
    axum::Form(opened): axum::Form<Opened>,
) -> Result<Response, WebError> {
    let person = context.person().ok_or(WebError::NotFound)?;
    let mut tx = context.database().begin().await?;
    notifications::mark_read(&mut tx, context.organization.id, person, id, context.now).await?;
    tx.commit().await?;
    let to = if opened.to.is_empty() {
        "/notices"
    } else {
        inner_path(&opened.to)
    };
    Ok(see_other(to))
}
