//! One entry: the form, moving it, taking it out.

use axum::http::StatusCode;
use axum::response::Response;
use maud::{Markup, html};
use serde::Deserialize;
use uuid::Uuid;
use yagura_kernel::policy::{Authorized, actions};
use yagura_store::StoreError;
use yagura_web::api::{PathOf, QueryOf};
use yagura_web::i18n::args;
use yagura_web::ui::components::{Tone, compare_two, description_list, note};
use yagura_web::ui::forms::{Button, Form, FormState, button_row, error_summary, form, hidden};
use yagura_web::{Context, FlashMessage, SubmittedForm, Translator, WebError};

use super::{authorize, crumbs, with_status};
use crate::forms::{self, names};
use crate::model::{Category, Chart, Entry, NewEntry};
use crate::suggestions::{Origin, suggested};
use crate::{operations, store};

/// With what the form begins.
#[derive(Debug, Default, Deserialize)]
pub(super) struct NewQuery {
    #[serde(default)]
    category: String,
    #[serde(default)]
    from: String,
}

async fn own_chart(context: &Context) -> Result<Chart, WebError> {
    let read = context.authorize_own::<actions::ReadContacts>().await?;
    Ok(store::chart(context.database(), &read).await?)
}

/// An empty form, or one filled with a suggestion.
pub(super) async fn new_form(
    context: Context,
    QueryOf(query): QueryOf<NewQuery>,
) -> Result<Response, WebError> {
    context.authorize_own::<actions::EditContacts>().await?;
    let chart = own_chart(&context).await?;
    let mut entry = NewEntry {
        category: Category::from_code(&query.category).unwrap_or_default(),
        ..NewEntry::default()
    };
    if let Some(origin) = Origin::parse(&query.from)
        && let Some(found) = suggested(&context, &chart, &origin, entry.id).await?
    {
        entry = found;
    }
    let state = forms::state_of(&entry, 0);
    show(&context, &chart, &state, None, html! {}).await
}

async fn show(
    context: &Context,
    chart: &Chart,
    state: &FormState,
    entry: Option<&Entry>,
    above: Markup,
) -> Result<Response, WebError> {
    let t = context.t();
    let title = if entry.is_some() {
        t.t("contacts-edit-entry")
    } else {
        t.t("contacts-add")
    };
    let mut frame = context.frame(title);
    frame.breadcrumbs = crumbs(context);
    let action = entry.map_or_else(
        || "/contacts".to_owned(),
        |entry| format!("/contacts/{}/edit", entry.id),
    );
    let draft = entry.map_or_else(
        || "contacts-new".to_owned(),
        |e| format!("contacts-{}", e.id),
    );
    let fields = html! {
        (error_summary(t, state))
        (above)
        (forms::fields(t, state, chart, entry.map(|entry| entry.id)))
        (button_row(&Button::primary(t.t("contacts-save")), &[
            html! { a href="/contacts" { (t.t("contacts-cancel")) } },
        ]))
    };
    context
        .respond(
            frame,
            form(t, &Form::post(&action).keep_draft(&draft), fields),
        )
        .await
}

/// Adds an entry.
pub(super) async fn create(
    context: Context,
    SubmittedForm(mut state): SubmittedForm,
) -> Result<Response, WebError> {
    let proof = context.authorize_own::<actions::EditContacts>().await?;
    let chart = own_chart(&context).await?;
    let id = context.app.ids().id();
    let Some(entry) = forms::read(context.t(), &mut state, id, &chart) else {
        let response = show(&context, &chart, &state, None, html! {}).await?;
        return Ok(with_status(response, StatusCode::UNPROCESSABLE_ENTITY));
    };
    operations::add(&context, &proof, &entry).await?;
    Ok(context.redirect(
        "/contacts",
        FlashMessage::done("contacts-saved").with("name", entry.name),
    ))
}

async fn chart_of_entry(context: &Context, id: Uuid) -> Result<(Chart, Entry), WebError> {
    let chart = own_or_foreign_chart(context, id).await?;
    let entry = chart.entry(id).cloned().ok_or(WebError::NotFound)?;
    Ok((chart, entry))
}

async fn own_or_foreign_chart(context: &Context, id: Uuid) -> Result<Chart, WebError> {
    let read: Authorized<actions::ReadContacts> = authorize(context, id).await?;
    Ok(store::chart(context.database(), &read).await?)
}

/// The form of an entry.
pub(super) async fn edit_form(
    context: Context,
    PathOf(id): PathOf<Uuid>,
) -> Result<Response, WebError> {
    authorize::<actions::EditContacts>(&context, id).await?;
    let (chart, entry) = chart_of_entry(&context, id).await?;
    let state = forms::state_of(&NewEntry::from(&entry), entry.revision);
    show(&context, &chart, &state, Some(&entry), html! {}).await
}

/// Changes an entry. Who comes second is told, and shown both.
pub(super) async fn save(
    context: Context,
    PathOf(id): PathOf<Uuid>,
    SubmittedForm(mut state): SubmittedForm,
) -> Result<Response, WebError> {
    let proof = authorize::<actions::EditContacts>(&context, id).await?;
    let (chart, entry) = chart_of_entry(&context, id).await?;
    let t = context.t();
    let Some(new) = forms::read(t, &mut state, id, &chart) else {
        let response = show(&context, &chart, &state, Some(&entry), html! {}).await?;
        return Ok(with_status(response, StatusCode::UNPROCESSABLE_ENTITY));
    };
    let revision = state.value(names::REVISION).parse().unwrap_or(-1);
    match operations::change(&context, &proof, revision, &new).await {
        Ok(()) => Ok(context.redirect(
            "/contacts",
            FlashMessage::done("contacts-saved").with("name", new.name),
        )),
        Err(WebError::Store(error)) if matches!(*error, StoreError::Conflict) => {
            let (chart, entry) = chart_of_entry(&context, id).await?;
            state.set(names::REVISION, entry.revision.to_string());
            state.add_form_error(t.t("contacts-error-changed-meanwhile"));
            let above = compare_two(
                (t.t("contacts-theirs"), summary(t, &NewEntry::from(&entry))),
                (t.t("contacts-yours"), summary(t, &new)),
            );
            let response = show(&context, &chart, &state, Some(&entry), above).await?;
            Ok(with_status(response, StatusCode::CONFLICT))
        }
        Err(error) => Err(error),
    }
}

fn summary(t: &Translator, entry: &NewEntry) -> Markup {
    description_list(&[
        (t.t("contacts-name"), html! { (entry.name) }),
        (t.t("contacts-role"), html! { (entry.role) }),
        (t.t("contacts-department"), html! { (entry.department) }),
        (t.t("contacts-day-phone"), html! { (entry.day_phone) }),
        (t.t("contacts-night-phone"), html! { (entry.night_phone) }),
        (t.t("contacts-email"), html! { (entry.email) }),
        (t.t("contacts-duty"), html! { (entry.duty) }),
        (t.t("contacts-note"), html! { (entry.note) }),
    ])
}

/// Says what taking an entry out means.
pub(super) async fn remove_form(
    context: Context,
    PathOf(id): PathOf<Uuid>,
) -> Result<Response, WebError> {
    authorize::<actions::EditContacts>(&context, id).await?;
    let (chart, entry) = chart_of_entry(&context, id).await?;
    let t = context.t();
    let mut frame = context.frame(t.t("contacts-remove"));
    frame.breadcrumbs = crumbs(&context);
    let deputies = chart.deputies_of(id).count();
    let action = format!("/contacts/{id}/remove");
    let body = html! {
        (note(t, Tone::Caution, html! {
            (t.t_args("contacts-remove-means", args![("name", &entry.name), ("deputies", deputies)]))
        }))
        (summary(t, &NewEntry::from(&entry)))
        (form(t, &Form::post(&action), html! {
            (hidden(names::REVISION, &entry.revision.to_string()))
            (button_row(&Button::danger(t.t("contacts-remove")), &[
                html! { a href="/contacts" { (t.t("contacts-cancel")) } },
            ]))
        }))
    };
    context.respond(frame, body).await
}

/// Takes an entry out.
pub(super) async fn remove(
    context: Context,
    PathOf(id): PathOf<Uuid>,
    SubmittedForm(state): SubmittedForm,
) -> Result<Response, WebError> {
    let proof = authorize::<actions::EditContacts>(&context, id).await?;
    let revision = state.value(names::REVISION).parse().unwrap_or(-1);
    operations::remove(&context, &proof, id, revision).await?;
    Ok(context.redirect("/contacts", FlashMessage::done("contacts-removed")))
}

/// Moves an entry by one place.
pub(super) async fn shift(
    context: Context,
    PathOf(id): PathOf<Uuid>,
    SubmittedForm(state): SubmittedForm,
) -> Result<Response, WebError> {
    let proof = authorize::<actions::EditContacts>(&context, id).await?;
    let up = state.value("to") == "up";
    operations::shift(&context, &proof, id, up).await?;
    Ok(yagura_web::see_other("/contacts"))
}
