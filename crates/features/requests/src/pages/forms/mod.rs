//! The forms of the desk: which there are, their versions, and the editor.

mod conditions;
mod editor;
mod faults;

use axum::http::StatusCode;
use axum::response::Response;
use maud::{Markup, html};
use serde_json::json;
use yagura_kernel::policy::{Authorized, actions};
use yagura_packs::{FormFault, FormPlace, Text, check_form, check_seats};
use yagura_store::StoreError;
use yagura_web::api::PathOf;
use yagura_web::ui::components::{
    Column, Table, TableRow, Tone, card, data_table, date, date_time, note, tag,
};
use yagura_web::ui::forms::{
    Button, Choice, Field, Form, FormState, button, button_row, date_field, error_summary, form,
    link_button, select, text_field,
};
use yagura_web::ui::layout::Crumb;
use yagura_web::{Context, FlashMessage, SubmittedForm, Translator, WebError, see_other};

use super::fields::{fields, offered};
use super::{FORMS, crumbs, with_status};
use crate::editing::{form_of, rearranged};
use crate::store::{self, Edit, Publication, SavedForm, Snapshot, StoredForm};
use crate::words;
use faults::{add_faults, fault_list};

const LONGEST_TITLE: usize = 60;

fn own_crumbs(context: &Context) -> Vec<Crumb> {
    let mut crumbs = crumbs(context);
    crumbs.push(Crumb::new(context.t().t("requests-forms"), FORMS));
    crumbs
}

/// Every form with the version in force.
pub(super) async fn list(context: Context) -> Result<Response, WebError> {
    show_list(&context, &FormState::empty()).await
}

async fn show_list(context: &Context, state: &FormState) -> Result<Response, WebError> {
    let proof = context.authorize_own::<actions::EditRequestForms>().await?;
    let database = context.database();
    let library = context.app.packs();
    let organization = proof.organization();
    let forms = store::forms_in_force(database, &library, organization, context.today).await?;
    let hidden: Vec<_> = library
        .forms_on(context.today)
        .into_iter()
        .filter(|pack| !forms.iter().any(|form| form.key == pack.id))
        .collect();
    let t = context.t();
    let mut rows: Vec<TableRow> = forms
        .iter()
        .map(|one| {
            TableRow::new(vec![
                html! { a href={ (FORMS) "/" (one.key) } { (words::text(t, &one.stored.title)) } },
                version_words(t, one.number),
                html! { (date(t, one.from)) },
                html! { (one.stored.form.route.len()) },
            ])
        })
        .collect();
    for pack in &hidden {
        rows.push(TableRow::new(vec![
            html! { a href={ (FORMS) "/" (pack.id) } { (words::text(t, &pack.title)) } },
            tag(Tone::Neutral, t.t("requests-form-hidden")),
            html! { "―" },
            html! { (pack.form().map_or(0, |form| form.route.len())) },
        ]));
    }
    let columns = vec![
        Column::text(t.t("requests-form")),
        Column::text(t.t("requests-form-version")),
        Column::text(t.t("requests-form-from")),
        Column::number(t.t("requests-form-steps")),
    ];
    let choices: Vec<Choice<'_>> = forms
        .iter()
        .map(|one| Choice::new(&one.key, words::text(t, &one.stored.title)))
        .collect();
    let mut frame = context.frame(t.t("requests-forms"));
    frame.breadcrumbs = crumbs(context);
    frame.lede = Some(html! { (t.t("requests-forms-lede")) });
    let body = html! {
        (error_summary(t, state))
        (card(t.t("requests-forms"), data_table(&Table::new(t.t("requests-forms"), columns, rows))))
        @if !choices.is_empty() {
            (card(t.t("requests-form-own"), form(t, &Form::post(FORMS), html! {
                (text_field(t, state, &Field::new("title", t.t("requests-form-title")).required().longest(LONGEST_TITLE)))
                (select(t, state, &Field::new("like", t.t("requests-form-like")), &choices))
                (button_row(&Button::primary(t.t("requests-form-begin")), &[]))
            })))
        }
    };
    context.respond(frame, body).await
}

fn version_words(t: &Translator, number: i64) -> Markup {
    if number == 0 {
        tag(Tone::Neutral, t.t("requests-form-shipped"))
    } else {
        html! { (t.t_args("requests-form-number", yagura_web::i18n::args![("number", number)])) }
    }
}

/// Begins a form of one's own, like another.
pub(super) async fn create(
    context: Context,
    SubmittedForm(mut state): SubmittedForm,
) -> Result<Response, WebError> {
    let proof = context.authorize_own::<actions::EditRequestForms>().await?;
    let t = context.t();
    let title = state.read_required(t, "title", t.t("requests-form-title"), LONGEST_TITLE);
    let library = context.app.packs();
    let like = state.value("like").to_owned();
    let organization = proof.organization();
    let model = store::in_force(
        context.database(),
        &library,
        organization,
        &like,
        context.today,
    )
    .await;
    let (Some(title), Ok(model)) = (title, model) else {
        if !state.has_errors() {
            state.add_error("like", t.t("requests-form-like-unknown"));
        }
        let response = show_list(&context, &state).await?;
        return Ok(with_status(response, StatusCode::UNPROCESSABLE_ENTITY));
    };
    let key = format!("own-{}", context.app.ids().id());
    let stored = StoredForm {
        title: Text::new(title, ""),
        form: model.stored.form,
    };
    let mut tx = context.database().begin().await?;
    let ids = context.app.ids();
    store::save_edit(&mut tx, &proof, ids, &key, &stored, 0, context.now).await?;
    context
        .audit(
            &mut tx,
            &proof,
            "request_form",
            &key,
            json!({ "begun": like }),
        )
        .await?;
    tx.commit().await?;
    Ok(see_other(&format!("{FORMS}/{key}")))
}

/// What is edited, or else in force: with the revision to be sent, 0 where nobody began.
async fn edited(context: &Context, proof: &Edit, key: &str) -> Result<(StoredForm, i64), WebError> {
    let database = context.database();
    if let Some(found) = store::edit_of(database, proof, key).await? {
        return Ok(found);
    }
    let library = context.app.packs();
    let organization = proof.organization();
    match store::in_force(database, &library, organization, key, context.today).await {
        Ok(form) => Ok((form.stored, 0)),
        Err(StoreError::NotFound) => {
            // Not offered now, or not yet: the last version, or the shipped one.
            let versions = store::versions(database, proof, key).await?;
            let last = versions.iter().find_map(|one| one.content.as_deref());
            if let Some(content) = last {
                return Ok((store::parsed("content", content)?, 0));
            }
            let pack = library.get(key).ok_or(WebError::NotFound)?;
            let shipped = pack.form().ok_or(WebError::NotFound)?.clone();
            let title = pack.title.clone();
            Ok((
                StoredForm {
                    title,
                    form: shipped,
                },
                0,
            ))
        }
        Err(error) => Err(error.into()),
    }
}

/// Everything that keeps a form from being put into force here.
fn faults(stored: &StoredForm, snapshot: &Snapshot) -> Vec<FormFault> {
    let mut found = check_form(&stored.form);
    found.extend(check_seats(&stored.form, |seat| {
        snapshot.people.is_held(seat)
    }));
    if stored.title.is_empty() {
        found.insert(
            0,
            FormFault {
                place: FormPlace::Form,
                kind: yagura_packs::FormFaultKind::MissingName,
            },
        );
    }
    found
}

/// A form with its versions and the editor.
pub(super) async fn page(
    context: Context,
    PathOf(key): PathOf<String>,
) -> Result<Response, WebError> {
    let proof = context.authorize_own::<actions::EditRequestForms>().await?;
    let (stored, revision) = edited(&context, &proof, &key).await?;
    show(
        &context,
        &proof,
        &key,
        &stored,
        revision,
        &FormState::empty(),
    )
    .await
}

async fn show(
    context: &Context,
    proof: &Edit,
    key: &str,
    stored: &StoredForm,
    revision: i64,
    publication: &FormState,
) -> Result<Response, WebError> {
    let database = context.database();
    let versions = store::versions(database, proof, key).await?;
    let snapshot = store::snapshot(database, proof.organization(), context.today).await?;
    let found = faults(stored, &snapshot);
    let t = context.t();
    let base = format!("{FORMS}/{key}");
    let mut frame = context.frame(words::text(t, &stored.title));
    frame.breadcrumbs = own_crumbs(context);
    frame.lede = Some(html! { (t.t("requests-form-lede")) });
    frame.actions = Some(link_button(
        &format!("{base}/preview"),
        t.t("requests-form-preview"),
        false,
    ));
    let is_shipped = context.app.packs().get(key).is_some();
    let body = html! {
        (error_summary(t, publication))
        @if found.is_empty() {
            (note(t, Tone::Success, html! { (t.t("requests-form-sound")) }))
        } @else if !publication.has_errors() {
            (note(t, Tone::Danger, html! {
                (t.t("requests-form-unsound"))
                (fault_list(t, stored, &found))
            }))
        }
        (editor::form(context, &base, stored, revision, &found))
        (card(t.t("requests-form-publish"), form(t, &Form::post(&format!("{base}/publication")), html! {
            p { (t.t("requests-form-publish-means")) }
            (date_field(t, publication, &Field::new("from", t.t("requests-form-from")).required()))
            (button_row(&Button::primary(t.t("requests-form-publish")), &[]))
        })))
        (card(t.t("requests-form-versions"), html! {
            (history(context, &versions))
            (form(t, &Form::post(&format!("{base}/shipped")), html! {
                @if is_shipped {
                    (button(&Button::secondary(t.t("requests-form-back-to-shipped")).sending("to", "shipped"))) " "
                }
                (button(&Button::danger(t.t("requests-form-hide")).sending("to", "hidden")))
            }))
        }))
    };
    context.respond(frame, body).await
}

fn history(context: &Context, versions: &[SavedForm]) -> Markup {
    let t = context.t();
    let rows = versions
        .iter()
        .map(|one| {
            TableRow::new(vec![
                version_words(t, one.number),
                html! {
                    @match one.state.as_str() {
                        "draft" => (t.t("requests-form-state-draft")),
                        "shipped" => (t.t("requests-form-state-shipped")),
                        "hidden" => (t.t("requests-form-state-hidden")),
                        _ => (t.t("requests-form-state-published")),
                    }
                },
                html! { @match one.in_force_from { Some(day) => (date(t, day)), None => "―" } },
                html! { (date_time(t, one.saved_at)) },
            ])
        })
        .collect();
    let columns = vec![
        Column::text(t.t("requests-form-version")),
        Column::text(t.t("requests-standing")),
        Column::text(t.t("requests-form-from")),
        Column::text(t.t("requests-form-saved")),
    ];
    html! {
        @if versions.is_empty() { p { (t.t("requests-form-only-shipped")) } }
        @else { (data_table(&Table::new(t.t("requests-form-versions"), columns, rows))) }
    }
}

/// Saves what stands in the editor, and rearranges it.
pub(super) async fn save(
    context: Context,
    PathOf(key): PathOf<String>,
    SubmittedForm(state): SubmittedForm,
) -> Result<Response, WebError> {
    let proof = context.authorize_own::<actions::EditRequestForms>().await?;
    // That there is such a form, before anything is made of it.
    let (known, _) = edited(&context, &proof, &key).await?;
    let sent = form_of(&state);
    if sent.form.fields.is_empty() && sent.form.route.is_empty() && sent.title.is_empty() {
        let response = show(&context, &proof, &key, &known, 0, &FormState::empty()).await?;
        return Ok(with_status(response, StatusCode::UNPROCESSABLE_ENTITY));
    }
    let change = state.value("change").to_owned();
    let stored = rearranged(sent, &change);
    let revision = state.value("revision").parse().unwrap_or(-1);
    let database = context.database();
    let snapshot = store::snapshot(database, proof.organization(), context.today).await?;
    let found = faults(&stored, &snapshot);
    // A form that cannot be used is not saved; what was typed stays on the page. On the way there it
    // can be kept unfinished.
    if change.is_empty() && !found.is_empty() {
        let mut refused = FormState::empty();
        add_faults(context.t(), &mut refused, &stored, &found);
        let response = show(&context, &proof, &key, &stored, revision, &refused).await?;
        return Ok(with_status(response, StatusCode::UNPROCESSABLE_ENTITY));
    }
    let mut tx = context.database().begin().await?;
    let ids = context.app.ids();
    store::save_edit(&mut tx, &proof, ids, &key, &stored, revision, context.now).await?;
    context
        .audit(
            &mut tx,
            &proof,
            "request_form",
            &key,
            json!({ "edited": true }),
        )
        .await?;
    tx.commit().await?;
    let place = match change.as_str() {
        "" | "keep" => String::new(),
        "add-f" => "#field-add-field".to_owned(),
        "add-s" => "#field-add-step".to_owned(),
        other => match other.strip_prefix("answers-") {
            Some(part) => format!("#part-{part}"),
            None => "#editor".to_owned(),
        },
    };
    let to = format!("{FORMS}/{key}{place}");
    let message = if found.is_empty() {
        "requests-form-was-saved"
    } else {
        "requests-form-was-kept"
    };
    Ok(context.redirect(&to, FlashMessage::done(message)))
}

/// How the form looks to who fills it in.
pub(super) async fn preview(
    context: Context,
    PathOf(key): PathOf<String>,
) -> Result<Response, WebError> {
    let proof: Edit = context.authorize_own::<actions::EditRequestForms>().await?;
    let file: Authorized<actions::FileRequests> = context.authorize_own().await?;
    let (stored, _) = edited(&context, &proof, &key).await?;
    let choices = offered(&context, &file).await?;
    let t = context.t();
    let mut frame = context.frame(words::text(t, &stored.title));
    frame.breadcrumbs = own_crumbs(&context);
    frame.breadcrumbs.push(Crumb::new(
        words::text(t, &stored.title),
        format!("{FORMS}/{key}"),
    ));
    frame.lede = Some(html! { (words::text(t, &stored.form.summary)) });
    let body = html! {
        (note(t, Tone::Info, html! { (t.t("requests-form-preview-means")) }))
        div.form { (fields(&context, &stored.form, &FormState::empty(), &choices, &[])) }
        (card(t.t("requests-way"), html! {
            ol {
                @for step in &stored.form.route {
                    li {
                        b { (words::text(t, &step.title)) } " " (words::act(t, step.act)) ": "
                        @for (at, seat) in step.seats.iter().enumerate() {
                            @if at > 0 { "、" } (words::seat(t, *seat))
                        }
                        @if !step.when.is_empty() {
                            br; span.small { (t.t_args("requests-only-when", yagura_web::i18n::args![
                                ("when", super::fields::condition_words(t, &stored.form, &step.when))
                            ])) }
                        }
                    }
                }
            }
        }))
    };
    context.respond(frame, body).await
}

/// Puts the form into force from a day on; refused with the reasons where it cannot be used.
pub(super) async fn publish(
    context: Context,
    PathOf(key): PathOf<String>,
    SubmittedForm(mut state): SubmittedForm,
) -> Result<Response, WebError> {
    let proof = context.authorize_own::<actions::EditRequestForms>().await?;
    let (stored, revision) = edited(&context, &proof, &key).await?;
    let t = context.t();
    let from = state.read_required_date(t, "from", t.t("requests-form-from"));
    if from.is_some_and(|day| day < context.today) {
        state.add_error("from", t.t("requests-form-from-past"));
    }
    let database = context.database();
    let snapshot = store::snapshot(database, proof.organization(), context.today).await?;
    let found = faults(&stored, &snapshot);
    add_faults(t, &mut state, &stored, &found);
    let (Some(from), false) = (from, state.has_errors()) else {
        let response = show(&context, &proof, &key, &stored, revision, &state).await?;
        return Ok(with_status(response, StatusCode::UNPROCESSABLE_ENTITY));
    };
    let mut tx = database.begin().await?;
    let (ids, what) = (context.app.ids(), Publication::Form(&stored));
    let number = store::publish(&mut tx, &proof, ids, &key, what, from, context.now).await?;
    let detail = json!({ "published": number, "from": from.to_string(),
                         "fingerprint": stored.fingerprint()? });
    context
        .audit(&mut tx, &proof, "request_form", &key, detail)
        .await?;
    tx.commit().await?;
    Ok(context.redirect(
        &format!("{FORMS}/{key}"),
        FlashMessage::done("requests-form-published").with("number", number),
    ))
}

/// Goes back to the shipped form, or offers the form no more, from today on.
pub(super) async fn shipped(
    context: Context,
    PathOf(key): PathOf<String>,
    SubmittedForm(state): SubmittedForm,
) -> Result<Response, WebError> {
    let proof = context.authorize_own::<actions::EditRequestForms>().await?;
    edited(&context, &proof, &key).await?;
    let is_shipped = context
        .app
        .packs()
        .get(&key)
        .is_some_and(|pack| pack.form().is_some());
    let what = match state.value("to") {
        "shipped" if is_shipped => Publication::Shipped,
        "hidden" => Publication::Hidden,
        _ => return Err(WebError::invalid("requests-form-choose")),
    };
    let mut tx = context.database().begin().await?;
    let (ids, today) = (context.app.ids(), context.today);
    let number = store::publish(&mut tx, &proof, ids, &key, what, today, context.now).await?;
    let detail = json!({ "version": number, "to": state.value("to") });
    context
        .audit(&mut tx, &proof, "request_form", &key, detail)
        .await?;
    tx.commit().await?;
    Ok(context.redirect(FORMS, FlashMessage::done("requests-form-was-saved")))
}
