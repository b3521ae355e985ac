//! Filling in: the form, and what was typed read into answers.

use std::collections::BTreeSet;

use axum::extract::Request as HttpRequest;
use axum::http::StatusCode;
use axum::response::Response;
use maud::html;
use uuid::Uuid;
use yagura_kernel::id::PersonId;
use yagura_kernel::policy::actions;
use yagura_packs::FieldKind;
use yagura_store::StoreError;
use yagura_web::api::PathOf;
use yagura_web::ui::components::{Tone, note};
use yagura_web::ui::forms::{
    Button, Form, FormState, button, button_row, error_summary, form, hidden,
};
use yagura_web::{Context, FlashMessage, WebError, see_other};

use super::fields::{fault_words, fields, input_of, offered, read_answers, state_of};
use super::{DESK, crumbs, with_status};
use crate::model::{Answers, check_answers};
use crate::operations::me;
use crate::store::{self, File, FormVersion, KeptFile, MOST_FILES};
use crate::upload::{Received, receive};
use crate::words;

/// A form to be filled in and where it is sent.
struct Filling<'a> {
    form: &'a FormVersion,
    action: String,
    draft: Option<(Uuid, i64)>,
    files: &'a [KeptFile],
}

/// An empty form.
pub(super) async fn new(
    context: Context,
    PathOf(key): PathOf<String>,
) -> Result<Response, WebError> {
    let proof = context.authorize_own::<actions::FileRequests>().await?;
    let form = current(&context, &proof, &key).await?;
    let mut state = FormState::empty();
    // Most people ask for themselves.
    if let Some(own) = form.stored.form.field("person")
        && own.kind == FieldKind::Person
    {
        state.set(own.id.clone(), context.person_name.clone());
    }
    let filling = Filling {
        form: &form,
        action: format!("{DESK}/new/{key}"),
        draft: None,
        files: &[],
    };
    show(&context, &proof, &filling, &state).await
}

async fn current(context: &Context, proof: &File, key: &str) -> Result<FormVersion, WebError> {
    let library = context.app.packs();
    let organization = proof.organization();
    let form = store::in_force(
        context.database(),
        &library,
        organization,
        key,
        context.today,
    );
    Ok(form.await?)
}

/// Keeps what was filled in, and shows it for confirmation.
pub(super) async fn create(
    context: Context,
    PathOf(key): PathOf<String>,
    request: HttpRequest,
) -> Result<Response, WebError> {
    let proof = context.authorize_own::<actions::FileRequests>().await?;
    let form = current(&context, &proof, &key).await?;
    let received = receive(&context, request).await?;
    let filling = Filling {
        form: &form,
        action: format!("{DESK}/new/{key}"),
        draft: None,
        files: &[],
    };
    let seen = received.state.value("_form");
    if !seen.is_empty() && seen != form.fingerprint {
        return keep_under_new(&context, &proof, &filling, received).await;
    }
    keep(&context, &proof, filling, received).await
}

/// The form was changed after the page was opened: what fits is kept as a draft of the form in force,
/// which says so.
async fn keep_under_new(
    context: &Context,
    proof: &File,
    filling: &Filling<'_>,
    received: Received,
) -> Result<Response, WebError> {
    let Received {
        mut state, files, ..
    } = received;
    let form = &filling.form.stored.form;
    let systems = offered(context, proof).await?.systems;
    let mut answers = read_answers(context.t(), form, &mut state, &systems);
    let asks = |name: &str| {
        let field = name.strip_prefix("file-").and_then(|id| form.field(id));
        field.is_some_and(|field| field.kind == FieldKind::File)
    };
    let files: Vec<_> = files.into_iter().filter(|f| asks(&f.field)).collect();
    for field in form.fields.iter().filter(|f| f.kind == FieldKind::File) {
        let sent = format!("file-{}", field.id);
        let own = files.iter().filter(|file| file.field == sent);
        answers.set(&field.id, own.map(|file| file.id.to_string()));
    }
    let (answers, _) = answers.fitted(form);
    let nothing = BTreeSet::new();
    let me = me(context)?;
    let id = save_all(context, proof, me, filling, &answers, &nothing, files).await?;
    let to = format!("{DESK}/drafts/{id}/edit");
    Ok(context.redirect(&to, FlashMessage::failed("requests-form-changed-kept")))
}

/// The form of a draft, in the version with which it was begun.
pub(super) async fn edit(context: Context, PathOf(id): PathOf<Uuid>) -> Result<Response, WebError> {
    let proof = context.authorize_own::<actions::FileRequests>().await?;
    let (draft, form, files) = of_draft(&context, &proof, id).await?;
    let mut state = state_of(&form.stored.form, &draft.answers);
    if newer(&context, &form).await?.is_some() {
        state.set("_newer", "yes");
    }
    let filling = Filling {
        form: &form,
        action: format!("{DESK}/drafts/{id}/edit"),
        draft: Some((id, draft.revision)),
        files: &files,
    };
    show(&context, &proof, &filling, &state).await
}

/// The form as it is in force now, where it is another than that of a draft.
pub(super) async fn newer(
    context: &Context,
    form: &FormVersion,
) -> Result<Option<FormVersion>, WebError> {
    let library = context.app.packs();
    let (database, today) = (context.database(), context.today);
    let organization = context.organization.id;
    match store::in_force(database, &library, organization, &form.key, today).await {
        Ok(now) if now.fingerprint == form.fingerprint => Ok(None),
        Ok(now) => Ok(Some(now)),
        Err(StoreError::NotFound) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// Keeps the changes of a draft.
pub(super) async fn save(
    context: Context,
    PathOf(id): PathOf<Uuid>,
    request: HttpRequest,
) -> Result<Response, WebError> {
    let proof = context.authorize_own::<actions::FileRequests>().await?;
    let (draft, form, files) = of_draft(&context, &proof, id).await?;
    let received = receive(&context, request).await?;
    let seen = received.state.value("_revision").parse();
    let filling = Filling {
        form: &form,
        action: format!("{DESK}/drafts/{id}/edit"),
        draft: Some((id, seen.unwrap_or(draft.revision))),
        files: &files,
    };
    keep(&context, &proof, filling, received).await
}

pub(super) async fn of_draft(
    context: &Context,
    proof: &File,
    id: Uuid,
) -> Result<(store::Draft, FormVersion, Vec<KeptFile>), WebError> {
    let me = me(context)?;
    let draft = store::draft(context.database(), proof, me, id).await?;
    let form = FormVersion {
        key: draft.form_key.clone(),
        number: draft.form_number,
        from: context.today,
        stored: store::form_of(context.database(), &draft.fingerprint).await?,
        fingerprint: draft.fingerprint.clone(),
    };
    let files = store::files_of_draft(context.database(), proof, id).await?;
    Ok((draft, form, files))
}

/// Saves a draft with its files; goes on to the confirmation where it can be filed.
async fn keep(
    context: &Context,
    proof: &File,
    filling: Filling<'_>,
    received: Received,
) -> Result<Response, WebError> {
    let me = me(context)?;
    let t = context.t();
    let Received {
        mut state,
        files,
        refused,
    } = received;
    let form = &filling.form.stored.form;
    let choices = offered(context, proof).await?;
    let mut answers = read_answers(t, form, &mut state, &choices.systems);
    for (field, key) in &refused {
        state.add_error(field.clone(), t.find(key).unwrap_or_default());
    }
    let dropped: BTreeSet<Uuid> = state
        .values("_drop-file")
        .iter()
        .filter_map(|id| yagura_kernel::id::parse_uuid(id).ok())
        .collect();
    let kept_files: Vec<&KeptFile> = filling
        .files
        .iter()
        .filter(|file| !dropped.contains(&file.id))
        .collect();
    if kept_files.len() + files.len() > MOST_FILES {
        state.add_form_error(t.t("requests-fault-too-many"));
    }
    for field in form.fields.iter().filter(|f| f.kind == FieldKind::File) {
        let sent = format!("file-{}", field.id);
        let old = kept_files
            .iter()
            .filter(|f| f.field == field.id)
            .map(|f| f.id);
        let new = files.iter().filter(|f| f.field == sent).map(|f| f.id);
        answers.set(&field.id, old.chain(new).map(|id| id.to_string()));
    }
    for (field, fault) in check_answers(form, &answers, context.today) {
        if let Some(spec) = form.field(&field)
            && state.error(&input_of(spec)).is_none()
        {
            let message = fault_words(t, spec, fault);
            state.add_error(input_of(spec), message);
        }
    }
    // A draft may have gaps; what is wrong in itself may not stay.
    let only_saved = state.value("_then") == "draft";
    if state.has_errors() && !only_saved {
        let response = show(context, proof, &filling, &state).await?;
        return Ok(with_status(response, StatusCode::UNPROCESSABLE_ENTITY));
    }
    let id = save_all(context, proof, me, &filling, &answers, &dropped, files).await?;
    if only_saved {
        let done = FlashMessage::done("requests-draft-saved");
        return Ok(context.redirect(DESK, done));
    }
    Ok(see_other(&format!("{DESK}/drafts/{id}")))
}

async fn save_all(
    context: &Context,
    proof: &File,
    me: PersonId,
    filling: &Filling<'_>,
    answers: &Answers,
    dropped: &BTreeSet<Uuid>,
    files: Vec<crate::upload::Arrived>,
) -> Result<Uuid, WebError> {
    let mut tx = context.database().begin().await?;
    let ids = context.app.ids();
    let id = store::save_draft(
        &mut tx,
        proof,
        ids,
        me,
        filling.draft,
        filling.form,
        answers,
        context.now,
    )
    .await?;
    for file in dropped {
        store::forget_file(&mut tx, proof, id, *file).await?;
    }
    for file in files {
        let field = file.field.strip_prefix("file-").unwrap_or_default();
        let of = (file.id, field, file.name.as_str(), file.media_type);
        store::keep_file(&mut tx, proof, me, id, of, &file.blob, context.now).await?;
    }
    context.note_change(&mut tx).await?;
    tx.commit().await?;
    Ok(id)
}

async fn show(
    context: &Context,
    proof: &File,
    filling: &Filling<'_>,
    state: &FormState,
) -> Result<Response, WebError> {
    let t = context.t();
    let choices = offered(context, proof).await?;
    let stored = &filling.form.stored;
    let mut frame = context.frame(words::text(t, &stored.title));
    frame.breadcrumbs = crumbs(context);
    frame.lede = Some(html! { (words::text(t, &stored.form.summary)) });
    let body = html! {
        (error_summary(t, state))
        @if state.value("_newer") == "yes" {
            (note(t, Tone::Caution, html! { (t.t("requests-form-changed-edit")) }))
        }
        p.small { (t.t("requests-screen-fill")) }
        (form(t, &Form::post(&filling.action).upload(), html! {
            @if let Some((_, revision)) = filling.draft {
                (hidden("_revision", &revision.to_string()))
            }
            (hidden("_form", &filling.form.fingerprint))
            (fields(context, &stored.form, state, &choices, filling.files))
            (button_row(&Button::primary(t.t("requests-go-on")), &[
                button(&Button::secondary(t.t("requests-save-draft")).sending("_then", "draft")),
                html! { a href=(DESK) { (t.t("requests-cancel")) } },
            ]))
        }))
    };
    context.respond(frame, body).await
}
