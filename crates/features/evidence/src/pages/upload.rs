//! Sending a file: a new piece, and a new version of one.

use axum::Extension;
use axum::extract::Request;
use axum::http::StatusCode;
use axum::response::Response;
use maud::{Markup, html};
use serde::Deserialize;
use yagura_kernel::id::{EvidenceId, Uuid};
use yagura_kernel::policy::actions;
use yagura_web::api::{PathOf, QueryOf};
use yagura_web::i18n::args;
use yagura_web::submitted::inner_path;
use yagura_web::ui::components::{Tone, note};
use yagura_web::ui::forms::{
    Button, Form, FormState, button_row, error_summary, fieldset, form as write_form, hidden,
};
use yagura_web::ui::layout::Crumb;
use yagura_web::{Context, FlashMessage, WebError};

use super::{Host, authorize, crumbs, with_status};
use crate::forms::{self, names};
use crate::host::HostSheet;
use crate::model::{NewPiece, NewVersion, Piece};
use crate::store::{self, PendingUpload};
use crate::upload::{self, FileFault, Received};
use crate::{operations, words};

type Manage = yagura_kernel::policy::Authorized<actions::ManageEvidence>;

/// From where one comes to send a file.
#[derive(Debug, Clone, Default, Deserialize)]
pub(super) struct NewQuery {
    #[serde(default)]
    item: String,
    #[serde(default, rename = "return")]
    return_to: String,
}

/// The empty form.
pub(super) async fn form(
    context: Context,
    Extension(host): Extension<Host>,
    QueryOf(query): QueryOf<NewQuery>,
) -> Result<Response, WebError> {
    let proof = context.authorize_own::<actions::ManageEvidence>().await?;
    let sheets = host.sheets(&context, &proof).await?;
    let mut state = FormState::empty().with(names::KIND, "document");
    if !query.item.is_empty() {
        state.set(names::ITEM, &query.item);
    }
    state.set(names::RETURN, &query.return_to);
    show(&context, &proof, &sheets, &state, None).await
}

async fn show(
    context: &Context,
    proof: &Manage,
    sheets: &[HostSheet],
    state: &FormState,
    kept: Option<&PendingUpload>,
) -> Result<Response, WebError> {
    let t = context.t();
    let mut frame = context.frame(t.t("evidence-add"));
    frame.breadcrumbs = crumbs(context, proof);
    let fields = html! {
        (error_summary(t, state))
        (file_part(context, state, kept))
        (forms::detail_fields(t, state, true))
        @if !sheets.is_empty() {
            (fieldset(t.t("evidence-items"), html! {
                p.hint { (t.t("evidence-items-hint")) }
                (forms::item_boxes(t, state, sheets))
            }))
        }
        (hidden(names::RETURN, state.value(names::RETURN)))
        (button_row(&Button::primary(t.t("evidence-save")), &[
            html! { a href=(back_to(state)) { (t.t("evidence-cancel")) } },
        ]))
    };
    let body = write_form(
        t,
        &Form::post("/evidence").upload().keep_draft("evidence-new"),
        fields,
    );
    context.respond(frame, body).await
}

/// Where one goes back to.
fn back_to(state: &FormState) -> &str {
    match state.value(names::RETURN) {
        "" => "/evidence",
        path => inner_path(path),
    }
}

/// The field of the file, or word that it was received already.
fn file_part(context: &Context, state: &FormState, kept: Option<&PendingUpload>) -> Markup {
    let t = context.t();
    match kept {
        Some(kept) => {
            let size = words::size(i64::try_from(kept.blob.size).unwrap_or(i64::MAX));
            let received = t.t_args(
                "evidence-file-received",
                args![("name", &kept.file_name), ("size", size)],
            );
            html! {
                (note(t, Tone::Success, html! { (received) }))
                (hidden(names::UPLOAD, &kept.id.to_string()))
            }
        }
        None => forms::file(t, state, context.app.config().upload_limit),
    }
}

/// The file of a form: just received, or kept from the try before.
struct FileOfForm {
    upload: Option<PendingUpload>,
    kept: Option<Uuid>,
    disk_full: bool,
}

async fn file_of_form(
    context: &Context,
    proof: &Manage,
    received: &mut Received,
) -> Result<FileOfForm, WebError> {
    let t = context.t();
    let state = &mut received.state;
    let mut found = FileOfForm {
        upload: None,
        kept: None,
        disk_full: false,
    };
    match received.file.take() {
        Some(Ok(upload)) => found.upload = Some(upload),
        Some(Err(fault)) => {
            found.disk_full = matches!(fault, FileFault::DiskFull);
            forms::add_file_error(t, state, &fault);
        }
        None => {
            if let Ok(id) = yagura_kernel::id::parse_uuid(state.value(names::UPLOAD)) {
                found.upload = store::kept_upload(context.database(), proof, id).await?;
                found.kept = found.upload.as_ref().map(|upload| upload.id);
            }
            if found.upload.is_none() {
                let words = args![("label", t.t("evidence-file"))];
                state.add_error(upload::FILE, t.t_args("form-error-required", words));
            }
        }
    }
    Ok(found)
}

/// Keeps a file whose form has to be put right.
async fn keep(context: &Context, proof: &Manage, file: &FileOfForm) -> Result<(), WebError> {
    if let (Some(upload), None) = (&file.upload, file.kept) {
        let mut tx = context.database().begin().await?;
        store::keep_upload(&mut tx, proof, upload, context.now).await?;
        tx.commit().await?;
    }
    Ok(())
}

const fn status_of(file: &FileOfForm) -> StatusCode {
    if file.disk_full {
        StatusCode::INSUFFICIENT_STORAGE
    } else {
        StatusCode::UNPROCESSABLE_ENTITY
    }
}

/// Takes the form.
pub(super) async fn create(
    context: Context,
    Extension(host): Extension<Host>,
    request: Request,
) -> Result<Response, WebError> {
    let proof = context.authorize_own::<actions::ManageEvidence>().await?;
    let mut received = upload::receive(&context.app, request).await?;
    let sheets = host.sheets(&context, &proof).await?;
    let t = context.t();
    let file = file_of_form(&context, &proof, &mut received).await?;
    let file_name = file.upload.as_ref().map(|upload| upload.file_name.clone());
    let items = forms::read_items(t, &mut received.state, &sheets);
    let details = forms::read_details(t, &mut received.state, file_name.as_deref(), context.today);
    let (Some(details), Some(upload)) = (details, &file.upload) else {
        keep(&context, &proof, &file).await?;
        let response = show(
            &context,
            &proof,
            &sheets,
            &received.state,
            file.upload.as_ref(),
        )
        .await?;
        return Ok(with_status(response, status_of(&file)));
    };
    let new = NewPiece {
        id: EvidenceId::new(context.app.ids()),
        title: details.title,
        kind: details.kind,
        file_name: upload.file_name.clone(),
        media_type: upload.media_type,
        issued_on: details.issued_on,
        expires_on: details.expires_on,
        note: details.note,
    };
    let title = new.title.clone();
    let id = operations::create(
        &context,
        &*host.0,
        &proof,
        new,
        &upload.blob,
        &items,
        file.kept,
    )
    .await?;
    let next = match received.state.value(names::RETURN) {
        "" => format!("/evidence/{id}"),
        path => inner_path(path).to_owned(),
    };
    Ok(context.redirect(
        &next,
        FlashMessage::done("evidence-saved").with("title", title),
    ))
}

/// The form of a new version.
pub(super) async fn version_form(
    context: Context,
    PathOf(id): PathOf<EvidenceId>,
) -> Result<Response, WebError> {
    let proof = authorize::<actions::ManageEvidence>(&context, id).await?;
    let piece = store::piece(context.database(), &proof, id).await?;
    let state = FormState::empty().with(names::REVISION, piece.revision.to_string());
    show_version(&context, &proof, &piece, &state, None).await
}

async fn show_version(
    context: &Context,
    proof: &Manage,
    piece: &Piece,
    state: &FormState,
    kept: Option<&PendingUpload>,
) -> Result<Response, WebError> {
    let t = context.t();
    let mut frame = context.frame(t.t("evidence-new-version"));
    frame.breadcrumbs = crumbs(context, proof);
    frame
        .breadcrumbs
        .push(Crumb::new(&piece.title, piece.page()));
    frame.lede = Some(html! {
        (t.t_args("evidence-new-version-lede", args![("title", &piece.title), ("links", piece.links)]))
    });
    let action = format!("{}/version", piece.page());
    let fields = html! {
        (error_summary(t, state))
        (file_part(context, state, kept))
        (forms::date_fields(t, state))
        (hidden(names::REVISION, state.value(names::REVISION)))
        (button_row(&Button::primary(t.t("evidence-save-version")), &[
            html! { a href=(piece.page()) { (t.t("evidence-cancel")) } },
        ]))
    };
    context
        .respond(frame, write_form(t, &Form::post(&action).upload(), fields))
        .await
}

/// Takes a new version.
pub(super) async fn add_version(
    context: Context,
    Extension(host): Extension<Host>,
    PathOf(id): PathOf<EvidenceId>,
    request: Request,
) -> Result<Response, WebError> {
    let proof = authorize::<actions::ManageEvidence>(&context, id).await?;
    let piece = store::piece(context.database(), &proof, id).await?;
    let mut received = upload::receive(&context.app, request).await?;
    let t = context.t();
    let file = file_of_form(&context, &proof, &mut received).await?;
    let (issued_on, expires_on) = forms::read_dates(t, &mut received.state, context.today);
    let upload = match &file.upload {
        Some(upload) if !received.state.has_errors() => upload,
        _ => {
            keep(&context, &proof, &file).await?;
            let kept = file.upload.as_ref();
            let response = show_version(&context, &proof, &piece, &received.state, kept).await?;
            return Ok(with_status(response, status_of(&file)));
        }
    };
    let revision = received.state.value(names::REVISION).parse().unwrap_or(0);
    let new = NewVersion {
        file_name: upload.file_name.clone(),
        media_type: upload.media_type,
        issued_on,
        expires_on,
    };
    let number = operations::add_version(
        &context,
        &*host.0,
        &proof,
        id,
        revision,
        new,
        &upload.blob,
        file.kept,
    )
    .await?;
    let flash = FlashMessage::done("evidence-version-saved").with("number", number);
    Ok(context.redirect(&piece.page(), flash))
}
