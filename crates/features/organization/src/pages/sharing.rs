//! How much each overseer may see of one's institution.

use axum::response::Response;
use maud::html;
use yagura_kernel::id::RelationId;
use yagura_kernel::policy::actions;
use yagura_kernel::relation::SharingLevel;
use yagura_store::directory;
use yagura_web::api::PathOf;
use yagura_web::ui::components;
use yagura_web::ui::forms::{self, Button, Choice, Field, Form, FormState};
use yagura_web::{Context, FlashMessage, SubmittedForm, WebError};

/// One card for each overseer.
pub(crate) async fn show(context: Context) -> Result<Response, WebError> {
    let proof = context.authorize_own::<actions::ManageSharing>().await?;
    let overseers =
        directory::overseers_of(context.database(), proof.organization(), context.today).await?;
    let t = context.t();
    let labels: Vec<(SharingLevel, String)> = SharingLevel::ALL
        .into_iter()
        .map(|level| (level, components::sharing_level(t, level).to_owned()))
        .collect();
    let choices: Vec<Choice<'_>> = labels
        .iter()
        .map(|(level, label)| Choice::new(level.code(), label))
        .collect();
    let mut frame = context.frame(t.t("organization-sharing-title"));
    frame.lede = Some(html! { (t.t("organization-sharing-lede")) });
    let body = html! {
        @if overseers.is_empty() {
            (components::empty_state(t.t("organization-sharing-empty"), html! {
                (t.t("organization-sharing-empty-why"))
            }))
        }
        @for overseer in &overseers {
            @let action = format!("/sharing/{}", overseer.relation);
            @let state = FormState::from_pairs([("level", overseer.sharing.code())])
                .with_id_prefix(overseer.relation.to_string());
            section.card {
                h2 { (overseer.name) }
                (forms::form(t, &Form::post(&action), html! {
                    (forms::radio_group(t, &state, &Field::new("level", t.t("organization-sharing-level")),
                        &choices, forms::RadioStyle::List))
                    (forms::button_row(&Button::primary(t.t("organization-sharing-save")), &[]))
                }))
            }
        }
    };
    context.respond(frame, body).await
}

/// Sets it.
pub(crate) async fn set(
    context: Context,
    PathOf(relation): PathOf<RelationId>,
    SubmittedForm(form): SubmittedForm,
) -> Result<Response, WebError> {
    let level = SharingLevel::from_code(form.value("level"))
        .ok_or(WebError::invalid("organization-sharing-level-missing"))?;
    change(&context, relation, level).await?;
    Ok(context.redirect("/sharing", FlashMessage::done("organization-sharing-saved")))
}

pub(crate) async fn change(
    context: &Context,
    relation: RelationId,
    level: SharingLevel,
) -> Result<(), WebError> {
    let proof = context.authorize_own::<actions::ManageSharing>().await?;
    let mut tx = context.database().begin().await?;
    directory::set_sharing(&mut tx, &proof, relation, level).await?;
    for feature in context.app.features() {
        feature
            .organization_changed(&context.app, &mut tx, proof.organization())
            .await?;
    }
    context
        .audit(
            &mut tx,
            &proof,
            "relation",
            relation,
            serde_json::json!({ "level": level.code() }),
        )
        .await?;
    tx.commit().await?;
    Ok(())
}
